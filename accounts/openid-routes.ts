// Signing in at an OpenID Connect provider, and linking one to an account. Both begin with a form of ours; what is needed on the way back
// is in a cookie that only this server can read, for ten minutes. Registered by server.ts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../core/errors.js';
import { createAccountOfIdentity } from '../store/accounts.js';
import { findAccountOfIdentity, linkIdentity } from '../store/identities.js';
import { dropCookie, readCookie, writeCookie } from './cookies.js';
import { readForm } from './forms.js';
import { html } from './html.js';
import type { OpenIdPerson, OpenIdProvider } from './openid.js';
import type { AccountsContext } from './options.js';
import { sendOn, sendPage } from './pages.js';
import { returnPath } from './return-path.js';
import { sendSignIn } from './sign-in.js';
import { findVisitor, signIn } from './visitor.js';

const FLOW_MS = 10 * 60_000;
const BINDING = 'openid-flow';
/** Browsers drop longer cookies; the path to return to is what can be long. */
const MAX_COOKIE_CHARACTERS = 3_800;

const pendingSchema = z.object({
  provider: z.int(), next: z.string(), untilMs: z.number(),
  /** The account that an identity is to be linked to; null for a sign-in. */
  accountId: z.string().nullable(),
  flow: z.object({ state: z.string(), nonce: z.string(), verifier: z.string() }),
});
type Pending = z.infer<typeof pendingSchema>;

/** The routes /sign-in/openid, /sign-in/openid/callback and /account/identities/link. */
export function registerOpenId(scope: FastifyInstance, context: AccountsContext, base: string): void {
  const home = `${context.place.prefix}/account`;
  scope.post(`${base}/sign-in/openid`, (request, reply) => {
    const form = readForm(context, request, 'form');
    return begin(context, request, reply, { index: form.text('provider', 4), next: returnPath(form.text('return', 8_192), home), accountId: null });
  });
  scope.post(`${base}/account/identities/link`, async (request, reply) => {
    const form = readForm(context, request, 'session');
    const visitor = await findVisitor(context, request);
    if (!visitor) return sendOn(reply, `${context.place.prefix}/sign-in`);
    return begin(context, request, reply, { index: form.text('provider', 4), next: home, accountId: visitor.account.id });
  });
  scope.get(`${base}/sign-in/openid/callback`, (request, reply) => finish(context, request, reply));
}

function callbackOf({ place }: AccountsContext, request: FastifyRequest): string {
  return `${place.origin(request)}${place.prefix}/sign-in/openid/callback`;
}

function providerAt({ providers }: AccountsContext, index: string | number | null): OpenIdProvider {
  const provider = index === null || !/^\d{1,3}$/.test(String(index)) ? undefined : providers[Number(index)];
  if (!provider) throw new AppError('NOT_FOUND', 'There is no such way to sign in.');
  return provider;
}

async function begin(
  context: AccountsContext, request: FastifyRequest, reply: FastifyReply, { index, next, accountId }: { index: string | null; next: string; accountId: string | null },
): Promise<FastifyReply> {
  const provider = providerAt(context, index);
  const { url, flow } = await provider.begin(callbackOf(context, request));
  const seal = (path: string): string => {
    const pending: Pending = { provider: Number(index), next: path, untilMs: context.clock() + FLOW_MS, accountId, flow };
    return Buffer.from(context.store.secrets.encrypt(JSON.stringify(pending), BINDING)).toString('base64url');
  };
  const sealed = seal(next);
  writeCookie(context.place, reply, 'openid', sealed.length > MAX_COOKIE_CHARACTERS ? seal(`${context.place.prefix}/account`) : sealed, FLOW_MS);
  // A page instead of a redirect: browsers hold the redirects of a form to its policy, and where a provider leads on to is not known.
  return sendPage(context.place, reply, { title: `On to ${provider.name}`, leadsTo: url, body: html`<p><a href="${url}">Go on to ${provider.name}</a></p>` });
}

function openPending(context: AccountsContext, request: FastifyRequest): Pending | null {
  const sealed = readCookie(context.place, request, 'openid');
  if (sealed === null) return null;
  try {
    const pending = pendingSchema.parse(JSON.parse(context.store.secrets.decrypt(Buffer.from(sealed, 'base64url'), BINDING)));
    return pending.untilMs > context.clock() ? pending : null;
  } catch {
    // Not sealed by this server: whoever made it learns as much as somebody without one.
    return null;
  }
}

async function finish(context: AccountsContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const pending = openPending(context, request);
  dropCookie(context.place, reply, 'openid');
  const home = `${context.place.prefix}/account`;
  if (!pending) return sendSignIn(context, request, reply, { next: home, problem: 'This sign-in was not begun in this browser, or it took longer than ten minutes. Start again.', status: 403 });
  const provider = providerAt(context, pending.provider);
  const refuse = (problem: string): Promise<FastifyReply> => sendSignIn(context, request, reply, { next: pending.next, problem, status: 403 });
  const mark = request.originalUrl.indexOf('?');
  let person: OpenIdPerson;
  try {
    person = await provider.finish(`${callbackOf(context, request)}${mark < 0 ? '' : request.originalUrl.slice(mark)}`, pending.flow);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'FORBIDDEN') throw error;
    context.log.info({ cause: (error.cause as { code?: unknown } | undefined)?.code }, 'a sign-in elsewhere was refused');
    return refuse(error.message);
  }
  return pending.accountId === null ? enter(context, request, reply, pending, provider, person, refuse) : link(context, request, reply, pending.accountId, provider, person);
}

async function enter(
  context: AccountsContext, request: FastifyRequest, reply: FastifyReply, pending: Pending, provider: OpenIdProvider, person: OpenIdPerson, refuse: (problem: string) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const known = await findAccountOfIdentity(context.store.database, person.issuer, person.subject);
  if (known?.isDisabled === true) return refuse('This account is switched off. Ask whoever runs this server.');
  if (!known && !provider.allowsSignUp) {
    return refuse(`Nobody here is known by this sign-in at ${provider.name}. Sign in another way and link it on your account’s page, or ask whoever runs this server for an account.`);
  }
  await signIn(context, request, reply, known?.accountId ?? (await createAccountOfIdentity(context.store, person)).id);
  return sendOn(reply, pending.next);
}

async function link(context: AccountsContext, request: FastifyRequest, reply: FastifyReply, accountId: string, provider: OpenIdProvider, person: OpenIdPerson): Promise<FastifyReply> {
  const visitor = await findVisitor(context, request);
  if (visitor?.account.id !== accountId) throw new AppError('FORBIDDEN', 'Somebody else is signed in now than when this was begun. Start again.');
  const outcome = await linkIdentity(context.store.database, accountId, person.issuer, person.subject);
  if (outcome === 'taken') throw new AppError('FORBIDDEN', `This sign-in at ${provider.name} belongs to another account here. Unlink it there first.`);
  if (outcome === 'too-many') throw new AppError('LIMIT_EXCEEDED', 'This account has as many sign-ins elsewhere as it can have. Unlink one first.');
  context.log.info({ accountId }, 'a person linked a sign-in elsewhere');
  return sendOn(reply, `${context.place.prefix}/account#identities`);
}
