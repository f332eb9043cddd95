// Reads who changed a menu last, as the site's own events and the writes of the graph tell it: events of the menu, of its items, and of
// items that it had.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

export interface MenuChanger extends Row {
  readonly userId: number | null;
  readonly at: Date;
}

/** A change and its event are told by different clocks of one request. */
const EVENT_BEFORE = '15 seconds';

/** The newest change of a menu; null when no event tells of it, as where an item was changed since the newest that one tells of. */
export async function readMenuChanger(db: Queryable, siteId: SiteId, menuId: number): Promise<MenuChanger | null> {
  const [row] = await db.query<MenuChanger>(
    `WITH items AS (
       SELECT r.object_id::text AS id FROM term t JOIN term_relation r ON r.site_id = t.site_id AND r.tt_id = t.tt_id
       WHERE t.site_id = $1 AND t.term_id = $2 AND t.taxonomy = 'nav_menu'), newest AS (
     SELECT actor_user_id AS "userId", at FROM audit_event
     WHERE site_id = $1 AND ((object_type = 'Menu' AND object_id = $2::text) OR (object_type IN ('MenuItem', 'Post') AND object_id IN (SELECT id FROM items)))
     ORDER BY sequence DESC LIMIT 1), changed AS (
       SELECT max(p.modified_gmt) AS at FROM items JOIN post p ON p.site_id = $1 AND p.id = items.id::bigint AND p.alive)
     SELECT newest.* FROM newest, changed WHERE changed.at IS NULL OR newest.at >= changed.at - interval '${EVENT_BEFORE}'`,
    [siteId, menuId],
  );
  return row ?? null;
}
