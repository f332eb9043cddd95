// The extensions subgraph over the recorded site and over sites made for the purpose.
import { beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { addSite } from '../../../store/sites.js';
import { createExtensionsSubgraph } from '../../../subgraphs/extensions/index.js';
import { OPERATOR, person } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { personOn, subgraphRunner } from '../../testkit/run-subgraph.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

let store: Store;
let run: ReturnType<typeof subgraphRunner>;
let siteId: SiteId;

beforeAll(async () => {
  store = await openTestStore();
  run = subgraphRunner(store, createExtensionsSubgraph);
  siteId = await loadRecordedSite(store);
}, 120_000);

const ADMIN = 1;

async function addPlugin(site: SiteId, file: string, row: { version?: string; active?: boolean; update?: string; requires?: string; autoUpdate?: boolean } = {}) {
  const details = { headers: { Name: file }, update: row.update ? { requires: row.requires ?? '', packageAvailable: true } : null, activationKnown: true, autoUpdateKnown: true };
  await store.database.query(
    `INSERT INTO plugin (site_id, file, slug, name, version, active, network_active, auto_update, update_version, details)
     VALUES ($1, $2, $3, $2, $4, $5, false, $6, $7, $8)`,
    [site, file, file.split('/')[0] ?? file, row.version ?? '1.0', row.active ?? false, row.autoUpdate ?? false, row.update ?? null, JSON.stringify(details)],
  );
}

async function addSetting(site: SiteId, kind: string, name: string, value: unknown) {
  await store.database.query(
    `INSERT INTO setting (site_id, setting_kind, name, value, redacted, alive, rev) VALUES ($1, $2, $3, $4, false, true, 1)`,
    [site, kind, name, JSON.stringify(value)],
  );
}

async function newSite(): Promise<SiteId> {
  const id = nextSiteId();
  await addSite(store, { id, url: `http://ext-${id}.example`, blogToken: `k${id}.s${id}`, userTokens: [] });
  return id;
}

/** A site whose user 1 may activate plugins and switch themes. */
async function newSiteWithAdmin(): Promise<SiteId> {
  const id = await newSite();
  await addSetting(id, 'CALLABLE', 'roles', { administrator: { name: 'Administrator', capabilities: { activate_plugins: true, switch_themes: true, edit_theme_options: true } } });
  await store.database.query(`INSERT INTO site_user (site_id, id, login, roles, caps, alive, rev) VALUES ($1, 1, 'a', ARRAY['administrator'], '{"administrator": true}', true, 1)`, [id]);
  return id;
}

const PLUGINS = `query($id: ID!, $first: Int, $after: String, $filter: ExtensionFilter) { site(id: $id) { plugins(first: $first, after: $after, filter: $filter) {
  nodes { id file slug name installedVersion activation networkActive autoUpdate description authorName authorUrl pluginUrl requiresWp requiresPhp actionLinks update { version } site { id } freshness { lagMs } }
  pageInfo { hasNextPage endCursor } totalCount freshness { sequence } } } }`;

interface PluginPage { nodes: Record<string, unknown>[]; pageInfo: { hasNextPage: boolean; endCursor: string | null }; totalCount: number }
const page = (data: Record<string, unknown> | null) => (data as { site: { plugins: PluginPage } }).site.plugins;

describe('Site.plugins', () => {
  it('agrees with what the site answers', async () => {
    const { data, codes } = await run(OPERATOR, PLUGINS, { id: encodeSiteId(siteId) });
    expect(codes).toEqual([]);
    const answers = siteAnswer<{ plugin: string; name: string; version: string; status: string; author: string; author_uri: string; plugin_uri: string; requires_wp: string; requires_php: string }[]>('plugins');
    const wanted = answers.map((plugin) => ({
      file: `${plugin.plugin}.php`, name: plugin.name, installedVersion: plugin.version, activation: plugin.status.toUpperCase(),
      authorName: plugin.author, authorUrl: plugin.author_uri || null, pluginUrl: plugin.plugin_uri || null, requiresWp: plugin.requires_wp || null, requiresPhp: plugin.requires_php || null,
    }));
    expect(page(data).nodes).toMatchObject(wanted);
    expect(page(data).totalCount).toBe(answers.length);
    expect(page(data).nodes[0]?.['description']).toContain('protect your blog from spam.');
  });

  it('pages by file and refuses cursors of other lists and sizes out of bounds', async () => {
    const id = encodeSiteId(siteId);
    const one = await run(OPERATOR, PLUGINS, { id, first: 4 });
    const two = await run(OPERATOR, PLUGINS, { id, first: 4, after: page(one.data).pageInfo.endCursor });
    expect([...page(one.data).nodes, ...page(two.data).nodes].map((node) => node['slug'])).toEqual(['akismet', 'bbpress', 'classic-editor', 'jetpack', 'woocommerce', 'wordpress-importer']);
    expect([page(one.data).pageInfo.hasNextPage, page(two.data).pageInfo.hasNextPage]).toEqual([true, false]);
    const other = await run(OPERATOR, PLUGINS, { id, filter: { hasUpdate: true }, after: page(one.data).pageInfo.endCursor });
    expect(other.codes).toEqual(['BAD_USER_INPUT']);
    for (const first of [0, -1, 101]) expect((await run(OPERATOR, PLUGINS, { id, first })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await run(OPERATOR, PLUGINS, { id, after: '%%' })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('filters by part of the name, by state and by what waits', async () => {
    const slugs = async (filter: object) => page((await run(OPERATOR, PLUGINS, { id: encodeSiteId(siteId), filter })).data).nodes.map((node) => node['slug']);
    expect(await slugs({ search: 'WORDPRESS' })).toEqual(['wordpress-importer']);
    expect(await slugs({ search: '%' })).toEqual([]);
    expect(await slugs({ status: ['INACTIVE'] })).toEqual(['bbpress', 'classic-editor', 'wordpress-importer']);
    expect(await slugs({ status: ['ACTIVE'], hasUpdate: true })).toEqual([]);
    expect(await slugs({ status: [] })).toEqual([]);
    expect(await slugs({ autoUpdate: false })).toHaveLength(6);
  });

  it('is for people who may manage plugins there', async () => {
    const id = encodeSiteId(siteId);
    const users = siteAnswer<{ id: number; roles: string[] }[]>('users');
    const editor = users.find((user) => user.roles.includes('editor'))?.id ?? 0;
    expect((await run(personOn(siteId, ADMIN), PLUGINS, { id })).codes).toEqual([]);
    for (const viewer of [ANONYMOUS, personOn(siteId, editor), personOn(siteId + 1, ADMIN)]) {
      const { data, codes } = await run(viewer, PLUGINS, { id });
      expect(codes).toEqual(['FORBIDDEN']);
      expect(data).toEqual({ site: { plugins: null } });
    }
  });

  it('leaves activation unknown until the site has told it', async () => {
    const early = await loadRecordedSite(store, ['1-incremental']);
    const { data } = await run(OPERATOR, PLUGINS, { id: encodeSiteId(early) });
    expect(page(data).nodes.map((node) => node['activation'])).toEqual([null, null, null, null, null, null]);
  }, 120_000);

  it('reads the plugins of many sites with one statement', async () => {
    const sites = await Promise.all([1, 2, 3, 4].map(async () => newSite()));
    for (const site of sites) for (const file of ['b/b.php', 'a/a.php', 'c/c.php']) await addPlugin(site, file, { update: '2.0' });
    const representations = sites.map((site) => ({ __typename: 'Site', id: encodeSiteId(site) }));
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Site { plugins(first: 2) { nodes { file update { compatible } freshness { lagMs } } totalCount } canModifyFiles { update } } } }';
    const { data, codes, statements } = await run(OPERATOR, query, { r: representations });
    expect(codes).toEqual([]);
    expect(data).toEqual({ _entities: sites.map(() => ({ plugins: { nodes: ['a/a.php', 'b/b.php'].map((file) => ({ file, update: { compatible: true }, freshness: { lagMs: 0 } })), totalCount: 3 }, canModifyFiles: null })) });
    expect(statements).toBe(5);
  });
});

describe('entities', () => {
  const NODES = 'query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on InstalledPlugin { id file name site { id } } ... on InstalledTheme { id slug isActive } } }';

  it('resolves plugins by file and themes by slug, and nothing that the viewer may not see', async () => {
    const ids = { plugin: encodeGlobalId(siteId, 'InstalledPlugin', 'akismet/akismet.php'), theme: encodeGlobalId(siteId, 'InstalledTheme', 'twentytwentyfour'), active: encodeGlobalId(siteId, 'InstalledTheme', 'twentytwentyfive'), gone: encodeGlobalId(siteId, 'InstalledPlugin', 'no/no.php') };
    const r = [{ __typename: 'InstalledPlugin', id: ids.plugin }, { __typename: 'InstalledTheme', id: ids.theme }, { __typename: 'InstalledTheme', id: ids.active }, { __typename: 'InstalledPlugin', id: ids.gone }];
    const seen = await run(personOn(siteId, ADMIN), NODES, { r });
    expect(seen.data).toMatchObject({ _entities: [{ id: ids.plugin, file: 'akismet/akismet.php' }, { id: ids.theme, isActive: false }, { id: ids.active, isActive: true }, null] });
    expect((await run(ANONYMOUS, NODES, { r })).data).toEqual({ _entities: [null, null, { __typename: 'InstalledTheme', id: ids.active, slug: 'twentytwentyfive', isActive: true }, null] });
  });
});

describe('themes and updates', () => {
  it('agrees with what the site answers about its themes', async () => {
    const query = 'query($id: ID!) { site(id: $id) { themes { slug name installedVersion isActive isBlockTheme authorName parent { slug } mods autoUpdate update { version } supports } } }';
    const { data, codes } = await run(personOn(siteId, ADMIN), query, { id: encodeSiteId(siteId) });
    expect(codes).toEqual([]);
    const themes = (data as { site: { themes: Record<string, unknown>[] } }).site.themes;
    for (const theme of siteAnswer<{ stylesheet: string; version: string; name: { raw: string }; author: { raw: string }; status: string }[]>('themes')) {
      expect(themes.find((found) => found['slug'] === theme.stylesheet)).toMatchObject({ name: theme.name.raw, installedVersion: theme.version, authorName: theme.author.raw, isActive: theme.status === 'active', isBlockTheme: true, parent: null });
    }
    expect(themes.find((theme) => theme['isActive'])).toMatchObject({ slug: 'twentytwentyfive', mods: { nav_menu_locations: { primary: 41, footer: 42 } } });
  });

  it('answers the menu editor for visitors, but not what is about managing the theme', async () => {
    const query = 'query($id: ID!) { site(id: $id) { activeTheme { id name registeredMenuLocations autoUpdate update { version } mods } themes { id } } }';
    const { data, codes } = await run(ANONYMOUS, query, { id: encodeSiteId(siteId) });
    expect(data).toEqual({ site: { activeTheme: { id: encodeGlobalId(siteId, 'InstalledTheme', 'twentytwentyfive'), name: 'Twenty Twenty-Five', registeredMenuLocations: ['footer', 'primary'], autoUpdate: null, update: null, mods: null }, themes: null } });
    expect(codes).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });

  it('tells the widget areas of the active theme and of former ones, to those who may manage themes', async () => {
    const site = await newSiteWithAdmin();
    for (const slug of ['shore', 'former', 'never']) await store.database.query(`INSERT INTO theme (site_id, slug, name, version, active, auto_update, details) VALUES ($1, $2, $2, '1.0', $3, false, '{}')`, [site, slug, slug === 'shore']);
    await addSetting(site, 'OPTION', 'sidebars_widgets', { wp_inactive_widgets: [], 'sidebar-2': [], 'sidebar-1': ['block-2'], array_version: 3 });
    await addSetting(site, 'OPTION', 'theme_mods_former', { sidebars_widgets: { time: 1, data: { wp_inactive_widgets: [], left: ['text-1'] } } });
    const areas = (data: unknown) => Object.fromEntries((data as { site: { themes: { slug: string; widgetAreas: string[] | null }[] } }).site.themes.map(({ slug, widgetAreas }) => [slug, widgetAreas]));
    const { data } = await run(personOn(site, 1), 'query($id: ID!) { site(id: $id) { themes { slug widgetAreas } } }', { id: encodeSiteId(site) });
    expect(areas(data)).toEqual({ shore: ['sidebar-1', 'sidebar-2'], former: ['left'], never: null });
    const visitor = await run(ANONYMOUS, 'query($id: ID!) { site(id: $id) { activeTheme { slug widgetAreas } } }', { id: encodeSiteId(site) });
    expect(visitor.data).toEqual({ site: { activeTheme: { slug: 'shore', widgetAreas: null } } });
  });

  it('tells how many updates wait and whether files can be changed', async () => {
    const query = 'query($id: ID!) { site(id: $id) { updates { plugins themes translations core { version requiresPhp compatible packageAvailable } lastCheckedAt } canModifyFiles { install update autoUpdate reasons } } }';
    const recorded = await run(OPERATOR, query, { id: encodeSiteId(siteId) });
    expect(recorded.data).toEqual({ site: { updates: { plugins: 0, themes: 0, translations: 0, core: null, lastCheckedAt: null }, canModifyFiles: { install: true, update: true, autoUpdate: true, reasons: [] } } });
    const site = await newSiteWithAdmin();
    await addPlugin(site, 'a/a.php', { update: '2.0' });
    await addSetting(site, 'CALLABLE', 'wp_version', '7.0');
    await addSetting(site, 'CALLABLE', 'updates', { plugins: 9, themes: 3, translations: 1, wordpress: 1, total: 14 });
    await addSetting(site, 'CALLABLE', 'has_file_system_write_access', false);
    await addSetting(site, 'CALLABLE', 'is_version_controlled', true);
    await addSetting(site, 'CONSTANT', 'PHP_VERSION', '8.2.36');
    await addSetting(site, 'CONSTANT', 'WP_AUTO_UPDATE_CORE', false);
    await addSetting(site, 'UPDATES', 'plugins', { last_checked: 1795462335, response: {}, checked: {} });
    await addSetting(site, 'UPDATES', 'core', { updates: [{ response: 'upgrade', version: '7.1', php_version: '8.3', packageAvailable: true }, { response: 'autoupdate', version: '9.0' }] });
    expect((await run(personOn(site, ADMIN), query, { id: encodeSiteId(site) })).data).toEqual({
      site: {
        updates: { plugins: 1, themes: 3, translations: 1, core: { version: '7.1', requiresPhp: '8.3', compatible: false, packageAvailable: true }, lastCheckedAt: '2026-11-23T19:32:15.000Z' },
        canModifyFiles: { install: false, update: false, autoUpdate: false, reasons: ['NO_FILE_SYSTEM_WRITE_ACCESS', 'VERSION_CONTROLLED', 'WP_AUTO_UPDATE_CORE'] },
      },
    });
  });
});

describe('fleet', () => {
  const FLEET = `query($filter: FleetFilter, $plugins: ExtensionFilter, $after: String) { fleet(filter: $filter) { sitesWithUpdates plugins(first: 2, after: $after, filter: $plugins) {
    nodes { slug name siteCount activeCount outdatedCount versions { version siteCount } installs(first: 50) { nodes { id installedVersion update { version compatible } site { id canModifyFiles { update reasons } } } totalCount } }
    pageInfo { hasNextPage endCursor } totalCount } } }`;
  interface FleetData { fleet: { sitesWithUpdates: number; plugins: { nodes: { slug: string; installs: { nodes: { site: { id: string } }[]; totalCount: number } }[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number } } }

  it("groups the plugins of the viewer's sites and counts what the filter chooses, in few statements", async () => {
    const sites = [await newSiteWithAdmin(), await newSiteWithAdmin(), await newSiteWithAdmin()];
    const [a, b, hidden] = sites as [SiteId, SiteId, SiteId];
    await addPlugin(a, 'seo/seo.php', { version: '1.0', update: '2.0', active: true, requires: '9.9' });
    await addPlugin(b, 'seo/seo.php', { version: '2.0' });
    await addPlugin(b, 'shop/shop.php', { version: '3.0', update: '3.1' });
    await addPlugin(b, 'zoo/zoo.php');
    await addPlugin(hidden, 'seo/seo.php', { version: '0.1', update: '2.0' });
    const viewer = person([{ siteId: a, userId: 1 }, { siteId: b, userId: 1 }, { siteId: hidden, userId: 77 }]);
    const { data, codes, statements } = await run(viewer, FLEET, {});
    expect(codes).toEqual([]);
    const { fleet } = data as unknown as FleetData;
    expect(fleet.sitesWithUpdates).toBe(2);
    expect(fleet.plugins).toMatchObject({
      totalCount: 3,
      pageInfo: { hasNextPage: true },
      nodes: [
        { slug: 'seo', siteCount: 2, activeCount: 1, outdatedCount: 1, versions: [{ version: '1.0', siteCount: 1 }, { version: '2.0', siteCount: 1 }], installs: { totalCount: 2, nodes: [{ site: { id: encodeSiteId(a) }, update: { version: '2.0', compatible: null } }, { site: { id: encodeSiteId(b) }, update: null }] } },
        { slug: 'shop', siteCount: 1, activeCount: 0, outdatedCount: 1 },
      ],
    });
    expect(statements).toBeLessThanOrEqual(8);
    const next = (await run(viewer, FLEET, { after: fleet.plugins.pageInfo.endCursor })).data as unknown as FleetData;
    expect(next.fleet.plugins.nodes.map((node) => node.slug)).toEqual(['zoo']);
    const outdated = (await run(viewer, FLEET, { plugins: { hasUpdate: true } })).data as unknown as FleetData;
    expect(outdated.fleet.plugins.nodes.map((node) => [node.slug, node.installs.totalCount])).toEqual([['seo', 1], ['shop', 1]]);
  });

  it('shows the operator the sites asked for, and nobody else anything', async () => {
    const asked = await run(OPERATOR, FLEET, { filter: { siteIds: [encodeSiteId(siteId)] } });
    expect((asked.data as unknown as FleetData).fleet.plugins.totalCount).toBe(6);
    expect(((await run(ANONYMOUS, FLEET)).data as unknown as FleetData).fleet).toMatchObject({ sitesWithUpdates: 0, plugins: { totalCount: 0, nodes: [] } });
    expect((await run(OPERATOR, FLEET, { filter: { siteIds: ['x'] } })).codes).toEqual(['BAD_USER_INPUT']);
  });
});
