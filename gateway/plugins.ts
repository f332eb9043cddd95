// What Apollo Server does besides executing: limits once the operation is known, and the request id of each error.
import type { ApolloServerPlugin } from '@apollo/server';
import type { OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { Log } from '../core/log.js';
import type { GatewayContext } from './context.js';
import { describeError, isFault, logFault } from './errors.js';
import { fieldCosts } from './field-costs.js';
import { checkUsage, createMeasure, type FieldCosts, type Limits } from './limits.js';

/** Checks depth, aliases, root fields and page cost. A document is measured once for each combination of the page sizes asked for. */
export function limitsPlugin(limits: Limits, costs: FieldCosts = fieldCosts): ApolloServerPlugin<GatewayContext> {
  const measures = new WeakMap<OperationDefinitionNode, ReturnType<typeof createMeasure>>();
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request }) {
          if (operation === undefined) return;
          let measure = measures.get(operation);
          if (measure === undefined) measures.set(operation, (measure = createMeasure(schema, document, operation, costs)));
          checkUsage(measure(request.variables ?? {}), limits);
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
