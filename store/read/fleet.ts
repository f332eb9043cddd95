// Reads plugins and themes across sites: grouped by slug, and one by one. Called by the extensions subgraph's loaders; every function
// is one statement, and reads slugs in the order of their index, so that a page costs its own rows alone. Who may see what
// is decided by the caller, who names the sites; null stands for all.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { conditionValues, PLUGIN_COLUMNS, PLUGIN_CONDITIONS, THEME_COLUMNS, THEME_CONDITIONS, type ExtensionConditions, type PluginRecord, type ThemeRecord } from './extensions.js';
import { isSecurityFix, isVulnerable } from './vulnerabilities.js';

export type FleetKind = 'plugin' | 'theme';
type FleetSites = readonly SiteId[] | null;

/** A plugin or a theme across sites. */
export interface FleetRecord extends Row {
  readonly slug: string;
  readonly name: string;
  readonly siteCount: number;
  readonly activeCount: number;
  readonly outdatedCount: number;
  readonly vulnerableCount: number;
  readonly versions: readonly { readonly version: string; readonly siteCount: number; readonly vulnerable: boolean }[];
}

/** Where a page of installations begins: after this slug, site and key (a plugin's file, a theme's slug). */
export interface InstallPosition {
  readonly slug: string;
  readonly siteId: SiteId;
  readonly key: string;
}

interface Source {
  readonly chosen: string;
  readonly alias: string;
  readonly columns: string;
  /** What tells installations of one slug on one site apart. */
  readonly key: string;
}

/** $6: the sites. */
const SOURCES: Readonly<Record<FleetKind, Source>> = {
  plugin: { alias: 'p', key: 'p.file', columns: PLUGIN_COLUMNS, chosen: `plugin p WHERE ($6::bigint[] IS NULL OR p.site_id = ANY($6)) AND ${PLUGIN_CONDITIONS}` },
  theme: { alias: 't', key: 't.slug', columns: THEME_COLUMNS, chosen: `theme t WHERE ($6::bigint[] IS NULL OR t.site_id = ANY($6)) AND ${THEME_CONDITIONS}` },
};

/** The page grouped by slug after the given slug, at most `limit`, in the order of slugs. */
export async function fleetPage(db: Queryable, kind: FleetKind, sites: FleetSites, conditions: ExtensionConditions, afterSlug: string | null, limit: number): Promise<FleetRecord[]> {
  const { chosen, alias } = SOURCES[kind];
  return cachedRows<FleetRecord>(
    db,
    `WITH page AS MATERIALIZED (SELECT ${alias}.slug FROM ${chosen} AND ${alias}.slug > $7 GROUP BY ${alias}.slug ORDER BY ${alias}.slug LIMIT $8)
     SELECT page.slug, summary.*, counted.* FROM page
     CROSS JOIN LATERAL (
       SELECT mode() WITHIN GROUP (ORDER BY ${alias}.name) AS name, count(DISTINCT ${alias}.site_id) AS "siteCount",
         count(DISTINCT ${alias}.site_id) FILTER (WHERE ${alias}.active) AS "activeCount",
         count(DISTINCT ${alias}.site_id) FILTER (WHERE ${alias}.update_version IS NOT NULL) AS "outdatedCount"
       FROM ${chosen} AND ${alias}.slug = page.slug
     ) summary
     CROSS JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_object('version', version, 'siteCount', sites, 'vulnerable', vulnerable) ORDER BY sites DESC, version) AS versions,
         coalesce(sum(sites) FILTER (WHERE vulnerable), 0)::int AS "vulnerableCount"
       FROM (
         SELECT ${alias}.version, count(DISTINCT ${alias}.site_id) AS sites, ${isVulnerable(kind, 'page.slug', `${alias}.version_key`)} AS vulnerable
         FROM ${chosen} AND ${alias}.slug = page.slug GROUP BY ${alias}.version, ${alias}.version_key
       ) by_version
     ) counted ORDER BY page.slug`,
    [...conditionValues(conditions), sites, afterSlug ?? '', limit],
    { sites },
  );
}

/** How many different slugs the fleet has. */
export async function countFleet(db: Queryable, kind: FleetKind, sites: FleetSites, conditions: ExtensionConditions): Promise<number> {
  const { chosen, alias } = SOURCES[kind];
  const [row] = await cachedRows<{ count: number }>(db, `SELECT count(DISTINCT ${alias}.slug) AS count FROM ${chosen}`, [...conditionValues(conditions), sites], { sites });
  return row?.count ?? 0;
}

/** For each slug the page of its installations after the position, at most `limit` a slug, by site and key. */
export async function installPagesOf<Kind extends FleetKind>(
  db: Queryable, kind: Kind, slugs: readonly string[], sites: FleetSites, conditions: ExtensionConditions, after: Omit<InstallPosition, 'slug'> | null, limit: number,
): Promise<RecordOf<Kind>[]> {
  const { chosen, alias, columns, key } = SOURCES[kind];
  return cachedRows<RecordOf<Kind>>(
    db,
    `SELECT page.* FROM unnest($7::text[]) AS asked (slug) CROSS JOIN LATERAL (
       SELECT ${columns}, ${key} AS key FROM ${chosen} AND ${alias}.slug = asked.slug AND (${alias}.site_id, ${key}) > ($8::bigint, $9)
       ORDER BY ${alias}.site_id, ${key} LIMIT $10
     ) page ORDER BY page.slug, page."siteId", page.key`,
    [...conditionValues(conditions), sites, slugs, after?.siteId ?? 0, after?.key ?? '', limit],
    { sites },
  );
}

/** How many installations each slug has. */
export async function countInstallsOf(db: Queryable, kind: FleetKind, slugs: readonly string[], sites: FleetSites, conditions: ExtensionConditions): Promise<Map<string, number>> {
  const { chosen, alias } = SOURCES[kind];
  const rows = await cachedRows<{ slug: string; count: number }>(
    db,
    `SELECT ${alias}.slug, count(*) AS count FROM ${chosen} AND ${alias}.slug = ANY($7::text[]) GROUP BY ${alias}.slug`,
    [...conditionValues(conditions), sites, slugs],
    { sites },
  );
  return new Map(rows.map((row) => [row.slug, row.count]));
}

/** The page of all installations after the position, at most `limit`, by slug, site and key. */
export async function installPage<Kind extends FleetKind>(
  db: Queryable, kind: Kind, sites: FleetSites, conditions: ExtensionConditions, after: InstallPosition | null, limit: number,
): Promise<RecordOf<Kind>[]> {
  const { chosen, alias, columns, key } = SOURCES[kind];
  return cachedRows<RecordOf<Kind>>(
    db,
    `SELECT ${columns} FROM ${chosen} AND (${alias}.slug, ${alias}.site_id, ${key}) > ($7, $8::bigint, $9) ORDER BY ${alias}.slug, ${alias}.site_id, ${key} LIMIT $10`,
    [...conditionValues(conditions), sites, after?.slug ?? '', after?.siteId ?? 0, after?.key ?? '', limit],
    { sites },
  );
}

/** How many installations the fleet has. */
export async function countInstalls(db: Queryable, kind: FleetKind, sites: FleetSites, conditions: ExtensionConditions): Promise<number> {
  const [row] = await cachedRows<{ count: number }>(db, `SELECT count(*) AS count FROM ${SOURCES[kind].chosen}`, [...conditionValues(conditions), sites], { sites });
  return row?.count ?? 0;
}

export type RecordOf<Kind extends FleetKind> = Kind extends 'plugin' ? PluginRecord : ThemeRecord;

/** What waits on the sites. */
export interface FleetUpdates extends Row {
  /** Sites with an update of a plugin, a theme or WordPress. */
  readonly sitesWithUpdates: number;
  /** Waiting updates of plugins and themes that close a known vulnerability. */
  readonly securityFixes: number;
}

export async function fleetUpdates(db: Queryable, sites: FleetSites): Promise<FleetUpdates> {
  const fixes = (kind: FleetKind, alias: string) => `(SELECT count(*) FROM ${kind} ${alias} WHERE ($1::bigint[] IS NULL OR ${alias}.site_id = ANY($1)) AND ${alias}.update_version IS NOT NULL
    AND ${isSecurityFix(kind, `${alias}.slug`, `${alias}.version_key`, `${alias}.update_key`)})`;
  const [row] = await cachedRows<FleetUpdates>(
    db,
    `SELECT count(*) AS "sitesWithUpdates", ${fixes('plugin', 'p')} + ${fixes('theme', 't')} AS "securityFixes" FROM site WHERE ($1::bigint[] IS NULL OR site.id = ANY($1)) AND (
       EXISTS (SELECT 1 FROM plugin p WHERE p.site_id = site.id AND p.update_version IS NOT NULL)
       OR EXISTS (SELECT 1 FROM theme t WHERE t.site_id = site.id AND t.update_version IS NOT NULL)
       OR EXISTS (SELECT 1 FROM setting s WHERE s.site_id = site.id AND s.setting_kind = 'CALLABLE' AND s.name = 'updates' AND s.alive
         AND jsonb_typeof(s.value->'wordpress') = 'number' AND s.value->'wordpress' > '0'::jsonb))`,
    [sites],
    { sites },
  );
  return row ?? { sitesWithUpdates: 0, securityFixes: 0 };
}
