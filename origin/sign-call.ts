// Signs a call to a site: the query-string form of the protocol, the only one a site accepts. Called by rest-call.ts and xml-rpc-call.ts.
// The URL is text from end to end: a URL object would rewrite what was signed.
import { createNonce } from '../sync/protocol/sign-request.js';
import { bodyHash, canonicalString, sign } from '../sync/protocol/signature.js';
import { decodeRequestTarget, type RequestTarget } from '../sync/protocol/request-target.js';
import { rawUrlEncode } from '../sync/protocol/php-query.js';

/** The token a call is signed with; `userId` is 0 for the site's own. */
export interface CallToken {
  readonly key: string;
  readonly secret: string;
  readonly userId: number;
}

export interface CallToSign {
  readonly token: CallToken;
  readonly method: 'GET' | 'POST';
  /** Absolute and percent-encoded; an XML-RPC URL has its `for=jetpack` already. */
  readonly url: string;
  readonly channel: 'rest' | 'xml-rpc';
  /** The bytes, or the SHA-1 in base64 of those that are read from disk while they are sent. */
  readonly body: Uint8Array | { readonly sha1: string };
  readonly nowMs: number;
  /** The port line of the signature; null for the URL's own (or its scheme's). */
  readonly signingPort?: number | null;
  /** 1 to 12 letters and digits; a random one by default. Each signature needs its own. */
  readonly nonce?: string;
}

/** The URL with token, time, nonce, body hash and signature in its query. Throws a TypeError for a URL that cannot be signed. */
export function signCall(call: CallToSign): string {
  const fields: [string, string][] = [
    ...(call.channel === 'rest' ? [['_for', 'jetpack'] as [string, string]] : []),
    ['token', `${call.token.key}:1:${call.token.userId}`],
    ['timestamp', String(Math.floor(call.nowMs / 1000))],
    ['nonce', call.nonce ?? createNonce()],
    ['body-hash', call.body instanceof Uint8Array ? bodyHash(call.body) : call.body.sha1],
  ];
  const added = fields.map(([name, value]) => `${name}=${rawUrlEncode(value)}`).join('&');
  const url = `${call.url}${call.url.includes('?') ? '&' : '?'}${added}`;
  const target = signingTarget(url, call.signingPort ?? null);
  const [token = '', timestamp = '', nonce = '', hash = ''] = fields.slice(-4).map(([, value]) => value);
  const signature = sign(canonicalString({ token, timestamp, nonce, bodyHash: hash, method: call.method, target }), call.token.secret);
  return `${url}&signature=${rawUrlEncode(signature)}`;
}

/**
 * What a site takes as the address of a call: its host line is the Host header with an explicit port in it, its port line what PHP
 * believes to listen on, which behind a port mapping is not the URL's (protocol reference 2.3, learned in a lab).
 */
function signingTarget(url: string, signingPort: number | null): RequestTarget {
  const target = decodeRequestTarget(url);
  if (!target) throw new TypeError('expected an absolute http or https URL to sign');
  const authority = /^https?:\/\/([^/?#]+)/i.exec(url)?.[1] ?? target.host;
  return { ...target, host: authority.toLowerCase(), port: signingPort ?? target.port };
}

/** The port lines a site may expect for a URL, the likeliest first: the URL's own, its scheme's, and http's behind a proxy that ends TLS. */
export function portLines(baseUrl: string): number[] {
  const target = decodeRequestTarget(baseUrl);
  if (!target) return [];
  return [...new Set([target.port, target.scheme === 'https' ? 443 : 80, 80])];
}
