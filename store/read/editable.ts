// Reads all that a save of content needs to know beforehand, in one statement: whose it is and what it is (for the decision who may),
// what it holds (for telling whether it changed), and how the site's REST API names its type and taxonomies.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

export interface EditableRow extends Row {
  readonly localId: number;
  readonly type: string;
  readonly status: string;
  readonly authorId: number;
  readonly trashedFrom: string | null;
  readonly version: string;
  readonly title: string;
  readonly content: string;
  readonly excerpt: string;
  readonly slug: string;
  readonly dateGmt: Date | null;
  readonly modifiedGmt: Date | null;
  readonly parentId: number;
  readonly menuOrder: number;
  readonly commentStatus: string;
  readonly passwordProtected: boolean;
  readonly isSticky: boolean;
  /** First values by key. */
  readonly metas: Readonly<Record<string, unknown>>;
  /** Term ids by taxonomy. */
  readonly terms: Readonly<Record<string, readonly number[]>>;
  readonly homeUrl: string;
  /** Of the terms asked for, by their numbers in their taxonomies. */
  readonly named: Readonly<Record<string, { readonly termId: number; readonly taxonomy: string }>>;
}

const EDITABLE = `
  SELECT p.id AS "localId", p.type, p.status, coalesce(p.author_id, 0) AS "authorId", p.trashed_from AS "trashedFrom", coalesce(p.version, '') AS version,
    coalesce(p.title, '') AS title, coalesce(p.content, '') AS content, coalesce(p.excerpt, '') AS excerpt, coalesce(p.slug, '') AS slug,
    p.date_gmt AS "dateGmt", p.modified_gmt AS "modifiedGmt", coalesce(p.parent_id, 0) AS "parentId", coalesce(p.menu_order, 0) AS "menuOrder",
    coalesce(p.comment_status, '') AS "commentStatus", coalesce(p.password_protected, false) AS "passwordProtected",
    coalesce((SELECT jsonb_path_exists(o.value, '$.* ? (@ == $id || @ == $text)', jsonb_build_object('id', p.id, 'text', p.id::text))
        OR jsonb_path_exists(o.value, '$[*] ? (@ == $id || @ == $text)', jsonb_build_object('id', p.id, 'text', p.id::text))
      FROM setting o WHERE o.site_id = p.site_id AND o.setting_kind = 'OPTION' AND o.name = 'sticky_posts' AND o.alive), false) AS "isSticky",
    coalesce((SELECT jsonb_object_agg(m.meta_key, m.value ORDER BY m.meta_id DESC) FROM post_meta m
      WHERE m.site_id = p.site_id AND m.post_id = p.id AND m.alive AND m.meta_key IS NOT NULL), '{}') AS metas,
    coalesce((SELECT jsonb_object_agg(x.taxonomy, x.ids) FROM (
      SELECT t.taxonomy, jsonb_agg(t.term_id ORDER BY t.term_id) AS ids FROM term_relation r JOIN term t ON t.site_id = r.site_id AND t.tt_id = r.tt_id AND t.alive
      WHERE r.site_id = p.site_id AND r.object_id = p.id AND r.alive GROUP BY t.taxonomy) x), '{}') AS terms,
    coalesce((SELECT jsonb_object_agg(t.tt_id, jsonb_build_object('termId', t.term_id, 'taxonomy', t.taxonomy)) FROM term t
      WHERE t.site_id = p.site_id AND t.tt_id = ANY($3::bigint[]) AND t.alive), '{}') AS named,
    s.home_url AS "homeUrl"
  FROM post p JOIN site s ON s.id = p.site_id WHERE p.site_id = $1 AND p.id = $2 AND p.alive`;

/** Content as a save needs it, with the terms that the save names; null when the store has none by that id. */
export async function readEditable(db: Queryable, siteId: SiteId, postId: number, namedTerms: readonly number[] = []): Promise<EditableRow | null> {
  const [row] = await db.query<EditableRow>(EDITABLE, [siteId, postId, namedTerms]);
  return row ?? null;
}

/** Rows by which the reply's metas and terms are told from those the site did not name. */
export interface KnownLinks {
  /** The ids of the post's meta rows of some keys, the first of each. */
  readonly metaIds: ReadonlyMap<string, number>;
  /** Term taxonomy ids by term id, of the terms asked for. */
  readonly ttIds: ReadonlyMap<number, number>;
  /** Term taxonomy ids that the post has, by taxonomy. */
  readonly related: ReadonlyMap<string, readonly number[]>;
}

/** One statement; asked only when a save changed metas or terms. */
export async function readKnownLinks(db: Queryable, siteId: SiteId, postId: number, metaKeys: readonly string[], termIds: readonly number[]): Promise<KnownLinks> {
  const [row] = await db.query<{ metas: Record<string, number> | null; terms: Record<string, number> | null; related: Record<string, number[]> | null }>(
    `SELECT (SELECT jsonb_object_agg(m.meta_key, m.meta_id ORDER BY m.meta_id DESC) FROM post_meta m WHERE m.site_id = $1 AND m.post_id = $2 AND m.alive AND m.meta_key = ANY($3::text[])) AS metas,
       (SELECT jsonb_object_agg(t.term_id, t.tt_id) FROM term t WHERE t.site_id = $1 AND t.term_id = ANY($4::bigint[]) AND t.alive) AS terms,
       (SELECT jsonb_object_agg(x.taxonomy, x.ids) FROM (SELECT t.taxonomy, jsonb_agg(t.tt_id) AS ids FROM term_relation r JOIN term t ON t.site_id = r.site_id AND t.tt_id = r.tt_id
          WHERE r.site_id = $1 AND r.object_id = $2 AND r.alive GROUP BY t.taxonomy) x) AS related`,
    [siteId, postId, metaKeys, termIds],
  );
  return {
    metaIds: new Map(Object.entries(row?.metas ?? {})),
    ttIds: new Map(Object.entries(row?.terms ?? {}).map(([termId, ttId]) => [Number(termId), ttId])),
    related: new Map(Object.entries(row?.related ?? {})),
  };
}

/** WordPress tells the second of a change; the event of it is recorded within the same request. */
const EVENT_AFTER_MS = 15_000;

/** Who changed content at a moment, by the newest event of it about then; null when no event says. */
export async function readChanger(db: Queryable, siteId: SiteId, postId: number, at: Date): Promise<number | null> {
  const [row] = await db.query<{ userId: number | null }>(
    `SELECT actor_user_id AS "userId" FROM audit_event WHERE site_id = $1 AND object_type = ANY($2::text[]) AND object_id = $3 AND at >= $4 AND at < $5 ORDER BY sequence DESC LIMIT 1`,
    [siteId, ['Post', 'Page', 'CustomContent', 'MediaItem'], String(postId), at, new Date(at.getTime() + EVENT_AFTER_MS)],
  );
  return row?.userId ?? null;
}
