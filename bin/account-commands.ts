// The commands about accounts, as administration.ts runs them. Passwords come as hashes, made by the command line itself.
import { z } from 'zod';
import { isPasswordHash } from '../accounts/password.js';
import { AppError } from '../core/errors.js';
import { createAccount, disableAccount, enableAccount, findAccountByLogin, listAccounts, setPassword, type AccountRecord } from '../store/accounts.js';
import type { Store } from '../store/store.js';

const LIST_LIMIT = 1000;
const passwordHash = z.string().refine(isPasswordHash);

export const accountCommands = [
  z.object({ name: z.literal('account.create'), login: z.string(), operator: z.boolean(), passwordHash }),
  z.object({ name: z.literal('account.list') }),
  z.object({ name: z.literal('account.disable'), login: z.string() }),
  z.object({ name: z.literal('account.enable'), login: z.string() }),
  z.object({ name: z.literal('account.password'), login: z.string(), passwordHash }),
] as const;

export type AccountCommand = z.infer<(typeof accountCommands)[number]>;

/** Runs one command and returns what it prints. */
export async function runAccountCommand(store: Store, command: AccountCommand): Promise<unknown> {
  switch (command.name) {
    case 'account.create':
      return createAccount(store, { kind: command.operator ? 'operator' : 'person', login: command.login, passwordHash: command.passwordHash });
    case 'account.list':
      return listAccounts(store.database, LIST_LIMIT);
    case 'account.disable': {
      const account = await findByLogin(store, command.login);
      await disableAccount(store, account.id);
      return account;
    }
    case 'account.enable': {
      const account = await findByLogin(store, command.login);
      await enableAccount(store, account.id);
      return account;
    }
    case 'account.password': {
      const account = await findByLogin(store, command.login);
      await setPassword(store, account.id, command.passwordHash);
      return account;
    }
  }
}

/** The account with a login. Throws NOT_FOUND. */
export async function findByLogin(store: Store, login: string): Promise<AccountRecord> {
  const account = await findAccountByLogin(store.database, login);
  if (!account) throw new AppError('NOT_FOUND', `no account has the login "${login}"; see sitegraph account list`);
  return account;
}
