// The grammar of block markup and the document of blocks of the editor: nothing is lost, whatever the text holds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveItem, newItem, putItem, readDocument, removeItem, replaceItem, writeDocument } from '../../console/pages/editor/blocks/document.js';
import { parseBlocks, writeAttributes, writeBlocks } from '../../console/pages/editor/blocks/grammar.js';

const names = (text: string): string[] => parseBlocks(text).segments.map(({ name }) => name);
const PIECES = [
  '<!-- wp:paragraph -->', '<!-- /wp:paragraph -->', '<!-- wp:group {"a":{"b":"}"}} -->', '<!-- /wp:group -->', '<!-- wp:more /-->', '<!-- wp:acme/map {"zoom":3} /-->', '<!-- wp:bad {"a" -->', '<!--', '-->', '<!-- a comment -->',
  '<p>Text</p>', '\n', '\n\n', ' ', 'free text', '/', '{', '}', '\u00a0', '\r\n', '<!--wp:paragraph-->', '<!-- wp:-->', '<!-- wp:latest-posts/-->',
];

describe('parseBlocks', () => {
  it('is undone by writing, for any text at all', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 40 }).map((parts) => parts.join('')));
    fc.assert(fc.property(text, (source) => writeBlocks(parseBlocks(source)) === source && writeDocument(readDocument(source)) === source), { numRuns: 500 });
  });

  it('finds blocks, blocks without an end, namespaces and markup between them', () => {
    expect(names('<p>Before</p>\n<!-- wp:paragraph {"align":"center"} --><p>A</p><!-- /wp:paragraph -->\n\n<!-- wp:acme/map {"zoom":3} /-->after')).toEqual(['core/freeform', 'core/paragraph', 'acme/map', 'core/freeform']);
    expect(parseBlocks('<!-- wp:more {"a":"}"} /-->').segments).toMatchObject([{ name: 'core/more', attributes: '{"a":"}"}', isVoid: true }]);
  });

  it('keeps nested blocks inside the one at the top', () => {
    const inner = '<div><!-- wp:group --><div><!-- wp:paragraph --><p>A</p><!-- /wp:paragraph --></div><!-- /wp:group --></div>';
    expect(parseBlocks(`<!-- wp:group -->${inner}<!-- /wp:group -->\n`).segments).toMatchObject([{ name: 'core/group', inner, gap: '\n' }]);
  });

  it('takes what is never closed to the end, and a delimiter that closes nothing as text', () => {
    expect(parseBlocks('<!-- wp:group --><p>A</p>').segments).toMatchObject([{ name: 'core/group', inner: '<p>A</p>' }]);
    expect(names('<!-- /wp:group -->\n<!-- wp:more /-->')).toEqual(['core/freeform', 'core/more']);
  });

  it('takes comments, unknown forms and broken attributes as text', () => {
    expect(names('<!-- a comment --><!--wp:paragraph--><!-- wp:image {"id": --><!-- wp:Big /-->')).toEqual(['core/freeform']);
  });

  it('is linear in texts made to be slow', () => {
    const began = performance.now();
    for (const text of ['<!--'.repeat(200_000), '<!-- wp:a -->'.repeat(50_000), `<!-- wp:a ${'{'.repeat(400_000)}`, ' '.repeat(400_000), `a${' '.repeat(100_000)}b`]) parseBlocks(text);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('writes attributes so that nothing in them ends the comment', () => {
    const text = writeAttributes({ text: 'a --> b <i> & "c"' });
    expect(text).not.toMatch(/--|[<>&]/);
    expect(JSON.parse(text)).toEqual({ text: 'a --> b <i> & "c"' });
    expect(writeAttributes({})).toBe('');
  });
});

describe('the document of blocks', () => {
  const A = '<!-- wp:paragraph --><p>A</p><!-- /wp:paragraph -->';
  const B = '<!-- wp:heading --><h2>B</h2><!-- /wp:heading -->';
  const C = '<!-- wp:spacer /-->';
  const text = `\n${A}\n\n\n${B}\n${C}\n\n`;

  it('changes nothing but the block that is replaced', () => {
    const document = readDocument(text);
    expect(writeDocument(replaceItem(document, document.items[1]?.id ?? '', '<!-- wp:heading --><h2>New</h2><!-- /wp:heading -->'))).toBe(`\n${A}\n\n\n<!-- wp:heading --><h2>New</h2><!-- /wp:heading -->\n${C}\n\n`);
    expect(writeDocument(replaceItem(document, document.items[1]?.id ?? '', `${A} ${C}`))).toBe(`\n${A}\n\n\n${A} ${C}\n${C}\n\n`);
    expect(writeDocument(replaceItem(document, document.items[1]?.id ?? '', ' '))).toBe(`\n${A}\n\n${C}\n\n`);
  });

  it('moves, removes and puts back, which gives the text as it was', () => {
    const document = readDocument(text);
    const [first, second] = document.items;
    const moved = moveItem(document, first?.id ?? '', 2);
    expect(writeDocument(moved)).toBe(`\n${B}\n${C}\n\n${A}`);
    expect(writeDocument(moveItem(moved, first?.id ?? '', 0))).toBe(text);
    const removed = removeItem(document, second?.id ?? '');
    expect(writeDocument(removed)).toBe(`\n${A}\n\n${C}\n\n`);
    expect(second && writeDocument(putItem(removed, 1, second))).toBe(text);
    expect(writeDocument(putItem(document, 0, newItem(C)))).toBe(`\n${C}\n\n${text.slice(1)}`);
  });

  it('keeps every block, whatever is moved', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(2))), (moves) => {
      let document = readDocument(text);
      for (const [from, to] of moves) document = moveItem(document, document.items[from]?.id ?? '', to);
      expect([...document.items].map(({ segment }) => segment.source).sort()).toEqual([A, B, C].sort());
      expect(parseBlocks(writeDocument(document)).segments.length).toBe(3);
    }));
  });
});
