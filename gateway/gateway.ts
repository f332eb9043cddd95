// The gateway object that Apollo Server asks for an executor, and the one seam where executors change places: ours (execution/), or
// @apollo/gateway, which is the reference that tests and benchmarks compare it with. Around either stand, from the outside in, field
// authorization and the deadline.
import { readFileSync } from 'node:fs';
import type { ApolloGateway, GraphQLDataSource } from '@apollo/gateway';
import type { GatewayExecutor, GatewayInterface } from '@apollo/server-gateway-interface';
import { GraphQLError, Kind, parse, type GraphQLSchema } from 'graphql';
import { AppError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { packagePath } from '../core/package-root.js';
import type { Subgraph, SubgraphName } from '../subgraphs/shared/context.js';
import { authorize } from './authorization.js';
import { bootSelfTest } from './boot-self-test.js';
import type { GatewayContext } from './context.js';
import { createHttpDataSource } from './data-sources/http.js';
import { createInProcessDataSource } from './data-sources/in-process.js';
import type { ProtectedFields } from './demands.js';
import { createCompiledExecutor } from './execution/executor.js';
import { protectedFields } from './protected-fields.js';

/** `compiled` is ours; `apollo` is @apollo/gateway's own. */
export const EXECUTORS = ['compiled', 'apollo'] as const;
export type ExecutorKind = (typeof EXECUTORS)[number];

/** Where each subgraph is: in this process, or behind a URL (`http://127.0.0.1:4101/graphql`). */
export type SubgraphPlaces = Readonly<Partial<Record<SubgraphName, Subgraph | string>>>;

/** The composed graph. `authority` is the full supergraph, `executable` the one that the Apollo gateway accepts. */
export interface Supergraph {
  readonly authority: string;
  readonly executable: string;
  readonly protectedFields: ProtectedFields;
}

export interface GatewayOptions {
  readonly subgraphs: SubgraphPlaces;
  readonly log: Log;
  /** Signs viewers for subgraphs behind a URL; needed only for those. */
  readonly viewerKey?: string | Uint8Array;
  /** Overrides the committed supergraph; for tests. */
  readonly supergraph?: Supergraph;
  /** What runs operations; ours unless told. */
  readonly executor?: ExecutorKind;
  /** Replaces the enforcement; for the test that sees the self-test fail. */
  readonly enforce?: (executor: GatewayExecutor, fields: ProtectedFields) => GatewayExecutor;
}

/** Reads the committed supergraph. */
export function readSupergraph(): Supergraph {
  return {
    authority: readFileSync(packagePath('gateway', 'supergraph.graphql'), 'utf8'),
    executable: readFileSync(packagePath('gateway', 'executable.graphql'), 'utf8'),
    protectedFields,
  };
}

/** Answers TIMEOUT when the executor has not answered by the request's deadline; the work behind it has the same deadline. */
function withDeadline(executor: GatewayExecutor): GatewayExecutor {
  return async (requestContext) => {
    const remainingMs = (requestContext.context as GatewayContext).request.deadlineMs - Date.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const fail = (): void => reject(new AppError('TIMEOUT', 'The work did not finish before its deadline'));
      timer = setTimeout(fail, Math.max(0, Math.min(remainingMs, 2 ** 31 - 1)));
    });
    try {
      return await Promise.race([executor(requestContext), late]);
    } catch (error) {
      if (error instanceof AppError && error.code === 'TIMEOUT') return { data: null, errors: [new GraphQLError(error.message, { originalError: error })] };
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Types that another subgraph resolves by key, and may resolve to null: the thing is gone, or not this viewer's to see. */
function entityTypes(executable: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of parse(executable, { noLocation: true }).definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    const hasKey = node.directives?.some((directive) => directive.name.value === 'join__type' && directive.arguments?.some((argument) => argument.name.value === 'key'));
    if (hasKey) names.add(node.name.value);
  }
  return names;
}

const MISSING_FIELD = /^Cannot return null for non-nullable field (\w+)\.\w+\.$/;

/**
 * A null where the schema has none allowed is a fault; the Apollo gateway files it under extensions, where no client looks.
 * An entity that its subgraph answered with null looks the same to it and is no fault: the reference is null, without an
 * error. A null that a subgraph itself must not give is reported by that subgraph. The gateway names the type in the text only.
 */
function withVisibleFaults(executor: GatewayExecutor, entities: ReadonlySet<string>): GatewayExecutor {
  return async (requestContext) => {
    const result = await executor(requestContext);
    const { valueCompletion, ...extensions } = result.extensions ?? {};
    if (!Array.isArray(valueCompletion)) return result;
    const faults = (valueCompletion as GraphQLError[]).filter((error) => !entities.has(MISSING_FIELD.exec(error.message)?.[1] ?? ''));
    const errors = faults.map(
      (error) => new GraphQLError(error.message, { ...(error.path ? { path: error.path } : {}), originalError: new AppError('INTERNAL', error.message) }),
    );
    const { errors: known = [], ...rest } = result;
    const all = [...known, ...errors];
    const hasExtensions = Object.keys(extensions).length > 0;
    return { data: rest.data ?? null, ...(all.length > 0 ? { errors: all } : {}), ...(hasExtensions ? { extensions } : {}) };
  };
}

function createDataSource(name: SubgraphName, place: Subgraph | string | undefined, options: GatewayOptions): GraphQLDataSource & { close?(): void } {
  if (place === undefined) throw new AppError('CONFIGURATION', `no place was given for the subgraph ${name}`);
  if (typeof place !== 'string') return createInProcessDataSource(place, options.log);
  if (options.viewerKey === undefined) throw new AppError('CONFIGURATION', `the subgraph ${name} is behind a URL, which needs the key that signs viewers`);
  return createHttpDataSource({ name, url: place, viewerKey: options.viewerKey });
}

/**
 * The Apollo gateway reports its host to its makers, and asks cloud metadata services where it runs, unless this variable
 * is set when it is constructed; it has no option for it. Set here, so that no caller can forget it.
 */
async function createApolloGateway(config: ConstructorParameters<typeof ApolloGateway>[0]): Promise<ApolloGateway> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
  // Loaded when it is asked for: with what it reports by it is a third of all code.
  const apollo = await import('@apollo/gateway');
  return new apollo.ApolloGateway(config);
}

type Sources = Map<string, GraphQLDataSource & { close?(): void }>;
type Loaded = { readonly schema: GraphQLSchema; readonly executor: GatewayExecutor };

/** The part of a gateway that differs by executor. */
interface Engine {
  onSchemaLoadOrUpdate: GatewayInterface['onSchemaLoadOrUpdate'];
  load(): Promise<Loaded>;
  stop(): Promise<void>;
}

function createApolloEngine(supergraph: Supergraph, entities: ReadonlySet<string>, sourceOf: (name: string) => GraphQLDataSource, log: Log): Engine {
  const listeners = new Set<Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0]>();
  let apollo: ApolloGateway | undefined;
  return {
    onSchemaLoadOrUpdate(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    async load() {
      apollo = await createApolloGateway({
        supergraphSdl: supergraph.executable,
        logger: {
          debug: () => undefined,
          info: () => undefined,
          warn: (message) => log.warn({ gateway: String(message) }, 'gateway warning'),
          error: (message) => log.error({ gateway: String(message) }, 'gateway error'),
        },
        buildService: ({ name }) => sourceOf(name),
      });
      apollo.onSchemaLoadOrUpdate((told) => listeners.forEach((listener) => listener(told)));
      // No credentials are handed on: the gateway must not call home.
      const { schema, executor } = await apollo.load({ apollo: {} });
      return { schema, executor: withVisibleFaults(executor, entities) };
    },
    stop: async () => apollo?.stop(),
  };
}

function createCompiledEngine(supergraph: Supergraph, entities: ReadonlySet<string>, sourceOf: (name: string) => GraphQLDataSource): Engine {
  const listeners = new Set<Parameters<GatewayInterface['onSchemaLoadOrUpdate']>[0]>();
  return {
    onSchemaLoadOrUpdate(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    async load() {
      const loaded = createCompiledExecutor({ supergraphSdl: supergraph.executable, entities, sourceOf });
      for (const listener of listeners) listener({ apiSchema: loaded.schema, coreSupergraphSdl: supergraph.executable });
      return loaded;
    },
    stop: async () => undefined,
  };
}

/** Creates the gateway. Loading it (Apollo Server does) runs the self-test and fails when a protected field is open. */
export function createGateway(options: GatewayOptions): GatewayInterface {
  const supergraph = options.supergraph ?? readSupergraph();
  const enforce = options.enforce ?? authorize;
  const sources: Sources = new Map();
  const sourceOf = (name: string): GraphQLDataSource => {
    const source = sources.get(name) ?? createDataSource(name as SubgraphName, options.subgraphs[name as SubgraphName], options);
    sources.set(name, source);
    return source;
  };
  const entities = entityTypes(supergraph.executable);
  const engine = options.executor === 'apollo' ? createApolloEngine(supergraph, entities, sourceOf, options.log) : createCompiledEngine(supergraph, entities, sourceOf);
  const wrap = (executor: GatewayExecutor): GatewayExecutor => enforce(executor, supergraph.protectedFields);
  return {
    onSchemaLoadOrUpdate: (callback) => engine.onSchemaLoadOrUpdate(callback),
    async load() {
      const { schema, executor } = await engine.load();
      await bootSelfTest(schema, supergraph.authority, wrap);
      return { executor: wrap(withDeadline(executor)) };
    },
    async stop() {
      await engine.stop();
      for (const source of sources.values()) source.close?.();
    },
  };
}
