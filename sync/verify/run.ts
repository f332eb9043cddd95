// Verifies a site, table by table, within a budget, and repairs it when asked to. Called by jobs/ for runs of the kinds VERIFY and
// REPAIR. What was found is in checksum_result; nothing is concluded of a site that still has events to send.
import { randomBytes, randomUUID } from 'node:crypto';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { writeChecksumResult } from '../../store/checksum-results.js';
import { CHECKSUM_TABLES, EXTRA_COLUMNS, type ChecksumTable } from '../../store/read/checksum-tables.js';
import { recordVerified } from '../../store/site-contact.js';
import type { Store } from '../../store/store.js';
import { TooDifferent, type DifferenceKind } from './compare.js';
import { checksumFilters, readSyncSettings } from './filters.js';
import { BudgetSpent, createMeter, DEFAULT_BUDGET, type Budget } from './meter.js';
import { awaitQuiet } from './quiet.js';
import { lookFromAfar, type ShallowResult } from './shallow.js';
import { tellVerdict, type Refusal, type SiteAtWork } from './site-answers.js';
import { queueNotEmpty, verifyTable, type TableResult } from './tables.js';

export type VerifyMode = 'VERIFY' | 'REPAIR';

export interface TableProgress {
  readonly total: number | null;
  readonly done: number;
  readonly finished: boolean;
}

export interface VerificationOptions {
  readonly store: Store;
  readonly client: SiteClient;
  readonly siteId: SiteId;
  readonly mode: VerifyMode;
  /** The run that the results belong to; a new one is made when absent. */
  readonly runId?: string;
  /** Tables by the site's names; others than {@link CHECKSUM_TABLES} are refused. Absent: all. */
  readonly tables?: readonly string[] | null;
  readonly budget?: Partial<Budget>;
  /** How long to wait for the site's queue to be empty. */
  readonly quietMs?: number;
  readonly onProgress?: (progress: Readonly<Record<string, TableProgress>>) => Promise<void> | void;
  readonly signal?: AbortSignal;
}

export interface VerificationReport {
  readonly runId: string;
  /** `not-verified`: the site could not be asked, or its queue did not empty; nothing was concluded. */
  readonly verdict: 'in_sync' | 'out_of_sync' | 'not-verified';
  readonly message: string | null;
  readonly tables: readonly TableResult[];
  /** What was seen through the REST API as the owner; null when nothing was looked at. */
  readonly shallow: ShallowResult | null;
  readonly calls: number;
  readonly objects: number;
}

const QUIET_MS = 60_000;
/** Differing keys that are kept of a table. */
const KEPT_KEYS = 2000;
const SALT_BYTES = 8;

/** Compares, and in the mode REPAIR brings back what differs. Throws only the signal's reason and faults of the store. */
export async function runVerification(options: VerificationOptions): Promise<VerificationReport> {
  const { store, client, siteId, signal } = options;
  const meter = createMeter({ ...DEFAULT_BUDGET, ...options.budget }, signal);
  const site: SiteAtWork = { client, siteId, meter, newestEventMs: () => newestEventMs(store, siteId) };
  const runId = options.runId ?? randomUUID();
  const report = (verdict: VerificationReport['verdict'], message: string | null, tables: readonly TableResult[], shallow: ShallowResult | null = null): VerificationReport =>
    ({ runId, verdict, message, tables, shallow, calls: meter.calls, objects: meter.objects });
  const quietMs = options.quietMs ?? QUIET_MS;
  const quiet = await awaitQuiet(site, quietMs, signal);
  if (quiet.kind === 'refused') return report('not-verified', `not verified: ${quiet.message}`, []);
  if (quiet.kind === 'busy') return report('not-verified', queueNotEmpty(quiet.queued).message, []);

  const wanted = await tablesToVerify(store, siteId, options.tables ?? null);
  const filters = await checksumFilters(store, siteId, await readSyncSettings(client, siteId));
  const salt = randomBytes(SALT_BYTES).toString('hex');
  const results: TableResult[] = [];
  const progress: Record<string, TableProgress> = Object.fromEntries(wanted.map((table) => [table, { total: null, done: 0, finished: false }]));
  await options.onProgress?.(progress);
  let stopped: string | null = null;
  for (const table of wanted) {
    signal?.throwIfAborted();
    const request = { siteId, table, filters, salt, columns: await columnsOf(store, siteId, table) };
    let result: TableResult;
    try {
      result = await verifyTable({ store, site, request, repairs: options.mode === 'REPAIR', quietMs, signal });
    } catch (error) {
      if (!(error instanceof BudgetSpent) && !(error instanceof TooDifferent)) throw error;
      const refusal: Refusal = { kind: 'refused', code: error instanceof BudgetSpent ? 'budget-spent' : 'too-different', message: error.message };
      result = { table, rows: 0, differences: new Map(), repaired: 0, fetched: 0, refusal };
      if (error instanceof BudgetSpent) stopped = error.message;
    }
    results.push(result);
    await keep(store, siteId, runId, result);
    progress[table] = { total: result.rows, done: result.rows, finished: true };
    await options.onProgress?.({ ...progress });
    if (stopped !== null) break;
  }
  // The looks from afar are for a whole verification; they change no verdict, because the site's own sync does not promise what they see.
  const shallow = stopped === null && options.tables == null ? await look(store, site, options.mode === 'REPAIR') : null;
  for (const result of shallow?.unseen ?? []) await keep(store, siteId, runId, result);
  const verdict = verdictOf(results, stopped);
  if (verdict !== 'not-verified' && stopped === null) await tellVerdict(site, verdict === 'in_sync');
  if (verdict === 'in_sync' && options.tables == null) await recordVerified(store.database, siteId, new Date());
  return report(verdict, stopped ?? messageOf(results), results, shallow);
}

async function look(store: Store, site: SiteAtWork, repairs: boolean): Promise<ShallowResult | null> {
  try {
    return await lookFromAfar(store, site, repairs);
  } catch (error) {
    if (error instanceof BudgetSpent) return null;
    throw error;
  }
}

async function newestEventMs(store: Store, siteId: SiteId): Promise<number> {
  const [row] = await store.database.query<{ at: Date | null }>('SELECT last_event_at AS at FROM site WHERE id = $1', [siteId]);
  return row?.at?.getTime() ?? 0;
}

/** WooCommerce's tables are asked for only where it is: the site's answer without them is an error of its database. */
async function tablesToVerify(store: Store, siteId: SiteId, asked: readonly string[] | null): Promise<ChecksumTable[]> {
  const [commerce] = await store.database.query<{ active: boolean; items: boolean; orders: boolean; asPosts: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM plugin WHERE site_id = $1 AND slug = 'woocommerce' AND active) AS active,
       EXISTS (SELECT 1 FROM order_item WHERE site_id = $1) AS items, EXISTS (SELECT 1 FROM shop_order WHERE site_id = $1) AS orders,
       EXISTS (SELECT 1 FROM post WHERE site_id = $1 AND type = 'shop_order') AS "asPosts"`,
    [siteId],
  );
  const has = (table: ChecksumTable) => {
    const isCommerce = commerce?.active === true || commerce?.items === true;
    // A shop keeps its orders as posts or in a table of their own.
    if (table === 'wc_orders' || table === 'wc_order_operational_data') return commerce?.asPosts !== true && (isCommerce || commerce?.orders === true);
    return !table.startsWith('woocommerce_') || isCommerce;
  };
  return CHECKSUM_TABLES.filter((table) => (asked === null ? has(table) : asked.includes(table)));
}

/** Columns that are hashed besides the site's own, so that edits are seen that change no date. Texts only where they are kept of all rows. */
async function columnsOf(store: Store, siteId: SiteId, table: ChecksumTable): Promise<string[]> {
  const columns = Object.keys(EXTRA_COLUMNS[table] ?? {});
  if (table !== 'posts') return columns;
  const [hidden] = await store.database.query(
    `SELECT 1 FROM post WHERE site_id = $1 AND type IN ('feedback', 'jp_act_log_event', 'shop_order', 'shop_order_refund', 'shop_subscription') LIMIT 1`, [siteId]);
  return hidden ? columns.filter((column) => !TEXT_COLUMNS.has(column)) : columns;
}

const TEXT_COLUMNS = new Set(['post_title', 'post_name', 'post_content', 'post_excerpt']);

function keep(store: Store, siteId: SiteId, runId: string, result: Omit<TableResult, 'table'> & { readonly table: string }): Promise<void> {
  const keys = [...result.differences].sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1)).slice(0, KEPT_KEYS);
  const { refusal } = result;
  return writeChecksumResult(store.database, siteId, {
    runId, table: result.table, rows: result.rows, driftedRows: result.differences.size, repairedRows: result.repaired, fetchedRows: result.fetched,
    details: { keys: keys as [string, DifferenceKind][], notCompared: refusal === null ? null : { code: refusal.code, message: refusal.message } },
  }, new Date());
}

/** A table that the site does not have (WooCommerce's, on a shop whose orders are posts). */
function isAbsent(result: TableResult): boolean {
  return result.refusal?.message.startsWith('Unable to use table name') === true;
}

/** Tables whose rows are covered by others but for a field or two: a site that does not compute them is in step all the same. */
const DISPENSABLE: ReadonlySet<ChecksumTable> = new Set(['usermeta', 'wc_order_operational_data']);

function isDispensable({ table, refusal }: TableResult): boolean {
  return DISPENSABLE.has(table) && refusal?.code !== 'queue-not-empty';
}

function verdictOf(results: readonly TableResult[], stopped: string | null): VerificationReport['verdict'] {
  if (results.some((result) => result.differences.size > result.repaired || result.refusal?.code === 'too-different')) return 'out_of_sync';
  const isWhole = results.every((result) => result.refusal === null || isAbsent(result) || isDispensable(result)) && results.some((result) => result.refusal === null);
  return isWhole && stopped === null ? 'in_sync' : 'not-verified';
}

function messageOf(results: readonly TableResult[]): string | null {
  const refused = results.filter((result) => result.refusal !== null && !isAbsent(result));
  return refused.length === 0 ? null : refused.map((result) => `${result.table}: ${result.refusal?.message}`).join('; ').slice(0, 500);
}
