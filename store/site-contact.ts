// What a site tells about itself beside its items: its queue, its addresses, that it leaves. Called by sync/ only.
import type { SiteId } from '../core/ids.js';
import { siteRow } from './cache/parts.js';
import { addressKey } from './connections.js';
import type { Queryable } from './database.js';

/** Notes how full the site's queue was when it sent, and the age of its oldest event in seconds. */
export async function recordQueue(tx: Queryable, siteId: SiteId, size: number, lagSeconds: number): Promise<void> {
  await tx.query('UPDATE site SET queue_size = $2, queue_lag_seconds = $3 WHERE id = $1', [siteId, size, lagSeconds], siteRow(siteId));
}

/** Learns the home address of a site that has not synced yet; afterwards the site's own items tell it. */
export async function adoptHomeUrl(db: Queryable, siteId: SiteId, homeUrl: string): Promise<void> {
  await db.query('UPDATE site SET home_url = $2 WHERE id = $1 AND last_received_at IS NULL', [siteId, homeUrl], siteRow(siteId));
}

/** Moves a site to new addresses; false when one of them is another site's, whatever its scheme or www. */
export async function moveSite(db: Queryable, siteId: SiteId, url: string, homeUrl: string): Promise<boolean> {
  const rows = await db.query(
    `UPDATE site SET url = $2, home_url = $3 WHERE id = $1 AND NOT EXISTS (
       SELECT 1 FROM site other WHERE other.id <> $1 AND regexp_replace(other.url, '^https?://(www\\.)?', '') = ANY($4::text[])) RETURNING id`,
    [siteId, url, homeUrl, [addressKey(url), addressKey(homeUrl)]],
    siteRow(siteId),
  );
  return rows.length === 1;
}

/** A connected person as the site told of them; null when no such user was synced. */
export async function connectedUser(db: Queryable, siteId: SiteId, userId: number): Promise<{ login: string; email: string; displayName: string } | null> {
  const [row] = await db.query<{ login: string; email: string; displayName: string }>(
    `SELECT coalesce(login, '') AS login, coalesce(email, '') AS email, coalesce(display_name, '') AS "displayName"
     FROM site_user WHERE site_id = $1 AND id = $2 AND alive`,
    [siteId, userId],
  );
  return row ?? null;
}

/** Notes that a site was read to the end, whether or not anything was new; `isWhole` when that was everything there is. */
export async function recordReading(db: Queryable, siteId: SiteId, at: Date, isWhole: boolean): Promise<void> {
  await db.query(
    `UPDATE site SET last_received_at = greatest(last_received_at, $2::timestamptz),
       last_full_sync_at = CASE WHEN $3 THEN greatest(last_full_sync_at, $2::timestamptz) ELSE last_full_sync_at END WHERE id = $1`,
    [siteId, at, isWhole],
    siteRow(siteId),
  );
}

/** Notes that a verification found the whole copy equal to the site, or made it so. */
export async function recordVerified(db: Queryable, siteId: SiteId, at: Date): Promise<void> {
  await db.query('UPDATE site SET verified_at = greatest(verified_at, $2::timestamptz) WHERE id = $1', [siteId, at], siteRow(siteId));
}
