// The first page and the shell around it, in a real browser.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAccessible, DESKTOP, HAS_BROWSER, layoutShift, PHONE, screenshot, START_MS, startConsole, watchShifts, WIDTHS, type TestConsole } from './browser.js';

describe.skipIf(!HAS_BROWSER)('the page of all sites', { timeout: 180_000 }, () => {
  let hub: TestConsole;
  beforeAll(async () => {
    hub = await startConsole();
  }, START_MS);
  afterAll(() => hub?.close());

  it('is where somebody who signs in for it arrives', async () => {
    const page = await hub.page({ as: null });
    await page.goto('/?search=harbor');
    expect(page.url()).toContain('/sign-in?return=');
    await page.getByLabel('Login').fill(hub.operator.login);
    await page.getByLabel('Password').fill(hub.operator.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('row', { name: /Harbor Lane/ }).waitFor();
    expect(new URL(page.url()).search).toBe('?search=harbor');
    expect(await page.title()).toBe('Sites – Sitegraph');
    page.verify();
  });

  it.each(WIDTHS)('shows a site with its state, finds by name and is accessible at %s', async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await watchShifts(page);
      await page.goto('/');
      await page.getByRole('row', { name: /Harbor Lane/ }).waitFor();
      await checkAccessible(page);
      expect(await layoutShift(page)).toBeLessThan(0.01);
      await screenshot(page, `sites-${label.split(' ')[0]}-${colorScheme}`);
      await page.getByRole('searchbox').fill('no such site');
      await page.getByText('No site matches').waitFor();
      await checkAccessible(page);
      page.verify();
    }
  });

  it('is used with the keyboard alone', async () => {
    const page = await hub.page({ viewport: DESKTOP });
    await page.goto('/');
    await page.getByRole('row', { name: /Harbor Lane/ }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    await page.keyboard.type('harbor');
    await page.waitForURL(/search=harbor/);
    page.verify();
  });

  it('has its navigation behind a button on a phone, which gives the focus back', async () => {
    const page = await hub.page({ viewport: PHONE });
    await page.goto('/');
    await page.getByRole('button', { name: 'Open the navigation' }).click();
    await page.getByRole('dialog', { name: 'Navigation' }).waitFor();
    await checkAccessible(page);
    await screenshot(page, 'navigation-390-light');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Navigation' }).waitFor({ state: 'detached' });
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toBe('Open the navigation');
    page.verify();
  });
});
