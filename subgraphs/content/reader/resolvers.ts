// The resolvers of the reader, with the only mutations of this subgraph: they change what an account follows and has
// seen, never a site. The content subgraph merges them into its own; the context holds `reader` and `viewer`.
import { decodeGlobalId, decodeNumericId, encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { LocalKey } from '../../../store/read/content.js';
import { MAX_FOLLOWS } from '../../../store/reader.js';
import { badUserInput, parseFirst } from '../../shared/pages.js';
import type { ReaderFilter, Resolvers, UserError } from '../generated.js';
import type { FeedArguments, ReaderContext } from './loaders.js';

const DEFAULT_SUBSCRIPTIONS = 50;
const MAX_MARKED = 100;
const MAX_FILTER_SITES = 100;
const MAX_TAGS = 20;
const MAX_TEXT = 200;
const MIN_SEARCH = 2;

type ReaderResolvers = Required<Pick<Resolvers<ReaderContext>, 'ReaderConnection' | 'ReaderSubscription'>> & {
  readonly Query: Pick<NonNullable<Resolvers<ReaderContext>['Query']>, 'readerFeed'>;
  readonly Mutation: Pick<NonNullable<Resolvers<ReaderContext>['Mutation']>, 'readerFollow' | 'readerUnfollow' | 'readerMarkSeen'>;
  readonly Viewer: Pick<NonNullable<Resolvers<ReaderContext>['Viewer']>, 'readerSubscriptions'>;
};

const userError = (code: UserError['code'], message: string, field: string): UserError => ({ code, message, field: [field], retryable: false });

export const readerResolvers: ReaderResolvers = {
  Query: {
    readerFeed: (_root, { first, after, filter }, { reader }) => reader.feed({ first, after, ...parseFilter(filter) }),
  },
  Mutation: {
    async readerFollow(_root, { siteId: id, feedUrl }, { reader }) {
      if (feedUrl) return { subscription: null, userErrors: [userError('INVALID', 'feeds of sites that are not connected cannot be followed; pass siteId', 'feedUrl')] };
      if (!id) return { subscription: null, userErrors: [userError('INVALID', 'siteId is missing', 'siteId')] };
      const siteId = decodeSite(id);
      const outcome = siteId === null ? 'no-such-site' : await reader.follow(siteId);
      if (outcome === 'no-such-site') return { subscription: null, userErrors: [userError('NOT_FOUND', 'there is no such site', 'siteId')] };
      if (outcome === 'too-many') return { subscription: null, userErrors: [userError('INVALID', `an account can follow ${MAX_FOLLOWS} sites; unfollow one first`, 'siteId')] };
      return { subscription: siteId && (await reader.subscription(siteId)), userErrors: [] };
    },
    async readerUnfollow(_root, { subscriptionId }, { reader }) {
      const siteId = decodeSubscription(subscriptionId);
      const subscription = siteId && (await reader.subscription(siteId));
      if (siteId === null || !subscription) return { subscription: null, userErrors: [userError('NOT_FOUND', 'there is no such subscription', 'subscriptionId')] };
      await reader.unfollow(siteId);
      return { subscription, userErrors: [] };
    },
    async readerMarkSeen(_root, { ids, seen }, { reader }) {
      if (ids.length < 1 || ids.length > MAX_MARKED) {
        return { unseenCount: await reader.unseenOfAll(), userErrors: [userError('INVALID', `ids must hold 1 to ${MAX_MARKED} ids; got ${ids.length}`, 'ids')] };
      }
      const keys = [...new Set(ids)].map((id) => decodePost(id));
      const wanted = keys.filter((key): key is LocalKey => key !== null);
      const marked = await reader.mark(wanted, seen);
      const missing = keys.length - marked.length;
      const userErrors = missing === 0 ? [] : [userError('NOT_FOUND', `${missing} of the ids are not of posts that you may read`, 'ids')];
      return { unseenCount: await reader.unseenOfAll(), userErrors };
    },
  },
  Viewer: {
    async readerSubscriptions({ id }, { first, after }, { viewer, reader }) {
      const take = parseFirst(first, DEFAULT_SUBSCRIPTIONS);
      const afterSiteId = after === null || after === undefined ? 0 : decodeSubscription(after);
      if (afterSiteId === null) throw badUserInput('after is not the id of a subscription');
      return viewer.kind === 'anonymous' || viewer.accountId !== id ? [] : reader.subscriptions(take, afterSiteId);
    },
  },
  ReaderConnection: { unseenCount: ({ siteIds }, _args, { reader }) => reader.unseenCount(siteIds) },
  ReaderSubscription: {
    async __resolveReference({ id }, { viewer, reader }) {
      const siteId = decodeSubscription(id);
      return siteId === null || viewer.kind === 'anonymous' ? null : reader.subscription(siteId);
    },
    id: ({ siteId }) => encodeGlobalId(siteId, 'ReaderSubscription', siteId),
    feedSite: ({ siteId }) => ({ id: encodeSiteId(siteId), siteId }),
    unseenCount: async ({ siteId }, _args, { reader }) => (await reader.tally(siteId))?.unseenCount ?? 0,
    lastPostAt: async ({ siteId }, _args, { reader }) => (await reader.tally(siteId))?.lastPostAt ?? null,
  },
};

/** A subscription's id names its site; whose it is follows from who asks. */
function decodeSubscription(id: string): SiteId | null {
  const decoded = decodeNumericId(id, 'ReaderSubscription');
  return decoded && decoded.localId === decoded.siteId ? decoded.siteId : null;
}

function decodeSite(id: string): SiteId | null {
  const decoded = decodeGlobalId(id);
  return decoded?.type === 'Site' && decoded.localId === String(decoded.siteId) ? decoded.siteId : null;
}

function decodePost(id: string): LocalKey | null {
  return decodeNumericId(id, 'Post');
}

function parseFilter(filter: ReaderFilter | null | undefined): Omit<FeedArguments, 'first' | 'after'> {
  return {
    siteIds: parseSites(filter?.siteIds),
    unseenOnly: filter?.unseenOnly ?? false,
    search: parseSearch(filter?.search),
    tags: parseTags(filter?.tags),
  };
}

function parseSites(ids: readonly string[] | null | undefined): SiteId[] | null {
  if (ids === null || ids === undefined) return null;
  if (ids.length > MAX_FILTER_SITES) throw badUserInput(`filter.siteIds must hold at most ${MAX_FILTER_SITES} ids; got ${ids.length}`);
  const siteIds = ids.map((id) => {
    const siteId = decodeSite(id);
    if (siteId === null) throw badUserInput(`filter.siteIds holds ${JSON.stringify(id.slice(0, 60))}, which is not the id of a site`);
    return siteId;
  });
  return [...new Set(siteIds)].sort((a, b) => a - b);
}

function parseSearch(search: string | null | undefined): string | null {
  const text = search?.trim() ?? '';
  if (text === '') return null;
  if (text.length < MIN_SEARCH || text.length > MAX_TEXT || text.includes('\0')) throw badUserInput(`filter.search must have ${MIN_SEARCH} to ${MAX_TEXT} characters`);
  return text;
}

function parseTags(tags: readonly string[] | null | undefined): string[] | null {
  if (tags === null || tags === undefined || tags.length === 0) return null;
  if (tags.length > MAX_TAGS || tags.some((tag) => tag.length > MAX_TEXT || tag.includes('\0'))) {
    throw badUserInput(`filter.tags must hold at most ${MAX_TAGS} tags of at most ${MAX_TEXT} characters`);
  }
  return [...new Set(tags)].sort();
}
