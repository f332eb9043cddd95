// Shapes what fetches brought together into the client's answer: the fields that were asked for, in their order, without what only
// the plan needed; nulls rise to the nearest field that may be null. Compiled once a document, a type at a time as types are met.
import {
  getNullableType, isCompositeType, isInterfaceType, isListType, isNonNullType, isObjectType, Kind, SchemaMetaFieldDef, TypeMetaFieldDef,
  type FieldNode, type GraphQLCompositeType, type GraphQLEnumType, type GraphQLNamedType, type GraphQLOutputType, type GraphQLScalarType, type SelectionSetNode,
} from 'graphql';
import { isAnswerObject, put, reader, type AnswerObject } from './answer-data.js';
import { collectFields, type Collection } from './collect-fields.js';
import { leafTest } from './leaves.js';

/** A null that the schema does not allow, or a value that is none of its type. */
export interface ShapeFault {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/** What one answer is shaped with; `path` is where the walk is. */
export interface Shaping {
  readonly path: (string | number)[];
  readonly faults: ShapeFault[];
  /** Answers __schema and __type. */
  readonly introspect: (field: FieldNode) => unknown;
}

/** Stands for null below which a fault was told already. */
const NULLED = Symbol('nulled');
/** Stands for a null that its parent must take over. */
const RISES = Symbol('rises');
type Complete = (value: unknown, depth: number, shaping: Shaping) => unknown;

export interface ShapeOptions extends Collection {
  /** Types that a subgraph resolves by key: one that is gone, or not this viewer's to see, is null without a fault. */
  readonly entities: ReadonlySet<string>;
}

/** Compiles the shape of an operation's answer; null when its root itself cannot be answered. */
export function compileShape(options: ShapeOptions, root: GraphQLNamedType, selectionSet: SelectionSetNode): (data: AnswerObject, shaping: Shaping) => AnswerObject | null {
  const complete = compileObject(options, root as GraphQLCompositeType, [selectionSet], 'the root');
  return (data, shaping) => {
    const value = complete(data, 0, shaping);
    return typeof value === 'symbol' ? null : (value as AnswerObject);
  };
}

function compileType(options: ShapeOptions, type: GraphQLOutputType, sets: readonly SelectionSetNode[], place: string, owner: string): Complete {
  if (isNonNullType(type)) {
    const complete = compileType(options, type.ofType, sets, place, owner);
    const isExpected = options.entities.has(owner);
    const message = `Cannot return null for non-nullable ${place}.`;
    return (value, depth, shaping) => {
      const completed = complete(value, depth, shaping);
      if (completed === null && !isExpected) shaping.faults.push({ message, path: shaping.path.slice(0, depth) });
      return completed === null || completed === NULLED ? RISES : completed;
    };
  }
  if (isListType(type)) return compileList(compileType(options, type.ofType, sets, `item of ${place}`, ''), place);
  const named = getNullableType(type);
  return isCompositeType(named) ? compileObject(options, named, sets, place) : compileLeaf(named as GraphQLScalarType | GraphQLEnumType, place);
}

function compileLeaf(type: GraphQLScalarType | GraphQLEnumType, place: string): Complete {
  const isValid = leafTest(type);
  return (value, depth, shaping) => {
    if (value === null || value === undefined) return null;
    return isValid(value) ? value : fault(shaping, depth, `Invalid value found for ${place}.`);
  };
}

function compileList(complete: Complete, place: string): Complete {
  return (value, depth, shaping) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return fault(shaping, depth, `Expected a list for ${place}.`);
    const list: unknown[] = [];
    let rises = false;
    for (let index = 0; index < value.length; index += 1) {
      shaping.path[depth] = index;
      const item = complete(value[index], depth + 1, shaping);
      rises ||= item === RISES;
      list.push(item === NULLED ? null : item);
    }
    return rises ? NULLED : list;
  };
}

interface ShapedField {
  readonly key: string;
  readonly read: (from: AnswerObject) => unknown;
  readonly complete: Complete;
}

type ShapeObject = (value: AnswerObject, depth: number, shaping: Shaping) => unknown;

function compileObject(options: ShapeOptions, type: GraphQLCompositeType, sets: readonly SelectionSetNode[], place: string): Complete {
  if (isObjectType(type)) {
    let shape: ShapeObject | undefined;
    return (value, depth, shaping) => {
      if (value === null || value === undefined) return null;
      if (!isAnswerObject(value)) return fault(shaping, depth, `Expected an object for ${place}.`);
      return (shape ??= compileFields(options, type, sets))(value, depth, shaping);
    };
  }
  const shapes = new Map<unknown, ShapeObject | null>();
  return (value, depth, shaping) => {
    if (value === null || value === undefined) return null;
    if (!isAnswerObject(value)) return fault(shaping, depth, `Expected an object for ${place}.`);
    const typename = value['__typename'];
    let shape = shapes.get(typename);
    if (shape === undefined) {
      const concrete = concreteType(options, type, typename);
      shape = concrete === null ? null : compileFields(options, concrete, sets);
      // Only names of the schema are remembered; a subgraph could make up any number of others.
      if (shape !== null) shapes.set(typename, shape);
    }
    return shape === null ? fault(shaping, depth, `Invalid __typename found for object at ${place}.`) : shape(value, depth, shaping);
  };
}

/** The type that an object says it has. An interface object is told by the interface's own name; one without a name is that, too. */
function concreteType({ schema }: ShapeOptions, type: GraphQLCompositeType, typename: unknown): GraphQLCompositeType | null {
  if (typename === undefined || typename === type.name) return type;
  const named = typeof typename === 'string' ? schema.getType(typename) : undefined;
  if (!isObjectType(named) && !isInterfaceType(named)) return null;
  return isObjectType(type) || !schema.isSubType(type, named) ? null : named;
}

function compileFields(options: ShapeOptions, type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): ShapeObject {
  const fields: ShapedField[] = [];
  for (const [key, nodes] of collectFields(options, sets, type)) {
    const field = compileField(options, type, key, nodes);
    if (field) fields.push(field);
  }
  const isPlain = fields.every((field) => field.key !== '__proto__');
  return (value, depth, shaping) => {
    const shaped: AnswerObject = {};
    for (const { key, read, complete } of fields) {
      shaping.path[depth] = key;
      const completed = complete(read(value), depth + 1, shaping);
      if (completed === RISES) return NULLED;
      const told = completed === NULLED ? null : completed;
      if (isPlain) shaped[key] = told;
      else put(shaped, key, told);
    }
    return shaped;
  };
}

function compileField(options: ShapeOptions, type: GraphQLCompositeType, key: string, nodes: readonly FieldNode[]): ShapedField | null {
  const node = nodes[0] as FieldNode;
  const name = node.name.value;
  const nothing = (): undefined => undefined;
  if (name === '__typename') {
    const typename = type.name;
    // An interface's name is no type that an object has: what answers it did not say which it is.
    return { key, read: nothing, complete: isObjectType(type) ? () => typename : () => RISES };
  }
  if (name === SchemaMetaFieldDef.name || name === TypeMetaFieldDef.name) {
    const merged: FieldNode = { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes.flatMap((one) => one.selectionSet?.selections ?? []) } };
    return { key, read: nothing, complete: (_value, _depth, { introspect }) => introspect(merged) };
  }
  const field = 'getFields' in type ? type.getFields()[name] : undefined;
  if (field === undefined) return null;
  const sets = nodes.flatMap((one) => one.selectionSet ?? []);
  return { key, read: reader(key), complete: compileType(options, field.type, sets, `field ${type.name}.${name}`, type.name) };
}

function fault(shaping: Shaping, depth: number, message: string): typeof NULLED {
  shaping.faults.push({ message, path: shaping.path.slice(0, depth) });
  return NULLED;
}
