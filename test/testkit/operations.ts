// Operations on extensions as a test asks for them and waits for their end, as the operator and without a gateway.
import { encodeSiteId, type SiteId } from '../../core/ids.js';
import { allItems } from '../../store/extension-items.js';
import { ENDED_STATES, findOperationRow, onOperationChanged, type OperationItemRow, type OperationRow } from '../../store/extension-operations.js';
import type { Store } from '../../store/store.js';
import { createExtensionsSubgraph } from '../../subgraphs/extensions/index.js';
import { operationIdOf } from '../../subgraphs/extensions/operations/ids.js';
import { ask, OPERATOR } from './ask.js';

export interface WantedTarget {
  readonly siteId: SiteId;
  readonly slug: string;
  readonly kind?: 'PLUGIN' | 'THEME' | 'CORE' | 'TRANSLATION';
  readonly [more: string]: unknown;
}

export interface Ended {
  readonly row: OperationRow;
  readonly items: readonly OperationItemRow[];
}

const APPLY = 'mutation($input: ExtensionsApplyInput!) { extensionsApply(input: $input) { userErrors { code message } operation { id } } }';
let keys = 0;

/** Asks for an operation; returns its id. Throws when the input is refused. */
export async function beginOperation(store: Store, action: string, targets: readonly WantedTarget[], more: object = {}): Promise<string> {
  keys += 1;
  const input = { action, idempotencyKey: `test ${process.pid} ${keys}`, stopOnFailureRate: 1, targets: targets.map(({ siteId, kind = 'PLUGIN', ...target }) => ({ siteId: encodeSiteId(siteId), kind, ...target })), ...more };
  const { data, errors } = await ask<{ extensionsApply: { operation: { id: string } | null; userErrors: unknown[] } }>(createExtensionsSubgraph(store), OPERATOR, APPLY, { input });
  const id = operationIdOf(data?.extensionsApply.operation?.id ?? '');
  if (errors.length > 0 || id === null) throw new Error(JSON.stringify([errors, data]));
  return id;
}

/** Waits until an operation is as `holds` says; by default until it ended. */
export function untilOperation(store: Store, id: string, holds: (row: OperationRow, items: readonly OperationItemRow[]) => boolean = (row) => ENDED_STATES.includes(row.state)): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      Promise.all([findOperationRow(store.database, id), allItems(store.database, id)]).then(([row, items]) => {
        if (!row || !holds(row, items)) return;
        unlisten();
        resolve({ row, items });
      }, reject);
    };
    const unlisten = onOperationChanged(store.database, (changed) => void (changed === id && look()));
    look();
  });
}

/** Asks for an operation and waits for its end. */
export async function operateOn(store: Store, action: string, targets: readonly WantedTarget[], more: object = {}): Promise<Ended> {
  return untilOperation(store, await beginOperation(store, action, targets, more));
}

/** How each item ended. */
export const endingsOf = ({ items }: Ended): (readonly [string, string | null, string | null])[] => items.map(({ state, reason, recovery }) => [state, reason, recovery] as const);
