// What the pages of people are given, and where they stand. Made once by server.ts; every route gets the context.
import type { FastifyRequest } from 'fastify';
import type { Log } from '../core/log.js';
import type { Store } from '../store/store.js';
import type { Attempts } from './attempts.js';
import type { AuthorizeDesk } from './desk.js';
import type { OpenIdProvider, OpenIdSettings } from './openid.js';
import type { PasswordCost } from './password.js';

export interface AccountsOptions {
  readonly store: Store;
  readonly log: Log;
  /** The address that browsers use, e.g. https://hub.example.net or with a path; null for the Host header of each request. */
  readonly publicUrl: string | null;
  readonly desk: AuthorizeDesk;
  /** Where people can sign in besides; usually none or one. */
  readonly oidc: readonly OpenIdSettings[];
  /** Milliseconds since 1970; the machine's clock by default. */
  readonly clock?: () => number;
  /** For tests; a cheap one is no protection. */
  readonly passwordCost?: PasswordCost;
  /** Counts tries of passwords; in the memory of this process by default. */
  readonly attempts?: Attempts;
}

export interface AccountsContext {
  readonly store: Store;
  readonly log: Log;
  readonly place: Place;
  readonly desk: AuthorizeDesk;
  readonly providers: readonly OpenIdProvider[];
  readonly clock: () => number;
  readonly passwordCost: PasswordCost;
  readonly attempts: Attempts;
  readonly formKey: Uint8Array;
}

/** Where the pages are, as browsers see it. */
export interface Place {
  /** The path of the public address, without a slash at its end; links begin with it. */
  readonly prefix: string;
  /** Browsers come over https: cookies are bound to it. */
  readonly isSecure: boolean;
  /** Scheme and host of the pages. */
  origin(request: Pick<FastifyRequest, 'headers'>): string;
  /** Whether the request was made by a page of ours, as far as the browser tells. False when it tells nothing. */
  isOwnPage(request: Pick<FastifyRequest, 'headers'>): boolean;
}

/** The place of a public address. Without one, only hosts are compared, for a proxy may have taken the scheme away. */
export function createPlace(publicUrl: string | null): Place {
  const url = publicUrl === null ? null : new URL(publicUrl);
  const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);
  return {
    prefix: url === null ? '' : url.pathname.replace(/\/+$/, ''),
    isSecure: url?.protocol === 'https:',
    origin: (request) => url?.origin ?? `http://${request.headers.host ?? 'localhost'}`,
    isOwnPage({ headers }) {
      const { origin } = headers;
      const fetchSite = headers['sec-fetch-site'];
      if (fetchSite !== undefined && fetchSite !== 'same-origin') return false;
      if (origin === undefined) return fetchSite === 'same-origin';
      return url === null ? hostOf(origin) === (headers.host ?? '') : origin === url.origin;
    },
  };
}
