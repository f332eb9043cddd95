// Signs a request the way a site does. Called by replay, the demonstration site and tests; the server itself only verifies.

import { randomInt } from 'node:crypto';
import { canonicalString, hashBody, sign, type BodyHashKind } from './signature.js';
import { decodeRequestTarget } from './request-target.js';

export interface RequestToSign {
  /** `<key>.<secret>`; a user token may carry its trailing `.<user id>`. */
  readonly token: string;
  /** The WordPress user who acts; 0 for the site itself. */
  readonly userId: number;
  readonly method: string;
  /** The absolute URL as it will be requested: host, port, path and query are signed byte for byte. */
  readonly url: string;
  readonly body: Uint8Array;
  readonly bodyHashKind: BodyHashKind;
  readonly nowMs: number;
  /** 1 to 12 letters and digits; a random one of 10 by default. */
  readonly nonce?: string;
  /** The plugin version to claim; not signed. */
  readonly version?: string;
}

const NONCE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A random nonce of 10 letters and digits, as the plugin makes them. */
export function createNonce(): string {
  return Array.from({ length: 10 }, () => NONCE_ALPHABET.charAt(randomInt(NONCE_ALPHABET.length))).join('');
}

/** The value of the Authorization header for a request. Throws a TypeError when token, URL or body cannot be signed. */
export function signRequest(request: RequestToSign): string {
  const [key, secret, owner, ...rest] = request.token.split('.');
  if (!key || !secret || rest.length > 0 || (owner !== undefined && owner !== String(request.userId))) {
    throw new TypeError('expected a token of the form <key>.<secret> or <key>.<secret>.<user id of the request>');
  }
  const target = decodeRequestTarget(request.url);
  if (!target) throw new TypeError('expected an absolute http or https URL to sign');
  const bodyHash = hashBody(request.body, request.bodyHashKind);
  if (bodyHash === null) throw new TypeError('expected JSON lines of base64 items; this body has bytes that no site sends (& % [ or NUL)');
  const token = `${key}:1:${request.userId}`;
  const timestamp = String(Math.floor(request.nowMs / 1000));
  const nonce = request.nonce ?? createNonce();
  const signature = sign(canonicalString({ token, timestamp, nonce, bodyHash, method: request.method, target }), secret);
  const version = request.version ?? '16.1.2';
  return `X_JETPACK token="${token}" timestamp="${timestamp}" nonce="${nonce}" body-hash="${bodyHash}" signature="${signature}" version="${version}"`;
}
