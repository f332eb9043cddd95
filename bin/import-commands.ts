// The command line's part in imports: asks for one, and shows it until it ends. The running server does it where there is one;
// else it is done here. An interrupted import goes on where it stopped.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import type { SiteClient } from '../origin/site-calls.js';
import type { Store } from '../store/store.js';
import { claimRun, findRun, finishRun, noteProgress, releaseRun, renewRun, type RunProgress, type SyncRunRow } from '../store/sync-runs.js';
import { createImportRunner } from '../sync/import/runner.js';

/** What of a run is shown. */
export interface ShownRun {
  readonly state: SyncRunRow['state'];
  readonly progress: RunProgress;
  readonly errorMessage: string | null;
}

const LEASE_SECONDS = 120;
const LOOK_MS = 1000;

export function isOver(run: ShownRun): boolean {
  return run.state !== 'QUEUED' && run.state !== 'RUNNING';
}

/** Shows a run that another process does, until it is over. */
export async function followRun(look: () => Promise<ShownRun>, show: (progress: RunProgress) => void): Promise<ShownRun> {
  for (;;) {
    const run = await look();
    show(run.progress);
    if (isOver(run)) return run;
    await pause(LOOK_MS);
  }
}

export async function showRun(store: Store, siteId: SiteId, runId: string): Promise<ShownRun> {
  const run = await findRun(store.database, siteId, runId);
  if (!run) throw new AppError('NOT_FOUND', 'there is no such run any more');
  return { state: run.state, progress: run.progress, errorMessage: run.errorMessage };
}

/** Does a run in this process, or shows it while another does it. */
export async function performHere(store: Store, client: SiteClient, siteId: SiteId, runId: string, show: (progress: RunProgress) => void, signal: AbortSignal): Promise<ShownRun> {
  const holder = randomUUID();
  const runner = createImportRunner({ store, client, clock: Date.now });
  return followRun(async () => {
    const run = isOver(await showRun(store, siteId, runId)) ? null : await claimRun(store.database, siteId, holder, LEASE_SECONDS);
    if (run === null) return showRun(store, siteId, runId);
    try {
      if (run.kind !== 'IMPORT') throw new AppError('OVERLOADED', `a run of kind ${run.kind} of this site comes first; start the server, which does it`);
      let known: RunProgress = run.progress;
      const end = await runner({
        run,
        signal,
        note: async (progress, cursor) => {
          known = { ...known, ...progress };
          show(known);
          await noteProgress(store.database, run, progress, cursor);
          await renewRun(store.database, run, holder, LEASE_SECONDS);
        },
      });
      await finishRun(store.database, run, end);
    } catch (error) {
      await releaseRun(store.database, run, holder);
      if (signal.aborted) throw new AppError('OVERLOADED', 'interrupted; sitegraph site import goes on where it stopped');
      throw error;
    }
    return showRun(store, siteId, runId);
  }, show);
}
