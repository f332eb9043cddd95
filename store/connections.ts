// Connections of sites: who registered, with which tokens, who owns it, which account is which of its users.
// Called by sync/connection and sync/xml-rpc-methods. Tokens are made here and leave only towards the site they are for.
import { randomInt } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import { siteRow } from './cache/parts.js';
import type { Queryable } from './database.js';
import type { Secrets } from './secrets.js';
import { normalizeSiteUrl } from './sites.js';
import type { Store } from './store.js';

const TOKEN_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PART_CHARACTERS = 32;
/** New ids have nine digits, so that they stay clear of small ones that were taken over by hand. */
const ID_RANGE = [100_000_000, 1_000_000_000] as const;
const MAX_ID_TRIES = 20;

export interface KnownSite {
  readonly id: SiteId;
  readonly url: string;
  readonly homeUrl: string;
  readonly isConnected: boolean;
}

/** A new token `key.secret` of 32 letters and digits each. */
export function makeToken(): string {
  const part = (): string => Array.from({ length: PART_CHARACTERS }, () => TOKEN_ALPHABET.charAt(randomInt(TOKEN_ALPHABET.length))).join('');
  return `${part()}.${part()}`;
}

/** What tells addresses of sites apart: host, port and path, without scheme and a leading www. Throws BAD_USER_INPUT. */
export function addressKey(url: string): string {
  return normalizeSiteUrl(url).replace(/^https?:\/\/(www\.)?/, '');
}

/** The site whose own address (not its home address) is this one, connected or not. */
export async function findSiteByAddress(db: Queryable, url: string): Promise<KnownSite | null> {
  const [row] = await db.query(
    `SELECT id, url, home_url AS "homeUrl", disconnected_at IS NULL AND blog_token IS NOT NULL AS "isConnected"
     FROM site WHERE regexp_replace(url, '^https?://(www\\.)?', '') = $1 ORDER BY disconnected_at IS NULL DESC, id LIMIT 1`,
    [addressKey(url)],
  );
  return (row as KnownSite | undefined) ?? null;
}

export interface Registration {
  readonly url: string;
  readonly homeUrl: string;
  /** The site that registers again; null for a new one. */
  readonly knownId: SiteId | null;
}

/**
 * Gives a site its id and a new blog token. One that is known keeps id and rows, moves to the addresses given, and loses its former
 * tokens, those of its people included, as the site does.
 */
export async function storeRegistration(tx: Queryable, secrets: Secrets, input: Registration): Promise<{ siteId: SiteId; blogToken: string }> {
  const blogToken = makeToken();
  const siteId = input.knownId ?? (await claimId(tx, input));
  await tx.query(
    `UPDATE site SET url = $2, home_url = $3, connection_kind = 'jetpack', blog_token = $4, blog_token_key = $5, owner_user_id = NULL, disconnected_at = NULL WHERE id = $1`,
    [siteId, input.url, input.homeUrl, secrets.encrypt(blogToken, `site:${siteId}:blog`), keyOf(blogToken)],
    siteRow(siteId),
  );
  await tx.query('DELETE FROM site_user_token WHERE site_id = $1', [siteId]);
  return { siteId, blogToken };
}

async function claimId(tx: Queryable, { url, homeUrl }: Registration): Promise<SiteId> {
  for (let tries = 0; tries < MAX_ID_TRIES; tries++) {
    const [row] = await tx.query<{ id: SiteId }>('INSERT INTO site (id, url, home_url) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING RETURNING id', [
      randomInt(...ID_RANGE), url, homeUrl,
    ]);
    if (row) return row.id;
  }
  throw new AppError('INTERNAL', 'no free id was found for a new site');
}

/** Replaces the blog token alone; the former one is believed no longer. */
export async function rotateBlogToken(store: Store, siteId: SiteId): Promise<string> {
  const token = makeToken();
  await store.database.query('UPDATE site SET blog_token = $2, blog_token_key = $3 WHERE id = $1', [siteId, store.secrets.encrypt(token, `site:${siteId}:blog`), keyOf(token)], siteRow(siteId));
  return token;
}

/** The whole blog token `key.secret` of a connected site, for what the protocol signs with all of it; null without one. */
export async function wholeBlogToken(store: Store, siteId: SiteId): Promise<string | null> {
  const [row] = await store.database.query<{ token: Uint8Array | null }>('SELECT blog_token AS token FROM site WHERE id = $1 AND disconnected_at IS NULL', [siteId]);
  return row?.token ? store.secrets.decrypt(row.token, `site:${siteId}:blog`) : null;
}

/** Keeps a person's token `key.secret`; the first person of a site becomes the owner of its connection. */
export async function storeUserToken(tx: Queryable, secrets: Secrets, siteId: SiteId, userId: number, token: string): Promise<void> {
  await tx.query(
    `INSERT INTO site_user_token (site_id, user_id, token, token_key) VALUES ($1, $2, $3, $4)
     ON CONFLICT (site_id, user_id) DO UPDATE SET token = excluded.token, token_key = excluded.token_key`,
    [siteId, userId, secrets.encrypt(token, `site:${siteId}:user:${userId}`), keyOf(token)],
  );
  await tx.query('UPDATE site SET owner_user_id = $2 WHERE id = $1 AND owner_user_id IS NULL', [siteId, userId], siteRow(siteId));
}

/** Forgets a person's token and, when they own the connection, that too. */
export async function forgetUserToken(tx: Queryable, siteId: SiteId, userId: number): Promise<void> {
  await tx.query('DELETE FROM site_user_token WHERE site_id = $1 AND user_id = $2', [siteId, userId]);
  await tx.query('UPDATE site SET owner_user_id = NULL WHERE id = $1 AND owner_user_id = $2', [siteId, userId], siteRow(siteId));
}

/** Makes a connected person the owner; false when they have no token here. */
export async function setOwner(db: Queryable, siteId: SiteId, userId: number): Promise<boolean> {
  const rows = await db.query(
    'UPDATE site SET owner_user_id = $2 WHERE id = $1 AND EXISTS (SELECT 1 FROM site_user_token t WHERE t.site_id = $1 AND t.user_id = $2) RETURNING id',
    [siteId, userId],
    siteRow(siteId),
  );
  return rows.length === 1;
}

/** Whether the connection has an owner. */
export async function hasOwner(db: Queryable, siteId: SiteId): Promise<boolean> {
  const [row] = await db.query<{ owner: number | null }>('SELECT owner_user_id AS owner FROM site WHERE id = $1', [siteId]);
  return typeof row?.owner === 'number';
}

/** An account that a person can sign in to, as against one that only tokens of the command line stand for. */
const CAN_SIGN_IN = '(a.login IS NOT NULL OR EXISTS (SELECT 1 FROM account_identity i WHERE i.account_id = a.id))';

/** The account that can sign in as which a site's user is known; null when there is none. */
export async function accountOfUser(db: Queryable, siteId: SiteId, userId: number): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    `SELECT a.id FROM account_user u JOIN account a ON a.id = u.account_id WHERE u.site_id = $1 AND u.user_id = $2 AND a.disabled_at IS NULL AND ${CAN_SIGN_IN} LIMIT 1`,
    [siteId, userId],
  );
  return row?.id ?? null;
}

/** Ends what a person's own consent began: their token, their ownership, and the link of an account that can sign in. */
export async function unlinkUser(tx: Queryable, siteId: SiteId, userId: number): Promise<void> {
  await forgetUserToken(tx, siteId, userId);
  await tx.query(
    `DELETE FROM account_user u WHERE u.site_id = $1 AND u.user_id = $2 AND EXISTS (SELECT 1 FROM account a WHERE a.id = u.account_id AND ${CAN_SIGN_IN})`,
    [siteId, userId],
  );
}

/** Ends a connection: its tokens are forgotten, its rows stay until the site is removed. */
export async function endConnection(tx: Queryable, siteId: SiteId, now: Date): Promise<void> {
  await tx.query(
    'UPDATE site SET disconnected_at = coalesce(disconnected_at, $2), blog_token = NULL, blog_token_key = NULL, owner_user_id = NULL WHERE id = $1',
    [siteId, now],
    siteRow(siteId),
  );
  await tx.query('DELETE FROM site_user_token WHERE site_id = $1', [siteId]);
  await tx.query('DELETE FROM site_credential WHERE site_id = $1', [siteId]);
}

function keyOf(token: string): string {
  return token.slice(0, token.indexOf('.'));
}
