// Passwords of people: scrypt, as text that says its own parameters. Called where people sign in and where the command line sets a
// password. A password is never logged, never kept, and costs the same time whether its login exists or not.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../core/errors.js';

export interface PasswordCost {
  /** The base-2 logarithm of scrypt's N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** One of OWASP's equal choices for scrypt, with 32 MiB (N = 2^17, p = 1 takes 128 MiB): measured on two cores of a small virtual machine, 0.4 s of one. */
export const PASSWORD_COST: PasswordCost = { logN: 15, r: 8, p: 3 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** What a stored text may ask of us at most, so that a tampered row cannot take the memory. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;

export const PASSWORD_MIN_CHARACTERS = 12;
/** Longer ones are refused, not cut; scrypt would take any length. */
export const PASSWORD_MAX_CHARACTERS = 256;

/** Hashes wait for one another, so that many sign-ins at once take the memory of one; beyond this many, people are asked to wait. */
const MAX_WAITING = 16;
const RETRY_AFTER_MS = 5_000;

/** Why a password cannot be chosen, in words for the person; null when it can. */
export function passwordProblem(password: string, login: string | null): string | null {
  const characters = [...password].length;
  if (characters < PASSWORD_MIN_CHARACTERS) return `The password needs at least ${PASSWORD_MIN_CHARACTERS} characters; it has ${characters}.`;
  if (characters > PASSWORD_MAX_CHARACTERS) return `The password can have at most ${PASSWORD_MAX_CHARACTERS} characters; it has ${characters}.`;
  if (login !== null && password.normalize('NFKC').toLowerCase() === login) return 'The password must not be the login.';
  if (new Set(password).size < 4) return 'The password repeats too few characters.';
  return null;
}

/** Hashes a password: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, base64 without padding. */
export async function hashPassword(password: string, cost = PASSWORD_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return encode(cost, salt, await derive(password, salt, cost));
}

/** Tells whether a text is a hash that this version can check. */
export function isPasswordHash(text: string): boolean {
  return decode(text) !== null;
}

export interface PasswordVerdict {
  readonly matches: boolean;
  /** The stored hash has other parameters than today's: hash the password anew when it matches. */
  readonly isOutdated: boolean;
}

/** Checks a password against a stored hash; against none it takes as long and does not match. */
export async function verifyPassword(password: string, stored: string | null, today = PASSWORD_COST): Promise<PasswordVerdict> {
  const known = stored === null ? null : decode(stored);
  const { cost, salt, hash } = known ?? { cost: today, salt: DUMMY_SALT, hash: DUMMY_HASH };
  const given = await derive(password, salt, cost);
  const matches = timingSafeEqual(given, hash) && known !== null;
  return { matches, isOutdated: cost.logN !== today.logN || cost.r !== today.r || cost.p !== today.p };
}

const DUMMY_SALT = randomBytes(SALT_BYTES);
const DUMMY_HASH = randomBytes(HASH_BYTES);

let tail: Promise<unknown> = Promise.resolve();
let waiting = 0;

function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  if (waiting >= MAX_WAITING) throw new AppError('OVERLOADED', 'too many people sign in at this moment; try again in a few seconds', { retryAfterMs: RETRY_AFTER_MS });
  waiting += 1;
  const result = tail.then(() => deriveNow(password, salt, cost)).finally(() => {
    waiting -= 1;
  });
  tail = result.catch(() => undefined);
  return result;
}

function deriveNow(password: string, salt: Buffer, { logN, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** logN;
  return new Promise((done, fail) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: memoryOf({ logN, r, p }) + 1024 * 1024 }, (error, key) => (error ? fail(error) : done(key)));
  });
}

function memoryOf({ logN, r, p }: PasswordCost): number {
  return 128 * r * (2 ** logN + p);
}

function encode(cost: PasswordCost, salt: Buffer, hash: Buffer): string {
  return `$scrypt$ln=${cost.logN},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

function decode(text: string): { cost: PasswordCost; salt: Buffer; hash: Buffer } | null {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,64})\$([A-Za-z0-9+/]{43})$/.exec(text);
  if (!match) return null;
  const cost = { logN: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  if (cost.logN < 10 || cost.r < 1 || cost.p < 1 || memoryOf(cost) > MAX_MEMORY_BYTES) return null;
  return { cost, salt: Buffer.from(match[4] ?? '', 'base64'), hash: Buffer.from(match[5] ?? '', 'base64') };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
