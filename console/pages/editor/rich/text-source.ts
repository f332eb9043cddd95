// Between the source of a block and its text: which part of the source is text, and the core block's markup around what was changed.
// What cannot be had again exactly (other marks, other nesting, attributes that would be lost) is not edited as text.
import type { Node } from 'prosemirror-model';
import { parseBlocks, readAttributes, wrapBlock, writeAttributes, type Segment } from '../blocks/grammar.js';
import { editingOf } from '../blocks/kinds.js';
import { hideStyles, inert, readText, showStyles, writeInline, type TextKind } from './schema.js';

export interface TextSource {
  readonly kind: TextKind;
  readonly doc: Node;
  /** The block's source with another text. */
  readonly write: (doc: Node) => string;
}

/** The text of a block; null when it is to be edited as markup. */
export function readTextSource(segment: Segment): TextSource | null {
  const editing = editingOf(segment);
  const source = editing === 'inline' ? readInline(segment) : editing === 'list' ? readList(segment) : editing === 'quote' ? readQuote(segment) : null;
  if (source === null) return null;
  const [now] = parseBlocks(source.write(source.doc)).segments;
  return now !== undefined && shapeOf(now.inner) === shapeOf(segment.inner) ? source : null;
}

const ELEMENT = /^(\s*<([a-z][a-z0-9]*)(?:\s[^<>]*)?>)([^]*)(<\/\2>\s*)$/;

function readInline(segment: Segment): TextSource | null {
  const [, open = '', tag = '', inside = '', close = ''] = ELEMENT.exec(segment.inner) ?? [];
  const isCode = segment.name === 'core/code';
  if (!/^(p|h[1-6]|pre)$/.test(tag)) return null;
  const [, codeOpen = '', , text = inside, codeClose = ''] = isCode ? (ELEMENT.exec(inside) ?? []) : [];
  if (isCode && !codeOpen.startsWith('<code')) return null;
  return {
    kind: 'inline', doc: readText('inline', text),
    write(doc) {
      const html = writeInline(doc);
      // As the core block does, so that no shortcode is found in code.
      return wrapBlock(segment.name, segment.attributes, `${open}${codeOpen}${isCode ? html.replaceAll('[', '&#91;') : html}${codeClose}${close}`);
    },
  };
}

/** The markup without the delimiters of one kind of block; null where one has attributes, which the text would lose. */
function withoutDelimiters(inner: string, names: string, allowed: RegExp): string | null {
  const delimiter = new RegExp(`\\s*<!--\\s+/?wp:(?:${names})(\\s+\\{[^]*?\\})?\\s+-->\\s*`, 'g');
  let isLossless = true;
  const text = inner.replace(delimiter, (_, attributes: string | undefined) => {
    if (attributes !== undefined && !allowed.test(attributes.trim())) isLossless = false;
    return '';
  });
  return isLossless && !text.includes('<!--') ? text : null;
}

function readList(segment: Segment): TextSource | null {
  const html = withoutDelimiters(segment.inner, 'list-item|list', /^\{"ordered":true\}$/);
  if (html === null || !/^\s*<(ul|ol)[\s>]/.test(html)) return null;
  const doc = readText('list', html.trim());
  return {
    kind: 'list', doc,
    write(changed) {
      const list = changed.firstChild;
      const { ordered: _ordered, ...rest } = readAttributes(segment.attributes) ?? {};
      const attributes = list?.attrs['ordered'] === true ? { ordered: true, ...rest } : rest;
      const same = (readAttributes(segment.attributes)?.['ordered'] === true) === (list?.attrs['ordered'] === true);
      return wrapBlock('core/list', same ? segment.attributes : writeAttributes(attributes), `\n${list ? writeList(list) : ''}\n`);
    },
  };
}

function writeList(list: Node): string {
  const tag = list.attrs['ordered'] === true ? 'ol' : 'ul';
  const items: string[] = [];
  list.forEach((item) => {
    const nested = item.childCount > 1 ? item.child(1) : null;
    const inside = nested === null ? '' : wrapBlock('core/list', nested.attrs['ordered'] === true ? '{"ordered":true}' : '', `\n${writeList(nested)}\n`);
    items.push(wrapBlock('core/list-item', '', `\n<li>${writeInline(item.child(0))}${inside}</li>\n`));
  });
  const shell = inert.createElement(tag);
  for (const [name, value] of Object.entries(list.attrs['attributes'] as Record<string, string>)) shell.setAttribute(name, value);
  return showStyles(shell.outerHTML).replace(/<\/[ou]l>$/, `${items.join('\n\n')}</${tag}>`);
}

function readQuote(segment: Segment): TextSource | null {
  const [, open = '', tag = '', inside = '', close = ''] = ELEMENT.exec(segment.inner) ?? [];
  if (tag !== 'blockquote') return null;
  const html = withoutDelimiters(inside, 'paragraph', /^$/);
  if (html === null) return null;
  const [, text = html, cite = ''] = /^([^]*?)(<cite(?:\s[^<>]*)?>[^]*<\/cite>\s*)$/.exec(html) ?? [];
  if (!/^\s*(<p>[^]*<\/p>\s*)+$/.test(text)) return null;
  return {
    kind: 'quote', doc: readText('quote', text.trim().replace(/<\/p>\s+<p>/g, '</p><p>')),
    write(doc) {
      const paragraphs: string[] = [];
      doc.forEach((one) => paragraphs.push(wrapBlock('core/paragraph', '', `\n<p>${writeInline(one)}</p>\n`)));
      return wrapBlock(segment.name, segment.attributes, `${open}${paragraphs.join('\n\n')}${cite}${close}`);
    },
  };
}

/** What markup comes to, whatever the order of marks around a piece of text: equal for what reads and looks the same. */
function shapeOf(html: string): string {
  const holder = inert.createElement('div');
  holder.innerHTML = hideStyles(html);
  const pieces: [string, string][] = [];
  const walk = (node: ChildNode, above: readonly string[]): void => {
    if (node.nodeType === 3) {
      // White space between list items and around blocks is layout of the source.
      const text = node.textContent ?? '';
      const parent = node.parentElement?.tagName ?? '';
      if (text.trim() === '' && ['DIV', 'UL', 'OL', 'BLOCKQUOTE'].includes(parent)) return;
      const key = [...above].sort().join(' ');
      const last = pieces.at(-1);
      if (last !== undefined && last[0] === key) last[1] += text;
      else pieces.push([key, text]);
    } else if (node.nodeType === 1) {
      const element = node as Element;
      const sign = element.cloneNode(false) as Element;
      const isBlock = /^(P|LI|UL|OL|BLOCKQUOTE|PRE|H[1-6]|CITE)$/.test(element.tagName);
      if (isBlock || element.childNodes.length === 0) pieces.push(['', `${[...above].sort().join(' ')} ${sign.outerHTML}`]);
      for (const child of element.childNodes) walk(child, isBlock ? [] : [...above, sign.outerHTML]);
      if (isBlock) pieces.push(['', `/${element.tagName}`]);
    }
  };
  for (const child of holder.childNodes) walk(child, []);
  return JSON.stringify(pieces);
}
