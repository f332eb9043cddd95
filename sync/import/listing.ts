// The lists of a site that an import reads, each with its route, its members and the way from its rows to changes. One shape,
// so that reading pages, polling and finding deletions is written once.
import type { DomainChange } from '../../core/changes.js';
import type { Rev, SiteId } from '../../core/ids.js';
import type { QueryValue } from '../../origin/site-calls.js';
import type { Queryable } from '../../store/database.js';

/** What a page of rows says. */
export interface Decoded {
  readonly changes: readonly DomainChange[];
  /** Ids of the rows, understood or not: they exist. */
  readonly ids: readonly number[];
}

export interface Listing {
  /** Names it in cursors and progress, e.g. `posts:book`. */
  readonly name: string;
  /** The module under which people see it. */
  readonly module: string;
  readonly route: string;
  /** What every request for it says, order and status included. */
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly fields: readonly string[];
  /** Whether `modified_after` finds what changed; else the list is read again as a whole while it is short. */
  readonly knowsModified: boolean;
  decode(db: Queryable, rows: readonly unknown[], rev: Rev): Promise<Decoded>;
  /** Ids that the store holds of this list. */
  storedIds(db: Queryable): Promise<readonly number[]>;
  remove(id: number, rev: Rev): DomainChange[];
  /** Posts that a removal may have changed without a trace in their dates. */
  affectedPosts?(db: Queryable, removed: readonly number[]): Promise<readonly number[]>;
}

/** The site as an import knows it. */
export interface ImportedSite {
  readonly id: SiteId;
  readonly homeUrl: string;
}

/** Ids of rows that have one, whatever else they hold. */
export function idsOf(rows: readonly unknown[]): number[] {
  return rows.flatMap((row) => {
    const id = (row as { id?: unknown } | null)?.id;
    return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? [id] : [];
  });
}
