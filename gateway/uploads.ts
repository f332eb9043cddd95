// Receives files at /uploads/<token>: resumably by the tus protocol, or whole by one PUT, to disk as they come. The address is the
// capability: it is made by mediaUploadCreate, unguessable, and ends with its upload. What becomes of the bytes is the desk's affair.
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { MemoryLocker, Server, Upload, type Locker } from '@tus/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, ERROR_CODES } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { chooseRequestId } from './context.js';
import { describeError, isFault, logFault } from './errors.js';

/** An upload as far as receiving it goes. */
export interface ExpectedUpload {
  readonly id: string;
  readonly bytes: number;
  readonly state: 'OPEN' | 'RECEIVED' | 'ENDED';
}

/** What takes the bytes on; origin/uploads has it. */
export interface Receiver<Expected extends ExpectedUpload> {
  readonly folder: { readonly directory: string; pathOf(id: string): string; touch(id: string): Promise<void>; bytesOf(id: string): Promise<number | null> };
  find(token: string): Promise<Expected | null>;
  received(upload: Expected): Promise<void>;
  /** False when all bytes are there and it is sent on. */
  discard(upload: Expected): Promise<boolean>;
}

export interface UploadsOptions<Expected extends ExpectedUpload> {
  readonly desk: Receiver<Expected>;
  readonly log: Log;
  /** Largest upload; announcements are held to it. */
  readonly maxBytes: number;
  /** Keeps two requests from writing one file; where several processes have one folder it must count for all of them. */
  readonly locker?: UploadLocker;
}

export type UploadLocker = Locker;

const PATH = '/uploads';
/** A sender that sends nothing for so long is gone; it may come back and go on. */
const SILENCE_MS = 60_000;
const METHODS = 'HEAD, PATCH, PUT, DELETE, OPTIONS';

const tokenOf = (request: FastifyRequest): string => (request.params as { readonly '*': string })['*'];

/** Registers the addresses of uploads. */
export async function registerUploads<Expected extends ExpectedUpload>(fastify: FastifyInstance, { desk, log, maxBytes, locker = new MemoryLocker() }: UploadsOptions<Expected>): Promise<void> {
  const expected = new Map<string, Expected>();
  const byRequest = new WeakMap<IncomingMessage, Expected>();
  const datastore = new FileStore({
    directory: desk.folder.directory,
    configstore: {
      get: (id) => Promise.resolve(new Upload({ id, size: expected.get(id)?.bytes ?? 0, offset: 0 })),
      set: () => Promise.resolve(),
      delete: () => Promise.resolve(),
    },
  });
  datastore.extensions = ['termination'];
  const tus = new Server({
    path: PATH, datastore, locker, maxSize: maxBytes,
    getFileIdFromRequest: (request) => {
      const raw = request.runtime?.node?.req as IncomingMessage | undefined;
      return raw && byRequest.get(raw)?.id;
    },
    onUploadFinish: async (_request, { id }) => {
      const upload = expected.get(id);
      if (upload) await desk.received(upload);
      return {};
    },
  });

  await fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    // The body stays where it is: it is read to disk below.
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.setErrorHandler((error, request, reply) => {
      const requestId = chooseRequestId(request.headers['x-request-id']);
      const isGone = request.raw.destroyed && !request.raw.complete;
      const known = error instanceof AppError ? error : new AppError(isGone ? 'BAD_REQUEST' : 'INTERNAL', isGone ? 'the sender went away' : 'the upload failed', { cause: error });
      // What is left of the body is not read.
      void reply.header('connection', 'close');
      if (isFault(known)) logFault(log, known, { requestId });
      return reply.code(ERROR_CODES[known.code].status).type('application/json; charset=utf-8').send(JSON.stringify({ errors: [describeError(known, requestId)] }));
    });
    scope.addHook('onRequest', async (request, reply) => {
      void reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Upload-Offset, Upload-Length, Tus-Resumable', 'cache-control': 'no-store', 'tus-resumable': '1.0.0' });
      request.raw.setTimeout(SILENCE_MS, () => void request.raw.destroy());
    });

    scope.options(`${PATH}/*`, (_request, reply) => reply.code(204).headers({
      'tus-version': '1.0.0', 'tus-extension': 'termination', 'tus-max-size': String(maxBytes), 'access-control-allow-methods': METHODS,
      'access-control-allow-headers': 'Content-Type, Tus-Resumable, Upload-Offset, X-HTTP-Method-Override, X-Request-Id', 'access-control-max-age': '86400',
    }).send());

    scope.route({
      method: ['HEAD', 'PATCH', 'PUT', 'DELETE'],
      url: `${PATH}/*`,
      async handler(request, reply) {
        const upload = await desk.find(tokenOf(request));
        if (upload === null) throw new AppError('NOT_FOUND', 'there is no such upload, or its time is over; announce it with mediaUploadCreate');
        if (upload.state !== 'OPEN') return answerReceived(upload, request, reply);
        await desk.folder.touch(upload.id);
        if (request.method === 'PUT') return receiveWhole(upload, request, reply);
        if (request.method === 'DELETE') return takeBack(upload, reply);
        // The last answer was lost, or this process ended before it could say that all is there.
        if (request.method === 'HEAD' && (await desk.folder.bytesOf(upload.id)) === upload.bytes) await desk.received(upload);
        expected.set(upload.id, upload);
        byRequest.set(request.raw, upload);
        reply.hijack();
        await tus.handle(request.raw, reply.raw);
        return reply;
      },
    });
    done();
  });

  /** Nothing more is taken; who asks is told that all is there. */
  function answerReceived(upload: Expected, request: FastifyRequest, reply: FastifyReply): unknown {
    if (request.method !== 'HEAD') throw new AppError('BAD_USER_INPUT', 'the upload is complete; ask mediaUpload(id) what became of it');
    return reply.code(200).headers({ 'upload-offset': String(upload.bytes), 'upload-length': String(upload.bytes) }).send();
  }

  /** Ends an upload that is not complete; of one that is, the site may have the file already. */
  async function takeBack(upload: Expected, reply: FastifyReply): Promise<unknown> {
    if (!(await desk.discard(upload))) throw new AppError('BAD_USER_INPUT', 'the upload is complete; ask mediaUpload(id) what became of it');
    return reply.code(204).send();
  }

  /** One PUT with everything, from the beginning. */
  async function receiveWhole(upload: Expected, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const told = request.headers['content-length'];
    const refuse = (came: string): AppError => new AppError('BAD_USER_INPUT', `expected ${upload.bytes} bytes, as announced; got ${came}`);
    if (told !== undefined && Number(told) !== upload.bytes) throw refuse(told);
    // A sender that is gone must not break off the one that came after it; and its body, of which nothing more comes, would be waited for without end.
    const refuseGone = (): void => {
      if (request.raw.destroyed) throw new AppError('BAD_REQUEST', 'the sender went away, or another request took over');
    };
    refuseGone();
    const lock = locker.newLock(upload.id);
    const gone = new AbortController();
    await lock.lock(gone.signal, () => void request.raw.destroy());
    try {
      // Another may have brought all of it while this one waited; what is being sent must not change.
      if ((await desk.find(tokenOf(request)))?.state !== 'OPEN') throw new AppError('BAD_USER_INPUT', 'the upload is complete; ask mediaUpload(id) what became of it');
      // All came by tus, and it is about to be said; or it was not, because the process ended.
      if ((await desk.folder.bytesOf(upload.id)) === upload.bytes) {
        await desk.received(upload);
        throw new AppError('BAD_USER_INPUT', 'the upload is complete; ask mediaUpload(id) what became of it');
      }
      refuseGone();
      let bytes = 0;
      const count = new Transform({
        transform(piece: Buffer, _encoding, next) {
          bytes += piece.length;
          next(bytes > upload.bytes ? refuse('more') : null, piece);
        },
      });
      await pipeline(request.raw, count, createWriteStream(desk.folder.pathOf(upload.id), { flags: 'w', mode: 0o600 }));
      if (bytes < upload.bytes) throw refuse(String(bytes));
      // Before the next gets the file: what is being sent must not change.
      await desk.received(upload);
    } finally {
      await lock.unlock();
    }
    return reply.code(202).type('application/json; charset=utf-8').send(JSON.stringify({ received: upload.bytes }));
  }
}
