// What a stock site asks besides syncing: health, plan, features, tests. Each answer is small and quick, because many of these
// calls block a page of wp-admin; everything that is not here is a JSON 404, which sites live with.
// Called by sync/server. Nothing here writes site data.
import type { FastifyRequest } from 'fastify';
import { rotateBlogToken } from '../store/connections.js';
import { verifyTokenHealth } from './protocol/authorization.js';
import { parsePhpQuery } from './protocol/php-query.js';
import { notImplemented, refusal, type Refusal } from './refusal.js';
import { discardBody, readBody } from './request-body.js';
import { userFacts } from './user-facts.js';
import { findToken, withSignedRequest, type Expectation, type SignedContext, type SignedRequest } from './signed-request.js';

/** An answer in JSON or in plain text; a redirect is for browsers only, sites follow none. */
export type SiteAnswer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly retryAfterSeconds?: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'redirect'; readonly location: string };

/** Answers the calls with which a site connects; null for a path that is none of them. Made by sync/connection, which calls sites back. */
export type ConnectionRoutes = (request: FastifyRequest, path: string) => Promise<SiteAnswer | null>;

export interface SiteRequestContext extends SignedContext {
  readonly connection: ConnectionRoutes | null;
}

function json(body: unknown, status = 200): SiteAnswer {
  return { kind: 'json', status, body };
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** The path without the prefix of the public URL; a first group is the site's id. */
  readonly path: RegExp;
  /** Whose token must have signed; `none` for calls without a signature. */
  readonly signer: Expectation['signer'];
  readonly answer: (context: SignedContext, signed: SignedRequest) => Promise<unknown> | unknown;
}

const SIGNED_ROUTES: readonly Route[] = [
  {
    // Answering 404 makes a site repeat this call on nearly every page load.
    method: 'GET', path: /^\/wpcom\/v2\/sites\/(\d+)\/jetpack-search\/plan$/, signer: 'any',
    answer: () => ({ supports_instant_search: false, supports_only_classic_search: false, supports_search: false }),
  },
  { method: 'GET', path: /^\/rest\/v1\.2\/upgrades$/, signer: 'any', answer: () => [] },
  // What Jetpack of 2023 asks instead; its page says "There was an error fetching your purchases" for a 404.
  { method: 'GET', path: /^\/rest\/v1\.1\/sites\/(\d+)\/purchases$/, signer: 'any', answer: () => [] },
  {
    method: 'GET', path: /^\/rest\/v1\.1\/sites\/(\d+)$/, signer: 'any',
    answer: (_context, { site }) => ({
      ID: site.id,
      URL: site.url,
      plan: { product_id: 2002, product_slug: 'jetpack_free', product_name_short: 'Free', features: { active: [], available: {} } },
      products: [],
      options: {},
    }),
  },
  { method: 'GET', path: /^\/rest\/v1\.1\/sites\/(\d+)\/features$/, signer: 'any', answer: () => ({ active: [], available: {} }) },
  {
    method: 'GET', path: /^\/rest\/v1\.1\/jetpack-blogs\/(\d+)\/test-connection$/, signer: 'any',
    answer: () => ({ connected: true, message: 'OK' }),
  },
  {
    method: 'GET', path: /^\/wpcom\/v2\/sites\/(\d+)\/jetpack-token-health\/blog$/, signer: 'site',
    answer: () => ({ is_healthy: true }),
  },
  { method: 'GET', path: /^\/wpcom\/v2\/sites\/(\d+)\/jetpack-wpcom-user-data$/, signer: 'person', answer: answerUserFacts },
  {
    // Whoever of the site still has a sound token may replace a blog token that is lost; the former one ends with that.
    method: 'POST', path: /^\/wpcom\/v2\/sites\/(\d+)\/jetpack-refresh-blog-token$/, signer: 'person',
    answer: async ({ store }, { site }) => ({ jetpack_secret: await rotateBlogToken(store, site.id) }),
  },
  { method: 'POST', path: /^\/wpcom\/v2\/sites\/(\d+)\/jetpack-package-versions$/, signer: 'any', answer: () => ({}) },
  { method: 'POST', path: /^\/wpcom\/v2\/sites\/(\d+)\/jetpack-active-connected-plugins$/, signer: 'any', answer: () => ({}) },
];

const TOKEN_HEALTH = /^\/wpcom\/v2\/sites\/(\d+)\/jetpack-token-health$/;
const TEST = /^(\/i\/[A-Za-z0-9]+)?\/jetpack\.(test|testsite)\/1\/?$/;
const CONNECTION = /^(\/i\/[A-Za-z0-9]+)?\/jetpack\.(register|token|authorize)\/1\/?$/;

/** Answers a call that is neither a sync post nor XML-RPC. `path` has neither query nor the prefix of the public URL. */
export async function answerSiteRequest(context: SiteRequestContext, request: FastifyRequest, path: string): Promise<SiteAnswer | Refusal> {
  const connecting = await context.connection?.(request, path);
  if (connecting) return connecting;
  for (const route of SIGNED_ROUTES) {
    const match = route.method === request.method ? route.path.exec(path) : null;
    if (!match) continue;
    const pathSiteId = match[1] === undefined ? null : Number(match[1]);
    return withSignedRequest<SiteAnswer>(context, request, { bodyHashKind: 'plain', pathSiteId, signer: route.signer }, async (signed) =>
      json(withMove(await route.answer(context, signed), signed)));
  }
  const health = request.method === 'POST' ? TOKEN_HEALTH.exec(path) : null;
  if (health) return answerTokenHealth(context, request, Number(health[1]));
  discardBody(request);
  if (TEST.test(path)) return { kind: 'text', text: 'OK' };
  if (CONNECTION.test(path)) {
    return json({ error: 'registration_closed', error_description: 'This server takes over existing connections only; ask its operator to add the site.' }, 403);
  }
  return notImplemented();
}

function withMove(body: unknown, { hasMoved }: SignedRequest): unknown {
  return hasMoved && typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, migrated_for_idc: true } : body;
}

async function answerUserFacts(context: SignedContext, signed: SignedRequest): Promise<unknown> {
  return { ...(await userFacts(context.store, signed)), jetpack_connect: null };
}

/** Two signatures of some 250 characters each. */
const HEALTH_LIMITS = { maxBodyBytes: 16 * 1024, bodyTimeoutMs: 5_000 };

// The form says for each token whether the site's copy of it is sound. It is not signed as a request, so it tells nothing else.
async function answerTokenHealth(context: SignedContext, request: FastifyRequest, siteId: number): Promise<SiteAnswer | Refusal> {
  const body = await readBody(request, HEALTH_LIMITS);
  if (!Buffer.isBuffer(body)) return body;
  const fields = parsePhpQuery(body.toString('latin1'));
  if (!fields.has('blog_token') && !fields.has('user_token')) {
    return refusal('missing_token', 400, 'Expected the form fields blog_token and user_token.');
  }
  const answer: Record<string, { is_healthy: boolean; code?: string }> = {};
  for (const name of ['blog_token', 'user_token']) {
    const field = fields.get(name);
    if (typeof field !== 'string') continue;
    const verified = await verifyTokenHealth(field, {
      nowMs: context.clock(),
      findSecret: async (tokenKey) => {
        const found = await findToken(context.store, tokenKey);
        return found?.siteId === siteId ? found : null;
      },
    });
    answer[name] = verified.kind === 'verified' ? { is_healthy: true } : { is_healthy: false, code: verified.code };
  }
  return json(answer);
}
