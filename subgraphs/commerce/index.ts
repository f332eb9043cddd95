// The commerce subgraph: WooCommerce shops, their orders and products. Started by the composition roots, in the
// gateway's process or in one of its own.
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../shared/context.js';
import { createSubgraph } from '../shared/subgraph.js';
import { createCommerceLoaders, type CommerceContext } from './loaders.js';
import { resolvers } from './resolvers.js';

/** Creates the commerce subgraph over a store. */
export function createCommerceSubgraph(store: Store): Subgraph {
  return createSubgraph<CommerceContext>({
    name: 'commerce',
    resolvers,
    createContext: (request) => ({ commerce: createCommerceLoaders(store, request) }),
  });
}
