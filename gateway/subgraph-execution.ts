// Executes one fetch of a plan against a subgraph's schema; both ways of reaching a subgraph end here, so that they
// answer alike. Errors leave described and masked; faults are logged here and nowhere else.
import { execute, parse, validate, type DocumentNode, type ExecutionResult, type GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Log } from '../core/log.js';
import type { RequestContext, Subgraph } from '../subgraphs/shared/context.js';
import { describeError, isFault, logFault } from './errors.js';

export interface SubgraphFetch {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
}

export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

export type ExecuteSubgraph = (fetch: SubgraphFetch, request: RequestContext, contextValue: object) => Promise<SubgraphAnswer>;

/** The fetches of a few thousand distinct operations; each entry is one parsed document. */
const CACHED_DOCUMENTS = 4000;

/** Creates the executor of one subgraph, with its cache of parsed and validated fetches. */
export function createSubgraphExecutor(subgraph: Subgraph, log: Log): ExecuteSubgraph {
  const cache = new Map<string, DocumentNode | readonly GraphQLError[]>();

  function prepare(query: string): DocumentNode | readonly GraphQLError[] {
    const cached = cache.get(query);
    if (cached) return cached;
    let prepared: DocumentNode | readonly GraphQLError[];
    try {
      const document = parse(query, { noLocation: true });
      const errors = validate(subgraph.schema, document);
      prepared = errors.length > 0 ? errors : document;
    } catch (error) {
      prepared = [error as GraphQLError];
    }
    if (cache.size >= CACHED_DOCUMENTS) cache.delete(cache.keys().next().value ?? '');
    cache.set(query, prepared);
    return prepared;
  }

  function describe(errors: readonly GraphQLError[], requestId: string): GraphQLFormattedError[] {
    return errors.map((error) => {
      if (isFault(error)) logFault(log, error, { requestId, subgraph: subgraph.name });
      return describeError(error, requestId);
    });
  }

  return async (fetch, request, contextValue) => {
    const document = prepare(fetch.query);
    if (!('kind' in document)) return { errors: describe(document, request.requestId) };
    const result: ExecutionResult = await execute({
      schema: subgraph.schema,
      document,
      contextValue,
      variableValues: fetch.variables,
      operationName: fetch.operationName,
    });
    return {
      ...(result.data === undefined ? {} : { data: result.data }),
      ...(result.errors ? { errors: describe(result.errors, request.requestId) } : {}),
    };
  };
}
