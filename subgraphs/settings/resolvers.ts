// The resolvers of the settings subgraph. Facts that are not for everybody are decided here by the viewer's access;
// the gateway has refused tokens without the scope before.
import { maySeeSettings } from '../../auth/visibility.js';
import { AppError } from '../../core/errors.js';
import type { SiteId } from '../../core/ids.js';
import type { SiteFactsRow } from '../../store/read/settings.js';
import { findSiteByUrl } from '../../store/sites.js';
import type { SiteAccess } from '../shared/access.js';
import { freshnessOf } from '../shared/freshness.js';
import { badUserInput, parseFirst } from '../shared/pages.js';
import { parseSiteIds, readChanges, type ChangesArguments } from './changes.js';
import type { Resolvers } from './generated.js';
import { MAX_SYNC_LIST, type SettingsContext } from './loaders.js';
import type { SiteModel } from './models.js';
import { resyncMutations } from './mutations/resync.js';
import { conflictResolvers, updateMutations, updatePayloadResolvers } from './mutations/update.js';
import { decodeNode, siteById, siteModel } from './nodes.js';
import * as facts from './site-facts.js';
import { listByKind, listOptions, listSites } from './site-lists.js';
import { syncStatus } from './sync-status.js';
import { followWrite } from './write-receipts.js';

const MAX_NODES = 100;

async function factsOf({ siteId }: SiteModel, { loaders }: SettingsContext): Promise<SiteFactsRow> {
  const row = await loaders.siteFacts(siteId);
  if (!row) throw new AppError('NOT_FOUND', 'the site was removed while it was being read');
  return row;
}

type Fact<T> = (row: SiteFactsRow, context: SettingsContext) => T | Promise<T>;

/** A fact for everybody. */
function open<T>(fact: Fact<T>) {
  return async (site: SiteModel, _args: object, context: SettingsContext): Promise<T> => fact(await factsOf(site, context), context);
}

/** A fact for those whom `may` lets see it, null for others. */
function guarded<T>(may: (access: SiteAccess) => boolean, fact: Fact<T>) {
  return async (site: SiteModel, _args: object, context: SettingsContext): Promise<T | null> => {
    const access = await context.access.site(site.siteId);
    return access && may(access) ? fact(await factsOf(site, context), context) : null;
  };
}

const hasAccount = (access: SiteAccess): boolean => access.isOperator || access.userId !== null;
const managesOptions = (access: SiteAccess): boolean => maySeeSettings(access.caps);

const changesOf = (siteIds: readonly SiteId[], args: Omit<ChangesArguments, 'siteIds'>, context: SettingsContext) =>
  readChanges(context.store, context.access, context.viewer, { ...args, siteIds });

export const resolvers: Resolvers<SettingsContext> = {
  Query: {
    site: (_root, { id }, context) => siteById(id, context),
    async siteByUrl(_root, { url }, { store }) {
      const found = await findSiteByUrl(store.database, url);
      return found && siteModel(found.id);
    },
    sites: (_root, args, context) => listSites(context, args),
    node: (_root, { id }) => decodeNode(id),
    nodes(_root, { ids }) {
      if (ids.length > MAX_NODES) throw badUserInput(`ids must hold at most ${MAX_NODES} ids; got ${ids.length}`);
      return ids.map(decodeNode);
    },
    changes: (_root, { siteIds, ...args }, context) => changesOf(parseSiteIds(siteIds), args, context),
    write: (_root, { id }, context) => followWrite(id, context),
  },
  Mutation: { ...resyncMutations, ...updateMutations },
  SiteSettingsUpdatePayload: updatePayloadResolvers,
  SettingsConflict: conflictResolvers,
  SyncStatus: {
    activity: async ({ siteId }, { hours }, { loaders }) => [...(await loaders.activity(siteId, parseHours(hours)))],
    findings: async ({ siteId }, { first }, { loaders }) => (await loaders.findings(siteId)).slice(0, parseFirst(first, 20, MAX_SYNC_LIST)),
    runs: async ({ siteId }, { first }, { loaders }) => (await loaders.runs(siteId)).slice(0, parseFirst(first, 10, MAX_SYNC_LIST)),
  },
  SyncRun: {
    progress: ({ progress }) => Object.entries(progress).map(([name, part]) => ({ name, ...part })),
  },
  SiteConnection: {
    edges: ({ nodes, cursors }) => nodes.map((node, index) => ({ node, cursor: cursors[index] ?? '' })),
    totalCount: ({ countAll }) => countAll(),
  },
  SettingConnection: { totalCount: ({ countAll }) => countAll() },
  Change: { cursor: ({ cursor }) => cursor() },
  Site: {
    __resolveReference: ({ id }, context) => siteById(id, context),
    homeUrl: open(facts.homeUrl),
    adminUrl: guarded(hasAccount, facts.adminUrl),
    name: open(facts.siteName),
    tagline: open(facts.tagline),
    timezone: open((row, { now }) => facts.timezone(row, now)),
    locale: open(facts.locale),
    charset: open(facts.charset),
    icon: open(facts.icon),
    permalinkStructure: open(facts.permalinkStructure),
    isMultisite: open(facts.isMultisite),
    isPrivate: open(facts.isPrivate),
    wordpressVersion: guarded(hasAccount, facts.wordpressVersion),
    phpVersion: guarded(managesOptions, facts.phpVersion),
    environment: guarded(hasAccount, facts.environment),
    features: guarded(hasAccount, facts.features),
    settings: guarded(managesOptions, (row, { now }) => facts.siteSettings(row, now)),
    options: (site, args, context) => listOptions(context, site.siteId, args),
    constants: (site, { names }, context) => listByKind(context, site.siteId, 'CONSTANT', names),
    callables: (site, { names }, context) => listByKind(context, site.siteId, 'CALLABLE', names),
    connection: open((row, { now }) => facts.connectionState(row, now)),
    sync: guarded(managesOptions, async (row, { loaders, now }) => syncStatus(row, await loaders.syncFacts(row.id), now)),
    changes: (site, args, context) => changesOf([site.siteId], args, context),
    freshness: open(freshnessOf),
    version: open(facts.siteVersion),
  },
};

/** The longest span of `SyncStatus.activity`, thirty days. */
const MAX_ACTIVITY_HOURS = 720;

function parseHours(hours: number | null | undefined): number {
  if (hours === null || hours === undefined) return 24;
  if (hours >= 1 && hours <= MAX_ACTIVITY_HOURS) return hours;
  throw badUserInput(`hours must be a whole number from 1 to ${MAX_ACTIVITY_HOURS}; got ${hours}`);
}
