// Bearer tokens: made once, shown once, kept as a SHA-256. Called by bin/ (making, revoking) and by the gateway's
// authentication. A token stands for an account: the operator, or a person who is a user on one or more sites.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';
import type { Store } from './store.js';

/** Whom a token stands for; auth/viewer's Viewer without the anonymous one. */
export type TokenOwner =
  | { readonly kind: 'operator'; readonly accountId: string; readonly scopes: readonly string[] }
  | { readonly kind: 'person'; readonly accountId: string; readonly scopes: readonly string[]; readonly users: readonly { readonly siteId: number; readonly userId: number }[] };

const TOKEN_PREFIX = 'sgt_';
const OPERATOR_ACCOUNT = '00000000-0000-4000-8000-000000000001';
/** How long an answer is remembered; a token revoked by another process works this much longer at most. */
const REMEMBERED_MS = 5_000;
const REMEMBERED_MAX = 10_000;
/** Working tokens of one account that were made for it by name; those of the command line's `--operator` and `--site` are not counted. */
const MAX_TOKENS = 100;

export interface NewToken {
  readonly subject:
    | { readonly kind: 'operator' }
    | { readonly kind: 'person'; readonly siteId: SiteId; readonly userId: number }
    | { readonly kind: 'account'; readonly accountId: string };
  readonly scopes: readonly string[];
  /** Null for a token that does not expire. */
  readonly expiresAt: Date | null;
  readonly label: string;
}

export interface TokenRecord {
  readonly id: string;
  readonly kind: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly label: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Makes a token and returns its text, which is nowhere else. */
export async function createToken(store: Store, input: NewToken): Promise<{ id: string; token: string }> {
  const token = TOKEN_PREFIX + randomBytes(32).toString('base64url');
  const id = randomUUID();
  await store.database.transaction(async (tx) => {
    const accountId = await accountOf(tx, input.subject);
    await tx.query('INSERT INTO access_token (id, hash, account_id, scopes, label, expires_at) VALUES ($1::uuid, $2, $3::uuid, $4::text[], $5, $6)', [
      id, hashOf(token), accountId, input.scopes, input.label, input.expiresAt,
    ]);
  });
  return { id, token };
}

function accountOf(tx: Queryable, subject: NewToken['subject']): Promise<string> {
  if (subject.kind === 'operator') return operatorAccount(tx);
  return subject.kind === 'person' ? personAccount(tx, subject.siteId, subject.userId) : ableAccount(tx, subject.accountId);
}

// Locked against a disabling at the same moment, and against two requests that both find room for one more.
async function ableAccount(tx: Queryable, accountId: string): Promise<string> {
  const [account] = await tx.query('SELECT 1 FROM account WHERE id = $1::uuid AND disabled_at IS NULL FOR UPDATE', [accountId]);
  if (!account) throw new AppError('FORBIDDEN', 'the account is disabled or gone; a token cannot be made for it');
  const [held] = await tx.query<{ count: number }>(
    'SELECT count(*) AS count FROM access_token WHERE account_id = $1::uuid AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())',
    [accountId],
  );
  if ((held?.count ?? 0) >= MAX_TOKENS) throw new AppError('LIMIT_EXCEEDED', `an account can have ${MAX_TOKENS} working tokens; revoke one that is no longer used`);
  return accountId;
}

async function operatorAccount(tx: Queryable): Promise<string> {
  await tx.query(`INSERT INTO account (id, kind, label) VALUES ($1::uuid, 'operator', 'Operator') ON CONFLICT DO NOTHING`, [OPERATOR_ACCOUNT]);
  return OPERATOR_ACCOUNT;
}

async function personAccount(tx: Queryable, siteId: SiteId, userId: number): Promise<string> {
  // Never the account of somebody who signs in: such a token would also reach that person's other sites.
  const [known] = await tx.query<{ id: string }>(
    `SELECT a.id FROM account_user u JOIN account a ON a.id = u.account_id
     WHERE u.site_id = $1 AND u.user_id = $2 AND a.login IS NULL AND a.disabled_at IS NULL AND NOT EXISTS (SELECT 1 FROM account_identity i WHERE i.account_id = a.id)
     ORDER BY a.created_at, a.id LIMIT 1`,
    [siteId, userId],
  );
  if (known) return known.id;
  const id = randomUUID();
  await tx.query(`INSERT INTO account (id, kind, label) VALUES ($1::uuid, 'person', $2)`, [id, `user ${userId} of site ${siteId}`]);
  await tx.query('INSERT INTO account_user (account_id, site_id, user_id) VALUES ($1::uuid, $2, $3)', [id, siteId, userId]);
  return id;
}

/** Revokes a token, named by its id or its text. Returns false when there is none that still works. */
export async function revokeToken(store: Store, idOrToken: string): Promise<boolean> {
  const byText = idOrToken.startsWith(TOKEN_PREFIX);
  const rows = byText
    ? await store.database.query('UPDATE access_token SET revoked_at = now() WHERE hash = $1 AND revoked_at IS NULL RETURNING id', [hashOf(idOrToken)])
    : await store.database.query('UPDATE access_token SET revoked_at = now() WHERE id::text = $1 AND revoked_at IS NULL RETURNING id', [idOrToken]);
  forgetTokens(store);
  return rows.length > 0;
}

/** Revokes a token of an account, named by its id. Returns false when the account has none that still works. */
export async function revokeTokenOf(store: Store, accountId: string, id: string): Promise<boolean> {
  const rows = await store.database.query('UPDATE access_token SET revoked_at = now() WHERE id::text = $2 AND account_id = $1::uuid AND revoked_at IS NULL RETURNING id', [accountId, id]);
  forgetTokens(store);
  return rows.length > 0;
}

/** Forgets what was remembered of tokens; called after whatever changes whom a token stands for. */
export function forgetTokens(store: Store): void {
  remembered.delete(store);
}

const RECORD = `SELECT t.id, a.kind, a.label AS account, t.scopes, t.label, t.created_at AS "createdAt", t.expires_at AS "expiresAt", t.revoked_at AS "revokedAt"
  FROM access_token t JOIN account a ON a.id = t.account_id`;

/** The working tokens of an account, newest first. */
export async function listTokensOf(store: Store, accountId: string, nowMs: number): Promise<TokenRecord[]> {
  return (await store.database.query(
    `${RECORD} WHERE t.account_id = $1::uuid AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) ORDER BY t.created_at DESC, t.id LIMIT ${MAX_TOKENS}`,
    [accountId, new Date(nowMs)],
  )) as unknown as TokenRecord[];
}

/** The newest tokens, at most `limit`; never their text. */
export async function listTokens(store: Store, limit: number): Promise<TokenRecord[]> {
  return (await store.database.query(`${RECORD} ORDER BY t.created_at DESC LIMIT $1`, [limit])) as unknown as TokenRecord[];
}

interface Remembered {
  readonly viewer: TokenOwner | null;
  readonly untilMs: number;
}

const remembered = new WeakMap<Store, Map<string, Remembered>>();

/** The viewer that a token stands for; null when it is unknown, revoked or expired. One statement, remembered for seconds. */
export async function authenticateToken(store: Store, token: string, nowMs = Date.now()): Promise<TokenOwner | null> {
  if (!token.startsWith(TOKEN_PREFIX) || token.length > 128) return null;
  const hash = hashOf(token);
  const key = hash.toString('base64');
  const cache = cacheOf(store);
  const known = cache.get(key);
  if (known && known.untilMs > nowMs) return known.viewer;
  const [row] = await store.database.query<TokenRow>(
    `SELECT a.kind, t.account_id AS "accountId", t.scopes, t.expires_at AS "expiresAt",
       coalesce((SELECT jsonb_agg(jsonb_build_object('siteId', u.site_id, 'userId', u.user_id) ORDER BY u.site_id) FROM account_user u WHERE u.account_id = a.id), '[]') AS users
     FROM access_token t JOIN account a ON a.id = t.account_id
     WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND a.disabled_at IS NULL`,
    [hash, new Date(nowMs)],
  );
  const viewer = row ? viewerOf(row) : null;
  if (cache.size >= REMEMBERED_MAX) cache.clear();
  cache.set(key, { viewer, untilMs: Math.min(nowMs + REMEMBERED_MS, row?.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) });
  return viewer;
}

interface TokenRow {
  readonly kind: string;
  readonly accountId: string;
  readonly scopes: string[];
  readonly expiresAt: Date | null;
  readonly users: { siteId: number; userId: number }[];
  readonly [column: string]: unknown;
}

function viewerOf(row: TokenRow): TokenOwner {
  if (row.kind === 'operator') return { kind: 'operator', accountId: row.accountId, scopes: row.scopes };
  if (row.kind === 'person') return { kind: 'person', accountId: row.accountId, scopes: row.scopes, users: row.users };
  throw new AppError('INTERNAL', `an account has the unknown kind ${row.kind}`);
}

function cacheOf(store: Store): Map<string, Remembered> {
  let cache = remembered.get(store);
  if (!cache) {
    cache = new Map();
    remembered.set(store, cache);
  }
  return cache;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
