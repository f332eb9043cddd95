// Who a request to the graph is for: a bearer token, or the session of a browser on one of our own pages. Used by the servers with a gateway.
import type { FastifyRequest } from 'fastify';
import { createSessionViewer } from '../accounts/session-viewer.js';
import { ANONYMOUS, type Viewer } from '../auth/viewer.js';
import { AppError } from '../core/errors.js';
import type { Store } from '../store/store.js';
import { authenticateToken } from '../store/tokens.js';

/** Tells the viewer of a request. A token that is sent must hold, and then no cookie is looked at. `isReadOnly` as in SessionViewerOptions. */
export function createAuthenticate(store: Store, publicUrl: string | null, isReadOnly = false): (request: FastifyRequest) => Promise<Viewer> {
  const viewerOfSession = createSessionViewer({ store, publicUrl, isReadOnly });
  return async (request) => {
    const header = request.headers.authorization;
    if (header === undefined) return (await viewerOfSession(request)) ?? ANONYMOUS;
    const token = /^Bearer +([^\s]+)$/i.exec(header)?.[1];
    const viewer = token === undefined ? null : await authenticateToken(store, token);
    if (!viewer) throw new AppError('UNAUTHENTICATED', 'the bearer token is unknown, revoked or expired; make one with sitegraph token create');
    return viewer;
  };
}
