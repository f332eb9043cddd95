// What neither full syncs nor checksums of a site tell, found through its REST API as the owner: spam, people below contributor (and
// everybody's e-mail and name, whose changes may make no event), and where custom menu links lead. A repair fetches it by the signed calls
// that serve the tables. Called by shallow.ts; bounded in pages.
import { z } from 'zod';
import type { DifferenceKind } from './compare.js';
import type { Store } from '../../store/store.js';
import { COMMENT_TYPES } from './filters.js';
import { repairKeys } from './repair.js';
import type { Refusal, SiteAtWork } from './site-answers.js';

/** A list of the site asked for as its owner, with how many there are; null when it was not told. */
export type AskOwner = <T>(route: string, query: Readonly<Record<string, string | number>>, shape: z.ZodType<T>) => Promise<{ readonly body: T; readonly total: number } | null>;

export interface UnseenResult {
  /** In place of a table's name where results are kept. */
  readonly table: 'rest:spam' | 'rest:people' | 'rest:menu-links';
  /** Rows that were looked at. */
  readonly rows: number;
  readonly differences: ReadonlyMap<string, DifferenceKind>;
  readonly repaired: number;
  readonly fetched: number;
  readonly refusal: Refusal | null;
}

const ROWS_A_PAGE = 100;
/** The newest two thousand of each: spam is in the thousands where nobody empties it, customers of a shop anyhow. */
const MAX_PAGES = 20;
const MAX_LINKS = 1000;

/** Looks, and in a repair brings what is missing. What the site does not list is left alone. */
export async function compareUnseen(store: Store, site: SiteAtWork, ask: AskOwner, repairs: boolean): Promise<UnseenResult[]> {
  const results: UnseenResult[] = [];
  const conclude = async (table: UnseenResult['table'], source: 'comments' | 'users' | 'postmeta', rows: number, differences: ReadonlyMap<string, DifferenceKind>): Promise<void> => {
    const repair = repairs && differences.size > 0 ? await repairKeys(store, site, source, [...differences.keys()]) : { repaired: 0, fetched: 0, refusal: null };
    results.push({ table, rows, differences, ...repair, repaired: Math.min(repair.repaired, differences.size) });
  };
  const spam = await listAll(ask, 'wp/v2/comments', { status: 'spam', type: 'all' }, z.object({ id: z.number(), type: z.string() }));
  if (spam) await conclude('rest:spam', 'comments', spam.rows.length, await differingSpam(store, site, { ...spam, rows: spam.rows.filter((row) => COMMENT_TYPES.includes(row.type)) }));
  const people = await listAll(ask, 'wp/v2/users', {}, z.object({ id: z.number(), email: z.string(), name: z.string() }));
  if (people) await conclude('rest:people', 'users', people.rows.length, await differingPeople(store, site, people.rows));
  const links = await linksWithoutAddress(store, site);
  if (links.length > 0) await conclude('rest:menu-links', 'postmeta', links.length, new Map(links.map((id) => [`${id}-_menu_item_url`, 'missing'])));
  return results;
}

interface Listing<T> {
  readonly rows: readonly T[];
  /** The lowest id that was listed; 0 when the list was read to its end. */
  readonly from: number;
}

/** The rows of a list, the newest first. */
async function listAll<T extends { readonly id: number }>(ask: AskOwner, route: string, query: Readonly<Record<string, string>>, shape: z.ZodType<T>): Promise<Listing<T> | null> {
  const rows: T[] = [];
  const fields = shape instanceof z.ZodObject ? Object.keys(shape.shape).join(',') : 'id';
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const told = await ask(route, { ...query, orderby: 'id', order: 'desc', per_page: ROWS_A_PAGE, page, _fields: fields }, z.array(shape));
    if (told === null) return rows.length === 0 ? null : { rows, from: rows.at(-1)?.id ?? 0 };
    rows.push(...told.body);
    if (told.body.length < ROWS_A_PAGE || page * ROWS_A_PAGE >= told.total) return { rows, from: 0 };
  }
  return { rows, from: rows.at(-1)?.id ?? 0 };
}

/** Spam that we lack or have as something else, and what is spam here alone. */
async function differingSpam(store: Store, site: SiteAtWork, { rows, from }: Listing<{ readonly id: number }>): Promise<Map<string, DifferenceKind>> {
  const theirs = new Set(rows.map((row) => row.id));
  const held = await store.database.query<{ id: number; status: string }>(
    `SELECT id, status FROM comment WHERE site_id = $1 AND alive AND (id = ANY($2::bigint[]) OR (status = 'spam' AND id >= $3))`, [site.siteId, [...theirs], from]);
  const statuses = new Map(held.map((row) => [row.id, row.status]));
  const differences = new Map<string, DifferenceKind>();
  for (const id of theirs) if (statuses.get(id) !== 'spam') differences.set(String(id), statuses.has(id) ? 'different' : 'missing');
  for (const [id, status] of statuses) if (status === 'spam' && !theirs.has(id)) differences.set(String(id), 'extra');
  return differences;
}

async function differingPeople(store: Store, site: SiteAtWork, theirs: readonly { readonly id: number; readonly email: string; readonly name: string }[]): Promise<Map<string, DifferenceKind>> {
  const rows = await store.database.query<{ id: number; email: string; name: string }>(
    'SELECT id, email, display_name AS name FROM site_user WHERE site_id = $1 AND alive AND id = ANY($2::bigint[])', [site.siteId, theirs.map((user) => user.id)]);
  const ours = new Map(rows.map((user) => [user.id, user]));
  return new Map(theirs.flatMap((user): [string, DifferenceKind][] => {
    const own = ours.get(user.id);
    if (own === undefined) return [[String(user.id), 'missing']];
    return own.email === user.email && own.name === user.name ? [] : [[String(user.id), 'different']];
  }));
}

/** Custom links whose address neither a meta nor an event of the menu told; a full sync has it only where the site's list was added to. */
async function linksWithoutAddress(store: Store, site: SiteAtWork): Promise<number[]> {
  const rows = await store.database.query<{ id: number }>(
    `SELECT p.id FROM post p JOIN post_meta t ON t.site_id = $1 AND t.post_id = p.id AND t.alive AND t.meta_key = '_menu_item_type' AND t.value = '"custom"'
     WHERE p.site_id = $1 AND p.alive AND p.type = 'nav_menu_item'
       AND NOT EXISTS (SELECT 1 FROM post_meta u WHERE u.site_id = $1 AND u.post_id = p.id AND u.alive AND u.meta_key = '_menu_item_url')
       AND NOT EXISTS (SELECT 1 FROM menu_item_link l WHERE l.site_id = $1 AND l.id = p.id AND l.alive)
     ORDER BY p.id DESC LIMIT $2`, [site.siteId, MAX_LINKS]);
  return rows.map((row) => row.id);
}
