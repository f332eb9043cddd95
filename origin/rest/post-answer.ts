// A post of any type as wp/v2 answers it to a write: its fields by the graph's names for telling conflicts, the body of a save, and the
// changes that a sync of the same state would have given (the post's own: sync/decode/rest-posts).
import type { DomainChange, Json } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import type { KnownLinks } from '../../store/read/editable.js';
import { AUTOSAVE_FIELDS, changesOfPostRow, POST_FIELDS, restPostShape, type RestPost } from '../../sync/decode/rest-posts.js';
import { relate } from '../../sync/decode/terms.js';

/** What a write asks for, of content and files alike. */
const MEMBERS = [...POST_FIELDS.filter((name) => name !== 'format'), 'sticky', 'description', 'caption', 'mime_type', 'post'] as const;

/** The value of `_fields` for autosaves. */
export const AUTOSAVE_MEMBERS = AUTOSAVE_FIELDS.join(',');

/** The value of `_fields` for a type with these taxonomies (by their names in REST). */
export function postMembers(termFields: readonly string[]): string {
  return [...MEMBERS, ...termFields].join(',');
}

export type PostAnswer = RestPost;

/** Reads an answer; null when it is none, so that garbage is never taken for the site's word. */
export function readPostAnswer(body: Json): PostAnswer | null {
  const parsed = restPostShape.safeParse(body);
  return parsed.success && parsed.data.type !== '' && parsed.data.id > 0 ? parsed.data : null;
}

/** A field of the graph's input in an answer. Terms are `terms.<name in REST>`, metas `meta.<key>`. */
export function fieldOfAnswer(answer: PostAnswer, field: string): Json {
  if (field.startsWith('terms.')) return idsOf(answer.members[field.slice(6)]);
  if (field.startsWith('meta.')) return (answer.meta[field.slice(5)] ?? null) as Json;
  switch (field) {
    case 'title': return answer.title;
    case 'rawContent': return answer.content;
    case 'excerpt': return answer.excerpt;
    case 'slug': return answer.slug;
    case 'status': return answer.status;
    case 'publishedAt': return answer.date_gmt === '' ? null : new Date(`${answer.date_gmt}Z`).toISOString();
    case 'authorId': return answer.author ?? 0;
    case 'featuredImageId': return answer.featured_media;
    case 'parentId': return answer.parent;
    case 'menuOrder': return answer.menu_order;
    case 'template': return answer.template;
    case 'sticky': return answer.sticky;
    case 'commentStatus': return answer.comment_status;
    default: return null;
  }
}

/** Whether the answer says nothing of a field: a type without the feature 'author' does not tell whose a post is. */
export function isUntold(answer: PostAnswer, field: string): boolean {
  return field === 'authorId' && answer.author === null;
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
  // The address of the featured image is told by the site's own events only.
  return changesOfPostRow(answer, homeUrl, rev).map((change) =>
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
