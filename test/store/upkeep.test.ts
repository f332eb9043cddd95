import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepUp } from '../../store/upkeep.js';

describe('the upkeep of the embedded database', () => {
  let pglite: PGlite;
  beforeAll(async () => {
    pglite = await PGlite.create();
    await pglite.exec('CREATE TABLE calm (x int); CREATE TABLE "Worn out" (site int, x int); CREATE INDEX ON "Worn out" (site); CREATE INDEX ON "Worn out" (x)');
  });
  afterAll(() => pglite.close());

  async function afterCounting(sql: string): Promise<string[]> {
    await pglite.exec(sql);
    // Counters are told at most once a second unless that is asked for.
    await pglite.query('SELECT pg_stat_force_next_flush()');
    await pglite.query('SELECT 1');
    return keepUp(pglite);
  }
  const scanned = async (): Promise<string> => JSON.stringify((await pglite.query('EXPLAIN SELECT * FROM "Worn out" WHERE site = 1 AND x = ANY($1::int[])', [[1, 2, 3]])).rows);

  it('analyses what grew, so that the planner knows that one site is all rows', async () => {
    expect(await afterCounting('INSERT INTO "Worn out" SELECT 1, n FROM generate_series(1, 20000) n; INSERT INTO calm SELECT n FROM generate_series(1, 100) n')).toEqual(['"Worn out"']);
    expect(await scanned()).toContain('Worn out_x_idx');
    expect(await keepUp(pglite)).toEqual([]);
  });

  it('vacuums what holds many dead rows', async () => {
    expect(await afterCounting('DELETE FROM "Worn out" WHERE x > 9000')).toEqual(['"Worn out"']);
    expect(await afterCounting('SELECT 1')).toEqual([]);
    const { rows } = await pglite.query<{ dead: number }>(`SELECT n_dead_tup AS dead FROM pg_stat_user_tables WHERE relname = 'Worn out'`);
    expect(rows).toEqual([{ dead: 0 }]);
  });
});
