// Writes what an account follows and has seen. Called by the reader's mutations; these rows are the installation's own
// and never come from a site. Every write may be repeated.
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';

/** Sites that one account can follow; a feed reads each of them. */
export const MAX_FOLLOWS = 1000;

const FOLLOW = `
  WITH held AS (SELECT count(*) AS count, coalesce(bool_or(site_id = $2), false) AS known FROM reader_follow WHERE account_id = $1::uuid),
  added AS (
    INSERT INTO reader_follow (account_id, site_id) SELECT $1::uuid, s.id FROM site s, held WHERE s.id = $2 AND (held.known OR held.count < ${MAX_FOLLOWS})
    ON CONFLICT (account_id, site_id) DO NOTHING RETURNING site_id
  )
  SELECT EXISTS (SELECT 1 FROM site WHERE id = $2) AS exists, held.known OR EXISTS (SELECT 1 FROM added) AS followed FROM held`;

/** Follows a site. Following it again changes nothing. */
export async function followSite(db: Queryable, accountId: string, siteId: SiteId): Promise<'followed' | 'no-such-site' | 'too-many'> {
  const [row] = await db.query<{ exists: boolean; followed: boolean }>(FOLLOW, [accountId, siteId], [{ table: 'reader_follow', of: accountId }]);
  if (!row?.exists) return 'no-such-site';
  return row.followed ? 'followed' : 'too-many';
}

/** Ends following a site; tells whether it was followed. */
export async function unfollowSite(db: Queryable, accountId: string, siteId: SiteId): Promise<boolean> {
  const rows = await db.query('DELETE FROM reader_follow WHERE account_id = $1::uuid AND site_id = $2 RETURNING site_id', [accountId, siteId], [{ table: 'reader_follow', of: accountId }]);
  return rows.length > 0;
}

/** A post of a site. */
export interface SeenPost {
  readonly siteId: SiteId;
  readonly localId: number;
}

const MARK = `INSERT INTO reader_seen (account_id, site_id, post_id) SELECT $1::uuid, seen.site_id, seen.post_id
  FROM unnest($2::bigint[], $3::bigint[]) AS seen (site_id, post_id) ON CONFLICT DO NOTHING`;
const UNMARK = `DELETE FROM reader_seen r USING unnest($2::bigint[], $3::bigint[]) AS seen (site_id, post_id)
  WHERE r.account_id = $1::uuid AND r.site_id = seen.site_id AND r.post_id = seen.post_id`;

/** Marks posts as seen, or takes the marks away. */
export async function markPosts(db: Queryable, accountId: string, posts: readonly SeenPost[], seen: boolean): Promise<void> {
  if (posts.length === 0) return;
  await db.query(seen ? MARK : UNMARK, [accountId, posts.map((post) => post.siteId), posts.map((post) => post.localId)], [{ table: 'reader_seen', of: accountId }]);
}
