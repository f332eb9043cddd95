// The argument shapes that WordPress really sends, as zod types: numbers that may be text, maps that are [] when empty,
// lists with holes that come as objects, positional arguments. Used by every decoder; knows no action.
import { z } from 'zod';
import type { Json } from '../../core/changes.js';

function wholeOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  if (typeof value === 'string' && /^-?\d{1,16}$/.test(value.trim())) {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : null;
  }
  return null;
}

/** A non-negative whole number or its text. */
export const id = z.unknown().transform((value, context) => {
  const whole = wholeOf(value);
  if (whole !== null && whole >= 0) return whole;
  context.addIssue({ code: 'custom', message: 'expected an id' });
  return z.NEVER;
});

/** Any value, or none: an object's member of this kind may be missing. */
const anything = z.unknown().optional();

/** A whole number or its text; anything empty or missing is 0. */
export const whole = anything.transform((value) => wholeOf(value) ?? 0);

/** Text; numbers and booleans in PHP's spelling; null or missing is ''. Objects are refused. */
export const text = anything.transform((value, context) => {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined || value === false) return '';
  if (value === true) return '1';
  if (typeof value === 'number') return String(value);
  context.addIssue({ code: 'custom', message: 'expected text' });
  return z.NEVER;
});

/** Text that must be there, null included: without it an object is not what it should be. */
export const someText = z.union([z.string(), z.number().transform(String), z.null().transform(() => '')]);

/** A name that must be there and not be empty. */
export const nameText = z.union([z.string().min(1), z.number().transform(String)]);

/** Text for a label: like `text`, but anything that is not text is ''. */
export const label = anything.transform((value) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''));

/** PHP's idea of truth: '', '0', 0, null, false and 'no' are false. */
export const flag = anything.transform((value) => Boolean(value) && value !== '0' && value !== 'no' && value !== 'false');

/** Any JSON; missing is null. */
export const json = anything.transform((value): Json => toJson(value));

/** Parsed JSON, typed as such. */
export function toJson(value: unknown): Json {
  return value === undefined ? null : (value as Json);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list; one with holes arrives as an object, a missing one as null. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => (isMap(value) ? Object.values(value) : (value ?? [])), z.array(item));
}

/** A map; an empty one arrives as []. */
export function mapOf<T extends z.ZodType>(value: T) {
  return z.preprocess((map) => (Array.isArray(map) ? Object.fromEntries(map.entries()) : (map ?? {})), z.record(z.string(), value));
}

/** A map with known members; the others are not read. An empty one arrives as []. */
export function membersOf<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.preprocess((map) => (Array.isArray(map) ? Object.fromEntries(map.entries()) : (map ?? {})), z.object(shape));
}

/** Positional arguments by name: the first name takes the first argument. Missing ones are undefined. */
export function positional<T extends z.core.$ZodLooseShape>(shape: T) {
  const names = Object.keys(shape);
  return z.preprocess((args) => {
    const source = (Array.isArray(args) || isMap(args) ? args : []) as Readonly<Record<string, unknown>>;
    return Object.fromEntries(names.map((name, index) => [name, source[String(index)]]));
  }, z.object(shape));
}

/** A meta row as full syncs send it; the owner's column differs by table. */
export function metaRow<Owner extends 'post_id' | 'comment_id' | 'order_item_id'>(owner: Owner) {
  const shape = z.object({ meta_id: id, meta_key: nameText, meta_value: json }).loose();
  return shape.transform((row, context) => {
    const ownerId = wholeOf((row as Record<string, unknown>)[owner]);
    if (ownerId === null) context.addIssue({ code: 'custom', message: `expected ${owner}` });
    return { metaId: row.meta_id, ownerId: ownerId ?? 0, metaKey: row.meta_key, value: row.meta_value };
  });
}
export type MetaRow = { metaId: number; ownerId: number; metaKey: string; value: Json };
