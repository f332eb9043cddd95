// Who is editing what: locks that are taken through the graph, and those of the sites' own editors as they were last seen. A lock counts until
// it expires; it is word among people and stands in nobody's way here.
import type { SiteId } from '../core/ids.js';
import type { Queryable, Row } from './database.js';
import { type LocalKey, keyText } from './read/content.js';

export interface EditLockRow extends Row {
  readonly siteId: SiteId;
  readonly postId: number;
  readonly source: 'GRAPH' | 'SITE';
  readonly userId: number;
  readonly acquiredAt: Date;
  readonly expiresAt: Date;
}

const COLUMNS = `site_id AS "siteId", post_id AS "postId", source, user_id AS "userId", acquired_at AS "acquiredAt", expires_at AS "expiresAt"`;

export interface LockTaking {
  readonly siteId: SiteId;
  readonly postId: number;
  readonly userId: number;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** Renews a person's lock; null when they hold none. */
export async function renewLock(db: Queryable, { siteId, postId, userId, now, expiresAt }: LockTaking): Promise<EditLockRow | null> {
  const [row] = await db.query<EditLockRow>(
    `UPDATE edit_lock SET expires_at = $5 WHERE site_id = $1 AND post_id = $2 AND source = 'GRAPH' AND user_id = $3 AND expires_at > $4 RETURNING ${COLUMNS}`,
    [siteId, postId, userId, now, expiresAt],
  );
  return row ?? null;
}

/** Takes the lock when it is free, or whoever holds it with `takeOver`; returns the lock that stands then. One statement, so that of two one has it. */
export async function takeLock(db: Queryable, { siteId, postId, userId, now, expiresAt }: LockTaking, takeOver: boolean): Promise<EditLockRow | null> {
  const [row] = await db.query<EditLockRow>(
    `WITH taken AS (
       INSERT INTO edit_lock (site_id, post_id, source, user_id, acquired_at, expires_at) VALUES ($1, $2, 'GRAPH', $3, $4, $5)
       ON CONFLICT (site_id, post_id, source) DO UPDATE SET user_id = excluded.user_id, acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
       WHERE edit_lock.expires_at <= $4 OR edit_lock.user_id = $3 OR $6::boolean RETURNING *)
     SELECT ${COLUMNS} FROM taken
     UNION ALL SELECT ${COLUMNS} FROM edit_lock WHERE site_id = $1 AND post_id = $2 AND source = 'GRAPH' AND NOT EXISTS (SELECT 1 FROM taken) LIMIT 1`,
    [siteId, postId, userId, now, expiresAt, takeOver],
  );
  return row ?? null;
}

/** Gives a person's lock up; somebody else's stays. */
export async function releaseLock(db: Queryable, siteId: SiteId, postId: number, userId: number): Promise<void> {
  await db.query(`DELETE FROM edit_lock WHERE site_id = $1 AND post_id = $2 AND source = 'GRAPH' AND user_id = $3`, [siteId, postId, userId]);
}

/** Notes what the site's own editor was seen to hold; null for nothing. */
export async function noteSiteLock(db: Queryable, siteId: SiteId, postId: number, seen: Pick<EditLockRow, 'userId' | 'acquiredAt' | 'expiresAt'> | null): Promise<void> {
  if (seen === null) {
    await db.query(`DELETE FROM edit_lock WHERE site_id = $1 AND post_id = $2 AND source = 'SITE'`, [siteId, postId]);
    return;
  }
  await db.query(
    `INSERT INTO edit_lock (site_id, post_id, source, user_id, acquired_at, expires_at) VALUES ($1, $2, 'SITE', $3, $4, $5)
     ON CONFLICT (site_id, post_id, source) DO UPDATE SET user_id = excluded.user_id, expires_at = excluded.expires_at,
       acquired_at = CASE WHEN edit_lock.user_id = excluded.user_id THEN edit_lock.acquired_at ELSE excluded.acquired_at END`,
    [siteId, postId, seen.userId, seen.acquiredAt, seen.expiresAt],
  );
}

/** The lock of each content that counts at a moment, by `keyText`: one that was taken through the graph before the site's own. */
export async function readLocks(db: Queryable, keys: readonly LocalKey[], now: Date): Promise<Map<string, EditLockRow>> {
  const rows = await db.query<EditLockRow>(
    `SELECT DISTINCT ON (site_id, post_id) ${COLUMNS} FROM edit_lock
     WHERE (site_id, post_id) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[])) AND expires_at > $3 ORDER BY site_id, post_id, source`,
    [keys.map((key) => key.siteId), keys.map((key) => key.localId), now],
  );
  return new Map(rows.map((row) => [keyText(row.siteId, row.postId), row]));
}
