// A site that speaks to a sync server over HTTP, signing as Jetpack does, and the server it speaks to. For tests of sync/.
import { randomBytes } from 'node:crypto';
import fastify from 'fastify';
import { createLog } from '../../core/log.js';
import type { SiteId } from '../../core/ids.js';
import type { Store } from '../../store/store.js';
import { addLocalSite } from '../testkit/store.js';
import { createSyncMetrics, type SyncMetrics } from '../../sync/metrics.js';
import { encodeItem, type Codec, type SyncItem } from '../../sync/protocol/codec.js';
import { joinJsonLines, type EncodedEntry } from '../../sync/protocol/json-lines.js';
import { signRequest } from '../../sync/protocol/sign-request.js';
import { writeMethodCall } from '../../sync/protocol/xml-writer.js';
import type { XmlRpcValue } from '../../sync/protocol/xml-rpc.js';
import { registerSync, type SyncOptions } from '../../sync/server.js';
import type { RecordedRequest } from '../testkit/recorded.js';

export interface TestServer {
  readonly url: string;
  readonly metrics: SyncMetrics;
  close(): Promise<void>;
}

/** Listens on a free port of this machine. */
export async function startSyncServer(store: Store, options: Partial<Omit<SyncOptions, 'store' | 'metrics'>> = {}): Promise<TestServer> {
  const app = fastify();
  const metrics = createSyncMetrics();
  await registerSync(app, { publicUrl: null, log: createLog('silent'), ...options, store, metrics });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, metrics, close: () => app.close() };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; null when it is not JSON. */
  readonly json: { readonly [member: string]: unknown } | null;
  /** `processed_items`, or null when the answer has none. */
  readonly processed: readonly string[] | null;
}

export interface TestSite {
  readonly id: SiteId;
  readonly url: string;
  readonly blogToken: string;
  readonly userToken: string;
}

/** Adds a site with tokens of its own, whose administrator (user 1) is connected. */
export async function addTestSite(store: Store, id: SiteId): Promise<TestSite> {
  const word = () => randomBytes(16).toString('hex');
  const site = { id, url: `http://site-${id}.example`, blogToken: `${word()}.${word()}`, userToken: `${word()}.${word()}.1` };
  await addLocalSite(store, { id, url: site.url, blogToken: site.blogToken, userTokens: [site.userToken] });
  return site;
}

export interface SendOptions {
  readonly method?: string;
  readonly body?: Buffer;
  readonly token?: string;
  readonly userId?: number;
  readonly nowMs?: number;
  readonly nonce?: string;
  readonly kind?: 'plain' | 'jsonl';
  /** The address that is signed, when it is not the one that is called. */
  readonly signedUrl?: string;
  readonly headers?: Record<string, string>;
}

/** Signs and sends one request. */
export async function send(site: TestSite, url: string, options: SendOptions = {}): Promise<Answer> {
  const method = options.method ?? 'GET';
  const body = options.body ?? Buffer.alloc(0);
  const authorization = signRequest({
    token: options.token ?? site.blogToken, userId: options.userId ?? 0, method, url: options.signedUrl ?? url, body,
    bodyHashKind: options.kind ?? 'plain', nowMs: options.nowMs ?? Date.now(), ...(options.nonce === undefined ? {} : { nonce: options.nonce }),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization, ...options.headers };
  return toAnswer(await fetch(url, { method, headers, redirect: 'manual', ...(method === 'GET' ? {} : { body: new Uint8Array(body) }) }));
}

export async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  let json: Answer['json'] = null;
  try {
    json = JSON.parse(text) as Answer['json'];
  } catch {
    json = null;
  }
  const processed = json !== null && Array.isArray(json['processed_items']) ? (json['processed_items'] as string[]) : null;
  return { status: response.status, headers: response.headers, text, json, processed };
}

/** The query of a sync post; `changes` replaces arguments, null removes one. */
export function syncQuery(site: TestSite, changes: Readonly<Record<string, string | null>> = {}): string {
  const args: Record<string, string | null> = {
    sync: '1', codec: 'deflate-json-array', timestamp: String(Date.now() / 1000), queue: 'sync', cd: '0.0010', pd: '0.0020', queue_size: '3',
    buffer_id: '6b0494bf916a15.55128194', sync_flow_type: 'default', storage_type: 'options', timeout: '20', home: site.url, siteurl: site.url, idc: '1',
    ...changes,
  };
  return Object.entries(args).flatMap(([name, value]) => (value === null ? [] : [`${name}=${encodeURIComponent(value)}`])).join('&');
}

/** Posts items as JSON lines. */
export function postItems(
  server: { readonly url: string }, site: TestSite, body: Buffer | readonly EncodedEntry[], query: Readonly<Record<string, string | null>> = {}, options: SendOptions = {},
): Promise<Answer> {
  const bytes = Buffer.isBuffer(body) ? body : joinJsonLines(body as readonly EncodedEntry[]);
  return send(site, `${server.url}/wpcom/v2/sites/${site.id}/jetpack-sync-actions?${syncQuery(site, query)}`, { method: 'POST', body: bytes, kind: 'jsonl', ...options });
}

/** Posts an XML-RPC call. */
export function callXmlRpc(
  server: { readonly url: string }, site: TestSite, method: string, params: readonly XmlRpcValue[], query: Readonly<Record<string, string | null>> = {}, options: SendOptions = {},
): Promise<Answer> {
  const url = `${server.url}/xmlrpc.php?${syncQuery(site, { for: 'jetpack', wpcom_blog_id: String(site.id), ...query })}`;
  return send(site, url, { method: 'POST', body: Buffer.from(writeMethodCall({ method, params })), headers: { 'content-type': 'text/xml' }, ...options });
}

let counter = 0;

/** Encodes an item under a key of the queue, as if it had happened now. */
export function entryOf(action: string, args: unknown, more: Partial<Omit<SyncItem, 'timestampMicros'>> & { key?: string; codec?: Codec } = {}): EncodedEntry {
  counter += 1;
  const timestamp = more.timestamp ?? Date.now() / 1000;
  const { key = `jpsq_sync-${timestamp.toFixed(6)}-4711-${counter}`, codec = 'deflate-json-array', ...item } = more;
  return { key, encoded: encodeItem({ userId: 1, isImporting: false, actor: null, ...item, timestamp, action, args }, codec) };
}

/** An event that stores a term, the smallest thing that can be seen to be stored. */
export function termEntry(termId: number, name: string, more: Parameters<typeof entryOf>[2] = {}): EncodedEntry {
  const term = { __o: 1, term_id: termId, name, slug: `term-${termId}`, term_group: 0, term_taxonomy_id: termId, taxonomy: 'category', description: '', parent: 0, count: 0 };
  return entryOf('jetpack_sync_save_term', [term], more);
}

/** Names of the stored terms by id. */
export async function storedTerms(store: Store, siteId: SiteId): Promise<Map<number, string>> {
  const rows = await store.database.query<{ id: number; name: string }>('SELECT term_id AS id, name FROM term WHERE site_id = $1 AND alive ORDER BY term_id', [siteId]);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** The recorded query, with the site address of the site that sends it now; the recorded home address is learned at first contact. */
export function recordedQuery(request: RecordedRequest): Record<string, string> {
  const query = Object.fromEntries(new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1)));
  const { siteurl: _siteurl, ...rest } = query;
  return rest;
}
