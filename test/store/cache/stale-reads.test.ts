// A read that is older than an acknowledged commit is a bug. Writers through store/apply and readers of every kind run against each other,
// in one process and, where TEST_DATABASE_URL names a server, in several; and caches that are careless are seen to be caught.
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SiteId } from '../../../core/ids.js';
import { applyBatch } from '../../../store/apply/apply.js';
import type { Part } from '../../../store/cache/parts.js';
import { ReadCache } from '../../../store/cache/read-cache.js';
import { readLog } from '../../../store/read/changes.js';
import { nextSiteId } from '../../testkit/store.js';
import { addTestSite, CACHE_BYTES, chase, makeServerDatabase, openCachedStore, openSharedStore, postItem, readVersions, until, type CachedStore } from './kit.js';

const server = process.env['TEST_DATABASE_URL'];
const LIMIT_MS = 240_000;

/** Forgets to hear of writes. */
class DeafCache extends ReadCache {
  override hold(): (isCommitted: boolean) => void {
    return () => undefined;
  }
}

/** Keeps what it read whenever it comes, also after a commit that came in between. */
class LateCache extends ReadCache {
  readonly #kept = new Map<string, unknown>();

  override async read<Value>(key: string, _partsOf: () => readonly Part[], run: () => Promise<Value>): Promise<Value> {
    if (this.#kept.has(key)) return this.#kept.get(key) as Value;
    const value = await run();
    await setTimeout(5);
    this.#kept.set(key, value);
    return value;
  }

  override hold(): (isCommitted: boolean) => void {
    this.#kept.clear();
    return () => undefined;
  }
}

describe('in one process', () => {
  it('no reader sees less than what was acknowledged, or less than it saw before', async () => {
    const { store, cache } = await openCachedStore();
    const siteId = await addTestSite(store, nextSiteId());
    expect(await chase({ siteId, writers: [store], readers: [store], rounds: 40 })).toEqual([]);
    expect(cache.stats.hits).toBeGreaterThan(100);
    expect(cache.stats.drops).toBeGreaterThan(100);
  }, LIMIT_MS);

  it.each([['is deaf', DeafCache], ['keeps what comes late', LateCache]])('a cache that %s is caught', async (_how, Careless) => {
    const { store } = await openCachedStore(new Careless({ maxBytes: CACHE_BYTES }));
    let caught = 0;
    for (let hunt = 0; hunt < 10 && caught === 0; hunt += 1) {
      const siteId = await addTestSite(store, nextSiteId());
      caught = (await chase({ siteId, writers: [store], readers: [store], rounds: 20 })).length;
    }
    expect(caught).toBeGreaterThan(0);
  }, LIMIT_MS);

  it('a transaction that is rolled back leaves the rows as they were, and the next commit is seen', async () => {
    const { store } = await openCachedStore();
    const siteId = await addTestSite(store, nextSiteId());
    await applyBatch(store, siteId, [postItem(1, 1)], new Date());
    expect((await readVersions(store, siteId, [1], 0)).get(1)).toBe(1);
    await expect(
      store.database.transaction(async (tx) => {
        await tx.query(`UPDATE post SET title = '9' WHERE site_id = $1`, [siteId]);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect((await readVersions(store, siteId, [1], 0)).get(1)).toBe(1);
    await applyBatch(store, siteId, [postItem(1, 2)], new Date());
    expect((await readVersions(store, siteId, [1], 0)).get(1)).toBe(2);
  }, LIMIT_MS);

  it('a writer that does not say what it touches touches all of the table', async () => {
    const { store } = await openCachedStore();
    const siteId = await addTestSite(store, nextSiteId());
    await applyBatch(store, siteId, [postItem(1, 1)], new Date());
    for (const way of [0, 1, 2]) expect((await readVersions(store, siteId, [1], way)).get(1)).toBe(1);
    await store.database.query(`UPDATE post SET title = '7', content = '7' WHERE id = 1 AND site_id = $1`, [siteId]);
    for (const way of [0, 1, 2]) expect((await readVersions(store, siteId, [1], way)).get(1)).toBe(7);
  }, LIMIT_MS);
});

describe('a process that has not heard yet', () => {
  it('gives nobody a place in the change log together with what is older', async () => {
    const { store: deaf } = await openCachedStore();
    const { store: other } = await openCachedStore();
    const siteId = await addTestSite(other, nextSiteId());
    await applyBatch(other, siteId, [postItem(1, 1)], new Date());
    for (const way of [5, 0, 2]) await readVersions(deaf, siteId, [1], way);
    await applyBatch(other, siteId, [postItem(1, 2)], new Date());
    expect((await readVersions(deaf, siteId, [1], 0)).get(1)).toBe(1);
    const log = await readLog(deaf.database, [{ siteId, after: 0 }], null, 10);
    expect(log.heads.get(siteId)).toBe(2);
    for (const way of [0, 2]) expect((await readVersions(deaf, siteId, [1], way)).get(1)).toBe(2);
  }, LIMIT_MS);
});

describe.skipIf(server === undefined)('in several processes on one server', () => {
  let url: string;
  let one: CachedStore;
  let two: CachedStore;
  let siteId: SiteId;

  beforeAll(async () => {
    url = await makeServerDatabase(server ?? '');
    one = await openSharedStore(url);
    two = await openSharedStore(url);
    siteId = await addTestSite(one.store, nextSiteId());
  }, LIMIT_MS);
  afterAll(async () => {
    await one.close();
    await two.close();
  });

  it('a process that reads what it wrote is not behind', async () => {
    const own = await addTestSite(one.store, nextSiteId());
    expect(await chase({ siteId: own, writers: [one.store], readers: [one.store], rounds: 40 })).toEqual([]);
  }, LIMIT_MS);

  it('no reader of another process sees less than what was acknowledged and heard', async () => {
    const heard = () => Promise.all([one.listener.caughtUp(), two.listener.caughtUp()]);
    expect(await chase({ siteId, writers: [one.store, two.store], readers: [one.store, two.store], rounds: 40, acknowledged: heard })).toEqual([]);
    expect(one.cache.stats.hits + two.cache.stats.hits).toBeGreaterThan(100);
  }, LIMIT_MS);

  it('a process that lost its listening connection serves nothing until it hears again, and then nothing old', async () => {
    const own = await addTestSite(one.store, nextSiteId());
    await applyBatch(one.store, own, [postItem(1, 1)], new Date());
    await two.listener.caughtUp();
    expect((await readVersions(two.store, own, [1], 0)).get(1)).toBe(1);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const off = until(() => !two.cache.isOn);
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sitegraph cache' AND datname = current_database()`);
    await off;
    await applyBatch(one.store, own, [postItem(1, 2)], new Date());
    expect((await readVersions(two.store, own, [1], 0)).get(1)).toBe(2);
    await until(() => two.cache.isOn && one.cache.isOn);
    expect(two.cache.stats.entries).toBe(0);
    expect((await readVersions(two.store, own, [1], 0)).get(1)).toBe(2);
    await admin.end();
  }, LIMIT_MS);

  it('nothing old is seen while listening connections are killed again and again', async () => {
    const own = await addTestSite(one.store, nextSiteId());
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    let isOver = false;
    const killing = (async () => {
      while (!isOver) {
        await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sitegraph cache' AND datname = current_database()`);
        await until(() => isOver || (one.cache.isOn && two.cache.isOn));
      }
    })();
    const heard = () => Promise.all([one.listener.caughtUp(), two.listener.caughtUp()]);
    expect(await chase({ siteId: own, writers: [one.store, two.store], readers: [one.store, two.store], rounds: 40, acknowledged: heard })).toEqual([]);
    isOver = true;
    await killing;
    await admin.end();
  }, LIMIT_MS);
});
