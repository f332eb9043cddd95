// The one way to the database: prepared SQL over PGlite (a data directory) or a PostgreSQL server, same dialect.
// Opened by store/store.ts only. int8 comes back as a number (no value here exceeds 2^53), timestamptz as Date in UTC,
// timestamp without zone as text, jsonb parsed.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { AppError } from '../core/errors.js';
import { packagePath } from '../core/package-root.js';
import type { Part } from './cache/parts.js';
import type { ReadCache } from './cache/read-cache.js';
import { createEmbeddedStatements } from './embedded-statements.js';
import { createUpkeep, STATISTICS_TARGET } from './upkeep.js';

export type SqlValue = string | number | boolean | null | Date | Uint8Array | readonly (string | number | boolean | null)[];
export type Row = Record<string, unknown>;

/** Runs statements: on its own connection, or inside one transaction. */
export interface Queryable {
  /**
   * Runs one statement with $1… parameters and returns its rows. The text should be constant, so that it is prepared once. `touches` says
   * which part of a cached table it writes (store/cache/tables.ts); a table that it writes and does not name is touched as a whole.
   */
  query<T extends Row = Row>(text: string, values?: readonly SqlValue[], touches?: readonly Part[]): Promise<T[]>;
  /** What store/cache/cached-rows.ts reads through; absent where nothing is cached, and in transactions. */
  readonly cache?: ReadCache;
}

export interface Database extends Queryable {
  readonly kind: 'pglite' | 'postgres';
  /** Runs `work` in one transaction; commits when it resolves and rolls back when it rejects. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Runs a script of several statements without parameters (migrations only). */
  script(sql: string): Promise<void>;
  /** Runs a script of several statements without parameters in one transaction (the schema of the queue library only). */
  atomicScript(sql: string): Promise<void>;
  /** The underlying driver, for the Prisma adapter in store/store.ts. */
  readonly driver: PGlite | pg.Pool;
  close(): Promise<void>;
}

/** Half of the default: opening takes 0.2 s less and 70 MB less memory (measured), and what is not in them the system still has in its own. */
const SHARED_BUFFERS = '64MB';
const INT8 = 20;
const TIMESTAMP = 1114;
const STATEMENT_TIMEOUT_MS = 30_000;
/** How long a batch waits for its site's row while another holds it, before it fails with lock_not_available (55P03). */
const LOCK_TIMEOUT_MS = 5_000;
const CONNECTION_TIMEOUT_MS = 10_000;

/** Opens (or creates) an embedded database in a folder; without a folder it lives in memory. */
export async function openEmbeddedDatabase(folder?: string): Promise<Database> {
  const parsers = { [INT8]: Number, [TIMESTAMP]: (text: string) => text };
  const template = packagePath('dist', 'embedded-database.tgz');
  const isNew = folder === undefined || !existsSync(join(folder, 'PG_VERSION'));
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({
    ...(folder === undefined ? {} : { dataDir: folder }),
    // Creating a database takes three times the memory of opening one (measured: 840 against 280 MiB), so it was done at build.
    ...(isNew && existsSync(template) ? { loadDataDir: new Blob([readFileSync(template)]) } : {}),
    parsers,
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
  });
  await pglite.exec(`SET TIME ZONE 'UTC'; SET default_statistics_target = ${STATISTICS_TARGET}`);
  return fromPglite(pglite);
}

/** Wraps an open PGlite, whose int8 and timestamp parsers are those of {@link openEmbeddedDatabase}. */
export function fromPglite(pglite: PGlite): Database {
  const keepUp = createUpkeep(pglite);
  const statements = createEmbeddedStatements(pglite);
  return {
    kind: 'pglite',
    driver: pglite,
    // PGlite's own locks, in the order in which its query() takes them.
    query: (text, values = []) => pglite._runExclusiveTransaction(() => pglite._runExclusiveQuery(() => statements.run(text, values))),
    async transaction(work) {
      await keepUp();
      return (await pglite.transaction((tx) =>
        work({
          async query(text, values = []) {
            // Outside of its transaction a statement would be a change of its own.
            if (tx.closed) throw new AppError('INTERNAL', 'a statement was sent to a transaction that is over; await each statement inside it');
            return pglite._runExclusiveQuery(() => statements.run(text, values));
          },
        }),
      )) as Awaited<ReturnType<typeof work>>;
    },
    script: async (sql) => {
      await pglite.exec(sql);
      await statements.forget();
    },
    atomicScript: async (sql) => {
      await pglite.transaction(async (tx) => {
        await tx.exec(sql);
      });
      await statements.forget();
    },
    close: () => pglite.close(),
  };
}

/** Connects to a PostgreSQL server through a pool. */
export async function openPostgresDatabase(url: string, poolSize = 10): Promise<Database> {
  const types = { getTypeParser: postgresParser } as unknown as pg.CustomTypesConfig;
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types,
    // Compiling a statement costs 100 ms where it is estimated to be dear (measured: counts over 1,000 followed sites), and gains nothing here.
    options: `-c TimeZone=UTC -c lock_timeout=${LOCK_TIMEOUT_MS} -c jit=off`,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
  });
  pool.on('error', () => {
    // An idle connection was lost; the pool replaces it, and the next statement reports a lasting outage.
  });
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    await pool.end();
    throw new AppError('CONFIGURATION', 'cannot connect to the PostgreSQL server that DATABASE_URL names; check that it runs and accepts the user', { cause });
  }
  const run = async <T extends Row>(client: pg.Pool | pg.PoolClient, text: string, values: readonly SqlValue[] = []) =>
    (await client.query<T>({ text, values: values as unknown[], name: statementName(text) })).rows;
  return {
    kind: 'postgres',
    driver: pool,
    query: (text, values) => run(pool, text, values),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await work({ query: (text, values) => run(client, text, values) });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        try {
          await client.query('ROLLBACK');
        } catch (lost) {
          broken = lost as Error;
        }
        throw error;
      } finally {
        client.release(broken);
      }
    },
    script: async (sql) => {
      await pool.query(sql);
    },
    atomicScript: async (sql) => {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query(`BEGIN; ${sql}; COMMIT`);
      } catch (error) {
        broken = error as Error;
        throw error;
      } finally {
        // A connection inside a failed transaction is not used again.
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

function postgresParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === INT8) return Number;
  if (oid === TIMESTAMP) return (text: string) => text;
  return pg.types.getTypeParser(oid, format as 'text');
}

const names = new Map<string, string>();

// A statement's name is its place in this process; equal text always gets the equal name, so it is prepared once a connection.
function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `s${names.size}`;
    names.set(text, name);
  }
  return name;
}
