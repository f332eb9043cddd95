// The address of a request as the party that signed it saw it. Called by whoever verifies or signs a request.
// It keeps path and query byte for byte: anything that normalizes them (WHATWG URL does) breaks signatures.

/** A signed address. `host` is the signer's host line (see protocol reference 2.3 for ports in it), `query` is without `?`. */
export interface RequestTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly query: string;
}

const ABSOLUTE_URL = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^/?#@:\s]+)(?::(\d{1,5}))?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i;

/** Splits an absolute http(s) URL without changing a byte of its path and query; null when it is not one. */
export function decodeRequestTarget(url: string): RequestTarget | null {
  const match = ABSOLUTE_URL.exec(url);
  if (!match?.[1] || !match[2]) return null;
  const scheme = match[1].toLowerCase() === 'https' ? 'https' : 'http';
  const port = match[3] === undefined ? (scheme === 'https' ? 443 : 80) : Number(match[3]);
  if (port < 1 || port > 65_535) return null;
  return { scheme, host: match[2].toLowerCase(), port, path: match[4] ?? '', query: match[5] ?? '' };
}

/**
 * The target of a received request: the public base URL that sites were given decides scheme, host and port (behind a proxy the
 * connection's own would be wrong), the raw request line decides path and query. Null when either is not usable.
 */
export function receivedTarget(publicBaseUrl: string, rawUrl: string): RequestTarget | null {
  const base = decodeRequestTarget(publicBaseUrl);
  if (!base || !rawUrl.startsWith('/')) return null;
  const mark = rawUrl.indexOf('?');
  return {
    ...base,
    path: mark < 0 ? rawUrl : rawUrl.slice(0, mark),
    query: mark < 0 ? '' : rawUrl.slice(mark + 1),
  };
}
