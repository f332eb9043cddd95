// Reads a menu as the store holds it, down to the rows, for turning a site's answers into changes: only what is different is written,
// and rows whose own ids are known keep them. Called by the writes of menus; one statement.
import type { PostCore } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';

export interface StoredItem {
  readonly id: number;
  readonly isInMenu: boolean;
  /** Null for an item that the store does not have. */
  readonly core: PostCore | null;
  /** First rows by key. */
  readonly metas: Readonly<Record<string, { readonly metaId: number; readonly value: unknown }>>;
  readonly url: string | null;
  readonly target: string | null;
}

export interface StoredMenu {
  /** The menu's term; null when the store does not have it. */
  readonly term: { readonly ttId: number; readonly name: string; readonly slug: string; readonly description: string; readonly parentId: number } | null;
  readonly items: ReadonlyMap<number, StoredItem>;
  /** The active theme's settings: the option's name, and its value as it came. */
  readonly mods: { readonly name: string; readonly value: unknown } | null;
}

const STORED = `
  WITH menu AS (SELECT * FROM term WHERE site_id = $1 AND taxonomy = 'nav_menu' AND alive AND coalesce(term_id, tt_id) = $2 LIMIT 1),
  related AS (SELECT r.object_id AS id FROM term_relation r JOIN menu ON r.site_id = menu.site_id AND r.tt_id = menu.tt_id WHERE r.alive AND r.present),
  item AS (
    SELECT p.*, EXISTS (SELECT 1 FROM related WHERE related.id = p.id) AS is_in FROM post p
    WHERE p.site_id = $1 AND p.alive AND p.type = 'nav_menu_item' AND (p.id = ANY($3::bigint[]) OR p.id IN (SELECT id FROM related)))
  SELECT
    (SELECT jsonb_build_object('ttId', tt_id, 'name', coalesce(name, ''), 'slug', coalesce(slug, ''), 'description', coalesce(description, ''), 'parentId', coalesce(parent_id, 0)) FROM menu) AS term,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', i.id, 'isInMenu', i.is_in, 'core', jsonb_build_object(
        'type', i.type, 'status', i.status, 'parentId', coalesce(i.parent_id, 0), 'menuOrder', coalesce(i.menu_order, 0), 'title', coalesce(i.title, ''), 'content', coalesce(i.content, ''),
        'excerpt', coalesce(i.excerpt, ''), 'slug', coalesce(i.slug, ''), 'localDate', to_char(i.local_date, 'YYYY-MM-DD"T"HH24:MI:SS'),
        'dateGmt', to_char(i.date_gmt AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'modifiedGmt', to_char(i.modified_gmt AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'commentStatus', coalesce(i.comment_status, ''), 'pingStatus', coalesce(i.ping_status, ''), 'mimeType', coalesce(i.mime_type, ''), 'guid', coalesce(i.guid, ''),
        'passwordProtected', coalesce(i.password_protected, false)),
      'metas', coalesce((SELECT jsonb_object_agg(m.meta_key, jsonb_build_object('metaId', m.meta_id, 'value', m.value) ORDER BY m.meta_id DESC) FROM post_meta m
        WHERE m.site_id = i.site_id AND m.post_id = i.id AND m.alive AND starts_with(m.meta_key, '_menu_item_')), '{}'),
      'url', l.url, 'target', l.target))
      FROM item i LEFT JOIN menu_item_link l ON l.site_id = i.site_id AND l.id = i.id AND l.alive), '[]') AS items,
    (SELECT jsonb_build_object('name', 'theme_mods_' || x.theme, 'value', (SELECT o.value FROM setting o WHERE o.site_id = $1 AND o.setting_kind = 'OPTION' AND o.alive AND o.name = 'theme_mods_' || x.theme))
      FROM (SELECT coalesce((SELECT o.value #>> '{}' FROM setting o WHERE o.site_id = $1 AND o.setting_kind = 'OPTION' AND o.alive AND o.name = 'stylesheet'),
        (SELECT t.slug FROM theme t WHERE t.site_id = $1 AND t.active ORDER BY t.slug LIMIT 1)) AS theme) x WHERE x.theme IS NOT NULL) AS mods`;

/** A menu with its items, and with those of `itemIds` that the store has elsewhere. */
export async function readStoredMenu(db: Queryable, siteId: SiteId, menuId: number, itemIds: readonly number[]): Promise<StoredMenu> {
  const [row] = await db.query<{ term: StoredMenu['term']; items: StoredItem[]; mods: StoredMenu['mods'] }>(STORED, [siteId, menuId, itemIds]);
  return { term: row?.term ?? null, items: new Map((row?.items ?? []).map((item) => [item.id, item])), mods: row?.mods ?? null };
}
