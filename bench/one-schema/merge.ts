// Merges the SDL of the five subgraphs into one ordinary schema: what somebody who had never heard of federation would have
// written. Definitions of one name become one, with the fields of all; every directive is dropped. It has no resolvers yet.
import { buildASTSchema, Kind, visit, type DefinitionNode, type DocumentNode, type FieldDefinitionNode, type GraphQLSchema } from 'graphql';
import { SUBGRAPH_NAMES } from '../../subgraphs/shared/context.js';
import { readTypeDefs } from '../../subgraphs/shared/subgraph.js';

interface Parts {
  readonly name: { readonly value: string };
  readonly fields?: readonly FieldDefinitionNode[];
  readonly interfaces?: readonly Parts[];
  readonly values?: readonly Parts[];
  readonly types?: readonly Parts[];
}

/** Builds the schema. */
export function mergeSchemas(): GraphQLSchema {
  const definitions = new Map<string, Parts>();
  for (const subgraph of SUBGRAPH_NAMES) {
    for (const definition of withoutDirectives(readTypeDefs(subgraph)).definitions) {
      if (!isTypeDefinition(definition)) continue;
      const part = definition as unknown as Parts;
      const known = definitions.get(part.name.value);
      definitions.set(part.name.value, known === undefined ? part : mergeParts(known, part));
    }
  }
  return buildASTSchema({ kind: Kind.DOCUMENT, definitions: [...definitions.values()] as unknown as DefinitionNode[] });
}

function isTypeDefinition(definition: DefinitionNode): boolean {
  return definition.kind.endsWith('TypeDefinition') || definition.kind.endsWith('TypeExtension');
}

function withoutDirectives(document: DocumentNode): DocumentNode {
  return visit(document, { Directive: () => null }) as DocumentNode;
}

function mergeParts(a: Parts, b: Parts): Parts {
  const lists = ['fields', 'interfaces', 'values', 'types'] as const;
  const merged = lists.filter((list) => a[list] !== undefined || b[list] !== undefined).map((list) => [list, unite(a[list] ?? [], b[list] ?? [])]);
  return { ...a, ...Object.fromEntries(merged) } as Parts;
}

/** By name; of two fields the one that may be null stands, as in composition. */
function unite(a: readonly Parts[], b: readonly Parts[]): Parts[] {
  const byName = new Map(a.map((part) => [part.name.value, part]));
  for (const part of b) {
    const known = byName.get(part.name.value);
    if (known === undefined || !isNonNull(part)) byName.set(part.name.value, part);
  }
  return [...byName.values()];
}

function isNonNull(part: Parts): boolean {
  return 'type' in part && (part as unknown as FieldDefinitionNode).type.kind === Kind.NON_NULL_TYPE;
}
