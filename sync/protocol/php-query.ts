// How PHP reads a query string (parse_str) and how Jetpack turns the result into the sorted pairs that a signature covers.
// Called by signature.ts. Every string here is "binary": one UTF-16 unit per byte, as Node gives a raw request URL.
// It must never be replaced by URLSearchParams: PHP renames, merges and nests names, and the signature depends on it.

/** What parse_str makes of one name: a value, or a nested array in insertion order. Every key is kept as text. */
export type PhpValue = string | PhpArray;
export type PhpArray = Map<string, PhpValue>;

/** PHP's default max_input_vars: pairs after these are ignored. */
const MAX_PAIRS = 1000;
/** PHP's default max_input_nesting_level: a name with more brackets is dropped as a whole. */
const MAX_NESTING = 64;

/** Decodes `+` and `%xx` the way PHP's urldecode does; a `%` without two hex digits stays as it is. */
function urlDecode(text: string): string {
  if (!/[+%]/.test(text)) return text;
  return text.replace(/\+/g, ' ').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** PHP's rawurlencode (RFC 3986, upper-case hex) of a binary string. */
export function rawUrlEncode(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** Renames what PHP cannot hold in a variable name. */
function mangle(name: string): string {
  return name.replace(/[ .[]/g, '_');
}

/** Splits `a[b][]` into `a`, `b` and an empty step (append); null when PHP drops the name. */
function splitName(decoded: string): string[] | null {
  const nul = decoded.indexOf('\0');
  const name = (nul < 0 ? decoded : decoded.slice(0, nul)).replace(/^ +/, '');
  const bracket = name.indexOf('[');
  if (bracket < 0) return name === '' ? null : [mangle(name)];
  if (bracket === 0) return null;
  const steps = [mangle(name.slice(0, bracket))];
  let at = bracket;
  while (name[at] === '[') {
    const close = name.indexOf(']', at);
    if (close < 0) return steps.length === 1 ? [mangle(name)] : steps;
    if (steps.length > MAX_NESTING) return null;
    const step = name.slice(at + 1, close);
    steps.push(/^\s$/.test(step) ? '' : step);
    at = close + 1;
  }
  return steps;
}

/** Parses a raw query string (without `?`) with PHP's parse_str semantics and default limits. */
export function parsePhpQuery(query: string): PhpArray {
  const root: PhpArray = new Map();
  const nextIndexes = new Map<PhpArray, number>();
  let pairs = 0;
  for (const part of query.split('&')) {
    if (part === '') continue;
    if (++pairs > MAX_PAIRS) break;
    const equals = part.indexOf('=');
    const steps = splitName(urlDecode(equals < 0 ? part : part.slice(0, equals)));
    if (!steps) continue;
    let node = root;
    let key = steps[0] ?? '';
    for (const step of steps.slice(1)) {
      const found = node.get(key);
      const child: PhpArray = found instanceof Map ? found : new Map();
      if (child !== found) node.set(key, child);
      node = child;
      const nextIndex = nextIndexes.get(child) ?? 0;
      key = step === '' ? String(nextIndex) : step;
      if (/^(0|[1-9]\d{0,14})$/.test(key)) nextIndexes.set(child, Math.max(nextIndex, Number(key) + 1));
    }
    node.set(key, equals < 0 ? '' : urlDecode(part.slice(equals + 1)));
  }
  return root;
}

/** The pairs of one parameter, each level sorted; sub-keys stay unescaped, as the plugin leaves them. */
function flatten(name: string, value: PhpValue): string[] {
  if (typeof value === 'string') return [`${name}=${rawUrlEncode(value)}`];
  return [...value].flatMap(([key, child]) => flatten(`${name}[${key}]`, child)).sort();
}

/**
 * The normalized pairs of a raw query string, in the order in which they are signed: scalars by their bytes, then every array
 * parameter as a group, groups by number of pairs and then by text. The top-level `signature` is left out.
 */
export function normalizedQueryPairs(query: string): string[] {
  const scalars: string[] = [];
  const groups: string[][] = [];
  for (const [name, value] of parsePhpQuery(query)) {
    if (name === 'signature') continue;
    const pairs = flatten(rawUrlEncode(name), value);
    if (typeof value === 'string') scalars.push(...pairs);
    else groups.push(pairs);
  }
  const keyed = groups.map((pairs) => ({ pairs, text: pairs.join('\n') }));
  keyed.sort((a, b) => a.pairs.length - b.pairs.length || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return [...scalars.sort(), ...keyed.flatMap((group) => group.pairs)];
}
