// Lists of content: paging, filters, refusals, the number of statements and the indexes they stay on.
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { decodeDeltaCursor } from '../../../subgraphs/shared/delta-cursor.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { OPERATOR } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';
import { ANONYMOUS, createRunner, personOn, plantComments, plantMeta, plantPosts, type Loose, type PlantedPost } from './kit.js';

let store: Store;
let runner: ReturnType<typeof createRunner>;
let recorded: SiteId;

beforeAll(async () => {
  store = await openTestStore();
  runner = createRunner(store);
  recorded = await loadRecordedSite(store);
});

async function plantSite(posts: readonly PlantedPost[] = []): Promise<SiteId> {
  const siteId = nextSiteId();
  await addSite(store, { id: siteId, url: `https://planted-${siteId}.example`, blogToken: `k${siteId}.s` });
  await plantPosts(store, siteId, posts);
  return siteId;
}

interface Listed {
  readonly nodes: readonly { readonly localId: number; readonly title: string }[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly totalCount: number;
  readonly deltaCursor: string;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null };
}

async function list(siteId: SiteId, args: string, field = 'posts'): Promise<Listed> {
  const { data, codes } = await runner.run(OPERATOR, `query($id: ID!) { site(id: $id) { ${field}(${args}) { nodes { ${field === 'contentNodes' ? '... on Post { localId title } ... on Page { localId title }' : 'localId title'} } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } } }`, { id: encodeSiteId(siteId) });
  expect(codes).toEqual([]);
  return data['site']?.[field] as unknown as Listed;
}

async function walk(siteId: SiteId, args: string, between: (page: number) => Promise<void> = async () => undefined, field = 'posts'): Promise<number[]> {
  const ids: number[] = [];
  let after = '';
  for (let page = 0; page < 100; page += 1) {
    const answer = await list(siteId, `first: 3 ${args} ${after}`, field);
    ids.push(...answer.nodes.map((node) => node.localId));
    if (!answer.pageInfo.hasNextPage) return ids;
    after = `, after: "${answer.pageInfo.endCursor ?? ''}"`;
    await between(page);
  }
  throw new Error('the list has no end');
}

const day = (number: number): string => `2026-01-${String(number).padStart(2, '0')}T00:00:00Z`;

describe('a list of content', () => {
  it('goes through every row once in each order, ties and rows without dates among them', async () => {
    const posts = fc.sample(
      fc.record({
        status: fc.constantFrom('publish', 'draft', 'private', 'odd-status'),
        modified: fc.option(fc.integer({ min: 1, max: 4 }).map(day)),
        published: fc.option(fc.integer({ min: 1, max: 4 }).map(day)),
        title: fc.constantFrom('', 'a', 'B', 'ä', '日本', 'a'.repeat(300), 'a'.repeat(300) + 'b', '%', "'"),
        menuOrder: fc.integer({ min: -2, max: 2 }),
        type: fc.constantFrom('post', 'page'),
      }),
      { numRuns: 60, seed: 7 },
    ).map((post, index) => ({ id: index + 1, ...post }));
    const siteId = await plantSite(posts);
    const every = posts.map((post) => post.id);
    const inType = (type: string) => posts.filter((post) => post.type === type).map((post) => post.id);
    for (const order of ['MODIFIED_DESC', 'PUBLISHED_DESC', 'TITLE_ASC', 'MENU_ORDER']) {
      const walked = await walk(siteId, `, orderBy: ${order}`);
      expect([...walked].sort((a, b) => a - b), order).toEqual(inType('post'));
      const both = await walk(siteId, `, orderBy: ${order}, types: ["post", "page"]`, undefined, 'contentNodes');
      expect([...both].sort((a, b) => a - b), order).toEqual(every);
      expect(both.filter((id) => inType('post').includes(id)), order).toEqual(walked);
    }
    const modified = (await walk(siteId, '')).map((id) => posts[id - 1]?.modified ?? '9');
    expect([...modified].sort().reverse()).toEqual(modified);
    expect((await walk(siteId, ', filter: { status: [CUSTOM] }')).length).toBe(posts.filter((post) => post.type === 'post' && post.status === 'odd-status').length);
  });

  it('neither repeats nor loses a row when others are inserted between its pages', async () => {
    const siteId = await plantSite(Array.from({ length: 12 }, (_, index) => ({ id: 100 + index, modified: day(5 + index) })));
    const walked = await walk(siteId, '', (page) => plantPosts(store, siteId, [{ id: 200 + page, modified: day(28) }, { id: 300 + page, modified: day(1) }]));
    const old = walked.filter((id) => id < 200);
    expect(old).toEqual(Array.from({ length: 12 }, (_, index) => 111 - index));
    expect(walked.filter((id) => id >= 200 && id < 300)).toEqual([]);
    expect(new Set(walked).size).toBe(walked.length);
  });

  it('hands out the place in the change log from before it was read', async () => {
    const siteId = await plantSite([{ id: 1 }]);
    await store.database.query('UPDATE site SET sequence = 41, queue_lag_seconds = 2.5, last_received_at = $2 WHERE id = $1', [siteId, new Date(day(2))]);
    const { data, statements } = await runner.run(OPERATOR, 'query($id: ID!) { site(id: $id) { posts { deltaCursor freshness { source syncedAt lagMs sequence verifiedAt } } } }', { id: encodeSiteId(siteId) });
    const posts = data['site']?.['posts'] as unknown as { deltaCursor: string; freshness: unknown };
    expect([...decodeDeltaCursor(posts.deltaCursor)]).toEqual([[siteId, 41]]);
    expect(posts.freshness).toEqual({ source: 'REPLICA', syncedAt: '2026-01-02T00:00:00.000Z', lagMs: 2500, sequence: '41', verifiedAt: null });
    const first = (part: string) => statements.findIndex((text) => text.includes(part));
    expect(first('FROM site WHERE id')).toBeGreaterThanOrEqual(0);
    expect(first('FROM site WHERE id')).toBeLessThan(first('"sortKey"'));
  });
});

describe('the filter of a list', () => {
  it('finds by author, term, search, dates, meta and stickiness', async () => {
    const siteId = await plantSite([
      { id: 1, authorId: 7, title: '100% sure_thing', modified: day(1), published: day(1) },
      { id: 2, authorId: 8, title: 'other', content: 'back\\slash', modified: day(2), published: day(2) },
      { id: 3, authorId: 7, title: '1000 sureXthing', modified: day(3), published: day(3) },
    ]);
    await plantMeta(store, siteId, [{ metaId: 1, postId: 1, key: 'k', value: 5 }, { metaId: 2, postId: 2, key: 'k', value: '6' }]);
    await store.database.query('INSERT INTO term_relation (site_id, object_id, tt_id, present, alive, rev) VALUES ($1, 2, 9, true, true, 1), ($1, 3, 9, false, true, 1)', [siteId]);
    await store.database.query(`INSERT INTO setting (site_id, setting_kind, name, value, alive, rev) VALUES ($1, 'OPTION', 'sticky_posts', '{"0":3,"2":"1"}', true, 1)`, [siteId]);
    const gid = (type: 'User' | 'Term', id: number) => encodeGlobalId(siteId, type, id);
    const cases: readonly [string, readonly number[]][] = [
      [`authorIds: ["${gid('User', 7)}"]`, [1, 3]],
      ['authorIds: []', []],
      [`authorIds: ["${encodeGlobalId(recorded, 'User', 7)}"]`, []],
      [`termIds: ["${gid('Term', 9)}"]`, [2]],
      ['search: "100% sure_"', [1]],
      ['search: "BACK\\\\S"', [2]],
      ['search: "%"', [1]],
      [`modifiedAfter: "${day(2)}"`, [3]],
      ['modifiedAfter: "0000-01-01T00:00:00Z"', [1, 2, 3]],
      ['modifiedAfter: "9999-12-31T23:59:59-14:00"', []],
      [`publishedAfter: "${day(1)}", publishedBefore: "${day(3)}"`, [2]],
      ['meta: [{ key: "k", op: "EXISTS" }]', [1, 2]],
      ['meta: [{ key: "k", op: "NOT_EXISTS" }]', [3]],
      ['meta: [{ key: "k", op: "EQ", value: "5" }]', [1]],
      ['meta: [{ key: "k", op: "EQ", value: 6 }]', [2]],
      ['meta: [{ key: "k", op: "NE", value: 5 }]', [2, 3]],
      ['meta: [{ key: "k", op: "EXISTS" }, { key: "k", op: "NE", value: 5 }]', [2]],
      ['sticky: true', [1, 3]],
      ['sticky: false', [2]],
    ];
    for (const [filter, expected] of cases) {
      const answer = await list(siteId, `first: 50, filter: { ${filter} }`);
      expect(answer.nodes.map((node) => node.localId).sort(), filter).toEqual(expected);
      expect(answer.totalCount, filter).toBe(expected.length);
    }
  });

  it('refuses what cannot be used with BAD_USER_INPUT and a message that names the argument', async () => {
    const many = (item: string, count: number) => `[${Array.from({ length: count }, () => item).join(', ')}]`;
    const user = encodeGlobalId(recorded, 'User', 1);
    const cursor = (await list(recorded, 'first: 1')).pageInfo.endCursor ?? '';
    const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify([JSON.parse(Buffer.from(cursor, 'base64url').toString())[0], ...parts])).toString('base64url');
    const cases: readonly [string, string][] = [
      ['posts(first: 0)', 'first'], ['posts(first: 101)', 'first'], ['posts(first: -1)', 'first'],
      ['posts(after: "x")', 'after'], ['posts(after: "")', 'after'], [`posts(orderBy: TITLE_ASC, after: "${cursor}")`, 'after'],
      [`posts(filter: { sticky: true }, after: "${cursor}")`, 'after'], [`pages(after: "${cursor}")`, 'after'],
      [`posts(after: "${forge('2026-13-45T99:99:99Z', 1)}")`, 'after'], [`posts(after: "${forge(null, null)}")`, 'after'],
      [`posts(after: "${forge('2026-01-01T00:00:00Z', 1.5)}")`, 'after'], [`posts(after: "${forge('2026-01-01T00:00:00Z')}")`, 'after'],
      ['posts(filter: { search: "" })', 'filter.search'], [`posts(filter: { search: "${'x'.repeat(201)}" })`, 'filter.search'],
      ['posts(filter: { search: "\\u0000" })', 'filter.search'],
      ['posts(filter: { authorIds: ["1"] })', 'filter.authorIds'], [`posts(filter: { termIds: ["${user}"] })`, 'filter.termIds'],
      [`posts(filter: { authorIds: ${many(`"${user}"`, 101)} })`, 'filter.authorIds'],
      ['posts(filter: { meta: [{ key: "", op: "EXISTS" }] })', 'filter.meta.key'], ['posts(filter: { meta: [{ key: "k", op: "LIKE", value: "%" }] })', 'filter.meta.op'],
      ['posts(filter: { meta: [{ key: "k", op: "EQ", value: { a: 1 } }] })', 'filter.meta.value'], ['posts(filter: { meta: [{ key: "k", op: "EQ" }] })', 'filter.meta.value'],
      [`posts(filter: { meta: ${many('{ key: "k", op: "EXISTS" }', 6)} })`, 'filter.meta'],
      ['contentNodes(types: [""])', 'types'], [`contentNodes(types: ${many('"a"', 21)})`, 'types'], ['contentNodes(types: ["revision"])', 'types'], ['contentNodes(types: ["product"])', 'types'],
      ['comments(first: 1000)', 'first'], ['comments(after: "!")', 'after'], ['media(first: 0)', 'first'],
      ['taxonomyTerms(taxonomy: "")', 'taxonomy'], ['taxonomyTerms(taxonomy: "category", first: 0)', 'first'], ['taxonomyTerms(taxonomy: "category", search: "")', 'search'],
    ];
    for (const [field, argument] of cases) {
      const { codes, messages } = await runner.run(OPERATOR, `query($id: ID!) { site(id: $id) { ${field} { pageInfo { hasNextPage } } } }`, { id: encodeSiteId(recorded) });
      expect(codes, field).toEqual(['BAD_USER_INPUT']);
      expect(messages[0], field).toContain(argument);
    }
    const half = await runner.run(OPERATOR, 'query($id: ID!, $t: String!) { site(id: $id) { a: posts(filter: { search: $t }) { totalCount } } }', { id: encodeSiteId(recorded), t: 'a\uD800' });
    expect(half.codes).toEqual(['BAD_USER_INPUT']);
  });

  it('survives any text in any argument', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        const source = `query($id: ID!, $t: String!, $ids: [ID!]!) { site(id: $id) {
          a: posts(filter: { search: $t }) { totalCount } b: posts(after: $t) { totalCount } c: contentNodes(types: [$t]) { totalCount }
          d: taxonomyTerms(taxonomy: $t) { totalCount } e: taxonomyTerms(taxonomy: "category", search: $t) { totalCount }
          f: posts(filter: { meta: [{ key: $t, op: "EXISTS" }] }) { totalCount } g: posts(filter: { authorIds: $ids }) { totalCount }
          h: posts(first: 1) { nodes { meta(keys: [$t]) { key } terms(taxonomy: $t) { name } } } } }`;
        const { codes } = await runner.run(OPERATOR, source, { id: encodeSiteId(recorded), t: text, ids: [text] });
        expect(codes.filter((code) => code !== 'BAD_USER_INPUT')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

const MOBILE_POSTS = `query MobilePosts($siteId: ID!, $first: Int) { site(id: $siteId) { id posts(first: $first, filter: { status: [PUBLISHED, DRAFT, FUTURE] }) {
  deltaCursor freshness { lagMs } nodes { id title status modifiedAt version excerpt(length: 140) featuredImage { sizes { name url } } author { id } commentCount }
  pageInfo { endCursor hasNextPage } } } }`;

describe('the number of statements', () => {
  // What a refused request of an earlier test still had under way is not counted here.
  beforeAll(() => {
    runner = createRunner(store);
  });

  it('of a list of posts is bounded and does not depend on how long it is', async () => {
    const counts: number[] = [];
    for (const first of [1, 25, 60]) {
      const { codes, statements, data } = await runner.run(personOn(recorded, 2), MOBILE_POSTS, { siteId: encodeSiteId(recorded), first });
      expect(codes).toEqual([]);
      expect(((data['site'] as Loose)['posts'] as Loose)['nodes']?.length).toBeGreaterThanOrEqual(Math.min(first, 40));
      counts.push(statements.length);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(12);
    expect(counts[1]).toBe(counts[2]);
  });

  it('of an opened editor is bounded', async () => {
    const said = siteAnswer<{ id: number; status: string }[]>('posts').find((post) => post.status === 'publish');
    const { codes, statements, node } = await runner.entity(OPERATOR, 'Post', recorded, said?.id ?? 0, 'id title rawContent status slug version meta(keys: ["_thumbnail_id"]) { key value } terms(taxonomy: "category") { id name } autosave { id createdAt rawContent }');
    expect(codes).toEqual([]);
    expect(node['terms']?.length).toBeGreaterThan(0);
    expect(statements.length).toBeLessThanOrEqual(12);
  });

  it('does not depend on how many posts carry nested lists', async () => {
    const nested = `query($siteId: ID!, $first: Int) { site(id: $siteId) { posts(first: $first) { nodes { type { label } format sticky content blocks { name } meta { key } categories { name count parent { name } } tags { id }
      comments(first: 5) { totalCount nodes { content parent { id } on { title } commenter { name avatarUrl user { id } } replies(first: 3) { totalCount nodes { id replies(first: 2) { nodes { id } } } } } }
      revisions { nodes { id rawContent } } autosave { id } featuredImage { sourceUrl caption } } } pages(first: $first) { nodes { parent { id } children { id template } template } } } }`;
    const counts: number[] = [];
    for (const first of [12, 30, 60]) {
      const { codes, statements } = await runner.run(OPERATOR, nested, { siteId: encodeSiteId(recorded), first });
      expect(codes).toEqual([]);
      counts.push(statements.length);
    }
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(4);
    expect(Math.max(...counts)).toBeLessThanOrEqual(32);
  });

  it('is one for lists of one shape under several sites and authors', async () => {
    const sites = await Promise.all([1, 2, 3].map(() => plantSite([{ id: 1, authorId: 5 }, { id: 2, authorId: 6 }])));
    const refs = sites.flatMap((siteId) => [5, 6].map((user) => ({ __typename: 'User', id: encodeGlobalId(siteId, 'User', user) })));
    const { data, statements } = await runner.run(OPERATOR, 'query($refs: [_Any!]!) { _entities(representations: $refs) { ... on User { authoredContent { nodes { localId } } } } }', { refs });
    const authored = data['_entities'] as unknown as { authoredContent: { nodes: { localId: number }[] } }[];
    expect(authored.map((user) => user.authoredContent.nodes.map((node) => node.localId))).toEqual([[1], [2], [1], [2], [1], [2]]);
    expect(statements.filter((text) => text.includes('"sortKey"'))).toHaveLength(1);
  });
});

describe('contentByUrl', () => {
  it('finds permalinks, plain addresses and the static front page, for those who may see them', async () => {
    const siteId = await plantSite();
    const home = `https://planted-${siteId}.example`;
    await plantPosts(store, siteId, [
      { id: 1, slug: 'hello', permalink: `${home}/2026/01/hello/` },
      { id: 2, slug: 'hello', type: 'page', permalink: `${home}/about/hello/` },
      { id: 3, slug: '%e6%97%a5', permalink: `${home}/2026/01/%e6%97%a5/` },
      { id: 4, status: 'draft', slug: 'wip', permalink: `${home}/?p=4` },
    ]);
    for (const [name, value] of [['show_on_front', 'page'], ['page_on_front', '2']] as const) {
      await store.database.query(`INSERT INTO setting (site_id, setting_kind, name, value, alive, rev) VALUES ($1, 'OPTION', $2, $3::jsonb, true, 1)`, [siteId, name, JSON.stringify(value)]);
    }
    // Visitors see what the registrations say is public; without them nothing.
    await store.database.query(
      `INSERT INTO setting (site_id, setting_kind, name, value, alive, rev) VALUES ($1, 'CALLABLE', 'post_types', $2::jsonb, true, 1)`,
      [siteId, JSON.stringify({ post: { public: true, map_meta_cap: true, cap: {} }, page: { public: true, map_meta_cap: true, cap: {} } })],
    );
    const find = async (url: string, viewer = ANONYMOUS as Parameters<typeof runner.run>[0]) => {
      const { data, codes } = await runner.run(viewer, 'query($url: URL!) { contentByUrl(url: $url) { __typename localId } }', { url });
      expect(codes, url).toEqual([]);
      return data['contentByUrl'] as unknown as { __typename: string; localId: number } | null;
    };
    expect(await find(`${home}/2026/01/hello/`)).toEqual({ __typename: 'Post', localId: 1 });
    expect(await find(`http://planted-${siteId}.example/2026/01/hello?utm=x#top`)).toMatchObject({ localId: 1 });
    expect(await find(`${home}/about/hello/`)).toEqual({ __typename: 'Page', localId: 2 });
    expect(await find(`${home}/2026/01/日/`)).toMatchObject({ localId: 3 });
    expect(await find(home)).toMatchObject({ localId: 2 });
    expect(await find(`${home}/?p=4`)).toBeNull();
    expect(await find(`${home}/?p=4`, OPERATOR)).toMatchObject({ localId: 4 });
    expect(await find(`${home}/nothing/`)).toBeNull();
    expect(await find('https://elsewhere.example/2026/01/hello/')).toBeNull();
  });
});

describe('comments and terms', () => {
  it('go through threads in pages, each comment once', async () => {
    const siteId = await plantSite([{ id: 1 }]);
    await plantComments(store, siteId, [
      ...Array.from({ length: 7 }, (_, index) => ({ id: 10 + index, postId: 1, status: index % 2 === 0 ? '1' : '0' })),
      ...Array.from({ length: 5 }, (_, index) => ({ id: 50 + index, postId: 1, parentId: 10 })),
      { id: 60, postId: 1, status: 'spam' }, { id: 61, postId: 1, status: 'post-trashed' }, { id: 62, postId: 1, type: 'note' }, { id: 63, postId: 999 },
    ]);
    const pages = async (read: (after: string) => Promise<Loose>): Promise<number[]> => {
      const ids: number[] = [];
      let after = 'null';
      for (;;) {
        const page = (await read(after)) as unknown as { nodes: { localId: number }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
        ids.push(...page.nodes.map((node) => node.localId));
        if (!page.pageInfo.hasNextPage) return ids;
        after = JSON.stringify(page.pageInfo.endCursor);
      }
    };
    const selection = '{ nodes { localId } pageInfo { hasNextPage endCursor } totalCount }';
    const ofPost = await pages(async (after) => (await runner.entity(OPERATOR, 'Post', siteId, 1, `comments(first: 2, after: ${after}) ${selection}`)).node['comments'] as Loose);
    expect(ofPost).toEqual([10, 11, 12, 13, 14, 15, 16, 50, 51, 52, 53, 54]);
    const replies = await pages(async (after) => (await runner.entity(OPERATOR, 'Comment', siteId, 10, `replies(first: 2, after: ${after}) ${selection}`)).node['replies'] as Loose);
    expect(replies).toEqual([50, 51, 52, 53, 54]);
    const ofSite = await pages(async (after) => (await runner.run(OPERATOR, `query($id: ID!) { site(id: $id) { comments(first: 2, after: ${after}, status: [SPAM, TRASH]) ${selection} } }`, { id: encodeSiteId(siteId) })).data['site']?.['comments'] as Loose);
    expect(ofSite).toEqual([61, 60]);
    expect((await runner.entity(OPERATOR, 'Post', siteId, 1, 'commentCount')).node).toEqual({ commentCount: 9 });
  });

  it('finds terms by text as people write it', async () => {
    const siteId = await plantSite();
    await store.database.query(
      `INSERT INTO term (site_id, tt_id, term_id, taxonomy, name, slug, alive, rev) VALUES ($1, 4, 40, 'category', 'Fish &amp; Chips', 'fish', true, 1), ($1, 5, 40, 'post_tag', '100%', 'p', true, 1), ($1, 6, 60, 'nav_menu', 'Main', 'm', true, 1)`,
      [siteId],
    );
    const terms = async (args: string) => {
      const { data } = await runner.run(ANONYMOUS, `query($id: ID!) { site(id: $id) { taxonomyTerms(${args}) { totalCount nodes { id localId name } } } }`, { id: encodeSiteId(siteId) });
      return ((data['site'] as Loose)['taxonomyTerms'] as unknown as { nodes: { name: string; localId: number; id: string }[] }).nodes;
    };
    expect(await terms('taxonomy: "category", search: "fish & c"')).toEqual([{ id: encodeGlobalId(siteId, 'Term', 4), localId: 40, name: 'Fish & Chips' }]);
    expect((await terms('taxonomy: "post_tag", search: "%"')).map((term) => term.name)).toEqual(['100%']);
    expect(await terms('taxonomy: "nav_menu"')).toEqual([]);
    expect((await runner.entity(OPERATOR, 'Term', siteId, 6, 'name')).node).toBeNull();
  });
});
