// Serves GET /export/audit.ndjson: a site's audit log as lines of JSON, streamed a page at a time as fast as it is read, so that neither a
// long log nor a slow reader fills the memory. What it tells, and to whom, comes in as `exportAudit`.
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError, ERROR_CODES } from '../core/errors.js';
import { chooseRequestId } from './context.js';
import { describeError, isFault, logFault } from './errors.js';
import type { GraphqlOptions } from './server.js';

export interface AuditExportOptions extends Pick<GraphqlOptions, 'authenticate' | 'log'> {
  /** Lines of a site's log after a sequence. Throws AppError before the first when the viewer may not have them. */
  readonly exportAudit: (viewer: Awaited<ReturnType<GraphqlOptions['authenticate']>>, site: string, after: number) => Promise<AsyncIterable<string>>;
}

const AFTER = /^(0|[1-9][0-9]{0,14})$/;

/** Registers the export on a Fastify server. */
export function registerAuditExport(fastify: FastifyInstance, { authenticate, log, exportAudit }: AuditExportOptions): void {
  fastify.get('/export/audit.ndjson', async (request, reply) => {
    const requestId = chooseRequestId(request.headers['x-request-id']);
    void reply.header('x-request-id', requestId).header('cache-control', 'no-store').header('vary', 'authorization, cookie');
    try {
      const { site, after = '0' } = request.query as Readonly<Record<string, unknown>>;
      if (typeof site !== 'string' || site === '' || site.length > 1000) throw new AppError('BAD_USER_INPUT', 'site must be given once: a global id, a number or an address');
      if (typeof after !== 'string' || !AFTER.test(after)) throw new AppError('BAD_USER_INPUT', 'after must be the sequence of an event, a whole number; 0 for the whole log');
      const lines = await exportAudit(await authenticate(request), site, Number(after));
      return await reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(lines));
    } catch (error) {
      const known = error instanceof AppError ? error : new AppError('INTERNAL', 'the export failed', { cause: error });
      if (isFault(known)) logFault(log, known, { requestId });
      if (known.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
      return reply.code(ERROR_CODES[known.code].status).type('application/json; charset=utf-8').send(JSON.stringify({ errors: [describeError(known, requestId)] }));
    }
  });
}
