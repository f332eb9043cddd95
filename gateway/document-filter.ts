// Takes the fields that a viewer is not granted out of an operation before it is planned. Each becomes an aliased
// `__typename`, which every object answers without touching the field, so that type conditions, lists, @skip and empty
// selections keep working; denials.ts turns the answers into nulls. Pure.
import { randomBytes } from 'node:crypto';
import {
  getNamedType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { ProtectedFields } from './demands.js';

/** One denied field of an operation: the key it was asked under and its coordinate. */
export interface Denial {
  readonly responseKey: string;
  readonly coordinate: string;
}

export interface FilteredOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Names of the variables that are still used. */
  readonly variables: ReadonlySet<string>;
  /** Denials by the response key of the placeholder that stands for them. */
  readonly denials: ReadonlyMap<string, Denial>;
}

// Unguessable, so that neither a client's alias nor a key inside a JSON value can be taken for a placeholder.
const PLACEHOLDER = `denied_${randomBytes(8).toString('hex')}_`;

function reachableFragments(document: DocumentNode, operation: OperationDefinitionNode): FragmentDefinitionNode[] {
  const byName = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) byName.set(node.name.value, node);
  const reached = new Set<FragmentDefinitionNode>();
  const pending: (OperationDefinitionNode | FragmentDefinitionNode)[] = [operation];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next, {
      FragmentSpread(spread) {
        const fragment = byName.get(spread.name.value);
        if (fragment === undefined || reached.has(fragment)) return;
        reached.add(fragment);
        pending.push(fragment);
      },
    });
  }
  return document.definitions.filter((node): node is FragmentDefinitionNode => reached.has(node as FragmentDefinitionNode));
}

function usedVariables(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable(node) {
      names.add(node.name.value);
    },
  });
  return names;
}

/**
 * Filters one operation of a valid document. `isGranted` is asked once for each use of a protected coordinate. Returns
 * null when nothing is denied. A field selected on an interface is denied when any implementation's field would be.
 */
export function filterOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  protectedFields: ProtectedFields,
  isGranted: (coordinate: string) => boolean,
): FilteredOperation | null {
  const denials = new Map<string, Denial>();
  const placeholders = new Map<string, string>();
  const typeInfo = new TypeInfo(schema);
  const single: DocumentNode = { ...document, definitions: [operation, ...reachableFragments(document, operation)] };
  const filtered = visit(
    single,
    visitWithTypeInfo(typeInfo, {
      Field(field): FieldNode | undefined {
        const parent = typeInfo.getParentType();
        if (!parent) return undefined;
        const coordinate = `${getNamedType(parent).name}.${field.name.value}`;
        if (!Object.hasOwn(protectedFields, coordinate) || isGranted(coordinate)) return undefined;
        const responseKey = field.alias?.value ?? field.name.value;
        const key = `${responseKey} ${coordinate}`;
        const alias = placeholders.get(key) ?? `${PLACEHOLDER}${placeholders.size}`;
        placeholders.set(key, alias);
        denials.set(alias, { responseKey, coordinate });
        return {
          kind: Kind.FIELD,
          alias: { kind: Kind.NAME, value: alias },
          name: { kind: Kind.NAME, value: '__typename' },
          ...(field.directives === undefined ? {} : { directives: field.directives }),
        };
      },
    }),
  );
  if (denials.size === 0) return null;
  const left = filtered.definitions[0] as OperationDefinitionNode;
  const reached: DocumentNode = { ...filtered, definitions: [left, ...reachableFragments(filtered, left)] };
  const variables = usedVariables(reached);
  const kept: OperationDefinitionNode = {
    ...left,
    variableDefinitions: (left.variableDefinitions ?? []).filter((node) => variables.has(node.variable.name.value)),
  };
  return { document: { ...reached, definitions: [kept, ...reached.definitions.slice(1)] }, operation: kept, variables, denials };
}
