// The SDL of the subgraphs as the files say it: common.graphql in front of each schema.graphql. Composition and code
// generation read it here, so that both see what subgraphs/shared/subgraph.ts serves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, visit, Kind } from 'graphql';

export const SUBGRAPHS = ['content', 'settings', 'extensions', 'users', 'commerce'];

/** Directives that @apollo/gateway refuses or does not read; they live in the full supergraph only. */
export const AUTHORIZATION_DIRECTIVES = ['authenticated', 'requiresScopes', 'policy'];
export const COST_DIRECTIVES = ['cost', 'listSize'];

/** Reads one subgraph's SDL. */
export function readSubgraphSdl(root, name) {
  const folder = join(root, 'subgraphs');
  const common = readFileSync(join(folder, 'shared', 'common.graphql'), 'utf8');
  return parse(`${common}\n${readFileSync(join(folder, name, 'schema.graphql'), 'utf8')}`);
}

/** Removes the named directives from every definition and from the @link import list. */
export function withoutDirectives(document, names) {
  const removed = new Set(names);
  return visit(document, {
    Directive: (node) => (removed.has(node.name.value) ? null : undefined),
    Argument(node) {
      if (node.name.value !== 'import' || node.value.kind !== Kind.LIST) return undefined;
      const values = node.value.values.filter((value) => value.kind !== Kind.STRING || !removed.has(value.value.slice(1)));
      return { ...node, value: { ...node.value, values } };
    },
  });
}
