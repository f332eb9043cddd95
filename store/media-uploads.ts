// Files on their way from apps to sites: what was announced, whose it is, and how far it came. The bytes are in the uploads folder of the
// process that receives them (origin/uploads); what a site made of them is the receipt's to tell.
import { openLink, sealLink } from '../core/signed-link.js';
import type { Json } from '../core/changes.js';
import { orderedId, type SiteId } from '../core/ids.js';
import type { Queryable, Row } from './database.js';
import type { Secrets } from './secrets.js';
import type { Store } from './store.js';

export interface UploadRow extends Row {
  readonly siteId: SiteId;
  readonly id: string;
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly inputHash: string;
  readonly bytes: number;
  readonly state: 'OPEN' | 'RECEIVED' | 'ENDED';
  readonly writeId: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const COLUMNS = `site_id AS "siteId", id::text AS id, account_id::text AS "accountId", idempotency_key AS "idempotencyKey", input_hash AS "inputHash", bytes, state,
  write_id::text AS "writeId", error_code AS "errorCode", error_message AS "errorMessage", created_at AS "createdAt", expires_at AS "expiresAt"`;

export interface NewUpload {
  readonly siteId: SiteId;
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly inputHash: string;
  readonly bytes: number;
  readonly input: Json;
  readonly expiresAt: Date;
}

const boxContext = (siteId: SiteId): string => `upload:${siteId}`;

/** Announces an upload; the earlier one when the account used the key on this site before. */
export async function createUpload(store: Store, upload: NewUpload, now: Date): Promise<UploadRow> {
  const input = store.secrets.encrypt(JSON.stringify(upload.input), boxContext(upload.siteId));
  const [row] = await store.database.query<UploadRow>(
    `WITH added AS (
       INSERT INTO media_upload (site_id, id, account_id, idempotency_key, input_hash, bytes, state, input, created_at, expires_at)
       VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, 'OPEN', $7, $8, $9) ON CONFLICT (site_id, account_id, idempotency_key) DO NOTHING RETURNING *)
     SELECT ${COLUMNS} FROM added
     UNION ALL SELECT ${COLUMNS} FROM media_upload WHERE site_id = $1 AND account_id = $3::uuid AND idempotency_key = $4 AND NOT EXISTS (SELECT 1 FROM added) LIMIT 1`,
    [upload.siteId, orderedId(), upload.accountId, upload.idempotencyKey, upload.inputHash, upload.bytes, input, now, upload.expiresAt],
  );
  return row ?? ((await findUploadByKey(store.database, upload)) as UploadRow);
}

/** The upload that an account announced under a key. */
export async function findUploadByKey(db: Queryable, { siteId, accountId, idempotencyKey }: Pick<NewUpload, 'siteId' | 'accountId' | 'idempotencyKey'>): Promise<UploadRow | null> {
  const [row] = await db.query<UploadRow>(`SELECT ${COLUMNS} FROM media_upload WHERE site_id = $1 AND account_id = $2::uuid AND idempotency_key = $3`, [siteId, accountId, idempotencyKey]);
  return row ?? null;
}

export async function findUpload(db: Queryable, siteId: SiteId, id: string): Promise<UploadRow | null> {
  const [row] = await db.query<UploadRow>(`SELECT ${COLUMNS} FROM media_upload WHERE site_id = $1 AND id = $2::uuid`, [siteId, id]);
  return row ?? null;
}

/** How much an account has announced that has not ended, on all sites. */
export async function readOpenUploads(db: Queryable, accountId: string, now: Date): Promise<{ readonly count: number; readonly bytes: number }> {
  const [row] = await db.query<{ count: number; bytes: number }>(
    `SELECT count(*) AS count, coalesce(sum(bytes), 0)::bigint AS bytes FROM media_upload WHERE account_id = $1::uuid AND (state = 'RECEIVED' OR (state = 'OPEN' AND expires_at > $2))`,
    [accountId, now],
  );
  return row ?? { count: 0, bytes: 0 };
}

/** All bytes are there: from here on it is sent to the site. False when it was not open. */
export async function receiveUpload(db: Queryable, siteId: SiteId, id: string): Promise<boolean> {
  const rows = await db.query(`UPDATE media_upload SET state = 'RECEIVED' WHERE site_id = $1 AND id = $2::uuid AND state = 'OPEN' RETURNING id`, [siteId, id]);
  return rows.length === 1;
}

/** Ends an upload that did not come wholly; false when it was not open. */
export async function discardUpload(db: Queryable, siteId: SiteId, id: string, why: string): Promise<boolean> {
  const rows = await db.query(
    `UPDATE media_upload SET state = 'ENDED', input = NULL, error_code = 'INVALID', error_message = $3 WHERE site_id = $1 AND id = $2::uuid AND state = 'OPEN' RETURNING id`, [siteId, id, why]);
  return rows.length === 1;
}

export interface ClaimedUpload {
  readonly upload: UploadRow;
  readonly input: Json;
}

/** Takes the oldest upload that is to be sent, of those whose files are here, and not of a site that is being sent to. */
export async function claimUpload(store: Store, ids: readonly string[], busySites: readonly SiteId[], now: Date, leaseUntil: Date): Promise<ClaimedUpload | null> {
  const [row] = await store.database.query<UploadRow & { input: Uint8Array | null }>(
    `UPDATE media_upload SET lease_until = $4 WHERE (site_id, id) = (
       SELECT site_id, id FROM media_upload WHERE id = ANY($1::uuid[]) AND state = 'RECEIVED' AND NOT site_id = ANY($2::bigint[]) AND (lease_until IS NULL OR lease_until < $3)
       ORDER BY created_at, id LIMIT 1 FOR UPDATE) RETURNING ${COLUMNS}, input`,
    [ids, busySites, now, leaseUntil],
  );
  if (!row || row.input === null) return null;
  const { input, ...upload } = row;
  return { upload: upload as UploadRow, input: JSON.parse(store.secrets.decrypt(input, boxContext(row.siteId))) as Json };
}

/** Leaves an upload for another try, not before a moment. */
export async function postponeUpload(db: Queryable, { siteId, id }: Pick<UploadRow, 'siteId' | 'id'>, writeId: string | null, until: Date): Promise<void> {
  await db.query('UPDATE media_upload SET lease_until = $3, write_id = coalesce($4::uuid, write_id) WHERE site_id = $1 AND id = $2::uuid', [siteId, id, until, writeId]);
}

/** Ends an upload: with the receipt that tells the rest, or with why there is none. */
export async function endUpload(
  db: Queryable, { siteId, id }: Pick<UploadRow, 'siteId' | 'id'>, end: { readonly writeId: string } | { readonly errorCode: string; readonly errorMessage: string },
): Promise<void> {
  const [writeId, errorCode, errorMessage] = 'writeId' in end ? [end.writeId, null, null] : [null, end.errorCode, end.errorMessage];
  await db.query(
    `UPDATE media_upload SET state = 'ENDED', input = NULL, write_id = coalesce($3::uuid, write_id), error_code = $4, error_message = $5 WHERE site_id = $1 AND id = $2::uuid AND state <> 'ENDED'`,
    [siteId, id, writeId, errorCode, errorMessage],
  );
}

/** Those of the ids whose bytes are still wanted. */
export async function readWantedUploads(db: Queryable, ids: readonly string[], now: Date): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>(
    `SELECT id::text AS id FROM media_upload WHERE id = ANY($1::uuid[]) AND (state = 'RECEIVED' OR (state = 'OPEN' AND expires_at > $2))`, [ids, now]);
  return new Set(rows.map((row) => row.id));
}

/** The token of an upload's address. */
export function uploadToken(secrets: Secrets, { siteId, id }: Pick<UploadRow, 'siteId' | 'id'>): string {
  return sealLink(secrets.deriveKey('upload'), `${siteId}/${id}`);
}

/** What a token of an address stands for; null for any other text. */
export function readUploadToken(secrets: Secrets, token: string): Pick<UploadRow, 'siteId' | 'id'> | null {
  const match = /^([1-9][0-9]{0,15})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(openLink(secrets.deriveKey('upload'), token) ?? '');
  return match?.[1] && match[2] ? { siteId: Number(match[1]) as SiteId, id: match[2] } : null;
}
