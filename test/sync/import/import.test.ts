// Imports from a double of WordPress without Jetpack, with a shop, over real HTTP: pages, interruptions, polls, what is refused.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../core/changes.js';
import { createLog } from '../../../core/log.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import { createSiteClient } from '../../../origin/site-client.js';
import { sitesDueForImport, endRestSite } from '../../../store/rest-sites.js';
import { removeSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { latestRuns } from '../../../store/sync-runs.js';
import { administer } from '../../../bin/administration.js';
import { createAccount, listLinkedUsers } from '../../../store/accounts.js';
import { connectRestSite, linkRestPerson } from '../../../sync/import/connect.js';
import { runImport, type ImportEnd } from '../../../sync/import/import.js';
import { readState } from '../../../sync/import/state.js';
import type { SiteId } from '../../../core/ids.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from '../../testkit/site-double/index.js';
import { openTestStore } from '../../testkit/store.js';

let store: Store;
let client: SiteClient;
let site: SiteDouble;
let siteId: SiteId;
let cursor: Json | null;
let nowMs: number;

beforeAll(async () => {
  store = await openTestStore();
  client = createSiteClient({ store, log: createLog('silent'), allowPrivateOrigins: true });
});
afterAll(() => client.close());

async function connect(options: Partial<SiteDoubleOptions> = {}): Promise<void> {
  cursor = null;
  nowMs = Date.now();
  site = await startSiteDouble({ hubUrl: 'http://127.0.0.1:9', jetpack: false, commerce: true, ...options });
  ({ siteId } = await connectRestSite({ store, client }, { url: site.url, login: 'maria', applicationPassword: site.addApplicationPassword(1) }));
}
beforeEach(() => connect());
afterEach(async () => {
  await removeSite(store, siteId);
  await site.close();
});

const run = (more: { readonly signal?: AbortSignal; readonly maxRequests?: number } = {}): Promise<ImportEnd> =>
  runImport({ store, client, clock: () => nowMs }, { siteId, previous: cursor, save: async (state) => void (cursor = JSON.parse(JSON.stringify(state)) as Json), ...more });

async function count(table: string, where = 'true'): Promise<number> {
  const [row] = await store.database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE site_id = $1 AND ${where}`, [siteId]);
  return row?.n ?? 0;
}

const postIds = async (): Promise<number[]> =>
  (await store.database.query<{ id: number }>(`SELECT id FROM post WHERE site_id = $1 AND type = 'post' AND alive ORDER BY id`, [siteId])).map(({ id }) => id);

const listedPosts = (): number[] => site.tables.posts.all().filter((post) => post.post_type === 'post' && !['auto-draft', 'inherit'].includes(post.post_status)).map((post) => post.ID).sort((a, b) => a - b);

describe('an import', () => {
  it('brings everything that the site lists, and asks for nothing twice', async () => {
    site.addPosts(250);
    site.addOrders(5);
    const end = await run();
    expect(end).toMatchObject({ kind: 'done', mode: 'FULL', warnings: [] });
    expect(await postIds()).toEqual(listedPosts());
    expect(await count('site_user', 'alive')).toBe(site.tables.users.all().length);
    expect(await count('comment', `alive AND type <> 'order_note'`)).toBe(site.tables.comments.all().filter((comment) => comment.comment_type !== 'order_note').length);
    expect(await count('shop_order', `alive AND order_type = 'shop_order'`)).toBeGreaterThanOrEqual(5);
    expect(await count('order_item', 'alive')).toBeGreaterThanOrEqual(5);
    expect(end.requests).toBeLessThan(100);
    const roles = await store.database.query<{ value: Record<string, unknown> }>(`SELECT value FROM setting WHERE site_id = $1 AND name = 'roles'`, [siteId]);
    expect(Object.keys(roles[0]?.value ?? {})).toEqual(expect.arrayContaining(['administrator', 'editor', 'author', 'contributor', 'subscriber']));
  });

  it('goes on where it was killed, without reading again what it had', async () => {
    site.addPosts(450);
    let saves = 0;
    const dying = runImport(
      { store, client, clock: () => nowMs },
      {
        siteId,
        previous: null,
        save: async (state) => {
          cursor = JSON.parse(JSON.stringify(state)) as Json;
          if (readState(cursor)?.at?.name === 'posts:post' && (saves += 1) === 2) throw new Error('killed');
        },
      },
    );
    await expect(dying).rejects.toThrow('killed');
    expect(await count('post', `type = 'post' AND alive`)).toBe(200);
    const before = site.calls.length;
    expect(await run()).toMatchObject({ kind: 'done', mode: 'FULL' });
    const pages = site.calls.slice(before).filter(({ route, params }) => route === 'wp/v2/posts' && String(params['_fields']).includes('content.raw') && params['include'] === undefined);
    expect(pages.map(({ params }) => Number(params['page']))).toEqual([3, 4, 5]);
    expect(await postIds()).toEqual(listedPosts());
  });

  it('finds rows that slipped between two pages while the site changed', async () => {
    site.addPosts(250);
    const slipping = runImport(
      { store, client, clock: () => nowMs },
      {
        siteId,
        previous: null,
        save: async (state) => {
          cursor = JSON.parse(JSON.stringify(state)) as Json;
          // Everything after these moves up, so that the next page leaves ten rows out.
          if (readState(cursor)?.at?.page === 2 && readState(cursor)?.at?.name === 'posts:post') for (const id of listedPosts().slice(0, 10)) site.tables.posts.remove(id);
        },
      },
    );
    expect(await slipping).toMatchObject({ kind: 'done' });
    expect(await postIds()).toEqual(listedPosts());
  });

  it('writes nothing when nothing changed, and deletes what is gone', async () => {
    site.addPosts(120);
    await run();
    nowMs += 60_000;
    expect(await run()).toMatchObject({ kind: 'done', mode: 'POLL', changes: 0 });
    const gone = listedPosts().slice(5, 25);
    for (const id of gone) site.tables.posts.remove(id);
    nowMs += 60_000;
    const end = await run();
    expect(end.changes).toBeGreaterThanOrEqual(20);
    expect(await postIds()).toEqual(listedPosts());
    expect(await count('post', `id = ANY(ARRAY[${gone.join(',')}]) AND alive`)).toBe(0);
  });

  it('says the same again after something else wrote, and reads everything once a day', async () => {
    await run();
    await store.database.query(`UPDATE setting SET value = '"changed behind our back"' WHERE site_id = $1 AND name = 'blogname'`, [siteId]);
    nowMs += 60_000;
    await run();
    nowMs += 25 * 3_600_000;
    expect(await run()).toMatchObject({ kind: 'done', mode: 'FULL' });
    const [row] = await store.database.query<{ value: string }>(`SELECT value FROM setting WHERE site_id = $1 AND name = 'blogname'`, [siteId]);
    expect(row?.value).toBe(site.tables.options.get('blogname'));
  });

  it('gives way after its budget and when the process stops', async () => {
    site.addPosts(350);
    expect(await run({ maxRequests: 10 })).toMatchObject({ kind: 'paused', requests: expect.any(Number) as number });
    const stop = new AbortController();
    stop.abort();
    expect(await run({ signal: stop.signal })).toMatchObject({ kind: 'paused' });
    expect(readState(cursor)?.finished).toBe(false);
    expect(await run()).toMatchObject({ kind: 'done' });
    expect(await postIds()).toEqual(listedPosts());
  });

  it('stops with the reason when the password is revoked or the site is down, and keeps what it has', async () => {
    await run();
    const posts = await postIds();
    site.state.applicationPasswords.clear();
    await expect(run()).rejects.toMatchObject({ name: 'ImportStopped', code: 'wrong-password' });
    await site.refuse();
    await expect(run()).rejects.toMatchObject({ name: 'ImportStopped', code: 'unreachable' });
    await site.accept();
    expect(await postIds()).toEqual(posts);
  });
});

describe('connecting without Jetpack', () => {
  it('asks for the first import and for polls, until the site is disconnected', async () => {
    expect((await latestRuns(store.database, [siteId], 5)).map(({ kind, state }) => [kind, state])).toEqual([['IMPORT', 'QUEUED']]);
    await store.database.query(`UPDATE sync_run SET state = 'DONE', requested_at = now() - interval '1 hour' WHERE site_id = $1`, [siteId]);
    expect(await sitesDueForImport(store.database, new Date(Date.now() - 60_000), 1000)).toContain(siteId);
    expect(await endRestSite(store, siteId, new Date())).toBe(true);
    expect(await sitesDueForImport(store.database, new Date(), 1000)).not.toContain(siteId);
    expect(await count('site_credential')).toBe(0);
  });

  it('refuses what is no application password of that person, and keeps nothing of it', async () => {
    const before = await store.database.query('SELECT id FROM site ORDER BY id');
    await expect(connectRestSite({ store, client }, { url: site.url, login: 'maria', applicationPassword: 'nope nope' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(connectRestSite({ store, client }, { url: site.url, login: 'a:b', applicationPassword: 'x' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(connectRestSite({ store, client }, { url: site.url, login: 'maria', applicationPassword: '  ' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await store.database.query('SELECT id FROM site ORDER BY id')).toEqual(before);
  });

  it('keeps another person beside the owner when the site says whose the password is, makes an account that person, and forgets both', async () => {
    const link = (login: string, applicationPassword: string, accountId: string | null) => linkRestPerson({ store, client }, siteId, { login, applicationPassword, accountId });
    await expect(link('edgar', 'nope nope', null)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await count('site_credential')).toBe(1);
    const login = `edgar-${siteId}`;
    const account = await createAccount(store, { kind: 'person', login, passwordHash: 'scrypt' });
    const password = site.addApplicationPassword(2);
    expect(await link('edgar', password, account.id)).toEqual({ userId: 2, login: 'edgar' });
    expect((await listLinkedUsers(store.database, account.id)).map(({ siteId: id, userId }) => [id, userId])).toEqual([[siteId, 2]]);
    const me = async (userId: number) => {
      const outcome = await client.rest(siteId, { as: { kind: 'user', userId }, method: 'GET', route: 'wp/v2/users/me', query: { context: 'edit' } });
      return outcome.kind === 'answer' ? (outcome.body as { id: number }).id : outcome.code;
    };
    expect(await Promise.all([1, 2, 3].map(me))).toEqual([1, 2, 'no-token']);
    const admin = (command: Parameters<typeof administer>[2]) => administer(store, { client, registration: 'closed' }, command);
    await expect(admin({ name: 'site.unlink', site: String(siteId), user: 'maria' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await admin({ name: 'site.unlink', site: String(siteId), user: 'edgar' })).result).toMatchObject({ userId: 2 });
    expect(await listLinkedUsers(store.database, account.id)).toEqual([]);
    expect(await Promise.all([1, 2].map(me))).toEqual([1, 'no-token']);
  });

  it('sends the password nowhere but to the host that was named', async () => {
    const password = site.addApplicationPassword(1);
    const url = site.url;
    site.moveTo('http://elsewhere.example');
    const before = site.calls.length;
    await expect(connectRestSite({ store, client }, { url, login: 'maria', applicationPassword: password })).rejects.toThrow(/says that it is at http:\/\/elsewhere\.example/);
    expect(site.calls.slice(before).map(({ route, as }) => [route, as])).toEqual([['', 'nobody']]);
  });
});
