import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../core/ids.js';
import { registerPreviews } from '../../gateway/previews.js';
import { createPreviews, previewToken } from '../../origin/preview.js';
import type { Store } from '../../store/store.js';
import { person } from '../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { startGraph, type TestGraph } from '../testkit/graph.js';
import { openTestStore } from '../testkit/store.js';

const LOCK = `{ lock { user { id } isOwn source expiresAt acquiredAt } heldBy { id } siteAsked userErrors { code field } }`;
const TAKE = `mutation($id: ID!, $takeOver: Boolean) { contentLock(id: $id, takeOver: $takeOver) ${LOCK} }`;
const GIVE = `mutation($id: ID!) { contentUnlock(id: $id) ${LOCK} }`;
const OPENED = `query($id: ID!) { node(id: $id) { ... on Post { ...Seen } ... on Page { version lock { user { id } source } preview { url expiresAt } revisions { nodes { id title } } } } }
  fragment Seen on Post { version title lock { user { id } source } preview { url expiresAt } autosave { id } revisions(first: 2) { nodes { id title diff { field op oldText newText } } pageInfo { hasNextPage } } }`;
const RESTORE = `mutation($input: RevisionRestoreInput!) { contentRestoreRevision(input: $input) {
  content { title version ... on Post { rawContent } } conflict { changedFields } write { state } userErrors { code field } } }`;

type Loose = { readonly [key: string]: Loose } & readonly Loose[];

let store: Store;
let site: ConnectedSite;
let graph: TestGraph;
let keys = 0;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  const viewers = Object.fromEntries([1, 2, 3, 4].map((userId) => [`user-${userId}`, person([{ siteId: site.siteId, userId }], `00000000-0000-4000-8000-0000000002${userId}0`)]));
  graph = await startGraph(store, 'in-process', viewers, site.client, { register: async (fastify) => registerPreviews(fastify, createPreviews(store.secrets, site.client)) });
});
afterAll(async () => {
  await graph.close();
  await site.close();
});

async function asked(userId: number, text: string, variables: Record<string, unknown>): Promise<Loose> {
  const { data, codes } = await graph.ask(text, variables, `user-${userId}`);
  expect(codes).toEqual([]);
  return Object.values(data ?? {})[0] as Loose;
}

const userId = (id: number): string => encodeGlobalId(site.siteId, 'User', id);

async function fresh(fields: Record<string, unknown> = {}): Promise<{ readonly localId: number; readonly id: string }> {
  const row = site.double.edit.savePost({ post_title: 'A chart', post_content: 'one\ntwo\nthree', post_status: 'publish', post_author: 1, ...fields });
  await site.sync();
  return { localId: row.ID, id: encodeGlobalId(site.siteId, fields['post_type'] === 'page' ? 'Page' : 'Post', row.ID) };
}

function addRevision(postId: number, fields: Record<string, unknown>, name = 'revision'): number {
  return site.double.edit.savePost({ post_type: 'revision', post_status: 'inherit', post_parent: postId, post_name: `${postId}-${name}-v1`, post_author: 1, ...fields }).ID;
}

describe('contentLock', () => {
  it('is held by one person until they give it up, and tells the others who', async () => {
    const { id } = await fresh();
    expect(await asked(2, TAKE, { id })).toMatchObject({ lock: { user: { id: userId(2) }, isOwn: true, source: 'GRAPH' }, heldBy: null, siteAsked: true, userErrors: [] });
    expect(await asked(1, TAKE, { id })).toMatchObject({ lock: { user: { id: userId(2) }, isOwn: false }, heldBy: { id: userId(2) }, userErrors: [] });
    expect(await asked(1, OPENED, { id })).toMatchObject({ lock: { user: { id: userId(2) }, source: 'GRAPH' } });
    const [first, second] = [await asked(2, TAKE, { id }), await asked(2, TAKE, { id })].map(({ lock }) => lock);
    expect(second?.['acquiredAt']).toBe(first?.['acquiredAt']);
    expect(await asked(1, GIVE, { id })).toMatchObject({ lock: { user: { id: userId(2) } }, heldBy: { id: userId(2) } });
    expect(await asked(1, TAKE, { id, takeOver: true })).toMatchObject({ lock: { user: { id: userId(1) } }, heldBy: null });
    expect(await asked(2, TAKE, { id })).toMatchObject({ heldBy: { id: userId(1) } });
    expect(await asked(1, GIVE, { id })).toMatchObject({ lock: null, heldBy: null });
    expect(await asked(1, OPENED, { id })).toMatchObject({ lock: null });
  });

  it('ends by itself, and of two at once one has it', async () => {
    const { id, localId } = await fresh();
    await asked(2, TAKE, { id });
    const [{ seconds } = { seconds: 0 }] = await store.database.query<{ seconds: number }>('SELECT extract(epoch FROM expires_at - acquired_at)::int AS seconds FROM edit_lock WHERE site_id = $1 AND post_id = $2', [site.siteId, localId]);
    expect(seconds).toBe(150);
    await store.database.query(`UPDATE edit_lock SET expires_at = now() - interval '1 second' WHERE site_id = $1`, [site.siteId]);
    expect(await asked(1, OPENED, { id })).toMatchObject({ lock: null });
    const both = await Promise.all([1, 2].map((who) => asked(who, TAKE, { id })));
    expect(both.filter(({ heldBy }) => heldBy === null)).toHaveLength(1);
  });

  it("knows who edits in the site's own editor, asked live by a fixed key", async () => {
    const { id, localId } = await fresh();
    const seconds = Math.floor(Date.now() / 1000);
    site.double.edit.setPostMeta(localId, '_edit_lock', `${seconds - 20}:1`);
    expect(await asked(2, TAKE, { id })).toMatchObject({ lock: { user: { id: userId(1) }, source: 'SITE' }, heldBy: { id: userId(1) }, siteAsked: true });
    expect(await asked(2, OPENED, { id })).toMatchObject({ lock: { user: { id: userId(1) }, source: 'SITE' } });
    expect(await asked(2, TAKE, { id, takeOver: true })).toMatchObject({ lock: { user: { id: userId(2) }, source: 'GRAPH' }, heldBy: { id: userId(1) } });
    expect(await asked(2, TAKE, { id })).toMatchObject({ lock: { user: { id: userId(2) } }, heldBy: { id: userId(1) } });
    expect(site.double.calls.at(-1)).toMatchObject({ route: 'jetpack/v4/sync/object', as: 'site', params: { module_name: 'meta', object_type: 'post', object_ids: [{ id: localId, meta_key: '_edit_lock' }] } });
    site.double.edit.setPostMeta(localId, '_edit_lock', `${seconds - 200}:1`);
    expect(await asked(2, TAKE, { id })).toMatchObject({ lock: { user: { id: userId(2) } }, heldBy: null });
    site.double.failNext('jetpack/v4/sync/object', { kind: 'status', status: 500 }, 3);
    expect(await asked(2, TAKE, { id })).toMatchObject({ lock: { user: { id: userId(2) } }, siteAsked: false });
    site.double.state.faults.clear();
  });

  it('is for those who may edit; nobody else learns who does, and the site is not asked', async () => {
    const { id } = await fresh();
    await asked(1, TAKE, { id });
    const calls = site.double.calls.length;
    expect(await asked(3, TAKE, { id })).toMatchObject({ lock: null, heldBy: null, userErrors: [{ code: 'FORBIDDEN', field: ['id'] }] });
    expect(await asked(3, OPENED, { id })).toMatchObject({ lock: null, preview: null });
    expect(site.double.calls.length).toBe(calls);
  });
});

describe('a revision', () => {
  it('tells what differs, and is restored as a save of its texts', async () => {
    const { id, localId } = await fresh({ post_title: 'Now', post_content: 'one\nnew\nthree' });
    addRevision(localId, { post_title: 'Then', post_content: 'one\ntwo\nthree' });
    await site.sync();
    const opened = await asked(2, OPENED, { id });
    const [revision] = opened['revisions']?.['nodes'] ?? [];
    expect(revision?.['diff']).toEqual([{ field: 'title', op: 'CHANGED', oldText: 'Then', newText: 'Now' }, { field: 'content', op: 'CHANGED', oldText: 'two', newText: 'new' }]);
    const input = { id: revision?.['id'], idempotencyKey: `restore-${(keys += 1)}`, expectedVersion: opened['version'] };
    expect(await asked(2, RESTORE, { input })).toMatchObject({ content: { title: 'Then', rawContent: 'one\ntwo\nthree' }, write: { state: 'APPLIED' }, userErrors: [] });
    const calls = site.double.calls.length;
    expect(await asked(2, RESTORE, { input })).toMatchObject({ content: { title: 'Then' }, userErrors: [] });
    expect(site.double.calls.length).toBe(calls);
    expect(site.double.tables.posts.get(localId)).toMatchObject({ post_title: 'Then', post_content: 'one\ntwo\nthree' });
  });

  it('is not restored over what somebody changed meanwhile, nor by those who may not edit', async () => {
    const { id, localId } = await fresh({ post_title: 'Now' });
    const revisionId = encodeGlobalId(site.siteId, 'Revision', addRevision(localId, { post_title: 'Then', post_content: 'x' }));
    await site.sync();
    const { version } = await asked(1, OPENED, { id });
    site.double.edit.savePost({ ID: localId, post_title: 'Of somebody else' }, 2);
    const input = { id: revisionId, expectedVersion: version };
    expect(await asked(1, RESTORE, { input: { ...input, idempotencyKey: `restore-${(keys += 1)}` } })).toMatchObject({ content: null, conflict: { changedFields: ['title'] }, userErrors: [{ code: 'VERSION_CONFLICT', field: ['expectedVersion'] }] });
    expect(await asked(3, RESTORE, { input: { ...input, idempotencyKey: `restore-${(keys += 1)}` } })).toMatchObject({ content: null, userErrors: [{ code: 'NOT_FOUND', field: ['id'] }] });
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('Of somebody else');
    await site.sync();
  });

  it('of pages is there as that of posts, and the statements of reading do not grow with the contents', async () => {
    const { id, localId } = await fresh({ post_type: 'page' });
    addRevision(localId, { post_title: 'A page then' });
    await site.sync();
    expect(await asked(1, OPENED, { id })).toMatchObject({ revisions: { nodes: [{ title: 'A page then' }] }, preview: { url: expect.stringContaining('/preview/') as string } });
    const list = `query($id: ID!, $first: Int) { site(id: $id) { posts(first: $first) { nodes { title lock { user { id } } preview { url } autosave { id } revisions(first: 1) { nodes { id } } } } } }`;
    const count = async (first: number) => (await graph.ask(list, { id: encodeGlobalId(site.siteId, 'Site', site.siteId), first }, 'user-1')).statements.length;
    await fresh();
    expect(await count(4)).toBe(await count(2));
  });
});

describe('a preview', () => {
  const open = async (url: string) => {
    const response = await fetch(url);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it('shows a draft and the autosave of whoever made the link to everybody, running nothing', async () => {
    const { id, localId } = await fresh({ post_title: 'Not <b>out</b> yet', post_content: '<p>Draft</p><script>alert(1)</script>', post_status: 'draft' });
    const preview = (await asked(2, OPENED, { id }))['preview'] as Loose;
    const url = String(preview['url']);
    const inMs = Date.parse(String(preview['expiresAt'])) - Date.now();
    expect(inMs).toBeGreaterThan(23.9 * 3_600_000);
    expect(inMs).toBeLessThanOrEqual(24 * 3_600_000 + 1000);
    const shown = await open(url);
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('<p>Draft</p>');
    expect(shown.text).toContain('<title>Not out yet</title>');
    const policy = shown.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/; sandbox$/);
    expect(policy).not.toMatch(/script-src|allow-/);
    expect(Object.fromEntries(['x-robots-tag', 'cache-control', 'referrer-policy'].map((name) => [name, shown.headers.get(name)]))).toEqual({ 'x-robots-tag': 'noindex, nofollow, noarchive', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const ahead = new Date(Date.now() + 60_000).toISOString().slice(0, 19).replace('T', ' ');
    addRevision(localId, { post_title: 'Half a thought', post_content: '<p>Typed</p>', post_author: 2, post_modified_gmt: ahead, post_modified: ahead }, 'autosave');
    const typed = await open(url);
    expect(typed.text).toContain('<p>Typed</p>');
    expect(typed.text).toContain('Not saved yet');
    expect((await asked(1, OPENED, { id }))['preview']?.['url']).not.toBe(url);
    expect((await open(String((await asked(1, OPENED, { id }))['preview']?.['url']))).text).toContain('<p>Draft</p>');
  });

  it('shows nothing once it is over, changed by a letter, or when its maker may no longer edit', async () => {
    const { id, localId } = await fresh({ post_status: 'draft' });
    const url = String((await asked(2, OPENED, { id }))['preview']?.['url']);
    const calls = site.double.calls.length;
    const at = (token: string) => open(url.replace(/[^/]+$/, token));
    expect((await at(`${url.split('/').at(-1)?.slice(0, -1)}_`)).status).toBe(404);
    expect((await at('nothing')).status).toBe(404);
    const over = previewToken(store.secrets, { siteId: site.siteId, route: 'wp/v2/posts', postId: localId, userId: 2, expiresAt: new Date(Date.now() - 1000) });
    expect((await at(over)).status).toBe(404);
    expect(site.double.calls.length).toBe(calls);
    await site.double.refuse();
    expect((await open(url)).status).toBe(503);
    await site.double.accept();
    const user = site.double.tables.users.get(2);
    if (user) site.double.edit.saveUser({ ...user, roles: ['subscriber'] });
    expect((await open(url)).status).toBe(404);
    if (user) site.double.edit.saveUser({ ...user, roles: ['editor'] });
  });

  it('takes nothing of a title or a status for markup of the page around it', async () => {
    const bare = Fastify();
    registerPreviews(bare, async () => ({ kind: 'page', title: 'a"><script>', html: '<p>x</p>', status: '<i>', isAutosave: false }));
    const { body } = await bare.inject('/preview/x');
    expect(body).toContain('<title>a"</title>');
    expect(body).toContain('Status: &#60;i&#62;');
    await bare.close();
  });
});
