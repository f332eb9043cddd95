// A post of any type as wp/v2 answers it in the edit context: its fields for telling conflicts, and the changes that a sync of
// the same state would have given. The post's password is never asked for; `content.protected` says that there is one.
import { z } from 'zod';
import type { DomainChange, Json } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import type { KnownLinks } from '../../store/read/editable.js';
import { changesOfPost, postShape } from '../../sync/decode/posts.js';
import { relate } from '../../sync/decode/terms.js';

/** Members that are asked for; rendered texts cost the site work and are left out. */
const MEMBERS = [
  'id', 'type', 'status', 'date', 'date_gmt', 'modified_gmt', 'slug', 'link', 'guid.raw', 'title.raw', 'content.raw', 'content.protected', 'excerpt.raw',
  'author', 'featured_media', 'comment_status', 'ping_status', 'template', 'sticky', 'meta', 'parent', 'menu_order',
  // Files have these in their place.
  'description.raw', 'caption.raw', 'mime_type', 'post',
] as const;

/** The value of `_fields` for a type with these taxonomies (by their names in REST). */
export function postMembers(termFields: readonly string[]): string {
  return [...MEMBERS, ...termFields].join(',');
}

const text = z.string().catch('');
const whole = z.number().int().catch(0);
const raw = z.looseObject({ raw: z.string().catch('') }).catch({ raw: '' });
const dateText = z.string().nullable().catch(null).transform((value) => (value ?? '').replace(/(Z|[+-]00:?00)$/, ''));

const answerShape = z.looseObject({
  id: z.number().int().positive(),
  type: text,
  status: text,
  date: dateText,
  date_gmt: dateText,
  modified_gmt: dateText,
  slug: text,
  link: text,
  guid: raw,
  title: raw,
  content: z.looseObject({ raw: z.string().catch(''), protected: z.boolean().catch(false) }).catch({ raw: '', protected: false }),
  excerpt: raw,
  author: whole,
  featured_media: whole,
  comment_status: text,
  ping_status: text,
  template: text,
  sticky: z.boolean().catch(false),
  meta: z.record(z.string(), z.unknown()).catch({}),
  parent: whole,
  menu_order: whole,
  description: raw,
  caption: raw,
  mime_type: text,
  post: whole,
});

export type PostAnswer = z.output<typeof answerShape>;

/** Reads an answer; null when it is none, so that garbage is never taken for the site's word. */
export function readPostAnswer(body: Json): PostAnswer | null {
  const parsed = answerShape.safeParse(body);
  if (!parsed.success || parsed.data.type === '') return null;
  const { data: answer } = parsed;
  if (answer.type !== 'attachment') return answer;
  return { ...answer, content: { ...answer.content, raw: answer.description.raw }, excerpt: answer.caption, parent: answer.post };
}

/** A field of the graph's input in an answer. Terms are `terms.<name in REST>`, metas `meta.<key>`. */
export function fieldOfAnswer(answer: PostAnswer, field: string): Json {
  if (field.startsWith('terms.')) return idsOf(answer[field.slice(6)]);
  if (field.startsWith('meta.')) return (answer.meta[field.slice(5)] ?? null) as Json;
  switch (field) {
    case 'title': return answer.title.raw;
    case 'rawContent': return answer.content.raw;
    case 'excerpt': return answer.excerpt.raw;
    case 'slug': return answer.slug;
    case 'status': return answer.status;
    case 'publishedAt': return answer.date_gmt === '' ? null : new Date(`${answer.date_gmt}Z`).toISOString();
    case 'authorId': return answer.author;
    case 'featuredImageId': return answer.featured_media;
    case 'parentId': return answer.parent;
    case 'menuOrder': return answer.menu_order;
    case 'template': return answer.template;
    case 'sticky': return answer.sticky;
    case 'commentStatus': return answer.comment_status;
    default: return null;
  }
}

/** The names under which REST takes the fields. */
const REST_NAMES: Readonly<Record<string, string>> = {
  title: 'title', rawContent: 'content', excerpt: 'excerpt', slug: 'slug', status: 'status', publishedAt: 'date_gmt', authorId: 'author',
  featuredImageId: 'featured_media', parentId: 'parent', menuOrder: 'menu_order', template: 'template', sticky: 'sticky', commentStatus: 'comment_status',
};

/** What files name otherwise. */
const FILE_NAMES: Readonly<Record<string, string>> = { rawContent: 'description', excerpt: 'caption', parentId: 'post' };

/** Fields as the body of a save. */
export function bodyOfFields(fields: Readonly<Record<string, Json>>, isFile = false): Record<string, Json> {
  const body: Record<string, Json> = {};
  const meta: Record<string, Json> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('terms.')) body[field.slice(6)] = value;
    else if (field.startsWith('meta.')) meta[field.slice(5)] = value;
    else if (field === 'publishedAt') body['date_gmt'] = typeof value === 'string' ? value.replace(/\.\d+Z$|Z$/, '') : null;
    else body[(isFile ? FILE_NAMES[field] : undefined) ?? REST_NAMES[field] ?? field] = value;
  }
  return Object.keys(meta).length === 0 ? body : { ...body, meta };
}

/** What the post itself holds. */
export function changesOfPostAnswer(answer: PostAnswer, homeUrl: string, rev: Rev): DomainChange[] {
  const wire = postShape.parse({
    ID: answer.id, post_type: answer.type, post_status: answer.status, post_title: answer.title.raw, post_content: answer.content.raw, post_excerpt: answer.excerpt.raw,
    post_content_filtered: '', post_name: answer.slug, post_author: answer.author, post_parent: answer.parent, menu_order: answer.menu_order, post_date: answer.date,
    post_date_gmt: answer.date_gmt, post_modified_gmt: answer.modified_gmt, comment_status: answer.comment_status, ping_status: answer.ping_status, post_mime_type: answer.mime_type,
    post_password: answer.content.protected ? 'protected' : '', guid: answer.guid.raw, permalink: answer.link, shortlink: `${homeUrl}/?p=${answer.id}`,
  });
  // The address of the featured image is told by the site's own events only.
  return changesOfPost(wire, rev).map((change) =>
    change.kind === 'upsert' && change.entity === 'post' ? { ...change, groups: withoutFeatured(change.groups) } : change);
}

function withoutFeatured<G extends { featured?: unknown }>(groups: G): G {
  const { featured: _featured, ...rest } = groups;
  return rest as G;
}

/** Metas that REST tells under names of its own, as the site stores them. */
const OWN_METAS: Readonly<Record<string, { readonly key: string; readonly stored: (answer: PostAnswer) => Json }>> = {
  featuredImageId: { key: '_thumbnail_id', stored: (answer) => (answer.featured_media === 0 ? null : String(answer.featured_media)) },
  template: { key: '_wp_page_template', stored: (answer) => (answer.template === '' ? 'default' : answer.template) },
};

/** The metas that a save of these fields wrote, by the key that the site stores them under; null for one that is gone. */
export function metasOfAnswer(answer: PostAnswer, fields: readonly string[]): Map<string, Json> {
  const metas = new Map<string, Json>();
  for (const field of fields) {
    const own = OWN_METAS[field];
    if (own) metas.set(own.key, own.stored(answer));
    else if (field.startsWith('meta.')) metas.set(field.slice(5), (answer.meta[field.slice(5)] ?? null) as Json);
  }
  return metas;
}

/** The rows of metas and terms that follow from an answer; rows whose ids the site did not tell get stand-ins. */
export function changesOfLinks(answer: PostAnswer, metas: ReadonlyMap<string, Json>, termsByTaxonomy: ReadonlyMap<string, readonly number[]>, known: KnownLinks, rev: Rev): DomainChange[] {
  const changes: DomainChange[] = [];
  for (const [metaKey, value] of metas) {
    const metaId = known.metaIds.get(metaKey) ?? standInMetaId('post', answer.id, metaKey, 0);
    if (value !== null) changes.push({ kind: 'upsert', entity: 'postMeta', key: { metaId }, rev, groups: { core: { postId: answer.id, metaKey, value } } });
    else if (known.metaIds.has(metaKey)) changes.push({ kind: 'delete', entity: 'postMeta', key: { metaId }, rev });
  }
  for (const [taxonomy, termIds] of termsByTaxonomy) {
    const now = new Set(termIds.flatMap((termId) => known.ttIds.get(termId) ?? []));
    const before = known.related.get(taxonomy) ?? [];
    for (const ttId of now) if (!before.includes(ttId)) changes.push(relate(answer.id, ttId, true, rev));
    for (const ttId of before) if (!now.has(ttId)) changes.push(relate(answer.id, ttId, false, rev));
  }
  return changes;
}

export function idsOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((one): one is number => Number.isSafeInteger(one) && one > 0).sort((a, b) => a - b) : [];
}
