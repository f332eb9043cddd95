// The users subgraph: people, roles, what the viewer may do, and the audit log. Started by gateway/ or alone by bin/.
import type { WriteDesk } from '../../origin/writes/run.js';
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../shared/context.js';
import { createSubgraph } from '../shared/subgraph.js';
import { createUsersContext } from './loaders.js';
import { resolvers } from './resolvers.js';

/** Creates the subgraph over a store; without a desk it writes to no site. */
export function createUsersSubgraph(store: Store, desk: WriteDesk | null = null): Subgraph {
  return createSubgraph({ name: 'users', resolvers, createContext: (request) => createUsersContext(store, request, desk) });
}
