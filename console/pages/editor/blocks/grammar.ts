// The grammar of block markup: `<!-- wp:name {json} -->…<!-- /wp:name -->`, `<!-- wp:name {json} /-->`, anything else between them. Finds
// the blocks of a text as slices of it, so that what is put together again is the text byte for byte, whatever it holds. Needs no document.

/** A block with everything inside it, or markup outside of blocks (`name` is core/freeform). */
export interface Segment {
  /** With its namespace: core/paragraph. */
  readonly name: string;
  /** The attributes as written, braces and all; empty when there are none. */
  readonly attributes: string;
  /** The whole of it, delimiters too. */
  readonly source: string;
  /** What stands between the delimiters; of freeform all of it. */
  readonly inner: string;
  /** Neither a delimiter that closes it nor anything inside. */
  readonly isVoid: boolean;
  /** The white space that follows it. */
  readonly gap: string;
}

export interface Parsed {
  /** The white space before the first segment; the whole text where there is nothing else. */
  readonly lead: string;
  readonly segments: readonly Segment[];
}

interface Delimiter {
  readonly kind: 'open' | 'close' | 'void';
  readonly name: string;
  readonly attributes: string;
  readonly start: number;
  readonly end: number;
}

const HEAD = /<!--\s+(\/)?wp:([a-z][a-z0-9_-]*(?:\/[a-z][a-z0-9_-]*)?)(?=\s|\/?-->)/y;

/** The blocks at the top of a text, those inside them within their `inner`. Linear in the text. */
export function parseBlocks(text: string): Parsed {
  const pieces: Omit<Segment, 'gap'>[] = [];
  const gaps: string[] = [''];
  const addGap = (space: string): void => void (gaps[gaps.length - 1] += space);
  const add = (piece: Omit<Segment, 'gap'>): void => {
    pieces.push(piece);
    gaps.push('');
  };
  const between = (start: number, end: number): void => {
    const whole = text.slice(start, end);
    const source = whole.trim();
    const before = whole.length - whole.trimStart().length;
    addGap(whole.slice(0, before));
    if (source === '') return;
    add({ name: 'core/freeform', attributes: '', source, inner: source, isVoid: false });
    addGap(whole.slice(before + source.length));
  };
  let place = 0;
  let depth = 0;
  let opened: Delimiter | null = null;
  for (const delimiter of delimiters(text)) {
    if (delimiter.kind === 'close') {
      // A delimiter that closes nothing is text; one that closes under another name closes what is open, as WordPress has it.
      if (opened === null) continue;
      depth -= 1;
      if (depth > 0) continue;
      add({ name: opened.name, attributes: opened.attributes, source: text.slice(opened.start, delimiter.end), inner: text.slice(opened.end, delimiter.start), isVoid: false });
      place = delimiter.end;
      opened = null;
    } else if (opened === null) {
      between(place, delimiter.start);
      place = delimiter.end;
      if (delimiter.kind === 'open') {
        opened = delimiter;
        depth = 1;
      } else add({ name: delimiter.name, attributes: delimiter.attributes, source: text.slice(delimiter.start, delimiter.end), inner: '', isVoid: true });
    } else if (delimiter.kind === 'open') depth += 1;
  }
  // What is never closed ends with the text.
  if (opened === null) between(place, text.length);
  else add({ name: opened.name, attributes: opened.attributes, source: text.slice(opened.start), inner: text.slice(opened.end), isVoid: false });
  return { lead: gaps[0] ?? '', segments: pieces.map((piece, index) => ({ ...piece, gap: gaps[index + 1] ?? '' })) };
}

/** The text again. */
export function writeBlocks({ lead, segments }: Parsed): string {
  return lead + segments.map(({ source, gap }) => source + gap).join('');
}

function* delimiters(text: string): Generator<Delimiter> {
  let start = text.indexOf('<!--');
  let end = -1;
  while (start >= 0) {
    if (end < start + 4) end = text.indexOf('-->', start + 4);
    if (end < 0) return;
    const next = text.indexOf('<!--', start + 4);
    // What holds another beginning is no delimiter; WordPress escapes "<" in attributes.
    const found = next >= 0 && next < end ? null : readDelimiter(text, start, end);
    if (found) yield found;
    start = next;
  }
}

function readDelimiter(text: string, start: number, end: number): Delimiter | null {
  HEAD.lastIndex = start;
  const head = HEAD.exec(text);
  if (head === null || HEAD.lastIndex > end) return null;
  const [, slash, name = ''] = head;
  let rest = text.slice(HEAD.lastIndex, end);
  const isVoid = slash === undefined && rest.endsWith('/');
  if (isVoid) rest = rest.slice(0, -1);
  const attributes = rest.trim();
  if (attributes !== '' && readAttributes(attributes) === null) return null;
  return { kind: slash !== undefined ? 'close' : isVoid ? 'void' : 'open', name: name.includes('/') ? name : `core/${name}`, attributes, start, end: end + 3 };
}

/** The attributes of a delimiter; null when the text is no object. */
export function readAttributes(text: string): Readonly<Record<string, unknown>> | null {
  if (text === '') return {};
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Attributes as WordPress writes them: nothing in them can end a comment. Empty for none. */
export function writeAttributes(attributes: Readonly<Record<string, unknown>>): string {
  if (Object.keys(attributes).length === 0) return '';
  return JSON.stringify(attributes).replaceAll('--', '\\u002d\\u002d').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026').replaceAll('\\"', '\\u0022');
}

/** A block's markup from its parts; `attributes` as they are written. */
export function wrapBlock(name: string, attributes: string, inner: string): string {
  const short = name.replace(/^core\//, '');
  return name === 'core/freeform' ? inner : `<!-- wp:${short}${attributes === '' ? '' : ` ${attributes}`} -->${inner}<!-- /wp:${short} -->`;
}
