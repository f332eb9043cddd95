// Connecting and disconnecting from this side, without a browser, with doubles of stock sites over HTTP.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { disconnectSite } from '../../../sync/connection/disconnect.js';
import { probeSite, type FoundSite } from '../../../sync/connection/probe.js';
import { connectSite, pushUserToken, type Connected } from '../../../sync/connection/provision.js';
import type { SiteDouble } from '../../testkit/site-double/index.js';
import { openTestStore } from '../../testkit/store.js';
import { startHub, storedSites, type Hub } from './hub.js';

let store: Store;
let hub: Hub;

beforeAll(async () => {
  store = await openTestStore();
  hub = await startHub(store, { registration: 'closed' });
});
afterAll(() => hub.close());

const context = () => ({ store, client: hub.client, clock: Date.now });
const find = async (site: SiteDouble): Promise<FoundSite<'jetpack'>> => {
  const found = await probeSite(hub.client, site.url);
  if (found.kind !== 'jetpack') throw new Error(`expected a site with Jetpack, got ${found.kind}`);
  return found;
};
const connect = async (site: SiteDouble, user: string): Promise<Connected> => connectSite(context(), await find(site), user);
const openNonces = async (site: SiteDouble): Promise<unknown[]> =>
  store.database.query(`SELECT 1 FROM connection_grant WHERE kind = 'nonce' AND site_url = $1`, [site.url.replace('http://', '')]);

describe('a probe', () => {
  it('tells a site with Jetpack from one without, and from what is no site', async () => {
    const site = await hub.startSite();
    expect(await find(site)).toMatchObject({ kind: 'jetpack', siteUrl: site.url, homeUrl: site.url, name: 'Quay Street Cycles' });
    expect(await probeSite(hub.client, (await hub.startSite({ jetpack: false })).url)).toMatchObject({ kind: 'rest' });
    expect(await probeSite(hub.client, hub.url)).toMatchObject({ kind: 'none' });
    expect(await probeSite(hub.client, 'shop')).toMatchObject({ kind: 'none', code: 'invalid_url' });
  });
});

describe('connecting a site from here', () => {
  it('registers it and makes the administrator its owner, also where registration is closed', async () => {
    const site = await hub.startSite();
    const connected = await connect(site, 'maria');
    expect(connected).toMatchObject({ kind: 'connected', url: site.url, userId: 1 });
    expect(await storedSites(store, site.url)).toMatchObject([{ id: site.connection.blogId, owner: 1, users: [1], hasToken: true }]);
    expect(site.connection.masterUser).toBe(1);
    const me = await hub.client.rest(site.connection.blogId as SiteId, { as: { kind: 'user', userId: 1 }, method: 'GET', route: 'jetpack/v4/connection/owner' });
    expect(me).toMatchObject({ kind: 'answer', status: 200, body: { owner: 'maria' } });
    expect(await openNonces(site)).toHaveLength(0);
  });

  it('registers a Jetpack of 2023 over XML-RPC, and disconnects it as its owner', async () => {
    const site = await hub.startSite({ syncVersion: '1.55' });
    expect(await connect(site, 'maria')).toMatchObject({ kind: 'connected', url: site.url, userId: 1 });
    expect(await connect(site, 'maria')).toMatchObject({ kind: 'connected', siteId: site.connection.blogId });
    const siteId = site.connection.blogId as SiteId;
    expect(await disconnectSite({ store, client: hub.client, clock: Date.now }, siteId)).toEqual({ isSiteTold: true, reason: null });
    expect(site.connection.blogToken).toBeNull();
  });

  it('replaces all tokens of a site that is connected already, and keeps its id', async () => {
    const site = await hub.startSite();
    await connect(site, 'maria');
    const { blogId, blogToken } = site.connection;
    expect(await connect(site, 'maria')).toMatchObject({ kind: 'connected', siteId: blogId });
    expect(site.connection.blogToken).not.toBe(blogToken);
    expect(site.calls.filter((call) => call.route === 'jetpack/v4/remote_register').map((call) => call.as)).toEqual(['nobody', 'site']);
  });

  it('connects a site that lost its connection behind our back', async () => {
    const site = await hub.startSite();
    await connect(site, 'maria');
    const { blogId } = site.connection;
    Object.assign(site.connection, { blogToken: null, blogId: null, masterUser: null });
    site.connection.userTokens.clear();
    expect(await connect(site, 'maria')).toMatchObject({ kind: 'connected', siteId: blogId });
  });

  it.each([
    ['nobody', 'input_error', 'the site has no such user'],
    ['edgar', 'local_user_not_allowed', 'name an administrator'],
  ])('fails as user %s, and says why', async (user, code, words) => {
    const site = await hub.startSite();
    const outcome = await connect(site, user);
    expect(outcome).toMatchObject({ kind: 'not-connected', code, message: expect.stringContaining(words) as string });
    expect(await storedSites(store, site.url)).toHaveLength(0);
    expect(await openNonces(site)).toHaveLength(0);
  });

  it('fails for a site that is connected elsewhere, and for one whose configuration names another server', async () => {
    const elsewhere = await hub.startSite();
    elsewhere.adopt({ blogId: 4242, blogToken: 'a.b', userTokens: { 1: 'c.d' }, masterUser: 1 });
    expect(await connect(elsewhere, 'maria')).toMatchObject({ kind: 'not-connected', message: expect.stringContaining('connected already') as string });
    const stranger = await startHub(store, { registration: 'open' });
    try {
      const site = await stranger.startSite({ hubUrl: `${stranger.url}/other` });
      expect(await connect(site, 'maria')).toMatchObject({ kind: 'not-connected', code: 'invalid_nonce', message: expect.stringContaining('wp-config.php') as string });
      expect(await storedSites(store, site.url)).toHaveLength(0);
    } finally {
      await stranger.close();
    }
  });

  it('forgets a token that the site refused, and keeps one whose fate is unknown', async () => {
    const site = await hub.startSite();
    await connect(site, 'maria');
    const id = site.connection.blogId as SiteId;
    expect(await pushUserToken(context(), id, 99, false)).toMatchObject({ code: 'user_token_refused' });
    expect(await storedSites(store, site.url)).toMatchObject([{ users: [1] }]);
    site.failNext('jetpack/v4/user-token', { kind: 'lose-answer' });
    expect(await pushUserToken(context(), id, 2, false)).toMatchObject({ code: 'user_token_refused' });
    expect(await storedSites(store, site.url)).toMatchObject([{ users: [1, 2] }]);
    expect(site.connection.userTokens.has(2)).toBe(true);
    expect(await pushUserToken(context(), id, 2, false)).toBeNull();
    expect((await site.callHub({ as: { userId: 2 }, method: 'GET', path: `/wpcom/v2/sites/${id}/jetpack-wpcom-user-data` })).status).toBe(200);
  });
});

describe('disconnecting a site from here', () => {
  it('tells the site and forgets its tokens on both sides; it may connect again', async () => {
    const site = await hub.startSite();
    await connect(site, 'maria');
    const id = site.connection.blogId as SiteId;
    expect(await disconnectSite(context(), id)).toEqual({ isSiteTold: true, reason: null });
    expect(site.connection).toMatchObject({ blogToken: null, blogId: null });
    expect(await storedSites(store, site.url)).toMatchObject([{ id, hasToken: false, owner: null, isDisconnected: true, users: [] }]);
    expect(await site.register({ user: 1 })).toEqual({ ok: true, value: id });
  });

  it('uses REST where XML-RPC is blocked', async () => {
    const site = await hub.startSite();
    await connect(site, 'maria');
    site.failNext(/^xmlrpc:/, { kind: 'status', status: 403, body: 'Forbidden', contentType: 'text/html' }, 2);
    expect(await disconnectSite(context(), site.connection.blogId as SiteId)).toMatchObject({ isSiteTold: true });
    expect(site.connection.blogToken).toBeNull();
  });

  it('forgets the tokens also when the site cannot be told, and says so', async () => {
    const site = await hub.startSite();
    await connect(site, 'maria');
    const id = site.connection.blogId as SiteId;
    await site.refuse();
    expect(await disconnectSite(context(), id)).toMatchObject({ isSiteTold: false, reason: expect.any(String) as string });
    expect(await storedSites(store, site.url)).toMatchObject([{ hasToken: false, users: [] }]);
    await site.accept();
    expect((await site.callHub({ as: 'site', method: 'GET', path: `/rest/v1.1/sites/${id}` })).json).toMatchObject({ code: 'unknown_token' });
  });
});
