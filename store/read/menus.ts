// Reads navigation menus: the menus of sites, their items with what points to the objects, what links are built from,
// and the paths of terms. Called by the menu loaders of the content subgraph; each function is one statement for
// everything asked. It decides nothing about who may see what.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { termIdText, type TermIdKey } from './content-terms.js';

/** A menu: a term of the taxonomy nav_menu. The name as stored, HTML-escaped. */
export interface MenuRow extends Row {
  readonly siteId: SiteId;
  readonly termId: number;
  readonly storedName: string;
}

const MENUS = `
  SELECT t.site_id AS "siteId", coalesce(t.term_id, t.tt_id) AS "termId", coalesce(t.name, '') AS "storedName"
  FROM term t WHERE t.site_id = ANY($1::bigint[]) AND t.taxonomy = 'nav_menu' AND t.alive
  ORDER BY t.site_id, t.name, t.tt_id`;

/** The menus of sites, each site's by name. */
export async function readMenus(db: Queryable, siteIds: readonly SiteId[]): Promise<MenuRow[]> {
  return cachedRows<MenuRow>(db, MENUS, [siteIds], { sites: siteIds });
}

/** A published menu item. `meta` holds the first value of each key; `url` and `target` the newest that is known. */
export interface MenuItemRow extends Row {
  readonly siteId: SiteId;
  readonly menuId: number;
  readonly id: number;
  readonly order: number;
  readonly storedTitle: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly url: string | null;
  readonly target: string | null;
}

// WordPress's own events carry url and target (menu_item_link); metas come only from sites told to send them.
const newest = (key: string, column: string) => `CASE WHEN held.meta ? '${key}' AND (l.rev IS NULL OR (held.revs ->> '${key}')::bigint >= l.rev)
      THEN held.meta ->> '${key}' ELSE l.${column} END`;

const ITEMS = `
  SELECT m.site_id AS "siteId", coalesce(m.term_id, m.tt_id) AS "menuId", p.id, coalesce(p.menu_order, 0) AS "order", coalesce(p.title, '') AS "storedTitle",
    coalesce(held.meta, '{}') AS meta, ${newest('_menu_item_url', 'url')} AS url, ${newest('_menu_item_target', 'target')} AS target
  FROM term m
  JOIN term_relation r ON r.site_id = m.site_id AND r.tt_id = m.tt_id AND r.alive AND r.present
  JOIN post p ON p.site_id = r.site_id AND p.id = r.object_id AND p.alive AND p.type = 'nav_menu_item' AND p.status = 'publish'
  LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(first.meta_key, first.value) AS meta, jsonb_object_agg(first.meta_key, first.rev) AS revs
    FROM (
      SELECT DISTINCT ON (v.meta_key) v.meta_key, v.value, v.rev FROM post_meta v
      WHERE v.site_id = p.site_id AND v.post_id = p.id AND v.alive AND starts_with(v.meta_key, '_menu_item_')
      ORDER BY v.meta_key, v.meta_id
    ) first
  ) held ON true
  LEFT JOIN menu_item_link l ON l.site_id = p.site_id AND l.id = p.id AND l.alive
  WHERE m.site_id = ANY($1::bigint[]) AND m.taxonomy = 'nav_menu' AND m.alive
  ORDER BY m.site_id, m.tt_id, p.menu_order, p.id`;

/** The published items of all menus of sites, each menu's in its order. */
export async function readMenuItems(db: Queryable, siteIds: readonly SiteId[]): Promise<MenuItemRow[]> {
  return cachedRows<MenuItemRow>(db, ITEMS, [siteIds], { sites: siteIds });
}

/** What a site says that menus depend on; values as they came, null for what did not come. */
export interface MenuSettingsRow extends Row {
  readonly siteId: SiteId;
  readonly homeUrl: unknown;
  readonly permalinkStructure: unknown;
  readonly categoryBase: unknown;
  readonly tagBase: unknown;
  /** The active theme's map of location to term id. */
  readonly locations: unknown;
  /** By taxonomy: `rewrite` and `queryVar` of its registration. */
  readonly taxonomies: Readonly<Record<string, { readonly rewrite: unknown; readonly queryVar: unknown }>>;
  /** By post type: what the link and label of its archive are made of. */
  readonly postTypes: Readonly<Record<string, { readonly hasArchive: unknown; readonly rewrite: unknown; readonly label: unknown }>>;
}

const option = (name: string): string => `(SELECT o.value FROM setting o WHERE o.site_id = s.id AND o.setting_kind = 'OPTION' AND o.name = '${name}' AND o.alive)`;
const callable = (name: string): string => `(SELECT c.value FROM setting c WHERE c.site_id = s.id AND c.setting_kind = 'CALLABLE' AND c.name = '${name}' AND c.alive)`;

const registrations = (name: string, projection: string) => `coalesce((
      SELECT jsonb_object_agg(one.key, ${projection})
      FROM setting c
      CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(c.value) = 'object' THEN c.value ELSE '{}' END) AS one (key, value)
      WHERE c.site_id = s.id AND c.setting_kind = 'CALLABLE' AND c.name = '${name}' AND c.alive), '{}')`;

// The theme is named by the option, or by the projected themes while the option did not come.
const SETTINGS = `
  SELECT s.id AS "siteId", coalesce(${callable('home_url')}, to_jsonb(s.home_url)) AS "homeUrl", ${option('permalink_structure')} AS "permalinkStructure",
    ${option('category_base')} AS "categoryBase", ${option('tag_base')} AS "tagBase",
    (SELECT mods.value -> 'nav_menu_locations' FROM setting mods
      WHERE mods.site_id = s.id AND mods.setting_kind = 'OPTION' AND mods.alive AND mods.name = 'theme_mods_' || coalesce(
        ${option('stylesheet')} #>> '{}', (SELECT t.slug FROM theme t WHERE t.site_id = s.id AND t.active ORDER BY t.slug LIMIT 1))) AS locations,
    ${registrations('taxonomies', `jsonb_build_object('rewrite', one.value -> 'rewrite', 'queryVar', one.value -> 'query_var')`)} AS taxonomies,
    ${registrations('post_types', `jsonb_build_object('hasArchive', one.value -> 'has_archive', 'rewrite', one.value -> 'rewrite',
      'label', coalesce(one.value -> 'labels' -> 'archives', one.value -> 'label'))`)} AS "postTypes"
  FROM site s WHERE s.id = ANY($1::bigint[])`;

/** What menus of sites depend on, by site. */
export async function readMenuSettings(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, MenuSettingsRow>> {
  const rows = await cachedRows<MenuSettingsRow>(db, SETTINGS, [siteIds], { sites: siteIds });
  return new Map(rows.map((row) => [row.siteId, row]));
}

/** Deeper than any real tree; ends walks around a circle of parents. */
const MAX_DEPTH = 50;

const PATHS = `
  WITH RECURSIVE chain AS (
    SELECT asked.site_id, asked.taxonomy, asked.term_id AS start, t.parent_id, t.slug, 0 AS depth
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS asked (site_id, term_id, taxonomy)
    JOIN term t ON t.site_id = asked.site_id AND t.term_id = asked.term_id AND t.taxonomy = asked.taxonomy AND t.alive
    UNION ALL
    SELECT c.site_id, c.taxonomy, c.start, t.parent_id, t.slug, c.depth + 1
    FROM chain c
    JOIN term t ON t.site_id = c.site_id AND t.term_id = c.parent_id AND t.taxonomy = c.taxonomy AND t.alive
    WHERE c.parent_id > 0 AND c.depth < ${MAX_DEPTH}
  )
  SELECT site_id AS "siteId", taxonomy, start AS "termId", array_agg(coalesce(slug, '') ORDER BY depth DESC) AS slugs
  FROM chain GROUP BY site_id, taxonomy, start`;

/** The slugs from the top down to each term, by `termIdText`. */
export async function readTermPaths(db: Queryable, keys: readonly TermIdKey[]): Promise<Map<string, readonly string[]>> {
  const rows = await cachedRows<TermIdKey & Row & { slugs: string[] }>(
    db, PATHS, [keys.map((key) => key.siteId), keys.map((key) => key.termId), keys.map((key) => key.taxonomy)], { sites: keys.map((key) => key.siteId) },
  );
  return new Map(rows.map((row) => [termIdText(row), row.slugs]));
}
