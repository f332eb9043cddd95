// The paged lists across sites: plugins or themes grouped by slug, the installations of one slug, and all installations. Used by
// loaders.ts, one object a kind and a request. The installations of many slugs are read with one statement.
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../../store/database.js';
import type { ExtensionConditions } from '../../store/read/extensions.js';
import { countFleet, countInstalls, countInstallsOf, fleetPage, installPage, installPagesOf, type FleetKind, type InstallPosition, type RecordOf } from '../../store/read/fleet.js';
import { createGroupLoader, createValueLoader } from '../shared/list-loaders.js';
import { createPage, decodeCursor, encodeCursor, hashList, parseFirst, type ConnectionModel } from '../shared/pages.js';
import type { ExtensionFilter } from './generated.js';
import type { FleetConnectionModel, FleetItemModel } from './models.js';
import { conditionsOf, type PageArguments } from './plugin-lists.js';

type Sites = readonly SiteId[] | null;

export interface FleetLists<Kind extends FleetKind> {
  grouped(sites: Sites, page: PageArguments, filter: ExtensionFilter | null | undefined): Promise<FleetConnectionModel>;
  installsOf(item: FleetItemModel, page: PageArguments): Promise<ConnectionModel<RecordOf<Kind>>>;
  installs(sites: Sites, page: PageArguments, filter: ExtensionFilter | null | undefined): Promise<ConnectionModel<RecordOf<Kind>>>;
}

const DEFAULT = 50;

/** Creates the lists of one kind for one request. */
export function createFleetLists<Kind extends FleetKind>(db: Queryable, kind: Kind): FleetLists<Kind> {
  type Found = RecordOf<Kind>;
  const keyOf = (row: Found): string => ('file' in row ? String(row.file) : row.slug);
  const pages = createGroupLoader<string, InstallPage, Found>(
    (slugs, page) => installPagesOf(db, kind, slugs, page.sites, page.conditions, page.after, page.limit),
    String,
    (row) => row.slug,
  );
  const counts = createValueLoader<string, Chosen, number>((slugs, { sites, conditions }) => countInstallsOf(db, kind, slugs, sites, conditions), String, 0);
  return {
    async grouped(sites, args, filter) {
      const first = parseFirst(args.first, DEFAULT);
      const conditions = conditionsOf(filter);
      const list = hashList(`Fleet.${kind}s`, sites, conditions);
      const after = decodeCursor(args.after, list, ['text']);
      const rows = await fleetPage(db, kind, sites, conditions, after?.[0] ?? null, first + 1);
      const page = createPage(rows.map((row) => ({ ...row, sites, conditions })), first, after === null, (row) => encodeCursor(list, [row.slug]));
      return { ...page, countAll: () => countFleet(db, kind, sites, conditions) };
    },
    async installsOf({ slug, sites, conditions }, args) {
      const first = parseFirst(args.first, DEFAULT);
      const list = hashList(`Fleet.${kind}.installs`, slug, sites, conditions);
      const cursor = decodeCursor(args.after, list, ['number', 'text']);
      const after = cursor === null ? null : { siteId: (cursor[0] ?? 0) as SiteId, key: cursor[1] ?? '' };
      const rows = await pages(slug, { sites, conditions, after, limit: first + 1 });
      const page = createPage(rows, first, after === null, (row) => encodeCursor(list, [row.siteId, keyOf(row)]));
      return { ...page, countAll: () => counts(slug, { sites, conditions }) };
    },
    async installs(sites, args, filter) {
      const first = parseFirst(args.first, DEFAULT);
      const conditions = conditionsOf(filter);
      const list = hashList(`Fleet.${kind}Installs`, sites, conditions);
      const cursor = decodeCursor(args.after, list, ['text', 'number', 'text']);
      const after = cursor === null ? null : { slug: cursor[0] ?? '', siteId: (cursor[1] ?? 0) as SiteId, key: cursor[2] ?? '' };
      const rows = await installPage(db, kind, sites, conditions, after, first + 1);
      const page = createPage(rows, first, after === null, (row) => encodeCursor(list, [row.slug, row.siteId, keyOf(row)]));
      return { ...page, countAll: () => countInstalls(db, kind, sites, conditions) };
    },
  };
}

interface Chosen {
  readonly sites: Sites;
  readonly conditions: ExtensionConditions;
}

interface InstallPage extends Chosen {
  readonly after: Omit<InstallPosition, 'slug'> | null;
  readonly limit: number;
}
