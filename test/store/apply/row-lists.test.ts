// Rows written as lists of columns come back as they were, whatever characters they hold.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../store/store.js';
import { listOf } from '../../../store/apply/row-lists.js';
import { openTestStore } from '../../testkit/store.js';

const TEXTS = ['', 'NULL', 'null', '{}', 'a,b', '"', '\\', '\\"', ' x ', '\n\t', "'", '\u{1f600}é', null];

describe('a list of a column', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });

  it('keeps every text', async () => {
    const rows = await store.database.query('SELECT x FROM unnest($1::text[]) AS x', [listOf(TEXTS, (text) => text)]);
    expect(rows.map(({ x }) => x)).toEqual(TEXTS);
  });

  it('keeps lists of texts, maps, numbers, truths and moments', async () => {
    const values = [
      { texts: TEXTS, map: { a: ['"', '\\', null], 'b"': 1.5 }, number: 2 ** 53, truth: true, moment: '2026-11-24T10:00:00.250Z' },
      { texts: [], map: 'a "text"', number: null, truth: false, moment: null },
    ];
    const rows = await store.database.query(
      'SELECT texts::text[] AS texts, map, number, truth, moment FROM unnest($1::text[], $2::jsonb[], $3::bigint[], $4::boolean[], $5::timestamptz[]) AS x(texts, map, number, truth, moment)',
      [
        listOf(values, ({ texts }) => texts, 'text[]'), listOf(values, ({ map }) => map, 'jsonb'), listOf(values, ({ number }) => number),
        listOf(values, ({ truth }) => truth), listOf(values, ({ moment }) => moment),
      ],
    );
    expect(rows.map((row) => ({ ...row, moment: (row['moment'] as Date | null)?.toISOString() ?? null }))).toEqual(values);
  });
});
