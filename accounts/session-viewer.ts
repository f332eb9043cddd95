// Who a browser's request to the graph is for: the person of its session, when one of our own pages made it. A cookie goes along with
// requests that its owner knows nothing of, so it counts only for posts of JSON and zips that the browser says come from here, and for GETs of routes
// that only read; otherwise the request is nobody's. Handed to the gateway by bin/.
import type { FastifyRequest } from 'fastify';
import { findSession } from '../store/sessions.js';
import type { Store } from '../store/store.js';
import type { TokenOwner } from '../store/tokens.js';
import { readCookie } from './cookies.js';
import { createPlace } from './options.js';

export interface SessionViewerOptions {
  readonly store: Store;
  readonly publicUrl: string | null;
  readonly clock?: () => number;
  /** Also GETs of our own pages count, such as a link to an export: for routes that only read. */
  readonly isReadOnly?: boolean;
}

/** Tells the person of a request's session; null when there is none or the request may not use it. */
export function createSessionViewer({ store, publicUrl, clock = Date.now, isReadOnly = false }: SessionViewerOptions): (request: FastifyRequest) => Promise<TokenOwner | null> {
  const place = createPlace(publicUrl);
  return async (request) => {
    // Neither type can be sent to another origin without asking first.
    const isAsked = /^application\/(json|zip)\s*(;|$)/i.test(request.headers['content-type'] ?? '');
    const counts = (request.method === 'POST' && isAsked) || (isReadOnly && request.method === 'GET');
    const value = counts && place.isOwnPage(request) ? readCookie(place, request, 'session') : null;
    return value === null ? null : ((await findSession(store.database, value, clock()))?.owner ?? null);
  };
}
