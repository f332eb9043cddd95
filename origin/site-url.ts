// The URLs of calls to a site, both ways WordPress serves its REST API and both ways Jetpack serves XML-RPC. Called by the calls.
// Everything is percent-encoded here and never decoded again: the site removes characters from URLs before it checks a signature.
import { AppError } from '../core/errors.js';
import { rawUrlEncode } from '../sync/protocol/php-query.js';
import type { QueryValue, RestCall } from './site-calls.js';

/** How a site serves its REST API: under `/wp-json/`, or as a query argument where permalinks are plain. */
export type ApiStyle = 'wp-json' | 'rest_route';
/** How a site serves Jetpack's XML-RPC: its file, or the front page where a host blocks that file. */
export type XmlRpcStyle = 'xmlrpc.php' | 'comms';

const QUERY_NAME = /^[A-Za-z0-9_-]+$/;
/** Names that the signature and the two URL forms use themselves. */
const OWN_NAMES: ReadonlySet<string> = new Set(['_for', 'for', 'jetpack', 'token', 'timestamp', 'nonce', 'body-hash', 'signature', '_method', 'rest_route']);

/** A site's address as the base of calls: canonical host (an IP address in odd notation becomes itself), no trailing slash; null when it is no http(s) URL. */
export function callBase(siteUrl: string): string | null {
  let url: URL;
  try {
    url = new URL(siteUrl);
  } catch {
    return null;
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') return null;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/**
 * Where the REST API of a site is: under its home address. A synced item may move the path but not the host: a host that nobody
 * registered is not called because a site says so.
 */
export function restBase(siteUrl: string, homeUrl: string): string | null {
  const site = callBase(siteUrl);
  const home = callBase(homeUrl);
  if (site === null || home === null) return site;
  return new URL(home).origin === new URL(site).origin ? home : site;
}

/** The unsigned URL of a REST call. Throws BAD_USER_INPUT for a route or a query that cannot be sent whole. */
export function restUrl(base: string, style: ApiStyle, call: Pick<RestCall, 'method' | 'route' | 'query'>): string {
  const route = call.route.split('/');
  if (route.some((step) => step === '.' || step === '..') || call.route.startsWith('/')) {
    throw new AppError('BAD_USER_INPUT', 'a REST route has no leading slash and no . or .. in it, e.g. wp/v2/posts/31');
  }
  const query = Object.entries(call.query ?? {}).flatMap(([name, value]) => queryPairs(name, value));
  if (call.method !== 'GET' && call.method !== 'POST') query.unshift(`_method=${call.method}`);
  const path = route.map((step) => encodeText(step, 'the route')).join(style === 'wp-json' ? '/' : '%2F');
  if (style === 'wp-json') return `${base}/wp-json/${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  return `${base}/?${[`rest_route=%2F${path}`, ...query].join('&')}`;
}

/** The unsigned URL of XML-RPC calls. */
export function xmlRpcUrl(base: string, style: XmlRpcStyle): string {
  return style === 'xmlrpc.php' ? `${base}/xmlrpc.php?for=jetpack` : `${base}/?for=jetpack&jetpack=comms`;
}

function queryPairs(name: string, value: QueryValue): string[] {
  if (!QUERY_NAME.test(name) || OWN_NAMES.has(name)) throw new AppError('BAD_USER_INPUT', `"${name.slice(0, 40)}" cannot be the name of a query argument of a call`);
  if (typeof value === 'object') return value.map((item) => `${name}[]=${encodeText(String(item), name)}`);
  return [`${name}=${encodeText(String(value), name)}`];
}

// A site deletes %0d and %0a from the URL before it checks the signature, so a line break could never be believed.
function encodeText(text: string, what: string): string {
  if (/[\r\n\0]/.test(text)) throw new AppError('BAD_USER_INPUT', `${what} has a line break or NUL, which a site cannot be sent in a URL; send it in the body`);
  return rawUrlEncode(Buffer.from(text, 'utf8').toString('latin1'));
}
