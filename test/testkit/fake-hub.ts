// A hub as small as a test needs: answers registration, codes, nonces and sync, and remembers what it was sent. For tests of the
// site double itself; the real hub is tested with the double.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeItem, type SyncItem } from '../../sync/protocol/codec.js';
import { splitJsonLines } from '../../sync/protocol/json-lines.js';
import { decodeMethodCall } from '../../sync/protocol/xml-rpc.js';
import { writeMethodResponse } from '../../sync/protocol/xml-writer.js';

export interface HubRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface HubReply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeHub {
  readonly url: string;
  readonly requests: HubRequest[];
  /** Items of sync posts in the order of arrival. */
  readonly items: (SyncItem & { readonly key: string; readonly queue: string })[];
  /** By path without query; null or no entry is the hub's usual answer. */
  readonly answers: Map<string, (request: HubRequest) => HubReply | Promise<HubReply> | null>;
  close(): Promise<void>;
}

export async function startFakeHub(): Promise<FakeHub> {
  const requests: HubRequest[] = [];
  const items: FakeHub['items'] = [];
  const answers: FakeHub['answers'] = new Map();

  const usual = (request: HubRequest, path: string): HubReply => {
    if (/^\/wpcom\/v2\/sites\/\d+\/jetpack-sync-actions$/.test(path)) {
      const { entries } = splitJsonLines(request.body);
      const queue = new URLSearchParams(request.url.split('?')[1]).get('queue') ?? '';
      for (const { key, encoded } of entries) {
        const decoded = decodeItem(encoded, 'deflate-json-array');
        if (decoded.ok) items.push({ ...decoded.item, key, queue });
      }
      return { status: 200, json: { processed_items: entries.map((entry) => entry.key) } };
    }
    if (path === '/xmlrpc.php') {
      const call = decodeMethodCall(request.body);
      return { status: 200, text: writeMethodResponse(call.ok), headers: { 'content-type': 'text/xml' } };
    }
    if (path === '/jetpack.partner_provision_nonce_check/1/') return { status: 200, text: 'OK' };
    return { status: 404, json: { code: 'rest_no_route', message: 'Not implemented' } };
  };

  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const received = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
    requests.push(received);
    const path = received.url.split('?')[0] ?? '';
    const reply = (await answers.get(path)?.(received)) ?? usual(received, path);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.text ?? JSON.stringify(reply.json ?? null));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, items, answers,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** Answers registration as a hub must: calls the site back and compares. */
export function registering(blogId: number, changes: Readonly<Record<string, unknown>> = {}): (request: HubRequest) => Promise<HubReply> {
  return async ({ body }) => {
    const form = new URLSearchParams(body.toString());
    const answer = await fetch(`${form.get('siteurl')}/wp-json/jetpack/v4/verify_registration`, {
      method: 'POST', body: new URLSearchParams({ secret_1: form.get('secret_1') ?? '', state: form.get('state') ?? '' }),
    });
    if ((await answer.json()) !== form.get('secret_2')) return { status: 400, json: { error: 'verification_failed', error_description: 'The site did not prove itself.' } };
    const word = (): string => randomBytes(16).toString('hex');
    return { status: 200, json: { jetpack_id: blogId, jetpack_secret: `${word()}.${word()}`, jetpack_public: 1, ...changes } };
  };
}
