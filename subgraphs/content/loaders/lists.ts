// Loaders of content lists. What a viewer may see of a post type goes into the statement as a rule, so that a page is
// decided in the database; lists that are asked together and have one shape are one statement.
import type { SiteId } from '../../../core/ids.js';
import type { Viewer } from '../../../auth/viewer.js';
import type { Queryable } from '../../../store/database.js';
import {
  countContentLists, readContentLists,
  type ContentListFilter, type ContentListOrder, type ContentListPlace, type ContentListQuery, type ContentListRow, type ContentListType,
} from '../../../store/read/content-lists.js';
import type { AccessLoader, SiteAccess } from '../../shared/access.js';
import { forbidden } from '../../shared/forbidden.js';
import type { FreshnessLoader } from '../../shared/freshness.js';
import { badUserInput, canonicalText, createPage, decodeCursor, emptyPage, encodeCursor, hashList, parseFirst, type CursorValue } from '../../shared/pages.js';
import { isStorable, ORDER_KEYS, parseFilter, parseOrder, parseTypes } from '../content-filter.js';
import type { ContentFilter, ContentOrder } from '../generated.js';
import type { ContentConnectionModel, ContentModel, ContentTypename, PostModel } from '../models.js';
import { createBatchLoader } from './batch.js';
import { contentTypename } from './contents.js';
import type { FactLoaders } from './facts.js';

/** The arguments of a list field, as a client sent them. */
export interface ListArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly filter?: ContentFilter | null | undefined;
  readonly orderBy?: ContentOrder | null | undefined;
  readonly types?: readonly string[] | null | undefined;
}

export interface ListsLoader {
  posts(siteId: SiteId, args: ListArguments): Promise<ContentConnectionModel<'Post'>>;
  pages(siteId: SiteId, args: ListArguments): Promise<ContentConnectionModel<'Page'>>;
  media(siteId: SiteId, args: ListArguments): Promise<ContentConnectionModel<'MediaItem'>>;
  contents(siteId: SiteId, args: ListArguments): Promise<ContentConnectionModel>;
  authored(siteId: SiteId, userId: number, args: ListArguments): Promise<ContentConnectionModel>;
  /** The viewer's own unfinished posts on all sites. */
  drafts(first: number | null | undefined): Promise<PostModel[]>;
}

const DEFAULT_FIRST = 20;

/** Creates the loaders of one request. */
export function createListsLoader(db: Queryable, viewer: Viewer, access: AccessLoader, freshness: FreshnessLoader, facts: FactLoaders): ListsLoader {
  const pages = createBatchLoader(queryText, (queries: readonly ContentListQuery[]) => readContentLists(db, queries));
  const counts = createBatchLoader(queryText, (queries: readonly ContentListQuery[]) => countContentLists(db, queries));

  const list = async (name: string, siteId: SiteId, args: ListArguments, fallback: ContentOrder, typesOf: (access: SiteAccess) => readonly string[], author?: number) => {
    const first = parseFirst(args.first, DEFAULT_FIRST);
    const order = parseOrder(args.orderBy, fallback);
    const hash = hashList(name, siteId, args.types ?? null, args.filter ?? null, order, author ?? null);
    const after = parsePlace(args.after, hash, order);
    // Before the list is read: what changes in between is in the list or after the cursor, or both.
    const [deltaCursor, viewed] = await Promise.all([freshness.deltaCursor(siteId), access.site(siteId)]);
    if (!viewed) return { ...emptyPage<ContentModel>(), countAll: async () => 0, siteId, deltaCursor };
    const sticky = args.filter?.sticky ?? null;
    const parsed = parseFilter(siteId, args.filter, sticky === null ? [] : await facts.stickyIds(siteId));
    const filter: ContentListFilter = author === undefined ? parsed : { ...parsed, authorIds: [author] };
    const types = typesOf(viewed).map((type) => listType(viewed, type));
    await checkMetaKeys(facts, siteId, filter, types);
    const query: ContentListQuery = { siteId, types: types.filter(showsAnything), filter, order, after, take: first + 1 };
    const rows = query.types.length === 0 ? [] : await pages.load(query);
    const page = createPage(rows, first, after === null, (row) => encodeCursor(hash, [row.sortKey as CursorValue | Date, row.localId]));
    return {
      ...page,
      nodes: page.nodes.flatMap((row) => toModel(row, viewed)),
      countAll: () => (query.types.length === 0 ? Promise.resolve(0) : counts.load({ ...query, after: null, take: 0 })),
      siteId,
      deltaCursor,
    };
  };

  return {
    posts: async (siteId, args) => (await list('posts', siteId, args, 'MODIFIED_DESC', () => ['post'])) as ContentConnectionModel<'Post'>,
    pages: async (siteId, args) => (await list('pages', siteId, args, 'MENU_ORDER', () => ['page'])) as ContentConnectionModel<'Page'>,
    media: async (siteId, args) => (await list('media', siteId, args, 'MODIFIED_DESC', () => ['attachment'])) as ContentConnectionModel<'MediaItem'>,
    async contents(siteId, args) {
      const types = parseTypes(args.types);
      for (const type of types ?? []) {
        if (contentTypename(type) === null) throw badUserInput(`types may not name ${JSON.stringify(type)}: it is not content of the graph`);
      }
      return list('contentNodes', siteId, args, 'MODIFIED_DESC', (viewed) => types ?? publicTypes(viewed));
    },
    authored: (siteId, userId, args) => list('authoredContent', siteId, args, 'MODIFIED_DESC', publicTypes, userId),
    async drafts(firstArgument) {
      const first = parseFirst(firstArgument, DEFAULT_FIRST);
      const accounts = viewer.kind === 'person' ? viewer.users : [];
      const lists = await Promise.all(
        accounts.map(async ({ siteId, userId }) => {
          const viewed = await access.site(siteId);
          if (!viewed || viewed.userId !== userId) return [];
          const filter = { ...parseFilter(siteId, { status: ['DRAFT', 'PENDING'] }, []), authorIds: [userId] };
          const types = [listType(viewed, 'post')];
          const rows = await pages.load({ siteId, types, filter, order: 'MODIFIED_DESC', after: null, take: first });
          return rows.flatMap((row) => toModel(row, viewed)) as PostModel[];
        }),
      );
      const changedAt = (post: PostModel): number => post.modifiedGmt?.getTime() ?? 0;
      return lists.flat().sort((a, b) => changedAt(b) - changedAt(a)).slice(0, first);
    },
  };
}

const queryText = (query: ContentListQuery): string => canonicalText({ ...query, types: query.types.map((type) => type.type) });

/** The public types but media, of which a list of everything is made. */
function publicTypes(access: SiteAccess): string[] {
  const registered = [...access.policy.types].flatMap(([slug, { type }]) => (type.public || type.publiclyQueryable ? [slug] : []));
  const content = new Set(['post', 'page', ...registered].filter((slug) => contentTypename(slug) !== null));
  content.delete('attachment');
  return [...content].sort();
}

function listType(access: SiteAccess, type: string): ContentListType {
  const rule = access.contentRule(type);
  return { type, rule, searchesProtected: rule.everyStatus };
}

/** Tells whether a rule shows any row, so that types of which nothing is visible are not asked for. */
function showsAnything({ rule }: ContentListType): boolean {
  return rule.everyStatus || rule.statuses.length > 0 || rule.userId > 0;
}

function toModel(row: ContentListRow, access: SiteAccess): ContentModel[] {
  const typename: ContentTypename | null = contentTypename(row.type);
  return typename === null ? [] : [{ ...row, __typename: typename, access }];
}

function parsePlace(after: string | null | undefined, hash: string, order: ContentListOrder): ContentListPlace | null {
  const place = decodeCursor(after, hash, [ORDER_KEYS[order], 'number'] as const);
  if (!place) return null;
  const [key, id] = place;
  const isNullable = ORDER_KEYS[order] === 'instant';
  if (id === null || !Number.isSafeInteger(id) || typeof key === 'boolean' || (key === null && !isNullable) || (typeof key === 'string' && !isStorable(key)) || (typeof key === 'number' && Math.abs(key) > MAX_INT)) {
    throw badUserInput('after is not a cursor of this list; pass pageInfo.endCursor of the page before');
  }
  return { key, id };
}

/** The range of menu_order. */
const MAX_INT = 2_147_483_647;

/** A condition tells something of what it is about: only those who may read a key may use it. */
async function checkMetaKeys(facts: FactLoaders, siteId: SiteId, filter: ContentListFilter, types: readonly ContentListType[]): Promise<void> {
  if (!filter.meta || types.every(({ rule }) => rule.everyStatus)) return;
  const open = await facts.publicMetaKeys(siteId);
  const hidden = filter.meta.find(({ key }) => !open.has(key));
  if (hidden) throw forbidden(`filter.meta: the key ${JSON.stringify(hidden.key)} is not public; it may be used by those who may edit all content of the type`);
}
