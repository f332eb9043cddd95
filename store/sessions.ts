// Browsers that are signed in: an opaque cookie value, kept as its SHA-256. Called by accounts/. A session ends when it was not used
// for a week, a month after it began, when it is revoked, and when its account is disabled.
import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { Queryable } from './database.js';
import type { TokenOwner } from './tokens.js';

export const SESSION_IDLE_MS = 7 * 86_400_000;
export const SESSION_LONGEST_MS = 30 * 86_400_000;
/** Use is written down at most this often. */
const SEEN_EVERY_MS = 5 * 60_000;
/** Open sessions of one account; the oldest give way. */
const MAX_SESSIONS = 50;
const VALUE = /^[A-Za-z0-9_-]{43}$/;

export interface OpenSession {
  readonly hash: Uint8Array;
  readonly createdAt: Date;
  readonly owner: TokenOwner;
  readonly label: string;
}

export interface SessionRecord {
  readonly hash: Uint8Array;
  readonly createdAt: Date;
  readonly seenAt: Date;
  readonly expiresAt: Date;
}

/** Begins a session and returns the cookie's value, which is nowhere else. */
export async function beginSession(db: Queryable, accountId: string, nowMs: number): Promise<string> {
  const value = randomBytes(32).toString('base64url');
  const now = new Date(nowMs);
  await db.query('DELETE FROM session WHERE expires_at < $1 OR revoked_at < $1', [now]);
  await db.query(
    `DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE account_id = $1::uuid AND revoked_at IS NULL ORDER BY seen_at DESC OFFSET ${MAX_SESSIONS - 1})`,
    [accountId],
  );
  await db.query('INSERT INTO session (hash, account_id, created_at, seen_at, expires_at) VALUES ($1, $2::uuid, $3, $3, $4)', [
    hashOf(value), accountId, now, new Date(nowMs + SESSION_IDLE_MS),
  ]);
  return value;
}

const FIND = `
  SELECT s.created_at AS "createdAt", s.seen_at AS "seenAt", a.id AS "accountId", a.kind, a.label,
    coalesce((SELECT jsonb_agg(jsonb_build_object('siteId', u.site_id, 'userId', u.user_id) ORDER BY u.site_id) FROM account_user u WHERE u.account_id = a.id), '[]') AS users
  FROM session s JOIN account a ON a.id = s.account_id
  WHERE s.hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.created_at > $3 AND a.disabled_at IS NULL`;

/** The session of a cookie's value, whose end it moves; null when there is none that still holds. */
export async function findSession(db: Queryable, value: string, nowMs: number): Promise<OpenSession | null> {
  if (!VALUE.test(value)) return null;
  const hash = hashOf(value);
  const [row] = await db.query<SessionRow>(FIND, [hash, new Date(nowMs), new Date(nowMs - SESSION_LONGEST_MS)]);
  if (!row) return null;
  if (nowMs - row.seenAt.getTime() >= SEEN_EVERY_MS) {
    const end = Math.min(nowMs + SESSION_IDLE_MS, row.createdAt.getTime() + SESSION_LONGEST_MS);
    await db.query('UPDATE session SET seen_at = $2, expires_at = $3 WHERE hash = $1 AND revoked_at IS NULL', [hash, new Date(nowMs), new Date(end)]);
  }
  return { hash, createdAt: row.createdAt, owner: ownerOf(row), label: row.label };
}

interface SessionRow {
  readonly createdAt: Date;
  readonly seenAt: Date;
  readonly accountId: string;
  readonly kind: string;
  readonly label: string;
  readonly users: { siteId: number; userId: number }[];
  readonly [column: string]: unknown;
}

// A session carries every scope: it is the person, not an app.
function ownerOf({ accountId, kind, users }: SessionRow): TokenOwner {
  if (kind === 'operator') return { kind, accountId, scopes: ['*'] };
  if (kind === 'person') return { kind, accountId, scopes: ['*'], users };
  throw new AppError('INTERNAL', `an account has the unknown kind ${kind}`);
}

/** The open sessions of an account, last used first. */
export async function listSessions(db: Queryable, accountId: string, nowMs: number): Promise<SessionRecord[]> {
  return (await db.query(
    `SELECT hash, created_at AS "createdAt", seen_at AS "seenAt", expires_at AS "expiresAt" FROM session
     WHERE account_id = $1::uuid AND revoked_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC LIMIT ${MAX_SESSIONS}`,
    [accountId, new Date(nowMs)],
  )) as unknown as SessionRecord[];
}

/** Ends one session of an account; false when there is none. */
export async function endSession(db: Queryable, accountId: string, hash: Uint8Array): Promise<boolean> {
  return (await db.query('UPDATE session SET revoked_at = now() WHERE hash = $2 AND account_id = $1::uuid AND revoked_at IS NULL RETURNING hash', [accountId, hash])).length > 0;
}

/** Ends every session of an account, but `keep`. */
export async function endSessions(db: Queryable, accountId: string, keep: Uint8Array | null): Promise<void> {
  await db.query('UPDATE session SET revoked_at = now() WHERE account_id = $1::uuid AND revoked_at IS NULL AND ($2::bytea IS NULL OR hash <> $2::bytea)', [accountId, keep]);
}

function hashOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
