// Reads content rows (wp_posts of every type) by key: heads without the long texts, bodies, revisions, children and
// what an address may name. Called by the loaders of the content subgraph; one statement for everything asked.
// It decides nothing about who may see what.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { HEAD_COLUMNS, RULE_COLUMNS, type VisibilityRule, visibleWhere } from './visible-content.js';

/** A post's row without its long texts. */
export interface ContentRow extends Row {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly type: string;
  readonly status: string;
  /** The status it is read under: an attachment's is that of what it is attached to. */
  readonly readStatus: string;
  /** The status before the trash, for a trashed row; null when it is not known. */
  readonly trashedFrom: string | null;
  readonly parentId: number;
  readonly menuOrder: number;
  readonly title: string;
  readonly slug: string;
  /** 'YYYY-MM-DD HH:MM:SS' of the site's clock. */
  readonly localDate: string | null;
  readonly dateGmt: Date | null;
  readonly modifiedGmt: Date | null;
  readonly commentStatus: string;
  readonly mimeType: string;
  readonly guid: string;
  readonly passwordProtected: boolean;
  readonly authorId: number;
  readonly permalink: string | null;
  readonly version: string;
}

/** A row of a site by its own number. */
export interface LocalKey {
  readonly siteId: SiteId;
  readonly localId: number;
}

/** The key of a row in a map. */
export const keyText = (siteId: SiteId, localId: number | string): string => `${siteId}/${localId}`;

export const siteIdsOf = (keys: readonly LocalKey[]): SiteId[] => keys.map((key) => key.siteId);
export const localIdsOf = (keys: readonly LocalKey[]): number[] => keys.map((key) => key.localId);
/** The rows that keys name, for a cached read. */
export const rowsOf = (keys: readonly LocalKey[]) => keys.map(({ siteId, localId }) => ({ siteId, row: localId }));

const HEADS = `
  SELECT ${HEAD_COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
  JOIN post p ON p.site_id = asked.site_id AND p.id = asked.id AND p.alive`;

/** The heads of posts, by `keyText`; unknown ones are absent. */
export async function readContentHeads(db: Queryable, keys: readonly LocalKey[]): Promise<Map<string, ContentRow>> {
  const rows = await cachedRows<ContentRow>(db, HEADS, [siteIdsOf(keys), localIdsOf(keys)], { sites: siteIdsOf(keys) });
  return new Map(rows.map((row) => [keyText(row.siteId, row.localId), row]));
}

/** The long texts of a post. */
export interface BodyRow extends Row {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly content: string;
  readonly excerpt: string;
  /** Null when the site does not send rendered content. */
  readonly renderedContent: string | null;
}

const BODIES = `
  SELECT p.site_id AS "siteId", p.id AS "localId", coalesce(p.content, '') AS content, coalesce(p.excerpt, '') AS excerpt,
    nullif(p.rendered_content, '') AS "renderedContent"
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
  JOIN post p ON p.site_id = asked.site_id AND p.id = asked.id AND p.alive`;

/** The bodies of posts, by `keyText`. */
export async function readContentBodies(db: Queryable, keys: readonly LocalKey[]): Promise<Map<string, BodyRow>> {
  const rows = await cachedRows<BodyRow>(db, BODIES, [siteIdsOf(keys), localIdsOf(keys)], { sites: siteIdsOf(keys), rows: { post: rowsOf(keys) } });
  return new Map(rows.map((row) => [keyText(row.siteId, row.localId), row]));
}

const FEATURED = `
  SELECT (asked.ord - 1)::int AS ord, ${HEAD_COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (site_id, id, ord)
  CROSS JOIN LATERAL (
    SELECT m.value #>> '{}' AS image FROM post_meta m
    WHERE m.site_id = asked.site_id AND m.post_id = asked.id AND m.meta_key = '_thumbnail_id' AND m.alive ORDER BY m.meta_id LIMIT 1
  ) held
  JOIN post p ON p.site_id = asked.site_id AND p.alive AND p.id = CASE WHEN held.image ~ '^[0-9]{1,15}$' THEN held.image::bigint END`;

/** The heads that contents name as their featured image; each row says by `ord` whose it is. */
export async function readFeaturedImages(db: Queryable, keys: readonly LocalKey[]): Promise<AnswerRow[]> {
  return cachedRows<AnswerRow>(db, FEATURED, [siteIdsOf(keys), localIdsOf(keys)], { sites: siteIdsOf(keys), rows: { post_meta: rowsOf(keys) } });
}

/** Which revisions of a post are wanted: the newest first, after an id. */
export interface RevisionQuery extends LocalKey {
  readonly autosaves: boolean;
  readonly afterId: number | null;
  readonly take: number;
}

/** A head that answers one of several queries. */
export interface AnswerRow extends ContentRow {
  /** The place of the query in the list asked. */
  readonly ord: number;
}

// WordPress names revisions '<parent>-revision-v1' and autosaves '<parent>-autosave-v1'.
const REVISIONS = `
  SELECT asked.ord, p.*
  FROM jsonb_to_recordset($1::jsonb) AS asked (ord int, "siteId" bigint, "localId" bigint, autosaves boolean, "afterId" bigint, take int)
  CROSS JOIN LATERAL (
    SELECT ${HEAD_COLUMNS}
    FROM post p
    WHERE p.site_id = asked."siteId" AND p.parent_id = asked."localId" AND p.type = 'revision' AND p.alive
      AND (strpos(coalesce(p.slug, ''), '-autosave-') > 0) = asked.autosaves
      AND (asked."afterId" IS NULL OR p.id < asked."afterId")
    ORDER BY p.id DESC LIMIT asked.take
  ) p
  ORDER BY asked.ord, p."localId" DESC`;

/** Revisions of posts; each row says by `ord` which query it answers. */
export async function readRevisions(db: Queryable, queries: readonly RevisionQuery[]): Promise<AnswerRow[]> {
  return cachedRows<AnswerRow>(db, REVISIONS, [JSON.stringify(queries.map((query, ord) => ({ ord, ...query })))], { sites: siteIdsOf(queries) });
}

/** Which children of a page are wanted. */
export interface ChildQuery extends LocalKey {
  readonly rule: VisibilityRule;
  readonly take: number;
}

const CHILDREN = `
  SELECT asked.ord, p.*
  FROM jsonb_to_recordset($1::jsonb) AS asked (ord int, "siteId" bigint, "localId" bigint, rule jsonb, take int)
  CROSS JOIN LATERAL jsonb_to_record(asked.rule) AS rule (${RULE_COLUMNS})
  CROSS JOIN LATERAL (
    SELECT ${HEAD_COLUMNS}
    FROM post p
    WHERE p.site_id = asked."siteId" AND p.parent_id = asked."localId" AND p.type = 'page' AND p.alive
      AND p.status NOT IN ('trash', 'auto-draft') AND ${visibleWhere('rule')}
    ORDER BY p.menu_order, p.id LIMIT asked.take
  ) p
  ORDER BY asked.ord, p."menuOrder", p."localId"`;

/** Child pages; each row says by `ord` which query it answers. */
export async function readChildPages(db: Queryable, queries: readonly ChildQuery[]): Promise<AnswerRow[]> {
  return cachedRows<AnswerRow>(db, CHILDREN, [JSON.stringify(queries.map((query, ord) => ({ ord, ...query })))], { sites: siteIdsOf(queries) });
}

/** A site that an address may belong to. */
export interface AddressSite extends Row {
  readonly siteId: SiteId;
  readonly homeUrl: string;
  /** The static front page; 0 when the front page lists posts. */
  readonly frontPageId: number;
}

const ADDRESS_SITE = `
  SELECT s.id AS "siteId", s.home_url AS "homeUrl",
    CASE WHEN shows.value #>> '{}' = 'page' AND page.value #>> '{}' ~ '^[0-9]{1,15}$' THEN (page.value #>> '{}')::bigint ELSE 0 END AS "frontPageId"
  FROM site s
  LEFT JOIN setting shows ON shows.site_id = s.id AND shows.setting_kind = 'OPTION' AND shows.name = 'show_on_front' AND shows.alive
  LEFT JOIN setting page ON page.site_id = s.id AND page.setting_kind = 'OPTION' AND page.name = 'page_on_front' AND page.alive
  WHERE s.home_url = ANY($1::text[]) OR s.url = ANY($1::text[])
  ORDER BY length(s.home_url) DESC, s.id LIMIT 1`;

/** The site with the longest of the given addresses; null when there is none. */
export async function readAddressSite(db: Queryable, addresses: readonly string[]): Promise<AddressSite | null> {
  return (await db.query<AddressSite>(ADDRESS_SITE, [addresses]))[0] ?? null;
}

const BY_ADDRESS = `
  SELECT p.id FROM post p
  WHERE p.site_id = $1 AND p.slug = $2 AND p.alive AND p.type NOT IN ('revision', 'nav_menu_item') AND p.permalink = ANY($3::text[])
  ORDER BY (p.status = 'publish') DESC, p.id LIMIT 1`;

/** The number of the content with this slug and one of these permalinks; null when there is none. */
export async function readIdByAddress(db: Queryable, siteId: SiteId, slug: string, permalinks: readonly string[]): Promise<number | null> {
  return (await cachedRows<{ id: number }>(db, BY_ADDRESS, [siteId, slug, permalinks], { sites: [siteId] }))[0]?.id ?? null;
}
