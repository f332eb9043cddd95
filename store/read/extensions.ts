// Reads plugins, themes and what is known about updating them. Called by the extensions subgraph's loaders; every function
// is one statement for all keys it is given. Who may see what is decided by the caller.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

/** What to list; null means that the condition does not matter. */
export interface ExtensionConditions {
  readonly search: string | null;
  readonly statuses: readonly string[] | null;
  readonly hasUpdate: boolean | null;
  readonly autoUpdate: boolean | null;
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
  readonly details: Readonly<Record<string, unknown>>;
}

/** A plugin or theme of one site, by file or slug. */
export interface ExtensionKey {
  readonly siteId: SiteId;
  readonly name: string;
}

const PLUGIN_COLUMNS = `p.site_id AS "siteId", p.file, p.slug, p.name, p.version, p.active, p.network_active AS "networkActive",
  p.auto_update AS "autoUpdate", p.update_version AS "updateVersion", p.details`;
const THEME_COLUMNS = `t.site_id AS "siteId", t.slug, t.name, t.version, t.active, t.parent_slug AS "parentSlug",
  t.auto_update AS "autoUpdate", t.update_version AS "updateVersion", t.details`;

/** $1 search, $2 statuses, $3 hasUpdate, $4 autoUpdate. */
const PLUGIN_CONDITIONS = `
  ($1::text IS NULL OR strpos(lower(p.name), lower($1)) > 0 OR strpos(lower(p.file), lower($1)) > 0)
  AND ($2::text[] IS NULL OR (CASE
    WHEN p.active AND p.details->'paused' = 'true'::jsonb THEN 'PAUSED'
    WHEN p.network_active THEN 'NETWORK_ACTIVE'
    WHEN p.active THEN 'ACTIVE'
    WHEN p.details->'activationKnown' IS DISTINCT FROM 'false'::jsonb THEN 'INACTIVE' END) = ANY($2))
  AND ($3::boolean IS NULL OR (p.update_version IS NOT NULL) = $3)
  AND ($4::boolean IS NULL OR p.auto_update = $4)`;

const conditionValues = (conditions: ExtensionConditions) => [conditions.search, conditions.statuses, conditions.hasUpdate, conditions.autoUpdate] as const;

/** The page of each site's plugins after the given file (null: from the beginning), at most `limit` a site, by file. */
export async function pluginPages(
  db: Queryable,
  siteIds: readonly SiteId[],
  conditions: ExtensionConditions,
  afterFile: string | null,
  limit: number,
): Promise<PluginRecord[]> {
  return db.query<PluginRecord>(
    `SELECT page.* FROM unnest($5::bigint[]) AS asked (site_id) CROSS JOIN LATERAL (
       SELECT ${PLUGIN_COLUMNS} FROM plugin p
       WHERE p.site_id = asked.site_id AND ($6::text IS NULL OR p.file COLLATE "C" > $6) AND ${PLUGIN_CONDITIONS}
       ORDER BY p.file COLLATE "C" LIMIT $7
     ) page ORDER BY page."siteId", page.file COLLATE "C"`,
    [...conditionValues(conditions), siteIds, afterFile, limit],
  );
}

/** How many plugins each site has that meet the conditions; sites with none are absent. */
export async function countPlugins(db: Queryable, siteIds: readonly SiteId[], conditions: ExtensionConditions): Promise<Map<SiteId, number>> {
  const rows = await db.query<{ siteId: SiteId; count: number }>(
    `SELECT p.site_id AS "siteId", count(*) AS count FROM plugin p WHERE p.site_id = ANY($5::bigint[]) AND ${PLUGIN_CONDITIONS} GROUP BY p.site_id`,
    [...conditionValues(conditions), siteIds],
  );
  return new Map(rows.map((row) => [row.siteId, row.count]));
}

/** Plugins by site and file; those that are not installed are absent. */
export async function pluginsByFile(db: Queryable, keys: readonly ExtensionKey[]): Promise<PluginRecord[]> {
  return db.query<PluginRecord>(
    `SELECT ${PLUGIN_COLUMNS} FROM unnest($1::bigint[], $2::text[]) AS asked (site_id, file)
     JOIN plugin p ON p.site_id = asked.site_id AND p.file = asked.file`,
    [keys.map((key) => key.siteId), keys.map((key) => key.name)],
  );
}

/** Every theme of the sites, by slug. Sites have few; there is no page to cut. */
export async function themesOfSites(db: Queryable, siteIds: readonly SiteId[]): Promise<ThemeRecord[]> {
  return db.query<ThemeRecord>(
    `SELECT ${THEME_COLUMNS} FROM theme t WHERE t.site_id = ANY($1::bigint[]) ORDER BY t.site_id, t.slug COLLATE "C"`,
    [siteIds],
  );
}

/** Modifications of themes (option theme_mods_<slug>) by site and slug; absent ones are absent. */
export async function themeMods(db: Queryable, keys: readonly ExtensionKey[]): Promise<{ siteId: SiteId; slug: string; value: unknown }[]> {
  return db.query<{ siteId: SiteId; slug: string; value: unknown }>(
    `SELECT s.site_id AS "siteId", substr(s.name, 12) AS slug, s.value FROM unnest($1::bigint[], $2::text[]) AS asked (site_id, name)
     JOIN setting s ON s.site_id = asked.site_id AND s.setting_kind = 'OPTION' AND s.name = asked.name
     WHERE s.alive AND s.redacted IS NOT TRUE`,
    [keys.map((key) => key.siteId), keys.map((key) => `theme_mods_${key.name}`)],
  );
}

/** What decides whether and how a site can be updated; null where the site has not said so. */
export interface UpdateFacts extends Row {
  readonly siteId: SiteId;
  /** Settings by `${settingKind}:${name}`: callables, constants, and the few words of the update transients. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly outdatedPlugins: number;
  readonly outdatedThemes: number;
}

/** The facts about updating of sites; a site without any has empty settings. */
export async function updateFacts(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, UpdateFacts>> {
  const rows = await db.query<UpdateFacts>(
    `SELECT asked.site_id AS "siteId",
       coalesce((
         SELECT jsonb_object_agg(s.setting_kind || ':' || s.name, CASE WHEN s.setting_kind = 'UPDATES' AND jsonb_typeof(s.value) = 'object'
           THEN jsonb_build_object('last_checked', s.value->'last_checked', 'updates', s.value->'updates') ELSE s.value END)
         FROM setting s WHERE s.site_id = asked.site_id AND s.alive AND (
           (s.setting_kind = 'CALLABLE' AND s.name IN ('wp_version', 'updates', 'has_file_system_write_access', 'is_version_controlled'))
           OR (s.setting_kind = 'CONSTANT' AND s.name IN ('PHP_VERSION', 'DISALLOW_FILE_MODS', 'AUTOMATIC_UPDATER_DISABLED', 'WP_AUTO_UPDATE_CORE'))
           OR s.setting_kind = 'UPDATES')
       ), '{}'::jsonb) AS settings,
       (SELECT count(*) FROM plugin p WHERE p.site_id = asked.site_id AND p.update_version IS NOT NULL) AS "outdatedPlugins",
       (SELECT count(*) FROM theme t WHERE t.site_id = asked.site_id AND t.update_version IS NOT NULL) AS "outdatedThemes"
     FROM unnest($1::bigint[]) AS asked (site_id)`,
    [siteIds],
  );
  return new Map(rows.map((row) => [row.siteId, row]));
}

/** A plugin across sites. */
export interface FleetPluginRecord extends Row {
  readonly slug: string;
  readonly name: string;
  readonly siteCount: number;
  readonly activeCount: number;
  readonly outdatedCount: number;
  readonly versions: readonly { readonly version: string; readonly siteCount: number }[];
}

/** $5: the sites; null stands for all that are connected. */
const FLEET_CHOSEN = `SELECT p.* FROM plugin p WHERE ($5::bigint[] IS NULL OR p.site_id = ANY($5)) AND ${PLUGIN_CONDITIONS}`;

/** The page of plugins grouped by slug after the given slug, at most `limit`, in the order of slugs. */
export async function fleetPluginPage(
  db: Queryable,
  siteIds: readonly SiteId[] | null,
  conditions: ExtensionConditions,
  afterSlug: string | null,
  limit: number,
): Promise<FleetPluginRecord[]> {
  return db.query<FleetPluginRecord>(
    `WITH chosen AS (${FLEET_CHOSEN} AND ($6::text IS NULL OR p.slug COLLATE "C" > $6)),
     page AS (
       SELECT slug, mode() WITHIN GROUP (ORDER BY name) AS name, count(DISTINCT site_id) AS "siteCount",
         count(DISTINCT site_id) FILTER (WHERE active) AS "activeCount",
         count(DISTINCT site_id) FILTER (WHERE update_version IS NOT NULL) AS "outdatedCount"
       FROM chosen GROUP BY slug ORDER BY slug COLLATE "C" LIMIT $7
     ),
     counted AS (SELECT slug, version, count(DISTINCT site_id) AS sites FROM chosen WHERE slug IN (SELECT slug FROM page) GROUP BY slug, version)
     SELECT page.*, (
       SELECT jsonb_agg(jsonb_build_object('version', c.version, 'siteCount', c.sites) ORDER BY c.sites DESC, c.version)
       FROM counted c WHERE c.slug = page.slug
     ) AS versions
     FROM page ORDER BY page.slug COLLATE "C"`,
    [...conditionValues(conditions), siteIds, afterSlug, limit],
  );
}

/** How many different slugs the fleet has. */
export async function countFleetPlugins(db: Queryable, siteIds: readonly SiteId[] | null, conditions: ExtensionConditions): Promise<number> {
  const [row] = await db.query<{ count: number }>(`SELECT count(DISTINCT slug) AS count FROM (${FLEET_CHOSEN}) chosen`, [
    ...conditionValues(conditions),
    siteIds,
  ]);
  return row?.count ?? 0;
}

/** Where the page of a plugin's installations begins: after this site and file. */
export interface InstallPosition {
  readonly siteId: SiteId;
  readonly file: string;
}

/** For each slug the page of its installations after the position, at most `limit` a slug, by site and file. */
export async function fleetInstallPages(
  db: Queryable,
  slugs: readonly string[],
  siteIds: readonly SiteId[] | null,
  conditions: ExtensionConditions,
  after: InstallPosition | null,
  limit: number,
): Promise<PluginRecord[]> {
  return db.query<PluginRecord>(
    `SELECT page.* FROM unnest($6::text[]) AS asked (slug) CROSS JOIN LATERAL (
       SELECT ${PLUGIN_COLUMNS} FROM plugin p
       WHERE p.slug = asked.slug AND ($5::bigint[] IS NULL OR p.site_id = ANY($5)) AND ${PLUGIN_CONDITIONS}
         AND ($7::bigint IS NULL OR p.site_id > $7 OR (p.site_id = $7 AND p.file COLLATE "C" > $8))
       ORDER BY p.site_id, p.file COLLATE "C" LIMIT $9
     ) page ORDER BY page.slug, page."siteId", page.file COLLATE "C"`,
    [...conditionValues(conditions), siteIds, slugs, after?.siteId ?? null, after?.file ?? '', limit],
  );
}

/** How many installations each slug has. */
export async function countFleetInstalls(
  db: Queryable,
  slugs: readonly string[],
  siteIds: readonly SiteId[] | null,
  conditions: ExtensionConditions,
): Promise<Map<string, number>> {
  const rows = await db.query<{ slug: string; count: number }>(
    `SELECT slug, count(*) AS count FROM (${FLEET_CHOSEN} AND p.slug = ANY($6::text[])) chosen GROUP BY slug`,
    [...conditionValues(conditions), siteIds, slugs],
  );
  return new Map(rows.map((row) => [row.slug, row.count]));
}

/** How many of the sites have an update of a plugin, a theme or WordPress. Null stands for all sites. */
export async function countSitesWithUpdates(db: Queryable, siteIds: readonly SiteId[] | null): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(*) AS count FROM site WHERE ($1::bigint[] IS NULL OR site.id = ANY($1)) AND (
       EXISTS (SELECT 1 FROM plugin p WHERE p.site_id = site.id AND p.update_version IS NOT NULL)
       OR EXISTS (SELECT 1 FROM theme t WHERE t.site_id = site.id AND t.update_version IS NOT NULL)
       OR EXISTS (SELECT 1 FROM setting s WHERE s.site_id = site.id AND s.setting_kind = 'CALLABLE' AND s.name = 'updates' AND s.alive
         AND jsonb_typeof(s.value->'wordpress') = 'number' AND s.value->'wordpress' > '0'::jsonb))`,
    [siteIds],
  );
  return row?.count ?? 0;
}
