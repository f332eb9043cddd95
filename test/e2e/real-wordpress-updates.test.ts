// Operations on plugins and themes of a real WordPress that is connected: signed calls, carried out by WordPress's own functions, each step seen
// in the site's own REST answers and in the graph. Jetpack is in no package of Debian's: what answers is testkit/real-wordpress/connection.
// Runs where TEST_WORDPRESS=1 and Debian's packages are (`.ci/run` installs them), else is skipped.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPackageDesk } from '../../bin/package-desk.js';
import type { DomainChange, Json, SettingKind } from '../../core/changes.js';
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { createLog } from '../../core/log.js';
import { startJobs, type Jobs } from '../../jobs/start-jobs.js';
import { signCall } from '../../origin/sign-call.js';
import { createSiteClient } from '../../origin/site-client.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { applyBatch } from '../../store/apply/apply.js';
import type { Store } from '../../store/store.js';
import { createExtensionsSubgraph } from '../../subgraphs/extensions/index.js';
import { ACCOUNT_ID, ask, OPERATOR } from '../testkit/ask.js';
import { endingsOf, operateOn } from '../testkit/operations.js';
import { zipOf, zipOfPlugin, zipOfTheme } from '../testkit/plugin-zips.js';
import { startWordpressDirectory, type WordpressDirectory } from '../testkit/real-wordpress/directory.js';
import { missingPackages, startRealWordpress, type RealWordpress } from '../testkit/real-wordpress/real-wordpress.js';
import { SiteAsker } from '../testkit/real-wordpress/site-answers.js';
import { addLocalSite, nextSiteId, openPrivateStore } from '../testkit/store.js';

const isWanted = process.env['TEST_WORDPRESS'] === '1';
const TOKENS = { blog: 'blogkey.blogsecret', user: 'userkey.usersecret' };
/** It breaks pages and nothing else: signed calls go on. */
const WRECK = 'add_action("template_redirect", function () { a_function_that_is_not_there(); });';
/** It breaks every request. */
const RUIN = 'a_function_that_is_not_there();';
/** What a site's sync tells of its code, in the words of its callables, options and transients. */
const SYNCED = `
  foreach ( array( 'plugin', 'theme', 'update' ) as $name ) require_once ABSPATH . "wp-admin/includes/$name.php";
  $themes = array();
  foreach ( wp_get_themes() as $slug => $theme ) $themes[ $slug ] = array( 'Name' => $theme->get( 'Name' ), 'Version' => $theme->get( 'Version' ), 'Template' => $theme->get( 'Template' ), 'active' => get_stylesheet() === $slug );
  $roles = array();
  foreach ( wp_roles()->roles as $name => $role ) $roles[ $name ] = $role;
  echo wp_json_encode( array(
    'CALLABLE' => array( 'get_plugins' => get_plugins(), 'get_themes' => $themes, 'roles' => $roles, 'wp_version' => get_bloginfo( 'version' ), 'has_file_system_write_access' => true, 'updates' => array( 'plugins' => 0, 'themes' => 0, 'wordpress' => 0, 'translations' => 1, 'total' => 1 ) ),
    'OPTION' => array( 'active_plugins' => get_option( 'active_plugins' ), 'stylesheet' => get_option( 'stylesheet' ) ),
    'CONSTANT' => array( 'PHP_VERSION' => PHP_VERSION ),
    'UPDATES' => array( 'plugins' => get_site_transient( 'update_plugins' ), 'themes' => get_site_transient( 'update_themes' ) ),
  ) );`;

describe.skipIf(!isWanted)('plugins and themes of a real WordPress that is connected (TEST_WORDPRESS=1 and Debian packages)', { timeout: 600_000 }, () => {
  let wordpress: RealWordpress;
  let directory: WordpressDirectory;
  let store: Store;
  let client: SiteClient;
  let jobs: Jobs;
  let siteId: SiteId;
  let asker: SiteAsker;
  let syncs = 0;

  beforeAll(async () => {
    const missing = missingPackages();
    if (missing.length > 0) throw new Error(`TEST_WORDPRESS=1 needs Debian's packages; run: apt-get install ${missing.join(' ')}`);
    [wordpress, store, directory] = await Promise.all([startRealWordpress(1, { connected: true }), openPrivateStore(), startWordpressDirectory()]);
    const log = createLog('silent');
    client = createSiteClient({ store, log, allowPrivateOrigins: true });
    jobs = await startJobs({ store, client, log, runners: {}, schedules: false, dispatchMs: 100, fleet: { downloadsUrl: directory.url, times: { callMs: 60_000, graceMs: 2_000, pauseMs: 300, pageMs: 60_000 } } });
    siteId = nextSiteId();
    await wordpress.php(`update_option("connection_tokens", array("blog" => "${TOKENS.blog}", "users" => array(1 => "${TOKENS.user}.1"))); update_option("connection_directory", "${directory.url}");`);
    await addLocalSite(store, { id: siteId, url: wordpress.url, blogToken: TOKENS.blog, userTokens: [`${TOKENS.user}.1`] });
    await store.database.query('UPDATE site SET owner_user_id = 1 WHERE id = $1', [siteId]);
    asker = new SiteAsker(wordpress.url, wordpress.login, wordpress.password);
    await sync();
  }, 600_000);

  afterAll(async () => {
    await jobs?.close();
    await client?.close();
    await store?.close();
    await directory?.close();
    await wordpress?.stop();
  });

  /** The site asks the directory, and what its sync would send of that reaches the store. */
  async function sync(): Promise<void> {
    await wordpress.php('foreach (array("update_plugins", "update_themes") as $name) delete_site_transient($name); wp_update_plugins(); wp_update_themes();');
    const told = JSON.parse(await wordpress.php(SYNCED)) as Record<SettingKind, Record<string, Json>>;
    // A site's answers tell their time in whole seconds: what is seen of them later in this second is newer.
    const rev = (Math.floor(Date.now() / 1000) * 1000 - 1) * 1000;
    const changes = Object.entries(told).flatMap(([kind, named]) => Object.entries(named).map(([name, value]): DomainChange => ({ kind: 'upsert', entity: 'setting', key: { settingKind: kind as SettingKind, name }, rev, groups: { core: { value, redacted: false } } })));
    changes.push({ kind: 'upsert', entity: 'user', key: { id: 1 }, rev, groups: { core: { login: 'keeper', nicename: 'keeper', email: 'keeper@saltmarsh.example', url: '', displayName: 'Keeper', registeredAt: null, locale: null }, roles: { roles: ['administrator'], caps: { administrator: true }, allCaps: [] } } });
    syncs += 1;
    await applyBatch(store, siteId, [{ key: `sync ${syncs}`, action: 'sync', rev, at: new Date().toISOString(), isImporting: false, actor: null, changes, audit: null, deadLetter: null }], new Date());
  }

  interface Seen { readonly plugins: Record<string, string>; readonly themes: Record<string, string> }
  /** Everything that is installed, with version and state, by the site's own REST answers. */
  async function onSite(): Promise<Seen> {
    const [plugins, themes] = [await asker.read<{ plugin: string; status: string; version: string }[]>('wp/v2/plugins'), await asker.read<{ stylesheet: string; status: string; version: string }[]>('wp/v2/themes')];
    return {
      plugins: Object.fromEntries(plugins.map(({ plugin, status, version }) => [`${plugin}.php`, `${version} ${status}`])),
      themes: Object.fromEntries(themes.map(({ stylesheet, status, version }) => [stylesheet, `${version} ${status}`])),
    };
  }
  /** The same by the graph. */
  async function inGraph(): Promise<Seen> {
    const { data, errors } = await ask<{ site: { plugins: { nodes: { file: string; installedVersion: string; activation: string }[] }; themes: { slug: string; installedVersion: string; isActive: boolean }[] } }>(
      createExtensionsSubgraph(store), OPERATOR, 'query($id: ID!) { site(id: $id) { plugins { nodes { file installedVersion activation } } themes { slug installedVersion isActive } } }', { id: encodeSiteId(siteId) },
    );
    expect(errors).toEqual([]);
    return {
      plugins: Object.fromEntries(data.site.plugins.nodes.map(({ file, installedVersion, activation }) => [file, `${installedVersion} ${activation.toLowerCase()}`])),
      themes: Object.fromEntries(data.site.themes.map(({ slug, installedVersion, isActive }) => [slug, `${installedVersion} ${isActive ? 'active' : 'inactive'}`])),
    };
  }
  /** What both say, which is the same. */
  async function seen(): Promise<Seen> {
    const site = await onSite();
    expect(await inGraph()).toEqual(site);
    return site;
  }

  const operate = async (action: string, slug: string, more: object = {}, safety: object = {}) => {
    const ended = await operateOn(store, action, [{ siteId, slug, ...more }], { safety });
    return { ending: endingsOf(ended)[0], item: ended.items[0], lines: ended.items[0]?.log.map(({ message }) => message) ?? [] };
  };
  const front = async (): Promise<number> => (await fetch(`${wordpress.url}/`)).status;
  const upload = async (zip: Buffer): Promise<string> => (await createPackageDesk(store)(ACCOUNT_ID, zip))?.id ?? '';

  it('is believed by the site what is signed with its token, once and unchanged, and nothing else', async () => {
    const [key = '', secret = ''] = TOKENS.user.split('.');
    const me = (nonce: string, secretUsed = secret, userId = 1, nowMs = Date.now()): string =>
      signCall({ token: { key, secret: secretUsed, userId }, method: 'GET', url: `${wordpress.url}/wp-json/wp/v2/users/me?context=edit&_fields[]=id&_fields[]=slug`, channel: 'rest', body: Buffer.alloc(0), nowMs, nonce });
    const answer = async (url: string): Promise<unknown[]> => {
      const response = await fetch(url);
      const { id, code } = (await response.json()) as { id?: number; code?: string };
      return [response.status, id ?? code];
    };
    // The very same request again; signed in another second it would be another one.
    const once = me(randomUUID().slice(0, 8));
    expect(await answer(once)).toEqual([200, 1]);
    for (const url of [once, me('wrong', 'guessed'), me('other', secret, 2), me('old', secret, 1, Date.now() - 3_600_000), me('changed').replace('context=edit', 'context=view')]) {
      expect(await answer(url)).toEqual([400, 'rest_invalid_signature']);
    }
  });

  it('shows what WordPress itself says to begin with', async () => {
    expect((await seen()).plugins).toMatchObject({ 'akismet/akismet.php': expect.stringMatching(/ active$/) as string });
  });

  it('installs a plugin from an uploaded zip and switches it on', async () => {
    const packageId = await upload(await zipOfPlugin('tideline', '1.0', 'add_action("wp_footer", function () { echo "<p>tideline one</p>"; });'));
    expect(await operate('INSTALL', 'tideline', { packageId })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect((await seen()).plugins).toMatchObject({ 'tideline/tideline.php': '1.0 inactive' });
    expect(await operate('INSTALL', 'tideline', { packageId })).toMatchObject({ ending: ['FAILED', 'ALREADY_INSTALLED', null] });
    expect(await operate('ACTIVATE', 'tideline')).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect((await seen()).plugins).toMatchObject({ 'tideline/tideline.php': '1.0 active' });
    // Nothing of the zip is left among the media.
    expect((await asker.all('wp/v2/media')).filter((one) => String(one['source_url']).endsWith('.zip'))).toEqual([]);
  });

  it('updates it to the version that the directory offers', async () => {
    expect(await operate('UPDATE', 'tideline')).toMatchObject({ ending: ['FAILED', 'NO_UPDATE', null] });
    directory.publish('plugin', 'tideline', '1.1', await zipOfPlugin('tideline', '1.1'));
    await sync();
    expect(await operate('UPDATE', 'tideline')).toMatchObject({ ending: ['SUCCEEDED', null, null], item: { fromVersion: '1.0', toVersion: '1.1' } });
    expect((await seen()).plugins).toMatchObject({ 'tideline/tideline.php': '1.1 active' });
  });

  it('puts the former version back after an update that breaks the page', async () => {
    directory.publish('plugin', 'tideline', '2.0', await zipOfPlugin('tideline', '2.0', WRECK));
    await sync();
    const { ending, item, lines } = await operate('UPDATE', 'tideline');
    expect(ending).toEqual(['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED']);
    expect(lines).toContain('Pages after: HTTP 500, "There has been a critical error on this website"');
    expect(lines).toContain('Version 1.1 was put back');
    expect(item).toMatchObject({ healthBefore: { status: 200, fatal: null }, healthAfter: { status: 200, fatal: null } });
    expect((await seen()).plugins).toMatchObject({ 'tideline/tideline.php': '1.1 active' });
    expect(await front()).toBe(200);
  });

  it('switches it off where the former version cannot be had', async () => {
    const packageId = await upload(await zipOfPlugin('ballast', '0.1'));
    await operate('INSTALL', 'ballast', { packageId });
    await operate('ACTIVATE', 'ballast');
    await store.database.query('DELETE FROM extension_package');
    directory.publish('plugin', 'ballast', '0.2', await zipOfPlugin('ballast', '0.2', WRECK));
    await sync();
    expect(await operate('UPDATE', 'ballast')).toMatchObject({ ending: ['ROLLED_BACK', 'PAGE_BROKEN', 'DEACTIVATED'] });
    expect((await seen()).plugins).toMatchObject({ 'ballast/ballast.php': '0.2 inactive' });
    expect(await front()).toBe(200);
    expect(await operate('ACTIVATE', 'ballast')).toMatchObject({ ending: ['ROLLED_BACK', 'PAGE_BROKEN', 'DEACTIVATED'] });
    expect((await seen()).plugins).toMatchObject({ 'ballast/ballast.php': '0.2 inactive' });
  });

  it('switches a plugin off and deletes it, and deletes none that is active', async () => {
    expect(await operate('DELETE', 'tideline')).toMatchObject({ ending: ['FAILED', 'STILL_ACTIVE', null] });
    for (const action of ['DEACTIVATE', 'DELETE']) expect(await operate(action, 'tideline')).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect(await operate('DELETE', 'ballast')).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect(Object.keys((await seen()).plugins).filter((file) => /tideline|ballast/.test(file))).toEqual([]);
  });

  it('installs a plugin of the directory by its slug, lets it update itself and no longer', async () => {
    expect(await operate('INSTALL', 'nothing-of-that-name')).toMatchObject({ ending: ['FAILED', 'SITE_REFUSED', null] });
    expect(await operate('INSTALL', 'tideline')).toMatchObject({ ending: ['SUCCEEDED', null, null], item: { file: 'tideline/tideline.php' } });
    expect((await seen()).plugins).toMatchObject({ 'tideline/tideline.php': '2.0 inactive' });
    const listed = async (): Promise<string> => wordpress.php('echo implode(",", get_site_option("auto_update_plugins", array()));');
    expect([await operate('ENABLE_AUTO_UPDATE', 'tideline'), await listed()]).toMatchObject([{ ending: ['SUCCEEDED', null, null] }, 'tideline/tideline.php']);
    expect([await operate('DISABLE_AUTO_UPDATE', 'tideline'), await listed()]).toMatchObject([{ ending: ['SUCCEEDED', null, null] }, '']);
    await operate('DELETE', 'tideline');
  });

  it('installs a theme, switches to it and back, updates and deletes it', async () => {
    const [was = ''] = Object.entries((await onSite()).themes).flatMap(([slug, state]) => (state.endsWith(' active') ? [slug] : []));
    expect(await operate('INSTALL', 'dune', { kind: 'THEME', packageId: await upload(await zipOfTheme('dune', '1.0')) })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    for (const [slug, states] of [['dune', ['active', 'inactive']], [was, ['inactive', 'active']]] as const) {
      expect(await operate('SWITCH_THEME', slug, { kind: 'THEME' })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
      const { themes } = await seen();
      expect([themes['dune'], themes[was]?.split(' ')[1]]).toEqual([`1.0 ${states[0]}`, states[1]]);
    }
    directory.publish('theme', 'dune', '1.1', await zipOfTheme('dune', '1.1'));
    await sync();
    expect(await operate('UPDATE', 'dune', { kind: 'THEME' })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect((await seen()).themes).toMatchObject({ dune: '1.1 inactive' });
    expect(await operate('DELETE', was, { kind: 'THEME' })).toMatchObject({ ending: ['FAILED', 'STILL_ACTIVE', null] });
    expect(await operate('DELETE', 'dune', { kind: 'THEME' })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect((await seen()).themes).not.toHaveProperty('dune');
  });

  it('puts a theme back, in its former version or the former one altogether, when it breaks the page', async () => {
    const [was = ''] = Object.entries((await onSite()).themes).flatMap(([slug, state]) => (state.endsWith(' active') ? [slug] : []));
    directory.publish('theme', 'shoal', '1.0', await zipOfTheme('shoal', '1.0'));
    expect(await operate('INSTALL', 'shoal', { kind: 'THEME' })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect(await operate('SWITCH_THEME', 'shoal', { kind: 'THEME' })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    directory.publish('theme', 'shoal', '2.0', await zipOfTheme('shoal', '2.0', WRECK));
    await sync();
    expect(await operate('UPDATE', 'shoal', { kind: 'THEME' })).toMatchObject({ ending: ['ROLLED_BACK', 'PAGE_BROKEN', 'VERSION_RESTORED'] });
    expect((await seen()).themes).toMatchObject({ shoal: '1.0 active' });
    expect(await operate('SWITCH_THEME', was, { kind: 'THEME' })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    await operate('INSTALL', 'reef', { kind: 'THEME', packageId: await upload(await zipOfTheme('reef', '1.0', WRECK)) });
    expect(await operate('SWITCH_THEME', 'reef', { kind: 'THEME' })).toMatchObject({ ending: ['ROLLED_BACK', 'PAGE_BROKEN', 'REACTIVATED'] });
    expect((await seen()).themes).toMatchObject({ shoal: '1.0 inactive', reef: '1.0 inactive', [was]: expect.stringMatching(/ active$/) as string });
    expect(await front()).toBe(200);
  });

  it('updates translations', async () => {
    await operate('INSTALL', 'ballast', { packageId: await upload(await zipOfPlugin('ballast', '0.1')) });
    directory.translate('ballast', 'pt_PT', await zipOf({ 'ballast-pt_PT.po': 'msgid ""\nmsgstr ""\n"PO-Revision-Date: 2026-01-02 03:04:05+0000\\n"\n', 'ballast-pt_PT.mo': '' }));
    await sync();
    expect(await operate('UPDATE_TRANSLATIONS', 'translations', { kind: 'TRANSLATION' })).toMatchObject({ ending: ['SUCCEEDED', null, null] });
    expect(await wordpress.php('echo implode(",", array_map("basename", glob(WP_LANG_DIR . "/plugins/*")));')).toContain('ballast-pt_PT.mo');
  });

  it('says in WordPress’s own words why files are not changed, and is let do nothing with a token that is not the site’s', async () => {
    await wordpress.php('update_option("connection_files_locked", 1);');
    expect(await operate('DELETE', 'ballast')).toMatchObject({ ending: ['FAILED', 'FILES_NOT_WRITABLE', null] });
    await wordpress.php('delete_option("connection_files_locked");');
    await wordpress.php(`update_option("connection_tokens", array("blog" => "other.secret", "users" => array()));`);
    expect(await operate('DELETE', 'ballast')).toMatchObject({ ending: ['FAILED', 'NOT_CONNECTED', null] });
    await wordpress.php(`update_option("connection_tokens", array("blog" => "${TOKENS.blog}", "users" => array(1 => "${TOKENS.user}.1")));`);
    expect((await seen()).plugins).toMatchObject({ 'ballast/ballast.php': '0.1 inactive' });
  });

  it('is installed, switched and deleted by WordPress’s own REST API where a standalone plugin connects the site, signed by the same person', async () => {
    directory.publish('plugin', 'sandbar', '1.0', await zipOfPlugin('sandbar', '1.0'));
    await wordpress.php('update_option("connection_standalone", 1);');
    for (const [action, state] of [['INSTALL', '1.0 inactive'], ['ACTIVATE', '1.0 active'], ['DEACTIVATE', '1.0 inactive'], ['DELETE', undefined]] as const) {
      const { ending, item } = await operate(action, 'sandbar');
      expect([action, ending, item?.message]).toEqual([action, ['SUCCEEDED', null, null], null]);
      expect((await seen()).plugins['sandbar/sandbar.php']).toBe(state);
    }
    expect(await operate('SWITCH_THEME', 'twentytwentythree', { kind: 'THEME' })).toMatchObject({ ending: ['FAILED', 'UNSUPPORTED', null] });
    await wordpress.php('delete_option("connection_standalone");');
  });

  it('says that somebody must look when an update breaks even what could take it back', async () => {
    await operate('ACTIVATE', 'ballast');
    directory.publish('plugin', 'ballast', '0.3', await zipOfPlugin('ballast', '0.3', RUIN));
    await sync();
    const { ending, lines } = await operate('UPDATE', 'ballast');
    expect(ending).toEqual(['FAILED', 'PAGE_BROKEN', 'FAILED']);
    expect(lines).toContain('Pages after: HTTP 500, "There has been a critical error on this website"');
    expect(lines.at(-1)).toMatch(/^Failed: .*look after the site$/);
  });
});
