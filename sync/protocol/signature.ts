// The signatures of the Jetpack protocol: the canonical string of a request, its HMAC, and the hashes of bodies.
// Called by authorization.ts, sign-request.ts and the connection endpoints. Pure; never logs or returns a secret.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { normalizedQueryPairs } from './php-query.js';
import type { RequestTarget } from './request-target.js';
import { jsonlBodyHash } from './jsonl-body-hash.js';

/** How a request's body is hashed: its bytes, or what PHP would see in `$_POST` (only `jetpack-sync-actions`). */
export type BodyHashKind = 'plain' | 'jsonl';

/** Everything that a request signature covers. `token` is the wire form `<key>:<api version>:<user id>`. */
export interface SignedParts {
  readonly token: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly bodyHash: string;
  readonly method: string;
  readonly target: RequestTarget;
}

/** The canonical string: one fact a line, each line ended by LF. */
export function canonicalString(parts: SignedParts): string {
  const { target } = parts;
  const lines = [
    parts.token, parts.timestamp, parts.nonce, parts.bodyHash, parts.method.toUpperCase(),
    target.host.toLowerCase(), String(target.port), target.path, ...normalizedQueryPairs(target.query),
  ];
  return `${lines.join('\n')}\n`;
}

/** Signs a canonical string with the secret part of a token (what follows the dot): base64 of HMAC-SHA1. */
export function sign(canonical: string, secret: string): string {
  return createHmac('sha1', secret).update(canonical, 'latin1').digest('base64');
}

/** Compares two texts in time that depends on their lengths only. */
export function equalsInConstantTime(left: string, right: string): boolean {
  const a = Buffer.from(left, 'utf8');
  const b = Buffer.from(right, 'utf8');
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether the signature is the one that the secret gives for the canonical string, in constant time. */
export function verifySignature(canonical: string, secret: string, signature: string): boolean {
  return equalsInConstantTime(sign(canonical, secret), signature);
}

/** The plain body hash: base64 of SHA-1 over the bytes, empty for an empty body. */
export function bodyHash(body: Uint8Array): string {
  return body.length === 0 ? '' : createHash('sha1').update(body).digest('base64');
}

/** The body hash of the given kind; null when a JSON-lines body holds bytes that its hash would not cover. */
export function hashBody(body: Uint8Array, kind: BodyHashKind): string | null {
  return kind === 'jsonl' ? jsonlBodyHash(body) : bodyHash(body);
}

/** The signature of `jetpack-token-health`'s form fields: HMAC-SHA1 over token, timestamp and nonce, each ended by LF. */
export function signTokenHealth(parts: { readonly token: string; readonly timestamp: string; readonly nonce: string }, secret: string): string {
  return sign(`${parts.token}\n${parts.timestamp}\n${parts.nonce}\n`, secret);
}

/** The `scope` of a user: `<role>:<hex HMAC-MD5 of "role|user id">`, keyed with the whole blog token `key.secret`. */
export function signScope(role: string, userId: number, blogToken: string): string {
  return `${role}:${createHmac('md5', blogToken).update(`${role}|${userId}`).digest('hex')}`;
}

/** The role of a user's `scope`, or null when the scope was not signed with this blog token for this user. */
export function verifyScope(scope: string, userId: number, blogToken: string): string | null {
  const role = scope.slice(0, Math.max(0, scope.indexOf(':')));
  return role !== '' && equalsInConstantTime(signScope(role, userId, blogToken), scope) ? role : null;
}

/**
 * The HMAC (hex) with which a site answers `jetpack.jsonAPI` (md5) or `jetpack/rest/v1.x` (sha1), over nonce and body, keyed with
 * the whole token `key.secret` of the user who acted, or of the site.
 */
export function signJsonApiAnswer(nonce: string, body: string, token: string, algorithm: 'md5' | 'sha1'): string {
  return createHmac(algorithm, token).update(nonce + body).digest('hex');
}
