// Which fields of an operation apply to an object of a type, with fragments opened and @skip and @include decided. As the
// specification's CollectFields; done when a shape is compiled, not at each object.
import { isAbstractType, Kind, type DirectiveNode, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLNamedType, type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

/** What fields are collected with. */
export interface Collection {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly conditions: Readonly<Record<string, boolean>>;
}

/** The fragments of a document, by name. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  return fragments;
}

/** The names of the variables that decide about @skip and @include in an operation and its fragments. */
export function conditionNames(operation: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): string[] {
  const names = new Set<string>();
  const seen = new Set<string>();
  const visit = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      for (const directive of selection.directives ?? []) {
        const value = isCondition(directive) ? directive.arguments?.[0]?.value : undefined;
        if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment === undefined || seen.has(selection.name.value)) continue;
        seen.add(selection.name.value);
        visit(fragment.selectionSet);
      } else if (selection.selectionSet) visit(selection.selectionSet);
    }
  };
  visit(operation.selectionSet);
  return [...names].sort();
}

const isCondition = (directive: DirectiveNode): boolean => directive.name.value === 'skip' || directive.name.value === 'include';

/** Collects the fields of selection sets for one type, by the key under which they are answered, in the order of the document. */
export function collectFields(collection: Collection, sets: readonly SelectionSetNode[], type: GraphQLNamedType): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  for (const set of sets) collectSet(collection, set, type, fields, seen);
  return fields;
}

function collectSet(collection: Collection, set: SelectionSetNode, type: GraphQLNamedType, fields: Map<string, FieldNode[]>, seen: Set<string>): void {
  for (const selection of set.selections) {
    if (!isIncluded(selection.directives ?? [], collection.conditions)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const known = fields.get(key);
      if (known) known.push(selection);
      else fields.set(key, [selection]);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (applies(collection.schema, selection.typeCondition?.name.value, type)) collectSet(collection, selection.selectionSet, type, fields, seen);
    } else {
      const fragment = collection.fragments.get(selection.name.value);
      if (fragment === undefined || seen.has(selection.name.value)) continue;
      seen.add(selection.name.value);
      if (applies(collection.schema, fragment.typeCondition.name.value, type)) collectSet(collection, fragment.selectionSet, type, fields, seen);
    }
  }
}

function isIncluded(directives: readonly DirectiveNode[], conditions: Readonly<Record<string, boolean>>): boolean {
  return directives.filter(isCondition).every((directive) => {
    const value = directive.arguments?.[0]?.value;
    const holds = value?.kind === Kind.BOOLEAN ? value.value : value?.kind === Kind.VARIABLE && conditions[value.name.value] === true;
    return holds === (directive.name.value === 'include');
  });
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLNamedType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditional = schema.getType(condition);
  return isAbstractType(conditional) && 'getInterfaces' in type && schema.isSubType(conditional, type);
}
