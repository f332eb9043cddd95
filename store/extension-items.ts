// Carrying out operations: leases of operations, and the states of their items. Written by jobs/ alone. A change of an item counts
// only while the process holds the operation's lease, so that a process that was given up for dead cannot begin anything.
import { AppError } from '../core/errors.js';
import type { Database, Queryable } from './database.js';
import {
  ENDED_STATES, ITEM_COLUMNS, OPERATION_COLUMNS, tellOperationChanged, type OperationItemRow, type OperationRow, type OperationRowState,
} from './extension-operations.js';

export const MAX_LOG_LINES = 60;
const OPEN_STATES: readonly OperationRowState[] = ['SCHEDULED', 'RUNNING', 'PAUSED'];

/** Operations whose time has come and that nobody is at, the oldest first. */
export async function claimableOperations(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `SELECT id::text AS id FROM extension_operation WHERE state = ANY($1::text[]) AND (schedule_at IS NULL OR schedule_at <= now() OR cancelled_at IS NOT NULL)
       AND (lease_until IS NULL OR lease_until < now()) ORDER BY created_at LIMIT $2`,
    [[...OPEN_STATES], limit],
  );
  return rows.map((row) => row.id);
}

/** Takes an operation for a while; null when another process is at it, or it ended. `holder` names the worker and must be its alone. */
export async function claimOperation(database: Database, id: string, holder: string, leaseSeconds: number): Promise<OperationRow | null> {
  const [row] = await database.query<OperationRow>(
    `UPDATE extension_operation SET state = CASE WHEN state = 'SCHEDULED' THEN 'RUNNING' ELSE state END, started_at = coalesce(started_at, now()), revision = revision + 1,
       lease_holder = $2, lease_until = now() + make_interval(secs => $3::float8)
     WHERE id = $1::uuid AND state = ANY($4::text[]) AND (lease_until IS NULL OR lease_until < now()) RETURNING ${OPERATION_COLUMNS}`,
    [id, holder, leaseSeconds, [...OPEN_STATES]],
  );
  if (row) tellOperationChanged(database, id);
  return row ?? null;
}

/** Renews the lease; false when the operation is no longer this holder's. */
export async function renewOperation(db: Queryable, id: string, holder: string, leaseSeconds: number): Promise<boolean> {
  const rows = await db.query(
    `UPDATE extension_operation SET lease_until = now() + make_interval(secs => $3::float8) WHERE id = $1::uuid AND lease_holder = $2 AND state = ANY($4::text[]) RETURNING id`,
    [id, holder, leaseSeconds, [...OPEN_STATES]],
  );
  return rows.length === 1;
}

/** Gives an operation back unfinished: the process stops. */
export async function releaseOperation(db: Queryable, id: string, holder: string): Promise<void> {
  await db.query('UPDATE extension_operation SET lease_until = NULL, lease_holder = NULL WHERE id = $1::uuid AND lease_holder = $2', [id, holder]);
}

/** Changes how an operation stands; ends it for a state that is an end. Returns the row. */
export async function setOperationState(database: Database, id: string, holder: string, state: OperationRowState, stopReason: OperationRow['stopReason']): Promise<OperationRow> {
  const isEnd = ENDED_STATES.includes(state);
  const [row] = await database.query<OperationRow>(
    `UPDATE extension_operation SET state = $3, stop_reason = coalesce($4, stop_reason), revision = revision + 1, finished_at = CASE WHEN $5 THEN now() END,
       lease_holder = CASE WHEN $5 THEN NULL ELSE lease_holder END, lease_until = CASE WHEN $5 THEN NULL ELSE lease_until END
     WHERE id = $1::uuid AND lease_holder = $2 RETURNING ${OPERATION_COLUMNS}`,
    [id, holder, state, stopReason, isEnd],
  );
  if (!row) throw lostLease();
  tellOperationChanged(database, id);
  return row;
}

/** What of an item may change while it is carried out. */
export type ItemPatch = Partial<Pick<
  OperationItemRow,
  'state' | 'file' | 'fromVersion' | 'toVersion' | 'wasActive' | 'reason' | 'message' | 'recovery' | 'healthBefore' | 'healthAfter' | 'log' | 'attemptedAt' | 'startedAt' | 'finishedAt'
>>;

/** Writes an item's changes, all or none. Throws when the lease is lost. Other columns stay. */
export async function saveItem(database: Database, item: OperationItemRow, holder: string, patch: ItemPatch): Promise<OperationItemRow> {
  const next: OperationItemRow = { ...item, ...patch };
  const rows = await database.query<OperationItemRow>(
    `WITH held AS (UPDATE extension_operation SET revision = revision + 1 WHERE id = $2::uuid AND lease_holder = $4 RETURNING id)
     UPDATE extension_operation_item SET state = $5, file = $6, from_version = $7, to_version = $8, was_active = $9, reason = $10, message = $11, recovery = $12,
       health_before = $13::jsonb, health_after = $14::jsonb, log = $15::jsonb, attempted_at = $16, started_at = $17, finished_at = $18
     FROM held WHERE site_id = $1 AND operation_id = held.id AND position = $3 RETURNING ${ITEM_COLUMNS}`,
    [
      item.siteId, item.operationId, item.position, holder, next.state, next.file, next.fromVersion, next.toVersion, next.wasActive, next.reason, next.message?.slice(0, 1000) ?? null,
      next.recovery, jsonOrNull(next.healthBefore), jsonOrNull(next.healthAfter), JSON.stringify(next.log.slice(-MAX_LOG_LINES)), next.attemptedAt, next.startedAt, next.finishedAt,
    ],
  );
  const [row] = rows;
  if (!row) throw lostLease();
  tellOperationChanged(database, item.operationId);
  return row;
}

/**
 * Records that the site is about to be called, before it is. Null when something else is being done with extensions of that site:
 * try again later. From here on the item's call is never made again.
 */
export async function recordAttempt(database: Database, item: OperationItemRow, holder: string, patch: ItemPatch, now: Date): Promise<OperationItemRow | null> {
  return database.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('sitegraph.extensions.' || $1::text, 0))`, [item.siteId]);
    const [busy] = await tx.query(
      `SELECT 1 AS busy FROM extension_operation_item i JOIN extension_operation o ON o.id = i.operation_id
       WHERE i.site_id = $1 AND i.state IN ('CALLING', 'CHECKING', 'RECOVERING') AND NOT (i.operation_id = $2::uuid AND i.position = $3) AND o.lease_until > now() LIMIT 1`,
      [item.siteId, item.operationId, item.position],
    );
    if (busy) return null;
    const [held] = await tx.query(`SELECT state FROM extension_operation_item WHERE site_id = $1 AND operation_id = $2::uuid AND position = $3 AND attempted_at IS NULL`, [item.siteId, item.operationId, item.position]);
    if (!held) throw new AppError('INTERNAL', 'an item of an operation is attempted once; this one was');
    return saveItem({ ...database, query: tx.query.bind(tx) } as Database, item, holder, { ...patch, state: 'CALLING', attemptedAt: now });
  });
}

/** Ends every item that was not called; what a process that died was looking at is among them. Returns how many. Only when nothing is at work. */
export async function endPending(database: Database, id: string, holder: string, reason: 'CANCELLED' | 'CANARY_FAILED' | 'STOPPED', message: string, now: Date): Promise<number> {
  const rows = await database.query(
    `UPDATE extension_operation_item SET state = 'CANCELLED', reason = $3, message = $4, finished_at = $5, log = log || jsonb_build_array(jsonb_build_object('at', $6::text, 'message', $4::text))
     WHERE operation_id = $1::uuid AND state IN ('PENDING', 'PREPARING') AND EXISTS (SELECT 1 FROM extension_operation WHERE id = $1::uuid AND lease_holder = $2) RETURNING position`,
    [id, holder, reason, message, now, now.toISOString()],
  );
  if (rows.length > 0) tellOperationChanged(database, id);
  return rows.length;
}

/** All items of an operation, in order. */
export async function allItems(db: Queryable, id: string): Promise<OperationItemRow[]> {
  return db.query<OperationItemRow>(`SELECT ${ITEM_COLUMNS} FROM extension_operation_item WHERE operation_id = $1::uuid ORDER BY position`, [id]);
}

/** Whether somebody cancelled the operation, or the account that asked for it was disabled meanwhile. */
export async function isCancelled(db: Queryable, id: string): Promise<boolean> {
  const [row] = await db.query(`SELECT 1 AS cancelled FROM extension_operation o WHERE o.id = $1::uuid
       AND (o.cancelled_at IS NOT NULL OR EXISTS (SELECT 1 FROM account a WHERE a.id = o.account_id AND a.disabled_at IS NOT NULL))`, [id]);
  return row !== undefined;
}

export const lostLease = (): AppError => new AppError('OVERLOADED', 'another process took the operation over');

const jsonOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

