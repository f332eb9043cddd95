// The one schema in the place of a gateway: what stands around it is the product's, so that the difference is federation alone.
import type { GatewayExecutor, GatewayInterface } from '@apollo/server-gateway-interface';
import { execute, type ExecutionResult } from 'graphql';
import { authorize } from '../../gateway/authorization.js';
import { protectedFields } from '../../gateway/protected-fields.js';
import type { Subgraph, SubgraphName } from '../../subgraphs/shared/context.js';
import { createOneSchema } from './schema.js';

/** Creates the gateway object that Apollo Server asks for an executor. */
export function createOneSchemaGateway(subgraphs: Readonly<Record<SubgraphName, Subgraph>>): GatewayInterface {
  const schema = createOneSchema(subgraphs);
  const executor: GatewayExecutor = async ({ document, request, context }) =>
    (await execute({ schema, document, contextValue: context, variableValues: request.variables, operationName: request.operationName })) as ExecutionResult<Record<string, unknown>>;
  const listeners: Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0][] = [];
  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.push(listener);
      return () => undefined;
    },
    async load() {
      for (const listener of listeners) listener({ apiSchema: schema, coreSupergraphSdl: '' });
      return { executor: authorize(executor, protectedFields) };
    },
    stop: async () => undefined,
  };
}
