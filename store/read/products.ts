// Reads products and variations with the metas that describe them. Called by the commerce subgraph's loaders; one
// statement for all keys given. Lists are cut to what the rule shows; single products come with what decides about them.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import type { CommerceKey } from './commerce.js';
import { containsPattern } from './patterns.js';
import { RULE_COLUMNS, visibleWhere, type VisibilityRule } from './visible-content.js';

type Metas = readonly (readonly [key: string, value: unknown])[];

export interface ProductRecord extends Row {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly type: string;
  readonly title: string;
  readonly status: string;
  readonly authorId: number;
  readonly metas: Metas;
  /** Of a variation: the product it belongs to; null when it is gone, and for products. */
  readonly parent: { readonly localId: number; readonly status: string; readonly authorId: number; readonly metas: Metas } | null;
}

/** Whose products, and which of them may be seen. */
export interface ProductScope extends VisibilityRule {
  readonly siteId: SiteId;
}

const metasOf = (row: string): string => `coalesce((SELECT jsonb_agg(jsonb_build_array(m.meta_key, m.value) ORDER BY m.meta_id) FROM post_meta m
  WHERE m.site_id = ${row}.site_id AND m.post_id = ${row}.id AND m.alive
    AND m.meta_key IN ('_sku', '_price', '_stock_status', '_weight', '_length', '_width', '_height', '_virtual')), '[]'::jsonb)`;

const PRODUCT_COLUMNS = `p.site_id AS "siteId", p.id AS "localId", p.type, coalesce(p.title, '') AS title, coalesce(p.status, '') AS status,
  coalesce(p.author_id, 0) AS "authorId", ${metasOf('p')} AS metas`;

/** Products by id, variations too; what is neither or is gone is absent. */
export async function productsByIds(db: Queryable, keys: readonly CommerceKey[]): Promise<ProductRecord[]> {
  return cachedRows<ProductRecord>(
    db,
    `SELECT ${PRODUCT_COLUMNS}, CASE WHEN parent.id IS NOT NULL THEN jsonb_build_object('localId', parent.id, 'status', coalesce(parent.status, ''),
         'authorId', coalesce(parent.author_id, 0), 'metas', ${metasOf('parent')}) END AS parent
     FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
     JOIN post p ON p.site_id = asked.site_id AND p.id = asked.id AND p.alive AND p.type IN ('product', 'product_variation')
     LEFT JOIN post parent ON parent.site_id = p.site_id AND parent.id = p.parent_id AND parent.alive
       AND p.type = 'product_variation' AND parent.type = 'product'`,
    [keys.map((key) => key.siteId), keys.map((key) => key.localId)],
    { sites: keys.map((key) => key.siteId) },
  );
}

/** $1 scopes, $2 search as a pattern. */
const LISTED = `FROM post p WHERE p.site_id = scope."siteId" AND p.type = 'product' AND p.alive AND p.status NOT IN ('trash', 'auto-draft')
  AND ${visibleWhere('scope', 'p.status')}
  AND ($2::text IS NULL OR p.title ILIKE $2 OR EXISTS (SELECT 1 FROM post_meta m WHERE m.site_id = p.site_id AND m.post_id = p.id AND m.alive
    AND m.meta_key = '_sku' AND m.value #>> '{}' ILIKE $2))`;
const SCOPES = `jsonb_to_recordset($1::jsonb) AS scope ("siteId" bigint, ${RULE_COLUMNS})`;

const listValues = (scopes: readonly ProductScope[], search: string | null) =>
  [JSON.stringify(scopes), search === null ? null : containsPattern(search)] as const;

/** The page of each site's products before the given id (null: from the newest), at most `limit` a site. */
export async function productPages(db: Queryable, scopes: readonly ProductScope[], search: string | null, beforeId: number | null, limit: number): Promise<ProductRecord[]> {
  return cachedRows<ProductRecord>(
    db,
    `SELECT page.* FROM ${SCOPES} CROSS JOIN LATERAL (
       SELECT ${PRODUCT_COLUMNS}, NULL::jsonb AS parent ${LISTED} AND ($3::bigint IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $4
     ) page ORDER BY page."siteId", page."localId" DESC`,
    [...listValues(scopes, search), beforeId, limit],
    { sites: scopes.map((scope) => scope.siteId) },
  );
}

/** How many products each site lists. */
export async function countProducts(db: Queryable, scopes: readonly ProductScope[], search: string | null): Promise<Map<SiteId, number>> {
  const rows = await cachedRows<{ siteId: SiteId; count: number }>(
    db,
    `SELECT scope."siteId", (SELECT count(*) ${LISTED}) AS count FROM ${SCOPES}`,
    listValues(scopes, search),
    { sites: scopes.map((scope) => scope.siteId) },
  );
  return new Map(rows.map((row) => [row.siteId, row.count]));
}
