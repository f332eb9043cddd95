// Carries out operations over fleets: finds those whose time has come, hands them to the queue's workers, holds the lease while one is
// at work. The rows are the truth, as with runs (docs/adr/0006): losing or repeating a job does no harm.
import { randomUUID } from 'node:crypto';
import type PgBoss from 'pg-boss';
import { AppError } from '../core/errors.js';
import type { FleetContext } from '../origin/extensions/situation.js';
import { claimableOperations, claimOperation, releaseOperation, renewOperation } from '../store/extension-items.js';
import { onOperationChanged } from '../store/extension-operations.js';
import { performOperation } from './operation-run.js';

export const OPERATION_QUEUE = 'extension-operation';

export interface OperationWorkerOptions {
  readonly fleet: FleetContext;
  readonly boss: PgBoss;
  readonly leaseSeconds?: number;
  readonly dispatchMs?: number;
}

const LEASE_SECONDS = 60;
const DISPATCH_MS = 2_000;
/** Operations at work at once in this process. */
const CONCURRENCY = 2;
const OPERATIONS_AT_ONCE = 20;
const JOB_HOURS = 23;
const POLL_SECONDS = 10;

export interface OperationWorker {
  /** Gives operations back where they are, and takes no more. */
  close(): Promise<void>;
}

/** Starts carrying out operations. */
export async function startOperationWorker({ fleet, boss, leaseSeconds = LEASE_SECONDS, dispatchMs = DISPATCH_MS }: OperationWorkerOptions): Promise<OperationWorker> {
  const { store, log } = fleet;
  const { database } = store;
  await boss.createQueue(OPERATION_QUEUE, { name: OPERATION_QUEUE, policy: 'short', retryLimit: 0 });
  const stop = new AbortController();
  const atWork = new Map<string, Promise<void>>();
  const workers: string[] = [];
  let isAsked = false;
  let dispatching: Promise<void> | null = null;

  const dispatch = async (): Promise<void> => {
    try {
      do {
        isAsked = false;
        let sent = 0;
        for (const id of await claimableOperations(database, OPERATIONS_AT_ONCE)) {
          if (stop.signal.aborted) return;
          if ((await boss.send(OPERATION_QUEUE, { id }, { singletonKey: id, expireInHours: JOB_HOURS, retryLimit: 0 })) !== null) sent += 1;
        }
        if (sent > 0) for (const worker of workers) boss.notifyWorker(worker);
      } while (isAsked && !stop.signal.aborted);
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'waiting operations could not be looked for; they are looked for again');
    } finally {
      dispatching = null;
    }
  };
  const ask = (): void => {
    isAsked = true;
    if (!stop.signal.aborted) dispatching ??= dispatch();
  };

  const perform = async (id: string): Promise<void> => {
    if (stop.signal.aborted || atWork.has(id)) return;
    const work = hold(fleet, id, leaseSeconds, stop.signal);
    atWork.set(id, work);
    try {
      await work;
    } catch (error) {
      log.error({ operation: id, error: error instanceof Error ? error.name : 'unknown' }, 'an operation could not be carried on; it is tried again');
    } finally {
      atWork.delete(id);
    }
  };
  for (let count = 0; count < CONCURRENCY; count += 1) {
    workers.push(await boss.work<{ id: string }>(OPERATION_QUEUE, { pollingIntervalSeconds: POLL_SECONDS }, async (jobs) => {
      for (const job of jobs) await perform(job.data.id);
    }));
  }
  const timer = setInterval(ask, dispatchMs);
  const unlisten = onOperationChanged(database, (id) => {
    if (!atWork.has(id)) ask();
  });
  ask();
  return {
    async close() {
      unlisten();
      clearInterval(timer);
      stop.abort(new AppError('OVERLOADED', 'the process stops'));
      await dispatching;
      await Promise.allSettled(atWork.values());
    },
  };
}

/** Claims an operation and carries it out while the lease is ours. */
async function hold(fleet: FleetContext, id: string, leaseSeconds: number, stopped: AbortSignal): Promise<void> {
  const { database } = fleet.store;
  const holder = randomUUID();
  const operation = await claimOperation(database, id, holder, leaseSeconds);
  if (!operation) return;
  const lost = new AbortController();
  let renewedMs = Date.now();
  const renewal = setInterval(() => {
    renewOperation(database, id, holder, leaseSeconds).then(
      (isOurs) => {
        renewedMs = Date.now();
        if (!isOurs) lost.abort(new AppError('OVERLOADED', 'another process took the operation over'));
      },
      () => {
        if (Date.now() - renewedMs > leaseSeconds * 900) lost.abort(new AppError('OVERLOADED', 'the lease of the operation could not be renewed'));
      },
    );
  }, (leaseSeconds * 1000) / 4);
  const signal = AbortSignal.any([stopped, lost.signal]);
  try {
    const ended = await performOperation(fleet, operation, holder, signal);
    fleet.log.info({ operation: id, action: operation.action, state: ended }, 'an operation over sites ended');
  } catch (error) {
    await releaseOperation(database, id, holder);
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(renewal);
  }
}
