// The blocks of a post while they are edited: an immutable list with ids. What nobody touched is written back byte for byte, and so is
// the white space between two blocks that still follow each other. Needs no document.
import { parseBlocks, writeBlocks, type Segment } from './grammar.js';

export interface Item {
  readonly id: string;
  readonly segment: Segment;
  /** What followed it when it was read; null at the end, undefined for what came since. */
  readonly follower: string | null | undefined;
}

export interface BlockDocument {
  readonly lead: string;
  readonly items: readonly Item[];
}

const BETWEEN = '\n\n';
let lastId = 0;
const newId = (): string => `b${(lastId += 1)}`;

export function readDocument(text: string): BlockDocument {
  const { lead, segments } = parseBlocks(text);
  const ids = segments.map(newId);
  return { lead, items: segments.map((segment, index) => ({ id: ids[index] ?? '', segment, follower: ids[index + 1] ?? null })) };
}

export function writeDocument({ lead, items }: BlockDocument): string {
  return writeBlocks({
    lead,
    segments: items.map((item, index) => {
      const next = items[index + 1]?.id ?? null;
      return { ...item.segment, gap: item.follower === next ? item.segment.gap : next === null ? '' : BETWEEN };
    }),
  });
}

/** Puts other markup in place of a block; it may hold several blocks, or none. The first keeps the id. */
export function replaceItem(document: BlockDocument, id: string, source: string): BlockDocument {
  const index = document.items.findIndex((item) => item.id === id);
  const old = document.items[index];
  if (old === undefined || old.segment.source === source) return document;
  const { segments } = parseBlocks(source);
  if (segments.length === 0) return removeItem(document, id);
  const put = segments.map((segment, at): Item => ({
    id: at === 0 ? old.id : newId(),
    segment: at === segments.length - 1 ? { ...segment, gap: old.segment.gap } : segment,
    follower: at === segments.length - 1 ? old.follower : undefined,
  }));
  // Blocks of one replacement keep the space that was typed between them.
  const linked = put.map((item, at) => (at < put.length - 1 ? { ...item, follower: put[at + 1]?.id ?? null } : item));
  return { ...document, items: [...document.items.slice(0, index), ...linked, ...document.items.slice(index + 1)] };
}

export function removeItem(document: BlockDocument, id: string): BlockDocument {
  return { ...document, items: document.items.filter((item) => item.id !== id) };
}

/** Puts an item, a removed one perhaps, at a place. */
export function putItem(document: BlockDocument, index: number, item: Item): BlockDocument {
  return { ...document, items: [...document.items.slice(0, index), item, ...document.items.slice(index)] };
}

/** Moves an item to be at `index` of the list that it was taken from. */
export function moveItem(document: BlockDocument, id: string, index: number): BlockDocument {
  const item = document.items.find((one) => one.id === id);
  if (item === undefined) return document;
  return putItem(removeItem(document, id), Math.max(0, Math.min(index, document.items.length - 1)), item);
}

/** A new item of some markup, which must be one block. */
export function newItem(source: string): Item {
  const [segment] = parseBlocks(source).segments;
  return { id: newId(), segment: segment ?? { name: 'core/freeform', attributes: '', source, inner: source, isVoid: false, gap: '' }, follower: undefined };
}
