import { describe, expect, it } from 'vitest';
import type { SiteId } from '../../../core/ids.js';
import { decodeParts, encodeParts, EVERY, GatheredParts, type Part } from '../../../store/cache/parts.js';
import { ReadCache } from '../../../store/cache/read-cache.js';
import { sizeOf } from '../../../store/cache/size.js';

const A = 1 as SiteId;
const B = 2 as SiteId;
const posts = (of: SiteId, ...rows: number[]): Part => (rows.length === 0 ? { table: 'post', of } : { table: 'post', of, rows });

/** Reads through a cache and tells how often the database was asked. */
function reader(cache: ReadCache) {
  let asked = 0;
  const read = (key: string, parts: readonly Part[], value: unknown = [{ key }]) =>
    cache.read(key, () => parts, async () => {
      asked += 1;
      return value;
    });
  return { read, asked: () => asked };
}

describe('the cache of reads', () => {
  it('asks once for what nothing touched', async () => {
    const { read, asked } = reader(new ReadCache({ maxBytes: 1e6 }));
    expect(await read('k', [posts(A)])).toEqual([{ key: 'k' }]);
    expect(await read('k', [posts(A)])).toEqual([{ key: 'k' }]);
    expect(asked()).toBe(1);
  });

  it.each<[string, Part, Part, boolean]>([
    ['all posts of a site', posts(A), posts(A), true],
    ['all posts of a site by one of them', posts(A), posts(A, 7), true],
    ['one post by all of its site', posts(A, 7), posts(A), true],
    ['one post by itself', posts(A, 7, 8), posts(A, 8), true],
    ['one post by another', posts(A, 7), posts(A, 8), false],
    ['a post by that of another site', posts(A), posts(B), false],
    ['posts by none', posts(A), { table: 'post', of: A, rows: [] }, false],
    ['posts by terms', posts(A), { table: 'term', of: A }, false],
    ['a site by all sites', posts(A, 7), { table: 'post', of: EVERY }, true],
    ['all sites by one', { table: 'post', of: EVERY }, posts(B, 1), true],
  ])('forgets %s: %o touched by %o is %s', async (_what, kept, touched, isForgotten) => {
    const cache = new ReadCache({ maxBytes: 1e6 });
    const { read, asked } = reader(cache);
    await read('k', [kept]);
    cache.hold([touched])(true);
    await read('k', [kept]);
    expect(asked()).toBe(isForgotten ? 2 : 1);
  });

  it('does not keep what was read before a commit and came after it', async () => {
    const cache = new ReadCache({ maxBytes: 1e6 });
    let answer: (value: string) => void = () => undefined;
    const early = cache.read('k', () => [posts(A)], () => new Promise<string>((resolve) => (answer = resolve)));
    cache.hold([posts(A)])(true);
    const late = cache.read('k', () => [posts(A)], async () => 'new');
    answer('old');
    expect([await early, await late]).toEqual(['old', 'new']);
    expect(await cache.read('k', () => [posts(A)], async () => 'newer')).toBe('new');
  });

  it('shares a read under way among those who ask after it began, and not across a commit', async () => {
    const cache = new ReadCache({ maxBytes: 1e6 });
    const { read, asked } = reader(cache);
    await Promise.all([read('k', [posts(A)]), read('k', [posts(A)]), read('k', [posts(A)])]);
    expect(asked()).toBe(1);
    expect(cache.stats.joined).toBe(2);
    const before = read('other', [posts(A)]);
    cache.hold([posts(A)])(true);
    await Promise.all([before, read('other', [posts(A)])]);
    expect(asked()).toBe(3);
  });

  it('neither serves nor keeps what a commit under way touches, and goes on with the rest', async () => {
    const cache = new ReadCache({ maxBytes: 1e6 });
    const { read, asked } = reader(cache);
    await read('a', [posts(A)]);
    await read('b', [posts(B)]);
    const release = cache.hold([posts(A)]);
    await read('a', [posts(A)]);
    await read('a', [posts(A)]);
    await read('b', [posts(B)]);
    expect(asked()).toBe(4);
    release(true);
    release(true);
    await read('a', [posts(A)]);
    await read('a', [posts(A)]);
    expect(asked()).toBe(5);
  });

  it('forgets a site whose sequence is ahead of what was heard of it, and not what it heard itself', async () => {
    const cache = new ReadCache({ maxBytes: 1e6 });
    const { read, asked } = reader(cache);
    const site = (before: number, after: number): Part => ({ table: 'site', of: A, sequence: [before, after] });
    cache.sawSequence(A, 5);
    await read('k', [posts(A)]);
    cache.sawSequence(A, 5);
    cache.hold([site(5, 7)])(true);
    cache.drop([site(7, 8)]);
    cache.sawSequence(A, 8);
    cache.sawSequence(A, 6);
    await read('k', [posts(A)]);
    expect(asked()).toBe(1);
    cache.drop([site(9, 10)]);
    cache.sawSequence(A, 10);
    await read('k', [posts(A)]);
    cache.hold([site(10, 11)])(false);
    cache.sawSequence(A, 11);
    await read('k', [posts(A)]);
    expect(asked()).toBe(3);
  });

  it('keeps no failure', async () => {
    const cache = new ReadCache({ maxBytes: 1e6 });
    await expect(cache.read('k', () => [posts(A)], () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(await cache.read('k', () => [posts(A)], async () => 'found')).toBe('found');
    expect(cache.stats.entries).toBe(1);
  });

  it('stays within its bytes, lets go of what was used longest ago, and refuses what is too large', async () => {
    const cache = new ReadCache({ maxBytes: 20_000 });
    const { read, asked } = reader(cache);
    for (let index = 0; index < 100; index += 1) {
      await read(`k${index}`, [posts(A, index)], 'x'.repeat(500));
      await read('k0', [posts(A, 0)]);
      expect(cache.stats.bytes).toBeLessThanOrEqual(20_000);
    }
    expect(asked()).toBe(100);
    expect(cache.stats.evictions).toBeGreaterThan(50);
    await read('large', [posts(A)], 'x'.repeat(5_000));
    await read('large', [posts(A)], 'x'.repeat(5_000));
    expect(asked()).toBe(102);
    cache.drop([posts(A)]);
    expect(cache.stats).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('serves nothing while it is off and begins empty', async () => {
    const cache = new ReadCache({ maxBytes: 1e6 });
    const { read, asked } = reader(cache);
    const under = read('k', [posts(A)]);
    cache.turnOff();
    cache.turnOn();
    await under;
    await read('k', [posts(A)]);
    cache.turnOff();
    await read('k', [posts(A)]);
    expect(asked()).toBe(3);
  });

  it('hands out what nobody can change, in tests', async () => {
    const cache = new ReadCache({ maxBytes: 1e6, freezes: true });
    const rows = await cache.read('k', () => [posts(A)], async () => [{ deep: { list: [1] } }]);
    expect(() => rows[0]?.deep.list.push(2)).toThrow(TypeError);
  });

  it('counts texts, lists and objects as about what they take', () => {
    expect(sizeOf('x'.repeat(1000))).toBeLessThan(1_100);
    expect(sizeOf('🚢'.repeat(1000))).toBeGreaterThan(4_000);
    expect(sizeOf([{ a: 1, b: new Date(), c: null, d: ['x'] }])).toBeGreaterThan(200);
  });
});

describe('parts on the wire', () => {
  it('come back as they were', () => {
    const parts: Part[] = [posts(A, 1, 2), posts(B), { table: 'reader_seen', of: '00000000-0000-4000-8000-000000000001' }, { table: 'site', of: EVERY }, { table: 'site', of: A, sequence: [3, 4] }];
    expect(decodeParts(encodeParts(parts) ?? '')).toEqual(parts);
  });

  it('lose their rows first, and then stand for everything', () => {
    const rows = Array.from({ length: 150 }, (_, index) => 1_000_000_000 + index);
    const many = Array.from({ length: 20 }, (_, index): Part => ({ table: 'post', of: (1_000_000 + index) as SiteId, rows }));
    expect(decodeParts(encodeParts(many) ?? '')).toEqual(many.map(({ table, of }) => ({ table, of })));
    expect(encodeParts(Array.from({ length: 1000 }, (_, index): Part => ({ table: 'post', of: index as SiteId })))).toBeNull();
  });

  it.each(['', '{}', '[["nonsense",1]]', '[["post"]]', '[["post",1,"all"]]'])('mean everything when they are not understood: %s', (text) => {
    expect(decodeParts(text)).toBeNull();
  });

  it('gather each table and owner once, and many rows as all', () => {
    const gathered = new GatheredParts();
    for (let row = 0; row < 300; row += 1) gathered.add(posts(A, row));
    gathered.add(posts(B, 1));
    gathered.add(posts(B, 2));
    gathered.add({ table: 'change', of: A, rows: [] });
    expect(gathered.list()).toEqual([posts(A), posts(B, 1, 2)]);
  });
});
