// What a site is told when its request is not taken: the protocol's own errors, as JSON or as an XML-RPC fault.
// Made anywhere in sync/, written by sync/server. Never a page, never a redirect, never a top-level `error_code`
// (which crashes the site's own request).
import type { Refused } from './protocol/authorization.js';

/** Addresses that a request claimed and that are not those of the site it signed for. */
export interface IdentityMismatch {
  readonly errorCode: 'jetpack_url_mismatch' | 'jetpack_home_url_mismatch' | 'jetpack_site_url_mismatch';
  /** The addresses known here. */
  readonly homeUrl: string;
  readonly siteUrl: string;
}

export interface Refusal {
  readonly kind: 'refusal';
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  readonly identity?: IdentityMismatch;
}

/** How long a site stays away when the server has too much to do. */
const OVERLOAD_RETRY_SECONDS = 30;
/** The same when only this site has another batch here. */
const BUSY_RETRY_SECONDS = 10;

export function refusal(code: string, status: number, message: string): Refusal {
  return { kind: 'refusal', code, status, message };
}

/** The refusal of a request whose signature does not hold. */
export function fromRefused(refused: Refused): Refusal {
  return refusal(refused.code, refused.status, refused.message);
}

// The codes below are none of those that make a site believe that its connection is broken.

export function overloaded(): Refusal {
  return { ...refusal('server_overloaded', 503, 'The server has too much to do; send again later.'), retryAfterSeconds: OVERLOAD_RETRY_SECONDS };
}

export function concurrentBatch(): Refusal {
  return {
    ...refusal('concurrent_request_error', 503, 'Another batch of this site is being taken in; send again later.'),
    retryAfterSeconds: BUSY_RETRY_SECONDS,
  };
}

export function storeUnavailable(): Refusal {
  return { ...refusal('store_unavailable', 503, 'The server cannot reach its database; send again later.'), retryAfterSeconds: OVERLOAD_RETRY_SECONDS };
}

export function internalError(): Refusal {
  return { ...refusal('internal_error', 500, 'The server failed; its log has the details.'), retryAfterSeconds: OVERLOAD_RETRY_SECONDS };
}

export function bodyTooLarge(maxBytes: number): Refusal {
  return refusal('body_too_large', 413, `Expected a body of at most ${maxBytes} bytes.`);
}

export function notImplemented(): Refusal {
  return refusal('rest_no_route', 404, 'Not implemented');
}

/** A clone's request: true to its token, but from another address. Nothing of it is taken. */
export function identityCrisis(identity: IdentityMismatch): Refusal {
  const message = `The request comes from another address than ${identity.siteUrl}, which this connection belongs to.`;
  return { ...refusal('url_mismatch', 200, message), identity };
}

/** The members that put a site into safe mode. */
export function identityStruct(identity: IdentityMismatch): { error_code: string; wpcom_home: string; wpcom_siteurl: string } {
  return { error_code: identity.errorCode, wpcom_home: identity.homeUrl, wpcom_siteurl: identity.siteUrl };
}

/** A refusal as the JSON body that the site's REST client reads. */
export function refusalBody(refused: Refusal): Record<string, unknown> {
  return {
    code: refused.code,
    message: refused.message,
    data: { status: refused.status },
    ...(refused.identity ? { idc_detected: identityStruct(refused.identity) } : {}),
  };
}
