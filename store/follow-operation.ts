// Follows an operation: tells whenever it may have changed, to its end. In this process a change is told at once; what another process
// changes is found by its revision, so that nothing is missed however long somebody was away. Called by bin/ for the gateway.
import type { Database } from './database.js';
import { ENDED_STATES, onOperationChanged, type OperationRowState } from './extension-operations.js';

/** How often a shared database is asked for what other processes did; the embedded one has none. */
const POLL_MS = { postgres: 1_000, pglite: 15_000 } as const;

/** Yields at once and then at each new revision; ends after the operation ended, or when there is none. */
export async function* followOperation(database: Database, id: string, signal: AbortSignal): AsyncGenerator<void, void, undefined> {
  let wake: () => void = () => undefined;
  let isTold = false;
  const unlisten = onOperationChanged(database, (changed) => {
    if (changed !== id) return;
    isTold = true;
    wake();
  });
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  let seen: number | null = null;
  try {
    while (!signal.aborted) {
      isTold = false;
      const [row] = await database.query<{ revision: number; state: OperationRowState }>('SELECT revision, state FROM extension_operation WHERE id = $1::uuid', [id]);
      if (row?.revision !== seen || seen === null) yield;
      seen = row?.revision ?? null;
      if (!row || ENDED_STATES.includes(row.state)) return;
      if (isTold || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS[database.kind]);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        // A change, or the end, may have come before there was anybody to wake.
        if (isTold || signal.aborted) wake();
      });
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    unlisten();
  }
}
