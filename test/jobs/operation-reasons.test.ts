// Each action of an operation against each thing that the site itself may say, which the store here does not know yet: every cell of the table
// is a site of its own. What plans say from the store is in test/subgraphs/extensions.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, SettingKind } from '../../core/changes.js';
import type { OperationAction } from '../../core/extension-reasons.js';
import { createLog } from '../../core/log.js';
import { startJobs, type Jobs } from '../../jobs/start-jobs.js';
import { createSiteClient } from '../../origin/site-client.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { applyBatch } from '../../store/apply/apply.js';
import type { Store } from '../../store/store.js';
import { createPackageDesk } from '../../bin/package-desk.js';
import { ACCOUNT_ID } from '../testkit/ask.js';
import { endingsOf, operateOn, type WantedTarget } from '../testkit/operations.js';
import { startDirectory, zipOfTheme, type TestDirectory } from '../testkit/plugin-zips.js';
import type { Call, Fault } from '../testkit/site-double/faults.js';
import { openTestStore } from '../testkit/store.js';
import { startFleetSite, TIDELINE, type FleetSite } from './fleet-kit.js';

let store: Store;
let client: SiteClient;
let directory: TestDirectory;
let jobs: Jobs;

beforeAll(async () => {
  store = await openTestStore();
  client = createSiteClient({ store, log: createLog('silent'), allowPrivateOrigins: true });
  directory = await startDirectory();
  jobs = await startJobs({
    store, client, log: createLog('silent'), runners: {}, schedules: false, dispatchMs: 50,
    fleet: { downloadsUrl: directory.url, times: { callMs: 30_000, graceMs: 200, pauseMs: 50, pageMs: 30_000 } },
  });
}, 120_000);
afterAll(async () => {
  await jobs.close();
  await client.close();
  await directory.close();
});

const OTHER = 'twentytwentyfour';
const SHOWN = 'twentytwentyfive';
const map = (site: FleetSite, name: string): Record<string, Record<string, unknown>> => site.double.tables.callables.get(name) as Record<string, Record<string, unknown>>;
const setTheme = (site: FleetSite, slug: string, theme: Record<string, unknown> | null): void => {
  const { [slug]: _was, ...others } = map(site, 'get_themes');
  site.double.tables.callables.set('get_themes', theme === null ? others : { ...others, [slug]: theme });
};
const setPlugin = (site: FleetSite, version: string | null): void => {
  const { [TIDELINE]: was, ...others } = map(site, 'get_plugins');
  site.double.tables.callables.set('get_plugins', version === null ? others : { ...others, [TIDELINE]: { ...was, Name: 'Tideline', Version: version } });
};
const setOption = (site: FleetSite, name: string, value: unknown): void => void site.double.tables.options.set(name, value);
const count = (site: FleetSite, name: 'wordpress' | 'translations', value: number): void => void site.double.tables.callables.set('updates', { ...map(site, 'updates'), [name]: value });

interface Scene {
  readonly action: OperationAction;
  readonly kind: 'PLUGIN' | 'THEME' | 'CORE' | 'TRANSLATION';
  readonly slug: string;
  readonly changesFiles: boolean;
  /** Makes it possible on the site. The store is told what the site says afterwards. */
  ready?(site: FleetSite): void;
  /** It is so on the site already, and the store has not heard. */
  already(site: FleetSite): void;
  /** It is not, or no longer, on the site; the store has not heard. Nothing can be missing of WordPress itself. */
  readonly missing: ((site: FleetSite) => void) | null;
  /** How the site is once it is done. */
  isDone(site: FleetSite): boolean;
}

const noPlugin = (site: FleetSite): void => setPlugin(site, null);
const noTheme = (site: FleetSite): void => setTheme(site, OTHER, null);
const inactive = (site: FleetSite): void => setOption(site, 'active_plugins', []);
const active = (site: FleetSite): void => setOption(site, 'active_plugins', [TIDELINE]);
const listed = (site: FleetSite, option: string): readonly string[] => (site.double.tables.options.get(option) as readonly string[] | undefined) ?? [];
const newTheme = (site: FleetSite): void => setOption(site, '_site_transient_update_themes', { response: { [OTHER]: { theme: OTHER, new_version: '9.0', package: 'https://downloads.example/theme.zip', requires: '6.6', requires_php: '7.4' } } });
const newCore = (site: FleetSite): void => {
  count(site, 'wordpress', 1);
  setOption(site, '_site_transient_update_core', { updates: [{ response: 'upgrade', version: '7.1.1', packages: { full: 'https://downloads.example/wordpress.zip' } }] });
};

const SCENES: readonly Scene[] = [
  { action: 'INSTALL', kind: 'PLUGIN', slug: 'tideline', changesFiles: true, ready: noPlugin, already: (site) => setPlugin(site, '1.0'), missing: null, isDone: (site) => site.version() === '1.0' },
  { action: 'ACTIVATE', kind: 'PLUGIN', slug: 'tideline', changesFiles: false, ready: inactive, already: active, missing: noPlugin, isDone: (site) => site.isActive() },
  { action: 'DEACTIVATE', kind: 'PLUGIN', slug: 'tideline', changesFiles: false, already: inactive, missing: noPlugin, isDone: (site) => !site.isActive() },
  { action: 'UPDATE', kind: 'PLUGIN', slug: 'tideline', changesFiles: true, already: (site) => setPlugin(site, '2.0'), missing: noPlugin, isDone: (site) => site.version() === '2.0' },
  { action: 'DELETE', kind: 'PLUGIN', slug: 'tideline', changesFiles: true, ready: inactive, already: active, missing: noPlugin, isDone: (site) => site.version() === undefined },
  { action: 'ENABLE_AUTO_UPDATE', kind: 'PLUGIN', slug: 'tideline', changesFiles: false, already: (site) => setOption(site, 'auto_update_plugins', [TIDELINE]), missing: noPlugin, isDone: (site) => listed(site, 'auto_update_plugins').includes(TIDELINE) },
  { action: 'DISABLE_AUTO_UPDATE', kind: 'PLUGIN', slug: 'tideline', changesFiles: false, ready: (site) => setOption(site, 'auto_update_plugins', [TIDELINE]), already: (site) => setOption(site, 'auto_update_plugins', []), missing: noPlugin, isDone: (site) => !listed(site, 'auto_update_plugins').includes(TIDELINE) },
  { action: 'INSTALL', kind: 'THEME', slug: 'dune', changesFiles: true, already: (site) => setTheme(site, 'dune', { Name: 'Dune', Version: '1.0' }), missing: null, isDone: (site) => map(site, 'get_themes')['dune'] !== undefined },
  { action: 'SWITCH_THEME', kind: 'THEME', slug: OTHER, changesFiles: false, already: (site) => setOption(site, 'stylesheet', OTHER), missing: noTheme, isDone: (site) => site.double.tables.options.get('stylesheet') === OTHER },
  { action: 'UPDATE', kind: 'THEME', slug: OTHER, changesFiles: true, ready: newTheme, already: (site) => setTheme(site, OTHER, { Name: 'Twenty Twenty-Four', Version: '9.0' }), missing: noTheme, isDone: (site) => map(site, 'get_themes')[OTHER]?.['Version'] === '9.0' },
  { action: 'DELETE', kind: 'THEME', slug: OTHER, changesFiles: true, already: (site) => setOption(site, 'stylesheet', OTHER), missing: noTheme, isDone: (site) => map(site, 'get_themes')[OTHER] === undefined },
  { action: 'ENABLE_AUTO_UPDATE', kind: 'THEME', slug: OTHER, changesFiles: false, already: (site) => setOption(site, 'auto_update_themes', [OTHER]), missing: noTheme, isDone: (site) => listed(site, 'auto_update_themes').includes(OTHER) },
  { action: 'DISABLE_AUTO_UPDATE', kind: 'THEME', slug: OTHER, changesFiles: false, ready: (site) => setOption(site, 'auto_update_themes', [OTHER]), already: (site) => setOption(site, 'auto_update_themes', []), missing: noTheme, isDone: (site) => !listed(site, 'auto_update_themes').includes(OTHER) },
  { action: 'UPDATE_CORE', kind: 'CORE', slug: 'wordpress', changesFiles: true, ready: newCore, already: (site) => {
      count(site, 'wordpress', 0);
      site.double.tables.callables.set('wp_version', '7.1.1');
    }, missing: null, isDone: (site) => site.double.tables.callables.get('wp_version') === '7.1.1' },
  { action: 'UPDATE_TRANSLATIONS', kind: 'TRANSLATION', slug: 'translations', changesFiles: true, ready: (site) => count(site, 'translations', 1), already: (site) => count(site, 'translations', 0), missing: null, isDone: (site) => map(site, 'updates')['translations'] === 0 as unknown },
];

/** A site that is ready for the scene, of which the store knows just that. */
async function siteOf(scene: Scene): Promise<FleetSite> {
  const site = await startFleetSite(store);
  scene.ready?.(site);
  const { callables, options } = site.double.tables;
  const told: readonly (readonly [SettingKind, string, unknown])[] = [
    ...['get_plugins', 'get_themes', 'updates'].map((name) => ['CALLABLE', name, callables.get(name)] as const), ...['active_plugins', 'stylesheet'].map((name) => ['OPTION', name, options.get(name)] as const),
    ['UPDATES', 'themes', options.get('_site_transient_update_themes')], ['UPDATES', 'core', options.get('_site_transient_update_core')],
  ];
  const rev = Date.UTC(2026, 0, 7) * 1_000;
  const changes = told.map(([settingKind, name, value]) => ({ kind: 'upsert' as const, entity: 'setting' as const, key: { settingKind, name }, rev, groups: { core: { value: (value ?? null) as Json, redacted: false } } }));
  await applyBatch(store, site.siteId, [{ key: 'ready', action: 'ready', rev, at: '2026-01-07T00:00:00Z', isImporting: false, actor: null, changes, audit: null, deadLetter: null }], new Date());
  return site;
}

/** What may be so on the site that the store has not heard of, and how the item ends then. */
function cellsOf(scene: Scene): readonly (readonly [what: string, put: (site: FleetSite) => void | Promise<void>, ending: readonly [string, string | null]])[] {
  const already = scene.action === 'INSTALL' ? ['FAILED', 'ALREADY_INSTALLED'] as const : scene.action === 'DELETE' ? ['FAILED', 'STILL_ACTIVE'] as const : ['SUCCEEDED', 'ALREADY_DONE'] as const;
  const { missing } = scene;
  return [
    ['nothing in the way', () => undefined, ['SUCCEEDED', null]],
    ['it is so already', scene.already, already],
    ...(missing ? [['it is not there', missing, ['FAILED', 'NOT_INSTALLED']] as const] : []),
    ['the person may not', (site) => void Object.assign(site.double.tables.users.get(1) ?? {}, { roles: ['subscriber'] }), ['FAILED', 'FORBIDDEN']],
    ['the person left', (site) => void site.double.connection.userTokens.delete(1), ['FAILED', 'NOT_CONNECTED']],
    ['files cannot be written', (site) => void site.double.tables.callables.set('has_file_system_write_access', false), scene.changesFiles ? ['FAILED', 'FILES_NOT_WRITABLE'] : ['SUCCEEDED', null]],
    ['it answers with a page', (site) => site.double.failNext(/^xmlrpc:/, { kind: 'garbage' }), ['FAILED', 'SITE_UNREACHABLE']],
    ['it is away', (site) => site.double.refuse(), ['FAILED', 'SITE_UNREACHABLE']],
  ];
}

describe.each(SCENES)('$action of a $kind', (scene) => {
  it('ends as the site itself says, and is called at most once', { timeout: 180_000 }, async () => {
    const cells = cellsOf(scene);
    const sites = await Promise.all(cells.map(() => siteOf(scene)));
    for (const [index, [, put]] of cells.entries()) await put(sites[index] as FleetSite);
    const targets = sites.map(({ siteId }): WantedTarget => ({ siteId, kind: scene.kind, slug: scene.slug }));
    const ended = await operateOn(store, scene.action, targets, { concurrency: 8 });
    expect(endingsOf(ended).map(([state, reason], index) => [cells[index]?.[0], state, reason])).toEqual(cells.map(([what, , [state, reason]]) => [what, state, reason]));
    for (const [index, [what, , [state, reason]]] of cells.entries()) {
      const site = sites[index] as FleetSite;
      const isDone = state === 'SUCCEEDED' || (reason === 'ALREADY_INSTALLED');
      if (what !== 'it is not there') expect([what, scene.isDone(site)]).toEqual([what, isDone]);
      expect(site.touches().length).toBeLessThanOrEqual(1);
      if (reason !== null && reason !== 'FILES_NOT_WRITABLE') expect([what, site.touches()]).toEqual([what, []]);
      await site.double.close();
    }
  });
});

it('names the versions where another one is installed, or offered, than was expected', async () => {
  const update = SCENES.find(({ action, kind }) => action === 'UPDATE' && kind === 'PLUGIN') as Scene;
  const [moved, other] = [await siteOf(update), await siteOf(update)];
  setPlugin(moved, '1.0.1');
  setOption(other, '_site_transient_update_plugins', { response: { [TIDELINE]: { slug: 'tideline', new_version: '3.0' } } });
  const ended = await operateOn(store, 'UPDATE', [{ siteId: moved.siteId, slug: 'tideline', expectedVersion: '1.0' }, { siteId: other.siteId, slug: 'tideline', version: '2.0' }]);
  expect(ended.items.map(({ state, reason, message }) => [state, reason, message])).toEqual([
    ['FAILED', 'VERSION_MISMATCH', 'version 1.0 was expected; 1.0.1 is installed'], ['FAILED', 'VERSION_MISMATCH', 'version 2.0 was planned; the site is offered 3.0'],
  ]);
  for (const site of [moved, other]) await site.double.close();
});

describe('a theme that breaks the page', () => {
  const on = (site: FleetSite, slug: string, more: object = {}): WantedTarget[] => [{ siteId: site.siteId, kind: 'THEME', slug, ...more }];

  it('is switched away from, or put back in its former version', { timeout: 120_000 }, async () => {
    const site = await siteOf(SCENES.find(({ action, kind }) => action === 'UPDATE' && kind === 'THEME') as Scene);
    site.double.state.code.brokenVersions.add(`${OTHER}@9.0`);
    const was = map(site, 'get_themes')[OTHER]?.['Version'];
    expect(endingsOf(await operateOn(store, 'SWITCH_THEME', on(site, OTHER)))).toEqual([['SUCCEEDED', null, null]]);
    expect(endingsOf(await operateOn(store, 'UPDATE', on(site, OTHER)))).toEqual([['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED']]);
    expect(map(site, 'get_themes')[OTHER]?.['Version']).toBe(was);
    expect(endingsOf(await operateOn(store, 'SWITCH_THEME', on(site, SHOWN)))).toEqual([['SUCCEEDED', null, null]]);
    setTheme(site, OTHER, { Name: 'Twenty Twenty-Four', Version: '9.0' });
    expect(endingsOf(await operateOn(store, 'SWITCH_THEME', on(site, OTHER)))).toEqual([['ROLLED_BACK', 'PAGE_BROKEN', 'REACTIVATED']]);
    expect(site.double.tables.options.get('stylesheet')).toBe(SHOWN);
    await site.double.close();
  });

  it('comes from a package as a plugin does', { timeout: 120_000 }, async () => {
    const site = await siteOf(SCENES[0] as Scene);
    const keep = createPackageDesk(store);
    const [first, second] = [await keep(ACCOUNT_ID, await zipOfTheme('dune', '1.0')), await keep(ACCOUNT_ID, await zipOfTheme('dune', '1.1'))];
    expect(endingsOf(await operateOn(store, 'INSTALL', on(site, 'dune', { packageId: first?.id })))).toEqual([['SUCCEEDED', null, null]]);
    expect(endingsOf(await operateOn(store, 'UPDATE', on(site, 'dune', { packageId: second?.id })))).toEqual([['SUCCEEDED', null, null]]);
    expect(site.touches()).toEqual(['POST /themes/new', 'POST /themes/replace']);
    expect(await store.database.query(`SELECT version FROM theme WHERE site_id = $1 AND slug = 'dune'`, [site.siteId])).toEqual([{ version: '1.1' }]);
    await site.double.close();
  });
});

it('shows a plugin that is deleted and installed anew as switched off, whatever list of active ones is older', { timeout: 120_000 }, async () => {
  const site = await startFleetSite(store);
  for (const action of ['DEACTIVATE', 'DELETE', 'INSTALL']) expect(endingsOf(await operateOn(store, action, [{ siteId: site.siteId, slug: 'tideline' }]))).toEqual([['SUCCEEDED', null, null]]);
  expect(await store.database.query('SELECT active FROM plugin WHERE site_id = $1 AND file = $2', [site.siteId, TIDELINE])).toEqual([{ active: false }]);
  await site.double.close();
});

describe('pages', () => {
  const CRITICAL: Fault = { kind: 'status', status: 500, body: '<p>There has been a critical error on this website.</p>', contentType: 'text/html' };
  const update = async (site: FleetSite, safety: object = {}): Promise<unknown> => endingsOf(await operateOn(store, 'UPDATE', [{ siteId: site.siteId, slug: 'tideline' }], { safety }))[0];
  const isFront = ({ method, route }: Call): boolean => method === 'GET' && route === '';

  it('that were broken before are not blamed on an update', { timeout: 120_000 }, async () => {
    const site = await startFleetSite(store);
    site.double.failNext(isFront, CRITICAL, 99);
    expect(await update(site)).toEqual(['SUCCEEDED', null, null]);
    await site.double.close();
  });

  it('are each compared with themselves, so that one that was broken hides no other', { timeout: 120_000 }, async () => {
    const site = await startFleetSite(store, { breaks: true });
    site.double.failNext(/^shop/, CRITICAL, 99);
    expect(await update(site, { paths: ['/shop/'] })).toEqual(['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED']);
    expect(site.version()).toBe('1.0');
    await site.double.close();
  });

  it('that are well at times are well', { timeout: 120_000 }, async () => {
    const site = await startFleetSite(store);
    let seen = 0;
    site.double.failNext((call) => isFront(call) && (seen += 1) > 1 && seen < 4, CRITICAL, 2);
    expect(await update(site)).toEqual(['SUCCEEDED', null, null]);
    expect(seen).toBe(3);
    await site.double.close();
  });

  it('tell that an update broke even what could take it back', { timeout: 120_000 }, async () => {
    const site = await startFleetSite(store, { breaks: true });
    let calls = 0;
    site.double.failNext(({ route }) => route.startsWith('xmlrpc:') && (calls += 1) > 2, CRITICAL, 999);
    const { items } = await operateOn(store, 'UPDATE', [{ siteId: site.siteId, slug: 'tideline' }]);
    expect(items.map(({ state, reason, recovery }) => [state, reason, recovery])).toEqual([['FAILED', 'PAGE_BROKEN', 'FAILED']]);
    expect(items[0]?.message).toBe('pages were HTTP 200 before and are HTTP 500, "There has been a critical error on this website" after');
    await site.double.close();
  });

  it('that do not come before keep a site from being touched', { timeout: 120_000 }, async () => {
    const site = await startFleetSite(store);
    site.double.failNext(isFront, { kind: 'reset' }, 99);
    const { items } = await operateOn(store, 'UPDATE', [{ siteId: site.siteId, slug: 'tideline' }]);
    expect(items.map(({ state, reason, attemptedAt }) => [state, reason, attemptedAt])).toEqual([['FAILED', 'SITE_UNREACHABLE', null]]);
    await site.double.close();
  });
});

describe('a site connected by a standalone plugin', () => {
  it('switches, installs and deletes plugins by its own REST API, as the person, and can do nothing else from here', { timeout: 120_000 }, async () => {
    const site = await startFleetSite(store, { standalone: true });
    const plugin: WantedTarget[] = [{ siteId: site.siteId, slug: 'tideline' }];
    expect(endingsOf(await operateOn(store, 'UPDATE', plugin))).toEqual([['FAILED', 'UNSUPPORTED', null]]);
    expect(endingsOf(await operateOn(store, 'SWITCH_THEME', [{ siteId: site.siteId, kind: 'THEME', slug: OTHER }]))).toEqual([['FAILED', 'UNSUPPORTED', null]]);
    for (const action of ['DEACTIVATE', 'ACTIVATE', 'DEACTIVATE', 'DELETE', 'INSTALL']) expect(endingsOf(await operateOn(store, action, plugin))).toEqual([['SUCCEEDED', null, null]]);
    expect([site.version(), site.isActive(), site.touches()]).toEqual(['1.0', false, []]);
    site.double.state.code.brokenVersions.add(`${TIDELINE}@1.0`);
    expect(endingsOf(await operateOn(store, 'ACTIVATE', plugin))).toEqual([['ROLLED_BACK', 'PAGE_BROKEN', 'DEACTIVATED']]);
    Object.assign(site.double.tables.users.get(1) ?? {}, { roles: ['editor'] });
    expect(endingsOf(await operateOn(store, 'ACTIVATE', plugin))).toEqual([['FAILED', 'FORBIDDEN', null]]);
    await site.double.close();
  });
});
