// One table of a verification: compared, looked at again if something arrived meanwhile, settled where checksums say too little, and
// repaired when that was asked for. Called by run.ts for one table after the other.
import type { ChecksumTable } from '../../store/read/checksum-tables.js';
import type { ChecksumRequest } from '../../store/read/row-checksums.js';
import type { Store } from '../../store/store.js';
import { COLUMNS_IGNORED, compareAgain, compareTable, type Comparison, type DifferenceKind } from './compare.js';
import { awaitQuiet } from './quiet.js';
import { apply, canRepair, repairKeys } from './repair.js';
import { isKeptMeta, META_OWNERS, metaKeyOf, settleMetas, type Settled } from './settle-metas.js';
import { settlePeople } from './settle-people.js';
import type { Refusal, SiteAtWork } from './site-answers.js';

export interface TableResult {
  readonly table: ChecksumTable;
  /** Ids that the site has. */
  readonly rows: number;
  readonly differences: ReadonlyMap<string, DifferenceKind>;
  readonly repaired: number;
  readonly fetched: number;
  /** Why the table was not compared to its end, or not repaired. */
  readonly refusal: Refusal | null;
}

export interface TableWork {
  readonly store: Store;
  readonly site: SiteAtWork;
  readonly request: ChecksumRequest;
  readonly repairs: boolean;
  readonly quietMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Verifies one table and repairs it when asked to. */
export async function verifyTable(work: TableWork): Promise<TableResult> {
  const { store, site } = work;
  const { table } = work.request;
  const nothing = { table, rows: 0, differences: new Map<string, DifferenceKind>(), repaired: 0, fetched: 0 };
  const before = await site.newestEventMs();
  let request = work.request;
  let answer = await compareTable(store, site, request);
  // A site that does not know a column, or no columns at all, is compared by its own fields.
  if (answer.kind === 'refused' && request.columns.length > 0 && (answer.code === COLUMNS_IGNORED.code || /field/i.test(answer.message))) {
    request = { ...request, columns: [] };
    answer = await compareTable(store, site, request);
  }
  if (answer.kind === 'refused') return { ...nothing, refusal: answer };
  let comparison = answer.value;
  if (comparison.ranges.length > 0) {
    const quiet = await awaitQuiet(site, work.quietMs, work.signal);
    if (quiet.kind === 'refused') return { ...nothing, rows: comparison.ids, refusal: quiet };
    if (quiet.kind === 'busy') return { ...nothing, rows: comparison.ids, refusal: queueNotEmpty(quiet.queued) };
    if ((await site.newestEventMs()) !== before) {
      const again = await compareAgain(store, site, request, comparison);
      if (again.kind === 'refused') return { ...nothing, rows: comparison.ids, refusal: again };
      comparison = again.value;
    }
  }
  const settled = await settle(work, table, comparison);
  if (settled.kind === 'refused') return { ...nothing, rows: comparison.ids, refusal: settled };
  const { differences, fetched } = settled;
  const result = { ...nothing, rows: comparison.ids, differences, fetched, refusal: null };
  if (!work.repairs || differences.size === 0) return result;
  if (!canRepair(table)) {
    return { ...result, refusal: { kind: 'refused', code: 'needs-full-sync', message: 'rows of this table cannot be fetched one by one; a full sync of the module woocommerce brings them' } };
  }
  const repair = await repairKeys(store, site, table, [...differences.keys()]);
  return { ...result, repaired: repair.repaired, fetched: fetched + repair.fetched, refusal: repair.refusal };
}

export function queueNotEmpty(queued: number): Refusal {
  return { kind: 'refused', code: 'queue-not-empty', message: `not verified: ${queued} events still wait on the site to be sent` };
}

function isMetaTable(table: ChecksumTable): table is keyof typeof META_OWNERS {
  return table in META_OWNERS;
}

interface SettledTable {
  readonly kind: 'settled';
  readonly differences: ReadonlyMap<string, DifferenceKind>;
  readonly fetched: number;
}

/** Metas: what is not kept is no difference, and maps are told apart by their values; so are people's rights. */
async function settle(work: TableWork, table: ChecksumTable, comparison: Comparison): Promise<SettledTable | Refusal> {
  if (table === 'usermeta') {
    const keys = [...comparison.differences.keys(), ...comparison.unknown];
    return keys.length === 0 ? NOTHING_TO_SETTLE : conclude(work, comparison.differences, keys, await settlePeople(work.store, work.site, keys));
  }
  if (!isMetaTable(table)) return { kind: 'settled', differences: new Map(comparison.differences), fetched: 0 };
  const differences = new Map([...comparison.differences].filter(([key, kind]) => kind !== 'missing' || isKeptMeta(table, key)));
  if (table === 'woocommerce_order_itemmeta') return { kind: 'settled', differences, fetched: 0 };
  const uncertain = [...comparison.unknown, ...(await mapKeys(work.store, work.site.siteId, table, [...differences].filter(([, kind]) => kind === 'different').map(([key]) => key)))];
  if (uncertain.length === 0) return { kind: 'settled', differences, fetched: 0 };
  return conclude(work, differences, uncertain, await settleMetas(work.store, work.site, table, uncertain));
}

const NOTHING_TO_SETTLE = { kind: 'settled', differences: new Map<string, DifferenceKind>(), fetched: 0 } as const;

/** The differences without those of the keys that turned out to be the same, whose forms are kept for the next time. */
async function conclude(work: TableWork, found: ReadonlyMap<string, DifferenceKind>, keys: readonly string[], settled: Settled | Refusal): Promise<SettledTable | Refusal> {
  if ('kind' in settled) return settled;
  const differences = new Map(found);
  for (const key of keys) {
    if (settled.different.has(key)) differences.set(key, found.get(key) ?? 'different');
    else differences.delete(key);
  }
  for (const change of settled.learned) if ('rev' in change) await apply(work.store, work.site, [change], change.rev);
  return { kind: 'settled', differences, fetched: keys.length };
}

/** Those of the keys whose values of ours are maps or lists. */
async function mapKeys(store: Store, siteId: number, table: 'postmeta' | 'commentmeta', keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  const [name, owner] = table === 'postmeta' ? ['post_meta', 'post_id'] : ['comment_meta', 'comment_id'];
  const rows = await store.database.query<{ ownerId: number; metaKey: string }>(
    `SELECT m.${owner} AS "ownerId", m.meta_key AS "metaKey" FROM ${name} m JOIN unnest($2::bigint[], $3::text[]) AS k(owner, key) ON m.${owner} = k.owner AND m.meta_key = k.key
     WHERE m.site_id = $1 AND m.alive AND jsonb_typeof(m.value) IN ('object', 'array')`,
    [siteId, keys.map((key) => Number.parseInt(key, 10)), keys.map(metaKeyOf)],
  );
  return [...new Set(rows.map((row) => `${row.ownerId}-${row.metaKey}`))];
}
