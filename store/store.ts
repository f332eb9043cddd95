// Opens the store: database, migrations, Prisma client, secrets. The composition roots and the test kit call this;
// everything else is given the `Store`.
import type { PGlite } from '@electric-sql/pglite';
import type pg from 'pg';
import type { PrismaClient } from '../prisma/client/client.js';
import { createAnnouncer } from './cache/announcer.js';
import { createCachedDatabase } from './cache/cached-database.js';
import { startListener } from './cache/listener.js';
import { ReadCache } from './cache/read-cache.js';
import { openEmbeddedDatabase, openPostgresDatabase, type Database } from './database.js';
import { migrate } from './migrate.js';
import { createSecrets, type Secrets } from './secrets.js';

/** What every user of the store holds. `database` is for prepared SQL in store/; `prisma` opens a client for ordinary access when it is first asked for. */
export interface Store {
  readonly database: Database;
  prisma(): Promise<PrismaClient>;
  readonly secrets: Secrets;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** PostgreSQL server; when undefined the embedded database of `folder` is used, in memory when that is undefined too. */
  readonly databaseUrl?: string | undefined;
  readonly folder?: string | undefined;
  readonly rootKey: Uint8Array | string;
  /** How much of what is read the process keeps; 0 for nothing. */
  readonly cacheBytes?: number | undefined;
}

/** Opens the store and applies the migrations. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = options.databaseUrl === undefined ? await openEmbeddedDatabase(options.folder) : await openPostgresDatabase(options.databaseUrl);
  await migrate(database);
  return createStore(await withCache(database, options.databaseUrl, options.cacheBytes ?? 0), createSecrets(options.rootKey));
}

/** On a server, other processes are told what this one writes even when it keeps nothing itself. */
export async function withCache(database: Database, databaseUrl: string | undefined, cacheBytes: number): Promise<Database> {
  const cache = cacheBytes === 0 ? null : new ReadCache({ maxBytes: cacheBytes });
  if (databaseUrl === undefined) return createCachedDatabase(database, { cache, announcer: null });
  const announcer = createAnnouncer();
  const listener = cache && (await startListener(databaseUrl, cache, announcer));
  const cached = createCachedDatabase(database, { cache, announcer });
  return {
    ...cached,
    async close() {
      await listener?.close();
      await cached.close();
    },
  };
}

/** Wraps an open and migrated database. */
export function createStore(database: Database, secrets: Secrets): Store {
  let prisma: Promise<PrismaClient> | undefined;
  return {
    database,
    prisma: () => (prisma ??= openPrisma(database)),
    secrets,
    async close() {
      await (await prisma)?.$disconnect();
      await database.close();
    },
  };
}

async function openPrisma({ kind, driver }: Database): Promise<PrismaClient> {
  const client = await import('../prisma/client/client.js');
  const adapter = kind === 'pglite'
    ? new (await import('pglite-prisma-adapter')).PrismaPGlite(driver as PGlite)
    : new (await import('@prisma/adapter-pg')).PrismaPg(driver as pg.Pool);
  return new client.PrismaClient({ adapter });
}
