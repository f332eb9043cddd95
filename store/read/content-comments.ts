// Reads comments: by key, of a site, of a post, answers to a comment, and how many there are. Called by the loaders of
// the content subgraph; one statement for everything asked. Editors' notes (type note) are no comments of the graph.
// Which states are visible comes from the caller; nothing here decides who may see what.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { type LocalKey, keyText, localIdsOf, siteIdsOf, rowsOf } from './content.js';
import { READ_STATUS, RULE_COLUMNS, type VisibilityRule, visibleWhere } from './visible-content.js';

/** A comment's row with what is needed of its post to decide about it. */
export interface CommentRow extends Row {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly postId: number;
  readonly parentId: number;
  readonly type: string;
  readonly status: string;
  readonly userId: number;
  readonly dateGmt: Date | null;
  readonly authorName: string;
  readonly authorEmail: string;
  readonly content: string;
  readonly version: string;
  readonly postType: string;
  readonly postStatus: string;
  /** The status the post is read under. */
  readonly postReadStatus: string;
  readonly postAuthorId: number;
  readonly postProtected: boolean;
}

const COLUMNS = `c.site_id AS "siteId", c.id AS "localId", coalesce(c.post_id, 0) AS "postId", coalesce(c.parent_id, 0) AS "parentId",
      coalesce(c.type, '') AS type, coalesce(c.status, '') AS status, coalesce(c.user_id, 0) AS "userId", c.date_gmt AS "dateGmt",
      coalesce(c.author_name, '') AS "authorName", coalesce(c.author_email, '') AS "authorEmail", coalesce(c.content, '') AS content,
      coalesce(c.version, c.rev::text, '') AS version, coalesce(p.type, '') AS "postType", coalesce(p.status, '') AS "postStatus",
      ${READ_STATUS} AS "postReadStatus", coalesce(p.author_id, 0) AS "postAuthorId", coalesce(p.password_protected, false) AS "postProtected"`;

const POST_JOIN = `JOIN post p ON p.site_id = c.site_id AND p.id = c.post_id AND p.alive`;

const BY_KEY = `
  SELECT ${COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
  JOIN comment c ON c.site_id = asked.site_id AND c.id = asked.id AND c.alive AND c.type IS DISTINCT FROM 'note'
  ${POST_JOIN}`;

/** Comments by `keyText`; those of posts that no longer exist are absent. */
export async function readComments(db: Queryable, keys: readonly LocalKey[]): Promise<Map<string, CommentRow>> {
  const rows = await cachedRows<CommentRow>(db, BY_KEY, [siteIdsOf(keys), localIdsOf(keys)], { sites: siteIdsOf(keys) });
  return new Map(rows.map((row) => [keyText(row.siteId, row.localId), row]));
}

/** Which stored states are visible, and to whom. */
export interface CommentVisibility {
  readonly states: readonly string[];
  readonly ownStates: readonly string[];
  readonly statesOnOwnPosts: readonly string[];
  /** 0 when nothing is the viewer's own. */
  readonly userId: number;
}

const VISIBILITY_COLUMNS = `states text[], "ownStates" text[], "statesOnOwnPosts" text[], "userId" bigint`;

const visibleState = (asked: string) => `(c.status = ANY(${asked}.states)
        OR (${asked}."userId" > 0 AND c.user_id = ${asked}."userId" AND c.status = ANY(${asked}."ownStates"))
        OR (${asked}."userId" > 0 AND p.author_id = ${asked}."userId" AND c.status = ANY(${asked}."statesOnOwnPosts")))`;

/** A comment that answers one of several queries. */
export interface CommentAnswerRow extends CommentRow {
  /** The place of the query in the list asked. */
  readonly ord: number;
}

/** The comments of a site, the newest first. */
export interface SiteCommentQuery extends CommentVisibility {
  readonly siteId: SiteId;
  /** Stored states that are wanted. */
  readonly wanted: readonly string[];
  /** The post types whose comments are listed, each with its rule. */
  readonly rules: readonly (VisibilityRule & { readonly type: string })[];
  readonly after: { readonly at: string | null; readonly id: number } | null;
  readonly take: number;
}

const OF_SITE_ASKED = `jsonb_to_recordset($1::jsonb) AS asked (ord int, "siteId" bigint, wanted text[], rules jsonb, ${VISIBILITY_COLUMNS},
    "afterAt" timestamptz, "afterId" bigint)`;

const OF_SITE_CONDITIONS = `c.alive AND c.type IS DISTINCT FROM 'note' AND c.status = ANY(asked.wanted)
      AND coalesce((
        SELECT ${visibleState('asked')} AND EXISTS (
          SELECT 1 FROM jsonb_to_recordset(asked.rules) AS rule (type text, ${RULE_COLUMNS})
          WHERE rule.type = p.type AND ${visibleWhere('rule')}
            AND (rule."everyStatus" OR NOT coalesce(p.password_protected, false) OR (rule."userId" > 0 AND p.author_id = rule."userId")))
        FROM post p WHERE p.site_id = c.site_id AND p.id = c.post_id AND p.alive), false)`;

/** Comments come in the order of the index and are narrowed until the page is full; content-lists.ts says why in two steps. */
const ofSite = (place: string) => `
  SELECT row.*
  FROM ${OF_SITE_ASKED}
  CROSS JOIN LATERAL (
    SELECT c.*
    FROM (
      SELECT c.* FROM comment c WHERE c.site_id = asked."siteId" ${place}
      ORDER BY c.date_gmt DESC, c.id DESC OFFSET 0
    ) c
    WHERE ${OF_SITE_CONDITIONS}
    LIMIT $2
  ) c
  CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM post p WHERE p.site_id = c.site_id AND p.id = c.post_id OFFSET 0) row
  ORDER BY row."dateGmt" DESC, row."localId" DESC`;

const OF_SITE_START = ofSite('');
const OF_SITE_AFTER_DATE = ofSite('AND (c.date_gmt, c.id) < (asked."afterAt", asked."afterId")');
const OF_SITE_AFTER_NULL = ofSite('AND (c.date_gmt IS NOT NULL OR c.id < asked."afterId")');

const COUNT_OF_SITE = `
  SELECT asked.ord, c.count
  FROM ${OF_SITE_ASKED}
  CROSS JOIN LATERAL (SELECT count(*) AS count FROM comment c WHERE c.site_id = asked."siteId" AND ${OF_SITE_CONDITIONS}) c`;

function siteCommentText(query: SiteCommentQuery): string {
  if (query.after === null) return OF_SITE_START;
  return query.after.at === null ? OF_SITE_AFTER_NULL : OF_SITE_AFTER_DATE;
}

const askedOfSite = (query: SiteCommentQuery) => JSON.stringify([{ ord: 0, ...query, afterAt: query.after?.at ?? null, afterId: query.after?.id ?? null }]);

/** A page of a site's comments. */
export async function readSiteComments(db: Queryable, query: SiteCommentQuery): Promise<CommentRow[]> {
  return cachedRows<CommentRow>(db, siteCommentText(query), [askedOfSite(query), query.take], { sites: [query.siteId] });
}

/** How many comments a list of a site holds. */
export async function countSiteComments(db: Queryable, query: SiteCommentQuery): Promise<number> {
  return (await cachedRows<{ count: number }>(db, COUNT_OF_SITE, [askedOfSite(query)], { sites: [query.siteId] }))[0]?.count ?? 0;
}

/** The comments of a post, or the answers to one of its comments, the oldest first. */
export interface ThreadQuery extends CommentVisibility {
  readonly siteId: SiteId;
  /** The post's number, or the comment's. */
  readonly ownerId: number;
  readonly wanted: readonly string[];
  readonly afterId: number;
  readonly take: number;
}

const THREAD_ASKED = `jsonb_to_recordset($1::jsonb) AS asked (ord int, "siteId" bigint, "ownerId" bigint, wanted text[], ${VISIBILITY_COLUMNS},
    "afterId" bigint)`;

/** One state after the other, each in the order of its index, so that a page of a long thread reads a page of rows. */
const OF_POST = `
  SELECT asked.ord, c.*
  FROM ${THREAD_ASKED}
  CROSS JOIN LATERAL unnest(asked.wanted) AS state (status)
  CROSS JOIN LATERAL (
    SELECT ${COLUMNS} FROM comment c ${POST_JOIN}
    WHERE c.site_id = asked."siteId" AND c.post_id = asked."ownerId" AND c.status = state.status AND c.id > asked."afterId"
      AND c.alive AND c.type IS DISTINCT FROM 'note' AND ${visibleState('asked')}
    ORDER BY c.id LIMIT $2
  ) c
  ORDER BY asked.ord, c."localId"`;

const REPLIES = `
  SELECT asked.ord, c.*
  FROM ${THREAD_ASKED}
  CROSS JOIN LATERAL (
    SELECT ${COLUMNS} FROM comment c ${POST_JOIN}
    WHERE c.site_id = asked."siteId" AND c.parent_id = asked."ownerId" AND c.status = ANY(asked.wanted) AND c.id > asked."afterId"
      AND c.alive AND c.type IS DISTINCT FROM 'note' AND ${visibleState('asked')}
    ORDER BY c.id LIMIT $2
  ) c
  ORDER BY asked.ord, c."localId"`;

const countThread = (owner: string) => `
  SELECT asked.ord, c.count
  FROM ${THREAD_ASKED}
  CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM comment c ${POST_JOIN}
    WHERE c.site_id = asked."siteId" AND ${owner} = asked."ownerId" AND c.status = ANY(asked.wanted)
      AND c.alive AND c.type IS DISTINCT FROM 'note' AND ${visibleState('asked')}
  ) c`;

const COUNT_OF_POST = countThread('c.post_id');
const COUNT_REPLIES = countThread('c.parent_id');

export type ThreadKind = 'post' | 'replies';

const askedThreads = (queries: readonly ThreadQuery[]) => JSON.stringify(queries.map((query, ord) => ({ ord, ...query })));

/** Pages of threads of one kind and size; at the place of its query. */
export async function readThreads(db: Queryable, kind: ThreadKind, queries: readonly ThreadQuery[]): Promise<CommentRow[][]> {
  const take = Math.max(1, ...queries.map((query) => query.take));
  const rows = await cachedRows<CommentAnswerRow>(db, kind === 'post' ? OF_POST : REPLIES, [askedThreads(queries), take], { sites: queries.map((query) => query.siteId) });
  const pages: CommentRow[][] = queries.map(() => []);
  for (const row of rows) {
    const page = pages[row.ord];
    if (page && page.length < (queries[row.ord]?.take ?? 0)) page.push(row);
  }
  return pages;
}

/** How many comments each thread holds. */
export async function countThreads(db: Queryable, kind: ThreadKind, queries: readonly ThreadQuery[]): Promise<number[]> {
  const rows = await cachedRows<{ ord: number; count: number }>(db, kind === 'post' ? COUNT_OF_POST : COUNT_REPLIES, [askedThreads(queries)], { sites: queries.map((query) => query.siteId) });
  const counts = queries.map(() => 0);
  for (const row of rows) counts[row.ord] = row.count;
  return counts;
}

const APPROVED_COUNTS = `
  SELECT asked.site_id AS "siteId", asked.id AS "localId", c.count
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
  CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM comment c
    WHERE c.site_id = asked.site_id AND c.post_id = asked.id AND c.status = '1' AND c.alive AND c.type IS DISTINCT FROM 'note'
  ) c`;

/** How many approved comments posts have, by `keyText`. */
export async function readApprovedCounts(db: Queryable, keys: readonly LocalKey[]): Promise<Map<string, number>> {
  const rows = await cachedRows<{ siteId: SiteId; localId: number; count: number }>(
    db, APPROVED_COUNTS, [siteIdsOf(keys), localIdsOf(keys)], { sites: siteIdsOf(keys), rows: { comment: rowsOf(keys) } },
  );
  return new Map(rows.map((row) => [keyText(row.siteId, row.localId), row.count]));
}

/** What a user has said on a post since a moment, the newest first; for finding a comment whose making was not answered. */
export async function readCommentsBy(
  db: Queryable, siteId: SiteId, { postId, userId, since }: { readonly postId: number; readonly userId: number; readonly since: Date },
): Promise<{ readonly localId: number; readonly content: string }[]> {
  return db.query(
    `SELECT c.id AS "localId", coalesce(c.content, '') AS content FROM comment c
     WHERE c.site_id = $1 AND c.post_id = $2 AND c.user_id = $3 AND c.date_gmt >= $4 AND c.alive ORDER BY c.id DESC LIMIT 50`,
    [siteId, postId, userId, since],
  );
}
