// JSON as PHP reads it into associative arrays and writes it again, which is what a site does to block attributes: an empty
// object becomes [], keys 0, 1, 2… become a list, numbers are written anew. Called by served-content.ts.

/** A value as PHP would hold it; `literal` is a number, true, false or null as it is written. */
type PhpValue = string | { readonly literal: string } | readonly PhpValue[] | ReadonlyMap<string, PhpValue>;

/** PHP reads no deeper. */
const MAX_DEPTH = 512;
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;

/** The JSON text of an object as PHP would write it after reading it; '' for one without members, null for what PHP cannot read. */
export function rewriteJsonObject(text: string): string | null {
  try {
    const value = readJson(text);
    if (!(value instanceof Map)) return null;
    return value.size === 0 ? '' : write(value);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function readJson(text: string): PhpValue {
  let place = 0;
  const fail = (): never => {
    throw new SyntaxError(`no JSON that PHP reads, at ${place}`);
  };
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = place;
    const found = pattern.exec(text)?.[0] ?? '';
    place += found.length;
    return found;
  };
  const next = (): string => {
    take(SPACE);
    return text[place] ?? '';
  };
  const readString = (): string => {
    if (text[place] !== '"') fail();
    let end = place + 1;
    while (text[end] !== '"') {
      if (end >= text.length) fail();
      end += text[end] === '\\' ? 2 : 1;
    }
    const value = JSON.parse(text.slice(place, end + 1)) as string;
    place = end + 1;
    return value;
  };
  /** Items up to the closing mark. */
  const readItems = (close: string, readItem: () => void): void => {
    place += 1;
    if (next() !== close) {
      do readItem();
      while (next() === ',' && (place += 1));
      if (next() !== close) fail();
    }
    place += 1;
  };
  const read = (depth: number): PhpValue => {
    if (depth > MAX_DEPTH) fail();
    switch (next()) {
      case '"':
        return readString();
      case '[': {
        const list: PhpValue[] = [];
        readItems(']', () => list.push(read(depth + 1)));
        return list;
      }
      case '{': {
        const map = new Map<string, PhpValue>();
        readItems('}', () => {
          next();
          const key = readString();
          if (next() !== ':') fail();
          place += 1;
          map.set(key, read(depth + 1));
        });
        return map;
      }
      default: {
        const literal = take(LITERAL);
        return literal === '' ? fail() : { literal };
      }
    }
  };
  const value = read(1);
  if (next() !== '') fail();
  return value;
}

function write(value: PhpValue): string {
  if (typeof value === 'string') return writeString(value);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, PhpValue>)];
    if (entries.every(([key], index) => key === String(index))) return `[${entries.map(([, item]) => write(item)).join(',')}]`;
    return `{${entries.map(([key, item]) => `${writeString(key)}:${write(item)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${(value as readonly PhpValue[]).map(write).join(',')}]`;
  return writeLiteral((value as { readonly literal: string }).literal);
}

/** PHP leaves letters of every language as they are, and escapes the two line separators. */
function writeString(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);
}

/** Whole numbers of 64 bits stay as written, others become the shortest decimal of a double. */
function writeLiteral(literal: string): string {
  if (!/[\d]/.test(literal)) return literal;
  if (/^-?\d+$/.test(literal) && BigInt.asIntN(64, BigInt(literal)) === BigInt(literal)) return literal;
  const number = Number(literal);
  if (!Number.isFinite(number)) throw new SyntaxError('PHP writes no infinite number');
  // PHP writes 1.0e+25 where JavaScript writes 1e+25.
  return String(number).replace(/^(-?\d)e/, '$1.0e');
}
