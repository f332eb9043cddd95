// The users of a site in a real browser, with a double of the site behind them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { startConnectedSite, type ConnectedSite } from '../testkit/connected-site.js';
import { checkAccessible, HAS_BROWSER, layoutShift, screenshot, startConsole, watchShifts, WIDTHS, type SignedIn, type TestConsole } from './browser.js';
import { failOperation, holdOperation, tabTo } from './states.js';

const SLOW = { timeout: 240_000 };

describe.skipIf(!HAS_BROWSER)('the page of users', () => {
  let hub: TestConsole;
  let site: ConnectedSite;
  let path: string;
  let admin: SignedIn;
  const named = (login: string) => site.double.tables.users.all().find(({ user_login }) => user_login === login);
  beforeAll(async () => {
    hub = await startConsole();
    site = await startConnectedSite(hub.server.store);
    path = `/sites/${encodeSiteId(site.siteId)}/users`;
    admin = await hub.person([{ siteId: site.siteId, userId: 1 }]);
    for (const login of ['nora', 'otto']) site.double.edit.saveUser({ user_login: login, roles: ['author'], user_email: `${login}@people.example`, display_name: login === 'nora' ? 'Nora Quay' : 'Otto Pier' });
    await site.sync();
  }, 600_000);
  afterAll(async () => {
    await site?.close();
    await hub?.close();
  });

  it.each(WIDTHS)('lists them with roles and linked accounts, and shows one, accessible at %s', SLOW, async (label, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await hub.page({ viewport, colorScheme, as: admin });
      await watchShifts(page);
      await page.goto(path);
      const row = page.getByRole('row', { name: /Nora Quay/ });
      await row.waitFor();
      await page.getByRole('button', { name: 'Invite somebody' }).waitFor();
      expect(await page.getByText('Linked', { exact: true }).count()).toBe(label === '390 px' ? 0 : 3);
      await checkAccessible(page);
      expect(await layoutShift(page)).toBeLessThan(0.01);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await screenshot(page, `users-${label.split(' ')[0]}-${colorScheme}`);
      await row.click();
      const dialog = page.getByRole('dialog', { name: 'Nora Quay' });
      await dialog.getByRole('button', { name: 'Remove…' }).waitFor();
      await checkAccessible(page);
      await screenshot(page, `user-${label.split(' ')[0]}-${colorScheme}`);
      await dialog.getByRole('button', { name: 'Remove…' }).click();
      await page.getByRole('option', { name: /Otto Pier/ }).waitFor();
      await checkAccessible(page);
      await screenshot(page, `user-remove-${label.split(' ')[0]}-${colorScheme}`);
      page.verify();
      await page.context().close();
    }
  });

  it('searches them, and narrows them to a role, in the address', SLOW, async () => {
    const page = await hub.page({ as: admin });
    await page.goto(path);
    await page.getByText('5 users').waitFor();
    await page.getByRole('searchbox').fill('quay');
    await page.getByText('1 user', { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: /^(Every role )?Role/ }).click();
    await page.getByRole('option', { name: 'Author', exact: true }).click();
    await page.getByText('3 users').waitFor();
    expect(new URL(page.url()).searchParams.get('role')).toBe('author');
    await page.getByRole('searchbox').fill('nobody of this name');
    await page.getByText('Nobody matches').waitFor();
    await checkAccessible(page);
    page.verify();
  });

  it('invites, changes and removes with the keyboard alone, and gives what was written to somebody else', SLOW, async () => {
    const page = await hub.page({ as: admin });
    await page.goto(path);
    await tabTo(page, page.getByRole('button', { name: 'Invite somebody' }));
    await page.keyboard.press('Enter');
    const invite = page.getByRole('dialog', { name: 'Invite somebody' });
    await tabTo(page, invite.getByLabel('E-mail address'));
    await page.keyboard.type('pia@people.example');
    await tabTo(page, invite.getByLabel('Name to show'));
    await page.keyboard.type('Pia Mole');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Invited' }).getByText('Lost your password?').waitFor();
    await checkAccessible(page);
    expect(named('pia')).toMatchObject({ display_name: 'Pia Mole', roles: ['subscriber'] });
    await page.keyboard.press('Enter');

    const row = page.getByRole('row', { name: /Pia Mole/ });
    await row.waitFor();
    await row.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Pia Mole' });
    await dialog.getByRole('button', { name: 'Remove…' }).waitFor();
    await tabTo(page, dialog.getByRole('checkbox', { name: 'Author' }));
    await page.keyboard.press('Space');
    await tabTo(page, dialog.getByRole('checkbox', { name: 'Subscriber' }));
    await page.keyboard.press('Space');
    await tabTo(page, dialog.getByRole('button', { name: 'Save' }));
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(named('pia')?.roles).toEqual(['author']);

    const { ID } = named('pia') as { ID: number };
    const post = site.double.edit.savePost({ post_title: 'Left behind', post_author: ID, post_status: 'publish' });
    await site.sync();
    await row.focus();
    await page.keyboard.press('Enter');
    await tabTo(page, dialog.getByRole('button', { name: 'Remove…' }));
    await page.keyboard.press('Enter');
    const removing = page.getByRole('alertdialog', { name: 'Remove Pia Mole?' });
    await tabTo(page, removing.getByRole('searchbox'));
    await page.keyboard.type('otto');
    await removing.getByRole('option').filter({ hasNotText: 'Otto Pier' }).first().waitFor({ state: 'detached' });
    await tabTo(page, removing.getByRole('option', { name: /Otto Pier/ }));
    await page.keyboard.press('Space');
    await tabTo(page, removing.getByRole('button', { name: 'Remove' }));
    await page.keyboard.press('Enter');
    await page.getByText('Pia Mole is removed').waitFor();
    await row.waitFor({ state: 'detached' });
    expect(named('pia')).toBeUndefined();
    expect(site.double.tables.posts.get(post.ID)?.post_author).toBe(named('otto')?.ID);
    page.verify();
  });

  it('says what the site refuses beside its field, and what somebody else changed meanwhile', SLOW, async () => {
    const page = await hub.page({ as: admin });
    await page.goto(path);
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const invite = page.getByRole('dialog', { name: 'Invite somebody' });
    await invite.getByLabel('E-mail address').fill('no address');
    await invite.getByRole('button', { name: 'Invite' }).click();
    await invite.getByText('email must be an e-mail address').waitFor();
    await checkAccessible(page);
    await screenshot(page, 'invite-refused-1440-light');
    await page.keyboard.press('Escape');
    await invite.waitFor({ state: 'detached' });

    await page.getByRole('row', { name: /Nora Quay/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Nora Quay' });
    await dialog.getByRole('button', { name: 'Remove…' }).waitFor();
    await dialog.getByLabel('Website').fill('https://nora.example/');
    site.double.edit.saveUser({ ID: named('nora')?.ID ?? 0, user_login: 'nora', roles: ['author'], display_name: 'Nora Harbour' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    const changed = page.getByRole('dialog', { name: 'Nora Harbour' });
    await changed.getByText('Somebody else has changed this user meanwhile').waitFor();
    expect(await changed.getByLabel('Website').inputValue()).toBe('https://nora.example/');
    await changed.getByRole('button', { name: 'Save' }).click();
    await changed.waitFor({ state: 'detached' });
    expect(named('nora')).toMatchObject({ display_name: 'Nora Harbour', user_url: 'https://nora.example/' });
    page.verify();
  });

  it.each(WIDTHS)('tells who may not see them, what is on its way and what failed, at %s', SLOW, async (label, viewport) => {
    const denied = await hub.page({ viewport, as: await hub.person([{ siteId: site.siteId, userId: 2 }]) });
    await denied.goto(path);
    await denied.getByRole('heading', { name: 'Not for your account' }).waitFor();
    expect(await denied.getByRole('button', { name: 'Invite somebody' }).count()).toBe(0);
    await checkAccessible(denied);
    await screenshot(denied, `users-denied-${label.split(' ')[0]}`);
    denied.verify();

    const page = await hub.page({ viewport, as: admin });
    const release = await holdOperation(page, 'SiteUsers');
    await page.goto(path);
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    await checkAccessible(page);
    release();
    await page.getByRole('row', { name: /Otto Pier/ }).waitFor();
    page.verify();

    const broken = await hub.page({ viewport, as: admin });
    await failOperation(broken, 'SiteUsers');
    await broken.goto(path);
    await broken.getByRole('heading', { name: 'This did not work' }).waitFor();
    await checkAccessible(broken);
    await broken.unrouteAll({ behavior: 'wait' });
    await broken.getByRole('button', { name: 'Try again' }).click();
    await broken.getByRole('row', { name: /Otto Pier/ }).waitFor();
    broken.verify();
  });
});
