// What one execution of a compiled plan works on. Made by executor.ts, one a request.
import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import type { GraphQLError } from 'graphql';
import type { GatewayContext } from '../context.js';
import type { AnswerObject } from './answer-data.js';

export interface Execution {
  readonly requestContext: GatewayGraphQLRequestContext;
  readonly context: GatewayContext;
  /** Variables as the client gave them: subgraphs coerce and default for themselves. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The values of the variables that decide about @skip and @include, with defaults. */
  readonly conditions: Readonly<Record<string, boolean>>;
  /** What fetches brought together so far. */
  readonly data: AnswerObject;
  readonly errors: GraphQLError[];
}

/** A compiled part of a plan. It never rejects: what goes wrong is among the errors. */
export type Run = (execution: Execution) => Promise<void> | void;
