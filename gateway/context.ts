// What the gateway knows of one request. Made by server.ts; handed by Apollo Server to the executor and the data sources.
import { randomUUID } from 'node:crypto';
import type { Viewer } from '../auth/viewer.js';
import type { RequestContext, Subgraph } from '../subgraphs/shared/context.js';

export interface GatewayContext {
  readonly request: RequestContext;
  /** When the request came, by performance.now(): nothing that was read before may answer it. */
  readonly arrivedAt: number;
  /** The context values of in-process subgraphs, made on first use and shared by all fetches of the request. */
  readonly subgraphContexts: Map<Subgraph, object>;
}

/** Creates the context of one request. */
export function createGatewayContext(viewer: Viewer, requestId: string, deadlineMs: number): GatewayContext {
  return { request: { viewer, requestId, deadlineMs }, arrivedAt: performance.now(), subgraphContexts: new Map() };
}

/** Takes a client's request id when it is harmless to log and to send on, else makes one. */
export function chooseRequestId(given: unknown): string {
  return typeof given === 'string' && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID();
}
