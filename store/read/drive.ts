// What driving a site needs to know of it: who it is, what of WooCommerce it has, which sites are due for a look or a verification.
// Called by sync/drive and jobs/. Reads only.
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';

export interface DrivenSite {
  readonly id: SiteId;
  readonly url: string;
  readonly connectionKind: 'jetpack' | 'rest';
  readonly ownerUserId: number | null;
  readonly isDisconnected: boolean;
}

/** A site as far as driving needs it; null when there is none. */
export async function findDrivenSite(db: Queryable, siteId: SiteId): Promise<DrivenSite | null> {
  const [row] = await db.query(
    `SELECT id, url, connection_kind AS "connectionKind", owner_user_id AS "ownerUserId", disconnected_at IS NOT NULL AS "isDisconnected" FROM site WHERE id = $1`,
    [siteId],
  );
  return (row as DrivenSite | undefined) ?? null;
}

/** Which modules of WooCommerce a site has, from what it synced: none, order items, or also orders in tables of their own. */
export async function readShopModules(db: Queryable, siteId: SiteId): Promise<string[]> {
  const [row] = await db.query<{ isActive: boolean; hasOrderTables: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM plugin WHERE site_id = $1 AND file = 'woocommerce/woocommerce.php' AND (active OR network_active)) AS "isActive",
       EXISTS (SELECT 1 FROM setting WHERE site_id = $1 AND setting_kind = 'OPTION' AND name = 'woocommerce_custom_orders_table_enabled' AND alive
         AND value #>> '{}' = 'yes') AS "hasOrderTables"`,
    [siteId],
  );
  if (!row?.isActive) return [];
  return row.hasOrderTables ? ['woocommerce', 'woocommerce_hpos_orders'] : ['woocommerce'];
}

/**
 * Connected Jetpack sites with something synced whose hour of the day has come (spread by their id) and that were not verified
 * since `before`; longest unverified first.
 */
export async function sitesDueForVerification(db: Queryable, slotSecondsOfDay: number, before: Date, limit: number): Promise<SiteId[]> {
  const rows = await db.query<{ id: SiteId }>(
    `SELECT s.id FROM site s LEFT JOIN LATERAL (
       SELECT max(requested_at) AS at FROM sync_run r WHERE r.site_id = s.id AND r.kind IN ('VERIFY', 'REPAIR', 'FULL')) last ON true
     WHERE s.disconnected_at IS NULL AND s.connection_kind = 'jetpack' AND s.last_full_sync_at IS NOT NULL
       AND (last.at IS NULL OR last.at < $2) AND (s.id % 86400 * 7919 % 86400) <= $1
     ORDER BY last.at NULLS FIRST, s.id LIMIT $3`,
    [slotSecondsOfDay, before, limit],
  );
  return rows.map((row) => row.id);
}

/** Connected Jetpack sites that lag, or were not heard from since `silentSince`; longest silent first. */
export async function sitesDueForLook(db: Queryable, silentSince: Date, maxLagSeconds: number, limit: number): Promise<SiteId[]> {
  const rows = await db.query<{ id: SiteId }>(
    `SELECT id FROM site WHERE disconnected_at IS NULL AND connection_kind = 'jetpack' AND blog_token IS NOT NULL
       AND (coalesce(last_received_at, created_at) < $1 OR (queue_lag_seconds > $2 AND queue_size > 0))
     ORDER BY last_received_at NULLS FIRST, id LIMIT $3`,
    [silentSince, maxLagSeconds, limit],
  );
  return rows.map((row) => row.id);
}
