// Reads the body of an answer within a size cap, decompressing it within the same cap. Called by http.ts.
// An endless answer, or a small one that inflates to gigabytes, costs no more memory than the cap.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';

export type ReadAnswer =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly code: 'too-large' | 'not-wordpress'; readonly message: string };

/** Reads to the end or to the cap; rejects when the connection breaks first. The caller destroys the request on any failure. */
export function readAnswer(response: IncomingMessage, maxBytes: number): Promise<ReadAnswer> {
  return new Promise((resolve, reject) => {
    const tooLarge = { ok: false, code: 'too-large', message: `answers with more than ${maxBytes} bytes` } as const;
    const stream = decoded(response);
    if (stream === null) return resolve({ ok: false, code: 'not-wordpress', message: 'answers in an encoding that was not asked for' });
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) return resolve(tooLarge);
    let wireBytes = 0;
    let bodyBytes = 0;
    const chunks: Buffer[] = [];
    const stop = (result: ReadAnswer) => {
      response.destroy();
      stream.destroy();
      chunks.length = 0;
      resolve(result);
    };
    response.on('data', (chunk: Buffer) => {
      wireBytes += chunk.length;
      if (wireBytes > maxBytes) stop(tooLarge);
    });
    response.on('error', reject);
    stream.on('data', (chunk: Buffer) => {
      bodyBytes += chunk.length;
      if (bodyBytes > maxBytes) stop(tooLarge);
      else chunks.push(chunk);
    });
    // An empty body is announced as compressed by some servers, and is no compression at all.
    const unreadable = (): void => stop(wireBytes === 0 ? { ok: true, body: Buffer.alloc(0) } : { ok: false, code: 'not-wordpress', message: 'answers with a body that does not decompress' });
    stream.on('error', stream === response ? reject : unreadable);
    stream.on('end', () => resolve({ ok: true, body: Buffer.concat(chunks) }));
  });
}

function decoded(response: IncomingMessage): Readable | null {
  switch ((response.headers['content-encoding'] ?? 'identity').trim().toLowerCase()) {
    case 'identity': case '':
      return response;
    case 'gzip': case 'x-gzip': case 'deflate':
      return response.pipe(createUnzip());
    case 'br':
      return response.pipe(createBrotliDecompress());
    default:
      return null;
  }
}
