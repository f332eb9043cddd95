// Proves that whoever registers controls the address: the site is called back and must answer with the second secret of the request.
// Called by register.ts. The calls are unsigned, bounded, and go only where the site client lets them; the site deletes its secrets at
// the first question, so that question is asked once an answer of WordPress came, whatever it says.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Json } from '../../core/changes.js';
import type { CallFailureCode, CallOutcome, SiteClient } from '../../origin/site-calls.js';
import { refuse, type ConnectionRefusal } from './context.js';
import { isSameSite } from './site-address.js';

export interface AddressClaim {
  readonly url: string;
  readonly homeUrl: string;
  readonly secret1: string;
  readonly secret2: string;
  /** The local user who registers, as digits. */
  readonly state: string;
}

const NOBODY = { as: { kind: 'nobody' } } as const;
/** A genuine answer has 34 bytes; a host's warnings in front of it make it no answer. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** A site with many plugins lists hundreds of namespaces in its index; only three members are asked for. */
const MAX_INDEX_BYTES = 256 * 1024;

/** Null when the site answered as it must within the time. */
export async function verifyAddress(client: SiteClient, claim: AddressClaim, timeoutMs: number): Promise<ConnectionRefusal | null> {
  const endMs = performance.now() + timeoutMs;
  const leftMs = (): number => Math.max(1_000, endMs - performance.now());
  const { url, secret1, secret2, state } = claim;
  let outcome: CallOutcome<unknown> = await client.restAt(url, {
    ...NOBODY, method: 'POST', route: 'jetpack/v4/verify_registration', form: { secret_1: secret1, state }, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  // Where the REST API is switched off or hidden, the secret was not looked at yet, and XML-RPC may still answer.
  if (isRestClosed(outcome)) {
    const again = await client.xmlRpcAt(url, { ...NOBODY, method: 'jetpack.verifyRegistration', params: [[secret1, state]], timeoutMs: leftMs() });
    if (again.kind === 'answer' && again.error === null) outcome = again;
  }
  if (outcome.kind === 'failure') return refuseCall(outcome.code, url);
  if (outcome.status !== 200 || typeof outcome.body !== 'string' || !equals(outcome.body, secret2)) return refuse('verification_failed', 400, describeMismatch(outcome));
  return isSameSite(url, claim.homeUrl) ? null : verifyHome(client, claim, leftMs());
}

/** Whether the answer comes from something in front of Jetpack's own check, whose refusals all begin with the names of its parts. */
function isRestClosed(outcome: CallOutcome<unknown>): boolean {
  if (outcome.kind === 'failure') return outcome.code === 'not-wordpress';
  return outcome.error !== null && !/^(verify_|state_|registration_)/.test(outcome.error.code);
}

// The call back proves siteurl alone. A home elsewhere must name that siteurl itself, or a site could claim another's address.
async function verifyHome(client: SiteClient, { url, homeUrl }: AddressClaim, timeoutMs: number): Promise<ConnectionRefusal | null> {
  const outcome = await client.restAt(homeUrl, { ...NOBODY, method: 'GET', route: '', query: { _fields: 'url,home' }, timeoutMs, maxAnswerBytes: MAX_INDEX_BYTES });
  if (outcome.kind === 'failure') return refuseCall(outcome.code, homeUrl);
  const named = isObject(outcome.body) ? outcome.body['url'] : null;
  const isProven = typeof named === 'string' && URL.canParse(named) && isSameSite(named, url);
  return isProven ? null : refuse('home_not_verified', 400, `${homeUrl} does not say that it is the home of ${url}.`);
}

/** Whether the site at an address knows the secret of a database that says it lived there: then the database moved, and was not copied. */
export async function ownsUrlSecret(client: SiteClient, formerUrl: string, secret: string, timeoutMs: number): Promise<boolean> {
  const outcome = await client.restAt(formerUrl, {
    ...NOBODY, method: 'POST', route: 'jetpack/v4/identity-crisis/compare-url-secret', json: { secret }, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  return outcome.kind === 'answer' && outcome.status === 200 && isObject(outcome.body) && outcome.body['match'] === true;
}

function describeMismatch(outcome: Extract<CallOutcome<unknown>, { kind: 'answer' }>): string {
  if (outcome.error === null) return 'The site did not answer the verification call with the secret of this registration.';
  const code = /^[a-z0-9_]{1,60}$/i.test(outcome.error.code) ? ` (${outcome.error.code})` : '';
  return `The site refused the verification call${code}.`;
}

const REASONS: Readonly<Record<CallFailureCode, readonly [code: string, reason: string]>> = {
  unreachable: ['site_unreachable', 'it cannot be reached from here'],
  timeout: ['site_timeout', 'it did not answer in time'],
  certificate: ['site_certificate', 'its TLS certificate is not believed'],
  clock: ['site_clock', 'its clock differs too much'],
  signature: ['site_signature', 'it refused the call'],
  'private-address': ['private_address', 'its address is not on the open internet; on a private network the operator sets SITEGRAPH_ALLOW_PRIVATE_ORIGINS=on'],
  redirect: ['site_redirects', 'it sends the call elsewhere; set the WordPress address to where it really answers'],
  'too-large': ['site_answer_too_large', 'its answer is too large'],
  'not-wordpress': ['site_not_wordpress', 'the answer there is not one of the WordPress REST API'],
  resting: ['site_unreachable', 'it failed often just now and is left alone for a while'],
  'no-token': ['site_unreachable', 'there is nobody to call it as'],
};

/** The refusal of a registration whose call back came to nothing. */
export function refuseCall(code: CallFailureCode, url: string): ConnectionRefusal {
  const [name, reason] = REASONS[code];
  return refuse(name, 400, `${url} could not be verified: ${reason}.`);
}

function equals(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function isObject(value: Json): value is { readonly [member: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
