// The server as it is started, a double of a stock site, and a person's browser: connect from both sides, approve, sync, disconnect.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../bin/config.js';
import { askRunningServer } from '../../../bin/running-server.js';
import { serveAll, type RunningServer } from '../../../bin/serve.js';
import type { AdminCommand } from '../../../bin/administration.js';
import { readFileSync } from 'node:fs';
import type { SiteId } from '../../../core/ids.js';
import { openBrowser } from '../../accounts/browser.js';
import { makeAccount, PASSWORD } from '../../accounts/kit.js';
import { startSiteDouble, type SiteDouble } from '../../testkit/site-double/index.js';
import { storedTerms } from '../http-site.js';
import { storedSites } from './hub.js';

describe('the server as it is started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sitegraph-connection-'));
  const sites: SiteDouble[] = [];
  let server: RunningServer;

  beforeAll(async () => {
    server = await serveAll(readConfig({ PORT: '0', SITEGRAPH_DATA_DIR: folder, LOG_LEVEL: 'silent', SITEGRAPH_DEMO: 'off', SITEGRAPH_REGISTRATION: 'invite' }));
  });
  afterAll(async () => {
    await Promise.all(sites.map((site) => site.close()));
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const startSite = async (hubUrl = server.url): Promise<SiteDouble> => {
    const site = await startSiteDouble({ hubUrl, drive: 'manual' });
    sites.push(site);
    return site;
  };
  const { pid } = process;
  const command = async (asked: AdminCommand): Promise<Readonly<Record<string, unknown>>> => {
    const file = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as { url: string; key: string };
    return (await askRunningServer({ ...file, pid }, asked)).result as Record<string, unknown>;
  };

  it('connects a site that the operator asks it to, syncs it and disconnects it', async () => {
    const site = await startSite();
    expect(await command({ name: 'site.connect', url: site.url, user: 'maria' })).toMatchObject({ url: site.url, userId: 1, kind: 'jetpack' });
    site.edit.saveTerm({ taxonomy: 'category', name: 'Lanterns' });
    expect(await site.drainNow()).toMatchObject({ ok: true });
    expect([...(await storedTerms(server.store, site.connection.blogId as SiteId)).values()]).toContain('Lanterns');
    expect(await command({ name: 'site.disconnect', site: site.url })).toMatchObject({ isSiteTold: true });
    expect(site.connection.blogToken).toBeNull();
  });

  it('takes an invited site, and a person of it who approves in their browser', async () => {
    const { code } = await command({ name: 'site.invite', url: null, expiresAt: new Date(Date.now() + 60_000).toISOString() });
    const site = await startSite(`${server.url}/i/${String(code)}`);
    expect(await site.register({ user: 1 })).toMatchObject({ ok: true });
    const { login } = await makeAccount(server.store);
    const browser = openBrowser(server.url);
    const address = site.authorizeUrl(1).slice(server.url.length);
    await browser.open(address);
    await browser.submit('/sign-in', { login, password: PASSWORD });
    expect(browser.page.text).toContain('maria');
    await browser.submit('/jetpack.authorize/1/', { decision: 'approve' });
    const away = browser.page.url;
    expect(away.startsWith(`${site.url}/wp-admin/`)).toBe(true);
    expect(await site.visitRedirect(away, 1)).toEqual({ ok: true, value: 'authorized' });
    expect(await storedSites(server.store, site.url)).toMatchObject([{ owner: 1, users: [1] }]);
  });
});
