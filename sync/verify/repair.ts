// Brings differing rows back: fetches exactly them, in batches, and applies what the site says of each, or that it has it no more.
// Called by run.ts once the site's queue was seen empty. It writes through store/apply alone.
import type { DomainChange, DecodedItem } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { applyBatch } from '../../store/apply/apply.js';
import type { ChecksumTable } from '../../store/read/checksum-tables.js';
import type { Store } from '../../store/store.js';
import { itemDate } from '../decode/dates.js';
import { idOfKey } from './compare.js';
import { OBJECT_SOURCES, type ObjectTable } from './repair-objects.js';
import { changesOfFetched, fetchMetas, type FetchableMetaTable } from './settle-metas.js';
import { fetchObjects, type Refusal, type SiteAtWork } from './site-answers.js';

/** Rows that were put right, and how many objects were asked for. */
export interface Repair {
  readonly repaired: number;
  readonly fetched: number;
  readonly refusal: Refusal | null;
}

/** Metas of order items cannot be fetched by id; a full sync of the module `woocommerce` brings them. */
export function canRepair(table: ChecksumTable): boolean {
  return table !== 'woocommerce_order_itemmeta';
}

/** Repairs the rows of these keys. */
export async function repairKeys(store: Store, site: SiteAtWork, table: ChecksumTable, keys: readonly string[]): Promise<Repair> {
  if (table === 'woocommerce_order_itemmeta') return { repaired: 0, fetched: 0, refusal: null };
  if (table === 'postmeta' || table === 'commentmeta') return repairMetas(store, site, table, keys);
  return repairObjects(store, site, table, keys);
}

async function repairObjects(store: Store, site: SiteAtWork, table: ObjectTable, keys: readonly string[]): Promise<Repair> {
  const source = OBJECT_SOURCES[table];
  const differing = [...new Set(keys.map(idOfKey))];
  const ids = source.idsToAsk ? await source.idsToAsk(store, site.siteId, differing) : differing;
  let fetched = 0;
  let batchSize = source.batch;
  for (let at = 0; at < ids.length; ) {
    const asked = ids.slice(at, at + batchSize);
    const answer = await fetchObjects(site, source.module, source.type, asked);
    // Large posts: fewer at once, down to one.
    if (answer.kind === 'refused' && answer.code === 'too-large' && batchSize > 1) {
      batchSize = Math.ceil(batchSize / 4);
      continue;
    }
    if (answer.kind === 'refused') return { repaired: Math.min(keys.length, fetched), fetched, refusal: answer };
    const { objects, rev } = answer.value;
    await apply(store, site, await source.read({ store, siteId: site.siteId, asked, objects, rev }), rev);
    fetched += asked.length;
    at += asked.length;
  }
  return { repaired: keys.length, fetched, refusal: null };
}

async function repairMetas(store: Store, site: SiteAtWork, table: FetchableMetaTable, keys: readonly string[]): Promise<Repair> {
  let fetched = 0;
  for await (const answer of fetchMetas(site, table, keys)) {
    if (answer.kind === 'refused') return { repaired: fetched, fetched, refusal: answer };
    const changes: DomainChange[] = [];
    for (const [key, rows] of answer.value.rows) changes.push(...(await changesOfFetched(store, site.siteId, table, key, rows, answer.value.rev)));
    await apply(store, site, changes, answer.value.rev);
    fetched += answer.value.rows.size;
  }
  return { repaired: fetched, fetched, refusal: null };
}

/** Applies what a verification found out, as one item that no queue sent. */
export async function apply(store: Store, site: Pick<SiteAtWork, 'siteId'>, changes: readonly DomainChange[], rev: Rev): Promise<void> {
  if (changes.length === 0) return;
  const item: DecodedItem = {
    key: `sitegraph-verify-${rev}`, action: 'sitegraph_repair', rev, at: itemDate(rev / 1e6), isImporting: false, actor: null, changes, audit: null, deadLetter: null,
  };
  await applyBatch(store, site.siteId, [item], new Date());
}
