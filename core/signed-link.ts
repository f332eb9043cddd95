// Tokens of links that are a capability of their own: what they are for, with a seal that only this installation can make. Whoever has
// the link may do what it says until it expires; what expires, and when, is for those who open it.
import { createHmac, timingSafeEqual } from 'node:crypto';

const MAX_CHARACTERS = 2_000;

function seal(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** A token for a path: the payload, readable, and its seal. The same payload gives the same token. */
export function sealLink(key: Uint8Array, payload: string): string {
  const text = Buffer.from(payload, 'utf8').toString('base64url');
  return `${text}.${seal(key, text)}`;
}

/** The payload of a token that was sealed with the key; null for any other text. */
export function openLink(key: Uint8Array, token: string): string | null {
  const [text = '', given = '', ...more] = token.length > MAX_CHARACTERS ? [] : token.split('.');
  const expected = Buffer.from(seal(key, text));
  const offered = Buffer.from(given);
  if (text === '' || more.length > 0 || offered.length !== expected.length || !timingSafeEqual(offered, expected)) return null;
  return Buffer.from(text, 'base64url').toString('utf8');
}
