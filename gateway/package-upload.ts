// Takes zips of plugins and themes at POST /extensions/packages, for extensionsApply with a packageId. Who asks is known before a byte
// of the body is read. What is kept comes in as `keep`; this file knows HTTP alone.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasScope, type Viewer } from '../auth/viewer.js';
import { AppError, ERROR_CODES } from '../core/errors.js';
import { chooseRequestId } from './context.js';
import { describeError, isFault, logFault } from './errors.js';
import type { GraphqlOptions } from './server.js';

export interface KeptPackage {
  readonly id: string;
  readonly kind: string;
  readonly slug: string;
  readonly version: string;
  readonly file: string | null;
  readonly bytes: number;
  readonly sha256: string;
}

export interface PackageUploadOptions extends Pick<GraphqlOptions, 'authenticate' | 'log'> {
  /** Keeps a zip for an account; null when there is no plugin and no theme in it. */
  readonly keep: (accountId: string, content: Buffer) => Promise<KeptPackage | null>;
}

export const MAX_PACKAGE_BYTES = 64 * 1024 * 1024;

/** Registers the route on a Fastify server. */
export async function registerPackageUpload(fastify: FastifyInstance, { authenticate, log, keep }: PackageUploadOptions): Promise<void> {
  await fastify.register(async (scope) => {
    const uploaders = new WeakMap<FastifyRequest, string>();
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/zip', { parseAs: 'buffer', bodyLimit: MAX_PACKAGE_BYTES }, (_request, body, done) => done(null, body));
    scope.addHook('onRequest', async (request) => {
      uploaders.set(request, accountOf(await authenticate(request)));
    });
    scope.setErrorHandler((error, request, reply) => {
      const requestId = chooseRequestId(request.headers['x-request-id']);
      const status = (error as { statusCode?: number }).statusCode;
      const known = error instanceof AppError ? error : new AppError(status === 413 ? 'PAYLOAD_TOO_LARGE' : status !== undefined && status < 500 ? 'BAD_REQUEST' : 'INTERNAL', (error as Error).message, { cause: error });
      if (isFault(known)) logFault(log, known, { requestId });
      if (known.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
      void reply.header('connection', 'close');
      return reply.code(ERROR_CODES[known.code].status).type('application/json; charset=utf-8').send(JSON.stringify({ errors: [describeError(known, requestId)] }));
    });
    scope.post('/extensions/packages', { bodyLimit: MAX_PACKAGE_BYTES }, async (request, reply) => {
      const { body } = request;
      if (!Buffer.isBuffer(body)) throw new AppError('BAD_REQUEST', 'send the zip itself as application/zip');
      const kept = await keep(uploaders.get(request) ?? '', body);
      if (!kept) throw new AppError('BAD_USER_INPUT', 'this is no zip of one folder with a plugin or a theme in it');
      const { id, kind, slug, version, file, bytes, sha256 } = kept;
      return reply.code(201).header('cache-control', 'no-store').send({ id, kind, slug, version, file, bytes, sha256 });
    });
  });
}

function accountOf(viewer: Viewer): string {
  if (viewer.kind === 'anonymous') throw new AppError('UNAUTHENTICATED', 'uploading needs a token, or the session of one of our own pages');
  if (!hasScope(viewer, 'extensions:write')) throw new AppError('FORBIDDEN', 'uploading needs a token with the scope extensions:write');
  return viewer.accountId;
}
