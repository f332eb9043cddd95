// Reads sites with the settings that describe them, lists of sites and of settings.
// Called by the loaders of the settings subgraph; each function is one statement for everything it is asked.
// It decides nothing about who may see what.
import type { ActorRef, SettingKind } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import { cachedRows, sawSequences } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';

/** A site's row with its describing settings; `settings` holds values as they came, by `KIND:name`. */
export interface SiteFactsRow extends Row {
  readonly id: SiteId;
  readonly url: string;
  readonly homeUrl: string;
  readonly sequence: number;
  readonly createdAt: Date;
  readonly lastEventAt: Date | null;
  readonly lastReceivedAt: Date | null;
  readonly lastFullSyncAt: Date | null;
  readonly verifiedAt: Date | null;
  /** The default category by its term_taxonomy_id, which global ids of terms hold; null when the term did not come. */
  readonly defaultCategory: number | null;
  readonly queueSize: number;
  readonly queueLagSeconds: number;
  readonly deadLetterCount: number;
  readonly disconnectedAt: Date | null;
  readonly settings: Readonly<Record<string, unknown>>;
}

const OPTIONS = [
  'blogname', 'blogdescription', 'admin_email', 'timezone_string', 'gmt_offset', 'permalink_structure', 'category_base', 'tag_base',
  'blog_charset', 'blog_public', 'date_format', 'time_format', 'start_of_week', 'show_on_front', 'page_on_front', 'page_for_posts',
  'posts_per_page', 'default_category', 'default_comment_status',
];
const CALLABLES = [
  'home_url', 'site_url', 'timezone', 'locale', 'site_icon_url', 'is_multi_site', 'wp_version', 'wp_get_environment_type', 'active_modules',
];
const CONSTANTS = ['PHP_VERSION'];

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

const SITE_FACTS = `
  SELECT s.id, s.url, s.home_url AS "homeUrl", s.sequence, s.created_at AS "createdAt", s.last_event_at AS "lastEventAt",
    s.last_received_at AS "lastReceivedAt", s.last_full_sync_at AS "lastFullSyncAt", s.verified_at AS "verifiedAt", s.queue_size AS "queueSize",
    s.queue_lag_seconds AS "queueLagSeconds", s.dead_letter_count AS "deadLetterCount", s.disconnected_at AS "disconnectedAt",
    coalesce(held.settings, '{}') AS settings,
    (SELECT t.tt_id FROM term t WHERE t.site_id = s.id AND t.taxonomy = 'category' AND t.alive
       AND t.term_id = CASE WHEN held.settings ->> 'OPTION:default_category' ~ '^[0-9]{1,15}$' THEN (held.settings ->> 'OPTION:default_category')::bigint END
     ORDER BY t.tt_id LIMIT 1) AS "defaultCategory"
  FROM site s
  LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(v.setting_kind || ':' || v.name, v.value) AS settings
    FROM setting v
    WHERE v.site_id = s.id AND v.alive AND (
      (v.setting_kind = 'OPTION' AND v.name IN (${quoted(OPTIONS)}))
      OR (v.setting_kind = 'CALLABLE' AND v.name IN (${quoted(CALLABLES)}))
      OR (v.setting_kind = 'CONSTANT' AND v.name IN (${quoted(CONSTANTS)})))
  ) held ON true
  WHERE s.id = ANY($1::bigint[])`;

/** Sites with their describing settings, by id; unknown ids are absent. */
export async function readSiteFacts(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, SiteFactsRow>> {
  const rows = await cachedRows<SiteFactsRow>(db, SITE_FACTS, [siteIds], { sites: siteIds });
  sawSequences(db, rows.map(({ id, sequence }) => ({ siteId: id, sequence })));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Which sites a list holds. */
export interface SiteListFilter {
  /** Only these; null means all. */
  readonly siteIds: readonly SiteId[] | null;
  /** Spellings of the text looked for in name and address, in lower case; null means no search. */
  readonly search: readonly string[] | null;
  readonly connection: 'CONNECTED' | 'DEGRADED' | 'DISCONNECTED' | null;
  /** A connected site not heard from since then is degraded. */
  readonly silentSince: Date;
  /** A connected site whose queue lags more than this is degraded. */
  readonly maxLagSeconds: number;
}

const SITE_CONDITION = `($1::bigint[] IS NULL OR s.id = ANY($1))
    AND ($2::text[] IS NULL OR EXISTS (
      SELECT 1 FROM unnest($2) AS wanted (spelling)
      WHERE strpos(lower(s.home_url), wanted.spelling) > 0 OR strpos(lower(s.url), wanted.spelling) > 0 OR EXISTS (
        SELECT 1 FROM setting v WHERE v.site_id = s.id AND v.setting_kind = 'OPTION' AND v.name = 'blogname' AND v.alive
          AND strpos(lower(v.value #>> '{}'), wanted.spelling) > 0)))
    AND ($3::text IS NULL OR $3 = CASE
      WHEN s.disconnected_at IS NOT NULL THEN 'DISCONNECTED'
      WHEN coalesce(s.last_received_at, s.created_at) < $4::timestamptz OR s.queue_lag_seconds > $5::float8 THEN 'DEGRADED'
      ELSE 'CONNECTED' END)`;

const LIST_SITES = `SELECT s.id FROM site s WHERE ${SITE_CONDITION} AND s.id > $6::bigint ORDER BY s.id LIMIT $7`;
const COUNT_SITES = `SELECT count(*) AS count FROM site s WHERE ${SITE_CONDITION}`;

const filterValues = (filter: SiteListFilter) => [filter.siteIds, filter.search, filter.connection, filter.silentSince, filter.maxLagSeconds] as const;

/** Ids of sites in their order, after the given one, at most `limit`. */
export async function listSiteIds(db: Queryable, filter: SiteListFilter, afterId: number, limit: number): Promise<SiteId[]> {
  return (await db.query<{ id: SiteId }>(LIST_SITES, [...filterValues(filter), afterId, limit])).map((row) => row.id);
}

/** How many sites a list holds. */
export async function countSites(db: Queryable, filter: SiteListFilter): Promise<number> {
  return (await db.query<{ count: number }>(COUNT_SITES, filterValues(filter)))[0]?.count ?? 0;
}

/** A setting as it came. `rev` is in microseconds since 1970 by the site's clock. */
export interface SettingRow extends Row {
  readonly siteId: SiteId;
  readonly kind: SettingKind;
  readonly name: string;
  readonly value: unknown;
  readonly redacted: boolean;
  readonly rev: number;
  readonly actor: ActorRef | null;
}

/** Which settings a list holds, and the place after which a page begins (null for the first). */
export interface SettingListFilter {
  readonly kinds: readonly SettingKind[];
  readonly names: readonly string[] | null;
  readonly after: { readonly name: string; readonly kind: string } | null;
  /** Null means all. */
  readonly limit: number | null;
}

const SETTING_CONDITION = `v.alive AND v.setting_kind = ANY($2::text[]) AND ($3::text[] IS NULL OR v.name = ANY($3))`;

const LIST_SETTINGS = `
  SELECT asked.site_id AS "siteId", v.setting_kind AS kind, v.name, v.value, coalesce(v.redacted, false) AS redacted, v.rev, v.actor
  FROM unnest($1::bigint[]) AS asked (site_id)
  CROSS JOIN LATERAL (
    SELECT v.setting_kind, v.name, v.value, v.redacted, v.rev, v.actor
    FROM setting v
    WHERE v.site_id = asked.site_id AND ${SETTING_CONDITION}
      AND ($4::text IS NULL OR (v.name COLLATE "C", v.setting_kind COLLATE "C") > ($4, $5))
    ORDER BY v.name COLLATE "C", v.setting_kind COLLATE "C" LIMIT $6
  ) v
  ORDER BY asked.site_id, v.name COLLATE "C", v.setting_kind COLLATE "C"`;
const COUNT_SETTINGS = `
  SELECT v.site_id AS "siteId", count(*) AS count FROM setting v WHERE v.site_id = ANY($1::bigint[]) AND ${SETTING_CONDITION} GROUP BY v.site_id`;

/** Settings of several sites, each site's by name, at most `limit` a site. */
export async function listSettings(db: Queryable, siteIds: readonly SiteId[], filter: SettingListFilter): Promise<SettingRow[]> {
  const { kinds, names, after, limit } = filter;
  return cachedRows<SettingRow>(db, LIST_SETTINGS, [siteIds, kinds, names, after?.name ?? null, after?.kind ?? null, limit], { sites: siteIds });
}

/** How many settings a list of each site holds. */
export async function countSettings(db: Queryable, siteIds: readonly SiteId[], filter: Pick<SettingListFilter, 'kinds' | 'names'>): Promise<Map<SiteId, number>> {
  const rows = await cachedRows<{ siteId: SiteId; count: number }>(db, COUNT_SETTINGS, [siteIds, filter.kinds, filter.names], { sites: siteIds });
  return new Map(rows.map((row) => [row.siteId, row.count]));
}
