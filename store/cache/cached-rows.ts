// Reads a statement through the cache of the process. Called by store/read only, with what decides whose rows the statement looks at; the tables
// are told by its text. What visibility, statuses or an account decide in the SQL is in the values, and so in the key.
// Rows that come from here are shared: nobody may change them.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row, SqlValue } from '../database.js';
import { EVERY, type Part, type RowName } from './parts.js';
import { isAccountTable, isSiteTable, tablesRead, type CachedTable, type SiteTable } from './tables.js';

/** Whose rows a statement looks at. A table that its text names and whose owner is not given here is one of all sites or accounts. */
export interface ReadScope {
  /** The sites; a statement may look at rows of no other. Null for all. */
  readonly sites: readonly SiteId[] | null;
  /** The account whose reader_follow and reader_seen it looks at. */
  readonly account?: string;
  /** Tables of which it looks at these rows only; see `Part` for what names a row of a table. */
  readonly rows?: Readonly<Partial<Record<SiteTable, readonly { readonly siteId: SiteId; readonly row: RowName }[]>>>;
}

/** A longer key would cost more than it saves. */
const MAX_KEY = 16_384;
const numbers = new Map<string, number>();

/** The rows of a statement, from the cache where there is one and the statement may be cached. */
export function cachedRows<T extends Row = Row>(db: Queryable, text: string, values: readonly SqlValue[], scope: ReadScope): Promise<T[]> {
  const { cache } = db;
  const tables = cache && tablesRead(text);
  if (!cache || !tables) return db.query<T>(text, values);
  const key = keyOf(text, values);
  if (key.length > MAX_KEY) return db.query<T>(text, values);
  return cache.read<T[]>(key, () => partsOf(tables, scope), () => db.query<T>(text, values));
}

/** Tells the cache how far the change logs of sites have grown; called with every row that says so. */
export function sawSequences(db: Queryable, rows: readonly { readonly siteId: SiteId; readonly sequence: number }[]): void {
  for (const { siteId, sequence } of rows) db.cache?.sawSequence(siteId, sequence);
}

function keyOf(text: string, values: readonly SqlValue[]): string {
  let number = numbers.get(text);
  if (number === undefined) numbers.set(text, (number = numbers.size));
  return `${number}${JSON.stringify(values)}`;
}

function partsOf(tables: readonly CachedTable[], scope: ReadScope): Part[] {
  const sites = scope.sites === null ? [EVERY] : [...new Set(scope.sites)];
  return tables.flatMap((table): Part[] => {
    if (!isSiteTable(table)) return [{ table, of: (isAccountTable(table) ? scope.account : undefined) ?? EVERY }];
    const named = scope.rows?.[table];
    if (named === undefined) return sites.map((of) => ({ table, of }));
    const bySite = new Map<SiteId, Set<RowName>>();
    for (const { siteId, row } of named) {
      const rows = bySite.get(siteId);
      if (rows) rows.add(row);
      else bySite.set(siteId, new Set([row]));
    }
    return [...bySite].map(([of, rows]) => ({ table, of, rows: [...rows] }));
  });
}
