// Names that accounts have at OpenID Connect providers. Called by accounts/. An identity is issuer and subject, nothing else: an
// e-mail address never links anything.
import type { Queryable } from './database.js';

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly createdAt: Date;
}

const MAX_IDENTITIES = 20;

/** The account of an identity, with whether it may sign in; null for an unknown identity. */
export async function findAccountOfIdentity(db: Queryable, issuer: string, subject: string): Promise<{ readonly accountId: string; readonly isDisabled: boolean } | null> {
  const [row] = await db.query<{ accountId: string; isDisabled: boolean }>(
    `SELECT i.account_id AS "accountId", a.disabled_at IS NOT NULL AS "isDisabled" FROM account_identity i JOIN account a ON a.id = i.account_id
     WHERE i.issuer = $1 AND i.subject = $2`,
    [issuer, subject],
  );
  return row ?? null;
}

/** Links an identity to an account; 'taken' when it belongs to another, 'too-many' when the account has enough. */
export async function linkIdentity(db: Queryable, accountId: string, issuer: string, subject: string): Promise<'linked' | 'taken' | 'too-many'> {
  const [held] = await db.query<{ count: number }>('SELECT count(*) AS count FROM account_identity WHERE account_id = $1::uuid', [accountId]);
  if ((held?.count ?? 0) >= MAX_IDENTITIES) return 'too-many';
  await db.query('INSERT INTO account_identity (issuer, subject, account_id) VALUES ($1, $2, $3::uuid) ON CONFLICT DO NOTHING', [issuer, subject, accountId]);
  const owner = await findAccountOfIdentity(db, issuer, subject);
  return owner?.accountId === accountId ? 'linked' : 'taken';
}

/** The identities of an account, oldest first. */
export async function listIdentities(db: Queryable, accountId: string): Promise<Identity[]> {
  return (await db.query(
    `SELECT issuer, subject, created_at AS "createdAt" FROM account_identity WHERE account_id = $1::uuid ORDER BY created_at, issuer, subject LIMIT ${MAX_IDENTITIES}`,
    [accountId],
  )) as unknown as Identity[];
}

const UNLINK = `
  DELETE FROM account_identity i USING account a
  WHERE i.account_id = $1::uuid AND i.issuer = $2 AND i.subject = $3 AND a.id = i.account_id
    AND (a.password_hash IS NOT NULL OR (SELECT count(*) FROM account_identity o WHERE o.account_id = $1::uuid) > 1)
  RETURNING i.issuer`;

/** Unlinks an identity; false when there is none, or when it is the account's last way to sign in. */
export async function unlinkIdentity(db: Queryable, accountId: string, issuer: string, subject: string): Promise<boolean> {
  return (await db.query(UNLINK, [accountId, issuer, subject])).length > 0;
}
