// Pages of lists: the size of a page, keyset cursors and page information. Called by the loaders of every subgraph.
// A cursor holds the sort key of a row and a hash of the list it belongs to, nothing else; it is opaque, not secret,
// so what comes back from a client is checked in full before it reaches a statement.
import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';

/** The longest page of any list. */
export const MAX_PAGE = 100;
const MAX_CURSOR_CHARACTERS = 2048;
const HASH_CHARACTERS = 12;

/** One value of a sort key as a cursor holds it; instants are ISO-8601 text, numbers are whole. */
export type CursorValue = string | number | boolean | null;
export type CursorKind = 'number' | 'text' | 'instant' | 'boolean';

/** The values of a cursor of a given shape; each may be null. */
export type CursorKey<Shape extends readonly CursorKind[]> = {
  -readonly [Index in keyof Shape]: (Shape[Index] extends 'number' ? number : Shape[Index] extends 'boolean' ? boolean : string) | null;
};

/** `PageInfo` of the schema. */
export interface PageInfoModel {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface Page<Row> {
  readonly nodes: readonly Row[];
  /** The cursor of each node, at the node's index. */
  readonly cursors: readonly string[];
  readonly pageInfo: PageInfoModel;
}

/** A page with its total, which is counted only when somebody asks. */
export interface ConnectionModel<Row> extends Page<Row> {
  readonly countAll: () => Promise<number>;
}

/** The error of an argument that cannot be used. The message names the argument, what was expected and what came. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/**
 * Parses the argument `first`: a whole number from 1 to `max`, the list's default when absent.
 * @throws GraphQLError BAD_USER_INPUT for anything else.
 */
export function parseFirst(first: number | null | undefined, fallback: number, max: number = MAX_PAGE): number {
  if (first === null || first === undefined) return fallback;
  if (Number.isInteger(first) && first >= 1 && first <= max) return first;
  throw badUserInput(`first must be a whole number from 1 to ${max}; got ${first}`);
}

const MAX_TEXT_CHARACTERS = 500;

/**
 * Parses a text argument that is compared with stored text: trimmed, null when absent or empty.
 * @throws GraphQLError BAD_USER_INPUT when it is over 500 characters or holds what no stored text can: U+0000, half a surrogate pair.
 */
export function parseText(name: string, text: string | null | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  if (trimmed.length > MAX_TEXT_CHARACTERS) throw badUserInput(`${name} must have at most ${MAX_TEXT_CHARACTERS} characters; got ${trimmed.length}`);
  if (/\0|\p{Surrogate}/u.test(trimmed)) throw badUserInput(`${name} must be text without U+0000 and without halves of surrogate pairs`);
  return trimmed === '' ? null : trimmed;
}

/**
 * The canonical text of plain arguments: object keys in order, undefined left out, dates in ISO-8601. Equal arguments
 * give equal text, so it is also what a DataLoader's cache key is made of.
 */
export function canonicalText(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? 'null';
}

/** The hash that ties a cursor to its list: give the list's name and everything that decides its rows and order. */
export function hashList(name: string, ...parts: readonly unknown[]): string {
  return createHash('sha256').update(name).update('\n').update(canonicalText(parts)).digest('base64url').slice(0, HASH_CHARACTERS);
}

/** Encodes the sort key of a row as an opaque cursor. */
export function encodeCursor(listHash: string, values: readonly (CursorValue | Date)[]): string {
  const plain = values.map((value) => (value instanceof Date ? value.toISOString() : value));
  return Buffer.from(JSON.stringify([listHash, ...plain]), 'utf8').toString('base64url');
}

/**
 * Decodes the argument `after`; null when it is absent.
 * @throws GraphQLError BAD_USER_INPUT when it is no cursor, or one of another list, filter or order.
 */
export function decodeCursor<const Shape extends readonly CursorKind[]>(
  after: string | null | undefined,
  listHash: string,
  shape: Shape,
): CursorKey<Shape> | null {
  if (after === null || after === undefined) return null;
  const parts = parseParts(after);
  if (!parts) throw badUserInput('after is not a cursor; pass pageInfo.endCursor of the page before');
  if (parts[0] !== listHash) throw badUserInput('after is a cursor of another list, filter or order; begin again without it');
  const values = parts.slice(1);
  if (values.length !== shape.length || !shape.every((kind, index) => fits(kind, values[index]))) {
    throw badUserInput('after is not a cursor of this list; pass pageInfo.endCursor of the page before');
  }
  return values as CursorKey<Shape>;
}

/**
 * Makes a page of rows that were read with one row more than `first`. `isFirstPage` is whether the list was read from
 * its beginning.
 */
export function createPage<Row>(rows: readonly Row[], first: number, isFirstPage: boolean, cursorOf: (row: Row) => string): Page<Row> {
  const nodes = rows.slice(0, first);
  const cursors = nodes.map(cursorOf);
  return {
    nodes,
    cursors,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: !isFirstPage,
      startCursor: cursors[0] ?? null,
      endCursor: cursors[cursors.length - 1] ?? null,
    },
  };
}

/** A page without rows: of a list that the viewer may not see. */
export function emptyPage<Row>(): Page<Row> {
  return { nodes: [], cursors: [], pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null } };
}

function canonical(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => canonical(item) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]));
}

function parseParts(after: string): unknown[] | null {
  if (after.length > MAX_CURSOR_CHARACTERS || !/^[A-Za-z0-9_-]+$/.test(after)) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : null;
  } catch {
    return null;
  }
}

function fits(kind: CursorKind, value: unknown): boolean {
  if (value === null) return true;
  if (kind === 'number') return Number.isSafeInteger(value);
  if (kind === 'boolean') return typeof value === 'boolean';
  if (typeof value !== 'string' || value.includes('\0')) return false;
  return kind === 'text' || (/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z?$/.test(value) && !Number.isNaN(Date.parse(value)));
}
