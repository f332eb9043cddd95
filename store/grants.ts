// Grants of the connection protocol: texts that allow one thing once and for a while (nonces of zero-touch registration,
// authorization codes, invitations). Called by sync/connection and bin/. Only the SHA-256 of a grant is stored.
import { createHash, randomBytes } from 'node:crypto';
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';

/**
 * `nonce`: a site that we asked to register may do so; `code`: a person approved a site's request for a token; `link`: the account that
 * opened an authorize link first; `invitation`: one new site may register.
 */
export type GrantKind = 'nonce' | 'code' | 'link' | 'invitation';

/** What a grant is bound to; null where it is bound to nothing. */
export interface Grant {
  readonly siteId: SiteId | null;
  readonly siteUrl: string | null;
  readonly userId: number | null;
  readonly accountId: string | null;
}

export type NewGrant = Partial<Grant> & { readonly kind: GrantKind; readonly expiresAt: Date };

const COLUMNS = 'site_id AS "siteId", site_url AS "siteUrl", user_id AS "userId", account_id AS "accountId"';
const GRANT_BYTES = 24;
/** Expired grants are kept this long, so that a late user can be told from a liar by whoever reads the table. */
const KEPT_MS = 24 * 3_600_000;

/** Makes a grant and returns its text: 48 hexadecimal digits, or what `shape` makes of them. Forgets those that expired long ago. */
export async function issueGrant(db: Queryable, grant: NewGrant, now: Date, shape: (random: string) => string = (random) => random): Promise<string> {
  const text = shape(randomBytes(GRANT_BYTES).toString('hex'));
  await db.query('DELETE FROM connection_grant WHERE expires_at < $1', [new Date(now.getTime() - KEPT_MS)]);
  await insertGrant(db, text, grant, now);
  return text;
}

/** Records a grant whose text is given; false when it is recorded already. */
export async function insertGrant(db: Queryable, text: string, grant: NewGrant, now: Date): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO connection_grant (hash, kind, site_id, site_url, user_id, account_id, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6::uuid, $7, $8) ON CONFLICT DO NOTHING RETURNING kind`,
    [hashOf(text), grant.kind, grant.siteId ?? null, grant.siteUrl ?? null, grant.userId ?? null, grant.accountId ?? null, now, grant.expiresAt],
  );
  return rows.length === 1;
}

/** Looks at a grant without using it; null when it is unknown, used or expired. */
export async function findGrant(db: Queryable, kind: GrantKind, text: string, now: Date): Promise<Grant | null> {
  const [row] = await db.query(`SELECT ${COLUMNS} FROM connection_grant WHERE hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3`, [hashOf(text), kind, now]);
  return (row as Grant | undefined) ?? null;
}

/** Uses a grant up; null when it is unknown, used, expired, or bound to another site than the one given. */
export async function takeGrant(db: Queryable, kind: GrantKind, text: string, now: Date, siteId: SiteId | null = null): Promise<Grant | null> {
  const [row] = await db.query(
    `UPDATE connection_grant SET used_at = $3 WHERE hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3
       AND ($4::bigint IS NULL OR site_id = $4) RETURNING ${COLUMNS}`,
    [hashOf(text), kind, now, siteId],
  );
  return (row as Grant | undefined) ?? null;
}

/** Whether a site that we asked to register has asked back about its nonce and not registered since. */
export async function hasOpenNonce(db: Queryable, siteUrl: string, now: Date): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM connection_grant WHERE kind = 'nonce' AND site_url = $1 AND site_id IS NULL AND used_at IS NOT NULL AND expires_at > $2`,
    [siteUrl, now],
  );
  return rows.length > 0;
}

/** Notes on the nonces of an address which site registered with them, and as whom: they admit nobody any more. */
export async function settleNonces(db: Queryable, siteUrl: string, siteId: SiteId, userId: number): Promise<void> {
  await db.query(
    `UPDATE connection_grant SET site_id = $2, user_id = $3 WHERE kind = 'nonce' AND site_url = $1 AND site_id IS NULL AND used_at IS NOT NULL`,
    [siteUrl, siteId, userId],
  );
}

/** Takes a nonce away; returns the site and user that registered with it, null for each when nobody did. */
export async function closeNonce(db: Queryable, nonce: string): Promise<{ siteId: SiteId | null; userId: number | null }> {
  const [row] = await db.query(`DELETE FROM connection_grant WHERE hash = $1 AND kind = 'nonce' RETURNING ${COLUMNS}`, [hashOf(nonce)]);
  const grant = row as Grant | undefined;
  return { siteId: grant?.siteId ?? null, userId: grant?.userId ?? null };
}

/** The account that a `link` grant belongs to; null when there is none. */
export async function linkOwner(db: Queryable, text: string): Promise<string | null> {
  const [row] = await db.query<{ account: string }>(`SELECT account_id AS account FROM connection_grant WHERE hash = $1 AND kind = 'link'`, [hashOf(text)]);
  return row?.account ?? null;
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
