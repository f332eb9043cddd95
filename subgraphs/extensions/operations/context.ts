// What resolvers of operations are given for one request: who asks, the store, and batched reads. An operation is for the account
// that asked for it and for the operator; nobody else learns that there is one.
import DataLoader from 'dataloader';
import { GraphQLError } from 'graphql';
import type { Viewer } from '../../../auth/viewer.js';
import { countOperationItems, findOperationRow, latestOperations, operationItems, type ItemState, type OperationCounts, type OperationItemRow, type OperationRow } from '../../../store/extension-operations.js';
import type { Store } from '../../../store/store.js';
import { accessLoader, type AccessLoader } from '../../shared/access.js';
import type { RequestContext } from '../../shared/context.js';
import { createGroupLoader } from '../../shared/list-loaders.js';
import type { UserErrorModel } from '../../shared/writes.js';
import { operationIdOf } from './ids.js';

export interface ItemPage {
  readonly states: readonly ItemState[] | null;
  readonly after: number | null;
  readonly limit: number;
}

export interface OperationsContext {
  readonly store: Store;
  readonly viewer: Viewer;
  readonly access: AccessLoader;
  /** An operation by its global id; null when there is none that the viewer may see. */
  find(id: string): Promise<OperationRow | null>;
  latest(limit: number): Promise<OperationRow[]>;
  items(operation: OperationRow, page: ItemPage): Promise<readonly OperationItemRow[]>;
  counts(operation: OperationRow): Promise<OperationCounts | null>;
  /** The error of an input that cannot be used, for fields without a payload. */
  badInput(errors: readonly UserErrorModel[]): GraphQLError;
}

/** Creates the context of one request. */
export function createOperationsContext(store: Store, request: RequestContext): OperationsContext {
  const { viewer } = request;
  const accountId = viewer.kind === 'anonymous' ? null : viewer.accountId;
  const counts = new DataLoader(async (ids: readonly string[]) => {
    const found = await countOperationItems(store.database, ids);
    return ids.map((id) => found.get(id) ?? null);
  });
  const pages = createGroupLoader<string, ItemPage, OperationItemRow>(
    (ids, page) => operationItems(store.database, ids, page.states, page.after, page.limit), String, (row) => row.operationId,
  );
  return {
    store, viewer,
    access: accessLoader(store, request),
    async find(id) {
      const operationId = operationIdOf(id);
      const row = operationId === null || accountId === null ? null : await findOperationRow(store.database, operationId);
      return row && (viewer.kind === 'operator' || row.accountId === accountId) ? row : null;
    },
    latest: (limit) => (accountId === null ? Promise.resolve([]) : latestOperations(store.database, viewer.kind === 'operator' ? null : accountId, limit)),
    items: (operation, page) => pages(operation.id, page),
    counts: (operation) => counts.load(operation.id),
    badInput: (errors) => new GraphQLError(errors.map(({ field, message }) => `${field?.join('.') ?? 'input'}: ${message}`).join('; ').slice(0, 1000), { extensions: { code: 'BAD_USER_INPUT' } }),
  };
}
