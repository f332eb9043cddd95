// Statements of the embedded database, prepared once: they answer as PGlite's own do, and outlive errors and changed schemas.
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromPglite, type Database, type Queryable, type SqlValue } from '../../store/database.js';

const INT8 = 20;
let pglite: PGlite;
let database: Database;

beforeAll(async () => {
  pglite = await PGlite.create({ parsers: { [INT8]: Number } });
  database = fromPglite(pglite);
  await database.script(`CREATE TABLE thing (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz, tags text[], held jsonb, bytes bytea, yes boolean, amount numeric)`);
}, 240_000);
afterAll(() => database.close());

/** The plans that PostgreSQL keeps. */
async function kept(): Promise<number> {
  return ((await pglite.query<{ count: number }>('SELECT count(*) AS count FROM pg_prepared_statements')).rows[0]?.count ?? 0);
}

describe('statements of the embedded database', () => {
  it('answer every kind of value as PGlite itself does', async () => {
    const at = new Date('2026-11-24T08:30:00Z');
    const values: SqlValue[] = [1, 'Sextant', at, ['a "quoted"', 'b,c', null], '{"deep":[1,{"two":2}]}', new Uint8Array([0, 255]), true, '12.50'];
    await database.query('INSERT INTO thing VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', values);
    const ours = await database.query('SELECT *, 7::int8 AS big, NULL AS nothing FROM thing WHERE id = $1', [1]);
    const theirs = await pglite.query('SELECT *, 7::int8 AS big, NULL AS nothing FROM thing WHERE id = $1', [1]);
    expect(ours).toEqual(theirs.rows);
    expect(ours[0]).toMatchObject({ id: 1, at, tags: ['a "quoted"', 'b,c', null], held: { deep: [1, { two: 2 }] }, big: 7, nothing: null });
  });

  it('are prepared once, however often they run', async () => {
    const before = await kept();
    for (let index = 0; index < 10; index += 1) expect(await database.query('SELECT $1::int + 40 AS sum', [index])).toEqual([{ sum: 40 + index }]);
    expect(await kept()).toBe(before + 1);
  });

  it('go on after an error, with its code, also in the same text', async () => {
    const insert = (id: number): Promise<unknown> => database.query('INSERT INTO thing (id, name) VALUES ($1, $2)', [id, 'Compass']);
    await expect(insert(1)).rejects.toMatchObject({ code: '23505', constraint: 'thing_pkey' });
    await insert(2);
    await expect(database.query('SELECT nothing FROM thing')).rejects.toMatchObject({ code: '42703' });
    expect(await database.query('SELECT id FROM thing ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('roll back with their transaction, and wait for another one to end', async () => {
    let enter: () => void = () => undefined;
    const entered = new Promise<void>((resolve) => { enter = resolve; });
    const failing = database.transaction(async (tx) => {
      await tx.query('INSERT INTO thing (id, name) VALUES ($1, $2)', [3, 'Anchor']);
      enter();
      await Promise.resolve();
      throw new Error('no');
    });
    await entered;
    const seen = database.query('SELECT id FROM thing WHERE id = $1', [3]);
    await expect(failing).rejects.toThrow('no');
    expect(await seen).toEqual([]);
  });

  it('are refused by a transaction that is over', async () => {
    let leaked: Queryable | undefined;
    await database.transaction(async (tx) => void (leaked = tx));
    await expect(leaked?.query('SELECT 1')).rejects.toThrow('a transaction that is over');
  });

  it('see a changed schema', async () => {
    expect(await database.query('SELECT * FROM thing WHERE id = 2')).toHaveLength(1);
    await database.script('ALTER TABLE thing ADD COLUMN note text DEFAULT \'new\'');
    expect(await database.query('SELECT * FROM thing WHERE id = 2')).toMatchObject([{ id: 2, note: 'new' }]);
  });

  it('leave room for others: the least recently used plan goes first', async () => {
    for (let index = 0; index < 450; index += 1) await database.query(`SELECT ${index} AS number`);
    expect(await kept()).toBe(400);
    expect(await database.query('SELECT 0 AS number')).toEqual([{ number: 0 }]);
  });
});
