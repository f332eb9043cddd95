// The users subgraph: people, roles, what the viewer may do, and the audit log. Started by gateway/ or alone by bin/.
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../shared/context.js';
import { createSubgraph } from '../shared/subgraph.js';
import { createUsersContext } from './loaders.js';
import { resolvers } from './resolvers.js';

/** Creates the subgraph over a store. */
export function createUsersSubgraph(store: Store): Subgraph {
  return createSubgraph({ name: 'users', resolvers, createContext: (request) => createUsersContext(store, request) });
}
