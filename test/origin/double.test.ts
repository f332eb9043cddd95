// Our calls against the double of a stock site, which was written from the protocol reference apart from them.
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../core/log.js';
import { packagePath } from '../../core/package-root.js';
import type { SiteId } from '../../core/ids.js';
import { readCore, updateCore } from '../../origin/operations/core.js';
import { deletePlugin, installPlugin, listPlugins, readPlugin, setPlugin, updatePlugin } from '../../origin/operations/plugins.js';
import { listThemes, switchTheme } from '../../origin/operations/themes.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { findCallTarget } from '../../store/site-calls.js';
import type { Store } from '../../store/store.js';
import { addLocalSite, nextSiteId, openTestStore } from '../testkit/store.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from '../testkit/site-double/index.js';
import { createClient, openFindings, SITE, USER } from './origin-kit.js';

const STATUS = { as: SITE, method: 'GET', route: 'jetpack/v4/sync/status' } as const;
const tls = (name: string): string => readFileSync(packagePath('test', 'fixtures', 'tls', name), 'utf8');

let store: Store;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  store = await openTestStore();
});

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: Partial<SiteDoubleOptions> = {}): Promise<{ double: SiteDouble; siteId: SiteId; client: SiteClient }> {
  const double = await startSiteDouble({ hubUrl: 'http://127.0.0.1:9', drive: 'manual', ...options });
  const siteId = nextSiteId();
  const [blogToken, userToken] = [`blog${siteId}.secret${siteId}`, `user${siteId}.usersecret${siteId}`];
  double.adopt({ blogId: siteId, blogToken, userTokens: { 1: userToken }, masterUser: 1 });
  await addLocalSite(store, { id: siteId, url: double.url, blogToken, userTokens: [`${userToken}.1`] });
  const client = createClient(store, { lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]), ca: tls('ca.pem') });
  open.push(client, double);
  return { double, siteId, client };
}

describe('a call to a stock site', () => {
  it.each<[string, Partial<SiteDoubleOptions>, { apiStyle: string; signingPort: number | null }]>([
    ['on a port of its own', {}, { apiStyle: 'wp-json', signingPort: null }],
    ['with plain permalinks', { prettyPermalinks: false }, { apiStyle: 'rest_route', signingPort: null }],
    ['in a folder', { url: (port) => `http://127.0.0.1:${port}/blog` }, { apiStyle: 'wp-json', signingPort: null }],
    ['in a folder with plain permalinks', { url: (port) => `http://127.0.0.1:${port}/blog`, prettyPermalinks: false }, { apiStyle: 'rest_route', signingPort: null }],
    ['behind a port mapping', { serverPort: 80 }, { apiStyle: 'wp-json', signingPort: 80 }],
    ['with TLS', { url: (port) => `https://shop.example:${port}`, tls: { key: tls('shop.key'), cert: tls('shop.pem') } }, { apiStyle: 'wp-json', signingPort: null }],
  ])('is believed %s: a read, a write, XML-RPC and an operation', async (_where, options, learned) => {
    const { double, siteId, client } = await start(options);
    expect(await client.rest(siteId, STATUS)).toMatchObject({ status: 200, error: null });
    expect((await findCallTarget(store, siteId, null))?.target).toMatchObject(learned);
    expect(await client.rest(siteId, { as: SITE, method: 'POST', route: 'jetpack/v4/sync/settings', json: { sync_wait_time: 7 } })).toMatchObject({ status: 200, error: null });
    expect(await client.rest(siteId, { as: SITE, method: 'DELETE', route: 'jetpack/v4/sync/locks' })).toMatchObject({ status: 200, body: { success: true } });
    expect(await client.xmlRpc(siteId, { as: SITE, method: 'jetpack.testConnection', params: [] })).toMatchObject({ body: '16.1.2' });
    expect((await listPlugins({ client, store, log: createLog('silent') }, { siteId, as: SITE })).kind).toBe('answer');
    const firstBelieved = double.calls.findIndex(({ refusal, status }) => refusal === null && status === 200);
    expect(double.calls.slice(firstBelieved).map(({ refusal }) => refusal)).toEqual(double.calls.slice(firstBelieved).map(() => null));
    expect(await openFindings(store, siteId)).toEqual([]);
  });

  it('is made as the person whose token signs it', async () => {
    const { double, siteId, client } = await start();
    expect(await client.rest(siteId, { ...STATUS, as: USER })).toMatchObject({ status: 200, error: null });
    expect(await client.rest(siteId, STATUS)).toMatchObject({ status: 200, error: null });
    expect(double.calls.map(({ as }) => as)).toEqual([1, 'site']);
  });

  it('finds out that the tokens are no longer those of the site', async () => {
    const { double, siteId, client } = await start();
    double.adopt({ blogId: siteId, blogToken: 'another.token' });
    expect(await client.rest(siteId, STATUS)).toMatchObject({ code: 'signature', wasSent: false });
    expect(await openFindings(store, siteId)).toEqual(['signature']);
  });

  it('finds out that the clocks differ by the Date of the refusal', async () => {
    const { siteId } = await start();
    const early = createClient(store, { clock: () => Date.now() + 3_600_000 });
    open.push(early);
    expect(await early.rest(siteId, STATUS)).toMatchObject({ code: 'clock', wasSent: false, message: expect.stringMatching(/36\d\d s behind/) as string });
    expect(await openFindings(store, siteId)).toEqual(['clock']);
  });

  it('tells of a write whose answer was lost that it may have acted, and sends it once', async () => {
    const { double, siteId, client } = await start();
    await client.rest(siteId, STATUS);
    double.failNext('jetpack/v4/sync/settings', { kind: 'lose-answer' });
    expect(await client.rest(siteId, { as: SITE, method: 'POST', route: 'jetpack/v4/sync/settings', json: { sync_wait_time: 9 } })).toMatchObject({ code: 'unreachable', wasSent: true });
    expect(double.calls.filter(({ route }) => route === 'jetpack/v4/sync/settings')).toHaveLength(1);
  });
});

describe('the operations of a stock site', () => {
  it('manage plugins, themes and WordPress, as the site or as a person', async () => {
    const { siteId, client } = await start();
    const context = { client, store, log: createLog('silent') };
    const [site, person] = [{ siteId, as: SITE }, { siteId, as: USER }];
    expect(await installPlugin(context, site, 'classic-editor')).toMatchObject({ error: null, body: { id: 'classic-editor/classic-editor', active: false } });
    expect(await installPlugin(context, site, 'classic-editor')).toMatchObject({ status: 400, body: null, error: { code: 'plugin_already_installed' } });
    expect(await setPlugin(context, person, 'classic-editor/classic-editor', { active: true, autoupdate: true })).toMatchObject({ body: { active: true, autoupdate: true } });
    expect(await deletePlugin(context, person, 'classic-editor/classic-editor')).toMatchObject({ status: 400, error: { code: 'delete_plugin_error' } });
    expect(await setPlugin(context, site, 'classic-editor/classic-editor', { active: false })).toMatchObject({ body: { active: false } });
    expect(await updatePlugin(context, site, 'classic-editor/classic-editor')).toMatchObject({ error: null });
    expect(await deletePlugin(context, person, 'classic-editor/classic-editor')).toMatchObject({ error: null });
    expect(await readPlugin(context, site, 'classic-editor/classic-editor')).toMatchObject({ status: 404, error: { code: 'unknown_plugin' } });
    const themes = await listThemes(context, site);
    const other = themes.kind === 'answer' ? themes.body?.find((theme) => !theme.active) : undefined;
    expect(await switchTheme(context, person, other?.id ?? 'missing')).toMatchObject(other ? { body: { id: other.id, active: true } } : { status: 404 });
    expect(await readCore(context, site)).toMatchObject({ status: 403, error: { code: 'unauthorized' } });
    expect(await updateCore(context, person, '7.1.9')).toMatchObject({ error: null, body: { isDone: true } });
    expect(await updateCore(context, site, null)).toMatchObject({ status: 403, error: { code: 'unauthorized' } });
  });
});
