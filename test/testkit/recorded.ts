// The recorded site as rows: its requests decoded and applied in process, for tests of the store and of the subgraphs.
// The way over HTTP, with signatures, has tests of its own.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { DecodedItem } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import { packagePath } from '../../core/package-root.js';
import { applyBatch } from '../../store/apply/apply.js';
import { addSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { decode } from '../../sync/decode/index.js';
import { decodeItem } from '../../sync/protocol/codec.js';
import { splitJsonLines } from '../../sync/protocol/json-lines.js';
import { nextSiteId } from './store.js';

export const RECORDING_FOLDER = packagePath('test', 'fixtures', 'harbor-lane-books');

export type RecordingName = '1-incremental' | '2-full-sync' | '3-full-sync-woocommerce';

export interface RecordedRequest {
  readonly receivedAt: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function readRecording(name: RecordingName): RecordedRequest[] {
  const text = gunzipSync(readFileSync(`${RECORDING_FOLDER}/${name}.ndjson.gz`)).toString('utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as RecordedRequest);
}

/** What the site itself said afterwards: posts, pages, comments, users, orders, … */
export function siteAnswer<T = unknown>(name: string): T {
  return JSON.parse(readFileSync(`${RECORDING_FOLDER}/site-answers/${name}.json`, 'utf8')) as T;
}

/** The decoded items of one recorded request. */
export function decodeRequest(request: RecordedRequest): DecodedItem[] {
  return splitJsonLines(Buffer.from(request.body)).entries.map(({ key, encoded }) => {
    const decoded = decodeItem(encoded, 'deflate-json-array');
    if (!decoded.ok) throw new Error(`recorded item ${key} does not decode: ${decoded.reason}`);
    return decode(key, decoded.item);
  });
}

/** Adds a site of its own id and applies recordings to it, request by request; returns the id. */
export async function loadRecordedSite(
  store: Store,
  names: readonly RecordingName[] = ['1-incremental', '2-full-sync'],
  siteId: SiteId = nextSiteId(),
): Promise<SiteId> {
  await addSite(store, { id: siteId, url: `http://harborlane-${siteId}.example`, blogToken: `key${siteId}.secret${siteId}`, userTokens: [] });
  for (const name of names) {
    for (const request of readRecording(name)) await applyBatch(store, siteId, decodeRequest(request), new Date(request.receivedAt));
  }
  return siteId;
}

/** Tables of rows that sync writes, with the key to sort by. */
export const ROW_TABLES: Readonly<Record<string, string>> = {
  post: 'id', post_meta: 'meta_id', term: 'tt_id', term_relation: 'object_id, tt_id', comment: 'id', comment_meta: 'meta_id', menu_item_link: 'id',
  site_user: 'id', setting: 'setting_kind, name', plugin: 'file', theme: 'slug', shop_order: 'id', order_item: 'id', order_item_meta: 'meta_id',
};

/** Everything that is visible of a site, without revisions: what two ways of arriving must agree on. */
export async function visibleRows(store: Store, siteId: SiteId): Promise<Record<string, unknown[]>> {
  const result: Record<string, unknown[]> = {};
  for (const [table, order] of Object.entries(ROW_TABLES)) {
    const where = table === 'plugin' || table === 'theme' ? '' : table === 'term_relation' ? 'AND alive AND present' : 'AND alive';
    const rows = await store.database.query(`SELECT * FROM ${table} WHERE site_id = $1 ${where} ORDER BY ${order}`, [siteId]);
    result[table] = rows.map(({ site_id: _site, rev: _rev, revs: _revs, deleted_rev: _deleted, actor: _actor, ...row }) => row);
  }
  return result;
}
