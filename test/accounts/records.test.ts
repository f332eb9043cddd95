import { describe, expect, it } from 'vitest';
import { canOperatorSignIn, createAccount, createAccountOfIdentity, disableAccount, enableAccount, findPasswordHash, linkSiteUser, listLinkedUsers, setPassword } from '../../store/accounts.js';
import { findAccountOfIdentity, linkIdentity, unlinkIdentity } from '../../store/identities.js';
import { beginSession, endSession, findSession, listSessions, SESSION_IDLE_MS, SESSION_LONGEST_MS } from '../../store/sessions.js';
import { addSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { authenticateToken, createToken, listTokensOf, revokeTokenOf } from '../../store/tokens.js';
import { nextSiteId, openPrivateStore, openTestStore } from '../testkit/store.js';

const HASH = `$scrypt$ln=17,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
const DAY = 86_400_000;
let made = 0;

function person(store: Store): ReturnType<typeof createAccount> {
  made += 1;
  return createAccount(store, { kind: 'person', login: `records-${process.pid}-${made}`, passwordHash: HASH });
}

function tokenFor(store: Store, accountId: string): ReturnType<typeof createToken> {
  return createToken(store, { subject: { kind: 'account', accountId }, scopes: ['content:read'], expiresAt: null, label: 'a test' });
}

async function site(store: Store): Promise<number> {
  const id = nextSiteId();
  await addSite(store, { id, url: `http://people-${id}.example`, blogToken: `key${id}.secret` });
  return id;
}

describe('accounts', () => {
  it('have logins that differ in more than case', async () => {
    const store = await openTestStore();
    const account = await person(store);
    await expect(createAccount(store, { kind: 'person', login: ` ${account.login?.toUpperCase()} `, passwordHash: HASH })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await findPasswordHash(store.database, account.login?.toUpperCase() ?? ''))?.accountId).toBe(account.id);
  });

  it.each(['', 'two words', '-begins', 'ends.', 'a'.repeat(65), 'line\nbreak', '<b>'])('never have a login like %j', async (login) => {
    await expect(createAccount(await openTestStore(), { kind: 'person', login, passwordHash: HASH })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('lose their sessions and tokens at once when they are disabled, and get none back', async () => {
    const store = await openTestStore();
    const account = await person(store);
    const value = await beginSession(store.database, account.id, Date.now());
    const { token } = await tokenFor(store, account.id);
    expect(await authenticateToken(store, token)).toMatchObject({ accountId: account.id });
    await disableAccount(store, account.id);
    expect(await authenticateToken(store, token)).toBeNull();
    expect(await findSession(store.database, value, Date.now())).toBeNull();
    expect(await findPasswordHash(store.database, account.login ?? '')).toBeNull();
    await expect(tokenFor(store, account.id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await enableAccount(store, account.id);
    expect(await authenticateToken(store, token)).toBeNull();
    expect(await findSession(store.database, value, Date.now())).toBeNull();
    expect((await findPasswordHash(store.database, account.login ?? ''))?.accountId).toBe(account.id);
  });

  it('are one user a site, the newest; a user may be several accounts', async () => {
    const store = await openTestStore();
    const [one, other] = [await person(store), await person(store)];
    const siteId = await site(store);
    await linkSiteUser(store.database, one.id, siteId, 3);
    await linkSiteUser(store.database, one.id, siteId, 4);
    await linkSiteUser(store.database, one.id, siteId, 4);
    await linkSiteUser(store.database, other.id, siteId, 4);
    expect((await listLinkedUsers(store.database, one.id)).map((user) => user.userId)).toEqual([4]);
    expect((await listLinkedUsers(store.database, other.id)).map((user) => user.userId)).toEqual([4]);
  });

  it('are not what the command line makes a site user’s token for', async () => {
    const store = await openTestStore();
    const account = await person(store);
    const siteId = await site(store);
    await linkSiteUser(store.database, account.id, siteId, 3);
    const { token } = await createToken(store, { subject: { kind: 'person', siteId, userId: 3 }, scopes: ['*'], expiresAt: null, label: '' });
    const owner = await authenticateToken(store, token);
    expect(owner).toMatchObject({ kind: 'person', users: [{ siteId, userId: 3 }] });
    expect(owner?.accountId).not.toBe(account.id);
  });

  it('tell whether an operator can sign in', async () => {
    const store = await openPrivateStore();
    try {
      expect(await canOperatorSignIn(store.database)).toBe(false);
      await createAccount(store, { kind: 'person', login: 'reader', passwordHash: HASH });
      expect(await canOperatorSignIn(store.database)).toBe(false);
      const operator = await createAccount(store, { kind: 'operator', login: 'keeper', passwordHash: HASH });
      expect(await canOperatorSignIn(store.database)).toBe(true);
      await disableAccount(store, operator.id);
      expect(await canOperatorSignIn(store.database)).toBe(false);
    } finally {
      await store.close();
    }
  });
});

describe('identities', () => {
  it('belong to one account, and the last way to sign in stays', async () => {
    const store = await openTestStore();
    const subject = `subject-${process.pid}`;
    const foreign = await createAccountOfIdentity(store, { issuer: 'https://id.example', subject, label: 'Ada' });
    const again = await createAccountOfIdentity(store, { issuer: 'https://id.example', subject, label: 'Ada' });
    expect(again.id).toBe(foreign.id);
    const account = await person(store);
    expect(await linkIdentity(store.database, account.id, 'https://id.example', subject)).toBe('taken');
    expect(await linkIdentity(store.database, account.id, 'https://other.example', subject)).toBe('linked');
    expect(await unlinkIdentity(store.database, foreign.id, 'https://id.example', subject)).toBe(false);
    expect(await unlinkIdentity(store.database, account.id, 'https://id.example', subject)).toBe(false);
    expect(await unlinkIdentity(store.database, account.id, 'https://other.example', subject)).toBe(true);
    expect(await findAccountOfIdentity(store.database, 'https://other.example', subject)).toBeNull();
  });
});

describe('sessions', () => {
  it('hold while they are used, end a week after the last use and a month after the beginning', async () => {
    const store = await openTestStore();
    const { id } = await person(store);
    const start = Date.now();
    const idle = await beginSession(store.database, id, start);
    const used = await beginSession(store.database, id, start);
    expect(await findSession(store.database, idle, start + SESSION_IDLE_MS - 1000)).toMatchObject({ owner: { kind: 'person', accountId: id, scopes: ['*'] } });
    const unused = await beginSession(store.database, id, start);
    expect(await findSession(store.database, unused, start + SESSION_IDLE_MS)).toBeNull();
    for (let at = start; at < start + SESSION_LONGEST_MS; at += 6 * DAY) expect(await findSession(store.database, used, at)).not.toBeNull();
    expect(await findSession(store.database, used, start + SESSION_LONGEST_MS)).toBeNull();
  });

  it('keep nothing by which they could be taken over', async () => {
    const store = await openTestStore();
    const { id } = await person(store);
    const value = await beginSession(store.database, id, Date.now());
    const rows = JSON.stringify(await store.database.query(`SELECT encode(hash, 'base64') AS hash, s.* FROM session s WHERE account_id = $1::uuid`, [id]));
    expect(rows).not.toContain(value);
    expect(rows).not.toContain(Buffer.from(value, 'base64url').toString('base64').slice(0, 20));
  });

  it('end one by one, only for their own account', async () => {
    const store = await openTestStore();
    const [one, other] = [await person(store), await person(store)];
    const value = await beginSession(store.database, one.id, Date.now());
    const hash = (await findSession(store.database, value, Date.now()))?.hash ?? new Uint8Array();
    expect(await endSession(store.database, other.id, hash)).toBe(false);
    expect(await findSession(store.database, value, Date.now())).not.toBeNull();
    expect(await endSession(store.database, one.id, hash)).toBe(true);
    expect(await findSession(store.database, value, Date.now())).toBeNull();
  });

  it('end with a new password, but the one that is kept', async () => {
    const store = await openTestStore();
    const { id } = await person(store);
    const [kept, ended] = [await beginSession(store.database, id, Date.now()), await beginSession(store.database, id, Date.now())];
    await setPassword(store, id, HASH, (await findSession(store.database, kept, Date.now()))?.hash ?? null);
    expect(await findSession(store.database, kept, Date.now())).not.toBeNull();
    expect(await findSession(store.database, ended, Date.now())).toBeNull();
  });

  it('are at most fifty an account', async () => {
    const store = await openTestStore();
    const { id } = await person(store);
    const start = Date.now();
    const first = await beginSession(store.database, id, start);
    for (let n = 1; n <= 50; n += 1) await beginSession(store.database, id, start + n);
    expect(await listSessions(store.database, id, start + 51)).toHaveLength(50);
    expect(await findSession(store.database, first, start + 51)).toBeNull();
  });
});

describe('tokens of an account', () => {
  it('are listed and revoked by that account alone', async () => {
    const store = await openTestStore();
    const [one, other] = [await person(store), await person(store)];
    const { id, token } = await tokenFor(store, one.id);
    expect(await authenticateToken(store, token)).toMatchObject({ kind: 'person', scopes: ['content:read'] });
    expect(await listTokensOf(store, other.id, Date.now())).toEqual([]);
    expect(await revokeTokenOf(store, other.id, id)).toBe(false);
    expect(await revokeTokenOf(store, one.id, id)).toBe(true);
    expect(await authenticateToken(store, token)).toBeNull();
    expect(await listTokensOf(store, one.id, Date.now())).toEqual([]);
  });

  it('are at most a hundred', async () => {
    const store = await openTestStore();
    const { id } = await person(store);
    for (let n = 0; n < 100; n += 1) await tokenFor(store, id);
    await expect(tokenFor(store, id)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});
