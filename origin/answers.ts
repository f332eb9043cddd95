// Reads the answer of a site: JSON or XML-RPC, WordPress's own refusals, and what is no answer of WordPress at all.
// Called by the calls. Of what a site says only an address (of a redirect) enters the message of a failure, so no site writes into findings.
import type { Json } from '../core/changes.js';
import { decodeMethodResponse, FAULT_INVALID_REQUEST, FAULT_NOT_WELL_FORMED, type XmlRpcValue } from '../sync/protocol/xml-rpc.js';
import type { HttpAnswer, HttpFailure } from './http.js';
import type { CallOutcome, SiteError } from './site-calls.js';

/** How far a site's Date may be from our time before it is a finding: what the site itself allows ahead. */
export const MAX_CLOCK_DIFFERENCE_SECONDS = 300;
const MAX_ERROR_CODE_CHARS = 100;
const MAX_ERROR_MESSAGE_CHARS = 500;
const XML_DEPTH = 32;
const XML_VALUES = 200_000;
/** What proxies answer for a site that is down; WordPress's own maintenance page is a 503 too. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530]);
const SAME_REQUEST_ELSEWHERE: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** A parsed JSON body; undefined when it is none. An empty body is null. */
export function parseJson(body: Buffer): Json | undefined {
  const text = body.toString('utf8').replace(/^\ufeff/, '').trim();
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The outcome of a REST call. `json` is the parsed body, undefined when it is none. */
export function restOutcome(answer: HttpAnswer, json: Json | undefined, host: string): CallOutcome<Json> {
  if (json === undefined) return notWordPress(answer, host, 'JSON');
  return { kind: 'answer', status: answer.status, headers: answer.headers, body: json, error: answer.status >= 400 ? wordPressError(answer.status, json) : null };
}

/** The outcome of an XML-RPC call; a fault is an answer with an error. */
export function xmlRpcOutcome(answer: HttpAnswer, host: string): CallOutcome<XmlRpcValue> {
  const decoded = decodeMethodResponse(answer.body, { maxBytes: answer.body.length + 1, maxDepth: XML_DEPTH, maxValues: XML_VALUES });
  const { status, headers } = answer;
  if (decoded.ok) return { kind: 'answer', status, headers, body: decoded.value, error: null };
  const { faultCode, faultString } = decoded.fault;
  // The decoder's own refusals have the same form as a fault.
  if (faultCode === FAULT_NOT_WELL_FORMED || faultCode === FAULT_INVALID_REQUEST) return notWordPress(answer, host, 'XML-RPC');
  const [, code = String(faultCode), message = faultString] = /^Jetpack: \[([^\]]*)\] ?([^]*)$/.exec(faultString) ?? [];
  return { kind: 'answer', status, headers, body: null, error: { code: code.slice(0, MAX_ERROR_CODE_CHARS), message: message.slice(0, MAX_ERROR_MESSAGE_CHARS) } };
}

function notWordPress(answer: HttpAnswer, host: string, expected: string): HttpFailure {
  // Said by a server in front of WordPress, which gave nothing on.
  if (answer.status === 413) return { kind: 'failure', code: 'too-large', message: `the web server of ${host} takes nothing this large (HTTP 413)`, wasSent: false };
  if (GATEWAY_STATUSES.has(answer.status)) return { kind: 'failure', code: 'unreachable', message: `${host} is down behind its proxy, or in maintenance (HTTP ${answer.status})`, wasSent: true };
  return { kind: 'failure', code: 'not-wordpress', message: `${host} answers with something that is not ${expected} (HTTP ${answer.status}); is WordPress at this address, and its API not blocked?`, wasSent: true };
}

function wordPressError(status: number, json: Json): SiteError {
  const { code, message } = typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as { code?: Json; message?: Json }) : {};
  return {
    code: typeof code === 'string' && code !== '' ? code.slice(0, MAX_ERROR_CODE_CHARS) : `http_${status}`,
    message: typeof message === 'string' ? message.slice(0, MAX_ERROR_MESSAGE_CHARS) : '',
  };
}

/**
 * The failure of an answer that sends elsewhere; null for every other answer. It is never followed: the signature is for one address,
 * and a registered address must not lead to another. When the very same request is asked for elsewhere, this one was not acted on.
 */
export function redirectFailure(answer: HttpAnswer, requestUrl: string): HttpFailure | null {
  const location = answer.headers['location'];
  if (answer.status < 300 || answer.status >= 400 || location === undefined) return null;
  const from = new URL(requestUrl);
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    return { kind: 'failure', code: 'redirect', message: `${from.host} sends to an address that cannot be read`, wasSent: true };
  }
  const isSameRequest = SAME_REQUEST_ELSEWHERE.has(answer.status) && to.pathname === from.pathname && to.search === from.search;
  // Without its query, which repeats our signature.
  const where = `${to.protocol}//${to.host}${isSameRequest ? '' : to.pathname.slice(0, 100)}`;
  return { kind: 'failure', code: 'redirect', message: `${from.origin} sends elsewhere, to ${where}; connect the site under the address it answers at`, wasSent: !isSameRequest };
}

/** Seconds by which the site's Date header is ahead of us (negative: behind); null when there is none, or it came from a cache. */
export function clockDifference(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const at = Date.parse(headers['date'] ?? '');
  if (Number.isNaN(at) || headers['age'] !== undefined) return null;
  return Math.round((at - nowMs) / 1000);
}

/** The sentence about a clock for a person. */
export function clockMessage(host: string, difference: number | null): string {
  if (difference === null || Math.abs(difference) <= MAX_CLOCK_DIFFERENCE_SECONDS) return `${host} refuses the time of our signatures; compare the clocks of the site and of this server`;
  return `the clock of ${host} is ${Math.abs(difference)} s ${difference > 0 ? 'ahead of' : 'behind'} the clock of this server; set the one that is wrong`;
}

/** The failure of a REST answer that refuses our signature; null for every other answer. A refused signature was never acted on. */
export function signatureFailure(answer: HttpAnswer, json: Json | undefined, host: string, nowMs: number): HttpFailure | null {
  if (answer.status !== 400 || json === undefined) return null;
  const error = wordPressError(answer.status, json);
  if (error.code !== 'rest_invalid_signature') return null;
  const difference = clockDifference(answer.headers, nowMs);
  // The site has one code for all it refuses about a signature; only its text tells the clock apart.
  if (/timestamp/i.test(error.message) || (difference !== null && Math.abs(difference) > MAX_CLOCK_DIFFERENCE_SECONDS)) {
    return { kind: 'failure', code: 'clock', message: clockMessage(host, difference), wasSent: false };
  }
  return { kind: 'failure', code: 'signature', message: `${host} refuses our signature: its tokens, or the difference it believes between our clocks, have changed; connect it again`, wasSent: false };
}
