// Who signed a request: reads the X_JETPACK credentials and decides whether they, the clock and the body hold.
// Called by the sync server for every signed call of a site. It never reads a clock or a database: both are handed in.

import type { RequestTarget } from './request-target.js';
import { parsePhpQuery } from './php-query.js';
import { canonicalString, equalsInConstantTime, hashBody, signTokenHealth, verifySignature, type BodyHashKind } from './signature.js';

/**
 * The protocol's codes of a refused request. On a non-200 answer the site stores token and signature codes and shows its
 * administrators "connection broken": answer them only for what they mean, never for trouble of our own.
 */
export type RefusalCode =
  | 'missing_authorization' | 'malformed_authorization' | 'malformed_token' | 'unknown_token' | 'invalid_token'
  | 'invalid_timestamp' | 'invalid_nonce' | 'invalid_signature' | 'signature_mismatch' | 'invalid_body_hash';

/** Why a request is not believed. `status` is 400 or 401: on these the site reads our Date header and corrects its clock. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly status: 400 | 401;
  readonly message: string;
}

/** Credentials in the right form, not yet checked. `token` is the wire form that is signed. */
export interface Credentials {
  readonly kind: 'credentials';
  readonly token: string;
  readonly tokenKey: string;
  readonly userId: number;
  readonly timestamp: string;
  readonly nonce: string;
  readonly bodyHash: string;
  readonly signature: string;
  /** The plugin's version, which the signature does not cover; null when it was not sent. */
  readonly version: string | null;
}

/** A believed request. The caller must still claim (`tokenKey`, `timestamp`, `nonce`) once, see `replayed`. */
export interface Verified {
  readonly kind: 'verified';
  readonly tokenKey: string;
  /** The WordPress user who acts; 0 for the site itself. */
  readonly userId: number;
  /** Seconds since 1970, by the site's corrected clock. */
  readonly timestamp: number;
  readonly nonce: string;
}

/** The secret part of a token and the WordPress user it was issued to (0: the site's own). */
export interface TokenSecret {
  readonly secret: string;
  readonly userId: number;
}

export interface RequestToVerify {
  readonly method: string;
  readonly target: RequestTarget;
  readonly headers: { readonly authorization?: string | undefined };
  readonly bodyHashKind: BodyHashKind;
  readonly body: Uint8Array;
  /** Looks up a token by its public key; null when it is unknown or revoked. */
  readonly findSecret: (tokenKey: string) => Promise<TokenSecret | null>;
  readonly nowMs: number;
}

/** `JETPACK__API_VERSION`, the middle part of a token on the wire. */
const API_VERSION = '1';
/** A genuine header has about 250 characters. */
const MAX_HEADER_CHARS = 2048;
/** How old a signature may be: what Jetpack 16.1.2 itself allows in the other direction. */
export const MAX_AGE_SECONDS = 600;
/** How far ahead of ours a site's clock may be. */
export const MAX_AHEAD_SECONDS = 300;
/** A used nonce must be remembered at least this long: from the earliest to the latest moment at which it could be believed. */
export const NONCE_RETENTION_SECONDS = MAX_AGE_SECONDS + MAX_AHEAD_SECONDS + 60;

const SHA1_BASE64 = /^[A-Za-z0-9+/]{27}=$/;

function refuse(code: RefusalCode, status: 400 | 401, message: string): Refused {
  return { kind: 'refused', code, status, message };
}

/** The refusal for a request whose (`tokenKey`, `timestamp`, `nonce`) was already claimed; sent by the caller after `verifyRequest`. */
export function replayed(): Refused {
  return refuse('invalid_nonce', 401, 'The nonce was already used; sign the request again with a fresh nonce.');
}

/** Reads the credentials of a request from its Authorization header or, failing that, from its raw query string. */
export function decodeCredentials(header: string | undefined, query: string): Credentials | Refused {
  if (header !== undefined && /^X_JETPACK(\s|$)/i.test(header)) return decodeHeader(header);
  const fields = parsePhpQuery(query);
  if (!fields.has('token') || !fields.has('signature')) {
    return refuse('missing_authorization', 401, 'Expected an X_JETPACK Authorization header or token and signature in the query; found neither.');
  }
  return decodeFields((name) => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : undefined;
  });
}

function decodeHeader(header: string): Credentials | Refused {
  const malformed = (what: string): Refused =>
    refuse('malformed_authorization', 400, `Expected X_JETPACK followed by name="value" pairs; ${what}.`);
  if (header.length > MAX_HEADER_CHARS) return malformed(`there are more than ${MAX_HEADER_CHARS} characters`);
  const fields = new Map<string, string>();
  const pair = /\s*,?\s*([A-Za-z][A-Za-z_-]*)="([^"]*)"/y;
  const rest = header.replace(/^X_JETPACK/i, '').trimEnd();
  let at = 0;
  while (at < rest.length) {
    pair.lastIndex = at;
    const match = pair.exec(rest);
    if (!match?.[1] || match[2] === undefined) return malformed(`something else stands after pair ${fields.size}`);
    const name = match[1].toLowerCase();
    if (fields.has(name)) return malformed('a name is given twice');
    fields.set(name, match[2]);
    at = pair.lastIndex;
  }
  return decodeFields((name) => fields.get(name));
}

function decodeFields(field: (name: string) => string | undefined): Credentials | Refused {
  const token = field('token') ?? '';
  const match = /^([\x21\x23-\x2d\x2f-\x39\x3b-\x7e]{1,128}):(\d{1,3}):(\d{1,15})$/.exec(token);
  if (!match?.[1]) return refuse('malformed_token', 400, 'Expected a token of the form <key>:<api version>:<user id>.');
  if (match[2] !== API_VERSION) return refuse('malformed_token', 400, `Expected API version ${API_VERSION} in the token, got ${match[2]}.`);
  const timestamp = field('timestamp') ?? '';
  if (!/^\d{1,10}$/.test(timestamp)) return refuse('invalid_timestamp', 400, 'Expected a timestamp of at most 10 digits.');
  const nonce = field('nonce') ?? '';
  if (!/^[A-Za-z0-9]{1,12}$/.test(nonce)) return refuse('invalid_nonce', 400, 'Expected a nonce of 1 to 12 letters and digits.');
  const bodyHash = field('body-hash') ?? '';
  if (bodyHash !== '' && !SHA1_BASE64.test(bodyHash)) return refuse('invalid_body_hash', 400, 'Expected a body-hash that is empty or base64 of SHA-1.');
  const signature = field('signature') ?? '';
  if (!SHA1_BASE64.test(signature)) return refuse('invalid_signature', 400, 'Expected a signature that is base64 of HMAC-SHA1.');
  const version = field('version') ?? null;
  return { kind: 'credentials', token, tokenKey: match[1], userId: Number(match[3]), timestamp, nonce, bodyHash, signature, version };
}

/** Whether a signature's timestamp (seconds) is acceptable now: not older than 600 s, not more than 300 s ahead. */
export function isInsideClockWindow(timestamp: number, nowMs: number): boolean {
  const aheadSeconds = timestamp - Math.floor(nowMs / 1000);
  return aheadSeconds >= -MAX_AGE_SECONDS && aheadSeconds <= MAX_AHEAD_SECONDS;
}

/** A request whose head is believed: the signature covers everything but the body, which must still match `bodyHash`. */
export interface VerifiedHead {
  readonly kind: 'head';
  readonly verified: Verified;
  readonly bodyHash: string;
}

/**
 * Verifies all of a request but its body: form, token, user, clock and the signature with the body hash of the header. A server
 * that asks this before it reads the body never holds a body of someone who has no token.
 */
export async function verifyHead(request: Omit<RequestToVerify, 'body' | 'bodyHashKind'>): Promise<VerifiedHead | Refused> {
  const credentials = decodeCredentials(request.headers.authorization, request.target.query);
  if (credentials.kind === 'refused') return credentials;
  const found = await findCurrent(credentials, request);
  if ('kind' in found) return found;
  const canonical = canonicalString({ ...credentials, method: request.method, target: request.target });
  if (!verifySignature(canonical, found.secret, credentials.signature)) {
    return refuse('signature_mismatch', 401, 'The signature does not match the request as it was received; check the public URL of this server.');
  }
  return { kind: 'head', verified: verified(credentials), bodyHash: credentials.bodyHash };
}

/** Verifies the body of a request whose head is believed. */
export function verifyBody(head: VerifiedHead, body: Uint8Array, bodyHashKind: BodyHashKind): Verified | Refused {
  const expectedHash = hashBody(body, bodyHashKind);
  if (expectedHash === null || !equalsInConstantTime(expectedHash, head.bodyHash)) {
    return refuse('invalid_body_hash', 401, 'The body is not the one that was signed.');
  }
  return head.verified;
}

/**
 * Verifies a request: its head, then the body against the hash that was signed (so that an unsigned flood costs no hashing of
 * bodies). On `verified` the caller claims the nonce before it does anything else, and answers `replayed()` when the claim fails:
 * only genuine requests may fill the record of nonces.
 */
export async function verifyRequest(request: RequestToVerify): Promise<Verified | Refused> {
  const head = await verifyHead(request);
  return head.kind === 'refused' ? head : verifyBody(head, request.body, request.bodyHashKind);
}

/**
 * Verifies one field (`blog_token` or `user_token`) of a `jetpack-token-health` form: pairs as in the header, without scheme and
 * body hash, signed over token, timestamp and nonce only. It proves that the site's copy of the token is healthy and nothing more.
 */
export async function verifyTokenHealth(field: string, lookup: Pick<RequestToVerify, 'findSecret' | 'nowMs'>): Promise<Verified | Refused> {
  const credentials = decodeHeader(field);
  if (credentials.kind === 'refused') return credentials;
  const found = await findCurrent(credentials, lookup);
  if ('kind' in found) return found;
  if (!equalsInConstantTime(signTokenHealth(credentials, found.secret), credentials.signature)) {
    return refuse('signature_mismatch', 401, 'The signature does not match; the secret of the token differs.');
  }
  return verified(credentials);
}

/** The secret of the token that the credentials name, unless token, user or clock speak against them. */
async function findCurrent(credentials: Credentials, lookup: Pick<RequestToVerify, 'findSecret' | 'nowMs'>): Promise<TokenSecret | Refused> {
  const found = await lookup.findSecret(credentials.tokenKey);
  if (!found) return refuse('unknown_token', 401, 'The token is not known here or was revoked; connect the site again.');
  if (found.userId !== credentials.userId) return refuse('invalid_token', 401, 'The token belongs to another user than the request says.');
  const timestamp = Number(credentials.timestamp);
  if (isInsideClockWindow(timestamp, lookup.nowMs)) return { secret: found.secret, userId: found.userId };
  const which = timestamp * 1000 < lookup.nowMs ? 'old' : 'far in the future';
  return refuse('invalid_timestamp', 401, `The timestamp is too ${which}; compare the clocks of the site and this server.`);
}

function verified({ tokenKey, userId, timestamp, nonce }: Credentials): Verified {
  return { kind: 'verified', tokenKey, userId, timestamp: Number(timestamp), nonce };
}
