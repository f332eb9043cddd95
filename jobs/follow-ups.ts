// What follows a run: a full sync is verified, and drift that nobody asked about is repaired.
import { checksumOfRun } from '../store/read/run-checksums.js';
import type { Store } from '../store/store.js';
import { requestRun, type RunEnd, type SyncRunRow } from '../store/sync-runs.js';

/** What runs say in `requestedBy` that no person asked for; drift that they find is repaired. */
export const REQUESTED_BY = { schedule: 'schedule', fullSync: 'full sync', verification: 'verification' } as const;
/** Repairs that cannot fetch row by row ask for full syncs so (sync/verify/runner); what one leaves is only told, or the two would follow each other for ever. */
const AFTER_REPAIR = 'repair';

/** Asks for what follows a run that ended. */
export async function followUp(store: Store, run: SyncRunRow, end: RunEnd): Promise<void> {
  const { siteId, id, kind, requestedBy } = run;
  if (kind === 'FULL') {
    // A full sync that left out a hanging module is worth verifying, too.
    if (end.state === 'DONE' || end.errorCode === 'module-hangs') {
      await requestRun(store, { siteId, kind: 'VERIFY', requestedBy: requestedBy === AFTER_REPAIR ? AFTER_REPAIR : REQUESTED_BY.fullSync });
    }
    return;
  }
  const isOurs = requestedBy === REQUESTED_BY.schedule || requestedBy === REQUESTED_BY.fullSync;
  if (kind !== 'VERIFY' || !isOurs) return;
  // Also of a verification that could not compare every table, what it found is repaired.
  const found = await checksumOfRun(store.database, siteId, id);
  if (found && found.driftedRows > found.repairedRows) await requestRun(store, { siteId, kind: 'REPAIR', requestedBy: REQUESTED_BY.verification });
}
