// The content subgraph: posts, pages, other content, media, comments and terms of the sites. Owner of their types.
import type { WriteDesk } from '../../origin/writes/run.js';
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../shared/context.js';
import { createSubgraph } from '../shared/subgraph.js';
import { createContentContext } from './loaders.js';
import { NOWHERE, type ContentPlace } from './place.js';
import { resolvers } from './resolvers.js';

/** Creates the content subgraph over a store; without a desk it reads only. `place` is where addresses of our own lead. */
export function createContentSubgraph(store: Store, desk: WriteDesk | null = null, place: ContentPlace = NOWHERE): Subgraph {
  return createSubgraph({ name: 'content', resolvers, createContext: (request) => createContentContext(store, request, desk, place) });
}
