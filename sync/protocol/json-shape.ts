// Measures JSON text before it is parsed, so that a hostile document is refused instead of built in memory.
// Called by codec.ts and json-lines.ts. It does not validate: JSON.parse does.

/** An upper bound of how deep arrays and objects nest and of how many values there are. */
export interface JsonShape {
  readonly depth: number;
  readonly values: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where the string that opens at `at` ends: the index of its closing quote, or the length of the text. */
function endOfString(bytes: Buffer, at: number): number {
  let close = at;
  for (;;) {
    close = bytes.indexOf(QUOTE, close + 1);
    if (close < 0) return bytes.length;
    let backslashes = 0;
    while (bytes[close - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close;
  }
}

/** Measures JSON text in one pass that looks at structure only. */
export function measureJson(bytes: Buffer): JsonShape {
  let open = 0;
  let depth = 0;
  let values = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at);
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        open += 1;
        values += 1;
        if (open > depth) depth = open;
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        open -= 1;
        break;
      case COMMA:
        values += 1;
        break;
      default:
    }
  }
  return { depth, values };
}
