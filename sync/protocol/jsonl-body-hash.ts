// The body hash of a JSON-lines sync post: the site hashes what PHP's parse_str and json_encode make of the body.
// Called by signature.ts. One pass over the bytes in constant memory, because bodies are read by the megabyte.

import { createHash } from 'node:crypto';
import { isAscii } from 'node:buffer';

const EQUALS = 0x3d;
const PLUS = 0x2b;
const SPACE = 0x20;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const LETTER_N = 0x6e;

/** Longest escape of one byte, `\u001f`. */
const LONGEST_ESCAPE = 6;
const CHUNK_BYTES = 64 * 1024;

/** 1 for the bytes that PHP leaves as they are, in names and values alike: nearly all of a body. */
const UNCHANGED = Uint8Array.from({ length: 128 }, (_, byte) =>
  byte > SPACE && ![PLUS, DOT, SLASH, BACKSLASH, QUOTE].includes(byte) ? 1 : 0);

/**
 * Bytes that make parse_str drop, merge or decode text: `&`, `%`, `[` and NUL. A body with one of them could be changed without
 * changing its hash (`name=forged&name=genuine`), and no site sends them: values are base64, keys are letters, digits and `._-`.
 */
const UNCOVERED = [0x26, 0x25, 0x5b, 0x00] as const;

/**
 * The body hash of a JSON-lines body, or null when the hash would not cover every byte of it.
 * Even so `+`, space, `.` and `_` are one and the same up to the first `=` of the body; the strict base64 of codec.ts keeps a
 * change among them from being read as another item.
 */
export function jsonlBodyHash(body: Uint8Array): string | null {
  if (body.length === 0) return createHash('sha1').digest('base64');
  for (const byte of UNCOVERED) if (body.indexOf(byte) >= 0) return null;
  let start = 0;
  while (body[start] === SPACE || body[start] === PLUS) start += 1;
  const equals = body.indexOf(EQUALS);
  const nameEnd = equals < 0 ? body.length : equals;
  if (start >= nameEnd) return null;
  return isAscii(body) ? hashAscii(body, start, nameEnd) : hashUtf8(body, start, nameEnd);
}

/** Streams `{"name":"value"}` as PHP would encode it into the hash. */
function hashAscii(body: Uint8Array, start: number, nameEnd: number): string {
  const hash = createHash('sha1').update('{"');
  const out = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, 2 * body.length + LONGEST_ESCAPE));
  const append = (from: number, to: number, isName: boolean): void => {
    let used = 0;
    for (let at = from; at < to; at += 1) {
      if (used > out.length - LONGEST_ESCAPE) {
        hash.update(out.subarray(0, used));
        used = 0;
      }
      let byte = body[at] as number;
      if (UNCHANGED[byte] === 1) {
        out[used++] = byte;
        continue;
      }
      if (byte === PLUS) byte = SPACE;
      if (isName && (byte === SPACE || byte === DOT)) byte = UNDERSCORE;
      if (byte === SLASH || byte === QUOTE || byte === BACKSLASH) {
        out[used++] = BACKSLASH;
        out[used++] = byte;
      } else if (byte === LINE_FEED) {
        out[used++] = BACKSLASH;
        out[used++] = LETTER_N;
      } else if (byte < SPACE) {
        used += out.write(JSON.stringify(String.fromCharCode(byte)).slice(1, -1), used, 'latin1');
      } else {
        out[used++] = byte;
      }
    }
    hash.update(out.subarray(0, used));
  };
  append(start, nameEnd, true);
  hash.update('":"');
  append(nameEnd + 1, body.length, false);
  return hash.update('"}').digest('base64');
}

/** The same for bodies with other characters, which no known site sends; invalid UTF-8 counts as U+FFFD. */
function hashUtf8(body: Uint8Array, start: number, nameEnd: number): string {
  const text = (from: number, to: number): string =>
    Buffer.from(body.buffer, body.byteOffset + from, Math.max(0, to - from)).toString('utf8').replaceAll('+', ' ');
  const quote = (value: string): string =>
    JSON.stringify(value)
      .replaceAll('/', '\\/')
      .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const name = text(start, nameEnd).replace(/[ .]/g, '_');
  return createHash('sha1').update(`{${quote(name)}:${quote(text(nameEnd + 1, body.length))}}`).digest('base64');
}
