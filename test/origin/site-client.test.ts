import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../core/log.js';
import type { SiteId } from '../../core/ids.js';
import type { CallOutcome, SiteClient } from '../../origin/site-calls.js';
import { createSiteClient, type SiteClientOptions } from '../../origin/site-client.js';
import { findSite } from '../../store/sites.js';
import { endConnection } from '../../store/connections.js';
import { findCallTarget } from '../../store/site-calls.js';
import type { Store } from '../../store/store.js';
import { addLocalSite, nextSiteId, openTestStore } from '../testkit/store.js';
import { json, page, startHttpSite, type HttpSite } from './http-site.js';

const SITE = { kind: 'site' } as const;
const USER = { kind: 'user', userId: 1 } as const;
const STATUS = { as: SITE, method: 'GET', route: 'jetpack/v4/sync/status' } as const;

let store: Store;
let site: HttpSite;
let siteId: SiteId;
let client: SiteClient;

beforeAll(async () => {
  store = await openTestStore();
});

beforeEach(async () => {
  site = await startHttpSite();
  siteId = nextSiteId();
  await connect(siteId, site);
  client = createClient();
});

afterEach(async () => {
  await client.close();
  await site.close();
});

function createClient(options: Partial<SiteClientOptions> = {}): SiteClient {
  return createSiteClient({ store, log: createLog('silent'), allowPrivateOrigins: true, ...options });
}

async function connect(id: SiteId, to: HttpSite, path = ''): Promise<void> {
  await addLocalSite(store, { id, url: `${to.url}${path}`, blogToken: `blog${id}.secret${id}`, userTokens: [`user${id}.usersecret${id}.1`] });
  to.tokens.set(`blog${id}`, { secret: `secret${id}`, userId: 0 }).set(`user${id}`, { secret: `usersecret${id}`, userId: 1 });
}

function statusOf(outcome: CallOutcome<unknown>): number | string {
  return outcome.kind === 'answer' ? outcome.status : outcome.code;
}

describe('a call to a site', () => {
  it('is signed with the token of the site or of the person', async () => {
    site.handle = (_received, response) => json(response, 200, { a: 1 });
    expect(await client.rest(siteId, STATUS)).toMatchObject({ kind: 'answer', status: 200, body: { a: 1 }, error: null });
    await client.rest(siteId, { as: USER, method: 'POST', route: 'wp/v2/posts', json: { title: 'Café' } });
    await client.rest(siteId, { as: USER, method: 'DELETE', route: 'wp/v2/posts/3', query: { force: true } });
    await client.rest(siteId, { as: { kind: 'nobody' }, method: 'GET', route: 'wp/v2/types' });
    expect(site.received.map(({ signedBy }) => signedBy)).toEqual([{ key: `blog${siteId}`, userId: 0 }, { key: `user${siteId}`, userId: 1 }, { key: `user${siteId}`, userId: 1 }, null]);
    expect(site.received[1]).toMatchObject({ method: 'POST', path: '/wp-json/wp/v2/posts' });
    expect(site.received[1]?.body.toString()).toBe('{"title":"Café"}');
    expect(site.received[1]?.headers['content-type']).toBe('application/json');
    expect(site.received[2]?.method).toBe('POST');
    expect(site.received[2]?.query.get('_method')).toBe('DELETE');
    expect(site.received[3]?.query.has('_for')).toBe(false);
  });

  it("gives WordPress's own refusal as an answer with an error", async () => {
    site.handle = (_received, response) => json(response, 404, { code: 'rest_no_route', message: 'No route was found.', data: { status: 404 } });
    expect(await client.rest(siteId, STATUS)).toMatchObject({ kind: 'answer', status: 404, error: { code: 'rest_no_route', message: 'No route was found.' } });
    expect(site.received).toHaveLength(1);
  });

  it('is not made for a site, or a person, without a token', async () => {
    const other = nextSiteId();
    await connect(other, site, '/other');
    site.received.length = 0;
    const outcomes = await Promise.all([
      client.rest(nextSiteId(), STATUS),
      client.rest(siteId, { ...STATUS, as: { kind: 'user', userId: 2 } }),
      client.rest(siteId, { ...STATUS, as: { kind: 'user', userId: 0 } }),
      client.xmlRpc(siteId, { as: { kind: 'user', userId: 2 }, method: 'jetpack.getBlog', params: [] }),
    ]);
    expect(outcomes.map((outcome) => outcome)).toEqual(outcomes.map(() => expect.objectContaining({ kind: 'failure', code: 'no-token', wasSent: false }) as unknown));
    await endConnection(store.database, siteId, new Date());
    expect(statusOf(await client.rest(siteId, STATUS))).toBe('no-token');
    expect(site.received).toHaveLength(0);
  });
});

describe('the form of a call', () => {
  it('is found by a read where permalinks are plain, and remembered', async () => {
    site.handle = (received, response) => (received.path === '/' && received.query.get('rest_route') === '/jetpack/v4/sync/status' ? json(response, 200, {}) : page(response, 404));
    expect(statusOf(await client.rest(siteId, STATUS))).toBe(200);
    expect(statusOf(await client.rest(siteId, STATUS))).toBe(200);
    expect(site.received.map(({ path }) => path)).toEqual(['/wp-json/jetpack/v4/sync/status', '/', '/']);
    expect((await findCallTarget(store, siteId, null))?.target).toMatchObject({ apiStyle: 'rest_route' });
    expect(await findSite(store.database, siteId)).not.toBeNull();
  });

  it('is found where WordPress takes the route for the path of a page and adds a slash to it', async () => {
    site.handle = (received, response) => {
      if (received.path === '/') json(response, 200, {});
      else response.writeHead(301, { location: `${received.path}/` }).end();
    };
    expect(statusOf(await client.rest(siteId, STATUS))).toBe(200);
    expect(site.received.map(({ path }) => path)).toEqual(['/wp-json/jetpack/v4/sync/status', '/']);
  });

  it('is asked for before the first write, which is sent once', async () => {
    site.handle = (received, response) => (received.path === '/' ? json(response, 201, { id: 7 }) : page(response, 404));
    expect(await client.rest(siteId, { as: USER, method: 'POST', route: 'wp/v2/posts', json: {} })).toMatchObject({ status: 201, body: { id: 7 } });
    expect(site.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /wp-json/', 'GET /', 'POST /']);
    expect(site.received[1]?.signedBy).toBeNull();
  });

  it('has the port line that the site believes, also for a write', async () => {
    site.portLine = 80;
    await client.rest(siteId, { as: USER, method: 'POST', route: 'wp/v2/posts', json: {} });
    expect(site.received.filter(({ method, signedBy }) => method === 'POST' && signedBy !== null)).toHaveLength(1);
    expect((await findCallTarget(store, siteId, null))?.target).toMatchObject({ signingPort: 80 });
    site.received.length = 0;
    expect(statusOf(await client.rest(siteId, STATUS))).toBe(200);
    expect(site.received).toHaveLength(1);
    site.portLine = null;
    expect(statusOf(await client.rest(siteId, STATUS))).toBe(200);
    expect((await findCallTarget(store, siteId, null))?.target).toMatchObject({ signingPort: null });
  });
});
