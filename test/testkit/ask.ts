// Asks one subgraph as some viewer, without a gateway.
import { execute, parse, validate, type ExecutionResult } from 'graphql';
import type { Viewer } from '../../auth/viewer.js';
import type { SiteId } from '../../core/ids.js';
import type { Subgraph } from '../../subgraphs/shared/context.js';

export const ACCOUNT_ID = '00000000-0000-4000-8000-000000000001';
export const OPERATOR: Viewer = { kind: 'operator', accountId: ACCOUNT_ID, scopes: ['*'] };

/** A person with one account on each of the given sites. */
export function person(users: readonly { siteId: SiteId; userId: number }[], accountId: string = ACCOUNT_ID, scopes: readonly string[] = ['*']): Viewer {
  return { kind: 'person', accountId, scopes, users };
}

/** Executes a document; throws when it is not valid. The answer is plain JSON. */
export async function ask<T = Record<string, unknown>>(
  subgraph: Subgraph,
  viewer: Viewer,
  source: string,
  variableValues: Record<string, unknown> = {},
  requestMs = 60_000,
): Promise<{ data: T; errors: NonNullable<ExecutionResult['errors']> }> {
  const document = parse(source);
  const problems = validate(subgraph.schema, document);
  if (problems.length > 0) throw problems[0];
  const contextValue = subgraph.createContext({ viewer, requestId: 'test', deadlineMs: Date.now() + requestMs });
  const result = await execute({ schema: subgraph.schema, document, contextValue, variableValues });
  return { data: JSON.parse(JSON.stringify(result.data ?? null)) as T, errors: result.errors ?? [] };
}
