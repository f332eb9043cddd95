// The administrative commands about synchronization: its state, runs and how they get on, settings, locks. Called by administration.ts.
import { z } from 'zod';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import { FULL_SYNC_MODULES } from '../core/sync-modules.js';
import { CHECKSUM_TABLES } from '../store/read/checksum-tables.js';
import { findDrivenSite } from '../store/read/drive.js';
import { readOpenFindings, readSyncFacts } from '../store/read/sync-facts.js';
import type { SiteRecord } from '../store/sites.js';
import type { Store } from '../store/store.js';
import { findRun, latestRuns, requestRun } from '../store/sync-runs.js';
import type { Trouble } from '../sync/drive/answers.js';
import { releaseLocks } from '../sync/drive/locks.js';
import { ensureSettings, listOf } from '../sync/drive/settings.js';
import type { AdminTools } from './connection-commands.js';

interface Answer {
  readonly result: unknown;
  readonly warnings: readonly string[];
}

export const syncStatusCommand = z.object({ name: z.literal('sync.status'), site: z.string().nullable() });
export const syncRequest = z.object({ name: z.literal('sync.request'), site: z.string(), kind: z.enum(['FULL', 'VERIFY', 'REPAIR']), modules: z.array(z.string()).nullable() });
export const syncRun = z.object({ name: z.literal('sync.run'), siteId: z.number(), runId: z.uuid() });
export const syncSettings = z.object({ name: z.literal('sync.settings'), site: z.string(), dedicated: z.boolean().nullable() });
export const syncUnlock = z.object({ name: z.literal('sync.unlock'), site: z.string() });

const FINDINGS = 20;
const RUNS = 5;

type Site = Pick<SiteRecord, 'id' | 'url'>;

/** How far the copies of some sites follow them. */
export async function runSyncStatus(store: Store, sites: readonly SiteRecord[]): Promise<Answer> {
  const ids = sites.map(({ id }) => id);
  const [facts, findings, runs] = await Promise.all([
    readSyncFacts(store.database, ids), readOpenFindings(store.database, ids, FINDINGS), latestRuns(store.database, ids, RUNS),
  ]);
  const result = sites.map((site) => ({
    id: site.id, url: site.url, isConnected: site.disconnectedAt === null, queueSize: site.queueSize, queueLagSeconds: site.queueLagSeconds,
    lastEventAt: site.lastEventAt, lastReceivedAt: site.lastReceivedAt, lastFullSyncAt: site.lastFullSyncAt, deadLetterCount: site.deadLetterCount,
    checksum: facts.get(site.id)?.checksum ?? null,
    findings: findings.filter(({ siteId }) => siteId === site.id).map(({ code, message, firstAt, lastAt }) => ({ code, message, firstAt, lastAt })),
    runs: runs.filter(({ siteId }) => siteId === site.id).map(({ id, kind, state, requestedBy, requestedAt, finishedAt, errorCode }) => ({ id, kind, state, requestedBy, requestedAt, finishedAt, errorCode })),
  }));
  return { result, warnings: [] };
}

/** Asks for a run. */
export async function runSyncRequest(store: Store, site: Site, { kind, modules }: z.infer<typeof syncRequest>): Promise<Answer> {
  const known: readonly string[] = kind === 'FULL' ? FULL_SYNC_MODULES : CHECKSUM_TABLES;
  const unknown = modules?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new AppError('BAD_USER_INPUT', `"${unknown}" cannot be asked for; there are ${known.join(', ')}`);
  const driven = await findDrivenSite(store.database, site.id);
  if (!driven || driven.isDisconnected) throw new AppError('BAD_USER_INPUT', `${site.url} is disconnected; connect it again first`);
  if (driven.connectionKind === 'rest' && kind !== 'FULL') throw new AppError('BAD_USER_INPUT', `${site.url} has no Jetpack, so it has no checksums; sync full imports it anew`);
  const outcome = await requestRun(store, { siteId: site.id, kind: driven.connectionKind === 'rest' ? 'IMPORT' : kind, modules, requestedBy: 'command line' });
  if (!('run' in outcome)) throw new AppError('RATE_LIMITED', `too many runs wait on ${site.url} already; see sitegraph sync status`);
  return { result: { siteId: site.id, url: site.url, runId: outcome.run.id }, warnings: [] };
}

/** How far a run is. */
export async function readRun(store: Store, { siteId, runId }: z.infer<typeof syncRun>): Promise<Answer> {
  const run = await findRun(store.database, siteId as SiteId, runId);
  if (!run) throw new AppError('NOT_FOUND', 'the run is forgotten; see sitegraph sync status');
  const { id, kind, state, progress, errorCode, errorMessage, requestedAt, startedAt, finishedAt } = run;
  const facts = (await readSyncFacts(store.database, [run.siteId])).get(run.siteId);
  const checksum = kind === 'VERIFY' || kind === 'REPAIR' ? (facts?.checksum ?? null) : null;
  return { result: { id, kind, state, progress, errorCode, errorMessage, requestedAt, startedAt, finishedAt, checksum }, warnings: [] };
}

/** Reads a site's sync settings and brings them to the wanted ones. */
export async function runSyncSettings(store: Store, tools: AdminTools, site: Site, dedicated: boolean | null): Promise<Answer> {
  await mustHaveJetpack(store, site);
  const answer = await ensureSettings(tools.client, site.id, dedicated === null ? {} : { dedicated_sync_enabled: dedicated ? 1 : 0 });
  if (answer.kind === 'trouble') throw toError(site, answer);
  const { written, refused, settings } = answer.value;
  // Long lists are told by their length.
  const shown = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, listOf(value).length > 10 ? `${listOf(value).length} entries` : value]));
  return { result: { written, refused, settings: shown }, warnings: refused.map((name) => `the site did not take over ${name}`) };
}

/** Releases what may hold a site back. */
export async function runSyncUnlock(store: Store, tools: AdminTools, site: Site): Promise<Answer> {
  await mustHaveJetpack(store, site);
  const answer = await releaseLocks(tools.client, site.id);
  if (answer.kind === 'trouble') throw toError(site, answer);
  return { result: { url: site.url, hadQueueLock: answer.value.includes('queue-lock') }, warnings: [] };
}

async function mustHaveJetpack(store: Store, site: Site): Promise<void> {
  const driven = await findDrivenSite(store.database, site.id);
  if (driven?.connectionKind !== 'jetpack') throw new AppError('BAD_USER_INPUT', `${site.url} has no Jetpack`);
}

function toError(site: Site, { code, message }: Trouble): AppError {
  return new AppError('BAD_REQUEST', `${site.url}: ${message} (${code})`);
}
