// Our executor of the graph: Apollo's planner plans a document once, the plan and the shape of its answer are compiled, and what is
// compiled runs at each request. Takes the place of @apollo/gateway behind the seam in gateway.ts.
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import type { GraphQLDataSource } from '@apollo/gateway';
import { QueryPlanner } from '@apollo/query-planner';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { AppError } from '../../core/errors.js';
import type { GatewayContext } from '../context.js';
import { createBoundedCache } from './bounded-cache.js';
import { compileDocument, type CompiledDocument } from './document.js';
import type { Execution } from './execution.js';
import { compilePlan } from './plan.js';
import { createTypeConditions } from './type-conditions.js';

/** Compiled documents that are kept: every operation of several apps under several tokens; one takes some 100 kB. */
const DOCUMENTS_MAX = 1000;

export interface CompiledExecutorOptions {
  /** The executable supergraph. */
  readonly supergraphSdl: string;
  /** Types that a subgraph resolves by key, and may resolve to null. */
  readonly entities: ReadonlySet<string>;
  readonly sourceOf: (serviceName: string) => GraphQLDataSource;
}

/** Creates the executor and the schema that clients see. */
export function createCompiledExecutor({ supergraphSdl, entities, sourceOf }: CompiledExecutorOptions): { readonly schema: GraphQLSchema; readonly executor: GatewayExecutor } {
  // It was validated when it was composed.
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false });
  // Every subgraph must have its place before the first request.
  for (const { name } of supergraph.subgraphsMetadata()) sourceOf(name);
  const apiSchema = supergraph.apiSchema();
  const schema = apiSchema.toGraphQLJSSchema();
  const planner = new QueryPlanner(supergraph);
  const conditions = createTypeConditions(supergraph.schema.toGraphQLJSSchema());
  const documents = createBoundedCache<CompiledDocument>(DOCUMENTS_MAX);

  const executor: GatewayExecutor = async (requestContext) => {
    const { request, document, operation, queryHash } = requestContext;
    const key = `${queryHash} ${request.operationName ?? ''}`;
    let compiled = documents.get(key);
    if (compiled === undefined) {
      const planned = operationFromDocument(apiSchema, document, request.operationName ? { operationName: request.operationName } : {});
      const run = compilePlan(planner.buildQueryPlan(planned), { sourceOf, conditions });
      compiled = compileDocument({ schema, document, operation, entities, run });
      documents.set(key, compiled);
    }
    const variables = request.variables ?? {};
    const read = compiled.readVariables(variables);
    if ('errors' in read) return { errors: read.errors };
    const execution: Execution = { requestContext, context: requestContext.context as GatewayContext, variables, conditions: read.conditions, data: {}, errors: [] };
    await compiled.run(execution);
    const { data, faults } = compiled.shape(execution.data, read.conditions, variables);
    // What could not be fetched is null for a reason that was told; only a null without any is a fault of its own.
    const errors = execution.errors.length > 0 ? execution.errors : faults.map(({ message, path }) => new GraphQLError(message, { path, originalError: new AppError('INTERNAL', message) }));
    return errors.length > 0 ? { data, errors } : { data };
  };
  return { schema, executor };
}
