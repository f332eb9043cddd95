// Posts of every type and media, from lists of wp/v2 in the edit context to the changes that a sync would have given: the posts
// themselves (sync/decode/rest-posts), their metas and their terms.
import type { DomainChange } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import type { DecodeOptions } from '../decode/item.js';
import { changesOfMetaRows } from '../decode/metas.js';
import { changesOfPostRow, type RestPost } from '../decode/rest-posts.js';
import { idList } from '../decode/rest-shapes.js';
import { toJson, type MetaRow } from '../decode/shapes.js';
import { relate, upsertTerm } from '../decode/terms.js';
import { formatTerm } from './format-terms.js';

/** What decoding a list of posts needs to know of the site. */
export interface PostContext {
  readonly homeUrl: string;
  /** Taxonomies of the type: the member of an answer that lists the terms, and the taxonomy. */
  readonly termFields: readonly { readonly field: string; readonly taxonomy: string }[];
  readonly options: DecodeOptions;
}

/** What a post says of itself and of its metas; its terms are told by {@link relationsOfPost}. */
export function changesOfRestPost(post: RestPost, context: PostContext, rev: Rev): DomainChange[] {
  const said = changesOfPostRow(post, context.homeUrl, rev);
  if (said.length === 0) return [];
  const metas = [...metasOf(post), ...ownMetas(post)].flatMap(({ key, values }) =>
    values.map((value, index): MetaRow => ({ metaId: standInMetaId('post', post.id, key, index), ownerId: post.id, metaKey: key, value: toJson(value) })),
  );
  return [...said, ...changesOfMetaRows('post', [post.id], metas, rev, context.options)];
}

interface Meta {
  readonly key: string;
  readonly values: readonly unknown[];
}

/** Registered metas: a list is many rows of one key. A null or an empty text may as well be no row. */
function metasOf(post: RestPost): Meta[] {
  return Object.entries(post.meta).map(([key, value]) => ({ key, values: Array.isArray(value) ? value : value === null || value === '' ? [] : [value] }));
}

/** Metas that REST tells under names of its own. */
function ownMetas(post: RestPost): Meta[] {
  const one = (key: string, value: unknown): Meta[] => (value === '' || value === 0 || value === null ? [] : [{ key, values: [value] }]);
  const common = [...one('_thumbnail_id', post.featured_media === 0 ? '' : String(post.featured_media)), ...one('_wp_page_template', post.template)];
  if (post.type !== 'attachment') return common;
  return [...common, ...one('_wp_attachment_image_alt', post.alt_text), ...one('_wp_attached_file', attachedFile(post)), ...one('_wp_attachment_metadata', metadataOf(post.media_details))];
}

/** The file's path below the uploads folder. */
function attachedFile(post: RestPost): string {
  const details = post.media_details as { file?: unknown; original_image?: unknown } | null;
  const mark = post.source_url.lastIndexOf('/uploads/');
  if (mark >= 0) return decodeURI(post.source_url.slice(mark + '/uploads/'.length));
  return typeof details?.file === 'string' ? details.file : post.source_url;
}

/** REST adds addresses to the sizes, and the full size to them. */
function metadataOf(details: RestPost['media_details']): RestPost['media_details'] {
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return null;
  const map = details as { readonly [name: string]: RestPost['media_details'] };
  if (Object.keys(map).length === 0) return null;
  const sizes = map['sizes'];
  if (typeof sizes !== 'object' || sizes === null || Array.isArray(sizes)) return details;
  const kept = Object.entries(sizes).filter(([name]) => name !== 'full');
  return { ...map, sizes: Object.fromEntries(kept.map(([name, size]) => [name, withoutAddress(size)])) };
}

function withoutAddress(size: RestPost['media_details']): RestPost['media_details'] {
  if (typeof size !== 'object' || size === null || Array.isArray(size)) return size;
  return Object.fromEntries(Object.entries(size).filter(([name]) => name !== 'source_url'));
}

/** The terms that a post has, its format among them. */
export function termsOfRestPost(post: RestPost, context: PostContext): Set<number> {
  const listed = context.termFields.flatMap(({ field }) => idList.parse(post.members[field]));
  const format = formatTerm(post.format);
  return new Set(format === null ? listed : [...listed, format.id]);
}

/** Relations as they are now: additions, and removals of what the store still holds. */
export function relationsOfPost(post: RestPost, context: PostContext, stored: ReadonlySet<number>, rev: Rev): DomainChange[] {
  const now = termsOfRestPost(post, context);
  const format = formatTerm(post.format);
  const formatChange: DomainChange[] =
    format === null
      ? []
      : [upsertTerm({ term_id: format.id, term_taxonomy_id: format.id, taxonomy: 'post_format', name: format.name, slug: format.slug, description: '', parent: 0, count: 0 }, rev)];
  const added = [...now].filter((ttId) => !stored.has(ttId)).map((ttId) => relate(post.id, ttId, true, rev));
  const gone = [...stored].filter((ttId) => !now.has(ttId)).map((ttId) => relate(post.id, ttId, false, rev));
  return [...formatChange, ...added, ...gone];
}
