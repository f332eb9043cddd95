// Enforces the table of protected coordinates before planning. It wraps whatever executor plans and runs operations, so
// that no executor ever sees a field that the viewer is not granted. Subgraphs decide again by capability.
import { createHash } from 'node:crypto';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import { GraphQLError, print } from 'graphql';
import type { Viewer } from '../auth/viewer.js';
import type { GatewayContext } from './context.js';
import { grantKey, meets, needsSignInOnly, type ProtectedFields } from './demands.js';
import { restoreDenied } from './denials.js';
import { filterOperation, type Denial, type FilteredOperation } from './document-filter.js';

/** Filtered documents are small; this many cover every operation of several apps under several tokens. */
const CACHED_DOCUMENTS = 2000;

type CachedOperation = (FilteredOperation & { readonly queryHash: string }) | null;

function denialError(viewer: Viewer, protectedFields: ProtectedFields, denial: Denial, path: readonly (string | number)[]): GraphQLError {
  const demand = protectedFields[denial.coordinate] ?? [];
  const signIn = viewer.kind === 'anonymous' && needsSignInOnly(demand);
  const scopes = demand.map((set) => set.join(' and ')).join(', or ');
  return new GraphQLError(
    signIn ? `${denial.coordinate} needs a token; none was sent` : `${denial.coordinate} needs a token with the scope ${scopes || '(any)'}`,
    { path, extensions: { code: signIn ? 'UNAUTHENTICATED' : 'FORBIDDEN', coordinate: denial.coordinate } },
  );
}

/** Wraps an executor so that fields behind a scope are answered with null and an error when the viewer lacks it. */
export function authorize(executor: GatewayExecutor, protectedFields: ProtectedFields): GatewayExecutor {
  const cache = new Map<string, CachedOperation>();

  function lookUp(key: string, make: () => CachedOperation): CachedOperation {
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const made = make();
    if (cache.size >= CACHED_DOCUMENTS) cache.delete(cache.keys().next().value ?? '');
    cache.set(key, made);
    return made;
  }

  return async (requestContext) => {
    const { viewer } = (requestContext.context as GatewayContext).request;
    const { schema, document, operation, queryHash, request } = requestContext;
    // Without an operation nothing is planned: the executor itself would answer the same, but it is not to be trusted with it.
    if ((operation as typeof operation | undefined) === undefined) {
      return { errors: [new GraphQLError('operationName must name one of the operations of the document')] };
    }
    const key = `${queryHash} ${request.operationName ?? ''} ${grantKey(viewer)}`;
    const filtered = lookUp(key, () => {
      const result = filterOperation(schema, document, operation, protectedFields, (coordinate) =>
        meets(viewer, protectedFields[coordinate] ?? []),
      );
      return result && { ...result, queryHash: createHash('sha256').update(print(result.document)).digest('hex') };
    });
    if (filtered === null) return executor(requestContext);

    const variables = Object.fromEntries(Object.entries(request.variables ?? {}).filter(([name]) => filtered.variables.has(name)));
    const result = await executor({
      ...requestContext,
      document: filtered.document,
      operation: filtered.operation,
      queryHash: filtered.queryHash,
      request: { ...request, variables },
    });
    if (!result.data) return result;
    const { value, errors } = restoreDenied(result.data, filtered.denials, (denial, path) =>
      denialError(viewer, protectedFields, denial, path),
    );
    const all = [...(result.errors ?? []), ...errors];
    return { ...result, data: value, ...(all.length > 0 ? { errors: all } : {}) };
  };
}
