// Turns a subscription into the query that answers it: the gateway's planner has no subscriptions, so each time there is news the
// query is planned and run like any other, behind the same authorization and limits. Pure; called by live/server.ts.
import { Kind, parse, print, type DocumentNode, type FieldNode, type GraphQLError, type OperationDefinitionNode } from 'graphql';
import { requestError } from '../errors.js';

/** Subscriptions and the field of Query that tells the same; `argument` names the global id of what is followed. */
export const LIVE_FIELDS: Readonly<Record<string, { readonly query: string; readonly argument: string }>> = {
  extensionOperationProgress: { query: 'extensionOperation', argument: 'id' },
};

export interface LiveRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface LivePlan {
  readonly field: string;
  /** The global id of what is followed. */
  readonly id: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The query of a subscription. Throws a GraphQLError for what is none, or cannot be followed. */
export function planSubscription(request: LiveRequest, maxTokens: number): LivePlan {
  const document = parse(request.query, { maxTokens });
  const operation = chooseOperation(document, request.operationName ?? null);
  const [field, ...others] = operation.selectionSet.selections;
  if (operation.operation !== 'subscription') throw refused('only subscriptions are answered here; send queries and mutations to /graphql');
  if (field?.kind !== Kind.FIELD || others.length > 0) throw refused('a subscription selects one field, and no fragment around it');
  const live = LIVE_FIELDS[field.name.value];
  if (!live) throw refused(`nothing tells of ${field.name.value}; there are ${Object.keys(LIVE_FIELDS).join(', ')}`);
  const variables = request.variables ?? {};
  const id = argumentOf(field, live.argument, variables);
  if (typeof id !== 'string') throw refused(`${field.name.value} takes the argument ${live.argument}, an id`);
  const query: OperationDefinitionNode = {
    ...operation, operation: 'query' as OperationDefinitionNode['operation'],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [{ ...field, name: { kind: Kind.NAME, value: live.query }, alias: field.alias ?? { kind: Kind.NAME, value: field.name.value } }] },
  };
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return { field: field.name.value, id, query: print({ kind: Kind.DOCUMENT, definitions: [query, ...fragments] }), variables };
}

function chooseOperation(document: DocumentNode, name: string | null): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const chosen = name === null && operations.length === 1 ? operations[0] : operations.find((operation) => operation.name?.value === name);
  if (!chosen) throw refused('operationName must name one of the operations of the document');
  return chosen;
}

function argumentOf(field: FieldNode, name: string, variables: Readonly<Record<string, unknown>>): unknown {
  const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.STRING) return value.value;
  return value?.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
}

function refused(message: string): GraphQLError {
  return requestError('BAD_REQUEST', message);
}
