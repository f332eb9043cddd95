import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSave, type SaveInput } from '../../core/merge/three-way-fields.js';
import { areBlocksClosed, mergeText } from '../../core/merge/three-way-text.js';

const paragraph = (text: string) => `<!-- wp:paragraph -->\n<p>${text}</p>\n<!-- /wp:paragraph -->\n`;
const post = (...texts: string[]) => texts.map(paragraph).join('\n');

describe('the merge of a text', () => {
  it('takes edits of different blocks from both sides', () => {
    const merged = mergeText(post('a', 'b', 'c'), post('A', 'b', 'c'), post('a', 'b', 'C'));
    expect(merged).toEqual({ kind: 'merged', text: post('A', 'b', 'C') });
  });

  it('takes a block that one side adds and an edit of the other', () => {
    const merged = mergeText(post('a', 'b', 'c'), post('a', 'b', 'c', 'new'), post('A', 'b', 'c'));
    expect(merged).toEqual({ kind: 'merged', text: post('A', 'b', 'c', 'new') });
  });

  it('is none where both sides edit one line', () => {
    expect(mergeText(post('a', 'b'), post('x', 'b'), post('y', 'b'))).toEqual({ kind: 'conflict' });
  });

  it('is none where one side removes the block that the other edits', () => {
    expect(mergeText(post('a', 'b', 'c'), post('a', 'c'), post('a', 'B', 'c'))).toEqual({ kind: 'conflict' });
  });

  it('is none where the pieces of both sides would leave a block open', () => {
    const base = '<!-- wp:group -->\n1\n2\n3\n4\n<!-- /wp:group -->\n';
    const yours = '1\n2\n3\n4\n';
    const theirs = '<!-- wp:group -->\n1\n<!-- /wp:group -->\n2\n3\n<!-- wp:group -->\n4\n<!-- /wp:group -->\n';
    const merged = mergeText(base, yours, theirs);
    if (merged.kind === 'merged') expect(areBlocksClosed(merged.text)).toBe(true);
  });

  it('gives one side back when the other did nothing, whatever the texts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (base, edit) => {
        expect(mergeText(base, edit, base)).toEqual({ kind: 'merged', text: edit });
        expect(mergeText(base, base, edit)).toEqual({ kind: 'merged', text: edit });
        expect(mergeText(base, edit, edit)).toEqual({ kind: 'merged', text: edit });
      }),
    );
  });

  it('never loses a line that one side added and never keeps one that a side removed, and is the same from both sides', () => {
    const lines = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 12 });
    const text = (numbers: readonly number[]) => numbers.map((number) => `${number}\n`).join('');
    fc.assert(
      fc.property(lines, lines, lines, (base, yours, theirs) => {
        const merged = mergeText(text(base), text(yours), text(theirs));
        expect(mergeText(text(base), text(theirs), text(yours)).kind).toBe(merged.kind);
        if (merged.kind === 'conflict') return;
        const have = new Set(merged.text.split('\n').filter(Boolean).map(Number));
        for (const line of [...yours, ...theirs]) if (!base.includes(line)) expect(have).toContain(line);
        for (const line of base) if (!yours.includes(line) && !theirs.includes(line)) expect(have).not.toContain(line);
      }),
    );
  });
});

describe('a save', () => {
  const save = (more: Partial<SaveInput>) =>
    decideSave({ policy: 'FAIL', base: { title: 'a', excerpt: 'e' }, yours: { title: 'b' }, theirs: { title: 'a', excerpt: 'e' }, texts: new Set(['content']), ...more });

  it('is sent as it is when nothing changed there', () => {
    expect(save({})).toEqual({ send: { title: 'b' }, theirChanges: [], conflicts: [], merged: { title: 'b' } });
  });

  it('fails by default when anything changed there, naming what', () => {
    const decision = save({ theirs: { title: 'a', excerpt: 'E' } });
    expect(decision.send).toBeNull();
    expect(decision.theirChanges).toEqual(['excerpt']);
    expect(decision.conflicts).toEqual([]);
    expect(decision.merged).toEqual({ title: 'b' });
  });

  it('merges different fields when asked to', () => {
    expect(save({ policy: 'MERGE_DISJOINT', theirs: { title: 'a', excerpt: 'E' } }).send).toEqual({ title: 'b' });
  });

  it('does not merge one field that both sides changed, and gives base, yours and theirs', () => {
    const decision = save({ policy: 'MERGE_DISJOINT', theirs: { title: 'c', excerpt: 'e' } });
    expect(decision.send).toBeNull();
    expect(decision.merged).toBeNull();
    expect(decision.conflicts).toEqual([{ field: 'title', base: 'a', yours: 'b', theirs: 'c' }]);
  });

  it('merges one text that both sides changed in different lines', () => {
    const decision = save({
      policy: 'MERGE_DISJOINT', base: { content: post('a', 'b') }, yours: { content: post('A', 'b') }, theirs: { content: post('a', 'B') },
    });
    expect(decision.send).toEqual({ content: post('A', 'B') });
  });

  it('leaves a field alone that was sent along unchanged and that the other side changed', () => {
    const decision = save({ policy: 'MERGE_DISJOINT', yours: { title: 'a', excerpt: 'mine' }, theirs: { title: 'theirs', excerpt: 'e' } });
    expect(decision.send).toEqual({ excerpt: 'mine' });
  });

  it('conflicts where the beginning is not known and the sides differ', () => {
    const decision = save({ policy: 'MERGE_DISJOINT', base: {}, theirs: { title: 'c' } });
    expect(decision.conflicts).toEqual([{ field: 'title', base: null, yours: 'b', theirs: 'c' }]);
  });

  it('overwrites when told to, and still says what changed there', () => {
    const decision = save({ policy: 'OVERWRITE', theirs: { title: 'c', excerpt: 'e' } });
    expect(decision.send).toEqual({ title: 'b' });
    expect(decision.theirChanges).toEqual(['title']);
    expect(decision.conflicts).toHaveLength(1);
  });
});
