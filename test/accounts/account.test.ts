import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkSiteUser } from '../../store/accounts.js';
import { addSite } from '../../store/sites.js';
import { authenticateToken } from '../../store/tokens.js';
import { nextSiteId } from '../testkit/store.js';
import type { Browser } from './browser.js';
import { PASSWORD, startPages, type Pages } from './kit.js';

let pages: Pages;
beforeAll(async () => {
  pages = await startPages();
});
afterAll(() => pages.close());

function shownToken(browser: Browser): string {
  return /<code class="secret">([^<]+)<\/code>/.exec(browser.page.text)?.[1] ?? '';
}

async function makeToken(browser: Browser, fields: Record<string, string | readonly string[]> = {}): Promise<string> {
  await browser.open('/account');
  await browser.submit('/account/tokens', { label: 'My app', days: '30', scope: ['content:read', 'comments:read'], ...fields });
  return shownToken(browser);
}

describe('the account page', () => {
  it('is for the person who is signed in alone', async () => {
    const browser = pages.browser();
    await browser.open('/account');
    expect(browser.page.text).toContain('<h1>Sign in</h1>');
    expect((await browser.open('/account/tokens', { method: 'POST', body: 'label=x' })).status).toBe(403);
  });

  it('lists the users of sites that the account is, and unlinks one', async () => {
    const account = await pages.account();
    const siteId = nextSiteId();
    await addSite(pages.store, { id: siteId, url: `http://mine-${siteId}.example`, blogToken: `key${siteId}.secret` });
    await linkSiteUser(pages.store.database, account.id, siteId, 12);
    const browser = await pages.signedIn(account);
    expect(browser.page.text).toContain(`http://mine-${siteId}.example`);
    expect(browser.page.text).toContain('user 12');
    await browser.submit('/account/sites/unlink', { site: String(siteId) });
    expect(browser.page.text).not.toContain(`http://mine-${siteId}.example</strong>`);
  });

  it('tells an operator so', async () => {
    expect((await pages.signedIn(await pages.account('operator'))).page.text).toContain('You run this server');
    expect((await pages.signedIn()).page.text).not.toContain('You run this server');
  });
});

describe('tokens of a person', () => {
  it('are shown once, stand for that person with the chosen scopes, and end when revoked', async () => {
    const account = await pages.account();
    const browser = await pages.signedIn(account);
    const token = await makeToken(browser);
    expect(await authenticateToken(pages.store, token)).toMatchObject({ kind: 'person', accountId: account.id, scopes: ['content:read', 'comments:read'] });
    await browser.open('/account');
    expect(browser.page.text).toContain('My app');
    expect(browser.page.text).not.toContain(token);
    const id = /name="token" value="([^"]+)"/.exec(browser.page.text)?.[1] ?? '';
    await browser.submit('/account/tokens/revoke', { token: id });
    expect(browser.page.text).toContain('The token is revoked.');
    expect(await authenticateToken(pages.store, token)).toBeNull();
  });

  it('never become an operator’s by what is sent', async () => {
    const browser = await pages.signedIn();
    const token = await makeToken(browser, { scope: '*', operator: 'true', accountId: '00000000-0000-4000-8000-000000000001', kind: 'operator' });
    expect(await authenticateToken(pages.store, token)).toMatchObject({ kind: 'person', users: [], scopes: ['*'] });
  });

  it.each([
    [{ scope: ['content:read', 'everything:admin'] }, 'Choose what the token may be used for.'],
    [{ scope: [] }, 'Choose what the token may be used for.'],
    [{ days: '36500' }, 'Choose when the token ends'],
    [{ days: '' }, 'Choose when the token ends'],
    [{ label: ' ' }, 'Give the token a name'],
    [{ label: 'x'.repeat(101) }, 'Give the token a name'],
  ])('are refused with %j', async (fields, reason) => {
    const browser = await pages.signedIn();
    expect(await makeToken(browser, fields)).toBe('');
    expect([browser.page.status, browser.page.text.includes(reason)]).toEqual([422, true]);
  });

  it('are revoked by nobody else', async () => {
    const [one, other] = [await pages.signedIn(), await pages.signedIn()];
    const token = await makeToken(one);
    const id = /name="token" value="([^"]+)"/.exec(one.page.text)?.[1] ?? '';
    await makeToken(other);
    // The other person's own form, with the id of this one's token.
    const own = /name="token" value="([^"]+)"/.exec(other.page.text)?.[1] ?? '';
    other.page = { ...other.page, text: other.page.text.replace(own, id) };
    expect((await other.submit('/account/tokens/revoke')).status).toBe(404);
    expect(await authenticateToken(pages.store, token)).not.toBeNull();
  });

  it('have names that are shown as text', async () => {
    const browser = await pages.signedIn();
    await makeToken(browser, { label: '<b onclick=x>"' });
    expect(browser.page.text).toContain('&lt;b onclick=x&gt;&quot;');
    expect(browser.page.text).not.toContain('<b onclick');
  });
});

describe('sessions of a person', () => {
  it('end from another browser', async () => {
    const account = await pages.account();
    const [one, other] = [await pages.signedIn(account), await pages.signedIn(account)];
    await one.open('/account');
    await one.submit('/account/sessions/end-others');
    expect((await other.open('/account')).text).toContain('<h1>Sign in</h1>');
    expect((await one.open('/account')).text).toContain('Your account');
  });

  it('end one by one, this browser’s own too', async () => {
    const browser = await pages.signedIn();
    await browser.submit('/account/sessions/end');
    expect(browser.page.text).toContain('<h1>Sign in</h1>');
  });
});

describe('a new password', () => {
  const change = async (browser: Browser, fields: Record<string, string>): Promise<number> => {
    await browser.open('/account');
    return (await browser.submit('/account/password', { former: PASSWORD, next: 'a quite new sentence', again: 'a quite new sentence', ...fields })).status;
  };

  it('needs the present one, ends other sessions and keeps this one', async () => {
    const account = await pages.account();
    const [one, other] = [await pages.signedIn(account), await pages.signedIn(account)];
    expect(await change(one, { former: 'not the present one' })).toBe(403);
    expect(await change(one, {})).toBe(200);
    expect((await one.open('/account')).text).toContain('Your account');
    expect((await other.open('/account')).text).toContain('<h1>Sign in</h1>');
    await other.submit('/sign-in', { login: account.login, password: PASSWORD });
    expect(other.page.status).toBe(403);
    await other.submit('/sign-in', { login: account.login, password: 'a quite new sentence' });
    expect(other.page.status).toBe(200);
  });

  it('must be long and typed twice', async () => {
    const browser = await pages.signedIn();
    expect(await change(browser, { next: 'short', again: 'short' })).toBe(422);
    expect(await change(browser, { again: 'another sentence' })).toBe(422);
  });
});
