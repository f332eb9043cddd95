// Reaches a subgraph of the same process. All fetches of one request share one context value, so that loaders batch.
import type { GraphQLDataSource } from '@apollo/gateway';
import type { Log } from '../../core/log.js';
import type { Subgraph } from '../../subgraphs/shared/context.js';
import type { GatewayContext } from '../context.js';
import { createSubgraphExecutor } from '../subgraph-execution.js';

/** Creates the data source of a subgraph in this process. */
export function createInProcessDataSource(subgraph: Subgraph, log: Log): GraphQLDataSource {
  const execute = createSubgraphExecutor(subgraph, log);
  return {
    async process({ request, context }) {
      const gateway = context as GatewayContext;
      let contextValue = gateway.subgraphContexts.get(subgraph);
      if (contextValue === undefined) {
        contextValue = subgraph.createContext(gateway.request);
        gateway.subgraphContexts.set(subgraph, contextValue);
      }
      const { query = '', variables, operationName } = request;
      return execute({ query, variables, operationName }, gateway.request, contextValue);
    },
  };
}
