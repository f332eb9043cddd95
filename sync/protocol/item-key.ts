// What the key of a sync item says, and the order in which items happened. Called by ingest.
// Only a queued key names an item for ever; the others recur and must never be used to skip an item.

/** A parsed item key. Times are whole microseconds since 1970. */
export type ItemKey =
  /** Of the queues `sync` and `full_sync`: unique and the same in every retry, so the idempotency key of the item. */
  | { readonly kind: 'queued'; readonly queue: string; readonly timestampMicros: number; readonly process: string; readonly counter: number }
  /** Of an action that was sent at once: the moment, with up to 4 decimals. Two items may share it. */
  | { readonly kind: 'moment'; readonly timestampMicros: number }
  /** Of a full-sync chunk: the first chunk of every full sync has the same key. */
  | { readonly kind: 'chunk'; readonly action: string; readonly checksum: string };

const QUEUED = /^jpsq_([A-Za-z0-9_]{1,64})-(\d{1,10}[.,]\d{1,6})-(\d{1,20})-(\d{1,15})$/;
const MOMENT = /^\d{1,10}([.,]\d{1,6})?$/;
const CHUNK = /^([A-Za-z][A-Za-z0-9_]{0,200})_(-?\d{1,20})$/;

/** Microseconds of a decimal time in seconds; some PHP locales write a comma. */
function toMicros(text: string): number {
  const [seconds = '0', fraction = ''] = text.split(/[.,]/);
  return Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

/** Reads an item key; null when it has none of the three forms, in which case it is still to be acknowledged as it is. */
export function decodeItemKey(key: string): ItemKey | null {
  const queued = QUEUED.exec(key);
  if (queued?.[1] && queued[2] && queued[3] && queued[4]) {
    return { kind: 'queued', queue: queued[1], timestampMicros: toMicros(queued[2]), process: queued[3], counter: Number(queued[4]) };
  }
  if (MOMENT.test(key)) return { kind: 'moment', timestampMicros: toMicros(key) };
  const chunk = CHUNK.exec(key);
  return chunk?.[1] && chunk[2] ? { kind: 'chunk', action: chunk[1], checksum: chunk[2] } : null;
}

/** What the order of items depends on; `counter` is 0 when the key has none. */
export interface ItemOrder {
  readonly timestampMicros: number;
  readonly counter: number;
  readonly key: string;
}

/** The place of an item among others: the item's own clock, then the counter of its key. */
export function orderOf(item: { readonly timestampMicros: number }, key: string): ItemOrder {
  const decoded = decodeItemKey(key);
  return { timestampMicros: item.timestampMicros, counter: decoded?.kind === 'queued' ? decoded.counter : 0, key };
}

/** Compares by time, then counter, then key, which makes the order total: a site's batches are not ordered when fetched by id. */
export function compareItemOrder(a: ItemOrder, b: ItemOrder): number {
  return a.timestampMicros - b.timestampMicros || a.counter - b.counter || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}
