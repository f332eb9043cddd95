// `sitegraph distribute`: lays the tables out by site, over the nodes of Citus or as partitions of plain PostgreSQL.
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { AppError } from '../core/errors.js';
import { readConfig } from './config.js';

const CITUS_SHARDS = 128;

/** Adds the command. */
export function addDistributeCommand(program: Command): void {
  program
    .command('distribute')
    .description('Lay the tables of sites out by site: over the nodes of Citus, or as partitions. Once, while no server runs. Needs DATABASE_URL.')
    .option('--partitions <number>', 'so many hash partitions of plain PostgreSQL instead of shards of Citus', parseParts)
    .option('--shards <number>', 'shards of Citus', parseParts, CITUS_SHARDS)
    .addHelpText('after', '\nExamples:\n  npx sitegraph distribute --shards 256\n  npx sitegraph distribute --partitions 16')
    .action(async ({ partitions, shards }: { partitions?: number; shards: number }) => {
      const config = readConfig();
      if (config.databaseUrl === undefined) throw new AppError('CONFIGURATION', 'the embedded database is one file of one process; set DATABASE_URL to the database to be distributed');
      const [{ openConfiguredStore }, { distribute, hasCitus }] = await Promise.all([import('./open-store.js'), import('../store/distribute.js')]);
      const store = await openConfiguredStore(config);
      try {
        if (partitions === undefined && !(await hasCitus(store.database))) {
          throw new AppError('CONFIGURATION', 'this PostgreSQL server does not have the extension citus; install it on all nodes, or use --partitions for plain partitions on one');
        }
        const { kind, tables, loosened } = await distribute(store.database, partitions === undefined ? 'citus' : 'partitions', partitions ?? shards);
        console.log(`${tables.length} tables are laid out by site (${kind === 'citus' ? `${shards} shards of Citus` : `${partitions} partitions`}).`);
        if (loosened.length > 0) console.log(`No longer unique over all sites: ${loosened.join(', ')}.`);
      } finally {
        await store.close();
      }
    });
}

function parseParts(text: string): number {
  const parts = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (parts < 1) throw new InvalidArgumentError('expected a number from 1 to 9999');
  return parts;
}
