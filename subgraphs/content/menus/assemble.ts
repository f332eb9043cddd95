// Makes menus of rows: labels, addresses, parents and the tree, as WordPress shows them. Pure; called by loaders.ts, which
// reads the rows and says what the viewer may see.
import { createHash } from 'node:crypto';
import { decode } from 'html-entities';
import type { SiteId } from '../../../core/ids.js';
import { termIdText, type TermRow } from '../../../store/read/content-terms.js';
import { keyText } from '../../../store/read/content.js';
import type { MenuItemRow } from '../../../store/read/menus.js';
import { canonicalText } from '../../shared/pages.js';
import type { ContentModel } from '../models.js';
import { archiveLabel, archiveUrl, termUrl, type LinkRules } from './links.js';
import type { MenuContentModel, MenuItemModel } from './models.js';

/** What an item points to, from its metas. */
export type ItemTarget =
  | { readonly kind: 'content'; readonly localId: number }
  | { readonly kind: 'term'; readonly taxonomy: string; readonly termId: number }
  | { readonly kind: 'archive'; readonly postType: string }
  | { readonly kind: 'custom' };

const text = (row: MenuItemRow, key: string): string => {
  const value = row.meta[`_menu_item_${key}`];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
};
const idIn = (row: MenuItemRow, key: string): number => (/^\d{1,15}$/.test(text(row, key)) ? Number(text(row, key)) : 0);

/** What an item points to; items whose metas did not come count as links of their own. */
export function itemTarget(row: MenuItemRow): ItemTarget {
  switch (text(row, 'type')) {
    case 'post_type':
      return { kind: 'content', localId: idIn(row, 'object_id') };
    case 'taxonomy':
      return { kind: 'term', taxonomy: text(row, 'object'), termId: idIn(row, 'object_id') };
    case 'post_type_archive':
      return { kind: 'archive', postType: text(row, 'object') };
    default:
      return { kind: 'custom' };
  }
}

/** Content that items point to: title and address are told to editors of menus, the rest to who may see it. */
export interface PointedContent {
  readonly title: string;
  readonly permalink: string | null;
  readonly isVisible: boolean;
  /** Null for what the viewer may not see and for what is no content of this subgraph (products). */
  readonly object: ContentModel | null;
}

/** What the items of a site's menus are put together from. */
export interface MenuMaterial {
  readonly siteId: SiteId;
  readonly rules: LinkRules;
  /** What items point to and is not in the trash, by `keyText`. */
  readonly contents: ReadonlyMap<string, PointedContent>;
  /** Terms that the viewer may see, by `termIdText`, and the slugs from the top down to each. */
  readonly terms: ReadonlyMap<string, TermRow>;
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** Editors of menus see items whose object is gone or not for them, as in wp-admin; others do not. */
  readonly isEditor: boolean;
}

interface Shown {
  readonly label: string | null;
  readonly url: string | null;
  readonly object: MenuItemModel['object'];
}

/** Puts together one menu. `rows` are its items in order. */
export function assembleMenu(name: string, rows: readonly MenuItemRow[], material: MenuMaterial): MenuContentModel {
  const shown = rows.flatMap((row) => {
    const facts = showItem(row, material);
    return facts === null ? [] : [{ row, facts }];
  });
  const parents = parentsOf(shown.map(({ row }) => row));
  const children = new Map<number | null, MenuItemModel[]>();
  const items = shown.map(({ row, facts }): MenuItemModel => {
    const parentLocalId = parents.get(row.id) ?? null;
    const own: MenuItemModel[] = children.get(row.id) ?? [];
    children.set(row.id, own);
    const item: MenuItemModel = {
      siteId: row.siteId,
      localId: row.id,
      label: decode(row.storedTitle === '' ? (facts.label ?? '') : row.storedTitle),
      url: facts.url,
      parentLocalId,
      order: row.order,
      target: row.target === null || row.target === '' ? null : row.target,
      classes: classesOf(row),
      object: facts.object,
      children: own,
    };
    const siblings = children.get(parentLocalId);
    if (siblings) siblings.push(item);
    else children.set(parentLocalId, [item]);
    return item;
  });
  return { items, tree: children.get(null) ?? [], version: menuVersion(name, rows) };
}

/** Label, address and object of an item; null when it is not for the viewer. */
function showItem(row: MenuItemRow, material: MenuMaterial): Shown | null {
  const target = itemTarget(row);
  switch (target.kind) {
    case 'content': {
      const content = material.contents.get(keyText(material.siteId, target.localId));
      if (!content?.isVisible && !material.isEditor) return null;
      const title = content?.title ?? '';
      const object = content?.object ?? null;
      return { label: title === '' ? untitled(target.localId) : title, url: content?.permalink ?? null, object: isUnionMember(object) ? object : null };
    }
    case 'term': {
      const key = termIdText({ siteId: material.siteId, taxonomy: target.taxonomy, termId: target.termId });
      const term = material.terms.get(key);
      if (!term) return material.isEditor ? { label: untitled(target.termId), url: null, object: null } : null;
      const slugs = material.paths.get(key) ?? [term.slug];
      return { label: term.storedName, url: termUrl(material.rules, target.taxonomy, target.termId, slugs), object: { ...term, __typename: 'Term' } };
    }
    case 'archive': {
      const url = archiveUrl(material.rules, target.postType);
      if (url === null && !material.isEditor) return null;
      return { label: archiveLabel(material.rules, target.postType) ?? target.postType, url, object: null };
    }
    case 'custom':
      return { label: null, url: row.url === null || row.url === '' ? null : row.url, object: null };
  }
}

/** How WordPress calls what has no title. */
const untitled = (localId: number): string => `#${localId} (no title)`;

function isUnionMember(object: ContentModel | null): object is ContentModel<'Post' | 'Page' | 'CustomContent'> {
  return object !== null && object.__typename !== 'MediaItem';
}

/** The parent of each item, when it is in the list; a circle is opened at the item that is met first. */
function parentsOf(rows: readonly MenuItemRow[]): Map<number, number> {
  const present = new Set(rows.map((row) => row.id));
  const parents = new Map<number, number>();
  for (const row of rows) {
    const parent = idIn(row, 'menu_item_parent');
    if (present.has(parent) && parent !== row.id) parents.set(row.id, parent);
  }
  for (const row of rows) {
    const met = new Set<number>();
    for (let at = parents.get(row.id); at !== undefined && !met.has(at); at = parents.get(at)) {
      met.add(at);
      if (at === row.id) parents.delete(row.id);
    }
  }
  return parents;
}

function classesOf(row: MenuItemRow): string[] {
  const value = row.meta['_menu_item_classes'];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((one): one is string => typeof one === 'string' && one !== '');
}

const VERSION_CHARACTERS = 16;

/** A digest of the menu's name and of what its items hold; what objects are called does not count. */
function menuVersion(name: string, rows: readonly MenuItemRow[]): string {
  const held = rows.map((row) => [
    row.id, row.order, row.storedTitle, text(row, 'type'), text(row, 'object'), text(row, 'object_id'), text(row, 'menu_item_parent'),
    row.url ?? '', row.target ?? '', classesOf(row),
  ]);
  return createHash('sha256').update(canonicalText([name, held])).digest('base64url').slice(0, VERSION_CHARACTERS);
}
