import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { hashPassword } from '../../accounts/password.js';
import { accountCommands, runAccountCommand, type AccountCommand } from '../../bin/account-commands.js';
import { askForPasswordHash } from '../../bin/ask-password.js';
import { readConfig } from '../../bin/config.js';
import { beginSession, findSession } from '../../store/sessions.js';
import { openTestStore } from '../testkit/store.js';

const LOGIN = `bin-${process.pid}`;
const cheap = { logN: 10, r: 8, p: 1 };

async function run(command: AccountCommand): Promise<unknown> {
  return runAccountCommand(await openTestStore(), command);
}

describe('accounts on the command line', () => {
  it('are created, listed, given a password and disabled by login', async () => {
    const store = await openTestStore();
    const made = (await run({ name: 'account.create', login: LOGIN, operator: true, passwordHash: await hashPassword('a long first one', cheap) })) as { id: string };
    expect(made).toMatchObject({ kind: 'operator', login: LOGIN, hasPassword: true });
    expect(((await run({ name: 'account.list' })) as { login: string }[]).map((account) => account.login)).toContain(LOGIN);
    const value = await beginSession(store.database, made.id, Date.now());
    await run({ name: 'account.password', login: LOGIN, passwordHash: await hashPassword('a long second one', cheap) });
    expect(await findSession(store.database, value, Date.now())).toBeNull();
    await run({ name: 'account.disable', login: LOGIN });
    expect(((await run({ name: 'account.list' })) as { login: string; disabledAt: Date | null }[]).find((account) => account.login === LOGIN)?.disabledAt).toBeInstanceOf(Date);
  });

  it('must exist to be changed', async () => {
    await expect(run({ name: 'account.disable', login: 'nobody-here' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('never take a password, only a hash', () => {
    for (const passwordHash of ['a plain password', '', '$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
      expect(accountCommands.some((command) => command.safeParse({ name: 'account.create', login: 'x', operator: false, passwordHash }).success)).toBe(false);
    }
  });

  it('never show the hash', async () => {
    expect(JSON.stringify(await run({ name: 'account.list' }))).not.toContain('scrypt');
  });

  it('refuse a short password before they ask the server', async () => {
    const own = Object.getOwnPropertyDescriptor(process, 'stdin');
    Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from('short\n')]), configurable: true });
    try {
      await expect(askForPasswordHash('somebody', true)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    } finally {
      if (own) Object.defineProperty(process, 'stdin', own);
    }
  });
});

describe('the configuration of an OpenID provider', () => {
  const env = { SITEGRAPH_OIDC_ISSUER: 'https://id.example.org', SITEGRAPH_OIDC_CLIENT_ID: 'sitegraph' };

  it('is none unless it is named, and takes nobody in by itself', () => {
    expect(readConfig({}).oidc).toEqual([]);
    expect(readConfig(env).oidc).toEqual([{ issuer: 'https://id.example.org', clientId: 'sitegraph', clientSecret: null, name: 'id.example.org', allowsSignUp: false }]);
    expect(readConfig({ ...env, SITEGRAPH_OIDC_CLIENT_SECRET: 's', SITEGRAPH_OIDC_NAME: 'Harbor ID', SITEGRAPH_OIDC_SIGNUP: 'on' }).oidc).toMatchObject([{ clientSecret: 's', name: 'Harbor ID', allowsSignUp: true }]);
  });

  it.each([[{ SITEGRAPH_OIDC_ISSUER: 'https://id.example.org' }], [{ SITEGRAPH_OIDC_CLIENT_ID: 'x' }], [{ ...env, SITEGRAPH_OIDC_SIGNUP: 'yes' }], [{ ...env, SITEGRAPH_OIDC_ISSUER: 'id' }]])('is refused as %j', (wrong) => {
    expect(() => readConfig(wrong)).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }) as Error);
  });
});
