// Hive Gateway as its documentation sets it up for production: just-in-time compilation, equal requests answered once, no pages, no
// telemetry. Plain JavaScript, as it stands beside the modules that the product does not have.
import { createGatewayRuntime } from '@graphql-hive/gateway';
import { useJIT } from '@graphql-mesh/plugin-jit';

/** A request listener of node:http for a supergraph; `header` is handed on to the subgraphs. */
export function createHive(supergraph, header) {
  return createGatewayRuntime({
    supergraph,
    logging: 'error',
    landingPage: false,
    graphiql: false,
    inboundInflightRequestDeduplication: { shouldIncludeHeader: (name) => name === 'authorization' || name === header },
    propagateHeaders: { fromClientToSubgraphs: ({ request }) => ({ [header]: request.headers.get(header) }) },
    plugins: () => [useJIT()],
  });
}
