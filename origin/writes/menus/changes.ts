// From a menu as the site holds it to the changes that bring the store there: the term, the items with their metas, relations and links,
// and the theme's locations. Only what is different is told.
import type { DomainChange, Json, PostCore } from '../../../core/changes.js';
import { standInMetaId, type Rev } from '../../../core/ids.js';
import { relate, removeTerm } from '../../../sync/decode/terms.js';
import type { StoredItem, StoredMenu } from '../../../store/read/stored-menu.js';
import type { HeldItem, HeldMenu, Locations } from './menu.js';

const NEW_CORE: PostCore = {
  type: 'nav_menu_item', status: 'publish', parentId: 0, menuOrder: 0, title: '', content: '', excerpt: '', slug: '', localDate: null, dateGmt: null, modifiedGmt: null,
  commentStatus: 'closed', pingStatus: 'closed', mimeType: '', guid: '', passwordProtected: false,
};

/**
 * The changes from the store to the site. `ownTitles` are titles that items were given, by id: REST tells the title that is shown, so
 * that an item without one of its own looks as if it had that of its object.
 */
export function changesOfMenu(stored: StoredMenu, menu: HeldMenu, items: readonly HeldItem[], ownTitles: ReadonlyMap<number, string>, rev: Rev): DomainChange[] {
  const changes: DomainChange[] = [];
  // Since WordPress 4.2 no two taxonomies share a term, so a new term's id stands for that of its row.
  const ttId = stored.term?.ttId ?? menu.id;
  const name = escapeName(menu.name);
  if (!stored.term || stored.term.name !== name || stored.term.description !== menu.description) {
    const core = { termId: menu.id, taxonomy: 'nav_menu', name, slug: menu.slug, description: menu.description, parentId: stored.term?.parentId ?? 0 };
    changes.push({ kind: 'upsert', entity: 'term', key: { ttId }, rev, groups: { core } });
  }
  for (const item of items) changes.push(...changesOfItem(stored.items.get(item.id) ?? null, item, ttId, ownTitles.get(item.id), rev));
  const present = new Set(items.map(({ id }) => id));
  for (const item of stored.items.values()) if (item.isInMenu && !present.has(item.id)) changes.push({ kind: 'delete', entity: 'post', key: { id: item.id }, rev });
  return changes;
}

function changesOfItem(stored: StoredItem | null, item: HeldItem, ttId: number, ownTitle: string | undefined, rev: Rev): DomainChange[] {
  const changes: DomainChange[] = [];
  const before = stored?.core ?? null;
  const title = titleOf(before, item, ownTitle);
  if (!before || before.title !== title || before.menuOrder !== item.order || before.status !== item.status) {
    const core = { ...(before ?? { ...NEW_CORE, content: item.description }), title, menuOrder: item.order, status: item.status };
    changes.push({ kind: 'upsert', entity: 'post', key: { id: item.id }, rev, groups: before ? { core } : { core, author: { authorId: 0 } } });
  }
  const metas: Readonly<Record<string, Json>> = {
    type: item.type, object: item.object, object_id: String(item.objectId), menu_item_parent: String(item.parent), classes: item.classes.length === 0 ? [''] : item.classes,
  };
  for (const [name, value] of Object.entries(metas)) {
    const metaKey = `_menu_item_${name}`;
    const row = stored?.metas[metaKey];
    if (row && plain(row.value) === plain(value)) continue;
    changes.push({ kind: 'upsert', entity: 'postMeta', key: { metaId: row?.metaId ?? standInMetaId('post', item.id, metaKey, 0) }, rev, groups: { core: { postId: item.id, metaKey, value } } });
  }
  if (!stored || stored.url !== item.url || stored.target !== item.target) {
    changes.push({ kind: 'upsert', entity: 'menuItemLink', key: { id: item.id }, rev, groups: { core: { url: item.url, target: item.target } } });
  }
  if (!stored?.isInMenu) changes.push(relate(item.id, ttId, true, rev));
  return changes;
}

function titleOf(before: PostCore | null, item: HeldItem, ownTitle: string | undefined): string {
  if (item.type === 'custom') return item.title;
  if (ownTitle === '' || (ownTitle === undefined && before?.title === '')) return '';
  return item.title;
}

/** A value of a meta for comparing: numbers are texts in some events, and lists of classes hold an empty text for none. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.filter((one) => one !== ''));
  return typeof value === 'object' ? JSON.stringify(Object.values(value ?? {}).filter((one) => one !== '')) : String(value);
}

/** Names of terms as WordPress stores them. */
const escapeName = (name: string): string => name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The theme's settings with other locations; none when the store does not know the theme, or has them so already. */
export function changesOfLocations(stored: StoredMenu, changed: Locations, rev: Rev): DomainChange[] {
  if (!stored.mods) return [];
  const mods = toMap(stored.mods.value);
  const before = toMap(mods['nav_menu_locations']);
  const isSame = Object.entries(changed).every(([location, menuId]) => (Number(before[location] ?? 0) || 0) === menuId);
  if (isSame) return [];
  const after = Object.fromEntries(Object.entries({ ...before, ...changed }).filter(([, menuId]) => menuId !== 0));
  const value = { ...mods, nav_menu_locations: after };
  return [{ kind: 'upsert', entity: 'setting', key: { settingKind: 'OPTION', name: stored.mods.name }, rev, groups: { core: { value, redacted: false } } }];
}

function toMap(value: unknown): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, Json>>) : {};
}

/** A menu that is gone with all its items. */
export function changesOfGoneMenu(stored: StoredMenu, menuId: number, rev: Rev): DomainChange[] {
  const items = [...stored.items.values()].filter((item) => item.isInMenu).map((item): DomainChange => ({ kind: 'delete', entity: 'post', key: { id: item.id }, rev }));
  return stored.term ? [...items, ...removeTerm({ ttId: stored.term.ttId, termId: menuId, taxonomy: 'nav_menu', parentId: stored.term.parentId }, rev)] : items;
}

/** How events name what a write of a menu touches. */
export function targetsOfMenu(stored: StoredMenu, menuId: number, changes: readonly DomainChange[]): string[] {
  const touched = changes.flatMap((change) => {
    if (change.kind !== 'upsert' && change.kind !== 'delete') return [];
    if (change.entity === 'post') return [`post:${change.key.id}`, `menuItemLink:${change.key.id}`];
    return change.entity === 'menuItemLink' ? [`post:${change.key.id}`, `menuItemLink:${change.key.id}`] : change.entity === 'setting' ? [`setting:OPTION/${change.key.name}`] : [];
  });
  return [...new Set([`Menu:${menuId}`, `term:${stored.term?.ttId ?? menuId}`, ...touched])];
}
