import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAttempts } from '../../accounts/attempts.js';
import { createSharedAttempts } from '../../accounts/shared-attempts.js';
import { networkOf } from '../../core/network-address.js';
import { returnPath } from '../../accounts/return-path.js';
import { disableAccount } from '../../store/accounts.js';
import { SESSION_IDLE_MS } from '../../store/sessions.js';
import { forgetTries } from '../../store/sign-in-tries.js';
import type { Browser } from './browser.js';
import { openTestStore } from '../testkit/store.js';
import { PASSWORD, startPages, type Pages } from './kit.js';

let pages: Pages;
beforeAll(async () => {
  pages = await startPages();
});
afterAll(() => pages.close());

async function trySignIn(browser: Browser, login: string, password: string): Promise<number> {
  await browser.open('/sign-in');
  return (await browser.submit('/sign-in', { login, password })).status;
}

describe('signing in', () => {
  it('leads to the account, and out again', async () => {
    const browser = await pages.signedIn();
    expect(browser.page.url).toBe(`${pages.url}/account`);
    await browser.submit('/sign-out');
    expect(browser.page.url).toContain('/sign-in');
    expect(browser.cookies.has('sitegraph_session')).toBe(false);
    await browser.open('/account');
    expect(browser.page.text).toContain('<h1>Sign in</h1>');
  });

  it('ends the session on the server too', async () => {
    const browser = await pages.signedIn();
    const stolen = browser.cookies.get('sitegraph_session')?.value ?? '';
    await browser.submit('/sign-out');
    const thief = pages.browser();
    await thief.open('/account', { headers: { cookie: `sitegraph_session=${stolen}` } });
    expect(thief.page.text).not.toContain('Your account');
  });

  it('takes a login in any case and with spaces around it', async () => {
    const account = await pages.account();
    expect(await trySignIn(pages.browser(), `  ${account.login.toUpperCase()} `, PASSWORD)).toBe(200);
  });

  it('answers the same to a wrong password, an unknown login and a disabled account', async () => {
    const [account, disabled] = [await pages.account(), await pages.account()];
    await disableAccount(pages.store, disabled.id);
    const answers: string[] = [];
    for (const login of [account.login, 'nobody-at-all', disabled.login]) {
      const browser = pages.browser();
      expect(await trySignIn(browser, login, login === disabled.login ? PASSWORD : 'wrong password')).toBe(403);
      answers.push(browser.page.text.replaceAll(login, 'LOGIN').replace(/name="form_token" value="[^"]*"/g, ''));
      expect(browser.page.text).toContain('role="alert"');
      expect(browser.cookies.has('sitegraph_session')).toBe(false);
    }
    expect(new Set(answers).size).toBe(1);
  });

  it('says what is missing', async () => {
    const browser = pages.browser();
    expect(await trySignIn(browser, '', PASSWORD)).toBe(422);
    expect(browser.page.text).toContain('Enter your login and your password.');
  });

  it('never shows the password again', async () => {
    const browser = pages.browser();
    await trySignIn(browser, 'somebody', 'a very secret thing');
    expect(browser.page.text).toContain('value="somebody"');
    expect(browser.page.text).not.toContain('a very secret thing');
  });

  it('escapes what was typed', async () => {
    const browser = pages.browser();
    await trySignIn(browser, '"><script>alert(1)</script>', 'x');
    expect(browser.page.text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(browser.page.text).not.toContain('<script');
  });

  it('gives every sign-in a new session and ends the one before', async () => {
    const account = await pages.account();
    const browser = await pages.signedIn(account);
    const before = browser.cookies.get('sitegraph_session')?.value ?? '';
    const form = pages.browser();
    form.cookies.set('sitegraph_session', { value: before, attributes: '' });
    // The sign-in form of another tab, opened before.
    await form.open('/sign-in', { headers: { cookie: '' } });
    await form.submit('/sign-in', { login: account.login, password: PASSWORD });
    const after = form.cookies.get('sitegraph_session')?.value ?? '';
    expect(after).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(after).not.toBe(before);
    await browser.open('/account');
    expect(browser.page.text).toContain('<h1>Sign in</h1>');
  });

  it('hashes an outdated password anew', async () => {
    const account = await pages.account();
    await pages.store.database.query('UPDATE account SET password_hash = $2 WHERE id = $1::uuid', [account.id, outdatedHash]);
    await trySignIn(pages.browser(), account.login, 'tide and time');
    const [row] = await pages.store.database.query<{ hash: string }>('SELECT password_hash AS hash FROM account WHERE id = $1::uuid', [account.id]);
    expect(row?.hash).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$/);
    expect(await trySignIn(pages.browser(), account.login, 'tide and time')).toBe(200);
  });

  it('lasts while it is used, and ends a week after', async () => {
    const own = await startPages();
    try {
      const browser = await own.signedIn();
      own.later(SESSION_IDLE_MS - 60_000);
      expect((await browser.open('/account')).text).toContain('Your account');
      own.later(SESSION_IDLE_MS - 60_000);
      expect((await browser.open('/account')).text).toContain('Your account');
      own.later(SESSION_IDLE_MS);
      expect((await browser.open('/account')).text).toContain('<h1>Sign in</h1>');
    } finally {
      await own.close();
    }
  });
});

// 'tide and time' with N = 2^12, as in password.test.ts.
const outdatedHash = '$scrypt$ln=12,r=8,p=1$c2l4dGVlbiBieXRlIHNhbA$kIbQwiFMwg64WmPmcpdtYLTX7TfgY8Oh3CHfblDYJ5w';

describe('the cookies', () => {
  it('are out of reach of scripts and of other sites’ forms', async () => {
    const browser = await pages.signedIn();
    expect([...browser.cookies].map(([name, { attributes }]) => [name, attributes])).toEqual([
      ['sitegraph_form', 'Path=/; HttpOnly; SameSite=Lax'],
      ['sitegraph_session', `Max-Age=${30 * 86_400}; Path=/; HttpOnly; SameSite=Lax`],
    ]);
  });

  it('are bound to https and to the host where the public address has https', async () => {
    const own = await startPages({ publicUrl: 'https://hub.example.net' });
    try {
      const browser = own.browser();
      await browser.open('/sign-in');
      const account = await own.account();
      await browser.submit('/sign-in', { login: account.login, password: PASSWORD }, { headers: { origin: 'https://hub.example.net' }, follow: false });
      expect([...browser.cookies].map(([name, { attributes }]) => [name, attributes])).toEqual([
        ['__Host-sitegraph_form', 'Path=/; HttpOnly; SameSite=Lax; Secure'],
        ['__Host-sitegraph_session', `Max-Age=${30 * 86_400}; Path=/; HttpOnly; SameSite=Lax; Secure`],
      ]);
    } finally {
      await own.close();
    }
  });
});

describe('forms', () => {
  const refusedForm = async (options: Parameters<Browser['submit']>[2], prepare: (browser: Browser) => void = () => undefined): Promise<Browser> => {
    const account = await pages.account();
    const browser = pages.browser();
    await browser.open('/sign-in');
    prepare(browser);
    await browser.submit('/sign-in', { login: account.login, password: PASSWORD }, options);
    return browser;
  };

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sibling host', { 'sec-fetch-site': 'same-site', origin: 'http://sub.example' }],
    ['another origin, in a browser that says only that', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
    ['nowhere', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
  ])('are refused from %s', async (_from, headers) => {
    const browser = await refusedForm({ headers });
    expect(browser.page.status).toBe(403);
    expect(browser.cookies.has('sitegraph_session')).toBe(false);
  });

  it('are refused without their token, so that nobody is signed in to a stranger’s account', async () => {
    const browser = await refusedForm({ omit: ['form_token'] });
    expect(browser.page.status).toBe(403);
    expect(browser.cookies.has('sitegraph_session')).toBe(false);
  });

  it('are refused with the token of another browser', async () => {
    const stranger = pages.browser();
    await stranger.open('/sign-in');
    const browser = await refusedForm({}, (own) => {
      own.page = stranger.page;
    });
    expect(browser.page.status).toBe(403);
    expect(browser.cookies.has('sitegraph_session')).toBe(false);
  });

  it('are refused with the token of another session', async () => {
    const [one, other] = [await pages.signedIn(), await pages.signedIn()];
    one.page = other.page;
    expect((await one.submit('/sign-out')).status).toBe(403);
    expect((await one.open('/account')).text).toContain('Your account');
  });

  it('are refused as JSON or as anything but a form, and when they are too long', async () => {
    const browser = pages.browser();
    await browser.open('/sign-in');
    expect((await browser.submit('/sign-in', {}, { headers: { 'content-type': 'application/json' } })).status).toBe(415);
    expect((await browser.open('/sign-in', { method: 'POST', body: `login=${'x'.repeat(70_000)}` })).status).toBe(413);
  });

  it('stand on pages that nothing else can reach into', async () => {
    const { headers } = await pages.browser().open('/sign-in');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('where signing in leads', () => {
  it.each(['/account', '/jetpack.authorize/1/?a=%2F%2f&b=http://x.example/', '/a?b=//c', '/%2f%2fevil.example'])('may be %s', (path) => {
    expect(returnPath(path, '/otherwise')).toBe(path);
  });

  it.each([
    '//evil.example', '/\\evil.example', '\\\\evil.example', 'https://evil.example', 'javascript:alert(1)', 'account', '', '/\t/evil.example', '/\n/evil.example', '/ /evil',
    '/a\\..\\b', '/.//evil.example', '/a/..//evil.example', `/${'a'.repeat(9000)}`, '/\u0661', '@evil.example', '/\r\nset-cookie:x',
  ])('is never %j', (path) => {
    expect(returnPath(path, '/otherwise')).toBe('/otherwise');
  });

  it('is the path that was asked for', async () => {
    const account = await pages.account();
    const browser = pages.browser();
    await browser.open('/sign-in?return=%2Faccount%3Fafter%3D1');
    await browser.submit('/sign-in', { login: account.login, password: PASSWORD });
    expect(browser.page.url).toBe(`${pages.url}/account?after=1`);
    expect((await browser.open('/sign-in?return=//evil.example')).url).toBe(`${pages.url}/account`);
  });

  it('is checked again when the form comes back', async () => {
    const account = await pages.account();
    const browser = pages.browser();
    await browser.open('/sign-in');
    await browser.submit('/sign-in', { login: account.login, password: PASSWORD, return: 'https://evil.example/' });
    expect(browser.page.url).toBe(`${pages.url}/account`);
  });
});

describe('tries to sign in', () => {
  it('wait longer and longer for one login, whether it exists or not', async () => {
    for (const login of [(await pages.account()).login, 'not-there']) {
      const own = await startPages();
      try {
        const browser = own.browser();
        for (let n = 0; n < 5; n += 1) expect(await trySignIn(browser, login, 'wrong password')).toBe(403);
        expect(await trySignIn(browser, login, PASSWORD)).toBe(429);
        expect(browser.page.headers.get('retry-after')).toBe('1');
        own.later(1_000);
        expect(await trySignIn(browser, login, 'wrong password')).toBe(403);
        expect(await trySignIn(browser, login, PASSWORD)).toBe(429);
        expect(browser.page.headers.get('retry-after')).toBe('2');
        own.later(2_000);
        expect(await trySignIn(browser, login, PASSWORD)).toBe(login === 'not-there' ? 403 : 200);
      } finally {
        await own.close();
      }
    }
  });

  it('count for the address too, over many logins, and being right once does not help', () => {
    let nowMs = 0;
    const attempts = createAttempts(() => nowMs);
    for (let n = 0; n < 29; n += 1) expect(attempts.begin(`login${n}`, '192.0.2.1')).toBe(0);
    expect(attempts.begin('own', '192.0.2.1')).toBe(0);
    attempts.succeed('own', '192.0.2.1');
    expect(attempts.begin('again', '192.0.2.1')).toBe(0);
    expect(attempts.begin('more', '192.0.2.1')).toBe(1_000);
    expect(attempts.begin('more', '192.0.2.2')).toBe(0);
    nowMs += 3_600_000;
    expect(attempts.begin('more', '192.0.2.1')).toBe(0);
  });

  it('count together for several processes on one database, many at once too, and the oldest give way', async () => {
    const { database } = await openTestStore();
    let nowMs = Date.now();
    const processes = [createSharedAttempts(database, () => nowMs), createSharedAttempts(database, () => nowMs)] as const;
    const [login, network] = [`shared-${randomUUID()}`, `network-${randomUUID()}`];
    const waits = await Promise.all(Array.from({ length: 12 }, (_, index) => processes[index % 2]?.begin(login, network)));
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(5);
    expect(new Set(waits)).toEqual(new Set([0, 1_000]));
    nowMs += 1_000;
    expect(await processes[0].begin(login, `network-${randomUUID()}`)).toBe(0);
    expect(await processes[1].begin(login, `network-${randomUUID()}`)).toBe(2_000);
    await processes[0].succeed(login, network);
    expect(await processes[1].begin(login, network)).toBe(0);
    const [held] = await database.query<{ tries: number }>('SELECT tries FROM sign_in_try WHERE hash = $1', [createHash('sha256').update(`address ${network}`).digest()]);
    expect(held?.tries).toBe(5);
    await forgetTries(database, new Date(0), 1);
    expect(await database.query('SELECT 1 FROM sign_in_try')).toHaveLength(1);
  });

  it('are remembered in bounded memory', () => {
    const attempts = createAttempts(() => 0);
    for (let n = 0; n < 30_000; n += 1) attempts.begin(`login${n}`, `address${n}`);
    expect(attempts.size).toBe(20_000);
  });

  it('never wait longer than a minute for a login, because anybody can make it wait', () => {
    let nowMs = 0;
    const attempts = createAttempts(() => nowMs);
    let longest = 0;
    for (let n = 0; n < 40; n += 1) {
      const waitMs = attempts.begin('victim', `address${n}`);
      longest = Math.max(longest, waitMs);
      nowMs += waitMs;
    }
    expect(longest).toBe(60_000);
  });

  it('are those of the network behind a proxy that is near, and of the connection otherwise', () => {
    const from = (ip: string, forwarded?: string): string => networkOf({ ip, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } });
    expect(from('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
    expect(from('::ffff:127.0.0.1', '192.0.2.7, 198.51.100.1')).toBe('198.51.100.1');
    expect(from('10.0.0.1', 'nonsense')).toBe('10.0.0.1');
    expect(from('2001:db8:1:2:3::4')).toBe(from('2001:db8:1:2:ffff::1'));
    expect(from('2001:db8:1:2:3::4')).not.toBe(from('2001:db8:1:3::4'));
  });
});
