// The store that tests share: one a worker, embedded by default, a PostgreSQL server when TEST_DATABASE_URL names one.
// TEST_CACHE=1 puts a cache of reads before it whose rows nobody can change; tests that count statements then find fewer.
// TEST_PARTITIONS lays the tables of a server out by site. Each test file works on sites of its own (nextSiteId), so files do not see each other's rows.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createCachedDatabase } from '../../store/cache/cached-database.js';
import { ReadCache } from '../../store/cache/read-cache.js';
import { openPostgresDatabase, openEmbeddedDatabase, type Database } from '../../store/database.js';
import { distribute } from '../../store/distribute.js';
import { migrate } from '../../store/migrate.js';
import { createSecrets } from '../../store/secrets.js';
import { addSite, normalizeSiteUrl, type NewSite, type SiteRecord } from '../../store/sites.js';
import { createStore, type Store } from '../../store/store.js';
import type { SiteId } from '../../core/ids.js';

let shared: Promise<Store> | undefined;
let lastSiteId = 500_000 + Math.floor(Math.random() * 100_000) * 100;

/** The worker's store, opened and migrated on first use. Tests never close it. */
export function openTestStore(): Promise<Store> {
  shared ??= openOnce();
  return shared;
}

/** A site id that no other test uses. */
export function nextSiteId(): SiteId {
  lastSiteId += 1;
  return lastSiteId as SiteId;
}

/** Adds a site that answers on a port of this machine. The system hands ports out again: who had this address before is at it no longer. */
export async function addLocalSite(store: Store, input: NewSite): Promise<SiteRecord> {
  await store.database.query(`UPDATE site SET url = 'http://gone-' || id || '.example' WHERE url = $1 AND id <> $2`, [normalizeSiteUrl(input.url), input.id]);
  return addSite(store, input);
}

/** A store of its own in memory, for tests that close it or count everything in it. */
export async function openPrivateStore(): Promise<Store> {
  const database = await openEmbeddedDatabase();
  await migrate(database);
  return createStore(perhapsCached(database), createSecrets('a root key for tests only'));
}

function perhapsCached(database: Database): Database {
  if (process.env['TEST_CACHE'] === undefined) return database;
  return createCachedDatabase(database, { cache: new ReadCache({ maxBytes: 32 * 1024 * 1024, freezes: true }), announcer: null });
}

async function openOnce(): Promise<Store> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) return openPrivateStore();
  const name = `sitegraph_test_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = await openPostgresDatabase(url.href);
  await migrate(database);
  // The same tests on tables that are laid out by site, as they are on several machines.
  const partitions = Number(process.env['TEST_PARTITIONS'] ?? 0);
  if (partitions > 0) await distribute(database, 'partitions', partitions);
  return createStore(perhapsCached(database), createSecrets('a root key for tests only'));
}
