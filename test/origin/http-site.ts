// The far side of calls to sites: a bare HTTP server that checks query-string signatures as Jetpack does, and otherwise answers
// what a test tells it. For tests of origin/.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePhpQuery } from '../../sync/protocol/php-query.js';
import { bodyHash, canonicalString, verifySignature } from '../../sync/protocol/signature.js';

export interface Received {
  readonly method: string;
  /** As in the request line. */
  readonly path: string;
  readonly query: ReadonlyMap<string, unknown>;
  /** With its question mark, or empty. */
  readonly rawQuery: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The token key and user of a signature that holds, or null. */
  readonly signedBy: { readonly key: string; readonly userId: number } | null;
}

export type Handler = (received: Received, response: ServerResponse) => void;

export interface HttpSite {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** What it answers from now on. */
  handle: Handler;
  /** Key → secret and user of the tokens it believes. */
  readonly tokens: Map<string, { readonly secret: string; readonly userId: number }>;
  /** What PHP believes to listen on; null for the port it does listen on. */
  portLine: number | null;
  /** Seconds its clock is ahead. */
  clockAhead: number;
  close(): Promise<void>;
}

/** Listens on a free port; answers `{}` until told otherwise. */
export async function startHttpSite(): Promise<HttpSite> {
  const nonces = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const received = receive(request, Buffer.concat(chunks), site, nonces);
      if ('refusal' in received) {
        site.received.push({ ...received.request, signedBy: null });
        return json(response, 400, { code: 'rest_invalid_signature', message: received.refusal, data: { status: 400 } }, dateOf(site));
      }
      site.received.push(received);
      if (site.clockAhead !== 0) response.setHeader('date', dateOf(site).date);
      site.handle(received, response);
    });
  });
  const site: HttpSite = {
    url: '', port: 0, received: [], tokens: new Map(), portLine: null, clockAhead: 0,
    handle: (_received, response) => json(response, 200, {}),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(site, { port, url: `http://127.0.0.1:${port}` });
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** Answers with a page. */
export function page(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>Nothing here</title>');
}

function dateOf(site: HttpSite): { date: string } {
  return { date: new Date(Date.now() + site.clockAhead * 1000).toUTCString() };
}

function receive(request: IncomingMessage, body: Buffer, site: HttpSite, nonces: Set<string>): Received | { refusal: string; request: Omit<Received, 'signedBy'> } {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const rawQuery = mark < 0 ? '' : url.slice(mark + 1);
  const query = parsePhpQuery(rawQuery);
  const plain = { method: request.method ?? '', path, query, rawQuery: mark < 0 ? '' : url.slice(mark), headers: request.headers, body };
  const isForUs = query.get('_for') === 'jetpack' || query.get('for') === 'jetpack';
  const field = (name: string) => String(query.get(name) ?? '');
  if (!isForUs || !query.has('token') || !query.has('signature')) return { ...plain, signedBy: null };
  const [key = '', , userId = ''] = field('token').split(':');
  const token = site.tokens.get(key);
  const target = { scheme: 'http', host: request.headers.host ?? '', port: site.portLine ?? site.port, path, query: rawQuery } as const;
  const canonical = canonicalString({ token: field('token'), timestamp: field('timestamp'), nonce: field('nonce'), bodyHash: field('body-hash'), method: plain.method, target });
  const ahead = Number(field('timestamp')) - (Date.now() / 1000 + site.clockAhead);
  const nonce = `${field('timestamp')}:${field('nonce')}`;
  const refusal = !token || token.userId !== Number(userId) ? 'unknown token' : ahead < -600 || ahead > 300 ? 'The timestamp is too old.' : nonces.has(nonce) ? 'The nonce was used.'
    : !verifySignature(canonical, token.secret, field('signature')) || bodyHash(body) !== field('body-hash') ? 'signature_mismatch' : null;
  nonces.add(nonce);
  if (refusal === null) return { ...plain, signedBy: { key, userId: Number(userId) } };
  // XML-RPC takes a badly signed call for an unsigned one.
  return query.get('for') === 'jetpack' ? { ...plain, signedBy: null } : { refusal, request: plain };
}
