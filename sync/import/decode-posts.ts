// Posts of every type and media, from answers of wp/v2 in the edit context to the changes that a sync would have given.
// The post's password is never asked for; `content.protected` says that there is one.
import { z } from 'zod';
import type { DomainChange } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import type { DecodeOptions } from '../decode/item.js';
import { changesOfMetaRows } from '../decode/metas.js';
import { changesOfPost, postShape } from '../decode/posts.js';
import { flag, id, json, label, text, toJson, whole, type MetaRow } from '../decode/shapes.js';
import { relate, upsertTerm } from '../decode/terms.js';
import { dateText, idList, metaMap, rawText } from './answer-shapes.js';
import { formatTerm } from './format-terms.js';

/**
 * Members of a post that are asked for; rendered texts cost the site work and are left out where WordPress lets them be: of the
 * texts of media and comments it knows no parts (6.1).
 */
export const POST_FIELDS = [
  'id', 'type', 'status', 'date', 'date_gmt', 'modified_gmt', 'slug', 'link', 'guid.raw', 'title.raw', 'content.raw', 'content.protected', 'excerpt.raw', 'author',
  'featured_media', 'comment_status', 'ping_status', 'template', 'format', 'meta', 'parent', 'menu_order',
] as const;
export const MEDIA_FIELDS = [
  'id', 'type', 'status', 'date', 'date_gmt', 'modified_gmt', 'slug', 'link', 'guid.raw', 'title.raw', 'description', 'caption', 'author', 'featured_media',
  'comment_status', 'ping_status', 'template', 'meta', 'post', 'mime_type', 'alt_text', 'media_details', 'source_url',
] as const;

/** What decoding a list of posts needs to know of the site. */
export interface PostContext {
  readonly homeUrl: string;
  /** Taxonomies of the type: the member of an answer that lists the terms, and the taxonomy. */
  readonly termFields: readonly { readonly field: string; readonly taxonomy: string }[];
  readonly options: DecodeOptions;
}

const shape = z
  .looseObject({
    id,
    type: label,
    status: text,
    date: dateText,
    date_gmt: dateText,
    modified_gmt: dateText,
    slug: text,
    link: text,
    guid: rawText,
    title: rawText,
    content: z.unknown().optional(),
    excerpt: rawText,
    description: rawText,
    caption: rawText,
    author: whole,
    featured_media: whole,
    comment_status: text,
    ping_status: text,
    template: label,
    format: label,
    meta: metaMap,
    parent: whole,
    post: whole,
    menu_order: whole,
    mime_type: label,
    alt_text: label,
    media_details: json,
    source_url: label,
  })
  .transform((row) => ({ ...row, members: row as Readonly<Record<string, unknown>>, isProtected: flag.parse((row.content as { protected?: unknown } | null | undefined)?.protected), raw: rawText.parse(row.content) }));
export const restPostShape = shape;
export type RestPost = z.output<typeof shape>;

/** What a post says of itself and of its metas; its terms are told by {@link relationsOfPost}. */
export function changesOfRestPost(post: RestPost, context: PostContext, rev: Rev): DomainChange[] {
  const isMedia = post.type === 'attachment';
  const wire = postShape.safeParse({
    ID: post.id,
    post_type: post.type,
    post_status: post.status,
    post_title: post.title,
    post_content: isMedia ? post.description : post.raw,
    post_excerpt: isMedia ? post.caption : post.excerpt,
    post_content_filtered: '',
    post_name: post.slug,
    post_author: post.author,
    post_parent: isMedia ? post.post : post.parent,
    menu_order: post.menu_order,
    post_date: post.date,
    post_date_gmt: post.date_gmt,
    post_modified_gmt: post.modified_gmt,
    comment_status: post.comment_status,
    ping_status: post.ping_status,
    post_mime_type: post.mime_type,
    post_password: post.isProtected ? 'protected' : '',
    guid: post.guid,
    permalink: post.link,
    shortlink: `${context.homeUrl}/?p=${post.id}`,
  });
  if (!wire.success) return [];
  const metas = [...metasOf(post), ...ownMetas(post)].flatMap(({ key, values }) =>
    values.map((value, index): MetaRow => ({ metaId: standInMetaId('post', post.id, key, index), ownerId: post.id, metaKey: key, value: toJson(value) })),
  );
  const said = changesOfPost(wire.data, rev);
  // A type without the feature 'author' does not tell it, though there may be one.
  if (post.members['author'] === undefined) for (const change of said) if (change.kind === 'upsert' && change.entity === 'post') delete change.groups.author;
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
