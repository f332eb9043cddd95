// Accounts of people: what they sign in with, which site users they are, and their end. Called by accounts/, by the connection (which
// links a site user once the site has redeemed its code) and by bin/. Passwords come here only as hashes.
import { randomUUID } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';
import { endSessions } from './sessions.js';
import type { Store } from './store.js';
import { forgetTokens } from './tokens.js';

export type AccountKind = 'operator' | 'person';

export interface AccountRecord {
  readonly id: string;
  readonly kind: AccountKind;
  readonly label: string;
  /** Null for an account that signs in elsewhere, or that only tokens stand for. */
  readonly login: string | null;
  readonly hasPassword: boolean;
  readonly identityCount: number;
  readonly siteCount: number;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
}

/** A WordPress user that an account is, with what the site has synced of it. */
export interface LinkedUser {
  readonly siteId: SiteId;
  readonly siteUrl: string;
  readonly userId: number;
  readonly login: string | null;
  readonly displayName: string | null;
}

const COLUMNS = `a.id, a.kind, a.label, a.login, a.password_hash IS NOT NULL AS "hasPassword", a.created_at AS "createdAt", a.disabled_at AS "disabledAt",
  (SELECT count(*) FROM account_identity i WHERE i.account_id = a.id) AS "identityCount", (SELECT count(*) FROM account_user u WHERE u.account_id = a.id) AS "siteCount"`;

const LOGIN = /^[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?$/;
/** Site users of one account that are shown and acted for. */
const MAX_LINKED_USERS = 1000;

/** A login as it is kept and compared: lower case, without surrounding spaces. It may be none that could exist. */
export function normalizeLogin(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/** Creates an account that signs in with a password. Throws BAD_USER_INPUT for a login that cannot be used. */
export async function createAccount(store: Store, input: { readonly kind: AccountKind; readonly login: string; readonly passwordHash: string }): Promise<AccountRecord> {
  const login = normalizeLogin(input.login);
  if (!LOGIN.test(login)) throw new AppError('BAD_USER_INPUT', `"${input.login}" cannot be a login; expected 1 to 64 of the characters a-z 0-9 . _ @ + - with a letter or digit at both ends`);
  const id = randomUUID();
  const made = await store.database.query('INSERT INTO account (id, kind, label, login, password_hash) VALUES ($1::uuid, $2, $3, $3, $4) ON CONFLICT (login) DO NOTHING RETURNING id', [
    id, input.kind, login, input.passwordHash,
  ]);
  if (made.length === 0) throw new AppError('BAD_USER_INPUT', `an account "${login}" exists already; set its password with sitegraph account password --login ${login}`);
  return readBack(store, id);
}

/** Creates the account of a person known by an OpenID Connect provider. Returns the one that holds the identity when it exists by now. */
export async function createAccountOfIdentity(store: Store, input: { readonly issuer: string; readonly subject: string; readonly label: string }): Promise<AccountRecord> {
  const id = randomUUID();
  const accountId = await store.database.transaction(async (tx) => {
    await tx.query(`INSERT INTO account (id, kind, label) VALUES ($1::uuid, 'person', $2)`, [id, input.label]);
    const taken = await tx.query('INSERT INTO account_identity (issuer, subject, account_id) VALUES ($1, $2, $3::uuid) ON CONFLICT DO NOTHING RETURNING issuer', [input.issuer, input.subject, id]);
    if (taken.length > 0) return id;
    await tx.query('DELETE FROM account WHERE id = $1::uuid', [id]);
    const [known] = await tx.query<{ id: string }>('SELECT account_id AS id FROM account_identity WHERE issuer = $1 AND subject = $2', [input.issuer, input.subject]);
    return known?.id ?? id;
  });
  return readBack(store, accountId);
}

async function readBack(store: Store, id: string): Promise<AccountRecord> {
  const account = await findAccount(store.database, id);
  if (!account) throw new AppError('INTERNAL', 'the account just made cannot be read back');
  return account;
}

/** The account with this id, or null. */
export async function findAccount(db: Queryable, id: string): Promise<AccountRecord | null> {
  const [row] = await db.query(`SELECT ${COLUMNS} FROM account a WHERE a.id = $1::uuid`, [id]);
  return (row as AccountRecord | undefined) ?? null;
}

/** The account with this login, or null. */
export async function findAccountByLogin(db: Queryable, login: string): Promise<AccountRecord | null> {
  const [row] = await db.query(`SELECT ${COLUMNS} FROM account a WHERE a.login = $1`, [normalizeLogin(login)]);
  return (row as AccountRecord | undefined) ?? null;
}

/** What a sign-in by password is checked against; null when no such account may sign in. */
export async function findPasswordHash(db: Queryable, login: string): Promise<{ readonly accountId: string; readonly passwordHash: string } | null> {
  const [row] = await db.query<{ accountId: string; passwordHash: string }>(
    'SELECT id AS "accountId", password_hash AS "passwordHash" FROM account WHERE login = $1 AND disabled_at IS NULL AND password_hash IS NOT NULL',
    [normalizeLogin(login)],
  );
  return row ?? null;
}

/** Accounts in order of their making, at most `limit`; those that only tokens stand for are left out. */
export async function listAccounts(db: Queryable, limit: number): Promise<AccountRecord[]> {
  return (await db.query(
    `SELECT ${COLUMNS} FROM account a WHERE a.login IS NOT NULL OR EXISTS (SELECT 1 FROM account_identity i WHERE i.account_id = a.id) ORDER BY a.created_at, a.id LIMIT $1`,
    [limit],
  )) as unknown as AccountRecord[];
}

/** Tells whether any operator can sign in; a first run says how to create one. */
export async function canOperatorSignIn(db: Queryable): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM account a WHERE a.kind = 'operator' AND a.disabled_at IS NULL
       AND (a.login IS NOT NULL AND a.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM account_identity i WHERE i.account_id = a.id)) LIMIT 1`,
  );
  return rows.length > 0;
}

/** Sets a password and ends the account's sessions but `keep`. */
export async function setPassword(store: Store, accountId: string, passwordHash: string, keep: Uint8Array | null = null): Promise<void> {
  await store.database.transaction(async (tx) => {
    await tx.query('UPDATE account SET password_hash = $2 WHERE id = $1::uuid', [accountId, passwordHash]);
    await endSessions(tx, accountId, keep);
  });
}

/** Replaces a hash by one of the same password with today's parameters; sessions go on. */
export async function refreshPasswordHash(store: Store, accountId: string, from: string, to: string): Promise<void> {
  await store.database.query('UPDATE account SET password_hash = $3 WHERE id = $1::uuid AND password_hash = $2', [accountId, from, to]);
}

/** Disables an account and ends its sessions and tokens, all at once. Other processes notice tokens within seconds. */
export async function disableAccount(store: Store, accountId: string): Promise<void> {
  await store.database.transaction(async (tx) => {
    await tx.query('UPDATE account SET disabled_at = coalesce(disabled_at, now()) WHERE id = $1::uuid', [accountId]);
    await endSessions(tx, accountId, null);
    await tx.query('UPDATE access_token SET revoked_at = now() WHERE account_id = $1::uuid AND revoked_at IS NULL', [accountId]);
  });
  forgetTokens(store);
}

/** Lets an account sign in again. Its sessions and tokens stay ended. */
export async function enableAccount(store: Store, accountId: string): Promise<void> {
  await store.database.query('UPDATE account SET disabled_at = NULL WHERE id = $1::uuid', [accountId]);
  forgetTokens(store);
}

/**
 * Links an account to a user of a site, which the site itself has confirmed. The account's earlier user on that site gives way; an
 * account that only tokens of the command line stand for may be the same user. Called in the transaction that redeems the site's code.
 */
export async function linkSiteUser(tx: Queryable, accountId: string, siteId: SiteId, userId: number): Promise<void> {
  await tx.query('DELETE FROM account_user WHERE account_id = $1::uuid AND site_id = $2 AND user_id <> $3', [accountId, siteId, userId]);
  await tx.query('INSERT INTO account_user (account_id, site_id, user_id) VALUES ($1::uuid, $2, $3) ON CONFLICT DO NOTHING', [accountId, siteId, userId]);
}

/** Ends the link of an account to a site. */
export async function unlinkSite(store: Store, accountId: string, siteId: SiteId): Promise<boolean> {
  const rows = await store.database.query('DELETE FROM account_user WHERE account_id = $1::uuid AND site_id = $2 RETURNING user_id', [accountId, siteId]);
  forgetTokens(store);
  return rows.length > 0;
}

/** Whom an account is on which sites. */
export async function listLinkedUsers(db: Queryable, accountId: string): Promise<LinkedUser[]> {
  return (await db.query(
    `SELECT u.site_id AS "siteId", s.url AS "siteUrl", u.user_id AS "userId", w.login, w.display_name AS "displayName"
     FROM account_user u JOIN site s ON s.id = u.site_id LEFT JOIN site_user w ON w.site_id = u.site_id AND w.id = u.user_id AND w.alive
     WHERE u.account_id = $1::uuid ORDER BY s.url LIMIT ${MAX_LINKED_USERS}`,
    [accountId],
  )) as unknown as LinkedUser[];
}
