// What a PostgreSQL server's autovacuum does, for the embedded database, which has no such process: without statistics the
// planner reads all rows of a site where it wants a few (measured at 300,000 metas: 1012 ms instead of 31 a batch), and
// without vacuum dead rows stay. Called by store/database.ts between transactions; it changes no row.
import type { PGlite } from '@electric-sql/pglite';

/** Transactions between two looks at the counters. */
const TRANSACTIONS = 32;
/** Values sampled a column, a third of PostgreSQL's default: analysing 100,000 posts takes under a second. */
export const STATISTICS_TARGET = 30;
/** Autovacuum's own thresholds, but for statistics a larger share, as each look holds up the only connection. */
const LEAST_CHANGED = 500;
const SHARE_CHANGED = 0.5;
const LEAST_DEAD = 5_000;
const SHARE_DEAD = 0.2;

const WORN = `
  SELECT quote_ident(relname) AS name, n_dead_tup > ${LEAST_DEAD} + ${SHARE_DEAD} * n_live_tup AS "hasDead"
  FROM pg_stat_user_tables
  WHERE schemaname = 'public' AND (n_mod_since_analyze > ${LEAST_CHANGED} + ${SHARE_CHANGED} * n_live_tup OR n_dead_tup > ${LEAST_DEAD} + ${SHARE_DEAD} * n_live_tup)`;

/** Analyses the tables that changed much, and vacuums those with many dead rows; returns their names. */
export async function keepUp(pglite: PGlite): Promise<string[]> {
  const { rows } = await pglite.query<{ name: string; hasDead: boolean }>(WORN);
  for (const { name, hasDead } of rows) await pglite.exec(hasDead ? `VACUUM (ANALYZE) ${name}` : `ANALYZE ${name}`);
  return rows.map((row) => row.name);
}

/** A function to await before each transaction; every so often it keeps the database up. */
export function createUpkeep(pglite: PGlite): () => Promise<void> {
  let transactions = 0;
  return async () => {
    transactions += 1;
    if (transactions % TRANSACTIONS === 0) await keepUp(pglite);
  };
}
