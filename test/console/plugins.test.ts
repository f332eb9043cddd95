// Plugins of a fleet in a real browser: finding what is outdated, trying the update on one site first, and reading what became of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { startFleetSite, type FleetSite } from '../jobs/fleet-kit.js';
import { checkAccessible, HAS_BROWSER, layoutShift, loaded, screenshot, START_MS, startConsole, watchShifts, WIDTHS, type TestConsole } from './browser.js';
import { tabTo } from './states.js';

describe.skipIf(!HAS_BROWSER)('plugins of a fleet', () => {
  let hub: TestConsole;
  const sites: FleetSite[] = [];
  beforeAll(async () => {
    hub = await startConsole();
    for (const breaks of [false, false, true]) sites.push(await startFleetSite(hub.server.store, { breaks }));
  }, START_MS);
  afterAll(async () => {
    for (const { double } of sites) await double.close();
    await hub?.close();
  });

  it.each(WIDTHS)('are listed with their versions, and so are installations, themes and operations, accessible at %s', { timeout: 240_000 }, async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await watchShifts(page);
      for (const [name, path, row] of [
        ['plugins', '/plugins', /Tideline/], ['installs', '/plugins/installed?show=OUTDATED', /Tideline/], ['site-plugins', `/sites/${hub.demo}/plugins`, /Akismet/], ['themes', `/sites/${hub.demo}/themes`, /Twenty Twenty-Five/],
        ['fleet-themes', '/themes', /Twenty Twenty-Five/], ['theme-installs', '/themes/twentytwentyfive', /Harbor Lane/],
      ] as const) {
        await page.goto(path);
        await page.getByRole('row', { name: row }).first().waitFor();
        await checkAccessible(page);
        expect(await layoutShift(page)).toBeLessThan(0.01);
        await screenshot(page, `${name}-${label.split(' ')[0]}-${colorScheme}`);
      }
      await page.goto('/operations');
      await loaded(page);
      await checkAccessible(page);
      page.verify();
    }
  });

  it('are updated on one site first, then on the others, and what breaks a page is taken back', { timeout: 240_000 }, async () => {
    const page = await hub.page();
    await page.goto('/plugins?search=tideline');
    await page.getByRole('row', { name: /Tideline/ }).click();
    await page.waitForURL(/plugins\/installed\?search=tideline/);
    await page.getByText('3 installations').waitFor();
    await page.locator('.column .check').click();
    await page.getByRole('button', { name: 'Update 3' }).click();
    const dialog = page.getByRole('dialog', { name: /^Update/ });
    await dialog.getByText('What would happen').waitFor();
    await checkAccessible(page);
    await dialog.getByRole('button', { name: /Try it first on/ }).click();
    await page.getByRole('option').nth(1).click();
    await screenshot(page, 'plan-1440-light');
    await dialog.getByRole('button', { name: 'Update', exact: true }).click();
    await page.waitForURL(/\/operations\/.+/);
    await page.getByText('2 done, 0 failed, 1 taken back').waitFor({ timeout: 180_000 });
    expect(sites.map((site) => site.version())).toEqual(['2.0', '2.0', '2.0']);
    expect(sites.map((site) => site.isActive())).toEqual([true, true, false]);
    await checkAccessible(page);
    await screenshot(page, 'operation-1440-light');
    await page.getByRole('row').filter({ hasText: 'Taken back' }).click();
    await page.getByRole('dialog').getByText('PAGE_BROKEN').waitFor();
    await checkAccessible(page);
    await screenshot(page, 'operation-item-1440-light');
    page.verify();
  });

  it('are followed by a way to install and update themes: one theme on all sites, and another one on a site', { timeout: 240_000 }, async () => {
    const page = await hub.page();
    await page.goto('/themes?search=four');
    await page.getByRole('row', { name: /Twenty Twenty-Four/ }).click();
    await page.waitForURL(/\/themes\/twentytwentyfour$/);
    await page.getByText(/^\d installations$/).waitFor();
    await page.locator('.column .check').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: /^Delete/ });
    await dialog.getByText('What would happen').waitFor();
    await checkAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    await page.goto(`/sites/${encodeSiteId(sites[0]?.siteId as FleetSite['siteId'])}/themes`);
    await page.getByRole('button', { name: 'Install…' }).click();
    const install = page.getByRole('dialog', { name: /^Install a theme on/ });
    await install.getByLabel('Its name in the directory').fill('Not A Slug');
    await install.getByText('Small letters, digits and dashes.').waitFor();
    expect(await install.getByRole('button', { name: 'See what would happen' }).isDisabled()).toBe(true);
    await install.getByLabel('Its name in the directory').fill('storefront');
    await install.getByRole('button', { name: 'See what would happen' }).click();
    await page.getByRole('dialog', { name: 'Install: storefront' }).getByText('What would happen').waitFor();
    await checkAccessible(page);
    page.verify();
  });

  it('say why nothing can be done where nothing can be done', async () => {
    const page = await hub.page();
    await page.goto(`/sites/${encodeSiteId(sites[0]?.siteId as FleetSite['siteId'])}/plugins?search=tideline`);
    await page.getByRole('row', { name: /Tideline/ }).waitFor();
    await page.locator('.column .check').click();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: /^Delete/ });
    await dialog.getByText('What cannot be done').waitFor();
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    page.verify();
  });

  it('are read about, switched off and taken back with the keyboard alone', { timeout: 240_000 }, async () => {
    const page = await hub.page();
    const [site] = sites;
    await page.goto(`/sites/${encodeSiteId(site?.siteId as FleetSite['siteId'])}/plugins`);
    const row = page.getByRole('row', { name: /Tideline/ });
    await row.waitFor();
    await tabTo(page, page.locator('.table-rows'));
    await page.keyboard.type('tide');
    await page.keyboard.press('Enter');
    const about = page.getByRole('dialog', { name: /^Tideline on/ });
    await about.getByText('What cannot be done with it').waitFor();
    await about.getByText('WordPress.org').waitFor();
    await checkAccessible(page);
    await screenshot(page, 'plugin-1440-light');
    await page.keyboard.press('Escape');
    await about.waitFor({ state: 'detached' });
    await expect.poll(() => row.and(page.locator(':focus')).count()).toBe(1);
    await page.keyboard.press('Space');
    await page.getByText('1 selected').waitFor();
    await tabTo(page, page.getByRole('button', { name: 'More' }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Deactivate' }).waitFor();
    await page.keyboard.type('dea');
    await page.keyboard.press('Enter');
    const plan = page.getByRole('dialog', { name: /^Deactivate/ });
    await plan.getByText('What would happen').waitFor();
    await tabTo(page, plan.getByText('When and how fast'));
    await page.keyboard.press('Enter');
    await plan.getByLabel('Begin').waitFor();
    await checkAccessible(page);
    await tabTo(page, plan.getByRole('button', { name: 'Deactivate', exact: true }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/operations\/.+/);
    await page.getByText('1 done, 0 failed, 0 taken back').waitFor({ timeout: 180_000 });
    expect(site?.isActive()).toBe(false);

    await page.getByRole('row', { name: /Done/ }).focus();
    await page.keyboard.press('Enter');
    const back = page.getByRole('dialog').getByRole('button', { name: 'Take back on this site' });
    await tabTo(page, back);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Activate/ }).or(page.getByText('to take another one back')).first().waitFor();
    await page.getByText('1 done, 0 failed, 0 taken back').waitFor({ timeout: 180_000 });
    await expect.poll(() => site?.isActive()).toBe(true);
    page.verify();
  });

  it('that broke a page can be tried again there', async () => {
    const page = await hub.page();
    await page.goto('/operations');
    await page.getByRole('row', { name: /Update/ }).first().click();
    await page.getByRole('button', { name: 'Try 1 again' }).click();
    const dialog = page.getByRole('dialog', { name: /^Update/ });
    await dialog.getByText(/What would happen|What cannot be done/).first().waitFor();
    await checkAccessible(page);
    page.verify();
  });

  it('tell of a theme what it is, and why its styles cannot be changed from here', async () => {
    const page = await hub.page();
    await page.goto(`/sites/${hub.demo}/themes`);
    await page.getByRole('row', { name: /Twenty Twenty-Four/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Twenty Twenty-Four' });
    await dialog.getByText('Its styles can be changed once the site shows it.').waitFor();
    await checkAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /Twenty Twenty-Five/ }).click();
    const shown = page.getByRole('dialog', { name: 'Twenty Twenty-Five' });
    await shown.getByLabel('Styles').fill('{ not JSON');
    await shown.getByText('This is no object of JSON.').waitFor();
    expect(await shown.getByRole('button', { name: 'Save styles' }).isDisabled()).toBe(true);
    await checkAccessible(page);
    await screenshot(page, 'theme-1440-light');
    page.verify();
  });

  it.each(WIDTHS)('that are known to be unsafe are none without a feed, which is said where they would be, at %s', async (_label, viewport) => {
    const page = await hub.page({ viewport });
    await watchShifts(page);
    await page.goto('/plugins/installed?show=VULNERABLE');
    await page.getByRole('heading', { name: 'Nothing is known' }).waitFor();
    await checkAccessible(page);
    expect(await layoutShift(page)).toBeLessThan(0.05);
    page.verify();
  });
});
