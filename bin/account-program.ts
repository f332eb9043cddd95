// `sitegraph account …`: parses, asks and prints.
import type { Command } from 'commander';
import type { AdminCommand } from './administration.js';
import { printAccounts } from './print.js';

/** Adds the commands about accounts; `askAloud` runs a command and prints its warnings. */
export function addAccountProgram(program: Command, askAloud: (command: AdminCommand) => Promise<unknown>): void {
  const account = program.command('account').description('Create, list, disable and enable the accounts that people sign in with.');

  account
    .command('create')
    .description('Create an account. Asks for the password.')
    .requiredOption('--login <name>', 'what the person signs in with')
    .option('--operator', 'an account that sees and may do everything, on every site')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  npx sitegraph account create --login mara --operator\n  pass show sitegraph | npx sitegraph account create --login mara --password-stdin')
    .action(async (options: { login: string; operator?: boolean; passwordStdin?: boolean; json?: boolean }) => {
      const passwordHash = await askHash(options);
      const result = (await askAloud({ name: 'account.create', login: options.login, operator: options.operator ?? false, passwordHash })) as { login: string; kind: string };
      console.log(options.json ? JSON.stringify(result) : `The ${result.kind === 'operator' ? 'operator' : 'account'} ${result.login} can sign in now.`);
    });

  account
    .command('list')
    .description('List the accounts that people sign in with.')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => printAccounts(await askAloud({ name: 'account.list' }), options.json ?? false));

  account
    .command('disable')
    .description('End an account’s sessions and tokens now, and let it sign in no more.')
    .requiredOption('--login <name>', 'the account')
    .action(async ({ login }: { login: string }) => {
      await askAloud({ name: 'account.disable', login });
      console.log(`${login} is disabled; its sessions and tokens have ended.`);
    });

  account
    .command('enable')
    .description('Let a disabled account sign in again. Its tokens stay ended.')
    .requiredOption('--login <name>', 'the account')
    .action(async ({ login }: { login: string }) => {
      await askAloud({ name: 'account.enable', login });
      console.log(`${login} can sign in again.`);
    });

  account
    .command('password')
    .description('Set an account’s password and end its sessions. Asks for the password.')
    .requiredOption('--login <name>', 'the account')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (options: { login: string; passwordStdin?: boolean }) => {
      await askAloud({ name: 'account.password', login: options.login, passwordHash: await askHash(options) });
      console.log(`The password of ${options.login} is set; its sessions have ended.`);
    });
}

async function askHash(options: { login: string; passwordStdin?: boolean }): Promise<string> {
  const { askForPasswordHash } = await import('./ask-password.js');
  return askForPasswordHash(options.login, options.passwordStdin ?? false);
}
