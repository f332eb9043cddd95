// Driving full syncs of a double over real HTTP: what is named, what is set, how far it is, what hangs, what survives.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Jobs } from '../../../jobs/start-jobs.js';
import { findingsOfSite } from '../../../store/site-findings.js';
import type { Store } from '../../../store/store.js';
import { findSite } from '../../../store/sites.js';
import { latestRuns } from '../../../store/sync-runs.js';
import { openTestStore } from '../../testkit/store.js';
import { ask, cancelRuns, follow, quickRunners, startDriven, startQuickJobs, type Driven } from './drive-kit.js';

let store: Store;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  store = await openTestStore();
  await cancelRuns(store);
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function driven(options: Parameters<typeof startDriven>[1] = {}): Promise<Driven> {
  const made = await startDriven(store, options);
  open.push(made);
  return made;
}
async function jobsOf({ client }: Driven, options: Parameters<typeof startQuickJobs>[2] = {}): Promise<Jobs> {
  const jobs = await startQuickJobs(store, client, options);
  open.push(jobs);
  return jobs;
}
/** Many passes, so that a test is in time to come between two of them. */
const inSmallSteps = ({ double }: Driven): void => double.state.settings.change({ full_sync_limits: { posts: { chunk_size: 20, max_chunks: 1 } } });
const starts = ({ double }: Driven): unknown[] => double.calls.filter((call) => call.route === 'jetpack/v4/sync/full-sync').map((call) => (call.params as { modules?: unknown }).modules ?? null);
const count = async (sql: string, siteId: number): Promise<number> => (await store.database.query<{ count: number }>(`SELECT count(*) AS count FROM ${sql} WHERE site_id = $1 AND alive`, [siteId]))[0]?.count ?? 0;

describe('a full sync that is driven', () => {
  it('brings everything, tells its progress by module, and asks for a verification', async () => {
    const site = await driven();
    site.double.addPosts(600);
    await jobsOf(site);
    const run = await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect([run.state, run.errorMessage]).toEqual(['DONE', null]);
    expect(run.progress['posts']).toEqual({ total: 600, done: 600, finished: true });
    expect(Object.values(run.progress).every(({ finished }) => finished)).toBe(true);
    expect(await count('post', site.siteId)).toBe(600);
    expect((await findSite(store.database, site.siteId))?.lastFullSyncAt).not.toBeNull();
    // Without WooCommerce nothing is named.
    expect(starts(site)).toEqual([null]);
    // Asked for once the run is seen to be done.
    await vi.waitFor(async () => expect((await latestRuns(store.database, [site.siteId], 10)).map(({ kind, requestedBy }) => [kind, requestedBy])).toContainEqual(['VERIFY', 'full sync']), 10_000);
  });

  it('names the modules of WooCommerce, and only where WooCommerce is active', async () => {
    const site = await driven({ commerce: true });
    site.double.tables.options.set('woocommerce_custom_orders_table_enabled', 'yes');
    site.double.addOrders(3);
    await jobsOf(site);
    const run = await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect([run.state, run.errorMessage]).toEqual(['DONE', null]);
    expect(starts(site)).toEqual([null, ['woocommerce', 'woocommerce_hpos_orders']]);
    expect(await count('shop_order', site.siteId)).toBe(3);
    const plain = await driven();
    const other = await follow(store, await ask(store, { siteId: plain.siteId, kind: 'FULL', modules: ['posts', 'woocommerce'] }));
    expect([other.state, other.errorMessage]).toEqual(['DONE', null]);
    expect(starts(plain)).toEqual([['posts']]);
  });

  it('sets the settings once, keeps what people added, and writes nothing when nothing is missing', async () => {
    const site = await driven();
    const { settings } = site.double.state;
    settings.change({ post_meta_whitelist: ['our_own_key'], sync_sender_enabled: 0 });
    await jobsOf(site);
    const writes = (): unknown[] => site.double.calls.filter((call) => call.route === 'jetpack/v4/sync/settings' && call.method === 'POST' && Object.keys(call.params as object).some((name) => name !== 'rest_route')).map((call) => Object.keys(call.params as object).sort());
    await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect(settings.list('post_meta_whitelist')).toEqual(expect.arrayContaining(['our_own_key', '_menu_item_url', '_menu_item_target']));
    expect(settings.list('post_types_blacklist')).toContain('feedback');
    expect(settings.list('sync_actions_blacklist')).toEqual(expect.arrayContaining(['added_payment_token_meta', 'woocommerce_new_webhook']));
    expect([settings.number('wpcom_rest_api_enabled'), settings.number('sync_sender_enabled')]).toEqual([1, 1]);
    expect(writes()).toHaveLength(1);
    await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect(writes()).toHaveLength(1);
  });

  it('finds a module that hangs, goes on without it, and says so', async () => {
    const site = await driven();
    inSmallSteps(site);
    site.double.addPosts(600, { comments: 1 });
    await jobsOf(site);
    const asked = await ask(store, { siteId: site.siteId, kind: 'FULL' });
    await follow(store, asked, ({ progress }) => (progress['posts']?.done ?? 0) > 0);
    // What a plugin's module without a table does: no pass gets beyond it.
    const { fullSync } = site.double.state;
    const { posts, comments, ...rest } = fullSync.config;
    expect([posts, comments]).toEqual([1, 1]);
    Object.assign(fullSync, { config: { ...rest, posts: true, menus: true, comments: true } });
    fullSync.progress['menus'] = { total: 0, sent: 0, finished: false };
    const run = await follow(store, asked);
    expect([run.state, run.errorCode]).toEqual(['FAILED', 'module-hangs']);
    expect(run.errorMessage).toContain('menus');
    expect(starts(site)).toEqual([null, ['comments']]);
    expect(await count('comment', site.siteId)).toBeGreaterThan(500);
    expect((await findingsOfSite(store.database, site.siteId, 10)).map(({ code, resolvedAt }) => [code, resolvedAt])).toEqual([['full-sync-hangs', null]]);
    await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect((await findingsOfSite(store.database, site.siteId, 10)).filter(({ resolvedAt }) => resolvedAt === null)).toHaveLength(0);
  });

  it('releases a lock that keeps the site from going on', async () => {
    const site = await driven();
    inSmallSteps(site);
    site.double.addPosts(600);
    await jobsOf(site);
    const asked = await ask(store, { siteId: site.siteId, kind: 'FULL' });
    await follow(store, asked, ({ progress }) => (progress['posts']?.done ?? 0) > 0);
    site.double.sendState.retryAfter.set('immediate-send', Date.now() / 1000 + 86_400);
    const run = await follow(store, asked);
    expect(run.state).toBe('DONE');
  });

  it('survives outages of the site that pass, and tells one that lasts', async () => {
    const site = await driven();
    site.double.addPosts(600);
    await jobsOf(site);
    site.double.failNext('jetpack/v4/sync/full-sync', { kind: 'lose-answer' });
    site.double.failNext('jetpack/v4/sync/status', { kind: 'status', status: 503 }, 3);
    const run = await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect([run.state, run.errorMessage]).toEqual(['DONE', null]);
    // The start whose answer was lost was not repeated.
    expect(starts(site)).toHaveLength(1);
    site.double.failNext(/sync/, { kind: 'status', status: 403, body: JSON.stringify({ code: 'rest_forbidden', message: 'Sorry, you are not allowed to do that.' }) }, 1);
    const refused = await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect([refused.state, refused.errorCode]).toEqual(['FAILED', 'refused']);
    expect(refused.errorMessage).toContain('rest_forbidden');
  });

  it('is started again when another full sync replaced it', async () => {
    const site = await driven();
    inSmallSteps(site);
    site.double.addPosts(600);
    await jobsOf(site);
    const asked = await ask(store, { siteId: site.siteId, kind: 'FULL' });
    await follow(store, asked, ({ progress }) => (progress['posts']?.done ?? 0) > 0);
    Object.assign(site.double.state.fullSync, { context: 'initial_sync', config: { options: true }, started: site.double.state.fullSync.started, progress: { options: { total: 1, sent: 0, finished: false } } });
    const run = await follow(store, asked);
    expect([run.state, run.errorMessage]).toEqual(['DONE', null]);
    expect(starts(site)).toEqual([null, null]);
    expect(await count('post', site.siteId)).toBe(600);
  });

  it('fails at once with the reason where the site does not sync', async () => {
    const site = await driven();
    await jobsOf(site);
    site.double.state.settings.change({ disable: 1 });
    const run = await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect([run.state, run.errorCode]).toEqual(['FAILED', 'sync-not-allowed']);
    expect(run.errorMessage).toContain('setting disable');
    expect(starts(site)).toEqual([]);
  });

  it('goes on where it was after the jobs stopped and started again', async () => {
    const site = await driven();
    inSmallSteps(site);
    site.double.addPosts(600);
    const first = await jobsOf(site);
    const asked = await ask(store, { siteId: site.siteId, kind: 'FULL' });
    const before = await follow(store, asked, ({ progress }) => (progress['posts']?.done ?? 0) > 0);
    await first.close();
    const between = await follow(store, asked, () => true);
    expect([between.state, between.finishedAt]).toEqual(['RUNNING', null]);
    await jobsOf(site, { runners: quickRunners(store, site.client) });
    const run = await follow(store, asked);
    expect([run.state, run.startedAt]).toEqual(['DONE', before.startedAt]);
    expect(starts(site)).toEqual([null]);
    expect(await count('post', site.siteId)).toBe(600);
  });

  it('brings everything from a Jetpack of 2023, which keeps no names of full syncs and acknowledges bare lists only', async () => {
    const site = await driven({ syncVersion: '1.55' });
    site.double.addPosts(300);
    site.double.edit.setOption('blogname', 'Old but stock');
    await jobsOf(site);
    const run = await follow(store, await ask(store, { siteId: site.siteId, kind: 'FULL' }));
    expect([run.state, run.errorMessage]).toEqual(['DONE', null]);
    expect(starts(site)).toEqual([null]);
    expect(await count('post', site.siteId)).toBe(300);
    await vi.waitFor(() => expect(site.double.state.queue.size()).toBe(0), 10_000);
    const settled = await findSite(store.database, site.siteId);
    expect([settled?.queueSize, settled?.queueLagSeconds]).toEqual([0, 0]);
    // What such a Jetpack has no setting for is not written again and again.
    const writes = site.double.calls.filter((call) => call.route === 'jetpack/v4/sync/settings' && call.method === 'POST' && 'sync_actions_blacklist' in (call.params as object));
    expect(writes).toHaveLength(0);
  });

  it('is started again on a Jetpack of 2023 when the initial sync of a new person replaced it', async () => {
    const site = await driven({ syncVersion: '1.55' });
    site.double.addPosts(600);
    await jobsOf(site);
    const asked = await ask(store, { siteId: site.siteId, kind: 'FULL' });
    await follow(store, asked, ({ progress }) => (progress['posts']?.done ?? 0) > 0);
    const { fullSync } = site.double.state;
    // Begun in another second than ours, for the double tells whole ones; the site of a test is quicker than that.
    Object.assign(fullSync, { context: null, config: { options: true, users: [1] }, started: (fullSync.started ?? 0) - 5, finished: (fullSync.started ?? 0) - 5, progress: { options: { total: 1, sent: 1, finished: true } } });
    const run = await follow(store, asked);
    expect([run.state, run.errorMessage]).toEqual(['DONE', null]);
    expect(starts(site).length).toBeGreaterThanOrEqual(2);
    expect(await count('post', site.siteId)).toBe(600);
  });
});
