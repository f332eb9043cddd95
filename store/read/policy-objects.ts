// Reads what capabilities are asked on: posts, comments, terms and users with the few columns that decisions need. Called
// by the users subgraph for Site.viewerCan. One statement a kind of object; rows that do not exist are absent.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';

/** A row by the ids that the site knows. */
export interface ObjectKey {
  readonly siteId: SiteId;
  readonly id: number;
}

/** A post with the post above it. */
export interface PostObject {
  readonly id: number;
  readonly type: string;
  readonly status: string;
  /** 0 when the post has no author. */
  readonly authorId: number;
  /** The status before the trash, for a trashed post; null when it is not known. */
  readonly trashedFrom: string | null;
  /** Null when there is none or it no longer exists. */
  readonly parent: PostObject | null;
}

export interface CommentObject {
  readonly id: number;
  /** 0 for visitors. */
  readonly userId: number;
  /** Null when the post no longer exists. */
  readonly post: PostObject | null;
}

export interface TermObject {
  /** The term id. */
  readonly id: number;
  readonly taxonomy: string;
}

export interface UserObject {
  readonly id: number;
  readonly roles: readonly string[];
}

/** Rows by the text that {@link objectKey} gives. */
export type ObjectMap<Value> = ReadonlyMap<string, Value>;

/** The key of a row in an {@link ObjectMap}. */
export function objectKey(key: ObjectKey): string {
  return `${key.siteId}:${key.id}`;
}

const ASKED = 'unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)';
const postColumns = (table: string, prefix: string): string =>
  `${table}.id AS ${prefix}_id, ${table}.type AS ${prefix}_type, ${table}.status AS ${prefix}_status, ${table}.author_id AS ${prefix}_author,
  ${table}.trashed_from AS ${prefix}_trashed_from`;
const POST_COLUMNS = `${postColumns('p', 'post')}, ${postColumns('above', 'parent')}`;
const JOIN_PARENT = 'LEFT JOIN post above ON above.site_id = p.site_id AND above.id = p.parent_id AND above.alive AND p.parent_id > 0';

interface PostColumns extends Row {
  readonly post_id: number | null;
  readonly post_type: string | null;
  readonly post_status: string | null;
  readonly post_author: number | null;
  readonly post_trashed_from: string | null;
  readonly parent_id: number | null;
  readonly parent_type: string | null;
  readonly parent_status: string | null;
  readonly parent_author: number | null;
  readonly parent_trashed_from: string | null;
}

const POSTS = `
  SELECT asked.site_id AS "siteId", ${POST_COLUMNS} FROM ${ASKED}
  JOIN post p ON p.site_id = asked.site_id AND p.id = asked.id AND p.alive ${JOIN_PARENT}`;

/** Reads posts of any type. */
export async function readPostObjects(db: Queryable, keys: readonly ObjectKey[]): Promise<ObjectMap<PostObject>> {
  const rows = await cachedRows<PostColumns & { siteId: SiteId }>(db, POSTS, keyValues(keys), scopeOf(keys));
  return new Map(
    rows.flatMap((row) => {
      const post = postOf(row);
      return post ? [[objectKey({ siteId: row.siteId, id: post.id }), post] as const] : [];
    }),
  );
}

const COMMENTS = `
  SELECT asked.site_id AS "siteId", c.id, coalesce(c.user_id, 0) AS "userId", ${POST_COLUMNS} FROM ${ASKED}
  JOIN comment c ON c.site_id = asked.site_id AND c.id = asked.id AND c.alive
  LEFT JOIN post p ON p.site_id = c.site_id AND p.id = c.post_id AND p.alive ${JOIN_PARENT}`;

/** Reads comments with their posts. */
export async function readCommentObjects(db: Queryable, keys: readonly ObjectKey[]): Promise<ObjectMap<CommentObject>> {
  const rows = await cachedRows<PostColumns & { siteId: SiteId; id: number; userId: number }>(db, COMMENTS, keyValues(keys), scopeOf(keys));
  return new Map(rows.map((row) => [objectKey(row), { id: row.id, userId: row.userId, post: postOf(row) }]));
}

interface TermSqlRow extends Row {
  readonly siteId: SiteId;
  readonly id: number;
  readonly termId: number;
  readonly taxonomy: string;
}

const TERM_COLUMNS = 'asked.site_id AS "siteId", asked.id, t.term_id AS "termId", t.taxonomy';
const TERMS = `
  SELECT ${TERM_COLUMNS} FROM ${ASKED}
  JOIN term t ON t.site_id = asked.site_id AND t.tt_id = asked.id AND t.alive`;
const MENUS = `
  SELECT ${TERM_COLUMNS} FROM ${ASKED}
  JOIN term t ON t.site_id = asked.site_id AND t.term_id = asked.id AND t.taxonomy = 'nav_menu' AND t.alive`;

/** Reads terms by their term taxonomy ids, which are what global ids of terms hold. */
export async function readTermObjects(db: Queryable, keys: readonly ObjectKey[]): Promise<ObjectMap<TermObject>> {
  return termsOf(await cachedRows<TermSqlRow>(db, TERMS, keyValues(keys), scopeOf(keys)));
}

/** Reads menus, which are terms, by their term ids, which are what global ids of menus hold. */
export async function readMenuObjects(db: Queryable, keys: readonly ObjectKey[]): Promise<ObjectMap<TermObject>> {
  return termsOf(await cachedRows<TermSqlRow>(db, MENUS, keyValues(keys), scopeOf(keys)));
}

function termsOf(rows: readonly TermSqlRow[]): ObjectMap<TermObject> {
  return new Map(rows.map((row) => [objectKey(row), { id: row.termId, taxonomy: row.taxonomy }]));
}

const USERS = `
  SELECT u.site_id AS "siteId", u.id, coalesce(u.roles, '{}') AS roles FROM ${ASKED}
  JOIN site_user u ON u.site_id = asked.site_id AND u.id = asked.id AND u.alive`;

/** Reads users' roles. */
export async function readUserObjects(db: Queryable, keys: readonly ObjectKey[]): Promise<ObjectMap<UserObject>> {
  const rows = await cachedRows<{ siteId: SiteId; id: number; roles: readonly string[] }>(db, USERS, keyValues(keys), scopeOf(keys));
  return new Map(rows.map((row) => [objectKey(row), { id: row.id, roles: row.roles }]));
}

const scopeOf = (keys: readonly ObjectKey[]) => ({ sites: keys.map((key) => key.siteId) });

function keyValues(keys: readonly ObjectKey[]): [number[], number[]] {
  return [keys.map((key) => key.siteId), keys.map((key) => key.id)];
}

function postOf(row: PostColumns): PostObject | null {
  if (row.post_id === null) return null;
  const parent: PostObject | null =
    row.parent_id === null
      ? null
      : {
          id: row.parent_id,
          type: row.parent_type ?? '',
          status: row.parent_status ?? '',
          authorId: row.parent_author ?? 0,
          trashedFrom: row.parent_trashed_from,
          parent: null,
        };
  return {
    id: row.post_id,
    type: row.post_type ?? '',
    status: row.post_status ?? '',
    authorId: row.post_author ?? 0,
    trashedFrom: row.post_trashed_from,
    parent,
  };
}
