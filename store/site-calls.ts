// What a call to a site needs to know: its addresses, how it is called, and the token or password of who calls. Called by origin/.
// Secrets leave this file only through openTarget, for one site and one person.
import type { SiteId } from '../core/ids.js';
import { siteRow } from './cache/parts.js';
import type { Queryable } from './database.js';
import type { Secrets } from './secrets.js';
import type { Store } from './store.js';

export interface CallTarget {
  readonly id: SiteId;
  readonly url: string;
  readonly homeUrl: string;
  readonly connectionKind: 'jetpack' | 'rest';
  readonly ownerUserId: number | null;
  readonly apiStyle: 'wp-json' | 'rest_route' | null;
  readonly signingPort: number | null;
  readonly isDisconnected: boolean;
}

/** A token for signing. */
export interface StoredToken {
  readonly key: string;
  readonly secret: string;
  readonly userId: number;
}

/** The log-in and application password of a person of a site without Jetpack. */
export interface StoredPassword {
  readonly login: string;
  readonly password: string;
}

/** How a site is called, and what a person of it calls it with: one of the two, by the kind of the connection. */
export interface FoundTarget {
  readonly target: CallTarget;
  readonly token: StoredToken | null;
  readonly password: StoredPassword | null;
}

/** What {@link TARGET_COLUMNS} give, still encrypted. */
export interface TargetRow extends Omit<CallTarget, 'id'> {
  readonly token: Uint8Array | null;
  readonly login: string | null;
  readonly secret: Uint8Array | null;
  readonly holderId: number | null;
  readonly [column: string]: unknown;
}

/** The columns of a {@link TargetRow} of the site `s`, beside {@link targetJoin}; `user` is the parameter that holds the person's number. */
export const targetColumns = (user: string): string => `s.url, s.home_url AS "homeUrl", s.connection_kind AS "connectionKind", s.owner_user_id AS "ownerUserId",
       s.api_style AS "apiStyle", s.signing_port AS "signingPort", s.disconnected_at IS NOT NULL AS "isDisconnected", c.login, c.secret, c.user_id AS "holderId",
       CASE WHEN s.disconnected_at IS NOT NULL THEN NULL WHEN ${user}::bigint = 0 THEN s.blog_token
         ELSE (SELECT t.token FROM site_user_token t WHERE t.site_id = s.id AND t.user_id = ${user}::bigint) END AS token`;
export const targetJoin = (user: string): string => `LEFT JOIN site_credential c ON s.connection_kind = 'rest' AND s.disconnected_at IS NULL AND c.site_id = s.id
       AND c.user_id = CASE WHEN ${user}::bigint = 0 THEN s.owner_user_id ELSE ${user}::bigint END`;

const FIND = `SELECT ${targetColumns('$2')} FROM site s ${targetJoin('$2')} WHERE s.id = $1`;

/**
 * How a site is called, with the token or application password of a person of it (`userId`) or its own (0; of passwords that is the
 * owner's); null when there is no such site. Both are null when there is none, when nobody signs (`userId` null), and when the site is
 * disconnected. One statement.
 */
export async function findCallTarget(store: Store, siteId: SiteId, userId: number | null): Promise<FoundTarget | null> {
  const [row] = await store.database.query<TargetRow>(FIND, [siteId, userId]);
  return row ? openTarget(store, siteId, userId, row) : null;
}

/** Opens what was read of a site for the person that it was read for. */
export function openTarget(store: Store, siteId: SiteId, userId: number | null, row: TargetRow): FoundTarget {
  const { token, login, secret, holderId, url, homeUrl, connectionKind, ownerUserId, apiStyle, signingPort, isDisconnected } = row;
  return {
    target: { id: siteId, url, homeUrl, connectionKind, ownerUserId, apiStyle, signingPort, isDisconnected },
    token: token === null || userId === null ? null : openToken(store, siteId, userId, token),
    password: secret === null || login === null || holderId === null ? null : { login, password: openPassword(store, siteId, holderId, secret) },
  };
}

function openToken(store: Store, siteId: SiteId, userId: number, box: Uint8Array): StoredToken {
  const token = store.secrets.decrypt(box, userId === 0 ? `site:${siteId}:blog` : `site:${siteId}:user:${userId}`);
  const dot = token.indexOf('.');
  return { key: token.slice(0, dot), secret: token.slice(dot + 1), userId };
}

function openPassword(store: Store, siteId: SiteId, userId: number, box: Uint8Array): string {
  try {
    return store.secrets.decrypt(box, credentialContext(siteId, userId));
  } catch {
    // From when a site had one password: it is bound to the site alone. One that is of neither kind throws here.
    return store.secrets.decrypt(box, `site:${siteId}:credential`);
  }
}

export interface NewCredential extends StoredPassword {
  readonly siteId: SiteId;
  readonly userId: number;
}

/** Keeps the application password of a person, in place of an earlier one. */
export async function saveSiteCredential(db: Queryable, secrets: Secrets, { siteId, userId, login, password }: NewCredential): Promise<void> {
  await db.query(
    `INSERT INTO site_credential (site_id, user_id, login, secret) VALUES ($1, $2, $3, $4)
     ON CONFLICT (site_id, user_id) DO UPDATE SET login = excluded.login, secret = excluded.secret`,
    [siteId, userId, login, secrets.encrypt(password, credentialContext(siteId, userId))],
  );
}

/** Forgets the application password of a person by their log-in; the owner's stays, which reads the site. Returns whose it was. */
export async function forgetSiteCredential(db: Queryable, siteId: SiteId, login: string): Promise<number | null> {
  const [row] = await db.query<{ userId: number }>(
    `DELETE FROM site_credential c USING site s WHERE s.id = c.site_id AND c.site_id = $1 AND lower(c.login) = lower($2) AND c.user_id IS DISTINCT FROM s.owner_user_id
     RETURNING c.user_id AS "userId"`,
    [siteId, login],
  );
  return row?.userId ?? null;
}

function credentialContext(siteId: SiteId, userId: number): string {
  return `site:${siteId}:credential:${userId}`;
}

/** Remembers which of the two URL forms of the REST API a site serves. */
export async function rememberApiStyle(db: Queryable, siteId: SiteId, style: 'wp-json' | 'rest_route'): Promise<void> {
  await db.query('UPDATE site SET api_style = $2 WHERE id = $1', [siteId, style], siteRow(siteId));
}

/** Remembers the port line that a site believes; null for the URL's own. */
export async function rememberSigningPort(db: Queryable, siteId: SiteId, port: number | null): Promise<void> {
  await db.query('UPDATE site SET signing_port = $2 WHERE id = $1', [siteId, port], siteRow(siteId));
}
