// Reads the change log of several sites as one, and the facts that decide who may be told of a change.
// Called by the settings subgraph. A site's sequence is raised and its entries are written in one transaction under the
// lock of its row, so every snapshot holds each site's entries from the first kept to `head` without a gap.
import type { ActorRef } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import { cachedRows, sawSequences } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { READ_STATUS } from './visible-content.js';

/** From where to read a site's log: entries with a greater sequence. */
export interface LogPosition {
  readonly siteId: SiteId;
  readonly after: number;
}

/** An entry as it was written. */
export interface ChangeRow {
  readonly siteId: SiteId;
  readonly sequence: number;
  readonly kind: string;
  readonly typename: string;
  readonly localId: string;
  readonly changedFields: readonly string[];
  readonly at: Date;
  readonly actor: ActorRef | null;
}

/** What one snapshot says: the entries of all sites in merged order, and where each site's log stood. */
export interface LogPiece {
  readonly entries: readonly ChangeRow[];
  /** The last sequence of each site that exists. */
  readonly heads: ReadonlyMap<SiteId, number>;
  /** Sites whose log does not reach back to the asked position, or ends before it; they have no entries. */
  readonly broken: ReadonlySet<SiteId>;
}

// The merged order is that of `at`, made monotonic a site, so that no site's entries change their own order.
const READ_LOG = `
  WITH head AS (
    SELECT s.id AS site_id, asked.after, s.sequence, asked.after < s.changes_kept_from - 1 OR asked.after > s.sequence AS broken
    FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, after)
    JOIN site s ON s.id = asked.site_id
  ), entry AS (
    SELECT c.*, max(c.at) OVER (PARTITION BY c.site_id ORDER BY c.sequence) AS merged_at
    FROM head
    CROSS JOIN LATERAL (
      SELECT c.* FROM change c
      WHERE NOT head.broken AND c.site_id = head.site_id AND c.sequence > head.after
        AND ($3::text[] IS NULL OR c.typename = ANY($3) OR c.kind = 'RESYNC_REQUIRED')
      ORDER BY c.sequence LIMIT $4
    ) c
  ), piece AS (
    SELECT * FROM entry ORDER BY merged_at, site_id, sequence LIMIT $4
  )
  SELECT head.site_id AS "siteId", head.sequence AS head, head.broken, p.sequence, p.kind, p.typename, p.local_id AS "localId",
    p.changed_fields AS "changedFields", p.at, p.actor
  FROM head LEFT JOIN piece p ON p.site_id = head.site_id
  ORDER BY p.merged_at, head.site_id, p.sequence`;

interface LogSqlRow extends Row {
  readonly siteId: SiteId;
  readonly head: number;
  readonly broken: boolean;
  readonly sequence: number | null;
  readonly kind: string;
  readonly typename: string;
  readonly localId: string;
  readonly changedFields: readonly string[];
  readonly at: Date;
  readonly actor: ActorRef | null;
}

/** Reads at most `limit` entries after the positions, of the given typenames (null for all). One statement. */
export async function readLog(db: Queryable, positions: readonly LogPosition[], types: readonly string[] | null, limit: number): Promise<LogPiece> {
  const rows = await cachedRows<LogSqlRow>(db, READ_LOG, [positions.map((p) => p.siteId), positions.map((p) => p.after), types, limit], { sites: positions.map((p) => p.siteId) });
  sawSequences(db, rows.map(({ siteId, head }) => ({ siteId, sequence: head })));
  return {
    entries: rows.flatMap(({ head: _head, broken: _broken, sequence, ...row }) => (sequence === null ? [] : [{ ...row, sequence }])),
    heads: new Map(rows.map((row) => [row.siteId, row.head])),
    broken: new Set(rows.filter((row) => row.broken).map((row) => row.siteId)),
  };
}

/** A row of a site by its numeric id. */
export interface RowKey {
  readonly siteId: SiteId;
  readonly id: number;
}

/** What decides who may see a post of any type; `status` is its parent's for an attachment that inherits. */
export interface PostStanding extends Row {
  readonly siteId: SiteId;
  readonly id: number;
  readonly type: string;
  readonly status: string;
  readonly authorId: number;
}

const POST_STANDINGS = `
  SELECT p.site_id AS "siteId", p.id, p.type, ${READ_STATUS} AS status, coalesce(p.author_id, 0) AS "authorId"
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
  JOIN post p ON p.site_id = asked.site_id AND p.id = asked.id AND p.alive`;

/** The standing of posts that exist. One statement. */
export async function readPostStandings(db: Queryable, keys: readonly RowKey[]): Promise<PostStanding[]> {
  return cachedRows<PostStanding>(db, POST_STANDINGS, [keys.map((key) => key.siteId), keys.map((key) => key.id)], { sites: keys.map((key) => key.siteId) });
}

/** What decides who may see a comment; the post's part is null when the post is gone. */
export interface CommentStanding extends Row {
  readonly siteId: SiteId;
  readonly id: number;
  readonly commentType: string;
  readonly commentStatus: string;
  readonly commenterId: number;
  readonly postId: number | null;
  readonly type: string | null;
  readonly status: string | null;
  readonly authorId: number | null;
}

const COMMENT_STANDINGS = `
  SELECT c.site_id AS "siteId", c.id, coalesce(c.type, '') AS "commentType", coalesce(c.status, '') AS "commentStatus", coalesce(c.user_id, 0) AS "commenterId",
    p.id AS "postId", p.type, ${READ_STATUS} AS status, coalesce(p.author_id, 0) AS "authorId"
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
  JOIN comment c ON c.site_id = asked.site_id AND c.id = asked.id AND c.alive
  LEFT JOIN post p ON p.site_id = c.site_id AND p.id = c.post_id AND p.alive`;

/** The standing of comments that exist. One statement. */
export async function readCommentStandings(db: Queryable, keys: readonly RowKey[]): Promise<CommentStanding[]> {
  return cachedRows<CommentStanding>(db, COMMENT_STANDINGS, [keys.map((key) => key.siteId), keys.map((key) => key.id)], { sites: keys.map((key) => key.siteId) });
}
