// Reads plugins, themes and what is known about updating them. Called by the extensions subgraph's loaders; every function
// is one statement for all keys it is given. Who may see what is decided by the caller.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { isSecurityFix, isVulnerable } from './vulnerabilities.js';

/** What to list; null means that the condition does not matter. */
export interface ExtensionConditions {
  readonly search: string | null;
  readonly statuses: readonly string[] | null;
  readonly hasUpdate: boolean | null;
  readonly autoUpdate: boolean | null;
  readonly vulnerable: boolean | null;
}

export interface PluginRecord extends Row {
  readonly siteId: SiteId;
  readonly file: string;
  readonly slug: string;
  readonly name: string;
  readonly version: string;
  readonly active: boolean;
  readonly networkActive: boolean;
  readonly autoUpdate: boolean;
  readonly updateVersion: string | null;
  /** When the newer version was first seen to be offered here. */
  readonly offeredSince: Date | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ThemeRecord extends Row {
  readonly siteId: SiteId;
  readonly slug: string;
  readonly name: string;
  readonly version: string;
  readonly active: boolean;
  readonly parentSlug: string | null;
  readonly autoUpdate: boolean;
  readonly updateVersion: string | null;
  /** When the newer version was first seen to be offered here. */
  readonly offeredSince: Date | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A plugin or theme of one site, by file or slug. */
export interface ExtensionKey {
  readonly siteId: SiteId;
  readonly name: string;
}

const offeredSince = (kind: string, alias: string, name: string): string =>
  `(SELECT o.first_seen_at FROM update_offer o WHERE o.site_id = ${alias}.site_id AND o.kind = '${kind}' AND o.name = ${name} AND o.version = ${alias}.update_version) AS "offeredSince"`;

export const PLUGIN_COLUMNS = `p.site_id AS "siteId", p.file, p.slug, p.name, p.version, p.active, p.network_active AS "networkActive",
  p.auto_update AS "autoUpdate", p.update_version AS "updateVersion", p.details, ${offeredSince('plugin', 'p', 'p.file')}`;
export const THEME_COLUMNS = `t.site_id AS "siteId", t.slug, t.name, t.version, t.active, t.parent_slug AS "parentSlug",
  t.auto_update AS "autoUpdate", t.update_version AS "updateVersion", t.details, ${offeredSince('theme', 't', 't.slug')}`;

/** $1 search, $2 statuses, $3 hasUpdate, $4 autoUpdate, $5 vulnerable. */
function conditionsOn(kind: 'plugin' | 'theme', alias: string, key: string): string {
  const networkActive = kind === 'plugin' ? `WHEN ${alias}.network_active THEN 'NETWORK_ACTIVE'` : '';
  return `
  ($1::text IS NULL OR strpos(lower(${alias}.name), lower($1)) > 0 OR strpos(lower(${key}), lower($1)) > 0)
  AND ($2::text[] IS NULL OR (CASE
    WHEN ${alias}.active AND ${alias}.details->'paused' = 'true'::jsonb THEN 'PAUSED'
    ${networkActive}
    WHEN ${alias}.active THEN 'ACTIVE'
    WHEN ${alias}.details->'activationKnown' IS DISTINCT FROM 'false'::jsonb THEN 'INACTIVE' END) = ANY($2))
  AND ($3::boolean IS NULL OR (${alias}.update_version IS NOT NULL) = $3)
  AND ($4::boolean IS NULL OR ${alias}.auto_update = $4)
  AND ($5::boolean IS NULL OR ${isVulnerable(kind, `${alias}.slug`, `${alias}.version_key`)} = $5)`;
}
export const PLUGIN_CONDITIONS = conditionsOn('plugin', 'p', 'p.file');
export const THEME_CONDITIONS = conditionsOn('theme', 't', 't.slug');

export const conditionValues = (conditions: ExtensionConditions) =>
  [conditions.search, conditions.statuses, conditions.hasUpdate, conditions.autoUpdate, conditions.vulnerable] as const;

/** The page of each site's plugins after the given file (null: from the beginning), at most `limit` a site, by file. */
export async function pluginPages(
  db: Queryable,
  siteIds: readonly SiteId[],
  conditions: ExtensionConditions,
  afterFile: string | null,
  limit: number,
): Promise<PluginRecord[]> {
  return cachedRows<PluginRecord>(
    db,
    `SELECT page.* FROM unnest($6::bigint[]) AS asked (site_id) CROSS JOIN LATERAL (
       SELECT ${PLUGIN_COLUMNS} FROM plugin p
       WHERE p.site_id = asked.site_id AND p.file > $7 AND ${PLUGIN_CONDITIONS}
       ORDER BY p.file LIMIT $8
     ) page ORDER BY page."siteId", page.file`,
    [...conditionValues(conditions), siteIds, afterFile ?? '', limit],
    { sites: siteIds },
  );
}

/** How many plugins each site has that meet the conditions; sites with none are absent. */
export async function countPlugins(db: Queryable, siteIds: readonly SiteId[], conditions: ExtensionConditions): Promise<Map<SiteId, number>> {
  const rows = await cachedRows<{ siteId: SiteId; count: number }>(
    db,
    `SELECT p.site_id AS "siteId", count(*) AS count FROM plugin p WHERE p.site_id = ANY($6::bigint[]) AND ${PLUGIN_CONDITIONS} GROUP BY p.site_id`,
    [...conditionValues(conditions), siteIds],
    { sites: siteIds },
  );
  return new Map(rows.map((row) => [row.siteId, row.count]));
}

/** Plugins by site and file; those that are not installed are absent. */
export async function pluginsByFile(db: Queryable, keys: readonly ExtensionKey[]): Promise<PluginRecord[]> {
  return cachedRows<PluginRecord>(
    db,
    `SELECT ${PLUGIN_COLUMNS} FROM unnest($1::bigint[], $2::text[]) AS asked (site_id, file)
     JOIN plugin p ON p.site_id = asked.site_id AND p.file = asked.file`,
    [keys.map((key) => key.siteId), keys.map((key) => key.name)],
    { sites: keys.map((key) => key.siteId) },
  );
}

/** Every theme of the sites, by slug. Sites have few; there is no page to cut. */
export async function themesOfSites(db: Queryable, siteIds: readonly SiteId[]): Promise<ThemeRecord[]> {
  return cachedRows<ThemeRecord>(
    db,
    `SELECT ${THEME_COLUMNS} FROM theme t WHERE t.site_id = ANY($1::bigint[]) ORDER BY t.site_id, t.slug`,
    [siteIds],
    { sites: siteIds },
  );
}

/** The slugs of each site's themes that meet the conditions. */
export async function chosenThemes(db: Queryable, siteIds: readonly SiteId[], conditions: ExtensionConditions): Promise<{ siteId: SiteId; slug: string }[]> {
  return cachedRows<{ siteId: SiteId; slug: string }>(
    db,
    `SELECT t.site_id AS "siteId", t.slug FROM theme t WHERE t.site_id = ANY($6::bigint[]) AND ${THEME_CONDITIONS}`,
    [...conditionValues(conditions), siteIds],
    { sites: siteIds },
  );
}

/** Modifications of themes (option theme_mods_<slug>) by site and slug; absent ones are absent. */
export async function themeMods(db: Queryable, keys: readonly ExtensionKey[]): Promise<{ siteId: SiteId; slug: string; value: unknown }[]> {
  return cachedRows<{ siteId: SiteId; slug: string; value: unknown }>(
    db,
    `SELECT s.site_id AS "siteId", substr(s.name, 12) AS slug, s.value FROM unnest($1::bigint[], $2::text[]) AS asked (site_id, name)
     JOIN setting s ON s.site_id = asked.site_id AND s.setting_kind = 'OPTION' AND s.name = asked.name
     WHERE s.alive AND s.redacted IS NOT TRUE`,
    [keys.map((key) => key.siteId), keys.map((key) => `theme_mods_${key.name}`)],
    { sites: keys.map((key) => key.siteId) },
  );
}

/** Where a block theme's own styles are kept: a post of type wp_global_styles. */
export interface ThemeStyles extends Row {
  readonly siteId: SiteId;
  readonly slug: string;
  readonly postId: number;
  readonly content: string | null;
}

/** The styles of themes by site and slug; those that have none are absent. */
export async function themeStyles(db: Queryable, keys: readonly ExtensionKey[]): Promise<ThemeStyles[]> {
  return cachedRows<ThemeStyles>(
    db,
    `SELECT DISTINCT ON (asked.site_id, asked.slug) asked.site_id AS "siteId", asked.slug, p.id AS "postId", p.content
     FROM unnest($1::bigint[], $2::text[]) AS asked (site_id, slug)
     JOIN post p ON p.site_id = asked.site_id AND p.slug = 'wp-global-styles-' || lower(asked.slug) AND p.type = 'wp_global_styles' AND p.alive AND p.status = 'publish'
     ORDER BY asked.site_id, asked.slug, p.id DESC`,
    [keys.map((key) => key.siteId), keys.map((key) => key.name)],
    { sites: keys.map((key) => key.siteId) },
  );
}

/** What decides whether and how a site can be updated; null where the site has not said so. */
export interface UpdateFacts extends Row {
  readonly siteId: SiteId;
  /** Settings by `${settingKind}:${name}`: callables, constants, and the few words of the update transients. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly outdatedPlugins: number;
  readonly outdatedThemes: number;
  /** Waiting updates of plugins and themes that close a known vulnerability. */
  readonly securityFixes: number;
  /** When each newer WordPress was first seen to be offered, by version. */
  readonly coreOffers: Readonly<Record<string, string>>;
  readonly activeSlugs: readonly string[];
  /** Plugins that name others without which they do not run (header Requires Plugins). */
  readonly dependents: readonly { readonly name: string; readonly slug: string; readonly active: boolean; readonly requires: string }[];
}

/** The facts about updating of sites; a site without any has empty settings. */
export async function updateFacts(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, UpdateFacts>> {
  const rows = await cachedRows<UpdateFacts>(
    db,
    `SELECT asked.site_id AS "siteId",
       coalesce((
         SELECT jsonb_object_agg(s.setting_kind || ':' || s.name, CASE WHEN s.setting_kind = 'UPDATES' AND jsonb_typeof(s.value) = 'object'
           THEN jsonb_build_object('last_checked', s.value->'last_checked', 'updates', s.value->'updates') WHEN s.setting_kind = 'STATS' THEN s.value->'mu-plugins' ELSE s.value END)
         FROM setting s WHERE s.site_id = asked.site_id AND s.alive AND (
           (s.setting_kind = 'CALLABLE' AND s.name IN ('wp_version', 'updates', 'has_file_system_write_access', 'is_version_controlled', 'is_multi_site', 'jetpack_connection_active_plugins'))
           OR (s.setting_kind = 'OPTION' AND s.name IN ('uninstall_plugins', 'sidebars_widgets'))
           OR (s.setting_kind = 'STATS' AND s.name = 'heartbeat' AND jsonb_typeof(s.value) = 'object')
           OR (s.setting_kind = 'CONSTANT' AND s.name IN ('PHP_VERSION', 'DISALLOW_FILE_MODS', 'AUTOMATIC_UPDATER_DISABLED', 'WP_AUTO_UPDATE_CORE'))
           OR s.setting_kind = 'UPDATES')
       ), '{}'::jsonb) AS settings,
       (SELECT count(*) FROM plugin p WHERE p.site_id = asked.site_id AND p.update_version IS NOT NULL) AS "outdatedPlugins",
       (SELECT count(*) FROM theme t WHERE t.site_id = asked.site_id AND t.update_version IS NOT NULL) AS "outdatedThemes",
       (SELECT count(*) FROM plugin p WHERE p.site_id = asked.site_id AND p.update_version IS NOT NULL AND ${isSecurityFix('plugin', 'p.slug', 'p.version_key', 'p.update_key')})
         + (SELECT count(*) FROM theme t WHERE t.site_id = asked.site_id AND t.update_version IS NOT NULL AND ${isSecurityFix('theme', 't.slug', 't.version_key', 't.update_key')}) AS "securityFixes",
       coalesce((SELECT jsonb_object_agg(o.version, o.first_seen_at) FROM update_offer o WHERE o.site_id = asked.site_id AND o.kind = 'core'), '{}'::jsonb) AS "coreOffers",
       ARRAY(SELECT DISTINCT p.slug FROM plugin p WHERE p.site_id = asked.site_id AND p.active) AS "activeSlugs",
       coalesce((SELECT jsonb_agg(jsonb_build_object('name', p.name, 'slug', p.slug, 'active', p.active, 'requires', p.details->'headers'->>'RequiresPlugins'))
         FROM plugin p WHERE p.site_id = asked.site_id AND p.details->'headers'->>'RequiresPlugins' <> ''), '[]'::jsonb) AS dependents
     FROM unnest($1::bigint[]) AS asked (site_id)`,
    [siteIds],
    { sites: siteIds },
  );
  return new Map(rows.map((row) => [row.siteId, row]));
}
