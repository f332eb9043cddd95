// One table of the double in memory: rows by id, ids in order, and the rows of an owner (the metas of a post).
// 100 000 rows cost no more than the rows; ordered ids are made anew only after a change of membership.
export interface Table<Row> {
  readonly rows: ReadonlyMap<number, Row>;
  get(id: number): Row | undefined;
  /** Adds or replaces. */
  put(row: Row): Row;
  remove(id: number): Row | undefined;
  /** Ascending. */
  ids(): readonly number[];
  /** Rows by id, ascending. */
  all(): Row[];
  ownedBy(ownerId: number): Row[];
  nextId(): number;
}

/** A table whose rows have an id, and, for metas and relations, an owner. */
export function createTable<Row>(idOf: (row: Row) => number, ownerOf?: (row: Row) => number): Table<Row> {
  const rows = new Map<number, Row>();
  const owned = new Map<number, Set<number>>();
  let ordered: number[] | null = [];
  let last = 0;

  function disown(row: Row): void {
    if (ownerOf) owned.get(ownerOf(row))?.delete(idOf(row));
  }

  return {
    rows,
    get: (id) => rows.get(id),
    put(row) {
      const id = idOf(row);
      const before = rows.get(id);
      if (before) disown(before);
      else if (ordered !== null && id > (ordered.at(-1) ?? 0)) ordered.push(id);
      else ordered = null;
      rows.set(id, row);
      last = Math.max(last, id);
      if (ownerOf) {
        const owner = ownerOf(row);
        const ids = owned.get(owner) ?? new Set<number>();
        owned.set(owner, ids.add(id));
      }
      return row;
    },
    remove(id) {
      const row = rows.get(id);
      if (!row) return undefined;
      disown(row);
      rows.delete(id);
      ordered = null;
      return row;
    },
    ids: () => (ordered ??= [...rows.keys()].sort((a, b) => a - b)),
    all() {
      const out: Row[] = [];
      for (const id of this.ids()) out.push(rows.get(id) as Row);
      return out;
    },
    ownedBy: (ownerId) => [...(owned.get(ownerId) ?? [])].sort((a, b) => a - b).flatMap((id) => rows.get(id) ?? []),
    nextId: () => last + 1,
  };
}
