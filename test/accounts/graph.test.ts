import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerGraphql } from '../../gateway/server.js';
import { createAuthenticate } from '../../bin/authenticate.js';
import type { Viewer } from '../../auth/viewer.js';
import { createLog } from '../../core/log.js';
import { createGateway } from '../../gateway/gateway.js';
import { createAllSubgraphs } from '../../bin/subgraphs.js';
import { disableAccount, linkSiteUser } from '../../store/accounts.js';
import { beginSession } from '../../store/sessions.js';
import { createToken } from '../../store/tokens.js';
import type { Store } from '../../store/store.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';
import { makeAccount } from './kit.js';

let store: Store;
let fastify: FastifyInstance;
let url: string;
let viewer: Viewer | null;

beforeAll(async () => {
  store = await openTestStore();
  fastify = Fastify();
  const authenticate = createAuthenticate(store, null);
  await registerGraphql(fastify, {
    gateway: createGateway({ subgraphs: await createAllSubgraphs(store), log: createLog('silent') }), log: createLog('silent'),
    authenticate: async (request) => (viewer = await authenticate(request)),
  });
  url = await fastify.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => fastify.close());

async function ask(headers: Record<string, string>, method = 'POST'): Promise<number> {
  viewer = null;
  const query = '{ __typename }';
  const response = await fetch(method === 'GET' ? `${url}/graphql?query=${encodeURIComponent(query)}` : `${url}/graphql`, {
    method, headers: { 'content-type': 'application/json', ...headers }, ...(method === 'GET' ? {} : { body: JSON.stringify({ query }) }),
  });
  await response.text();
  return response.status;
}

async function sessionOf(accountId: string): Promise<{ cookie: string }> {
  return { cookie: `other=1; sitegraph_session=${await beginSession(store.database, accountId, Date.now())}` };
}

describe('the graph, asked with a session’s cookie', () => {
  it('is asked by that person with all their site users, from a page of this server', async () => {
    const account = await makeAccount(store);
    const [one, two] = [nextSiteId(), nextSiteId()];
    await linkSiteUser(store.database, account.id, one, 3);
    await linkSiteUser(store.database, account.id, two, 5);
    const cookie = await sessionOf(account.id);
    for (const from of [{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'same-origin', origin: url }, { origin: url }]) {
      expect(await ask({ ...cookie, ...from })).toBe(200);
      expect(viewer).toEqual({ kind: 'person', accountId: account.id, scopes: ['*'], users: [{ siteId: one, userId: 3 }, { siteId: two, userId: 5 }] });
    }
  });

  it('is asked by an operator who signed in as one', async () => {
    const account = await makeAccount(store, 'operator');
    await ask({ ...(await sessionOf(account.id)), origin: url });
    expect(viewer).toEqual({ kind: 'operator', accountId: account.id, scopes: ['*'] });
  });

  it.each([
    ['of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'https://evil.example' }],
    ['of a sibling host', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', origin: 'http://sub.example' }],
    ['of another origin, says an older browser', { origin: 'http://127.0.0.1:1' }],
    ['of nowhere', { origin: 'null' }],
    ['that the browser does not tell of', {}],
  ])('is asked by nobody from a page %s', async (_from, headers) => {
    const account = await makeAccount(store, 'operator');
    await ask({ ...(await sessionOf(account.id)), ...headers });
    expect(viewer).toEqual({ kind: 'anonymous' });
  });

  it('is asked by nobody with GET, where no page of ours is needed', async () => {
    const account = await makeAccount(store, 'operator');
    await ask({ ...(await sessionOf(account.id)), 'sec-fetch-site': 'same-origin' }, 'GET');
    expect(viewer).toEqual({ kind: 'anonymous' });
  });

  it('refuses forms and images of other sites before it looks at anything', async () => {
    const account = await makeAccount(store, 'operator');
    const cookie = await sessionOf(account.id);
    viewer = null;
    // Not with fetch, which sets the mode by itself.
    const headers = { ...cookie, 'content-type': 'application/json', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    expect((await fastify.inject({ method: 'POST', url: '/graphql', headers, payload: '{"query":"{ __typename }"}' })).statusCode).toBe(403);
    expect(viewer).toBeNull();
    expect(await ask({ ...cookie, origin: url, 'content-type': 'text/plain' })).toBe(415);
    expect(viewer).toBeNull();
  });

  it('goes by the token when there is one, and refuses a wrong token although the session holds', async () => {
    const [account, other] = [await makeAccount(store), await makeAccount(store)];
    const cookie = await sessionOf(account.id);
    const { token } = await createToken(store, { subject: { kind: 'account', accountId: other.id }, scopes: ['content:read'], expiresAt: null, label: '' });
    await ask({ ...cookie, origin: url, authorization: `Bearer ${token}` });
    expect(viewer).toMatchObject({ accountId: other.id, scopes: ['content:read'] });
    expect(await ask({ ...cookie, origin: url, authorization: 'Bearer sgt_wrong' })).toBe(401);
  });

  it('is asked by nobody once the session or the account has ended', async () => {
    const account = await makeAccount(store, 'operator');
    const cookie = await sessionOf(account.id);
    await disableAccount(store, account.id);
    await ask({ ...cookie, origin: url });
    expect(viewer).toEqual({ kind: 'anonymous' });
    await ask({ cookie: 'sitegraph_session=nonsense', origin: url });
    expect(viewer).toEqual({ kind: 'anonymous' });
  });
});

describe('a route that only reads, asked with a session’s cookie', () => {
  it('is asked by that person from a link of our own pages, and by nobody from anywhere else', async () => {
    const account = await makeAccount(store, 'operator');
    const { cookie } = await sessionOf(account.id);
    const authenticate = createAuthenticate(store, null, true);
    const from = (headers: Record<string, string>, method = 'GET') => authenticate({ method, headers: { host: 'hub.example', cookie, ...headers } } as unknown as Parameters<typeof authenticate>[0]);
    expect(await from({ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' })).toMatchObject({ kind: 'operator' });
    for (const site of ['cross-site', 'same-site', 'none']) expect(await from({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' })).toEqual({ kind: 'anonymous' });
    expect(await from({})).toEqual({ kind: 'anonymous' });
    expect(await from({ 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' }, 'POST')).toEqual({ kind: 'anonymous' });
  });
});
