// Does the runs of sites: finds those that wait or lost their process, hands them to the queue's workers, holds the lease while one
// is at work. The row in sync_run is the truth; a job of the queue only says that a site has something to do, so that losing or
// repeating a job does no harm.
import { randomUUID } from 'node:crypto';
import type PgBoss from 'pg-boss';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import type { Log } from '../core/log.js';
import type { Store } from '../store/store.js';
import {
  claimRun, finishRun, noteProgress, onRunRequested, releaseRun, renewRun, sitesWithClaimableRuns, type RunEnd, type SyncRunRow,
} from '../store/sync-runs.js';
import type { Runners } from '../sync/runs.js';

export const RUN_QUEUE = 'sync-run';

export interface RunWorkerOptions {
  readonly store: Store;
  readonly boss: PgBoss;
  readonly runners: Partial<Runners>;
  readonly log: Log;
  /** Called after each run that ended, e.g. to ask for the next. */
  readonly afterRun?: (run: SyncRunRow, end: RunEnd) => Promise<void>;
  /** How long a dead process keeps its runs. */
  readonly leaseSeconds?: number;
  /** Runs at work at once in this process. */
  readonly concurrency?: number;
  readonly dispatchMs?: number;
}

const LEASE_SECONDS = 60;
const CONCURRENCY = 3;
const DISPATCH_MS = 2_000;
const SITES_AT_ONCE = 100;
/** Longer than any run is allowed to take; the library allows less than 24. */
const JOB_HOURS = 23;
const POLL_SECONDS = 10;

export interface RunWorker {
  /** Gives running runs back, with their cursors, and takes no more. */
  close(): Promise<void>;
}

/** Starts doing runs. */
export async function startRunWorker(options: RunWorkerOptions): Promise<RunWorker> {
  const { boss, store, log } = options;
  await boss.createQueue(RUN_QUEUE, { name: RUN_QUEUE, policy: 'short', retryLimit: 0 });
  const stop = new AbortController();
  const atWork = new Set<Promise<void>>();
  const workers: string[] = [];
  const wake = (): void => workers.forEach((id) => boss.notifyWorker(id));

  const perform = async (siteId: SiteId): Promise<void> => {
    if (stop.signal.aborted) return;
    const work = performRun(options, siteId, stop.signal);
    atWork.add(work);
    try {
      await work;
    } catch (error) {
      log.error({ siteId, error: error instanceof Error ? error.name : 'unknown' }, 'a run could not be done; it is tried again');
    } finally {
      atWork.delete(work);
    }
    dispatcher.ask();
  };
  const dispatcher = startDispatcher(options, wake);
  for (let count = 0; count < (options.concurrency ?? CONCURRENCY); count += 1) {
    workers.push(await boss.work<{ siteId: SiteId }>(RUN_QUEUE, { pollingIntervalSeconds: POLL_SECONDS }, async (jobs) => {
      for (const job of jobs) await perform(job.data.siteId);
    }));
  }
  const unlisten = onRunRequested(store, () => dispatcher.ask());
  dispatcher.ask();
  return {
    async close() {
      unlisten();
      await dispatcher.close();
      stop.abort(new AppError('OVERLOADED', 'the process stops'));
      await Promise.allSettled(atWork);
    },
  };
}

// Puts a job into the queue for every site that has something to do; the queue keeps one waiting job a site.
function startDispatcher({ store, boss, log, dispatchMs }: RunWorkerOptions, wake: () => void): { ask(): void; close(): Promise<void> } {
  let isOpen = true;
  let isAsked = false;
  let running: Promise<void> | null = null;
  const dispatch = async (): Promise<void> => {
    try {
      do {
        isAsked = false;
        let sent = 0;
        for (const siteId of await sitesWithClaimableRuns(store.database, SITES_AT_ONCE)) {
          if (!isOpen) return;
          const id = await boss.send(RUN_QUEUE, { siteId }, { singletonKey: String(siteId), expireInHours: JOB_HOURS, retryLimit: 0 });
          if (id !== null) sent += 1;
        }
        if (sent > 0) wake();
      } while (isAsked && isOpen);
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'waiting runs could not be looked for; they are looked for again');
    } finally {
      running = null;
    }
  };
  const ask = (): void => {
    isAsked = true;
    if (isOpen) running ??= dispatch();
  };
  const timer = setInterval(ask, dispatchMs ?? DISPATCH_MS);
  return {
    ask,
    async close() {
      isOpen = false;
      clearInterval(timer);
      await running;
    },
  };
}

async function performRun(options: RunWorkerOptions, siteId: SiteId, stopped: AbortSignal): Promise<void> {
  const { store, runners, log, afterRun } = options;
  const leaseSeconds = options.leaseSeconds ?? LEASE_SECONDS;
  const holder = randomUUID();
  const run = await claimRun(store.database, siteId, holder, leaseSeconds);
  if (!run) return;
  const lost = new AbortController();
  const signal = AbortSignal.any([stopped, lost.signal]);
  const renewal = keepLease(store, run, holder, leaseSeconds, lost);
  let end: RunEnd;
  try {
    const runner = runners[run.kind];
    end = runner
      ? await runner({ run, signal, note: (progress, cursor) => noteProgress(store.database, run, progress, cursor) })
      : { state: 'FAILED', errorCode: 'unsupported', errorMessage: `this server does no runs of the kind ${run.kind}` };
  } catch (error) {
    if (signal.aborted) {
      await releaseRun(store.database, run, holder);
      return;
    }
    log.error({ siteId, run: run.id, kind: run.kind, error: error instanceof Error ? error.name : 'unknown', stack: framesOf(error) }, 'a run failed unexpectedly');
    end = { state: 'FAILED', errorCode: 'internal', errorMessage: 'the run failed at a fault of the server; its log has the details under the id of the run' };
  } finally {
    clearInterval(renewal);
  }
  await finishRun(store.database, run, end);
  log.info({ siteId, run: run.id, kind: run.kind, state: end.state, ...(end.state === 'DONE' ? {} : { code: end.errorCode }) }, 'a run ended');
  await afterRun?.(run, end);
}

function keepLease(store: Store, run: SyncRunRow, holder: string, leaseSeconds: number, lost: AbortController): NodeJS.Timeout {
  let renewedMs = Date.now();
  return setInterval(() => {
    renewRun(store.database, run, holder, leaseSeconds).then(
      (isOurs) => {
        renewedMs = Date.now();
        if (!isOurs) lost.abort(new AppError('OVERLOADED', 'another process took the run over'));
      },
      () => {
        // The database is away: another process may take the run over when the lease is through.
        if (Date.now() - renewedMs > leaseSeconds * 900) lost.abort(new AppError('OVERLOADED', 'the lease of the run could not be renewed'));
      },
    );
  }, (leaseSeconds * 1000) / 4);
}

// The frames without the first line: messages of the database may quote values.
function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack.slice(Math.max(0, stack.indexOf('\n    at ')), 2000);
}
