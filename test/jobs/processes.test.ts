// Gateway, each subgraph, sync and jobs as processes of their own: what comes in by one is read through another, and what is written or
// asked through the gateway is there at once, or done where jobs are done.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../core/ids.js';
import { createToken } from '../../store/tokens.js';
import { SUBGRAPH_NAMES } from '../../subgraphs/shared/context.js';
import { checkBuild } from '../e2e/program.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { askGraph, openProcesses, SERVER, type Processes } from './processes-kit.js';

const UPDATE = 'mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { content { title version } write { state } userErrors { code message } } }';
const READ = 'query($id: ID!) { node(id: $id) { ... on Post { title version } } }';
const RESYNC = 'mutation($input: SiteResyncInput!) { siteResync(input: $input) { run { id state } userErrors { code message } } }';
const RUNS = 'query($id: ID!) { site(id: $id) { sync { runs { id kind state errorCode } } } }';

describe.skipIf(SERVER === undefined)('gateway, subgraphs, sync and jobs as processes of their own', () => {
  let processes: Processes;
  let site: ConnectedSite;
  /** What was opened, to be closed however far that came. */
  const open: { close(): Promise<void> }[] = [];
  let gateway: string;
  let token: string;

  beforeAll(async () => {
    checkBuild();
    processes = await openProcesses();
    open.push(processes);
    const [sync, , ...subgraphs] = await Promise.all([
      processes.start('listened to at http', 'sync', 'serve'),
      processes.start('are at work', 'jobs'),
      ...SUBGRAPH_NAMES.map((name) => processes.start('/graphql', 'subgraph', name)),
    ]);
    gateway = (await processes.start('/graphql', 'gateway', ...SUBGRAPH_NAMES.flatMap((name, index) => ['--subgraph', `${name}=${subgraphs[index]?.url}`]))).url;
    site = await startConnectedSite(processes.store, { hubUrl: sync.url });
    open.push(site);
    const subject = { kind: 'person', siteId: site.siteId, userId: 1 } as const;
    token = (await createToken(processes.store, { subject, scopes: ['*'], expiresAt: null, label: 'processes' })).token;
  }, 600_000);
  afterAll(async () => {
    for (const one of open.reverse()) await one.close();
  }, 120_000);

  it('show what a site sends to sync in the graph of the gateway', async () => {
    const post = site.double.edit.savePost({ post_title: 'Sent to another process', post_status: 'publish' });
    await site.sync();
    const { node } = await askGraph<{ node: { title: string } }>(gateway, token, READ, { id: encodeGlobalId(site.siteId, 'Post', post.ID) });
    expect(node.title).toBe('Sent to another process');
  });

  it('show a write to whoever wrote it, in the read that follows, fifty times', async () => {
    const post = site.double.edit.savePost({ post_title: 'Before', post_status: 'publish', post_author: 1 });
    await site.sync();
    const id = encodeGlobalId(site.siteId, 'Post', post.ID);
    for (let count = 0; count < 50; count += 1) {
      const title = `Written ${count}`;
      const { contentUpdate } = await askGraph<{ contentUpdate: { content: { version: string }; write: { state: string }; userErrors: unknown[] } }>(
        gateway, token, UPDATE, { input: { id, idempotencyKey: `write-${count}`, fields: { title } } });
      expect(contentUpdate.userErrors).toEqual([]);
      expect(contentUpdate.write.state).toBe('APPLIED');
      const { node } = await askGraph<{ node: { title: string; version: string } }>(gateway, token, READ, { id });
      expect(node).toEqual({ title, version: contentUpdate.content.version });
    }
    expect(site.double.tables.posts.all().find(({ ID }) => ID === post.ID)?.post_title).toBe('Written 49');
  });

  it('do what siteResync asks for through a subgraph in the process of the jobs, and tell through the gateway how it went', async () => {
    await site.sync();
    const { siteResync } = await askGraph<{ siteResync: { run: { id: string }; userErrors: unknown[] } }>(gateway, token, RESYNC, { input: { siteId: encodeSiteId(site.siteId), mode: 'VERIFY', idempotencyKey: 'verify' } });
    expect(siteResync.userErrors).toEqual([]);
    let run: { id: string; kind: string; state: string; errorCode: string | null } | undefined;
    do {
      await new Promise((resolve) => setTimeout(resolve, 200));
      run = (await askGraph<{ site: { sync: { runs: (typeof run & object)[] } } }>(gateway, token, RUNS, { id: encodeSiteId(site.siteId) })).site.sync.runs.find(({ id }) => id === siteResync.run.id);
    } while (run?.state === 'QUEUED' || run?.state === 'RUNNING');
    expect(run).toMatchObject({ kind: 'VERIFY', state: 'DONE', errorCode: null });
  }, 180_000);

  it('serve people at the gateway: the sign-in page and, without a session, the way to it', async () => {
    expect((await fetch(`${gateway}/sign-in`)).status).toBe(200);
    const console = await fetch(`${gateway}/`, { redirect: 'manual', headers: { accept: 'text/html' } });
    expect([console.status, console.headers.get('location')?.startsWith('/sign-in')]).toEqual([expect.toSatisfy((status: number) => status === 302 || status === 303), true]);
  });
});
