// The extensions subgraph: plugins and themes as they are installed, and the updates that wait. Started by the
// composition roots, in the gateway's process or in one of its own.
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../shared/context.js';
import { createSubgraph } from '../shared/subgraph.js';
import { createExtensionsLoaders, type ExtensionsContext } from './loaders.js';
import { createOperationsContext } from './operations/context.js';
import { resolvers } from './resolvers.js';

/** Creates the extensions subgraph over a store. */
export function createExtensionsSubgraph(store: Store): Subgraph {
  return createSubgraph<ExtensionsContext>({
    name: 'extensions',
    resolvers,
    createContext: (request) => ({ extensions: createExtensionsLoaders(store, request), operations: createOperationsContext(store, request) }),
  });
}
