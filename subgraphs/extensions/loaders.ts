// Data access of one request: batched reads with visibility decided once a row. Plugins are for people with
// activate_plugins or update_plugins, themes for those with switch_themes or edit_theme_options, on that site; the active
// theme is for everyone. The operator sees all.
import DataLoader from 'dataloader';
import { decodeGlobalId, type SiteId } from '../../core/ids.js';
import { chosenThemes, pluginsByFile, themeMods, themesOfSites, themeStyles, updateFacts, type ThemeStyles, type ExtensionKey, type UpdateFacts } from '../../store/read/extensions.js';
import { fleetUpdates, type FleetUpdates } from '../../store/read/fleet.js';
import { readFeed, vulnerabilitiesOf, type FeedRecord, type InstalledVersion, type VulnerabilityRecord } from '../../store/read/vulnerabilities.js';
import type { Store } from '../../store/store.js';
import { accessLoader, type SiteAccess } from '../shared/access.js';
import type { RequestContext } from '../shared/context.js';
import { forbidden } from '../shared/forbidden.js';
import { freshnessLoader, type FreshnessModel } from '../shared/freshness.js';
import { createValueLoader } from '../shared/list-loaders.js';
import { badUserInput } from '../shared/pages.js';
import type { ExtensionFilter, FleetFilter } from './generated.js';
import { createFleetLists, type FleetLists } from './fleet-lists.js';
import type { FleetModel, PluginConnectionModel, PluginModel, ThemeModel } from './models.js';
import type { Writer } from '../shared/writes.js';
import type { Catalog } from './catalog.js';
import type { OperationsContext } from './operations/context.js';
import { conditionsOf, createPluginLists, type PageArguments } from './plugin-lists.js';
import { words } from './updates.js';

/** The context value of this subgraph's resolvers. */
export interface ExtensionsContext {
  readonly extensions: ExtensionsLoaders;
  readonly catalog: Catalog;
  readonly writer: Writer;
  readonly operations: OperationsContext;
}

export interface ExtensionsLoaders {
  siteExists(siteId: SiteId): Promise<boolean>;
  freshness(siteId: SiteId): Promise<FreshnessModel>;
  /** A site's plugins; null when there is no such site. Throws FORBIDDEN when the viewer may not see them. */
  pluginsOf(siteId: SiteId, page: PageArguments, filter: ExtensionFilter | null | undefined): Promise<PluginConnectionModel | null>;
  /** One plugin; null when it is not installed or the viewer may not see it. */
  plugin(siteId: SiteId, file: string): Promise<PluginModel | null>;
  /** A site's themes; null when there is no such site. Throws FORBIDDEN when the viewer may not see them. */
  themesOf(siteId: SiteId, filter: ExtensionFilter | null | undefined): Promise<ThemeModel[] | null>;
  activeTheme(siteId: SiteId): Promise<ThemeModel | null>;
  /** One theme; null when it is not installed or the viewer may not see it. */
  theme(siteId: SiteId, slug: string): Promise<ThemeModel | null>;
  /** A theme's modifications. Throws FORBIDDEN when the viewer may not change the theme's options. */
  modsOf(siteId: SiteId, slug: string): Promise<unknown>;
  /** The widgets that a theme had when it was last active, whoever asks; undefined when that was not kept. */
  formerWidgets(siteId: SiteId, slug: string): Promise<unknown>;
  /** The viewer's access to a site; null when there is no such site. */
  access(siteId: SiteId): Promise<SiteAccess | null>;
  /** A block theme's own styles, whoever asks; null when it has none. */
  stylesOf(siteId: SiteId, slug: string): Promise<ThemeStyles | null>;
  /** The same for the graph. Throws FORBIDDEN when the viewer may not change the theme's options. */
  stylesSeen(siteId: SiteId, slug: string): Promise<ThemeStyles | null>;
  forgetStyles(siteId: SiteId, slug: string): void;
  /** What decides about updates, for those who may see the plugins or the themes; throws FORBIDDEN for others. */
  managedFacts(siteId: SiteId): Promise<UpdateFacts | null>;
  /** What decides about updates, for whoever was shown an extension of the site. */
  facts(siteId: SiteId): Promise<UpdateFacts | null>;
  fleet(filter: FleetFilter | null | undefined): Promise<FleetModel>;
  /** What waits on the sites of a fleet. */
  fleetUpdates(fleet: FleetModel): Promise<FleetUpdates>;
  readonly fleetPlugins: FleetLists<'plugin'>;
  readonly fleetThemes: FleetLists<'theme'>;
  /** The known vulnerabilities of an installed version, the gravest first. */
  vulnerabilities(installed: InstalledVersion): Promise<VulnerabilityRecord[]>;
  /** The feed of vulnerabilities; null when none was ever configured. */
  feed(): Promise<FeedRecord | null>;
}

const mayManagePlugins = (access: SiteAccess): boolean => access.can('activate_plugins') || access.can('update_plugins');
const mayManageThemes = (access: SiteAccess): boolean => access.can('switch_themes') || access.can('edit_theme_options');

/** Creates the loaders of one request. */
export function createExtensionsLoaders(store: Store, request: RequestContext): ExtensionsLoaders {
  const db = store.database;
  const access = accessLoader(store, request);
  const freshness = freshnessLoader(store, request);
  const lists = createPluginLists(db);
  const matchingThemes = createValueLoader<SiteId, ReturnType<typeof conditionsOf>, ReadonlySet<string>>(
    async (siteIds, conditions) => {
      const chosen = await chosenThemes(db, siteIds, conditions);
      return new Map(siteIds.map((siteId) => [String(siteId), new Set(chosen.filter((theme) => theme.siteId === siteId).map((theme) => theme.slug))]));
    },
    String,
    new Set(),
  );
  const vulnerabilities = new DataLoader<InstalledVersion, VulnerabilityRecord[], string>(
    async (installed) => {
      const found = await vulnerabilitiesOf(db, installed);
      return installed.map((_version, place) => found.filter((record) => record.place === place));
    },
    { cacheKeyFn: (installed) => JSON.stringify(Object.values(installed)) },
  );
  let feed: Promise<FeedRecord | null> | undefined;
  const waiting = new WeakMap<FleetModel, Promise<FleetUpdates>>();
  const pluginRecords = byKey(async (keys) => {
    const records = await pluginsByFile(db, keys);
    return new Map(records.map((record) => [keyText({ siteId: record.siteId, name: record.file }), record]));
  });
  const themeRecords = new DataLoader(async (siteIds: readonly SiteId[]) => {
    const records = await themesOfSites(db, siteIds);
    return siteIds.map((siteId) => records.filter((record) => record.siteId === siteId));
  });
  const mods = byKey(async (keys) => {
    const rows = await themeMods(db, keys);
    return new Map(rows.map((row) => [keyText({ siteId: row.siteId, name: row.slug }), row.value]));
  });
  const styles = byKey(async (keys) => new Map((await themeStyles(db, keys)).map((row) => [keyText({ siteId: row.siteId, name: row.slug }), row])));
  const factsLoader = new DataLoader(async (siteIds: readonly SiteId[]) => {
    const facts = await updateFacts(db, siteIds);
    return siteIds.map((siteId) => facts.get(siteId) ?? null);
  });

  const themesSeen = async (siteId: SiteId): Promise<ThemeModel[]> => {
    const [viewer, records] = await Promise.all([access.site(siteId), themeRecords.load(siteId)]);
    if (!viewer) return [];
    const mayManage = mayManageThemes(viewer);
    const parentOfActive = records.find((record) => record.active)?.parentSlug;
    return records
      .filter((record) => mayManage || record.active || record.slug === parentOfActive)
      .map((record) => ({ ...record, mayManage }));
  };

  return {
    siteExists: async (siteId) => (await freshness.site(siteId)) !== null,
    freshness: (siteId) => freshness.freshness(siteId),
    async pluginsOf(siteId, page, filter) {
      const viewer = await access.site(siteId);
      if (!viewer) return null;
      if (!mayManagePlugins(viewer)) throw forbidden('listing plugins needs activate_plugins or update_plugins on the site');
      return lists.ofSite(siteId, page, filter);
    },
    async plugin(siteId, file) {
      const viewer = await access.site(siteId);
      return viewer && mayManagePlugins(viewer) ? pluginRecords.load({ siteId, name: file }) : null;
    },
    async themesOf(siteId, filter) {
      const viewer = await access.site(siteId);
      if (!viewer) return null;
      if (!mayManageThemes(viewer)) throw forbidden('listing themes needs switch_themes or edit_theme_options on the site');
      if (!filter) return themesSeen(siteId);
      const [themes, chosen] = await Promise.all([themesSeen(siteId), matchingThemes(siteId, conditionsOf(filter))]);
      return themes.filter((theme) => chosen.has(theme.slug));
    },
    activeTheme: async (siteId) => (await themesSeen(siteId)).find((theme) => theme.active) ?? null,
    theme: async (siteId, slug) => (await themesSeen(siteId)).find((theme) => theme.slug === slug) ?? null,
    async modsOf(siteId, slug) {
      const viewer = await access.site(siteId);
      if (!viewer?.can('edit_theme_options')) throw forbidden('reading modifications of a theme needs edit_theme_options on the site');
      return mods.load({ siteId, name: slug });
    },
    formerWidgets: async (siteId, slug) => words(words(await mods.load({ siteId, name: slug }))['sidebars_widgets'])['data'],
    access: (siteId) => access.site(siteId),
    stylesOf: (siteId, slug) => styles.load({ siteId, name: slug }),
    async stylesSeen(siteId, slug) {
      const viewer = await access.site(siteId);
      if (!viewer?.can('edit_theme_options')) throw forbidden('reading styles of a theme needs edit_theme_options on the site');
      return styles.load({ siteId, name: slug });
    },
    forgetStyles: (siteId, slug) => void styles.clear({ siteId, name: slug }),
    async managedFacts(siteId) {
      const viewer = await access.site(siteId);
      if (!viewer) return null;
      if (!mayManagePlugins(viewer) && !mayManageThemes(viewer)) throw forbidden('reading about updates needs activate_plugins or switch_themes on the site');
      return factsLoader.load(siteId);
    },
    facts: (siteId) => factsLoader.load(siteId),
    async fleet(filter) {
      const asked = filter?.siteIds ? parseSiteIds(filter.siteIds) : null;
      const { viewer } = request;
      if (viewer.kind === 'operator') return { siteIds: asked, themeSiteIds: asked };
      const own = viewer.kind === 'person' ? viewer.users.map((account) => account.siteId) : [];
      const candidates = [...new Set(own)].filter((siteId) => asked === null || asked.includes(siteId)).sort((a, b) => a - b);
      const accesses = await Promise.all(candidates.map((siteId) => access.site(siteId)));
      const sitesWhere = (may: (found: SiteAccess) => boolean): SiteId[] => accesses.filter((found): found is SiteAccess => found !== null && may(found)).map((found) => found.siteId);
      return { siteIds: sitesWhere(mayManagePlugins), themeSiteIds: sitesWhere(mayManageThemes) };
    },
    async fleetUpdates(fleet) {
      const known = waiting.get(fleet) ?? fleetUpdates(db, fleet.siteIds);
      waiting.set(fleet, known);
      return known;
    },
    fleetPlugins: createFleetLists(db, 'plugin'),
    fleetThemes: createFleetLists(db, 'theme'),
    vulnerabilities: (installed) => vulnerabilities.load(installed),
    feed: () => (feed ??= readFeed(db)),
  };
}

const MAX_FLEET_SITES = 1000;

function parseSiteIds(ids: readonly string[]): SiteId[] {
  if (ids.length > MAX_FLEET_SITES) throw badUserInput(`filter.siteIds takes at most ${MAX_FLEET_SITES} sites; got ${ids.length}`);
  const siteIds = ids.map((id) => {
    const decoded = decodeGlobalId(id);
    if (decoded?.type !== 'Site') throw badUserInput('filter.siteIds takes ids of sites; one of them is none');
    return decoded.siteId;
  });
  return [...new Set(siteIds)].sort((a, b) => a - b);
}

const keyText = (key: ExtensionKey): string => `${key.siteId}/${key.name}`;

/** A loader by site and file or slug; what the batch does not find is null. */
function byKey<Value>(read: (keys: readonly ExtensionKey[]) => Promise<ReadonlyMap<string, Value>>): DataLoader<ExtensionKey, Value | null, string> {
  return new DataLoader<ExtensionKey, Value | null, string>(
    async (keys) => {
      const found = await read(keys);
      return keys.map((key) => found.get(keyText(key)) ?? null);
    },
    { cacheKeyFn: keyText },
  );
}
