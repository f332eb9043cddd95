// `sitegraph audit …`: asks for the log a page at a time and prints it as lines of JSON, for files and other programs.
import { once } from 'node:events';
import { InvalidArgumentError, type Command } from 'commander';
import type { AuditPage } from '../store/read/audit-export.js';
import type { AdminCommand } from './administration.js';

/** Adds the commands; `ask` runs a command and gives its result. */
export function addAuditCommands(program: Command, ask: (command: AdminCommand) => Promise<unknown>): void {
  const audit = program.command('audit').description('Take out the audit log of a site.');

  audit
    .command('export')
    .description('Print the audit log of a site, oldest first, one JSON object a line, with the hashes of its chain.')
    .argument('<site>', 'id or URL')
    .option('--after <sequence>', 'only events after this one, to go on where an earlier export ended', parseSequence, 0)
    .addHelpText('after', '\nExample:\n  npx sitegraph audit export https://shop.example.org --after 1200 >> shop-audit.ndjson')
    .action(async (site: string, options: { after: number }) => {
      for (let after: number | null = options.after; after !== null; ) {
        const page = (await ask({ name: 'audit.page', site, after })) as AuditPage;
        if (page.lines.length > 0 && !process.stdout.write(`${page.lines.join('\n')}\n`)) await once(process.stdout, 'drain');
        after = page.next;
      }
    });
}

function parseSequence(text: string): number {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text)) throw new InvalidArgumentError('give the sequence of an event, a whole number.');
  return Number(text);
}
