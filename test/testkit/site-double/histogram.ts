// `sync/data-histogram` (protocol reference 7.3): sums over buckets of consecutive ids. Its traps are kept: `end_id` 0 means "at most 0", the
// last bucket is not cut at `end_id`, an empty histogram is a list.
import { CHECKSUM_TABLES, sumRows, type ChecksumRow, type ChecksumTable } from './checksums.js';
import { failed, type Result } from './connection.js';
import type { SiteContext } from './state.js';

export interface HistogramAnswer {
  readonly histogram: Readonly<Record<string, unknown>> | readonly never[];
  readonly type: 'sum';
}

export function histogram(site: SiteContext, input: Readonly<Record<string, unknown>>): Result<HistogramAnswer> {
  const name = String(input['object_type'] ?? '');
  if (site.settings.number('checksum_disable')) return failed('checksum_disabled', 'Checksums are currently disabled.');
  const table = CHECKSUM_TABLES[name];
  if (!table) return failed('internal_server_error', 'There has been a critical error on this website.');
  const columns = site.syncVersion === '4.45' ? toColumns(input['columns']) : [];
  const rows = table.rows(site);
  const ids = distinct(rows);
  if (input['only_range_edges'] === true || input['only_range_edges'] === 'true') return { ok: true, value: edges(ids, toBound(input['start_id'], true), toBound(input['end_id'], true)) };

  const start = toBound(input['start_id'], false);
  const end = toBound(input['end_id'], false);
  const within = ids.filter((id) => (start === null || id >= start) && (end === null || id <= end));
  const parent = table.parent === undefined ? undefined : CHECKSUM_TABLES[table.parent];
  const count = start === null && end === null && parent ? distinct(parent.rows(site)).length : within.length;
  const buckets = Number(input['buckets'] ?? 0) || 0;
  const size = buckets > 0 ? Math.ceil(count / buckets) : table.bucketSize;
  if (within.length === 0 || size === 0) return { ok: true, value: { histogram: [], type: 'sum' } };
  const salt = String(input['shared_salt'] ?? '');
  const drillsDown = input['detailed_drilldown'] === true || input['detailed_drilldown'] === 'true';
  return { ok: true, value: { histogram: walk({ table, rows, ids, start, end, size, salt, columns, drillsDown }), type: 'sum' } };
}

interface Walk {
  readonly table: ChecksumTable;
  readonly rows: readonly ChecksumRow[];
  readonly ids: readonly number[];
  readonly start: number | null;
  readonly end: number | null;
  readonly size: number;
  readonly salt: string;
  readonly columns: readonly string[];
  readonly drillsDown: boolean;
}

function walk({ table, rows, ids, start, end, size, salt, columns, drillsDown }: Walk): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  let at = start === null ? 0 : ids.findIndex((id) => id >= start);
  let rowAt = 0;
  while (at >= 0 && at < ids.length) {
    const [low, high] = [ids[at] ?? 0, ids[Math.min(at + size, ids.length) - 1] ?? 0];
    if (end !== null && low > end) break;
    while ((rows[rowAt]?.id ?? Infinity) < low) rowAt += 1;
    const bucket: ChecksumRow[] = [];
    for (let row = rows[rowAt]; row !== undefined && row.id <= high; row = rows[rowAt]) {
      bucket.push(row);
      rowAt += 1;
    }
    out[low === high ? String(low) : `${low}-${high}`] = drillsDown ? drill(table, bucket, salt, columns) : sumRows(table, bucket, salt, columns).toString();
    at += size;
  }
  return out;
}

function drill(table: ChecksumTable, rows: readonly ChecksumRow[], salt: string, columns: readonly string[]): Record<string, string> {
  const sums = new Map<string, bigint>();
  for (const row of rows) sums.set(row.key, (sums.get(row.key) ?? 0n) + sumRows(table, [row], salt, columns));
  return Object.fromEntries([...sums].map(([key, sum]) => [key, sum.toString()]));
}

function edges(ids: readonly number[], start: number | null, end: number | null): HistogramAnswer {
  const within = ids.filter((id) => (start === null || id >= start) && (end === null || id <= end));
  const text = (id: number | undefined): string | null => (id === undefined ? null : String(id));
  return { histogram: { min_range: text(within[0]), max_range: text(within.at(-1)), item_count: String(within.length) }, type: 'sum' };
}

function distinct(rows: readonly ChecksumRow[]): number[] {
  const ids: number[] = [];
  for (const row of rows) if (ids.at(-1) !== row.id) ids.push(row.id);
  return ids;
}

function toBound(value: unknown, zeroIsOpen: boolean): number | null {
  if (value === null || value === undefined || value === '') return null;
  const bound = Number(value);
  return zeroIsOpen && bound === 0 ? null : bound;
}

function toColumns(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(',').map((name) => name.trim()).filter((name) => name !== '') : [];
}
