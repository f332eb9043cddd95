// A document compiled: its plan, the shapes of its answer, and what its variables decide. Made by executor.ts, kept while it is used.
import { Kind, executeSync, getVariableValues, GraphQLError, type DocumentNode, type FieldNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { createBoundedCache } from './bounded-cache.js';
import { conditionNames, fragmentsOf } from './collect-fields.js';
import type { AnswerObject } from './answer-data.js';
import { compileShape, type ShapeFault } from './shape.js';
import type { Run } from './execution.js';

/** Combinations of the values of a document's conditions whose shape is kept; a document with three has eight. */
const SHAPES_MAX = 16;

export interface CompiledDocument {
  readonly run: Run;
  /** Checks the client's variables; the errors when they are not what the operation declares. */
  readVariables(variables: Readonly<Record<string, unknown>>): { readonly errors: readonly GraphQLError[] } | { readonly conditions: Readonly<Record<string, boolean>> };
  /** Shapes what the plan's run brought together. */
  shape(data: AnswerObject, conditions: Readonly<Record<string, boolean>>, variables: Readonly<Record<string, unknown>>): { readonly data: AnswerObject | null; readonly faults: readonly ShapeFault[] };
}

export interface DocumentParts {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly entities: ReadonlySet<string>;
  readonly run: Run;
}

/** Compiles one operation of a valid document around its plan. */
export function compileDocument({ schema, document, operation, entities, run }: DocumentParts): CompiledDocument {
  const fragments = fragmentsOf(document);
  const names = conditionNames(operation, fragments);
  const declared = operation.variableDefinitions ?? [];
  const root = schema.getRootType(operation.operation);
  if (!root) throw new GraphQLError(`the graph has no ${operation.operation}`);
  const shapes = createBoundedCache<ReturnType<typeof compileShape>>(SHAPES_MAX);

  const introspect = (variables: Readonly<Record<string, unknown>>) => (field: FieldNode): unknown => {
    const definitions = [{ ...operation, selectionSet: { kind: Kind.SELECTION_SET as const, selections: [field] } }, ...fragments.values()];
    const { data, errors } = executeSync({ schema, document: { kind: Kind.DOCUMENT, definitions }, variableValues: variables, rootValue: {} });
    if (errors && errors.length > 0) throw errors[0];
    return data?.[field.alias?.value ?? field.name.value] ?? null;
  };

  return {
    run,
    readVariables(variables) {
      if (declared.length === 0) return { conditions: {} };
      const { coerced, errors } = getVariableValues(schema, declared, variables);
      if (coerced === undefined) return { errors };
      const conditions: Record<string, boolean> = {};
      for (const name of names) {
        const value = coerced[name];
        if (typeof value !== 'boolean') return { errors: [new GraphQLError(`the variable $${name} decides about @skip or @include; expected true or false, got ${String(value)}`)] };
        conditions[name] = value;
      }
      return { conditions };
    },
    shape(data, conditions, variables) {
      const key = names.map((name) => (conditions[name] === true ? '1' : '0')).join('');
      let shape = shapes.get(key);
      if (shape === undefined) shapes.set(key, (shape = compileShape({ schema, fragments, conditions, entities }, root, operation.selectionSet)));
      const faults: ShapeFault[] = [];
      return { data: shape(data, { path: [], faults, introspect: introspect(variables) }), faults };
    },
  };
}
