// The cache of what was read, one a process, bounded in bytes. An entry begins when its read begins and is filed under the parts of tables
// it depends on; a write that touches one of them takes the entry away, whether its rows have come or not, so that what
// was read before a commit is never kept after it. It knows no SQL; store/cache/cached-database.ts tells it of writes.
import { tookSource, tookUnwatched, untold } from '../../core/answer-sources.js';
import type { SiteId } from '../../core/ids.js';
import { EVERY, type Part, type RowName } from './parts.js';
import { freezeDeep, sizeOf } from './size.js';
import { SITE_CACHED } from './tables.js';

export interface ReadCacheOptions {
  readonly maxBytes: number;
  /** Freezes what is kept; for tests. */
  readonly freezes?: boolean;
}

/** What happened since the start; `entries` and `bytes` are of now. */
export interface ReadCacheStats {
  readonly hits: number;
  /** Reads that another one under way answered. */
  readonly joined: number;
  readonly misses: number;
  /** Reads past the cache: while it was off, or while a commit was under way. */
  readonly bypasses: number;
  /** Entries taken away by writes. */
  readonly drops: number;
  /** Entries that made room for others. */
  readonly evictions: number;
  readonly entries: number;
  readonly bytes: number;
}

interface Entry {
  readonly key: string;
  readonly parts: readonly Part[];
  /** Until the value is there. */
  reading: Promise<unknown> | null;
  value: unknown;
  bytes: number;
  isHeld: boolean;
}

/** Entries by what they depend on: all rows of the shelf's table and owner, or some. */
interface Shelf {
  readonly whole: Set<Entry>;
  readonly rows: Map<RowName, Set<Entry>>;
}

/** Values above this share of the cache are not kept: one of them would push out too much. */
const LARGEST_SHARE = 1 / 16;
/** A read that depends on more is not kept: telling when it is outdated would cost more than reading again. */
const MAX_LINKS = 400;
/** Sites whose sequence is remembered; some 60 bytes each. */
const MAX_SEQUENCES = 20_000;
const ENTRY_BYTES = 240;
const LINK_BYTES = 120;

const shelfKey = (part: Part): string => `${part.table}/${part.of}`;
const linksOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + (part.rows?.length ?? 1), 0);

export class ReadCache {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #shelves = new Map<string, Shelf>();
  /** Parts of commits under way, by shelf; nothing that depends on them is kept or served. */
  readonly #held = new Map<string, number>();
  #heldTables = 0;
  /** How far the change log of a site had grown by all that was heard of it. */
  readonly #sequences = new Map<SiteId, number>();
  #isOn = true;
  #bytes = 0;
  #counts = { hits: 0, joined: 0, misses: 0, bypasses: 0, drops: 0, evictions: 0 };

  constructor(private readonly options: ReadCacheOptions) {}

  get stats(): ReadCacheStats {
    return { ...this.#counts, entries: this.#entries.size, bytes: this.#bytes };
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** The value of a key: what is held, or what `run` reads. `partsOf` tells all that the value depends on; it is asked before the read. */
  async read<Value>(key: string, partsOf: () => readonly Part[], run: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      this.#counts[known.reading === null ? 'hits' : 'joined'] += 1;
      tookSource(known);
      return (known.reading ?? known.value) as Value | Promise<Value>;
    }
    const parts = this.#isOn ? partsOf() : [];
    if (!this.#isOn || this.#isUnderWay(parts) || linksOf(parts) > MAX_LINKS) {
      this.#counts.bypasses += 1;
      tookUnwatched();
      return run();
    }
    this.#counts.misses += 1;
    const entry: Entry = { key, parts, reading: null, value: undefined, bytes: 0, isHeld: true };
    this.#entries.set(key, entry);
    this.#file(entry);
    tookSource(entry);
    try {
      const reading = untold(run);
      entry.reading = reading;
      const value = await reading;
      if (entry.isHeld) this.#keep(entry, value);
      return value;
    } catch (error) {
      this.#take(entry);
      throw error;
    }
  }

  /** Takes away what depends on the parts of a commit. */
  drop(parts: readonly Part[]): void {
    this.#dropAll(parts);
    this.#advance(parts);
  }

  /**
   * Tells what a read said of a site's sequence. When it is ahead of what was heard, another process committed and the news are still under
   * way: then all of the site is taken away, so that nobody is given a place in the change log together with what is older than it.
   */
  sawSequence(siteId: SiteId, sequence: number): void {
    const known = this.#sequences.get(siteId);
    if (known !== undefined && sequence <= known) return;
    if (this.#sequences.size >= MAX_SEQUENCES) this.#sequences.clear();
    this.#sequences.set(siteId, sequence);
    this.#dropAll(SITE_CACHED.map((table) => ({ table, of: siteId })));
  }

  /**
   * Takes away what depends on the parts and keeps nothing that does until the returned function is called: from before a commit is
   * sent until it is known, a reader asks the database.
   */
  hold(parts: readonly Part[]): (isCommitted: boolean) => void {
    const shelves = parts.filter((part) => part.of !== EVERY).map(shelfKey);
    const tables = parts.length - shelves.length;
    for (const shelf of shelves) this.#held.set(shelf, (this.#held.get(shelf) ?? 0) + 1);
    this.#heldTables += tables;
    this.#dropAll(parts);
    let isReleased = false;
    return (isCommitted) => {
      if (isReleased) return;
      isReleased = true;
      if (isCommitted) this.#advance(parts);
      this.#heldTables -= tables;
      for (const shelf of shelves) {
        const left = (this.#held.get(shelf) ?? 1) - 1;
        if (left === 0) this.#held.delete(shelf);
        else this.#held.set(shelf, left);
      }
    };
  }

  /** Takes everything away. */
  clear(): void {
    for (const entry of this.#entries.values()) this.#dropOne(entry);
  }

  /** Serves and keeps nothing from now on: news of writes do not arrive. */
  turnOff(): void {
    this.#isOn = false;
    this.clear();
  }

  /** Begins anew, empty. */
  turnOn(): void {
    this.clear();
    this.#isOn = true;
  }

  #isUnderWay(parts: readonly Part[]): boolean {
    if (this.#heldTables > 0) return true;
    if (this.#held.size === 0) return false;
    return parts.some((part) => (part.of === EVERY ? [...this.#held.keys()].some((key) => key.startsWith(`${part.table}/`)) : this.#held.has(shelfKey(part))));
  }

  #keep(entry: Entry, value: unknown): void {
    const bytes = sizeOf(value) + entry.key.length + ENTRY_BYTES + linksOf(entry.parts) * LINK_BYTES;
    if (bytes > this.options.maxBytes * LARGEST_SHARE) {
      this.#take(entry);
      return;
    }
    if (this.options.freezes) freezeDeep(value);
    entry.value = value;
    entry.reading = null;
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.options.maxBytes) return;
      if (oldest.reading !== null) continue;
      this.#take(oldest);
      this.#counts.evictions += 1;
    }
  }

  #dropAll(parts: readonly Part[]): void {
    for (const part of parts) for (const entry of this.#dependants(part)) this.#dropOne(entry);
  }

  #advance(parts: readonly Part[]): void {
    for (const { of, sequence } of parts) if (sequence && this.#sequences.get(of as SiteId) === sequence[0]) this.#sequences.set(of as SiteId, sequence[1]);
  }

  #dropOne(entry: Entry): void {
    if (!entry.isHeld) return;
    this.#take(entry);
    this.#counts.drops += 1;
  }

  #take(entry: Entry): void {
    if (!entry.isHeld) return;
    entry.isHeld = false;
    // An answer that was made of it may know it a while longer (core/answer-sources.ts).
    entry.value = undefined;
    this.#bytes -= entry.bytes;
    this.#entries.delete(entry.key);
    for (const part of entry.parts) {
      const key = shelfKey(part);
      const shelf = this.#shelves.get(key);
      if (!shelf) continue;
      if (part.rows === undefined) shelf.whole.delete(entry);
      for (const row of part.rows ?? []) {
        const set = shelf.rows.get(row);
        set?.delete(entry);
        if (set?.size === 0) shelf.rows.delete(row);
      }
      if (shelf.whole.size === 0 && shelf.rows.size === 0) this.#shelves.delete(key);
    }
  }

  #file(entry: Entry): void {
    for (const part of entry.parts) {
      const key = shelfKey(part);
      let shelf = this.#shelves.get(key);
      if (!shelf) this.#shelves.set(key, (shelf = { whole: new Set(), rows: new Map() }));
      if (part.rows === undefined) shelf.whole.add(entry);
      for (const row of part.rows ?? []) {
        const set = shelf.rows.get(row);
        if (set) set.add(entry);
        else shelf.rows.set(row, new Set([entry]));
      }
    }
  }

  #dependants(part: Part): Entry[] {
    const { table, of } = part;
    if (part.rows?.length === 0) return [];
    if (of === EVERY) return [...this.#shelves].flatMap(([key, shelf]) => (key.startsWith(`${table}/`) ? [...shelf.whole, ...[...shelf.rows.values()].flatMap((set) => [...set])] : []));
    return [this.#shelves.get(shelfKey(part)), this.#shelves.get(`${table}/${EVERY}`)].flatMap((shelf) => {
      if (!shelf) return [];
      const rows = part.rows === undefined ? [...shelf.rows.values()] : part.rows.map((row) => shelf.rows.get(row));
      return [...shelf.whole, ...rows.flatMap((set) => (set ? [...set] : []))];
    });
  }
}
