// The server is killed with SIGKILL at moments of no one's choosing while a site sends and sends again, as sites do:
// nothing that was acknowledged is missing after a restart, and in the end everything is as if nothing had happened.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecodedItem } from '../../core/changes.js';
import { applyBatch } from '../../store/apply/apply.js';
import { openStore, type Store } from '../../store/store.js';
import { splitJsonLines } from '../../sync/protocol/json-lines.js';
import { decodeRequest, readRecording, visibleRows, type RecordedRequest } from '../testkit/recorded.js';
import { nextSiteId, openPrivateStore } from '../testkit/store.js';
import { addTestSite, postItems, recordedQuery, startSyncServer, type TestSite } from './http-site.js';
import { ITEMS_PER_TRANSACTION, KILL_TEST_KEY } from './sync-process.js';

const PROGRAM = fileURLToPath(new URL('./sync-process.mjs', import.meta.url));
const KILLS = 5;
/** The server lives this long after its start, so that it dies at any point of a batch. */
const LIFE_MS = { least: 100, most: 1_500 } as const;

interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
}

describe('a sync server that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sync-kill-'));
  const requests = readRecording('1-incremental').slice(0, 120);
  let databaseUrl: string | undefined;
  let running: ServerProcess | null = null;
  let site: TestSite;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    const store = await open();
    site = await addTestSite(store, nextSiteId());
    await store.close();
  });
  afterAll(() => {
    running?.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function open(): Promise<Store> {
    return openStore({ folder: join(folder, 'db'), databaseUrl, rootKey: KILL_TEST_KEY });
  }

  async function start(): Promise<ServerProcess> {
    const child = spawn(process.execPath, [PROGRAM, join(folder, 'db'), ...(databaseUrl === undefined ? [] : [databaseUrl])], { stdio: ['ignore', 'pipe', 'inherit'] });
    const died = once(child, 'exit').then(() => Promise.reject(new Error('the server died before it listened')));
    const [line] = (await Promise.race([once(child.stdout, 'data'), died])) as [Buffer];
    died.catch(() => undefined);
    const { port } = JSON.parse(line.toString()) as { port: number };
    return { url: `http://127.0.0.1:${port}`, child };
  }

  async function kill({ child }: ServerProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const dead = once(child, 'exit');
    child.kill('SIGKILL');
    await dead;
  }

  it('loses nothing that it acknowledged, applies nothing twice, and ends up as if it had lived', async () => {
    const acknowledged = new Map<string, DecodedItem>();
    const survivors: number[] = [];
    let next = 0;
    let cut = 0;
    for (let round = 0; round <= KILLS; round += 1) {
      running = await start();
      const { url, child } = running;
      const isLast = round === KILLS;
      const timer = isLast ? undefined : setTimeout(() => child.kill('SIGKILL'), randomInt(LIFE_MS.least, LIFE_MS.most));
      try {
        for (; next < requests.length; next += 1) await deliver({ url }, requests[next] as RecordedRequest, acknowledged);
      } catch (error) {
        // The connection broke with the process; the site sends the same items again.
        expect(error).toBeInstanceOf(TypeError);
        cut += 1;
      }
      clearTimeout(timer);
      await kill(running);
      running = null;
      const store = await open();
      if (acknowledged.size > 0) expect((await applyBatch(store, site.id, [...acknowledged.values()], new Date())).changes).toBe(0);
      survivors.push(acknowledged.size);
      if (isLast) await expectUndisturbed(store);
      await store.close();
    }
    expect(cut).toBeGreaterThan(0);
    expect(survivors.at(-1)).toBe(new Set(requests.flatMap((request) => decodeRequest(request).map((item) => item.key))).size);
  }, 600_000);

  async function deliver(server: { url: string }, request: RecordedRequest, acknowledged: Map<string, DecodedItem>): Promise<void> {
    const items = new Map(decodeRequest(request).map((item) => [item.key, item]));
    for (let left = splitJsonLines(Buffer.from(request.body)).entries; left.length > 0;) {
      const { status, processed } = await postItems(server, site, left, recordedQuery(request));
      expect({ status, some: (processed ?? []).length > 0 }).toEqual({ status: 200, some: true });
      for (const key of processed ?? []) acknowledged.set(key, items.get(key) as DecodedItem);
      left = left.filter((entry) => !(processed ?? []).includes(entry.key));
    }
  }

  async function expectUndisturbed(store: Store): Promise<void> {
    const calm = await openPrivateStore();
    const server = await startSyncServer(calm, { limits: { itemsPerTransaction: ITEMS_PER_TRANSACTION } });
    await addTestSite(calm, site.id).then(async (twin) => {
      for (const request of requests) expect((await postItems(server, twin, Buffer.from(request.body), recordedQuery(request))).status).toBe(200);
    });
    expect(await visibleRows(store, site.id)).toEqual(await visibleRows(calm, site.id));
    expect(await logs(store)).toEqual(await logs(calm));
    await server.close();
    await calm.close();
  }

  // What an item does only once: its entries in the change log and its lines in the audit log.
  async function logs(store: Store): Promise<unknown> {
    const changes = await store.database.query('SELECT sequence, kind, typename, local_id, changed_fields FROM change WHERE site_id = $1 ORDER BY sequence', [site.id]);
    const audit = await store.database.query('SELECT sequence, item_key, rev, summary, hash FROM audit_event WHERE site_id = $1 ORDER BY sequence', [site.id]);
    return { changes, audit };
  }
});

/** A database of its own on the server that tests are given; undefined for the embedded one. */
async function createDatabase(): Promise<string | undefined> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) return undefined;
  const name = `sitegraph_kill_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
