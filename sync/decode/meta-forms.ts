// The stored form of a meta row: WordPress keeps an array as PHP's serialize() of it, and its checksums are over that text. The
// order of a map's keys is known only here, on the wire; the store does not keep it. A form that was guessed wrong (an object that
// came as a map, a whole float) shows as a difference, and is then learned from the site (sync/verify).
import { crc32 } from 'node:zlib';
import type { Json } from '../../core/changes.js';

/** PHP's serialize() of what was synced, as far as JSON tells the types. */
export function phpSerialize(value: Json): string {
  if (value === null) return 'N;';
  if (typeof value === 'boolean') return `b:${value ? 1 : 0};`;
  if (typeof value === 'number') return Number.isInteger(value) ? `i:${value};` : `d:${value};`;
  if (typeof value === 'string') return `s:${Buffer.byteLength(value)}:"${value}";`;
  const members = Object.entries(value).map(([name, member]) => `${phpKey(name)}${phpSerialize(member)}`);
  return `a:${members.length}:{${members.join('')}}`;
}

/** PHP makes an integer of every key that is written as one. */
function phpKey(name: string): string {
  return /^(0|-?[1-9]\d{0,17})$/.test(name) ? `i:${name};` : phpSerialize(name);
}

/** The text of a meta's column; null for NULL, which is not the empty text. */
export function storedText(value: Json): string | null {
  if (value === null) return null;
  if (typeof value === 'object') return phpSerialize(value);
  if (typeof value === 'boolean') return value ? '1' : '';
  return String(value);
}

/** CRC-32 and length in bytes of a meta's column; null for NULL, which no checksum counts. */
export function formOfValue(value: Json): { readonly crc: number; readonly bytes: number } | null {
  const text = storedText(value);
  return text === null ? null : formOfText(text);
}

/** CRC-32 and length in bytes of a stored text. */
export function formOfText(text: string): { readonly crc: number; readonly bytes: number } {
  return { crc: crc32(text), bytes: Buffer.byteLength(text) };
}
