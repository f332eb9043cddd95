// The loaders of the settings subgraph, made once a request: sites with their describing settings, lists of settings,
// full syncs. Sites and lists asked together are read with one statement each. Who may see settings is decided here.
import DataLoader from 'dataloader';
import type { Viewer } from '../../auth/viewer.js';
import { maySeeSettings } from '../../auth/visibility.js';
import { AppError } from '../../core/errors.js';
import type { SiteId } from '../../core/ids.js';
import {
  countSettings, listSettings, readNewestFullSyncs, readSiteFacts, type FullSyncRow, type SettingListFilter, type SettingRow, type SiteFactsRow,
} from '../../store/read/settings.js';
import type { Store } from '../../store/store.js';
import { createAccessLoader, type AccessLoader } from '../shared/access.js';
import type { RequestContext } from '../shared/context.js';
import { canonicalText } from '../shared/pages.js';

/** The context value of one request. */
export interface SettingsContext {
  readonly store: Store;
  readonly viewer: Viewer;
  readonly access: AccessLoader;
  readonly loaders: SettingsLoaders;
  /** One instant for the whole answer. */
  readonly now: Date;
}

export interface SettingsLoaders {
  /** A site with its describing settings; null when there is no such site. */
  siteFacts(siteId: SiteId): Promise<SiteFactsRow | null>;
  /** One page of a site's settings, for who may see them; null for others. */
  settings(siteId: SiteId, filter: SettingListFilter): Promise<readonly SettingRow[] | null>;
  /** How many settings such a list has. */
  settingCount(siteId: SiteId, filter: SettingListFilter): Promise<number>;
  /** The newest full sync of a site; null when there was none. */
  fullSync(siteId: SiteId): Promise<FullSyncRow | null>;
}

interface SettingListKey {
  readonly siteId: SiteId;
  readonly filter: SettingListFilter;
}

const listKeyText = ({ siteId, filter }: SettingListKey): string => `${siteId} ${canonicalText(filter)}`;

/** Creates the context of one request. */
export function createSettingsContext(store: Store, request: RequestContext): SettingsContext {
  const access = createAccessLoader(store, request);
  return { store, viewer: request.viewer, access, loaders: createSettingsLoaders(store, access), now: new Date() };
}

function createSettingsLoaders(store: Store, access: AccessLoader): SettingsLoaders {
  const { database } = store;
  const siteFacts = new DataLoader<SiteId, SiteFactsRow | null>(async (siteIds) => {
    const rows = await readSiteFacts(database, siteIds);
    return siteIds.map((siteId) => rows.get(siteId) ?? null);
  });
  const settings = new DataLoader<SettingListKey, readonly SettingRow[] | null, string>(
    (keys) =>
      inFilterGroups(keys, async (siteIds, filter) => {
        const rows = await listSettings(database, siteIds, filter);
        return (siteId) => rows.filter((row) => row.siteId === siteId);
      }),
    { cacheKeyFn: listKeyText },
  );
  const settingCount = new DataLoader<SettingListKey, number, string>(
    (keys) =>
      inFilterGroups(keys, async (siteIds, filter) => {
        const counts = await countSettings(database, siteIds, filter);
        return (siteId) => counts.get(siteId) ?? 0;
      }),
    { cacheKeyFn: listKeyText },
  );
  const fullSync = new DataLoader<SiteId, FullSyncRow | null>(async (siteIds) => {
    const rows = await readNewestFullSyncs(database, siteIds);
    return siteIds.map((siteId) => rows.get(siteId) ?? null);
  });
  const isOpen = async (siteId: SiteId): Promise<boolean> => {
    const found = await access.site(siteId);
    return found !== null && maySeeSettings(found.caps);
  };
  return {
    siteFacts: (siteId) => siteFacts.load(siteId),
    settings: async (siteId, filter) => ((await isOpen(siteId)) ? settings.load({ siteId, filter }) : null),
    settingCount: async (siteId, filter) => ((await isOpen(siteId)) ? settingCount.load({ siteId, filter }) : 0),
    fullSync: async (siteId) => ((await isOpen(siteId)) ? fullSync.load(siteId) : null),
  };
}

/** Runs one statement for all sites that ask for the same list. */
async function inFilterGroups<T>(
  keys: readonly SettingListKey[],
  read: (siteIds: readonly SiteId[], filter: SettingListFilter) => Promise<(siteId: SiteId) => T>,
): Promise<T[]> {
  const groups = new Map<string, { readonly filter: SettingListFilter; readonly siteIds: SiteId[] }>();
  for (const { siteId, filter } of keys) {
    const text = canonicalText(filter);
    const group = groups.get(text);
    if (group) group.siteIds.push(siteId);
    else groups.set(text, { filter, siteIds: [siteId] });
  }
  const answers = new Map([...groups].map(([text, group]) => [text, read(group.siteIds, group.filter)]));
  return Promise.all(
    keys.map(async ({ siteId, filter }) => {
      const answer = await answers.get(canonicalText(filter));
      if (!answer) throw new AppError('INTERNAL', 'a list was asked for outside its group');
      return answer(siteId);
    }),
  );
}
