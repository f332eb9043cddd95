// Operations over a fleet: what was asked for, once under a key, and what is done about each target. Asked for by the extensions
// subgraph and by policies; carried out by jobs/, which reads and writes through store/extension-items.ts.
import type { ExtensionReasonCode, OperationAction, OperationKind } from '../core/extension-reasons.js';
import type { Json } from '../core/changes.js';
import { orderedId, type SiteId } from '../core/ids.js';
import type { Database, Queryable, Row } from './database.js';

export type OperationRowState = 'SCHEDULED' | 'RUNNING' | 'PAUSED' | 'SUCCEEDED' | 'PARTIAL' | 'FAILED' | 'CANCELLED' | 'ROLLED_BACK';
export type OperationOriginKind = 'REQUEST' | 'ROLLBACK' | 'POLICY';
export const ENDED_STATES: readonly OperationRowState[] = ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED', 'ROLLED_BACK'];

export interface OperationRow extends Row {
  readonly id: string;
  readonly accountId: string;
  readonly inputHash: string;
  readonly origin: OperationOriginKind;
  readonly action: OperationAction;
  readonly state: OperationRowState;
  readonly siteId: SiteId;
  readonly concurrency: number;
  readonly stopOnFailureRate: number;
  readonly healthCheck: boolean;
  readonly paths: readonly string[];
  readonly autoRollback: boolean;
  readonly scheduleAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly cancelledAt: Date | null;
  readonly stopReason: 'STOPPED' | 'CANARY_FAILED' | null;
  readonly revision: number;
}

/** `PREPARING` has called nothing that changes the site; `CALLING` may have; the rest is known to have. */
export type ItemState = 'PENDING' | 'PREPARING' | 'CALLING' | 'CHECKING' | 'RECOVERING' | 'SUCCEEDED' | 'FAILED' | 'ROLLED_BACK' | 'CANCELLED';

export interface LogLine {
  readonly at: string;
  readonly message: string;
}

/** The worst status of the pages looked at, null when one did not answer; the mark of a fatal error when one was found. */
export interface PageHealth {
  readonly status: number | null;
  readonly fatal: string | null;
  /** Each page by its path, when there were several. */
  readonly pages?: Readonly<Record<string, { readonly status: number | null; readonly fatal: string | null }>>;
}

export type Recovery = 'VERSION_RESTORED' | 'DEACTIVATED' | 'REACTIVATED' | 'REMOVED' | 'NONE' | 'FAILED';

export interface OperationItemRow extends Row {
  readonly siteId: SiteId;
  readonly operationId: string;
  readonly position: number;
  readonly kind: OperationKind;
  readonly slug: string;
  readonly file: string | null;
  readonly toVersion: string | null;
  readonly fromVersion: string | null;
  readonly expectedVersion: string | null;
  readonly packageId: string | null;
  readonly userId: number | null;
  readonly actorLabel: string;
  readonly canary: boolean;
  readonly state: ItemState;
  readonly attemptedAt: Date | null;
  readonly wasActive: boolean | null;
  readonly reason: ExtensionReasonCode | null;
  readonly message: string | null;
  readonly recovery: Recovery | null;
  readonly healthBefore: PageHealth | null;
  readonly healthAfter: PageHealth | null;
  readonly log: readonly LogLine[];
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export type NewItem = Pick<OperationItemRow, 'siteId' | 'kind' | 'slug' | 'file' | 'toVersion' | 'fromVersion' | 'expectedVersion' | 'packageId' | 'userId' | 'actorLabel' | 'canary'> & {
  /** Set when the item cannot be begun at all. */
  readonly blocked: { readonly reason: ExtensionReasonCode; readonly message: string } | null;
};

export type NewOperation = Pick<
  OperationRow, 'accountId' | 'inputHash' | 'origin' | 'action' | 'concurrency' | 'stopOnFailureRate' | 'healthCheck' | 'paths' | 'autoRollback' | 'scheduleAt'
> & { readonly idempotencyKey: string; readonly items: readonly NewItem[] };

export const OPERATION_COLUMNS = `id::text AS id, account_id::text AS "accountId", input_hash AS "inputHash", origin, action, state, site_id AS "siteId", concurrency,
  stop_on_failure_rate AS "stopOnFailureRate", health_check AS "healthCheck", paths, auto_rollback AS "autoRollback", schedule_at AS "scheduleAt", created_at AS "createdAt",
  started_at AS "startedAt", finished_at AS "finishedAt", cancelled_at AS "cancelledAt", stop_reason AS "stopReason", revision`;

export const ITEM_COLUMNS = `site_id AS "siteId", operation_id::text AS "operationId", position, kind, slug, file, to_version AS "toVersion", from_version AS "fromVersion",
  expected_version AS "expectedVersion", package_id::text AS "packageId", user_id AS "userId", actor_label AS "actorLabel", canary, state, attempted_at AS "attemptedAt",
  was_active AS "wasActive", reason, message, recovery, health_before AS "healthBefore", health_after AS "healthAfter", log, started_at AS "startedAt", finished_at AS "finishedAt"`;

type Listener = (operationId: string) => void;
const listeners = new WeakMap<object, Set<Listener>>();

/** Tells of every change of an operation that this process makes over this database; returns the function that ends it. */
export function onOperationChanged(database: Database, listener: Listener): () => void {
  const key: object = database.driver;
  const known = listeners.get(key) ?? new Set();
  listeners.set(key, known.add(listener));
  return () => known.delete(listener);
}

/** Tells those who follow in this process; those in others look for a new revision. */
export function tellOperationChanged(database: Database, operationId: string): void {
  for (const listener of listeners.get(database.driver) ?? []) listener(operationId);
}

/** Asks for an operation, or finds the one asked for under the key. The caller compares `inputHash`. */
export async function createOperation(database: Database, operation: NewOperation, now: Date): Promise<{ readonly isNew: boolean; readonly row: OperationRow }> {
  const outcome = await database.transaction((tx) => insertOperation(tx, operation, now));
  if (outcome.isNew) tellOperationChanged(database, outcome.row.id);
  return outcome;
}

/** The same inside a transaction that the caller holds, who tells afterwards. */
export async function insertOperation(tx: Queryable, operation: NewOperation, now: Date): Promise<{ readonly isNew: boolean; readonly row: OperationRow }> {
  const { accountId, idempotencyKey, inputHash, origin, action, concurrency, stopOnFailureRate, healthCheck, paths, autoRollback, scheduleAt, items } = operation;
  const [made] = await tx.query<OperationRow>(
    `INSERT INTO extension_operation (id, account_id, idempotency_key, input_hash, origin, action, state, site_id, concurrency, stop_on_failure_rate, health_check, paths, auto_rollback, schedule_at, created_at)
     VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, 'SCHEDULED', $7, $8, $9, $10, $11::text[], $12, $13, $14) ON CONFLICT (account_id, idempotency_key) DO NOTHING RETURNING ${OPERATION_COLUMNS}`,
    [orderedId(), accountId, idempotencyKey, inputHash, origin, action, items[0]?.siteId ?? 0, concurrency, stopOnFailureRate, healthCheck, [...paths], autoRollback, scheduleAt, now],
  );
  if (!made) {
    const [row] = await tx.query<OperationRow>(`SELECT ${OPERATION_COLUMNS} FROM extension_operation WHERE account_id = $1::uuid AND idempotency_key = $2`, [accountId, idempotencyKey]);
    return { isNew: false, row: row as OperationRow };
  }
  const rows: Json = items.map((item, position) => ({
    site_id: item.siteId, position, kind: item.kind, slug: item.slug, file: item.file, to_version: item.toVersion, from_version: item.fromVersion,
    expected_version: item.expectedVersion, package_id: item.packageId, user_id: item.userId, actor_label: item.actorLabel, canary: item.canary,
    state: item.blocked ? (item.blocked.reason === 'ALREADY_DONE' ? 'SUCCEEDED' : 'FAILED') : 'PENDING', reason: item.blocked?.reason ?? null, message: item.blocked?.message ?? null,
    log: item.blocked ? [{ at: now.toISOString(), message: `Not begun: ${item.blocked.message}` }] : [], finished_at: item.blocked ? now.toISOString() : null,
  }));
  await tx.query(
    `INSERT INTO extension_operation_item (site_id, operation_id, position, kind, slug, file, to_version, from_version, expected_version, package_id, user_id, actor_label, canary, state, reason, message, log, finished_at)
     SELECT site_id, $1::uuid, position, kind, slug, file, to_version, from_version, expected_version, package_id, user_id, actor_label, canary, state, reason, message, log, finished_at
     FROM jsonb_to_recordset($2::jsonb) AS item (site_id bigint, position int, kind text, slug text, file text, to_version text, from_version text, expected_version text,
       package_id uuid, user_id bigint, actor_label text, canary boolean, state text, reason text, message text, log jsonb, finished_at timestamptz)`,
    [made.id, JSON.stringify(rows)],
  );
  return { isNew: true, row: made };
}

/** One operation; null when there is none. */
export async function findOperationRow(db: Queryable, id: string): Promise<OperationRow | null> {
  const [row] = await db.query<OperationRow>(`SELECT ${OPERATION_COLUMNS} FROM extension_operation WHERE id = $1::uuid`, [id]);
  return row ?? null;
}

/** The newest operations of an account, or of all when it is null. */
export async function latestOperations(db: Queryable, accountId: string | null, limit: number): Promise<OperationRow[]> {
  return db.query<OperationRow>(
    `SELECT ${OPERATION_COLUMNS} FROM extension_operation WHERE $1::uuid IS NULL OR account_id = $1::uuid ORDER BY created_at DESC, id DESC LIMIT $2`, [accountId, limit],
  );
}

/** Marks an operation as cancelled; jobs begin nothing more of it. Null when there is none; one that ended stays as it is. */
export async function cancelOperation(database: Database, id: string, now: Date): Promise<OperationRow | null> {
  await database.query(
    `UPDATE extension_operation SET cancelled_at = coalesce(cancelled_at, $2), revision = revision + 1 WHERE id = $1::uuid AND state <> ALL($3::text[])`, [id, now, [...ENDED_STATES]],
  );
  tellOperationChanged(database, id);
  return findOperationRow(database, id);
}

/** The items of operations in order, `after` a position and of the given states (null: any), at most `limit` an operation. */
export async function operationItems(db: Queryable, ids: readonly string[], states: readonly ItemState[] | null, after: number | null, limit: number): Promise<OperationItemRow[]> {
  return db.query<OperationItemRow>(
    `SELECT page.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
       SELECT ${ITEM_COLUMNS} FROM extension_operation_item WHERE operation_id = asked.id AND ($2::text[] IS NULL OR state = ANY($2)) AND ($3::int IS NULL OR position > $3)
       ORDER BY position LIMIT $4) page ORDER BY page."operationId", page.position`,
    [[...ids], states === null ? null : [...states], after, limit],
  );
}

export interface OperationCounts extends Row {
  readonly id: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly rolledBack: number;
  /** The mean time of the items that were begun and ended; null when none was. */
  readonly meanSeconds: number | null;
}

/** How far operations are. */
export async function countOperationItems(db: Queryable, ids: readonly string[]): Promise<Map<string, OperationCounts>> {
  const rows = await db.query<OperationCounts>(
    `SELECT operation_id::text AS id, count(*) AS total, count(*) FILTER (WHERE finished_at IS NOT NULL) AS done, count(*) FILTER (WHERE state = 'FAILED') AS failed,
       count(*) FILTER (WHERE state = 'ROLLED_BACK') AS "rolledBack",
       (avg(extract(epoch FROM finished_at - started_at)) FILTER (WHERE started_at IS NOT NULL AND finished_at IS NOT NULL))::float8 AS "meanSeconds"
     FROM extension_operation_item WHERE operation_id = ANY($1::uuid[]) GROUP BY operation_id`,
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.id, row]));
}
