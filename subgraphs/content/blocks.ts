// Reads block markup: finds the delimiters (`<!-- wp:name {…} -->`), lists the blocks and removes the delimiters.
// Called by the content resolvers. A single pass whose time is linear in the text, whatever the text holds; it renders
// nothing and trusts nothing.
import { createHash } from 'node:crypto';

/** `Block` of the schema. */
export interface BlockModel {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The block's own markup without that of nested blocks. */
  readonly innerHtml: string;
  readonly order: number;
  readonly parentOrder: number | null;
  readonly clientId: string;
}

/** One delimiter of a text and its place. */
export interface Delimiter {
  readonly kind: 'open' | 'close' | 'void';
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The attributes as written; empty when there are none. */
  readonly attributesText: string;
  readonly start: number;
  readonly end: number;
}

const NAME = /^wp:([a-z][a-z0-9_-]*(?:\/[a-z][a-z0-9_-]*)?)(?=\s|\/?$)/;
/** Longer texts between comment marks are no delimiters; attributes of real blocks stay far below. */
const MAX_DELIMITER_CHARACTERS = 1_000_000;

/** The markup of a text without its block delimiters. */
export function stripDelimiters(content: string): string {
  let html = '';
  let place = 0;
  for (const delimiter of findDelimiters(content)) {
    html += content.slice(place, delimiter.start);
    place = delimiter.end;
  }
  return place === 0 ? content : html + content.slice(place);
}

interface OpenBlock {
  readonly order: number;
  readonly parent: OpenBlock | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  html: string;
}

/**
 * The blocks of a text in the order of their beginnings. `seed` (the content's own key) makes the client ids differ
 * between contents. Markup outside of blocks becomes core/freeform; what is never closed ends with the text.
 */
export function parseBlocks(content: string, seed: string): BlockModel[] {
  const blocks: OpenBlock[] = [];
  let open: OpenBlock | null = null;
  let place = 0;
  const begin = (name: string, attributes: Readonly<Record<string, unknown>>, html = ''): OpenBlock => {
    const block: OpenBlock = { order: blocks.length, parent: open, name, attributes, html };
    blocks.push(block);
    return block;
  };
  const take = (end: number): void => {
    const html = content.slice(place, end);
    if (open) open.html += html;
    else if (html.trim() !== '') begin('core/freeform', {}, html);
  };
  for (const delimiter of findDelimiters(content)) {
    take(delimiter.start);
    place = delimiter.end;
    if (delimiter.kind === 'close') {
      if (open) open = (open as OpenBlock).parent;
      continue;
    }
    const block = begin(delimiter.name, delimiter.attributes);
    if (delimiter.kind === 'open') open = block;
  }
  take(content.length);
  return blocks.map((block) => ({
    name: block.name,
    attributes: block.attributes,
    innerHtml: block.html,
    order: block.order,
    parentOrder: block.parent?.order ?? null,
    clientId: clientIdOf(seed, block.order, block.name),
  }));
}

function clientIdOf(seed: string, order: number, name: string): string {
  return createHash('sha256').update(`${seed}\n${order}\n${name}`).digest('hex').slice(0, 32);
}

/** The delimiters of a text. Every mark is looked for once from left to right, so that no text makes this slow. */
export function* findDelimiters(content: string): Generator<Delimiter> {
  let start = content.indexOf('<!--');
  let end = -1;
  while (start >= 0) {
    const next = content.indexOf('<!--', start + 4);
    if (end < start + 4) end = content.indexOf('-->', start + 4);
    if (end < 0) return;
    // WordPress escapes "<" in attributes: what holds another beginning is no delimiter.
    const delimiter = next < 0 || next > end ? readDelimiter(content, start, end) : null;
    if (delimiter) yield delimiter;
    start = next;
  }
}

function readDelimiter(content: string, start: number, end: number): Delimiter | null {
  if (end - start > MAX_DELIMITER_CHARACTERS) return null;
  if (!/^\s{1,8}\/?wp:/.test(content.slice(start + 4, start + 20))) return null;
  let inner = content.slice(start + 4, end).trim();
  const closes = inner.startsWith('/');
  if (closes) inner = inner.slice(1);
  const match = NAME.exec(inner);
  if (!match) return null;
  let rest = inner.slice(match[0].length);
  const isVoid = !closes && rest.endsWith('/');
  if (isVoid) rest = rest.slice(0, -1);
  const attributesText = rest.trim();
  const attributes = readAttributes(attributesText);
  if (!attributes) return null;
  const name = match[1] ?? '';
  const kind = closes ? 'close' : isVoid ? 'void' : 'open';
  return { kind, name: name.includes('/') ? name : `core/${name}`, attributes, attributesText, start, end: end + 3 };
}

function readAttributes(text: string): Readonly<Record<string, unknown>> | null {
  if (text === '') return {};
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
