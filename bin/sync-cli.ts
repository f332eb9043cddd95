// The commands `sitegraph sync …`. They ask through the function they are given and print; runs are followed with one line of progress.
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { AppError } from '../core/errors.js';
import type { AdminCommand } from './administration.js';
import { readConfig } from './config.js';
import { printSyncStatus } from './print.js';

type Ask = (command: AdminCommand) => Promise<unknown>;

const FOLLOW_MS = 1_000;
/** A run that nobody takes up for so long has no server. */
const PATIENCE_MS = 15_000;

interface RunView {
  readonly state: string;
  readonly progress: Readonly<Record<string, { readonly total: number | null; readonly done: number; readonly finished: boolean }>>;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly checksum: { readonly rows: number; readonly driftedRows: number; readonly repairedRows: number } | null;
}

/** Adds the commands. */
export function addSyncCommands(program: Command, ask: Ask, parsePort: (text: string) => number): void {
  const sync = program.command('sync').description('See and drive the synchronization of sites.');

  sync
    .command('serve')
    .description('Listen to sites, alone. Needs DATABASE_URL and SITEGRAPH_SECRET.')
    .option('--port <port>', 'port to listen on (default: PORT)', parsePort)
    .action(async (options: { port?: number }) => {
      const { startSyncAlone } = await import('./start.js');
      await startSyncAlone({ ...readConfig(), ...(options.port === undefined ? {} : { port: options.port }) });
    });

  sync
    .command('status')
    .description('How far the copies follow their sites, what is wrong, and the latest runs.')
    .argument('[site]', 'id or URL; all sites without it')
    .option('--json', 'print JSON')
    .action(async (site: string | undefined, options: { json?: boolean }) => printSyncStatus(await ask({ name: 'sync.status', site: site ?? null }), options.json ?? false));

  for (const [name, kind, description] of [
    ['full', 'FULL', 'Have a site send everything again.'],
    ['verify', 'VERIFY', 'Compare the copy with its site by checksums; changes nothing.'],
    ['repair', 'REPAIR', 'Compare the copy with its site and fetch what differs.'],
  ] as const) {
    sync
      .command(name)
      .description(`${description} Follows it to its end.`)
      .argument('<site>', 'id or URL')
      .option('--modules <list>', kind === 'FULL' ? 'only these modules, comma-separated: posts,comments,woocommerce…' : 'only these tables, comma-separated: posts,postmeta,wc_orders…', parseList)
      .option('--no-wait', 'return when it is asked for')
      .option('--json', 'print JSON at the end')
      .addHelpText('after', `\nExample:\n  npx sitegraph sync ${name} https://shop.example.org`)
      .action(async (site: string, options: { modules?: string[]; wait: boolean; json?: boolean }) => {
        const asked = (await ask({ name: 'sync.request', site, kind, modules: options.modules ?? null })) as { siteId: number; runId: string; url: string };
        if (!options.wait) return console.log(options.json ? JSON.stringify(asked) : `Asked for; follow it with sitegraph sync status ${asked.url}`);
        const run = await follow(ask, asked.siteId, asked.runId);
        if (options.json) console.log(JSON.stringify(run));
        else console.log(sentenceOf(run));
        if (run.state !== 'DONE') process.exitCode = 1;
      });
  }

  sync
    .command('settings')
    .description("Read a site's sync settings, and set what is missing of the wanted ones.")
    .argument('<site>', 'id or URL')
    .option('--dedicated <on|off>', 'have the site send from requests of its own, for busy shops', parseSwitch)
    .option('--json', 'print JSON')
    .action(async (site: string, options: { dedicated?: boolean; json?: boolean }) => {
      const answer = (await ask({ name: 'sync.settings', site, dedicated: options.dedicated ?? null })) as { written: string[]; settings: Record<string, unknown> };
      if (options.json) return console.log(JSON.stringify(answer));
      for (const [name, value] of Object.entries(answer.settings)) console.log(`${name}: ${JSON.stringify(value)}`);
      console.log(answer.written.length === 0 ? 'Nothing had to be set.' : `Set: ${answer.written.join(', ')}`);
    });

  sync
    .command('unlock')
    .description("Release the locks and waiting times of a site's queue, and have it send.")
    .argument('<site>', 'id or URL')
    .action(async (site: string) => {
      const { hadQueueLock } = (await ask({ name: 'sync.unlock', site })) as { hadQueueLock: boolean };
      console.log(hadQueueLock ? 'The queue was locked; it is released.' : 'The queue was not locked; waiting times are cleared.');
    });
}

async function follow(ask: Ask, siteId: number, runId: string): Promise<RunView> {
  const began = Date.now();
  let isShown = false;
  try {
    for (;;) {
      const run = (await ask({ name: 'sync.run', siteId, runId })) as RunView;
      if (run.state !== 'QUEUED' && run.state !== 'RUNNING') return run;
      if (run.state === 'QUEUED' && Date.now() - began > PATIENCE_MS && !isShown) {
        throw new AppError('OVERLOADED', 'the run waits; it is done when its turn comes and a server (or sitegraph jobs) runs. See sitegraph sync status');
      }
      if (process.stderr.isTTY) {
        process.stderr.write(`\r\u001b[K${lineOf(run)}`);
        isShown = run.state === 'RUNNING' || isShown;
      } else isShown ||= run.state === 'RUNNING';
      await pause(FOLLOW_MS);
    }
  } finally {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}

/** A run in one line: how much of everything, and what is at work. */
export function lineOf({ state, progress }: Pick<RunView, 'state' | 'progress'>): string {
  if (state === 'QUEUED') return 'waiting…';
  const parts = Object.entries(progress);
  const share = ({ total, done, finished }: RunView['progress'][string]): number => (finished ? 1 : total === null || total === 0 ? 0 : Math.min(1, done / total));
  const weight = ({ total }: RunView['progress'][string]): number => Math.max(1, total ?? 1);
  const whole = parts.reduce((sum, [, part]) => sum + weight(part), 0);
  const done = parts.reduce((sum, [, part]) => sum + weight(part) * share(part), 0);
  const current = parts.find(([, part]) => !part.finished && part.done > 0) ?? parts.find(([, part]) => !part.finished);
  const percent = whole === 0 ? 0 : Math.floor((done / whole) * 100);
  const bar = '█'.repeat(Math.floor(percent / 5)).padEnd(20, '░');
  return `${bar} ${String(percent).padStart(3)} %${current ? `  ${current[0]} ${current[1].done}${current[1].total === null ? '' : ` of ${current[1].total}`}` : ''}`;
}

function sentenceOf({ state, errorCode, errorMessage, checksum }: RunView): string {
  if (state !== 'DONE') return `It ended as ${state.toLowerCase()}: ${errorMessage ?? 'no reason is known'} (${errorCode ?? state})`;
  if (!checksum) return 'Done.';
  return `Done: ${checksum.rows} rows compared, ${checksum.driftedRows} differed, ${checksum.repairedRows} repaired.`;
}

function parseList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('expected names, comma-separated');
  return names;
}

function parseSwitch(text: string): boolean {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('expected on or off');
  return text === 'on';
}
