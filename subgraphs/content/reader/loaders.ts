// The reader of one request: subscriptions, the feed and counts of the viewer's account. Everything is keyed by the
// account, so that nobody reads or changes what another follows; visibility of posts is decided here once a row.
import DataLoader from 'dataloader';
import { decode, encode } from 'html-entities';
import { GraphQLError } from 'graphql';
import type { Viewer } from '../../../auth/viewer.js';
import type { SiteId } from '../../../core/ids.js';
import { readContentHeads, type LocalKey } from '../../../store/read/content.js';
import { containsPattern } from '../../../store/read/patterns.js';
import { readFeed, readSiteTallies, readUnseenTotal, readSubscriptions, type FeedQuery, type SiteTally, type SubscriptionRow } from '../../../store/read/reader.js';
import { followSite, markPosts, MAX_FOLLOWS, unfollowSite } from '../../../store/reader.js';
import type { Store } from '../../../store/store.js';
import type { AccessLoader, SiteAccess } from '../../shared/access.js';
import { encodeDeltaCursor } from '../../shared/delta-cursor.js';
import { badUserInput, createPage, decodeCursor, encodeCursor, hashList, parseFirst } from '../../shared/pages.js';
import { showContent } from '../loaders/contents.js';
import type { PostModel } from '../models.js';
import type { ReaderConnectionModel, SubscriptionModel } from './models.js';

/** What the reader's resolvers need of the context. */
export interface ReaderContext {
  readonly viewer: Viewer;
  readonly reader: ReaderLoaders;
}

/** The arguments of the feed, ids decoded. */
export interface FeedArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly siteIds: readonly SiteId[] | null;
  readonly unseenOnly: boolean;
  readonly search: string | null;
  readonly tags: readonly string[] | null;
}

export interface ReaderLoaders {
  /** A page of the viewer's subscriptions, after a site. */
  subscriptions(first: number, afterSiteId: number): Promise<SubscriptionModel[]>;
  /** The viewer's subscription to a site; null when there is none. */
  subscription(siteId: SiteId): Promise<SubscriptionModel | null>;
  feed(args: FeedArguments): Promise<ReaderConnectionModel>;
  tally(siteId: SiteId): Promise<SiteTally | null>;
  /** The unseen posts of sites together. */
  unseenCount(siteIds: readonly SiteId[]): Promise<number>;
  /** The unseen posts of all followed sites. */
  unseenOfAll(): Promise<number>;
  follow(siteId: SiteId): Promise<'followed' | 'no-such-site' | 'too-many'>;
  unfollow(siteId: SiteId): Promise<boolean>;
  /** Marks the posts that the viewer may see; returns those marked. */
  mark(keys: readonly LocalKey[], seen: boolean): Promise<readonly LocalKey[]>;
}

const DEFAULT_FIRST = 20;
/** Sites whose place a delta cursor holds: as many as the changes feed takes. */
const MAX_CURSOR_SITES = 100;

/** Creates the reader of one request. */
export function createReaderLoaders(store: Store, access: AccessLoader, viewer: Viewer): ReaderLoaders {
  const db = store.database;
  const account = (): string => {
    if (viewer.kind === 'anonymous') throw new GraphQLError('sign in to use the reader', { extensions: { code: 'UNAUTHENTICATED' } });
    return viewer.accountId;
  };
  const tallies = new DataLoader<SiteId, SiteTally | null>(async (siteIds) => {
    const found = await readSiteTallies(db, account(), siteIds);
    return siteIds.map((siteId) => found.get(siteId) ?? null);
  });
  const followed = (siteIds: readonly SiteId[] | null): Promise<SubscriptionRow[]> =>
    readSubscriptions(db, account(), { siteIds, afterSiteId: 0, limit: MAX_FOLLOWS });
  const subscriptions = new DataLoader<SiteId, SubscriptionModel | null>(
    async (siteIds) => {
      const rows = new Map((await followed(siteIds)).map((row) => [row.siteId, row]));
      return siteIds.map((siteId) => {
        const row = rows.get(siteId);
        return row ? toSubscription(row) : null;
      });
    },
    { maxBatchSize: MAX_FOLLOWS },
  );
  const unseenCount = async (siteIds: readonly SiteId[]): Promise<number> => (siteIds.length === 0 ? 0 : readUnseenTotal(db, account(), siteIds));

  return {
    subscriptions: async (first, afterSiteId) =>
      (await readSubscriptions(db, account(), { siteIds: null, afterSiteId, limit: first })).map(toSubscription),
    subscription: (siteId) => subscriptions.load(siteId),
    async feed(args) {
      const first = parseFirst(args.first, DEFAULT_FIRST);
      const hash = hashList('readerFeed', args.siteIds, args.unseenOnly, args.search, args.tags);
      const after = parsePlace(args.after, hash);
      const sites = await followed(args.siteIds);
      const query: FeedQuery = {
        accountId: account(),
        siteIds: sites.map((site) => site.siteId),
        unseenOnly: args.unseenOnly,
        pattern: args.search === null ? null : containsPattern(args.search),
        tags: args.tags && tagSpellings(args.tags),
        after,
        limit: first + 1,
      };
      const rows = sites.length === 0 ? [] : await readFeed(db, query);
      const page = createPage(rows, first, after === null, (row) => encodeCursor(hash, [row.rankedAt, row.siteId, row.localId]));
      const accesses = await loadAccess(access, page.nodes.map((row) => row.siteId));
      const edges = page.nodes.flatMap(({ rankedAt, seen, ...row }, index) => {
        const site = accesses.get(row.siteId);
        const node = site ? showContent(row, site) : null;
        return node ? [{ cursor: page.cursors[index] ?? '', node: node as PostModel, reason: 'FOLLOWED_SITE' as const, seen, rankedAt }] : [];
      });
      const positions = new Map(sites.slice(0, MAX_CURSOR_SITES).map((site) => [site.siteId, site.sequence]));
      return { edges, pageInfo: page.pageInfo, deltaCursor: encodeDeltaCursor(positions), siteIds: query.siteIds };
    },
    tally: (siteId) => tallies.load(siteId),
    unseenCount,
    unseenOfAll: async () => unseenCount((await followed(null)).map((site) => site.siteId)),
    async follow(siteId) {
      const outcome = await followSite(db, account(), siteId);
      subscriptions.clear(siteId);
      return outcome;
    },
    async unfollow(siteId) {
      const was = await unfollowSite(db, account(), siteId);
      subscriptions.clear(siteId);
      return was;
    },
    async mark(keys, seen) {
      const accountId = account();
      const [heads, accesses] = await Promise.all([readContentHeads(db, keys), loadAccess(access, keys.map((key) => key.siteId))]);
      const visible = [...heads.values()].filter((head) => {
        const site = accesses.get(head.siteId);
        return site !== undefined && showContent(head, site)?.__typename === 'Post';
      });
      await markPosts(db, accountId, visible, seen);
      tallies.clearAll();
      return visible;
    },
  };
}

async function loadAccess(access: AccessLoader, siteIds: readonly SiteId[]): Promise<Map<SiteId, SiteAccess>> {
  const found = await Promise.all([...new Set(siteIds)].map((siteId) => access.site(siteId)));
  return new Map(found.flatMap((site) => (site ? [[site.siteId, site]] : [])));
}

function parsePlace(text: string | null | undefined, hash: string): FeedQuery['after'] {
  const key = decodeCursor(text, hash, ['instant', 'number', 'number']);
  if (key === null) return null;
  const [date, siteId, postId] = key;
  if (date === null || !Number.isSafeInteger(siteId) || !Number.isSafeInteger(postId)) {
    throw badUserInput('after is not a cursor of this list; pass pageInfo.endCursor of the page before');
  }
  return { date, siteId: Number(siteId), postId: Number(postId) };
}

// Names of tags are stored HTML-escaped.
function tagSpellings(tags: readonly string[]): string[] {
  const spellings = tags.flatMap((tag) => [tag.toLowerCase(), encode(tag, { mode: 'specialChars' }).toLowerCase()]);
  return [...new Set(spellings)];
}

function toSubscription(row: SubscriptionRow): SubscriptionModel {
  const structure = typeof row.permalinkStructure === 'string' ? row.permalinkStructure : '';
  const feed = structure === '' ? '/?feed=rss2' : structure.endsWith('/') ? '/feed/' : '/feed';
  return {
    siteId: row.siteId,
    title: typeof row.storedName === 'string' ? decode(row.storedName) : new URL(row.homeUrl).host,
    feedUrl: `${row.homeUrl}${feed}`,
    followedAt: row.followedAt,
  };
}
