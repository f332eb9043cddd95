// The merge rule of registers, pure: the newest revision of a group wins, a deletion clears what is older than itself.
// Any order of arrival and any repetition of the same changes ends in the same row (test/store/apply/convergence.test.ts).
import type { ColumnType, EntitySpec } from './entities.js';

/** One row while a batch is applied. `columns` holds canonical JSON values; `revs` every group's revision but the core's. */
export interface RowState {
  readonly key: Readonly<Record<string, string | number>>;
  columns: Record<string, unknown>;
  rev: number | null;
  revs: Record<string, number>;
  deletedRev: number | null;
  alive: boolean;
  /** What the store held before this batch, for the change log. */
  readonly before: { readonly alive: boolean; readonly columns: Readonly<Record<string, unknown>> } | null;
  dirty: boolean;
}

export function newRow(key: Readonly<Record<string, string | number>>): RowState {
  return { key, columns: {}, rev: null, revs: {}, deletedRev: null, alive: false, before: null, dirty: false };
}

/** A comment that a full sync no longer knew as approved or pending: hidden until its own events say what it became. */
export const MISSING_STATUS = 'sitegraph:missing';

/** A column that changed its value. */
export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Writes one group at a revision; false when every column stays as it was. What changed is told to `tell`, where somebody wants to know. */
export function mergeGroup(
  spec: EntitySpec, row: RowState, group: string, values: Readonly<Record<string, unknown>>, rev: number, tell: FieldChange[] | null,
): boolean {
  const list = spec.groupLists[group];
  if (list === undefined || (row.deletedRev !== null && rev <= row.deletedRev)) return false;
  const current = group === 'core' ? row.rev : (row.revs[group] ?? null);
  if (current !== null && rev < current) return false;
  if (current === rev && !winsTie(spec, group, values, row.columns)) return false;
  let isChanged = false;
  for (const [column, type] of list) {
    const after = canonical(type, values[column]);
    const before = row.columns[column] ?? null;
    row.columns[column] = after;
    if (same(after, before)) continue;
    isChanged = true;
    tell?.push({ field: column, before, after });
  }
  if (group === 'core') row.rev = rev;
  else row.revs[group] = rev;
  row.dirty = true;
  refreshAlive(row);
  return isChanged;
}

/** Deletes at a revision. Groups written later stay, so a row created again after its deletion lives. */
export function mergeDeletion(spec: EntitySpec, row: RowState, rev: number): boolean {
  if (row.deletedRev !== null && row.deletedRev >= rev) return false;
  row.deletedRev = rev;
  row.dirty = true;
  for (const [group, types] of Object.entries(spec.groups)) {
    const current = group === 'core' ? row.rev : (row.revs[group] ?? null);
    if (current === null || current > rev) continue;
    for (const column of Object.keys(types)) row.columns[column] = null;
    if (group === 'core') row.rev = null;
    else delete row.revs[group];
  }
  refreshAlive(row);
  return true;
}

/** Raises a mark (`_seen`, `_meta`, `_restored`) to a revision. */
export function raiseMark(row: RowState, mark: string, rev: number): void {
  if ((row.revs[mark] ?? 0) >= rev) return;
  row.revs[mark] = rev;
  row.dirty = true;
}

function refreshAlive(row: RowState): void {
  // A relation that ended is kept as a row, so that an older addition cannot bring it back; readers see it as gone.
  row.alive = row.rev !== null && row.columns['status'] !== MISSING_STATUS && row.columns['present'] !== false;
}

// Two events of one microsecond: the greater text wins, so that both orders agree.
function winsTie(spec: EntitySpec, group: string, values: Readonly<Record<string, unknown>>, current: Readonly<Record<string, unknown>>): boolean {
  const list = spec.groupLists[group] ?? [];
  const next = Object.fromEntries(list.map(([column, type]) => [column, canonical(type, values[column])]));
  const now = Object.fromEntries(list.map(([column]) => [column, current[column] ?? null]));
  return JSON.stringify(next) > JSON.stringify(now);
}

export function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && stableJson(a) === stableJson(b));
}

/** JSON with sorted keys: jsonb does not keep their order, so comparisons must not depend on it. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The stored form of a value: dates as ISO with milliseconds, text without NUL or lone surrogates. */
export function canonical(type: ColumnType, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'timestamptz') return canonicalInstant(value);
  if (type === 'timestamp') return canonicalLocal(value);
  if (type === 'bigint' || type === 'integer') return Number(value);
  return storable(value);
}

/** The form of a value that the database gave, which is canonical but for dates. */
export function canonicalOfStored(type: ColumnType, value: unknown): unknown {
  return type === 'timestamptz' || type === 'timestamp' || type === 'bigint' || type === 'integer' ? canonical(type, value) : (value ?? null);
}

let lastInstant: unknown = null;
let lastCanonical: string | null = null;

function canonicalInstant(value: unknown): string | null {
  // A post has the same date up to three times.
  if (typeof value !== 'string' || value !== lastInstant) {
    lastCanonical = readInstant(value);
    lastInstant = value;
  }
  return lastCanonical;
}

function readInstant(value: unknown): string | null {
  const date = value instanceof Date ? value : new Date(String(value));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function canonicalLocal(value: unknown): string | null {
  const local = String(value).replace(' ', 'T').slice(0, 19);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(local) && !Number.isNaN(Date.parse(`${local}Z`)) ? local : null;
}

// PostgreSQL stores neither NUL nor half a surrogate pair.
const UNSTORABLE = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const SUSPECT = /[\u0000\ud800-\udfff]/;

function storable(value: unknown): unknown {
  if (typeof value === 'string') return !SUSPECT.test(value) ? value : value.replace(UNSTORABLE, (found) => (found === '\u0000' ? '' : '\ufffd'));
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [storable(key) as string, storable(part)]));
  }
  return value;
}
