// Stores with a cache for tests, which freeze what they keep; and writers and readers that try to see something outdated.
import { randomBytes } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { DecodedItem, DomainChange } from '../../../core/changes.js';
import type { SiteId } from '../../../core/ids.js';
import { applyBatch } from '../../../store/apply/apply.js';
import { createAnnouncer } from '../../../store/cache/announcer.js';
import { createCachedDatabase } from '../../../store/cache/cached-database.js';
import { startListener, type Listener } from '../../../store/cache/listener.js';
import { ReadCache } from '../../../store/cache/read-cache.js';
import { openPostgresDatabase } from '../../../store/database.js';
import { migrate } from '../../../store/migrate.js';
import { readMeta } from '../../../store/read/content-facts.js';
import { countContentLists, readContentLists, type ContentListQuery } from '../../../store/read/content-lists.js';
import { readContentBodies, readContentHeads } from '../../../store/read/content.js';
import { createSecrets } from '../../../store/secrets.js';
import { addSite, sitesByIds } from '../../../store/sites.js';
import { createStore, type Store } from '../../../store/store.js';
import { openTestStore } from '../../testkit/store.js';

export const CACHE_BYTES = 16 * 1024 * 1024;
const KEY = 'a root key for tests only';

export interface CachedStore {
  readonly store: Store;
  readonly cache: ReadCache;
  readonly listener: Listener;
  close(): Promise<void>;
}

/** The store that tests share, through a cache of its own. All that is written must go through it. */
export async function openCachedStore(cache = new ReadCache({ maxBytes: CACHE_BYTES, freezes: true })): Promise<{ readonly store: Store; readonly cache: ReadCache }> {
  const { database, secrets } = await openTestStore();
  return { store: createStore(createCachedDatabase(database, { cache, announcer: null }), secrets), cache };
}

/** Makes a database on the server of the tests, with all tables. */
export async function makeServerDatabase(server: string): Promise<string> {
  const url = new URL(server);
  url.pathname = `/sitegraph_cache_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${url.pathname.slice(1)}`);
  await admin.end();
  const database = await openPostgresDatabase(url.href);
  await migrate(database);
  await database.close();
  return url.href;
}

/** A store as one of several processes has it. */
export async function openSharedStore(url: string, cache = new ReadCache({ maxBytes: CACHE_BYTES, freezes: true })): Promise<CachedStore> {
  const announcer = createAnnouncer();
  const listener = await startListener(url, cache, announcer);
  const store = createStore(createCachedDatabase(await openPostgresDatabase(url), { cache, announcer }), createSecrets(KEY));
  return {
    store, cache, listener,
    async close() {
      await listener.close();
      await store.close();
    },
  };
}

/** Resolves when a condition holds; the test's own limit ends it. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await setTimeout(10);
}

// Newer than all that was recorded, so that no full sync's end speaks against it.
let lastRev = 1_830_000_000_000_000;

/** One item that makes changes; each call is newer than the one before. */
export function itemOf(changes: (rev: number) => readonly DomainChange[]): DecodedItem {
  const rev = (lastRev += 1_000);
  return { key: `${rev}`, action: 'test', rev, at: '2026-01-01T00:00:00Z', isImporting: false, actor: null, changes: changes(rev), audit: null, deadLetter: null };
}

/** A published post whose every text is its version. */
export const postItem = (id: number, version: number, status = 'publish'): DecodedItem =>
  itemOf((rev) => [
    {
      kind: 'upsert', entity: 'post', key: { id }, rev,
      groups: {
        core: {
          type: 'post', status, parentId: 0, menuOrder: 0, title: String(version), content: String(version), excerpt: '', slug: `p${id}`, localDate: '2026-01-01T00:00:00',
          dateGmt: '2026-01-01T00:00:00Z', modifiedGmt: '2026-01-01T00:00:00Z', commentStatus: 'open', pingStatus: 'open', mimeType: '', guid: '', passwordProtected: false,
        },
        author: { authorId: 1 },
      },
    },
    { kind: 'upsert', entity: 'postMeta', key: { metaId: id }, rev, groups: { core: { postId: id, metaKey: 'version', value: String(version) } } },
  ]);

export async function addTestSite(store: Store, id: SiteId): Promise<SiteId> {
  await addSite(store, { id, url: `http://cache-${id}.example`, blogToken: `k${id}.s${id}`, userTokens: [] });
  return id;
}

const EVERYTHING = { everyStatus: true, statuses: [], everyOwnStatus: false, ownStatuses: [], userId: 0, restrictedIds: [], restrictedStatuses: [] };

/** A list of the published posts of a site. */
export const listOf = (siteId: SiteId): ContentListQuery => ({
  siteId, types: [{ type: 'post', rule: EVERYTHING, searchesProtected: true }], order: 'TITLE_ASC', after: null, take: 50,
  filter: {
    statuses: ['publish'], customBeside: null, authorIds: null, ttIds: null, pattern: null, modifiedAfter: null, publishedAfter: null, publishedBefore: null, meta: null, sticky: null,
  },
});

/** The version of each post as each kind of read tells it, and the site's sequence under 0. */
export async function readVersions(store: Store, siteId: SiteId, ids: readonly number[], way: number): Promise<Map<number, number>> {
  const db = store.database;
  const keys = ids.map((localId) => ({ siteId, localId }));
  const textOf = (localId: number): string => `${siteId}/${localId}`;
  switch (way % 6) {
    case 0: {
      const heads = await readContentHeads(db, keys);
      return new Map(ids.map((id) => [id, Number(heads.get(textOf(id))?.title ?? 0)]));
    }
    case 1: {
      const bodies = await readContentBodies(db, keys);
      return new Map(ids.map((id) => [id, Number(bodies.get(textOf(id))?.content ?? 0)]));
    }
    case 2: {
      const [rows = []] = await readContentLists(db, [listOf(siteId)]);
      return new Map(ids.map((id) => [id, Number(rows.find((row) => row.localId === id)?.title ?? 0)]));
    }
    case 3: {
      const metas = await readMeta(db, 'post', keys.map((key) => ({ ...key, keys: ['version'] })));
      return new Map(ids.map((id, index) => [id, Number(metas[index]?.[0]?.value ?? 0)]));
    }
    case 4: {
      // One at a time: a read of its own a row.
      const [id = 0] = ids.slice(way % ids.length);
      const body = await readContentBodies(db, [{ siteId, localId: id }]);
      return new Map([[id, Number(body.get(textOf(id))?.content ?? 0)]]);
    }
    default: {
      const [count = 0] = await countContentLists(db, [listOf(siteId)]);
      const sites = await sitesByIds(db, [siteId]);
      return new Map([[0, sites.get(siteId)?.sequence ?? 0], ...(count === 0 ? ([[-1, 0]] as const) : [])]);
    }
  }
}

export interface Chase {
  readonly siteId: SiteId;
  /** Through these each write goes, in turn; and through `readers` each read. */
  readonly writers: readonly Store[];
  readonly readers: readonly Store[];
  readonly rounds: number;
  /** Awaited after a write and before it counts as acknowledged. */
  readonly acknowledged?: () => Promise<unknown>;
}

const POSTS = [1, 2, 3, 4];

/** Writes without end while readers read; returns what they saw that was older than what had been acknowledged, or than what they had seen. */
export async function chase({ siteId, writers, readers, rounds, acknowledged }: Chase): Promise<string[]> {
  const stale: string[] = [];
  const known = new Map<number, number>();
  let isOver = false;
  let sequence = 0;
  const write = async (id: number): Promise<void> => {
    for (let version = 1; version <= rounds; version += 1) {
      const store = writers[(id + version) % writers.length] as Store;
      await applyBatch(store, siteId, [postItem(id, version)], new Date());
      const [row] = await store.database.query<{ sequence: number }>('SELECT sequence FROM site WHERE id = $1', [siteId]);
      await acknowledged?.();
      known.set(id, version);
      sequence = Math.max(sequence, row?.sequence ?? 0);
      if (version % 3 === 0) await setImmediate();
      // Quiet moments, in which what was kept too late is there to be read.
      if (version % 4 === 0) await setTimeout(20);
    }
  };
  const look = async (reader: number): Promise<void> => {
    const seen = new Map<string, number>();
    for (let way = reader; !isOver; way += 1) {
      const floor = new Map([...known, [0, sequence] as const]);
      const store = readers[reader % readers.length] as Store;
      for (const [id, version] of await readVersions(store, siteId, POSTS, way)) {
        const least = Math.max(floor.get(id) ?? 0, acknowledged ? 0 : (seen.get(`${way % 6}/${id}`) ?? 0));
        if (version < least) stale.push(`reader ${reader} way ${way % 6} post ${id}: ${version} after ${least}`);
        seen.set(`${way % 6}/${id}`, version);
      }
      if (way % 5 === 0) await setImmediate();
    }
  };
  const looking = Array.from({ length: 6 }, (_, reader) => look(reader));
  await Promise.all(POSTS.map(write));
  isOver = true;
  await Promise.all(looking);
  return stale;
}
