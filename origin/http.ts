// One HTTP exchange with a site under a deadline and a size cap, over checked addresses, never following a redirect.
// Called by the calls through site-client.ts. It tells for certain whether anything can have reached the site.
import { open, type FileHandle } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream';
import { tookUnwatched } from '../core/answer-sources.js';
import { checkLiteral, guardLookup, systemLookup, type Lookup } from './addresses.js';
import { readAnswer } from './read-answer.js';
import type { CallFailureCode } from './site-calls.js';
import { explain } from './transport-faults.js';

export interface HttpOptions {
  /** Whether private and loopback addresses may be called. */
  readonly allowPrivateOrigins: boolean;
  /** How names are resolved; the system's resolver by default. */
  readonly lookup?: Lookup | undefined;
  /** The certificate authorities (PEM) to believe; the well-known ones by default. */
  readonly ca?: string | undefined;
}

/** A body that is read from disk while it is sent. */
export interface FileBody {
  readonly path: string;
  readonly bytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute; sent byte for byte. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | FileBody;
  /** When the exchange must be over, by `performance.now()`. */
  readonly deadline: number;
  /** Largest answer in bytes, before and after decompression. */
  readonly maxAnswerBytes: number;
  /** Whether an idle connection may be used again. Not for what must not be sent twice: a site may just be closing it. */
  readonly mayReuse: boolean;
}

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpFailure {
  readonly kind: 'failure';
  readonly code: CallFailureCode;
  readonly message: string;
  readonly wasSent: boolean;
}

export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer | HttpFailure>;
  close(): void;
}

/** Idle connections are dropped before servers usually drop them (5 s), so that a call seldom meets a closing one. */
const IDLE_MS = 4_000;
const MAX_SOCKETS = 256;
const MAX_IDLE_SOCKETS_A_HOST = 2;
/** Node's own 250 ms an address is too short for a far site with several addresses. */
const ADDRESS_ATTEMPT_MS = 2_000;

/** Creates the connections of one process. */
export function createHttp(options: HttpOptions): Http {
  const pool = { keepAlive: true, timeout: IDLE_MS, maxTotalSockets: MAX_SOCKETS, maxFreeSockets: MAX_IDLE_SOCKETS_A_HOST };
  const once = { keepAlive: false, maxTotalSockets: MAX_SOCKETS };
  const tls = options.ca === undefined ? {} : { ca: options.ca };
  const agents = {
    'http:': { pooled: new http.Agent(pool), single: new http.Agent(once) },
    'https:': { pooled: new https.Agent({ ...pool, ...tls }), single: new https.Agent({ ...once, ...tls }) },
  };
  const lookup = guardLookup(options.lookup ?? systemLookup, options.allowPrivateOrigins);
  return {
    send: async (request) => {
      tookUnwatched();
      const url = new URL(request.url);
      try {
        if (!options.allowPrivateOrigins) checkLiteral(url.hostname);
      } catch (error) {
        return { kind: 'failure', ...explain(error as Error, url), wasSent: false };
      }
      const agent = agents[url.protocol === 'https:' ? 'https:' : 'http:'][request.mayReuse ? 'pooled' : 'single'];
      const connection = { agent, lookup, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS };
      if (request.body instanceof Uint8Array) return exchange(request, url, connection, null);
      let file: FileHandle;
      try {
        file = await open(request.body.path, 'r');
      } catch {
        return { kind: 'failure', code: 'unreachable', message: 'the file that was to be sent cannot be read', wasSent: false };
      }
      try {
        return await exchange(request, url, connection, file);
      } finally {
        await file.close();
      }
    },
    close: () => {
      for (const { pooled, single } of Object.values(agents)) {
        pooled.destroy();
        single.destroy();
      }
    },
  };
}

function exchange(request: HttpRequest, url: URL, connection: object, file: FileHandle | null): Promise<HttpAnswer | HttpFailure> {
  return new Promise((resolve) => {
    let wasSent = false;
    const isTls = url.protocol === 'https:';
    const outgoing = (isTls ? https : http).request({
      ...connection,
      method: request.method,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      path: rawPath(request.url),
      headers: { 'user-agent': 'Sitegraph', 'accept-encoding': 'gzip', ...request.headers, host: url.host, ...(request.method === 'POST' ? { 'content-length': String(request.body instanceof Uint8Array ? request.body.length : request.body.bytes) } : {}) },
    });
    const finish = (result: HttpAnswer | Omit<HttpFailure, 'wasSent'>) => {
      clearTimeout(timer);
      resolve(result.kind === 'failure' ? { ...result, wasSent } : result);
    };
    const fail = (failure: { code: CallFailureCode; message: string }) => {
      finish({ kind: 'failure', ...failure });
      outgoing.destroy();
    };
    const startedAt = performance.now();
    const timer = setTimeout(() => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      fail({ code: 'timeout', message: `${url.host} did not ${wasSent ? 'answer completely' : 'accept a connection'} within ${seconds} s` });
    }, Math.max(0, request.deadline - startedAt));
    outgoing.on('socket', (socket) => {
      if (outgoing.reusedSocket) wasSent = true;
      // Node writes the request as soon as the connection (with TLS: the believed connection) stands, and not before.
      else socket.once(isTls ? 'secureConnect' : 'connect', () => { wasSent = true; });
    });
    let isAnswering = false;
    // A site may answer, and close, before it has read all of a file; its answer counts then.
    const failUnanswered = (error: Error): void => {
      if (file === null || !isAnswering) fail(explain(error, url));
    };
    outgoing.on('error', failUnanswered);
    outgoing.on('response', (response) => {
      isAnswering = true;
      readAnswer(response, request.maxAnswerBytes).then(
        (read) => (read.ok ? finish({ kind: 'answer', status: response.statusCode ?? 0, headers: plainHeaders(response), body: read.body }) : fail({ code: read.code, message: `${url.host} ${read.message}` })),
        (error: Error) => fail(explain(error, url)),
      );
    });
    if (file === null) outgoing.end(request.method === 'POST' ? request.body : undefined);
    else pipeline(file.createReadStream({ start: 0, autoClose: false }), outgoing, (error) => error && failUnanswered(error));
  });
}

function rawPath(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/** Lower-case names, one text each; cookies are not for us. */
function plainHeaders(response: http.IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (name !== 'set-cookie' && value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
