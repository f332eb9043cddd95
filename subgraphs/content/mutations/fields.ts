// From the schema's fields of content to those that an operation takes: local ids, stored words, terms by taxonomy. What
// cannot be used is told with the path in the input; no site is asked here.
import type { Json } from '../../../core/changes.js';
import { decodeNumericId, type NodeType, type SiteId } from '../../../core/ids.js';
import { isWritableMeta } from '../../../origin/writes/content/meta-keys.js';
import { readTerms } from '../../../store/read/content-terms.js';
import { keyText } from '../../../store/read/content.js';
import type { Queryable } from '../../../store/database.js';
import type { SiteAccess } from '../../shared/access.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { ContentFieldsInput } from '../generated.js';
import { storedStatuses } from '../statuses.js';

/** Values by the operation's field names: `terms.<name in REST>` and `meta.<key>` beside the schema's own. */
export type FieldValues = Record<string, Json>;

/** Statuses that a save may ask for; trash, and what WordPress makes by itself, have mutations of their own or none. */
const SETTABLE: readonly string[] = ['publish', 'future', 'draft', 'pending', 'private'];
const MAX_TEXT = { title: 5_000, slug: 200, template: 200, excerpt: 100_000, rawContent: 5_000_000 } as const;
const MAX_TERMS = 200;
const MAX_METAS = 50;

/** The taxonomies of a type that REST can set: taxonomy by its name in REST. */
export function writableTaxonomies(access: SiteAccess, postType: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [taxonomy, { restBase, objectTypes }] of access.policy.taxonomies) {
    if (restBase && taxonomy !== 'post_format' && taxonomy !== 'nav_menu' && objectTypes?.includes(postType)) found[restBase] = taxonomy;
  }
  return found;
}

/** A term that a save names. */
export interface NamedTerm {
  readonly termId: number;
  readonly taxonomy: string;
}

/** Finds terms of the site by their numbers in their taxonomies. */
export type FindTerms = (ttIds: readonly number[]) => Promise<ReadonlyMap<number, NamedTerm>>;

/** Finds them by a statement of their own. */
export const findTermsIn = (db: Queryable, siteId: SiteId): FindTerms => async (ttIds) => {
  const rows = await readTerms(db, ttIds.map((localId) => ({ siteId, localId })));
  return new Map(ttIds.flatMap((ttId) => {
    const row = rows.get(keyText(siteId, ttId));
    return row ? [[ttId, { termId: row.localId, taxonomy: row.taxonomy }] as const] : [];
  }));
};

/** The numbers of the terms that fields name, as far as they can be read. */
export function namedTerms(...inputs: readonly (ContentFieldsInput | null | undefined)[]): number[] {
  return inputs.flatMap((input) => (input?.termIds ?? []).slice(0, MAX_TERMS)).flatMap((id) => decodeNumericId(id, 'Term')?.localId ?? []);
}

/** Decodes fields; `path` is where they stand in the input. */
export async function decodeFields(
  findTerms: FindTerms, access: SiteAccess, taxonomies: Readonly<Record<string, string>>, input: ContentFieldsInput, path: string,
): Promise<{ readonly fields: FieldValues; readonly errors: UserErrorModel[] }> {
  const fields: FieldValues = {};
  const errors: UserErrorModel[] = [];
  const bad = (field: string, message: string): void => void errors.push(userError('INVALID', message, path, field));

  for (const [field, most] of Object.entries(MAX_TEXT)) {
    const value = input[field as keyof typeof MAX_TEXT];
    if (value === undefined || value === null) continue;
    if (value.length > most) bad(field, `${field} must have at most ${most} characters; got ${value.length}`);
    else if (value.includes('\u0000')) bad(field, `${field} holds a NUL character`);
    else fields[field] = value;
  }
  if (input.status) {
    const stored = storedStatuses([input.status]).statuses?.[0] ?? '';
    if (SETTABLE.includes(stored)) fields['status'] = stored;
    else bad('status', `status must be PUBLISHED, FUTURE, DRAFT, PENDING or PRIVATE; use contentTrash and contentRestore for the trash`);
  }
  if (input.publishedAt) fields['publishedAt'] = new Date(input.publishedAt).toISOString();
  if (typeof input.menuOrder === 'number') fields['menuOrder'] = input.menuOrder;
  if (typeof input.sticky === 'boolean') fields['sticky'] = input.sticky;
  if (input.commentStatus) {
    if (input.commentStatus === 'open' || input.commentStatus === 'closed') fields['commentStatus'] = input.commentStatus;
    else bad('commentStatus', 'commentStatus must be open or closed');
  }
  decodeLink(access.siteId, input, fields, bad);
  decodeMetas(input, fields, bad);
  if (input.termIds) await decodeTerms(findTerms, access, taxonomies, input.termIds, fields, bad);
  return { fields, errors };
}

const LINKS: readonly { readonly field: 'authorId' | 'featuredImageId' | 'parentId'; readonly types: readonly NodeType[]; readonly mayBeNull: boolean }[] = [
  { field: 'authorId', types: ['User'], mayBeNull: false },
  { field: 'featuredImageId', types: ['MediaItem'], mayBeNull: true },
  { field: 'parentId', types: ['Post', 'Page', 'CustomContent'], mayBeNull: true },
];

function decodeLink(siteId: SiteId, input: ContentFieldsInput, fields: FieldValues, bad: (field: string, message: string) => void): void {
  for (const { field, types, mayBeNull } of LINKS) {
    const value = input[field];
    if (value === undefined) continue;
    if (value === null) {
      if (mayBeNull) fields[field] = 0;
      else bad(field, `${field} cannot be null`);
      continue;
    }
    const id = decodeNumericId(value, ...types);
    if (id?.siteId === siteId) fields[field] = id.localId;
    else bad(field, `${field} is not the id of a ${types.join(' or ')} of this site`);
  }
}

function decodeMetas(input: ContentFieldsInput, fields: FieldValues, bad: (field: string, message: string) => void): void {
  const metas = input.meta ?? [];
  if (metas.length > MAX_METAS) return bad('meta', `meta must name at most ${MAX_METAS} keys; got ${metas.length}`);
  for (const { key, value } of metas) {
    if (isWritableMeta(key)) fields[`meta.${key}`] = (value ?? null) as Json;
    else bad('meta', `the meta ${JSON.stringify(key.slice(0, 60))} cannot be written through the graph`);
  }
}

async function decodeTerms(
  findTerms: FindTerms, access: SiteAccess, taxonomies: Readonly<Record<string, string>>, ids: readonly string[], fields: FieldValues, bad: (field: string, message: string) => void,
): Promise<void> {
  if (ids.length > MAX_TERMS) return bad('termIds', `termIds must hold at most ${MAX_TERMS} ids; got ${ids.length}`);
  const keys = ids.map((id) => decodeNumericId(id, 'Term'));
  const wrong = keys.findIndex((key) => key === null || key.siteId !== access.siteId);
  if (wrong >= 0) return bad('termIds', `termIds holds ${JSON.stringify(ids[wrong]?.slice(0, 60))}, which is not the id of a term of this site`);
  const wanted = keys.flatMap((key) => key?.localId ?? []);
  const found = await findTerms(wanted);
  const restNames = new Map(Object.entries(taxonomies).map(([restName, taxonomy]) => [taxonomy, restName]));
  const byName: Record<string, number[]> = {};
  for (const ttId of wanted) {
    const term = found.get(ttId);
    const restName = term && restNames.get(term.taxonomy);
    if (!term || restName === undefined) return bad('termIds', term ? `terms of ${term.taxonomy} cannot be set on this type of content` : 'termIds holds a term that does not exist');
    (byName[restName] ??= []).push(term.termId);
  }
  for (const [restName, termIds] of Object.entries(byName)) fields[`terms.${restName}`] = [...new Set(termIds)].sort((a, b) => a - b);
}

/** The same fields as the store holds them: what an editor that read the current version began with. */
export function storedField(row: StoredFields, taxonomies: Readonly<Record<string, string>>, field: string): Json {
  if (field.startsWith('terms.')) return [...(row.terms[taxonomies[field.slice(6)] ?? ''] ?? [])].sort((a, b) => a - b);
  if (field.startsWith('meta.')) return (row.metas[field.slice(5)] ?? null) as Json;
  switch (field) {
    case 'title': return row.title;
    case 'rawContent': return row.content;
    case 'excerpt': return row.excerpt;
    case 'slug': return row.slug;
    case 'status': return row.status;
    case 'publishedAt': return row.dateGmt?.toISOString() ?? null;
    case 'authorId': return row.authorId;
    case 'featuredImageId': return Number(row.metas['_thumbnail_id'] ?? 0) || 0;
    case 'parentId': return row.parentId;
    case 'menuOrder': return row.menuOrder;
    case 'template': return templateOf(row.metas['_wp_page_template']);
    case 'sticky': return row.isSticky;
    case 'commentStatus': return row.commentStatus;
    default: return null;
  }
}

export interface StoredFields {
  readonly title: string;
  readonly content: string;
  readonly excerpt: string;
  readonly slug: string;
  readonly status: string;
  readonly dateGmt: Date | null;
  readonly authorId: number;
  readonly parentId: number;
  readonly menuOrder: number;
  readonly commentStatus: string;
  readonly isSticky: boolean;
  readonly metas: Readonly<Record<string, unknown>>;
  readonly terms: Readonly<Record<string, readonly number[]>>;
}

function templateOf(stored: unknown): string {
  return typeof stored === 'string' && stored !== 'default' ? stored : '';
}

/** Fields whose change on the site counts as a change of the content, whether or not they are saved. */
export const COMPARED_FIELDS = ['title', 'rawContent', 'excerpt', 'slug', 'status', 'authorId', 'parentId', 'menuOrder', 'commentStatus'] as const;
