// Operations over many sites as the graph plans and records them; what jobs do with them is in test/jobs/fleet.test.ts.
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId, type SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import { recordFinding } from '../../../store/site-findings.js';
import type { Store } from '../../../store/store.js';
import { createExtensionsSubgraph } from '../../../subgraphs/extensions/index.js';
import { OPERATOR } from '../../testkit/ask.js';
import { personOn, subgraphRunner } from '../../testkit/run-subgraph.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

let store: Store;
let run: ReturnType<typeof subgraphRunner>;

beforeAll(async () => {
  store = await openTestStore();
  run = subgraphRunner(store, createExtensionsSubgraph);
}, 120_000);

async function addSetting(site: SiteId, kind: string, name: string, value: unknown) {
  await store.database.query(`INSERT INTO setting (site_id, setting_kind, name, value, redacted, alive, rev) VALUES ($1, $2, $3, $4, false, true, 1)`, [site, kind, name, JSON.stringify(value)]);
}

async function addPlugin(site: SiteId, file: string, row: { version?: string; active?: boolean; update?: string; requires?: string; hasPackage?: boolean } = {}) {
  const details = { headers: { Name: file }, update: row.update ? { requires: row.requires ?? '6.0', packageAvailable: row.hasPackage ?? true } : null, activationKnown: true, autoUpdateKnown: true };
  await store.database.query(
    `INSERT INTO plugin (site_id, file, slug, name, version, active, network_active, auto_update, update_version, details) VALUES ($1, $2, $3, $2, $4, $5, false, false, $6, $7)`,
    [site, file, file.split('/')[0]?.replace(/\.php$/, '') ?? file, row.version ?? '1.0', row.active ?? false, row.update ?? null, JSON.stringify(details)],
  );
}

/** A site whose user 1 is connected and may do what the capabilities say. */
async function newSite(capabilities: readonly string[] = ['activate_plugins', 'update_plugins', 'install_plugins', 'delete_plugins']): Promise<SiteId> {
  const id = nextSiteId();
  await addSite(store, { id, url: `http://fleet-${id}.example`, blogToken: `k${id}.s${id}`, userTokens: [`u${id}.s${id}.1`] });
  await store.database.query('UPDATE site SET owner_user_id = 1 WHERE id = $1', [id]);
  await addSetting(id, 'CALLABLE', 'roles', { administrator: { name: 'Administrator', capabilities: Object.fromEntries(capabilities.map((name) => [name, true])) } });
  await addSetting(id, 'CALLABLE', 'wp_version', '7.1');
  await addSetting(id, 'CALLABLE', 'has_file_system_write_access', true);
  await store.database.query(`INSERT INTO site_user (site_id, id, login, display_name, roles, caps, alive, rev) VALUES ($1, 1, 'maria', 'Maria', ARRAY['administrator'], '{"administrator": true}', true, 1)`, [id]);
  return id;
}

const PLAN = `mutation($input: ExtensionsApplyInput!) { extensionsPlan(input: $input) { estimatedSeconds
  steps { site { id } slug file from to canary risk reasons { code } } blocked { site { id } slug reasons { code } } } }`;
const APPLY = `mutation($input: ExtensionsApplyInput!) { extensionsApply(input: $input) { userErrors { code field } operation { id operationState action
  progress { total done failed rolledBack } steps { position slug file state fromVersion toVersion reason { code message } log { message } } } } }`;

interface Plan { estimatedSeconds: number; steps: Record<string, unknown>[]; blocked: { slug: string; reasons: { code: string }[] }[] }
const plan = (data: Record<string, unknown> | null) => (data as { extensionsPlan: Plan }).extensionsPlan;
interface Applied { operation: { id: string; progress: Record<string, number>; steps: Record<string, unknown>[] } | null; userErrors: { code: string; field: string[] }[] }
const applied = (data: Record<string, unknown> | null) => (data as { extensionsApply: Applied }).extensionsApply;

const target = (siteId: SiteId, slug: string, more: object = {}) => ({ siteId: encodeSiteId(siteId), kind: 'PLUGIN', slug, ...more });

describe('extensionsPlan', () => {
  it('tells what an update would do where, canary sites first, from a bounded number of statements', async () => {
    const sites = await Promise.all([newSite(), newSite(), newSite()]);
    for (const site of sites) await addPlugin(site, 'akismet/akismet.php', { version: '5.6', active: true, update: '6.0' });
    const [, , third = sites[0] as SiteId] = sites;
    const input = { action: 'UPDATE', idempotencyKey: 'p', targets: sites.map((site) => target(site, 'akismet')), safety: { canarySiteIds: [encodeSiteId(third)] } };
    const { data, codes, statements } = await run(OPERATOR, PLAN, { input });
    expect(codes).toEqual([]);
    expect(plan(data).blocked).toEqual([]);
    expect(plan(data).steps.map((step) => [(step['site'] as { id: string }).id, step['canary']])).toEqual([[encodeSiteId(third), true], [encodeSiteId(sites[0] as SiteId), false], [encodeSiteId(sites[1] as SiteId), false]]);
    expect(plan(data).steps[0]).toMatchObject({ slug: 'akismet', file: 'akismet/akismet.php', from: '5.6', to: '6.0', risk: 'HIGH', reasons: [{ code: 'ACTIVE' }, { code: 'MAJOR_VERSION' }] });
    expect(statements).toBeLessThanOrEqual(6);
  });

  it('says for each target why it is blocked', async () => {
    const site = await newSite();
    await addPlugin(site, 'new/new.php', { version: '1.0' });
    await addPlugin(site, 'fresh/fresh.php', { update: '2.0', requires: '9.0' });
    await addPlugin(site, 'paid/paid.php', { update: '2.0', hasPackage: false });
    await addPlugin(site, 'two/one.php', { update: '2.0' });
    await addPlugin(site, 'two/two.php', { update: '2.0' });
    await addPlugin(site, 'moved/moved.php', { version: '1.1', update: '2.0' });
    const targets = [target(site, 'new'), target(site, 'fresh'), target(site, 'paid'), target(site, 'two'), target(site, 'gone'), target(site, 'moved', { expectedVersion: '1.0' }), target(999_999_999 as SiteId, 'new')];
    const { data } = await run(OPERATOR, PLAN, { input: { action: 'UPDATE', idempotencyKey: 'p', targets } });
    expect(plan(data).steps).toEqual([]);
    expect(plan(data).blocked.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual([
      ['NO_UPDATE'], ['INCOMPATIBLE_WP'], ['NO_PACKAGE'], ['AMBIGUOUS'], ['NOT_INSTALLED'], ['VERSION_MISMATCH'], ['SITE_NOT_FOUND'],
    ]);
  });

  it('blocks sites that forbid or cannot write files, do not answer, and viewers without the capability', async () => {
    const [locked, unwritable, away, weak] = [await newSite(), await newSite(), await newSite(), await newSite(['activate_plugins'])];
    for (const site of [locked, unwritable, away, weak]) await addPlugin(site, 'a/a.php', { update: '2.0' });
    await addSetting(locked, 'CONSTANT', 'DISALLOW_FILE_MODS', true);
    await store.database.query(`UPDATE setting SET value = 'false' WHERE site_id = $1 AND name = 'has_file_system_write_access'`, [unwritable]);
    await recordFinding(store.database, away, 'unreachable', 'refused', new Date());
    const input = (site: SiteId) => ({ input: { action: 'UPDATE', idempotencyKey: 'p', targets: [target(site, 'a')] } });
    const codesOf = async (site: SiteId, viewer = OPERATOR) => plan((await run(viewer, PLAN, input(site))).data).blocked.flatMap(({ reasons }) => reasons.map(({ code }) => code));
    expect(await codesOf(locked)).toEqual(['FILE_MODS_DISALLOWED']);
    expect(await codesOf(unwritable)).toEqual(['FILES_NOT_WRITABLE']);
    expect(await codesOf(away)).toEqual(['SITE_UNREACHABLE']);
    expect(await codesOf(weak, personOn(weak, 1))).toEqual(['FORBIDDEN']);
    expect(await codesOf(away, personOn(weak, 1))).toEqual(['SITE_NOT_FOUND']);
  });

  it('blocks on a site that a standalone plugin connects what only Jetpack does, and what nobody is connected for', async () => {
    const [site, nobody] = [await newSite(), await newSite()];
    for (const id of [site, nobody]) {
      await addPlugin(id, 'a/a.php', { update: '2.0' });
      await addSetting(id, 'CALLABLE', 'jetpack_connection_active_plugins', { 'jetpack-boost': { name: 'Boost' } });
    }
    await store.database.query('UPDATE site SET owner_user_id = NULL WHERE id = $1', [nobody]);
    const codesOf = async (action: string, id: SiteId) => plan((await run(OPERATOR, PLAN, { input: { action, idempotencyKey: 'p', targets: [target(id, 'a')] } })).data).blocked.flatMap(({ reasons }) => reasons.map(({ code }) => code));
    expect([await codesOf('UPDATE', site), await codesOf('ACTIVATE', site), await codesOf('ACTIVATE', nobody)]).toEqual([['UNSUPPORTED'], [], ['NOT_CONNECTED']]);
  });

  it('says of a must-use plugin and of a drop-in that WordPress can do nothing with them', async () => {
    const site = await newSite();
    await addSetting(site, 'STATS', 'heartbeat', { 'mu-plugins': 'loader.php,host-tools/tools.php', plugins: 'a/a.php' });
    const codesOf = async (slug: string, file?: string) => plan((await run(OPERATOR, PLAN, { input: { action: 'DEACTIVATE', idempotencyKey: 'p', targets: [target(site, slug, file === undefined ? {} : { file })] } })).data).blocked.flatMap(({ reasons }) => reasons.map(({ code }) => code));
    expect([await codesOf('loader'), await codesOf('loader', 'loader.php'), await codesOf('host-tools'), await codesOf('object-cache'), await codesOf('object-cache', 'object-cache/other.php'), await codesOf('other')])
      .toEqual([['MUST_USE'], ['MUST_USE'], ['MUST_USE'], ['DROP_IN'], ['NOT_INSTALLED'], ['NOT_INSTALLED']]);
    const query = 'query($id: ID!) { site(id: $id) { mustUsePlugins } }';
    expect((await run(OPERATOR, query, { id: encodeSiteId(site) })).data).toEqual({ site: { mustUsePlugins: ['host-tools/tools.php', 'loader.php'] } });
    expect((await run(OPERATOR, query, { id: encodeSiteId(await newSite()) })).data).toEqual({ site: { mustUsePlugins: null } });
    expect((await run(personOn(site, 2), query, { id: encodeSiteId(site) })).codes).toEqual(['FORBIDDEN']);
  });

  it('protects the connection and refuses what is active or done already', async () => {
    const site = await newSite();
    await addPlugin(site, 'jetpack/jetpack.php', { active: true });
    await addPlugin(site, 'on/on.php', { active: true });
    const codesOf = async (action: string, slug: string) => plan((await run(OPERATOR, PLAN, { input: { action, idempotencyKey: 'p', targets: [target(site, slug)] } })).data).blocked.flatMap(({ reasons }) => reasons.map(({ code }) => code));
    expect(await codesOf('DEACTIVATE', 'jetpack')).toEqual(['PROTECTED']);
    expect(await codesOf('DELETE', 'on')).toEqual(['STILL_ACTIVE']);
    expect(await codesOf('ACTIVATE', 'on')).toEqual(['ALREADY_DONE']);
    expect(await codesOf('INSTALL', 'on')).toEqual(['ALREADY_INSTALLED']);
  });
});

describe('extensionsApply', () => {
  it('records an operation once under its key, with blocked targets as failed items', async () => {
    const [good, bad] = [await newSite(), await newSite()];
    await addPlugin(good, 'akismet/akismet.php', { version: '5.6', update: '5.7' });
    const input = { action: 'UPDATE', idempotencyKey: 'once', targets: [target(good, 'akismet'), target(bad, 'akismet')] };
    const first = applied((await run(OPERATOR, APPLY, { input })).data);
    expect(first.userErrors).toEqual([]);
    expect(first.operation).toMatchObject({ operationState: 'SCHEDULED', action: 'UPDATE', progress: { total: 2, done: 1, failed: 1, rolledBack: 0 } });
    expect(first.operation?.steps).toMatchObject([
      { position: 0, slug: 'akismet', file: 'akismet/akismet.php', state: 'SCHEDULED', fromVersion: '5.6', toVersion: '5.7', reason: null },
      { position: 1, slug: 'akismet', state: 'FAILED', reason: { code: 'NOT_INSTALLED' } },
    ]);
    const again = applied((await run(OPERATOR, APPLY, { input })).data);
    expect(again.operation?.id).toBe(first.operation?.id);
    const other = applied((await run(OPERATOR, APPLY, { input: { ...input, concurrency: 1 } })).data);
    expect(other.operation).toBeNull();
    expect(other.userErrors.map(({ code }) => code)).toEqual(['IDEMPOTENCY_MISMATCH']);
  });

  it('names each field of an input that cannot be used', async () => {
    const site = await newSite();
    const input = {
      action: 'SWITCH_THEME', idempotencyKey: '', concurrency: 0, stopOnFailureRate: 2, safety: { paths: ['//evil.example/'], canarySiteIds: ['x'] },
      targets: [target(site, '../up'), { ...target(site, 'a'), siteId: 'x' }],
    };
    const { operation, userErrors } = applied((await run(OPERATOR, APPLY, { input })).data);
    expect(operation).toBeNull();
    expect(userErrors.map(({ field }) => field.join('.'))).toEqual([
      'concurrency', 'stopOnFailureRate', 'idempotencyKey', 'safety.paths', 'targets.0.kind', 'targets.0.slug', 'targets.1.siteId', 'targets.1.kind', 'safety.canarySiteIds',
    ]);
    expect(new Set(userErrors.map(({ code }) => code))).toEqual(new Set(['INVALID']));
  });

  it('refuses one extension named twice, by its folder or its file, more than 500 targets, and a time more than a year away; a time past is now', async () => {
    const site = await newSite();
    await addPlugin(site, 'two/one.php', { update: '2.0' });
    const refusalOf = async (more: object) => applied((await run(OPERATOR, APPLY, { input: { action: 'UPDATE', idempotencyKey: `hostile ${Math.random()}`, targets: [target(site, 'two')], ...more } })).data);
    const [one, other, folder] = [target(site, 'two', { file: 'two/one.php' }), target(site, 'two', { file: 'two/other.php' }), target(site, 'two')];
    for (const targets of [[one, folder], [folder, one], [folder, folder], [one, one]]) {
      expect((await refusalOf({ targets })).userErrors.map(({ code, field }) => [code, field])).toEqual([['INVALID', ['targets', '1']]]);
    }
    expect((await refusalOf({ targets: [one, other] })).userErrors).toEqual([]);
    const core = { siteId: encodeSiteId(site), kind: 'CORE', slug: 'wordpress' };
    expect((await refusalOf({ action: 'UPDATE_CORE', targets: [core, { ...core, slug: 'other', file: 'wordpress.php' }] })).userErrors.map(({ field }) => field)).toEqual([['targets', '1']]);
    expect((await refusalOf({ targets: Array.from({ length: 1000 }, (_, index) => target(site, `plugin-${index}`)) })).userErrors.map(({ field }) => field)).toEqual([['targets']]);
    const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
    expect((await refusalOf({ scheduleAt: inDays(400) })).userErrors.map(({ field }) => field)).toEqual([['scheduleAt']]);
    const id = (await refusalOf({ scheduleAt: inDays(-400) })).operation?.id;
    expect((await run(OPERATOR, 'query($id: ID!) { extensionOperation(id: $id) { scheduledAt } }', { id })).data).toEqual({ extensionOperation: { scheduledAt: null } });
  });

  it('shows an operation to the account that asked for it and the operator alone', async () => {
    const site = await newSite();
    await addPlugin(site, 'akismet/akismet.php', { update: '5.7' });
    const { operation } = applied((await run(personOn(site, 1), APPLY, { input: { action: 'UPDATE', idempotencyKey: 'mine', targets: [target(site, 'akismet')] } })).data);
    const query = 'query($id: ID!) { extensionOperation(id: $id) { id requestedBy { id } } }';
    expect((await run(OPERATOR, query, { id: operation?.id })).data).toMatchObject({ extensionOperation: { id: operation?.id } });
    const stranger = { ...personOn(site, 1), accountId: '00000000-0000-4000-8000-000000000002' };
    expect((await run(stranger, query, { id: operation?.id })).data).toEqual({ extensionOperation: null });
  });
});
