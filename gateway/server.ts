// Serves the graph at /graphql: GraphQL over HTTP by Apollo Server, GraphiQL for browsers. Called by bin/ and tests; it
// knows nothing of tokens, sites or stores, which come in as `authenticate` and the gateway's subgraphs.
import { ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import type { GatewayInterface } from '@apollo/server-gateway-interface';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MaxIntrospectionDepthRule } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { chooseRequestId, createGatewayContext, type GatewayContext } from './context.js';
import { asRequestError, describeError, isFault, logFault, requestError } from './errors.js';
import { registerGraphiql, wantsHtml } from './graphiql.js';
import type { KeptAnswers } from './kept-answers.js';
import type { LiveLimits } from './live/seats.js';
import { registerLive, type LiveSource } from './live/server.js';
import { checkTokens, DEFAULT_LIMITS, type FieldCosts, type Limits } from './limits.js';
import { createErrorMasking, createOperationKinds, limitsPlugin } from './plugins.js';
import { createSharedAnswers, type HttpAnswer, type ShareAnswer } from './shared-answers.js';

/** How long a request may take unless told: longer than any read takes, shorter than proxies wait. */
const DEADLINE_MS = 30_000;

export interface GraphqlOptions {
  readonly gateway: GatewayInterface;
  readonly log: Log;
  /**
   * Tells who asks. Throws AppError UNAUTHENTICATED for a token that is not valid; without a token the viewer is anonymous, or the person
   * of a session that this very request may use.
   */
  readonly authenticate: (request: FastifyRequest) => Promise<Viewer>;
  /** Where subscriptions get their news; without it there are none. */
  readonly live?: LiveSource;
  readonly liveLimits?: Partial<LiveLimits>;
  readonly limits?: Partial<Limits>;
  readonly deadlineMs?: number;
  /** Overrides the committed costs; for tests. */
  readonly fieldCosts?: FieldCosts;
  /** Replaces the sharing of equal requests; for peers in benchmarks, which have none. */
  readonly share?: ShareAnswer;
  /** Where answers are kept; they are not unless told, and never over a store without a cache. */
  readonly kept?: KeptAnswers;
}


function headerMap(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

/** The body's text, which is parsed only when the request has to be answered anew. */
const bodyText = (request: FastifyRequest): string | undefined => request.body as string | undefined;

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('BAD_REQUEST', 'The body is not JSON', { cause });
  }
}

function toHttpRequest(request: FastifyRequest): HTTPGraphQLRequest {
  const text = bodyText(request);
  const start = request.url.indexOf('?');
  return { method: request.method, headers: headerMap(request), search: start < 0 ? '' : request.url.slice(start), body: text === undefined ? undefined : parseBody(text) };
}

/** All of a request that its answer depends on, but for who asks. */
function textOf(request: FastifyRequest): string {
  return `${request.method} ${request.headers.accept ?? ''}\n${request.url}\n${bodyText(request) ?? ''}`;
}

function documentText(request: HTTPGraphQLRequest): string {
  if (request.method === 'GET') return new URLSearchParams(request.search).get('query') ?? '';
  const query = (request.body as { query?: unknown } | null | undefined)?.query;
  return typeof query === 'string' ? query : '';
}

/**
 * Refuses what a page of another origin can make a browser send without asking first. A session's cookie counts only for JSON posts
 * that the browser says come from our own pages (`authenticate` sees to it), so such a request could not act as anyone; it could only
 * make the server work.
 */
function refuseBlindBrowserRequest(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  const mode = request.headers['sec-fetch-mode'];
  if ((site === 'cross-site' || site === 'same-site') && (mode === 'no-cors' || mode === 'navigate')) {
    throw requestError('FORBIDDEN', 'This request comes from a page of another site, without CORS; use fetch with CORS');
  }
}

/** Faults of the document or its variables: the request itself was well formed. */
const DOCUMENT_CODES: ReadonlySet<unknown> = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

/**
 * GraphQL over HTTP asks for 200 when a well-formed request is answered as application/json, even when its document is
 * not valid, and for 400 when it is answered as application/graphql-response+json.
 */
function statusOf(status: number | undefined, headers: HeaderMap, body: string): number {
  if (status !== 400 || headers.get('content-type')?.startsWith('application/json') !== true) return status ?? 200;
  const { errors = [] } = JSON.parse(body) as { errors?: { extensions?: { code?: unknown } }[] };
  return errors.every((error) => DOCUMENT_CODES.has(error.extensions?.code)) ? 200 : status;
}

/** Maps what Fastify throws before a handler runs onto the catalogue. */
function codeOfHttpError(status: number | undefined): ErrorCode {
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  return status !== undefined && status >= 400 && status < 500 ? 'BAD_REQUEST' : 'INTERNAL';
}

async function startApollo(options: GraphqlOptions, limits: Limits, kinds: ReturnType<typeof createOperationKinds>): Promise<ApolloServer<GatewayContext>> {
  const masking = createErrorMasking(options.log);
  const quiet = (): void => undefined;
  const server = new ApolloServer<GatewayContext>({
    gateway: options.gateway,
    introspection: true,
    // Our own rules stand in registerGraphql: the graph is public to every HTTP client, and cookies count only for our own pages.
    csrfPrevention: false,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    validationRules: [MaxIntrospectionDepthRule],
    parseOptions: { maxTokens: limits.tokens },
    formatError: masking.formatError,
    logger: {
      debug: quiet,
      info: quiet,
      warn: (message) => options.log.warn({ graphql: String(message) }, 'graphql warning'),
      error: (message) => options.log.error({ graphql: String(message) }, 'graphql error'),
    },
    plugins: [
      masking.plugin,
      limitsPlugin(limits, options.fieldCosts),
      kinds.plugin,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  return server;
}

/** Registers the graph on a Fastify server. Throws when the gateway's self-test fails; closing the server stops it. */
export async function registerGraphql(fastify: FastifyInstance, options: GraphqlOptions): Promise<void> {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const kinds = createOperationKinds();
  const apollo = await startApollo(options, limits, kinds);
  const share = options.share ?? createSharedAnswers(options.kept);
  fastify.addHook('onClose', () => apollo.stop());
  if (options.live) {
    const { live: source, authenticate, log, liveLimits } = options;
    await registerLive(fastify, apollo, { source, authenticate, log, ...(liveLimits ? { limits: liveLimits } : {}) }, { tokens: limits.tokens, bodyBytes: limits.bodyBytes, deadlineMs });
  }

  await fastify.register(async (scope) => {
    const requestIds = new WeakMap<FastifyRequest, string>();
    const requestIdOf = (request: FastifyRequest): string => requestIds.get(request) ?? request.id;

    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: limits.bodyBytes }, (_request, body, done) => done(null, body));
    scope.addHook('onRequest', async (request, reply) => {
      const requestId = chooseRequestId(request.headers['x-request-id']);
      requestIds.set(request, requestId);
      void reply.header('x-request-id', requestId);
    });
    scope.setErrorHandler((error, request, reply) => {
      const status = (error as { statusCode?: number }).statusCode;
      const known = error instanceof AppError ? error : new AppError(codeOfHttpError(status), (error as Error).message, { cause: error });
      if (isFault(known)) logFault(options.log, known, { requestId: requestIdOf(request) });
      if (known.code === 'PAYLOAD_TOO_LARGE') void reply.header('connection', 'close');
      const body = { errors: [describeError(known, requestIdOf(request))] };
      return reply.code(status === 415 ? 415 : ERROR_CODES[known.code].status).type('application/json; charset=utf-8').send(JSON.stringify(body));
    });

    await registerGraphiql(scope);

    scope.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: '/graphql',
      bodyLimit: limits.bodyBytes,
      async handler(request, reply) {
        if (request.method === 'GET' && wantsHtml(request.headers.accept)) return reply.graphiql();
        const requestId = requestIdOf(request);
        const answer = async (contextOf: (document: string) => GatewayContext): Promise<HttpAnswer> => {
          const httpRequest = toHttpRequest(request);
          let context: GatewayContext | undefined;
          const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: httpRequest, context: async () => (context = contextOf(documentText(httpRequest))) });
          if (body.kind !== 'complete') throw new AppError('INTERNAL', 'incremental delivery is not supported');
          const isPlainQuery = context !== undefined && kinds.kindOf(context) === 'query' && (status ?? 200) === 200 && !body.string.startsWith('{"errors":');
          return { status: statusOf(status, headers, body.string), headers, body: body.string, isPlainQuery };
        };
        const refuse = (error: unknown): never => {
          throw asRequestError(error, requestId);
        };
        let viewer: Viewer | undefined;
        let refusal: unknown;
        try {
          refuseBlindBrowserRequest(request);
          viewer = await options.authenticate(request);
        } catch (error) {
          refusal = error;
        }
        const asker = viewer;
        const createContext = (asking: Viewer, document: string): GatewayContext => {
          try {
            checkTokens(document, limits);
          } catch (error) {
            return refuse(error);
          }
          return createGatewayContext(asking, requestId, Date.now() + deadlineMs);
        };
        const { status, headers, body } =
          asker === undefined
            ? await answer(() => refuse(refusal))
            : await share(asker, textOf(request), () => answer((document) => createContext(asker, document)));
        for (const [name, value] of headers) void reply.header(name, value);
        void reply.code(status).header('cache-control', 'no-store').header('vary', 'accept, authorization, cookie');
        return reply.send(body);
      },
    });
  });
}
