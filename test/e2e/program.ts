// Runs the built program as people and scripts do: processes of their own on a data directory, asked over HTTP.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { packagePath } from '../../core/package-root.js';

const PROGRAM = packagePath('dist', 'bin', 'sitegraph.js');
const SOURCES = ['accounts', 'auth', 'bin', 'core', 'gateway', 'jobs', 'origin', 'store', 'subgraphs', 'sync'];

/** Throws when the program is not built, or was built before a source changed. */
export function checkBuild(): void {
  if (!existsSync(PROGRAM)) throw new Error('these tests run the built program, and dist/ is missing: run npm run build');
  const built = statSync(PROGRAM).mtimeMs;
  for (const folder of SOURCES.map((name) => packagePath(name)).filter((path) => existsSync(path))) {
    for (const file of readdirSync(folder, { recursive: true }) as string[]) {
      if (!file.endsWith('.ts') || statSync(join(folder, file)).mtimeMs <= built) continue;
      throw new Error(`these tests run the built program, and ${join(folder, file)} is newer than dist/: run npm run build`);
    }
  }
}

export interface Installation {
  readonly base: string;
  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string; readonly lastLine: string }>;
  /** Starts the server, or another command that stays, and waits until it has printed `until`. */
  start(until: string, ...args: readonly string[]): Promise<RunningProgram>;
  /** The ids of the processes that a program started, oldest first. */
  childrenOf(program: RunningProgram): number[];
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** What it printed so far. */
  out(): string;
  /** Sends the signal and waits for the end; returns the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** An installation on a data directory with a port of its own. */
export async function createInstallation(dataDir: string, env: Readonly<Record<string, string>>): Promise<Installation> {
  const port = await freePort();
  const { DATABASE_URL: _url, SITEGRAPH_SECRET: _secret, ...inherited } = process.env;
  const all = { ...inherited, SITEGRAPH_DATA_DIR: dataDir, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env };
  return {
    base: `http://127.0.0.1:${port}`,
    async run(...args) {
      const child = spawn(process.execPath, [PROGRAM, ...args], { env: all, stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, out, err, lastLine: out.trim().split('\n').at(-1) ?? '' };
    },
    childrenOf({ child }) {
      const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
      return found.filter((pid) => parentOf(pid) === child.pid);
    },
    async start(until, ...args) {
      const child = spawn(process.execPath, [PROGRAM, ...(args.length === 0 ? ['start'] : args)], { env: all, stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      await new Promise<void>((resolve, reject) => {
        child.stdout.on('data', (chunk: Buffer) => {
          out += chunk.toString();
          if (out.includes(until)) resolve();
        });
        child.once('exit', (code) => reject(new Error(`the server ended with code ${code} before it printed "${until}": ${err}`)));
      });
      return {
        child,
        out: () => out,
        async end(signal) {
          if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
          const ended = once(child, 'exit');
          child.kill(signal);
          return ((await ended) as [number | null])[0];
        },
      };
    },
  };
}

function parentOf(pid: number): number | null {
  try {
    // After the name in brackets, which may hold anything: the state, then the parent.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]);
  } catch {
    return null;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
