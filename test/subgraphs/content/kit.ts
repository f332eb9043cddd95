// Asks the content subgraph in process, as viewers of every kind, and keeps the statements of each request.
import type { Viewer } from '../../../auth/viewer.js';
import { encodeGlobalId, type NodeType, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { ask, person } from '../../testkit/ask.js';
import { countStatements } from '../../testkit/statements.js';

export const ANONYMOUS: Viewer = { kind: 'anonymous' };

export const personOn = (siteId: SiteId, userId: number, scopes?: readonly string[]): Viewer => person([{ siteId, userId }], undefined, scopes);

/** JSON of a shape that the test knows from its own selection. */
export type Loose = { readonly [key: string]: Loose } & readonly Loose[] & { readonly length: number };

export interface Answer {
  readonly data: Loose;
  readonly codes: readonly unknown[];
  readonly messages: readonly string[];
  readonly statements: readonly string[];
}

/** A runner over one store; each run is a request of its own. */
export function createRunner(store: Store) {
  const counted = countStatements(store);
  const subgraph = createContentSubgraph(counted.store);
  const run = async (viewer: Viewer, source: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
    const before = counted.statements.length;
    const { data, errors } = await ask<Loose>(subgraph, viewer, source, variables);
    return {
      data,
      codes: errors.map((error) => error.extensions['code'] ?? error.message),
      messages: errors.map((error) => error.message),
      statements: counted.statements.slice(before).map((statement) => statement.text),
    };
  };
  /** Resolves one reference as the gateway does; `node` is null when it is not shown. */
  const entity = async (viewer: Viewer, type: NodeType, siteId: SiteId, localId: number, selection: string): Promise<Answer & { readonly node: Loose }> => {
    const refs = [{ __typename: type, id: encodeGlobalId(siteId, type, localId) }];
    const answer = await run(viewer, `query($refs: [_Any!]!) { _entities(representations: $refs) { ... on ${type} { ${selection} } } }`, { refs });
    return { ...answer, node: (answer.data?.['_entities']?.[0] ?? null) as Loose };
  };
  return { run, entity };
}
