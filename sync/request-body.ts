// Reads the raw body of a request, bounded in bytes and time: the Content-Type of a site's posts lies, so nothing parses here.
// Called by sync/signed-request and sync/server. The scope's parser hands the untouched stream on as `request.body`.
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { SyncLimits } from './limits.js';
import { bodyTooLarge, refusal, type Refusal } from './refusal.js';

/** How long a refused client may go on sending before its connection is cut. */
const DISCARD_MS = 10_000;

/** Reads a body whole, or says why it was not taken. A request without a body has an empty one. */
export function readBody(request: FastifyRequest, limits: Pick<SyncLimits, 'maxBodyBytes' | 'bodyTimeoutMs'>): Promise<Buffer | Refusal> {
  const stream = request.body;
  if (!(stream instanceof Readable)) return Promise.resolve(Buffer.alloc(0));
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (outcome: Buffer | Refusal): void => {
      clearTimeout(timer);
      stream.off('data', onData).off('end', onEnd).off('error', onLost).off('close', onLost);
      if (!Buffer.isBuffer(outcome)) discardBody(request);
      resolve(outcome);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.maxBodyBytes) finish(bodyTooLarge(limits.maxBodyBytes));
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish(Buffer.concat(chunks, bytes));
    const onLost = (): void => finish(refusal('incomplete_body', 400, 'The body ended early.'));
    const timer = setTimeout(() => finish(refusal('body_timeout', 408, 'The body took too long to arrive.')), limits.bodyTimeoutMs);
    stream.on('data', onData).on('end', onEnd).on('error', onLost).on('close', onLost);
  });
}

/** Lets the rest of a body go by unread, so that the client reads the answer; cuts the connection of one that does not stop. */
export function discardBody(request: FastifyRequest): void {
  const stream = request.body;
  if (!(stream instanceof Readable) || stream.readableEnded || stream.destroyed) return;
  const timer = setTimeout(() => request.raw.destroy(), DISCARD_MS);
  timer.unref();
  const settle = (): void => clearTimeout(timer);
  stream.on('error', settle).once('end', settle).once('close', settle);
  stream.resume();
}
