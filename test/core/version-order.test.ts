// The order of versions, in TypeScript and in the database, against what PHP 8.2's version_compare answers.
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../core/version-order.js';
import { openTestStore } from '../testkit/store.js';

/** In the order in which `php -r 'usort(…, "version_compare")'` puts them; those of one group are equal. */
const IN_ORDER: readonly (readonly string[])[] = [
  [''], ['0'], ['1'], ['1.0-foo', '1.0-Beta', '1.0.x', '1.0+nightly'], ['1.0-dev'], ['1.0-alpha', '1.0-alphax'], ['1.0a1', '1.0-alpha.1'], ['1.0-beta2', '1.0b2'],
  ['1.0b3'], ['1.0-RC'], ['1.0RC1', '1.0-rc.1'], ['1.0-rc.2', '1_0_RC2'], ['1.0', '01.0'], ['1.0.0'], ['1.0.0.0'], ['1.0.1'], ['1.0pl1', '1.0p1', '1.0-patch1', '1.0-preview1'], ['1.2', '01.2'],
  ['1.9'], ['1.10'], ['3.0.0-dev.20'], ['3.0.0'], ['6.5-alpha-57000'], ['6.5'], ['7.1-RC2'], ['7.1'], ['7.1.0'], ['2024.11.01'], ['20241101'],
];
const pairs = IN_ORDER.flatMap((line, place) => line.flatMap((a) => IN_ORDER.flatMap((other, otherPlace) => other.map((b) => [a, b, Math.sign(place - otherPlace)] as const))));

describe('compareVersions', () => {
  it('orders versions as PHP does', () => {
    expect(pairs.filter(([a, b, order]) => Math.sign(compareVersions(a, b)) !== order)).toEqual([]);
  });

  it('takes blanks and what else is no letter or digit for what separates', () => {
    expect(compareVersions('1.0 beta', '1.0-beta')).toBe(0);
    expect(compareVersions('1.0-', '1.0')).toBe(0);
  });
});

describe('version_key', () => {
  it('sorts in the database as compareVersions does', async () => {
    const { database } = await openTestStore();
    const rows = await database.query<{ a: string; b: string; order: number }>(
      `SELECT a, b, CASE WHEN version_key(a) COLLATE "C" < version_key(b) THEN -1 WHEN version_key(a) = version_key(b) THEN 0 ELSE 1 END AS order FROM unnest($1::text[], $2::text[]) AS pairs (a, b)`,
      [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
    );
    expect(rows).toHaveLength(pairs.length);
    expect(rows.filter(({ a, b, order }) => Math.sign(compareVersions(a, b)) !== order)).toEqual([]);
  });
});
