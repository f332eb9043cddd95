// Reads what decides whether an operation can be done on sites: how they are called, as whom, and whether they answer. Called by the
// extensions subgraph for plans and by policies; one statement for all sites.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';
import type { PluginRecord } from './extensions.js';

export interface TargetSite extends Row {
  readonly siteId: SiteId;
  readonly connectionKind: 'jetpack' | 'rest';
  readonly isDisconnected: boolean;
  readonly hasBlogToken: boolean;
  readonly ownerUserId: number | null;
  readonly ownerName: string;
  /** Users of the site with a token, or an application password, here. */
  readonly connectedUserIds: readonly number[];
  /** Open findings that say that there is no way to the site. */
  readonly noWay: readonly string[];
}

const NO_WAY = ['unreachable', 'timeout', 'certificate', 'private-address', 'resting'];

/** The sites that exist, by id. */
export async function targetSites(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, TargetSite>> {
  const rows = await db.query<TargetSite>(
    `SELECT s.id AS "siteId", s.connection_kind AS "connectionKind", s.disconnected_at IS NOT NULL AS "isDisconnected", s.blog_token IS NOT NULL AS "hasBlogToken",
       s.owner_user_id AS "ownerUserId", coalesce(u.display_name, u.login, 'user ' || s.owner_user_id, 'the site') AS "ownerName",
       coalesce(CASE WHEN s.connection_kind = 'rest' THEN (SELECT jsonb_agg(c.user_id ORDER BY c.user_id) FROM site_credential c WHERE c.site_id = s.id)
         ELSE (SELECT jsonb_agg(t.user_id ORDER BY t.user_id) FROM site_user_token t WHERE t.site_id = s.id) END, '[]'::jsonb) AS "connectedUserIds",
       coalesce((SELECT jsonb_agg(f.code ORDER BY f.code) FROM site_finding f WHERE f.site_id = s.id AND f.resolved_at IS NULL AND f.code = ANY($2::text[])), '[]'::jsonb) AS "noWay"
     FROM site s LEFT JOIN site_user u ON u.site_id = s.id AND u.id = s.owner_user_id AND u.alive WHERE s.id = ANY($1::bigint[])`,
    [[...siteIds], NO_WAY],
  );
  return new Map(rows.map((row) => [row.siteId, row]));
}

/** The plugins of sites in the named folders. */
export async function pluginsBySlug(db: Queryable, keys: readonly { readonly siteId: SiteId; readonly slug: string }[]): Promise<PluginRecord[]> {
  return db.query<PluginRecord>(
    `SELECT p.site_id AS "siteId", p.file, p.slug, p.name, p.version, p.active, p.network_active AS "networkActive", p.auto_update AS "autoUpdate",
       p.update_version AS "updateVersion", p.details
     FROM (SELECT DISTINCT site_id, slug FROM unnest($1::bigint[], $2::text[]) AS wanted (site_id, slug)) asked
     JOIN plugin p ON p.site_id = asked.site_id AND p.slug = asked.slug ORDER BY p.site_id, p.file COLLATE "C"`,
    [keys.map((key) => key.siteId), keys.map((key) => key.slug)],
  );
}
