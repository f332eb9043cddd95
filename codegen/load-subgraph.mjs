// The schema loader named in codegen.yml: one subgraph's SDL with federation's directives declared and the @link removed,
// which keeps `_Service`, `_entities` and `link__*` out of the generated types.
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, visit } from 'graphql';
import { AUTHORIZATION_DIRECTIVES, COST_DIRECTIVES, readSubgraphSdl, withoutDirectives } from './sdl.mjs';

// Of this file, not of the process: the generator may be started from anywhere.
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

const FEDERATION = parse(`
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
  directive @external on FIELD_DEFINITION | OBJECT
  directive @requires(fields: String!) on FIELD_DEFINITION
  directive @provides(fields: String!) on FIELD_DEFINITION
  directive @shareable repeatable on FIELD_DEFINITION | OBJECT
  directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
  directive @inaccessible on FIELD_DEFINITION | OBJECT
`);

/** Called by graphql-codegen with `subgraphs/<name>/schema.graphql`. */
export function loadSubgraph(path) {
  const document = readSubgraphSdl(ROOT, basename(dirname(path)));
  const plain = withoutDirectives(document, [...AUTHORIZATION_DIRECTIVES, ...COST_DIRECTIVES]);
  const definitions = visit(plain, { SchemaExtension: () => null }).definitions;
  return { kind: 'Document', definitions: [...FEDERATION.definitions, ...definitions] };
}

// graphql-codegen takes a loader from a module's default export only.
export { loadSubgraph as default };
