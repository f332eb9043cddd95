// Serves the one schema as the product serves the gateway: the same HTTP, limits, masking and authorization, and graphql-js
// in the place of the gateway's executor, so that the difference is federation alone. A process of its own:
//   node dist/bench/one-schema/server.js      with the environment of sitegraph start
import type { GatewayExecutor, GatewayInterface } from '@apollo/server-gateway-interface';
import Fastify from 'fastify';
import { execute, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { createAuthenticate } from '../../bin/authenticate.js';
import { readConfig } from '../../bin/config.js';
import { openConfiguredStore } from '../../bin/open-store.js';
import { createAllSubgraphs } from '../../bin/subgraphs.js';
import { createLog } from '../../core/log.js';
import { authorize } from '../../gateway/authorization.js';
import { protectedFields } from '../../gateway/protected-fields.js';
import { registerGraphql } from '../../gateway/server.js';
import { createOneSchema } from './schema.js';

function createExecution(schema: GraphQLSchema): GatewayInterface {
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

const config = readConfig();
const log = createLog(config.logLevel);
const store = await openConfiguredStore(config);
const fastify = Fastify({ logger: false, forceCloseConnections: true });
fastify.get('/readyz', () => ({ status: 'ready' }));
await registerGraphql(fastify, { gateway: createExecution(createOneSchema(await createAllSubgraphs(store))), log, authenticate: createAuthenticate(store, config.publicUrl) });
await fastify.listen({ port: config.port, host: config.host });
process.once('SIGTERM', () => {
  void fastify.close().then(() => store.close()).then(() => process.exit(0));
});
