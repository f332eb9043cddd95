// The extensions subgraph's fields: a sentence each, no data access. What a viewer may see is decided in loaders.ts.
import { decodeGlobalId, encodeGlobalId, encodeSiteId, type SiteId } from '../../core/ids.js';
import { plainText } from '../../store/apply/extension-inputs.js';
import type { PluginRecord } from '../../store/read/extensions.js';
import type { InstalledVersion } from '../../store/read/vulnerabilities.js';
import type { PluginStatus, Resolvers } from './generated.js';
import type { SiteModel, UpdateModel } from './models.js';
import { operationResolvers } from './operations/resolvers.js';
import { customizeTheme, stylesOf, stylesVersion } from './customize.js';
import { isManaged, mustUsePlugins, registersUninstall, restrictionsOf } from './restrictions.js';
import { callableCount, coreUpdate, fileModAbility, installedCore, isCompatible, lastChecked, offersKnown, textOrNull, urlOrNull, words } from './updates.js';

const siteModel = (siteId: SiteId): SiteModel => ({ id: encodeSiteId(siteId), siteId });

function siteIdOf(id: string): SiteId | null {
  const decoded = decodeGlobalId(id);
  return decoded?.type === 'Site' && decoded.localId === String(decoded.siteId) ? decoded.siteId : null;
}

interface Extension {
  readonly siteId: SiteId;
  readonly slug: string;
  readonly version: string;
  readonly offeredSince: Date | null;
  readonly updateVersion: string | null;
  readonly autoUpdate: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

const header = (extension: Extension, name: string): unknown => words(extension.details['headers'])[name];

const authorName = (extension: Extension): string | null =>
  textOrNull(plainText(textOrNull(header(extension, 'AuthorName')) ?? textOrNull(header(extension, 'Author')) ?? ''));

const autoUpdate = (extension: Extension): boolean | null => (extension.details['autoUpdateKnown'] === true ? extension.autoUpdate : null);

const installedVersion = (kind: 'plugin' | 'theme', extension: Extension): InstalledVersion => ({ kind, slug: extension.slug, version: extension.version, offered: extension.updateVersion });

const updateOf = (kind: 'plugin' | 'theme', extension: Extension): UpdateModel | null =>
  extension.updateVersion === null
    ? null
    : {
        siteId: extension.siteId, version: extension.updateVersion, offer: words(extension.details['update']),
        installed: installedVersion(kind, extension), firstSeenAt: extension.offeredSince,
      };

function activation(plugin: PluginRecord): PluginStatus | null {
  if (plugin.active && plugin.details['paused'] === true) return 'PAUSED';
  if (plugin.networkActive) return 'NETWORK_ACTIVE';
  if (plugin.active) return 'ACTIVE';
  return plugin.details['activationKnown'] === false ? null : 'INACTIVE';
}

export const resolvers: Resolvers = {
  ...operationResolvers,
  Mutation: {
    ...operationResolvers.Mutation,
    themeCustomize: (_root, { input }, context) => customizeTheme(input, context),
  },
  Query: {
    ...operationResolvers.Query,
    async site(_root, { id }, { extensions }) {
      const siteId = siteIdOf(id);
      return siteId !== null && (await extensions.siteExists(siteId)) ? siteModel(siteId) : null;
    },
    pluginCatalog: (_root, { search, first, after }, { catalog }) => catalog.search(search, { first, after }),
    fleet: (_root, { filter }, { extensions }) => extensions.fleet(filter),
  },
  Site: {
    __resolveReference({ id }) {
      const siteId = siteIdOf(id);
      return siteId === null ? null : siteModel(siteId);
    },
    plugins: ({ siteId }, { first, after, filter }, { extensions }) => extensions.pluginsOf(siteId, { first, after }, filter),
    themes: ({ siteId }, { filter }, { extensions }) => extensions.themesOf(siteId, filter),
    activeTheme: ({ siteId }, _args, { extensions }) => extensions.activeTheme(siteId),
    async updates({ siteId }, _args, { extensions }) {
      const facts = await extensions.managedFacts(siteId);
      if (!facts) return null;
      const core = installedCore(facts);
      const ofCore = core === null ? [] : await extensions.vulnerabilities(core);
      return {
        plugins: offersKnown(facts, 'plugins') ? facts.outdatedPlugins : callableCount(facts, 'plugins'),
        themes: offersKnown(facts, 'themes') ? facts.outdatedThemes : callableCount(facts, 'themes'),
        translations: callableCount(facts, 'translations'),
        core: coreUpdate(facts),
        securityFixes: facts.securityFixes + (ofCore.some((found) => found.isFixedByOffer) ? 1 : 0),
        coreVulnerabilities: ofCore,
        lastCheckedAt: lastChecked(facts),
      };
    },
    async canModifyFiles({ siteId }, _args, { extensions }) {
      const facts = await extensions.managedFacts(siteId);
      return facts && fileModAbility(facts);
    },
    mustUsePlugins: async ({ siteId }, _args, { extensions }) => mustUsePlugins(await extensions.managedFacts(siteId)),
  },
  PluginConnection: {
    totalCount: (connection) => connection.countAll(),
    freshness: ({ siteId }, _args, { extensions }) => (siteId === null ? null : extensions.freshness(siteId)),
  },
  CatalogConnection: {
    totalCount: (connection) => connection.countAll(),
  },
  InstalledExtension: {
    __resolveType: (extension) => ('file' in extension ? 'InstalledPlugin' : 'InstalledTheme'),
  },
  InstalledPlugin: {
    __resolveReference({ id }, { extensions }) {
      const decoded = decodeGlobalId(id);
      return decoded?.type === 'InstalledPlugin' ? extensions.plugin(decoded.siteId, decoded.localId) : null;
    },
    id: (plugin) => encodeGlobalId(plugin.siteId, 'InstalledPlugin', plugin.file),
    site: (plugin) => siteModel(plugin.siteId),
    path: (plugin) => plugin.file,
    installedVersion: (plugin) => plugin.version,
    authorName,
    authorUrl: (plugin) => urlOrNull(header(plugin, 'AuthorURI')),
    description: (plugin) => plainText(textOrNull(header(plugin, 'Description')) ?? ''),
    pluginUrl: (plugin) => urlOrNull(header(plugin, 'PluginURI')),
    activation,
    autoUpdate,
    autoUpdateTranslations: (plugin) => (typeof plugin.details['autoUpdateTranslations'] === 'boolean' ? plugin.details['autoUpdateTranslations'] : null),
    update: (plugin) => updateOf('plugin', plugin),
    vulnerabilities: (plugin, _args, { extensions }) => extensions.vulnerabilities(installedVersion('plugin', plugin)),
    requiresWp: (plugin) => textOrNull(header(plugin, 'RequiresWP')),
    requiresPhp: (plugin) => textOrNull(header(plugin, 'RequiresPHP')),
    actionLinks: (plugin) => plugin.details['actionLinks'] ?? null,
    catalog: (plugin, _args, { catalog }) => catalog.find(plugin.slug),
    managed: async (plugin, _args, { extensions }) => isManaged(await extensions.facts(plugin.siteId)),
    restrictions: async (plugin, _args, { extensions }) => restrictionsOf(plugin, await extensions.facts(plugin.siteId)),
    uninstallable: async (plugin, _args, { extensions }) => registersUninstall(plugin, await extensions.facts(plugin.siteId)),
    freshness: (plugin, _args, { extensions }) => extensions.freshness(plugin.siteId),
  },
  InstalledTheme: {
    __resolveReference({ id }, { extensions }) {
      const decoded = decodeGlobalId(id);
      return decoded?.type === 'InstalledTheme' ? extensions.theme(decoded.siteId, decoded.localId) : null;
    },
    id: (theme) => encodeGlobalId(theme.siteId, 'InstalledTheme', theme.slug),
    site: (theme) => siteModel(theme.siteId),
    path: (theme) => theme.slug,
    installedVersion: (theme) => theme.version,
    authorName,
    parent: (theme, _args, { extensions }) => (theme.parentSlug === null ? null : extensions.theme(theme.siteId, theme.parentSlug)),
    isActive: (theme) => theme.active,
    isBlockTheme: (theme) => (typeof theme.details['isBlockTheme'] === 'boolean' ? theme.details['isBlockTheme'] : null),
    supports: (theme) => texts(theme.details['supports']),
    async widgetAreas(theme, _args, { extensions }) {
      if (!theme.mayManage) return null;
      return widgetAreasOf(theme.active ? (await extensions.facts(theme.siteId))?.settings['OPTION:sidebars_widgets'] : await extensions.formerWidgets(theme.siteId, theme.slug));
    },
    registeredMenuLocations: (theme) => texts(theme.details['menuLocations']) ?? [],
    autoUpdate: (theme) => (theme.mayManage ? autoUpdate(theme) : null),
    update: (theme) => (theme.mayManage ? updateOf('theme', theme) : null),
    vulnerabilities: (theme, _args, { extensions }) => (theme.mayManage ? extensions.vulnerabilities(installedVersion('theme', theme)) : []),
    globalStyles: async (theme, _args, { extensions }) => {
      const stored = await extensions.stylesSeen(theme.siteId, theme.slug);
      return stored && { ...stylesOf(stored), version: stylesVersion(stored) };
    },
    mods: (theme, _args, { extensions }) => extensions.modsOf(theme.siteId, theme.slug),
    freshness: (theme, _args, { extensions }) => extensions.freshness(theme.siteId),
  },
  AvailableUpdate: {
    requiresWp: ({ offer }) => textOrNull(offer['requires']),
    requiresPhp: ({ offer }) => textOrNull(offer['requires_php']),
    testedUpTo: ({ offer }) => textOrNull(offer['tested']),
    changelogUrl: ({ offer }) => urlOrNull(offer['url']),
    packageAvailable: ({ offer }) => offer['packageAvailable'] === true,
    securityFix: async ({ installed }, _args, { extensions }) => (await extensions.vulnerabilities(installed)).some((found) => found.isFixedByOffer),
    compatible: async ({ siteId, offer }, _args, { extensions }) => isCompatible(offer, await extensions.facts(siteId)),
  },
  Fleet: {
    plugins: ({ siteIds }, { first, after, filter }, { extensions }) => extensions.fleetPlugins.grouped(siteIds, { first, after }, filter),
    themes: ({ themeSiteIds }, { first, after, filter }, { extensions }) => extensions.fleetThemes.grouped(themeSiteIds, { first, after }, filter),
    installs: async ({ siteIds }, { first, after, filter }, { extensions }) => ({ ...(await extensions.fleetPlugins.installs(siteIds, { first, after }, filter)), siteId: null }),
    sitesWithUpdates: async (fleet, _args, { extensions }) => (await extensions.fleetUpdates(fleet)).sitesWithUpdates,
    securityFixes: async (fleet, _args, { extensions }) => (await extensions.fleetUpdates(fleet)).securityFixes,
    async vulnerabilityFeed(_fleet, _args, { extensions }) {
      const feed = await extensions.feed();
      return feed?.configured === true ? feed : { configured: false, entries: 0, refreshedAt: null, error: null };
    },
  },
  FleetPluginConnection: {
    totalCount: (connection) => connection.countAll(),
  },
  FleetPlugin: {
    installs: async (plugin, { first, after }, { extensions }) => ({ ...(await extensions.fleetPlugins.installsOf(plugin, { first, after })), siteId: null }),
  },
  FleetThemeConnection: {
    totalCount: (connection) => connection.countAll(),
  },
  FleetTheme: {
    async installs(theme, { first, after }, { extensions }) {
      const page = await extensions.fleetThemes.installsOf(theme, { first, after });
      return { ...page, nodes: page.nodes.map((record) => ({ ...record, mayManage: true })) };
    },
  },
  ThemeConnection: {
    totalCount: (connection) => connection.countAll(),
  },
};

/** The areas in an option of widgets; those that are switched off belong to no area. */
function widgetAreasOf(value: unknown): string[] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.entries(value).filter(([name, widgets]) => name !== 'wp_inactive_widgets' && typeof widgets === 'object').map(([name]) => name).sort();
}

function texts(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : null;
}
