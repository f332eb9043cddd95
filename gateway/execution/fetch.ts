// One fetch of a plan: sends an operation to a subgraph, as it stands or for the entities at a path, and merges the answer into what
// is known. Equal entities are sent once. Errors keep their code and are placed where the client sees the field that failed.
import type { FetchNode } from '@apollo/query-planner';
import type { GraphQLDataSource } from '@apollo/gateway';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError } from '../../core/errors.js';
import type { SubgraphAnswer } from '../subgraph-execution.js';
import { isAnswerObject, merge, type AnswerObject } from './answer-data.js';
import type { Execution, Run } from './execution.js';
import { compileRepresentation } from './representations.js';
import { compileRewrites } from './rewrites.js';
import { compileTargets, type AnswerPath, type Targets } from './targets.js';
import type { TypeConditions } from './type-conditions.js';

type Asked = Parameters<GraphQLDataSource['process']>[0];

/** Sends an operation with variables; what the subgraph answers, or the error for which it cannot be reached. */
type Send = (variables: AnswerObject, execution: Execution) => Promise<SubgraphAnswer>;

/** Compiles a fetch whose answer belongs at `path` of the client's answer. */
export function compileFetch(node: FetchNode, path: readonly (string | number)[], source: GraphQLDataSource, conditions: TypeConditions): Run {
  if (node.hasDefers === true || (node.contextRewrites ?? []).length > 0) throw new AppError('INTERNAL', 'the query plan defers a part or sets a context; neither is supported');
  const send = createSend(node, source);
  const run = node.requires === undefined ? plainFetch(node, path, send, conditions) : entityFetch(node, path, send, conditions);
  return async (execution) => {
    try {
      if (Date.now() > execution.context.request.deadlineMs) throw new AppError('TIMEOUT', 'The work did not finish before its deadline');
      await run(execution);
    } catch (error) {
      execution.errors.push(error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error }));
    }
  };
}

function createSend(node: FetchNode, source: GraphQLDataSource): Send {
  const request = { query: node.operation, ...(node.operationName === undefined ? {} : { operationName: node.operationName }) };
  return async (variables, { requestContext, context }) =>
    (await source.process({ kind: 'incoming operation', request: { ...request, variables }, incomingRequestContext: requestContext, context } as Asked)) as SubgraphAnswer;
}

/** The client's variables that a fetch uses; those that were not given stay so, and get the operation's defaults. */
function pickVariables(names: readonly string[], given: Readonly<Record<string, unknown>>): AnswerObject {
  const picked: AnswerObject = {};
  for (const name of names) if (Object.hasOwn(given, name) && given[name] !== undefined) picked[name] = given[name];
  return picked;
}

function plainFetch(node: FetchNode, path: readonly (string | number)[], send: Send, conditions: TypeConditions): Run {
  const targets = path.length === 0 ? undefined : compileTargets(path);
  const rewrite = compileRewrites(node.outputRewrites, conditions);
  const names = node.variableUsages ?? [];
  return async (execution) => {
    const found = targets === undefined ? [execution.data] : targets.find(execution.data);
    if (found.length === 0) return;
    const answer = await send(pickVariables(names, execution.variables), execution);
    for (const error of answer.errors ?? []) execution.errors.push(placed(error, node.serviceName, error.path && [...path, ...error.path]));
    const { data } = answer;
    if (data === undefined || data === null) return;
    rewrite?.(data);
    for (const target of found) merge(target, data);
  };
}

function entityFetch(node: FetchNode, path: readonly (string | number)[], send: Send, conditions: TypeConditions): Run {
  const targets = compileTargets(path);
  const represent = compileRepresentation(node.requires ?? [], conditions);
  const rewriteInput = compileRewrites(node.inputRewrites, conditions);
  const rewriteOutput = compileRewrites(node.outputRewrites, conditions);
  const names = node.variableUsages ?? [];
  return async (execution) => {
    const found = targets.find(execution.data);
    const representations: AnswerObject[] = [];
    /** The place of each object's representation among those sent; -1 when it has none. */
    const places: number[] = [];
    const known = new Map<string, number>();
    for (const entity of found) {
      const representation = represent(entity);
      if (representation === null) {
        places.push(-1);
        continue;
      }
      rewriteInput?.(representation);
      const key = JSON.stringify(representation);
      let place = known.get(key);
      if (place === undefined) {
        known.set(key, (place = representations.length));
        representations.push(representation);
      }
      places.push(place);
    }
    if (representations.length === 0) return;
    const answer = await send({ ...pickVariables(names, execution.variables), representations }, execution);
    if (answer.errors && answer.errors.length > 0) placeErrors(execution, answer.errors, node.serviceName, path, targets, places);
    const { data } = answer;
    if (data === undefined || data === null) return;
    const entities = data['_entities'];
    if (!Array.isArray(entities) || entities.length !== representations.length) {
      throw new AppError('INTERNAL', `the subgraph ${node.serviceName} was asked for ${representations.length} entities and answered ${Array.isArray(entities) ? entities.length : 'no list'}`);
    }
    const isRewritten = new Set<unknown>();
    for (let index = 0; index < found.length; index += 1) {
      const entity: unknown = entities[places[index] ?? -1];
      const target = found[index];
      if (!isAnswerObject(entity) || target === undefined) continue;
      if (rewriteOutput && !isRewritten.has(entity)) {
        isRewritten.add(entity);
        if (typeof entity['__typename'] !== 'string') entity['__typename'] = target['__typename'];
        rewriteOutput(entity);
      }
      const typename = target['__typename'];
      merge(target, entity);
      // A subgraph that knows only the interface calls the thing by the interface's name; what is known better stays.
      if (typeof typename === 'string' && conditions.isAbstract(target['__typename'])) target['__typename'] = typename;
    }
  };
}

/** An error of one entity is told at each of the objects that it was fetched for. */
function placeErrors(execution: Execution, errors: readonly GraphQLFormattedError[], service: string, path: AnswerPath, targets: Targets, places: readonly number[]): void {
  const paths = targets.findPaths(execution.data);
  const above = path.slice(0, path.includes('@') ? path.indexOf('@') : path.length);
  for (const error of errors) {
    const [, place, ...below] = error.path ?? [];
    if (typeof place !== 'number') execution.errors.push(placed(error, service, error.path && above));
    else places.forEach((one, index) => one === place && execution.errors.push(placed(error, service, [...(paths[index] ?? above), ...below])));
  }
}

function placed(error: GraphQLFormattedError, serviceName: string, path: AnswerPath | undefined): GraphQLError {
  const extensions = { code: 'DOWNSTREAM_SERVICE_ERROR', ...error.extensions, serviceName };
  return new GraphQLError(error.message || `The subgraph ${serviceName} failed`, { ...(path === undefined ? {} : { path }), extensions });
}
