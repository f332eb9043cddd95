#!/usr/bin/env node
// The command line. It parses, asks and prints; what it asks for is in administration.ts, serve.ts, recordings.ts, doctor.ts,
// loaded only by the commands that need them.
import './production.js';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { AppError } from '../core/errors.js';
import { addAccountProgram } from './account-program.js';
import { addAuditCommands } from './audit-cli.js';
import { addDistributeCommand } from './distribute.js';
import { createLog } from '../core/log.js';
import type { SiteId } from '../core/ids.js';
import type { Store } from '../store/store.js';
import type { AdminAnswer, AdminCommand } from './administration.js';
import { readConfig, readPort, type Config } from './config.js';
import type { AdminTools } from './connection-commands.js';
import type { ShownRun } from './import-commands.js';
import { printFindings, printSites, printTokens } from './print.js';
import { expiryOf } from './expiry.js';
import { askRunningServer, findRunningServer } from './running-server.js';
import { addSyncCommands } from './sync-cli.js';
import { MAX_WORKERS, workerRole } from './worker-role.js';

const program = new Command('sitegraph')
  .description('One federated GraphQL graph over WordPress sites that sync to it through Jetpack.')
  .exitOverride()
  .showHelpAfterError('(add --help for the options)');

/** The running server of this data directory, where the command line talks to one. */
function serverOf(config: Config): ReturnType<typeof findRunningServer> {
  return config.databaseUrl === undefined ? findRunningServer(config.dataDir) : null;
}

async function besideStore<T>(config: Config, work: (store: Store, tools: AdminTools) => Promise<T>): Promise<T> {
  const { openConfiguredStore } = await import('./open-store.js');
  const { createSiteClient } = await import('../origin/site-client.js');
  const store = await openConfiguredStore(config);
  const client = createSiteClient({ store, log: createLog('warn'), allowPrivateOrigins: config.allowPrivateOrigins });
  try {
    return await work(store, { client, registration: config.registration });
  } finally {
    await client.close();
    await store.close();
  }
}

/** Runs a command in the server that owns the data, or beside the store when none runs. */
async function ask(command: AdminCommand): Promise<AdminAnswer> {
  const config = readConfig();
  const server = serverOf(config);
  if (server) return askRunningServer(server, command);
  const { administer } = await import('./administration.js');
  return besideStore(config, (store, tools) => administer(store, tools, command));
}

/** Runs a command that asks for an import, and shows the import until it is over. */
async function askAndFollow(command: AdminCommand): Promise<Record<string, unknown>> {
  const { followRun, performHere } = await import('./import-commands.js');
  const { createProgressBar } = await import('./progress-bar.js');
  const config = readConfig();
  const server = serverOf(config);
  const bar = createProgressBar();
  const follow = async (answer: (command: AdminCommand) => Promise<AdminAnswer>, wait: (siteId: SiteId, runId: string) => Promise<ShownRun>) => {
    const { result, warnings } = await answer(command);
    for (const warning of warnings) console.error(`warning: ${warning}`);
    const asked = result as { id: SiteId; runId?: string };
    if (asked.runId === undefined) return asked;
    const run = await wait(asked.id, asked.runId);
    bar.end();
    if (run.state !== 'DONE') throw new AppError('BAD_REQUEST', `the import did not come to its end: ${run.errorMessage ?? run.state}`);
    return asked;
  };
  if (server) {
    const look = (siteId: SiteId, runId: string) => async () => (await askRunningServer(server, { name: 'run.show', siteId, runId })).result as ShownRun;
    return follow((one) => askRunningServer(server, one), (siteId, runId) => followRun(look(siteId, runId), bar.show));
  }
  const { administer } = await import('./administration.js');
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  return besideStore(config, (store, tools) =>
    follow((one) => administer(store, tools, one), (siteId, runId) => performHere(store, tools.client, siteId, runId, bar.show, stop.signal)));
}

async function askAloud(command: AdminCommand): Promise<unknown> {
  const { result, warnings } = await ask(command);
  for (const warning of warnings) console.error(`warning: ${warning}`);
  return result;
}

program
  .command('start')
  .description('Start everything, in one process or in several.')
  .option('--workers <number>', 'so many processes answer requests, and one does the jobs; needs DATABASE_URL', parseWorkers)
  .addHelpText('after', '\nSettings come from the environment (PORT, HOST, SITEGRAPH_PUBLIC_URL, SITEGRAPH_DATA_DIR, DATABASE_URL, SITEGRAPH_DEMO, …); the README lists them.')
  .action(async ({ workers }: { workers?: number }) => {
    const { start, startAsWorker, startWorkers } = await import('./start.js');
    const role = workerRole();
    if (role !== null) return startAsWorker(readConfig(), role);
    return workers === undefined ? start(readConfig()) : startWorkers(readConfig(), workers);
  });

program
  .command('subgraph')
  .description('Serve one subgraph on its own, behind a gateway. Needs DATABASE_URL and SITEGRAPH_SECRET.')
  .argument('<name>', 'content, settings, extensions, users or commerce')
  .option('--port <port>', 'port to listen on (default: PORT)', parsePort)
  .addHelpText('after', '\nExample:\n  npx sitegraph subgraph content --port 4101')
  .action(async (name: string, options: { port?: number }) => {
    const { startSubgraph } = await import('./start.js');
    await startSubgraph({ ...readConfig(), ...(options.port === undefined ? {} : { port: options.port }) }, name);
  });

program
  .command('gateway')
  .description('Serve the gateway on its own, in front of subgraphs. Needs DATABASE_URL and SITEGRAPH_SECRET.')
  .requiredOption('--subgraph <name=url>', 'where a subgraph answers; once for each of the five', collect, [])
  .option('--port <port>', 'port to listen on (default: PORT)', parsePort)
  .addHelpText('after', '\nExample:\n  npx sitegraph gateway --subgraph content=http://127.0.0.1:4101/graphql --subgraph settings=…')
  .action(async (options: { subgraph: string[]; port?: number }) => {
    const { startGateway } = await import('./start.js');
    await startGateway({ ...readConfig(), ...(options.port === undefined ? {} : { port: options.port }) }, options.subgraph);
  });

const site = program.command('site').description('Connect, list, disconnect and remove sites.');

site
  .command('add')
  .description('Take over an existing Jetpack connection. Prints the global id of the site on the last line.')
  .requiredOption('--id <number>', 'the id the site was registered with (jetpack_options.id)', parseWhole)
  .requiredOption('--url <url>', 'the address of the site')
  .requiredOption('--blog-token <key.secret>', 'the blog token of the site')
  .option('--user-token <key.secret.userid>', 'a user token; may be repeated', collect, [])
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExample:\n  npx sitegraph site add --id 220002 --url http://saltmarsh.example --blog-token KEY.SECRET --user-token KEY.SECRET.1')
  .action(async (options: { id: number; url: string; blogToken: string; userToken: string[]; json?: boolean }) => {
    const result = (await askAloud({ name: 'site.add', id: options.id, url: options.url, blogToken: options.blogToken, userTokens: options.userToken })) as { globalId: string; url: string };
    if (options.json) return console.log(JSON.stringify(result));
    console.log(`${result.url} is connected.`);
    console.log(result.globalId);
  });

site
  .command('connect')
  .description('Connect a site from here: one with Jetpack is registered with USER as owner, one without is read through its REST API.')
  .argument('<url>', 'the address of the site; one with Jetpack already names this server in its wp-config.php')
  .option('--user <login>', 'an administrator of the site: log-in, e-mail address or id; log-in for an application password')
  .option('--application-password', 'connect without Jetpack; the password is asked for, or read from standard input')
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExamples:\n  npx sitegraph site connect https://shop.example.org --user maria\n  npx sitegraph site connect https://blog.example.org --user maria --application-password\n\nWith Jetpack the server must be running, at the address that the site was given.')
  .action(async (url: string, options: { user?: string; applicationPassword?: boolean; json?: boolean }) => {
    let applicationPassword: string | null = null;
    if (options.applicationPassword === true) {
      const { askForPassword } = await import('./ask-password.js');
      applicationPassword = await askForPassword(`Application password of ${options.user ?? 'the person'} on ${url}: `);
    }
    const result = await askAndFollow({ name: 'site.connect', url, user: options.user ?? null, applicationPassword });
    if (options.json) return console.log(JSON.stringify(result));
    console.log(`${String(result['url'])} is connected${result['kind'] === 'rest' ? ' and imported' : ''}.`);
    console.log(result['globalId']);
  });

site
  .command('link')
  .description('Keep the application password of another person of a site without Jetpack, so that what they write is written as themselves.')
  .argument('<site>', 'its id or URL')
  .requiredOption('--user <login>', 'their log-in on the site; the password is asked for, or read from standard input')
  .option('--account <login>', 'an account here that is this person on the site from now on')
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExample:\n  npx sitegraph site link https://blog.example.org --user edgar --account edgar@example.org')
  .action(async (which: string, options: { user: string; account?: string; json?: boolean }) => {
    const { askForPassword } = await import('./ask-password.js');
    const applicationPassword = await askForPassword(`Application password of ${options.user} on ${which}: `);
    const result = (await askAloud({ name: 'site.link', site: which, user: options.user, applicationPassword, account: options.account ?? null })) as { url: string; userId: number; login: string };
    console.log(options.json ? JSON.stringify(result) : `${result.login} (user ${result.userId}) writes to ${result.url} as themselves.`);
  });

site
  .command('unlink')
  .description('Forget what site link kept of a person.')
  .argument('<site>', 'its id or URL')
  .requiredOption('--user <login>', 'their log-in on the site')
  .option('--json', 'print JSON')
  .action(async (which: string, options: { user: string; json?: boolean }) => {
    const result = (await askAloud({ name: 'site.unlink', site: which, user: options.user })) as { url: string };
    console.log(options.json ? JSON.stringify(result) : `The application password of ${options.user} on ${result.url} is forgotten.`);
  });

site
  .command('import')
  .description('Read a site without Jetpack again, wholly and now; an interrupted import goes on where it stopped.')
  .argument('<site>', 'its id or URL')
  .option('--json', 'print JSON')
  .action(async (which: string, options: { json?: boolean }) => {
    const result = await askAndFollow({ name: 'site.import', site: which });
    console.log(options.json ? JSON.stringify(result) : `${String(result['url'])} is imported.`);
  });

site
  .command('disconnect')
  .description('End the connection of a site and forget its tokens. What it synced stays; site remove takes it away.')
  .argument('<site>', 'its id or URL')
  .option('--json', 'print JSON')
  .action(async (which: string, options: { json?: boolean }) => {
    const result = (await askAloud({ name: 'site.disconnect', site: which })) as { url: string };
    console.log(options.json ? JSON.stringify(result) : `${result.url} is disconnected.`);
  });

site
  .command('invite')
  .description('Make an invitation with which one new site may register, where SITEGRAPH_REGISTRATION is invite.')
  .option('--url <url>', 'only the site at this address')
  .option('--expires <time>', 'when it ends: 12h, 7d', '7d')
  .option('--json', 'print JSON')
  .action(async (options: { url?: string; expires: string; json?: boolean }) => {
    const expiresAt = expiryOf(options.expires, new Date());
    if (expiresAt === null) throw new AppError('BAD_USER_INPUT', 'an invitation must end; write something like 12h or 7d');
    const config = readConfig();
    const result = (await askAloud({ name: 'site.invite', url: options.url ?? null, expiresAt: expiresAt.toISOString() })) as { code: string };
    if (options.json) return console.log(JSON.stringify(result));
    const base = config.publicUrl ?? findRunningServer(config.dataDir)?.url ?? 'https://YOUR-SERVER';
    console.log(`define( 'JETPACK__API_BASE', '${base}/i/${result.code}/jetpack.' );\ndefine( 'JETPACK__WPCOM_JSON_API_BASE', '${base}' );`);
  });

site
  .command('list')
  .description('List the connected sites.')
  .option('--json', 'print JSON')
  .action(async (options: { json?: boolean }) => printSites(await askAloud({ name: 'site.list' }), options.json ?? false));

site
  .command('remove')
  .description('Remove a site with everything it synced, and its tokens. There is no way back.')
  .argument('<site>', 'its id or URL')
  .option('--json', 'print JSON')
  .action(async (which: string, options: { json?: boolean }) => {
    const result = (await askAloud({ name: 'site.remove', site: which })) as { url: string };
    console.log(options.json ? JSON.stringify(result) : `${result.url} is removed.`);
  });

const token = program.command('token').description('Make, list and revoke the bearer tokens that apps use.');

token
  .command('create')
  .description('Make a token. It is printed once, alone on the last line, and never stored.')
  .option('--operator', 'a token that may do everything its scopes name, on every site')
  .option('--account <login>', 'a token of this account, for what it may do')
  .option('--site <url>', 'the site of the person (URL or id)')
  .option('--user <id>', 'the id of the person on that site', parseWhole)
  .option('--scopes <list>', "what an app may ask for, comma-separated; '*' for everything", '*')
  .option('--expires <time>', 'when it ends: 12h, 30d or never', '90d')
  .option('--label <text>', 'a name to know it by', '')
  .option('--json', 'print JSON')
  .addHelpText('after', "\nExamples:\n  npx sitegraph token create --operator\n  npx sitegraph token create --site http://harborlane.example --user 3 --scopes 'content:read,comments:read' --expires 30d")
  .action(async (options: { operator?: boolean; account?: string; site?: string; user?: number; scopes: string; expires: string; label: string; json?: boolean }) => {
    const result = (await askAloud({
      name: 'token.create', operator: options.operator ?? false, account: options.account ?? null, site: options.site ?? null, userId: options.user ?? null, scopes: options.scopes,
      expiresAt: expiryOf(options.expires, new Date())?.toISOString() ?? null, label: options.label,
    })) as { id: string; token: string };
    console.log(options.json ? JSON.stringify(result) : result.token);
  });

token
  .command('list')
  .description('List tokens, without their text.')
  .option('--json', 'print JSON')
  .action(async (options: { json?: boolean }) => printTokens(await askAloud({ name: 'token.list' }), options.json ?? false));

token
  .command('revoke')
  .description('End a token now, named by its id or its text.')
  .argument('<token>', 'its id (see token list) or its text')
  .action(async (which: string) => {
    await askAloud({ name: 'token.revoke', token: which });
    console.log('The token is revoked.');
  });

addAccountProgram(program, askAloud);

addSyncCommands(program, askAloud, parsePort);
addAuditCommands(program, askAloud);
addDistributeCommand(program);

program
  .command('jobs')
  .description('Do the runs of sites and what happens by the clock, alone. Needs DATABASE_URL and SITEGRAPH_SECRET.')
  .option('--port <port>', 'port of its health and metrics (default: PORT)', parsePort)
  .action(async (options: { port?: number }) => {
    const { startJobsAlone } = await import('./start.js');
    await startJobsAlone({ ...readConfig(), ...(options.port === undefined ? {} : { port: options.port }) });
  });

program
  .command('replay')
  .description('Sign a recording anew and send it to a server, as the site would.')
  .argument('<files...>', 'recordings: .ndjson, gzipped or not')
  .option('--url <url>', 'the server (default: the one that runs on this data directory)')
  .option('--token <key.secret>', 'the blog token of the site (default: that of the connected site)')
  .option('--site <id>', 'the id of the site, when it differs from the recorded one', parseWhole)
  .option('--json', 'print JSON')
  .addHelpText('after', '\nExample:\n  npx sitegraph replay recording.ndjson.gz --url http://127.0.0.1:4000')
  .action(async (files: string[], options: { url?: string; token?: string; site?: number; json?: boolean }) => {
    const { replay } = await import('./replay.js');
    process.exitCode = await replay(readConfig(), files, options, ask);
  });

program
  .command('doctor')
  .description('Say what is wrong with this installation, and what to do.')
  .option('--json', 'print JSON')
  .action(async (options: { json?: boolean }) => {
    const { examine } = await import('./doctor.js');
    const findings = await examine(readConfig(), ask);
    printFindings(findings, options.json ?? false);
    if (findings.some((finding) => finding.state === 'fault')) process.exitCode = 1;
  });

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

function parseWhole(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

function parseWorkers(text: string): number {
  const workers = /^[0-9]{1,2}$/.test(text) ? Number(text) : 0;
  if (workers < 1 || workers > MAX_WORKERS) throw new InvalidArgumentError(`expected a number of processes from 1 to ${MAX_WORKERS}`);
  return workers;
}

function parsePort(text: string): number {
  try {
    return readPort(text);
  } catch {
    throw new InvalidArgumentError('expected a port from 0 to 65535');
  }
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof AppError) {
    console.error(`error: ${error.message}`);
    process.exitCode = error.code === 'BAD_USER_INPUT' ? 2 : 1;
  } else {
    console.error('error: an unexpected fault:', error);
    process.exitCode = 1;
  }
  // A start that is refused half-way leaves a database and timers behind, which would keep the process for ever. Nothing that
  // was committed is lost by ending here: the database survives a kill.
  process.exit();
}
