// Installing in a real browser: a zip from this computer, or a plugin of the directory, planned and then followed to its end.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { startFleetSite, type FleetSite } from '../jobs/fleet-kit.js';
import { zipOfPlugin } from '../testkit/plugin-zips.js';
import { checkAccessible, HAS_BROWSER, screenshot, startConsole, WIDTHS, type TestConsole } from './browser.js';
import { tabTo } from './states.js';

const SLOW = { timeout: 300_000 };
const END = { timeout: 180_000 };

describe.skipIf(!HAS_BROWSER)('installing plugins', () => {
  let hub: TestConsole;
  let isBusy = false;
  const sites: FleetSite[] = [];
  const installed = (site: FleetSite | undefined, file: string) => (site?.double.tables.callables.get('get_plugins') as Record<string, { Version: string }> | undefined)?.[file]?.Version;
  const directory = http.createServer((_request, response) => {
    if (isBusy) return void response.writeHead(503).end();
    const plugins = [{ slug: 'harbour-forms', name: 'Harbour Forms &#038; Co', version: '1.0', rating: 94, num_ratings: 10, active_installs: 40_000, last_updated: '2026-11-02 3:12pm GMT', tested: '7.1', requires: '6.5', requires_php: '7.4' }];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ info: { page: 1, pages: 1, results: 1 }, plugins }));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => directory.listen(0, '127.0.0.1', resolve));
    hub = await startConsole({ SITEGRAPH_PLUGIN_DIRECTORY: `http://127.0.0.1:${(directory.address() as AddressInfo).port}` });
    for (let count = 0; count < 2; count += 1) sites.push(await startFleetSite(hub.server.store));
  }, 600_000);
  afterAll(async () => {
    for (const { double } of sites) await double.close();
    await hub?.close();
    directory.closeAllConnections();
    directory.close();
  });

  it.each(WIDTHS)('shows what the directory has and what is in a zip, accessible at %s', SLOW, async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await page.goto('/plugins/installed');
      await page.getByRole('button', { name: 'Install…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Install a plugin' });
      await dialog.getByText('Type what you look for.').waitFor();
      await checkAccessible(page);
      await dialog.getByRole('searchbox', { name: 'Search the WordPress.org directory' }).fill('forms');
      await dialog.getByRole('option', { name: /Harbour Forms & Co/ }).click();
      await checkAccessible(page);
      await screenshot(page, `install-directory-${label.split(' ')[0]}-${colorScheme}`);
      await dialog.getByRole('radio', { name: 'A zip file' }).click();
      await page.locator('input[type=file]').setInputFiles({ name: 'readme.zip', mimeType: 'application/zip', buffer: Buffer.from('this is no zip') });
      await dialog.getByText('this is no zip of one folder').waitFor();
      await checkAccessible(page);
      await page.locator('input[type=file]').setInputFiles({ name: 'tideline.zip', mimeType: 'application/zip', buffer: await zipOfPlugin('tideline', '3.0') });
      await dialog.getByText('tideline 3.0, a plugin').waitFor();
      await checkAccessible(page);
      await screenshot(page, `install-zip-${label.split(' ')[0]}-${colorScheme}`);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      page.verify();
      await page.context().close();
    }
  });

  it('uploads a zip, plans it for chosen sites and installs it there, told of its progress by the server', SLOW, async () => {
    const page = await hub.page();
    let streams = 0;
    page.on('request', (request) => { if (request.url().endsWith('/graphql/stream')) streams += 1; });
    await page.goto('/plugins/installed');
    await page.getByRole('button', { name: 'Install…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Install a plugin' });
    await dialog.getByRole('radio', { name: 'A zip file' }).click();
    await page.locator('input[type=file]').setInputFiles({ name: 'moorings.zip', mimeType: 'application/zip', buffer: await zipOfPlugin('moorings', '1.4') });
    await dialog.getByText('moorings 1.4, a plugin').waitFor();
    for (const site of sites) await dialog.locator(`[role=option][data-key="${encodeSiteId(site.siteId)}"]`).click();
    await dialog.getByText(/^2 chosen/).waitFor();
    await dialog.getByRole('button', { name: 'See what would happen' }).click();
    const plan = page.getByRole('dialog', { name: /^Install: 2 installations/ });
    await plan.getByText('on 2 installations').waitFor();
    await checkAccessible(page);
    await screenshot(page, 'install-plan-1440-light');
    await plan.getByRole('button', { name: 'Install', exact: true }).click();
    await page.waitForURL(/\/operations\/.+/);
    await page.getByText('2 done, 0 failed, 0 taken back').waitFor(END);
    expect(sites.map((site) => installed(site, 'moorings/moorings.php'))).toEqual(['1.4', '1.4']);
    expect(streams).toBeGreaterThan(0);
    page.verify();
  });

  it('puts a zip in place of what is installed, with the keyboard alone, and asks again and again where the server tells nothing', SLOW, async () => {
    const page = await hub.page();
    await page.route('**/graphql/stream', (route) => route.abort());
    const [site] = sites;
    await page.goto(`/sites/${encodeSiteId(site?.siteId as FleetSite['siteId'])}/plugins`);
    const open = page.getByRole('button', { name: 'Install…' });
    await page.getByRole('row', { name: /Tideline/ }).waitFor();
    await tabTo(page, open);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: /^Install a plugin on/ });
    await tabTo(page, dialog.getByRole('radiogroup', { name: 'From where' }), 'Shift+Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await tabTo(page, dialog.getByRole('button', { name: 'Choose a zip…' }));
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles({ name: 'tideline.zip', mimeType: 'application/zip', buffer: await zipOfPlugin('tideline', '3.1') });
    await dialog.getByText('tideline 3.1, a plugin').waitFor();
    await tabTo(page, dialog.getByRole('radiogroup', { name: 'How' }));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await tabTo(page, dialog.getByRole('button', { name: 'See what would happen' }));
    await page.keyboard.press('Enter');
    const plan = page.getByRole('dialog', { name: 'Update: tideline' });
    await plan.getByText('1.0 → 3.1').waitFor();
    await tabTo(page, plan.getByRole('button', { name: 'Update', exact: true }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/operations\/.+/);
    await page.getByText('1 done, 0 failed, 0 taken back').waitFor(END);
    expect(site?.version()).toBe('3.1');
    page.verify();
  });

  it('installs from the directory by the exact name while the directory does not answer', SLOW, async () => {
    isBusy = true;
    const page = await hub.page();
    await page.goto(`/sites/${encodeSiteId(sites[1]?.siteId as FleetSite['siteId'])}/plugins`);
    await page.getByRole('button', { name: 'Install…' }).click();
    const dialog = page.getByRole('dialog', { name: /^Install a plugin on/ });
    await dialog.getByRole('searchbox', { name: 'Search the WordPress.org directory' }).fill('breakwater');
    await dialog.getByText('A plugin can still be named exactly').waitFor();
    await dialog.getByRole('option', { name: /breakwater/ }).click();
    await checkAccessible(page);
    await dialog.getByRole('button', { name: 'See what would happen' }).click();
    await page.getByRole('dialog', { name: 'Install: breakwater' }).getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByText('1 done, 0 failed, 0 taken back').waitFor(END);
    expect(installed(sites[1], 'breakwater/breakwater.php')).toBe('1.0');
    page.verify();
  });
});
