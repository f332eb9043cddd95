// Opens the store: database, migrations, Prisma client, secrets. The composition roots and the test kit call this;
// everything else is given the `Store`.
import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { PrismaClient } from '../prisma/client/client.js';
import { openEmbeddedDatabase, openPostgresDatabase, type Database } from './database.js';
import { migrate } from './migrate.js';
import { createSecrets, type Secrets } from './secrets.js';

/** What every user of the store holds. `database` is for prepared SQL in store/, `prisma` for ordinary access. */
export interface Store {
  readonly database: Database;
  readonly prisma: PrismaClient;
  readonly secrets: Secrets;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** PostgreSQL server; when undefined the embedded database of `folder` is used, in memory when that is undefined too. */
  readonly databaseUrl?: string | undefined;
  readonly folder?: string | undefined;
  readonly rootKey: Uint8Array | string;
}

/** Opens the store and applies the migrations. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = options.databaseUrl === undefined ? await openEmbeddedDatabase(options.folder) : await openPostgresDatabase(options.databaseUrl);
  await migrate(database);
  return createStore(database, createSecrets(options.rootKey));
}

/** Wraps an open and migrated database. */
export function createStore(database: Database, secrets: Secrets): Store {
  const adapter =
    database.kind === 'pglite' ? new PrismaPGlite(database.driver as PGlite) : new PrismaPg(database.driver as pg.Pool);
  const prisma = new PrismaClient({ adapter });
  return {
    database,
    prisma,
    secrets,
    async close() {
      await prisma.$disconnect();
      await database.close();
    },
  };
}
