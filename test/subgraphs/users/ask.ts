// Asks the users subgraph of a test as one of the viewers.
import { execute, parse, validate, type ExecutionResult } from 'graphql';
import { expect } from 'vitest';
import type { Viewer } from '../../../auth/viewer.js';
import type { SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createUsersSubgraph } from '../../../subgraphs/users/index.js';

export const OPERATOR: Viewer = { kind: 'operator', accountId: 'operator', scopes: ['*'] };

export function person(siteId: SiteId, userId: number, scopes: readonly string[] = ['*']): Viewer {
  return { kind: 'person', accountId: `account of ${userId}`, scopes, users: [{ siteId, userId }] };
}

export type Ask = (viewer: Viewer, query: string, variables?: Record<string, unknown>) => Promise<ExecutionResult>;

/** One request with a context of its own. */
export function askUsers(store: Store): Ask {
  const subgraph = createUsersSubgraph(store);
  return async (viewer, query, variables = {}) => {
    const document = parse(query);
    expect(validate(subgraph.schema, document)).toEqual([]);
    const contextValue = subgraph.createContext({ viewer, requestId: 'test', deadlineMs: Date.now() + 30_000 });
    return execute({ schema: subgraph.schema, document, variableValues: variables, contextValue });
  };
}

/** The data of an answer without errors; graphql's objects have no prototype, so they are made plain. */
export function dataOf<T>(result: ExecutionResult): T {
  expect(result.errors ?? []).toEqual([]);
  return JSON.parse(JSON.stringify(result.data)) as T;
}

export function codesOf(result: ExecutionResult): unknown[] {
  return (result.errors ?? []).map((error) => error.extensions['code']);
}
