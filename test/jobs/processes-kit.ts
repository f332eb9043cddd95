// The product as several processes of the operating system on a PostgreSQL database of its own. For tests that need TEST_DATABASE_URL.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openStore, type Store } from '../../store/store.js';
import { createInstallation, type Installation, type RunningProgram } from '../e2e/program.js';

export const SERVER = process.env['TEST_DATABASE_URL'];

export interface Processes {
  readonly store: Store;
  readonly installation: Installation;
  /** Starts a command that stays, on a free port; returns the address that it prints. */
  start(until: string, ...args: readonly string[]): Promise<RunningProgram & { readonly url: string }>;
  close(): Promise<void>;
}

/** Makes the database and a data directory. */
export async function openProcesses(): Promise<Processes> {
  const secret = randomBytes(24).toString('hex');
  const url = new URL(SERVER ?? '');
  const name = `sitegraph_processes_${randomBytes(6).toString('hex')}`;
  const admin = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: SERVER });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await admin(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'processes-'));
  const installation = await createInstallation(folder, { DATABASE_URL: url.href, SITEGRAPH_SECRET: secret, SITEGRAPH_DEMO: 'off', PORT: '0' });
  const store = await openStore({ databaseUrl: url.href, rootKey: secret });
  const running: RunningProgram[] = [];
  return {
    store, installation,
    async start(until, ...args) {
      const program = await installation.start(until, ...args);
      running.push(program);
      return { ...program, url: /http:\/\/127\.0\.0\.1:\d+/.exec(program.out())?.[0] ?? '' };
    },
    async close() {
      await Promise.all(running.map((program) => program.end('SIGTERM')));
      await store.close();
      await admin(`DROP DATABASE ${name} WITH (FORCE)`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks a graph; every call has a connection of its own, so that with several workers it may reach any of them. */
export async function askGraph<Data>(base: string, token: string, query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(`${base}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, connection: 'close' }, body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors !== undefined) throw new Error(`the graph answered ${JSON.stringify(errors)}`);
  return data;
}
