// Everything that is not a request: runs of sites and schedules, on the queue library. Called by bin/, once a process.
import type { Log } from '../core/log.js';
import type { SiteClient } from '../origin/site-calls.js';
import type { Store } from '../store/store.js';
import type { Runners } from '../sync/runs.js';
import { followUp } from './follow-ups.js';
import { FLEET_TIMES, type FleetTimes } from '../origin/extensions/situation.js';
import { startOperationWorker } from './operation-worker.js';
import { openQueueLibrary } from './queue-library.js';
import { startRunWorker, type RunWorkerOptions } from './run-worker.js';
import { startSchedules } from './schedules.js';
import { scheduleFeed } from './vulnerability-feed.js';

export interface JobsOptions extends Pick<RunWorkerOptions, 'leaseSeconds' | 'concurrency' | 'dispatchMs'> {
  readonly store: Store;
  readonly client: SiteClient;
  readonly log: Log;
  readonly runners: Partial<Runners>;
  /** How operations on extensions are carried out; without it they are not. */
  readonly fleet?: { readonly downloadsUrl: string; readonly times?: Partial<FleetTimes> };
  /** Whether things happen by the clock, too; true by default. */
  readonly schedules?: boolean;
  /** The feed of vulnerabilities: a path or an http address; null when none is configured, absent to leave it alone. */
  readonly vulnerabilityFeed?: string | null;
}

export interface Jobs {
  /** Stops: running runs are given back and go on where they were, here or elsewhere. Close it before the store. */
  close(): Promise<void>;
}

/** Starts the jobs of this process. */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const { store, client, log } = options;
  const library = await openQueueLibrary(store.database, log);
  const { boss } = library;
  const worker = await startRunWorker({ ...options, boss, afterRun: (run, end) => followUp(store, run, end) });
  const { fleet, leaseSeconds, dispatchMs } = options;
  const operations = fleet && (await startOperationWorker({
    boss, ...(leaseSeconds === undefined ? {} : { leaseSeconds }), ...(dispatchMs === undefined ? {} : { dispatchMs }),
    fleet: { store, client, log, directory: { downloadsUrl: fleet.downloadsUrl }, times: { ...FLEET_TIMES, ...fleet.times }, now: () => new Date() },
  }));
  if (options.schedules ?? true) await startSchedules({ store, client, boss, log });
  if (options.vulnerabilityFeed !== undefined) await scheduleFeed({ store, boss, log, source: options.vulnerabilityFeed });
  return {
    async close() {
      await operations?.close();
      await worker.close();
      await library.close();
    },
  };
}
