// Starts the product as a process of its own for the benchmarks: only what the README promises is used.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagePath } from '../core/package-root.js';

const READY_TIMEOUT_MS = 60_000;

export interface BenchServer {
  readonly base: string;
  readonly dataDir: string;
  cli(...args: readonly string[]): string;
  /** Peak resident memory of the server's process in MiB; null where the system does not tell (Linux does). */
  peakMemoryMiB(): number | null;
  stop(): Promise<void>;
}

export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'sitegraph-bench-'));
  const base = `http://127.0.0.1:${port}`;
  const all = { ...process.env, SITEGRAPH_DEMO: 'off', ...env, PORT: String(port), HOST: '127.0.0.1', SITEGRAPH_DATA_DIR: dataDir, SITEGRAPH_PUBLIC_URL: base };
  const program = packagePath('dist', 'bin', 'sitegraph.js');
  const child = spawn(process.execPath, [...startFlags(), program, 'start'], { env: all, stdio: ['ignore', 'ignore', 'inherit'] });
  const started = Date.now();
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode} before it was ready`);
    const ready = await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) break;
    if (Date.now() - started > READY_TIMEOUT_MS) throw new Error('the server was not ready in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    base,
    dataDir,
    cli: (...args) => execFileSync(process.execPath, [program, ...args], { env: all, encoding: 'utf8' }),
    peakMemoryMiB: () => {
      const file = `/proc/${child.pid}/status`;
      if (!existsSync(file)) return null;
      const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1];
      return kib === undefined ? null : Math.round(Number(kib) / 1024);
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
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
