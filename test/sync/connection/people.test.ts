// People of a site: the authorize flow over HTTP with a double of a stock site, what a stolen link or code cannot do, and what ends it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SiteId } from '../../../core/ids.js';
import { createAccount } from '../../../store/accounts.js';
import type { Store } from '../../../store/store.js';
import type { AuthorizeRefusal, AuthorizeRequest } from '../../../sync/connection/authorize-desk.js';
import { requestFirstSync } from '../../../sync/connection/first-sync.js';
import type { SiteDouble } from '../../testkit/site-double/index.js';
import { openTestStore } from '../../testkit/store.js';
import { ask, startHub, storedSites, type Answer, type Hub } from './hub.js';

let store: Store;
let hub: Hub;
let site: SiteDouble;

beforeAll(async () => {
  store = await openTestStore();
  hub = await startHub(store);
});
beforeEach(async () => {
  hub.clock.aheadMs = 0;
  site = await hub.startSite();
  await site.register({ user: 1 });
});
afterAll(() => hub.close());

let logins = 0;
const makeAccount = async (): Promise<string> => {
  logins += 1;
  return (await createAccount(store, { kind: 'person', login: `person-${process.pid}-${Date.now()}-${logins}`, passwordHash: 'none' })).id;
};
const queryOf = (url: string): string => url.slice(url.indexOf('?') + 1);
const requestOf = async (url: string): Promise<AuthorizeRequest> => {
  const described = await hub.desk.describe(queryOf(url));
  if (described.kind !== 'request') throw new Error(`expected a request, got ${described.code}`);
  return described;
};
const approve = async (url: string, account: string): Promise<string> => {
  const redirect = await hub.desk.approve(await requestOf(url), account);
  if (typeof redirect !== 'string') throw new Error(`expected a redirect, got ${redirect.code}`);
  return redirect;
};
const connect = async (userId: number, account: string): Promise<unknown> => site.visitRedirect(await approve(site.authorizeUrl(userId), account), userId);
const linksOf = async (account: string): Promise<unknown[]> => store.database.query('SELECT site_id AS "siteId", user_id AS "userId" FROM account_user WHERE account_id = $1::uuid', [account]);
const id = (): number => site.connection.blogId ?? 0;
const stored = async () => (await storedSites(store, site.url))[0];

describe('the authorize flow', () => {
  it('describes who asks, and connects that user when the site redeems the code', async () => {
    const account = await makeAccount();
    const url = site.authorizeUrl(1).replace('Quay+Street+Cycles', 'Quay+%26amp%3B+Street');
    // The name comes as HTML.
    expect(await requestOf(url)).toMatchObject({
      siteId: id(), siteUrl: site.url, siteName: 'Quay & Street', userId: 1, userLogin: 'maria', role: 'administrator', hasOwner: false,
      redirectUri: expect.stringContaining(`${site.url}/wp-admin/admin.php?`) as string,
    });
    const redirect = await approve(url, account);
    expect(redirect.startsWith(`${site.url}/wp-admin/admin.php?`)).toBe(true);
    expect(await linksOf(account)).toHaveLength(0);
    expect(await site.visitRedirect(redirect, 1)).toEqual({ ok: true, value: 'authorized' });
    expect(await linksOf(account)).toEqual([{ siteId: id(), userId: 1 }]);
    expect(await stored()).toMatchObject({ owner: 1, users: [1] });
  });

  it('lets calls be signed as that user, in both directions', async () => {
    await connect(1, await makeAccount());
    const path = `/wpcom/v2/sites/${id()}/jetpack-wpcom-user-data`;
    expect((await site.callHub({ as: { userId: 1 }, method: 'GET', path })).json).toMatchObject({ ID: 1 });
    const answer = await hub.client.rest(id() as SiteId, { as: { kind: 'user', userId: 1 }, method: 'POST', route: 'jetpack/v4/module/stats/active', json: { active: false } });
    expect(answer).toMatchObject({ kind: 'answer', status: 200 });
    expect(site.calls.at(-1)).toMatchObject({ as: 1, refusal: null });
  });

  it('connects several users of a site, the first of whom owns the connection', async () => {
    expect(await connect(1, await makeAccount())).toEqual({ ok: true, value: 'authorized' });
    expect(await requestOf(site.authorizeUrl(2))).toMatchObject({ role: 'editor', hasOwner: true });
    expect(await connect(2, await makeAccount())).toEqual({ ok: true, value: 'linked' });
    expect(await stored()).toMatchObject({ owner: 1, users: [1, 2] });
  });

  it('asks for a full sync when the first user of a registration connects, and never again', async () => {
    const runs = async (): Promise<unknown[]> => store.database.query('SELECT kind, requested_by AS "requestedBy" FROM sync_run WHERE site_id = $1', [id()]);
    expect(await runs()).toHaveLength(0);
    await connect(1, await makeAccount());
    await connect(2, await makeAccount());
    await requestFirstSync(store, id() as SiteId);
    expect(await runs()).toEqual([{ kind: 'FULL', requestedBy: 'connection' }]);
  });

  it('sends whoever declines back to the site', async () => {
    const redirect = await hub.desk.deny(await requestOf(site.authorizeUrl(1)));
    expect(await site.visitRedirect(redirect, 1)).toMatchObject({ ok: false, code: 'access_denied' });
  });

  it('makes tokens that the health check knows', async () => {
    await connect(1, await makeAccount());
    expect(await site.askTokenHealth(1)).toEqual({ blog_token: { is_healthy: true }, user_token: { is_healthy: true } });
  });

  it('leads a browser with an invitation in its path to the page without one', async () => {
    const answer = await ask(`${hub.url}/i/CODE/jetpack.authorize/1/?client_id=1&scope=a%3Ab`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/jetpack.authorize/1/?client_id=1&scope=a%3Ab');
    expect(await ask(`${hub.url}/jetpack.authorize/1/?client_id=1`)).toMatchObject({ status: 404, json: { error: 'authorization_unavailable' } });
  });
});

describe('an authorize request', () => {
  const changed = async (changes: Readonly<Record<string, string | null>>): Promise<AuthorizeRequest | AuthorizeRefusal> => {
    const query = new URLSearchParams(queryOf(site.authorizeUrl(2)));
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    return hub.desk.describe(query.toString());
  };

  it.each([
    ['names no site', { client_id: '77' }, 'unknown_site'],
    ['asks as another user than the site signed', { state: '1' }, 'invalid_scope'],
    ['asks for another role than the site signed', { scope: 'administrator:0123456789abcdef0123456789abcdef' }, 'invalid_scope'],
    ['names no user', { state: '' }, 'malformed_request'],
    ['asks for something else', { response_type: 'token' }, 'malformed_request'],
    ['has no secret of the site', { secret: null }, 'malformed_request'],
    ['comes from another site', { site_url: 'http://elsewhere.example' }, 'site_mismatch'],
  ])('is refused when it %s', async (_what, changes, code) => {
    expect(await changed(changes)).toMatchObject({ kind: 'refusal', code });
  });

  it('is refused when it would lead away from the site, or log in through us', async () => {
    const { host } = new URL(site.url);
    for (const away of [
      'https://evil.example/', `https://${host}.evil.example/`, `https://evil.example/${host}`, `http://${host}@evil.example/`, `//evil.example/`, 'javascript:alert(1)', '', `http://127.0.0.1:1/wp-admin/`,
      `\\\\evil.example\\${host}`, `data:text/html,${host}`,
    ]) {
      expect(await changed({ redirect_uri: away })).toMatchObject({ code: 'invalid_redirect' });
    }
    expect(await changed({ redirect_uri: `${site.url}/wp-login.php?action%3Djetpack-sso` })).toMatchObject({ code: 'sso_not_supported' });
    expect(await changed({ redirect_uri: `${site.url}/wp-login.php?action=jetpack-sso` })).toMatchObject({ code: 'sso_not_supported' });
    expect(await changed({ redirect_uri: `${site.url}/wp-admin/#/x` })).toMatchObject({ kind: 'request', redirectUri: `${site.url}/wp-admin/` });
  });

  it('is refused once the site is disconnected or has another token', async () => {
    const url = site.authorizeUrl(1);
    await site.register({ user: 1 });
    expect(await hub.desk.describe(queryOf(url))).toMatchObject({ code: 'invalid_scope' });
    const fresh = site.authorizeUrl(1);
    await site.disconnect({ user: 1 });
    expect(await hub.desk.describe(queryOf(fresh))).toMatchObject({ code: 'unknown_site' });
  });
});

describe('a stolen authorize link', () => {
  it('gives a thief nothing, for the site asks for the session of the user who asked', async () => {
    const thief = await makeAccount();
    const redirect = await approve(site.authorizeUrl(1), thief);
    expect(await site.visitRedirect(redirect, 4)).toMatchObject({ ok: false, code: 'wrong_state' });
    expect(await linksOf(thief)).toHaveLength(0);
    expect(await stored()).toMatchObject({ users: [], owner: null });
  });

  it('belongs to the first account that approves it', async () => {
    const url = site.authorizeUrl(1);
    const [owner, thief] = [await makeAccount(), await makeAccount()];
    await approve(url, owner);
    expect(await hub.desk.approve(await requestOf(url), thief)).toMatchObject({ kind: 'refusal', code: 'link_used' });
    expect(await site.visitRedirect(await approve(url, owner), 1)).toMatchObject({ ok: true });
    expect(await linksOf(owner)).toHaveLength(1);
  });

  it('never takes a user from the account that the user is linked to', async () => {
    const [owner, thief] = [await makeAccount(), await makeAccount()];
    const early = await approve(site.authorizeUrl(1), thief);
    await connect(1, owner);
    expect(await hub.desk.approve(await requestOf(site.authorizeUrl(1)), thief)).toMatchObject({ code: 'already_linked' });
    expect(await site.visitRedirect(early, 1)).toMatchObject({ ok: false, code: 'already_linked' });
    expect(await linksOf(owner)).toHaveLength(1);
    expect(await linksOf(thief)).toHaveLength(0);
  });
});

describe('the token request', () => {
  const redeem = (changes: Readonly<Record<string, string>> = {}, of: SiteDouble = site): Promise<Answer> => ask(`${hub.url}/jetpack.token/1/`, new URLSearchParams({
    client_id: String(of.connection.blogId), client_secret: of.connection.blogToken ?? '', grant_type: 'authorization_code', redirect_uri: site.url, ...changes,
  }));
  const codeFor = async (userId = 1): Promise<string> => new URL(await approve(site.authorizeUrl(userId), await makeAccount())).searchParams.get('code') ?? '';

  it('is refused for a wrong, changed or expired code, and changes nothing', async () => {
    const code = await codeFor(2);
    for (const wrong of ['', 'nonsense', `${'0'.repeat(48)}.editor`, code.replace('.editor', '.administrator')]) {
      expect(await redeem({ code: wrong })).toMatchObject({ status: 400, json: { error: 'invalid_grant', error_description: expect.any(String) as string } });
    }
    hub.clock.aheadMs = 121_000;
    expect(await redeem({ code })).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect(await stored()).toMatchObject({ users: [], owner: null });
  });

  it('is answered once a code', async () => {
    const code = await codeFor();
    const first = await redeem({ code });
    expect(first).toMatchObject({ status: 200, json: { token_type: 'X_JETPACK', scope: expect.stringMatching(/^administrator:[0-9a-f]{32}$/) as string } });
    const [{ key } = { key: '' }] = await store.database.query<{ key: string }>('SELECT token_key AS key FROM site_user_token WHERE site_id = $1', [id()]);
    expect(await redeem({ code })).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect(await store.database.query('SELECT token_key AS key FROM site_user_token WHERE site_id = $1', [id()])).toEqual([{ key }]);
    expect(String(first.json?.['access_token']).split('.')[0]).toBe(key);
  });

  it('is refused without the whole token of the site, and for the code of another site', async () => {
    const code = await codeFor();
    const token = site.connection.blogToken ?? '';
    for (const changes of [{ client_secret: '' }, { client_secret: token.slice(0, -1) }, { client_secret: token.split('.')[1] ?? '' }, { client_id: '1' }, { client_id: 'x' }]) {
      expect(await redeem({ code, ...changes })).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    }
    const other = await hub.startSite();
    await other.register({ user: 1 });
    expect(await redeem({ code }, other)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect(await redeem({ code, client_id: String(id()) }, other)).toMatchObject({ status: 401 });
    expect(await redeem({ code, grant_type: 'password' })).toMatchObject({ status: 400, json: { error: 'unsupported_grant_type' } });
    expect((await redeem({ code })).status).toBe(200);
  });

  it('keeps no token in the clear', async () => {
    const answer = await redeem({ code: await codeFor() });
    const secret = String(answer.json?.['access_token']).split('.')[1] ?? '';
    const [{ token } = { token: new Uint8Array() }] = await store.database.query<{ token: Uint8Array }>('SELECT token FROM site_user_token WHERE site_id = $1', [id()]);
    expect(secret).toHaveLength(32);
    expect(Buffer.from(token).toString('latin1')).not.toContain(secret);
  });
});

describe('a connected person', () => {
  it('is forgotten with the link of their account when the site unlinks them', async () => {
    const account = await makeAccount();
    await connect(1, account);
    await connect(2, await makeAccount());
    expect(await site.unlinkUser(1)).toBe(true);
    expect(await linksOf(account)).toHaveLength(0);
    expect(await stored()).toMatchObject({ owner: null, users: [2] });
  });

  it('becomes the owner when the site says so, unless they have no token', async () => {
    await connect(1, await makeAccount());
    await connect(2, await makeAccount());
    const hand = (owner: number) => hub.client.rest(id() as SiteId, { as: { kind: 'user', userId: 1 }, method: 'POST', route: 'jetpack/v4/connection/owner', json: { owner } });
    expect(await hand(2)).toMatchObject({ kind: 'answer', status: 200 });
    expect(site.connection.masterUser).toBe(2);
    expect(await stored()).toMatchObject({ owner: 2 });
    site.connection.userTokens.set(3, 'x.y.3');
    expect(await hand(3)).toMatchObject({ kind: 'answer', status: 500 });
    expect(await stored()).toMatchObject({ owner: 2 });
  });

  it('may replace the token of the site, which ends the former one', async () => {
    await connect(1, await makeAccount());
    const former = site.connection.blogToken;
    expect(await site.refreshBlogToken(1)).toBe(true);
    expect(site.connection.blogToken).not.toBe(former);
    const path = `/rest/v1.1/sites/${id()}`;
    expect((await site.callHub({ as: 'site', method: 'GET', path })).status).toBe(200);
    site.connection.blogToken = former;
    expect((await site.callHub({ as: 'site', method: 'GET', path })).json).toMatchObject({ code: 'unknown_token' });
  });

  it('never acts on another site with their token', async () => {
    await connect(1, await makeAccount());
    const other = await hub.startSite();
    await other.register({ user: 1 });
    const answer = await site.callHub({ as: { userId: 1 }, method: 'GET', path: `/wpcom/v2/sites/${other.connection.blogId}/jetpack-wpcom-user-data` });
    expect(answer).toMatchObject({ status: 403, json: { code: 'invalid_token' } });
    const refresh = await site.callHub({ as: 'site', method: 'POST', path: `/wpcom/v2/sites/${id()}/jetpack-refresh-blog-token` });
    expect(refresh).toMatchObject({ status: 403, json: { code: 'invalid_token' } });
  });
});
