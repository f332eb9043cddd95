// The pages of one site in a real browser: the demonstration site, and a double that answers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { checkAccessible, HAS_BROWSER, layoutShift, loaded, screenshot, START_MS, startConsole, watchShifts, WIDTHS, type TestConsole } from './browser.js';

const PAGES = [['overview', ''], ['sync', '/sync'], ['audit', '/audit'], ['settings', '/settings']] as const;

describe.skipIf(!HAS_BROWSER)('the pages of a site', { timeout: 180_000 }, () => {
  let hub: TestConsole;
  let site: ConnectedSite;
  let path: string;
  beforeAll(async () => {
    hub = await startConsole();
    site = await startConnectedSite(hub.server.store);
    path = `/sites/${encodeSiteId(site.siteId)}`;
    site.double.edit.setPluginActive('akismet/akismet.php', false, 2);
    await site.sync();
  }, START_MS);
  afterAll(async () => {
    await site?.close();
    await hub?.close();
  });

  it.each(PAGES.flatMap(([name, end]) => WIDTHS.map(([label, viewport]) => [name, label, end, viewport] as const)))('shows %s at %s, accessible in light and dark, without moving while it loads', async (name, label, end, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme });
      await watchShifts(page);
      await page.goto(`/sites/${hub.demo}${end}`);
      await loaded(page);
      await checkAccessible(page);
      expect(await layoutShift(page)).toBeLessThan(0.05);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await screenshot(page, `${name}-${label.split(' ')[0]}-${colorScheme}`);
      page.verify();
      await page.context().close();
    }
  });

  it.each(WIDTHS)('lets one find who deactivated a plugin, at %s', async (_label, viewport) => {
    const page = await hub.page({ viewport });
    await page.goto(`${path}/audit`);
    await page.getByRole('searchbox').fill('deactivated');
    const line = page.getByRole('row', { name: /Deactivated.*Akismet/ });
    await line.waitFor();
    await line.click();
    const dialog = page.getByRole('dialog', { name: /Deactivated.*Akismet/ });
    const { display_name: editor } = site.double.tables.users.get(2) as unknown as { display_name: string };
    await dialog.getByText(editor).first().waitFor();
    await checkAccessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    page.verify();
  });

  it('narrows the audit log by a facet with the keyboard, and keeps that in the address', async () => {
    const page = await hub.page();
    await page.goto(`/sites/${hub.demo}/audit`);
    const facet = page.getByRole('button', { name: /^comment \d/ });
    await facet.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/category=COMMENT/);
    await expect.poll(() => facet.getAttribute('aria-pressed')).toBe('true');
    await page.reload();
    await expect.poll(() => facet.getAttribute('aria-pressed')).toBe('true');
    page.verify();
  });

  it('hands the whole audit log out as lines of JSON', async () => {
    const page = await hub.page();
    await page.goto(`${path}/audit`);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /NDJSON/ }).click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString().trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.some((line) => JSON.stringify(line).includes('deactivated_plugin'))).toBe(true);
    page.verify();
  });

  it('asks for a verification and shows its run', async () => {
    const page = await hub.page();
    await page.goto(`${path}/sync`);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('A check was asked for').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Verification' }).first().waitFor();
    page.verify();
  });

  it('saves settings on the site, and shows both when somebody changed them meanwhile', async () => {
    const page = await hub.page();
    await page.goto(`${path}/settings`);
    const title = page.getByLabel('Title');
    await title.fill('A new name');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The settings are saved').waitFor();
    expect(site.double.tables.options.get('blogname')).toBe('A new name');
    site.double.tables.options.set('blogname', 'Theirs');
    await title.fill('Mine');
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'The site’s settings changed' });
    await dialog.getByText('Theirs').waitFor();
    await checkAccessible(page);
    await screenshot(page, 'settings-conflict-1440-light');
    await dialog.getByRole('button', { name: 'Save mine over it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => site.double.tables.options.get('blogname')).toBe('Mine');
    page.verify();
  });

  it('says to somebody without the right that a page is not for them', async () => {
    const as = await hub.person([{ siteId: site.siteId, userId: 4 }]);
    for (const end of ['/sync', '/audit', '/settings']) {
      const page = await hub.page({ as });
      await page.goto(`${path}${end}`);
      await page.getByRole('heading', { name: 'Not for your account' }).waitFor();
      await checkAccessible(page);
      page.verify();
      await page.context().close();
    }
  });
});
