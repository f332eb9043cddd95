// The server side that a site's Jetpack talks to, as a Fastify plugin: sync posts in both transports, and what else a site asks.
// Registered by bin/ beside the graph. It never answers a site with a page or a redirect, never lets it wait, and never logs an
// address, a header or a body.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../core/log.js';
import type { Store } from '../store/store.js';
import { createDedicatedWishes, DEDICATED_HEADER, type DedicatedWishes } from './dedicated.js';
import { createGate } from './gate.js';
import type { IngestContext } from './ingest.js';
import { createLeases } from './lease.js';
import { DEFAULT_SYNC_LIMITS, type SyncLimits } from './limits.js';
import { createPlaces } from './places.js';
import { createSyncMetrics, type SyncMetrics } from './metrics.js';
import { internalError, refusalBody, storeUnavailable, type Refusal } from './refusal.js';
import { discardBody } from './request-body.js';
import { publicPrefix, readQuery, withSignedRequest } from './signed-request.js';
import { answerSiteRequest, type ConnectionRoutes, type SiteAnswer, type SiteRequestContext } from './site-requests.js';
import { diagnose, nameFault } from './store-faults.js';
import { queueSizeOf, takeJsonLines, type Acknowledgement } from './sync-posts.js';
import { answerMethodCall, refusalDocument } from './xml-rpc-methods.js';

export interface SyncOptions {
  readonly store: Store;
  /**
   * The address that sites were given, e.g. https://hub.example.net or with a path; signatures cover it. When null it is taken
   * from each request's Host header, which is right without a proxy in between.
   */
  readonly publicUrl: string | null;
  readonly log: Log;
  /** Milliseconds since 1970; the machine's clock by default. */
  readonly clock?: () => number;
  readonly limits?: Partial<SyncLimits>;
  /** Counted into when given; read them for /metrics. */
  readonly metrics?: SyncMetrics;
  /** Lets sites connect (sync/connection/routes); without it registration is closed and only existing connections are served. */
  readonly connection?: ConnectionRoutes;
}

type Context = SiteRequestContext & IngestContext & { readonly dedicated: DedicatedWishes };

type TransportAnswer = Acknowledgement & { readonly wantsDedicated: boolean };

const SYNC_POST = /^\/wpcom\/v2\/sites\/(\d{1,15})\/jetpack-sync-actions$/;

/**
 * Registers the routes /wpcom/*, /rest/*, /jetpack.* (each also under the path of the public URL), /i/CODE/jetpack.* for invited sites,
 * and /xmlrpc.php.
 */
export async function registerSync(fastify: FastifyInstance, options: SyncOptions): Promise<void> {
  const limits = { ...DEFAULT_SYNC_LIMITS, ...options.limits };
  const metrics = options.metrics ?? createSyncMetrics();
  const context: Context = {
    store: options.store,
    publicUrl: options.publicUrl,
    log: options.log,
    connection: options.connection ?? null,
    clock: options.clock ?? Date.now,
    limits,
    metrics,
    gate: createGate(limits, metrics),
    leases: createLeases(),
    places: createPlaces(limits.maxAtWork),
    dedicated: createDedicatedWishes(),
    nonceKeeping: { lastPurgeMs: 0 },
  };
  await fastify.register(
    (scope, _options, done) => {
      useRawBodies(scope);
      const prefix = publicPrefix(options.publicUrl);
      for (const base of new Set(['', prefix])) {
        for (const path of ['/wpcom/*', '/rest/*', '/jetpack.*', '/i/:invitation/jetpack.*']) {
          scope.all(`${base}${path}`, (request, reply) => serveJson(context, request, reply, base));
        }
      }
      scope.all('/xmlrpc.php', (request, reply) => serveXmlRpc(context, request, reply));
      done();
    },
    // Fastify would log addresses with their signed queries.
    { logLevel: 'silent' },
  );
}

// The Content-Type of a sync post says "form" and is a lie; a wrong one must not be refused either. Bodies are read by
// sync/request-body once the request's head is believed.
function useRawBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  scope.addHook('onRequest', (request, _reply, done) => {
    request.raw.headers['content-type'] = 'application/octet-stream';
    done();
  });
}

async function serveJson(context: Context, request: FastifyRequest, reply: FastifyReply, base: string): Promise<FastifyReply> {
  const rawPath = request.originalUrl.split('?', 1)[0] ?? '';
  const path = rawPath.startsWith(`${base}/`) ? rawPath.slice(base.length) : rawPath;
  const answer = await orFault(context, () => answerJson(context, request, path));
  if (answer.kind === 'refusal') {
    prepareRefusal(context, reply, answer);
    return sendJson(reply, answer.status, refusalBody(answer));
  }
  if (answer.kind === 'text') return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(answer.text);
  if (answer.kind === 'redirect') return reply.header('cache-control', 'no-store').redirect(answer.location, 302);
  if (answer.kind === 'json') {
    if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', String(answer.retryAfterSeconds));
    return sendJson(reply, answer.status, answer.body);
  }
  if (answer.wantsDedicated) reply.header(DEDICATED_HEADER, 'on');
  return sendJson(reply, 200, { processed_items: answer.processed, ...(answer.hasMoved ? { migrated_for_idc: true } : {}) });
}

function answerJson(context: Context, request: FastifyRequest, path: string): Promise<SiteAnswer | TransportAnswer | Refusal> {
  const sync = request.method === 'POST' ? SYNC_POST.exec(path) : null;
  if (!sync) return answerSiteRequest(context, request, path);
  const expected = { bodyHashKind: 'jsonl', pathSiteId: Number(sync[1]), signer: 'site' } as const;
  return withSignedRequest<TransportAnswer | Refusal>(context, request, expected, async (signed) => {
    const answer = await takeJsonLines(context, signed);
    if (answer.kind === 'refusal') return answer;
    return { ...answer, wantsDedicated: context.dedicated.isWished(signed.site.id, queueSizeOf(signed.query('queue_size')), signed.query('sync_flow_type'), signed.arrivedMs) };
  });
}

async function serveXmlRpc(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const siteId = readQuery(request.originalUrl)('wpcom_blog_id');
  const pathSiteId = siteId !== null && /^\d{1,15}$/.test(siteId) ? Number(siteId) : null;
  const answer = await orFault<string | Refusal>(context, () =>
    withSignedRequest<string | Refusal>(context, request, { bodyHashKind: 'plain', pathSiteId, signer: 'any' }, (signed) => answerMethodCall(context, signed)));
  reply.type('text/xml; charset=utf-8').header('cache-control', 'no-store');
  if (typeof answer === 'string') return reply.send(answer);
  prepareRefusal(context, reply, answer);
  // The site's XML-RPC client reads a fault only in a 200; the others are for the proxies between.
  return reply.code(answer.status === 413 || answer.status >= 500 ? answer.status : 200).send(refusalDocument(answer));
}

/** Trouble of our own is told with a code that does not make a site believe that its connection is broken. */
async function orFault<T>(context: Context, work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work();
  } catch (error) {
    const fault = await diagnose(error, context.store.database);
    context.log.error({ fault, error: nameFault(error), stack: stackOf(error) }, 'a request of a site failed');
    return fault === 'refused' ? internalError() : storeUnavailable();
  }
}

// The frames without the first line: messages of the database may quote values.
function stackOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack.slice(Math.max(0, stack.indexOf('\n    at ')));
}

function prepareRefusal({ metrics, log }: Context, reply: FastifyReply, refused: Refusal): void {
  discardBody(reply.request);
  metrics.refused[refused.code] = (metrics.refused[refused.code] ?? 0) + 1;
  if (refused.retryAfterSeconds !== undefined) reply.header('retry-after', String(refused.retryAfterSeconds));
  if (refused.code !== 'rest_no_route') log.info({ code: refused.code, status: refused.status }, 'a request of a site was refused');
}

function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').header('cache-control', 'no-store').send(JSON.stringify(body));
}
