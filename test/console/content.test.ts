// Lists of posts, pages and other content in a real browser; what they do reaches a double of the site.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { checkAccessible, DESKTOP, HAS_BROWSER, layoutShift, screenshot, startConsole, watchShifts, WIDTHS, type TestConsole } from './browser.js';

describe.skipIf(!HAS_BROWSER)('the lists of content', () => {
  let hub: TestConsole;
  let site: ConnectedSite;
  let address: string;
  beforeAll(async () => {
    hub = await startConsole();
    site = await startConnectedSite(hub.server.store);
    address = `/sites/${encodeSiteId(site.siteId)}`;
  }, 600_000);
  afterAll(async () => {
    await site.close();
    await hub.close();
  });

  it.each(WIDTHS)('shows posts with their status, finds, filters and is accessible at %s', async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await watchShifts(page);
      await page.goto(`/sites/${hub.demo}/posts`);
      await page.getByRole('row').nth(3).waitFor();
      await checkAccessible(page);
      expect(await layoutShift(page)).toBeLessThan(0.01);
      await screenshot(page, `posts-${label.split(' ')[0]}-${colorScheme}`);
      await page.getByRole('searchbox').fill('no such word in any post');
      await page.getByText('No post matches').waitFor();
      await checkAccessible(page);
      page.verify();
    }
  });

  it('shows pages and other content at addresses of their own', async () => {
    const page = await hub.page();
    await page.goto(`/sites/${hub.demo}/pages`);
    await page.getByRole('heading', { name: 'Pages' }).waitFor();
    await page.getByRole('row').nth(1).waitFor();
    await page.goto(`/sites/${hub.demo}/content`);
    await page.getByRole('heading', { name: 'Other content' }).waitFor();
    await page.locator('.table-box:not([aria-busy="true"])').waitFor();
    await checkAccessible(page);
    await screenshot(page, 'content-1440-light');
    page.verify();
  });

  it('moves a post to the trash of its site, restores it and deletes it, each after asking', { timeout: 240_000 }, async () => {
    const row = site.double.edit.savePost({ post_title: 'A chart to lose', post_content: 'Text', post_author: 1, post_status: 'publish' });
    await site.sync();
    const page = await hub.page({ viewport: DESKTOP });
    await page.goto(`${address}/posts`);
    const act = async (action: string, confirm: string): Promise<void> => {
      await page.getByRole('button', { name: 'What to do with A chart to lose' }).click();
      await page.getByRole('menuitem', { name: action }).click();
      await checkAccessible(page);
      // Not by its role, which what is said afterwards has too.
      await page.locator('.modal').getByRole('button', { name: confirm }).click();
      await page.locator('.modal').waitFor({ state: 'detached' });
    };
    await act('Move to trash', 'Move to trash');
    await page.getByText('Moved to the trash').waitFor();
    expect(site.double.tables.posts.get(row.ID)?.post_status).toBe('trash');
    await page.goto(`${address}/posts?status=TRASH`);
    await act('Restore', 'Restore');
    await page.getByText('Restored as a draft').waitFor();
    expect(site.double.tables.posts.get(row.ID)?.post_status).toBe('draft');
    await page.goto(`${address}/posts?status=DRAFT`);
    await act('Move to trash', 'Move to trash');
    await page.getByText('Moved to the trash').waitFor();
    await page.goto(`${address}/posts?status=TRASH`);
    await act('Delete for good', 'Delete for good');
    await page.getByText('Deleted').waitFor();
    expect(site.double.tables.posts.get(row.ID)).toBeUndefined();
    page.verify();
  });

  it('says what is not for the person in place of a list', async () => {
    const page = await hub.page();
    await page.goto('/sites/U2l0ZTo5OTk5OTk/posts');
    await page.getByRole('alert').waitFor();
    await checkAccessible(page);
    page.verify();
  });
});
