// The server as it is started: a site, the graph over HTTP, and the command line drive its sync to the end, verification included.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administer } from '../../bin/administration.js';
import { readConfig } from '../../bin/config.js';
import { serveAll } from '../../bin/serve.js';
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { createToken } from '../../store/tokens.js';
import { latestRuns } from '../../store/sync-runs.js';
import { follow } from '../sync/drive/drive-kit.js';
import { startSiteDouble, type SiteDouble } from '../testkit/site-double/index.js';
import { addLocalSite, nextSiteId } from '../testkit/store.js';

const BLOG_TOKEN = 'bkwholeEXAMPLEblogTokenKey012345.bs0EXAMPLEblogTokenSecret9876543';

let folder: string;
let server: Awaited<ReturnType<typeof serveAll>>;
let double: SiteDouble;
let siteId: SiteId;
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sitegraph-jobs-'));
  server = await serveAll(readConfig({ SITEGRAPH_DATA_DIR: folder, PORT: '0', SITEGRAPH_DEMO: 'off', LOG_LEVEL: 'silent' }));
  siteId = nextSiteId();
  double = await startSiteDouble({ hubUrl: server.url });
  await addLocalSite(server.store, { id: siteId, url: double.url, blogToken: BLOG_TOKEN });
  double.adopt({ blogId: siteId, blogToken: BLOG_TOKEN });
  double.addPosts(40, { comments: 1 });
  ({ token } = await createToken(server.store, { subject: { kind: 'operator' }, scopes: ['*'], expiresAt: null, label: 'test' }));
});
afterAll(async () => {
  await double.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(query: string, variables: Record<string, unknown>, bearer: string | null = token): Promise<{ data: T; errors?: { extensions: { code: string } }[] }> {
  const headers = { 'content-type': 'application/json', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) };
  return (await (await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })).json()) as never;
}

const RESYNC = 'mutation ($input: SiteResyncInput!) { siteResync(input: $input) { run { id state } userErrors { code } } }';

describe('the server', () => {
  it('does a full sync that the graph asks for, verifies it, and tells the site the verdict', async () => {
    const input = { siteId: encodeSiteId(siteId), mode: 'FULL', idempotencyKey: 'whole' };
    const { data } = await ask<{ siteResync: { run: { id: string }; userErrors: unknown[] } }>(RESYNC, { input });
    expect(data.siteResync.userErrors).toEqual([]);
    const [asked] = await latestRuns(server.store.database, [siteId], 1);
    if (!asked) throw new Error('no run was asked for');
    expect((await follow(server.store, asked)).state).toBe('DONE');
    await expect.poll(async () => (await latestRuns(server.store.database, [siteId], 5)).find(({ kind }) => kind === 'VERIFY')?.state, { timeout: 60_000 }).toBe('DONE');
    await expect.poll(() => double.calls.filter((call) => call.route === 'jetpack/v4/sync/health').length, { timeout: 20_000 }).toBe(1);
    expect(double.state.health.status).toBe('in_sync');
    const status = await ask<{ site: { freshness: { verifiedAt: string | null }; sync: { state: string; checksum: { rows: number; driftedRows: number } } } }>('query ($id: ID!) { site(id: $id) { freshness { verifiedAt } sync { state checksum { rows driftedRows } } } }', { id: encodeSiteId(siteId) });
    expect(status.data.site.sync.state).toBe('HEALTHY');
    expect(Date.now() - Date.parse(status.data.site.freshness.verifiedAt ?? '')).toBeLessThan(120_000);
    expect(status.data.site.sync.checksum.driftedRows).toBe(0);
    expect(status.data.site.sync.checksum.rows).toBeGreaterThan(80);
  }, 120_000);

  it('refuses siteResync without the scope, at the gateway', async () => {
    const { token: weak } = await createToken(server.store, { subject: { kind: 'operator' }, scopes: ['sync:read'], expiresAt: null, label: 'weak' });
    for (const bearer of [weak, null]) {
      const answer = await ask<{ siteResync: null } | null>(RESYNC, { input: { siteId: encodeSiteId(siteId), mode: 'FULL', idempotencyKey: 'weak' } }, bearer);
      expect(answer.errors).toHaveLength(1);
      expect(['FORBIDDEN', 'UNAUTHENTICATED']).toContain(answer.errors?.[0]?.extensions.code);
    }
    expect((await latestRuns(server.store.database, [siteId], 50)).filter(({ idempotencyKey }) => idempotencyKey?.endsWith(':weak'))).toHaveLength(0);
  });

  it('shows and drives the sync by commands', async () => {
    const tools = { client: server.siteClient, registration: 'closed' as const };
    const command = (name: 'sync.status' | 'sync.settings' | 'sync.unlock') =>
      administer(server.store, tools, name === 'sync.settings' ? { name, site: String(siteId), dedicated: true } : { name, site: String(siteId) });
    const [shown] = (await command('sync.status')).result as { findings: unknown[]; runs: { kind: string }[] }[];
    expect([shown?.findings, shown?.runs.map(({ kind }) => kind)]).toEqual([[], ['VERIFY', 'FULL']]);
    expect((await command('sync.settings')).result).toMatchObject({ written: ['dedicated_sync_enabled'], refused: [] });
    expect(double.state.settings.number('dedicated_sync_enabled')).toBe(1);
    expect((await command('sync.unlock')).result).toMatchObject({ hadQueueLock: false });
    await expect(administer(server.store, tools, { name: 'sync.request', site: String(siteId), kind: 'FULL', modules: ['menus'] })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
