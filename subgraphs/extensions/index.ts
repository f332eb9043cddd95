// The extensions subgraph: plugins and themes as they are installed, and the updates that wait. Started by the
// composition roots, in the gateway's process or in one of its own.
import type { PluginDirectory } from '../../origin/plugin-directory.js';
import type { WriteDesk } from '../../origin/writes/run.js';
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../shared/context.js';
import { createSubgraph } from '../shared/subgraph.js';
import { createWriter } from '../shared/writes.js';
import { createCatalog } from './catalog.js';
import { createExtensionsLoaders, type ExtensionsContext } from './loaders.js';
import { createOperationsContext } from './operations/context.js';
import { resolvers } from './resolvers.js';

/** Creates the extensions subgraph over a store; without a desk it writes to no site, without a directory the catalog is refused. */
export function createExtensionsSubgraph(store: Store, desk: WriteDesk | null = null, directory: PluginDirectory | null = null): Subgraph {
  const catalog = createCatalog(directory);
  return createSubgraph<ExtensionsContext>({
    name: 'extensions',
    resolvers,
    createContext: (request) => ({
      extensions: createExtensionsLoaders(store, request), operations: createOperationsContext(store, request), catalog, writer: createWriter(desk, request),
    }),
  });
}
