// Reads content that was just written, with all that an editor asks back of it, in one statement: its head and texts, its terms, the image that
// it names, what the file of that image is told by, and the options that its fields depend on. Called once a save by the content subgraph.
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';
import { optionsSql, type ContentOptions } from './content-facts.js';
import { TERM_COLUMNS, type ObjectTermRow } from './content-terms.js';
import type { BodyRow, ContentRow } from './content.js';
import { HEAD_COLUMNS } from './visible-content.js';

/** Of these metas a save's answer holds the first value; a key that it does not hold has none. */
export const WRITTEN_METAS = ['_wp_page_template', '_wp_attached_file', '_wp_attachment_metadata', '_wp_attachment_image_alt'] as const;

/** Content, or the image that it names. */
export interface WrittenRow extends ContentRow, BodyRow {
  /** First values by key, of {@link WRITTEN_METAS}. */
  readonly metas: Readonly<Record<string, unknown>>;
  /** The terms in every taxonomy, by name; empty for the image. */
  readonly terms: readonly ObjectTermRow[];
  readonly options: ContentOptions;
}

const WRITTEN = `
  SELECT ${HEAD_COLUMNS}, coalesce(p.content, '') AS content, coalesce(p.excerpt, '') AS excerpt, nullif(p.rendered_content, '') AS "renderedContent",
    coalesce((SELECT jsonb_object_agg(m.meta_key, m.value ORDER BY m.meta_id DESC) FROM post_meta m
      WHERE m.site_id = p.site_id AND m.post_id = p.id AND m.alive AND m.meta_key IN (${WRITTEN_METAS.map((key) => `'${key}'`).join(', ')})), '{}') AS metas,
    CASE WHEN p.id = $2 THEN coalesce((SELECT jsonb_agg(to_jsonb(x) ORDER BY x."storedName", x."ttId") FROM (
      SELECT r.object_id AS "objectId", ${TERM_COLUMNS}
      FROM term_relation r JOIN term t ON t.site_id = r.site_id AND t.tt_id = r.tt_id AND t.alive
      WHERE r.site_id = $1 AND r.object_id = $2 AND r.alive AND r.present) x), '[]') ELSE '[]' END AS terms,
    (SELECT coalesce(jsonb_object_agg(o.name, o.value), '{}') FROM (${optionsSql('ARRAY[$1::bigint]')}) o) AS options
  FROM post p WHERE p.site_id = $1 AND p.alive AND p.id = ANY(ARRAY[$2::bigint, (
    SELECT CASE WHEN m.value #>> '{}' ~ '^[0-9]{1,15}$' THEN (m.value #>> '{}')::bigint END FROM post_meta m
    WHERE m.site_id = $1 AND m.post_id = $2 AND m.meta_key = '_thumbnail_id' AND m.alive ORDER BY m.meta_id LIMIT 1)])`;

/** The content and its image; null where the store has none. */
export async function readWritten(db: Queryable, siteId: SiteId, postId: number): Promise<{ readonly content: WrittenRow | null; readonly image: WrittenRow | null }> {
  const rows = await db.query<WrittenRow>(WRITTEN, [siteId, postId]);
  return { content: rows.find((row) => row.localId === postId) ?? null, image: rows.find((row) => row.localId !== postId) ?? null };
}
