import { describe, expect, it } from 'vitest';
import { hashPassword, isPasswordHash, passwordProblem, verifyPassword } from '../../accounts/password.js';

const CHEAP = { logN: 12, r: 8, p: 1 };

describe('passwords', () => {
  it('match their hash and nothing else, whatever way their characters are composed', async () => {
    const hash = await hashPassword('caf\u00e9 harbor lane');
    expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword('cafe\u0301 harbor lane', hash)).toEqual({ matches: true, isOutdated: false });
    expect(await verifyPassword('cafe harbor lane', hash)).toEqual({ matches: false, isOutdated: false });
  });

  it('give two hashes for one password', async () => {
    expect(await hashPassword('the same words', CHEAP)).not.toBe(await hashPassword('the same words', CHEAP));
  });

  it('match a hash of older parameters, which is then called outdated', async () => {
    // Made by Python: hashlib.scrypt(b'tide and time', salt=b'sixteen byte sal', n=2**12, r=8, p=1, dklen=32)
    const stored = '$scrypt$ln=12,r=8,p=1$c2l4dGVlbiBieXRlIHNhbA$kIbQwiFMwg64WmPmcpdtYLTX7TfgY8Oh3CHfblDYJ5w';
    expect(await verifyPassword('tide and time', stored)).toEqual({ matches: true, isOutdated: true });
  });

  it('take as long without an account as with one', async () => {
    const hash = await hashPassword('a long enough one', CHEAP);
    const time = async (stored: string | null): Promise<number> => {
      const start = performance.now();
      expect((await verifyPassword('another one', stored, CHEAP)).matches).toBe(false);
      return performance.now() - start;
    };
    // The least of several, because the machine does other things too.
    const [known, unknown] = [[], []] as [number[], number[]];
    for (let n = 0; n < 15; n += 1) {
      known.push(await time(hash));
      unknown.push(await time(null));
    }
    expect(Math.min(...unknown) / Math.min(...known)).toBeGreaterThan(0.5);
    expect(Math.min(...unknown) / Math.min(...known)).toBeLessThan(2);
  });

  it('never match a stored text that is no hash, or one that asks for too much memory', async () => {
    const greedy = `$scrypt$ln=30,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
    for (const stored of ['', 'plain text', greedy]) {
      expect(isPasswordHash(stored)).toBe(false);
      expect((await verifyPassword('plain text', stored, CHEAP)).matches).toBe(false);
    }
  });

  it('wait for one another, and no more than sixteen', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 18 }, async () => verifyPassword('x', `$scrypt$ln=10,r=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`)));
    expect(answers.filter((answer) => answer.status === 'rejected').map((answer) => (answer as PromiseRejectedResult).reason.code)).toEqual(['OVERLOADED', 'OVERLOADED']);
  });

  it.each([
    ['short', 'at least 12 characters'],
    ['x'.repeat(257), 'at most 256 characters'],
    ['harbor.keeper', 'must not be the login'],
    ['abababababababab', 'repeats too few'],
  ])('are refused when they are like %s', (password, reason) => {
    expect(passwordProblem(password, 'harbor.keeper')).toContain(reason);
  });

  it('may be any long sentence', () => {
    expect(passwordProblem('correct horse battery staple', 'harbor.keeper')).toBeNull();
  });
});
