import { describe, it, expect } from 'vitest';
import {
  decodeCredentials, isInsideClockWindow, replayed, verifyRequest, verifyTokenHealth, NONCE_RETENTION_SECONDS, type RequestToVerify,
} from '../../../sync/protocol/authorization.js';
import { decodeRequestTarget, receivedTarget, type RequestTarget } from '../../../sync/protocol/request-target.js';
import { canonicalString, sign, signTokenHealth, type BodyHashKind } from '../../../sync/protocol/signature.js';
import { createNonce, signRequest } from '../../../sync/protocol/sign-request.js';
import { readBlogToken, readRecording, RECORDED_SERVER, RECORDINGS } from './recordings.js';

const NOW_MS = 1_800_000_000_000;
const URL_SIGNED = 'https://hub.example.net/wpcom/v2/sites/4242/jetpack-sync-actions?sync=1&codec=simple&home=https%3A%2F%2Fshop.example.org';
const BODY = Buffer.from('{"jpsq_sync-1800000000.250000-1-1":"QUJD+/=="}');

function targetOf(url: string): RequestTarget {
  const target = decodeRequestTarget(url);
  if (!target) throw new Error('not a URL');
  return target;
}

function signed(change: { nowMs?: number; userId?: number; token?: string; url?: string; kind?: BodyHashKind; body?: Buffer } = {}): RequestToVerify {
  const bodyHashKind = change.kind ?? 'jsonl';
  const body = change.body ?? BODY;
  const url = change.url ?? URL_SIGNED;
  const authorization = signRequest({
    token: change.token ?? 'key.secret', userId: change.userId ?? 0, method: 'POST', url, body, bodyHashKind, nowMs: change.nowMs ?? NOW_MS, nonce: 'aB3dE5gH7j',
  });
  return {
    method: 'POST', target: targetOf(url), headers: { authorization }, bodyHashKind, body, nowMs: NOW_MS,
    findSecret: async (key) => (key === 'key' ? { secret: 'secret', userId: 0 } : key === 'person' ? { secret: 'hers', userId: 7 } : null),
  };
}

async function codeOf(request: RequestToVerify): Promise<string> {
  const result = await verifyRequest(request);
  return result.kind === 'refused' ? `${result.status} ${result.code}` : result.kind;
}

describe('verifyRequest', () => {
  it('believes a genuine request and says who signed it, when and with which nonce', async () => {
    expect(await verifyRequest(signed())).toEqual({ kind: 'verified', tokenKey: 'key', userId: 0, timestamp: 1_800_000_000, nonce: 'aB3dE5gH7j' });
    expect(await verifyRequest(signed({ token: 'person.hers.7', userId: 7, kind: 'plain' }))).toMatchObject({ kind: 'verified', tokenKey: 'person', userId: 7 });
  });

  it('believes a request without a body and with an empty body hash', async () => {
    expect(await codeOf(signed({ kind: 'plain', body: Buffer.alloc(0) }))).toBe('verified');
  });

  it('refuses an unknown token, another user and a wrong secret, each by its code', async () => {
    expect(await codeOf(signed({ token: 'stranger.secret' }))).toBe('401 unknown_token');
    expect(await codeOf(signed({ userId: 3 }))).toBe('401 invalid_token');
    expect(await codeOf(signed({ token: 'key.wrong' }))).toBe('401 signature_mismatch');
  });

  it('refuses a request whose method, host, port, path or query was changed', async () => {
    const request = signed();
    const { target } = request;
    const changes: Partial<RequestToVerify>[] = [
      { method: 'GET' }, { target: { ...target, host: 'other.example' } }, { target: { ...target, port: 8443 } },
      { target: { ...target, path: `${target.path}/` } }, { target: { ...target, query: `${target.query}&x=1` } },
    ];
    for (const change of changes) expect(await codeOf({ ...request, ...change })).toBe('401 signature_mismatch');
  });

  it('refuses a changed body after the signature has held, with a code of its own', async () => {
    expect(await codeOf({ ...signed(), body: Buffer.concat([BODY, Buffer.from(' ')]) })).toBe('401 invalid_body_hash');
    expect(await codeOf({ ...signed(), body: Buffer.alloc(0) })).toBe('401 invalid_body_hash');
    expect(await codeOf({ ...signed(), bodyHashKind: 'plain' })).toBe('401 invalid_body_hash');
    expect(await codeOf({ ...signed({ kind: 'plain', body: Buffer.alloc(0) }), body: BODY })).toBe('401 invalid_body_hash');
  });

  it('refuses items smuggled into a JSON-lines body behind a name that PHP would overwrite', async () => {
    const text = BODY.toString();
    const name = text.slice(0, text.indexOf('='));
    const forged = Buffer.from(`${name}=\n{"forged":"QUJD"}\n&${text}`);
    expect(await codeOf({ ...signed(), body: forged })).toBe('401 invalid_body_hash');
  });

  it('refuses a clock that is more than ten minutes behind or five ahead, with a status on which the site corrects it', async () => {
    expect(await codeOf(signed({ nowMs: NOW_MS - 600_000 }))).toBe('verified');
    expect(await codeOf(signed({ nowMs: NOW_MS - 601_000 }))).toBe('401 invalid_timestamp');
    expect(await codeOf(signed({ nowMs: NOW_MS + 300_000 }))).toBe('verified');
    expect(await codeOf(signed({ nowMs: NOW_MS + 301_000 }))).toBe('401 invalid_timestamp');
  });

  it('does not look up a token for a request without credentials', async () => {
    const findSecret = async (): Promise<never> => { throw new Error('looked up'); };
    expect(await codeOf({ ...signed(), headers: {}, findSecret })).toBe('401 missing_authorization');
    expect(await codeOf({ ...signed(), headers: { authorization: 'Bearer abc' }, findSecret })).toBe('401 missing_authorization');
  });

  it('believes the query-string form', async () => {
    const url = `${URL_SIGNED}&token=key%3A1%3A0&timestamp=1800000000&nonce=n1&body-hash=`;
    const canonical = canonicalString({ token: 'key:1:0', timestamp: '1800000000', nonce: 'n1', bodyHash: '', method: 'GET', target: targetOf(url) });
    const target = targetOf(`${url}&signature=${encodeURIComponent(sign(canonical, 'secret'))}`);
    expect(await codeOf({ ...signed(), headers: {}, method: 'GET', target, bodyHashKind: 'plain', body: Buffer.alloc(0) })).toBe('verified');
  });

  it.each(RECORDINGS)('believes every request of the recording %s at its time and none with another secret', async (name) => {
    const token = readBlogToken();
    const requests = readRecording(name);
    expect(requests.length).toBeGreaterThan(4);
    for (const { method, url, headers, body, receivedAt } of requests) {
      expect(headers.host).toBe(new URL(RECORDED_SERVER).host);
      const target = receivedTarget(RECORDED_SERVER, url);
      if (!target) throw new Error('not a target');
      const request: RequestToVerify = {
        method, target, headers, bodyHashKind: 'jsonl', body: Buffer.from(body), nowMs: receivedAt,
        findSecret: async (key) => (key === token.key ? { secret: token.secret, userId: 0 } : null),
      };
      expect(await codeOf(request)).toBe('verified');
      expect(await codeOf({ ...request, findSecret: async () => ({ secret: `${token.secret}0`, userId: 0 }) })).toBe('401 signature_mismatch');
    }
  });

  it('gives a replayed nonce a refusal of its own and asks to remember it longer than it could be believed', () => {
    expect(replayed()).toMatchObject({ kind: 'refused', code: 'invalid_nonce', status: 401 });
    expect(NONCE_RETENTION_SECONDS).toBeGreaterThan(900);
  });
});

describe('decodeCredentials', () => {
  const header = (fields: Record<string, string>): string => {
    const all = { token: 'k:1:0', timestamp: '1800000000', nonce: 'n', 'body-hash': '', signature: `${'A'.repeat(27)}=`, ...fields };
    return `X_JETPACK ${Object.entries(all).map(([name, value]) => `${name}="${value}"`).join(' ')}`;
  };
  const code = (text: string): string => {
    const result = decodeCredentials(text, '');
    return result.kind === 'refused' ? result.code : result.kind;
  };

  it('reads every field, and a missing version as null', () => {
    expect(decodeCredentials(header({ version: '16.1.2' }), '')).toEqual({
      kind: 'credentials', token: 'k:1:0', tokenKey: 'k', userId: 0, timestamp: '1800000000', nonce: 'n', bodyHash: '', signature: `${'A'.repeat(27)}=`, version: '16.1.2',
    });
    expect(decodeCredentials(header({}), '')).toMatchObject({ version: null });
    expect(code(header({ token: ';5a;4242;:1:0' }))).toBe('credentials');
  });

  it.each([
    [{ token: 'k:2:0' }, 'malformed_token'], [{ token: 'k' }, 'malformed_token'], [{ token: 'k.s:1:0' }, 'malformed_token'], [{ token: ':1:0' }, 'malformed_token'],
    [{ token: `${'k'.repeat(129)}:1:0` }, 'malformed_token'], [{ timestamp: '12345678901' }, 'invalid_timestamp'], [{ timestamp: '-1' }, 'invalid_timestamp'],
    [{ timestamp: '1.5' }, 'invalid_timestamp'], [{ nonce: '' }, 'invalid_nonce'], [{ nonce: 'abcdefghijklm' }, 'invalid_nonce'], [{ nonce: 'a-b' }, 'invalid_nonce'],
    [{ 'body-hash': 'x' }, 'invalid_body_hash'], [{ signature: '' }, 'invalid_signature'], [{ signature: 'A'.repeat(28) }, 'invalid_signature'],
    [{ pad: 'x'.repeat(3000) }, 'malformed_authorization'],
  ])('refuses %j as %s', (fields, expected) => {
    expect(code(header(fields))).toBe(expected);
  });

  it('refuses repeated names and text outside pairs', () => {
    expect(code(`${header({})} token="k:1:1"`)).toBe('malformed_authorization');
    expect(code(`${header({})} rest`)).toBe('malformed_authorization');
    expect(code('X_JETPACK')).toBe('malformed_token');
  });
});

describe('verifyTokenHealth', () => {
  const { findSecret } = signed();
  const field = (token: string, secret: string, timestamp = '1800000000'): string => {
    const signature = signTokenHealth({ token, timestamp, nonce: 'qW3eR5tY7u' }, secret);
    return `token="${token}" timestamp="${timestamp}" nonce="qW3eR5tY7u" signature="${signature}"`;
  };

  it('believes the blog token and a user token in good health', async () => {
    expect(await verifyTokenHealth(field('key:1:0', 'secret'), { findSecret, nowMs: NOW_MS })).toMatchObject({ kind: 'verified', tokenKey: 'key', userId: 0 });
    expect(await verifyTokenHealth(field('person:1:7', 'hers'), { findSecret, nowMs: NOW_MS })).toMatchObject({ kind: 'verified', userId: 7 });
  });

  it('refuses a wrong secret, an unknown key, a stale clock and an empty field', async () => {
    const code = async (text: string): Promise<string> => {
      const result = await verifyTokenHealth(text, { findSecret, nowMs: NOW_MS });
      return result.kind === 'refused' ? result.code : result.kind;
    };
    expect(await code(field('key:1:0', 'wrong'))).toBe('signature_mismatch');
    expect(await code(field('nobody:1:0', 'secret'))).toBe('unknown_token');
    expect(await code(field('key:1:0', 'secret', '1799999000'))).toBe('invalid_timestamp');
    expect(await code('')).toBe('malformed_token');
  });
});

describe('isInsideClockWindow', () => {
  it('holds from 600 seconds before to 300 seconds after now, both included', () => {
    expect([-601, -600, 0, 300, 301].map((offset) => isInsideClockWindow(1_800_000_000 + offset, NOW_MS))).toEqual([false, true, true, true, false]);
  });
});

describe('signRequest', () => {
  it('refuses what cannot be signed', () => {
    const request = { token: 'key.secret', userId: 0, method: 'POST', url: URL_SIGNED, body: BODY, bodyHashKind: 'jsonl', nowMs: NOW_MS } as const;
    expect(() => signRequest({ ...request, token: 'key' })).toThrow(TypeError);
    expect(() => signRequest({ ...request, token: 'key.secret.2' })).toThrow(TypeError);
    expect(() => signRequest({ ...request, url: '/relative' })).toThrow(TypeError);
    expect(() => signRequest({ ...request, body: Buffer.from('a&b') })).toThrow(TypeError);
  });

  it('makes nonces of ten letters and digits', () => {
    expect(createNonce()).toMatch(/^[A-Za-z0-9]{10}$/);
    expect(createNonce()).not.toBe(createNonce());
  });
});
