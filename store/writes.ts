// The record of writes towards sites, kept before a site is called: what makes a retry harmless and an unknown outcome
// findable. Called by the mutations of the subgraphs and by jobs/; store/apply confirms a receipt when its echo arrives.
import { createHash } from 'node:crypto';
import type { Json } from '../core/changes.js';
import { orderedId, type SiteId } from '../core/ids.js';
import { stableJson } from './apply/merge.js';
import type { Queryable, Row, SqlValue } from './database.js';
import { targetColumns, targetJoin, type TargetRow } from './site-calls.js';

export type WriteState = 'QUEUED' | 'DISPATCHED' | 'APPLIED' | 'CONFIRMED' | 'REJECTED';

export interface WriteRecord extends Row {
  readonly id: string;
  readonly siteId: SiteId;
  /** Whose write it is. */
  readonly accountId: string;
  readonly operation: string;
  readonly inputHash: string;
  readonly state: WriteState;
  readonly userId: number | null;
  readonly targets: readonly string[];
  readonly result: Json;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** The site's clock when it can have begun to act, in microseconds; events of before are not echoes. */
  readonly siteRev: number | null;
  readonly sequence: number | null;
  readonly acceptedAt: Date;
  readonly dispatchedAt: Date | null;
  readonly answeredAt: Date | null;
  readonly confirmedAt: Date | null;
}

export interface NewWrite {
  readonly siteId: SiteId;
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly operation: string;
  readonly inputHash: string;
  readonly userId: number | null;
  readonly targets: readonly string[];
  readonly state: 'QUEUED' | 'DISPATCHED';
  /** What was asked, encrypted: kept until the outcome is known. */
  readonly input: Uint8Array;
}

const COLUMNS = `id::text AS id, site_id AS "siteId", account_id::text AS "accountId", operation, input_hash AS "inputHash", state, user_id AS "userId", targets, result,
  error_code AS "errorCode", error_message AS "errorMessage", site_rev AS "siteRev", sequence, accepted_at AS "acceptedAt", dispatched_at AS "dispatchedAt",
  answered_at AS "answeredAt", confirmed_at AS "confirmedAt"`;

/** The digest that tells whether a key is used again for the same thing. */
export function hashInput(operation: string, input: unknown): string {
  return createHash('sha256').update(`${operation}\n${stableJson(input)}`).digest('base64url');
}

/** A write that was begun, or the earlier one of its key. */
export interface BegunWrite {
  readonly isNew: boolean;
  readonly record: WriteRecord;
  /** How its site is called by who makes it, still encrypted: what would be asked next. Null when another statement found the record. */
  readonly target: TargetRow | null;
}

const BEGIN = `
  WITH added AS (
    INSERT INTO write_receipt (site_id, id, account_id, idempotency_key, operation, input_hash, state, user_id, targets, input, accepted_at, dispatched_at)
    VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9::text[], $11, $10, CASE WHEN $7 = 'DISPATCHED' THEN $10::timestamptz END)
    ON CONFLICT (site_id, account_id, idempotency_key) DO NOTHING RETURNING *),
  found AS (
    SELECT ${COLUMNS}, true AS "isNew" FROM added
    UNION ALL
    SELECT ${COLUMNS}, false AS "isNew" FROM write_receipt WHERE site_id = $1 AND account_id = $3::uuid AND idempotency_key = $4 AND NOT EXISTS (SELECT 1 FROM added)
    LIMIT 1)
  SELECT found.*, ${targetColumns('$8')} FROM found JOIN site s ON s.id = $1 ${targetJoin('$8')}`;

/**
 * Records a write before it is made. When the account used the key on this site before, nothing is recorded and the
 * earlier write is returned: `isNew` false. One statement, so that of two at once one is the first.
 */
export async function beginWrite(db: Queryable, write: NewWrite, now: Date): Promise<BegunWrite> {
  const [row] = await db.query<WriteRecord & TargetRow & { isNew: boolean }>(BEGIN, [
    write.siteId, orderedId(), write.accountId, write.idempotencyKey, write.operation, write.inputHash, write.state, write.userId, write.targets, now, write.input,
  ]);
  if (row) {
    const { isNew, url, homeUrl, connectionKind, ownerUserId, apiStyle, signingPort, isDisconnected, login, secret, holderId, token, ...record } = row;
    return { isNew, record: record as WriteRecord, target: { url, homeUrl, connectionKind, ownerUserId, apiStyle, signingPort, isDisconnected, login, secret, holderId, token } };
  }
  // The other of two at once committed after this statement began: it is there now.
  return { isNew: false, record: (await findByKey(db, write)) as WriteRecord, target: null };
}

/** Refusals after which nothing was done on the site: the same key may try again. */
const TRY_AGAIN = ['SITE_UNREACHABLE', 'RATE_LIMITED'];

/** Takes up a write that came to nothing, for another try with the same key and input; null when it is not one, or another took it. */
export async function reopenWrite(db: Queryable, siteId: SiteId, id: string, inputHash: string, now: Date): Promise<WriteRecord | null> {
  const [row] = await db.query<WriteRecord>(
    `UPDATE write_receipt SET state = 'DISPATCHED', error_code = NULL, error_message = NULL, result = NULL, answered_at = NULL, dispatched_at = $4
     WHERE site_id = $1 AND id = $2::uuid AND input_hash = $3 AND state = 'REJECTED' AND error_code = ANY($5::text[]) RETURNING ${COLUMNS}`,
    [siteId, id, inputHash, now, TRY_AGAIN],
  );
  return row ?? null;
}

/** The write that an account made under a key; null when it made none. */
export async function findByKey(db: Queryable, { siteId, accountId, idempotencyKey }: Pick<NewWrite, 'siteId' | 'accountId' | 'idempotencyKey'>): Promise<WriteRecord | null> {
  const [row] = await db.query<WriteRecord>(
    `SELECT ${COLUMNS} FROM write_receipt WHERE site_id = $1 AND account_id = $2::uuid AND idempotency_key = $3`,
    [siteId, accountId, idempotencyKey],
  );
  return row ?? null;
}

export interface WriteEnd {
  readonly state: 'APPLIED' | 'REJECTED' | 'DISPATCHED' | 'QUEUED';
  readonly targets: readonly string[];
  readonly result: Json;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly siteRev: number | null;
}

/** The end of a write as SQL: parameters from `at` on are those of {@link endValues}; `sequence` is the site's at that moment. */
export function endSql(at: number, sequence: string): string {
  const [id, state, targets, result, errorCode, errorMessage, now, siteRev] = Array.from({ length: 8 }, (_value, index) => `$${at + index}`);
  return `UPDATE write_receipt SET state = CASE WHEN state = 'CONFIRMED' THEN state ELSE ${state} END, targets = ${targets}::text[],
      result = CASE WHEN ${state} = 'DISPATCHED' THEN result ELSE ${result}::jsonb END,
      error_code = ${errorCode}, error_message = ${errorMessage},
      answered_at = CASE WHEN ${state} IN ('APPLIED', 'REJECTED') THEN ${now}::timestamptz ELSE answered_at END,
      dispatched_at = coalesce(dispatched_at, CASE WHEN ${state} <> 'QUEUED' THEN ${now}::timestamptz END),
      input = CASE WHEN ${state} IN ('QUEUED', 'DISPATCHED') THEN input END, site_rev = coalesce(${siteRev}::bigint, site_rev), sequence = ${sequence}
    WHERE site_id = $1 AND id = ${id}::uuid RETURNING ${COLUMNS}`;
}

export function endValues({ id, end, now }: EndedWrite): SqlValue[] {
  return [id, end.state, end.targets, JSON.stringify(end.result), end.errorCode, end.errorMessage, now, end.siteRev];
}

/** A write with how it ended. */
export interface EndedWrite {
  readonly id: string;
  readonly end: WriteEnd;
  readonly now: Date;
}

const END = endSql(2, '(SELECT sequence FROM site WHERE id = $1)');

/** Records how a write ended about which the site said nothing to apply; store/apply does it for the others. */
export async function endWrite(db: Queryable, siteId: SiteId, ended: EndedWrite): Promise<WriteRecord> {
  const [row] = await db.query<WriteRecord>(END, [siteId, ...endValues(ended)]);
  return row as WriteRecord;
}

/** An open write that a process took, with what it needs to go on. */
export interface ClaimedWrite {
  readonly record: WriteRecord;
  readonly input: Uint8Array;
}

/** How long after it was sent a write is left to the request that sent it. */
const OWN_TIME_SECONDS = 45;
const LEASE_SECONDS = 120;
/** After so long without anything to read back, the outcome stays unknown for good: it is no longer asked for and holds nothing back. */
const GIVEN_UP_HOURS = 24;
const isGivenUp = (now: string): string => `(state = 'DISPATCHED' AND dispatched_at < ${now}::timestamptz - interval '${GIVEN_UP_HOURS} hours')`;

async function claim(db: Queryable, text: string, values: readonly SqlValue[]): Promise<ClaimedWrite | null> {
  const [row] = await db.query<WriteRecord & { input: Uint8Array | null }>(text, values);
  if (!row || row.input === null) return null;
  const { input, ...record } = row;
  return { record: record as WriteRecord, input };
}

/** Takes the oldest write of a site whose outcome is not known and that nobody is at; it stays taken for two minutes. */
export function claimUnsettled(db: Queryable, siteId: SiteId, now: Date): Promise<ClaimedWrite | null> {
  return claim(
    db,
    `UPDATE write_receipt SET lease_until = $2::timestamptz + interval '${LEASE_SECONDS} seconds' WHERE site_id = $1 AND id = (
       SELECT id FROM write_receipt WHERE site_id = $1 AND state = 'DISPATCHED' AND dispatched_at < $2::timestamptz - interval '${OWN_TIME_SECONDS} seconds'
         AND (lease_until IS NULL OR lease_until < $2) AND NOT ${isGivenUp('$2')} ORDER BY accepted_at, id LIMIT 1 FOR UPDATE)
     RETURNING ${COLUMNS}, input`,
    [siteId, now],
  );
}

/**
 * Takes the oldest write that waits for its site, for delivery: from here on it counts as sent. Null while an older one is open, so
 * that they reach the site in order, whoever delivers them.
 */
export function claimQueued(db: Queryable, siteId: SiteId, now: Date): Promise<ClaimedWrite | null> {
  return claim(
    db,
    `UPDATE write_receipt SET state = 'DISPATCHED', dispatched_at = $2, error_code = NULL, error_message = NULL,
       lease_until = $2::timestamptz + interval '${LEASE_SECONDS} seconds' WHERE site_id = $1 AND state = 'QUEUED' AND id = (
       SELECT id FROM write_receipt WHERE site_id = $1 AND state IN ('QUEUED', 'DISPATCHED') AND NOT ${isGivenUp('$2')} ORDER BY accepted_at, id LIMIT 1 FOR UPDATE)
     RETURNING ${COLUMNS}, input`,
    [siteId, now],
  );
}

/** Keeps an open write to the process that is at it until a moment, for what takes longer than a request. */
export async function holdWrite(db: Queryable, siteId: SiteId, id: string, until: Date): Promise<void> {
  await db.query(`UPDATE write_receipt SET lease_until = $3 WHERE site_id = $1 AND id = $2::uuid AND state = 'DISPATCHED'`, [siteId, id, until]);
}

/** Sites that have writes waiting or unsettled that are older than a moment. */
export async function sitesWithOpenWrites(db: Queryable, before: Date, limit: number): Promise<SiteId[]> {
  const rows = await db.query<{ siteId: SiteId }>(
    `SELECT DISTINCT site_id AS "siteId" FROM write_receipt WHERE state IN ('QUEUED', 'DISPATCHED') AND accepted_at < $1 AND NOT ${isGivenUp('$1')} ORDER BY site_id LIMIT $2`,
    [before, limit],
  );
  return rows.map((row) => row.siteId);
}

/** A receipt by its id. */
export async function findWrite(db: Queryable, siteId: SiteId, id: string): Promise<WriteRecord | null> {
  const [row] = await db.query<WriteRecord>(`SELECT ${COLUMNS} FROM write_receipt WHERE site_id = $1 AND id = $2::uuid`, [siteId, id]);
  return row ?? null;
}
