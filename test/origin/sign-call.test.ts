import { describe, expect, it } from 'vitest';
import { portLines, signCall } from '../../origin/sign-call.js';
import { callBase, restBase, restUrl, xmlRpcUrl } from '../../origin/site-url.js';

// The worked examples of the protocol reference, section 2.6; their numbers were computed with Jetpack 16.1.2's own class.
const BLOG = { key: 'bk0EXAMPLEblogTokenKey0123456789', secret: 'bs0EXAMPLEblogTokenSecret9876543', userId: 0 };
const USER = { key: 'uk1EXAMPLEuserTokenKey0123456789', secret: 'us1EXAMPLEuserTokenSecret9876543', userId: 1 };
const NOW_MS = 1_800_000_000_000;
const NO_BODY = Buffer.alloc(0);

describe('the signature of a call', () => {
  it('is that of worked example C for a GET with a list', () => {
    const url = restUrl('https://shop.example.org', 'wp-json', { method: 'GET', route: 'wp/v2/posts', query: { context: 'edit', include: [31, 30] } });
    expect(signCall({ token: USER, method: 'GET', url, channel: 'rest', body: NO_BODY, nowMs: NOW_MS, nonce: '0a1B2c3D4e' })).toBe(
      'https://shop.example.org/wp-json/wp/v2/posts?context=edit&include[]=31&include[]=30&_for=jetpack&token=uk1EXAMPLEuserTokenKey0123456789%3A1%3A1&timestamp=1800000000&nonce=0a1B2c3D4e&body-hash=&signature=D%2FY8O4oagDLhAgdWl0GL2kGFQHI%3D',
    );
  });

  it('is that of worked example D for a POST with a body', () => {
    const url = restUrl('https://shop.example.org', 'wp-json', { method: 'POST', route: 'wp/v2/posts' });
    const body = Buffer.from('{"title":"Caf\\u00e9","status":"draft"}');
    const signed = signCall({ token: USER, method: 'POST', url, channel: 'rest', body, nowMs: NOW_MS, nonce: '0a1B2c3D4f' });
    expect(signed).toContain('&body-hash=KouV2p%2FFtjGRC%2FtUDjuY5YmXqHI%3D&');
    expect(signed.endsWith('&signature=aefYIOA5OFBLEhiE6Nyqlz8UQz4%3D')).toBe(true);
  });

  it('is that of worked example E for a site on a port of its own', () => {
    const url = restUrl('http://10.0.0.5:8080', 'wp-json', { method: 'GET', route: 'jetpack/v4/sync/status' });
    const signed = signCall({ token: BLOG, method: 'GET', url, channel: 'rest', body: NO_BODY, nowMs: NOW_MS, nonce: '0a1B2c3D4g' });
    expect(signed).toBe(
      'http://10.0.0.5:8080/wp-json/jetpack/v4/sync/status?_for=jetpack&token=bk0EXAMPLEblogTokenKey0123456789%3A1%3A0&timestamp=1800000000&nonce=0a1B2c3D4g&body-hash=&signature=KBUlCWUpZOO2kNJw2GQZvIGRoI4%3D',
    );
  });

  it('differs by the port line alone where a port is mapped', () => {
    const call = { token: BLOG, method: 'GET', url: 'http://10.0.0.5:8080/wp-json/', channel: 'rest', body: NO_BODY, nowMs: NOW_MS, nonce: 'n1' } as const;
    const [own, mapped] = [signCall(call), signCall({ ...call, signingPort: 80 })];
    expect(own).not.toBe(mapped);
    expect(own.replace(/signature=.*/, '')).toBe(mapped.replace(/signature=.*/, ''));
  });

  it('has a nonce of its own each time', () => {
    const call = { token: BLOG, method: 'GET', url: 'https://shop.example.org/wp-json/', channel: 'rest', body: NO_BODY, nowMs: NOW_MS } as const;
    const nonces = new Set(Array.from({ length: 50 }, () => /nonce=([A-Za-z0-9]{10})&/.exec(signCall(call))?.[1]));
    expect(nonces.size).toBe(50);
  });

  it('is refused for what is no URL', () => {
    expect(() => signCall({ token: BLOG, method: 'GET', url: '/wp-json/', channel: 'rest', body: NO_BODY, nowMs: NOW_MS })).toThrow(TypeError);
  });
});

describe('the URL of a call', () => {
  it.each([
    ['https://shop.example.org', 'wp-json', 'https://shop.example.org/wp-json/wp/v2/posts?search=a%26b%20%C3%A9'],
    ['https://shop.example.org', 'rest_route', 'https://shop.example.org/?rest_route=%2Fwp%2Fv2%2Fposts&search=a%26b%20%C3%A9'],
    ['https://shop.example.org/blog', 'wp-json', 'https://shop.example.org/blog/wp-json/wp/v2/posts?search=a%26b%20%C3%A9'],
    ['https://shop.example.org/blog', 'rest_route', 'https://shop.example.org/blog/?rest_route=%2Fwp%2Fv2%2Fposts&search=a%26b%20%C3%A9'],
  ] as const)('keeps the folder of %s as %s', (base, style, url) => {
    expect(restUrl(base, style, { method: 'GET', route: 'wp/v2/posts', query: { search: 'a&b é' } })).toBe(url);
  });

  it('carries methods other than GET and POST as an argument', () => {
    expect(restUrl('https://a.example', 'wp-json', { method: 'DELETE', route: 'wp/v2/posts/30', query: { force: true } })).toBe('https://a.example/wp-json/wp/v2/posts/30?_method=DELETE&force=true');
  });

  it('encodes everything that a site would remove or read otherwise', () => {
    const url = restUrl('https://a.example', 'wp-json', { method: 'GET', route: 'wp/v2/plugins/my plugin/a%2fb', query: { search: `<'"()*!{}>\t%0d` } });
    expect(url).toBe('https://a.example/wp-json/wp/v2/plugins/my%20plugin/a%252fb?search=%3C%27%22%28%29%2A%21%7B%7D%3E%09%250d');
  });

  it.each([
    { route: 'wp/v2/posts', query: { search: 'a\r\nb' } }, { route: 'wp/v2/posts', query: { search: 'a\nb' } }, { route: 'wp/v2/posts', query: { include: ['1\r'] } },
    { route: '/wp/v2/posts' }, { route: 'wp/../../wp-admin' }, { route: 'wp/v2/po\nsts' }, { route: 'wp/v2/posts', query: { signature: 'x' } }, { route: 'wp/v2/posts', query: { 'a[b]': 'x' } },
  ])('is refused for $route with $query', ({ route, query }) => {
    expect(() => restUrl('https://a.example', 'wp-json', { method: 'GET', route, ...(query ? { query: query as Record<string, string> } : {}) })).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }) as Error);
  });

  it('has both forms of XML-RPC', () => {
    expect(xmlRpcUrl('https://a.example/blog', 'xmlrpc.php')).toBe('https://a.example/blog/xmlrpc.php?for=jetpack');
    expect(xmlRpcUrl('https://a.example/blog', 'comms')).toBe('https://a.example/blog/?for=jetpack&jetpack=comms');
  });

  it('takes the path of the home address but never another host from it', () => {
    expect(restBase('https://a.example/wp', 'https://a.example')).toBe('https://a.example');
    expect(restBase('https://a.example/wp', 'https://b.example')).toBe('https://a.example/wp');
    expect(restBase('https://a.example', 'http://a.example')).toBe('https://a.example');
  });

  it.each([
    ['http://2130706433/', 'http://127.0.0.1'], ['http://0x7f.1', 'http://127.0.0.1'], ['HTTPS://A.Example:443/', 'https://a.example'],
    ['ftp://a.example', null], ['http://user:pass@a.example', null], ['a.example', null],
  ])('begins, for %s, with %s', (text, base) => {
    expect(callBase(text)).toBe(base);
  });

  it.each([
    ['http://a.example', [80]], ['https://a.example', [443, 80]], ['http://a.example:8080', [8080, 80]], ['https://a.example:8443', [8443, 443, 80]],
  ])('has, for %s, the port lines %j', (base, ports) => {
    expect(portLines(base)).toEqual(ports);
  });
});
