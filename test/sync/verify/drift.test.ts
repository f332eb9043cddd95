// The large case: a hundred thousand posts, a thousand rows changed at random behind the graph's back, found and brought back
// within bounds. Both sides are filled directly.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../store/store.js';
import { runVerification, type VerificationReport } from '../../../sync/verify/run.js';
import { createRandom } from '../../testkit/site-double/seed.js';
import { addMeta, addPost } from '../../testkit/site-double/tables.js';
import { openPrivateStore } from '../../testkit/store.js';
import { mirror, startConnected, type ConnectedSite } from './kit.js';

const POSTS = 100_000;
const DRIFTED = 1000;
const START_MS = Date.UTC(2026, 0, 5, 8, 0, 0);
/** Every n-th post has a meta and a term of its own. */
const OWNED_EVERY = 10;
/** Growth of the heap of this process during a run; most of it is the double's, which copies its whole tables at each question. */
const MAX_GROWTH_BYTES = 160 * 1024 * 1024;
/** Rows that one statement may bring: a page, never a table. */
const MAX_PAGE_ROWS = 5000;

let store: Store;
let site: ConnectedSite;
let largestPage = 0;
const drift = new Map<string, string>();

/** A hundred thousand posts in both: ours by SQL, because applying them one by one would take longer than the rest of the test. */
async function seed(ttId: number): Promise<void> {
  const { tables, url } = site.double;
  for (let id = 1; id <= POSTS; id += 1) {
    const date = new Date(START_MS + id * 1000).toISOString().slice(0, 19).replace('T', ' ');
    addPost(tables, url, START_MS, {
      ID: id, post_title: `Title ${id}`, post_name: `title-${id}`, post_content: `Content of ${id}.`, post_date: date, post_date_gmt: date, post_modified: date, post_modified_gmt: date,
    });
    if (id % OWNED_EVERY !== 0) continue;
    addMeta(tables, 'postmeta', id, '_thumbnail_id', id + 1);
    tables.relations.put({ id: tables.relations.nextId(), object_id: id, term_taxonomy_id: ttId, term_order: 0 });
  }
  const rev = START_MS * 1000;
  await store.database.query(
    `INSERT INTO post (site_id, id, type, status, parent_id, menu_order, title, content, excerpt, slug, local_date, date_gmt, modified_gmt, comment_status, ping_status, mime_type,
       guid, password_protected, author_id, alive, rev, revs)
     SELECT $1, n, 'post', 'publish', 0, 0, 'Title ' || n, 'Content of ' || n || '.', '', 'title-' || n, at AT TIME ZONE 'UTC', at, at, 'open', 'open', '', '', false, 1, true, $2, '{}'
     FROM (SELECT n, to_timestamp($3::double precision + n) AS at FROM generate_series(1, $4::integer) n) posts`,
    [site.siteId, rev, START_MS / 1000, POSTS],
  );
  await store.database.query(
    `INSERT INTO post_meta (site_id, meta_id, post_id, meta_key, value, alive, rev) SELECT $1, n, n * $3::integer, '_thumbnail_id', to_jsonb((n * $3::integer + 1)::text), true, $2
     FROM generate_series(1, $4::integer) n`, [site.siteId, rev, OWNED_EVERY, POSTS / OWNED_EVERY]);
  await store.database.query(
    `INSERT INTO term_relation (site_id, object_id, tt_id, present, alive, rev) SELECT $1, n * $3::integer, $5, true, true, $2 FROM generate_series(1, $4::integer) n`,
    [site.siteId, rev, OWNED_EVERY, POSTS / OWNED_EVERY, ttId]);
}

async function driftAway(): Promise<void> {
  const random = createRandom(7);
  const ids = new Set<number>();
  while (ids.size < DRIFTED) ids.add(1 + Math.floor(random() * POSTS));
  const all = [...ids];
  const [deleted, altered, added] = [all.slice(0, 400), all.slice(400, 800), all.slice(800)];
  await store.database.query('DELETE FROM post WHERE site_id = $1 AND id = ANY($2::bigint[])', [site.siteId, deleted]);
  await store.database.query(`UPDATE post SET title = title || '!' WHERE site_id = $1 AND id = ANY($2::bigint[])`, [site.siteId, altered]);
  // Ghosts: rows that the site never had, between its ids (it has none at all above them) and beyond.
  for (const id of added) {
    site.double.tables.posts.remove(id);
    for (const meta of site.double.tables.postmeta.ownedBy(id)) site.double.tables.postmeta.remove(meta.metaId);
    for (const relation of site.double.tables.relations.ownedBy(id)) site.double.tables.relations.remove(relation.id);
  }
  for (const id of deleted) drift.set(String(id), 'missing');
  for (const id of altered) drift.set(String(id), 'different');
  for (const id of added) drift.set(String(id), 'extra');
}

/** The store, with an eye on how many rows a statement outside of apply brings. */
const watched = (): Store => ({
  ...store,
  database: {
    ...store.database,
    async query<T extends Record<string, unknown>>(text: string, values?: Parameters<Store['database']['query']>[1]) {
      const rows = await store.database.query<T>(text, values);
      largestPage = Math.max(largestPage, rows.length);
      return rows;
    },
  },
});

const run = (mode: 'VERIFY' | 'REPAIR'): Promise<VerificationReport> =>
  runVerification({ store: watched(), client: site.client, siteId: site.siteId, mode, tables: ['posts', 'postmeta', 'term_relationships'] });

/** Collects garbage, so that what is measured is held and not merely left behind. */
const collect = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** What a run holds beyond what was there before it, looked at every two seconds. */
async function withPeak<T>(work: () => Promise<T>): Promise<{ result: T; growth: number }> {
  const held = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = held();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, held())), 2_000);
  try {
    return { result: await work(), growth: peak - before };
  } finally {
    clearInterval(timer);
  }
}

describe('a thousand rows of a hundred thousand posts', () => {
  beforeAll(async () => {
    store = await openPrivateStore();
    site = await startConnected(store);
    const [term] = site.double.tables.terms.all();
    await mirror(store, site, START_MS);
    await seed(term?.term_taxonomy_id ?? 1);
    await driftAway();
  }, 600_000);
  afterAll(async () => {
    await site.close();
    await store.close();
  });

  it('are each reported, and no other', async () => {
    const { result: report, growth } = await withPeak(() => run('VERIFY'));
    const posts = report.tables.find((table) => table.table === 'posts');
    console.info(`verified ${posts?.rows} posts with ${report.calls} calls; heap grew by at most ${Math.round(growth / 1048576)} MiB`);
    expect(report.message).toBeNull();
    expect([...(posts?.differences ?? [])].sort()).toEqual([...drift].sort());
    expect(report.objects).toBe(0);
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
  }, 600_000);

  it('are brought back with no more objects than twice their number', async () => {
    const { result: report, growth } = await withPeak(() => run('REPAIR'));
    const differing = report.tables.reduce((sum, table) => sum + table.differences.size, 0);
    console.info(`repaired ${differing} rows with ${report.objects} objects and ${report.calls} calls; heap grew by at most ${Math.round(growth / 1048576)} MiB`);
    expect(differing).toBeGreaterThanOrEqual(DRIFTED);
    expect(report.objects).toBeLessThanOrEqual(2 * DRIFTED);
    expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
    expect(largestPage).toBeLessThanOrEqual(MAX_PAGE_ROWS);
    const after = await run('VERIFY');
    expect(after.tables.flatMap((table) => [...table.differences])).toEqual([]);
    expect(after.verdict).toBe('in_sync');
    const [count] = await store.database.query('SELECT count(*) AS posts FROM post WHERE site_id = $1 AND alive', [site.siteId]);
    expect(count).toEqual({ posts: POSTS - 200 });
  }, 600_000);
});
