// What a stock site asks besides syncing: quick JSON for all of it, signed where it must be.
import fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../core/log.js';
import type { Store } from '../../store/store.js';
import { registerSync } from '../../sync/server.js';
import { createNonce } from '../../sync/protocol/sign-request.js';
import { signTokenHealth } from '../../sync/protocol/signature.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';
import { addTestSite, callXmlRpc, entryOf, postItems, send, startSyncServer, storedTerms, syncQuery, termEntry, toAnswer, type Answer, type TestServer, type TestSite } from './http-site.js';

describe('the sync server, asked what a site asks besides syncing,', () => {
  let store: Store;
  let server: TestServer;
  let site: TestSite;

  beforeAll(async () => {
    store = await openTestStore();
    server = await startSyncServer(store);
  });
  beforeEach(async () => {
    site = await addTestSite(store, nextSiteId());
  });
  afterAll(() => server.close());

  const ask = (path: string, options: Parameters<typeof send>[2] = {}): Promise<Answer> =>
    send(site, `${server.url}${path}${path.includes('?') ? '&' : '?'}home=${site.url}&siteurl=${site.url}&idc=1`, options);
  const asPerson = () => ({ token: site.userToken, userId: 1 });

  it('answers the plan, upgrades, site, features and connection test', async () => {
    expect((await ask(`/wpcom/v2/sites/${site.id}/jetpack-search/plan`)).json).toEqual({ supports_instant_search: false, supports_only_classic_search: false, supports_search: false });
    expect((await ask(`/rest/v1.2/upgrades?site=${site.id}`)).json).toEqual([]);
    expect((await ask(`/rest/v1.1/sites/${site.id}`)).json).toMatchObject({ ID: site.id, URL: site.url, plan: { product_slug: 'jetpack_free' } });
    expect((await ask(`/rest/v1.1/sites/${site.id}/features`)).json).toEqual({ active: [], available: {} });
    expect((await ask(`/rest/v1.1/jetpack-blogs/${site.id}/test-connection`)).json).toEqual({ connected: true, message: 'OK' });
    expect((await ask(`/wpcom/v2/sites/${site.id}/jetpack-token-health/blog`)).json).toEqual({ is_healthy: true });
    for (const name of ['jetpack-package-versions', 'jetpack-active-connected-plugins']) {
      const body = Buffer.from('{"package_versions":{}}');
      expect(await ask(`/wpcom/v2/sites/${site.id}/${name}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).toMatchObject({ status: 200, json: {} });
    }
  });

  it('demands a signature and the right site for what is a site’s own', async () => {
    const path = `/wpcom/v2/sites/${site.id}/jetpack-search/plan`;
    expect(await fetch(`${server.url}${path}`).then(toAnswer)).toMatchObject({ status: 401, json: { code: 'missing_authorization' } });
    expect(await ask(path.replace(String(site.id), '1'))).toMatchObject({ status: 403, json: { code: 'invalid_token' } });
    expect(await ask(`/wpcom/v2/sites/${site.id}/jetpack-wpcom-user-data`)).toMatchObject({ status: 403, json: { code: 'invalid_token' } });
    expect(await ask(`/wpcom/v2/sites/${site.id}/jetpack-token-health/blog`, asPerson())).toMatchObject({ status: 403 });
  });

  it('tells a connected person who they are', async () => {
    const person = { ID: '1', user_login: 'maria', user_email: 'maria@site.example', user_nicename: 'maria', user_url: '', user_registered: '2026-01-01 00:00:00', display_name: 'Maria' };
    const user = { data: person, ID: 1, roles: ['administrator'], caps: { administrator: true }, allcaps: {}, locale: 'en_US' };
    await postItems(server, site, [entryOf('jetpack_sync_save_user', [user])]);
    const answer = await ask(`/wpcom/v2/sites/${site.id}/jetpack-wpcom-user-data`, asPerson());
    expect(answer.json).toMatchObject({ ID: 1, login: 'maria', email: 'maria@site.example', display_name: 'Maria', text_direction: 'ltr', site_count: 1, jetpack_connect: null });
  });

  it('tells a connected person of a Jetpack of 2023 who they are, and that nothing was bought', async () => {
    const named = await callXmlRpc(server, site, 'wpcom.getUser', [], {}, asPerson());
    expect(named.text).toContain('<name>login</name>');
    expect(named.text).not.toContain('<fault>');
    expect((await callXmlRpc(server, site, 'wpcom.getUserEmail', [], {}, asPerson())).text).toContain('<string>');
    expect((await callXmlRpc(server, site, 'wpcom.getUser', [])).text).toContain('<boolean>0</boolean>');
    expect((await ask(`/rest/v1.1/sites/${site.id}/purchases`, asPerson())).json).toEqual([]);
  });

  it('tells which of a site’s tokens are healthy', async () => {
    const field = (token: string, userId: number, secret?: string) => {
      const [key = '', own = ''] = token.split('.');
      const parts = { token: `${key}:1:${userId}`, timestamp: String(Math.floor(Date.now() / 1000)), nonce: createNonce() };
      return `token="${parts.token}" timestamp="${parts.timestamp}" nonce="${parts.nonce}" signature="${signTokenHealth(parts, secret ?? own)}"`;
    };
    const check = async (fields: Record<string, string>, id: number = site.id) =>
      toAnswer(await fetch(`${server.url}/wpcom/v2/sites/${id}/jetpack-token-health`, { method: 'POST', body: new URLSearchParams(fields) }));
    expect((await check({ blog_token: field(site.blogToken, 0), user_token: field(site.userToken, 1) })).json)
      .toEqual({ blog_token: { is_healthy: true }, user_token: { is_healthy: true } });
    expect((await check({ blog_token: field(site.blogToken, 0, 'wrong'), user_token: field('nobody.knows', 1) })).json)
      .toEqual({ blog_token: { is_healthy: false, code: 'signature_mismatch' }, user_token: { is_healthy: false, code: 'unknown_token' } });
    const other = await addTestSite(store, nextSiteId());
    expect((await check({ blog_token: field(other.blogToken, 0) })).json).toMatchObject({ blog_token: { is_healthy: false } });
    expect((await check({})).status).toBe(400);
  });

  it('tells a copy of the site, when it validates itself, that it is one', async () => {
    const url = `${server.url}/wpcom/v2/sites/${site.id}/jetpack-token-health/blog?home=https%3A%2F%2Fcopy.example&siteurl=https%3A%2F%2Fcopy.example&idc=1&idc_validation=1`;
    expect((await send(site, url)).json).toMatchObject({ idc_detected: { error_code: 'jetpack_url_mismatch', wpcom_siteurl: site.url } });
  });

  it('answers everything else with a JSON 404, whatever the method', async () => {
    for (const path of ['/wpcom/v2/sites/1/blaze/status', '/rest/v1.1/sites/1/stats/visits', '/wpcom/v2/jetpack-protect-weak-password/abcde', '/jetpack.unheard/1/', '/jetpack.partner_provision_nonce_check/1/?nonce=x', '/wpcom/v3/x%20y', '/rest/']) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const answer = await fetch(`${server.url}${path}`, { method, redirect: 'manual', ...(method === 'GET' ? {} : { body: 'x=1' }) }).then(toAnswer);
        expect(answer).toMatchObject({ status: 404, json: { code: 'rest_no_route', message: 'Not implemented', data: { status: 404 } } });
      }
    }
  });

  it('says that it is there, and that it registers nobody', async () => {
    for (const path of ['/jetpack.test/1/', '/jetpack.testsite/1/?url=http%3A%2F%2Fx.example', '/jetpack.test/1']) {
      expect(await fetch(`${server.url}${path}`).then(toAnswer)).toMatchObject({ status: 200, text: 'OK' });
    }
    for (const name of ['register', 'token', 'authorize']) {
      const answer = await fetch(`${server.url}/jetpack.${name}/1/`, { method: 'POST', body: new URLSearchParams({ siteurl: site.url }) }).then(toAnswer);
      expect(answer).toMatchObject({ status: 403, json: { error: 'registration_closed', error_description: expect.any(String) as string } });
    }
  });

  it('answers the XML-RPC methods of a connection and no others', async () => {
    const yes = '<boolean>1</boolean>';
    expect((await callXmlRpc(server, site, 'jetpack.switchBlogOwner', [{ new_blog_owner: 1 }], {}, asPerson())).text).toContain(yes);
    expect((await callXmlRpc(server, site, 'jetpack.switchBlogOwner', [{ new_blog_owner: 2 }], {}, asPerson())).text).toContain('<boolean>0</boolean>');
    const multicall = [{ methodName: 'jetpack.updateRole', params: [2, 'editor:abc'] }, { methodName: 'jetpack.unheardOf', params: [] }];
    const results = await callXmlRpc(server, site, 'system.multicall', [multicall], {}, asPerson());
    expect(results.text).toContain(`<array><data><value>${yes}</value></data></array>`);
    expect(results.text).toContain('-32601');
    expect((await callXmlRpc(server, site, 'jetpack.subscribeToSite', ['x@example.org'])).text).toContain('-32601');
    expect((await callXmlRpc(server, site, 'constructor', [])).text).toContain('-32601');
    const broken = await send(site, `${server.url}/xmlrpc.php?${syncQuery(site)}`, { method: 'POST', body: Buffer.from('<!DOCTYPE x><methodCall/>') });
    expect(broken).toMatchObject({ status: 200 });
    expect(broken.text).toContain('-32700');
    expect(await fetch(`${server.url}/xmlrpc.php`).then(toAnswer)).toMatchObject({ status: 200 });
  });

  it('forgets the token of a person who is unlinked', async () => {
    expect((await ask(`/rest/v1.1/sites/${site.id}`, asPerson())).status).toBe(200);
    expect((await callXmlRpc(server, site, 'jetpack.unlink_user', [1])).text).toContain('<boolean>1</boolean>');
    expect(await ask(`/rest/v1.1/sites/${site.id}`, asPerson())).toMatchObject({ status: 401, json: { code: 'unknown_token' } });
  });

  it('believes a site no longer once it has deregistered, and keeps its rows', async () => {
    await postItems(server, site, [termEntry(1, 'kept')]);
    expect((await callXmlRpc(server, site, 'jetpack.deregister', [1])).text).toContain('<boolean>1</boolean>');
    expect(await postItems(server, site, [termEntry(2, 'late')])).toMatchObject({ status: 401, json: { code: 'unknown_token' } });
    const [row] = await store.database.query<{ at: Date | null }>('SELECT disconnected_at AS at FROM site WHERE id = $1', [site.id]);
    expect(row?.at).toBeInstanceOf(Date);
    expect(await storedTerms(store, site.id)).toEqual(new Map([[1, 'kept']]));
  });

  it('verifies against the public URL, with its path and its port, also when a proxy cuts the path', async () => {
    for (const publicUrl of ['https://hub.example.net', 'https://hub.example.net:8443/sites/sync']) {
      const behind = await startSyncServer(store, { publicUrl });
      try {
        const path = `/wpcom/v2/sites/${site.id}/jetpack-sync-actions?${syncQuery(site)}`;
        const prefix = new URL(publicUrl).pathname.replace(/\/$/, '');
        const post = (called: string, signed: string) => send(site, `${behind.url}${called}`, {
          method: 'POST', kind: 'jsonl', body: Buffer.from(`{"k":"${termEntry(1, 'a').encoded}"}`), signedUrl: `${new URL(publicUrl).origin}${signed}`,
        });
        expect((await post(`${prefix}${path}`, `${prefix}${path}`)).processed).toEqual(['k']);
        expect((await post(path, `${prefix}${path}`)).processed).toEqual(['k']);
        expect(await postItems(behind, site, [termEntry(1, 'a')])).toMatchObject({ status: 401, json: { code: 'signature_mismatch' } });
        const xml = `/xmlrpc.php?${syncQuery(site)}`;
        const body = Buffer.from('<?xml version="1.0"?><methodCall><methodName>jetpack.updateRole</methodName></methodCall>');
        expect((await send(site, `${behind.url}${xml}`, { method: 'POST', body, signedUrl: `${new URL(publicUrl).origin}${xml}` })).text).toContain('<boolean>1</boolean>');
      } finally {
        await behind.close();
      }
    }
  });

  it('leaves the other routes of the server as they are', async () => {
    const app = fastify();
    app.post('/graphql', (request) => ({ body: request.body }));
    await registerSync(app, { store, publicUrl: null, log: createLog('silent') });
    const answer = await app.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload: '{"a":1}' });
    expect(answer.json()).toEqual({ body: { a: 1 } });
    expect((await app.inject({ method: 'POST', url: '/graphql', headers: { 'content-type': 'text/nonsense' }, payload: 'x' })).statusCode).toBe(415);
    await app.close();
  });
});
