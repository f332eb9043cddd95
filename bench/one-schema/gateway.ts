// The one schema in the place of a gateway: what stands around it is the product's, so that the difference is federation alone.
import type { GatewayExecutor, GatewayInterface } from '@apollo/server-gateway-interface';
import { execute, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { authorize } from '../../gateway/authorization.js';
import { protectedFields } from '../../gateway/protected-fields.js';
import type { Subgraph, SubgraphName } from '../../subgraphs/shared/context.js';
import { importPeer } from '../sides/peers.js';
import { createOneSchema } from './schema.js';

type Answer = ExecutionResult<Record<string, unknown>>;

/** Creates the gateway object that Apollo Server asks for an executor: graphql-js, or graphql-jit where it is `compiled`. */
export async function createOneSchemaGateway(subgraphs: Readonly<Record<SubgraphName, Subgraph>>, isCompiled: boolean): Promise<GatewayInterface> {
  const schema = createOneSchema(subgraphs);
  const interpreted: GatewayExecutor = async ({ document, request, context }) =>
    (await execute({ schema, document, contextValue: context, variableValues: request.variables, operationName: request.operationName })) as Answer;
  const executor = isCompiled ? await createCompiled(schema) : interpreted;
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

type CompiledQuery = { query(root: unknown, context: unknown, variables: Readonly<Record<string, unknown>>): Answer | Promise<Answer> };

async function createCompiled(schema: GraphQLSchema): Promise<GatewayExecutor> {
  const { compileQuery } = await importPeer<{ compileQuery(schema: GraphQLSchema, document: DocumentNode, operationName?: string): CompiledQuery | Answer }>('jit.mjs');
  const compiled = new Map<string, CompiledQuery | Answer>();
  return async ({ document, request, context, queryHash }) => {
    const key = `${queryHash} ${request.operationName ?? ''}`;
    const query = compiled.get(key) ?? compileQuery(schema, document, request.operationName);
    compiled.set(key, query);
    return 'query' in query ? query.query(undefined, context, request.variables ?? {}) : query;
  };
}
