// Registration over HTTP: a double of a stock site registers; whoever cannot prove its address, or may not register, is refused.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../store/store.js';
import type { SiteId } from '../../../core/ids.js';
import { insertGrant, issueGrant } from '../../../store/grants.js';
import { wholeBlogToken } from '../../../store/connections.js';
import { inviteSite } from '../../../sync/connection/invitations.js';
import { openTestStore } from '../../testkit/store.js';
import { ask, registrationForm, startHub, storedSites, type Answer, type Hub } from './hub.js';

let store: Store;
let hub: Hub;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  store = await openTestStore();
  hub = await startHub(store);
});
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
afterAll(() => hub.close());

const registerAt = (base: string, form: URLSearchParams, headers = {}): Promise<Answer> => ask(`${base}/jetpack.register/1/`, form, headers);
const address = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const hubWith = async (options: Parameters<typeof startHub>[1]): Promise<Hub> => {
  const made = await startHub(store, options);
  open.push(made);
  return made;
};

describe('registration', () => {
  it('calls the site back, gives it an id and a token, and believes it from then on', async () => {
    const site = await hub.startSite();
    const before = Date.now();
    expect(await site.register({ user: 1 })).toMatchObject({ ok: true });
    const [stored] = await storedSites(store, site.url);
    expect(stored).toMatchObject({ hasToken: true, owner: null, isDisconnected: false, users: [] });
    expect(String(stored?.id)).toMatch(/^[1-9]\d{8}$/);
    expect(site.connection.blogId).toBe(stored?.id);
    expect(site.connection.blogToken).toMatch(/^[A-Za-z0-9]{32}\.[A-Za-z0-9]{32}$/);
    expect(site.calls.filter((call) => call.route === 'jetpack/v4/verify_registration')).toHaveLength(1);
    expect((await site.callHub({ as: 'site', method: 'GET', path: `/rest/v1.1/sites/${stored?.id}` })).json).toMatchObject({ ID: stored?.id });
    expect(Math.abs(site.connection.timeDiff)).toBeLessThanOrEqual(1);
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it('answers with a Date that sets the clock of a site that is ten minutes off', async () => {
    const site = await hub.startSite({ clock: () => Date.now() - 600_000 });
    await site.register({ user: 1 });
    expect(Math.abs(site.connection.timeDiff - 600)).toBeLessThanOrEqual(2);
    expect((await site.callHub({ as: 'site', method: 'GET', path: `/rest/v1.1/sites/${site.connection.blogId}` })).status).toBe(200);
  });

  it('works where only the query form of the REST API is served', async () => {
    const site = await hub.startSite({ prettyPermalinks: false });
    expect(await site.register({ user: 1 })).toMatchObject({ ok: true });
  });

  it('works over XML-RPC where the REST API is switched off, and in neither way when both are', async () => {
    const site = await hub.startSite();
    const off = { kind: 'status', status: 401, body: '{"code":"rest_login_required","message":"REST API restricted to authenticated users.","data":{"status":401}}' } as const;
    site.failNext('jetpack/v4/verify_registration', off, 2);
    expect(await site.register({ user: 1 })).toMatchObject({ ok: true });
    expect(site.calls.map((call) => call.route)).toContain('xmlrpc:jetpack.verifyRegistration');
    site.failNext(/^xmlrpc:/, { kind: 'status', status: 403, body: 'Forbidden', contentType: 'text/html' }, 2);
    expect(await site.register({ user: 1 })).toMatchObject({ ok: false, code: 'verification_failed' });
  });

  it('keeps id and rows of a site that registers again, and ends all its former tokens at once', async () => {
    const site = await hub.startSite();
    await site.register({ user: 1 });
    const { blogId, blogToken } = site.connection;
    await store.database.query('INSERT INTO site_user_token (site_id, user_id, token, token_key) VALUES ($1, 7, $2, $3)', [blogId, Buffer.from('x'), `old${blogId}`]);
    expect(await site.register({ user: 1 })).toEqual({ ok: true, value: blogId });
    expect(site.connection.blogToken).not.toBe(blogToken);
    expect(await storedSites(store, site.url)).toMatchObject([{ id: blogId, users: [], owner: null }]);
    site.connection.blogToken = blogToken;
    expect((await site.callHub({ as: 'site', method: 'GET', path: `/rest/v1.1/sites/${blogId}` })).json).toMatchObject({ code: 'unknown_token' });
  });

  it('takes a site back that disconnected itself', async () => {
    const site = await hub.startSite();
    await site.register({ user: 1 });
    const { blogId } = site.connection;
    await site.disconnect({ user: 1 });
    expect(await storedSites(store, site.url)).toMatchObject([{ id: blogId, hasToken: false, isDisconnected: true }]);
    expect(await site.register({ user: 1 })).toEqual({ ok: true, value: blogId });
    expect(await storedSites(store, site.url)).toMatchObject([{ id: blogId, hasToken: true, isDisconnected: false }]);
  });

  it('knows a site whose address differs in scheme and www alone', async () => {
    const site = await hub.startSite({ url: (port) => `http://www.knots-${port}.example:${port}` });
    await site.register({ user: 1 });
    const { blogId } = site.connection;
    site.moveTo(site.url.replace('www.', ''));
    expect(await site.register({ user: 1 })).toEqual({ ok: true, value: blogId });
    expect(await storedSites(store, site.url)).toHaveLength(1);
  });

  it('keeps the id of a database that moved, when its former address proves it, and gives a copy an id of its own', async () => {
    const site = await hub.startSite({ url: (port) => `http://before-${port}.example:${port}` });
    await site.register({ user: 1 });
    const { blogId, blogToken } = site.connection;
    const formerUrl = site.url;
    const copy = await hub.startSite({ url: (port) => `http://copy-${port}.example:${port}` });
    Object.assign(copy.connection, { persistentBlogId: blogId });
    const copied = await copy.register({ user: 1 });
    expect(copied).toMatchObject({ ok: true });
    expect(copy.connection.blogId).not.toBe(blogId);
    expect(await storedSites(store, formerUrl)).toMatchObject([{ id: blogId, hasToken: true }]);
    expect((await wholeBlogToken(store, blogId as SiteId)) === blogToken).toBe(true);
    site.moveTo(`http://after-${site.port}.example:${site.port}`);
    expect(await site.register({ user: 1 })).toEqual({ ok: true, value: blogId });
    expect(await storedSites(store, formerUrl)).toHaveLength(0);
    expect(await storedSites(store, site.url)).toMatchObject([{ id: blogId }]);
  });
});

describe('a registration that proves nothing', () => {
  it.each([
    ['another secret', 400, '"nobody-knows-this"', 'verification_failed'],
    ['the first secret', 400, `"${'a1'.repeat(16)}"`, 'verification_failed'],
    ['no text', 400, '{"secret":"b2"}', 'verification_failed'],
    ['a page', 400, '<!doctype html><title>x</title>', 'site_not_wordpress'],
  ])('is refused when the site answers %s', async (_what, status, body, error) => {
    const url = await address(createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(request.method === 'POST' ? body : '{"name":"x"}');
    }));
    const answer = await registerAt(hub.url, registrationForm(url));
    expect(answer).toMatchObject({ status, json: { error, error_description: expect.any(String) as string } });
    expect(await storedSites(store, url)).toHaveLength(0);
  });

  it('is refused with the site’s own code when the secret was used, and when it is another’s', async () => {
    const site = await hub.startSite();
    const { secret1, secret2 } = site.makeRegistrationSecret(1);
    const form = registrationForm(site.url, { secret_1: secret1, secret_2: 'c3'.repeat(16) });
    expect(await registerAt(hub.url, form)).toMatchObject({ status: 400, json: { error: 'verification_failed' } });
    const replayed = await registerAt(hub.url, registrationForm(site.url, { secret_1: secret1, secret_2: secret2 }));
    expect(replayed.json).toEqual({ error: 'verification_failed', error_description: 'The site refused the verification call (verify_secrets_missing).' });
    expect(await storedSites(store, site.url)).toHaveLength(0);
  });

  it('is refused when it claims the home address of another site', async () => {
    const victim = await hub.startSite();
    const site = await hub.startSite();
    site.state.homeUrl = victim.url;
    expect(await site.register({ user: 1 })).toMatchObject({ ok: false, code: 'home_not_verified' });
    expect(await storedSites(store, site.url)).toHaveLength(0);
  });

  it.each([
    ['redirects', 'site_redirects', 302, { location: 'http://127.0.0.1:1/' }, ''],
    ['answers with a gigabyte', 'site_answer_too_large', 200, { 'content-length': '1073741824' }, 'x'],
  ])('is refused when the site %s', async (_what, error, status, headers, body) => {
    const url = await address(createServer((_request, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)));
    expect(await registerAt(hub.url, registrationForm(url))).toMatchObject({ status: 400, json: { error } });
    expect(await storedSites(store, url)).toHaveLength(0);
  });

  it('is refused when the site never finishes its answer, before the site itself gives up', async () => {
    const url = await address(createServer((_request, response) => response.writeHead(200).write('"')));
    const answer = await registerAt(hub.url, registrationForm(url, { timeout: '10' }));
    expect(answer).toMatchObject({ status: 400, json: { error: 'site_timeout' } });
    expect(await storedSites(store, url)).toHaveLength(0);
  });

  it.each([
    ['drips an answer that never ends', 20, 'x', 'site_timeout'],
    ['pours an answer without end', 0, 'x'.repeat(65_536), 'site_answer_too_large'],
  ])('is refused when the site %s', async (_what, pauseMs, piece, error) => {
    const url = await address(createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('"');
      const timer = setInterval(() => response.write(piece), pauseMs);
      response.on('close', () => clearInterval(timer));
    }));
    expect(await registerAt(hub.url, registrationForm(url, { timeout: '10' }))).toMatchObject({ status: 400, json: { error } });
    expect(await storedSites(store, url)).toHaveLength(0);
  });

  it('is refused when nobody answers there, and when the address is private where that is not allowed', async () => {
    const server = createServer();
    const url = await address(server);
    server.close();
    expect(await registerAt(hub.url, registrationForm(url))).toMatchObject({ status: 400, json: { error: 'site_unreachable' } });
    const guarded = await hubWith({ allowPrivateOrigins: false, registration: 'open' });
    for (const hostile of ['http://127.0.0.1:9', 'http://169.254.169.254', 'http://[::1]:9', 'http://2130706433', 'http://rebound.example']) {
      expect(await registerAt(guarded.url, registrationForm(hostile))).toMatchObject({ status: 400, json: { error: 'private_address' } });
      expect(await storedSites(store, hostile)).toHaveLength(0);
    }
  });

  it.each([
    ['siteurl', { siteurl: null }], ['siteurl', { siteurl: 'ftp://x.example' }], ['siteurl', { siteurl: 'http://user:pass@x.example' }], ['siteurl', { siteurl: 'http://x.example/?a' }],
    ['siteurl', { siteurl: `http://x.example/${'a'.repeat(600)}` }], ['home', { home: 'javascript:alert(1)' }], ['secret_1', { secret_1: 'short' }], ['secret_1', { secret_2: 'a1'.repeat(16) }],
    ['state', { state: '0' }], ['state', { state: '1; DROP' }],
  ])('is refused before anybody is called when %s cannot be used', async (field, changes) => {
    const answer = await registerAt(hub.url, registrationForm('http://x.example', changes));
    expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_request' } });
    expect(answer.json?.['error_description']).toContain(field);
  });

  it('is refused when it is too large, or asked in another way', async () => {
    expect(await registerAt(hub.url, registrationForm('http://x.example', { ABSPATH: 'x'.repeat(70_000) }))).toMatchObject({ status: 413, json: { error: 'body_too_large' } });
    expect(await ask(`${hub.url}/jetpack.register/1/`)).toMatchObject({ status: 405, json: { error: 'method_not_allowed' } });
  });

  it('is refused while the same site is being registered', async () => {
    const waiting: (() => void)[] = [];
    const called = new Promise<void>((resolve) => waiting.push(resolve));
    const url = await address(createServer(() => waiting.splice(0).forEach((resolve) => resolve())));
    const first = registerAt(hub.url, registrationForm(url, { timeout: '10' }));
    await called;
    expect(await registerAt(hub.url, registrationForm(url))).toMatchObject({ status: 409, json: { error: 'registration_in_progress' } });
    expect(await first).toMatchObject({ json: { error: 'site_timeout' } });
  });

  it('is refused with a time to wait when an address asks too often', async () => {
    const limited = await hubWith({ burst: 60 });
    const statuses: number[] = [];
    for (let count = 0; count < 12; count++) statuses.push((await registerAt(limited.url, registrationForm('nonsense'))).status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(10);
    const refused = await registerAt(limited.url, registrationForm('nonsense'));
    expect(refused).toMatchObject({ status: 429, json: { error: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const health = (headers = {}): Promise<Answer> => ask(`${limited.url}/wpcom/v2/sites/1/jetpack-token-health`, new URLSearchParams({ blog_token: 'x' }), headers);
    const statusesOfHealth: number[] = [];
    for (let count = 0; count < 9; count++) statusesOfHealth.push((await health()).status);
    expect(statusesOfHealth).toContain(429);
    expect((await health({ 'x-forwarded-for': '203.0.113.8' })).status).toBe(200);
    expect((await registerAt(limited.url, registrationForm('nonsense'), { 'x-forwarded-for': '203.0.113.9' })).status).toBe(400);
  });
});

describe('who may register', () => {
  it('is nobody new where registration is closed, and nobody is called for it', async () => {
    const closed = await hubWith({ registration: 'closed' });
    const site = await closed.startSite();
    expect(await site.register({ user: 1 })).toMatchObject({ ok: false, code: 'registration_closed' });
    expect(site.calls).toHaveLength(0);
    expect(await storedSites(store, site.url)).toHaveLength(0);
  });

  it('is whoever was admitted before, also where registration is closed', async () => {
    const site = await hub.startSite();
    await site.register({ user: 1 });
    const closed = await hubWith({ registration: 'closed' });
    const { secret1, secret2 } = site.makeRegistrationSecret(1);
    expect(await registerAt(closed.url, registrationForm(site.url, { secret_1: secret1, secret_2: secret2 }))).toMatchObject({ status: 200, json: { jetpack_id: site.connection.blogId } });
  });

  it('is one site an invitation, which stands in the API base', async () => {
    const inviting = await hubWith({ registration: 'invite' });
    const code = await inviteSite(store, null, new Date(Date.now() + 60_000), new Date());
    const site = await inviting.startSite();
    expect(await site.register({ user: 1 })).toMatchObject({ ok: false, code: 'invitation_required' });
    const invite = async (one: typeof site, text: string): Promise<Answer> => {
      const { secret1, secret2 } = one.makeRegistrationSecret(1);
      return registerAt(`${inviting.url}/i/${text}`, registrationForm(one.url, { secret_1: secret1, secret_2: secret2 }));
    };
    expect(await invite(site, 'f'.repeat(48))).toMatchObject({ status: 403, json: { error: 'invitation_required' } });
    expect(await invite(site, code)).toMatchObject({ status: 200, json: { jetpack_public: 1 } });
    const second = await inviting.startSite();
    expect(await invite(second, code)).toMatchObject({ status: 403, json: { error: 'invitation_required' } });
    expect(await storedSites(store, second.url)).toHaveLength(0);
    expect(await invite(site, code)).toMatchObject({ status: 200 });
  });

  it('is only the invited address where an invitation names one, and nobody once it expired', async () => {
    const inviting = await hubWith({ registration: 'invite' });
    const site = await inviting.startSite();
    const forOther = await inviteSite(store, 'https://other.example', new Date(Date.now() + 60_000), new Date());
    const expired = await inviteSite(store, null, new Date(Date.now() - 1), new Date());
    const forSite = await inviteSite(store, site.url, new Date(Date.now() + 60_000), new Date());
    const { secret1, secret2 } = site.makeRegistrationSecret(1);
    const form = registrationForm(site.url, { secret_1: secret1, secret_2: secret2 });
    for (const code of [forOther, expired]) expect(await registerAt(`${inviting.url}/i/${code}`, form)).toMatchObject({ status: 403 });
    expect(site.calls).toHaveLength(0);
    expect(await registerAt(`${inviting.url}/i/${forSite}`, form)).toMatchObject({ status: 200 });
  });

  it('is the site that a nonce was made for, once, after it asked about it', async () => {
    const closed = await hubWith({ registration: 'closed' });
    const site = await closed.startSite();
    const now = new Date();
    const key = site.url.replace('http://', '');
    const nonce = await issueGrant(store.database, { kind: 'nonce', siteUrl: key, expiresAt: new Date(now.getTime() + 60_000) }, now);
    await insertGrant(store.database, 'e'.repeat(48), { kind: 'nonce', siteUrl: key, expiresAt: now }, now);
    const check = (text: string): Promise<Answer> => ask(`${closed.url}/jetpack.partner_provision_nonce_check/1/?nonce=${text}`);
    expect(await site.register({ user: 1 })).toMatchObject({ ok: false, code: 'registration_closed' });
    for (const wrong of ['', 'x', 'f'.repeat(48), 'e'.repeat(48), `${nonce}&nonce[]=1`]) expect(await check(wrong)).toMatchObject({ status: 403, json: { error: 'unknown_nonce' } });
    expect(await check(nonce)).toMatchObject({ status: 200, text: 'OK' });
    expect(await check(nonce)).toMatchObject({ status: 403 });
    const other = await closed.startSite();
    expect(await other.register({ user: 1 })).toMatchObject({ ok: false, code: 'registration_closed' });
    expect(await site.register({ user: 1 })).toMatchObject({ ok: true });
  });
});
