// The loaders of the settings subgraph, made once a request: sites with their describing settings, lists of settings,
// how synchronization stands. Sites and lists asked together are read with one statement each. Who may see settings is decided here.
import DataLoader from 'dataloader';
import { currentTime } from '../../core/answer-sources.js';
import type { Viewer } from '../../auth/viewer.js';
import { maySeeSettings } from '../../auth/visibility.js';
import { AppError } from '../../core/errors.js';
import type { SiteId } from '../../core/ids.js';
import type { WriteDesk } from '../../origin/writes/run.js';
import {
  countSettings, listSettings, readSiteFacts, type SettingListFilter, type SettingRow, type SiteFactsRow,
} from '../../store/read/settings.js';
import { readOpenFindings, readSyncFacts, type OpenFinding, type SyncFactsRow } from '../../store/read/sync-facts.js';
import { readSyncActivity, type ActivitySlice } from '../../store/read/sync-activity.js';
import type { Store } from '../../store/store.js';
import { latestRuns, type SyncRunRow } from '../../store/sync-runs.js';
import { accessLoader, type AccessLoader } from '../shared/access.js';
import type { RequestContext } from '../shared/context.js';
import { canonicalText } from '../shared/pages.js';
import { createWriter, type Writer } from '../shared/writes.js';

/** The context value of one request. */
export interface SettingsContext {
  readonly store: Store;
  readonly viewer: Viewer;
  readonly access: AccessLoader;
  readonly loaders: SettingsLoaders;
  readonly writer: Writer;
  /** One instant for the whole answer. */
  readonly now: Date;
}

export interface SettingsLoaders {
  /** A site with its describing settings; null when there is no such site. */
  siteFacts(siteId: SiteId): Promise<SiteFactsRow | null>;
  /** Has a site read again when it is asked for next: it was written to. */
  forgetSite(siteId: SiteId): void;
  /** One page of a site's settings, for who may see them; null for others. */
  settings(siteId: SiteId, filter: SettingListFilter): Promise<readonly SettingRow[] | null>;
  /** How many settings such a list has. */
  settingCount(siteId: SiteId, filter: SettingListFilter): Promise<number>;
  /** How a site's synchronization stands, for who may see settings; null for others. */
  syncFacts(siteId: SiteId): Promise<SyncFactsRow | null>;
  /** What is wrong with a site, at most {@link MAX_SYNC_LIST}; empty for who may not see settings. */
  findings(siteId: SiteId): Promise<readonly OpenFinding[]>;
  /** The newest runs of a site, at most {@link MAX_SYNC_LIST}; empty for who may not see settings. */
  runs(siteId: SiteId): Promise<readonly SyncRunRow[]>;
  /** What happened on a site in the hours before the answer; empty for who may not see settings. */
  activity(siteId: SiteId, hours: number): Promise<readonly ActivitySlice[]>;
}

/** Findings and runs that one site shows at most. */
export const MAX_SYNC_LIST = 50;

interface SettingListKey {
  readonly siteId: SiteId;
  readonly filter: SettingListFilter;
}

const listKeyText = ({ siteId, filter }: SettingListKey): string => `${siteId} ${canonicalText(filter)}`;

/** Creates the context of one request. */
export function createSettingsContext(store: Store, request: RequestContext, desk: WriteDesk | null = null): SettingsContext {
  const access = accessLoader(store, request);
  let now: Date | undefined;
  const context = {
    store, viewer: request.viewer, access, writer: createWriter(desk, request),
    // One moment for all of a request, read when it is asked for: an answer that looks at the clock is kept for a moment only.
    get now() {
      return (now ??= currentTime());
    },
  };
  return Object.assign(context, { loaders: createSettingsLoaders(store, access, context) });
}

function createSettingsLoaders(store: Store, access: AccessLoader, clock: { readonly now: Date }): SettingsLoaders {
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
  const syncFacts = new DataLoader<SiteId, SyncFactsRow | null>(async (siteIds) => {
    const rows = await readSyncFacts(database, siteIds);
    return siteIds.map((siteId) => rows.get(siteId) ?? null);
  });
  const findings = new DataLoader<SiteId, readonly OpenFinding[]>(async (siteIds) => {
    const rows = await readOpenFindings(database, siteIds, MAX_SYNC_LIST);
    return siteIds.map((siteId) => rows.filter((row) => row.siteId === siteId));
  });
  const runs = new DataLoader<SiteId, readonly SyncRunRow[]>(async (siteIds) => {
    const rows = await latestRuns(database, siteIds, MAX_SYNC_LIST);
    return siteIds.map((siteId) => rows.filter((row) => row.siteId === siteId));
  });
  const activity = new DataLoader<{ readonly siteId: SiteId; readonly hours: number }, readonly ActivitySlice[], string>(
    async (keys) => {
      const spans = [...new Set(keys.map(({ hours }) => hours))];
      const read = await Promise.all(spans.map((hours) => readSyncActivity(database, keys.filter((key) => key.hours === hours).map(({ siteId }) => siteId), hours, clock.now)));
      return keys.map(({ siteId, hours }) => read[spans.indexOf(hours)]?.get(siteId) ?? []);
    },
    { cacheKeyFn: ({ siteId, hours }) => `${siteId} ${hours}` },
  );
  const isOpen = async (siteId: SiteId): Promise<boolean> => {
    const found = await access.site(siteId);
    return found !== null && maySeeSettings(found.caps);
  };
  return {
    siteFacts: (siteId) => siteFacts.load(siteId),
    forgetSite: (siteId) => void siteFacts.clear(siteId),
    settings: async (siteId, filter) => ((await isOpen(siteId)) ? settings.load({ siteId, filter }) : null),
    settingCount: async (siteId, filter) => ((await isOpen(siteId)) ? settingCount.load({ siteId, filter }) : 0),
    syncFacts: async (siteId) => ((await isOpen(siteId)) ? syncFacts.load(siteId) : null),
    findings: async (siteId) => ((await isOpen(siteId)) ? findings.load(siteId) : []),
    runs: async (siteId) => ((await isOpen(siteId)) ? runs.load(siteId) : []),
    activity: async (siteId, hours) => ((await isOpen(siteId)) ? activity.load({ siteId, hours }) : []),
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
