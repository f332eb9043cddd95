// The state of synchronization in the words of the schema, from a site's row and its newest full sync. Pure.
import type { SiteId } from '../../core/ids.js';
import type { SiteFactsRow } from '../../store/read/settings.js';
import type { ChecksumFacts, FullSyncFacts, SyncFactsRow } from '../../store/read/sync-facts.js';

/** A site's queue that is this far behind is still being caught up with. */
const CATCHING_UP_LAG_SECONDS = 5 * 60;

export type SyncState = 'HEALTHY' | 'CATCHING_UP' | 'FULL_SYNC' | 'DRIFTED' | 'STOPPED';

export interface SyncModule {
  readonly name: string;
  readonly total: number | null;
  readonly synced: number;
  readonly state: SyncState;
}

/** Chunks are named by their action, the announcement by Jetpack's configuration (jetpack-sync 4.45.3, full-sync-immediately). */
const MODULE_OF_CHUNK: Readonly<Record<string, string>> = { callables: 'functions', theme_data: 'themes' };

/** What the resolvers of `SyncStatus` hand on. */
export interface SyncStatusModel {
  readonly siteId: SiteId;
  readonly state: SyncState;
  readonly sequence: string;
  readonly queueSize: number;
  readonly queueLagSeconds: number;
  readonly lastEventAt: Date | null;
  readonly lastReceivedAt: Date | null;
  readonly lastFullSyncAt: Date | null;
  readonly fullSync: ReturnType<typeof progress> | null;
  readonly modules: SyncModule[];
  readonly deadLetterCount: number;
  readonly checksum: ChecksumFacts | null;
}

/** `SyncStatus` of the schema. */
export function syncStatus(row: SiteFactsRow, facts: SyncFactsRow | null, now: Date): SyncStatusModel {
  const fullSync = facts?.fullSync ?? null;
  const modules = fullSync ? syncModules(fullSync) : [];
  const running = row.disconnectedAt === null && fullSync?.isRunning ? fullSync : null;
  return {
    siteId: row.id,
    state: syncState(row, facts, running !== null),
    sequence: String(row.sequence),
    queueSize: row.queueSize,
    queueLagSeconds: row.queueLagSeconds,
    lastEventAt: row.lastEventAt,
    lastReceivedAt: row.lastReceivedAt,
    lastFullSyncAt: row.lastFullSyncAt,
    fullSync: running ? progress(running, modules, now) : null,
    modules,
    deadLetterCount: Math.min(row.deadLetterCount, 2 ** 31 - 1),
    checksum: facts?.checksum ?? null,
  };
}

function syncState(row: SiteFactsRow, facts: SyncFactsRow | null, isFullSyncRunning: boolean): SyncState {
  if (row.disconnectedAt !== null || facts?.isSyncOff) return 'STOPPED';
  if (isFullSyncRunning) return 'FULL_SYNC';
  if (row.lastReceivedAt === null || row.queueLagSeconds > CATCHING_UP_LAG_SECONDS) return 'CATCHING_UP';
  return isDrifted(row, facts?.checksum ?? null) ? 'DRIFTED' : 'HEALTHY';
}

// A full sync after the verification brought back what it found.
function isDrifted(row: SiteFactsRow, checksum: ChecksumFacts | null): boolean {
  if (checksum === null || checksum.driftedRows <= checksum.repairedRows) return false;
  return row.lastFullSyncAt === null || row.lastFullSyncAt <= checksum.checkedAt;
}

/** The parts of a full sync: those announced, then those that came without being announced. */
export function syncModules(fullSync: FullSyncFacts): SyncModule[] {
  const received = new Map<string, number>();
  for (const [chunk, count] of Object.entries(fullSync.received)) {
    const name = MODULE_OF_CHUNK[chunk] ?? chunk;
    received.set(name, (received.get(name) ?? 0) + count);
  }
  const names = new Set([...Object.keys(plainObject(fullSync.config)), ...received.keys()]);
  return [...names].map((name) => {
    const total = announcedCount(plainObject(fullSync.range)[name]);
    const synced = received.get(name) ?? 0;
    return { name, total, synced, state: moduleState(fullSync.isRunning, total, received.has(name), synced) };
  });
}

function moduleState(isRunning: boolean, total: number | null, hasBegun: boolean, synced: number): SyncState {
  if (!isRunning || (total === null ? hasBegun : synced >= total)) return 'HEALTHY';
  return hasBegun ? 'FULL_SYNC' : 'CATCHING_UP';
}

function progress(fullSync: FullSyncFacts, modules: SyncModule[], now: Date) {
  const total = modules.reduce((sum, module) => sum + (module.total ?? 1), 0);
  const done = modules.reduce((sum, module) => sum + (module.total === null ? Math.min(module.synced, 1) : Math.min(module.synced, module.total)), 0);
  const elapsedSeconds = Math.max(0, (now.getTime() - fullSync.startedAt.getTime()) / 1000);
  return {
    startedAt: fullSync.startedAt,
    percent: total === 0 ? 0 : Math.round((done / total) * 1000) / 10,
    etaSeconds: done === 0 ? null : Math.min(Math.round((elapsedSeconds / done) * (total - done)), 2 ** 31 - 1),
    modules,
  };
}

function plainObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function announcedCount(range: unknown): number | null {
  const count = plainObject(range)['count'];
  const number = typeof count === 'string' || typeof count === 'number' ? Number(count) : Number.NaN;
  return Number.isInteger(number) && number >= 0 && number < 2 ** 31 ? number : null;
}
