// Lists of sites and of settings: arguments to filters, rows to pages. Called by the resolvers.
import type { Viewer } from '../../auth/viewer.js';
import { encode } from 'html-entities';
import type { SiteId } from '../../core/ids.js';
import { countSites, listSiteIds, type SettingListFilter, type SettingRow, type SiteListFilter } from '../../store/read/settings.js';
import { badUserInput, createPage, decodeCursor, encodeCursor, hashList, parseFirst } from '../shared/pages.js';
import { toActor } from './actors.js';
import type { SettingsContext } from './loaders.js';
import type { SettingConnectionModel, SettingModel, SiteConnectionModel } from './models.js';
import { siteModel } from './nodes.js';
import { DEGRADED_LAG_SECONDS, SILENCE_MS } from './site-facts.js';

const DEFAULT_SITES = 20;
const DEFAULT_SETTINGS = 100;
const MAX_SEARCH_CHARACTERS = 200;
const MAX_NAMES = 200;

interface SitesArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly filter?: { readonly search?: string | null | undefined; readonly connection?: SiteListFilter['connection'] | undefined } | null | undefined;
}

/** The sites that the viewer has an account on, all for the operator, none for visitors. */
export async function listSites(context: SettingsContext, args: SitesArguments): Promise<SiteConnectionModel> {
  const { database } = context.store;
  const first = parseFirst(args.first, DEFAULT_SITES);
  const search = parseSearch(args.filter?.search);
  const connection = args.filter?.connection ?? null;
  const hash = hashList('sites', search, connection);
  const after = decodeCursor(args.after, hash, ['number']);
  const filter: SiteListFilter = {
    siteIds: await boundSites(context),
    search,
    connection,
    silentSince: new Date(context.now.getTime() - SILENCE_MS),
    maxLagSeconds: DEGRADED_LAG_SECONDS,
  };
  const ids = await listSiteIds(database, filter, after?.[0] ?? 0, first + 1);
  const page = createPage(ids, first, after === null, (siteId) => encodeCursor(hash, [siteId]));
  return { nodes: page.nodes.map(siteModel), cursors: page.cursors, pageInfo: page.pageInfo, countAll: () => countSites(database, filter) };
}

async function boundSites({ viewer, access }: SettingsContext): Promise<SiteId[] | null> {
  if (viewer.kind === 'operator') return null;
  const found = await Promise.all(accountsOf(viewer).map((siteId) => access.site(siteId)));
  return found.flatMap((site) => (site && site.userId !== null ? [site.siteId] : []));
}

const accountsOf = (viewer: Viewer): SiteId[] => (viewer.kind === 'person' ? [...new Set(viewer.users.map((user) => user.siteId))] : []);

// Names are stored with entities, so the text is looked for in both spellings.
function parseSearch(search: string | null | undefined): string[] | null {
  const text = search?.trim().toLowerCase() ?? '';
  if (text === '') return null;
  if (text.length > MAX_SEARCH_CHARACTERS || text.includes('\0')) throw badUserInput(`filter.search must be at most ${MAX_SEARCH_CHARACTERS} characters of text`);
  return [...new Set([text, encode(text, { mode: 'specialChars', numeric: 'decimal', level: 'html5' }), text.replaceAll('&', '&amp;')])];
}

interface OptionsArguments {
  readonly names?: readonly string[] | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** A page of a site's options; null for who may not see settings. */
export async function listOptions({ loaders }: SettingsContext, siteId: SiteId, args: OptionsArguments): Promise<SettingConnectionModel | null> {
  const first = parseFirst(args.first, DEFAULT_SETTINGS);
  const names = parseNames(args.names);
  const hash = hashList('options', siteId, names);
  const after = decodeCursor(args.after, hash, ['text', 'text']);
  const filter: SettingListFilter = {
    kinds: ['OPTION', 'NETWORK_OPTION'],
    names,
    after: after && { name: after[0] ?? '', kind: after[1] ?? '' },
    limit: first + 1,
  };
  const rows = await loaders.settings(siteId, filter);
  if (rows === null) return null;
  const page = createPage(rows, first, after === null, (row) => encodeCursor(hash, [row.name, row.kind]));
  return { nodes: page.nodes.map(settingModel), pageInfo: page.pageInfo, countAll: () => loaders.settingCount(siteId, { ...filter, after: null, limit: null }) };
}

/** All constants or callables of a site; null for who may not see settings. */
export async function listByKind(
  { loaders }: SettingsContext,
  siteId: SiteId,
  kind: 'CONSTANT' | 'CALLABLE',
  names: readonly string[] | null | undefined,
): Promise<SettingModel[] | null> {
  const rows = await loaders.settings(siteId, { kinds: [kind], names: parseNames(names), after: null, limit: null });
  return rows && rows.map(settingModel);
}

function parseNames(names: readonly string[] | null | undefined): readonly string[] | null {
  if (names === null || names === undefined) return null;
  if (names.length > MAX_NAMES || names.some((name) => name.includes('\0'))) throw badUserInput(`names must hold at most ${MAX_NAMES} names; got ${names.length}`);
  return [...new Set(names)].sort();
}

function settingModel(row: SettingRow): SettingModel {
  return {
    name: row.name,
    kind: row.kind as SettingModel['kind'],
    value: row.redacted ? null : row.value,
    redacted: row.redacted,
    updatedAt: new Date(row.rev / 1000),
    updatedBy: toActor(row.siteId, row.actor),
  };
}
