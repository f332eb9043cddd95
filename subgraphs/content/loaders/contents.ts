// Loaders of content by key. Visibility is decided here, once a row: what a loader hands out may be shown.
import { isRowVisible, mayReadPassworded } from '../../../auth/visibility.js';
import type { PostPolicyInput } from '../../../auth/capabilities/input.js';
import type { SiteId } from '../../../core/ids.js';
import { typenameOfPostType } from '../../../core/post-types.js';
import type { Queryable } from '../../../store/database.js';
import {
  keyText, readAddressSite, readChildPages, readContentBodies, readContentHeads, readFeaturedImages, readIdByAddress, readRevisions,
  type AnswerRow, type BodyRow, type ChildQuery, type ContentRow, type LocalKey, type RevisionQuery,
} from '../../../store/read/content.js';
import { readWritten, WRITTEN_METAS, type WrittenRow } from '../../../store/read/written-content.js';
import type { AccessLoader, SiteAccess } from '../../shared/access.js';
import { canonicalText } from '../../shared/pages.js';
import type { ContentModel, ContentTypename, MediaItemModel, PageModel, RevisionModel } from '../models.js';
import { parseAddress } from '../addresses.js';
import { createBatchLoader } from './batch.js';
import type { FactLoaders } from './facts.js';
import type { TermsLoader } from './terms.js';

/** The long texts of content as the viewer may see them. */
export interface BodyModel {
  readonly content: string;
  readonly excerpt: string;
  readonly renderedContent: string | null;
}

export interface ContentsLoader {
  /** Content that the viewer may see; null for everything else. */
  byKey(key: LocalKey): Promise<ContentModel | null>;
  /** The same when it is of the named type of the schema. */
  ofType<Name extends ContentTypename>(typename: Name, key: LocalKey): Promise<ContentModel<Name> | null>;
  /** The image that content names as its own; null when there is none that the viewer may see. */
  featuredImage(content: ContentModel): Promise<MediaItemModel | null>;
  /** Empty texts when the content is protected by a password and the viewer may not edit it. */
  body(content: ContentModel): Promise<BodyModel>;
  /** The content as stored; null when the viewer may not edit it. */
  storedBody(content: ContentModel | RevisionModel): Promise<BodyRow | null>;
  children(page: PageModel, first: number): Promise<PageModel[]>;
  /** Revisions of content that the viewer may edit, the newest first; null when the viewer may not. */
  revisions(content: ContentModel, query: Pick<RevisionQuery, 'autosaves' | 'afterId' | 'take'>): Promise<RevisionModel[] | null>;
  revision(key: LocalKey): Promise<RevisionModel | null>;
  byAddress(address: string): Promise<ContentModel | null>;
  /** What was just written, as `byKey` gives it; everything else that the answer may ask of it is read along. */
  written(key: LocalKey): Promise<ContentModel | null>;
  /** Reads content anew when it is asked for next: it is being written. */
  forget(key: LocalKey): void;
}

const NOTHING: BodyModel = Object.freeze({ content: '', excerpt: '', renderedContent: null });

/** The typename of a post type whose posts this subgraph serves; null for parts, traces and the store's. */
export function contentTypename(type: string): ContentTypename | null {
  const typename = typenameOfPostType(type);
  return typename === 'Product' ? null : typename;
}

/** A row as decisions about capabilities take it. */
export function policyPost(row: Pick<ContentRow, 'localId' | 'type' | 'status' | 'authorId' | 'trashedFrom'>): PostPolicyInput {
  return { id: row.localId, type: row.type, status: row.status, authorId: row.authorId, trashedFrom: row.trashedFrom };
}

export function mayEdit(content: ContentModel): boolean {
  return content.access.can('edit_post', { kind: 'post', post: policyPost(content) });
}

/** The row as a model when the viewer may see it. */
export function showContent(row: ContentRow, access: SiteAccess): ContentModel | null {
  const typename = contentTypename(row.type);
  if (typename === null) return null;
  const visible = isRowVisible(access.contentRule(row.type), { id: row.localId, status: row.readStatus, authorId: row.authorId });
  return visible ? { ...row, __typename: typename, access } : null;
}

/** Creates the loaders of one request. */
export function createContentsLoader(db: Queryable, access: AccessLoader, facts: FactLoaders, terms: TermsLoader): ContentsLoader {
  const heads = createBatchLoader(localText, async (keys: readonly LocalKey[]) => {
    const rows = await readContentHeads(db, keys);
    return keys.map((key) => rows.get(localText(key)) ?? null);
  });
  const bodies = createBatchLoader(localText, async (keys: readonly LocalKey[]) => {
    const rows = await readContentBodies(db, keys);
    return keys.map((key) => rows.get(localText(key)) ?? null);
  });
  const images = createBatchLoader(localText, async (keys: readonly LocalKey[]) => {
    const rows = byOrdinal(keys.length, await readFeaturedImages(db, keys));
    return rows.map(([row]) => row ?? null);
  });
  const childLists = createBatchLoader(
    (query: ChildQuery) => `${localText(query)}/${query.take}`,
    async (queries) => byOrdinal(queries.length, await readChildPages(db, queries)),
  );
  const revisionLists = createBatchLoader(
    (query: RevisionQuery) => canonicalText(query),
    async (queries) => byOrdinal(queries.length, await readRevisions(db, queries)),
  );

  const byKey = async (key: LocalKey): Promise<ContentModel | null> => {
    const [row, viewer] = await Promise.all([heads.load(key), access.site(key.siteId)]);
    return row && viewer ? showContent(row, viewer) : null;
  };
  const know = (key: LocalKey, row: WrittenRow | null): void => {
    heads.clear(key).prime(key, row);
    bodies.clear(key).prime(key, row);
    if (row) facts.know(key, WRITTEN_METAS, row);
  };
  const storedBody = async (content: ContentModel | RevisionModel): Promise<BodyRow | null> => {
    // A revision was handed out only because its viewer may edit what it belongs to.
    if (content.type !== 'revision' && !mayEdit(content as ContentModel)) return null;
    return bodies.load(content);
  };

  return {
    byKey,
    async ofType(typename, key) {
      const content = await byKey(key);
      return content?.__typename === typename ? (content as ContentModel<typeof typename>) : null;
    },
    async featuredImage(content) {
      const row = await images.load(content);
      const image = row && showContent(row, content.access);
      return image?.__typename === 'MediaItem' ? (image as MediaItemModel) : null;
    },
    async body(content) {
      if (content.passwordProtected && !mayReadPassworded(content.access.caps, policyPost(content))) return NOTHING;
      return (await bodies.load(content)) ?? NOTHING;
    },
    storedBody,
    async children(page, take) {
      const rows = await childLists.load({ siteId: page.siteId, localId: page.localId, rule: page.access.contentRule('page'), take });
      return rows.map((row) => ({ ...row, __typename: 'Page' as const, access: page.access }));
    },
    async revisions(content, query) {
      if (!mayEdit(content)) return null;
      const rows = await revisionLists.load({ siteId: content.siteId, localId: content.localId, ...query });
      return rows.map((row) => ({ ...row, access: content.access }));
    },
    async revision(key) {
      const row = await heads.load(key);
      if (row?.type !== 'revision') return null;
      const parent = await byKey({ siteId: key.siteId, localId: row.parentId });
      return parent && mayEdit(parent) ? { ...row, access: parent.access } : null;
    },
    async written(key) {
      const { content, image } = await readWritten(db, key.siteId, key.localId);
      know(key, content);
      if (image) know(image, image);
      images.clear(key).prime(key, image && { ...image, ord: 0 });
      if (content) terms.know(key, content.terms);
      return byKey(key);
    },
    forget(key) {
      heads.clear(key);
      bodies.clear(key);
    },
    async byAddress(text) {
      const address = parseAddress(text);
      if (!address) return null;
      const site = await readAddressSite(db, address.siteAddresses);
      if (!site) return null;
      const named = address.within(site.homeUrl);
      if (named.kind === 'front') return site.frontPageId > 0 ? byKey({ siteId: site.siteId, localId: site.frontPageId }) : null;
      const localId = named.kind === 'number' ? named.localId : await readIdByAddress(db, site.siteId, named.slug, named.permalinks);
      return localId === null ? null : byKey({ siteId: site.siteId, localId });
    },
  };
}

const localText = (key: LocalKey): string => keyText(key.siteId as SiteId, key.localId);

function byOrdinal(count: number, rows: readonly AnswerRow[]): AnswerRow[][] {
  const lists: AnswerRow[][] = Array.from({ length: count }, () => []);
  for (const row of rows) lists[row.ord]?.push(row);
  return lists;
}
