// Time, concurrency and a store that refuses or is not there: what is acknowledged is always exactly what is committed.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Queryable } from '../../store/database.js';
import type { Store } from '../../store/store.js';
import { faultOf } from '../../sync/store-faults.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';
import { addTestSite, callXmlRpc, entryOf, postItems, startSyncServer, storedTerms, termEntry, type TestServer, type TestSite } from './http-site.js';

/** The same store with transactions that pass through a hook, which may wait or throw. */
function withTransactions(store: Store, hook: (work: (tx: Queryable) => Promise<unknown>, run: Database['transaction']) => Promise<unknown>): Store {
  const run: Database['transaction'] = (work) => store.database.transaction(work);
  return { ...store, database: { ...store.database, transaction: (work) => hook(work, run) as ReturnType<typeof work> } };
}

function sqlError(code: string): Error {
  return Object.assign(new Error('refused by the test'), { code });
}

function terms(count: number): ReturnType<typeof termEntry>[] {
  return Array.from({ length: count }, (_, index) => termEntry(index + 1, `term ${index + 1}`));
}

describe('ingest', () => {
  let store: Store;
  let site: TestSite;
  const servers: TestServer[] = [];

  beforeAll(async () => {
    store = await openTestStore();
  });
  beforeEach(async () => {
    site = await addTestSite(store, nextSiteId());
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  async function serve(...args: Parameters<typeof startSyncServer>): Promise<TestServer> {
    const server = await startSyncServer(...args);
    servers.push(server);
    return server;
  }

  async function expectExactly(processed: readonly string[] | null, sent: readonly { key: string }[], count: number): Promise<void> {
    expect(processed).toEqual(sent.slice(0, count).map((entry) => entry.key));
    expect([...(await storedTerms(store, site.id)).keys()]).toEqual(sent.slice(0, count).map((_, index) => index + 1));
  }

  it('acknowledges only the items that were committed when its time runs out, and the rest when it comes again', async () => {
    let elapsedMs = 0;
    const slow = withTransactions(store, async (work, run) => {
      const result = await run(work);
      elapsedMs += 5_000;
      return result;
    });
    const server = await serve(slow, { clock: () => Date.now() + elapsedMs, limits: { itemsPerTransaction: 4 } });
    const sent = terms(20);
    const first = await postItems(server, site, sent);
    await expectExactly(first.processed, sent, 12);
    expect(first.status).toBe(200);
    elapsedMs = 0;
    const second = await postItems(server, site, sent.slice(12));
    expect(second.processed).toEqual(sent.slice(12).map((entry) => entry.key));
    expect((await storedTerms(store, site.id)).size).toBe(20);
    expect(server.metrics).toMatchObject({ batches: 2, partialBatches: 1, items: 20 });
  });

  it('keeps within the time-out that a site names, and commits something of a batch that is already late', async () => {
    let elapsedMs = 0;
    const slow = withTransactions(store, async (work, run) => {
      elapsedMs += 2_500;
      return run(work);
    });
    const server = await serve(slow, { clock: () => Date.now() + elapsedMs, limits: { itemsPerTransaction: 1 } });
    const sent = terms(5);
    await expectExactly((await postItems(server, site, sent, { timeout: '10' })).processed, sent, 2);
    elapsedMs = 0;
    expect((await postItems(server, site, sent.slice(2), { timeout: '1' })).processed).toEqual([sent[2]?.key]);
  });

  it('closes a transaction when it has decoded enough bytes', async () => {
    let transactions = 0;
    const counting = withTransactions(store, (work, run) => {
      transactions += 1;
      return run(work);
    });
    const server = await serve(counting, { limits: { bytesPerTransaction: 50_000 } });
    const sent = Array.from({ length: 9 }, (_, index) => termEntry(index + 1, 'n'.repeat(20_000)));
    await expectExactly((await postItems(server, site, sent)).processed, sent, 9);
    expect(transactions).toBe(3);
  });

  it('acknowledges a key that two items share only when both are committed', async () => {
    let elapsedMs = 0;
    const slow = withTransactions(store, async (work, run) => {
      elapsedMs += 20_000;
      return run(work);
    });
    const server = await serve(slow, { clock: () => Date.now() + elapsedMs, limits: { itemsPerTransaction: 2 } });
    const twice = [termEntry(1, 'a', { key: '1795461665.4725' }), termEntry(2, 'b'), termEntry(3, 'c', { key: '1795461665.4725' })];
    expect((await postItems(server, site, twice)).processed).toEqual([twice[1]?.key]);
  });

  it('makes few transactions at once however many sites send, and takes all that was sent', async () => {
    let inside = 0;
    let most = 0;
    const watched = withTransactions(store, async (work, run) => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const result = await run(work);
      inside -= 1;
      return result;
    });
    const server = await serve(watched, { limits: { maxAtWork: 2, itemsPerTransaction: 2 } });
    const sites = [];
    for (let count = 0; count < 5; count += 1) sites.push(await addTestSite(store, nextSiteId()));
    const sent = terms(6);
    const answers = await Promise.all(sites.map((each) => postItems(server, each, sent)));
    expect(answers.map((answer) => answer.processed?.length)).toEqual([6, 6, 6, 6, 6]);
    expect(most).toBe(2);
    for (const each of sites) expect((await storedTerms(store, each.id)).size).toBe(6);
  });

  it('takes one batch of a site at a time, and lets a second one wait', async () => {
    let inside = 0;
    let most = 0;
    const watched = withTransactions(store, async (work, run) => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const result = await run(work);
      inside -= 1;
      return result;
    });
    const server = await serve(watched, { limits: { itemsPerTransaction: 2 } });
    const sent = terms(12);
    const answers = await Promise.all([sent.slice(0, 6), sent.slice(6)].map((part) => postItems(server, site, part)));
    expect(answers.map((answer) => answer.processed?.length)).toEqual([6, 6]);
    expect(most).toBe(1);
    expect((await storedTerms(store, site.id)).size).toBe(12);
  });

  it('sends a second batch away with a time to come again when the first takes too long, while other sites are served', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isFirst = true;
    const stuck = withTransactions(store, async (work, run) => {
      const waits = isFirst;
      isFirst = false;
      if (waits) await held;
      return run(work);
    });
    const server = await serve(stuck, { limits: { leaseWaitMs: 100 } });
    const other = await addTestSite(store, nextSiteId());
    const first = postItems(server, site, [termEntry(1, 'first')]);
    while (server.metrics.inProgress === 0 || isFirst) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await postItems(server, site, [termEntry(2, 'second')]);
    expect(second.status).toBe(503);
    expect(second.json).toMatchObject({ code: 'concurrent_request_error' });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await postItems(server, other, [termEntry(1, 'other')])).processed).toHaveLength(1);
    release();
    expect((await first).processed).toHaveLength(1);
    expect((await postItems(server, site, [termEntry(2, 'second')])).processed).toHaveLength(1);
  });

  it('answers alike when another process holds the site', async () => {
    const server = await serve(withTransactions(store, () => Promise.reject(sqlError('55P03'))));
    const answer = await postItems(server, site, terms(2));
    expect(answer).toMatchObject({ status: 503, json: { code: 'concurrent_request_error' } });
    expect(answer.headers.get('retry-after')).toBe('10');
  });

  it('sends everyone away while it has too much to do, without reading', async () => {
    const server = await serve(store, { limits: { maxBatches: 0 } });
    const answer = await postItems(server, site, terms(2));
    expect(answer).toMatchObject({ status: 503, json: { code: 'server_overloaded' } });
    expect(answer.headers.get('retry-after')).toBe('30');
    const full = await serve(store, { limits: { maxBytesHeld: 100 } });
    expect((await postItems(full, site, terms(2))).json).toMatchObject({ code: 'server_overloaded' });
    expect((await callXmlRpc(full, site, 'jetpack.syncActions', [{}])).text).toContain('Jetpack: [server_overloaded]');
    expect(full.metrics).toMatchObject({ inProgress: 0, bytesHeld: 0 });
  });

  it('keeps an item that the database refuses as a dead letter, and commits its neighbours', async () => {
    const server = await serve(store);
    const poison = termEntry(900, 'poison');
    const poisoned = await serve(withTransactions(store, (work, run) => run(async (tx) => {
      const result = await work({
        query: async (text, values) => {
          if (text.includes('INTO term') && JSON.stringify(values).includes('poison')) throw sqlError('22003');
          return tx.query(text, values);
        },
      });
      return result;
    })));
    const sent = [...terms(10), poison, termEntry(11, 'term 11')];
    const answer = await postItems(poisoned, site, sent);
    expect([...(answer.processed ?? [])].sort()).toEqual(sent.map((entry) => entry.key).sort());
    expect([...(await storedTerms(store, site.id)).keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const letters = await store.database.query('SELECT item_key, action, reason, message FROM dead_letter WHERE site_id = $1', [site.id]);
    expect(letters).toEqual([{ item_key: poison.key, action: 'jetpack_sync_save_term', reason: 'refused-by-store', message: 'The store failed with Error 22003.' }]);
    expect((await postItems(server, site, [poison])).processed).toHaveLength(1);
    expect((await storedTerms(store, site.id)).get(900)).toBe('poison');
  });

  it('keeps an item with a value too long for an index as a dead letter', async () => {
    const server = await serve(store);
    const slug = randomBytes(9000).toString('hex');
    const term = { term_id: 5, name: 'x', slug, term_taxonomy_id: 5, taxonomy: slug, description: '', parent: 0, count: 0 };
    const sent = [termEntry(1, 'a'), entryOf('jetpack_sync_save_term', [term]), termEntry(2, 'b')];
    const answer = await postItems(server, site, sent);
    expect(answer.processed).toHaveLength(3);
    const stored = await storedTerms(store, site.id);
    expect([stored.get(1), stored.get(2)]).toEqual(['a', 'b']);
    const letters = await store.database.query('SELECT reason FROM dead_letter WHERE site_id = $1', [site.id]);
    expect(letters).toEqual([{ reason: 'refused-by-store' }]);
  });

  it('acknowledges nothing that is not committed when the store goes away, and does not call it a dead letter', async () => {
    let calls = 0;
    const failing = (error: () => Error) => withTransactions(store, (work, run) => {
      calls += 1;
      return calls > 2 ? Promise.reject(error()) : run(work);
    });
    const server = await serve(failing(() => sqlError('57P01')), { limits: { itemsPerTransaction: 3 } });
    const sent = terms(9);
    await expectExactly((await postItems(server, site, sent)).processed, sent, 6);
    const answer = await postItems(server, site, sent.slice(6));
    expect(answer).toMatchObject({ status: 503, json: { code: 'store_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(await store.database.query('SELECT 1 FROM dead_letter WHERE site_id = $1', [site.id])).toEqual([]);
  });

  it('retries an item once when the failure has no code', async () => {
    let calls = 0;
    const server = await serve(withTransactions(store, (work, run) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('Connection terminated unexpectedly')) : run(work);
    }));
    await expectExactly((await postItems(server, site, terms(1))).processed?.length === 1 ? ['k'] : [], [{ key: 'k' }], 1);
    expect(await store.database.query('SELECT 1 FROM dead_letter WHERE site_id = $1', [site.id])).toEqual([]);
  });

  it('answers with its own error when the store cannot even be asked for a token', async () => {
    const query = () => Promise.reject(sqlError('ECONNREFUSED'));
    const server = await serve({ ...store, database: { ...store.database, query } });
    expect(await postItems(server, site, terms(1))).toMatchObject({ status: 503, json: { code: 'store_unavailable' } });
    expect((await callXmlRpc(server, site, 'jetpack.syncActions', [{}])).text).toContain('Jetpack: [store_unavailable]');
  });

  it('notes the length and the lag of the queue that a site tells', async () => {
    const server = await serve(store);
    await postItems(server, site, [termEntry(1, 'old', { timestamp: Date.now() / 1000 - 120 }), termEntry(2, 'new')], { queue_size: '42' });
    const read = () => store.database.query<{ size: number; lag: number }>('SELECT queue_size AS size, queue_lag_seconds AS lag FROM site WHERE id = $1', [site.id]);
    const [first] = await read();
    expect(first?.size).toBe(42);
    expect(first?.lag).toBeGreaterThan(119);
    expect(first?.lag).toBeLessThan(130);
    await postItems(server, site, [termEntry(3, 'at once')], { queue: 'immediate-send', queue_size: null });
    expect(await read()).toEqual([first]);
  });

  it('forgets nonces once they are too old to be believed', async () => {
    let aheadMs = 0;
    const server = await serve(store, { clock: () => Date.now() + aheadMs });
    await postItems(server, site, terms(1));
    aheadMs = 970_000;
    await postItems(server, site, terms(1), {}, { nowMs: Date.now() + aheadMs });
    const nonces = await store.database.query('SELECT nonce FROM request_nonce WHERE site_id = $1', [site.id]);
    expect(nonces).toHaveLength(1);
  });

  it('tells what an item did wrong from what the store lacks by codes and types', () => {
    const faults = ['55P03', '40001', '40P01', '22003', '23505', '54000', '21000', '57P01', '53300', '08006', '42P01', '57014', 'ECONNRESET', 'EPIPE'].map((code) => faultOf(sqlError(code)));
    expect(faults).toEqual(['busy', 'busy', 'busy', ...Array<string>(4).fill('refused'), ...Array<string>(7).fill('unavailable')]);
    expect(faultOf(new TypeError('x'))).toBe('refused');
    expect(faultOf(new Error('x'))).toBeNull();
  });
});
