// Builds a subgraph from its SDL files and resolvers. Called by subgraphs/<name>/index.ts; it reads no data itself.
import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, type DocumentNode } from 'graphql';
import { packagePath } from '../../core/package-root.js';
import type { RequestContext, Subgraph, SubgraphName } from './context.js';
import { scalars } from './scalars.js';

type SchemaModule = Exclude<Parameters<typeof buildSubgraphSchema>[0], DocumentNode | readonly unknown[]>;

/** Resolvers as graphql-codegen types them (`Resolvers` of generated.ts), without the scalars. */
export type SubgraphResolvers = Readonly<Record<string, object | undefined>>;

export interface SubgraphOptions<Context extends object> {
  readonly name: SubgraphName;
  readonly resolvers: SubgraphResolvers;
  /** Makes the context value of one request: what the resolvers are given, with this request's loaders. */
  readonly createContext: (request: RequestContext) => Context;
  /** Overrides the SDL files; for tests. */
  readonly typeDefs?: DocumentNode;
}

/** Reads the SDL that a subgraph serves: shared/common.graphql and its own schema.graphql. */
export function readTypeDefs(name: SubgraphName): DocumentNode {
  const common = readFileSync(packagePath('subgraphs', 'shared', 'common.graphql'), 'utf8');
  return parse(`${common}\n${readFileSync(packagePath('subgraphs', name, 'schema.graphql'), 'utf8')}`);
}

/** Creates a subgraph. Throws at start when a resolver stands for a field that the SDL does not have. */
export function createSubgraph<Context extends object>(options: SubgraphOptions<Context>): Subgraph {
  const resolvers = { ...scalars, ...options.resolvers } as NonNullable<SchemaModule['resolvers']>;
  const schema = buildSubgraphSchema({ typeDefs: options.typeDefs ?? readTypeDefs(options.name), resolvers });
  return { name: options.name, schema, createContext: options.createContext };
}
