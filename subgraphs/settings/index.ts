// The settings subgraph: sites, their settings, synchronization and the change log. Owner of `Site`.
import type { WriteDesk } from '../../origin/writes/run.js';
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../shared/context.js';
import { createSubgraph } from '../shared/subgraph.js';
import { createSettingsContext } from './loaders.js';
import { resolvers } from './resolvers.js';

/** Creates the settings subgraph over a store; without a desk it writes to no site. */
export function createSettingsSubgraph(store: Store, desk: WriteDesk | null = null): Subgraph {
  return createSubgraph({ name: 'settings', resolvers, createContext: (request) => createSettingsContext(store, request, desk) });
}
