// The plans of content lists on a site of some size: pages are read in the order of an index, wherever they begin.
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId, type SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { ACCOUNT_ID, ask, OPERATOR } from '../../testkit/ask.js';
import { countStatements, type Statement } from '../../testkit/statements.js';
import { nextSiteId, openPrivateStore } from '../../testkit/store.js';

const POSTS = 20_000;
let store: Store;
let siteId: SiteId;

beforeAll(async () => {
  store = await openPrivateStore();
  siteId = nextSiteId();
  await addSite(store, { id: siteId, url: 'https://large.example', blogToken: 'k.s' });
  await store.database.query(
    `INSERT INTO post (site_id, id, type, status, title, content, excerpt, author_id, parent_id, slug, modified_gmt, date_gmt, menu_order, alive, rev)
     SELECT $1, n, CASE WHEN n % 20 = 0 THEN 'page' WHEN n % 10 = 1 THEN 'attachment' ELSE 'post' END, CASE WHEN n % 7 = 0 THEN 'draft' ELSE 'publish' END,
       'Title ' || (n * 7919 % 20000), 'text', '', n % 50, CASE WHEN n % 40 = 0 THEN n - 20 ELSE 0 END, 'slug-' || n,
       '2026-01-01T00:00:00Z'::timestamptz + (n * 7919 % 20000) * interval '1 minute', '2026-01-01T00:00:00Z'::timestamptz + (n * 104729 % 20000) * interval '1 minute',
       n % 100, true, 1 FROM generate_series(1, $2::int) AS n`,
    [siteId, POSTS],
  );
  await store.database.query(
    `INSERT INTO comment (site_id, id, post_id, parent_id, type, date_gmt, user_id, status, content, alive, rev)
     SELECT $1, n, 1 + n % 3, CASE WHEN n % 5 = 0 THEN n - 1 ELSE 0 END, 'comment', '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 minute', 0, CASE WHEN n % 9 = 0 THEN '0' ELSE '1' END, 'x', true, 1
     FROM generate_series(1, $2::int) AS n`,
    [siteId, POSTS],
  );
  await store.database.script('ANALYZE post; ANALYZE comment;');
});

/** The plan of the one statement of an operation that holds `mark`. */
async function planOf(source: string, mark: string, variables: Record<string, unknown> = {}): Promise<{ plan: string; read: number; data: Record<string, unknown> }> {
  const counted = countStatements(store);
  const { data, errors } = await ask(createContentSubgraph(counted.store), OPERATOR, source, { id: encodeSiteId(siteId), ...variables });
  expect(errors).toEqual([]);
  const statement = counted.statements.find((candidate) => candidate.text.includes(mark)) as Statement;
  const rows = await store.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) ${statement.text}`, statement.values);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  // Rows that scans of the large tables gave, over all their loops.
  const scans = [...plan.matchAll(/Scan[^\n]* on (?:post|comment) (?:p|s|c)\b[^\n]*actual rows=([\d.]+) loops=(\d+)/g)];
  return { plan, read: scans.reduce((sum, scan) => sum + Number(scan[1]) * Number(scan[2]), 0), data };
}

const page = (field: string, args: string): string => `query($id: ID!, $after: String) { site(id: $id) { ${field}(first: 20, after: $after ${args}) { nodes { id } pageInfo { endCursor } } } }`;
const endOf = (data: Record<string, unknown>, field: string): string => (data['site'] as Record<string, { pageInfo: { endCursor: string } }>)[field]?.pageInfo.endCursor ?? '';

describe('a page of a list', () => {
  it.each([
    ['posts', 'orderBy: MODIFIED_DESC', 'post_site_id_type_modified_gmt_id_idx'],
    ['posts', 'orderBy: MENU_ORDER', 'post_site_id_type_menu_order_id_idx'],
    ['posts', 'orderBy: TITLE_ASC', 'post_site_id_type_title_idx'],
    ['posts', 'orderBy: PUBLISHED_DESC', 'post_site_id_type_status_date_gmt_id_idx'],
    ['contentNodes', 'types: ["post", "page"]', 'post_site_id_type_modified_gmt_id_idx'],
    ['media', '', 'post_site_id_type_modified_gmt_id_idx'],
    ['comments', '', 'comment_site_id_date_gmt_id_idx'],
  ])('%s with "%s" is read in the order of %s, from its beginning and from the middle', async (field, args, index) => {
    const mark = field === 'comments' ? 'row."dateGmt" DESC' : '"sortKey"';
    let after: string | null = null;
    for (let pages = 0; pages < 3; pages += 1) {
      const { plan, read, data } = await planOf(page(field, args), mark, { after });
      expect(plan).toContain(index);
      expect(plan).not.toMatch(/Seq Scan on (post|comment)/);
      expect(read, plan).toBeLessThanOrEqual(150);
      after = endOf(data, field);
    }
  });

  it('of comments of a post is read in the order of an index for each state', async () => {
    const refs = [{ __typename: 'Post', id: Buffer.from(`gid://sitegraph/${siteId}/Post/2`).toString('base64url') }];
    const { plan, read } = await planOf('query($refs: [_Any!]!) { _entities(representations: $refs) { ... on Post { comments(first: 20) { nodes { id } } } } }', 'state (status)', { refs });
    expect(plan).toContain('comment_site_id_post_id_status_id_idx');
    expect(read, plan).toBeLessThanOrEqual(100);
  });
});

describe('a page of the reader feed', () => {
  const SITES = 1_000;
  const POSTS_OF_SITE = 22;
  const FIRST = 20;
  const feed = `query($after: String) { readerFeed(first: ${FIRST}, after: $after) { edges { node { id } } pageInfo { endCursor } } }`;
  let first: SiteId;

  beforeAll(async () => {
    first = (nextSiteId() + 1_000_000) as SiteId;
    await store.database.query(`INSERT INTO site (id, url, home_url) SELECT $1 + n, 'https://feed-' || n || '.example', 'https://feed-' || n || '.example' FROM generate_series(0, $2::int - 1) AS n`, [first, SITES]);
    await store.database.query(
      `INSERT INTO post (site_id, id, type, status, title, content, excerpt, author_id, parent_id, slug, modified_gmt, date_gmt, menu_order, alive, rev)
       SELECT $1 + s, n, 'post', 'publish', 'Title', 'text', '', 1, 0, 'slug', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'::timestamptz + ((s * 7919 + n * 104729) % 1000003) * interval '1 minute', 0, true, 1
       FROM generate_series(0, $2::int - 1) AS s, generate_series(1, $3::int) AS n`,
      [first, SITES, POSTS_OF_SITE],
    );
    await store.database.script('ANALYZE post; ANALYZE site;');
  });

  it.each([1, 10, 100, 1_000])('over %i sites reads the head of each and the pages of the newest, from its beginning and from the middle', async (follows) => {
    await store.database.query('DELETE FROM reader_follow WHERE account_id = $1::uuid', [ACCOUNT_ID]);
    await store.database.query('INSERT INTO reader_follow (account_id, site_id) SELECT $1::uuid, $2 + n FROM generate_series(0, $3::int - 1) AS n', [ACCOUNT_ID, first, follows]);
    const [newest] = await store.database.query<{ ids: string[] }>(
      `SELECT array_agg(site_id || '/' || id) AS ids FROM (SELECT site_id, id FROM post WHERE site_id >= $1 AND site_id < $1 + $2 ORDER BY date_gmt DESC, site_id DESC, id DESC LIMIT ${2 * FIRST}) p`, [first, follows]);
    const seen: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 2; pages += 1) {
      const { plan, read, data } = await planOf(feed, 'WITH foremost', { after });
      expect(plan).not.toMatch(/Seq Scan on post/);
      // Of each site one, of those that lead a page and the one after, and the page itself by its keys.
      expect(read, plan).toBeLessThanOrEqual(follows + (FIRST + 1) * (FIRST + 1) + FIRST + 1);
      const { edges, pageInfo } = data['readerFeed'] as { edges: { node: { id: string } }[]; pageInfo: { endCursor: string } };
      seen.push(...edges.map(({ node }) => Buffer.from(node.id, 'base64url').toString().replace(/^.*\/(\d+)\/Post\/(\d+)$/, '$1/$2')));
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(newest?.ids.slice(0, seen.length));
    expect(seen.length).toBe(Math.min(2 * FIRST, follows * POSTS_OF_SITE));
  });
});
