// The reader in a real browser, over the demonstration site.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAccessible, HAS_BROWSER, screenshot, startConsole, WIDTHS, type TestConsole } from './browser.js';

const SLOW = { timeout: 240_000 };

describe.skipIf(!HAS_BROWSER)('the reader', () => {
  let hub: TestConsole;
  beforeAll(async () => {
    hub = await startConsole();
  }, 600_000);
  afterAll(() => hub.close());

  it('follows a site, shows what it published as text, keeps what was seen and ends it', SLOW, async () => {
    const page = await hub.page();
    await page.goto('/reader');
    await page.getByText('You follow no site yet').waitFor();
    await checkAccessible(page);
    await page.getByRole('button', { name: 'Follow a site' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /Harbor Lane/ }).click();
    const posts = page.getByRole('list', { name: 'Posts' }).getByRole('listitem');
    await posts.nth(2).waitFor();
    const title = String(await posts.first().getByRole('heading').textContent());
    const before = await page.getByText('New', { exact: true }).count();
    // Counted are the newest, shown are all.
    const unseen = Number.parseInt(String(await page.getByText(/^[1-9]\d* unseen$/).textContent()), 10);
    await posts.first().getByRole('button', { name: /^Mark as seen/ }).click();
    await posts.first().getByRole('button', { name: /^Mark as unseen/ }).waitFor();
    expect(await page.getByText('New', { exact: true }).count()).toBe(before - 1);
    await page.getByText(`${unseen - 1} unseen`).waitFor();
    await page.reload();
    await posts.first().getByRole('button', { name: /^Mark as unseen/ }).waitFor();
    await page.getByText('Unseen only').click();
    await posts.filter({ hasText: title }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Unfollow/ }).click();
    await page.getByText('No longer followed').waitFor();
    page.verify();
  });

  it.each(WIDTHS)('is accessible at %s', SLOW, async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await page.goto('/reader');
      if ((await page.getByRole('button', { name: /^Unfollow/ }).or(page.getByText('No site yet.')).first().textContent())?.includes('No site') === true) {
        await page.getByRole('button', { name: 'Follow a site' }).click();
        await page.getByRole('dialog').getByRole('button', { name: /Harbor Lane/ }).click();
      }
      await page.getByRole('list', { name: 'Posts' }).getByRole('listitem').nth(2).waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await checkAccessible(page);
      await screenshot(page, `reader-${label.split(' ')[0]}-${colorScheme}`);
      page.verify();
    }
  });
});
