// The same resolvers as one schema without federation: the peer of bench/operations.ts. A field of a type that several
// subgraphs share is resolved on the parent of the subgraph that owns the field; when the parent came from another, the owner's
// __resolveReference is asked once a parent, in process, as the gateway would ask it in a fetch of its own.
import {
  defaultFieldResolver, defaultTypeResolver, getNamedType, isAbstractType, isObjectType, isScalarType,
  type GraphQLField, type GraphQLFieldResolver, type GraphQLObjectType, type GraphQLResolveInfo, type GraphQLSchema,
} from 'graphql';
import type { GatewayContext } from '../../gateway/context.js';
import { SUBGRAPH_NAMES, type Subgraph, type SubgraphName } from '../../subgraphs/shared/context.js';
import { mergeSchemas } from './merge.js';

/** A thing with the subgraph whose resolvers made it, and what the others' references resolved to. */
interface Held {
  readonly home: Subgraph;
  readonly value: object;
  readonly elsewhere: Map<Subgraph, unknown>;
}

type Resolve = GraphQLFieldResolver<unknown, GatewayContext>;
type ResolveReference = (reference: { readonly __typename: string; readonly id: unknown }, context: object, info: GraphQLResolveInfo) => unknown;

/** Builds the executable schema; its context value is the gateway's. */
export function createOneSchema(subgraphs: Readonly<Record<SubgraphName, Subgraph>>): GraphQLSchema {
  // `site` is in all of them; its owner goes first.
  const all = [subgraphs.settings, ...SUBGRAPH_NAMES.filter((name) => name !== 'settings').map((name) => subgraphs[name])];
  const schema = mergeSchemas();
  const held = findHeldTypes(schema, all);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    const homes = all.filter((subgraph) => subgraph.schema.getType(type.name) !== undefined);
    if (isScalarType(type)) Object.assign(type, pick(homes[0]?.schema.getType(type.name), ['serialize', 'parseValue', 'parseLiteral']));
    if (isAbstractType(type) && held.has(type.name)) type.resolveType = (value, context, info) => typeOf(value as Held, context as GatewayContext, info);
    else if (isAbstractType(type)) Object.assign(type, pick(homes[0]?.schema.getType(type.name), ['resolveType']));
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const owners = homes.filter((subgraph) => ownField(subgraph, type.name, field.name) !== undefined);
      const returnsHeld = held.has(getNamedType(field.type).name);
      const resolve = held.has(type.name) ? resolveHeld(field.name, owners) : resolvePlain(type, field, owners);
      if (resolve !== undefined || returnsHeld) field.resolve = returnsHeld ? holding(resolve, owners) : (resolve as Resolve);
    }
  }
  return schema;
}

/** Types whose values must be held: those that several subgraphs resolve, and what is reached by one name with them. */
function findHeldTypes(schema: GraphQLSchema, all: readonly Subgraph[]): ReadonlySet<string> {
  const roots = new Set([schema.getQueryType()?.name, schema.getMutationType()?.name]);
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !roots.has(type.name));
  const held = new Set<string>();
  for (let before = -1; before !== held.size; ) {
    before = held.size;
    for (const type of types) {
      if (isAbstractType(type)) {
        const possible = schema.getPossibleTypes(type);
        if (held.has(type.name)) for (const one of possible) held.add(one.name);
        else if (possible.some((one) => held.has(one.name))) held.add(type.name);
      } else if (isObjectType(type) && all.filter((subgraph) => subgraph.schema.getType(type.name)).length > 1) {
        const isResolved = (field: GraphQLField<unknown, unknown>) => all.some((subgraph) => ownField(subgraph, type.name, field.name)?.resolve !== undefined);
        const fields = Object.values(type.getFields());
        const isEntity = all.some((subgraph) => referenceResolver(subgraph, type.name) !== undefined);
        if (isEntity || fields.some((field) => isResolved(field) || held.has(getNamedType(field.type).name))) held.add(type.name);
      }
    }
  }
  return held;
}

/** A field of a type that is not held: of one subgraph, or a root field, which its first owner answers. */
function resolvePlain(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, owners: readonly Subgraph[]): Resolve | undefined {
  const owner = owners[0];
  const own = owner && ownField(owner, type.name, field.name)?.resolve;
  if (owner === undefined || own === undefined) return undefined;
  return (source, args, context, info) => own(source, args, contextOf(context, owner), info);
}

function resolveHeld(name: string, owners: readonly Subgraph[]): (source: unknown, args: Record<string, unknown>, context: GatewayContext, info: GraphQLResolveInfo) => unknown {
  const call = (owner: Subgraph, value: unknown, args: Record<string, unknown>, context: GatewayContext, info: GraphQLResolveInfo): unknown =>
    value === null || value === undefined ? null : (ownField(owner, info.parentType.name, name)?.resolve ?? defaultFieldResolver)(value, args, contextOf(context, owner), info);
  return (source, args, context, info) => {
    const parent = source as Held;
    const owner = owners.includes(parent.home) ? parent.home : (owners[0] as Subgraph);
    if (owner === parent.home) return call(owner, parent.value, args, context, info);
    const reference = referTo(parent, owner, context, info);
    return isPromise(reference) ? reference.then((value) => call(owner, value, args, context, info)) : call(owner, reference, args, context, info);
  };
}

function referTo(parent: Held, owner: Subgraph, context: GatewayContext, info: GraphQLResolveInfo): unknown {
  if (parent.elsewhere.has(owner)) return parent.elsewhere.get(owner);
  const type = info.parentType.name;
  const readId = ownField(parent.home, type, 'id')?.resolve;
  const id = readId ? readId(parent.value, {}, contextOf(context, parent.home), info) : (parent.value as { id?: unknown }).id;
  const reference = { __typename: type, id };
  const resolve = referenceResolver(owner, type);
  const found = resolve ? resolve(reference, contextOf(context, owner), info) : reference;
  parent.elsewhere.set(owner, found);
  return found;
}

/** Wraps a resolver whose values are held; the home is the subgraph that answers the field. */
function holding(resolve: Resolve | undefined, owners: readonly Subgraph[]): Resolve {
  const inner = resolve ?? defaultFieldResolver;
  return (source, args, context, info) => {
    const parentHome = isHeld(source) ? source.home : undefined;
    const home = parentHome !== undefined && owners.includes(parentHome) ? parentHome : (owners[0] as Subgraph);
    return hold(inner(source, args, context, info), home);
  };
}

function hold(value: unknown, home: Subgraph): unknown {
  if (isPromise(value)) return value.then((settled) => hold(settled, home));
  if (Array.isArray(value)) return value.map((item) => hold(item, home));
  return typeof value === 'object' && value !== null ? { home, value, elsewhere: new Map() } : value;
}

function typeOf(held: Held, context: GatewayContext, info: GraphQLResolveInfo): string | Promise<string | undefined> | undefined {
  const name = getNamedType(info.returnType).name;
  const type = held.home.schema.getType(name);
  const resolve = isAbstractType(type) ? type.resolveType : undefined;
  return (resolve ?? defaultTypeResolver)(held.value, contextOf(context, held.home), info, type as never);
}

const fieldCache = new WeakMap<Subgraph, Map<string, GraphQLField<unknown, unknown> | undefined>>();

function ownField(subgraph: Subgraph, type: string, field: string): GraphQLField<unknown, unknown> | undefined {
  const cache = fieldCache.get(subgraph) ?? new Map<string, GraphQLField<unknown, unknown> | undefined>();
  fieldCache.set(subgraph, cache);
  const key = `${type}.${field}`;
  if (!cache.has(key)) {
    const found = subgraph.schema.getType(type);
    cache.set(key, isObjectType(found) ? found.getFields()[field] : undefined);
  }
  return cache.get(key);
}

function referenceResolver(subgraph: Subgraph, type: string): ResolveReference | undefined {
  const extensions = subgraph.schema.getType(type)?.extensions as { apollo?: { subgraph?: { resolveReference?: ResolveReference } } } | undefined;
  return extensions?.apollo?.subgraph?.resolveReference;
}

function contextOf(context: GatewayContext, subgraph: Subgraph): object {
  let own = context.subgraphContexts.get(subgraph);
  if (own === undefined) {
    own = subgraph.createContext(context.request);
    context.subgraphContexts.set(subgraph, own);
  }
  return own;
}

function pick(from: unknown, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, (from as Record<string, unknown> | undefined)?.[name]]));
}

const isPromise = (value: unknown): value is Promise<unknown> => typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
const isHeld = (value: unknown): value is Held => typeof value === 'object' && value !== null && 'elsewhere' in value;
