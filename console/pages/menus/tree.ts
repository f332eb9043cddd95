// A menu while it is edited: items in depth-first order with their depth, and the moves that keep it a tree. Pure.

export interface Entry {
  /** The item's id, or one made here for a new item. */
  readonly key: string;
  readonly isNew: boolean;
  readonly label: string;
  /** Null for an item of an object. */
  readonly url: string | null;
  readonly objectId: string | null;
  /** What the object is called; an item with this label follows it. */
  readonly objectName: string | null;
  readonly target: string | null;
  readonly classes: readonly string[];
  readonly depth: number;
}

export interface ReadItem {
  readonly id: string;
  readonly label: string;
  readonly url?: string | null;
  readonly parentId?: string | null;
  readonly order: number;
  readonly target?: string | null;
  readonly classes: readonly string[];
  readonly object?: { readonly id?: string; readonly title?: string; readonly name?: string } | null;
}

/** The graph takes 20 levels. */
const DEEPEST = 19;

export function readEntries(items: readonly ReadItem[], plain: (title: string) => string): Entry[] {
  const ids = new Set(items.map(({ id }) => id));
  const below = new Map<string, ReadItem[]>();
  for (const item of items) {
    const above = typeof item.parentId === 'string' && ids.has(item.parentId) ? item.parentId : '';
    below.set(above, [...(below.get(above) ?? []), item]);
  }
  const entries: Entry[] = [];
  const walk = (parent: string, depth: number): void => {
    for (const item of [...(below.get(parent) ?? [])].sort((a, b) => a.order - b.order)) {
      const { object } = item;
      entries.push({
        key: item.id, isNew: false, label: item.label, url: object ? null : (item.url ?? null), objectId: object?.id ?? null,
        objectName: object ? plain(object.title ?? object.name ?? '') : null, target: item.target ?? null, classes: item.classes, depth,
      });
      walk(item.id, depth + 1);
    }
  };
  walk('', 0);
  return entries;
}

/** The entry of an index with all below it: how many entries. */
export function sizeAt(entries: readonly Entry[], index: number): number {
  const depth = entries[index]?.depth ?? 0;
  let end = index + 1;
  while ((entries[end]?.depth ?? -1) > depth) end += 1;
  return end - index;
}

/** The keys of the entries above each one; null at the top. */
export function parentsOf(entries: readonly Entry[]): (string | null)[] {
  const path: string[] = [];
  return entries.map(({ key, depth }) => {
    path.length = depth;
    path.push(key);
    return path[depth - 1] ?? null;
  });
}

function indexOf(entries: readonly Entry[], key: string): number {
  return entries.findIndex((entry) => entry.key === key);
}

const shift = (entries: readonly Entry[], by: number): Entry[] => entries.map((entry) => ({ ...entry, depth: entry.depth + by }));

/** Moves an entry with all below it among its siblings. */
export function moveBy(entries: readonly Entry[], key: string, step: -1 | 1): readonly Entry[] {
  const index = indexOf(entries, key);
  const entry = entries[index];
  if (entry === undefined) return entries;
  const size = sizeAt(entries, index);
  const block = entries.slice(index, index + size);
  if (step === 1) {
    const next = entries[index + size];
    if (next === undefined || next.depth !== entry.depth) return entries;
    const nextSize = sizeAt(entries, index + size);
    return [...entries.slice(0, index), ...entries.slice(index + size, index + size + nextSize), ...block, ...entries.slice(index + size + nextSize)];
  }
  let before = index - 1;
  while (before >= 0 && (entries[before]?.depth ?? 0) > entry.depth) before -= 1;
  if (before < 0 || entries[before]?.depth !== entry.depth) return entries;
  return [...entries.slice(0, before), ...block, ...entries.slice(before, index), ...entries.slice(index + size)];
}

/** Puts an entry below the sibling before it. */
export function indent(entries: readonly Entry[], key: string): readonly Entry[] {
  const index = indexOf(entries, key);
  const entry = entries[index];
  const before = entries[index - 1];
  if (entry === undefined || before === undefined || before.depth < entry.depth || entry.depth >= DEEPEST) return entries;
  const size = sizeAt(entries, index);
  return [...entries.slice(0, index), ...shift(entries.slice(index, index + size), 1), ...entries.slice(index + size)];
}

/** Puts an entry behind the one that it is below. */
export function outdent(entries: readonly Entry[], key: string): readonly Entry[] {
  const index = indexOf(entries, key);
  const entry = entries[index];
  if (entry === undefined || entry.depth === 0) return entries;
  const size = sizeAt(entries, index);
  const block = shift(entries.slice(index, index + size), -1);
  // Its later siblings stay with their parent: it goes behind them.
  let end = index + size;
  while ((entries[end]?.depth ?? -1) >= entry.depth) end += 1;
  return [...entries.slice(0, index), ...entries.slice(index + size, end), ...block, ...entries.slice(end)];
}

/** Puts an entry before or after another one, or below it as the last; nothing can be put below itself. */
export function placeAt(entries: readonly Entry[], key: string, target: string, position: 'before' | 'after' | 'on'): readonly Entry[] {
  const from = indexOf(entries, key);
  const size = sizeAt(entries, from);
  const block = entries.slice(from, from + size);
  if (from < 0 || block.some((entry) => entry.key === target)) return entries;
  const rest = [...entries.slice(0, from), ...entries.slice(from + size)];
  const at = indexOf(rest, target);
  const aim = rest[at];
  if (aim === undefined) return entries;
  const depth = position === 'on' ? aim.depth + 1 : aim.depth;
  const deepest = Math.max(...block.map((entry) => entry.depth)) - (block[0]?.depth ?? 0) + depth;
  if (deepest > DEEPEST) return entries;
  const place = position === 'before' ? at : at + sizeAt(rest, at);
  return [...rest.slice(0, place), ...shift(block, depth - (block[0]?.depth ?? 0)), ...rest.slice(place)];
}

/** Takes an entry away; what was below it moves up in its place. */
export function remove(entries: readonly Entry[], key: string): readonly Entry[] {
  const index = indexOf(entries, key);
  if (index < 0) return entries;
  const size = sizeAt(entries, index);
  return [...entries.slice(0, index), ...shift(entries.slice(index + 1, index + size), -1), ...entries.slice(index + size)];
}
