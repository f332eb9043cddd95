// The five subgraphs behind HTTP on free ports of this process, as the product serves them in processes of their own.
import Fastify from 'fastify';
import type { Log } from '../../core/log.js';
import { registerSubgraph } from '../../gateway/subgraph-server.js';
import { SUBGRAPH_NAMES, type Subgraph, type SubgraphName } from '../../subgraphs/shared/context.js';

export interface SubgraphServers {
  readonly urls: Readonly<Record<SubgraphName, string>>;
  close(): Promise<void>;
}

/** Starts them. */
export async function startSubgraphServers(subgraphs: Readonly<Record<SubgraphName, Subgraph>>, viewerKey: string | Uint8Array, log: Log): Promise<SubgraphServers> {
  const started = await Promise.all(
    SUBGRAPH_NAMES.map(async (name) => {
      const server = Fastify({ logger: false, forceCloseConnections: true });
      await registerSubgraph(server, subgraphs[name], { viewerKey, log });
      return { name, server, url: `${await server.listen({ port: 0, host: '127.0.0.1' })}/graphql` };
    }),
  );
  return {
    urls: Object.fromEntries(started.map(({ name, url }) => [name, url])) as Record<SubgraphName, string>,
    async close() {
      await Promise.all(started.map(({ server }) => server.close()));
    },
  };
}
