// The menu loaders of one request: menus and locations of sites, and what the menus hold. Sites asked together are read
// with one statement each kind; visibility is decided here: visitors see menus that stand in a location, without items
// whose object is not for them; editors of menus see everything.
import DataLoader from 'dataloader';
import { decode } from 'html-entities';
import { isRowVisible, maySeeMenus } from '../../../auth/visibility.js';
import { AppError } from '../../../core/errors.js';
import type { SiteId } from '../../../core/ids.js';
import { readTermsByTermId, type TermIdKey, type TermRow } from '../../../store/read/content-terms.js';
import { keyText, readContentHeads, type ContentRow, type LocalKey } from '../../../store/read/content.js';
import { readMenuChanger, type MenuChanger } from '../../../store/read/menu-changer.js';
import { readMenuItems, readMenus, readMenuSettings, readTermPaths, type MenuItemRow, type MenuRow, type MenuSettingsRow } from '../../../store/read/menus.js';
import type { Store } from '../../../store/store.js';
import type { AccessLoader, SiteAccess } from '../../shared/access.js';
import type { FreshnessLoader, FreshnessModel } from '../../shared/freshness.js';
import { showContent } from '../loaders/contents.js';
import { maySeeTaxonomy } from '../loaders/terms.js';
import { assembleMenu, itemTarget, type PointedContent } from './assemble.js';
import { linkRules } from './links.js';
import type { MenuConflictModel, MenuContentModel, MenuLocationModel, MenuModel } from './models.js';

/** What the menu resolvers need of the context. */
export interface MenuContext {
  readonly menus: MenuLoaders;
}

export interface MenuLoaders {
  /** The menus of a site that the viewer may see, by name. */
  ofSite(siteId: SiteId): Promise<MenuModel[]>;
  /** One menu by its term_id; null when there is none for the viewer. */
  menu(siteId: SiteId, termId: number): Promise<MenuModel | null>;
  /** The menu locations of the active theme. */
  locations(siteId: SiteId): Promise<MenuLocationModel[]>;
  /** What a menu holds. */
  content(menu: MenuModel): Promise<MenuContentModel>;
  freshness(siteId: SiteId): Promise<FreshnessModel>;
  /** Who made the change that a conflict is about, and when; null while no event has told. */
  changer(conflict: MenuConflictModel): Promise<MenuChanger | null>;
  /** Reads a site's menus anew when they are asked for next: they were written. */
  forget(siteId: SiteId): void;
}

/** A site's menus with what they stand in. */
interface SiteMenus {
  readonly menus: MenuModel[];
  readonly locations: MenuLocationModel[];
}

/** Creates the menu loaders of one request. */
export function createMenuLoaders(store: Store, access: AccessLoader, freshness: FreshnessLoader): MenuLoaders {
  const settings = new DataLoader<SiteId, MenuSettingsRow | null>(async (siteIds) => {
    const rows = await readMenuSettings(store.database, siteIds);
    return siteIds.map((siteId) => rows.get(siteId) ?? null);
  });
  const sites = new DataLoader<SiteId, SiteMenus>(async (siteIds) => {
    const [rows, accesses, mods] = await Promise.all([readMenus(store.database, siteIds), loadAccess(access, siteIds), settings.loadMany(siteIds)]);
    return siteIds.map((siteId, index) => {
      const row = mods[index];
      if (row instanceof Error) throw row;
      return siteMenus(rows.filter((menu) => menu.siteId === siteId), row ?? null, accesses.get(siteId) ?? null);
    });
  });
  const contents = new DataLoader<SiteId, ReadonlyMap<number, MenuContentModel>>((siteIds) => loadContents(store, access, settings, siteIds));
  const changers = new DataLoader<LocalKey, MenuChanger | null, string>(
    (keys) => Promise.all(keys.map(({ siteId, localId }) => readMenuChanger(store.database, siteId, localId))), { cacheKeyFn: ({ siteId, localId }) => keyText(siteId, localId) },
  );
  return {
    ofSite: async (siteId) => (await sites.load(siteId)).menus,
    menu: async (siteId, termId) => (await sites.load(siteId)).menus.find((menu) => menu.localId === termId) ?? null,
    locations: async (siteId) => (await sites.load(siteId)).locations,
    content: async (menu) => (await contents.load(menu.siteId)).get(menu.localId) ?? assembleEmpty(menu),
    freshness: (siteId) => freshness.freshness(siteId),
    changer: ({ siteId, menuId, isSynced }) => (isSynced && menuId !== null ? changers.load({ siteId, localId: menuId }) : Promise.resolve(null)),
    forget(siteId) {
      for (const loader of [settings, sites, contents]) loader.clear(siteId);
    },
  };
}

function assembleEmpty(menu: MenuModel): never {
  throw new AppError('NOT_FOUND', `menu ${menu.localId} was deleted while it was being read`);
}

async function loadAccess(access: AccessLoader, siteIds: readonly SiteId[]): Promise<Map<SiteId, SiteAccess>> {
  const found = await Promise.all(siteIds.map((siteId) => access.site(siteId)));
  return new Map(found.flatMap((site) => (site ? [[site.siteId, site]] : [])));
}

function siteMenus(rows: readonly MenuRow[], settings: MenuSettingsRow | null, access: SiteAccess | null): SiteMenus {
  if (!access) return { menus: [], locations: [] };
  const assigned = assignedLocations(settings?.locations);
  const seesAll = maySeeMenus(access.caps);
  const menus = rows
    .map((row): MenuModel => ({
      siteId: row.siteId,
      localId: row.termId,
      name: decode(row.storedName),
      locations: assigned.filter(([, termId]) => termId === row.termId).map(([slug]) => slug),
    }))
    .filter((menu) => seesAll || menu.locations.length > 0);
  return { menus, locations: assigned.map(([slug, termId]) => ({ slug, menu: menus.find((menu) => menu.localId === termId) ?? null })) };
}

/** Location and term id, by location; PHP's empty map arrives as a list. */
function assignedLocations(value: unknown): (readonly [string, number])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([slug, termId]) => [slug, Number(termId) || 0] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}

async function loadContents(
  store: Store,
  access: AccessLoader,
  settings: DataLoader<SiteId, MenuSettingsRow | null>,
  siteIds: readonly SiteId[],
): Promise<ReadonlyMap<number, MenuContentModel>[]> {
  const { database } = store;
  const [menus, items, accesses, rules] = await Promise.all([
    readMenus(database, siteIds),
    readMenuItems(database, siteIds),
    loadAccess(access, siteIds),
    Promise.all(siteIds.map((siteId) => settings.load(siteId))),
  ]);
  const contentKeys: LocalKey[] = [];
  const termKeys: TermIdKey[] = [];
  for (const row of items) {
    const target = itemTarget(row);
    if (target.kind === 'content') contentKeys.push({ siteId: row.siteId, localId: target.localId });
    if (target.kind === 'term') termKeys.push({ siteId: row.siteId, taxonomy: target.taxonomy, termId: target.termId });
  }
  const [heads, terms, paths] = await Promise.all([
    contentKeys.length === 0 ? new Map<string, ContentRow>() : readContentHeads(database, distinct(contentKeys)),
    termKeys.length === 0 ? new Map<string, TermRow>() : readTermsByTermId(database, distinct(termKeys)),
    termKeys.length === 0 ? new Map<string, readonly string[]>() : readTermPaths(database, distinct(termKeys)),
  ]);
  const contents = pointedContents(heads.values(), accesses);
  const visibleTerms = new Map([...terms].filter(([, term]) => isTermVisible(accesses.get(term.siteId), term)));
  return siteIds.map((siteId, index) => {
    const row = rules[index];
    const site = accesses.get(siteId);
    if (!row || !site) return new Map<number, MenuContentModel>();
    const material = { siteId, rules: linkRules(row), contents, terms: visibleTerms, paths, isEditor: maySeeMenus(site.caps) };
    const ofMenu = (menu: MenuRow): MenuItemRow[] => items.filter((item) => item.siteId === siteId && item.menuId === menu.termId);
    return new Map(menus.filter((menu) => menu.siteId === siteId).map((menu) => [menu.termId, assembleMenu(menu.storedName, ofMenu(menu), material)]));
  });
}

function distinct<Key extends object>(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

function pointedContents(heads: Iterable<ContentRow>, accesses: ReadonlyMap<SiteId, SiteAccess>): Map<string, PointedContent> {
  const contents = new Map<string, PointedContent>();
  for (const head of heads) {
    const access = accesses.get(head.siteId);
    if (!access || head.status === 'trash') continue;
    const isVisible = isRowVisible(access.contentRule(head.type), { id: head.localId, status: head.readStatus, authorId: head.authorId });
    contents.set(keyText(head.siteId, head.localId), { title: head.title, permalink: head.permalink, isVisible, object: showContent(head, access) });
  }
  return contents;
}

function isTermVisible(access: SiteAccess | undefined, term: TermRow): boolean {
  return access !== undefined && maySeeTaxonomy(access, term.taxonomy);
}
