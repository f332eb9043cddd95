// The double itself: what it refuses, what it hashes, and how it syncs.
import { request } from 'node:http';
import { crc32, inflateRawSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registering, startFakeHub, type FakeHub } from './fake-hub.js';
import { callSigned, signedUrl, type SignedCall } from './signed-call.js';
import { checksumText, CHECKSUM_TABLES, sumRows } from './site-double/checksums.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from './site-double/index.js';
import { addMeta, addOrder, addPost, addTerm, addUser, setTerms } from './site-double/tables.js';

const BLOG_TOKEN = 'bk0EXAMPLEblogTokenKey0123456789.bs0EXAMPLEblogTokenSecret9876543';
const USER_TOKEN = 'uk1EXAMPLEuserTokenKey0123456789.us1EXAMPLEuserTokenSecret9876543';

let hub: FakeHub;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  hub = await startFakeHub();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  hub.answers.clear();
  hub.items.splice(0);
  hub.requests.splice(0);
});
afterAll(() => hub.close());

async function startSite(options: Partial<SiteDoubleOptions> = {}): Promise<SiteDouble> {
  const double = await startSiteDouble({ hubUrl: hub.url, ...options });
  open.push(double);
  return double;
}

async function startConnected(options: Partial<SiteDoubleOptions> = {}): Promise<SiteDouble> {
  const double = await startSite(options);
  double.adopt({ blogId: 4242, blogToken: BLOG_TOKEN, userTokens: { 1: USER_TOKEN }, masterUser: 1 });
  return double;
}

function asSite(double: SiteDouble, route: string, more: Partial<SignedCall> = {}): Promise<{ status: number; json: unknown; text: string }> {
  return callSigned({ url: `${double.url}/wp-json/${route}`, token: BLOG_TOKEN, ...more });
}

const post = (body: unknown): Partial<SignedCall> => ({ method: 'POST', body: JSON.stringify(body) });

describe('checksums of the double', () => {
  it('give the numbers of the protocol reference', async () => {
    const double = await startSite({ commerce: true });
    const { tables, state } = double;
    const at = (time: string) => ({ post_modified_gmt: time });
    for (const [ID, time] of [[31, '2027-01-15 08:00:00'], [33, '2027-01-15 08:00:00'], [40, '2027-01-15 08:05:00']] as const) addPost(tables, double.url, 0, { ID, ...at(time) });
    addPost(tables, double.url, 0, { ID: 50, ...at('0000-00-00 00:00:00') });
    addMeta(tables, 'postmeta', 31, '_thumbnail_id', 99);
    addTerm(tables, 'category', 'Gravel &amp; Road', { term_taxonomy_id: 12, term_id: 12, slug: 'gravel-road' });
    setTerms(tables, 77, 'category', [12]);
    addOrder(tables, 0, { id: 60, date_updated_gmt: '2027-01-15 08:00:00' });
    addUser(tables, 'editor2', ['editor'], 0, { ID: 70 });
    const sumOf = (name: string, id: number, salt = 's4lt'): bigint => {
      const table = CHECKSUM_TABLES[name]!;
      return sumRows(table, table.rows(state).filter((row) => row.id === id), salt);
    };
    expect(sumOf('posts', 31)).toBe(2256584206n);
    expect(sumOf('posts', 40)).toBe(3424123713n);
    expect(sumOf('posts', 50)).toBe(1824379612n);
    expect(sumOf('posts', 31, '')).toBe(1502152139n);
    expect(sumOf('terms', 12)).toBe(3984254637n);
    expect(sumOf('term_taxonomy', 12)).toBe(2072227836n);
    expect(sumOf('term_relationships', 77)).toBe(1819973550n);
    expect(sumOf('postmeta', 31)).toBe(1878743100n);
    expect(sumOf('wc_orders', 60)).toBe(337634017n);
    expect(sumOf('usermeta', 70)).toBe(1560328778n);
    expect(checksumText('', ['2027-01-15 08:00:00'])).toBe('#2027-01-15 08:00:00#');
  });

  it('come over HTTP in buckets of consecutive ids, with the traps of end_id', async () => {
    const double = await startConnected();
    for (const [ID, time] of [[31, '08:00:00'], [33, '08:00:00'], [40, '08:05:00'], [50, '09:00:00']] as const) addPost(double.tables, double.url, 0, { ID, post_modified_gmt: `2027-01-15 ${time}` });
    const ask = async (more: Record<string, unknown>): Promise<unknown> => (await asSite(double, 'jetpack/v4/sync/data-histogram', post({
      object_type: 'posts', buckets: 1, start_id: 1, end_id: 40, columns: [], strip_non_ascii: true, shared_salt: 's4lt', only_range_edges: false, detailed_drilldown: false, perform_text_conversion: false, ...more,
    }))).json;
    expect(await ask({})).toEqual({ histogram: { '31-40': '7937292125' }, type: 'sum' });
    expect(await ask({ end_id: 0 })).toEqual({ histogram: [], type: 'sum' });
    expect(await ask({ detailed_drilldown: true })).toEqual({ histogram: { '31-40': { 31: '2256584206', 33: '2256584206', 40: '3424123713' } }, type: 'sum' });
    // Two buckets of two for three posts up to 40: the last one reaches past end_id.
    expect(Object.keys((await ask({ buckets: 2 }) as { histogram: object }).histogram)).toEqual(['31-33', '40-50']);
    expect(await ask({ only_range_edges: true, start_id: 0, end_id: 0 })).toEqual({ histogram: { min_range: '31', max_range: '50', item_count: '4' }, type: 'sum' });
    expect((await asSite(double, 'jetpack/v4/sync/data-histogram', post({ object_type: 'options' }))).status).toBe(500);
  });
});

describe('registration by the double', () => {
  it('proves itself to the hub, stores what the hub answers and sends its first sync afterwards', async () => {
    const double = await startSite();
    hub.answers.set('/jetpack.register/1/', registering(4242));
    expect(await double.register({ user: 1 })).toEqual({ ok: true, value: 4242 });
    expect(double.connection.blogId).toBe(4242);
    expect(double.calls.map((call) => call.route)).toEqual(['jetpack/v4/verify_registration']);
    expect(hub.requests.at(-1)?.url).toContain('/xmlrpc.php?');
    expect(hub.items).toHaveLength(0);
    expect(await double.pump()).toBe('finished');
    expect(hub.items.map((item) => item.action)).toEqual([
      'jetpack_full_sync_start', 'jetpack_full_sync_network_options', 'jetpack_full_sync_constants', 'jetpack_full_sync_callables', 'jetpack_full_sync_options', 'jetpack_full_sync_users', 'jetpack_full_sync_end',
    ]);
  });

  it('gives its second secret once, to the right first one only', async () => {
    const double = await startSite();
    const verify = async (secret_1: string): Promise<unknown> => (await fetch(`${double.url}/wp-json/jetpack/v4/verify_registration`, { method: 'POST', body: new URLSearchParams({ secret_1, state: '1' }) })).json();
    const first = double.makeRegistrationSecret(1);
    expect(await verify(first.secret1)).toBe(first.secret2);
    expect(await verify(first.secret1)).toMatchObject({ code: 'verify_secrets_missing' });
    const second = double.makeRegistrationSecret(1);
    expect(await verify('wrong')).toMatchObject({ code: 'verify_secrets_mismatch', data: { status: 400 } });
    expect(await verify(second.secret1)).toMatchObject({ code: 'verify_secrets_missing' });
  });

  it('lets secrets expire after ten minutes', async () => {
    let nowMs = Date.now();
    const double = await startSite({ clock: () => nowMs });
    const { secret1 } = double.makeRegistrationSecret(1);
    nowMs += 600_000;
    const answer = await fetch(`${double.url}/wp-json/jetpack/v4/verify_registration`, { method: 'POST', body: new URLSearchParams({ secret_1: secret1, state: '1' }) });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'verify_secrets_expired' }]);
  });

  it.each([
    ['a blog id that is no number', { jetpack_id: 'abc' }, 'jetpack_id'],
    ['a missing token', { jetpack_secret: null }, 'jetpack_secret'],
    ['an error', { error: 'verification_failed' }, 'verification_failed'],
  ])('refuses %s in the answer', async (_what, changes, code) => {
    const double = await startSite();
    hub.answers.set('/jetpack.register/1/', registering(4242, changes));
    expect(await double.register({ user: 1 })).toMatchObject({ ok: false, code });
    expect(double.connection.blogToken).toBeNull();
  });

  it('does not register for a nonce that its hub does not know', async () => {
    const double = await startSite();
    hub.answers.set('/jetpack.register/1/', registering(4242));
    hub.answers.set('/jetpack.partner_provision_nonce_check/1/', () => ({ status: 403, text: 'no' }));
    const ask = () => fetch(`${double.url}/wp-json/jetpack/v4/remote_register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ local_user: 'maria', nonce: 'n1' }) });
    expect(await (await ask()).json()).toMatchObject({ code: 'invalid_nonce' });
    hub.answers.delete('/jetpack.partner_provision_nonce_check/1/');
    expect(await (await ask()).json()).toEqual({ client_id: 4242 });
  });

  it('takes a user token only with exactly its own scope', async () => {
    const double = await startConnected();
    double.connection.userTokens.clear();
    double.connection.masterUser = null;
    const url = new URL(double.authorizeUrl(1));
    const scope = url.searchParams.get('scope');
    expect(scope).toBe('administrator:8e4d828d327eda7d4e7d7e704833e854');
    const token = (answer: object) => hub.answers.set('/jetpack.token/1/', () => ({ status: 200, json: { access_token: 'k.s', token_type: 'X_JETPACK', ...answer } }));
    const back = `${url.searchParams.get('redirect_uri')}&code=c1&state=1`;
    token({ scope: 'administrator:00' });
    expect(await double.visitRedirect(back, 1)).toMatchObject({ ok: false, code: 'scope' });
    token({ scope });
    expect(await double.visitRedirect(back, 1)).toEqual({ ok: true, value: 'authorized' });
    expect(double.connection.userTokens.get(1)).toBe('k.s.1');
    expect(double.connection.masterUser).toBe(1);
  });
});

describe('people of the double', () => {
  it('have their new role told to the hub, and are unlinked when they are deleted', async () => {
    const double = await startConnected({ drive: 'manual' });
    double.connection.userTokens.set(2, 'k2.s2.2');
    await double.setRoles(2, ['author']);
    await double.deleteUser(2);
    expect(hub.requests.map((request) => /<methodName>([^<]+)/.exec(request.body.toString())?.[1])).toEqual(['system.multicall', 'jetpack.unlink_user']);
    expect(double.connection.userTokens.has(2)).toBe(false);
    expect(double.state.queue.items().map((item) => item.action)).toEqual(['jetpack_sync_save_user', 'jetpack_deleted_user']);
  });

  it('are connected by a token that the hub pushes, for a user who exists', async () => {
    const double = await startConnected();
    const push = (user_token: string, more = {}) => asSite(double, 'jetpack/v4/user-token', post({ user_token, ...more }));
    expect((await push('k3.s3.3', { is_connection_owner: true })).json).toEqual({ success: true });
    expect(double.connection.masterUser).toBe(3);
    expect((await push('k9.s9.99')).json).toMatchObject({ code: 'user_not_found' });
    expect((await push('k3.s3')).json).toMatchObject({ code: 'invalid_user_token' });
    expect((await asSite(double, 'jetpack/v4/user-token', { ...post({ user_token: 'k2.s2.2' }), token: USER_TOKEN, userId: 1 })).status).toBe(403);
  });
});

describe('settings of the double', () => {
  it('are added to, ignore false, and come as a map where a list has a hole', async () => {
    const double = await startConnected();
    const change = async (body: unknown) => (await asSite(double, 'jetpack/v4/sync/settings', post(body))).json as Record<string, unknown>;
    const all = await change({ post_types_blacklist: ['feedback'], dedicated_sync_enabled: false, sync_sender_enabled: 0 });
    expect(all['post_types_blacklist']).toHaveLength(46);
    expect(Array.isArray(all['post_meta_whitelist'])).toBe(false);
    expect(Object.values(all['post_meta_whitelist'] as object)).toContain('_thumbnail_id');
    expect([all['dedicated_sync_enabled'], all['sync_sender_enabled']]).toEqual([0, 0]);
    expect((await change({ post_types_blacklist: 'empty' }))['post_types_blacklist']).toHaveLength(45);
    expect((await asSite(double, 'jetpack/v4/sync/status')).json).toMatchObject({ started: false, progress: [], config: [] });
  });
});

describe('signed calls to the double', () => {
  it('verify the worked examples, also with a port in the host line', async () => {
    const double = await startConnected({ url: () => 'http://10.0.0.5:8080', serverPort: 8080, clock: () => 1_800_000_000_000 });
    const { port } = double;
    const path = '/wp-json/jetpack/v4/sync/status?_for=jetpack&token=bk0EXAMPLEblogTokenKey0123456789%3A1%3A0&timestamp=1800000000&nonce=0a1B2c3D4g&body-hash=&signature=KBUlCWUpZOO2kNJw2GQZvIGRoI4%3D';
    const get = () => new Promise<number>((resolve) => request({ host: '127.0.0.1', port, path, headers: { host: '10.0.0.5:8080' } }, (answer) => resolve(answer.resume().statusCode ?? 0)).end());
    expect(await get()).toBe(200);
    // The same address again: its nonce is used up.
    expect(await get()).toBe(400);
    expect(double.calls.map((call) => call.refusal)).toEqual([null, 'invalid_nonce']);
  });

  it('need the port line that PHP sees behind a mapped port', async () => {
    const double = await startConnected({ serverPort: 80 });
    expect((await asSite(double, 'jetpack/v4/sync/status')).status).toBe(400);
    expect((await asSite(double, 'jetpack/v4/sync/status', { portLine: 80 })).status).toBe(200);
  });

  it.each<[string, Partial<SignedCall>, string]>([
    ['a foreign token', { token: 'other.secret' }, 'no_valid_blog_token'],
    ['a user who does not exist', { userId: 99 }, 'unknown_user'],
    ['a user without a token', { userId: 2 }, 'no_token_for_user'],
    ['a body that was changed', { method: 'POST', body: '{"status":"in_sync"}', signedBody: '{}' }, 'invalid_body_hash'],
    ['an old time', { timestamp: Math.floor(Date.now() / 1000) - 700 }, 'invalid_signature'],
    ['a time to come', { timestamp: Math.floor(Date.now() / 1000) + 400 }, 'invalid_signature'],
    ['a long nonce', { nonce: 'abcdefghijklm' }, 'invalid_nonce'],
    ['a wrong secret', { token: 'bk0EXAMPLEblogTokenKey0123456789.wrong' }, 'signature_mismatch'],
  ])('are refused with %s', async (_what, more, code) => {
    const double = await startConnected();
    const answer = await asSite(double, 'jetpack/v4/sync/status', more);
    expect([answer.status, answer.json]).toMatchObject([400, { code: 'rest_invalid_signature' }]);
    expect(double.calls.map((call) => call.refusal)).toEqual([code]);
  });

  it('are believed for ten minutes more by a site whose clock is behind, once it learned the difference', async () => {
    const double = await startConnected({ clock: () => Date.now() - 3_600_000 });
    expect((await asSite(double, 'jetpack/v4/sync/status')).status).toBe(400);
    double.connection.timeDiff = 3600;
    expect((await asSite(double, 'jetpack/v4/sync/status')).status).toBe(200);
  });

  it('use GET and POST only, and other methods by _method', async () => {
    const double = await startConnected();
    expect((await asSite(double, 'jetpack/v4/sync/locks', { method: 'PUT', body: '{}' })).json).toMatchObject({ code: 'rest_invalid_request' });
    expect((await asSite(double, 'jetpack/v4/sync/locks?_method=DELETE', { method: 'POST' })).json).toEqual({ success: true });
  });

  it('with a bad signature have only the bootstrap methods over XML-RPC', async () => {
    const double = await startConnected();
    const body = '<?xml version="1.0"?><methodCall><methodName>jetpack.testConnection</methodName></methodCall>';
    const call = (token: string) => callSigned({ url: `${double.url}/xmlrpc.php`, token, method: 'POST', body, contentType: 'text/xml', forXmlRpc: true });
    expect((await call(BLOG_TOKEN)).text).toContain('16.1.2');
    expect((await call('bk0EXAMPLEblogTokenKey0123456789.wrong')).text).toContain('-32601');
  });
});

describe('incremental sync of the double', () => {
  it('drops what the hub acknowledged and sends the rest again under the same keys', async () => {
    const double = await startConnected({ drive: 'manual' });
    double.edit.saveTerm({ taxonomy: 'category', name: 'One' });
    double.edit.saveTerm({ taxonomy: 'category', name: 'Two' });
    const keys = double.state.queue.items().map((item) => item.key);
    hub.answers.set('/wpcom/v2/sites/4242/jetpack-sync-actions', () => ({ status: 200, json: { processed_items: keys.slice(0, 1) } }));
    expect(await double.sendOnce()).toEqual({ ok: true, acknowledged: 1 });
    hub.answers.clear();
    expect(await double.sendOnce()).toEqual({ ok: true, acknowledged: 1 });
    expect(hub.items.map((item) => item.key)).toEqual(keys.slice(1));
  });

  it('rests a minute after a refusal, as long as Retry-After says, and one try more', async () => {
    let nowMs = Date.now();
    const double = await startConnected({ drive: 'manual', clock: () => nowMs });
    double.edit.saveTerm({ taxonomy: 'category', name: 'One' });
    hub.answers.set('/wpcom/v2/sites/4242/jetpack-sync-actions', () => ({ status: 200, json: { processed_items: [] } }));
    expect(await double.sendOnce()).toEqual({ ok: false, code: 'wpcom_error' });
    hub.answers.set('/wpcom/v2/sites/4242/jetpack-sync-actions', () => ({ status: 503, json: { code: 'busy', message: 'later' }, headers: { 'retry-after': '300' } }));
    expect(await double.sendOnce()).toEqual({ ok: false, code: 'retry_after' });
    nowMs += 61_000;
    expect(await double.sendOnce()).toEqual({ ok: false, code: 'retry_after' });
    expect(await double.sendOnce()).toEqual({ ok: false, code: 'jetpack_sync_send_error_busy' });
    nowMs += 299_000;
    expect(await double.sendOnce()).toEqual({ ok: false, code: 'retry_after' });
    hub.answers.clear();
    expect(await double.drainNow()).toEqual({ ok: true, acknowledged: 1 });
  });

  it('stops in safe mode and goes on when the hub lets it migrate', async () => {
    const double = await startConnected({ drive: 'manual' });
    double.edit.saveTerm({ taxonomy: 'category', name: 'One' });
    const path = '/wpcom/v2/sites/4242/jetpack-sync-actions';
    hub.answers.set(path, () => ({ status: 403, json: { code: 'url_mismatch', message: '', idc_detected: { error_code: 'jetpack_url_mismatch', wpcom_home: 'https://old.example', wpcom_siteurl: 'https://old.example' } } }));
    await double.drainNow();
    expect(await double.drainNow()).toEqual({ ok: false, code: 'sync_error_idc' });
    double.chooseMigrate();
    hub.answers.set('/wpcom/v2/sites/4242/jetpack-token-health/blog', ({ url }) => ({ status: 200, json: { is_healthy: true, migrated_for_idc: url.includes('migrate_for_idc=1') } }));
    await double.callHub({ as: 'site', method: 'GET', path: '/wpcom/v2/sites/4242/jetpack-token-health/blog' });
    hub.answers.delete(path);
    expect(await double.drainNow()).toEqual({ ok: true, acknowledged: 1 });
  });

  it('is pulled by checkout and close', async () => {
    const double = await startConnected();
    double.edit.saveTerm({ taxonomy: 'category', name: 'One' });
    const given = (await asSite(double, 'jetpack/v4/sync/checkout', post({ queue: 'sync', number_of_items: 10 }))).json as { buffer_id: string; items: Record<string, string> };
    expect(Object.keys(given.items)).toHaveLength(1);
    expect((await asSite(double, 'jetpack/v4/sync/checkout', post({ queue: 'sync', number_of_items: 10 }))).json).toMatchObject({ code: 'unclosed_buffer' });
    const close = (buffer_id: string) => asSite(double, 'jetpack/v4/sync/close', post({ queue: 'sync', buffer_id, item_ids: Object.keys(given.items) }));
    expect((await close('other.1')).json).toMatchObject({ code: 'buffer_mismatch' });
    expect((await close(given.buffer_id)).json).toMatchObject({ success: true });
    expect((await asSite(double, 'jetpack/v4/sync/checkout', post({ queue: 'sync' }))).json).toMatchObject({ code: 'queue_size' });
    expect(hub.items).toHaveLength(0);
  });
});

describe('full sync of the double', () => {
  it('goes from the highest id down in chunks that name the end of the last, and is driven by POSTs', async () => {
    const double = await startConnected();
    double.addPosts(1200, { withMeta: false, withTerms: false });
    await asSite(double, 'jetpack/v4/sync/full-sync', post({ modules: ['posts'] }));
    await double.idle();
    expect(hub.items).toHaveLength(2);
    await asSite(double, 'jetpack/v4/sync/settings', post({}));
    await double.idle();
    await asSite(double, 'jetpack/v4/sync/settings', post({}));
    await double.idle();
    const chunks = hub.items.filter((item) => item.action === 'jetpack_full_sync_posts');
    expect(chunks.map((item) => (item.args as unknown[])[3])).toEqual(['~0', '701', '201']);
    expect(chunks[0]?.key).toBe(`jetpack_full_sync_posts_${crc32('"~0"')}`);
    expect(chunks[0]?.key).toBe('jetpack_full_sync_posts_2134280932');
    expect(hub.items.at(-1)?.action).toBe('jetpack_full_sync_end');
    const status = (await asSite(double, 'jetpack/v4/sync/status?fields=debug_details')).json;
    expect(status).toMatchObject({ finished: expect.any(Number), progress: { posts: { total: 1200, sent: 1200, finished: true } }, debug_details: { sync_health: 'in_sync' } });
  });

  it('hangs on a module that has no table until a new one is started, which cancels it', async () => {
    const double = await startConnected({ drive: 'manual' });
    await asSite(double, 'jetpack/v4/sync/full-sync', post({ modules: ['plugins'] }));
    expect(await double.pump()).toBe('stopped');
    expect(await double.pump()).toBe('stopped');
    await asSite(double, 'jetpack/v4/sync/full-sync', post({ modules: ['constants'] }));
    expect(await double.pump()).toBe('finished');
    expect(hub.items.map((item) => item.action)).toEqual(['jetpack_full_sync_start', 'jetpack_full_sync_cancelled', 'jetpack_full_sync_start', 'jetpack_full_sync_constants', 'jetpack_full_sync_end']);
  });

  it('gives single objects on demand', async () => {
    const double = await startConnected();
    double.addPosts(2);
    const ask = async (module_name: string, object_type: string, object_ids: unknown[]): Promise<unknown> => {
      const { objects } = (await asSite(double, 'jetpack/v4/sync/object', post({ module_name, object_type, object_ids }))).json as { objects: string };
      return JSON.parse(inflateRawSync(Buffer.from(objects, 'base64')).toString());
    };
    expect(await ask('posts', 'post', [1, 999])).toMatchObject({ 1: { ID: 1, post_type: 'post' } });
    expect(await ask('posts', 'post', [999])).toEqual([]);
    expect(await ask('meta', 'post', [{ id: 1, meta_key: '_edit_lock' }])).toMatchObject({ '1-_edit_lock': [{ meta_type: 'post', object_id: '1' }] });
    expect(await ask('users', 'user', [4])).toMatchObject({ 4: { roles: ['subscriber'] } });
  });
});

describe('faults of the double', () => {
  it('lose an answer after the site acted, and refuse connections', async () => {
    const double = await startConnected();
    double.failNext('jetpack/v4/sync/health', { kind: 'lose-answer' });
    await expect(asSite(double, 'jetpack/v4/sync/health', post({ status: 'out_of_sync' }))).rejects.toThrow();
    expect(double.state.health.status).toBe('out_of_sync');
    double.failNext(/sync/, { kind: 'status', status: 500 });
    expect((await asSite(double, 'jetpack/v4/sync/status')).status).toBe(500);
    await double.refuse();
    await expect(fetch(double.url)).rejects.toThrow();
    await double.accept();
    expect((await asSite(double, 'jetpack/v4/sync/status')).status).toBe(200);
  });
});

describe('addresses of the double', () => {
  it('may have a name of their own and a folder', async () => {
    const double = await startConnected({ url: (port) => `http://double-1.example:${port}/blog`, prettyPermalinks: false });
    expect(double.url).toBe(`http://double-1.example:${double.port}/blog`);
    const url = signedUrl({ url: `http://127.0.0.1:${double.port}/blog/?rest_route=/jetpack/v4/sync/status`, token: BLOG_TOKEN });
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${double.port}/blog/wp-json/jetpack/v4/connection`)).status).toBe(404);
  });
});
