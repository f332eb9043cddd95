// What is known to be vulnerable, what closes it, since when it is offered, and what stands in the way of touching a plugin.
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { DecodedItem, Json } from '../../../core/changes.js';
import { applyBatch } from '../../../store/apply/apply.js';
import type { Store } from '../../../store/store.js';
import { forgetFeed, replaceVulnerabilities } from '../../../store/vulnerabilities.js';
import { createExtensionsSubgraph } from '../../../subgraphs/extensions/index.js';
import { OPERATOR, person } from '../../testkit/ask.js';
import { personOn, subgraphRunner } from '../../testkit/run-subgraph.js';
import { openTestStore } from '../../testkit/store.js';
import { addPlugin, addSetting, addSiteWithAdmin } from './extension-kit.js';

let store: Store;
let run: ReturnType<typeof subgraphRunner>;

beforeAll(async () => {
  store = await openTestStore();
  run = subgraphRunner(store, createExtensionsSubgraph);
}, 120_000);

const flaw = (id: string, kind: 'plugin' | 'theme' | 'core', slug: string, to: string, cvss: number) => ({
  id, title: `Flaw ${id}`, severity: 'high', cvss, kind, slug, affected: [{ from: null, fromInclusive: true, to, toInclusive: false }], fixedIn: to, source: null,
});
const feed = (entries: ReturnType<typeof flaw>[]) => replaceVulnerabilities(store.database, { entries, digest: String(entries.length), error: null }, new Date('2026-11-24T00:00:00Z'));

const SITE = `query($id: ID!, $filter: ExtensionFilter) { site(id: $id) {
  plugins(filter: $filter) { nodes { slug vulnerabilities { id cvss fixedIn } update { version securityFix } } totalCount }
  themes(filter: $filter) { slug vulnerabilities { id } update { securityFix } }
  updates { securityFixes coreVulnerabilities { id } core { version securityFix firstSeenAt } } } }`;
const FLEET = `{ fleet { securityFixes vulnerabilityFeed { configured entries refreshedAt error }
  plugins(filter: { vulnerable: true }) { nodes { slug vulnerableCount versions { version siteCount vulnerable } installs { nodes { installedVersion vulnerabilities { id } } } } totalCount }
  themes { nodes { slug siteCount vulnerableCount installs { nodes { slug isActive } totalCount } } totalCount }
  installs(filter: { vulnerable: true }) { nodes { slug installedVersion } totalCount } } }`;

describe('vulnerabilities', () => {
  let a: SiteId;
  let b: SiteId;
  beforeAll(async () => {
    [a, b] = [await addSiteWithAdmin(store), await addSiteWithAdmin(store)];
    await addPlugin(store, a, 'seo/seo.php', { version: '1.0', update: '1.5' });
    await addPlugin(store, b, 'seo/seo.php', { version: '2.0' });
    await addPlugin(store, b, 'shop/shop.php', { version: '3.0', update: '3.1' });
    await addPlugin(store, b, 'safe/safe.php', { version: '9.0', update: '9.1' });
    for (const site of [a, b]) {
      await store.database.query(
        `INSERT INTO theme (site_id, slug, name, version, active, parent_slug, auto_update, update_version, details) VALUES ($1, 'old', 'Old', '1.0', true, null, false, '2.0', '{"update":{"packageAvailable":true}}')`, [site]);
    }
    await addSetting(store, b, 'CALLABLE', 'wp_version', '7.0');
    await addSetting(store, b, 'UPDATES', 'core', { updates: [{ response: 'upgrade', version: '7.1' }] });
    await addSetting(store, b, 'UPDATES', 'plugins', { response: {} });
  });

  it('are told of what is installed, with what closes them, and filter plugins and themes', async () => {
    await feed([flaw('seo-1', 'plugin', 'seo', '1.2', 5), flaw('seo-2', 'plugin', 'seo', '1.8', 9), flaw('shop-1', 'plugin', 'shop', '3.2', 7), flaw('theme-1', 'theme', 'old', '1.5', 3), flaw('core-1', 'core', 'wordpress', '7.0.3', 4)]);
    const one = await run(personOn(a, 1), SITE, { id: encodeSiteId(a), filter: { vulnerable: true } });
    expect(one.codes).toEqual([]);
    expect(one.data).toMatchObject({ site: {
      plugins: { nodes: [{ slug: 'seo', vulnerabilities: [{ id: 'seo-2', cvss: 9, fixedIn: '1.8' }, { id: 'seo-1', cvss: 5, fixedIn: '1.2' }], update: { version: '1.5', securityFix: true } }], totalCount: 1 },
      themes: [{ slug: 'old', vulnerabilities: [{ id: 'theme-1' }], update: { securityFix: true } }],
      updates: { securityFixes: 2, coreVulnerabilities: [], core: null },
    } });
    const other = await run(personOn(b, 1), SITE, { id: encodeSiteId(b), filter: { vulnerable: false } });
    expect(other.data).toMatchObject({ site: {
      plugins: { nodes: [{ slug: 'safe', vulnerabilities: [], update: { securityFix: false } }, { slug: 'seo', vulnerabilities: [], update: null }], totalCount: 2 },
      themes: [], updates: { securityFixes: 2, coreVulnerabilities: [{ id: 'core-1' }], core: { version: '7.1', securityFix: true } },
    } });
  });

  it('are counted across the sites of the viewer', async () => {
    const viewer = person([{ siteId: a, userId: 1 }, { siteId: b, userId: 1 }]);
    const { data, codes } = await run(viewer, FLEET);
    expect(codes).toEqual([]);
    expect(data).toEqual({ fleet: {
      securityFixes: 3, vulnerabilityFeed: { configured: true, entries: 5, refreshedAt: '2026-11-24T00:00:00.000Z', error: null },
      plugins: { totalCount: 2, nodes: [
        { slug: 'seo', vulnerableCount: 1, versions: [{ version: '1.0', siteCount: 1, vulnerable: true }], installs: { nodes: [{ installedVersion: '1.0', vulnerabilities: [{ id: 'seo-2' }, { id: 'seo-1' }] }] } },
        { slug: 'shop', vulnerableCount: 1, versions: [{ version: '3.0', siteCount: 1, vulnerable: true }], installs: { nodes: [{ installedVersion: '3.0', vulnerabilities: [{ id: 'shop-1' }] }] } },
      ] },
      themes: { totalCount: 1, nodes: [{ slug: 'old', siteCount: 2, vulnerableCount: 2, installs: { totalCount: 2, nodes: [{ slug: 'old', isActive: true }, { slug: 'old', isActive: true }] } }] },
      installs: { totalCount: 2, nodes: [{ slug: 'seo', installedVersion: '1.0' }, { slug: 'shop', installedVersion: '3.0' }] },
    } });
  });

  it('are none without a feed, which the fleet tells', async () => {
    await forgetFeed(store.database);
    const { data } = await run(person([{ siteId: a, userId: 1 }]), FLEET);
    expect(data).toMatchObject({ fleet: { securityFixes: 0, vulnerabilityFeed: { configured: false, entries: 0, refreshedAt: null, error: null }, plugins: { nodes: [], totalCount: 0 }, installs: { nodes: [] }, themes: { nodes: [{ slug: 'old', vulnerableCount: 0 }] } } });
  });
});

describe('AvailableUpdate.firstSeenAt', () => {
  const item = (key: string, rev: number, name: string, settingKind: 'CALLABLE' | 'UPDATES', value: Json): DecodedItem => ({
    key, action: 'test', rev, at: new Date(rev / 1000).toISOString(), isImporting: false, actor: null, audit: null, deadLetter: null,
    changes: [{ kind: 'upsert', entity: 'setting', key: { settingKind, name }, rev, groups: { core: { value, redacted: false } } }],
  });
  const QUERY = 'query($id: ID!) { site(id: $id) { plugins { nodes { update { version firstSeenAt } } } updates { core { firstSeenAt } } } }';

  it('is when a version was first offered, also when the offer goes away for a while and comes again', async () => {
    const site = await addSiteWithAdmin(store);
    const offers = (version: string) => ({ response: { 'a/a.php': { new_version: version, package: 'https://x.example/a.zip' } } });
    const seen = async () => ((await run(personOn(site, 1), QUERY, { id: encodeSiteId(site) })).data as { site: { plugins: { nodes: { update: { version: string; firstSeenAt: string } | null }[] }; updates: { core: { firstSeenAt: string } | null } } }).site;
    const began = Date.now();
    await applyBatch(store, site, [item('1', 1e15, 'get_plugins', 'CALLABLE', { 'a/a.php': { Name: 'A', Version: '1.0' } }), item('2', 2e15, 'plugins', 'UPDATES', offers('1.1')), item('3', 3e15, 'wp_version', 'CALLABLE', '7.0'), item('4', 4e15, 'core', 'UPDATES', { updates: [{ response: 'upgrade', version: '7.1' }] })], new Date());
    const first = await seen();
    expect(first.plugins.nodes[0]?.update?.version).toBe('1.1');
    expect(Date.parse(first.plugins.nodes[0]?.update?.firstSeenAt ?? '')).toBeGreaterThanOrEqual(began - 1);
    expect(Date.parse(first.updates.core?.firstSeenAt ?? '')).toBeGreaterThanOrEqual(began - 1);
    await applyBatch(store, site, [item('5', 5e15, 'plugins', 'UPDATES', { response: {} })], new Date());
    expect((await seen()).plugins.nodes[0]?.update).toBeNull();
    await applyBatch(store, site, [item('6', 6e15, 'plugins', 'UPDATES', offers('1.1'))], new Date());
    expect((await seen()).plugins.nodes).toEqual(first.plugins.nodes);
    await applyBatch(store, site, [item('7', 7e15, 'plugins', 'UPDATES', offers('1.2'))], new Date());
    const newer = (await seen()).plugins.nodes[0]?.update;
    expect(newer?.version).toBe('1.2');
    expect(Date.parse(newer?.firstSeenAt ?? '')).toBeGreaterThan(Date.parse(first.plugins.nodes[0]?.update?.firstSeenAt ?? ''));
  });
});

describe('InstalledPlugin.restrictions', () => {
  const QUERY = 'query($id: ID!) { site(id: $id) { plugins { nodes { slug managed uninstallable restrictions { action reason { code } } } } } }';
  interface Node { slug: string; managed: boolean | null; uninstallable: boolean | null; restrictions: { action: string; reason: { code: string } }[] }
  const plugins = async (site: SiteId) => {
    const { data, codes } = await run(OPERATOR, QUERY, { id: encodeSiteId(site) });
    expect(codes).toEqual([]);
    return new Map((data as { site: { plugins: { nodes: Node[] } } }).site.plugins.nodes.map((node) => [node.slug, { ...node, restrictions: node.restrictions.map(({ action, reason }) => `${action} ${reason.code}`) }]));
  };

  it('are told one an action with a reason', async () => {
    const site = await addSiteWithAdmin(store);
    await addSetting(store, site, 'CALLABLE', 'wp_version', '7.0');
    await addSetting(store, site, 'CONSTANT', 'PHP_VERSION', '8.1.2');
    await addSetting(store, site, 'CALLABLE', 'is_multi_site', true);
    await addSetting(store, site, 'OPTION', 'uninstall_plugins', { 'base/base.php': ['Base', 'uninstall'] });
    await addPlugin(store, site, 'base/base.php', { active: true });
    await addPlugin(store, site, 'child/child.php', { active: true, headers: { RequiresPlugins: 'base' } });
    await addPlugin(store, site, 'idle/idle.php', { headers: { RequiresPlugins: 'base, missing', RequiresWP: '7.1' } });
    await addPlugin(store, site, 'jetpack/jetpack.php', { active: true, update: '2.0', offer: { requires_php: '8.2', packageAvailable: false } });
    await addPlugin(store, site, 'wide/wide.php', { active: true, networkActive: true });
    await addPlugin(store, site, 'only-wide/x.php', { headers: { Network: true } });
    await addPlugin(store, site, 'free/free.php');
    const found = await plugins(site);
    expect(found.get('base')).toMatchObject({ managed: null, uninstallable: true, restrictions: ['DELETE STILL_ACTIVE', 'DEACTIVATE REQUIRED', 'DELETE REQUIRED'] });
    expect(found.get('child')).toMatchObject({ uninstallable: null, restrictions: ['DELETE STILL_ACTIVE'] });
    expect(found.get('idle')?.restrictions).toEqual(['ACTIVATE REQUIRES', 'ACTIVATE INCOMPATIBLE_WP']);
    expect(found.get('jetpack')?.restrictions).toEqual(['DELETE STILL_ACTIVE', 'DEACTIVATE PROTECTED', 'DELETE PROTECTED', 'UPDATE NO_PACKAGE', 'UPDATE INCOMPATIBLE_PHP']);
    expect(found.get('wide')?.restrictions).toEqual(['DEACTIVATE NETWORK', 'DELETE NETWORK']);
    expect(found.get('only-wide')?.restrictions).toEqual(['ACTIVATE NETWORK']);
    expect(found.get('free')?.restrictions).toEqual([]);
  });

  it('are the same for all plugins of a site whose files are locked or looked after elsewhere', async () => {
    const site = await addSiteWithAdmin(store);
    await addSetting(store, site, 'CONSTANT', 'DISALLOW_FILE_MODS', true);
    await addSetting(store, site, 'CONSTANT', 'AUTOMATIC_UPDATER_DISABLED', true);
    await addSetting(store, site, 'CALLABLE', 'has_file_system_write_access', '');
    await addSetting(store, site, 'CALLABLE', 'is_version_controlled', true);
    await addPlugin(store, site, 'free/free.php');
    expect((await plugins(site)).get('free')).toMatchObject({ managed: true, restrictions: [
      'UPDATE FILE_MODS_DISALLOWED', 'DELETE FILE_MODS_DISALLOWED', 'ENABLE_AUTO_UPDATE FILE_MODS_DISALLOWED', 'UPDATE FILES_NOT_WRITABLE', 'DELETE FILES_NOT_WRITABLE', 'ENABLE_AUTO_UPDATE FILES_NOT_WRITABLE',
      'ENABLE_AUTO_UPDATE MANAGED', 'ENABLE_AUTO_UPDATE AUTOMATIC_UPDATES_OFF',
    ] });
  });
});
