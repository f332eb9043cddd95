// Bounds on what one request may ask. Tokens are counted before parsing, the rest after validation; page cost needs the
// variables. All bounds are configurable; the message names the bound and what came.
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  Lexer,
  Source,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { requestError } from './errors.js';

export interface Limits {
  /** Levels of nested fields; the standard introspection query has 15. */
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly tokens: number;
  /**
   * Items that the pages of one operation can hold together, and the weights of costly fields. Lets 20 aliases of 100
   * items with 100 items each pass (202,000), and refuses three nested pages of 100.
   */
  readonly nodes: number;
  readonly bodyBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  depth: 15,
  aliases: 60,
  rootFields: 20,
  tokens: 6000,
  nodes: 250_000,
  bodyBytes: 1024 * 1024,
};

/** What @cost and @listSize say of a field. `sizedFields` are the connection's fields that hold the list. */
export interface FieldCost {
  readonly weight?: number;
  readonly assumedSize?: number;
  readonly defaultSize?: number;
  readonly slicingArguments?: readonly string[];
  readonly sizedFields?: readonly string[];
}
export type FieldCosts = Readonly<Record<string, FieldCost>>;

function exceeded(limit: keyof Limits, maximum: number, value: number, what: string): GraphQLError {
  return requestError('LIMIT_EXCEEDED', `${what}: at most ${maximum} allowed, got ${value}`, { limit, maximum, value });
}

/** Throws LIMIT_EXCEEDED when a document has more tokens than allowed. Syntax errors are left to the parser. */
export function checkTokens(text: string, limits: Limits): void {
  if (text.length <= limits.tokens) return;
  const lexer = new Lexer(new Source(text));
  let count = 0;
  try {
    while (lexer.advance().kind !== '<EOF>') {
      count += 1;
      if (count > limits.tokens) break;
    }
  } catch {
    return;
  }
  if (count > limits.tokens) throw exceeded('tokens', limits.tokens, count, 'The document has too many tokens');
}

/** How much of each bound an operation uses. */
export interface Usage {
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly nodes: number;
}

interface Sized {
  readonly fields: readonly string[];
  readonly size: number;
}

/** The size of a list that a field's arguments ask for; 0 when it is not known to be a list. */
function pageSize(cost: FieldCost, field: FieldNode, variable: (name: string) => unknown): number {
  for (const name of cost.slicingArguments ?? []) {
    const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
    const given = value?.kind === Kind.INT ? Number(value.value) : value?.kind === Kind.VARIABLE ? variable(value.name.value) : undefined;
    if (typeof given === 'number') return Math.max(0, given);
  }
  return cost.defaultSize ?? cost.assumedSize ?? (cost.slicingArguments ? 1 : 0);
}

const NOTHING: Usage = { depth: 0, aliases: 0, rootFields: 0, nodes: 0 };

/** A measure of one operation that remembers what it measured: of its variables only numbers can be sizes of pages, and clients ask for few. */
export function createMeasure(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, costs: FieldCosts): (variables: Readonly<Record<string, unknown>>) => Usage {
  const names = (operation.variableDefinitions ?? []).map((node) => node.variable.name.value);
  const known = new Map<string, Usage>();
  return (variables) => {
    let key = '';
    for (const name of names) {
      const value = variables[name];
      key += `${!Object.hasOwn(variables, name) ? 'default' : typeof value === 'number' ? value : 'none'} `;
    }
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const usage = measure(schema, document, operation, variables, costs);
    if (known.size >= REMEMBERED_SIZES) known.clear();
    known.set(key, usage);
    return usage;
  };
}

/** Combinations of sizes that are remembered of one operation. */
const REMEMBERED_SIZES = 20;

/** Measures one operation of a valid document. Linear in the document: fragments are measured once each way of reaching them. */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  costs: FieldCosts,
): Usage {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const variable = (name: string): unknown => {
    if (Object.hasOwn(variables, name)) return variables[name];
    const fallback = operation.variableDefinitions?.find((node) => node.variable.name.value === name)?.defaultValue;
    return fallback?.kind === Kind.INT ? Number(fallback.value) : undefined;
  };
  const memo = new Map<string, Usage>();

  function measureField(field: FieldNode, parent: GraphQLNamedType | undefined, sized: Sized | null): Usage {
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
    const type = definition && getNamedType(definition.type);
    const cost = parent === undefined ? {} : (costs[`${parent.name}.${field.name.value}`] ?? {});
    const size = pageSize(cost, field, variable);
    const ownItems = sized?.fields.includes(field.name.value) === true ? sized.size : cost.sizedFields ? 1 : Math.max(1, size);
    const below = cost.sizedFields ? { fields: cost.sizedFields, size } : null;
    const inner = field.selectionSet && isCompositeType(type) ? measureSet(field.selectionSet, type, below) : NOTHING;
    // Items of plain lists and single objects come with their parent; only pages and named weights count.
    const counted = sized?.fields.includes(field.name.value) === true || (size > 0 && !cost.sizedFields) ? ownItems : 0;
    return {
      depth: 1 + inner.depth,
      aliases: (field.alias === undefined ? 0 : 1) + inner.aliases,
      rootFields: 1,
      nodes: counted + (cost.weight ?? 0) + ownItems * inner.nodes,
    };
  }

  function measureFragment(name: string, sized: Sized | null): Usage {
    const key = `${name} ${sized === null ? '' : `${sized.size} ${sized.fields.join()}`}`;
    const known = memo.get(key);
    if (known) return known;
    const fragment = fragments.get(name);
    memo.set(key, NOTHING);
    const usage = fragment ? measureSet(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value), sized) : NOTHING;
    memo.set(key, usage);
    return usage;
  }

  function measureSet(set: SelectionSetNode, parent: GraphQLNamedType | undefined, sized: Sized | null): Usage {
    let { depth, aliases, rootFields, nodes } = NOTHING;
    for (const selection of set.selections) {
      const usage =
        selection.kind === Kind.FIELD
          ? measureField(selection, parent, sized)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? measureFragment(selection.name.value, sized)
            : measureSet(
                selection.selectionSet,
                selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : parent,
                sized,
              );
      depth = Math.max(depth, usage.depth);
      aliases += usage.aliases;
      rootFields += usage.rootFields;
      nodes += usage.nodes;
    }
    return { depth, aliases, rootFields, nodes };
  }

  const root = schema.getRootType(operation.operation);
  return measureSet(operation.selectionSet, root ? getNullableType(root) : undefined, null);
}

const BOUNDS = [
  ['depth', 'The document is nested too deep'],
  ['aliases', 'The document has too many aliases'],
  ['rootFields', 'The operation has too many root fields'],
  ['nodes', 'The pages asked for can hold too many items together; ask for smaller pages'],
] as const;

/** Throws LIMIT_EXCEEDED, naming the first bound that an operation's usage is over. */
export function checkUsage(usage: Usage, limits: Limits): void {
  for (const [limit, what] of BOUNDS) {
    if (usage[limit] > limits[limit]) throw exceeded(limit, limits[limit], usage[limit], what);
  }
}
