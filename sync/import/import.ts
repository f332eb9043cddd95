// Imports a site that has no Jetpack through its REST API: the first time and once a day everything by pages, in between what
// changed. Called by jobs/ for runs of kind IMPORT and by the command line; goes on where an interrupted run stopped.
import { createHash } from 'node:crypto';
import type { DecodedItem, DomainChange, Json } from '../../core/changes.js';
import type { Rev, SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { applyBatch } from '../../store/apply/apply.js';
import { readDuePostIds, readPostTypes, readSequence } from '../../store/read/import-state.js';
import { recordReading } from '../../store/site-contact.js';
import { findSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import type { DecodeOptions } from '../decode/item.js';
import { changesOfFacts } from './decode-settings.js';
import type { Listing } from './listing.js';
import { listingsOf } from './listings.js';
import { refresh, takeIn, type Progress, type Work } from './pages.js';
import { createSiteReader, ImportStopped } from './reader.js';
import { homeOf, readLinks, readRegistrations, readSiteFacts } from './read-site.js';
import { rolesOf, seeRoles } from './roles.js';
import { beginState, readState, type ImportMode } from './state.js';

export interface ImportContext {
  readonly store: Store;
  readonly client: SiteClient;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

export interface ImportRun {
  readonly siteId: SiteId;
  /** The cursor of the site's newest import, whatever became of it; null for the first. */
  readonly previous: Json | null;
  /** Keeps the cursor and tells how far the run is; after every page. */
  save(cursor: Json, progress: Progress): Promise<void>;
  /** Reads everything again, though a poll would do. */
  readonly isWhole?: boolean;
  /** Aborted when the process stops: the run ends after the page at hand and goes on later. */
  readonly signal?: AbortSignal;
  /** Requests after which a run gives way to others and goes on later. */
  readonly maxRequests?: number;
}

export interface ImportEnd {
  /** `paused`: the signal or the budget ended it; the cursor says where it goes on. */
  readonly kind: 'done' | 'paused';
  readonly mode: ImportMode;
  readonly requests: number;
  /** Entries written to the change log. */
  readonly changes: number;
  /** Parts that this person may not read. */
  readonly warnings: readonly string[];
}

const NO_OPTIONS: DecodeOptions = { extraPostMeta: new Set() };

/** Runs an import to its end or to its budget. Throws {@link ImportStopped} when the site cannot be read; the cursor is kept. */
export async function runImport(context: ImportContext, run: ImportRun): Promise<ImportEnd> {
  const { store, clock } = context;
  const site = await findSite(store.database, run.siteId);
  if (site === null) throw new ImportStopped('unknown-site', `site ${run.siteId} is not connected`);
  const reader = createSiteReader(context.client, run.siteId, clock);
  const known = await readRegistrations(reader);
  const state = beginState(readState(run.previous), known.index.siteTimeMs, clock(), await readSequence(store.database, run.siteId), run.isWhole ?? false);
  const homeUrl = homeOf(known.index.body, site.homeUrl);
  let changes = 0;
  const progress: Record<string, Progress[string]> = {};
  const apply = async (key: string, said: readonly DomainChange[], rev: Rev): Promise<void> => {
    const digest = digestOf(said);
    if (said.length === 0 || state.digests[key] === digest) return;
    const isRepeatable = !/:(gone|again)$/.test(key);
    changes += (await applyBatch(store, run.siteId, [toItem(key, said, rev)], new Date(clock()))).changes;
    if (isRepeatable) state.digests[key] = digest;
  };
  const work: Work = {
    reader, state, apply, progress, db: store.database,
    save: () => run.save(state as unknown as Json, progress),
    warn: (text) => void (state.warnings.length < 50 && state.warnings.push(text)),
    mayGoOn: () => run.signal?.aborted !== true && reader.requests < (run.maxRequests ?? Number.POSITIVE_INFINITY),
  };
  const end = (kind: ImportEnd['kind']): ImportEnd => ({ kind, mode: state.mode, requests: reader.requests, changes, warnings: state.warnings });

  if (!state.done.includes('site')) {
    const links = state.links ?? (await readLinks(reader, known, homeUrl));
    state.links = links as typeof state.links;
    await apply('site', await readSiteFacts(reader, known, links, work.warn), known.index.rev);
    await finish(work, 'site', 'settings');
  }
  const listings = listingsOf({ id: run.siteId, homeUrl }, known, NO_OPTIONS, (users) => void (state.roles = { ...seeRoles(state.roles, users) } as typeof state.roles));
  for (const listing of listings) {
    if (state.done.includes(listing.name)) continue;
    if (!work.mayGoOn()) return end('paused');
    if (!(await takeIn(work, listing, (ids) => refreshPosts(work, listings, run.siteId, ids)))) return end('paused');
    if (listing.name === 'users') await apply('roles', changesOfFacts([['CALLABLE', 'roles', rolesOf(state.roles)]], known.index.rev), known.index.rev);
    await finish(work, listing.name, listing.module);
  }
  await refreshPosts(work, listings, run.siteId, await readDuePostIds(store.database, run.siteId, new Date(clock())));
  state.finished = true;
  if (state.mode === 'FULL') state.lastFullAt = new Date(clock()).toISOString();
  state.sequence = await readSequence(store.database, run.siteId);
  await recordReading(store.database, run.siteId, new Date(clock()), state.mode === 'FULL');
  await work.save();
  return end('done');
}

async function finish(work: Work, name: string, module: string): Promise<void> {
  work.state.done.push(name);
  work.state.at = null;
  const known = work.progress[module];
  work.progress[module] = { total: known?.total ?? null, done: known?.done ?? 1, finished: true };
  await work.save();
}

/** Reads posts again by their ids, whatever their type. */
async function refreshPosts(work: Work, listings: readonly Listing[], siteId: SiteId, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const types = await readPostTypes(work.db, siteId, ids);
  for (const listing of listings) {
    const own = ids.filter((id) => listing.name === `posts:${types.get(id) ?? ''}`);
    if (own.length > 0) await refresh(work, listing, own);
  }
}

function digestOf(changes: readonly DomainChange[]): string {
  const text = JSON.stringify(changes, (key, value: unknown) => (key === 'rev' ? undefined : value));
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function toItem(key: string, changes: readonly DomainChange[], rev: Rev): DecodedItem {
  return { key: `import.${key}.${rev}`, action: 'sitegraph_import', rev, at: new Date(rev / 1000).toISOString(), isImporting: false, actor: null, changes, audit: null, deadLetter: null };
}
