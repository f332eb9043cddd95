// `npm run bench [-- operations|ingest|parallel|save|scale [N]] [--save]`: runs the benchmarks, prints the figures of each part as JSON on
// standard output and what happens on standard error. `--save` puts them into bench/baseline.json, parts that were not run staying as they are.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, platform, totalmem } from 'node:os';
import { packagePath } from '../core/package-root.js';
import { benchParallelIngest } from './ingest-parallel.js';
import { benchIngest } from './ingest.js';
import { benchOperations, DEFAULT_POSTS } from './operations.js';
import { benchSave } from './save.js';
import { benchScale } from './scale.js';

/** Two sizes, so that memory that grows with the number of posts is seen. */
const INGEST_POSTS = [20_000, 100_000];
/** Of each of ten sites. */
const PARALLEL_POSTS = 5_000;
/** A first run of `scale` seeds a million posts. */
const LIMIT_MS = { other: 40 * 60_000, scale: 60 * 60_000 };

function readArguments(words: readonly string[]): { part: string; count: number | undefined; save: boolean } {
  const [part = 'all', text, ...rest] = words.filter((word) => word !== '--save');
  const count = text === undefined ? undefined : Number(text);
  const isCount = count === undefined || (Number.isSafeInteger(count) && count > 0);
  if (!['all', 'operations', 'ingest', 'save', 'scale', 'parallel'].includes(part) || !isCount || rest.length > 0) {
    throw new Error(`expected "operations", "ingest", "save", "scale" or "parallel", a number of posts and --save, each optional; got "${words.join(' ')}"`);
  }
  return { part, count, save: words.includes('--save') };
}

/** What the figures were measured with. */
function circumstances(): Record<string, unknown> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: packagePath(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  let commit = 'unknown';
  try {
    commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', ':!bench/baseline.json') === '' ? '' : ' with changes');
  } catch {
    // Not a checkout.
  }
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()}`;
  return { commit, date: new Date().toISOString().slice(0, 10), machine, node: process.version, loadAverageBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10 };
}

/** A part is saved as soon as it is done. */
function record(name: string, figures: object, save: boolean): void {
  console.log(JSON.stringify({ [name]: figures }, null, 2));
  if (!save) return;
  const file = packagePath('bench', 'baseline.json');
  const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, `${JSON.stringify({ ...known, [name]: figures }, null, 2)}\n`);
  process.stderr.write(`Saved ${name} in bench/baseline.json\n`);
}

async function run(): Promise<void> {
  const { part, count, save } = readArguments(process.argv.slice(2));
  setTimeout(() => {
    process.stderr.write(`The benchmarks took longer than ${LIMIT_MS[part === 'scale' ? 'scale' : 'other'] / 60_000} minutes; the machine is too busy to measure on\n`);
    process.exit(1);
  }, LIMIT_MS[part === 'scale' ? 'scale' : 'other']).unref();
  // Need a PostgreSQL server, and are no part of all.
  if (part === 'parallel') {
    const before = circumstances();
    return record('parallelIngest', { ...before, ...(await benchParallelIngest(count ?? PARALLEL_POSTS)) }, save);
  }
  if (part === 'scale') {
    const before = circumstances();
    return record('scale', { ...before, ...(await benchScale()) }, save);
  }
  if (part === 'all' || part === 'save') {
    const before = circumstances();
    record('save', { ...before, ...(await benchSave()) }, save);
  }
  if (part === 'save') return;
  if (part !== 'ingest') {
    const before = circumstances();
    record('operations', { ...before, ...(await benchOperations(count ?? DEFAULT_POSTS)) }, save);
  }
  if (part === 'operations') return;
  const before = circumstances();
  const runs: unknown[] = [];
  for (const posts of count === undefined ? INGEST_POSTS : [count]) {
    process.stderr.write(`Ingest of ${posts} posts with metas and terms\n`);
    runs.push(await benchIngest(posts));
  }
  record('ingest', { ...before, runs }, save);
}

// Servers and folders are put away when the process ends, however it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
await run();
process.exit(0);
