// Calls of the site to its hub: signed or not, with the identity arguments, the clock learned from the Date header, and the answer's
// `idc_detected` and `migrated_for_idc`. Every name resolves to this machine, so that a hub may have any.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { lookupHere } from './lookup.js';
import type { BodyHashKind } from '../../../sync/protocol/signature.js';
import { signRequest } from '../../../sync/protocol/sign-request.js';
import { decodeMethodResponse, isStruct, type XmlRpcValue } from '../../../sync/protocol/xml-rpc.js';
import { writeMethodCall } from '../../../sync/protocol/xml-writer.js';
import { isConnected, type SiteContext } from './state.js';

export interface HubAnswer {
  /** 0 when no answer came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The parsed body; null when it is no JSON. */
  readonly json: unknown;
}

export interface HubCall {
  readonly as: 'nobody' | 'site' | { readonly userId: number };
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: Buffer;
  readonly contentType?: string;
  readonly bodyHashKind?: BodyHashKind;
  readonly accept?: string;
  readonly timeoutMs?: number;
}

/** The URL of a page of the connection, e.g. `register`. */
export function apiUrl(site: SiteContext, page: string): string {
  return `${site.hubUrl}/jetpack.${page}/1/`;
}

/** The XML-RPC address: a path of the hub's address is lost. */
export function xmlRpcUrl(site: SiteContext): string {
  return `${new URL(site.hubUrl).origin}/xmlrpc.php`;
}

/** Sends one call. Never throws for what the hub or the network does: status 0 then. */
export async function callHub(site: SiteContext, call: HubCall): Promise<HubAnswer> {
  const url = call.as === 'nobody' ? call.url : withIdentity(site, call.url);
  const body = call.body ?? Buffer.alloc(0);
  const headers: Record<string, string> = { 'user-agent': `WordPress/7.1; ${site.url}`, accept: call.accept ?? '*/*', 'accept-encoding': 'deflate, gzip, br, zstd' };
  if (call.contentType !== undefined) headers['content-type'] = call.contentType;
  if (call.method === 'POST') headers['content-length'] = String(body.length);
  if (call.as !== 'nobody') {
    const userId = call.as === 'site' ? 0 : call.as.userId;
    const token = userId === 0 ? site.connection.blogToken : site.connection.userTokens.get(userId);
    if (!token) return { status: 0, headers: {}, text: '', json: { code: 'missing_token' } };
    const nowMs = site.now() + site.connection.timeDiff * 1000;
    headers['authorization'] = signRequest({ token, userId, method: call.method, url, body, bodyHashKind: call.bodyHashKind ?? 'plain', nowMs });
  }
  const answer = await send(url, call.method, headers, body, call.timeoutMs ?? 20_000);
  if (call.as !== 'nobody') learnClock(site, answer, false);
  learnIdentity(site, answer);
  return answer;
}

function withIdentity(site: SiteContext, url: string): string {
  if (site.connection.identityCrisis !== null && !site.connection.isMigrating) return url;
  const args = [`home=${encodeURIComponent(site.homeUrl)}`, `siteurl=${encodeURIComponent(site.url)}`, 'idc=1', ...(site.connection.isMigrating ? ['migrate_for_idc=1'] : [])];
  return `${url}${url.includes('?') ? '&' : '?'}${args.join('&')}`;
}

/** The register response always sets the difference, others only when it is more than 10 s. */
export function learnClock(site: SiteContext, answer: HubAnswer, always: boolean): void {
  const date = Date.parse(answer.headers['date'] ?? '');
  if (Number.isNaN(date) || (!always && ![200, 304, 400, 401].includes(answer.status))) return;
  const difference = Math.floor(date / 1000) - Math.floor(site.now() / 1000);
  if (always || Math.abs(difference - site.connection.timeDiff) > 10) site.connection.timeDiff = difference;
}

function learnIdentity({ connection }: SiteContext, { json }: HubAnswer): void {
  if (typeof json !== 'object' || json === null) return;
  if ('idc_detected' in json && typeof json.idc_detected === 'object' && json.idc_detected !== null) {
    const crisis = json.idc_detected as Record<string, unknown>;
    if (['jetpack_url_mismatch', 'jetpack_home_url_mismatch', 'jetpack_site_url_mismatch'].includes(String(crisis['error_code']))) connection.identityCrisis = crisis;
  }
  if ('migrated_for_idc' in json && json.migrated_for_idc === true) {
    connection.identityCrisis = null;
    connection.isMigrating = false;
  }
}

function send(url: string, method: string, headers: Record<string, string>, body: Buffer, timeoutMs: number): Promise<HubAnswer> {
  const nothing: HubAnswer = { status: 0, headers: {}, text: '', json: null };
  return new Promise((resolve) => {
    const open = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = open(url, { method, headers, agent: false, lookup: lookupHere, rejectUnauthorized: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(nothing));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const flat = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        resolve({ status: response.statusCode ?? 0, headers: flat, text, json: parse(text) });
      });
    });
    request.on('error', () => resolve(nothing));
    request.end(method === 'POST' ? body : undefined);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export type HubResult = { readonly ok: true; readonly value: XmlRpcValue; readonly answer: HubAnswer } | { readonly ok: false; readonly code: string; readonly answer: HubAnswer };

/** Calls an XML-RPC method of the hub; a fault's text `Jetpack: [code] …` becomes the code. */
export async function callHubMethod(
  site: SiteContext, as: HubCall['as'], method: string, params: readonly XmlRpcValue[], query = '', timeoutMs = 20_000,
): Promise<HubResult> {
  if (as !== 'nobody' && !isConnected(site.connection)) return { ok: false, code: 'missing_token', answer: { status: 0, headers: {}, text: '', json: null } };
  // The identity arguments come before these two on the wire; the order is part of no signature.
  const url = `${xmlRpcUrl(site)}?${query === '' ? '' : `${query}&`}for=jetpack&wpcom_blog_id=${site.connection.blogId}`;
  const answer = await callHub(site, { as, method: 'POST', url, body: Buffer.from(writeMethodCall({ method, params })), contentType: 'text/xml', timeoutMs });
  if (answer.status !== 200) return { ok: false, code: answer.status === 0 ? 'http_request_failed' : `transport error - HTTP status code was not 200 (${answer.status})`, answer };
  const decoded = decodeMethodResponse(Buffer.from(answer.text));
  if (!decoded.ok) {
    const code = /^Jetpack: \[([^\]]+)\]/.exec(decoded.fault.faultString)?.[1] ?? `IXR_${decoded.fault.faultCode}`;
    return { ok: false, code, answer };
  }
  if (isStruct(decoded.value)) learnIdentity(site, { ...answer, json: 'error_code' in decoded.value ? { idc_detected: decoded.value } : decoded.value });
  return { ok: true, value: decoded.value, answer };
}
