// What a call to a site needs to know: its addresses, how it is called, and the token or password of who calls. Called by origin/.
// Secrets leave this file only through findCallTarget and siteCredential, each for one site and one person.
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';
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

/**
 * How a site is called, with the token of a person of it (`userId`) or its own (0); null when there is no such site. The token is
 * null when there is none, when nobody signs (`userId` null), and when the site is disconnected. One statement.
 */
export async function findCallTarget(store: Store, siteId: SiteId, userId: number | null): Promise<{ readonly target: CallTarget; readonly token: StoredToken | null } | null> {
  const [row] = await store.database.query<{ token: Uint8Array | null } & Record<string, unknown>>(
    `SELECT s.id, s.url, s.home_url AS "homeUrl", s.connection_kind AS "connectionKind", s.owner_user_id AS "ownerUserId", s.api_style AS "apiStyle",
       s.signing_port AS "signingPort", s.disconnected_at IS NOT NULL AS "isDisconnected",
       CASE WHEN s.disconnected_at IS NOT NULL THEN NULL WHEN $2::bigint = 0 THEN s.blog_token
         ELSE (SELECT t.token FROM site_user_token t WHERE t.site_id = s.id AND t.user_id = $2) END AS token
     FROM site s WHERE s.id = $1`,
    [siteId, userId],
  );
  if (!row) return null;
  const { token, ...target } = row;
  return { target: target as unknown as CallTarget, token: token === null || userId === null ? null : openToken(store, siteId, userId, token) };
}

function openToken(store: Store, siteId: SiteId, userId: number, box: Uint8Array): StoredToken {
  const token = store.secrets.decrypt(box, userId === 0 ? `site:${siteId}:blog` : `site:${siteId}:user:${userId}`);
  const dot = token.indexOf('.');
  return { key: token.slice(0, dot), secret: token.slice(dot + 1), userId };
}

/** The login and application password of a site without Jetpack, or null. */
export async function siteCredential(store: Store, siteId: SiteId): Promise<{ login: string; password: string } | null> {
  const [row] = await store.database.query<{ login: string; secret: Uint8Array }>(
    'SELECT c.login, c.secret FROM site_credential c JOIN site s ON s.id = c.site_id WHERE c.site_id = $1 AND s.disconnected_at IS NULL',
    [siteId],
  );
  return row ? { login: row.login, password: store.secrets.decrypt(row.secret, credentialContext(siteId)) } : null;
}

/** Keeps the application password of a site, in place of an earlier one. */
export async function saveSiteCredential(store: Store, siteId: SiteId, login: string, password: string): Promise<void> {
  await store.database.query(
    `INSERT INTO site_credential (site_id, login, secret) VALUES ($1, $2, $3)
     ON CONFLICT (site_id) DO UPDATE SET login = excluded.login, secret = excluded.secret`,
    [siteId, login, store.secrets.encrypt(password, credentialContext(siteId))],
  );
}

function credentialContext(siteId: SiteId): string {
  return `site:${siteId}:credential`;
}

/** Remembers which of the two URL forms of the REST API a site serves. */
export async function rememberApiStyle(db: Queryable, siteId: SiteId, style: 'wp-json' | 'rest_route'): Promise<void> {
  await db.query('UPDATE site SET api_style = $2 WHERE id = $1', [siteId, style]);
}

/** Remembers the port line that a site believes; null for the URL's own. */
export async function rememberSigningPort(db: Queryable, siteId: SiteId, port: number | null): Promise<void> {
  await db.query('UPDATE site SET signing_port = $2 WHERE id = $1', [siteId, port]);
}
