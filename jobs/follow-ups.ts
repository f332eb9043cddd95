// What follows a run: a full sync is verified, drift that nobody asked about is repaired, and the site is told the verdict.
import type { Log } from '../core/log.js';
import type { SiteClient } from '../origin/site-calls.js';
import { checksumOfRun } from '../store/read/run-checksums.js';
import type { Store } from '../store/store.js';
import { requestRun, type RunEnd, type SyncRunRow } from '../store/sync-runs.js';
import { tellHealth } from '../sync/drive/health.js';

/** What runs say in `requestedBy` that no person asked for; drift that they find is repaired. */
export const REQUESTED_BY = { schedule: 'schedule', fullSync: 'full sync', verification: 'verification' } as const;

/** Asks for what follows a run that ended. */
export async function followUp(store: Store, client: SiteClient, log: Log, run: SyncRunRow, end: RunEnd): Promise<void> {
  const { siteId, id, kind, requestedBy } = run;
  if (kind === 'FULL') {
    // A full sync that left out a hanging module is worth verifying, too.
    if (end.state === 'DONE' || end.errorCode === 'module-hangs') await requestRun(store, { siteId, kind: 'VERIFY', requestedBy: REQUESTED_BY.fullSync });
    return;
  }
  if ((kind !== 'VERIFY' && kind !== 'REPAIR') || end.state !== 'DONE') return;
  const found = await checksumOfRun(store.database, siteId, id);
  if (!found) return;
  const isDrifted = found.driftedRows > found.repairedRows;
  const told = await tellHealth(client, siteId, isDrifted ? 'out_of_sync' : 'in_sync');
  if (told.kind === 'trouble') log.info({ siteId, code: told.code }, 'a site could not be told the verdict of its verification');
  const isOurs = requestedBy === REQUESTED_BY.schedule || requestedBy === REQUESTED_BY.fullSync;
  if (kind === 'VERIFY' && isDrifted && isOurs) await requestRun(store, { siteId, kind: 'REPAIR', requestedBy: REQUESTED_BY.verification });
}
