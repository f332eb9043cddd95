// Serves the graph by the stock @apollo/gateway in front of five subgraphs behind HTTP, over the same resolvers and store as the product:
// a peer of bench/operations.ts. The embedded database belongs to one process, so the five servers are in this one too; what they cost
// is counted to the peer, as it would be in processes of their own.
//   node dist/bench/stock/server.js      with the environment of sitegraph start
import Fastify, { type FastifyInstance } from 'fastify';
import { createAuthenticate } from '../../bin/authenticate.js';
import { readConfig } from '../../bin/config.js';
import { openConfiguredStore } from '../../bin/open-store.js';
import { createAllSubgraphs } from '../../bin/subgraphs.js';
import { createLog } from '../../core/log.js';
import { createGateway, type SubgraphPlaces } from '../../gateway/gateway.js';
import { registerGraphql } from '../../gateway/server.js';
import { registerSubgraph } from '../../gateway/subgraph-server.js';
import { SUBGRAPH_NAMES } from '../../subgraphs/shared/context.js';

const config = readConfig();
const log = createLog(config.logLevel);
const store = await openConfiguredStore(config);
const viewerKey = store.secrets.deriveKey('viewer');
const subgraphs = await createAllSubgraphs(store);
const servers: FastifyInstance[] = [];
const places: [string, string][] = [];
for (const name of SUBGRAPH_NAMES) {
  const server = Fastify({ logger: false, forceCloseConnections: true });
  servers.push(server);
  await registerSubgraph(server, subgraphs[name], { viewerKey, log });
  places.push([name, `${await server.listen({ port: 0, host: '127.0.0.1' })}/graphql`]);
}
const fastify = Fastify({ logger: false, forceCloseConnections: true });
fastify.get('/readyz', () => ({ status: 'ready' }));
await registerGraphql(fastify, {
  gateway: createGateway({ subgraphs: Object.fromEntries(places) as SubgraphPlaces, log, viewerKey, executor: 'apollo' }),
  log,
  authenticate: createAuthenticate(store, config.publicUrl),
});
await fastify.listen({ port: config.port, host: config.host });
process.once('SIGTERM', () => {
  void Promise.all([fastify, ...servers].map((server) => server.close())).then(() => store.close()).then(() => process.exit(0));
});
