import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.js';
import { ANONYMOUS, decodeViewer, encodeViewer, hasScope, signViewer, userIdOn, verifyViewer, type Viewer } from '../../auth/viewer.js';

const person: Viewer = { kind: 'person', accountId: 'acc-1', scopes: ['content:*', 'users:read'], users: [{ siteId: 7, userId: 3 }, { siteId: 8, userId: 1 }] };
const operator: Viewer = { kind: 'operator', accountId: 'op', scopes: ['*'] };
const key = 'k'.repeat(32);
const grant = { requestId: 'r-1', expiresAt: 2_000 };

describe('hasScope', () => {
  it('grants what is listed, an area with its star, and everything with the star alone', () => {
    expect(['content:read', 'content:write', 'users:read', 'users:write', 'contents:read', 'content'].filter((scope) => hasScope(person, scope))).toEqual(['content:read', 'content:write', 'users:read']);
    expect(hasScope(operator, 'anything:at-all')).toBe(true);
    expect(hasScope({ ...operator, scopes: [] }, 'content:read')).toBe(false);
    expect(hasScope({ ...operator, scopes: ['co*', 'content:r*', ':*'] }, 'content:read')).toBe(false);
    expect(hasScope(ANONYMOUS, 'content:read')).toBe(false);
  });
});

describe('userIdOn', () => {
  it('finds the account of a person on a site and nothing for anyone else', () => {
    expect([userIdOn(person, 7), userIdOn(person, 8), userIdOn(person, 9), userIdOn(operator, 7), userIdOn(ANONYMOUS, 7)]).toEqual([3, 1, null, null, null]);
  });
});

describe('the JSON of a viewer', () => {
  it('comes back as it went, for every kind', () => {
    for (const viewer of [person, operator, ANONYMOUS]) expect(decodeViewer(encodeViewer(viewer))).toEqual(viewer);
  });

  it('is refused when it is not a viewer', () => {
    const wrong = ['', 'null', '[]', '{"kind":"root"}', '{"kind":"operator","scopes":["*"]}', '{"kind":"person","accountId":"a","scopes":[],"users":[{"siteId":1,"userId":0}]}'];
    expect(wrong.map(decodeViewer)).toEqual(wrong.map(() => null));
  });
});

describe('the signed viewer', () => {
  it('is verified with the same key before it expires', () => {
    expect(verifyViewer(signViewer(person, grant, key), key, 1_999)).toEqual({ ok: true, viewer: person, ...grant });
    expect(signViewer(person, grant, key)).toMatch(/^[\w-]+\.[\w-]{43}$/);
  });

  it('is refused from its end on, with another key, and with any character changed', () => {
    const header = signViewer(operator, grant, key);
    expect(verifyViewer(header, key, 2_000)).toEqual({ ok: false, reason: 'expired' });
    expect(verifyViewer(header, key, Number.NaN)).toEqual({ ok: false, reason: 'expired' });
    expect(verifyViewer(header, 'x'.repeat(32), 0)).toEqual({ ok: false, reason: 'bad-signature' });
    // The last character of the signature carries bits that are not part of it.
    for (let at = 0; at < header.length - 1; at += 1) {
      const changed = header.slice(0, at) + (header[at] === 'A' ? 'B' : 'A') + header.slice(at + 1);
      expect(verifyViewer(changed, key, 0).ok).toBe(false);
    }
  });

  it('is refused when it is cut, empty or signed by nobody', () => {
    const header = signViewer(operator, grant, key);
    for (const wrong of ['', '.', 'abc', 'abc.', '.abc', header.slice(0, header.indexOf('.')), header.slice(0, -8)]) {
      expect(verifyViewer(wrong, key, 0).ok).toBe(false);
    }
  });

  it('asks for a key of at least 32 bytes', () => {
    expect(() => signViewer(operator, grant, 'short')).toThrow(AppError);
    expect(() => verifyViewer('a.b', '', 0)).toThrow('at least 32 bytes');
  });
});
