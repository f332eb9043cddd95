// `sitegraph start --workers 2`: what one process cannot know alone is right for all of them, and one that dies is started again.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { signRequest } from '../../sync/protocol/sign-request.js';
import { createToken } from '../../store/tokens.js';
import { checkBuild, createInstallation, type RunningProgram } from '../e2e/program.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { nextSiteId } from '../testkit/store.js';
import { addTestSite } from '../sync/http-site.js';
import { askGraph, openProcesses, SERVER, type Processes } from './processes-kit.js';

const ANNOUNCE = 'mutation($input: MediaUploadInput!) { mediaUploadCreate(input: $input) { upload { id } uploadUrl userErrors { code message } } }';
const UPLOAD = 'query($id: ID!) { mediaUpload(id: $id) { state media { title } userErrors { code message } } }';
const RESYNC = 'mutation($input: SiteResyncInput!) { siteResync(input: $input) { run { id } userErrors { code message } } }';
const RUNS = 'query($id: ID!) { site(id: $id) { sync { runs { id state errorCode } } } }';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('several workers', () => {
  it('are refused on the embedded database, with what to do', async () => {
    checkBuild();
    const folder = mkdtempSync(join(tmpdir(), 'workers-'));
    const installation = await createInstallation(folder, { SITEGRAPH_DEMO: 'off' });
    const { code, err } = await installation.run('start', '--workers', '2');
    rmSync(folder, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(err).toContain('set DATABASE_URL to a PostgreSQL server');
  }, 300_000);
});

describe.skipIf(SERVER === undefined)('two workers on PostgreSQL', () => {
  let processes: Processes;
  let program: RunningProgram & { readonly url: string };
  let site: ConnectedSite;
  /** What was opened, to be closed however far that came. */
  const open: { close(): Promise<void> }[] = [];
  let token: string;

  beforeAll(async () => {
    checkBuild();
    processes = await openProcesses();
    open.push(processes);
    program = await processes.start('Workers', 'start', '--workers', '2');
    site = await startConnectedSite(processes.store, { hubUrl: program.url });
    open.push(site);
    const subject = { kind: 'person', siteId: site.siteId, userId: 1 } as const;
    token = (await createToken(processes.store, { subject, scopes: ['*'], expiresAt: null, label: 'workers' })).token;
  }, 600_000);
  afterAll(async () => {
    for (const one of open.reverse()) await one.close();
  }, 120_000);

  /** A connection of its own each time: they go to the workers in turn. */
  const fresh = (path: string, init: RequestInit = {}): Promise<Response> => fetch(path.startsWith('http') ? path : `${program.url}${path}`, { ...init, headers: { ...init.headers, connection: 'close' } });

  it('believe a signed request once, whichever of them it reaches', async () => {
    const other = await addTestSite(processes.store, nextSiteId());
    const url = `${program.url}/wpcom/v2/sites/${other.id}/jetpack-sync-actions?sync=1&codec=deflate-json-array&timestamp=1&queue=sync&timeout=30`;
    const body = Buffer.alloc(0);
    const authorization = signRequest({ token: other.blogToken, userId: 0, method: 'POST', url, body, bodyHashKind: 'jsonl', nowMs: Date.now() });
    const answers = await Promise.all(Array.from({ length: 8 }, () => fresh(url, { method: 'POST', headers: { authorization }, body })));
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(await Promise.all(answers.map(async (answer) => (answer.status === 200 ? '' : ((await answer.json()) as { code: string }).code))))).toEqual(new Set(['', 'invalid_nonce']));
  });

  it('take in what a site sends, and answer with the metrics of all', async () => {
    site.double.edit.savePost({ post_title: 'For any worker', post_status: 'publish' });
    await site.sync();
    const items = async (): Promise<number> => Number(/^sitegraph_sync_items_total (\d+)/m.exec(await (await fresh('/metrics')).text())?.[1]);
    const told = [await items(), await items(), await items(), await items()];
    expect(told[0]).toBeGreaterThan(1);
    expect(new Set(told).size).toBe(1);
  });

  it('receive one file by pieces that each reach another worker, and send it on', async () => {
    const bytes = randomBytes(400_000);
    const { mediaUploadCreate } = await askGraph<{ mediaUploadCreate: { upload: { id: string }; uploadUrl: string; userErrors: unknown[] } }>(
      program.url, token, ANNOUNCE, { input: { siteId: encodeSiteId(site.siteId), filename: 'pieces.jpg', mimeType: 'image/jpeg', bytes: bytes.length, idempotencyKey: 'pieces' } });
    expect(mediaUploadCreate.userErrors).toEqual([]);
    const { uploadUrl, upload: { id } } = mediaUploadCreate;
    const piece = (from: number): Promise<Response> => fresh(uploadUrl, {
      method: 'PATCH', body: bytes.subarray(from, from + 100_000), headers: { 'tus-resumable': '1.0.0', 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' },
    });
    // The same piece twice at once: one of them writes it, the other one finds that it is there.
    expect((await Promise.all([piece(0), piece(0)])).map(({ status }) => status).sort()).toEqual([204, 409]);
    for (const from of [100_000, 200_000, 300_000]) expect((await piece(from)).status).toBe(204);
    let upload: { state: string; media: { title: string } | null; userErrors: unknown[] };
    do {
      await pause(100);
      upload = (await askGraph<{ mediaUpload: typeof upload }>(program.url, token, UPLOAD, { id })).mediaUpload;
    } while (upload.state === 'OPEN' || upload.state === 'SENDING');
    expect(upload).toEqual({ state: 'DONE', media: { title: 'pieces' }, userErrors: [] });
    const files = site.double.tables.posts.all().filter((post) => post.post_type === 'attachment' && post.post_title === 'pieces');
    expect(files).toHaveLength(1);
  });

  it('leave runs to the process of the jobs', async () => {
    const { siteResync } = await askGraph<{ siteResync: { run: { id: string }; userErrors: unknown[] } }>(program.url, token, RESYNC, { input: { siteId: encodeSiteId(site.siteId), mode: 'VERIFY', idempotencyKey: 'verify' } });
    expect(siteResync.userErrors).toEqual([]);
    let state: string | undefined;
    do {
      await pause(200);
      state = (await askGraph<{ site: { sync: { runs: { id: string; state: string }[] } } }>(program.url, token, RUNS, { id: encodeSiteId(site.siteId) })).site.sync.runs.find(({ id }) => id === siteResync.run.id)?.state;
    } while (state === 'QUEUED' || state === 'RUNNING');
    expect(state).toBe('DONE');
  }, 180_000);

  it('go on answering while one is killed, which another replaces, and end when they are asked to', async () => {
    const children = processes.installation.childrenOf(program);
    expect(children).toHaveLength(3);
    const [first = 0] = children;
    process.kill(first, 'SIGKILL');
    let now: number[];
    let answered = 0;
    do {
      // A connection that was handed to the process in the moment of its death is answered by nobody; those after it are.
      answered += await fresh('/readyz', { signal: AbortSignal.timeout(5_000) }).then(({ status }) => (status === 200 ? 1 : 0), () => 0);
      await pause(100);
      now = processes.installation.childrenOf(program);
    } while (now.length < 3 || now.includes(first) || answered < 10);
    expect(await program.end('SIGTERM')).toBe(0);
    expect(now.filter((pid) => isAlive(pid))).toEqual([]);
  }, 300_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
