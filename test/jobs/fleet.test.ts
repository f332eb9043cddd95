// Operations over a fleet as jobs carry them out, against doubles of sites: what is done, what is taken back, and what is never begun.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPackageDesk } from '../../bin/package-desk.js';
import { createLog } from '../../core/log.js';
import { encodeGlobalId, encodeSiteId } from '../../core/ids.js';
import { startJobs, type Jobs } from '../../jobs/start-jobs.js';
import { createSiteClient } from '../../origin/site-client.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { allItems } from '../../store/extension-items.js';
import { cancelOperation, findOperationRow, onOperationChanged, ENDED_STATES, type OperationItemRow, type OperationRow } from '../../store/extension-operations.js';
import type { Store } from '../../store/store.js';
import { createExtensionsSubgraph } from '../../subgraphs/extensions/index.js';
import { operationIdOf } from '../../subgraphs/extensions/operations/ids.js';
import { ACCOUNT_ID, ask, OPERATOR } from '../testkit/ask.js';
import { startDirectory, zipOfPlugin, type TestDirectory } from '../testkit/plugin-zips.js';
import { openTestStore } from '../testkit/store.js';
import { startFleetSite, TIDELINE, type FleetSite, type FleetSiteOptions } from './fleet-kit.js';

let store: Store;
let client: SiteClient;
let directory: TestDirectory;
let jobs: Jobs;
const sites: FleetSite[] = [];
let keys = 0;

beforeAll(async () => {
  store = await openTestStore();
  client = createSiteClient({ store, log: createLog('silent'), allowPrivateOrigins: true });
  directory = await startDirectory(['0.9']);
  jobs = await startJobs({
    store, client, log: createLog('silent'), runners: {}, schedules: false, dispatchMs: 50,
    fleet: { downloadsUrl: directory.url, times: { callMs: 10_000, graceMs: 200, pauseMs: 50, pageMs: 20_000 } },
  });
}, 120_000);
afterEach(async () => {
  for (const site of sites.splice(0)) await site.double.close();
});
afterAll(async () => {
  await jobs.close();
  await client.close();
  await directory.close();
});

async function fleet(...options: readonly FleetSiteOptions[]): Promise<FleetSite[]> {
  const started = await Promise.all(options.map((one) => startFleetSite(store, one)));
  sites.push(...started);
  return started;
}

const APPLY = `mutation($input: ExtensionsApplyInput!) { extensionsApply(input: $input) { userErrors { code message } operation { id } } }`;

async function apply(action: string, on: readonly FleetSite[], more: object = {}): Promise<string> {
  keys += 1;
  const targets = on.map((site) => ({ siteId: encodeSiteId(site.siteId), kind: 'PLUGIN', slug: 'tideline' }));
  const { data, errors } = await ask<{ extensionsApply: { operation: { id: string } | null; userErrors: unknown[] } }>(createExtensionsSubgraph(store), OPERATOR, APPLY, { input: { action, targets, idempotencyKey: `fleet ${keys}`, stopOnFailureRate: 1, ...more } });
  expect(errors).toEqual([]);
  expect(data.extensionsApply.userErrors).toEqual([]);
  return operationIdOf(data.extensionsApply.operation?.id ?? '') ?? '';
}

/** Waits until the operation is as `holds` says. */
async function follow(id: string, holds: (row: OperationRow, items: readonly OperationItemRow[]) => boolean = (row) => ENDED_STATES.includes(row.state)): Promise<{ row: OperationRow; items: OperationItemRow[] }> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      Promise.all([findOperationRow(store.database, id), allItems(store.database, id)]).then(([row, items]) => {
        if (!row || !holds(row, items)) return;
        unlisten();
        resolve({ row, items });
      }, reject);
    };
    const unlisten = onOperationChanged(store.database, (changed) => void (changed === id && look()));
    look();
  });
}

const told = (items: readonly OperationItemRow[]) => items.map(({ state, reason, recovery }) => [state, reason, recovery]);

describe('an operation over a fleet', () => {
  it('updates each site with one call, shows the new version in the graph and writes who asked into the audit log', async () => {
    const [one, two] = (await fleet({}, {})) as [FleetSite, FleetSite];
    const { row, items } = await follow(await apply('UPDATE', [one, two]));
    expect(row.state).toBe('SUCCEEDED');
    expect(told(items)).toEqual([['SUCCEEDED', null, null], ['SUCCEEDED', null, null]]);
    expect(items[0]).toMatchObject({ fromVersion: '1.0', toVersion: '2.0', file: TIDELINE, healthBefore: { status: 200, fatal: null }, healthAfter: { status: 200, fatal: null } });
    expect([one.version(), two.version()]).toEqual(['2.0', '2.0']);
    const [plugin] = await store.database.query('SELECT version, active FROM plugin WHERE site_id = $1 AND file = $2', [one.siteId, TIDELINE]);
    expect(plugin).toEqual({ version: '2.0', active: true });
    const audit = await store.database.query('SELECT event, actor_label, actor_via, summary FROM audit_event WHERE site_id = $1', [one.siteId]);
    expect(audit).toEqual([{ event: 'extension_update', actor_label: 'Maria', actor_via: 'operation', summary: 'Updated plugin Tideline from 1.0 to 2.0' }]);
  });

  it('puts the former version back where an update broke the pages, and switches off what it cannot put back', async () => {
    const [restored, off, kept] = (await fleet({ breaks: true }, { breaks: true, from: '0.9' }, { breaks: true })) as [FleetSite, FleetSite, FleetSite];
    const { row, items } = await follow(await apply('UPDATE', [restored, off]));
    expect(row.state).toBe('ROLLED_BACK');
    expect(told(items)).toEqual([['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED'], ['ROLLED_BACK', 'PAGE_BROKEN', 'DEACTIVATED']]);
    expect([restored.version(), restored.isActive(), off.version(), off.isActive()]).toEqual(['1.0', true, '2.0', false]);
    expect(items[0]?.message).toBe('pages were HTTP 200 before and are HTTP 500, "There has been a critical error on this website" after');
    const without = await follow(await apply('UPDATE', [kept], { safety: { autoRollback: false } }));
    expect([without.row.state, ...told(without.items)]).toEqual(['FAILED', ['FAILED', 'PAGE_BROKEN', 'NONE']]);
    expect(kept.version()).toBe('2.0');
  });

  it('begins nothing on the others when a canary site breaks, and waits for all canary sites before', async () => {
    const [bad, rest] = (await fleet({ breaks: true }, {})) as [FleetSite, FleetSite];
    const { row, items } = await follow(await apply('UPDATE', [rest, bad], { safety: { canarySiteIds: [encodeSiteId(bad.siteId)] } }));
    expect([row.state, row.stopReason]).toEqual(['FAILED', 'CANARY_FAILED']);
    expect(told(items)).toEqual([['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED'], ['CANCELLED', 'CANARY_FAILED', null]]);
    expect(rest.double.calls).toEqual([]);
  });

  it('stops at the rate of failures', async () => {
    const all = await fleet(...Array.from({ length: 7 }, () => ({})));
    for (const site of all.slice(0, 5)) site.double.tables.callables.set('has_file_system_write_access', false);
    const { row, items } = await follow(await apply('UPDATE', all, { concurrency: 1, stopOnFailureRate: 0.5 }));
    expect([row.state, row.stopReason]).toEqual(['FAILED', 'STOPPED']);
    expect(told(items)).toEqual([...Array.from({ length: 5 }, () => ['FAILED', 'FILES_NOT_WRITABLE', null]), ['CANCELLED', 'STOPPED', null], ['CANCELLED', 'STOPPED', null]]);
  });

  it('settles a call without an answer by reading the site, and never calls again', { timeout: 60_000 }, async () => {
    const [lost, hanging] = (await fleet({}, {})) as [FleetSite, FleetSite];
    const isUpdate = (site: FleetSite) => { let seen = 0; return ({ route }: { route: string }) => route === 'xmlrpc:jetpack.jsonAPI' && (seen += 1) === 2 && site !== undefined; };
    lost.double.failNext(isUpdate(lost), { kind: 'lose-answer' });
    hanging.double.failNext(isUpdate(hanging), { kind: 'hang' });
    const { row, items } = await follow(await apply('UPDATE', [lost, hanging]));
    expect(row.state).toBe('PARTIAL');
    expect(told(items)).toEqual([['SUCCEEDED', null, null], ['FAILED', 'SITE_TIMEOUT', null]]);
    expect([lost.version(), hanging.version()]).toEqual(['2.0', '1.0']);
  });

  it('does not call a site that does not answer, and says so', async () => {
    const [away] = (await fleet({})) as [FleetSite];
    await away.double.refuse();
    const { items } = await follow(await apply('UPDATE', [away]));
    expect(told(items)).toEqual([['FAILED', 'SITE_UNREACHABLE', null]]);
    expect(items[0]?.attemptedAt).toBeNull();
    await away.double.accept();
  });

  it('begins nothing more once it is cancelled, and waits for its time', async () => {
    const [site] = (await fleet({})) as [FleetSite];
    const id = await apply('UPDATE', [site], { scheduleAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await findOperationRow(store.database, id))?.state).toBe('SCHEDULED');
    await cancelOperation(store.database, id, new Date());
    const { row, items } = await follow(id);
    expect([row.state, ...told(items)]).toEqual(['CANCELLED', ['CANCELLED', 'CANCELLED', null]]);
    expect(site.double.calls).toEqual([]);
  });

  it('switches, installs and deletes plugins', async () => {
    const [site] = (await fleet({})) as [FleetSite];
    for (const [action, state] of [['DEACTIVATE', false], ['ACTIVATE', true], ['DEACTIVATE', false]] as const) {
      expect((await follow(await apply(action, [site]))).row.state).toBe('SUCCEEDED');
      expect(site.isActive()).toBe(state);
    }
    expect((await follow(await apply('DELETE', [site]))).row.state).toBe('SUCCEEDED');
    expect(site.version()).toBeUndefined();
    expect(await store.database.query('SELECT file FROM plugin WHERE site_id = $1 AND file = $2', [site.siteId, TIDELINE])).toEqual([]);
    expect((await follow(await apply('INSTALL', [site]))).row.state).toBe('SUCCEEDED');
    expect(site.version()).toBe('1.0');
  });

  it('takes an operation back as a new one: the former version where there was an update, the opposite of a switch', async () => {
    const [one, two] = (await fleet({}, {})) as [FleetSite, FleetSite];
    const undo = async (id: string, key: string): Promise<Awaited<ReturnType<typeof follow>>> => {
      const { data } = await ask<{ extensionOperationRollback: { operation: { id: string } | null; userErrors: unknown[] } }>(
        createExtensionsSubgraph(store), OPERATOR, 'mutation($id: ID!, $key: ID!) { extensionOperationRollback(id: $id, idempotencyKey: $key) { userErrors { code message } operation { id origin } } }',
        { id: encodeGlobalId(one.siteId, 'ExtensionOperation', id), key },
      );
      expect(data.extensionOperationRollback.userErrors).toEqual([]);
      return follow(operationIdOf(data.extensionOperationRollback.operation?.id ?? '') ?? '');
    };
    const update = await follow(await apply('UPDATE', [one, two]));
    expect([one.version(), two.version()]).toEqual(['2.0', '2.0']);
    const back = await undo(update.row.id, 'back 1');
    expect([back.row.origin, back.row.state, ...told(back.items)]).toEqual(['ROLLBACK', 'SUCCEEDED', ['SUCCEEDED', null, null], ['SUCCEEDED', null, null]]);
    expect([one.version(), two.version()]).toEqual(['1.0', '1.0']);
    const off = await follow(await apply('DEACTIVATE', [one]));
    expect(one.isActive()).toBe(false);
    expect((await undo(off.row.id, 'back 2')).row.state).toBe('SUCCEEDED');
    expect(one.isActive()).toBe(true);
  });

  it('installs and updates from a package that was uploaded, through the media library of the site', async () => {
    const [site] = (await fleet({})) as [FleetSite];
    const keep = createPackageDesk(store);
    const [own, newer] = [await keep(ACCOUNT_ID, await zipOfPlugin('ballast', '0.3')), await keep(ACCOUNT_ID, await zipOfPlugin('tideline', '7.0'))];
    const target = (slug: string, packageId: string | undefined) => ({ targets: [{ siteId: encodeSiteId(site.siteId), kind: 'PLUGIN', slug, packageId }] });
    expect((await follow(await apply('INSTALL', [site], target('ballast', own?.id)))).row.state).toBe('SUCCEEDED');
    expect((await follow(await apply('UPDATE', [site], target('tideline', newer?.id)))).row.state).toBe('SUCCEEDED');
    expect(site.touches()).toEqual(['POST /plugins/new', 'POST /plugins/replace']);
    expect(site.version()).toBe('7.0');
    expect(await store.database.query(`SELECT file, version FROM plugin WHERE site_id = $1 AND slug = 'ballast'`, [site.siteId])).toEqual([{ file: 'ballast/ballast.php', version: '0.3' }]);
  });

  it('switches a theme and back, and updates WordPress', async () => {
    const [site] = (await fleet({})) as [FleetSite];
    const { options, callables } = site.double.tables;
    const on = (kind: string, slug: string) => ({ targets: [{ siteId: encodeSiteId(site.siteId), kind, slug }] });
    for (const slug of ['twentytwentyfour', 'twentytwentyfive']) {
      expect((await follow(await apply('SWITCH_THEME', [site], on('THEME', slug)))).row.state).toBe('SUCCEEDED');
      expect(options.get('stylesheet')).toBe(slug);
      expect(await store.database.query('SELECT slug FROM theme WHERE site_id = $1 AND active', [site.siteId])).toEqual([{ slug }]);
    }
    const none = await follow(await apply('UPDATE_CORE', [site], on('CORE', 'wordpress')));
    expect(told(none.items)).toEqual([['FAILED', 'NO_UPDATE', null]]);
    callables.set('updates', { ...(callables.get('updates') as object), wordpress: 1 });
    const offer = { updates: [{ response: 'upgrade', version: '7.1.1', packages: { full: 'https://downloads.example/wordpress.zip' } }] };
    await store.database.query(`INSERT INTO setting (site_id, setting_kind, name, value, redacted, alive, rev) VALUES ($1, 'UPDATES', 'core', $2, false, true, 1)`, [site.siteId, JSON.stringify(offer)]);
    expect((await follow(await apply('UPDATE_CORE', [site], on('CORE', 'wordpress')))).row.state).toBe('SUCCEEDED');
    expect(callables.get('wp_version')).toBe('7.1.1');
  });
});
