// The whole life of a stock site with the server as it is started, over real HTTP in both directions: it registers, a person approves in
// a browser, everything comes, edits follow, what was lost is found and brought back, and the site leaves.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../bin/config.js';
import { serveAll } from '../../bin/serve.js';
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { latestRuns, type SyncRunRow } from '../../store/sync-runs.js';
import { createToken } from '../../store/tokens.js';
import { openBrowser } from '../accounts/browser.js';
import { makeAccount, PASSWORD } from '../accounts/kit.js';
import { storedSites } from '../sync/connection/hub.js';
import { startSiteDouble, type SiteDouble } from '../testkit/site-double/index.js';
import { addComment } from '../testkit/site-double/tables.js';

const POSTS = 60;
const SPAM = 4;
const WAIT = { timeout: 180_000, interval: 100 };

let folder: string;
let server: Awaited<ReturnType<typeof serveAll>>;
let site: SiteDouble;
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sitegraph-life-'));
  server = await serveAll(readConfig({ SITEGRAPH_DATA_DIR: folder, PORT: '0', SITEGRAPH_DEMO: 'off', LOG_LEVEL: 'silent', SITEGRAPH_REGISTRATION: 'open' }));
  site = await startSiteDouble({ hubUrl: server.url });
  const [post] = site.addPosts(POSTS, { comments: 1 });
  for (let index = 0; index < SPAM; index += 1) addComment(site.tables, post?.ID ?? 0, Date.now() - 86_400_000, { comment_approved: 'spam' });
  ({ token } = await createToken(server.store, { subject: { kind: 'operator' }, scopes: ['*'], expiresAt: null, label: 'test' }));
}, 300_000);
afterAll(async () => {
  await site.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
  const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await response.json()) as { data: T; errors?: unknown[] };
  expect(errors ?? []).toEqual([]);
  return data;
}

const siteId = (): SiteId => site.connection.blogId as SiteId;
const runs = (): Promise<SyncRunRow[]> => latestRuns(server.store.database, [siteId()], 10);
/** Waits until every run of the site is over, and the last one is of this kind. */
const ended = (kind: string): Promise<void> =>
  expect.poll(async () => (await runs()).map((run) => (run.finishedAt === null ? 'under way' : `${run.kind} ${run.state}`)), WAIT).toSatisfy((states: string[]) => states[0] === `${kind} DONE` && !states.includes('under way'));
const count = async (table: string, where: string): Promise<number> =>
  (await server.store.database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE site_id = $1 AND alive AND ${where}`, [siteId()]))[0]?.n ?? 0;

interface Resync {
  readonly siteResync: { readonly run: { readonly id: string; readonly state: string } | null; readonly userErrors: readonly { readonly code: string }[] };
}
const resync = async (mode: string, idempotencyKey: string): Promise<Resync['siteResync']> =>
  (await ask<Resync>('mutation ($input: SiteResyncInput!) { siteResync(input: $input) { run { id state } userErrors { code } } }', { input: { siteId: encodeSiteId(siteId()), mode, idempotencyKey } })).siteResync;

interface Seen {
  readonly site: { readonly name: string; readonly posts: { readonly nodes: readonly { readonly title: string }[] }; readonly sync: { readonly state: string; readonly checksum: { readonly driftedRows: number; readonly repairedRows: number } | null } };
}
const look = async (search: string | null): Promise<Seen['site']> =>
  (await ask<Seen>('query ($id: ID!, $search: String) { site(id: $id) { name posts(first: 5, filter: { search: $search }) { nodes { title } } sync { state checksum { driftedRows repairedRows } } } }', { id: encodeSiteId(siteId()), search })).site;

describe('a stock site', () => {
  it('registers, is approved, comes whole, stays in step, is healed and leaves', async () => {
    // It registers, and is called back meanwhile.
    expect(await site.register({ user: 1 })).toMatchObject({ ok: true });
    expect(site.calls.map((call) => call.route)).toContain('jetpack/v4/verify_registration');

    // A person of it approves in their browser.
    const { login } = await makeAccount(server.store);
    const browser = openBrowser(server.url);
    await browser.open(site.authorizeUrl(1).slice(server.url.length));
    await browser.submit('/sign-in', { login, password: PASSWORD });
    await browser.submit('/jetpack.authorize/1/', { decision: 'approve' });
    expect(await site.visitRedirect(browser.page.url, 1)).toEqual({ ok: true, value: 'authorized' });
    expect(await storedSites(server.store, site.url)).toMatchObject([{ owner: 1, users: [1], hasToken: true }]);

    // Everything comes by itself: the full sync, its verification, and the repair that brings what no full sync tells.
    await ended('REPAIR');
    expect((await runs()).map((run) => run.kind)).toEqual(['REPAIR', 'VERIFY', 'FULL']);
    expect(await count('post', `type = 'post'`)).toBe(POSTS);
    expect(await count('comment', `status = 'spam'`)).toBe(SPAM);
    expect(await count('site_user', 'true')).toBe(4);
    expect(site.state.health.status).toBe('in_sync');
    expect((await look(null)).sync).toMatchObject({ state: 'HEALTHY' });

    // An edit follows.
    site.edit.savePost({ post_title: 'A quay of one’s own' });
    expect(await site.drainNow()).toMatchObject({ ok: true });
    expect((await look('quay of one')).posts.nodes).toEqual([{ title: 'A quay of one’s own' }]);

    // What was lost on the way is found, asked for once however often the key comes.
    const [lost = 0, edited = 0] = site.tables.posts.ids();
    await server.store.database.query('DELETE FROM post WHERE site_id = $1 AND id = $2', [siteId(), lost]);
    site.tables.posts.get(edited)!.post_title = 'Edited in the database';
    const asked = await resync('VERIFY', 'find');
    expect(asked.userErrors).toEqual([]);
    expect((await resync('VERIFY', 'find')).run?.id).toBe(asked.run?.id);
    await ended('VERIFY');
    expect((await resync('VERIFY', 'find')).run).toMatchObject({ id: asked.run?.id, state: 'DONE' });
    expect((await runs()).filter((run) => run.kind === 'VERIFY')).toHaveLength(2);
    // Two posts, and the meta of the one that is lost.
    expect((await look(null)).sync).toEqual({ state: 'DRIFTED', checksum: { driftedRows: 3, repairedRows: 0 } });
    expect(site.state.health.status).toBe('out_of_sync');

    // And brought back.
    expect((await resync('REPAIR', 'heal')).userErrors).toEqual([]);
    await ended('REPAIR');
    expect(await count('post', `id IN (${lost}, ${edited})`)).toBe(2);
    expect((await look('Edited in the database')).posts.nodes).toEqual([{ title: 'Edited in the database' }]);
    expect((await look(null)).sync).toEqual({ state: 'HEALTHY', checksum: { driftedRows: 2, repairedRows: 2 } });
    expect(site.state.health.status).toBe('in_sync');

    // It leaves: nothing is asked of it any more, and nothing it sends with the old token is taken.
    const { blogId, blogToken } = site.connection;
    const id = encodeSiteId(siteId());
    await site.disconnect({ user: 1 });
    expect(await storedSites(server.store, site.url)).toMatchObject([{ hasToken: false, isDisconnected: true, users: [] }]);
    const refused = (await ask<Resync>('mutation ($input: SiteResyncInput!) { siteResync(input: $input) { run { id state } userErrors { code } } }', { input: { siteId: id, mode: 'FULL', idempotencyKey: 'late' } })).siteResync;
    expect(refused).toEqual({ run: null, userErrors: [{ code: 'SITE_UNREACHABLE' }] });
    site.adopt({ blogId: blogId ?? 0, blogToken: blogToken ?? '' });
    site.edit.savePost({ post_title: 'Too late' });
    expect(await site.drainNow()).toMatchObject({ ok: false });
    expect(await count('post', `title = 'Too late'`)).toBe(0);
  }, 600_000);
});
