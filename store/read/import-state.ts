// Reads what an import compares a site's answers with: ids that the store holds, relations of content to terms, and what is
// due. Called by sync/import; one statement for everything asked.
import type { Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

const STORED: Readonly<Record<'user' | 'comment' | 'order' | 'post' | 'term', string>> = {
  user: 'SELECT id FROM site_user WHERE site_id = $1 AND alive ORDER BY id',
  comment: 'SELECT id FROM comment WHERE site_id = $1 AND alive ORDER BY id',
  order: `SELECT id FROM shop_order WHERE site_id = $1 AND alive AND order_type = 'shop_order' ORDER BY id`,
  post: 'SELECT id FROM post WHERE site_id = $1 AND type = $2 AND alive ORDER BY id',
  term: 'SELECT tt_id AS id FROM term WHERE site_id = $1 AND taxonomy = $2 AND alive ORDER BY tt_id',
};

/** Ids of what the store holds of a kind; `of` is the type of posts, the taxonomy of terms. */
export async function readStoredIds(db: Queryable, siteId: SiteId, kind: keyof typeof STORED, of?: string): Promise<number[]> {
  return (await db.query<{ id: number }>(STORED[kind], of === undefined ? [siteId] : [siteId, of])).map((row) => row.id);
}

interface RelationRow extends Row {
  readonly objectId: number;
  readonly ttId: number;
  readonly taxonomy: string;
}

const RELATIONS = `SELECT r.object_id AS "objectId", r.tt_id AS "ttId", coalesce(t.taxonomy, '') AS taxonomy FROM term_relation r
  LEFT JOIN term t ON t.site_id = r.site_id AND t.tt_id = r.tt_id AND t.alive
  WHERE r.site_id = $1 AND r.object_id = ANY($2::bigint[]) AND r.alive AND r.present`;

/** The terms that the store holds of objects, by object. */
export async function readRelations(db: Queryable, siteId: SiteId, objectIds: readonly number[]): Promise<Map<number, RelationRow[]>> {
  const found = new Map<number, RelationRow[]>();
  for (const row of await db.query<RelationRow>(RELATIONS, [siteId, objectIds])) {
    const list = found.get(row.objectId);
    if (list) list.push(row);
    else found.set(row.objectId, [row]);
  }
  return found;
}

/** More than this are left to the next whole reading. */
const MAX_AFFECTED = 5000;

const ids = async (db: Queryable, text: string, values: Parameters<Queryable['query']>[1]): Promise<number[]> => (await db.query<{ id: number }>(text, values)).map((row) => row.id);

/** Posts that have one of these terms. */
export function readPostIdsOfTerms(db: Queryable, siteId: SiteId, ttIds: readonly number[]): Promise<number[]> {
  return ids(db, `SELECT DISTINCT object_id AS id FROM term_relation WHERE site_id = $1 AND tt_id = ANY($2::bigint[]) AND alive AND present ORDER BY 1 LIMIT ${MAX_AFFECTED}`, [siteId, ttIds]);
}

/** Posts of these people. */
export function readPostIdsOfAuthors(db: Queryable, siteId: SiteId, userIds: readonly number[]): Promise<number[]> {
  return ids(db, `SELECT id FROM post WHERE site_id = $1 AND author_id = ANY($2::bigint[]) AND alive ORDER BY id LIMIT ${MAX_AFFECTED}`, [siteId, userIds]);
}

/** Scheduled posts whose time has come: their publication leaves no trace in the date of their change. */
export function readDuePostIds(db: Queryable, siteId: SiteId, now: Date): Promise<number[]> {
  return ids(db, `SELECT id FROM post WHERE site_id = $1 AND status = 'future' AND alive AND date_gmt <= $2 ORDER BY id LIMIT ${MAX_AFFECTED}`, [siteId, now]);
}

/** The types of posts, by id. */
export async function readPostTypes(db: Queryable, siteId: SiteId, postIds: readonly number[]): Promise<Map<number, string>> {
  const rows = await db.query<{ id: number; type: string }>(`SELECT id, coalesce(type, '') AS type FROM post WHERE site_id = $1 AND id = ANY($2::bigint[]) AND alive`, [siteId, postIds]);
  return new Map(rows.map((row) => [row.id, row.type]));
}

/** The site's place in its change log, by which a run knows whether anything else wrote since the last one. */
export async function readSequence(db: Queryable, siteId: SiteId): Promise<number> {
  const [row] = await db.query<{ sequence: number }>('SELECT sequence FROM site WHERE id = $1', [siteId]);
  return row?.sequence ?? 0;
}

/** Ids of the items of orders, by order. */
export async function readOrderItemIds(db: Queryable, siteId: SiteId, orderIds: readonly number[]): Promise<Map<number, number[]>> {
  const rows = await db.query<{ orderId: number; ids: number[] }>(
    `SELECT order_id AS "orderId", array_agg(id ORDER BY id) AS ids FROM order_item WHERE site_id = $1 AND order_id = ANY($2::bigint[]) AND alive GROUP BY order_id`,
    [siteId, orderIds],
  );
  return new Map(rows.map((row) => [row.orderId, row.ids.map(Number)]));
}

/** Where the site's newest import stands, whatever became of it; null before the first. */
export async function readImportCursor(db: Queryable, siteId: SiteId): Promise<Json | null> {
  const [row] = await db.query<{ cursor: Json }>(
    `SELECT cursor FROM sync_run WHERE site_id = $1 AND kind = 'IMPORT' AND cursor IS NOT NULL ORDER BY requested_at DESC, id DESC LIMIT 1`,
    [siteId],
  );
  return row?.cursor ?? null;
}
