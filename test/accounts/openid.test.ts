import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenIdProvider } from '../../accounts/openid.js';
import { disableAccount } from '../../store/accounts.js';
import { findAccountOfIdentity } from '../../store/identities.js';
import { unescapeHtml, type Browser } from './browser.js';
import { CLIENT, startIdentityProvider, type IdentityProvider } from './identity-provider.js';
import { startPages, type Pages, type PagesOptions } from './kit.js';

// The provider must know where the pages are and the pages must know the provider, so the provider's address is filled in afterwards.
const settings = { ...CLIENT, issuer: '', name: 'Harbor ID', allowsSignUp: false };
let provider: IdentityProvider;
let closed: Pages;
let open: Pages;

beforeAll(async () => {
  const lazily = (allowsSignUp: boolean): NonNullable<PagesOptions['oidc']> => [{ ...settings, issuer: provider.issuer, allowsSignUp }];
  const ports = await Promise.all([freePort(), freePort()]);
  provider = await startIdentityProvider(ports.map((port) => `http://127.0.0.1:${port}`));
  closed = await startPages({ oidc: lazily(false), port: ports[0] ?? 0 });
  open = await startPages({ oidc: lazily(true), port: ports[1] ?? 0 });
});
afterAll(async () => {
  await Promise.all([closed.close(), open.close(), provider.close()]);
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** Presses the button; returns the address of the provider that the page leads on to. */
async function leave(browser: Browser, path = '/sign-in'): Promise<string> {
  await browser.open(path);
  await browser.submit(path === '/account' ? '/account/identities/link' : '/sign-in/openid', { provider: '0' });
  expect(browser.page.status).toBe(200);
  return unescapeHtml(/http-equiv="refresh" content="0; url=([^"]+)"/.exec(browser.page.text)?.[1] ?? '');
}

async function signInAs(browser: Browser, person: string, path?: string): Promise<void> {
  await browser.open(await provider.passThrough(await leave(browser, path), person));
}

describe('signing in at an OpenID provider', () => {
  it('goes out with PKCE, state and nonce', async () => {
    const url = new URL(await leave(closed.browser()));
    expect(url.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code', client_id: CLIENT.clientId, redirect_uri: `${closed.url}/sign-in/openid/callback`, scope: 'openid profile', code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(url.searchParams.get(name)?.length).toBeGreaterThan(40);
  });

  it('makes no account for somebody unknown unless sign-up is on', async () => {
    const browser = closed.browser();
    await signInAs(browser, 'stranger');
    expect(browser.page.status).toBe(403);
    expect(browser.page.text).toContain('Nobody here is known by this sign-in at Harbor ID.');
    expect(browser.cookies.has('sitegraph_session')).toBe(false);
    expect(await findAccountOfIdentity(closed.store.database, provider.issuer, 'stranger')).toBeNull();
  });

  it('makes one account for somebody unknown when sign-up is on, and never links by e-mail', async () => {
    const [one, again, other] = [open.browser(), open.browser(), open.browser()];
    await signInAs(one, 'ada');
    expect(one.page.text).toContain('<h1>Your account</h1>');
    const account = await findAccountOfIdentity(open.store.database, provider.issuer, 'ada');
    await signInAs(again, 'ada');
    expect(await findAccountOfIdentity(open.store.database, provider.issuer, 'ada')).toEqual(account);
    await signInAs(other, 'grace');
    expect((await findAccountOfIdentity(open.store.database, provider.issuer, 'grace'))?.accountId).not.toBe(account?.accountId);
  });

  it('returns to where it began', async () => {
    const browser = open.browser();
    await signInAs(browser, 'ada', '/sign-in?return=%2Faccount%3Fhere');
    expect(browser.page.url).toBe(`${open.url}/account?here`);
  });

  it('works for an identity that a signed-in person linked, and no longer once it is unlinked', async () => {
    const account = await closed.account();
    await signInAs(await closed.signedIn(account), 'linked', '/account');
    const browser = closed.browser();
    await signInAs(browser, 'linked');
    expect(browser.page.text).toContain(`<strong>${account.login}</strong>`);
    await browser.submit('/account/identities/unlink', { subject: 'linked' });
    expect(browser.page.text).toContain('The sign-in is unlinked.');
    const after = closed.browser();
    await signInAs(after, 'linked');
    expect(after.page.status).toBe(403);
  });

  it('links no identity that belongs to another account', async () => {
    await signInAs(await closed.signedIn(), 'taken', '/account');
    const browser = await closed.signedIn();
    await signInAs(browser, 'taken', '/account');
    expect(browser.page.status).toBe(403);
    expect(browser.page.text).toContain('belongs to another account');
  });

  it('links nothing when somebody else has signed in meanwhile', async () => {
    const browser = await closed.signedIn();
    const back = await provider.passThrough(await leave(browser, '/account'), 'meanwhile');
    browser.cookies.set('sitegraph_session', (await closed.signedIn()).cookies.get('sitegraph_session') ?? { value: '', attributes: '' });
    expect((await browser.open(back)).status).toBe(403);
    expect(await findAccountOfIdentity(closed.store.database, provider.issuer, 'meanwhile')).toBeNull();
  });

  it('lets nobody into a disabled account', async () => {
    await signInAs(open.browser(), 'gone');
    const account = await findAccountOfIdentity(open.store.database, provider.issuer, 'gone');
    await disableAccount(open.store, account?.accountId ?? '');
    const browser = open.browser();
    await signInAs(browser, 'gone');
    expect(browser.page.status).toBe(403);
    expect(browser.cookies.has('sitegraph_session')).toBe(false);
  });

  it('is refused in a browser that did not begin it, and when it comes back twice', async () => {
    const browser = open.browser();
    const back = await provider.passThrough(await leave(browser), 'eve');
    const victim = open.browser();
    expect((await victim.open(back)).status).toBe(403);
    expect(victim.page.text).toContain('not begun in this browser');
    expect((await browser.open(back)).status).toBe(200);
    expect((await browser.open(back)).status).toBe(403);
  });

  it('is refused with another sign-in’s state, a changed code, or after ten minutes', async () => {
    const [one, other] = [open.browser(), open.browser()];
    const back = await provider.passThrough(await leave(one), 'eve');
    await leave(other);
    expect((await other.open(back)).status).toBe(403);
    const changed = new URL(back);
    changed.searchParams.set('code', 'x'.repeat(43));
    expect((await one.open(changed.href)).status).toBe(403);
    const late = open.browser();
    const lateBack = await provider.passThrough(await leave(late), 'eve');
    open.later(10 * 60_000);
    expect((await late.open(lateBack)).status).toBe(403);
    for (const browser of [one, other, late]) expect(browser.cookies.has('sitegraph_session')).toBe(false);
  });

  it('is refused when the person declined there', async () => {
    const browser = open.browser();
    const state = new URL(await leave(browser)).searchParams.get('state') ?? '';
    expect((await browser.open(`/sign-in/openid/callback?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`)).status).toBe(403);
  });

  it('is refused when the ID token was signed with another key', async () => {
    const port = await freePort();
    const liar = await startIdentityProvider([`http://127.0.0.1:${port}`]);
    const own = await startPages({ oidc: [{ ...settings, issuer: liar.issuer, allowsSignUp: true }], port });
    try {
      const browser = own.browser();
      const back = await liar.passThrough(await leave(browser), 'mallory');
      liar.lie();
      expect((await browser.open(back)).status).toBe(403);
      expect(browser.cookies.has('sitegraph_session')).toBe(false);
    } finally {
      await Promise.all([own.close(), liar.close()]);
    }
  });

  it('says so when the provider cannot be asked, and needs the form’s token', async () => {
    const own = await startPages({ oidc: [{ ...settings, issuer: `http://127.0.0.1:${await freePort()}` }] });
    try {
      const browser = own.browser();
      await browser.open('/sign-in');
      await browser.submit('/sign-in/openid', { provider: '0' });
      expect([browser.page.status, browser.page.text.includes('Harbor ID cannot be asked at this moment')]).toEqual([504, true]);
      await browser.open('/sign-in');
      expect((await browser.submit('/sign-in/openid', { provider: '0' }, { omit: ['form_token'] })).status).toBe(403);
      await browser.open('/sign-in');
      expect((await browser.open('/sign-in/openid', { method: 'POST', body: 'provider=7' })).status).toBe(403);
    } finally {
      await own.close();
    }
  });

  it.each(['http://id.example.org', 'https://id.example.org/?x=1', 'ftp://127.0.0.1', 'nonsense', 'http://127.0.0.1.evil.example'])('is not configured with the issuer %s', (issuer) => {
    expect(() => createOpenIdProvider({ ...settings, issuer })).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }) as Error);
  });
});
