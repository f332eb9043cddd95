// Types of compose.mjs for TypeScript callers (tests).
import type { DocumentNode } from 'graphql';

export interface ComposedSupergraph {
  readonly supergraph: string;
  readonly executable: string;
  readonly protectedFields: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly fieldCosts: Readonly<Record<string, { readonly weight?: number; readonly defaultSize?: number; readonly assumedSize?: number; readonly slicingArguments?: readonly string[]; readonly sizedFields?: readonly string[] }>>;
  readonly findings: readonly string[];
}

export declare function composeSupergraph(services: readonly { readonly name: string; readonly url: string; readonly typeDefs: DocumentNode }[]): ComposedSupergraph;
export declare function composeRepository(root: string): ComposedSupergraph;
