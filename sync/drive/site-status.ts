// Reads what a site says of its own sync: its queue, its full sync, its locks. Jetpack answers in PHP's loose types, so numbers may be
// text, empty maps lists and absent values false; all of it is normalised here.
import { z } from 'zod';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { callJetpack, type Answer } from './answers.js';

const loose = z.unknown().transform((value): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
});
const count = loose.transform((number) => Math.min(Math.max(Math.trunc(number ?? 0), 0), 2 ** 31 - 1));
const flag = z.unknown().transform((value) => value === true || value === 1 || (typeof value === 'string' && !['', '0', 'false'].includes(value)));
const map = <T extends z.ZodType>(values: T) => z.preprocess((value) => (Array.isArray(value) || typeof value !== 'object' || value === null ? {} : value), z.record(z.string(), values));

const moduleProgress = z.object({ total: loose.optional(), sent: loose.optional(), finished: flag.optional(), last_sent: z.unknown().optional() });
const locks = z.object({
  retry_time_sync: loose.optional(), retry_time_full_sync: loose.optional(), next_sync_time_sync: loose.optional(), next_sync_time_full_sync: loose.optional(),
  queue_locked_sync: flag.optional(), queue_locked_full_sync: flag.optional(),
});
const debugDetails = z.object({
  sync_allowed: flag, sync_health: z.string().optional().catch(undefined), dedicated_sync_enabled: flag.optional(),
  sync_locks: locks.optional(), last_succesful_sync: loose.optional(),
  is_sync_enabled: z.unknown().optional(), jetpack_sync_disable: z.unknown().optional(), jetpack_sync_network_disable: z.unknown().optional(),
  is_offline_mode: flag.optional(), in_safe_mode: flag.optional(), active_connection: z.unknown().optional(),
});
const status = z.object({
  started: loose, finished: loose, context: z.unknown().optional(), progress: map(moduleProgress).optional(), config: map(z.unknown()).optional(),
  queue_size: count.optional(), queue_lag: loose.optional(), debug_details: debugDetails.optional().catch(undefined),
});

export interface SiteLocks {
  /** Unix seconds, by the site's clock; null when nothing holds the site back. */
  readonly retrySync: number | null;
  readonly retryFullSync: number | null;
  readonly nextSync: number | null;
  readonly nextFullSync: number | null;
  readonly isQueueLocked: boolean;
}

export interface SiteSyncDetails {
  readonly isAllowed: boolean;
  /** Why it is not allowed, in words; empty when it is. */
  readonly hindrances: readonly string[];
  readonly health: string | null;
  readonly isDedicated: boolean;
  readonly locks: SiteLocks;
  /** Unix seconds. */
  readonly lastSuccess: number | null;
}

export interface SiteModuleStatus {
  readonly total: number | null;
  readonly sent: number;
  readonly isFinished: boolean;
  readonly lastSent: string | null;
}

export interface SiteSyncStatus {
  /** Unix seconds of the newest full sync; null when there was none. */
  readonly started: number | null;
  readonly finished: number | null;
  /** What the starter of the newest full sync called it; undefined where the site does not tell (jetpack-sync 1.55 does not). */
  readonly context: string | null | undefined;
  /** What the newest full sync was asked for, by module: true, or a list of ids. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Modules of the newest full sync in the order in which they are sent. */
  readonly modules: ReadonlyMap<string, SiteModuleStatus>;
  readonly queueSize: number;
  readonly queueLagSeconds: number;
  /** Null unless asked for. */
  readonly details: SiteSyncDetails | null;
}

/** Reads `sync/status`, with details of locks and permission when asked. */
export async function readSiteStatus(client: SiteClient, siteId: SiteId, options: { readonly details: boolean }): Promise<Answer<SiteSyncStatus>> {
  const answer = await callJetpack(client, siteId, { method: 'GET', route: 'sync/status', ...(options.details ? { query: { fields: 'debug_details' } } : {}) }, status);
  return answer.kind === 'value' ? { kind: 'value', value: normalise(answer.value) } : answer;
}

/** Jetpack sends these first, in the reverse of their order in the configuration (full-sync-immediately). */
const SENT_FIRST = ['network_options', 'options', 'functions', 'constants'];

function normalise(raw: z.infer<typeof status>): SiteSyncStatus {
  const progress = raw.progress ?? {};
  const named = [...new Set([...Object.keys(raw.config ?? {}), ...Object.keys(progress)])];
  const names = [...SENT_FIRST.filter((name) => named.includes(name)), ...named.filter((name) => !SENT_FIRST.includes(name))];
  return {
    started: raw.started || null,
    finished: raw.finished || null,
    context: raw.context === undefined ? undefined : typeof raw.context === 'string' ? raw.context : null,
    config: raw.config ?? {},
    modules: new Map(names.map((name) => [name, moduleStatus(progress[name])])),
    queueSize: raw.queue_size ?? 0,
    queueLagSeconds: Math.max(0, raw.queue_lag ?? 0),
    details: raw.debug_details ? siteDetails(raw.debug_details) : null,
  };
}

function moduleStatus(raw: z.infer<typeof moduleProgress> | undefined): SiteModuleStatus {
  const lastSent = raw?.last_sent;
  return {
    total: raw?.total ?? null,
    sent: Math.max(0, raw?.sent ?? 0),
    isFinished: raw?.finished ?? false,
    lastSent: lastSent === undefined || lastSent === null || lastSent === false ? null : JSON.stringify(lastSent).slice(0, 200),
  };
}

function siteDetails(raw: z.infer<typeof debugDetails>): SiteSyncDetails {
  const reasons: readonly (readonly [boolean, string])[] = [
    [raw.is_offline_mode ?? false, 'Jetpack is in offline mode (a local address, WP_ENVIRONMENT_TYPE local or JETPACK_DEV_DEBUG)'],
    [raw.in_safe_mode ?? false, 'Jetpack is in safe mode because the address of the site changed; an administrator must decide in wp-admin'],
    [truthy(raw.jetpack_sync_disable), 'sync is switched off (setting disable)'],
    [truthy(raw.jetpack_sync_network_disable), 'sync is switched off for the whole network (setting network_disable)'],
    [raw.active_connection === false, 'the site holds no connection'],
    [raw.is_sync_enabled === false, 'sync is switched off by the site'],
  ];
  return {
    isAllowed: raw.sync_allowed,
    hindrances: raw.sync_allowed ? [] : reasons.filter(([applies]) => applies).map(([, text]) => text),
    health: raw.sync_health ?? null,
    isDedicated: raw.dedicated_sync_enabled ?? false,
    locks: {
      retrySync: raw.sync_locks?.retry_time_sync || null,
      retryFullSync: raw.sync_locks?.retry_time_full_sync || null,
      nextSync: raw.sync_locks?.next_sync_time_sync || null,
      nextFullSync: raw.sync_locks?.next_sync_time_full_sync || null,
      isQueueLocked: raw.sync_locks?.queue_locked_sync ?? false,
    },
    lastSuccess: raw.last_succesful_sync ?? null,
  };
}

function truthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '0' && value !== '';
}
