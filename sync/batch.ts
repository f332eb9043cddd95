// One item of a batch on its way into the store, and how it is made from what a site sent. Called by sync/ingest.
import { createHash } from 'node:crypto';
import type { DecodedItem } from '../core/changes.js';
import type { DeadLetter } from '../store/dead-letters.js';
import { decode } from './decode/index.js';
import { decodeMeasuredItem, type Codec, type ItemLimits } from './protocol/codec.js';
import type { BadLine, EncodedEntry } from './protocol/json-lines.js';

/** What a site sent in one post. */
export interface Batch {
  readonly codec: Codec;
  readonly entries: readonly EncodedEntry[];
  /** Whole lines with a key but without an item: they are kept as they came. */
  readonly oddLines: readonly EncodedEntry[];
}

/** An item that is ready for the store: understood, or a dead letter, or (known action, odd arguments) both. */
export interface Unit {
  /** The key as the site named it, for the acknowledgement. */
  readonly key: string;
  readonly item: DecodedItem | null;
  readonly letter: DeadLetter | null;
  /** What a dead letter of it would hold. */
  readonly codec: string | null;
  readonly encoded: string;
  /** Bytes of its JSON. */
  readonly bytes: number;
}

const MAX_STORED_KEY = 255;

/** The key as it is stored: without what PostgreSQL cannot hold, and short enough for an index. */
export function storedKey(key: string): string {
  const clean = key.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
  if (clean.length <= MAX_STORED_KEY) return clean;
  return `${clean.slice(0, 100).replace(/\p{Surrogate}$/u, '')}…${createHash('sha256').update(key).digest('hex')}`;
}

export type ReadEntry = ReturnType<typeof decodeMeasuredItem>;

/** Decodes one entry of a batch, in two steps, as each may take milliseconds: first its JSON. */
export function readEntry({ encoded }: EncodedEntry, codec: Codec, limits: ItemLimits): ReadEntry {
  return decodeMeasuredItem(encoded, codec, limits);
}

/** Then what it means. */
export function toUnit(entry: EncodedEntry, codec: Codec, { decoded, jsonBytes }: ReadEntry): Unit {
  const { key, encoded } = entry;
  const itemKey = storedKey(key);
  const payload = { codec, encoded };
  if (!decoded.ok) {
    const letter: DeadLetter = { itemKey, action: '', reason: 'undecodable', message: `${decoded.reason}: ${decoded.message}`, payload };
    return { key, item: null, letter, codec, encoded, bytes: jsonBytes };
  }
  const item = decode(itemKey, decoded.item);
  const letter = item.deadLetter === null ? null : { itemKey, action: item.action, ...item.deadLetter, payload };
  return { key, item, letter, codec, encoded, bytes: jsonBytes };
}

/** The unit of a line that has a key and no item. */
export function oddLineToUnit(line: EncodedEntry): Unit {
  const payload = { codec: null, encoded: line.encoded };
  const letter: DeadLetter = { itemKey: storedKey(line.key), action: '', reason: 'undecodable', message: 'not-an-entry: Expected a text.', payload };
  return { key: line.key, item: null, letter, codec: null, encoded: line.encoded, bytes: line.encoded.length };
}

/** The same item as one that the store refused. */
export function toRefusedUnit(unit: Unit, fault: string): Unit {
  const payload = { codec: unit.codec, encoded: unit.encoded };
  const message = `The store failed with ${fault}.`;
  const letter: DeadLetter = { itemKey: storedKey(unit.key), action: unit.item?.action ?? '', reason: 'refused-by-store', message, payload };
  return { ...unit, item: null, letter };
}

/** The lines of a body that a site may be told to forget: whole, with a key, and without an item. */
export function findOddLines(body: Buffer, badLines: readonly BadLine[]): EncodedEntry[] {
  const wanted = new Map<number, string[]>();
  for (const { index, key } of badLines) if (key !== null) wanted.set(index, [...(wanted.get(index) ?? []), key]);
  const found: EncodedEntry[] = [];
  let start = 0;
  for (let index = 0; wanted.size > 0 && start < body.length; index += 1) {
    const feed = body.indexOf(0x0a, start);
    const end = feed < 0 ? body.length : feed;
    for (const key of wanted.get(index) ?? []) found.push({ key, encoded: body.subarray(start, end).toString('utf8') });
    wanted.delete(index);
    start = end + 1;
  }
  return found;
}
