// What PHP makes of a request before any plugin sees it: `$_GET` of a query, `$_POST` of a form, and the clean-up that Jetpack's
// own check puts a URL through. Written from the protocol reference (2.1, 2.3), apart from the server's own code for the same, so that
// a mistake of one is seen by the other.
export type PhpInput = Map<string, string | PhpInput>;

/** Bytes as characters of latin1: PHP's strings have no encoding. */
function decodePart(part: string): string {
  return part.replaceAll('+', ' ').replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** `parse_str`: the last of repeated names wins, `a[]` counts up, dots and spaces of names become underscores. */
export function parseInput(text: string): PhpInput {
  const input: PhpInput = new Map();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const [rawName = '', ...rest] = pair.split('=');
    assign(input, decodePart(rawName).replace(/^ +/, ''), decodePart(rest.join('=')));
  }
  return input;
}

function assign(input: PhpInput, name: string, value: string): void {
  if (name === '' || name.startsWith('[')) return;
  const bracket = name.indexOf('[');
  const base = (bracket < 0 ? name : name.slice(0, bracket)).replace(/[ .]/g, '_');
  const keys: string[] = [];
  let rest = bracket < 0 ? '' : name.slice(bracket);
  while (rest.startsWith('[')) {
    const end = rest.indexOf(']');
    if (end < 0) {
      if (keys.length === 0) return void input.set(`${base}_${rest.slice(1).replace(/[ .]/g, '_')}`, value);
      break;
    }
    keys.push(rest.slice(1, end));
    rest = rest.slice(end + 1);
  }
  let at = input;
  let key = base;
  for (const next of keys) {
    const inner = at.get(key);
    const map: PhpInput = inner instanceof Map ? inner : new Map();
    at.set(key, map);
    at = map;
    key = next === '' ? nextIndex(map) : next;
  }
  at.set(key, value);
}

function nextIndex(map: PhpInput): string {
  const indexes = [...map.keys()].filter((key) => /^\d+$/.test(key)).map(Number);
  return String(indexes.length === 0 ? 0 : Math.max(...indexes) + 1);
}

function rawUrlEncode(bytes: string): string {
  return [...bytes].map((char) => (/[A-Za-z0-9_.~-]/.test(char) ? char : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)).join('');
}

/** The query's lines in a canonical string: scalars in byte order, then arrays by their number of pairs, then by text. */
export function canonicalPairs(query: string): string[] {
  const input = parseInput(query);
  input.delete('signature');
  const scalars: string[] = [];
  const groups: string[][] = [];
  for (const [name, value] of input) {
    if (typeof value === 'string') scalars.push(`${rawUrlEncode(name)}=${rawUrlEncode(value)}`);
    else groups.push(flatten(rawUrlEncode(name), value));
  }
  const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  scalars.sort(byBytes);
  groups.sort((a, b) => a.length - b.length || byBytes(a.join('\n'), b.join('\n')));
  return [...scalars, ...groups.flat()];
}

function flatten(name: string, value: PhpInput): string[] {
  return [...value].flatMap(([key, inner]) => (typeof inner === 'string' ? [`${name}[${key}]=${rawUrlEncode(inner)}`] : flatten(`${name}[${key}]`, inner))).sort();
}

/** `esc_url_raw` as far as it matters here: what it deletes is missing from the text that the site signs. */
export function cleanTarget(pathAndQuery: string): string {
  return pathAndQuery
    .replaceAll(' ', '%20')
    .replace(/[^a-z0-9\-~+_.?#=!&;,/:%@$|*'()[\]]/gi, '')
    .replace(/%0[ad]/gi, '')
    .replaceAll('[', '%5B')
    .replaceAll(']', '%5D');
}

/** A map of PHP as plain values in UTF-8; numeric keys from 0 make a list. */
export function toPlain(value: string | PhpInput): unknown {
  if (typeof value === 'string') return Buffer.from(value, 'latin1').toString('utf8');
  const entries = [...value].map(([key, inner]) => [Buffer.from(key, 'latin1').toString('utf8'), toPlain(inner)] as const);
  return entries.length > 0 && entries.every(([key], index) => key === String(index)) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
