// A runner of one subgraph for tests that look at data, error codes and the number of statements together.
import type { Viewer } from '../../auth/viewer.js';
import type { SiteId } from '../../core/ids.js';
import type { Store } from '../../store/store.js';
import type { Subgraph } from '../../subgraphs/shared/context.js';
import { ask, person } from './ask.js';
import { countStatements } from './statements.js';

export interface SubgraphRun {
  readonly data: Record<string, unknown> | null;
  readonly codes: readonly unknown[];
  readonly statements: number;
}

/** A person with one account. */
export const personOn = (siteId: SiteId, userId: number): Viewer => person([{ siteId, userId }]);

/** Makes a runner; each run is a request of its own. */
export function subgraphRunner(store: Store, create: (store: Store) => Subgraph) {
  const counted = countStatements(store);
  const subgraph = create(counted.store);
  return async (viewer: Viewer, source: string, variables: Record<string, unknown> = {}): Promise<SubgraphRun> => {
    counted.reset();
    const { data, errors } = await ask<Record<string, unknown> | null>(subgraph, viewer, source, variables);
    const codes = errors.map((error) => error.extensions['code'] ?? error.message);
    return { data, codes, statements: counted.statements.length };
  };
}
