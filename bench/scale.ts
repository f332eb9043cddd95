// The same page of a list and of a feed on few rows and on many, on PostgreSQL: 10,000 posts of 10 sites beside 1,000,000 of 1,000, seeded by
// seed.ts. What the database takes is measured one request at a time in this process; end to end, with 16 connections to the program.
//   DATABASE_URL names a server on which databases can be made; they stay, for the next run, with a folder of the system's temporary ones.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createAllSubgraphs } from '../bin/subgraphs.js';
import { packagePath } from '../core/package-root.js';
import { createLog } from '../core/log.js';
import { createGateway } from '../gateway/gateway.js';
import { registerGraphql } from '../gateway/server.js';
import type { Queryable, Row, SqlValue } from '../store/database.js';
import { openStore, type Store } from '../store/store.js';
import { authenticateToken } from '../store/tokens.js';
import Fastify from 'fastify';
import { figuresOf, median, rounded, startDriver, type Round } from './driver.js';
import { readOperation } from './operations.js';
import type { Seeded } from './seed.js';
import { startServer } from './server.js';

const SECRET = 'the secret of the benchmark of scale';
const SIZES = { small: [10, 10_000], large: [1_000, 1_000_000] } as const;
type Size = keyof typeof SIZES;
const OPERATIONS = ['MobilePosts', 'ReaderFeed'] as const;
const CONNECTIONS = 16;
const ROUNDS = 5;
const ROUND_MS = 2_000;
const WARM_UP_MS = 2_000;
const SQL_REQUESTS = 45;
const BLOCKS_EVERY = 5;

interface Place {
  readonly url: string;
  readonly dataDir: string;
  readonly seeded: Seeded;
}

/** Measures; the figures are told by size, and as ratios of the large one by the small one. */
export async function benchScale(): Promise<Record<string, unknown>> {
  const server = process.env['DATABASE_URL'];
  if (server === undefined || server === '') throw new Error('set DATABASE_URL to a PostgreSQL server on which databases can be made');
  const places = { small: await seededPlace(server, 'small'), large: await seededPlace(server, 'large') };
  const sql = await measureSql(places);
  const endToEnd = await measureEndToEnd(places);
  return { sites: SIZES.large[0], posts: places.large.seeded.posts, sql, ...endToEnd };
}

async function seededPlace(server: string, size: Size): Promise<Place> {
  const [sites, posts] = SIZES[size];
  const name = `sitegraph_scale_${size}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const dataDir = join(tmpdir(), name);
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0 || !existsSync(join(dataDir, 'bench.json'))) {
    process.stderr.write(`Seeding ${posts} posts over ${sites} sites\n`);
    await admin.query(`DROP DATABASE IF EXISTS ${name}`);
    await admin.query(`CREATE DATABASE ${name}`);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const env = { ...process.env, DATABASE_URL: url.href, SITEGRAPH_SECRET: SECRET, SITEGRAPH_DATA_DIR: dataDir, LOG_LEVEL: 'error' };
    const child = spawn(process.execPath, [packagePath('dist', 'bench', 'seed.js'), String(sites), String(posts)], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`seeding ended with code ${code}`);
  }
  await admin.end();
  return { url: url.href, dataDir, seeded: JSON.parse(readFileSync(join(dataDir, 'bench.json'), 'utf8')) as Seeded };
}

interface Asked {
  readonly label: string;
  readonly token: string;
  readonly bodies: readonly string[];
}

/** What is asked of a place: the lists of all its sites in turn, and the feed of readers who follow so many. */
function asksOf({ seeded }: Place): Asked[] {
  const body = (operationName: (typeof OPERATIONS)[number], variables: object): string => JSON.stringify({ query: readOperation(operationName), variables, operationName });
  const lists = { label: 'MobilePosts', token: seeded.token, bodies: (seeded.variables['MobilePosts'] ?? []).map((variables) => body('MobilePosts', variables)) };
  return [lists, ...Object.entries(seeded.readers).map(([follows, token]) => ({ label: `ReaderFeed of ${follows}`, token, bodies: [body('ReaderFeed', {})] }))];
}

/** Milliseconds that the statements of one request take together, as the process waits for them one after the other. */
async function measureSql(places: Record<Size, Place>): Promise<Record<string, unknown>> {
  const taken: Record<Size, Map<string, { readonly ms: number; readonly blocks: number }>> = { small: new Map(), large: new Map() };
  const counts = new Map<string, number>();
  for (const size of ['small', 'large'] as const) {
    const place = places[size];
    const store = await openStore({ databaseUrl: place.url, rootKey: SECRET });
    const clocked = clockStatements(store);
    const fastify = Fastify();
    const log = createLog('error');
    await registerGraphql(fastify, {
      gateway: createGateway({ subgraphs: await createAllSubgraphs(clocked.store), log }), log,
      authenticate: async (request) => (await authenticateToken(store, String(request.headers.authorization).replace(/^Bearer /, ''))) as never,
    });
    for (const { label, token, bodies } of asksOf(place)) {
      const times: number[] = [];
      const blocks: number[] = [];
      for (let count = 0; count < SQL_REQUESTS; count += 1) {
        // Spread over all sites, as no two requests of many people are about the same.
        const body = bodies[(count * 7919) % bodies.length] ?? '';
        clocked.reset();
        const answer = await fastify.inject({ method: 'POST', url: '/graphql', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, payload: body });
        if (answer.statusCode !== 200 || answer.body.includes('"errors":')) throw new Error(`${label} is not answered: ${answer.body.slice(0, 300)}`);
        if (count >= SQL_REQUESTS / 3) times.push(clocked.milliseconds());
        counts.set(label, clocked.statements().length);
        if (count % BLOCKS_EVERY === 0) blocks.push(await blocksOf(store, clocked.statements()));
      }
      taken[size].set(label, { ms: median(times), blocks: median(blocks) });
    }
    await fastify.close();
    await store.close();
  }
  return Object.fromEntries([...taken.large].map(([label, large]) => {
    const small = taken.small.get(label);
    const ratios = small && { smallMs: rounded(small.ms), smallBlocks: small.blocks, ratioMs: rounded(large.ms / small.ms), ratioBlocks: rounded(large.blocks / small.blocks) };
    const figures = { statements: counts.get(label), largeMs: rounded(large.ms), largeBlocks: large.blocks, ...ratios };
    process.stderr.write(`  ${label.padEnd(20)} SQL ${JSON.stringify(figures)}\n`);
    return [label, figures];
  }));
}

/** Blocks of 8 kB that statements look at, by PostgreSQL's own count: what no other work on the machine changes. */
async function blocksOf(store: Store, statements: readonly Statement[]): Promise<number> {
  let blocks = 0;
  for (const { text, values } of statements) {
    if (!/^\s*(SELECT|WITH)/.test(text)) continue;
    const [row] = await store.database.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`, values);
    const plan = row?.['QUERY PLAN'][0]?.Plan ?? {};
    blocks += (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  }
  return blocks;
}

interface Statement {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

function clockStatements(store: Store): { readonly store: Store; milliseconds(): number; statements(): readonly Statement[]; reset(): void } {
  let milliseconds = 0;
  let statements: Statement[] = [];
  const clock = (queryable: Queryable): Queryable => ({
    async query<T extends Row = Row>(text: string, values: readonly SqlValue[] = []) {
      const began = performance.now();
      try {
        return await queryable.query<T>(text, values);
      } finally {
        milliseconds += performance.now() - began;
        statements.push({ text, values });
      }
    },
  });
  const database = { ...store.database, ...clock(store.database), transaction: <T>(work: (tx: Queryable) => Promise<T>) => store.database.transaction((tx) => work(clock(tx))) };
  return {
    store: { ...store, database }, milliseconds: () => milliseconds, statements: () => statements,
    reset() {
      milliseconds = 0;
      statements = [];
    },
  };
}

/** The program on each place, in turn under the same load. */
async function measureEndToEnd(places: Record<Size, Place>): Promise<Record<string, unknown>> {
  const start = ({ url, dataDir }: Place) => startServer({ DATABASE_URL: url, SITEGRAPH_SECRET: SECRET, SITEGRAPH_PUBLIC_URL: '', LOG_LEVEL: 'error', SITEGRAPH_DEMO: 'off' }, { dataDir });
  const servers = { small: await start(places.small), large: await start(places.large) };
  const driver = startDriver();
  try {
    const endToEnd: Record<string, unknown> = {};
    const smallAsks = new Map(asksOf(places.small).map((asked) => [asked.label, asked]));
    for (const asked of asksOf(places.large)) {
      const rounds: Record<Size, (Round & { readonly cpuMs: number })[]> = { small: [], large: [] };
      const sides = smallAsks.has(asked.label) ? (['small', 'large'] as const) : (['large'] as const);
      for (let round = -1; round < ROUNDS; round += 1) {
        for (const size of round % 2 === 0 ? sides : [...sides].reverse()) {
          const { token, bodies } = size === 'large' ? asked : (smallAsks.get(asked.label) as Asked);
          const before = servers[size].cpuMs() ?? 0;
          const measured = await driver.run({ url: `${servers[size].base}/graphql`, token, bodies, connections: CONNECTIONS, durationMs: round < 0 ? WARM_UP_MS : ROUND_MS });
          if (round >= 0) rounds[size].push({ ...measured, cpuMs: ((servers[size].cpuMs() ?? 0) - before) / measured.requests });
        }
      }
      const told = (size: Size) => ({ ...figuresOf(rounds[size]), cpuMsPerRequest: rounded(median(rounds[size].map(({ cpuMs }) => cpuMs))) });
      const ratios = rounds.small.map((small, index) => (rounds.large[index]?.p50Ms ?? 0) / small.p50Ms);
      const cpuRatios = rounds.small.map((small, index) => (rounds.large[index]?.cpuMs ?? 0) / small.cpuMs);
      const spread = (values: readonly number[]) => ({ median: rounded(median(values)), min: rounded(Math.min(...values)), max: rounded(Math.max(...values)) });
      const figures = { large: told('large'), ...(ratios.length === 0 ? {} : { small: told('small'), p50Ratio: spread(ratios), cpuRatio: spread(cpuRatios) }) };
      process.stderr.write(`  ${asked.label.padEnd(20)} end to end ${JSON.stringify(figures)}\n`);
      endToEnd[asked.label] = figures;
    }
    return { endToEnd, peakMemoryMiB: { small: servers.small.peakMemoryMiB(), large: servers.large.peakMemoryMiB() } };
  } finally {
    driver.stop();
    await servers.small.stop();
    await servers.large.stop();
  }
}
