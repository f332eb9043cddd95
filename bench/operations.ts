// What real clients ask (test/fixtures/operations.graphql) over HTTP, beside the same resolvers as one schema without federation,
// on the demonstration site and on many posts of many sites. Both servers have copies of one data directory, and both must answer
// alike before anything is timed. Rounds alternate, so that what else the machine does falls on both.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { packagePath } from '../core/package-root.js';
import { figuresOf, median, rounded, startDriver, type Driver, type Figures, type Round } from './driver.js';
import { post } from './load.js';
import type { Seeded } from './seed.js';
import { makeFolder, runProgram, startServer, type BenchServer } from './server.js';

const OPERATIONS = ['MobilePosts', 'EditorOpen', 'MenuEditor', 'ReaderFeed', 'OrderScreen'] as const;
const CONNECTIONS = 16;
const ROUNDS = 5;
const ROUND_MS = 1000;
const WARM_UP_MS = 1000;
const SITES = 50;
/** Each server has a database of its own, whatever the environment says. */
const EMBEDDED = { DATABASE_URL: '', SITEGRAPH_PUBLIC_URL: '', LOG_LEVEL: 'error' };
export const DEFAULT_POSTS = 100_000;

export interface OperationFigures {
  readonly federated: Figures;
  readonly oneSchema: Figures;
  /** Requests a second of the federated graph by those of the one schema, round by round. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
  readonly answerBytes: number;
}

export interface SetFigures {
  readonly sites: number;
  readonly posts: number;
  readonly operations: Readonly<Record<string, OperationFigures>>;
}

/** Measures both sets; `posts` is how many the large one has. */
export async function benchOperations(posts: number): Promise<Record<string, SetFigures>> {
  const folder = join(makeFolder(), 'seed');
  const seed = (label: string, ...args: readonly number[]): Promise<void> => {
    process.stderr.write(`Operations on ${label}\n`);
    return runProgram('seed.js', args.map(String), { ...EMBEDDED, SITEGRAPH_DATA_DIR: folder });
  };
  await seed('the demonstration site');
  const demo = await measureSeeded(folder);
  // Added to what is there.
  await seed(`${posts} posts over ${SITES} sites`, SITES, posts);
  return { demo, large: await measureSeeded(folder) };
}

/** Measures on two copies of a data directory that bench/seed.ts made. */
export async function measureSeeded(seed: string): Promise<SetFigures> {
  const folder = makeFolder();
  const [ours, theirs] = [join(folder, 'federated'), join(folder, 'one-schema')];
  const stops: (() => unknown)[] = [];
  try {
    for (const copy of [ours, theirs]) cpSync(seed, copy, { recursive: true });
    const seeded = JSON.parse(readFileSync(join(ours, 'bench.json'), 'utf8')) as Seeded;
    const servers: BenchServer[] = [];
    for (const options of [{ dataDir: ours }, { dataDir: theirs, program: ['bench', 'one-schema', 'server.js'] }]) {
      const server = await startServer(EMBEDDED, options);
      stops.push(() => server.stop());
      servers.push(server);
    }
    const driver = startDriver();
    stops.push(() => driver.stop());
    const operations: Record<string, OperationFigures> = {};
    for (const name of OPERATIONS) operations[name] = await compare(name, seeded, servers.map((server) => `${server.base}/graphql`), driver);
    return { sites: seeded.sites, posts: seeded.posts, operations };
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(name: string, seeded: Seeded, urls: readonly string[], driver: Driver): Promise<OperationFigures> {
  const [federated = '', oneSchema = ''] = urls;
  const query = readOperation(name);
  const bodies = (seeded.variables[name] ?? []).map((variables) => JSON.stringify({ query, variables, operationName: name }));
  const answerBytes = await assertAlike(name, seeded.token, bodies, federated, oneSchema);
  const job = (url: string, durationMs: number) => ({ url, token: seeded.token, bodies, connections: CONNECTIONS, durationMs });
  for (const url of urls) await driver.run(job(url, WARM_UP_MS));
  const rounds: { readonly ours: Round; readonly theirs: Round }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = await driver.run(job(round % 2 === 0 ? federated : oneSchema, ROUND_MS));
    const second = await driver.run(job(round % 2 === 0 ? oneSchema : federated, ROUND_MS));
    rounds.push(round % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  const ratios = rounds.map(({ ours, theirs }) => ours.requests / ours.seconds / (theirs.requests / theirs.seconds));
  const figures = {
    federated: figuresOf(rounds.map(({ ours }) => ours)),
    oneSchema: figuresOf(rounds.map(({ theirs }) => theirs)),
    ratio: { median: rounded(median(ratios)), min: rounded(Math.min(...ratios)), max: rounded(Math.max(...ratios)) },
    answerBytes,
  };
  process.stderr.write(`  ${name.padEnd(12)} ${tell(figures.federated)}   one schema ${tell(figures.oneSchema)}   ratio ${figures.ratio.median} [${figures.ratio.min}-${figures.ratio.max}]\n`);
  return figures;
}

const tell = ({ requestsPerSecond: rate, p50Ms, p99Ms }: Figures): string => `${rate.median} [${rate.min}-${rate.max}] a second, p50 ${p50Ms} ms, p99 ${p99Ms} ms`;

/** Throws unless both give the same data for every body, with something in it. Returns the length of the longest answer. */
async function assertAlike(name: string, token: string, bodies: readonly string[], federated: string, oneSchema: string): Promise<number> {
  if (bodies.length === 0) throw new Error(`nothing is known to ask ${name} for`);
  const agent = new Agent({ keepAlive: true });
  let longest = 0;
  for (const body of bodies) {
    const ours = await post(agent, federated, token, body);
    const theirs = await post(agent, oneSchema, token, body);
    const { data } = parseTimeless(ours);
    if (data === null || typeof data !== 'object' || Object.values(data).includes(null)) throw new Error(`${name} answers nothing: ${ours.slice(0, 300)}`);
    if (!isDeepStrictEqual(data, parseTimeless(theirs).data)) throw new Error(`${name} is answered differently\n  federated  ${ours.slice(0, 2000)}\n  one schema ${theirs.slice(0, 2000)}`);
    longest = Math.max(longest, ours.length);
  }
  agent.destroy();
  return longest;
}

/** Without what time alone changes. */
function parseTimeless(text: string): { data: unknown } {
  return JSON.parse(text, (key, value: unknown) => (key === 'lagMs' ? null : value)) as { data: unknown };
}

function readOperation(name: string): string {
  const text = readFileSync(packagePath('test', 'fixtures', 'operations.graphql'), 'utf8');
  const operation = text.split(/^(?=query )/m).find((part) => new RegExp(`^query ${name}\\b`).test(part));
  if (operation === undefined) throw new Error(`test/fixtures/operations.graphql has no operation ${name}`);
  return operation;
}
