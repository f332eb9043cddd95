// Takes public addresses of content apart: which site, and which content of it. Pure; called by contentByUrl.

/** What an address names within a site. */
export type NamedContent =
  | { readonly kind: 'front' }
  /** A plain address: ?p=12, ?page_id=12, ?attachment_id=12. */
  | { readonly kind: 'number'; readonly localId: number }
  | { readonly kind: 'path'; readonly slug: string; readonly permalinks: readonly string[] };

export interface Address {
  /** Every address that the site may have, in both schemes, without trailing slashes. */
  readonly siteAddresses: readonly string[];
  /** What is named, given the address of the site. */
  within(homeUrl: string): NamedContent;
}

/** A site lies at most this many folders deep. */
const MAX_SITE_FOLDERS = 4;
const SCHEMES = ['https:', 'http:'] as const;

/** Parses an address; null when it is not an http or https URL. */
export function parseAddress(text: string): Address | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || text.length > 4096) return null;
  // Stored slugs are percent-encoded in lower case.
  const path = url.pathname.replace(/%[0-9a-f]{2}/gi, (code) => code.toLowerCase()).replace(/\/+$/, '');
  const folders = path.split('/').slice(1, MAX_SITE_FOLDERS + 1);
  const paths = folders.map((_, index) => `/${folders.slice(0, index + 1).join('/')}`);
  return {
    siteAddresses: ['', ...paths].flatMap((prefix) => SCHEMES.map((scheme) => `${scheme}//${url.host}${prefix}`)),
    within(homeUrl) {
      for (const name of ['p', 'page_id', 'attachment_id']) {
        const value = url.searchParams.get(name);
        if (value !== null && /^[1-9][0-9]{0,14}$/.test(value)) return { kind: 'number', localId: Number(value) };
      }
      const home = URL.canParse(homeUrl) ? new URL(homeUrl).pathname.replace(/\/+$/, '') : '';
      if (path === home) return { kind: 'front' };
      const slug = path.slice(path.lastIndexOf('/') + 1);
      return { kind: 'path', slug, permalinks: SCHEMES.flatMap((scheme) => [`${scheme}//${url.host}${path}/`, `${scheme}//${url.host}${path}`]) };
    },
  };
}
