import { describe, expect, it } from 'vitest';
import { parseBlocks, stripDelimiters } from '../../../subgraphs/content/blocks.js';
import { diffLines } from '../../../subgraphs/content/line-diff.js';
import { makeExcerpt, plainText } from '../../../subgraphs/content/plain-text.js';

const NESTED =
  'before<!-- wp:group {"layout":{"type":"flex"}} -->\n<div><!-- wp:paragraph -->\n<p>One</p>\n<!-- /wp:paragraph -->' +
  '<!-- wp:my-plugin/map {"zoom":3} /--></div>\n<!-- /wp:group --><!-- just a comment -->';

describe('parseBlocks', () => {
  it('lists nested blocks in the order of their beginnings with the markup of their own', () => {
    const blocks = parseBlocks(NESTED, '1/2');
    expect(blocks.map(({ name, order, parentOrder }) => [name, order, parentOrder])).toEqual([
      ['core/freeform', 0, null],
      ['core/group', 1, null],
      ['core/paragraph', 2, 1],
      ['my-plugin/map', 3, 1],
      ['core/freeform', 4, null],
    ]);
    expect(blocks[1]).toMatchObject({ attributes: { layout: { type: 'flex' } }, innerHtml: '\n<div></div>\n' });
    expect(blocks[2]?.innerHtml).toBe('\n<p>One</p>\n');
    expect(blocks[3]).toMatchObject({ attributes: { zoom: 3 }, innerHtml: '' });
    expect(parseBlocks(NESTED, '1/2')).toEqual(blocks);
    expect(parseBlocks(NESTED, '1/3')[1]?.clientId).not.toBe(blocks[1]?.clientId);
  });

  it('takes what is no delimiter for markup', () => {
    for (const text of ['<!-- wp:x {bad} -->', '<!-- wp:X -->', '<!--wp:x -->', '<!-- wp:x', '<!-- wp: -->', '<!-- /not-wp:x -->']) {
      expect(parseBlocks(text, 's').map((block) => block.name), text).toEqual(['core/freeform']);
      expect(stripDelimiters(text)).toBe(text);
    }
    expect(parseBlocks('', 's')).toEqual([]);
  });

  it('closes what is never closed at the end, and passes over closings without a beginning', () => {
    expect(parseBlocks('<!-- /wp:a --><!-- wp:b -->text', 's').map((block) => [block.name, block.innerHtml])).toEqual([['core/b', 'text']]);
  });

  // What takes time by the square of the text runs into the time-out here.
  it('ends whatever the text holds', { timeout: 30_000 }, () => {
    const hostile = [
      '<!--'.repeat(400_000), '<!-- wp:a '.repeat(200_000) + '-->', '<!-- wp:a {"b":'.repeat(100_000), '<!-- wp:a -->'.repeat(100_000),
      `<!-- wp:a ${'{'.repeat(900_000)} -->`, '[a '.repeat(60_000), '<'.repeat(200_000), '<script'.repeat(30_000),
    ];
    for (const text of hostile) {
      parseBlocks(text, 's');
      stripDelimiters(text);
      plainText(text);
    }
    expect(parseBlocks(hostile[3] ?? '', 's').length).toBeGreaterThan(0);
  });
});

describe('an excerpt', () => {
  it('is plain text without markup, scripts, shortcodes and entities', () => {
    expect(plainText('<p>Fish &amp; chips</p><p>a < b [gallery ids="1"] [x]kept[/x]</p><script>evil()</script><style>p{}</style><!-- no -->')).toBe('Fish & chips a < b kept');
  });

  it('prefers the manual one, and cuts at a word within the length', () => {
    const words = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ');
    expect(makeExcerpt('<b>Mine</b>', words, null)).toBe('Mine');
    expect(makeExcerpt('', words, null).split(' ')).toHaveLength(55);
    const cut = makeExcerpt('', words, 40);
    expect(cut.length).toBeLessThanOrEqual(40);
    expect(cut).toMatch(/^word0 .*word\d+…$/);
    expect(Array.from(makeExcerpt('', '😀'.repeat(50), 10))).toHaveLength(10);
    for (const length of [0, -1, 10_001, 1.5]) expect(() => makeExcerpt('', words, length)).toThrow(/length/);
  });
});

describe('diffLines', () => {
  it('tells added, removed and changed lines', () => {
    expect(diffLines('content', 'a\nb\nc', 'a\nc\nd')).toEqual([
      { field: 'content', op: 'REMOVED', oldText: 'b', newText: null },
      { field: 'content', op: 'ADDED', oldText: null, newText: 'd' },
    ]);
    expect(diffLines('title', 'a', 'b')).toEqual([{ field: 'title', op: 'CHANGED', oldText: 'a', newText: 'b' }]);
    expect(diffLines('title', 'a', 'a')).toEqual([]);
  });

  it('tells texts that are too long to compare as one change', () => {
    const long = (name: string) => Array.from({ length: 2000 }, (_, index) => `${name}${index}`).join('\n');
    expect(diffLines('content', long('a'), long('b'))).toHaveLength(1);
  });
});
