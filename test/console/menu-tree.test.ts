// Moves of a menu's items: whatever is done, the entries stay a tree and none is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indent, moveBy, outdent, parentsOf, placeAt, readEntries, remove, type Entry } from '../../console/pages/menus/tree.js';

const entry = (key: string, depth: number): Entry => ({ key, isNew: false, label: key, url: '/', objectId: null, objectName: null, target: null, classes: [], depth });
const TREE = [entry('a', 0), entry('b', 1), entry('c', 2), entry('d', 1), entry('e', 0)];
const show = (entries: readonly Entry[]): string => entries.map(({ key, depth }) => '-'.repeat(depth) + key).join(' ');

describe('the tree of a menu', () => {
  it('is read from items in any order, children behind their parents', () => {
    const item = (id: string, order: number, parentId: string | null = null) => ({ id, label: id, order, parentId, classes: [], url: '/' });
    expect(show(readEntries([item('e', 5), item('c', 3, 'b'), item('b', 2, 'a'), item('a', 1), item('d', 4, 'a'), item('lost', 9, 'gone')], String))).toBe('a -b --c -d e lost');
  });

  it('moves items with what is below them among their siblings', () => {
    expect(show(moveBy(TREE, 'a', 1))).toBe('e a -b --c -d');
    expect(show(moveBy(TREE, 'd', -1))).toBe('a -d -b --c e');
    expect(moveBy(TREE, 'a', -1)).toBe(TREE);
    expect(moveBy(TREE, 'd', 1)).toBe(TREE);
  });

  it('indents below the sibling before and outdents behind the parent', () => {
    expect(show(indent(TREE, 'e'))).toBe('a -b --c -d -e');
    expect(show(indent(TREE, 'd'))).toBe('a -b --c --d e');
    expect(indent(TREE, 'b')).toBe(TREE);
    expect(show(outdent(TREE, 'b'))).toBe('a -d b -c e');
    expect(outdent(TREE, 'a')).toBe(TREE);
  });

  it('places items before, behind and below others, never below themselves', () => {
    expect(show(placeAt(TREE, 'e', 'a', 'before'))).toBe('e a -b --c -d');
    expect(show(placeAt(TREE, 'b', 'e', 'on'))).toBe('a -d e -b --c');
    expect(show(placeAt(TREE, 'e', 'b', 'after'))).toBe('a -b --c -e -d');
    expect(placeAt(TREE, 'a', 'c', 'on')).toBe(TREE);
  });

  it('takes an item away and keeps what was below it', () => {
    expect(show(remove(TREE, 'b'))).toBe('a -c -d e');
  });

  it('stays a tree with every item, whatever is done', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const move = fc.oneof(
      fc.tuple(fc.constant(moveBy), key, fc.constantFrom(-1, 1)).map(([run, one, step]) => (entries: readonly Entry[]) => run(entries, one, step as -1 | 1)),
      fc.tuple(fc.constantFrom(indent, outdent), key).map(([run, one]) => (entries: readonly Entry[]) => run(entries, one)),
      fc.tuple(key, key, fc.constantFrom('before', 'after', 'on')).map(([one, other, position]) => (entries: readonly Entry[]) => placeAt(entries, one, other, position as 'on')),
    );
    fc.assert(fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
      const entries = moves.reduce<readonly Entry[]>((now, run) => run(now), TREE);
      expect(entries.map((one) => one.key).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
      entries.forEach(({ depth }, index) => expect(depth).toBeLessThanOrEqual((entries[index - 1]?.depth ?? -1) + 1));
      parentsOf(entries).forEach((parent, index) => expect(parent === null).toBe(entries[index]?.depth === 0));
    }));
  });
});
