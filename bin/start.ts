// Starts servers from the command line: signals, the demonstration site, and what is printed for the person who started it.
import { AppError } from '../core/errors.js';
import { createLog } from '../core/log.js';
import { canOperatorSignIn } from '../store/accounts.js';
import { SUBGRAPH_NAMES, type SubgraphName } from '../subgraphs/shared/context.js';
import type { Config } from './config.js';
import { loadDemo } from './demo.js';
import { serveAll, serveGateway, serveJobs, serveSubgraph, serveSync, type RunningServer } from './serve.js';
import type { Role } from './worker-messages.js';

/** `sitegraph start`. Returns once the server is ready and the demonstration site is in. */
export async function start(config: Config): Promise<void> {
  console.log('Sitegraph is starting…');
  const starting = serveAll(config);
  // It answers before all of it has started; whoever stops it then stops it cleanly too.
  stopOnSignal({ close: async () => (await starting).close(), log: createLog(config.logLevel) });
  const server = await starting;
  const base = config.publicUrl ?? server.url;
  console.log(`\n  Console for people   ${base}/\n  Graph and GraphiQL   ${base}/graphql\n  Sites connect to     ${base}\n  Health               ${base}/readyz\n  Data                 ${config.databaseUrl === undefined ? config.dataDir : 'the PostgreSQL server of DATABASE_URL'}\n`);
  if (!(await canOperatorSignIn(server.store.database))) console.log('  People               no operator can sign in yet: npx sitegraph account create --login NAME --operator\n');
  if (!config.demo) return;
  const demo = await loadDemo(server, (line) => console.log(line));
  console.log(`  Demonstration site   ${demo.url}`);
  if (demo.token !== null) console.log(`  Demonstration token  ${demo.token}  (30 days, everything)`);
  console.log(`\nTry it:\n  curl -s ${base}/graphql -H 'content-type: application/json' \\\n    -d '{"query":"{ siteByUrl(url: \\"${demo.url}\\") { name posts(first: 3) { nodes { title author { displayName } } } } }"}'\n`);
}

/** `sitegraph start --workers N`, in the process that was started. */
export async function startWorkers(config: Config, workers: number): Promise<void> {
  if (config.demo) throw new AppError('CONFIGURATION', 'the demonstration site is for one process; set SITEGRAPH_DEMO=off, or start without --workers');
  const { startCluster } = await import('./cluster.js');
  console.log(`Sitegraph is starting ${workers} workers…`);
  const running = await startCluster(config, workers);
  stopOnSignal({ close: () => running.close(), log: createLog(config.logLevel) });
  const base = config.publicUrl ?? running.url;
  console.log(`\n  Console for people   ${base}/\n  Graph and GraphiQL   ${base}/graphql\n  Sites connect to     ${base}\n  Health               ${base}/readyz\n  Workers              ${workers}, and one process for the jobs\n`);
  if (!running.canOperatorSignIn) console.log('  People               no operator can sign in yet: npx sitegraph account create --login NAME --operator\n');
}

/** The same, in each of its processes. */
export async function startAsWorker(config: Config, role: Role): Promise<void> {
  const { startWorker } = await import('./worker.js');
  stopOnSignal(await startWorker(config, role));
}

/** `sitegraph sync serve`. */
export async function startSyncAlone(config: Config): Promise<void> {
  const server = await serveSync(config);
  stopOnSignal(server);
  console.log(`Sites are listened to at ${server.url}`);
}

/** `sitegraph subgraph NAME`. */
export async function startSubgraph(config: Config, name: string): Promise<void> {
  if (!isSubgraphName(name)) throw new AppError('BAD_USER_INPUT', `there is no subgraph "${name}"; there are ${SUBGRAPH_NAMES.join(', ')}`);
  const server = await serveSubgraph(config, name);
  stopOnSignal(server);
  console.log(`The subgraph ${name} answers at ${server.url}/graphql`);
}

/** `sitegraph jobs`. */
export async function startJobsAlone(config: Config): Promise<void> {
  const server = await serveJobs(config);
  stopOnSignal(server);
  console.log(`The jobs are at work; their health is at ${server.url}/readyz`);
}

/** `sitegraph gateway`; each place is `name=url`. */
export async function startGateway(config: Config, places: readonly string[]): Promise<void> {
  const byName = new Map<string, string>();
  for (const place of places) {
    const equals = place.indexOf('=');
    const name = place.slice(0, Math.max(0, equals));
    if (!isSubgraphName(name)) throw new AppError('BAD_USER_INPUT', `"${place}" does not name a subgraph; write content=http://127.0.0.1:4101/graphql`);
    const url = place.slice(equals + 1).replace(/\/+$/, '');
    byName.set(name, url.endsWith('/graphql') ? url : `${url}/graphql`);
  }
  const missing = SUBGRAPH_NAMES.filter((name) => !byName.has(name));
  if (missing.length > 0) throw new AppError('BAD_USER_INPUT', `--subgraph is missing for ${missing.join(', ')}`);
  const server = await serveGateway(config, Object.fromEntries(byName) as Record<SubgraphName, string>);
  stopOnSignal(server);
  console.log(`The gateway answers at ${server.url}/graphql`);
}

function isSubgraphName(name: string): name is SubgraphName {
  return (SUBGRAPH_NAMES as readonly string[]).includes(name);
}

function stopOnSignal(server: Pick<RunningServer, 'close' | 'log'>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      server.close().then(
        () => process.exit(0),
        (error: unknown) => {
          server.log.error({ err: error }, 'the server did not stop cleanly');
          process.exit(1);
        },
      );
    });
  }
}
