// A subgraph as an HTTP server of its own, for installations of several processes. It answers the gateway only: every
// request carries a viewer that the gateway has signed, and anything else is refused before its body is looked at.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { verifyViewer } from '../auth/viewer.js';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { RequestContext, Subgraph } from '../subgraphs/shared/context.js';
import { VIEWER_HEADER } from './data-sources/http.js';
import { describeError } from './errors.js';
import { createSubgraphExecutor } from './subgraph-execution.js';

/** Fetches carry up to a page of representations for each list of the client's operation. */
const BODY_BYTES = 16 * 1024 * 1024;

const fetchSchema = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

declare module 'fastify' {
  interface FastifyRequest {
    sitegraphRequest: RequestContext | null;
  }
}

export interface SubgraphServerOptions {
  readonly viewerKey: string | Uint8Array;
  readonly log: Log;
  readonly now?: () => number;
}

/** Serves a subgraph at POST /graphql. */
export async function registerSubgraph(fastify: FastifyInstance, subgraph: Subgraph, options: SubgraphServerOptions): Promise<void> {
  const execute = createSubgraphExecutor(subgraph, options.log);
  const now = options.now ?? Date.now;
  await fastify.register(async (scope) => {
    scope.decorateRequest('sitegraphRequest', null);
    scope.setErrorHandler((error, request, reply) => {
      const given = (error as { statusCode?: unknown }).statusCode;
      const appError = error instanceof AppError ? error : new AppError(given === 413 ? 'PAYLOAD_TOO_LARGE' : given === undefined ? 'INTERNAL' : 'BAD_REQUEST', (error as Error).message, { cause: error });
      const code: ErrorCode = appError.code;
      if (code === 'INTERNAL') options.log.error({ requestId: request.sitegraphRequest?.requestId, subgraph: subgraph.name, err: error }, 'request failed');
      return reply.code(ERROR_CODES[code].status).send({ errors: [describeError(appError, request.sitegraphRequest?.requestId)] });
    });
    scope.addHook('onRequest', async (request) => {
      const header = request.headers[VIEWER_HEADER];
      const verified = typeof header === 'string' ? verifyViewer(header, options.viewerKey, now()) : null;
      if (verified === null || !verified.ok) {
        options.log.warn({ subgraph: subgraph.name, reason: verified?.reason ?? 'missing' }, 'refused a request without a valid viewer');
        throw new AppError('UNAUTHENTICATED', `A subgraph answers only requests with a valid ${VIEWER_HEADER} header`);
      }
      request.sitegraphRequest = { viewer: verified.viewer, requestId: verified.requestId, deadlineMs: verified.expiresAt };
    });
    scope.post('/graphql', { bodyLimit: BODY_BYTES }, async (request) => {
      const context = request.sitegraphRequest;
      const parsed = fetchSchema.safeParse(request.body);
      if (!parsed.success || context === null) throw new AppError('BAD_REQUEST', 'expected a JSON object with query, variables and operationName');
      const { query, variables, operationName } = parsed.data;
      return execute(
        { query, variables: variables ?? undefined, operationName: operationName ?? undefined },
        context,
        subgraph.createContext(context),
      );
    });
  });
}
