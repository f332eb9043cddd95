// Reads what decisions on a site are made from: the settings that make its policy and the viewer's own account there.
// Called by subgraphs/shared/access.ts. One statement answers for all sites asked; the settings are large, so they
// come only for sites whose fingerprint differs from the one that the caller already holds.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';

/** A site to decide about, with what the caller knows of it. */
export interface PolicyRequest {
  readonly siteId: SiteId;
  /** The viewer's user id on the site; null when the viewer has no account there. */
  readonly userId: number | null;
  /** The fingerprint of the settings that the caller holds; null when it holds none. */
  readonly knownFingerprint: string | null;
}

/** The settings of a policy as they came, by name. */
export interface PolicySettings {
  readonly callables: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly constants: Readonly<Record<string, unknown>>;
}

/** The viewer's account on a site. */
export interface PolicyUser {
  readonly id: number;
  readonly displayName: string;
  readonly roles: readonly string[];
  /** The user's own capability map, or null when it did not come; values as they came. */
  readonly caps: unknown;
  readonly allCaps: readonly string[];
}

export interface PolicyRow {
  readonly siteId: SiteId;
  /** The site's home address, and whether it is connected through Jetpack. */
  readonly homeUrl: string;
  readonly hasJetpack: boolean;
  /** Changes whenever one of the settings does. */
  readonly fingerprint: string;
  /** Null when the fingerprint is the one that the caller knows. */
  readonly settings: PolicySettings | null;
  /** Null when the viewer has no account there, or it was deleted. */
  readonly user: PolicyUser | null;
}

const CALLABLES = ['roles', 'post_types', 'taxonomies', 'is_multi_site', 'has_file_system_write_access'];
const OPTIONS = ['page_on_front', 'page_for_posts', 'show_on_front', 'wp_page_for_privacy_policy', 'default_category', 'default_product_cat', 'link_manager_enabled'];
const CONSTANTS = ['DISALLOW_FILE_MODS', 'DISALLOW_FILE_EDIT', 'DISALLOW_UNFILTERED_HTML', 'ALLOW_UNFILTERED_UPLOADS'];

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

const IS_POLICY_SETTING = `s.alive AND (
    (s.setting_kind = 'CALLABLE' AND s.name IN (${quoted(CALLABLES)}))
    OR (s.setting_kind = 'OPTION' AND s.name IN (${quoted(OPTIONS)}))
    OR (s.setting_kind = 'CONSTANT' AND s.name IN (${quoted(CONSTANTS)})))`;

const POLICIES = `
  SELECT site.id AS "siteId", site.home_url AS "homeUrl", site.connection_kind = 'jetpack' AS "hasJetpack", mark.fingerprint, held.settings, u.id AS "userId", coalesce(u.display_name, u.login, '') AS "displayName", u.roles, u.caps, u.all_caps AS "allCaps"
  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS asked (site_id, user_id, known)
  JOIN site ON site.id = asked.site_id
  CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(s.setting_kind || ':' || s.name || '=' || s.rev, ',' ORDER BY s.setting_kind, s.name), '') AS fingerprint
    FROM setting s WHERE s.site_id = asked.site_id AND ${IS_POLICY_SETTING}
  ) mark
  CROSS JOIN LATERAL (
    -- The condition stands inside: outside, the large settings would be gathered first and then left out.
    SELECT jsonb_agg(jsonb_build_array(s.setting_kind, s.name, s.value)) AS settings
    FROM setting s WHERE mark.fingerprint IS DISTINCT FROM asked.known AND s.site_id = asked.site_id AND ${IS_POLICY_SETTING}
  ) held
  LEFT JOIN site_user u ON u.site_id = asked.site_id AND u.id = asked.user_id AND u.alive`;

interface PolicySqlRow extends Row {
  readonly siteId: SiteId;
  readonly homeUrl: string;
  readonly hasJetpack: boolean;
  readonly fingerprint: string;
  readonly settings: readonly (readonly [string, string, unknown])[] | null;
  readonly userId: number | null;
  readonly displayName: string;
  readonly roles: readonly string[] | null;
  readonly caps: unknown;
  readonly allCaps: readonly string[] | null;
}

/** Reads the policies' material of sites, each asked at most once. Sites that do not exist are absent. One statement. */
export async function readPolicies(db: Queryable, requests: readonly PolicyRequest[]): Promise<Map<SiteId, PolicyRow>> {
  const rows = await cachedRows<PolicySqlRow>(db, POLICIES, [
    requests.map((request) => request.siteId),
    requests.map((request) => request.userId),
    requests.map((request) => request.knownFingerprint),
  ], {
    sites: requests.map((request) => request.siteId),
    rows: { site_user: requests.flatMap(({ siteId, userId }) => (userId === null ? [] : [{ siteId, row: userId }])) },
  });
  const known = new Map(requests.map((request) => [request.siteId, request.knownFingerprint]));
  return new Map(
    rows.map((row) => [
      row.siteId,
      {
        siteId: row.siteId,
        homeUrl: row.homeUrl,
        hasJetpack: row.hasJetpack,
        fingerprint: row.fingerprint,
        settings: row.fingerprint === known.get(row.siteId) ? null : groupSettings(row.settings ?? []),
        user:
          row.userId === null
            ? null
            : { id: row.userId, displayName: row.displayName, roles: row.roles ?? [], caps: row.caps ?? null, allCaps: row.allCaps ?? [] },
      },
    ]),
  );
}

function groupSettings(rows: readonly (readonly [string, string, unknown])[]): PolicySettings {
  const ofKind = (kind: string) => Object.fromEntries(rows.filter((row) => row[0] === kind).map((row) => [row[1], row[2]]));
  return { callables: ofKind('CALLABLE'), options: ofKind('OPTION'), constants: ofKind('CONSTANT') };
}
