// The paged list of a site's plugins. Used by loaders.ts, one object a request; the lists of several sites with equal arguments
// are read with one statement.
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../../store/database.js';
import { countPlugins, pluginPages, type ExtensionConditions, type PluginRecord } from '../../store/read/extensions.js';
import { createGroupLoader, createValueLoader } from '../shared/list-loaders.js';
import { createPage, decodeCursor, encodeCursor, hashList, parseFirst, parseText } from '../shared/pages.js';
import type { ExtensionFilter } from './generated.js';
import type { PluginConnectionModel } from './models.js';

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

const SITE_PLUGINS_DEFAULT = 100;

export interface PluginLists {
  ofSite(siteId: SiteId, page: PageArguments, filter: ExtensionFilter | null | undefined): Promise<PluginConnectionModel>;
}

/** A filter as the statements take it. An empty search does not matter; an empty list of states matches nothing. */
export function conditionsOf(filter: ExtensionFilter | null | undefined): ExtensionConditions {
  return {
    search: parseText('filter.search', filter?.search),
    statuses: filter?.status ?? null,
    hasUpdate: filter?.hasUpdate ?? null,
    autoUpdate: filter?.autoUpdate ?? null,
    vulnerable: filter?.vulnerable ?? null,
  };
}

/** Creates the lists of one request. */
export function createPluginLists(db: Queryable): PluginLists {
  const pages = createGroupLoader<SiteId, SitePage, PluginRecord>(
    (siteIds, page) => pluginPages(db, siteIds, page.conditions, page.afterFile, page.limit),
    String,
    (record) => record.siteId,
  );
  const counts = createValueLoader<SiteId, ExtensionConditions, number>(async (siteIds, conditions) => byText(await countPlugins(db, siteIds, conditions)), String, 0);
  return {
    async ofSite(siteId, args, filter) {
      const first = parseFirst(args.first, SITE_PLUGINS_DEFAULT);
      const conditions = conditionsOf(filter);
      const list = hashList('Site.plugins', siteId, conditions);
      const after = decodeCursor(args.after, list, ['text']);
      const rows = await pages(siteId, { conditions, afterFile: after?.[0] ?? null, limit: first + 1 });
      const page = createPage(rows, first, after === null, (row) => encodeCursor(list, [row.file]));
      return { ...page, siteId, countAll: () => counts(siteId, conditions) };
    },
  };
}

interface SitePage {
  readonly conditions: ExtensionConditions;
  readonly afterFile: string | null;
  readonly limit: number;
}

function byText(counts: ReadonlyMap<SiteId, number>): Map<string, number> {
  return new Map([...counts].map(([siteId, count]) => [String(siteId), count]));
}
