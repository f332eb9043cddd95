// The five subgraphs by name, made only when asked for: a process that serves one does not load the others.
import { createPluginDirectory } from '../origin/plugin-directory.js';
import type { WriteDesk } from '../origin/writes/run.js';
import type { Store } from '../store/store.js';
import type { ContentPlace } from '../subgraphs/content/place.js';
import { SUBGRAPH_NAMES, type Subgraph, type SubgraphName } from '../subgraphs/shared/context.js';

const CREATORS: Readonly<Record<SubgraphName, (store: Store, desk: WriteDesk | null, place: ContentPlace | undefined, directory: string | null) => Promise<Subgraph>>> = {
  content: async (store, desk, place) => (await import('../subgraphs/content/index.js')).createContentSubgraph(store, desk, place),
  settings: async (store, desk) => (await import('../subgraphs/settings/index.js')).createSettingsSubgraph(store, desk),
  extensions: async (store, desk, _place, directory) =>
    (await import('../subgraphs/extensions/index.js')).createExtensionsSubgraph(store, desk, directory === null ? null : createPluginDirectory({ baseUrl: directory })),
  users: async (store, desk) => (await import('../subgraphs/users/index.js')).createUsersSubgraph(store, desk),
  commerce: async (store) => (await import('../subgraphs/commerce/index.js')).createCommerceSubgraph(store),
};

/** One subgraph over the store; without a desk it writes to no site, without the address of a directory it has no catalog of plugins. */
export function createSubgraphByName(name: SubgraphName, store: Store, desk: WriteDesk | null = null, place?: ContentPlace, directory: string | null = null): Promise<Subgraph> {
  return CREATORS[name](store, desk, place, directory);
}

/** All five, for one process. */
export async function createAllSubgraphs(store: Store, desk: WriteDesk | null = null, place?: ContentPlace, directory: string | null = null): Promise<Record<SubgraphName, Subgraph>> {
  const made = await Promise.all(SUBGRAPH_NAMES.map(async (name) => [name, await createSubgraphByName(name, store, desk, place, directory)] as const));
  return Object.fromEntries(made) as Record<SubgraphName, Subgraph>;
}
