// The pages that the server renders for people, in a real browser: signing in, and letting a site act with one's account. They have no
// script, and have to work all the same on a phone, in the dark and with the keyboard alone.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { deskOf, PASSWORD, REQUEST, startPages, type Pages } from '../accounts/kit.js';
import { checkAccessible, HAS_BROWSER, launchBrowser, screenshot, WIDTHS } from './browser.js';
import { tabTo } from './states.js';

const SLOW = { timeout: 240_000 };

describe.skipIf(!HAS_BROWSER)('the authorize screen', () => {
  const desk = deskOf();
  let pages: Pages;
  let browser: Browser;
  beforeAll(async () => {
    pages = await startPages({ desk });
    browser = await launchBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  async function open(viewport: { readonly width: number; readonly height: number }, colorScheme: 'light' | 'dark'): Promise<Page> {
    const context = await browser.newContext({ baseURL: pages.url, viewport, colorScheme, javaScriptEnabled: true });
    onTestFinished(() => context.close());
    // The site that asks is not there: what goes to it is answered here.
    await context.route('https://shop.example/**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Shop</title><p>Back at the site.</p>' }));
    return context.newPage();
  }
  const isWithin = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');

  it.each(WIDTHS)('and the way to it can be read and used at %s, in light and dark', SLOW, async (label, viewport) => {
    const { login } = await pages.account();
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(viewport, colorScheme);
      const name = (part: string): string => `${part}-${label.split(' ')[0]}-${colorScheme}`;
      await page.goto(REQUEST);
      await page.getByText('Sign in to go on connecting your site.').waitFor();
      await checkAccessible(page);
      await screenshot(page, name('sign-in'));
      await page.getByLabel('Login').fill(login);
      await page.getByLabel('Password').fill('not this one');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      await checkAccessible(page);
      await page.getByLabel('Login').fill(login);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Connect this site?' }).waitFor();
      expect(await isWithin(page)).toBeLessThanOrEqual(0);
      await checkAccessible(page);
      await screenshot(page, name('authorize'));
      const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'light' ? 'rgb(245, 245, 242)' : 'rgb(19, 23, 22)');
      await page.goto('/jetpack.authorize/1/?client_id=88');
      await page.getByRole('heading', { name: 'This site cannot be connected now' }).waitFor();
      expect(await isWithin(page)).toBeLessThanOrEqual(0);
      await checkAccessible(page);
      await screenshot(page, name('authorize-refused'));
    }
  });

  it('is approved and declined with the keyboard alone, and leads back to the site', SLOW, async () => {
    const { id, login } = await pages.account();
    const page = await open({ width: 1440, height: 900 }, 'light');
    await page.goto(REQUEST);
    await tabTo(page, page.getByLabel('Login'));
    await page.keyboard.type(login);
    await tabTo(page, page.getByLabel('Password'));
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Connect this site?' }).waitFor();
    await tabTo(page, page.getByRole('button', { name: 'Approve' }));
    await page.keyboard.press('Enter');
    await page.getByText('Back at the site.').waitFor();
    expect(page.url()).toMatch(/^https:\/\/shop\.example\/wp-admin\/admin\.php\?handler=x&code=code-\d+&state=3$/);
    expect(desk.approvals.filter(({ accountId }) => accountId === id).length).toBe(1);
    await page.goto(REQUEST);
    await tabTo(page, page.getByRole('button', { name: 'Cancel' }));
    await page.keyboard.press('Enter');
    await page.getByText('Back at the site.').waitFor();
    expect(page.url()).toContain('error=access_denied');
    expect(desk.approvals.filter(({ accountId }) => accountId === id).length).toBe(1);
  });
});
