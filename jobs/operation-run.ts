// One operation from where it is to its end: what was interrupted first, then the canary sites, then the others, a few sites at once
// and each site's items one after the other. Called by operation-worker.ts, which holds the lease.
import { carryOut } from '../origin/extensions/carry-out.js';
import type { FleetContext } from '../origin/extensions/situation.js';
import { allItems, endPending, isCancelled, saveItem, setOperationState } from '../store/extension-items.js';
import type { OperationItemRow, OperationRow, OperationRowState } from '../store/extension-operations.js';

/** Finished items before the rate of failures counts. */
const LEAST_FINISHED = 5;

type Stop = 'CANCELLED' | 'CANARY_FAILED' | 'STOPPED';

const MESSAGES: Readonly<Record<Stop, string>> = {
  CANCELLED: 'the operation was cancelled before this was begun',
  CANARY_FAILED: 'a canary site failed, so this was not begun',
  STOPPED: 'too many failed, so this was not begun',
};

/** Carries it out; returns how it ended. Throws when the process stops or the lease is lost. */
export async function performOperation(context: FleetContext, operation: OperationRow, holder: string, signal: AbortSignal): Promise<OperationRowState> {
  const { database } = context.store;
  const items = await allItems(database, operation.id);
  const interrupted = items.filter((item) => item.finishedAt === null && item.attemptedAt !== null);
  const pending = items.filter((item) => item.finishedAt === null && item.attemptedAt === null);
  const canaries = pending.filter((item) => item.canary);
  const rest = pending.filter((item) => !item.canary);
  const tally = new Map(items.map((item) => [item.position, item]));

  await carryAll(interrupted, () => Promise.resolve(null));
  if (operation.stopReason === null && canaries.length + rest.length > 0) {
    if (canaries.length > 0) {
      if (operation.state !== 'PAUSED') await setOperationState(database, operation.id, holder, 'PAUSED', null);
      await carryAll(canaries, () => stopFor(null));
    }
    const hasFailed = [...tally.values()].some((item) => item.canary && item.state !== 'SUCCEEDED');
    const stop = (await isCancelled(database, operation.id)) ? 'CANCELLED' : hasFailed ? 'CANARY_FAILED' : null;
    if (canaries.length > 0 || operation.state === 'PAUSED') await setOperationState(database, operation.id, holder, 'RUNNING', null);
    if (stop === null) await carryAll(rest, () => stopFor(operation.stopOnFailureRate));
    else await endRest(stop);
  }
  const ended = await allItems(database, operation.id);
  const state = stateOf(ended);
  await setOperationState(database, operation.id, holder, state, null);
  return state;

  /** Whether to begin nothing more, and why. */
  async function stopFor(rate: number | null): Promise<Stop | null> {
    if (await isCancelled(database, operation.id)) return 'CANCELLED';
    // What could not be begun at all says nothing about what is done.
    const finished = [...tally.values()].filter((item) => item.startedAt !== null && item.finishedAt !== null);
    const failed = finished.filter((item) => item.state !== 'SUCCEEDED').length;
    return rate !== null && finished.length >= LEAST_FINISHED && failed / finished.length > rate ? 'STOPPED' : null;
  }

  async function endRest(stop: Stop): Promise<void> {
    const count = await endPending(database, operation.id, holder, stop, MESSAGES[stop], context.now());
    if (count > 0 && stop !== 'CANCELLED') await setOperationState(database, operation.id, holder, 'RUNNING', stop);
  }

  async function carryAll(chosen: readonly OperationItemRow[], stopFor: () => Promise<Stop | null>): Promise<void> {
    const bySite = [...groupBySite(chosen).values()];
    let stop: Stop | null = null;
    const next = async (): Promise<void> => {
      for (let group = bySite.shift(); group !== undefined && stop === null; group = bySite.shift()) {
        for (const item of group) {
          signal.throwIfAborted();
          stop ??= await stopFor();
          if (stop !== null) return;
          tally.set(item.position, await carryOne(item));
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(operation.concurrency, bySite.length) }, next));
    if (stop !== null) await endRest(stop);
  }

  async function carryOne(item: OperationItemRow): Promise<OperationItemRow> {
    try {
      return await carryOut(context, operation, item, holder, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      context.log.error({ operation: operation.id, siteId: item.siteId, error: error instanceof Error ? error.name : 'unknown', stack: framesOf(error) }, 'an item of an operation failed unexpectedly');
      const [current = item] = (await allItems(database, operation.id)).filter((one) => one.position === item.position);
      const message = 'this failed at a fault of the server; its log has the details under the id of the operation';
      return saveItem(database, current, holder, { state: 'FAILED', reason: 'INTERNAL', message, finishedAt: context.now(), log: [...current.log, { at: context.now().toISOString(), message: `Failed: ${message}` }] });
    }
  }
}

/** How an operation ended, from its items. */
export function stateOf(items: readonly Pick<OperationItemRow, 'state'>[]): OperationRowState {
  const count = (state: OperationItemRow['state']): number => items.filter((item) => item.state === state).length;
  if (count('SUCCEEDED') === items.length) return 'SUCCEEDED';
  if (count('SUCCEEDED') > 0) return 'PARTIAL';
  if (count('ROLLED_BACK') === items.length) return 'ROLLED_BACK';
  return count('CANCELLED') === items.length ? 'CANCELLED' : 'FAILED';
}

function groupBySite(items: readonly OperationItemRow[]): Map<number, OperationItemRow[]> {
  const groups = new Map<number, OperationItemRow[]>();
  for (const item of items) groups.set(item.siteId, [...(groups.get(item.siteId) ?? []), item]);
  return groups;
}

function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack.slice(Math.max(0, stack.indexOf('\n    at ')), 2000);
}
