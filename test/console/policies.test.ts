// Update policies in a real browser: setting, changing and taking back, for the fleet and for chosen sites.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERY_SITE, policiesOf } from '../../store/update-policies.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { checkAccessible, HAS_BROWSER, layoutShift, screenshot, startConsole, watchShifts, WIDTHS, type TestConsole } from './browser.js';
import { failOperation, holdOperation, tabTo } from './states.js';

const SLOW = { timeout: 240_000 };

describe.skipIf(!HAS_BROWSER)('the page of update policies', () => {
  let hub: TestConsole;
  let site: ConnectedSite;
  const kept = async () => (await policiesOf(hub.server.store.database, null, true, 100)).map(({ siteId, kind, slug, autoUpdate, window, delayDays, securityOnly }) => ({ siteId, kind, slug, autoUpdate, window, delayDays, securityOnly }));
  beforeAll(async () => {
    hub = await startConsole();
    site = await startConnectedSite(hub.server.store);
  }, 600_000);
  afterAll(async () => {
    await site?.close();
    await hub?.close();
  });

  it('begins empty, and says what that means', SLOW, async () => {
    const page = await hub.page();
    await page.goto('/policies');
    await page.getByText('No policy yet').waitFor();
    await checkAccessible(page);
    await screenshot(page, 'policies-empty-1440-light');
    page.verify();
  });

  it('sets, changes and takes back with the keyboard alone', SLOW, async () => {
    const page = await hub.page();
    await page.goto('/policies');
    const add = page.getByRole('button', { name: 'Add a policy' });
    await page.getByText('No policy yet').waitFor();
    await tabTo(page, add);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Add a policy' });
    await tabTo(page, dialog.getByRole('radiogroup', { name: 'When' }));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await tabTo(page, dialog.getByLabel('Days to wait'));
    await page.keyboard.press('Control+a');
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await page.getByText('The policy is set').waitFor();
    const row = page.getByRole('row', { name: /Every plugin/ });
    await row.waitFor();
    expect(await kept()).toEqual([{ siteId: EVERY_SITE, kind: 'PLUGIN', slug: '', autoUpdate: true, window: '02:00-05:00', delayDays: 3, securityOnly: false }]);

    await row.focus();
    await page.keyboard.press('Enter');
    const change = page.getByRole('dialog', { name: 'Every plugin on All sites' });
    await tabTo(page, change.getByRole('checkbox', { name: 'Only updates that close a known hole' }));
    await page.keyboard.press('Space');
    await change.getByText('No feed of vulnerabilities is configured').waitFor();
    await checkAccessible(page);
    await tabTo(page, change.getByRole('button', { name: 'Save' }));
    await page.keyboard.press('Enter');
    await change.waitFor({ state: 'detached' });
    await row.getByText('Security fixes').waitFor();
    expect(await kept()).toMatchObject([{ securityOnly: true, delayDays: 3, window: '02:00-05:00' }]);

    await row.focus();
    await page.keyboard.press('Enter');
    await tabTo(page, change.getByRole('button', { name: 'Take back…' }));
    await page.keyboard.press('Enter');
    const ask = page.getByRole('alertdialog', { name: 'Take this policy back?' });
    await tabTo(page, ask.getByRole('button', { name: 'Take it back' }));
    await page.keyboard.press('Enter');
    await page.getByText('No policy yet').waitFor();
    expect(await kept()).toEqual([]);
    page.verify();
  });

  it.each(WIDTHS)('sets them for chosen sites and named extensions, accessible at %s', SLOW, async (label, viewport) => {
    await hub.server.store.database.query('DELETE FROM update_policy');
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await watchShifts(page);
      await page.goto('/policies');
      await page.getByRole('button', { name: 'Add a policy' }).click();
      const dialog = page.getByRole('dialog', { name: 'Add a policy' });
      await dialog.getByRole('radio', { name: 'Themes' }).click();
      await dialog.getByLabel('Only these').fill('twentytwentyfive, storefront');
      await dialog.getByRole('radio', { name: 'Chosen sites' }).click();
      await dialog.getByRole('option', { name: /Quay Street Cycles/ }).click();
      await dialog.getByText('1 chosen: Quay Street Cycles').waitFor();
      await dialog.getByRole('radio', { name: 'In a window' }).click();
      await dialog.getByRole('button', { name: /Days$/ }).click();
      await page.getByRole('option', { name: 'Monday to Friday' }).click();
      await dialog.getByLabel('Until').fill('02:00');
      await dialog.getByText('The two times are the same').waitFor();
      await checkAccessible(page);
      await dialog.getByLabel('From').fill('22:00');
      await dialog.getByLabel('Until').fill('04:00');
      await screenshot(page, `policy-${label.split(' ')[0]}-${colorScheme}`);
      await dialog.getByRole('button', { name: 'Set the policy' }).click();
      await page.getByRole('row', { name: /storefront/ }).waitFor();
      await page.getByText('2 policies', { exact: true }).waitFor();
      await checkAccessible(page);
      expect(await layoutShift(page)).toBeLessThan(0.05);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await screenshot(page, `policies-${label.split(' ')[0]}-${colorScheme}`);
      page.verify();
      await page.context().close();
    }
    expect((await kept()).map(({ siteId, kind, slug, window }) => [siteId, kind, slug, window])).toEqual([
      [site.siteId, 'THEME', 'storefront', 'Mon-Fri 22:00-04:00'], [site.siteId, 'THEME', 'twentytwentyfive', 'Mon-Fri 22:00-04:00'],
    ]);
  });

  it('lets people set them for their own sites alone, and tells the others that they may not', SLOW, async () => {
    const own = await hub.page({ as: await hub.person([{ siteId: site.siteId, userId: 1 }]) });
    await own.goto('/policies');
    await own.getByRole('button', { name: 'Add a policy' }).click();
    const dialog = own.getByRole('dialog', { name: 'Add a policy' });
    await dialog.getByRole('option', { name: /Quay Street Cycles/ }).waitFor();
    expect(await dialog.getByRole('radio', { name: 'All sites' }).count()).toBe(0);
    own.verify();

    const denied = await hub.page({ as: await hub.person([{ siteId: site.siteId, userId: 2 }]) });
    await denied.goto('/policies');
    await denied.getByRole('heading', { name: 'Not for your account' }).waitFor();
    expect(await denied.getByRole('button', { name: 'Add a policy' }).count()).toBe(0);
    await checkAccessible(denied);
    denied.verify();
  });

  it('shows what is on its way and what failed', SLOW, async () => {
    const page = await hub.page();
    const release = await holdOperation(page, 'UpdatePolicies');
    await page.goto('/policies');
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    await page.getByRole('button', { name: 'Add a policy', disabled: false }).waitFor();
    await checkAccessible(page);
    release();
    await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' });
    const broken = await hub.page();
    await failOperation(broken, 'UpdatePolicies');
    await broken.goto('/policies');
    await broken.getByRole('heading', { name: 'This did not work' }).waitFor();
    await broken.getByRole('button', { name: 'Add a policy', disabled: false }).waitFor();
    await checkAccessible(broken);
    page.verify();
    broken.verify();
  });
});
