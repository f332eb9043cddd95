// Reads users of sites and labels of accounts for the users subgraph. One statement a batch; which fields and rows the
// viewer may have is decided by the caller.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { containsPattern } from './patterns.js';

/** A user by the ids that the site knows. */
export interface UserKey {
  readonly siteId: SiteId;
  readonly id: number;
}

/** A visible row of site_user. Texts are as the site stores them. */
export interface UserRow extends Row {
  readonly siteId: SiteId;
  readonly id: number;
  readonly login: string;
  readonly email: string;
  readonly url: string;
  readonly displayName: string;
  readonly registeredAt: Date | null;
  readonly lastLoginAt: Date | null;
  readonly isConnected: boolean | null;
  readonly roles: readonly string[];
  /** The user's own capability map as it came. */
  readonly caps: unknown;
  readonly allCaps: readonly string[];
  readonly version: string;
}

/** A user and whether anybody may have come across something the user published. */
export interface KnownUser extends UserRow {
  readonly hasPublished: boolean;
}

/** One list of users. */
export interface UserList {
  readonly siteId: SiteId;
  readonly role: string | null;
  readonly search: string | null;
  /** Whether the search looks at e-mail addresses too. */
  readonly searchesEmail: boolean;
}

/** One page of a list: users after a login name and id, at most `limit`. */
export interface UserPageRequest {
  readonly list: UserList;
  readonly after: readonly [login: string, id: number] | null;
  readonly limit: number;
}

const COLUMNS = `u.site_id AS "siteId", u.id, coalesce(u.login, '') AS login, coalesce(u.email, '') AS email, coalesce(u.url, '') AS url,
  coalesce(u.display_name, '') AS "displayName", u.registered_at AS "registeredAt", u.last_login_at AS "lastLoginAt",
  u.is_connected AS "isConnected", coalesce(u.roles, '{}') AS roles, u.caps, coalesce(u.all_caps, '{}') AS "allCaps",
  coalesce(u.version, u.rev::text, '') AS version`;

const USERS = `
  SELECT ${COLUMNS}, EXISTS (
    SELECT 1 FROM post p
    WHERE p.site_id = u.site_id AND p.author_id = u.id AND p.alive AND p.status = 'publish'
      AND (p.site_id, p.type) IN (SELECT * FROM unnest($3::bigint[], $4::text[]))
  ) AS "hasPublished"
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
  JOIN site_user u ON u.site_id = asked.site_id AND u.id = asked.id AND u.alive`;

/**
 * Reads users by id; those that do not exist are absent. `publicTypes` are the post types by site in which publishing
 * makes a user known; a site without any is not looked at. One statement.
 */
export async function readUsers(
  db: Queryable,
  keys: readonly UserKey[],
  publicTypes: readonly { readonly siteId: SiteId; readonly type: string }[],
): Promise<KnownUser[]> {
  return cachedRows<KnownUser>(db, USERS, [
    keys.map((key) => key.siteId),
    keys.map((key) => key.id),
    publicTypes.map((entry) => entry.siteId),
    publicTypes.map((entry) => entry.type),
  ], { sites: keys.map((key) => key.siteId), rows: { site_user: keys.map(({ siteId, id }) => ({ siteId, row: id })) } });
}

const LISTS = `unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::boolean[])
  AS list (place, site_id, role, pattern, searches_email)`;
const IN_LIST = `u.site_id = list.site_id AND u.alive
  AND (list.role IS NULL OR list.role = ANY (u.roles))
  AND (list.pattern IS NULL OR u.login ILIKE list.pattern OR u.display_name ILIKE list.pattern OR u.url ILIKE list.pattern
    OR (list.searches_email AND u.email ILIKE list.pattern))`;

const PAGES = `
  SELECT list.place, page.*
  FROM ${LISTS}
  JOIN unnest($1::int[], $6::text[], $7::bigint[], $8::int[]) AS part (place, login, id, row_limit) ON part.place = list.place
  CROSS JOIN LATERAL (
    SELECT ${COLUMNS} FROM site_user u
    WHERE ${IN_LIST} AND (u.login, u.id) > (coalesce(part.login, ''), coalesce(part.id, -1))
    ORDER BY u.login, u.id LIMIT part.row_limit
  ) page
  ORDER BY list.place, page.login, page.id`;

/** Reads pages of lists, ordered by login name and id; the answer has the pages at the requests' places. One statement. */
export async function readUserPages(db: Queryable, requests: readonly UserPageRequest[]): Promise<UserRow[][]> {
  const rows = await cachedRows<UserRow & { place: number }>(db, PAGES, [
    ...listValues(requests.map((request) => request.list)),
    requests.map((request) => request.after?.[0] ?? null),
    requests.map((request) => request.after?.[1] ?? null),
    requests.map((request) => request.limit),
  ], { sites: requests.map((request) => request.list.siteId) });
  const pages: UserRow[][] = requests.map(() => []);
  for (const row of rows) pages[row.place]?.push(row);
  return pages;
}

const COUNTS = `
  SELECT list.place, (SELECT count(*) FROM site_user u WHERE ${IN_LIST}) AS count FROM ${LISTS}`;

/** Counts lists; the answer has the counts at the lists' places. One statement. */
export async function countUsers(db: Queryable, lists: readonly UserList[]): Promise<number[]> {
  const rows = await cachedRows<{ place: number; count: number }>(db, COUNTS, listValues(lists), { sites: lists.map((list) => list.siteId) });
  const counts = lists.map(() => 0);
  for (const row of rows) counts[row.place] = row.count;
  return counts;
}

function listValues(lists: readonly UserList[]) {
  return [
    lists.map((_, place) => place),
    lists.map((list) => list.siteId),
    lists.map((list) => list.role),
    lists.map((list) => (list.search === null ? null : containsPattern(list.search))),
    lists.map((list) => list.searchesEmail),
  ];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The label of an account; null when there is none with this id. */
export async function readAccountLabel(db: Queryable, accountId: string): Promise<string | null> {
  if (!UUID.test(accountId)) return null;
  const [row] = await db.query<{ label: string }>('SELECT label FROM account WHERE id = $1::uuid', [accountId]);
  return row?.label ?? null;
}
