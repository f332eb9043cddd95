// One REST call with the variants a site may need: which URL form it serves and which port line it believes. Called by site-client.ts.
// A variant is tried again only where the one before has certainly not acted: reads, and signatures that were refused.
import type { Json } from '../core/changes.js';
import { AppError } from '../core/errors.js';
import { parseJson, redirectFailure, restOutcome, signatureFailure } from './answers.js';
import type { Http, HttpFailure, HttpRequest } from './http.js';
import { portLines, signCall, type CallToken, type CallToSign } from './sign-call.js';
import type { CallFile, CallOutcome, RestCall } from './site-calls.js';
import { restUrl, type ApiStyle } from './site-url.js';

export const DEFAULT_MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface RestTarget {
  /** Without trailing slash, see site-url.ts. */
  readonly base: string;
  /** Null while it is not known. */
  readonly style: ApiStyle | null;
  readonly signingPort: number | null;
  readonly token: CallToken | null;
  /** An Authorization header, for a site without Jetpack. */
  readonly authorization: string | null;
}

export interface RestResult {
  readonly outcome: CallOutcome<Json>;
  /** What is known now; differs from the target's only when it was seen to work. */
  readonly style: ApiStyle | null;
  readonly signingPort: number | null;
}

interface Reply {
  readonly outcome: CallOutcome<Json>;
  /** Whether an answer came that is a page instead of JSON, as where the other URL form is served. */
  readonly isPage: boolean;
}

/** Makes the call; at most one answer of a variant that worked is returned. */
export async function performRest(http: Http, target: RestTarget, call: RestCall, deadline: number, nowMs: () => number): Promise<RestResult> {
  const isRead = isReadCall(call);
  const { body, signed, headers } = encodeBody(call);
  let { style } = target;
  if (style === null && !isRead) style = (await performRest(http, { ...target, token: null, authorization: null }, STYLE_PROBE, deadline, nowMs)).style;
  const [first, other]: [ApiStyle, ApiStyle] = style === 'rest_route' ? ['rest_route', 'wp-json'] : ['wp-json', 'rest_route'];

  const attempt = async (form: ApiStyle, port: number | null): Promise<Reply> => {
    const method = call.method === 'GET' ? 'GET' : 'POST';
    const unsigned = restUrl(target.base, form, call);
    const url = target.token === null ? unsigned : signCall({ token: target.token, method, url: unsigned, channel: 'rest', body: signed, nowMs: nowMs(), signingPort: port });
    const allHeaders = target.authorization === null ? headers : { ...headers, authorization: target.authorization };
    const answer = await http.send({ method, url, headers: allHeaders, body, deadline, maxAnswerBytes: call.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES, mayReuse: isRead });
    if (answer.kind === 'failure') return { outcome: answer, isPage: false };
    const host = new URL(target.base).host;
    const json = parseJson(answer.body);
    const refusal: HttpFailure | null = redirectFailure(answer, url) ?? (target.token === null ? null : signatureFailure(answer, json, host, nowMs()));
    if (refusal) return { outcome: refusal, isPage: refusal.code === 'redirect' && leadsToPage(answer.headers['location'] ?? '', url) };
    return { outcome: restOutcome(answer, json, host), isPage: json === undefined && (answer.status === 200 || answer.status === 404) };
  };

  let form = first;
  let reply = await attempt(form, target.signingPort);
  if (reply.isPage && isRead) {
    const second = await attempt(other, target.signingPort);
    if (isAnswer(second) || isRefusedSignature(second)) [form, reply] = [other, second];
  }
  let { signingPort } = target;
  if (target.token !== null && isRefusedSignature(reply)) {
    for (const port of otherPorts(target)) {
      const next = await attempt(form, port.line);
      if (isRefusedSignature(next)) continue;
      reply = next;
      if (isAnswer(next)) signingPort = port.stored;
      break;
    }
  }
  return { outcome: reply.outcome, style: isAnswer(reply) ? form : style, signingPort };
}

/** Whether a redirect only adds a slash: with plain permalinks WordPress takes the route for the path of a page, and calls that its address. */
function leadsToPage(location: string, requestUrl: string): boolean {
  const from = new URL(requestUrl);
  if (!URL.canParse(location, requestUrl)) return false;
  const to = new URL(location, from);
  return to.origin === from.origin && to.pathname === `${from.pathname.replace(/\/$/, '')}/` && to.pathname !== from.pathname;
}

/** Asks which URL form a site serves before something is written that must not be sent twice. */
const STYLE_PROBE: RestCall = { as: { kind: 'nobody' }, method: 'GET', route: '', query: { _fields: 'name' }, timeoutMs: 10_000 };

/** Whether a call may be repeated without harm. */
export function isReadCall(call: Pick<RestCall, 'method' | 'isRead'>): boolean {
  return call.method === 'GET' || call.isRead === true;
}

/** The port lines to try after the known one was refused, and how each is remembered (null: the URL's own). */
export function otherPorts(target: Pick<RestTarget, 'base' | 'signingPort'>): { line: number; stored: number | null }[] {
  const [own, ...others] = portLines(target.base);
  return [own, ...others].flatMap((line) => (line === undefined || line === (target.signingPort ?? own) ? [] : [{ line, stored: line === own ? null : line }]));
}

function isAnswer(reply: Reply): boolean {
  return reply.outcome.kind === 'answer';
}

function isRefusedSignature(reply: Reply): boolean {
  return reply.outcome.kind === 'failure' && reply.outcome.code === 'signature';
}

interface EncodedBody {
  readonly body: HttpRequest['body'];
  /** What the signature covers: the bytes, or their hash where they are on disk. */
  readonly signed: CallToSign['body'];
  readonly headers: Record<string, string>;
}

function encodeBody(call: RestCall): EncodedBody {
  const encoded = (body: Uint8Array, type: Record<string, string>): EncodedBody => ({ body, signed: body, headers: { accept: 'application/json', ...type } });
  const bodies = [call.json, call.form, call.bytes, call.file].filter((body) => body !== undefined).length;
  if (bodies === 0) return encoded(Buffer.alloc(0), {});
  if (call.method === 'GET' || bodies > 1) throw new AppError('BAD_USER_INPUT', 'a call has one body, json, form, bytes or file, and a GET has none: the site would refuse it');
  if (call.json !== undefined) return encoded(Buffer.from(JSON.stringify(call.json)), { 'content-type': 'application/json' });
  if (call.form !== undefined) return encoded(Buffer.from(new URLSearchParams(call.form).toString()), { 'content-type': 'application/x-www-form-urlencoded' });
  if (call.bytes !== undefined) {
    const { content, type, name } = call.bytes;
    return encoded(Buffer.from(content), { 'content-type': type, 'content-disposition': `attachment; filename="${name.replace(/[^A-Za-z0-9._-]/g, '-')}"` });
  }
  const { path, bytes, sha1, mimeType, name } = call.file as CallFile;
  // The bytes of UTF-8 stand in the header as they are, which is how WordPress reads them.
  const disposition = Buffer.from(`attachment; filename="${name}"`, 'utf8').toString('latin1');
  return { body: { path, bytes }, signed: { sha1 }, headers: { accept: 'application/json', 'content-type': mimeType, 'content-disposition': disposition } };
}
