// What is edited: the content as it was read (the base) and as the person has it now (the draft), and the fields in which they differ.
// The manual excerpt cannot be read (the graph shows the beginning of the text in its place), so that it is sent only once somebody types.
import { readDocument, writeDocument, type BlockDocument } from './blocks/document.js';
import type { ContentFieldsInput, ContentStatus, EditorCustomFragment, EditorPageFragment, EditorPostFragment } from './generated.js';

export type Parts = (EditorPostFragment | EditorPageFragment | EditorCustomFragment) & { readonly __typename?: string };

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Draft {
  readonly title: string;
  readonly document: BlockDocument;
  /** Null while nobody typed one. */
  readonly excerpt: string | null;
  readonly slug: string;
  readonly status: ContentStatus;
  readonly publishedAt: string | null;
  /** Null for what has none. */
  readonly categories: readonly Named[] | null;
  readonly tags: readonly Named[] | null;
  /** Tags that the site does not have yet. */
  readonly newTags: readonly string[];
  readonly image: Named | null;
}

/** What the draft began with. */
export interface Base extends Omit<Draft, 'document' | 'newTags' | 'excerpt'> {
  readonly version: string;
  readonly rawContent: string;
  /** The beginning of the text, or the manual one. */
  readonly excerptShown: string | null;
}

/** The base of what was read; null when the person may not edit it. */
export function baseOf(parts: Parts): Base | null {
  if (typeof parts.rawContent !== 'string') return null;
  const named = ({ id, name }: { readonly id: string; readonly name: string }): Named => ({ id, name });
  return {
    version: parts.version, rawContent: parts.rawContent, title: parts.title, slug: parts.slug, status: parts.status, publishedAt: parts.publishedAt ?? null,
    excerptShown: 'excerpt' in parts ? parts.excerpt : null,
    categories: 'categories' in parts ? parts.categories.map(named) : null, tags: 'tags' in parts ? parts.tags.map(named) : null,
    image: parts.featuredImage ? { id: parts.featuredImage.id, name: parts.featuredImage.title } : null,
  };
}

export const EMPTY_BASE: Base = { version: '', rawContent: '', title: '', slug: '', status: 'DRAFT', publishedAt: null, excerptShown: null, categories: null, tags: null, image: null };

export function draftOf(base: Base): Draft {
  const { title, slug, status, publishedAt, categories, tags, image } = base;
  return { title, slug, status, publishedAt, categories, tags, image, excerpt: null, newTags: [], document: readDocument(base.rawContent) };
}

const idsOf = (named: readonly Named[] | null): string[] => (named ?? []).map(({ id }) => id).sort();
const sameIds = (a: readonly Named[] | null, b: readonly Named[] | null): boolean => idsOf(a).join() === idsOf(b).join();

/** The fields in which a draft differs from its base; empty when there are none. */
export function changedFields(base: Base, draft: Draft): ContentFieldsInput {
  const rawContent = writeDocument(draft.document);
  const terms = [...(sameIds(base.categories, draft.categories) ? [] : idsOf(draft.categories)), ...(sameIds(base.tags, draft.tags) ? [] : idsOf(draft.tags))];
  return {
    ...(draft.title === base.title ? {} : { title: draft.title }),
    ...(rawContent === base.rawContent ? {} : { rawContent }),
    ...(draft.excerpt === null ? {} : { excerpt: draft.excerpt }),
    ...(draft.slug === base.slug ? {} : { slug: draft.slug }),
    ...(draft.status === base.status ? {} : { status: draft.status }),
    ...(draft.publishedAt === base.publishedAt ? {} : { publishedAt: draft.publishedAt }),
    ...(terms.length === 0 ? {} : { termIds: terms }),
    ...(draft.newTags.length === 0 ? {} : { newTags: [...draft.newTags] }),
    ...((draft.image?.id ?? null) === (base.image?.id ?? null) ? {} : { featuredImageId: draft.image?.id ?? null }),
  };
}

/** What the base had of those fields, as far as it is known; the site merges with it when it has moved on. */
export function baseFields(base: Base, fields: ContentFieldsInput): ContentFieldsInput {
  const known: ContentFieldsInput = {
    title: base.title, rawContent: base.rawContent, slug: base.slug, ...(SETTABLE.includes(base.status) ? { status: base.status } : {}),
    ...(base.publishedAt === null ? {} : { publishedAt: base.publishedAt }), featuredImageId: base.image?.id ?? null,
    termIds: [...idsOf(base.categories), ...idsOf(base.tags)],
  };
  return Object.fromEntries(Object.entries(known).filter(([field]) => field in fields || ALWAYS.includes(field)));
}

const SETTABLE: readonly ContentStatus[] = ['PUBLISHED', 'FUTURE', 'DRAFT', 'PENDING', 'PRIVATE'];
/** Told though they are not saved, so that a conflict names them among what changed. */
const ALWAYS: readonly string[] = ['title', 'rawContent'];

export const isChanged = (base: Base, draft: Draft): boolean => Object.keys(changedFields(base, draft)).length > 0;
