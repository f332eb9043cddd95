// One sync item between its wire form and its meaning: base64, raw DEFLATE, JSON, tuple. Called by ingest, replay and tests.
// Nothing of an item is trusted: sizes, depth and names are bounded here, and no text is ever unslashed (the wire has none).

import { isAscii, isUtf8 } from 'node:buffer';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { measureJson } from './json-shape.js';

/** What happened on a site, as the site said it. */
export interface SyncItem {
  readonly action: string;
  /** The hook's arguments: usually a list, an object for full-sync chunks of the newer kind, null for some. */
  readonly args: unknown;
  /** The WordPress user who acted; 0 for none. */
  readonly userId: number;
  /** The site's clock in seconds when the item was enqueued, as sent. */
  readonly timestamp: number;
  /** The same in whole microseconds, exact. */
  readonly timestampMicros: number;
  readonly isImporting: boolean;
  /** Who acted and how (queue `sync` only), null when the item has none. Holds personal fields. */
  readonly actor: unknown;
}

/** The codecs of Jetpack 16.1.2; `simple` is sent by sites whose PHP has no zlib. */
export const CODECS = ['deflate-json-array', 'simple'] as const;
export type Codec = (typeof CODECS)[number];

export interface ItemLimits {
  /** Largest JSON text of one item, in bytes. */
  readonly maxJsonBytes: number;
  /** Deepest nesting of arrays and objects, the tuple included. */
  readonly maxDepth: number;
  /** Most values (array elements and members) in one item. */
  readonly maxValues: number;
}

/**
 * Twice and more what a site can send: a full-sync chunk is cut at 7 000 000 bytes of PHP serialization, which grows to at most
 * double as escaped JSON. PHP itself stops encoding at a depth of 512; real items of the recordings need less than 20.
 */
export const DEFAULT_ITEM_LIMITS: ItemLimits = { maxJsonBytes: 32 * 1024 * 1024, maxDepth: 128, maxValues: 2_000_000 };

export type ItemFault =
  | 'bad-base64' | 'bad-deflate' | 'too-large' | 'bad-json' | 'too-deep' | 'bad-tuple' | 'unknown-codec' | 'invalid-utf8';

export type DecodedItem =
  | { readonly ok: true; readonly item: SyncItem }
  | { readonly ok: false; readonly reason: ItemFault; readonly message: string };

type Step<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: ItemFault; readonly message: string };

function fault(reason: ItemFault, message: string): { ok: false; reason: ItemFault; message: string } {
  return { ok: false, reason, message };
}

/** Whether a text names a codec that can be decoded. */
export function isCodec(name: string): name is Codec {
  return name === 'deflate-json-array' || name === 'simple';
}

/** Decodes one item. Never throws on what a site sent; the message never holds the item's content. */
export function decodeItem(encoded: string, codec: string, limits: ItemLimits = DEFAULT_ITEM_LIMITS): DecodedItem {
  return decodeMeasuredItem(encoded, codec, limits).decoded;
}

/** Decodes one item and tells how many bytes of JSON it took, by which the caller bounds its work; a bomb counts as the largest item. */
export function decodeMeasuredItem(
  encoded: string, codec: string, limits: ItemLimits = DEFAULT_ITEM_LIMITS,
): { readonly decoded: DecodedItem; readonly jsonBytes: number } {
  if (!isCodec(codec)) return { decoded: fault('unknown-codec', `Expected the codec ${CODECS.join(' or ')}.`), jsonBytes: 0 };
  const bytes = decodeBytes(encoded, codec, limits);
  if (!bytes.ok) return { decoded: bytes, jsonBytes: bytes.reason === 'too-large' ? limits.maxJsonBytes : encoded.length };
  return { decoded: decodeJson(bytes, limits), jsonBytes: bytes.value.length };
}

function decodeJson(bytes: { readonly value: Buffer }, limits: ItemLimits): DecodedItem {
  if (!isUtf8(bytes.value)) return fault('invalid-utf8', 'Expected JSON in UTF-8.');
  const shape = measureJson(bytes.value);
  if (shape.depth > limits.maxDepth) return fault('too-deep', `Expected at most ${limits.maxDepth} levels of nesting, got ${shape.depth}.`);
  if (shape.values > limits.maxValues) return fault('too-large', `Expected at most ${limits.maxValues} values, got ${shape.values}.`);
  const text = bytes.value.toString(isAscii(bytes.value) ? 'latin1' : 'utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fault('bad-json', `Expected JSON, got ${bytes.value.length} bytes of something else.`);
  }
  return readTuple(MAY_NEED_CLEANING.test(text) ? cleanJson(parsed) : parsed);
}

/** What cleanJson would change can only be written so: escapes of ASCII (NUL, or a name in disguise) and of surrogates, and the two names. */
const MAY_NEED_CLEANING = /\\u(?:00[0-7]|[dD])|"__(?:o|proto__)"/;

function decodeBytes(encoded: string, codec: Codec, limits: ItemLimits): Step<Buffer> {
  const tooLarge = fault('too-large', `Expected at most ${limits.maxJsonBytes} bytes of JSON.`);
  if (encoded === '') return fault('bad-base64', 'Expected base64, got an empty text: the site could not encode this item.');
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
    return fault('bad-base64', 'Expected padded base64 of the standard alphabet.');
  }
  if (encoded.length / 4 * 3 > limits.maxJsonBytes) return tooLarge;
  const bytes = Buffer.from(encoded, 'base64');
  if (codec === 'simple') return { ok: true, value: bytes };
  try {
    return { ok: true, value: inflateRawSync(bytes, { maxOutputLength: limits.maxJsonBytes }) };
  } catch (error) {
    const isBomb = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isBomb ? tooLarge : fault('bad-deflate', 'Expected raw DEFLATE; the stream is damaged or ends early.');
  }
}

/**
 * Makes parsed JSON fit to keep: drops the `__o` markers (a PHP object) and `__proto__` members, names hidden PHP properties by
 * their plain names ("\0*\0utc_offset" is `utc_offset`; a public property of that name wins), removes NUL characters, which
 * PostgreSQL cannot store, and replaces lone surrogates by U+FFFD. Depth is bounded by the caller.
 */
export function cleanJson(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) value[index] = cleanJson(value[index]);
    return value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    const plain = cleanText(name.startsWith('\0') ? name.replace(/^\0[^\0]*\0/, '') : name);
    if (plain === '__o' || plain === '__proto__') continue;
    if (plain !== name && Object.hasOwn(out, plain)) continue;
    out[plain] = cleanJson(child);
  }
  return out;
}

function cleanText(text: string): string {
  const whole = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return /\p{Surrogate}/u.test(whole) ? whole.replace(/\p{Surrogate}/gu, '\ufffd') : whole;
}

function readTuple(tuple: unknown): DecodedItem {
  if (!Array.isArray(tuple) || tuple.length < 5) return fault('bad-tuple', 'Expected a list of at least 5: action, args, user, timestamp, importing.');
  const [action, args, user, time, importing, actor] = tuple as unknown[];
  if (typeof action !== 'string' || action === '' || action.length > 255) return fault('bad-tuple', 'Expected an action name of 1 to 255 characters first.');
  const userId = toNumber(user ?? 0);
  if (userId === null || !Number.isSafeInteger(userId) || userId < 0) return fault('bad-tuple', 'Expected a user id third.');
  const timestamp = toNumber(time);
  const timestampMicros = timestamp === null ? Number.NaN : Math.round(timestamp * 1e6);
  if (timestamp === null || !Number.isSafeInteger(timestampMicros) || timestampMicros < 0) {
    return fault('bad-tuple', 'Expected a time in seconds since 1970 fourth.');
  }
  const isImporting = importing === true || importing === 1 || importing === '1';
  return { ok: true, item: { action, args: args ?? null, userId, timestamp, timestampMicros, isImporting, actor: actor ?? null } };
}

/** A number that PHP may have sent as text. */
function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,16}(\.\d{1,20})?$/.test(value) ? Number(value) : null;
}

/** Encodes an item the way a site does; for replay, the demonstration site and tests. */
export function encodeItem(item: Omit<SyncItem, 'timestampMicros'>, codec: Codec): string {
  const tuple = [item.action, item.args, item.userId, item.timestamp, item.isImporting];
  const json = Buffer.from(JSON.stringify(item.actor === null ? tuple : [...tuple, item.actor]), 'utf8');
  return (codec === 'simple' ? json : deflateRawSync(json)).toString('base64');
}
