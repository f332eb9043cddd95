// Compiles a query plan of the planner into functions: what is known of a document is decided once, not at each request.
import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import type { GraphQLDataSource } from '@apollo/gateway';
import { AppError } from '../../core/errors.js';
import type { Run } from './execution.js';
import { compileFetch } from './fetch.js';
import type { TypeConditions } from './type-conditions.js';

export interface PlanParts {
  readonly sourceOf: (serviceName: string) => GraphQLDataSource;
  readonly conditions: TypeConditions;
}

type Path = readonly (string | number)[];

/** Compiles a plan. Throws for what is not supported: subscriptions, and parts that are deferred. */
export function compilePlan(plan: QueryPlan, parts: PlanParts): Run {
  if (plan.node === undefined) return () => undefined;
  if (plan.node.kind === 'Subscription') throw new AppError('BAD_REQUEST', 'subscriptions are not answered here; the graph answers queries and mutations');
  return compileNode(plan.node, [], parts);
}

function compileNode(node: PlanNode, path: Path, parts: PlanParts): Run {
  switch (node.kind) {
    case 'Sequence':
      return inSequence(node.nodes.map((one) => compileNode(one, path, parts)));
    case 'Parallel': {
      const runs = node.nodes.map((one) => compileNode(one, path, parts));
      return async (execution) => void (await Promise.all(runs.map((run) => run(execution))));
    }
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path], parts);
    case 'Condition': {
      const { condition } = node;
      const whenTrue = node.ifClause && compileNode(node.ifClause, path, parts);
      const whenFalse = node.elseClause && compileNode(node.elseClause, path, parts);
      return (execution) => (execution.conditions[condition] === true ? whenTrue : whenFalse)?.(execution);
    }
    case 'Fetch':
      return compileFetch(node, path, parts.sourceOf(node.serviceName), parts.conditions);
    case 'Defer':
      throw new AppError('BAD_REQUEST', '@defer is not supported; ask for the deferred part in a query of its own');
  }
}

function inSequence(runs: readonly Run[]): Run {
  return async (execution) => {
    for (const run of runs) await run(execution);
  };
}
