// Proves at start that enforcement refuses every protected coordinate to a viewer without credentials. The list comes
// from the full supergraph itself, not from the generated table, so a stale or empty table is found too. Nothing is sent
// to a subgraph: the executor under test plans against an answer made up here.
import type { GatewayExecutor, GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { ANONYMOUS } from '../auth/viewer.js';
import { AppError } from '../core/errors.js';
import { createGatewayContext } from './context.js';

/** The protected coordinates of a full supergraph: fields that carry @authenticated or @requiresScopes. */
export function protectedCoordinates(supergraph: DocumentNode): string[] {
  const coordinates: string[] = [];
  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of node.fields ?? []) {
      const names = field.directives?.map((directive) => directive.name.value) ?? [];
      if (names.includes('authenticated') || names.includes('requiresScopes')) coordinates.push(`${node.name.value}.${field.name.value}`);
    }
  }
  return coordinates;
}

type Way = { readonly operation: 'query' | 'mutation' | 'subscription'; readonly steps: readonly string[] };

/** The shortest way from a root type to each composite type that does not lead through an avoided field. */
function findWays(schema: GraphQLSchema, avoided: ReadonlySet<string>): Map<string, Way> {
  const ways = new Map<string, Way>();
  const pending: string[] = [];
  const reach = (type: string, operation: 'query' | 'mutation' | 'subscription', steps: readonly string[]): void => {
    if (ways.has(type)) return;
    ways.set(type, { operation, steps });
    pending.push(type);
  };
  const roots = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() };
  for (const [operation, type] of Object.entries(roots)) if (type) reach(type.name, operation as keyof typeof roots, []);
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const way = ways.get(name);
    const type = schema.getType(name);
    if (way === undefined || !isCompositeType(type)) continue;
    if (!isObjectType(type)) for (const object of schema.getPossibleTypes(type)) reach(object.name, way.operation, [...way.steps, `... on ${object.name}`]);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      if (isCompositeType(target) && !avoided.has(`${name}.${field.name}`)) reach(target.name, way.operation, [...way.steps, field.name]);
    }
  }
  return ways;
}

/** A document that asks for one field plainly, under an alias, in an inline fragment and in a named fragment. */
function probe(typeName: string, field: GraphQLField<unknown, unknown>, way: { readonly operation: string; readonly steps: readonly string[] }): DocumentNode {
  const leaf = isCompositeType(getNamedType(field.type)) ? `${field.name} { __typename }` : field.name;
  const asked = `${leaf} probeA: ${leaf} ... on ${typeName} { probeB: ${leaf} } ...Probe`;
  const opened = way.steps.map((step) => `${step} {`).join(' ');
  return parse(`${way.operation} SelfTest { ${opened} ${asked} ${'}'.repeat(way.steps.length)} } fragment Probe on ${typeName} { probeC: ${leaf} }`);
}

/** Makes up an answer with one object wherever the document selects one. */
function madeUpAnswer(document: DocumentNode): Record<string, unknown> {
  const fragments = new Map(document.definitions.filter((node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION).map((node) => [node.name.value, node]));
  const fill = (set: SelectionSetNode, target: Record<string, unknown>): Record<string, unknown> => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) fill(selection.selectionSet, target);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) fill(fragments.get(selection.name.value)?.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] }, target);
      else {
        const key = selection.alias?.value ?? selection.name.value;
        const known = target[key];
        const child = typeof known === 'object' && known !== null ? (known as Record<string, unknown>) : {};
        target[key] = selection.selectionSet ? fill(selection.selectionSet, child) : 'made up';
      }
    }
    return target;
  };
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION);
  return operation ? fill(operation.selectionSet, {}) : {};
}

function selects(schema: GraphQLSchema, document: DocumentNode, coordinate: string): boolean {
  const typeInfo = new TypeInfo(schema);
  let found = false;
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field(node) {
        if (`${typeInfo.getParentType()?.name}.${node.name.value}` === coordinate) found = true;
      },
    }),
  );
  return found;
}

/** `isGuarded`: every way to the type leads through a protected field, which is then refused in the field's place. */
async function refuses(
  schema: GraphQLSchema,
  document: DocumentNode,
  coordinate: string,
  wrap: (executor: GatewayExecutor) => GatewayExecutor,
  isGuarded: boolean,
): Promise<boolean> {
  let leaked = false;
  const executor = wrap(async ({ document: planned }) => {
    leaked ||= selects(schema, planned, coordinate);
    return { data: madeUpAnswer(planned) };
  });
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const requestContext = {
    schema,
    document,
    operation,
    queryHash: `self-test ${coordinate}`,
    request: { operationName: 'SelfTest', variables: {} },
    context: createGatewayContext(ANONYMOUS, 'self-test', Number.MAX_SAFE_INTEGER),
  } as unknown as GatewayGraphQLRequestContext;
  const result = await executor(requestContext);
  const refused = new Set((result.errors ?? []).filter((error) => ['FORBIDDEN', 'UNAUTHENTICATED'].includes(String(error.extensions['code']))).map((error) => error.path?.at(-1)));
  const field = coordinate.slice(coordinate.indexOf('.') + 1);
  if (isGuarded) return !leaked && refused.size > 0;
  return !leaked && [field, 'probeA', 'probeB', 'probeC'].every((key) => refused.has(key));
}

/**
 * Runs the self-test. `wrap` is the enforcement exactly as the gateway puts it around its executor.
 * @throws AppError CONFIGURATION naming the coordinates that are not refused; the gateway must not start then.
 */
export async function bootSelfTest(schema: GraphQLSchema, supergraphSdl: string, wrap: (executor: GatewayExecutor) => GatewayExecutor): Promise<{ readonly proven: number }> {
  const coordinates = protectedCoordinates(parse(supergraphSdl, { noLocation: true }));
  const openWays = findWays(schema, new Set(coordinates));
  const anyWays = findWays(schema, new Set());
  const leaks: string[] = [];
  let proven = 0;
  for (const coordinate of coordinates) {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
    const openWay = openWays.get(typeName);
    const way = openWay ?? anyWays.get(typeName);
    // A type that no operation reaches cannot leak; one that the executable schema lacks cannot be asked for.
    if (field === undefined || way === undefined) continue;
    if (await refuses(schema, probe(typeName, field, way), coordinate, wrap, openWay === undefined)) proven += 1;
    else leaks.push(coordinate);
  }
  if (leaks.length > 0) {
    throw new AppError('CONFIGURATION', `the gateway would answer protected fields without credentials: ${leaks.join(', ')}; run npm run generate`);
  }
  return { proven };
}
