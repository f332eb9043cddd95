// Addresses that a site gives of itself: whether they are usable at all, and whether an address to send a browser to is the site's own.
// Called by register.ts, provision.ts and authorize-desk.ts. Pure.
import { comparableUrl } from '../identity.js';
import { normalizeSiteUrl } from '../../store/sites.js';

const MAX_URL_CHARACTERS = 512;

/** A site's address in the form in which addresses are stored; null when it is none, is too long or carries a user's name. */
export function readSiteUrl(text: string | null): string | null {
  if (text === null || text === '' || text.length > MAX_URL_CHARACTERS || !/^https?:\/\//i.test(text)) return null;
  try {
    const url = new URL(text);
    return url.username === '' && url.password === '' && url.search === '' && url.hash === '' ? normalizeSiteUrl(text) : null;
  } catch {
    return null;
  }
}

/** Whether two addresses are the same to WordPress and lie on the same port. */
export function isSameSite(a: string, b: string): boolean {
  return comparableUrl(a) === comparableUrl(b) && new URL(a).port === new URL(b).port;
}

/**
 * An absolute http(s) address as it will be sent to a browser (without fragment), when it lies on one of the given sites: same host and
 * port, below its path. Null for any other, so that nobody is led away. What is checked is what is returned.
 */
export function ownAddress(text: string, siteUrls: readonly string[]): string | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') return null;
  url.hash = '';
  const isOwn = siteUrls.some((own) => {
    const site = new URL(own);
    return url.host === site.host && `${url.pathname}/`.startsWith(`${site.pathname.replace(/\/+$/, '')}/`);
  });
  return isOwn ? url.href : null;
}
