// The text of a block as ProseMirror holds it. Marks that have buttons are of their own; other inline elements are kept with their
// attributes, pictures and the like as one piece. Nothing is made of markup in the page's own document, so that nothing of it loads.
import { DOMParser as ModelParser, DOMSerializer, Schema, type DOMOutputSpec, type Mark, type Node } from 'prosemirror-model';
import type { MarkSpec, NodeSpec } from 'prosemirror-model';

export type TextKind = 'inline' | 'list' | 'quote';

/** A document without a window: what is made in it neither runs nor loads. */
export const inert = document.implementation.createHTMLDocument('');

const renamed = (html: string, from: RegExp, to: string): string => html.replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(from, to));
/** Markup whose style attributes have another name: even a document without a window applies them, against the page's policy, and writes them anew. */
export const hideStyles = (html: string): string => renamed(html, /\sstyle(?==)/gi, ' data-kept-style');
export const showStyles = (html: string): string => renamed(html, /\sdata-kept-style(?==)/g, ' style');

const OTHER_MARKS = ['b', 'i', 'u', 's', 'del', 'ins', 'sub', 'sup', 'kbd', 'mark', 'span', 'small', 'abbr', 'cite', 'q', 'bdo', 'time', 'var', 'samp', 'dfn', 'strong', 'em', 'code', 'a'];
const PIECES = ['img', 'svg', 'video', 'audio', 'iframe', 'object', 'input', 'button', 'select', 'canvas', 'math', 'picture', 'script', 'style', 'wbr'];

const attributesOf = (element: Element): Record<string, string> => Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
const isBare = (node: HTMLElement): null | false => (node.attributes.length === 0 ? null : false);
const simple = (tag: string): MarkSpec => ({ parseDOM: [{ tag, getAttrs: isBare }], toDOM: (): DOMOutputSpec => [tag, 0] });

const marks: Record<string, MarkSpec> = {
  link: {
    attrs: { href: {}, rest: { default: {} } }, inclusive: false,
    parseDOM: [{ tag: 'a[href]', getAttrs: (node) => { const { href, ...rest } = attributesOf(node); return { href, rest }; } }],
    toDOM: ({ attrs }) => ['a', { href: String(attrs['href']), ...(attrs['rest'] as Record<string, string>) }, 0],
  },
  strong: simple('strong'), em: simple('em'), code: simple('code'),
  other: {
    attrs: { tag: {}, attributes: { default: {} } }, excludes: '',
    parseDOM: OTHER_MARKS.map((tag) => ({ tag, getAttrs: (node: HTMLElement) => ({ tag, attributes: attributesOf(node) }) })),
    toDOM: ({ attrs }) => [String(attrs['tag']), attrs['attributes'] as Record<string, string>, 0],
  },
};

const piece: NodeSpec = {
  group: 'inline', inline: true, atom: true, attrs: { html: {} },
  parseDOM: PIECES.map((tag) => ({ tag, priority: 60, getAttrs: (node: HTMLElement) => ({ html: node.outerHTML }) })),
  toDOM: ({ attrs }) => {
    const holder = inert.createElement('template');
    holder.innerHTML = String(attrs['html']);
    return (holder.content.firstChild ?? inert.createTextNode('')) as HTMLElement;
  },
};

const shared: Record<string, NodeSpec> = {
  text: { group: 'inline' },
  hard_break: { group: 'inline', inline: true, selectable: false, parseDOM: [{ tag: 'br' }], toDOM: () => ['br'] },
  piece,
};

const paragraph: NodeSpec = { content: 'inline*', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', 0] };

const SCHEMAS: Readonly<Record<TextKind, Schema>> = {
  inline: new Schema({ nodes: { doc: { content: 'inline*' }, ...shared }, marks }),
  quote: new Schema({ nodes: { doc: { content: 'paragraph+' }, paragraph, ...shared }, marks }),
  list: new Schema({
    nodes: {
      doc: { content: 'list' }, paragraph,
      list: {
        group: 'list', content: 'list_item+', attrs: { ordered: { default: false }, attributes: { default: { class: 'wp-block-list' } } },
        parseDOM: ['ul', 'ol'].map((tag) => ({ tag, getAttrs: (node: HTMLElement) => ({ ordered: tag === 'ol', attributes: attributesOf(node) }) })),
        toDOM: ({ attrs }) => [attrs['ordered'] === true ? 'ol' : 'ul', attrs['attributes'] as Record<string, string>, 0],
      },
      list_item: { content: 'paragraph list?', defining: true, parseDOM: [{ tag: 'li' }], toDOM: () => ['li', 0] },
      ...shared,
    },
    marks,
  }),
};

export function schemaOf(kind: TextKind): Schema {
  return SCHEMAS[kind];
}

/** Reads the markup of a block's text. */
export function readText(kind: TextKind, html: string): Node {
  const holder = inert.createElement('div');
  holder.innerHTML = hideStyles(html);
  return ModelParser.fromSchema(schemaOf(kind)).parse(holder, { preserveWhitespace: 'full' });
}

/** The markup of inline content. */
export function writeInline(node: Node): string {
  const holder = inert.createElement('div');
  holder.append(DOMSerializer.fromSchema(node.type.schema).serializeFragment(node.content, { document: inert }));
  return showStyles(holder.innerHTML);
}

/** Whether all of a selection has a mark. */
export function hasMark(marksOfText: readonly Mark[], name: string): boolean {
  return marksOfText.some(({ type }) => type.name === name);
}
