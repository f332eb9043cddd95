// Composes the subgraphs twice: the full supergraph (the authority) and the executable one, without the directives that
// the open Apollo gateway refuses. Also draws the tables that the gateway enforces from the full one, and runs the lints.
import { composeServices } from '@apollo/composition';
import { buildSchema, parse } from 'graphql';
import { AUTHORIZATION_DIRECTIVES, COST_DIRECTIVES, SUBGRAPHS, readSubgraphSdl, withoutDirectives } from './sdl.mjs';
import { lintMergeSafety, lintProtection } from './lints.mjs';
import { costTable, protectionTable } from './tables.mjs';

function compose(services, what) {
  const result = composeServices(services);
  if (result.errors?.length) {
    const lines = result.errors.map((error) => `  ${error.extensions?.code ?? 'ERROR'}: ${error.message}`);
    throw new Error(`the ${what} supergraph does not compose:\n${lines.join('\n')}`);
  }
  return result;
}

/**
 * Composes documents by name (`[{ name, typeDefs }]`) into the SDL of both supergraphs, both tables and the lints'
 * findings (sentences; none when all is well).
 */
export function composeSupergraph(services) {
  const full = compose(services, 'full');
  const stripped = services.map(({ name, typeDefs, url }) => ({
    name,
    url,
    typeDefs: withoutDirectives(typeDefs, [...AUTHORIZATION_DIRECTIVES, ...COST_DIRECTIVES]),
  }));
  const executable = compose(stripped, 'executable');
  const document = parse(full.supergraphSdl);
  const schema = buildSchema(full.supergraphSdl, { assumeValidSDL: true });
  return {
    supergraph: `${full.supergraphSdl.trimEnd()}\n`,
    executable: `${executable.supergraphSdl.trimEnd()}\n`,
    protectedFields: protectionTable(document, schema),
    fieldCosts: costTable(document),
    findings: [...lintProtection(document, schema, services), ...lintMergeSafety(schema)],
  };
}

/** Composes the repository's subgraphs. Their URLs are names only: where a subgraph runs is decided when it is started. */
export function composeRepository(root) {
  return composeSupergraph(
    SUBGRAPHS.map((name) => ({ name, url: `http://${name}.invalid/`, typeDefs: readSubgraphSdl(root, name) })),
  );
}
