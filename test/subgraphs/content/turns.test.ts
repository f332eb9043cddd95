// What two people change at once, of which WordPress would keep only the last: each is made, or refused with a conflict. In one process, and
// from two stores on one database server, which is all that two processes share.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSiteClient } from '../../../origin/site-client.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import { openPostgresDatabase } from '../../../store/database.js';
import { createSecrets } from '../../../store/secrets.js';
import { createStore, type Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { encodeGlobalId } from '../../../core/ids.js';
import { ask } from '../../testkit/ask.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from './kit.js';
import { link, SAVE, startMenuSite, type MenuSite } from './menu-kit.js';

const ASSIGN = `mutation($siteId: ID!, $location: String!, $menuId: ID, $key: ID!) { menuAssign(siteId: $siteId, location: $location, menuId: $menuId, idempotencyKey: $key) {
  menu { localId locations } write { state } userErrors { code message } } }`;
const UPDATE = 'mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { content { title } conflict { changedFields } write { state } userErrors { code } } }';
const STICK = 'mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { content { ... on Post { sticky } } userErrors { code } } }';

const server = process.env['TEST_DATABASE_URL'];

/** Another process as far as turns go: a pool of its own where there is a server, else a client of its own. */
async function openSecond(store: Store): Promise<Store> {
  if (server === undefined) return store;
  const [row] = await store.database.query<{ name: string }>('SELECT current_database() AS name');
  const url = new URL(server);
  url.pathname = `/${row?.name}`;
  return createStore(await openPostgresDatabase(url.href), createSecrets('a root key for tests only'));
}

let on: MenuSite;
let store: Store;
let second: Store;
let client: SiteClient;
let processes: readonly Subgraph[];
beforeAll(async () => {
  store = await openTestStore();
  on = await startMenuSite(store);
  second = await openSecond(store);
  client = createSiteClient({ store: second, log: on.site.desk.log, allowPrivateOrigins: true });
  processes = [createContentSubgraph(store, on.site.desk), createContentSubgraph(second, { store: second, client, log: on.site.desk.log })];
});
afterAll(async () => {
  await client.close();
  if (second !== store) await second.close();
  await on.close();
});

/** A mutation in one of the two processes. */
async function mutate(process: number, document: string, name: string, input: Record<string, unknown>): Promise<Loose> {
  const variables = name === 'menuAssign' ? { siteId: on.siteId, key: on.key(), ...input } : { input: { idempotencyKey: on.key(), ...input } };
  const { data, errors } = await ask<Loose>(processes[process % 2] as Subgraph, on.as(1), document, variables, 60_000);
  expect(errors).toEqual([]);
  return data[name] as Loose;
}

async function freshMenu(name: string): Promise<{ id: string; localId: number; version: string }> {
  const made = await on.save(1, { name, items: [link('One'), link('Two')] });
  expect(made['userErrors']).toEqual([]);
  return made['menu'] as unknown as { id: string; localId: number; version: string };
}

const where = async (localId: number): Promise<unknown> => ((await on.read(localId))['locations'] as unknown as string[]).toSorted();

describe('changes of the same at once', () => {
  it('puts one menu into two locations, and loses neither, on the site and in the graph', async () => {
    for (let round = 0; round < 4; round += 1) {
      const menu = await freshMenu(`Twice ${round}`);
      const made = await Promise.all(['primary', 'footer'].map((location, index) => mutate(index, ASSIGN, 'menuAssign', { location, menuId: menu.id })));
      expect(made.map((payload) => payload['userErrors'])).toEqual([[], []]);
      expect(await where(menu.localId)).toEqual(['footer', 'primary']);
      await on.site.sync();
      expect(await where(menu.localId)).toEqual(['footer', 'primary']);
    }
  });

  it('puts a menu into a location while another save gives a menu its own, and loses neither', async () => {
    for (let round = 0; round < 3; round += 1) {
      const [left, right] = [await freshMenu(`Left ${round}`), await freshMenu(`Right ${round}`)];
      const [assigned, saved] = await Promise.all([
        mutate(0, ASSIGN, 'menuAssign', { location: 'primary', menuId: left.id }),
        mutate(1, SAVE, 'menuSave', { siteId: on.siteId, id: right.id, name: `Right ${round}`, expectedVersion: right.version, locations: ['footer'], items: [link('Other')] }),
      ]);
      expect([assigned['userErrors'], saved['userErrors']]).toEqual([[], []]);
      expect([await where(left.localId), await where(right.localId)]).toEqual([['primary'], ['footer']]);
    }
  });

  it('tells the later of two saves of one menu that it changed', async () => {
    for (let round = 0; round < 3; round += 1) {
      const menu = await freshMenu(`Both ${round}`);
      const saves = await Promise.all([0, 1].map((index) => mutate(index, SAVE, 'menuSave', { siteId: on.siteId, id: menu.id, name: `Both ${round}`, expectedVersion: menu.version, items: [link(`By${index}`)] })));
      const codes = saves.map((save) => (save['userErrors'] as unknown as { code: string }[]).map(({ code }) => code));
      expect(codes.toSorted((a, b) => a.length - b.length)).toEqual([[], ['VERSION_CONFLICT']]);
      const winner = codes.findIndex((list) => list.length === 0);
      expect((await on.read(menu.localId))['items']).toMatchObject([{ label: `By${winner}` }]);
      expect(on.onSite(menu.localId).map((row) => row.split(' ')[1])).toEqual([`By${winner}`]);
    }
  });

  it('sticks posts from everywhere, and loses none', async () => {
    const { edit, tables } = on.site.double;
    const posts = Array.from({ length: 6 }, (_one, index) => edit.savePost({ post_title: `S${index}`, post_author: 1, post_status: 'publish' }));
    await on.site.sync();
    const made = await Promise.all(posts.map((post, index) => mutate(index, STICK, 'contentUpdate', { id: encodeGlobalId(on.site.siteId, 'Post', post.ID), fields: { sticky: true } })));
    expect(made.map((payload) => payload['userErrors'])).toEqual(posts.map(() => []));
    expect((tables.options.get('sticky_posts') as number[]).toSorted((a, b) => a - b)).toEqual(posts.map((post) => post.ID));
  });

  it('tells the later of two saves of one content in a process that it changed, and merges those that ask for it', async () => {
    const { edit } = on.site.double;
    for (const onConflict of ['FAIL', 'MERGE_DISJOINT'] as const) {
      const post = edit.savePost({ post_title: 'Shared', post_content: 'one\n\ntwo\n\nthree', post_author: 1, post_status: 'publish' });
      await on.site.sync();
      const [row] = await store.database.query<{ version: string }>('SELECT version FROM post WHERE site_id = $1 AND id = $2', [on.site.siteId, post.ID]);
      const saves = await Promise.all(['ONE\n\ntwo\n\nthree', 'one\n\ntwo\n\nTHREE'].map((rawContent) => mutate(0, UPDATE, 'contentUpdate', {
        id: encodeGlobalId(on.site.siteId, 'Post', post.ID), expectedVersion: row?.version, onConflict, fields: { rawContent },
      })));
      const codes = saves.map((save) => (save['userErrors'] as unknown as { code: string }[]).map(({ code }) => code)).toSorted((a, b) => a.length - b.length);
      expect(codes).toEqual(onConflict === 'FAIL' ? [[], ['VERSION_CONFLICT']] : [[], []]);
      if (onConflict === 'MERGE_DISJOINT') expect(on.site.double.tables.posts.get(post.ID)?.post_content).toBe('ONE\n\ntwo\n\nTHREE');
    }
  });
});
