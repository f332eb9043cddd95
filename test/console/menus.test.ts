// The editor of menus in a real browser, by the keyboard, with a double of the site behind it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { checkAccessible, HAS_BROWSER, layoutShift, screenshot, startConsole, watchShifts, WIDTHS, type TestConsole } from './browser.js';

const SLOW = { timeout: 240_000 };

describe.skipIf(!HAS_BROWSER)('the page of menus', () => {
  let hub: TestConsole;
  let site: ConnectedSite;
  let path: string;
  beforeAll(async () => {
    hub = await startConsole();
    site = await startConnectedSite(hub.server.store);
    path = `/sites/${encodeSiteId(site.siteId)}/menus`;
    site.double.edit.savePost({ post_title: 'About the quay', post_content: 'Text', post_author: 1, post_status: 'publish', post_type: 'page' });
    await site.sync();
  }, 600_000);
  afterAll(async () => {
    await site.close();
    await hub.close();
  });

  /** The published items of the site as "title<parent's title". */
  function onSite(): string[] {
    const { tables } = site.double;
    const items = tables.posts.all().filter((row) => row.post_type === 'nav_menu_item' && row.post_status === 'publish').sort((a, b) => a.menu_order - b.menu_order);
    const parent = (id: number): number => Number(tables.postmeta.ownedBy(id).find((row) => row.key === '_menu_item_menu_item_parent')?.value ?? 0);
    const name = (id: number): string => items.find((row) => row.ID === id)?.post_title ?? '';
    return items.map((row) => `${row.post_title || 'an object'}<${name(parent(row.ID))}`);
  }

  it('makes a menu and rebuilds it with the keyboard alone, in one call each', SLOW, async () => {
    const page = await hub.page();
    let calls = 0;
    page.on('request', (request) => { if (request.postData()?.includes('menuSave') === true) calls += 1; });
    await page.goto(path);
    await page.getByRole('button', { name: 'Make a menu' }).press('Enter');
    await page.getByLabel('Name').fill('Main');
    for (const [label, url] of [['Home', '/'], ['Shop', 'https://shop.example/'], ['Charts', '/charts/']] as const) {
      await page.getByLabel('Link text').fill(label);
      await page.getByLabel('Address').fill(url);
      await page.getByLabel('Address').press('Enter');
    }
    await page.getByRole('button', { name: 'Add About the quay' }).press('Enter');
    await page.getByRole('button', { name: 'Move Charts in' }).press('Enter');
    await checkAccessible(page);
    await page.getByRole('button', { name: 'Save menu' }).press('Enter');
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(onSite()).toEqual(['Home<', 'Shop<', 'Charts<Shop', 'an object<']);
    await page.getByRole('button', { name: 'Delete' }).waitFor();

    await page.getByRole('row', { name: 'Home' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('button', { name: /^Insert/ }).first().waitFor({ state: 'attached' });
    // The last place of all.
    await page.keyboard.press('End');
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toBe('Insert after About the quay');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Move Charts out' }).press('Enter');
    await page.getByRole('button', { name: 'Move Charts up' }).press('Enter');
    await page.getByRole('button', { name: 'Save menu' }).press('Enter');
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(onSite()).toEqual(['Charts<', 'Shop<', 'an object<', 'Home<']);
    expect(calls).toBe(2);
    page.verify();
  });

  it.each(WIDTHS)('is accessible at %s', SLOW, async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await watchShifts(page);
      await page.goto(path);
      await page.getByRole('row', { name: 'Home' }).waitFor();
      await page.getByRole('button', { name: 'Add About the quay' }).waitFor();
      await checkAccessible(page);
      expect(await layoutShift(page)).toBeLessThan(0.05);
      await screenshot(page, `menus-${label.split(' ')[0]}-${colorScheme}`);
      page.verify();
    }
  });

  it('shows the menu of somebody else who saved meanwhile, and takes it or saves over it', SLOW, async () => {
    const page = await hub.page();
    const other = await hub.page();
    for (const one of [page, other]) {
      await one.goto(path);
      await one.getByRole('row', { name: 'Home' }).waitFor();
    }
    const rename = async (one: typeof page, name: string): Promise<void> => {
      await one.getByRole('button', { name: 'Edit Home' }).click();
      await one.getByLabel('Text', { exact: true }).fill(name);
      await one.getByRole('button', { name: 'Done' }).click();
      await one.getByRole('button', { name: 'Save menu' }).click();
    };
    await rename(other, 'Their home');
    await other.getByText('Saved', { exact: true }).waitFor();
    await rename(page, 'My home');
    await page.getByRole('heading', { name: 'Changed by somebody else meanwhile' }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Their home' }).waitFor();
    await checkAccessible(page);
    await page.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(onSite()).toContain('My home<');
    page.verify();
    other.verify();
  });
});
