// What all collections of WordPress's REST API share: pages and their headers, `_fields`, contexts, dates, searching by parameter.
import { ok, wpError, type RestAnswer, type RestCall } from './rest.js';

export type Item = Record<string, unknown>;

/** A parameter that WordPress's own validation refuses. */
export function invalidParam(name: string, reason: string): RestAnswer {
  return { status: 400, body: { code: 'rest_invalid_param', message: `Invalid parameter(s): ${name}`, data: { status: 400, params: { [name]: reason }, details: {} } } };
}

export function missingParam(name: string): RestAnswer {
  return { status: 400, body: { code: 'rest_missing_callback_param', message: `Missing parameter(s): ${name}`, data: { status: 400, params: [name] } } };
}

export const isEdit = (call: RestCall): boolean => call.params['context'] === 'edit';

/** One page of the rows, in the form of their items; refuses pages that are not there. `noun` is that of the error code. */
export function pageOf<Row>(call: RestCall, rows: readonly Row[], itemOf: (row: Row) => Item, noun = 'post'): RestAnswer {
  const perPage = Number(call.params['per_page'] ?? 10);
  const page = Number(call.params['page'] ?? 1);
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > 100) return invalidParam('per_page', 'per_page must be between 1 (inclusive) and 100 (inclusive)');
  if (!Number.isInteger(page) || page < 1) return invalidParam('page', 'page must be greater than or equal to 1');
  const offset = call.params['offset'] === undefined ? (page - 1) * perPage : Number(call.params['offset']);
  const pages = Math.ceil(rows.length / perPage);
  if (page > pages && rows.length > 0 && noun === 'post') return wpError(400, 'rest_post_invalid_page_number', 'The page number requested is larger than the number of pages available.');
  const items = rows.slice(offset, offset + perPage).map((row) => pick(call, itemOf(row)));
  return ok(items, { 'x-wp-total': String(rows.length), 'x-wp-totalpages': String(pages), allow: 'GET, POST' });
}

/** `_fields`; a dotted name keeps that member alone. */
export function pick(call: RestCall, item: Item): Item {
  const given = call.params['_fields'];
  const names = Array.isArray(given) ? given.map(String) : typeof given === 'string' && given !== '' ? given.split(',').map((name) => name.trim()) : null;
  if (names === null) return item;
  const out: Item = {};
  for (const name of names) {
    const [head = '', tail] = name.split('.');
    if (!(head in item)) continue;
    const value = item[head];
    if (tail === undefined || typeof value !== 'object' || value === null) out[head] = value;
    else if (tail in value) out[head] = { ...(out[head] as Item | undefined), [tail]: (value as Item)[tail] };
  }
  return out;
}

/** "2027-01-15T08:00:00" for a column. */
export const restDate = (column: string): string | null => (column.startsWith('0000') ? null : column.replace(' ', 'T'));

/** A column for a date of a request; UTC is the site's time here. Null when it is no date. */
export function sqlDate(value: unknown): string | null {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) return null;
  const text = /(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  return new Date(text).toISOString().slice(0, 19).replace('T', ' ');
}

/** Sorts by `orderby` and `order`; `keys` are the orders that there are. Undefined when there is no such order. */
export function sorted<Row>(call: RestCall, rows: readonly Row[], keys: Readonly<Record<string, (row: Row) => string | number>>, fallback: string, order: 'asc' | 'desc'): Row[] | undefined {
  const keyOf = keys[String(call.params['orderby'] ?? fallback)];
  if (!keyOf) return undefined;
  const sign = (call.params['order'] ?? order) === 'asc' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return left < right ? -sign : left > right ? sign : 0;
  });
}

export function matches(call: RestCall, ...texts: readonly string[]): boolean {
  const search = call.params['search'];
  return typeof search !== 'string' || search === '' || texts.some((text) => text.toLowerCase().includes(search.toLowerCase()));
}

export function toTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === 'string' && value !== '' ? value.split(',').map((part) => part.trim()) : [];
}

export function slugOf(text: string): string {
  return text.toLowerCase().replace(/&[a-z]+;/g, '').normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

/** Text as WordPress stores names of terms. */
export const escapeName = (text: string): string => text.replace(/&(?!(?:[a-z]+|#\d+);)/gi, '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').trim();

export const linksOf = (url: string): Item => ({ self: [{ href: url, targetHints: { allow: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] } }] });
