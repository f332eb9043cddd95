import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { findingsOfSite } from '../../store/site-findings.js';
import { findCallTarget, forgetSiteCredential, saveSiteCredential } from '../../store/site-calls.js';
import type { Store } from '../../store/store.js';
import { openTestStore } from '../testkit/store.js';
import { json, page, startHttpSite, type HttpSite } from './http-site.js';
import { connect, createClient, endOf, openFindings, SITE, STATUS, USER, WRITE } from './origin-kit.js';

let store: Store;
let site: HttpSite;
let siteId: SiteId;
const clients: SiteClient[] = [];

beforeAll(async () => {
  store = await openTestStore();
});

beforeEach(async () => {
  site = await startHttpSite();
  siteId = await connect(store, site);
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await site.close();
});

function client(options: Parameters<typeof createClient>[1] = {}): SiteClient {
  const made = createClient(store, options);
  clients.push(made);
  return made;
}

/** Answers the first `count` requests with a gateway's page. */
function failFirst(count: number): void {
  let seen = 0;
  site.handle = (_received, response) => (seen++ < count ? page(response, 502) : json(response, 200, {}));
}

describe('a read', () => {
  it('is repeated with a new signature while its deadline allows', async () => {
    failFirst(2);
    expect(endOf(await client().rest(siteId, STATUS))).toBe(200);
    expect(new Set(site.received.map(({ query }) => query.get('nonce'))).size).toBe(3);
  });

  it('is repeated twice and no more', async () => {
    failFirst(9);
    expect(await client().rest(siteId, STATUS)).toMatchObject({ code: 'unreachable', wasSent: true });
    expect(site.received).toHaveLength(3);
  });

  it('may be a POST that says so', async () => {
    failFirst(1);
    expect(endOf(await client().rest(siteId, { as: SITE, method: 'POST', route: 'jetpack/v4/sync/data-histogram', json: {}, isRead: true }))).toBe(200);
    expect(site.received).toHaveLength(2);
  });

  it('is not repeated past its deadline', async () => {
    failFirst(9);
    await client({ limits: { retryMs: 1e9 } }).rest(siteId, { ...STATUS, timeoutMs: 1_500 });
    expect(site.received).toHaveLength(1);
  });

  it('uses a connection again, which a write never does', async () => {
    const ports: (number | undefined)[] = [];
    site.handle = (_received, response) => {
      ports.push(response.socket?.remotePort);
      json(response, 200, {});
    };
    const patient = client();
    for (const call of [STATUS, STATUS, WRITE, WRITE]) await patient.rest(siteId, call);
    expect(ports[1]).toBe(ports[0]);
    expect(new Set(ports).size).toBe(3);
  });
});

describe('calls that name the same turn', () => {
  it('are made one after another, each in its own time, and beside those of another turn', async () => {
    const open: ServerResponse[] = [];
    site.handle = (_received, response) => void open.push(response);
    const [one, other] = [client(), { as: USER, method: 'POST', route: 'wp/v2/menus/3', json: {}, turn: 'nav_menu_locations' } as const];
    const sticky = { as: USER, method: 'POST', route: 'wp/v2/posts', json: { sticky: true }, turn: 'sticky_posts' } as const;
    const ends = [one.rest(siteId, sticky), one.rest(siteId, sticky), one.rest(siteId, other)];
    const late = one.rest(siteId, { ...sticky, timeoutMs: 50 });
    expect(await late).toMatchObject({ kind: 'failure', code: 'timeout', wasSent: false });
    await vi.waitFor(() => expect(open).toHaveLength(2));
    expect(site.received.map(({ path }) => path).sort()).toEqual(['/wp-json/wp/v2/menus/3', '/wp-json/wp/v2/posts']);
    for (const response of open.splice(0)) json(response, 200, {});
    await vi.waitFor(() => expect(open).toHaveLength(1));
    for (const response of open) json(response, 200, {});
    expect((await Promise.all(ends)).map(endOf)).toEqual([200, 200, 200]);
  });
});

describe('a write', () => {
  it.each([
    ['a gateway fails', (response: ServerResponse) => page(response, 502), true],
    ['the connection breaks', (response: ServerResponse) => response.destroy(), true],
    ['a page is answered', (response: ServerResponse) => page(response, 404), true],
  ])('is never repeated when %s', async (_what, answer, wasSent) => {
    site.handle = (_received, response) => void answer(response);
    expect(await client().rest(siteId, WRITE)).toMatchObject({ kind: 'failure', wasSent });
    expect(await client().xmlRpc(siteId, { as: SITE, method: 'jetpack.disconnectBlog', params: [] })).toMatchObject({ kind: 'failure', wasSent });
    expect(site.received.filter(({ path, query }) => path.startsWith('/wp-json') || query.has('rest_route'))).toHaveLength(1);
    expect(site.received.filter(({ path }) => path === '/xmlrpc.php')).toHaveLength(1);
  });

  it('was certainly not sent when the connection or the name is refused', async () => {
    await site.close();
    expect(await client().rest(siteId, WRITE)).toMatchObject({ code: 'unreachable', wasSent: false });
    const nameless = client({ lookup: () => Promise.reject(Object.assign(new Error('no name'), { code: 'ENOTFOUND' })) });
    expect(await nameless.rest(await connect(store, site, `http://nowhere-${siteId}.example`), WRITE)).toMatchObject({ code: 'unreachable', wasSent: false, message: expect.stringContaining('not known') as string });
    site = await startHttpSite();
  });

  it('was certainly not sent when the name takes longer than the deadline', async () => {
    const slow = client({ lookup: () => new Promise(() => undefined) });
    expect(await slow.rest(await connect(store, site, `http://slow-${siteId}.example`), { ...WRITE, timeoutMs: 100 })).toMatchObject({ code: 'timeout', wasSent: false });
  });
});

describe('calls to one site', () => {
  it('are made four at a time, in order, and the rest wait', async () => {
    const held: ServerResponse[] = [];
    let most = 0;
    site.handle = (_received, response) => {
      held.push(response);
      most = Math.max(most, held.length);
      if (held.length === 4) setImmediate(() => held.splice(0).forEach((one) => json(one, 200, {})));
    };
    const patient = client();
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => patient.rest(siteId, STATUS)));
    expect(outcomes.map(endOf)).toEqual(outcomes.map(() => 200));
    expect(most).toBe(4);
  });

  it('are refused when too many wait, and given up when their time passes in waiting', async () => {
    site.handle = () => undefined;
    const busy = client({ limits: { maxActive: 1, maxWaiting: 1 } });
    const first = busy.rest(siteId, { ...STATUS, timeoutMs: 4_000 });
    await vi.waitFor(() => expect(site.received).toHaveLength(1), 3_000);
    // Either may come to the queue first.
    const others = await Promise.all([busy.rest(siteId, { ...STATUS, timeoutMs: 1_200 }), busy.rest(siteId, { ...STATUS, timeoutMs: 1_200 })]);
    expect(await first).toMatchObject({ code: 'timeout', wasSent: true });
    expect(others).toMatchObject([{ code: 'timeout', wasSent: false }, { code: 'timeout', wasSent: false }]);
    expect(others.filter((outcome) => outcome.kind === 'failure' && outcome.message.includes('waiting already'))).toHaveLength(1);
    expect(site.received).toHaveLength(1);
  });

  it('do not hold up those to another', async () => {
    const other = await startHttpSite();
    const otherId = await connect(store, other);
    site.handle = () => undefined;
    const patient = client();
    const stuck = Array.from({ length: 6 }, () => patient.rest(siteId, { ...STATUS, timeoutMs: 1_500 }));
    expect(endOf(await patient.rest(otherId, STATUS))).toBe(200);
    await Promise.all(stuck);
    await other.close();
  });
});

describe('a site that fails again and again', () => {
  it('is left alone, then probed by one call, and found to be well', async () => {
    let nowMs = Date.now();
    const patient = client({ clock: () => nowMs, limits: { maxFailures: 3, maxRetries: 0, restMs: 10_000 } });
    failFirst(1e9);
    for (let call = 0; call < 3; call += 1) expect(endOf(await patient.rest(siteId, STATUS))).toBe('unreachable');
    expect(await patient.rest(siteId, WRITE)).toMatchObject({ code: 'resting', wasSent: false });
    expect(site.received).toHaveLength(3);
    expect(await openFindings(store, siteId)).toEqual(['resting', 'unreachable']);

    nowMs += 10_001;
    expect((await Promise.all([patient.rest(siteId, STATUS), patient.rest(siteId, STATUS)])).map(endOf).sort()).toEqual(['resting', 'unreachable']);
    expect(site.received).toHaveLength(4);
    nowMs += 10_001;
    expect(endOf(await patient.rest(siteId, STATUS))).toBe('resting');

    nowMs += 10_001;
    failFirst(0);
    expect(endOf(await patient.rest(siteId, STATUS))).toBe(200);
    expect(endOf(await patient.rest(siteId, STATUS))).toBe(200);
    expect(await openFindings(store, siteId)).toEqual([]);
  });

  it('is not left alone for answering with refusals', async () => {
    site.handle = (_received, response) => json(response, 500, { code: 'broken', message: '' });
    const patient = client({ limits: { maxFailures: 2 } });
    for (let call = 0; call < 4; call += 1) expect(endOf(await patient.rest(siteId, STATUS))).toBe(500);
    expect(site.received).toHaveLength(4);
  });
});

describe('a finding', () => {
  it('is counted while it lasts, resolved when a call works, and begins anew', async () => {
    const patient = client({ limits: { maxRetries: 0 } });
    failFirst(2);
    await patient.rest(siteId, STATUS);
    await patient.rest(siteId, STATUS);
    expect(await findingsOfSite(store.database, siteId, 10)).toMatchObject([{ code: 'unreachable', times: 2, resolvedAt: null, message: expect.stringContaining('HTTP 502') as string }]);
    await patient.rest(siteId, STATUS);
    expect(await findingsOfSite(store.database, siteId, 10)).toMatchObject([{ code: 'unreachable', times: 2, resolvedAt: expect.any(Date) as Date }]);
    failFirst(1);
    await patient.rest(siteId, STATUS);
    expect(await findingsOfSite(store.database, siteId, 10)).toMatchObject([{ code: 'unreachable', times: 1, resolvedAt: null }]);
  });

  it('of an earlier process is resolved by the first call that works', async () => {
    failFirst(1);
    await client({ limits: { maxRetries: 0 } }).rest(siteId, STATUS);
    expect(await openFindings(store, siteId)).toEqual(['unreachable']);
    await client().rest(siteId, STATUS);
    expect(await openFindings(store, siteId)).toEqual([]);
  });

  it('says that the signature is refused, and an unsigned answer does not disprove it', async () => {
    site.tokens.clear();
    const patient = client();
    expect(await patient.rest(siteId, WRITE)).toMatchObject({ code: 'signature', wasSent: false });
    expect(endOf(await patient.rest(siteId, { ...STATUS, as: { kind: 'nobody' } }))).toBe(200);
    expect(await openFindings(store, siteId)).toEqual(['signature']);
  });

  it('says by how much the clock of a site differs that refuses our time', async () => {
    site.clockAhead = 3_600;
    const patient = client();
    expect(await patient.rest(siteId, WRITE)).toMatchObject({ code: 'clock', wasSent: false });
    expect(site.received).toHaveLength(1);
    const [finding] = await findingsOfSite(store.database, siteId, 10);
    expect(finding).toMatchObject({ code: 'clock', message: expect.stringMatching(/is 3\d\d\d s ahead of the clock of this server/) as string });
    site.clockAhead = 0;
    expect(endOf(await patient.rest(siteId, WRITE))).toBe(200);
    expect(await openFindings(store, siteId)).toEqual([]);
  });

  it('says that a clock is wrong though the site works', async () => {
    site.clockAhead = 400;
    const patient = client();
    expect(endOf(await patient.rest(siteId, STATUS))).toBe(200);
    expect(await openFindings(store, siteId)).toEqual(['clock']);
    site.clockAhead = 0;
    await patient.rest(siteId, STATUS);
    expect(await openFindings(store, siteId)).toEqual([]);
  });
});

describe('a token', () => {
  it('is never used for another site', async () => {
    const other = await startHttpSite();
    const otherId = await connect(store, other);
    const patient = client();
    await Promise.all([STATUS, WRITE].flatMap((call) => [patient.rest(siteId, call), patient.rest(otherId, call)]));
    expect(site.received.map(({ signedBy }) => signedBy?.key).sort()).toEqual([`blog${siteId}`, `user${siteId}`]);
    expect(other.received.map(({ signedBy }) => signedBy?.key).sort()).toEqual([`blog${otherId}`, `user${otherId}`]);
    await other.close();
  });
});

describe('a site without Jetpack', () => {
  beforeEach(async () => {
    await store.database.query(`UPDATE site SET connection_kind = 'rest', owner_user_id = 1 WHERE id = $1`, [siteId]);
    await saveSiteCredential(store.database, store.secrets, { siteId, userId: 1, login: 'admin', password: 'abcd efgh ijkl' });
  });

  it('is called with its application password as its owner, never signed', async () => {
    expect(endOf(await client().rest(siteId, { as: USER, method: 'GET', route: 'wp/v2/users/me' }))).toBe(200);
    expect(endOf(await client().rest(siteId, { as: SITE, method: 'GET', route: 'wp/v2/users/me' }))).toBe(200);
    for (const { headers, query } of site.received) {
      expect(headers.authorization).toBe(`Basic ${Buffer.from('admin:abcd efgh ijkl').toString('base64')}`);
      expect([...query.keys()]).toEqual([]);
    }
  });

  it('is called as each person with the application password of that person', async () => {
    await saveSiteCredential(store.database, store.secrets, { siteId, userId: 2, login: 'ed', password: 'mnop' });
    for (const as of [{ kind: 'user', userId: 2 }, USER, SITE] as const) expect(endOf(await client().rest(siteId, { as, method: 'GET', route: 'wp/v2/users/me' }))).toBe(200);
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(site.received.map(({ headers }) => headers.authorization)).toEqual([basic('ed:mnop'), basic('admin:abcd efgh ijkl'), basic('admin:abcd efgh ijkl')]);
    expect(await forgetSiteCredential(store.database, siteId, 'ADMIN')).toBeNull();
    expect(await forgetSiteCredential(store.database, siteId, 'Ed')).toBe(2);
    expect(endOf(await client().rest(siteId, { as: { kind: 'user', userId: 2 }, method: 'GET', route: 'wp/v2/users/me' }))).toBe('no-token');
  });

  it('opens a password that was kept before passwords were of persons, and none that was moved to another row', async () => {
    const box = store.secrets.encrypt('from before', `site:${siteId}:credential`);
    await store.database.query('UPDATE site_credential SET secret = $2 WHERE site_id = $1', [siteId, box]);
    expect((await findCallTarget(store, siteId, 1))?.password).toEqual({ login: 'admin', password: 'from before' });
    await saveSiteCredential(store.database, store.secrets, { siteId, userId: 2, login: 'ed', password: 'mnop' });
    await store.database.query('UPDATE site_credential SET secret = (SELECT secret FROM site_credential WHERE site_id = $1 AND user_id = 2) WHERE site_id = $1 AND user_id = 1', [siteId]);
    await expect(findCallTarget(store, siteId, 1)).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });

  it('is not called as anybody else', async () => {
    expect(endOf(await client().rest(siteId, { as: { kind: 'user', userId: 2 }, method: 'GET', route: 'wp/v2/users/me' }))).toBe('no-token');
    expect(endOf(await client().xmlRpc(siteId, { as: SITE, method: 'jetpack.getBlog', params: [] }))).toBe('no-token');
    expect(site.received).toHaveLength(0);
  });

  it('is not sent its password without TLS on the open internet', async () => {
    const careful = client({ allowPrivateOrigins: false, lookup: () => Promise.resolve([{ address: '3ffe::1', family: 6 }]) });
    await store.database.query('UPDATE site SET url = $2, home_url = $2 WHERE id = $1', [siteId, `http://open-${siteId}.example`]);
    expect(await careful.rest(siteId, { as: USER, method: 'GET', route: 'wp/v2/users/me' })).toMatchObject({ code: 'certificate', wasSent: false });
    expect(await openFindings(store, siteId)).toEqual(['certificate']);
  });
});

describe('an address that is not connected', () => {
  it('is called unsigned, two calls at a time', async () => {
    const held: ServerResponse[] = [];
    let most = 0;
    site.handle = (_received, response) => {
      held.push(response);
      most = Math.max(most, held.length);
      if (held.length === 2) setImmediate(() => held.splice(0).forEach((one) => json(one, 200, 'ok')));
    };
    const patient = client();
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => patient.restAt(site.url, { as: { kind: 'nobody' }, method: 'GET', route: 'jetpack/v4/connection' })));
    expect(outcomes).toMatchObject(outcomes.map(() => ({ status: 200, body: 'ok' })));
    expect(most).toBe(2);
    expect(site.received.map(({ signedBy }) => signedBy)).toEqual(outcomes.map(() => null));
  });

  it('is sent a form once', async () => {
    expect(endOf(await client().restAt(site.url, { as: { kind: 'nobody' }, method: 'POST', route: 'jetpack/v4/verify_registration', form: { secret_1: 'a b', state: '1' } }))).toBe(200);
    expect(site.received.map(({ method, body }) => `${method} ${body.toString()}`)).toEqual(['GET ', 'POST secret_1=a+b&state=1']);
  });

  it.each(['ftp://a.example', 'http://a:b@a.example', 'nonsense'])('is not called as %s', async (url) => {
    expect(await client().restAt(url, { ...STATUS, as: { kind: 'nobody' } })).toMatchObject({ code: 'unreachable', wasSent: false });
  });

  it('is never called with a token', async () => {
    expect(await client().restAt(site.url, STATUS)).toMatchObject({ code: 'no-token' });
    expect(site.received).toHaveLength(0);
  });
});
