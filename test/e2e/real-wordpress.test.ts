// A real WordPress, connected by application password, imported, edited and polled; after each step the graph equals the
// site's own REST answers; then written to through the graph (real-writes/). Runs where TEST_WORDPRESS=1 and Debian's packages are (`.ci/run` installs them), else is skipped.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../core/changes.js';
import { createLog } from '../../core/log.js';
import { createSiteClient } from '../../origin/site-client.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { findCallTarget } from '../../store/site-calls.js';
import { removeSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { connectRestSite, type ConnectedRestSite } from '../../sync/import/connect.js';
import { runImport, type ImportEnd } from '../../sync/import/import.js';
import { compareSite } from '../testkit/real-wordpress/compare.js';
import { missingPackages, startRealWordpress, type RealWordpress } from '../testkit/real-wordpress/real-wordpress.js';
import { SiteAsker } from '../testkit/real-wordpress/site-answers.js';
import { openPrivateStore } from '../testkit/store.js';
import { describeEditing } from './real-writes/editing.js';
import { describeInterleavings } from './real-writes/interleavings.js';
import { describeRoleTable } from './real-writes/role-table.js';
import { openScene, type Scene } from './real-writes/scene.js';
import { describeWrites } from './real-writes/writes.js';
import { ask } from '../testkit/ask.js';
import { createUsersSubgraph } from '../../subgraphs/users/index.js';
import { encodeGlobalId, encodeSiteId } from '../../core/ids.js';

const isWanted = process.env['TEST_WORDPRESS'] === '1';
const POSTS = 130;

describe.skipIf(!isWanted)('a real WordPress without Jetpack (TEST_WORDPRESS=1 and Debian packages)', { timeout: 180_000 }, () => {
  let wordpress: RealWordpress;
  let site: SiteAsker;
  let store: Store;
  let client: SiteClient;
  let connected: ConnectedRestSite;
  let cursor: Json | null = null;

  beforeAll(async () => {
    const missing = missingPackages();
    if (missing.length > 0) throw new Error(`TEST_WORDPRESS=1 needs Debian's packages; run: apt-get install ${missing.join(' ')}`);
    [wordpress, store] = await Promise.all([startRealWordpress(POSTS), openPrivateStore()]);
    site = new SiteAsker(wordpress.url, wordpress.login, wordpress.password);
    client = createSiteClient({ store, log: createLog('silent'), allowPrivateOrigins: true });
  }, 600_000);

  afterAll(async () => {
    await client?.close();
    await store?.close();
    await wordpress?.stop();
  });

  const run = (more: { readonly signal?: AbortSignal; readonly maxRequests?: number } = {}): Promise<ImportEnd> =>
    runImport(
      { store, client, clock: Date.now },
      { siteId: connected.siteId, previous: cursor, save: async (state) => void (cursor = JSON.parse(JSON.stringify(state)) as Json), ...more },
    );

  const expectEqual = async (what: string): Promise<void> => {
    const { compared, byKind, differences } = await compareSite(store, connected.siteId, site);
    const kinds = Object.entries(byKind).map(([kind, fields]) => `${kind} ${fields}`).join(', ');
    console.log(`${what}, WordPress ${wordpress.version}: ${compared} fields compared, ${differences.length} different (${kinds})`, ...differences.slice(0, 20));
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(2000);
  };

  it('refuses a wrong application password with the reason, and keeps nothing', async () => {
    await expect(connectRestSite({ store, client }, { url: wordpress.url, login: 'keeper', applicationPassword: 'wrong wrong wrong' })).rejects.toThrow(
      /does not accept this application password of keeper \(rest_not_logged_in\).*pass the Authorization header on/,
    );
    await expect(connectRestSite({ store, client }, { url: wordpress.url, login: 'nobody', applicationPassword: wordpress.password })).rejects.toThrow(/of nobody \(rest_not_logged_in\)/);
    await expect(connectRestSite({ store, client }, { url: `${wordpress.url}/moved`, login: 'keeper', applicationPassword: wordpress.password })).rejects.toThrow(/elsewhere\.example/);
    expect(await store.database.query('SELECT id FROM site')).toEqual([]);
    expect(await store.database.query('SELECT site_id FROM site_credential')).toEqual([]);
  });

  it('says what a person who is no administrator cannot read', async () => {
    const { warnings, siteId } = await connectRestSite({ store, client }, { url: wordpress.url, login: 'editor1', applicationPassword: wordpress.editorPassword });
    expect(warnings.map((warning) => warning.split(';')[0])).toEqual([
      'editor1 lacks manage_options', 'editor1 lacks list_users', 'editor1 lacks edit_theme_options', 'editor1 lacks activate_plugins', 'editor1 lacks switch_themes',
    ]);
    await removeSite(store, siteId);
  });

  it('is connected by an application password that is encrypted at rest', async () => {
    connected = await connectRestSite({ store, client }, { url: `${wordpress.url}/`, login: 'keeper', applicationPassword: wordpress.password.replace(/(.{4})/g, '$1 ') });
    expect(connected).toMatchObject({ url: wordpress.url, userId: 1, warnings: [] });
    const [row] = await store.database.query<{ login: string; secret: Uint8Array }>('SELECT login, secret FROM site_credential');
    expect(row?.login).toBe('keeper');
    expect(Buffer.from(row?.secret ?? []).toString('latin1')).not.toContain(wordpress.password);
  });

  it('is imported as a whole although the import is interrupted at every few requests', async () => {
    let pauses = 0;
    let requests = 0;
    for (let end = await run({ maxRequests: 15 }); ; end = await run({ maxRequests: 15 })) {
      requests += end.requests;
      expect(end.warnings).toEqual([]);
      if (end.kind === 'done') break;
      pauses += 1;
      expect(pauses).toBeLessThan(20);
    }
    console.log(`first import: ${requests} requests, interrupted ${pauses} times`);
    expect(pauses).toBeGreaterThanOrEqual(2);
    expect((await findCallTarget(store, connected.siteId, 0))?.target.apiStyle).toBe('wp-json');
    await expectEqual('after the import');
  });

  it('gives nobody more than WordPress does', async () => {
    const { ids } = wordpress;
    const caps = ['edit_posts', 'edit_others_posts', 'publish_posts', 'moderate_comments', 'manage_options', 'list_users', 'edit_theme_options', 'read_private_posts', 'upload_files', 'delete_pages'];
    const objects = [['edit_post', 'draft'], ['edit_post', 'private'], ['delete_post', 'post'], ['read_post', 'private'], ['edit_post', 'pending'], ['read_post', 'draft']] as const;
    const people = ['administrator', 'editor', 'author', 'contributor', 'subscriber'].map((role) => ids[role] ?? 0);
    const said = JSON.parse(
      await wordpress.php(`$r = array(); foreach (array(${people.join(',')}) as $u) { foreach (json_decode('${JSON.stringify(caps)}') as $c) $r["$u $c"] = user_can($u, $c);
        foreach (json_decode('${JSON.stringify(objects.map(([c, o]) => [c, ids[o]]))}') as $o) $r["$u $o[0] $o[1]"] = user_can($u, $o[0], $o[1]); } echo json_encode($r);`),
    ) as Record<string, boolean>;
    const subgraph = createUsersSubgraph(store);
    const got: Record<string, boolean> = {};
    for (const userId of people) {
      const fields = [
        ...caps.map((capability, index) => `c${index}: viewerCan(capability: "${capability}")`),
        ...objects.map(([capability, object], index) => `o${index}: viewerCan(capability: "${capability}", on: "${encodeGlobalId(connected.siteId, 'Post', ids[object] ?? 0)}")`),
      ];
      const viewer = { kind: 'person', accountId: '00000000-0000-4000-8000-000000000001', scopes: ['*'], users: [{ siteId: connected.siteId, userId }] } as const;
      const { data } = await ask<{ site: Record<string, boolean> }>(subgraph, viewer, `query($id: ID!) { site(id: $id) { ${fields.join(' ')} } }`, { id: encodeSiteId(connected.siteId) });
      caps.forEach((capability, index) => (got[`${userId} ${capability}`] = data.site[`c${index}`] ?? false));
      objects.forEach(([capability, object], index) => (got[`${userId} ${capability} ${ids[object]}`] = data.site[`o${index}`] ?? false));
    }
    expect(got).toEqual(said);
    expect(Object.keys(said).length).toBe(80);
  });

  it('keeps no password, address, agent or meta that is on no list', async () => {
    const tables = await store.database.query<{ name: string }>(`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`);
    for (const { name } of tables) {
      const rows = JSON.stringify(await store.database.query(`SELECT * FROM "${name}"`), (_key, value: unknown) => (value instanceof Uint8Array ? '' : value));
      for (const secret of ['the-post-password', '192.0.2.77', 'planted-agent', 'not on any list', wordpress.password]) expect(rows.includes(secret), `${secret} in ${name}`).toBe(false);
    }
  });

  it('writes nothing when nothing happened', async () => {
    const end = await run();
    expect(end).toMatchObject({ kind: 'done', mode: 'POLL', changes: 0, warnings: [] });
    console.log(`a poll of an idle site: ${end.requests} requests`);
  });

  it('finds what was edited, made, trashed, deleted and moderated', async () => {
    const { ids } = wordpress;
    const at = (name: string): number => ids[name] ?? 0;
    await site.change('POST', `wp/v2/posts/${at('post')}`, { title: 'Edited “title” & more', content: '<!-- wp:paragraph --><p>New</p><!-- /wp:paragraph -->', categories: [at('birds'), at('waders')], format: 'quote', featured_media: 0 });
    await site.change('POST', `wp/v2/posts/${at('sticky')}`, { sticky: false });
    await site.change('POST', `wp/v2/posts/${at('draft')}`, { status: 'publish' });
    await site.change('POST', 'wp/v2/posts', { title: 'Brand new', status: 'private', tags: [at('tag'), at('gone')] });
    await site.change('DELETE', `wp/v2/posts/${at('last')}`);
    await wordpress.php(`wp_delete_post(${at('trashed')}, true);`);
    await site.change('POST', `wp/v2/pages/${at('child')}`, { parent: 0, menu_order: 9 });
    await site.change('POST', `wp/v2/books/${at('book')}`, { meta: { subtitle: '', guests: ['Eva'] }, genre: [at('genre')] });
    await site.change('POST', `wp/v2/media/${at('image')}`, { alt_text: 'Other words', caption: 'New caption' });
    await wordpress.php(`wp_delete_attachment(${at('file')}, true);`);
    await site.change('POST', `wp/v2/comments/${at('held')}`, { status: 'approved' });
    await site.change('POST', `wp/v2/comments/${at('comment')}`, { status: 'spam' });
    await site.change('POST', `wp/v2/comments/${at('reply')}`, { content: 'Edited reply' });
    await wordpress.php(`wp_delete_comment(${at('bin')}, true);`);
    await site.change('POST', `wp/v2/categories/${at('waders')}`, { name: 'Waders & co', parent: 0 });
    // A deleted term and a deleted person change posts without a trace in the posts' dates.
    await wordpress.php(`wp_delete_term(${at('gone')}, 'post_tag'); require_once ABSPATH . 'wp-admin/includes/user.php'; wp_delete_user(${at('contributor')}, ${at('editor')});`);
    await site.change('POST', `wp/v2/users/${at('author')}`, { name: 'Renamed', roles: ['editor'] });
    await site.change('POST', 'wp/v2/settings', { title: 'Reeds <b>&</b> rivers', posts_per_page: 11, timezone: 'America/Recife' });
    await site.change('POST', 'wp/v2/menu-items', { title: 'Added', url: 'https://added.example/', menus: at('menu'), status: 'publish', menu_order: 9 });
    await site.change('POST', 'wp/v2/plugins/akismet/akismet', { status: 'inactive' });
    const end = await run();
    console.log(`a poll after the edits: ${end.requests} requests, ${end.changes} changes`);
    expect(end).toMatchObject({ kind: 'done', mode: 'POLL', warnings: [] });
    await expectEqual('after the edits');
    expect((await run()).changes).toBe(0);
  });

  describe('written to through the graph', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await openScene({ wordpress, store, client, siteId: connected.siteId, poll: run });
    }, 300_000);
    afterAll(() => scene?.close());
    describeWrites(() => scene);
    describeEditing(() => scene);
    describeInterleavings(() => scene);
    describeRoleTable(() => scene);
  });

  it('finds the REST API of plain permalinks, and tells their links', async () => {
    await wordpress.php(`global $wp_rewrite; $wp_rewrite->set_permalink_structure(''); flush_rewrite_rules();`);
    const former = connected.siteId;
    connected = await connectRestSite({ store, client }, { url: wordpress.url, login: 'keeper', applicationPassword: wordpress.password });
    expect(connected.siteId).toBe(former);
    // What was learned of the site may be of the past: the call finds the other form by itself.
    cursor = null;
    expect(await run()).toMatchObject({ kind: 'done', mode: 'FULL', warnings: [] });
    expect((await findCallTarget(store, connected.siteId, 0))?.target.apiStyle).toBe('rest_route');
    await expectEqual('with plain permalinks');
  });

  it('says so when the password is revoked', async () => {
    await wordpress.php(`WP_Application_Passwords::delete_all_application_passwords(1);`);
    await expect(run()).rejects.toMatchObject({ name: 'ImportStopped', code: 'wrong-password' });
  });
});
