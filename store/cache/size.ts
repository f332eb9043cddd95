// How much memory a cached value takes, near enough to bound it: what V8 uses for the same shapes on a 64-bit machine (Node 20).

const OBJECT = 56;
const SLOT = 16;
const NUMBER = 8;
const DATE = 96;
const STRING = 24;
const TWO_BYTE = /[^\u0000-\u00ff]/;

/** The bytes of a value and everything under it. Values come from the database, so nothing is shared or circular. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value === 'number') return NUMBER;
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof Date) return DATE;
  if (value instanceof Uint8Array) return OBJECT + value.byteLength;
  let bytes = OBJECT;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) bytes += SLOT / 2 + sizeOf(item);
    return bytes;
  }
  for (const key in value) bytes += SLOT + sizeOf((value as Record<string, unknown>)[key]);
  return bytes;
}

function textBytes(text: string): number {
  return STRING + text.length * (text.length > 16 && TWO_BYTE.test(text) ? 2 : 1);
}

/** Makes a value and everything under it unchangeable; for tests, which so find who would change what others are given. */
export function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const item of Object.values(value)) freezeDeep(item);
}
