// Checks the arguments of content lists and turns them into what store/read/content-lists.ts takes. Pure; called by the
// list loader. Everything here comes from a client.
import { decodeNumericId, type NodeType, type SiteId } from '../../core/ids.js';
import type { ContentListFilter, ContentListOrder, MetaCondition } from '../../store/read/content-lists.js';
import { containsPattern } from '../../store/read/patterns.js';
import { badUserInput, type CursorKind } from '../shared/pages.js';
import type { ContentFilter, ContentOrder, MetaFilter } from './generated.js';
import { storedStatuses } from './statuses.js';

const MAX_IDS = 100;
const MAX_META_FILTERS = 5;
const MAX_KEY_CHARACTERS = 255;
const MAX_VALUE_CHARACTERS = 1000;
const MAX_TYPES = 20;
const MAX_TYPE_CHARACTERS = 64;
const MAX_SEARCH_CHARACTERS = 200;
/** What no stored text holds, and no statement takes. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** The kind of each order's sort key in a cursor. */
export const ORDER_KEYS: Readonly<Record<ContentListOrder, CursorKind>> = {
  MODIFIED_DESC: 'instant',
  PUBLISHED_DESC: 'instant',
  TITLE_ASC: 'text',
  MENU_ORDER: 'number',
};

export const parseOrder = (order: ContentOrder | null | undefined, fallback: ContentOrder): ContentListOrder => order ?? fallback;

/**
 * Checks a filter for the lists of one site.
 * @throws GraphQLError BAD_USER_INPUT naming the part that cannot be used.
 */
export function parseFilter(siteId: SiteId, filter: ContentFilter | null | undefined, stickyIds: readonly number[]): ContentListFilter {
  const { statuses, customBeside } = storedStatuses(filter?.status);
  const sticky = filter?.sticky ?? null;
  return {
    statuses,
    customBeside,
    authorIds: parseIds(siteId, 'User', 'filter.authorIds', filter?.authorIds),
    ttIds: parseIds(siteId, 'Term', 'filter.termIds', filter?.termIds),
    pattern: parseSearch('filter.search', filter?.search),
    modifiedAfter: instantText(filter?.modifiedAfter),
    publishedAfter: instantText(filter?.publishedAfter),
    publishedBefore: instantText(filter?.publishedBefore),
    meta: parseMeta(filter?.meta),
    sticky: sticky === null ? null : { ids: stickyIds, wanted: sticky },
  };
}

/**
 * Parses a search text into a pattern; null when it is absent.
 * @throws GraphQLError BAD_USER_INPUT when it is empty, too long or holds what no stored text can.
 */
export function parseSearch(argument: string, search: string | null | undefined): string | null {
  if (search === null || search === undefined) return null;
  const text = search.trim();
  if (text === '' || text.length > MAX_SEARCH_CHARACTERS || UNSTORABLE.test(text)) {
    throw badUserInput(`${argument} must be text of 1 to ${MAX_SEARCH_CHARACTERS} characters; got ${text.length}`);
  }
  return containsPattern(text);
}

/**
 * Checks the names of post types; null when none are given.
 * @throws GraphQLError BAD_USER_INPUT when there are too many, or a name is too long.
 */
export function parseTypes(types: readonly string[] | null | undefined): readonly string[] | null {
  if (!types) return null;
  if (types.length > MAX_TYPES) throw badUserInput(`types must name at most ${MAX_TYPES} post types; got ${types.length}`);
  for (const type of types) parseName('types', type, MAX_TYPE_CHARACTERS);
  return [...new Set(types)].sort();
}

/**
 * Checks a name out of WordPress: a type, a taxonomy, a meta key.
 * @throws GraphQLError BAD_USER_INPUT when it is empty, too long or holds what no stored text can.
 */
export function parseName(argument: string, name: string, maxCharacters: number = MAX_TYPE_CHARACTERS): string {
  if (name !== '' && name.length <= maxCharacters && !UNSTORABLE.test(name)) return name;
  throw badUserInput(`${argument} must hold names of 1 to ${maxCharacters} characters; got one of ${name.length}`);
}

/** The years that a statement takes; nothing lies beyond them. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59Z');

function instantText(instant: Date | null | undefined): string | null {
  return instant ? new Date(Math.min(Math.max(instant.getTime(), EARLIEST), LATEST)).toISOString() : null;
}

/** Tells whether a text can be compared with stored ones. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text);

/** Ids of another site are right, but nothing here has them. */
function parseIds(siteId: SiteId, type: NodeType, argument: string, ids: readonly string[] | null | undefined): number[] | null {
  if (!ids) return null;
  if (ids.length > MAX_IDS) throw badUserInput(`${argument} must have at most ${MAX_IDS} ids; got ${ids.length}`);
  return ids.flatMap((id) => {
    const decoded = decodeNumericId(id, type);
    if (!decoded) throw badUserInput(`${argument} must hold ids of ${type}; got ${JSON.stringify(id.slice(0, 60))}`);
    return decoded.siteId === siteId ? [decoded.localId] : [];
  });
}

function parseMeta(filters: readonly MetaFilter[] | null | undefined): MetaCondition[] | null {
  if (!filters || filters.length === 0) return null;
  if (filters.length > MAX_META_FILTERS) throw badUserInput(`filter.meta must have at most ${MAX_META_FILTERS} conditions; got ${filters.length}`);
  return filters.map(({ key, op, value }) => {
    parseName('filter.meta.key', key, MAX_KEY_CHARACTERS);
    if (op === 'EXISTS' || op === 'NOT_EXISTS') return { key, op, value: null };
    if (op === 'EQ' || op === 'NE') return { key, op, value: comparedText(value) };
    throw badUserInput(`filter.meta.op must be EXISTS, NOT_EXISTS, EQ or NE; got ${JSON.stringify(op.slice(0, 60))}`);
  });
}

function comparedText(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
  if (text !== null && text.length <= MAX_VALUE_CHARACTERS && !UNSTORABLE.test(text)) return text;
  throw badUserInput(`filter.meta.value must be a text of at most ${MAX_VALUE_CHARACTERS} characters, a number or a boolean for EQ and NE`);
}
