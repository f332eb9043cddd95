// What a consent page needs: reads a site's authorize request, and makes the code that its approval becomes. bin/ hands it to accounts/.
//
// Against stolen links. An authorize link says which WordPress user asks (`state`, covered by the scope's HMAC) and carries a nonce of
// that user's session. Whoever approves it gets a code bound to site, user and their account, which goes to the site's own host only,
// where the browser must be signed in as that very user. So (1) a thief who approves somebody's link in their own browser ends at a
// log-in page, and nothing is linked; (2) a user who lures another account into approving the user's own link fails likewise, for that
// browser is not the user's; (3) a thief who approves and then lures the user to the resulting address would link the thief's account
// to the user. Against that, a link belongs to the first account that approves it, a user who is linked to an account that can sign
// in is never linked to another, and a code lasts two minutes. An account is linked when the site redeems the code, never before.
import { decode } from 'html-entities';
import type { SiteId } from '../../core/ids.js';
import { accountOfUser, hasOwner, wholeBlogToken } from '../../store/connections.js';
import { insertGrant, issueGrant, linkOwner } from '../../store/grants.js';
import { findSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { comparableUrl } from '../identity.js';
import { parsePhpQuery } from '../protocol/php-query.js';
import { verifyScope } from '../protocol/signature.js';
import { cleanText } from './form.js';
import { ownAddress } from './site-address.js';
import { codeWithRole } from './token.js';

const CODE_LIFE_MS = 120_000;
/** As long as the secret of a link lives on the site. */
const LINK_LIFE_MS = 2 * 3_600_000;
const ROLES: ReadonlySet<string> = new Set(['administrator', 'editor', 'author', 'contributor', 'subscriber']);

/** A request that may be shown to a person. Names are the site's word; ids, role and address are proven. */
export interface AuthorizeRequest {
  readonly kind: 'request';
  readonly siteId: number;
  readonly siteUrl: string;
  readonly siteName: string;
  readonly userId: number;
  readonly userLogin: string;
  readonly role: string;
  readonly redirectUri: string;
  readonly hasOwner: boolean;
  /** The link's own secret; never shown. */
  readonly linkSecret: string;
}

export interface AuthorizeRefusal {
  readonly kind: 'refusal';
  readonly code: string;
  readonly message: string;
}

export interface AuthorizeDesk {
  /** Reads the raw query of an authorize request, without the question mark. Changes nothing. */
  describe(query: string): Promise<AuthorizeRequest | AuthorizeRefusal>;
  /** Makes the code of an approval and returns where the browser goes, always on the site's own host. */
  approve(request: AuthorizeRequest, accountId: string): Promise<string | AuthorizeRefusal>;
  /** Where the browser of a person who declined goes. */
  deny(request: AuthorizeRequest): Promise<string>;
}

/** Creates the desk of one server. */
export function createAuthorizeDesk({ store, clock = Date.now }: { readonly store: Store; readonly clock?: () => number }): AuthorizeDesk {
  return {
    describe: (query) => describe(store, query),
    approve: (request, accountId) => approve(store, request, accountId, new Date(clock())),
    deny: (request) => Promise.resolve(withArguments(request.redirectUri, { error: 'access_denied' })),
  };
}

function refusal(code: string, message: string): AuthorizeRefusal {
  return { kind: 'refusal', code, message };
}

async function describe(store: Store, query: string): Promise<AuthorizeRequest | AuthorizeRefusal> {
  const fields = parsePhpQuery(query);
  const field = (name: string, maxCharacters: number): string => {
    const value = fields.get(name);
    return typeof value === 'string' ? (cleanText(value, maxCharacters) ?? '') : '';
  };
  const id = field('client_id', 16);
  const siteId = /^[1-9]\d{0,14}$/.test(id) ? (Number(id) as SiteId) : null;
  const site = siteId === null ? null : await findSite(store.database, siteId);
  const blogToken = siteId === null ? null : await wholeBlogToken(store, siteId);
  if (siteId === null || site === null || blogToken === null) return refusal('unknown_site', 'The site is not connected here. Connect the site itself first, then its user.');
  if (field('response_type', 32) !== 'code') return refusal('malformed_request', 'Expected response_type=code.');
  const state = field('state', 16);
  if (!/^[1-9]\d{0,14}$/.test(state)) return refusal('malformed_request', 'The request does not say which user of the site asks (state).');
  const role = verifyScope(field('scope', 128), Number(state), blogToken);
  if (role === null || !ROLES.has(role)) return refusal('invalid_scope', 'The site did not sign this request with its present token. Go back to the site and start again.');
  const claimed = field('site_url', 2048);
  if (claimed !== '' && comparableUrl(claimed) !== comparableUrl(site.url)) return refusal('site_mismatch', `The request comes from another address than ${site.url}.`);
  const linkSecret = field('secret', 128);
  if (!/^[\x21-\x7e]{16,128}$/.test(linkSecret)) return refusal('malformed_request', 'The request has no secret of the site. Go back to the site and start again.');
  const redirect = ownAddress(field('redirect_uri', 4096), [site.url, site.homeUrl]);
  if (redirect === null) return refusal('invalid_redirect', `The request would lead away from ${site.url}.`);
  if (/action=jetpack-sso/.test(decodeURIComponentSafely(redirect))) return refusal('sso_not_supported', 'Logging in to the site through this server is not offered.');
  return {
    kind: 'request', siteId, siteUrl: site.url, siteName: siteNameOf(field('blogname', 512)) || site.url, userId: Number(state), userLogin: field('user_login', 256), role,
    redirectUri: redirect, hasOwner: await hasOwner(store.database, siteId), linkSecret,
  };
}

async function approve(store: Store, request: AuthorizeRequest, accountId: string, now: Date): Promise<string | AuthorizeRefusal> {
  const siteId = request.siteId as SiteId;
  const { userId, role } = request;
  const code = await store.database.transaction<string | AuthorizeRefusal>(async (tx) => {
    const linked = await accountOfUser(tx, siteId, userId);
    if (linked !== null && linked !== accountId) return refusal('already_linked', 'This user of the site is linked to another account here. Sign in with that one, or unlink it first.');
    const link = `link:${siteId}:${userId}:${request.linkSecret}`;
    const isFirst = await insertGrant(tx, link, { kind: 'link', siteId, userId, accountId, expiresAt: new Date(now.getTime() + LINK_LIFE_MS) }, now);
    if (!isFirst && (await linkOwner(tx, link)) !== accountId) return refusal('link_used', 'This link was used by another account. Go back to the site and start again.');
    const expiresAt = new Date(now.getTime() + CODE_LIFE_MS);
    return issueGrant(tx, { kind: 'code', siteId, userId, accountId, expiresAt }, now, (random) => codeWithRole(random, role));
  });
  return typeof code === 'string' ? withArguments(request.redirectUri, { code, state: String(userId) }) : code;
}

// Appended as text: PHP takes the last of two arguments of one name, and the site checks the rest as it wrote it.
function withArguments(address: string, added: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(added).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${address}${address.includes('?') ? '&' : '?'}${pairs}`;
}

// WordPress keeps and sends a site's name as HTML: "Salt &amp; Marsh".
function siteNameOf(html: string): string {
  return decode(html).trim();
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
