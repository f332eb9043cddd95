import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeBlogToken } from '../../store/connections.js';
import { createAuthorizeDesk } from '../../sync/connection/authorize-desk.js';
import { addLocalSite, nextSiteId, openTestStore } from '../testkit/store.js';
import { deskOf, PASSWORD, REQUEST, startPages, type Pages } from './kit.js';

const desk = deskOf();
let pages: Pages;
beforeAll(async () => {
  pages = await startPages({ desk });
});
afterAll(() => pages.close());

describe('a site’s request for approval', () => {
  it('asks to sign in first and then stands there as it came', async () => {
    const account = await pages.account();
    const browser = pages.browser();
    await browser.open(REQUEST);
    expect(browser.page.url).toContain('/sign-in?return=');
    expect(browser.page.text).toContain('Sign in to go on connecting your site.');
    await browser.submit('/sign-in', { login: account.login, password: PASSWORD });
    expect(browser.page.url).toBe(pages.url + REQUEST);
    for (const words of ['Harbor Lane', 'https://shop.example', 'mara', 'editor', account.login]) expect(browser.page.text).toContain(words);
    expect(desk.approvals).toHaveLength(0);
  });

  it('is approved once for the account that is signed in, and the browser goes back to the site', async () => {
    const account = await pages.account();
    const browser = await pages.signedIn(account);
    await browser.open(REQUEST);
    const count = desk.approvals.length;
    await browser.submit('/jetpack.authorize/1/', { decision: 'approve' });
    expect(browser.page.status).toBe(303);
    expect(browser.page.url).toBe(`https://shop.example/wp-admin/admin.php?handler=x&code=code-${count + 1}&state=3`);
    expect(desk.approvals.slice(count)).toEqual([{ accountId: account.id, request: expect.objectContaining({ siteId: 77, userId: 3 }) }]);
  });

  it('is declined without a code', async () => {
    const browser = await pages.signedIn();
    await browser.open(REQUEST);
    const count = desk.approvals.length;
    await browser.submit('/jetpack.authorize/1/', { decision: 'cancel' });
    expect(browser.page.url).toBe('https://shop.example/wp-admin/admin.php?handler=x&error=access_denied');
    expect(desk.approvals).toHaveLength(count);
  });

  it.each([
    ['from another site', { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' } }],
    ['without the form’s token', { omit: ['form_token'] }],
  ])('is never approved %s', async (_how, options) => {
    const browser = await pages.signedIn();
    await browser.open(REQUEST);
    const count = desk.approvals.length;
    expect((await browser.submit('/jetpack.authorize/1/', { decision: 'approve' }, options)).status).toBe(403);
    expect(desk.approvals).toHaveLength(count);
  });

  it('is never approved by anything but the button', async () => {
    const browser = await pages.signedIn();
    for (const decision of ['', 'yes', 'APPROVE']) {
      await browser.open(REQUEST);
      const count = desk.approvals.length;
      expect((await browser.submit('/jetpack.authorize/1/', { decision })).status).toBe(400);
      expect(desk.approvals).toHaveLength(count);
    }
  });

  it('lets a form lead to that site and nowhere else', async () => {
    const browser = await pages.signedIn();
    await browser.open(REQUEST);
    expect(browser.page.headers.get('content-security-policy')).toContain("form-action 'self' https://shop.example https://shop.example;");
    expect(browser.page.headers.get('x-frame-options')).toBe('DENY');
  });

  it('says what to do when it cannot be approved', async () => {
    const browser = await pages.signedIn();
    const page = await browser.open('/jetpack.authorize/1/?client_id=88');
    expect(page.status).toBe(403);
    for (const words of ['role="alert"', 'The site is not connected here.', 'What to do', '<code>unknown_site</code>']) expect(page.text).toContain(words);
    expect(page.text).not.toContain('Approve');
  });

  it('is refused when it is longer than any site’s', async () => {
    expect((await (await pages.signedIn()).open(`${REQUEST}&x=${'a'.repeat(8_000)}`)).status).toBe(400);
  });

  it('shows hostile names as text, and lets no address into the policy', async () => {
    const own = await startPages({
      desk: deskOf({
        siteName: `<script>alert(1)</script>"'&`, userLogin: '<img src=x onerror=alert(1)>', role: '"><form action=//evil.example>', siteUrl: 'javascript:alert(1)',
        redirectUri: "https://a;script-src'unsafe-inline'.example/?x=1", hasOwner: false,
      }),
    });
    try {
      const browser = await own.signedIn();
      const page = await browser.open(REQUEST);
      expect(page.status).toBe(200);
      expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
      expect(page.text).not.toMatch(/<script|<img|<form action=|href="javascript|\u202e/);
      expect(page.text).toContain('You become the owner');
      expect(page.headers.get('content-security-policy')).toContain("form-action 'self';");
    } finally {
      await own.close();
    }
  });

  it('cannot turn the direction of the page', async () => {
    const own = await startPages({ desk: deskOf({ siteName: 'gro.\u202eelpmaxe' }) });
    try {
      expect((await (await own.signedIn()).open(REQUEST)).text).not.toContain('\u202e');
    } finally {
      await own.close();
    }
  });
});

describe('the desk of the connection', () => {
  it('shows what the site signed, and makes one code for the account', async () => {
    const store = await openTestStore();
    const siteId = nextSiteId();
    const url = `http://consent-${siteId}.example`;
    await addLocalSite(store, { id: siteId, url, blogToken: `key${siteId}.secret` });
    const own = await startPages({ desk: createAuthorizeDesk({ store }) });
    try {
      const token = (await wholeBlogToken(store, siteId)) ?? '';
      const scope = `administrator:${createHmac('md5', token).update('administrator|9').digest('hex')}`;
      const query = new URLSearchParams({
        response_type: 'code', client_id: String(siteId), redirect_uri: `${url}/wp-admin/admin.php?handler=jetpack-connection-webhooks&action=authorize&_wpnonce=abc`,
        state: '9', scope, secret: 's'.repeat(32), user_login: 'mara', blogname: 'Harbor & Lane', site_url: url,
      });
      const browser = await own.signedIn();
      const page = await browser.open(`/jetpack.authorize/1/?${query.toString()}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain('Harbor &amp; Lane');
      await browser.submit('/jetpack.authorize/1/', { decision: 'approve' });
      const back = new URL(browser.page.url);
      expect(back.origin).toBe(url);
      expect([back.searchParams.get('state'), back.searchParams.get('_wpnonce')]).toEqual(['9', 'abc']);
      expect(back.searchParams.get('code')?.length).toBeGreaterThan(20);
      expect(await store.database.query('SELECT user_id FROM account_user WHERE site_id = $1', [siteId])).toEqual([]);
      query.set('scope', scope.replace('administrator', 'editor'));
      expect((await browser.open(`/jetpack.authorize/1/?${query.toString()}`)).status).toBe(403);
      expect(browser.page.text).toContain('<code>invalid_scope</code>');
    } finally {
      await own.close();
    }
  });
});
