import { describe, expect, it } from 'vitest';
import { GraphQLError } from 'graphql';
import { canonicalText, createPage, decodeCursor, encodeCursor, hashList, parseFirst } from '../../../subgraphs/shared/pages.js';

const HASH = hashList('posts', 1, { status: ['PUBLISHED'] });

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error instanceof GraphQLError ? error.extensions['code'] : error;
  }
  return null;
}

describe('the size of a page', () => {
  it('is the default when absent and from 1 to the maximum otherwise', () => {
    expect([parseFirst(null, 20), parseFirst(undefined, 20), parseFirst(1, 20), parseFirst(100, 20), parseFirst(500, 20, 1000)]).toEqual([20, 20, 1, 100, 500]);
    for (const first of [0, -1, 101, 1.5, Number.NaN]) expect(codeOf(() => parseFirst(first, 20)), String(first)).toBe('BAD_USER_INPUT');
  });
});

describe('a cursor', () => {
  it('gives back the sort key of its row', () => {
    const at = new Date('2026-11-24T08:30:00.123Z');
    const cursor = encodeCursor(HASH, [at, 'Ünïcode "x"', 7, null, true]);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor(cursor, HASH, ['instant', 'text', 'number', 'number', 'boolean'])).toEqual([at.toISOString(), 'Ünïcode "x"', 7, null, true]);
    expect(decodeCursor(undefined, HASH, ['number'])).toBeNull();
    expect(decodeCursor(null, HASH, ['number'])).toBeNull();
  });

  it('of another list, filter or order is refused', () => {
    const others = [hashList('pages', 1, { status: ['PUBLISHED'] }), hashList('posts', 2, { status: ['PUBLISHED'] }), hashList('posts', 1, { status: [] })];
    for (const hash of others) expect(codeOf(() => decodeCursor(encodeCursor(hash, [1]), HASH, ['number']))).toBe('BAD_USER_INPUT');
  });

  it('that was made up is refused, whatever it holds', () => {
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const texts = ['', 'x', '%', made({}), made([]), made(null), made([HASH]), made([HASH, 1, 2]), made([HASH, '1']), made([HASH, {}]), 'a'.repeat(3000)];
    for (const text of texts) expect(codeOf(() => decodeCursor(text, HASH, ['number'])), text.slice(0, 40)).toBe('BAD_USER_INPUT');
    for (const value of ['yesterday', '2026-13-45T00:00:00Z', 'a\0b']) expect(codeOf(() => decodeCursor(made([HASH, value]), HASH, ['instant']))).toBe('BAD_USER_INPUT');
    expect(codeOf(() => decodeCursor(made([HASH, 'a\0b']), HASH, ['text']))).toBe('BAD_USER_INPUT');
  });
});

describe('the hash of a list', () => {
  it('does not depend on the order of keys and on absent ones', () => {
    expect(hashList('posts', 1, { a: 1, b: [2], c: undefined })).toBe(hashList('posts', 1, { b: [2], a: 1 }));
    expect(canonicalText({ at: new Date(0), x: undefined, list: [undefined, { b: 1, a: 2 }] })).toBe('{"at":"1970-01-01T00:00:00.000Z","list":[null,{"a":2,"b":1}]}');
  });
});

describe('a page', () => {
  const cursorOf = (row: number) => encodeCursor(HASH, [row]);

  it('leaves out the row that only tells of another page', () => {
    expect(createPage([1, 2, 3], 2, true, cursorOf)).toEqual({
      nodes: [1, 2],
      cursors: [cursorOf(1), cursorOf(2)],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: cursorOf(1), endCursor: cursorOf(2) },
    });
    expect(createPage([3], 2, false, cursorOf).pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: cursorOf(3), endCursor: cursorOf(3) });
    expect(createPage([], 2, true, cursorOf).pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null });
  });
});
