// From the tree that a client saves to the list that the operation takes: depth first, with places instead of keys, local ids, and what
// each item leads to. What cannot be used is told with the path in the input; no site is asked here.
import { decode } from 'html-entities';
import { decodeNumericId } from '../../../core/ids.js';
import type { ItemFields } from '../../../origin/writes/menus/menu.js';
import type { WantedItem } from '../../../origin/writes/menus/plan.js';
import { readTerms } from '../../../store/read/content-terms.js';
import { keyText, readContentHeads, type LocalKey } from '../../../store/read/content.js';
import type { Queryable } from '../../../store/database.js';
import type { SiteAccess } from '../../shared/access.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { MenuItemInput } from '../generated.js';

/** More items than any menu that people can use; as many as one save can bring to a site in time. */
export const MAX_MENU_ITEMS = 500;
const MAX_DEPTH = 20;
const MAX_LABEL = 1_000;
const MAX_URL = 2_000;
const MAX_CLASSES = 20;
const KEY = /^[^\u0000]{1,100}$/;
const CLASS = /^[A-Za-z0-9_-]{1,100}$/;
/** Addresses that an item may lead to: with a scheme that a browser does nothing unexpected with, or without one. */
const URL_SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const SCHEMES = ['http', 'https', 'mailto', 'tel', 'sms'];

export interface DecodedItems {
  readonly items: readonly WantedItem[];
  readonly errors: UserErrorModel[];
}

type Target = Pick<ItemFields, 'type' | 'object' | 'objectId'> & { readonly title: string };

/** `labels` are those that are shown now, by item id. */
export async function decodeItems(db: Queryable, access: SiteAccess, input: readonly MenuItemInput[], labels: ReadonlyMap<number, string>): Promise<DecodedItems> {
  const errors: UserErrorModel[] = [];
  const bad = (index: number, field: string, message: string): void => void errors.push(userError('INVALID', message, 'items', String(index), field));
  if (input.length > MAX_MENU_ITEMS) return { items: [], errors: [userError('INVALID', `items must hold at most ${MAX_MENU_ITEMS}; got ${input.length}`, 'items')] };
  const order = depthFirst(input, bad);
  if (errors.length > 0) return { items: [], errors };
  const placeByKey = new Map(order.map((index, place) => [input[index]?.key ?? '', place]));
  const targets = await readTargets(db, access, input);
  const met = new Set<number>();
  const items = order.map((index): WantedItem => {
    const item = input[index] as MenuItemInput;
    const own = item.id ? decodeNumericId(item.id, 'MenuItem') : null;
    if (item.id && own?.siteId !== access.siteId) bad(index, 'id', 'id is not the id of a menu item of this site');
    if (own && met.has(own.localId)) bad(index, 'id', 'id names an item twice');
    if (own) met.add(own.localId);
    const id = own?.localId ?? null;
    return { id, above: item.parentKey ? (placeByKey.get(item.parentKey) ?? null) : null, fields: decodeItem(item, id === null ? null : (labels.get(id) ?? null), id === null, targets, (field, message) => bad(index, field, message)) };
  });
  return { items, errors };
}

/** The indexes of the items so that each comes after the one above it, and before the next beside that. */
function depthFirst(input: readonly MenuItemInput[], bad: (index: number, field: string, message: string) => void): number[] {
  const keys = new Map<string, number>();
  input.forEach(({ key }, index) => {
    if (!KEY.test(key)) bad(index, 'key', 'key must have 1 to 100 characters');
    else if (keys.has(key)) bad(index, 'key', `the key ${JSON.stringify(key)} stands twice`);
    else keys.set(key, index);
  });
  const below = new Map<string | null, number[]>();
  input.forEach(({ parentKey = null }, index) => {
    if (parentKey !== null && !keys.has(parentKey)) return bad(index, 'parentKey', `no item has the key ${JSON.stringify(parentKey.slice(0, 100))}`);
    below.set(parentKey, [...(below.get(parentKey) ?? []), index]);
  });
  const order: number[] = [];
  const walk = (key: string | null, depth: number): void => {
    for (const index of below.get(key) ?? []) {
      if (depth >= MAX_DEPTH) bad(index, 'parentKey', `items may lie at most ${MAX_DEPTH} deep`);
      else {
        order.push(index);
        walk(input[index]?.key ?? '', depth + 1);
      }
    }
  };
  walk(null, 0);
  const reached = new Set(order);
  input.forEach((_item, index) => {
    if (!reached.has(index) && keys.size === input.length) bad(index, 'parentKey', 'the item lies below itself');
  });
  return order;
}

async function readTargets(db: Queryable, access: SiteAccess, input: readonly MenuItemInput[]): Promise<Map<string, Target>> {
  const contents: LocalKey[] = [];
  const terms: LocalKey[] = [];
  for (const { objectId } of input) {
    const content = objectId ? decodeNumericId(objectId, 'Post', 'Page', 'CustomContent') : null;
    const term = objectId ? decodeNumericId(objectId, 'Term') : null;
    if (content?.siteId === access.siteId) contents.push(content);
    if (term?.siteId === access.siteId) terms.push(term);
  }
  const [heads, rows] = await Promise.all([contents.length === 0 ? new Map<string, never>() : readContentHeads(db, contents), terms.length === 0 ? new Map<string, never>() : readTerms(db, terms)]);
  const targets = new Map<string, Target>();
  for (const { objectId } of input) {
    const content = objectId ? decodeNumericId(objectId, 'Post', 'Page', 'CustomContent') : null;
    const head = content && content.siteId === access.siteId ? heads.get(keyText(content.siteId, content.localId)) : undefined;
    const post = head && { id: head.localId, type: head.type, status: head.status, authorId: head.authorId };
    if (objectId && head && post && head.status !== 'trash' && access.can('read_post', { kind: 'post', post })) {
      targets.set(objectId, { type: 'post_type', object: head.type, objectId: head.localId, title: head.title });
    }
    const term = objectId ? decodeNumericId(objectId, 'Term') : null;
    const row = term && term.siteId === access.siteId ? rows.get(keyText(term.siteId, term.localId)) : undefined;
    if (objectId && row && row.taxonomy !== 'nav_menu') targets.set(objectId, { type: 'taxonomy', object: row.taxonomy, objectId: row.localId, title: row.storedName });
  }
  return targets;
}

function decodeItem(
  input: MenuItemInput, shown: string | null, isNew: boolean, targets: ReadonlyMap<string, Target>, bad: (field: string, message: string) => void,
): WantedItem['fields'] {
  const fields: { -readonly [F in keyof WantedItem['fields']]: WantedItem['fields'][F] } = {};
  const target = input.objectId ? targets.get(input.objectId) : undefined;
  if (input.objectId && !target) bad('objectId', 'there is no such content or term on this site, or you may not see it');
  if (target) Object.assign(fields, { type: target.type, object: target.object, objectId: target.objectId });
  else if (input.url !== undefined && input.url !== null && !input.objectId) {
    if (isAddress(input.url)) Object.assign(fields, { type: 'custom', url: input.url });
    else bad('url', `url must be an address of at most ${MAX_URL} characters, with one of the schemes ${SCHEMES.join(', ')} or with none`);
  }
  if (isNew && fields.type === undefined && !input.objectId && !input.url) bad('url', 'a new item needs an objectId or a url');
  const { label } = input;
  if (label !== undefined && (label === null || label !== shown)) {
    if (label !== null && (label.length > MAX_LABEL || label.includes('\u0000'))) bad('label', `label must have at most ${MAX_LABEL} characters and no NUL`);
    // An item that is called as what it leads to has no title of its own, as in WordPress, so that it goes on being called so.
    fields.title = label === null || (target && decode(target.title) === label) ? '' : label;
  }
  if (isNew && fields.type === 'custom' && !fields.title) bad('label', 'a link of its own needs a label');
  if (isNew && fields.title === undefined) fields.title = '';
  if (input.target !== undefined) {
    if (input.target === null || input.target === '' || input.target === '_blank') fields.target = input.target ?? '';
    else bad('target', 'target must be _blank or null');
  }
  if (input.classes) {
    if (input.classes.length <= MAX_CLASSES && input.classes.every((one) => CLASS.test(one))) fields.classes = [...input.classes];
    else bad('classes', `classes must be at most ${MAX_CLASSES} words of letters, digits, - and _`);
  } else if (input.classes === null) fields.classes = [];
  return fields;
}

function isAddress(url: string): boolean {
  // Browsers skip blanks and control characters in front of and inside a scheme.
  if (url.trim() === '' || url.length > MAX_URL || /[\u0000-\u0020\u007f]/.test(url)) return false;
  const scheme = URL_SCHEME.exec(url)?.[1]?.toLowerCase();
  return scheme === undefined || SCHEMES.includes(scheme);
}
