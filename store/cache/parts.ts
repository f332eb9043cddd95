// Parts of tables: what a cached read depends on and what a write touches are told in the same words. Also their form on the wire between
// processes. Used by store/cache/ and by the writers of store/, which name what they touch; a writer that names nothing touches all.
import type { SiteId } from '../../core/ids.js';
import { isCachedTable, type CachedTable } from './tables.js';

export type RowName = string | number;

/** All sites' or accounts' rows of a table. */
export const EVERY = '*';

/**
 * Rows of a table that belong to one site (its id) or account (its uuid), or EVERY. `rows` narrows it to some: the ids of posts (post,
 * post_meta, term_relation, comment), of terms (term), of comments (comment_meta), of users (site_user), of orders (shop_order, order_item),
 * or none of them (an empty list). Without `rows` it is all of them.
 */
export interface Part {
  readonly table: CachedTable;
  readonly of: SiteId | string;
  readonly rows?: readonly RowName[];
  /** Of a site's own row, when its change log grew: the last sequence before and after. */
  readonly sequence?: readonly [before: number, after: number];
}

/** What a statement touches that writes the row of one site in the table of sites. */
export const siteRow = (siteId: SiteId): readonly Part[] => [{ table: 'site', of: siteId }];

/** More rows than this are told as all of their site. */
export const MAX_ROWS = 200;
/** What PostgreSQL takes in one notification is 8,000 bytes. */
const MAX_PAYLOAD_BYTES = 7_900;

interface Gathered {
  readonly table: CachedTable;
  readonly of: SiteId | string;
  /** Null for all. */
  rows: Set<RowName> | null;
  sequence: Part['sequence'];
}

/** Parts gathered over a transaction, each table and owner once. */
export class GatheredParts {
  readonly #parts = new Map<string, Gathered>();


  add({ table, of, rows, sequence }: Part): void {
    const key = `${table}/${of}`;
    const known = this.#parts.get(key);
    if (!known) {
      this.#parts.set(key, { table, of, rows: rows === undefined ? null : new Set(rows), sequence });
      return;
    }
    if (sequence !== undefined) known.sequence = [Math.min(sequence[0], known.sequence?.[0] ?? sequence[0]), Math.max(sequence[1], known.sequence?.[1] ?? sequence[1])];
    if (rows === undefined) {
      known.rows = null;
    } else {
      for (const row of rows) known.rows?.add(row);
    }
  }

  list(): Part[] {
    return [...this.#parts.values()].filter(({ rows, sequence }) => rows?.size !== 0 || sequence !== undefined).map(({ table, of, rows, sequence }) => ({
      table, of, ...(rows === null || rows.size > MAX_ROWS ? {} : { rows: [...rows] }), ...(sequence === undefined ? {} : { sequence }),
    }));
  }
}

/** What a statement touches: what its writer names, and all of a table that it writes but does not name. */
export function touchedParts(written: readonly CachedTable[], named: readonly Part[]): readonly Part[] {
  const unnamed = written.filter((table) => !named.some((part) => part.table === table));
  return unnamed.length === 0 ? named : [...named, ...unnamed.map((table): Part => ({ table, of: EVERY }))];
}

/** Parts as a notification's text; null when even without their rows they are too many, which means everything. */
export function encodeParts(parts: readonly Part[]): string | null {
  const whole = JSON.stringify(parts.map(({ table, of, rows, sequence }) => [table, of, rows ?? null, ...(sequence ?? [])]));
  if (Buffer.byteLength(whole) <= MAX_PAYLOAD_BYTES) return whole;
  const coarse = JSON.stringify(parts.map(({ table, of, sequence }) => [table, of, null, ...(sequence ?? [])]));
  return Buffer.byteLength(coarse) <= MAX_PAYLOAD_BYTES ? coarse : null;
}

/** The parts of a notification's text; null for everything, and for what this version does not understand. */
export function decodeParts(text: string): readonly Part[] | null {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(told)) return null;
  const parts: Part[] = [];
  for (const entry of told as unknown[]) {
    if (!Array.isArray(entry)) return null;
    const [table, of, rows = null, before, after] = entry as unknown[];
    if (typeof table !== 'string' || !isCachedTable(table) || (typeof of !== 'string' && typeof of !== 'number')) return null;
    if (rows !== null && !Array.isArray(rows)) return null;
    parts.push({
      table, of: of as SiteId | string, ...(rows === null ? {} : { rows: rows as RowName[] }),
      ...(typeof before === 'number' && typeof after === 'number' ? { sequence: [before, after] } : {}),
    });
  }
  return parts;
}
