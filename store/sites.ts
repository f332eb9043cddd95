// Sites and their secrets: adding, finding and removing a connection. Called by bin/, sync/ and the loaders.
// Token secrets leave this file only through blogTokenSecret and userTokenSecret, for verifying and signing.
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import { isSiteTable } from './cache/tables.js';
import { cachedRows, sawSequences } from './cache/cached-rows.js';
import type { Queryable } from './database.js';
import type { Store } from './store.js';

/** A connection's public facts. URLs have no trailing slash. */
export interface SiteRecord {
  readonly id: SiteId;
  readonly url: string;
  readonly homeUrl: string;
  readonly sequence: number;
  readonly createdAt: Date;
  readonly lastEventAt: Date | null;
  readonly lastReceivedAt: Date | null;
  readonly lastFullSyncAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly queueSize: number;
  readonly queueLagSeconds: number;
  readonly itemCount: number;
  readonly deadLetterCount: number;
  readonly disconnectedAt: Date | null;
}

export interface NewSite {
  readonly id: number;
  readonly url: string;
  /** "key.secret" */
  readonly blogToken: string;
  /** "key.secret.userId" each */
  readonly userTokens?: readonly string[];
}

const COLUMNS = `id, url, home_url AS "homeUrl", sequence, created_at AS "createdAt", last_event_at AS "lastEventAt",
  last_received_at AS "lastReceivedAt", last_full_sync_at AS "lastFullSyncAt", verified_at AS "verifiedAt", queue_size AS "queueSize",
  queue_lag_seconds AS "queueLagSeconds", item_count AS "itemCount", dead_letter_count AS "deadLetterCount", disconnected_at AS "disconnectedAt"`;

const BY_IDS = `SELECT ${COLUMNS} FROM site WHERE id = ANY($1::bigint[])`;

/** Normalises a site's URL: http or https, lower-case host, no trailing slash, query or fragment. */
export function normalizeSiteUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new AppError('BAD_USER_INPUT', `"${text}" is not a URL; expected something like https://shop.example.org`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('BAD_USER_INPUT', `"${text}" is not an http or https URL`);
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/** Takes over an existing connection. Adding the same id again with the same URL replaces its tokens and keeps its rows. */
export async function addSite(store: Store, input: NewSite): Promise<SiteRecord> {
  if (!Number.isSafeInteger(input.id) || input.id <= 0) throw new AppError('BAD_USER_INPUT', `site id must be a positive whole number, got ${input.id}`);
  const url = normalizeSiteUrl(input.url);
  const blog = splitToken(input.blogToken, 2, 'the blog token', 'KEY.SECRET');
  const users = (input.userTokens ?? []).map((token) => splitToken(token, 3, 'a user token', 'KEY.SECRET.USERID'));
  await store.database.transaction(async (tx) => {
    const [taken] = await tx.query<{ id: number; url: string }>('SELECT id, url FROM site WHERE id = $1 OR url = $2 ORDER BY (id = $1) DESC LIMIT 1', [input.id, url]);
    if (taken && taken.url !== url) throw new AppError('BAD_USER_INPUT', `site id ${input.id} belongs to ${taken.url}; remove that site first or use its own id`);
    if (taken && taken.id !== input.id) throw new AppError('BAD_USER_INPUT', `${url} is already connected with id ${taken.id}; remove it first or use that id`);
    await tx.query(
      `INSERT INTO site (id, url, home_url, blog_token, blog_token_key) VALUES ($1, $2, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET blog_token = excluded.blog_token, blog_token_key = excluded.blog_token_key, disconnected_at = NULL`,
      [input.id, url, store.secrets.encrypt(input.blogToken, `site:${input.id}:blog`), blog[0] ?? ''],
    );
    for (const [key, secret, userId] of users) {
      await tx.query(
        `INSERT INTO site_user_token (site_id, user_id, token, token_key) VALUES ($1, $2, $3, $4)
         ON CONFLICT (site_id, user_id) DO UPDATE SET token = excluded.token, token_key = excluded.token_key`,
        [input.id, Number(userId), store.secrets.encrypt(`${key}.${secret}`, `site:${input.id}:user:${userId}`), key ?? ''],
      );
    }
  });
  const site = await findSite(store.database, input.id as SiteId);
  if (!site) throw new AppError('INTERNAL', 'the site just added cannot be read back');
  return site;
}

/** The site with this id, or null. */
export async function findSite(db: Queryable, id: SiteId): Promise<SiteRecord | null> {
  const [row] = await db.query(`SELECT ${COLUMNS} FROM site WHERE id = $1`, [id]);
  return (row as SiteRecord | undefined) ?? null;
}

/** Sites by id; unknown ids are absent. One statement. */
export async function sitesByIds(db: Queryable, ids: readonly SiteId[]): Promise<Map<SiteId, SiteRecord>> {
  const rows = (await cachedRows(db, BY_IDS, [ids], { sites: ids })) as unknown as SiteRecord[];
  sawSequences(db, rows.map(({ id, sequence }) => ({ siteId: id, sequence })));
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * The site with this URL (scheme and trailing slash do not matter), or null. Its own address, which was proven, goes before a home address,
 * which is the site's word.
 */
export async function findSiteByUrl(db: Queryable, url: string): Promise<SiteRecord | null> {
  const bare = normalizeSiteUrl(url).replace(/^https?:\/\//, '');
  const [row] = await db.query(`SELECT ${COLUMNS} FROM site WHERE url = ANY($1::text[]) OR home_url = ANY($1::text[]) ORDER BY (url = ANY($1::text[])) DESC, id LIMIT 1`, [
    [`http://${bare}`, `https://${bare}`],
  ]);
  return (row as SiteRecord | undefined) ?? null;
}

/** Sites in order of id, at most `limit`, after the given id. */
export async function listSites(db: Queryable, limit: number, afterId = 0): Promise<SiteRecord[]> {
  return (await db.query(`SELECT ${COLUMNS} FROM site WHERE id > $1 ORDER BY id LIMIT $2`, [afterId, limit])) as unknown as SiteRecord[];
}

/** Every table that holds a site's rows; a test holds it against the schema. */
export const SITE_TABLES = [
  'site_user_token', 'site_credential', 'connection_grant', 'site_finding', 'sync_run', 'write_receipt', 'media_upload', 'edit_lock', 'checksum_result', 'opaque_meta_checksum', 'request_nonce', 'account_user', 'reader_follow', 'reader_seen', 'change', 'audit_event', 'dead_letter', 'full_sync',
  'full_sync_chunk', 'sync_floor', 'post', 'post_meta', 'term', 'term_relation', 'comment', 'comment_meta', 'menu_item_link', 'site_user',
  'setting', 'plugin', 'theme', 'update_offer', 'shop_order', 'order_item', 'order_item_meta',
  'extension_operation_item', 'update_policy', 'update_policy_run',
] as const;

/** Removes a site with all its rows and tokens. Returns false when there was none. */
export async function removeSite(store: Store, id: SiteId): Promise<boolean> {
  return store.database.transaction(async (tx) => {
    const rows = await tx.query('DELETE FROM site WHERE id = $1 RETURNING id', [id]);
    for (const table of SITE_TABLES) await tx.query(`DELETE FROM ${table} WHERE site_id = $1`, [id], isSiteTable(table) ? [{ table, of: id }] : []);
    return rows.length > 0;
  });
}

/** The site and secret of a blog token's public key, or null. The secret is the part after the dot. */
export async function blogTokenSecret(store: Store, key: string): Promise<{ siteId: SiteId; url: string; secret: string } | null> {
  const [row] = await store.database.query<{ id: SiteId; url: string; blog_token: Uint8Array }>(
    'SELECT id, url, blog_token FROM site WHERE blog_token_key = $1 AND disconnected_at IS NULL',
    [key],
  );
  if (!row) return null;
  const token = store.secrets.decrypt(row.blog_token, `site:${row.id}:blog`);
  return { siteId: row.id, url: row.url, secret: token.slice(token.indexOf('.') + 1) };
}

/** The site, person and secret of a user token's public key, or null. */
export async function userTokenSecret(store: Store, key: string): Promise<{ siteId: SiteId; userId: number; secret: string } | null> {
  const [row] = await store.database.query<{ site_id: SiteId; user_id: number; token: Uint8Array }>(
    `SELECT t.site_id, t.user_id, t.token FROM site_user_token t JOIN site s ON s.id = t.site_id WHERE t.token_key = $1 AND s.disconnected_at IS NULL`,
    [key],
  );
  if (!row) return null;
  const token = store.secrets.decrypt(row.token, `site:${row.site_id}:user:${row.user_id}`);
  return { siteId: row.site_id, userId: row.user_id, secret: token.slice(token.indexOf('.') + 1) };
}

function splitToken(token: string, parts: number, what: string, shape: string): string[] {
  const pieces = token.split('.');
  if (pieces.length !== parts || pieces.some((piece) => piece === '' || /[:"\s]/.test(piece))) {
    throw new AppError('BAD_USER_INPUT', `${what} does not have the form ${shape}`);
  }
  if (parts === 3 && !/^[1-9][0-9]*$/.test(pieces[2] ?? '')) throw new AppError('BAD_USER_INPUT', `${what} does not end in a user id (${shape})`);
  return pieces;
}
