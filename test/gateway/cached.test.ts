// The graph over a store with a cache: what is asked again takes no statement, what a commit touches is read anew, and nobody
// is shown what was kept for another. What is kept is frozen, so that a resolver that changed it would fail here.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { applyBatch } from '../../store/apply/apply.js';
import { followSite, markPosts } from '../../store/reader.js';
import type { Store } from '../../store/store.js';
import { openCachedStore, postItem } from '../store/cache/kit.js';
import { person } from '../testkit/ask.js';
import { readOperations, startGraph, type TestGraph } from '../testkit/graph.js';
import { loadRecordedSite } from '../testkit/recorded.js';

const PLANTED = 990_001;
const operations = readOperations();
const accountId = randomUUID();
let store: Store;
let siteId: SiteId;
let graph: TestGraph;

beforeAll(async () => {
  ({ store } = await openCachedStore());
  siteId = await loadRecordedSite(store, ['1-incremental', '2-full-sync']);
  await followSite(store.database, accountId, siteId);
  graph = await startGraph(store, 'in-process', { admin: person([{ siteId, userId: 1 }], accountId) });
}, 600_000);
afterAll(() => graph.close());

const LIST = `query($site: ID!, $statuses: [ContentStatus!]) { site(id: $site) { posts(first: 5, filter: { status: $statuses }) { nodes { title status } totalCount freshness { sequence } } } }`;

interface Listed {
  readonly titles: readonly string[];
  readonly count: number;
  readonly statements: number;
}

async function list(token?: string, statuses = ['PUBLISHED', 'DRAFT']): Promise<Listed> {
  const { data, statements } = await graph.ask(LIST, { site: encodeSiteId(siteId), statuses }, token);
  const posts = (data?.['site'] as { posts: { nodes: { title: string }[]; totalCount: number } } | undefined)?.posts ?? { nodes: [], totalCount: -1 };
  return { titles: posts.nodes.map((node) => node.title), count: posts.totalCount, statements: statements.length };
}

async function write(version: number, status = 'publish'): Promise<void> {
  const item = postItem(PLANTED, version, status);
  const changes = item.changes.map((change) => (change.kind === 'upsert' && change.entity === 'post' ? { ...change, groups: { ...change.groups, core: { ...(change.groups as { core: object }).core, modifiedGmt: '2030-01-01T00:00:00Z' } } } : change));
  await applyBatch(store, siteId, [{ ...item, changes: changes as typeof item.changes }], new Date());
}

describe('a graph over a cache', () => {
  it.each(['MobilePosts', 'MobileDelta', 'MenuEditor', 'FleetPlugins', 'ReaderFeed', 'AuditScreen'])('takes for %s no statement when nothing changed', async (name) => {
    const site = encodeSiteId(siteId);
    const variables = { siteId: site, siteIds: [site], id: site };
    const query = operations.get(name) ?? '';
    const asked = Object.fromEntries(Object.entries(variables).filter(([variable]) => query.includes(`$${variable}:`)));
    const first = await graph.ask(query, asked, 'admin');
    expect(first.codes).toEqual([]);
    expect(first.statements.length).toBeGreaterThan(0);
    await graph.ask(query, asked, 'admin');
    const again = await graph.ask(query, asked, 'admin');
    expect(again.statements.length, again.statements.map((statement) => statement.text).join('\n')).toBe(0);
    expect(again.data).toEqual(first.data);
  }, 120_000);

  it('shows what was written, at once', async () => {
    for (let version = 1; version <= 5; version += 1) {
      await write(version);
      const { titles } = await list('admin');
      expect(titles[0]).toBe(String(version));
      expect(await list('admin')).toMatchObject({ titles, statements: 0 });
    }
  }, 120_000);

  it('shows nobody what was kept for another', async () => {
    await write(100, 'draft');
    for (const order of [['admin', undefined], [undefined, 'admin']]) {
      await write(101, 'private');
      await write(102, 'draft');
      for (const token of order) {
        const { titles } = await list(token);
        expect(titles.includes('102'), String(token)).toBe(token === 'admin');
      }
    }
    await write(103);
    for (const token of ['admin', undefined]) expect((await list(token)).titles[0]).toBe('103');
    await write(104, 'trash');
    for (const token of ['admin', undefined]) expect((await list(token)).titles).not.toContain('104');
  }, 120_000);

  it('counts what an account has seen for that account', async () => {
    const ask = async () => ((await graph.ask('{ readerFeed(first: 1) { unseenCount edges { seen } } }', {}, 'admin')).data?.['readerFeed'] as { unseenCount: number; edges: { seen: boolean }[] });
    await write(200);
    const before = await ask();
    expect(await ask()).toEqual(before);
    await markPosts(store.database, randomUUID(), [{ siteId, localId: PLANTED }], true);
    expect(await ask()).toEqual(before);
    const rows = await store.database.query<{ id: number }>(`SELECT id FROM post WHERE site_id = $1 AND type = 'post' AND status = 'publish' AND alive`, [siteId]);
    await markPosts(store.database, accountId, rows.map(({ id }) => ({ siteId, localId: id })), true);
    expect(await ask()).toEqual({ unseenCount: 0, edges: [{ seen: true }] });
  }, 120_000);
});
