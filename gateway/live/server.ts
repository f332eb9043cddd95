// Serves subscriptions beside the graph: server-sent events at POST /graphql/stream (graphql-sse, distinct connections) and WebSocket at
// /graphql/ws (graphql-ws). Who may follow and how much is decided here; what is answered, by the graph itself.
import websocket from '@fastify/websocket';
import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GraphQLError, GraphQLSchema, Kind, type ExecutionArgs, type ExecutionResult, type FormattedExecutionResult } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { makeHandler } from 'graphql-ws/use/@fastify/websocket';
import type { Viewer } from '../../auth/viewer.js';
import { AppError, ERROR_CODES } from '../../core/errors.js';
import type { Log } from '../../core/log.js';
import { chooseRequestId, createGatewayContext, type GatewayContext } from '../context.js';
import { describeError } from '../errors.js';
import { follow } from './follow.js';
import { LIVE_LIMITS, createSeats, type LiveLimits } from './seats.js';
import { planSubscription, type LiveRequest } from './subscription.js';

/** Where news comes from: yields at once and then whenever there may be some, and ends with what is followed. */
export interface LiveSource {
  news(field: string, id: string, signal: AbortSignal): AsyncIterable<void>;
}

export interface LiveOptions {
  readonly source: LiveSource;
  readonly authenticate: (request: FastifyRequest) => Promise<Viewer>;
  readonly log: Log;
  readonly limits?: Partial<LiveLimits>;
}

type Known = Exclude<Viewer, { kind: 'anonymous' }>;

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** Registers both ways. `apollo` is the server of /graphql. */
export async function registerLive(fastify: FastifyInstance, apollo: ApolloServer<GatewayContext>, options: LiveOptions, bounds: { readonly tokens: number; readonly bodyBytes: number; readonly deadlineMs: number }): Promise<void> {
  const limits: LiveLimits = { ...LIVE_LIMITS, ...options.limits };
  const seats = createSeats(limits);

  /** The stream of a subscription for a viewer who is asked for again before each answer. Throws for what cannot be followed. */
  async function open(request: LiveRequest, requestId: string, viewerNow: () => Promise<Viewer>): Promise<AsyncGenerator<ExecutionResult, void, undefined>> {
    const viewer = known(await viewerNow());
    const plan = planSubscription(request, bounds.tokens);
    const leave = seats.take(viewer.accountId);
    let isFirst = true;
    return follow({
      maxMs: limits.maxMs, paceMs: limits.paceMs, ended: leave,
      news: (signal) => options.source.news(plan.field, plan.id, signal),
      async answer() {
        const current = isFirst ? viewer : known(await viewerNow());
        isFirst = false;
        const contextValue = createGatewayContext(current, requestId, Date.now() + bounds.deadlineMs);
        const { body } = await apollo.executeOperation<Record<string, unknown>>({ query: plan.query, variables: { ...plan.variables } }, { contextValue });
        return body.kind === 'single' ? asResult(body.singleResult) : { errors: [new GraphQLError('incremental delivery is not supported')] };
      },
    });
  }

  await fastify.register(async (scope) => {
    scope.addHook('onClose', () => seats.close());
    await scope.register(websocket, { options: { maxPayload: bounds.bodyBytes, perMessageDeflate: false } });

    const stream = createHandler<undefined>({
      authenticate: () => null,
      async onSubscribe(request, params) {
        const requestId = chooseRequestId(request.headers.get('x-request-id'));
        try {
          return await open(params, requestId, () => options.authenticate(request.raw));
        } catch (error) {
          const told = describeError(error, requestId);
          const code = error instanceof AppError ? error.code : 'BAD_REQUEST';
          return [JSON.stringify({ errors: [told] }), { status: ERROR_CODES[code].status, statusText: code, headers: JSON_HEADERS }];
        }
      },
    });
    scope.post('/graphql/stream', { bodyLimit: bounds.bodyBytes }, async (request, reply) => {
      await stream(request, reply);
    });

    const sockets = makeHandler(
      {
        connectionInitWaitTimeout: limits.initMs,
        async onConnect({ extra, connectionParams }) {
          const request = withToken(extra.request, connectionParams);
          try {
            known(await options.authenticate(request));
            return true;
          } catch {
            return false;
          }
        },
        async onSubscribe({ extra, connectionParams }, _id, payload) {
          const requestId = chooseRequestId(extra.request.headers['x-request-id']);
          try {
            const answers = await open(payload, requestId, () => options.authenticate(withToken(extra.request, connectionParams)));
            return { schema: NO_SCHEMA, document: SUBSCRIPTION, contextValue: { answers } };
          } catch (error) {
            const { message, extensions } = describeError(error, requestId);
            return [new GraphQLError(message, extensions ? { extensions: { ...extensions } } : {})];
          }
        },
        subscribe: ({ contextValue }: ExecutionArgs) => (contextValue as { answers: AsyncGenerator<ExecutionResult> }).answers,
      },
      limits.pingMs,
    );
    scope.get('/graphql/ws', { websocket: true }, sockets);
  });
}

/** An answer whose errors are errors again, as graphql-ws takes them. */
function asResult({ data, errors }: FormattedExecutionResult): ExecutionResult {
  const made = errors?.map(({ message, path, extensions }) => new GraphQLError(message, { ...(path ? { path } : {}), ...(extensions ? { extensions } : {}) }));
  return { ...(data === undefined ? {} : { data }), ...(made ? { errors: made } : {}) };
}

/** What graphql-ws needs to take our own stream for that of a subscription. */
const NO_SCHEMA = new GraphQLSchema({});
const SUBSCRIPTION: ExecutionArgs['document'] = {
  kind: Kind.DOCUMENT,
  definitions: [{ kind: Kind.OPERATION_DEFINITION, operation: 'subscription' as never, selectionSet: { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'live' } }] } }],
};

function known(viewer: Viewer): Known {
  if (viewer.kind === 'anonymous') throw new AppError('UNAUTHENTICATED', 'subscriptions need a token, or the session of one of our own pages');
  return viewer;
}

/** A browser cannot give a WebSocket a header: the token may come with connection_init as `authorization`. Cookies count for nothing here. */
function withToken(request: FastifyRequest, params: Readonly<Record<string, unknown>> | undefined): FastifyRequest {
  const { authorization } = { ...params };
  if (typeof authorization !== 'string' || request.headers.authorization !== undefined) return request;
  return Object.create(request, { headers: { value: { ...request.headers, authorization } } }) as FastifyRequest;
}
