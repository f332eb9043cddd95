// Lays the tables of sites out for more than one machine: distributed by site over the nodes of Citus, or, on plain PostgreSQL, as hash
// partitions by site, which asks the same of schema and statements. Called by `sitegraph distribute`, once, while nothing else runs.
// A table whose keys do not hold its site stays where it is.
import { AppError } from '../core/errors.js';
import type { Database, Queryable } from './database.js';
import { SITE_TABLES } from './sites.js';

/** `hash` is unique alone, and most grants belong to no site yet. */
const STAYING: ReadonlySet<string> = new Set(['connection_grant']);

export interface Distributed {
  readonly kind: 'citus' | 'partitions';
  readonly tables: readonly string[];
  /** Unique keys that do not hold the site and were made plain indexes. */
  readonly loosened: readonly string[];
}

interface Place {
  readonly table: string;
  /** The column that names the site. */
  readonly column: string;
}

/** The tables that are laid out, the one of the sites first. */
export const DISTRIBUTED_TABLES: readonly Place[] = [
  { table: 'site', column: 'id' },
  ...SITE_TABLES.filter((table) => !STAYING.has(table)).map((table) => ({ table, column: 'site_id' })),
];

/** Whether this database can load Citus. */
export async function hasCitus(db: Queryable): Promise<boolean> {
  return (await db.query(`SELECT 1 FROM pg_available_extensions WHERE name = 'citus'`)).length > 0;
}

/** Lays the tables out. `parts` is how many shards or partitions each gets. Throws CONFIGURATION when that was done before. */
export function distribute(database: Database, kind: Distributed['kind'], parts: number): Promise<Distributed> {
  return database.transaction(async (tx) => {
    await tx.query(`SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)`);
    const done = await tx.query(`SELECT relname FROM pg_class WHERE relkind = 'p' AND relname = 'site' AND relnamespace = 'public'::regnamespace`);
    if (done.length > 0) throw new AppError('CONFIGURATION', 'the tables are partitioned already; to change their number, copy the data into a new database');
    const loosened: string[] = [];
    if (kind === 'citus') await tx.query('CREATE EXTENSION IF NOT EXISTS citus');
    for (const place of DISTRIBUTED_TABLES) {
      loosened.push(...(await loosen(tx, place)));
      if (kind === 'citus') await tx.query(`SELECT create_distributed_table('${place.table}', '${place.column}', ${place.table === 'site' ? `shard_count := ${parts}` : `colocate_with := 'site'`})`);
      else await partition(tx, place, parts);
    }
    return { kind, tables: DISTRIBUTED_TABLES.map(({ table }) => table), loosened };
  });
}

interface Index extends Record<string, unknown> {
  readonly name: string;
  readonly definition: string;
  readonly isUnique: boolean;
  /** As a constraint's text; null for an index alone. */
  readonly constraint: string | null;
  readonly columns: readonly string[];
}

async function indexesOf(tx: Queryable, table: string): Promise<Index[]> {
  return tx.query<Index>(
    `SELECT i.relname AS name, pg_get_indexdef(x.indexrelid) AS definition, x.indisunique AS "isUnique", pg_get_constraintdef(c.oid) AS constraint,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = x.indrelid AND a.attnum = ANY(x.indkey)) AS columns
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype IN ('p', 'u')
     WHERE x.indrelid = $1::regclass ORDER BY i.relname`,
    [`public.${table}`],
  );
}

/** No part of a table can hold a key that is unique over all parts: such an index goes on as a plain one, and who adds rows looks first. */
async function loosen(tx: Queryable, { table, column }: Place): Promise<string[]> {
  const loose = (await indexesOf(tx, table)).filter(({ isUnique, columns }) => isUnique && !columns.includes(column));
  for (const { name, definition, constraint } of loose) {
    if (constraint !== null) throw new AppError('INTERNAL', `the key ${name} of ${table} does not hold its site; list the table among those that stay`);
    await tx.query(`DROP INDEX "${name}"`);
    await tx.query(definition.replace(/^CREATE UNIQUE INDEX/, 'CREATE INDEX'));
  }
  return loose.map(({ name }) => name);
}

async function partition(tx: Queryable, { table, column }: Place, parts: number): Promise<void> {
  const indexes = await indexesOf(tx, table);
  const columns = await tx.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`, [`public.${table}`]);
  const names = columns.map(({ name }) => name).join(', ');
  await tx.query(`ALTER TABLE ${table} RENAME TO ${table}_whole`);
  await tx.query(`CREATE TABLE ${table} (LIKE ${table}_whole INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY INCLUDING STORAGE) PARTITION BY HASH (${column})`);
  for (let part = 0; part < parts; part += 1) await tx.query(`CREATE TABLE ${table}_part_${part} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${parts}, REMAINDER ${part})`);
  await tx.query(`INSERT INTO ${table} (${names}) SELECT ${names} FROM ${table}_whole`);
  await tx.query(`DROP TABLE ${table}_whole`);
  for (const { name, definition, constraint } of indexes) await tx.query(constraint === null ? definition : `ALTER TABLE ${table} ADD CONSTRAINT "${name}" ${constraint}`);
}
