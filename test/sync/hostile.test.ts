// Requests that are not what a site sends: each is refused with its own code and leaves nothing behind, and what is good in
// a damaged batch is kept.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDeadLetter } from '../../store/dead-letters.js';
import { SITE_TABLES } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { joinJsonLines } from '../../sync/protocol/json-lines.js';
import { signRequest } from '../../sync/protocol/sign-request.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';
import { addTestSite, callXmlRpc, entryOf, postItems, send, startSyncServer, storedTerms, syncQuery, termEntry, toAnswer, type Answer, type TestServer, type TestSite } from './http-site.js';

describe('the sync server, against requests that no site sends,', () => {
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

  /** Number of rows of the site in every table but those of its tokens and nonces, and its own row. */
  async function traces(): Promise<{ rows: number; site: unknown }> {
    let rows = 0;
    for (const table of SITE_TABLES.filter((name) => name !== 'request_nonce' && name !== 'site_user_token')) {
      const [count] = await store.database.query<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE site_id = $1`, [site.id]);
      rows += count?.n ?? 0;
    }
    const [row] = await store.database.query('SELECT sequence, item_count, last_received_at, queue_size, dead_letter_count, home_url, disconnected_at FROM site WHERE id = $1', [site.id]);
    return { rows, site: row };
  }

  async function expectRefused(answering: Promise<Answer>, status: number, code: string): Promise<Answer> {
    const before = await traces();
    const answer = await answering;
    expect({ status: answer.status, code: answer.json?.['code'] }).toEqual({ status, code });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.json).toMatchObject({ message: expect.any(String) as string, data: { status } });
    expect(answer.json).not.toHaveProperty('error_code');
    expect(answer.json).not.toHaveProperty('processed_items');
    expect(await traces()).toEqual(before);
    return answer;
  }

  it('refuses a request without credentials', async () => {
    const url = `${server.url}/wpcom/v2/sites/${site.id}/jetpack-sync-actions?${syncQuery(site)}`;
    await expectRefused(fetch(url, { method: 'POST', body: 'x' }).then(toAnswer), 401, 'missing_authorization');
  });

  it('refuses malformed credentials', async () => {
    const url = `${server.url}/wpcom/v2/sites/${site.id}/jetpack-sync-actions?${syncQuery(site)}`;
    await expectRefused(fetch(url, { method: 'POST', body: 'x', headers: { authorization: 'X_JETPACK token=oops' } }).then(toAnswer), 400, 'malformed_authorization');
  });

  it('refuses an unknown token', async () => {
    await expectRefused(postItems(server, site, [termEntry(1, 'a')], {}, { token: 'unknown.secret' }), 401, 'unknown_token');
  });

  it('refuses a signature made with another secret', async () => {
    const [key] = site.blogToken.split('.');
    await expectRefused(postItems(server, site, [termEntry(1, 'a')], {}, { token: `${key}.wrong` }), 401, 'signature_mismatch');
  });

  it('refuses a stale clock and a clock far ahead, but not one a little off', async () => {
    await expectRefused(postItems(server, site, [termEntry(1, 'a')], {}, { nowMs: Date.now() - 601_500 }), 401, 'invalid_timestamp');
    await expectRefused(postItems(server, site, [termEntry(1, 'a')], {}, { nowMs: Date.now() + 302_000 }), 401, 'invalid_timestamp');
    expect((await postItems(server, site, [termEntry(1, 'a')], {}, { nowMs: Date.now() - 500_000 })).status).toBe(200);
  });

  it('refuses a replayed nonce, also of a request that was refused after it was believed', async () => {
    const nowMs = Date.now();
    const first = await postItems(server, site, [termEntry(1, 'a')], {}, { nonce: 'once123456', nowMs });
    expect(first.processed).toHaveLength(1);
    await expectRefused(postItems(server, site, [termEntry(2, 'b')], {}, { nonce: 'once123456', nowMs }), 401, 'invalid_nonce');
    await expectRefused(postItems(server, site, [termEntry(2, 'b')], { codec: 'zip' }, { nonce: 'twice12345', nowMs }), 400, 'unknown_codec');
    await expectRefused(postItems(server, site, [termEntry(2, 'b')], {}, { nonce: 'twice12345', nowMs }), 401, 'invalid_nonce');
    expect([...(await storedTerms(store, site.id)).keys()]).toEqual([1]);
  });

  it('claims a nonce once when the same request comes twice at the same moment', async () => {
    const options = { nonce: 'atonce1234', nowMs: Date.now() };
    const entry = termEntry(3, 'c');
    const query = { timestamp: '1795461665.4017' };
    const answers = await Promise.all([1, 2].map(() => postItems(server, site, [entry], query, options)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401]);
  });

  it('refuses a body that is not the signed one', async () => {
    const url = `${server.url}/wpcom/v2/sites/${site.id}/jetpack-sync-actions?${syncQuery(site)}`;
    const authorization = signRequest({ token: site.blogToken, userId: 0, method: 'POST', url, body: joinJsonLines([termEntry(1, 'a')]), bodyHashKind: 'jsonl', nowMs: Date.now() });
    const body = new Uint8Array(joinJsonLines([termEntry(1, 'b')]));
    await expectRefused(fetch(url, { method: 'POST', body, headers: { authorization } }).then(toAnswer), 401, 'invalid_body_hash');
  });

  it('refuses the id of another site in the path, whosever it is', async () => {
    const other = await addTestSite(store, nextSiteId());
    const body = joinJsonLines([termEntry(1, 'a')]);
    const at = (id: number) => `${server.url}/wpcom/v2/sites/${id}/jetpack-sync-actions?${syncQuery(site)}`;
    await expectRefused(send(site, at(other.id), { method: 'POST', body, kind: 'jsonl' }), 403, 'invalid_token');
    await expectRefused(send(site, at(999_999_999), { method: 'POST', body, kind: 'jsonl' }), 403, 'invalid_token');
    expect((await storedTerms(store, other.id)).size).toBe(0);
  });

  it("refuses a sync post that is signed with a person's token", async () => {
    await expectRefused(postItems(server, site, [termEntry(1, 'a')], {}, { token: site.userToken, userId: 1 }), 403, 'invalid_token');
  });

  it('refuses an unknown codec and acknowledges nothing of it', async () => {
    await expectRefused(postItems(server, site, [termEntry(1, 'a')], { codec: 'php-serialize' }), 400, 'unknown_codec');
    await expectRefused(postItems(server, site, [termEntry(1, 'a')], { codec: null }), 400, 'unknown_codec');
  });

  it('refuses a body over the cap, announced or not, and serves the next request', async () => {
    const small = await startSyncServer(store, { limits: { maxBodyBytes: 100_000 } });
    try {
      await expectRefused(postItems(small, site, Buffer.alloc(200_000, 'a')), 413, 'body_too_large');
      const body = Buffer.alloc(300_000, 'a');
      const url = `${small.url}/wpcom/v2/sites/${site.id}/jetpack-sync-actions?${syncQuery(site)}`;
      const authorization = signRequest({ token: site.blogToken, userId: 0, method: 'POST', url, body, bodyHashKind: 'jsonl', nowMs: Date.now() });
      const stream = new Blob([new Uint8Array(body)]).stream();
      await expectRefused(fetch(url, { method: 'POST', body: stream, headers: { authorization }, duplex: 'half' } as RequestInit).then(toAnswer), 413, 'body_too_large');
      expect((await postItems(small, site, [termEntry(5, 'fine')])).processed).toHaveLength(1);
      expect(small.metrics).toMatchObject({ inProgress: 0, bytesHeld: 0, refused: { body_too_large: 2 } });
    } finally {
      await small.close();
    }
  });

  it('answers before it reads the body of someone without a token', async () => {
    const { port } = new URL(server.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(`POST /wpcom/v2/sites/${site.id}/jetpack-sync-actions HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 30000000\r\n\r\n`);
      });
      socket.once('data', (bytes) => {
        resolve(bytes.toString());
        socket.destroy();
      }).once('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toContain('missing_authorization');
  });

  it('refuses a body that ends early or does not come, and gives its room back', async () => {
    const slow = await startSyncServer(store, { limits: { bodyTimeoutMs: 200 } });
    try {
      const url = `${slow.url}/wpcom/v2/sites/${site.id}/jetpack-sync-actions?${syncQuery(site)}`;
      const authorization = signRequest({ token: site.blogToken, userId: 0, method: 'POST', url, body: Buffer.from('{"a":"b"}'), bodyHashKind: 'jsonl', nowMs: Date.now() });
      const { port, host, pathname, search } = new URL(url);
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(`POST ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nContent-Length: 9000\r\n\r\n{"a":`);
        });
        socket.once('data', (bytes) => {
          resolve(bytes.toString());
          socket.destroy();
        }).once('error', reject);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(slow.metrics).toMatchObject({ inProgress: 0, bytesHeld: 0 });
    } finally {
      await slow.close();
    }
  });

  it('keeps what it cannot read as dead letters and acknowledges it, beside the good items', async () => {
    const bomb = { key: 'jpsq_sync-1795461665.294571-1-3', encoded: deflateRawSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64') };
    const whole = Buffer.from(termEntry(9, 'cut').encoded, 'base64');
    const bad = [
      bomb,
      { key: 'jpsq_sync-1795461665.294571-1-4', encoded: whole.subarray(0, whole.length >> 1).toString('base64') },
      { key: 'jpsq_sync-1795461665.294571-1-5', encoded: '' },
      { key: 'jpsq_sync-1795461665.294571-1-6', encoded: deflateRawSync(Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d])).toString('base64') },
      { key: 'jpsq_sync-1795461665.294571-1-7', encoded: deflateRawSync(Buffer.from('{"no":"tuple"}')).toString('base64') },
    ];
    const entries = [termEntry(1, 'first'), ...bad, termEntry(2, 'last')];
    const answer = await postItems(server, site, entries);
    expect([...(answer.processed ?? [])].sort()).toEqual(entries.map((entry) => entry.key).sort());
    expect([...(await storedTerms(store, site.id)).keys()]).toEqual([1, 2]);
    const letters = await store.database.query<{ item_key: string; reason: string; message: string; payload: Uint8Array; times: number }>(
      'SELECT item_key, reason, message, payload, times FROM dead_letter WHERE site_id = $1 ORDER BY item_key', [site.id]);
    expect(letters.map((letter) => [letter.reason, letter.message.split(':')[0]])).toEqual(
      ['too-large', 'bad-deflate', 'bad-base64', 'invalid-utf8', 'bad-tuple'].map((fault) => ['undecodable', fault]));
    expect(letters.map((letter) => openDeadLetter(store.secrets, site.id, letter.payload).encoded)).toEqual(bad.map((entry) => entry.encoded));

    await postItems(server, site, entries);
    const counts = await store.database.query<{ times: number }>('SELECT times FROM dead_letter WHERE site_id = $1', [site.id]);
    expect(counts.map((row) => row.times)).toEqual([2, 2, 2, 2, 2]);
    const [row] = await store.database.query<{ n: number }>('SELECT dead_letter_count AS n FROM site WHERE id = $1', [site.id]);
    expect(row?.n).toBe(5);
  });

  it('keeps unknown actions and odd arguments as dead letters and acknowledges them', async () => {
    const entries = [entryOf('some_plugin_did_it', [{ anything: 1 }]), entryOf('jetpack_sync_save_term', ['no term']), termEntry(4, 'good')];
    const answer = await postItems(server, site, entries);
    expect(answer.processed).toHaveLength(3);
    const letters = await store.database.query<{ action: string; reason: string }>(
      'SELECT action, reason FROM dead_letter WHERE site_id = $1 ORDER BY reason', [site.id]);
    expect(letters).toEqual([
      { action: 'jetpack_sync_save_term', reason: 'bad-arguments' },
      { action: 'some_plugin_did_it', reason: 'unknown-action' },
    ]);
    expect(await storedTerms(store, site.id)).toEqual(new Map([[4, 'good']]));
  });

  it('keeps the good items around a line that is not JSON, and acknowledges a line without an item only when it has a key', async () => {
    const [first, last] = [termEntry(1, 'first'), termEntry(2, 'last')];
    const body = Buffer.from([joinJsonLines([first]).toString(), 'PHP Warning: oops', '{"odd":17}', '"text"', joinJsonLines([last]).toString()].join('\n'));
    const answer = await postItems(server, site, body);
    expect([...(answer.processed ?? [])].sort()).toEqual([first.key, last.key, 'odd'].sort());
    expect([...(await storedTerms(store, site.id)).keys()]).toEqual([1, 2]);
    const letters = await store.database.query<{ item_key: string; reason: string }>('SELECT item_key, reason FROM dead_letter WHERE site_id = $1', [site.id]);
    expect(letters).toEqual([{ item_key: 'odd', reason: 'undecodable' }]);
  });

  it('keeps the good items around a line of invalid UTF-8', async () => {
    const [first, last] = [termEntry(1, 'first'), termEntry(2, 'last')];
    const body = Buffer.concat([joinJsonLines([first]), Buffer.from([0x0a, 0x7b, 0x22, 0xff, 0xc3, 0x22, 0x0a]), joinJsonLines([last])]);
    const answer = await postItems(server, site, body);
    expect([...(answer.processed ?? [])].sort()).toEqual([first.key, last.key].sort());
    expect((await storedTerms(store, site.id)).size).toBe(2);
  });

  it('never acknowledges a truncated last line', async () => {
    const [first, last] = [termEntry(1, 'first'), termEntry(2, 'last')];
    const whole = joinJsonLines([first, last]);
    const answer = await postItems(server, site, whole.subarray(0, whole.length - 9));
    expect(answer.processed).toEqual([first.key]);
  });

  it('takes a line of ten million bytes', async () => {
    const content = randomBytes(7_500_000).toString('base64');
    const patient = await startSyncServer(store, { limits: { budgetMs: 50_000 } });
    const answer = await postItems(patient, site, [entryOf('unheard_of', [content], { codec: 'simple' }), termEntry(1, 'after', { codec: 'simple' })], { codec: 'simple', timeout: null });
    await patient.close();
    expect(answer.processed).toHaveLength(2);
    expect((await storedTerms(store, site.id)).size).toBe(1);
  });

  it('takes keys that the database could not hold as they are', async () => {
    const long = { ...termEntry(1, 'long'), key: 'k'.repeat(9000) };
    const strange = { ...termEntry(2, 'nul'), key: 'a\u0000b \ud83d' };
    const answer = await callXmlRpc(server, site, 'jetpack.syncActions', [{ [long.key]: long.encoded }]);
    expect(answer.text).toContain(long.key);
    const posted = await postItems(server, site, [strange, { ...entryOf('unheard_of', []), key: long.key }]);
    expect(posted.processed).toHaveLength(2);
    expect((await storedTerms(store, site.id)).size).toBe(2);
  });

  it('does not care about the Content-Type', async () => {
    for (const type of ['application/json', 'text/xml', 'multipart/form-data', 'nonsense', '*/*; charset=']) {
      const answer = await postItems(server, site, [termEntry(1, type)], {}, { headers: { 'content-type': type } });
      expect(answer.processed).toHaveLength(1);
    }
  });

  it('refuses a copy of the site at another address with the fields that put it into safe mode', async () => {
    const mismatch = async (query: Record<string, string>) => {
      const answer = await expectRefused(postItems(server, site, [termEntry(1, 'clone')], query), 200, 'url_mismatch');
      return (answer.json?.['idc_detected'] as { error_code: string } | undefined)?.error_code;
    };
    expect(await mismatch({ home: 'https://staging.example', siteurl: 'https://staging.example' })).toBe('jetpack_url_mismatch');
    expect(await mismatch({ siteurl: 'https://staging.example' })).toBe('jetpack_site_url_mismatch');
    await postItems(server, site, [termEntry(7, 'known')]);
    expect(await mismatch({ home: 'https://staging.example' })).toBe('jetpack_home_url_mismatch');
    const answer = await callXmlRpc(server, site, 'jetpack.syncActions', [{ k: termEntry(1, 'clone').encoded }], { siteurl: 'https://staging.example' });
    expect(answer.text).toContain('<name>error_code</name><value><string>jetpack_site_url_mismatch</string>');
    const gone = await callXmlRpc(server, site, 'jetpack.deregister', [1], { siteurl: 'https://staging.example' });
    expect(gone.text).not.toContain('<boolean>1</boolean>');
    expect((await postItems(server, site, [termEntry(8, 'original')])).processed).toHaveLength(1);
    expect([...(await storedTerms(store, site.id)).keys()]).toEqual([7, 8]);
  });

  it('does not mind scheme, www., port and a slash in the addresses', async () => {
    const host = site.url.slice('http://'.length);
    const answer = await postItems(server, site, [termEntry(1, 'a')], { home: `https://www.${host}:8443/`, siteurl: `https://WWW.${host}` });
    expect(answer.processed).toHaveLength(1);
  });

  it('follows a site that moves with its administrator’s consent, and tells it so', async () => {
    const moved = `https://moved-${site.id}.example`;
    const answer = await postItems(server, site, [termEntry(1, 'a')], { home: moved, siteurl: moved, migrate_for_idc: '1' });
    expect(answer.json).toMatchObject({ processed_items: [expect.any(String) as string], migrated_for_idc: true });
    expect((await postItems(server, site, [termEntry(2, 'b')], { home: moved, siteurl: moved })).processed).toHaveLength(1);
    const other = await addTestSite(store, nextSiteId());
    await expectRefused(postItems(server, site, [termEntry(3, 'c')], { siteurl: other.url, migrate_for_idc: '1' }), 200, 'url_mismatch');
  });

  it('answers XML-RPC refusals as faults with the code in the text', async () => {
    const before = await traces();
    const [key] = site.blogToken.split('.');
    const entry = { k: termEntry(1, 'a').encoded };
    const answer = await callXmlRpc(server, site, 'jetpack.syncActions', [entry], {}, { token: `${key}.wrong` });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/xml/);
    expect(answer.text).toContain('Jetpack: [signature_mismatch]');
    expect((await callXmlRpc(server, site, 'jetpack.syncActions', [entry], { codec: 'zip' })).text).toContain('Jetpack: [unknown_codec]');
    expect((await callXmlRpc(server, site, 'jetpack.syncActions', [entry], {}, { token: site.userToken, userId: 1 })).text).toContain('Jetpack: [invalid_token]');
    expect((await callXmlRpc(server, site, 'jetpack.syncActions', [entry], { wpcom_blog_id: '17' })).text).toContain('Jetpack: [invalid_token]');
    expect(await traces()).toEqual(before);
  });
});
