import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ANONYMOUS, type Viewer } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { decodeDeltaCursor } from '../../../subgraphs/shared/delta-cursor.js';
import { ask, person } from '../../testkit/ask.js';
import { loadRecordedSite } from '../../testkit/recorded.js';
import { countStatements } from '../../testkit/statements.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

interface Feed {
  edges: { cursor: string; reason: string; seen: boolean; rankedAt: string; node: { id: string; title: string; status: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  deltaCursor: string;
  unseenCount: number;
}

let store: Store;
let subgraph: Subgraph;
let accountId: string;
let reader: Viewer;

const FEED = `query ($first: Int, $after: String, $filter: ReaderFilter) { readerFeed(first: $first, after: $after, filter: $filter) {
  edges { cursor reason seen rankedAt node { id title status } } pageInfo { hasNextPage endCursor } deltaCursor unseenCount } }`;

async function feed(args: Record<string, unknown> = {}, viewer: Viewer = reader, of: Subgraph = subgraph): Promise<Feed> {
  const { data, errors } = await ask<{ readerFeed: Feed }>(of, viewer, FEED, args);
  expect(errors).toEqual([]);
  return data.readerFeed;
}

async function follow(siteId: SiteId, viewer: Viewer = reader) {
  const { data } = await ask<{ readerFollow: { subscription: { id: string; title: string } | null; userErrors: { code: string; field: string[] }[] } }>(
    subgraph, viewer, `mutation ($id: ID) { readerFollow(siteId: $id) { subscription { id title } userErrors { code field message } } }`, { id: encodeSiteId(siteId) },
  );
  return data.readerFollow;
}

async function markSeen(ids: readonly string[], seen = true) {
  const { data } = await ask<{ readerMarkSeen: { unseenCount: number; userErrors: { code: string }[] } }>(
    subgraph, reader, `mutation ($ids: [ID!]!, $seen: Boolean!) { readerMarkSeen(ids: $ids, seen: $seen) { unseenCount userErrors { code } } }`, { ids, seen },
  );
  return data.readerMarkSeen;
}

async function subscriptions(viewer: Viewer = reader, args = '', id = accountId) {
  const { data, errors } = await ask<{ _entities: [{ readerSubscriptions: Record<string, unknown>[] }] }>(
    subgraph, viewer,
    `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer { readerSubscriptions${args} { id title feedUrl feedSite { id } unseenCount lastPostAt } } } }`,
    { refs: [{ __typename: 'Viewer', id }] },
  );
  expect(errors).toEqual([]);
  return data._entities[0].readerSubscriptions;
}

/** A site with posts published some hours ago; the first is post 1. */
async function makeSite(hoursAgo: readonly number[], more = ''): Promise<SiteId> {
  const siteId = nextSiteId();
  await addSite(store, { id: siteId, url: `https://blog-${siteId}.example`, blogToken: `k${siteId}.s` });
  await store.database.query(
    `INSERT INTO setting (site_id, setting_kind, name, value, alive, rev) VALUES ($1, 'OPTION', 'blogname', '"Tea &amp; Toast"', true, 1), ($1, 'OPTION', 'permalink_structure', '"/%postname%/"', true, 1),
      ($1, 'CALLABLE', 'post_types', '{"post": {"public": true, "publicly_queryable": true, "map_meta_cap": true, "cap": {"edit_posts": "edit_posts", "read": "read"}}}', true, 1)`, [siteId],
  );
  await store.database.query(
    `INSERT INTO post (site_id, id, type, status, title, content, author_id, date_gmt, alive, rev)
     SELECT $1, o.n, 'post', 'publish', 'Post ' || o.n, 'Text ' || o.n, 1, date_trunc('second', now()) - make_interval(hours => o.hours), true, 1
     FROM unnest($2::int[]) WITH ORDINALITY AS o (hours, n)`, [siteId, hoursAgo],
  );
  if (more !== '') await store.database.query(more, [siteId]);
  return siteId;
}

const titles = (piece: Feed): string[] => piece.edges.map((edge) => edge.node.title);
const ids = (piece: Feed): string[] => piece.edges.map((edge) => edge.node.id);

beforeAll(async () => {
  store = await openTestStore();
  subgraph = createContentSubgraph(store);
});

beforeEach(() => {
  accountId = randomUUID();
  reader = person([], accountId);
});

describe('following', () => {
  it('may be repeated, shows the site by its plain name, and ends with unfollowing', async () => {
    const siteId = await makeSite([1]);
    for (let time = 0; time < 2; time += 1) {
      expect(await follow(siteId)).toEqual({ subscription: { id: encodeGlobalId(siteId, 'ReaderSubscription', siteId), title: 'Tea & Toast' }, userErrors: [] });
    }
    expect(await subscriptions()).toEqual([
      {
        id: encodeGlobalId(siteId, 'ReaderSubscription', siteId), title: 'Tea & Toast', feedUrl: `https://blog-${siteId}.example/feed/`,
        feedSite: { id: encodeSiteId(siteId) }, unseenCount: 1, lastPostAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    const unfollow = async () =>
      (await ask<{ readerUnfollow: { subscription: { title: string } | null; userErrors: { code: string }[] } }>(
        subgraph, reader, `mutation ($id: ID!) { readerUnfollow(subscriptionId: $id) { subscription { title } userErrors { code } } }`, { id: encodeGlobalId(siteId, 'ReaderSubscription', siteId) },
      )).data.readerUnfollow;
    expect(await unfollow()).toEqual({ subscription: { title: 'Tea & Toast' }, userErrors: [] });
    expect(await unfollow()).toEqual({ subscription: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await subscriptions()).toEqual([]);
  });

  it('refuses feeds, sites that are none, visitors, and more sites than the limit', async () => {
    const other = `mutation { readerFollow(feedUrl: "https://elsewhere.example/feed") { subscription { id } userErrors { code field } } }`;
    expect((await ask<{ readerFollow: unknown }>(subgraph, reader, other)).data.readerFollow).toEqual({ subscription: null, userErrors: [{ code: 'INVALID', field: ['feedUrl'] }] });
    expect((await follow(nextSiteId())).userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['siteId'] }]);
    const siteId = await makeSite([1]);
    const { data, errors } = await ask<{ readerFollow: unknown }>(subgraph, ANONYMOUS, `mutation ($id: ID) { readerFollow(siteId: $id) { userErrors { code } } }`, { id: encodeSiteId(siteId) });
    expect([data.readerFollow, errors.map((error) => error.extensions['code'])]).toEqual([null, ['UNAUTHENTICATED']]);
    await store.database.query(`INSERT INTO reader_follow (account_id, site_id) SELECT $1::uuid, n FROM generate_series(1, 1000) AS n`, [accountId]);
    expect((await follow(siteId)).userErrors).toMatchObject([{ code: 'INVALID' }]);
    await store.database.query(`DELETE FROM reader_follow WHERE account_id = $1::uuid`, [accountId]);
  });

  it("is the account's own: nobody else sees it, whatever id is asked for", async () => {
    const siteId = await makeSite([1]);
    await follow(siteId);
    const stranger = person([], randomUUID());
    expect(await subscriptions(stranger)).toEqual([]);
    expect(await subscriptions(ANONYMOUS)).toEqual([]);
    expect(titles(await feed({}, stranger))).toEqual([]);
    const { data } = await ask<{ _entities: unknown[] }>(
      subgraph, stranger, `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on ReaderSubscription { title } } }`,
      { refs: [{ __typename: 'ReaderSubscription', id: encodeGlobalId(siteId, 'ReaderSubscription', siteId) }] },
    );
    expect(data._entities).toEqual([null]);
  });

  it('lists subscriptions in pages', async () => {
    const sites = [await makeSite([1]), await makeSite([1]), await makeSite([1])];
    for (const siteId of sites) await follow(siteId);
    const first = await subscriptions(reader, '(first: 2)');
    const rest = await subscriptions(reader, `(first: 2, after: "${String(first[1]?.['id'])}")`);
    expect([...first, ...rest].map((one) => one['feedSite'])).toEqual(sites.map((siteId) => ({ id: encodeSiteId(siteId) })));
  });
});

describe('the feed', () => {
  it('merges the posts of followed sites, the newest first, and pages without gap or repeat while posts arrive', async () => {
    const a = await makeSite([1, 4, 5, 9]);
    const b = await makeSite([2, 3, 5, 8]);
    await makeSite([1]);
    for (const siteId of [a, b]) await follow(siteId);
    const whole = ids(await feed({ first: 100 }));
    expect(whole).toEqual([[a, 1], [b, 1], [b, 2], [a, 2], [b, 3], [a, 3], [b, 4], [a, 4]].map(([site, post]) => encodeGlobalId(site as SiteId, 'Post', post ?? 0)));
    const walked: string[] = [];
    let after: string | null = null;
    do {
      const piece: Feed = await feed({ first: 3, after });
      walked.push(...ids(piece));
      after = piece.pageInfo.hasNextPage ? piece.pageInfo.endCursor : null;
      await store.database.query(
        `INSERT INTO post (site_id, id, type, status, title, date_gmt, alive, rev) VALUES ($1, $2, 'post', 'publish', 'New', now(), true, 1)`, [a, 100 + walked.length],
      );
    } while (after !== null);
    expect(walked).toEqual(whole);
  });

  it('holds published posts without a password only', async () => {
    const siteId = await makeSite([1], `INSERT INTO post (site_id, id, type, status, title, date_gmt, password_protected, alive, rev) VALUES
      ($1, 11, 'post', 'draft', 'Draft', now(), false, true, 1), ($1, 12, 'post', 'private', 'Private', now(), false, true, 1),
      ($1, 13, 'post', 'publish', 'Secret', now(), true, true, 1), ($1, 14, 'page', 'publish', 'Page', now(), false, true, 1),
      ($1, 15, 'post', 'publish', 'Gone', now(), false, false, 1), ($1, 16, 'post', 'future', 'Later', now() + interval '1 day', false, true, 1)`);
    await follow(siteId);
    const piece = await feed();
    expect(titles(piece)).toEqual(['Post 1']);
    expect(piece.unseenCount).toBe(1);
    expect(piece.edges[0]).toMatchObject({ reason: 'FOLLOWED_SITE', seen: false, node: { status: 'PUBLISHED' } });
    expect([...decodeDeltaCursor(piece.deltaCursor).keys()]).toEqual([siteId]);
  });

  it('filters by site, text, tag and what was seen', async () => {
    const a = await makeSite([1, 2], `INSERT INTO term (site_id, tt_id, term_id, taxonomy, name, slug, alive, rev) VALUES ($1, 5, 5, 'post_tag', 'Salt &amp; Sea', 'salt-sea', true, 1)`);
    await store.database.query(`INSERT INTO term_relation (site_id, object_id, tt_id, present, alive, rev) VALUES ($1, 2, 5, true, true, 1)`, [a]);
    const b = await makeSite([3]);
    for (const siteId of [a, b]) await follow(siteId);
    expect(ids(await feed({ filter: { siteIds: [encodeSiteId(b)] } }))).toEqual([encodeGlobalId(b, 'Post', 1)]);
    expect(ids(await feed({ filter: { search: 'text 2' } }))).toEqual([encodeGlobalId(a, 'Post', 2)]);
    expect(ids(await feed({ filter: { search: '%%' } }))).toEqual([]);
    for (const tag of ['salt & sea', 'SALT-SEA']) expect(ids(await feed({ filter: { tags: [tag] } }))).toEqual([encodeGlobalId(a, 'Post', 2)]);
    await markSeen([encodeGlobalId(a, 'Post', 1)]);
    expect(ids(await feed({ filter: { unseenOnly: true } }))).toEqual([encodeGlobalId(a, 'Post', 2), encodeGlobalId(b, 'Post', 1)]);
    expect((await feed()).edges.map((edge) => edge.seen)).toEqual([true, false, false]);
  });

  it('refuses visitors, long pages, short searches and cursors of other lists', async () => {
    const codes = async (args: Record<string, unknown>, viewer: Viewer = reader) => (await ask(subgraph, viewer, FEED, args)).errors.map((error) => error.extensions['code']);
    expect(await codes({}, ANONYMOUS)).toEqual(['UNAUTHENTICATED']);
    const siteId = await makeSite([1, 2]);
    await follow(siteId);
    const { pageInfo } = await feed({ first: 1 });
    for (const args of [{ first: 101 }, { filter: { search: 'x' } }, { after: 'nonsense' }, { after: pageInfo.endCursor, filter: { unseenOnly: true } }, { filter: { siteIds: ['nonsense'] } }]) {
      expect(await codes(args)).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('takes as many statements for many sites as for one', async () => {
    const counted = countStatements(store);
    const whole = createContentSubgraph(counted.store);
    await follow(await makeSite([1, 2]));
    await feed({}, reader, whole);
    const once = counted.statements.length;
    expect(once).toBeLessThanOrEqual(4);
    for (let index = 0; index < 4; index += 1) await follow(await makeSite([1, 2, 3]));
    counted.reset();
    expect((await feed({}, reader, whole)).edges).toHaveLength(14);
    expect(counted.statements).toHaveLength(once);
  });
});

describe('what was seen', () => {
  it('is marked for posts that the viewer may read, may be repeated, and taken back', async () => {
    const siteId = await makeSite([1, 2], `INSERT INTO post (site_id, id, type, status, title, date_gmt, alive, rev) VALUES ($1, 11, 'post', 'draft', 'Draft', now(), true, 1)`);
    await follow(siteId);
    const post = (localId: number) => encodeGlobalId(siteId, 'Post', localId);
    expect(await markSeen([post(1), post(1)])).toEqual({ unseenCount: 1, userErrors: [] });
    expect(await markSeen([post(1)])).toEqual({ unseenCount: 1, userErrors: [] });
    expect(await markSeen([post(2), post(11), 'nonsense', encodeSiteId(siteId)])).toEqual({ unseenCount: 0, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await markSeen([post(1)], false)).toEqual({ unseenCount: 1, userErrors: [] });
    expect((await markSeen(Array.from({ length: 101 }, (_, index) => post(index + 1)))).userErrors).toEqual([{ code: 'INVALID' }]);
    const rows = await store.database.query('SELECT post_id FROM reader_seen WHERE account_id = $1::uuid', [accountId]);
    expect(rows).toEqual([{ post_id: 2 }]);
  });

  it('counts the last 90 days only', async () => {
    const siteId = await makeSite([1, 24 * 89, 24 * 91]);
    await follow(siteId);
    expect((await feed()).unseenCount).toBe(2);
  });
});

describe('the reader over a recorded site', () => {
  it('shows its published posts in the order of their dates', async () => {
    const siteId = await loadRecordedSite(store);
    await follow(siteId);
    const rows = await store.database.query<{ id: number }>(
      `SELECT id FROM post WHERE site_id = $1 AND type = 'post' AND status = 'publish' AND alive AND NOT password_protected ORDER BY date_gmt DESC, id DESC`, [siteId],
    );
    expect(rows.length).toBeGreaterThan(20);
    expect(ids(await feed({ first: 100 }))).toEqual(rows.map((row) => encodeGlobalId(siteId, 'Post', row.id)));
  });
});
