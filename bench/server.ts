// Starts the product as a process of its own for the benchmarks: only what the README promises is used.
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagePath } from '../core/package-root.js';

const READY_TIMEOUT_MS = 240_000;
const STOP_TIMEOUT_MS = 15_000;
const PROGRAM_TIMEOUT_MS = 300_000;

const children = new Set<ChildProcess>();
const folders = new Set<string>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

export interface BenchServer {
  readonly base: string;
  readonly dataDir: string;
  cli(...args: readonly string[]): string;
  /** The same without blocking this process, with a text on standard input. */
  cliWith(input: string, ...args: readonly string[]): Promise<string>;
  /** Peak resident memory in MiB of the largest of the server's processes; null where the system does not tell (Linux does). */
  peakMemoryMiB(): number | null;
  /** Processor time of the server's processes so far, in milliseconds; null where the system does not tell (Linux does). */
  cpuMs(): number | null;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** An existing data directory; a new one when left out. */
  readonly dataDir?: string;
  /** Another compiled program than the product, below dist/. */
  readonly program?: readonly string[];
  /** Arguments of that program, or more of `sitegraph start`. */
  readonly args?: readonly string[];
}

/** Makes a folder that is gone when this process ends. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sitegraph-bench-'));
  folders.add(folder);
  return folder;
}

/** Runs a compiled program of bench/ to its end, with the flags of `npm start`. Throws when it fails or takes too long. */
export async function runProgram(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const child = startChild([packagePath('dist', 'bench', name), ...args], { ...process.env, ...env });
  const timer = setTimeout(() => child.kill('SIGKILL'), PROGRAM_TIMEOUT_MS);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${name} ended with ${signal ?? `code ${code}`}`);
}

export async function startServer(env: Readonly<Record<string, string>> = {}, options: ServerOptions = {}): Promise<BenchServer> {
  const port = await freePort();
  const dataDir = options.dataDir ?? makeFolder();
  const base = `http://127.0.0.1:${port}`;
  const all = { ...process.env, NODE_ENV: 'production', SITEGRAPH_DEMO: 'off', ...env, PORT: String(port), HOST: '127.0.0.1', SITEGRAPH_DATA_DIR: dataDir, SITEGRAPH_PUBLIC_URL: base };
  const program = packagePath('dist', 'bin', 'sitegraph.js');
  const child = startChild([...(options.program === undefined ? [program, 'start'] : [packagePath('dist', ...options.program)]), ...(options.args ?? [])], all);
  const started = Date.now();
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode} before it was ready`);
    const ready = await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) break;
    if (Date.now() - started > READY_TIMEOUT_MS) {
      child.kill('SIGKILL');
      throw new Error(`the server was not ready in ${READY_TIMEOUT_MS / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    base,
    dataDir,
    cli: (...args) => execFileSync(process.execPath, [program, ...args], { env: all, encoding: 'utf8' }),
    cliWith: (input, ...args) => new Promise((resolve, reject) => {
      const asked = execFile(process.execPath, [program, ...args], { env: all, encoding: 'utf8' }, (error, out) => (error ? reject(error) : resolve(out)));
      asked.stdin?.end(`${input}\n`);
    }),
    peakMemoryMiB: () => {
      const kib = processesOf(child.pid).map((pid) => Number(/VmHWM:\s+(\d+)/.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0));
      return kib.length === 0 ? null : Math.round(Math.max(...kib) / 1024);
    },
    cpuMs: () => {
      // After the name, which may hold anything: the state, then numbers; user and system time are the 12th and 13th, in ticks of 10 ms.
      const times = processesOf(child.pid).map((pid) => readText(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []);
      return times.length === 0 ? null : times.reduce((sum, fields) => sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10, 0);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
    },
  };
}

/** A process and the workers that it started; empty where the system does not tell. */
function processesOf(pid: number | undefined): number[] {
  if (pid === undefined || !existsSync(`/proc/${pid}/stat`)) return [];
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return [pid, ...all.filter((other) => Number(readText(`/proc/${other}/stat`).split(') ').at(-1)?.split(' ')[1]) === pid)];
}

/** A file of the system; empty when its process has ended. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Starts a process that does not outlive this one. */
function startChild(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, [...startFlags(), ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** The flags of `npm start`, so that the process measured is the one that people run. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
