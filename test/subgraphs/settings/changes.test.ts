import { beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS, type Viewer } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { createSettingsSubgraph } from '../../../subgraphs/settings/index.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { encodeDeltaCursor } from '../../../subgraphs/shared/delta-cursor.js';
import { ask, OPERATOR, person } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { countStatements } from '../../testkit/statements.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

let store: Store;
let subgraph: Subgraph;
let recorded: SiteId;

interface Feed {
  nodes: { kind: string; typename: string; nodeId: string; sequence: string; cursor: string; changedFields: string[]; node: { id: string } | null; actor: { label: string } | null; site: { id: string } | null }[];
  endCursor: string;
  hasMore: boolean;
  resyncRequired: boolean;
}

const FEED = `query ($siteIds: [ID!]!, $after: ChangeCursor, $first: Int, $types: [String!]) {
  changes(siteIds: $siteIds, after: $after, first: $first, types: $types) {
    nodes { kind typename nodeId sequence cursor changedFields node { __typename id } actor { label } site { id } } endCursor hasMore resyncRequired } }`;

async function feed(viewer: Viewer, siteIds: readonly SiteId[], args: Record<string, unknown> = {}, of: Subgraph = subgraph): Promise<Feed> {
  const { data, errors } = await ask<{ changes: Feed }>(of, viewer, FEED, { siteIds: siteIds.map(encodeSiteId), ...args });
  expect(errors).toEqual([]);
  return data.changes;
}

/** Follows the feed to its end and returns every entry. */
async function follow(viewer: Viewer, siteIds: readonly SiteId[], args: Record<string, unknown> = {}): Promise<Feed['nodes']> {
  const nodes: Feed['nodes'] = [];
  let after: unknown = args['after'];
  for (;;) {
    const piece = await feed(viewer, siteIds, { ...args, after });
    nodes.push(...piece.nodes);
    after = piece.endCursor;
    if (!piece.hasMore) return nodes;
  }
}

async function makeSite(): Promise<SiteId> {
  const siteId = nextSiteId();
  await addSite(store, { id: siteId, url: `https://log-${siteId}.example`, blogToken: `k${siteId}.s` });
  return siteId;
}

/** Writes entries as store/apply does: in one transaction with the site's sequence. */
async function write(siteId: SiteId, count: number, at: Date, entry: { typename?: string; kind?: string; localId?: string } = {}): Promise<void> {
  await store.database.transaction(async (tx) => {
    await tx.query(
      `WITH base AS (UPDATE site SET sequence = sequence + $2 WHERE id = $1 RETURNING sequence - $2 AS first)
       INSERT INTO change (site_id, sequence, kind, typename, local_id, changed_fields, at)
       SELECT $1, base.first + n, $4, $5, coalesce($6, (base.first + n)::text), '{}', $3 FROM base, generate_series(1, $2::int) AS n`,
      [siteId, count, at, entry.kind ?? 'UPDATED', entry.typename ?? 'Term', entry.localId ?? null],
    );
  });
}

beforeAll(async () => {
  store = await openTestStore();
  subgraph = createSettingsSubgraph(store);
  recorded = await loadRecordedSite(store);
});

describe('the changes feed', () => {
  it('tells the operator the whole log of a recorded site in order, whatever the size of the pieces', async () => {
    const rows = await store.database.query<{ sequence: number; typename: string; local_id: string }>(
      `SELECT sequence, typename, local_id FROM change WHERE site_id = $1 ORDER BY sequence`, [recorded],
    );
    const told = new Set(['Site', 'Post', 'Page', 'CustomContent', 'MediaItem', 'Comment', 'Term', 'Menu', 'InstalledPlugin', 'InstalledTheme', 'User', 'Order', 'Product']);
    const expected = rows.filter((row) => told.has(row.typename)).map((row) => String(row.sequence));
    expect(expected.length).toBeGreaterThan(200);
    for (const first of [1000, 37]) expect((await follow(OPERATOR, [recorded], { first })).map((node) => node.sequence)).toEqual(expected);
  });

  it('merges sites by time and keeps the order within each', async () => {
    const [a, b] = [await makeSite(), await makeSite()];
    await write(a, 2, new Date('2026-01-01T00:00:01Z'));
    await write(b, 2, new Date('2026-01-01T00:00:02Z'));
    await write(a, 1, new Date('2026-01-01T00:00:03Z'));
    await write(b, 1, new Date('2026-01-01T00:00:00Z'));
    const order = (await follow(OPERATOR, [a, b], { first: 2 })).map((node) => `${node.site?.id === encodeSiteId(a) ? 'a' : 'b'}${node.sequence}`);
    expect(order.filter((one) => one.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(order.filter((one) => one.startsWith('b'))).toEqual(['b1', 'b2', 'b3']);
    expect((await feed(OPERATOR, [a, b])).nodes.map((node) => `${node.site?.id === encodeSiteId(a) ? 'a' : 'b'}${node.sequence}`)).toEqual(['a1', 'a2', 'b1', 'b2', 'b3', 'a3']);
  });

  it('goes on from the cursor of any entry with exactly what comes after it', async () => {
    const [a, b] = [await makeSite(), await makeSite()];
    for (let round = 0; round < 4; round += 1) {
      await write(a, 1, new Date(Date.UTC(2026, 0, 1, 0, 0, round * 2)));
      await write(b, 2, new Date(Date.UTC(2026, 0, 1, 0, 0, round * 2 + 1)));
    }
    const all = (await feed(OPERATOR, [a, b])).nodes;
    expect(all).toHaveLength(12);
    for (const [index, node] of all.entries()) {
      const rest = (await feed(OPERATOR, [a, b], { after: node.cursor })).nodes;
      expect(rest.map((one) => one.nodeId)).toEqual(all.slice(index + 1).map((one) => one.nodeId));
    }
  });

  it('leaves nothing out and repeats nothing while others write', async () => {
    const sites = [await makeSite(), await makeSite(), await makeSite()];
    const rounds = 25;
    let isWriting = true;
    const writers = sites.map(async (siteId, index) => {
      for (let round = 0; round < rounds; round += 1) {
        await write(siteId, 1 + ((round + index) % 4), new Date(Date.UTC(2026, 0, 1, 0, 0, (round * 7 + index) % 50)));
      }
    });
    const done = Promise.all(writers).then(() => void (isWriting = false));
    const seen = new Map<string, number[]>();
    let after: string | undefined;
    for (let quiet = 0; quiet < 2; ) {
      const piece = await feed(OPERATOR, sites, { after, first: 5 });
      expect(piece.resyncRequired).toBe(false);
      for (const node of piece.nodes) seen.set(node.site?.id ?? '', [...(seen.get(node.site?.id ?? '') ?? []), Number(node.sequence)]);
      after = piece.endCursor;
      quiet = !isWriting && !piece.hasMore ? quiet + 1 : 0;
    }
    await done;
    for (const siteId of sites) {
      const [row] = await store.database.query<{ sequence: number }>('SELECT sequence FROM site WHERE id = $1', [siteId]);
      expect(seen.get(encodeSiteId(siteId))).toEqual(Array.from({ length: row?.sequence ?? 0 }, (_, index) => index + 1));
    }
  });

  it('tells only the wanted types and passes by the others for good', async () => {
    const site = await makeSite();
    await write(site, 5, new Date(), { typename: 'Term' });
    await write(site, 1, new Date(), { typename: 'Menu' });
    await write(site, 5, new Date(), { typename: 'Term' });
    const piece = await feed(OPERATOR, [site], { types: ['Menu'] });
    expect(piece.nodes.map((node) => [node.typename, node.sequence])).toEqual([['Menu', '6']]);
    expect(piece.endCursor).toBe(encodeDeltaCursor(new Map([[site, 11]])));
    const { errors } = await ask(subgraph, OPERATOR, FEED, { siteIds: [encodeSiteId(site)], types: ['Nonsense'] });
    expect(errors.map((error) => error.extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });

  it('asks for a resync when the log no longer reaches back, or the cursor does not know the site', async () => {
    const [kept, other] = [await makeSite(), await makeSite()];
    await write(kept, 10, new Date());
    await store.database.query('DELETE FROM change WHERE site_id = $1 AND sequence < 6', [kept]);
    await store.database.query('UPDATE site SET changes_kept_from = 6 WHERE id = $1', [kept]);
    const cursor = (sequence: number, site = kept) => encodeDeltaCursor(new Map([[site, sequence]]));
    for (const after of [cursor(4), cursor(11), cursor(10, other), undefined]) {
      const piece = await feed(OPERATOR, [kept], { after });
      expect(piece.resyncRequired).toBe(true);
      expect(piece.nodes).toMatchObject([{ kind: 'RESYNC_REQUIRED', typename: 'Site', nodeId: encodeSiteId(kept), node: { id: encodeSiteId(kept) } }]);
      expect(piece.endCursor).toBe(cursor(10));
    }
    const reaching = await feed(OPERATOR, [kept], { after: cursor(5) });
    expect(reaching.resyncRequired).toBe(false);
    expect(reaching.nodes.map((node) => node.sequence)).toEqual(['6', '7', '8', '9', '10']);
  });

  it('tells a deletion by id alone', async () => {
    const site = await makeSite();
    await write(site, 1, new Date(), { kind: 'DELETED', typename: 'Post', localId: '9' });
    expect((await feed(OPERATOR, [site])).nodes).toMatchObject([{ kind: 'DELETED', nodeId: encodeGlobalId(site, 'Post', 9), node: null }]);
  });

  it('refuses visitors, sites that are none, and pieces that are too long', async () => {
    const code = async (viewer: Viewer, variables: Record<string, unknown>) => (await ask(subgraph, viewer, FEED, variables)).errors.map((error) => error.extensions['code']);
    const siteIds = [encodeSiteId(recorded)];
    expect(await code(ANONYMOUS, { siteIds })).toEqual(['UNAUTHENTICATED']);
    expect(await code(OPERATOR, { siteIds: ['nonsense'] })).toEqual(['BAD_USER_INPUT']);
    expect(await code(OPERATOR, { siteIds: [] })).toEqual(['BAD_USER_INPUT']);
    expect(await code(OPERATOR, { siteIds, first: 1001 })).toEqual(['BAD_USER_INPUT']);
    expect(await code(OPERATOR, { siteIds, after: 'nonsense' })).toEqual(['BAD_USER_INPUT']);
  });
});

describe('what the feed tells whom', () => {
  it('tells a site without an account on it, or without itself, as lost', async () => {
    const missing = nextSiteId();
    const { nodes } = await feed(person([{ siteId: recorded, userId: 99_999 }]), [recorded, missing]);
    expect(nodes.map(({ kind, typename, nodeId, node, site }) => ({ kind, typename, nodeId, node, site }))).toEqual(
      [recorded, missing].map((siteId) => ({ kind: 'ACCESS_LOST', typename: 'Site', nodeId: encodeSiteId(siteId), node: null, site: null })),
    );
  });

  it('tells a subscriber what visitors may read, and neither orders, users nor setting names', async () => {
    const users = siteAnswer<{ id: number; roles: string[] }[]>('users');
    const subscriber = person([{ siteId: recorded, userId: users.find((user) => user.roles.includes('subscriber'))?.id ?? 0 }]);
    const nodes = await follow(subscriber, [recorded], { first: 1000 });
    const typenames = new Set(nodes.map((node) => node.typename));
    for (const hidden of ['Order', 'InstalledPlugin', 'InstalledTheme']) expect(typenames).not.toContain(hidden);
    expect(nodes.filter((node) => node.typename === 'User').map((node) => node.nodeId).filter((id) => id !== encodeGlobalId(recorded, 'User', users.find((user) => user.roles.includes('subscriber'))?.id ?? 0))).toEqual([]);
    expect(nodes.filter((node) => node.actor !== null)).toEqual([]);
    expect(nodes.filter((node) => node.typename === 'Site' && node.changedFields.length > 0)).toEqual([]);
    const published = new Set(siteAnswer<{ id: number; status: string }[]>('posts').filter((post) => post.status === 'publish').map((post) => encodeGlobalId(recorded, 'Post', post.id)));
    const toldPosts = nodes.filter((node) => node.typename === 'Post');
    expect(new Set(toldPosts.filter((node) => node.node !== null).map((node) => node.nodeId))).toEqual(published);
    const approved = new Set(siteAnswer<{ id: number; status: string }[]>('comments').filter((comment) => comment.status === 'approved').map((comment) => encodeGlobalId(recorded, 'Comment', comment.id)));
    for (const node of nodes.filter((one) => one.typename === 'Comment' && one.node !== null)) expect(approved).toContain(node.nodeId);
  });

  it('tells a post that was taken back as lost, with nothing else of it', async () => {
    const site = await makeSite();
    await store.database.query(`INSERT INTO site_user (site_id, id, login, roles, alive, rev) VALUES ($1, 5, 'sub', '{subscriber}', true, 1)`, [site]);
    await store.database.query(
      `INSERT INTO setting (site_id, setting_kind, name, value, alive, rev) SELECT $1, setting_kind, name, value, alive, rev FROM setting WHERE site_id = $2 AND name IN ('roles', 'post_types', 'taxonomies')`,
      [site, recorded],
    );
    await store.database.query(
      `INSERT INTO post (site_id, id, type, status, author_id, alive, rev) VALUES ($1, 1, 'post', 'publish', 1, true, 1), ($1, 2, 'post', 'draft', 1, true, 1), ($1, 3, 'attachment', 'inherit', 1, true, 1)`, [site],
    );
    await store.database.query('UPDATE post SET parent_id = 2 WHERE site_id = $1 AND id = 3', [site]);
    for (const localId of ['1', '2']) await write(site, 1, new Date(), { kind: 'CREATED', typename: 'Post', localId });
    await write(site, 1, new Date(), { typename: 'Post', localId: '2' });
    await write(site, 1, new Date(), { typename: 'MediaItem', localId: '3' });
    await store.database.query(`UPDATE change SET changed_fields = '{status}' WHERE site_id = $1 AND sequence = 3`, [site]);
    await store.database.query(`UPDATE change SET changed_fields = '{title}' WHERE site_id = $1 AND sequence = 4`, [site]);
    const told = (await feed(person([{ siteId: site, userId: 5 }]), [site])).nodes.map(({ kind, nodeId, node, changedFields }) => ({ kind, nodeId, node, changedFields }));
    expect(told).toEqual([
      { kind: 'CREATED', nodeId: encodeGlobalId(site, 'Post', 1), node: { __typename: 'Post', id: encodeGlobalId(site, 'Post', 1) }, changedFields: [] },
      { kind: 'ACCESS_LOST', nodeId: encodeGlobalId(site, 'Post', 2), node: null, changedFields: [] },
    ]);
  });

  it('decides a thousand entries with one statement for posts and one for comments', async () => {
    const users = siteAnswer<{ id: number; roles: string[] }[]>('users');
    const viewer = person([{ siteId: recorded, userId: users.find((user) => user.roles.includes('author'))?.id ?? users[0]?.id ?? 0 }]);
    const counted = countStatements(store);
    await feed(viewer, [recorded], { first: 1000 }, createSettingsSubgraph(counted.store));
    expect(counted.statements).toHaveLength(4);
  });
});
