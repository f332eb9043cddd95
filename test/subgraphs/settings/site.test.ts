import { beforeAll, describe, expect, it } from 'vitest';
import { isObjectType } from 'graphql';
import { ANONYMOUS, type Viewer } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { createSettingsSubgraph } from '../../../subgraphs/settings/index.js';
import { NODE_TYPENAMES } from '../../../subgraphs/settings/nodes.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { ask, OPERATOR, person } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { countStatements } from '../../testkit/statements.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

let store: Store;
let subgraph: Subgraph;
let siteId: SiteId;
let admin: Viewer;
let subscriber: Viewer;

beforeAll(async () => {
  store = await openTestStore();
  subgraph = createSettingsSubgraph(store);
  siteId = await loadRecordedSite(store);
  const users = siteAnswer<{ id: number; roles: string[] }[]>('users');
  const withRole = (role: string) => users.find((user) => user.roles.includes(role))?.id ?? 0;
  admin = person([{ siteId, userId: withRole('administrator') }]);
  subscriber = person([{ siteId, userId: withRole('subscriber') }]);
});

const GUARDED = `adminUrl wordpressVersion phpVersion environment features settings { title } options { nodes { name } }
  constants { name } callables { name } sync { state }`;

describe('a site', () => {
  it('shows what the site itself says in its settings', async () => {
    const { data, errors } = await ask<{ site: Record<string, unknown> }>(
      subgraph,
      admin,
      `query ($id: ID!) { site(id: $id) { name tagline homeUrl permalinkStructure locale charset icon isMultisite isPrivate wordpressVersion phpVersion
        environment features timezone { name offsetMinutes } connection
        settings { title tagline email language dateFormat timeFormat startOfWeek showOnFront pageOnFront { id } pageForPosts { id } postsPerPage
          defaultCategoryId defaultCommentStatus searchEngineVisible permalinkStructure categoryBase tagBase timezone { name } } } }`,
      { id: encodeSiteId(siteId) },
    );
    expect(errors).toEqual([]);
    const answer = siteAnswer<Record<string, unknown>>('settings');
    expect(data.site).toMatchObject({
      name: answer['title'], tagline: 'Second-hand sea stories, charts & atlases', homeUrl: answer['url'], permalinkStructure: '/%year%/%monthnum%/%postname%/',
      locale: answer['language'], charset: 'UTF-8', icon: null, isMultisite: false, isPrivate: false, wordpressVersion: '7.1', phpVersion: '8.2.36',
      environment: 'production', features: [],
      settings: {
        title: answer['title'], tagline: 'Second-hand sea stories, charts & atlases', email: answer['email'], language: answer['language'],
        dateFormat: answer['date_format'], timeFormat: answer['time_format'], startOfWeek: answer['start_of_week'], showOnFront: answer['show_on_front'],
        pageOnFront: null, pageForPosts: null, postsPerPage: answer['posts_per_page'],
        defaultCategoryId: encodeGlobalId(siteId, 'Term', Number(answer['default_category'])), defaultCommentStatus: answer['default_comment_status'],
        searchEngineVisible: true, permalinkStructure: '/%year%/%monthnum%/%postname%/', categoryBase: null, tagBase: null,
        timezone: { name: answer['timezone'] },
      },
    });
  });

  it('tells visitors its name and address, and nothing technical', async () => {
    const { data, errors } = await ask<{ site: Record<string, unknown> }>(
      subgraph, ANONYMOUS, `query ($id: ID!) { site(id: $id) { name homeUrl locale ${GUARDED} } }`, { id: encodeSiteId(siteId) },
    );
    expect(errors).toEqual([]);
    expect(data.site).toEqual({
      name: 'Harbor Lane Books', homeUrl: 'http://harborlane.example', locale: 'en_US', adminUrl: null, wordpressVersion: null, phpVersion: null,
      environment: null, features: null, settings: null, options: null, constants: null, callables: null, sync: null,
    });
  });

  it('tells subscribers of the site its version but not its settings', async () => {
    const { data } = await ask<{ site: Record<string, unknown> }>(subgraph, subscriber, `query ($id: ID!) { site(id: $id) { ${GUARDED} } }`, { id: encodeSiteId(siteId) });
    expect(data.site).toEqual({
      adminUrl: 'http://harborlane.example/wp-admin/', wordpressVersion: '7.1', phpVersion: null, environment: 'production', features: [],
      settings: null, options: null, constants: null, callables: null, sync: null,
    });
  });

  it("shows WordPress's defaults before anything was received", async () => {
    const fresh = nextSiteId();
    await addSite(store, { id: fresh, url: `https://fresh-${fresh}.example/blog`, blogToken: `k${fresh}.s` });
    const { data, errors } = await ask<{ site: Record<string, unknown> }>(
      subgraph, OPERATOR,
      `query ($id: ID!) { site(id: $id) { name tagline homeUrl adminUrl timezone { name offsetMinutes } locale charset permalinkStructure connection
        settings { dateFormat postsPerPage startOfWeek searchEngineVisible } sync { state modules { name } fullSync { percent } } options { totalCount } } }`,
      { id: encodeSiteId(fresh) },
    );
    expect(errors).toEqual([]);
    expect(data.site).toEqual({
      name: `fresh-${fresh}.example`, tagline: '', homeUrl: `https://fresh-${fresh}.example/blog`, adminUrl: `https://fresh-${fresh}.example/blog/wp-admin/`,
      timezone: { name: null, offsetMinutes: 0 }, locale: 'en_US', charset: 'UTF-8', permalinkStructure: '', connection: 'CONNECTED',
      settings: { dateFormat: 'F j, Y', postsPerPage: 10, startOfWeek: 1, searchEngineVisible: true },
      sync: { state: 'CATCHING_UP', modules: [], fullSync: null }, options: { totalCount: 0 },
    });
  });

  it('is degraded when it is silent or lags, and disconnected when it was disconnected', async () => {
    const quiet = nextSiteId();
    await addSite(store, { id: quiet, url: `https://quiet-${quiet}.example`, blogToken: `k${quiet}.s` });
    const state = async () => (await ask<{ site: { connection: string } }>(subgraph, ANONYMOUS, `{ site(id: "${encodeSiteId(quiet)}") { connection } }`)).data.site.connection;
    const listed = async (connection: string) =>
      (await ask<{ sites: { nodes: unknown[] } }>(subgraph, person([{ siteId: quiet, userId: 1 }]), `{ sites(filter: { connection: ${connection} }) { nodes { id } } }`)).data.sites.nodes.length;
    await store.database.query(`INSERT INTO site_user (site_id, id, login, alive, rev) VALUES ($1, 1, 'ann', true, 1)`, [quiet]);
    for (const [sql, expected] of [
      [`UPDATE site SET last_received_at = now() - interval '47 hours' WHERE id = $1`, 'CONNECTED'],
      [`UPDATE site SET last_received_at = now() - interval '49 hours' WHERE id = $1`, 'DEGRADED'],
      [`UPDATE site SET last_received_at = now(), queue_lag_seconds = 901 WHERE id = $1`, 'DEGRADED'],
      [`UPDATE site SET disconnected_at = now() WHERE id = $1`, 'DISCONNECTED'],
    ] as const) {
      await store.database.query(sql, [quiet]);
      expect(await state()).toBe(expected);
      expect(await listed(expected)).toBe(1);
      expect(await listed(expected === 'CONNECTED' ? 'DEGRADED' : 'CONNECTED')).toBe(0);
    }
  });

  it('changes its version with what it shows and with nothing else', async () => {
    const version = async () => (await ask<{ site: { version: string } }>(subgraph, ANONYMOUS, `{ site(id: "${encodeSiteId(siteId)}") { version } }`)).data.site.version;
    const before = await version();
    await store.database.query(`UPDATE site SET last_received_at = now() WHERE id = $1`, [siteId]);
    expect(await version()).toBe(before);
    await store.database.query(`UPDATE setting SET value = '"Something else"' WHERE site_id = $1 AND name = 'blogname'`, [siteId]);
    expect(await version()).not.toBe(before);
    await store.database.query(`UPDATE setting SET value = '"Harbor Lane Books"' WHERE site_id = $1 AND name = 'blogname'`, [siteId]);
    expect(await version()).toBe(before);
  });

  it('is found by its address and by nothing that is no address of it', async () => {
    const byUrl = async (url: string) => (await ask<{ siteByUrl: { id: string } | null }>(subgraph, ANONYMOUS, `query ($u: URL!) { siteByUrl(url: $u) { id } }`, { u: url })).data.siteByUrl;
    expect(await byUrl(`https://harborlane-${siteId}.example/`)).toEqual({ id: encodeSiteId(siteId) });
    expect(await byUrl('https://nowhere.example')).toBeNull();
    const missing = await ask<{ site: unknown }>(subgraph, OPERATOR, `query ($id: ID!) { site(id: $id) { id } }`, { id: encodeSiteId(nextSiteId()) });
    expect(missing.data.site).toBeNull();
  });
});

describe('settings of a site', () => {
  it('come by name in pages, with when they were recorded and by whom', async () => {
    const names: string[] = [];
    let after: string | null = null;
    do {
      const { data, errors }: { data: { site: { options: { nodes: { name: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string }; totalCount: number } } }; errors: readonly unknown[] } = await ask(
        subgraph, OPERATOR, `query ($id: ID!, $after: String) { site(id: $id) { options(first: 60, after: $after) { nodes { name } totalCount pageInfo { hasNextPage endCursor } } } }`,
        { id: encodeSiteId(siteId), after },
      );
      expect(errors).toEqual([]);
      names.push(...data.site.options.nodes.map((node) => node.name));
      after = data.site.options.pageInfo.hasNextPage ? data.site.options.pageInfo.endCursor : null;
      if (after === null) expect(names).toHaveLength(data.site.options.totalCount);
    } while (after !== null);
    expect(names).toEqual([...new Set(names)].sort());
    const { data } = await ask<{ site: { options: { nodes: Record<string, unknown>[] }; constants: Record<string, unknown>[]; callables: Record<string, unknown>[] } }>(
      subgraph, OPERATOR,
      `query ($id: ID!) { site(id: $id) { options(names: ["blogdescription", "mailserver_pass"]) { nodes { name kind value redacted updatedAt updatedBy { kind user { id } label } } }
        constants(names: ["WP_DEBUG", "DISALLOW_FILE_MODS"]) { name kind value } callables(names: ["wp_version"]) { name value } } }`,
      { id: encodeSiteId(siteId) },
    );
    expect(data.site.constants).toEqual([{ name: 'DISALLOW_FILE_MODS', kind: 'CONSTANT', value: null }, { name: 'WP_DEBUG', kind: 'CONSTANT', value: false }]);
    expect(data.site.callables).toEqual([{ name: 'wp_version', value: '7.1' }]);
    const description = data.site.options.nodes.find((node) => node['name'] === 'blogdescription');
    expect(description).toMatchObject({ kind: 'OPTION', value: 'Second-hand sea stories, charts &amp; atlases', redacted: false });
    expect(String(description?.['updatedAt'])).toMatch(/^2026-11-2/);
    const password = data.site.options.nodes.find((node) => node['name'] === 'mailserver_pass');
    if (password) expect(password).toMatchObject({ value: null, redacted: true });
  });

  it('refuse a cursor of another list and a page that is too long', async () => {
    const query = `query ($id: ID!, $first: Int, $after: String) { site(id: $id) { options(first: $first, after: $after) { nodes { name } } } }`;
    for (const variables of [{ first: 101 }, { first: 0 }, { after: 'nonsense' }]) {
      const { errors } = await ask(subgraph, OPERATOR, query, { id: encodeSiteId(siteId), first: 10, ...variables });
      expect(errors.map((error) => error.extensions['code'])).toEqual(['BAD_USER_INPUT']);
    }
  });
});

describe('the state of synchronization', () => {
  it('shows a full sync under way by what the site announced', async () => {
    const running = nextSiteId();
    await addSite(store, { id: running, url: `https://running-${running}.example`, blogToken: `k${running}.s` });
    await store.database.query(
      `INSERT INTO full_sync (site_id, started_rev, config, range, started_at) VALUES ($1, 1000, $2, $3, now() - interval '10 seconds')`,
      [running, JSON.stringify({ functions: 1, posts: 1, comments: 1 }), JSON.stringify({ posts: { count: '150' }, comments: { count: 49 } })],
    );
    await store.database.query(`INSERT INTO full_sync_chunk (site_id, module, rev, count) VALUES ($1, 'posts', 900, 7), ($1, 'posts', 1100, 100), ($1, 'callables', 1001, 37)`, [running]);
    const { data } = await ask<{ site: { sync: Record<string, unknown> } }>(
      subgraph, OPERATOR, `{ site(id: "${encodeSiteId(running)}") { sync { state modules { name total synced state } fullSync { percent etaSeconds } } } }`,
    );
    expect(data.site.sync).toMatchObject({
      state: 'FULL_SYNC', fullSync: { percent: 50.5, etaSeconds: 10 },
      modules: [
        { name: 'posts', total: 150, synced: 100, state: 'FULL_SYNC' },
        { name: 'comments', total: 49, synced: 0, state: 'CATCHING_UP' },
        { name: 'functions', total: null, synced: 37, state: 'HEALTHY' },
      ],
    });
  });

  it('of the recorded site is healthy, with every announced row received', async () => {
    const { data } = await ask<{ site: { sync: { state: string; fullSync: unknown; modules: { name: string; total: number | null; synced: number }[]; lastFullSyncAt: string | null } } }>(
      subgraph, admin, `{ site(id: "${encodeSiteId(siteId)}") { sync { state fullSync { percent } lastFullSyncAt modules { name total synced state } } } }`,
    );
    expect(data.site.sync).toMatchObject({ state: 'HEALTHY', fullSync: null });
    expect(data.site.sync.lastFullSyncAt).not.toBeNull();
    expect(data.site.sync.modules.map((module) => module.name).sort()).toEqual(['comments', 'constants', 'functions', 'options', 'posts', 'term_relationships', 'terms', 'themes', 'updates', 'users']);
  });
});

describe('the list of sites', () => {
  it('holds the sites that a person has an account on, and all for the operator', async () => {
    const list = async (viewer: Viewer, args = '') => (await ask<{ sites: { nodes: { id: string }[]; totalCount: number } }>(subgraph, viewer, `{ sites${args} { nodes { id } totalCount } }`)).data.sites;
    expect(await list(admin)).toEqual({ nodes: [{ id: encodeSiteId(siteId) }], totalCount: 1 });
    expect((await list(person([{ siteId, userId: 99_999 }]))).nodes).toEqual([]);
    expect((await list(ANONYMOUS)).nodes).toEqual([]);
    expect((await list(OPERATOR)).totalCount).toBeGreaterThan(1);
    expect((await list(admin, '(filter: { search: "harbor LANE" })')).nodes).toHaveLength(1);
    expect((await list(admin, '(filter: { search: "%" })')).nodes).toHaveLength(0);
  });

  it('goes on after a cursor without gap or repeat, and reads many sites with one statement each kind', async () => {
    const ids: SiteId[] = [];
    for (let index = 0; index < 5; index += 1) {
      const id = nextSiteId();
      ids.push(id);
      await addSite(store, { id, url: `https://many-${id}.example`, blogToken: `k${id}.s` });
      await store.database.query(`INSERT INTO site_user (site_id, id, login, alive, rev) VALUES ($1, 1, 'ann', true, 1)`, [id]);
    }
    const viewer = person(ids.map((id) => ({ siteId: id, userId: 1 })));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data }: { data: { sites: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } } = await ask(
        subgraph, viewer, `query ($after: String) { sites(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }`, { after },
      );
      seen.push(...data.sites.edges.map((edge) => edge.node.id));
      after = data.sites.pageInfo.hasNextPage ? data.sites.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(ids.map(encodeSiteId));
    const counted = countStatements(store);
    await ask(createSettingsSubgraph(counted.store), OPERATOR, `{ sites(first: 100) { nodes { name connection timezone { offsetMinutes } settings { title } sync { state } options(first: 5) { nodes { name } } } } }`);
    expect(counted.statements).toHaveLength(5);
  });
});

describe('node and nodes', () => {
  it('take the typename from the id, and null for anything else', async () => {
    const post = encodeGlobalId(siteId, 'Post', 7);
    const { data } = await ask<{ nodes: unknown[] }>(subgraph, ANONYMOUS, `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, {
      ids: [post, 'nonsense', encodeSiteId(siteId), encodeGlobalId(siteId, 'Revision', 3)],
    });
    expect(data.nodes).toEqual([{ __typename: 'Post', id: post }, null, { __typename: 'Site', id: encodeSiteId(siteId) }, null]);
    const { errors } = await ask(subgraph, ANONYMOUS, `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids: Array.from({ length: 101 }, () => post) });
    expect(errors.map((error) => error.extensions['code'])).toEqual(['BAD_USER_INPUT']);
  });

  it('know every Node type of the schema', () => {
    const declared = Object.values(subgraph.schema.getTypeMap()).filter((type) => isObjectType(type) && type.getInterfaces().some((one) => one.name === 'Node'));
    expect(declared.map((type) => type.name).sort()).toEqual([...NODE_TYPENAMES].sort());
  });
});
