// The paged lists of plugins: those of a site, of the fleet, and the installations of one of the fleet's plugins. Used by
// loaders.ts, one object a request. Lists under several parents with equal arguments are read with one statement.
import type { SiteId } from '../../core/ids.js';
import {
  countFleetInstalls,
  countFleetPlugins,
  countPlugins,
  fleetInstallPages,
  fleetPluginPage,
  pluginPages,
  type ExtensionConditions,
  type PluginRecord,
} from '../../store/read/extensions.js';
import type { Queryable } from '../../store/database.js';
import { createGroupLoader, createValueLoader } from '../shared/list-loaders.js';
import { createPage, decodeCursor, encodeCursor, hashList, parseFirst, type ConnectionModel } from '../shared/pages.js';
import type { ExtensionFilter } from './generated.js';
import type { FleetModel, FleetPluginModel, PluginConnectionModel } from './models.js';

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

const SITE_PLUGINS_DEFAULT = 100;
const FLEET_DEFAULT = 50;

export interface PluginLists {
  ofSite(siteId: SiteId, page: PageArguments, filter: ExtensionFilter | null | undefined): Promise<PluginConnectionModel>;
  ofFleet(fleet: FleetModel, page: PageArguments, filter: ExtensionFilter | null | undefined): Promise<ConnectionModel<FleetPluginModel>>;
  installsOf(plugin: FleetPluginModel, page: PageArguments): Promise<PluginConnectionModel>;
}

/** A filter as the statements take it. An empty search does not matter; an empty list of states matches nothing. */
export function conditionsOf(filter: ExtensionFilter | null | undefined): ExtensionConditions {
  return {
    search: filter?.search ? filter.search : null,
    statuses: filter?.status ?? null,
    hasUpdate: filter?.hasUpdate ?? null,
    autoUpdate: filter?.autoUpdate ?? null,
  };
}

/** Creates the lists of one request. */
export function createPluginLists(db: Queryable): PluginLists {
  const sitePages = createGroupLoader<SiteId, SitePage, PluginRecord>(
    (siteIds, page) => pluginPages(db, siteIds, page.conditions, page.afterFile, page.limit),
    String,
    (record) => record.siteId,
  );
  const siteCounts = createValueLoader<SiteId, ExtensionConditions, number>(async (siteIds, conditions) => byText(await countPlugins(db, siteIds, conditions)), String, 0);
  const installPages = createGroupLoader<string, InstallPage, PluginRecord>(
    (slugs, page) => fleetInstallPages(db, slugs, page.siteIds, page.conditions, page.after, page.limit),
    String,
    (record) => record.slug,
  );
  const installCounts = createValueLoader<string, FleetConditions, number>((slugs, fleet) => countFleetInstalls(db, slugs, fleet.siteIds, fleet.conditions), String, 0);
  return {
    async ofSite(siteId, args, filter) {
      const first = parseFirst(args.first, SITE_PLUGINS_DEFAULT);
      const conditions = conditionsOf(filter);
      const list = hashList('Site.plugins', siteId, conditions);
      const after = decodeCursor(args.after, list, ['text']);
      const rows = await sitePages(siteId, { conditions, afterFile: after?.[0] ?? null, limit: first + 1 });
      const page = createPage(rows, first, after === null, (row) => encodeCursor(list, [row.file]));
      return { ...page, siteId, countAll: () => siteCounts(siteId, conditions) };
    },
    async ofFleet(fleet, args, filter) {
      const first = parseFirst(args.first, FLEET_DEFAULT);
      const conditions = conditionsOf(filter);
      const list = hashList('Fleet.plugins', fleet.siteIds, conditions);
      const after = decodeCursor(args.after, list, ['text']);
      const rows = await fleetPluginPage(db, fleet.siteIds, conditions, after?.[0] ?? null, first + 1);
      const page = createPage(rows.map((row) => ({ ...row, fleet, conditions })), first, after === null, (row) => encodeCursor(list, [row.slug]));
      return { ...page, countAll: () => countFleetPlugins(db, fleet.siteIds, conditions) };
    },
    async installsOf(plugin, args) {
      const first = parseFirst(args.first, FLEET_DEFAULT);
      const { conditions, fleet } = plugin;
      const list = hashList('FleetPlugin.installs', plugin.slug, fleet.siteIds, conditions);
      const cursor = decodeCursor(args.after, list, ['number', 'text']);
      const after = cursor === null ? null : { siteId: (cursor[0] ?? 0) as SiteId, file: cursor[1] ?? '' };
      const rows = await installPages(plugin.slug, { siteIds: fleet.siteIds, conditions, after, limit: first + 1 });
      const page = createPage(rows, first, after === null, (row) => encodeCursor(list, [row.siteId, row.file]));
      return { ...page, siteId: null, countAll: () => installCounts(plugin.slug, { siteIds: fleet.siteIds, conditions }) };
    },
  };
}

interface SitePage {
  readonly conditions: ExtensionConditions;
  readonly afterFile: string | null;
  readonly limit: number;
}

interface FleetConditions {
  readonly siteIds: readonly SiteId[] | null;
  readonly conditions: ExtensionConditions;
}

interface InstallPage extends FleetConditions {
  readonly after: { readonly siteId: SiteId; readonly file: string } | null;
  readonly limit: number;
}

function byText(counts: ReadonlyMap<SiteId, number>): Map<string, number> {
  return new Map([...counts].map(([siteId, count]) => [String(siteId), count]));
}
