// Operations on the plugins of a real WordPress by application password: each step seen in the site's own REST answers and in the
// graph. Runs where TEST_WORDPRESS=1 and Debian's packages are (`.ci/run` installs them), else is skipped.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../core/changes.js';
import { encodeSiteId } from '../../core/ids.js';
import { createLog } from '../../core/log.js';
import { startJobs, type Jobs } from '../../jobs/start-jobs.js';
import { createSiteClient } from '../../origin/site-client.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { allItems } from '../../store/extension-items.js';
import { ENDED_STATES, findOperationRow, onOperationChanged } from '../../store/extension-operations.js';
import type { Store } from '../../store/store.js';
import { createExtensionsSubgraph } from '../../subgraphs/extensions/index.js';
import { operationIdOf } from '../../subgraphs/extensions/operations/ids.js';
import { connectRestSite, type ConnectedRestSite } from '../../sync/import/connect.js';
import { runImport } from '../../sync/import/import.js';
import { ask, OPERATOR } from '../testkit/ask.js';
import { missingPackages, startRealWordpress, type RealWordpress } from '../testkit/real-wordpress/real-wordpress.js';
import { openPrivateStore } from '../testkit/store.js';

const isWanted = process.env['TEST_WORDPRESS'] === '1';
/** It breaks pages and nothing else: REST goes on. */
const WRECK = `add_action("template_redirect", function () { a_function_that_is_not_there(); });`;

describe.skipIf(!isWanted)('extensions of a real WordPress without Jetpack (TEST_WORDPRESS=1 and Debian packages)', { timeout: 180_000 }, () => {
  let wordpress: RealWordpress;
  let store: Store;
  let client: SiteClient;
  let jobs: Jobs;
  let site: ConnectedRestSite;
  let cursor: Json | null = null;
  let keys = 0;

  beforeAll(async () => {
    const missing = missingPackages();
    if (missing.length > 0) throw new Error(`TEST_WORDPRESS=1 needs Debian's packages; run: apt-get install ${missing.join(' ')}`);
    [wordpress, store] = await Promise.all([startRealWordpress(1), openPrivateStore()]);
    const log = createLog('silent');
    client = createSiteClient({ store, log, allowPrivateOrigins: true });
    jobs = await startJobs({ store, client, log, runners: {}, schedules: false, dispatchMs: 100, fleet: { downloadsUrl: 'http://127.0.0.1:9', times: { pauseMs: 200 } } });
    site = await connectRestSite({ store, client }, { url: wordpress.url, login: wordpress.login, applicationPassword: wordpress.password });
    for (const [slug, body] of [['tideline', ''], ['wreck', WRECK]] as const) {
      const source = `<?php\n/*\nPlugin Name: ${slug}\nVersion: 1.0\n*/\n${body}\n`;
      await wordpress.php(`mkdir(WP_PLUGIN_DIR . "/${slug}"); file_put_contents(WP_PLUGIN_DIR . "/${slug}/${slug}.php", base64_decode("${Buffer.from(source).toString('base64')}")); wp_cache_flush();`);
    }
    await poll();
  }, 170_000);

  afterAll(async () => {
    await jobs?.close();
    await client?.close();
    await store?.close();
    await wordpress?.stop();
  });

  const poll = async (): Promise<void> => {
    await runImport({ store, client, clock: Date.now }, { siteId: site.siteId, previous: cursor, save: async (state) => void (cursor = JSON.parse(JSON.stringify(state)) as Json) });
  };

  async function rest<T>(route: string): Promise<T> {
    const answer = await client.rest(site.siteId, { as: { kind: 'user', userId: site.userId }, method: 'GET', route });
    if (answer.kind === 'failure') throw new Error(answer.message);
    return answer.body as T;
  }
  const onSite = async (): Promise<Record<string, string>> => Object.fromEntries((await rest<{ plugin: string; status: string }[]>('wp/v2/plugins')).map(({ plugin, status }) => [plugin, status]));

  async function inGraph(): Promise<{ plugins: Record<string, string>; theme: string | undefined }> {
    const { data } = await ask<{ site: { plugins: { nodes: { file: string; activation: string }[] }; activeTheme: { slug: string } | null } }>(
      createExtensionsSubgraph(store), OPERATOR, 'query($id: ID!) { site(id: $id) { plugins { nodes { file activation } } activeTheme { slug } } }', { id: encodeSiteId(site.siteId) },
    );
    return { plugins: Object.fromEntries(data.site.plugins.nodes.map(({ file, activation }) => [file.replace(/\.php$/, ''), activation.toLowerCase()])), theme: data.site.activeTheme?.slug };
  }

  /** Applies and waits for the end. */
  async function apply(action: string, slug: string, kind = 'PLUGIN') {
    keys += 1;
    const { data } = await ask<{ extensionsApply: { operation: { id: string } | null; userErrors: unknown[] } }>(
      createExtensionsSubgraph(store), OPERATOR, 'mutation($input: ExtensionsApplyInput!) { extensionsApply(input: $input) { userErrors { message } operation { id } } }',
      { input: { action, idempotencyKey: `real ${keys}`, targets: [{ siteId: encodeSiteId(site.siteId), kind, slug }] } },
    );
    expect(data.extensionsApply.userErrors).toEqual([]);
    const id = operationIdOf(data.extensionsApply.operation?.id ?? '') ?? '';
    await new Promise<void>((resolve, reject) => {
      const look = (): void => void findOperationRow(store.database, id).then((row) => {
        if (!row || !ENDED_STATES.includes(row.state)) return;
        unlisten();
        resolve();
      }, reject);
      const unlisten = onOperationChanged(store.database, (changed) => void (changed === id && look()));
      look();
    });
    const [item] = await allItems(store.database, id);
    return [item?.state, item?.reason, item?.recovery];
  }

  it('switches a plugin on, as its REST API and the graph tell', async () => {
    expect(await inGraph()).toMatchObject({ plugins: { 'tideline/tideline': 'inactive', 'wreck/wreck': 'inactive' } });
    expect(await apply('ACTIVATE', 'tideline')).toEqual(['SUCCEEDED', null, null]);
    expect(await onSite()).toMatchObject({ 'tideline/tideline': 'active' });
    expect((await inGraph()).plugins).toMatchObject({ 'tideline/tideline': 'active' });
    expect(await apply('ACTIVATE', 'tideline')).toEqual(['SUCCEEDED', 'ALREADY_DONE', null]);
  });

  it('switches a plugin off again that breaks the front page', async () => {
    expect(await apply('ACTIVATE', 'wreck')).toEqual(['ROLLED_BACK', 'PAGE_BROKEN', 'DEACTIVATED']);
    expect(await onSite()).toMatchObject({ 'tideline/tideline': 'active', 'wreck/wreck': 'inactive' });
    expect((await fetch(`${wordpress.url}/`)).status).toBe(200);
    expect((await inGraph()).plugins).toMatchObject({ 'wreck/wreck': 'inactive' });
  });

  it('deletes a plugin that is switched off, and none that is active', async () => {
    expect(await apply('DELETE', 'tideline')).toEqual(['FAILED', 'STILL_ACTIVE', null]);
    expect(await apply('DEACTIVATE', 'tideline')).toEqual(['SUCCEEDED', null, null]);
    for (const slug of ['tideline', 'wreck']) expect(await apply('DELETE', slug)).toEqual(['SUCCEEDED', null, null]);
    expect(Object.keys(await onSite()).filter((plugin) => /tideline|wreck/.test(plugin))).toEqual([]);
    expect(Object.keys((await inGraph()).plugins).filter((plugin) => /tideline|wreck/.test(plugin))).toEqual([]);
  });

  it('says that such a site takes no updates and no themes from here, and sees a theme that the site switches itself', async () => {
    expect(await apply('UPDATE', 'akismet')).toEqual(['FAILED', 'UNSUPPORTED', null]);
    const active = async (): Promise<string[]> => (await rest<{ stylesheet: string; status: string }[]>('wp/v2/themes')).filter(({ status }) => status === 'active').map(({ stylesheet }) => stylesheet);
    const [before = ''] = await active();
    const other = (await rest<{ stylesheet: string; status: string }[]>('wp/v2/themes')).find(({ status }) => status !== 'active')?.stylesheet ?? '';
    expect(await apply('SWITCH_THEME', other, 'THEME')).toEqual(['FAILED', 'UNSUPPORTED', null]);
    for (const theme of [other, before]) {
      await wordpress.php(`switch_theme("${theme}");`);
      await poll();
      expect([await active(), (await inGraph()).theme]).toEqual([[theme], theme]);
    }
  });
});
