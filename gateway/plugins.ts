// What Apollo Server does besides executing: limits once the operation is known, and the request id of each error.
import type { ApolloServerPlugin } from '@apollo/server';
import type { DocumentNode, OperationTypeNode } from 'graphql';
import type { Log } from '../core/log.js';
import type { GatewayContext } from './context.js';
import { describeError, isFault, logFault } from './errors.js';
import { fieldCosts } from './field-costs.js';
import { checkUsage, measure, type FieldCosts, type Limits, type Usage } from './limits.js';

/** Checks depth, aliases, root fields and page cost. Documents without variables are measured once. */
export function limitsPlugin(limits: Limits, costs: FieldCosts = fieldCosts): ApolloServerPlugin<GatewayContext> {
  const measured = new WeakMap<DocumentNode, Map<string, Usage>>();
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, operationName, request }) {
          if (operation === undefined) return;
          const fixed = (operation.variableDefinitions ?? []).length === 0;
          const known = measured.get(document) ?? new Map<string, Usage>();
          measured.set(document, known);
          const name = operationName ?? '';
          const usage = known.get(name) ?? measure(schema, document, operation, request.variables ?? {}, costs);
          if (fixed) known.set(name, usage);
          checkUsage(usage, limits);
        },
      };
    },
  };
}

/** Notes what kind of operation each request is; Apollo Server tells its plugins alone. */
export function createOperationKinds(): { readonly plugin: ApolloServerPlugin<GatewayContext>; readonly kindOf: (context: GatewayContext) => OperationTypeNode | undefined } {
  // Apollo Server copies the context itself.
  const kinds = new WeakMap<GatewayContext['request'], OperationTypeNode>();
  return {
    plugin: {
      async requestDidStart() {
        return {
          async didResolveOperation({ operation, contextValue }) {
            if (operation !== undefined) kinds.set(contextValue.request, operation.operation);
          },
        };
      },
    },
    kindOf: (context) => kinds.get(context.request),
  };
}

/**
 * Masks errors and logs the gateway's own faults. Apollo Server's formatter is not told which request an error belongs
 * to, so the plugin notes it when the error is first met.
 */
export function createErrorMasking(log: Log): {
  readonly plugin: ApolloServerPlugin<GatewayContext>;
  readonly formatError: (formatted: unknown, error: unknown) => ReturnType<typeof describeError>;
} {
  const requestIds = new WeakMap<object, string>();
  return {
    plugin: {
      async requestDidStart({ contextValue }) {
        return {
          async didEncounterErrors({ errors }) {
            for (const error of errors) requestIds.set(error, contextValue.request.requestId);
          },
        };
      },
    },
    formatError(_formatted, error) {
      const extensions = (error as { extensions?: Readonly<Record<string, unknown>> }).extensions;
      const noted = typeof error === 'object' && error !== null ? requestIds.get(error) : undefined;
      const requestId = noted ?? (typeof extensions?.['requestId'] === 'string' ? extensions['requestId'] : undefined);
      // A subgraph has already logged and masked what comes with its name.
      if (isFault(error) && extensions?.['serviceName'] === undefined) logFault(log, error, { requestId });
      return describeError(error, requestId);
    },
  };
}
