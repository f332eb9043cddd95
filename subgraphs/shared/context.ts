// What every subgraph is given about the request it serves. The gateway makes one for each request, in process or
// rebuilt from the signed viewer header; subgraphs never read headers themselves.
import type { GraphQLSchema } from 'graphql';
import type { Viewer } from '../../auth/viewer.js';

export const SUBGRAPH_NAMES = ['content', 'settings', 'extensions', 'users', 'commerce'] as const;
export type SubgraphName = (typeof SUBGRAPH_NAMES)[number];

export interface RequestContext {
  readonly viewer: Viewer;
  readonly requestId: string;
  /** Epoch milliseconds after which the answer is no longer wanted. */
  readonly deadlineMs: number;
}

/** One subgraph ready to execute: its schema and a factory of the context value (viewer, loaders) for one request. */
export interface Subgraph {
  readonly name: SubgraphName;
  readonly schema: GraphQLSchema;
  createContext(request: RequestContext): object;
}
