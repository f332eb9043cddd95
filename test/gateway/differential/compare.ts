// Runs one operation by both executors over the same subgraphs and tells where their answers differ.
import { createHash } from 'node:crypto';
import type { GatewayExecutor, GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import { Kind, type GraphQLError, type GraphQLSchema } from 'graphql';
import type { Viewer } from '../../../auth/viewer.js';
import { createLog } from '../../../core/log.js';
import { createGatewayContext } from '../../../gateway/context.js';
import { codeOf } from '../../../gateway/errors.js';
import { createGateway, type ExecutorKind, type SubgraphPlaces, type Supergraph } from '../../../gateway/gateway.js';
import type { Operation } from './generate-operation.js';

export interface Side {
  readonly schema: GraphQLSchema;
  readonly executor: GatewayExecutor;
}

/** Loads a gateway without a server. */
export async function loadSide(kind: ExecutorKind, subgraphs: SubgraphPlaces, supergraph?: Supergraph): Promise<Side> {
  const gateway = createGateway({ subgraphs, log: createLog('silent'), executor: kind, ...(supergraph ? { supergraph } : {}) });
  let schema: GraphQLSchema | undefined;
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => void (schema = apiSchema));
  const { executor } = await gateway.load({ apollo: {} } as Parameters<typeof gateway.load>[0]);
  if (schema === undefined || executor === null) throw new Error('the gateway told no schema or has no executor');
  return { schema, executor };
}

export interface Answer {
  readonly data: unknown;
  /** `path code` of each error, sorted. */
  readonly errors: readonly string[];
}

/** Planning a large random operation takes long on a busy machine, and is not what is compared. */
const PLANNING_MS = 3_600_000;

export async function run(side: Side, operation: Operation, viewer: Viewer): Promise<Answer> {
  const node = operation.document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const requestContext = {
    schema: side.schema, document: operation.document, operation: node, operationName: node?.name?.value, source: operation.text,
    queryHash: createHash('sha256').update(operation.text).digest('hex'), metrics: {}, logger: console,
    request: { operationName: node?.name?.value, variables: operation.variables },
    context: createGatewayContext(viewer, 'differential', Date.now() + PLANNING_MS),
  } as unknown as GatewayGraphQLRequestContext;
  const { data, errors = [] } = await side.executor(requestContext).catch((error: GraphQLError) => ({ data: null, errors: [error] }));
  const told = errors.map((error) => `${placeOf((error as GraphQLError).path)} ${codeOf(error)}`).sort();
  return { data: timeless(data ?? null), errors: told };
}

/**
 * Where a fetch of entities fails as a whole, @apollo/gateway tells a path of its plan: `list.@._entities`. A client has no such place;
 * ours is the last one above it that the client has.
 */
function placeOf(path: readonly (string | number)[] | undefined): string {
  if (path === undefined) return '-';
  const end = path.findIndex((element) => element === '@' || element === '_entities');
  return (end < 0 ? path : path.slice(0, end)).join('.');
}

/** Plain JSON without what time alone changes. */
function timeless(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data, (key, value: unknown) => (/^lagMs$/.test(key) ? null : value)));
}
