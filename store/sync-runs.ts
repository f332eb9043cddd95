// Runs: pieces of work on a site's synchronization (a full sync, a verification, a repair, an import), asked for by many and
// done one at a time a site. Asked for with requestRun, done by jobs/ alone, which holds a lease that it must renew: a run whose
// lease ran out lost its process and goes on from its cursor elsewhere.
import type { Json } from '../core/changes.js';
import { orderedId, type SiteId } from '../core/ids.js';
import type { Database, Queryable } from './database.js';
import type { Store } from './store.js';

export type RunKind = 'FULL' | 'VERIFY' | 'REPAIR' | 'IMPORT';
export type RunState = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';

/** How far one module (or table) is; `total` is null where nobody counts. */
export interface ModuleProgress {
  readonly total: number | null;
  readonly done: number;
  readonly finished: boolean;
}

export type RunProgress = Readonly<Record<string, ModuleProgress>>;

export interface SyncRunRow {
  readonly siteId: SiteId;
  readonly id: string;
  readonly kind: RunKind;
  readonly state: RunState;
  /** Modules or tables asked for; null for all. */
  readonly modules: readonly string[] | null;
  readonly progress: RunProgress;
  /** Where an interrupted run goes on; null for one that did not begin. */
  readonly cursor: Json | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly idempotencyKey: string | null;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface RunRequest {
  readonly siteId: SiteId;
  readonly kind: RunKind;
  /** Null or absent for all. */
  readonly modules?: readonly string[] | null;
  /** A repeated key gives the run that it first asked for. */
  readonly idempotencyKey?: string | null;
  /** Who asked, for people to read: 'connection', 'schedule', 'command line', 'account 4f…'. */
  readonly requestedBy: string;
}

/**
 * `requested`: a new run waits; `repeated`: the key, or an equal run that still waits, was there before; `mismatch`: the key
 * was used for something else; `crowded`: the site has {@link MAX_WAITING_RUNS} waiting.
 */
export type RequestOutcome =
  | { readonly kind: 'requested' | 'repeated'; readonly run: SyncRunRow }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'crowded' };

/** Runs that may wait on one site. */
export const MAX_WAITING_RUNS = 20;
/** Finished runs that are kept on each site, the newest. */
export const KEPT_RUNS = 100;
const MAX_MODULES = 100;
const MAX_MESSAGE_LENGTH = 500;

const COLUMNS = `site_id AS "siteId", id, kind, state, modules, progress, cursor, error_code AS "errorCode", error_message AS "errorMessage",
  idempotency_key AS "idempotencyKey", requested_by AS "requestedBy", requested_at AS "requestedAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

const listeners = new WeakMap<Database, Set<() => void>>();

/** Tells of every run that is asked for in this process over this store; returns the function that ends it. */
export function onRunRequested(store: Store, listener: () => void): () => void {
  const known = listeners.get(store.database) ?? new Set();
  listeners.set(store.database, known.add(listener));
  return () => known.delete(listener);
}

/** Asks for a run. Jobs pick it up at once in this process, within seconds in another. */
export async function requestRun(store: Store, request: RunRequest): Promise<RequestOutcome> {
  const outcome = await store.database.transaction((tx) => queueRun(tx, request));
  if (outcome.kind === 'requested') for (const listener of listeners.get(store.database) ?? []) listener();
  return outcome;
}

async function queueRun(tx: Queryable, request: RunRequest): Promise<RequestOutcome> {
  const { siteId, kind, requestedBy } = request;
  const modules = request.modules ? [...new Set(request.modules)].sort().slice(0, MAX_MODULES) : null;
  const key = request.idempotencyKey ?? null;
  await lockRuns(tx, siteId);
  const open = await readRuns(tx, `site_id = $1 AND ((state = 'QUEUED') OR (idempotency_key IS NOT NULL AND idempotency_key = $2))`, [siteId, key]);
  const isEqual = (run: SyncRunRow): boolean => run.kind === kind && JSON.stringify(run.modules) === JSON.stringify(modules);
  const sameKey = key === null ? undefined : open.find((run) => run.idempotencyKey === key);
  if (sameKey) return isEqual(sameKey) ? { kind: 'repeated', run: sameKey } : { kind: 'mismatch' };
  const waiting = open.filter((run) => run.state === 'QUEUED');
  const equal = key === null ? waiting.find(isEqual) : undefined;
  if (equal) return { kind: 'repeated', run: equal };
  if (waiting.length >= MAX_WAITING_RUNS) return { kind: 'crowded' };
  const [row] = await tx.query(
    `INSERT INTO sync_run (site_id, id, kind, modules, idempotency_key, requested_by, requested_at) VALUES ($1, $2, $3, $4::jsonb, $5, $6, now()) RETURNING ${COLUMNS}`,
    [siteId, orderedId(), kind, modules === null ? null : JSON.stringify(modules), key, requestedBy.slice(0, 200)],
  );
  return { kind: 'requested', run: row as unknown as SyncRunRow };
}

/** Sites with a run that can be claimed now, those that wait longest first. */
export async function sitesWithClaimableRuns(db: Queryable, limit: number): Promise<SiteId[]> {
  const rows = await db.query<{ siteId: SiteId }>(
    `SELECT site_id AS "siteId" FROM sync_run run WHERE state IN ('QUEUED', 'RUNNING') AND (lease_until IS NULL OR lease_until < now())
       AND NOT EXISTS (SELECT 1 FROM sync_run other WHERE other.site_id = run.site_id AND other.state = 'RUNNING' AND other.lease_until >= now())
     GROUP BY site_id ORDER BY min(requested_at) LIMIT $1`,
    [limit],
  );
  return rows.map((row) => row.siteId);
}

/**
 * Takes the site's next run for `leaseSeconds`: one that lost its process before one that waits, never one beside a run that is
 * at work. Null when there is none. `holder` names the worker and must be its alone.
 */
export async function claimRun(db: Database, siteId: SiteId, holder: string, leaseSeconds: number): Promise<SyncRunRow | null> {
  return db.transaction(async (tx) => {
    await lockRuns(tx, siteId);
    const [row] = await tx.query(
      `UPDATE sync_run SET state = 'RUNNING', started_at = coalesce(started_at, now()), lease_holder = $2, lease_until = now() + make_interval(secs => $3::float8)
       WHERE site_id = $1 AND id = (
         SELECT id FROM sync_run WHERE site_id = $1 AND state IN ('QUEUED', 'RUNNING') AND (lease_until IS NULL OR lease_until < now())
           AND NOT EXISTS (SELECT 1 FROM sync_run other WHERE other.site_id = $1 AND other.state = 'RUNNING' AND other.lease_until >= now())
         ORDER BY (state = 'RUNNING') DESC, requested_at, id LIMIT 1)
       RETURNING ${COLUMNS}`,
      [siteId, holder, leaseSeconds],
    );
    return (row as SyncRunRow | undefined) ?? null;
  });
}

/** Renews the lease; false when the run is no longer this holder's, who must stop at once. */
export async function renewRun(db: Queryable, run: RunKey, holder: string, leaseSeconds: number): Promise<boolean> {
  const rows = await db.query(
    `UPDATE sync_run SET lease_until = now() + make_interval(secs => $4::float8) WHERE site_id = $1 AND id = $2 AND lease_holder = $3 AND state = 'RUNNING' RETURNING id`,
    [run.siteId, run.id, holder, leaseSeconds],
  );
  return rows.length === 1;
}

export type RunKey = Pick<SyncRunRow, 'siteId' | 'id'>;

/** Notes how far a run is and, when given, where it goes on after an interruption. Modules that are not named keep what they had. */
export async function noteProgress(db: Queryable, run: RunKey, progress: RunProgress, cursor?: Json): Promise<void> {
  await db.query(
    `UPDATE sync_run SET progress = progress || $3::jsonb, cursor = coalesce($4::jsonb, cursor) WHERE site_id = $1 AND id = $2 AND state = 'RUNNING'`,
    [run.siteId, run.id, JSON.stringify(progress), cursor === undefined ? null : JSON.stringify(cursor)],
  );
}

/** Gives a run back unfinished, for whoever claims it next: the process stops. */
export async function releaseRun(db: Queryable, run: RunKey, holder: string): Promise<void> {
  await db.query(`UPDATE sync_run SET lease_until = NULL, lease_holder = NULL WHERE site_id = $1 AND id = $2 AND lease_holder = $3 AND state = 'RUNNING'`, [run.siteId, run.id, holder]);
}

export type RunEnd =
  | { readonly state: 'DONE' }
  | { readonly state: 'FAILED' | 'CANCELLED'; readonly errorCode: string; readonly errorMessage: string };

/** Ends a run and forgets the site's oldest finished ones. The message holds no secrets. */
export async function finishRun(db: Queryable, run: RunKey, end: RunEnd): Promise<void> {
  const [code, message] = end.state === 'DONE' ? [null, null] : [end.errorCode, end.errorMessage.slice(0, MAX_MESSAGE_LENGTH)];
  await db.query(
    `UPDATE sync_run SET state = $3, error_code = $4, error_message = $5, finished_at = now(), lease_until = NULL, lease_holder = NULL
     WHERE site_id = $1 AND id = $2 AND state IN ('QUEUED', 'RUNNING')`,
    [run.siteId, run.id, end.state, code, message],
  );
  await db.query(
    `DELETE FROM sync_run WHERE site_id = $1 AND state NOT IN ('QUEUED', 'RUNNING') AND requested_at <
       (SELECT requested_at FROM sync_run WHERE site_id = $1 ORDER BY requested_at DESC OFFSET $2 LIMIT 1)`,
    [run.siteId, KEPT_RUNS],
  );
}

/** One run; null when there is none or it is forgotten. */
export async function findRun(db: Queryable, siteId: SiteId, id: string): Promise<SyncRunRow | null> {
  const [row] = await readRuns(db, 'site_id = $1 AND id = $2', [siteId, id]);
  return row ?? null;
}

/** The newest runs of each site, newest first, at most `limit` a site. One statement. */
export async function latestRuns(db: Queryable, siteIds: readonly SiteId[], limit: number): Promise<SyncRunRow[]> {
  return (await db.query(
    `SELECT ${COLUMNS} FROM unnest($1::bigint[]) AS asked(asked_id) CROSS JOIN LATERAL
       (SELECT * FROM sync_run WHERE site_id = asked_id ORDER BY requested_at DESC, id DESC LIMIT $2) run ORDER BY site_id, requested_at DESC, id DESC`,
    [siteIds, limit],
  )) as unknown as SyncRunRow[];
}

async function readRuns(db: Queryable, condition: string, values: readonly (string | number | null)[]): Promise<SyncRunRow[]> {
  return (await db.query(`SELECT ${COLUMNS} FROM sync_run WHERE ${condition} ORDER BY requested_at, id`, values)) as unknown as SyncRunRow[];
}

// Asking and claiming of one site happen one after the other, in whatever process; other work on the site is not held up.
async function lockRuns(tx: Queryable, siteId: SiteId): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('sitegraph.sync_run.' || $1::text, 0))`, [siteId]);
}
