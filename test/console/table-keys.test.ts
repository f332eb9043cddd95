// What keys and ticks do in a table of the console, apart from a browser.
import { describe, expect, it } from 'vitest';
import { chosenCount, isChosen, toggled, withRange } from '../../console/kit/table/choosing.js';
import { moveOf, typeAhead } from '../../console/kit/table/keys.js';

const press = (key: string) => ({ key, ctrlKey: false, metaKey: false, altKey: false });
const IDS = ['a', 'b', 'c', 'd'];

describe('keys in a table', () => {
  it('lead to the next row, a page away and to the ends, and never past them', () => {
    const to = (key: string, from: number): number | null => moveOf(press(key), from, 10, 4);
    expect([to('ArrowDown', 3), to('ArrowUp', 3), to('PageDown', 3), to('PageUp', 3), to('Home', 3), to('End', 3)]).toEqual([4, 2, 7, 0, 0, 9]);
    expect([to('ArrowDown', 9), to('ArrowUp', 0), to('PageDown', 8), to('x', 3)]).toEqual([9, 0, 9, null]);
  });

  it('find the next row that begins with what is typed, around the end', () => {
    const names = ['Akismet', 'Buoys', 'Anchors', 'Charts'];
    const type = (key: string, from: number, at: number): number | null => typeAhead(press(key), from, names.length, (index) => names[index] ?? '', at);
    expect(type('a', 0, 10_000)).toBe(2);
    expect(type('a', 2, 20_000)).toBe(0);
    expect([type('c', 0, 30_000), type('h', 3, 30_100), type('z', 3, 30_200)]).toEqual([3, 3, null]);
    expect(typeAhead({ ...press('a'), ctrlKey: true }, 0, 4, () => 'Akismet', 40_000)).toBeNull();
  });
});

describe('choosing rows', () => {
  it('takes one in and out, also of all', () => {
    expect(toggled(new Set(['a']), () => IDS, 'b')).toEqual(new Set(['a', 'b']));
    expect(toggled(new Set(['a']), () => IDS, 'a')).toEqual(new Set());
    expect(toggled('all', () => IDS, 'b')).toEqual(new Set(['a', 'c', 'd']));
  });

  it('takes in everything between two rows, whichever comes first', () => {
    expect(withRange(new Set(['a']), IDS, 3, 2)).toEqual(new Set(['a', 'c', 'd']));
    expect(withRange('all', IDS, 0, 1)).toBe('all');
    expect([chosenCount('all', 4), chosenCount(new Set(['a']), 4), isChosen('all', 'x'), isChosen(new Set(['a']), 'b')]).toEqual([4, 1, true, false]);
  });
});
