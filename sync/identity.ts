// Whether a signed request comes from the site its token was given to, or from a copy of it at another address.
// Called by sync/signed-request for every signed request; the site repeats its addresses in the signed query.
import { normalizeSiteUrl } from '../store/sites.js';
import type { IdentityMismatch } from './refusal.js';

/** The addresses known here; `isNew` while nothing was received and the home address is only a guess. */
export interface KnownAddresses {
  readonly url: string;
  readonly homeUrl: string;
  readonly isNew: boolean;
}

/** The addresses that a request claims; null where it claims none, as in safe mode. */
export interface ClaimedAddresses {
  readonly siteUrl: string | null;
  readonly homeUrl: string | null;
}

/** An address as the site itself compares it: without scheme, port, a leading www. and a slash at the end. */
export function comparableUrl(url: string): string {
  const match = /^(?:https?:)?\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::\d*)?([^?#]*)/i.exec(url.trim());
  if (!match) return url.trim().replace(/\/+$/, '');
  const host = (match[1] ?? '').toLowerCase().replace(/^www\./, '');
  return `${host}${(match[2] ?? '').replace(/\/+$/, '')}`;
}

/** What differs, or null when the addresses agree as far as they are claimed. */
export function compareIdentity(known: KnownAddresses, claimed: ClaimedAddresses): IdentityMismatch | null {
  const differs = (a: string | null, b: string): boolean => a !== null && a !== '' && comparableUrl(a) !== comparableUrl(b);
  const isSiteOther = differs(claimed.siteUrl, known.url);
  const isHomeOther = differs(claimed.homeUrl, known.homeUrl) && !(known.isNew && !isSiteOther && claimed.siteUrl !== null);
  if (!isSiteOther && !isHomeOther) return null;
  const errorCode = isSiteOther && isHomeOther ? 'jetpack_url_mismatch' : isSiteOther ? 'jetpack_site_url_mismatch' : 'jetpack_home_url_mismatch';
  return { errorCode, homeUrl: known.homeUrl, siteUrl: known.url };
}

/** A claimed address in the form in which addresses are stored; null when it is none. */
export function storableUrl(url: string | null): string | null {
  if (url === null) return null;
  try {
    return normalizeSiteUrl(url);
  } catch {
    return null;
  }
}
