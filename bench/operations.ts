// What real clients ask (test/fixtures/operations.graphql) over HTTP, beside peers over the same resolvers: one schema without federation,
// the stock gateway with its subgraphs in the process and behind HTTP, and Hive Gateway. On the demonstration site, on many posts of many
// sites, and on the demonstration site with statements answered from memory. Each server has a copy of one data directory, and all must
// answer alike before anything is timed. Rounds take turns, so that what else the machine does falls on all.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { packagePath } from '../core/package-root.js';
import { VIEWER_HEADER } from '../gateway/data-sources/http.js';
import { figuresOf, median, rounded, startDriver, type Driver, type Figures, type Round } from './driver.js';
import { post, type LoadJob } from './load.js';
import type { Seeded } from './seed.js';
import { makeFolder, runProgram, startServer, type BenchServer } from './server.js';
import { installPeers } from './sides/peers.js';

const OPERATIONS = ['MobilePosts', 'MobileDelta', 'EditorOpen', 'MenuEditor', 'FleetPlugins', 'ReaderFeed', 'OrderScreen', 'SiteSettingsScreen', 'AuditScreen'] as const;
const CONNECTIONS = 16;
const ROUNDS = 5;
const ROUND_MS = 1000;
const WARM_UP_MS = 1000;
const SITES = 50;
/** Each server has a database of its own, whatever the environment says. */
const EMBEDDED = { DATABASE_URL: '', SITEGRAPH_PUBLIC_URL: '', LOG_LEVEL: 'error' };
export const DEFAULT_POSTS = 100_000;

/** The servers that are compared; `federated` is the product. Those that need packages of their own are left out where these cannot be had. */
const SIDES = ['federated', 'oneSchema', 'oneSchemaCompiled', 'stockInProcess', 'stockOverHttp', 'hive'] as const;
const SIDES_OF_PEERS: readonly string[] = ['oneSchemaCompiled', 'hive'];

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface OperationFigures {
  readonly sides: Readonly<Record<string, Figures & { readonly cpuMsPerRequest: number | null }>>;
  /** The product beside each peer, round by round: requests a second, and the processor time that a request of the peer takes by one of ours. */
  readonly ratios: Readonly<Record<string, { readonly requestsPerSecond: Spread; readonly cpu: Spread | null }>>;
  readonly answerBytes: number;
}

export interface SetFigures {
  readonly sites: number;
  readonly posts: number;
  readonly operations: Readonly<Record<string, OperationFigures>>;
}

/** Measures all sets; `posts` is how many the large one has. */
export async function benchOperations(posts: number): Promise<Record<string, SetFigures>> {
  const folder = join(makeFolder(), 'seed');
  const seed = (label: string, ...args: readonly number[]): Promise<void> => {
    process.stderr.write(`Operations on ${label}\n`);
    return runProgram('seed.js', args.map(String), { ...EMBEDDED, SITEGRAPH_DATA_DIR: folder });
  };
  await seed('the demonstration site');
  const demo = await measureSeeded(folder);
  process.stderr.write('Operations without their SQL\n');
  const withoutSql = await measureSeeded(folder, true);
  // Added to what is there.
  await seed(`${posts} posts over ${SITES} sites`, SITES, posts);
  return { demo, withoutSql, large: await measureSeeded(folder) };
}

/** Measures on copies of a data directory that bench/seed.ts made; with `isRemembered` each statement is asked once. */
export async function measureSeeded(seed: string, isRemembered = false): Promise<SetFigures> {
  const folder = makeFolder();
  const stops: (() => unknown)[] = [];
  try {
    const servers = new Map<string, BenchServer>();
    const seeded = JSON.parse(readFileSync(join(seed, 'bench.json'), 'utf8')) as Seeded;
    const hasPeers = installPeers();
    for (const side of SIDES) {
      if (!hasPeers && SIDES_OF_PEERS.includes(side)) continue;
      const dataDir = join(folder, side);
      cpSync(seed, dataDir, { recursive: true });
      const isProduct = side === 'federated' && !isRemembered;
      const args = [side, ...(isRemembered ? ['remembered'] : [])];
      const server = await startServer(EMBEDDED, { dataDir, ...(isProduct ? {} : { program: ['bench', 'sides', 'server.js'], args }) });
      stops.push(() => server.stop());
      servers.set(side, server);
    }
    const driver = startDriver();
    stops.push(() => driver.stop());
    const operations: Record<string, OperationFigures> = {};
    for (const name of OPERATIONS) operations[name] = await compare(name, seeded, servers, driver);
    return { sites: seeded.sites, posts: seeded.posts, operations };
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured extends Round {
  readonly cpuMsPerRequest: number | null;
}

async function compare(name: string, seeded: Seeded, servers: ReadonlyMap<string, BenchServer>, driver: Driver): Promise<OperationFigures> {
  const query = readOperation(name);
  const bodies = (seeded.variables[name] ?? []).map((variables) => JSON.stringify({ query, variables, operationName: name }));
  const urls = new Map([...servers].map(([side, server]) => [side, `${server.base}/graphql`]));
  const asked = { token: seeded.token, headers: { [VIEWER_HEADER]: seeded.signedViewer } };
  const answerBytes = await assertAlike(name, asked, bodies, urls);
  const measure = async (side: string, durationMs: number): Promise<Measured> => {
    const server = servers.get(side) as BenchServer;
    const before = server.cpuMs();
    const round = await driver.run({ ...asked, url: `${server.base}/graphql`, bodies, connections: CONNECTIONS, durationMs });
    const after = server.cpuMs();
    return { ...round, cpuMsPerRequest: before === null || after === null ? null : (after - before) / round.requests };
  };
  const sides = [...servers.keys()];
  for (const side of sides) await measure(side, WARM_UP_MS);
  const rounds = new Map<string, Measured[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) rounds.get(side)?.push(await measure(side, ROUND_MS));
  }
  const ours = rounds.get('federated') ?? [];
  const figures = [...rounds].map(([side, measured]) => {
    const cpu = measured.flatMap((one) => one.cpuMsPerRequest ?? []);
    return [side, { ...figuresOf(measured), cpuMsPerRequest: cpu.length === 0 ? null : rounded(median(cpu)) }] as const;
  });
  const ratios = [...rounds].filter(([side]) => side !== 'federated').map(([side, theirs]) => {
    const cpu = ours.flatMap((one, index) => (one.cpuMsPerRequest === null ? [] : (theirs[index]?.cpuMsPerRequest ?? 0) / one.cpuMsPerRequest));
    return [side, { requestsPerSecond: spreadOf(ours.map((one, index) => rateOf(one) / rateOf(theirs[index] as Round))), cpu: cpu.length === 0 ? null : spreadOf(cpu) }] as const;
  });
  for (const [side, { requestsPerSecond: rate, p50Ms, p99Ms, cpuMsPerRequest }] of figures) {
    process.stderr.write(`  ${name.padEnd(12)} ${side.padEnd(15)} ${rate.median} [${rate.min}-${rate.max}] a second, p50 ${p50Ms} ms, p99 ${p99Ms} ms, ${cpuMsPerRequest} ms of processor\n`);
  }
  return { sides: Object.fromEntries(figures), ratios: Object.fromEntries(ratios), answerBytes };
}

const rateOf = ({ requests, seconds }: Round): number => requests / seconds;
const spreadOf = (values: readonly number[]): Spread => ({ median: rounded(median(values)), min: rounded(Math.min(...values)), max: rounded(Math.max(...values)) });

/** Throws unless all give the same data for every body, with something in it. Returns the length of the longest answer. */
async function assertAlike(name: string, asked: Pick<LoadJob, 'token' | 'headers'>, bodies: readonly string[], urls: ReadonlyMap<string, string>): Promise<number> {
  if (bodies.length === 0) throw new Error(`nothing is known to ask ${name} for`);
  const agent = new Agent({ keepAlive: true });
  let longest = 0;
  for (const body of bodies) {
    const ours = await post(agent, { ...asked, url: urls.get('federated') ?? '' }, body);
    const { data } = parseTimeless(ours);
    if (data === null || typeof data !== 'object' || Object.values(data).includes(null)) throw new Error(`${name} answers nothing: ${ours.slice(0, 300)}`);
    for (const [side, url] of urls) {
      const theirs = side === 'federated' ? ours : await post(agent, { ...asked, url }, body);
      if (!isDeepStrictEqual(data, parseTimeless(theirs).data)) throw new Error(`${name} is answered differently\n  federated  ${ours.slice(0, 2000)}\n  ${side} ${theirs.slice(0, 2000)}`);
    }
    longest = Math.max(longest, ours.length);
  }
  agent.destroy();
  return longest;
}

/** Without what time alone changes. */
function parseTimeless(text: string): { data: unknown } {
  return JSON.parse(text, (key, value: unknown) => (key === 'lagMs' ? null : value)) as { data: unknown };
}

/** The text of an operation of test/fixtures/operations.graphql. */
export function readOperation(name: string): string {
  const text = readFileSync(packagePath('test', 'fixtures', 'operations.graphql'), 'utf8');
  const operation = text.split(/^(?=query )/m).find((part) => new RegExp(`^query ${name}\\b`).test(part));
  if (operation === undefined) throw new Error(`test/fixtures/operations.graphql has no operation ${name}`);
  return operation;
}
