// The schema loader of the console's operations, named in codegen.yml: the graph as clients see it, which is the executable supergraph
// without what is there for the gateway alone.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, visit } from 'graphql';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const isPlumbing = (name) => /^(join__|link__)/.test(name) || name === 'link';
const drop = (node) => (isPlumbing(node.name.value) ? null : undefined);

/** Called by graphql-codegen with the path of the supergraph. */
export function loadGraph(path) {
  return visit(parse(readFileSync(join(ROOT, path), 'utf8')), {
    Directive: drop, DirectiveDefinition: drop, ScalarTypeDefinition: drop, EnumTypeDefinition: drop, InputObjectTypeDefinition: drop,
  });
}

// graphql-codegen takes a loader from a module's default export only.
export { loadGraph as default };
