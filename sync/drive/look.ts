// A look at a site that lags or is silent: reads its status, notes its queue, says why it does not sync, releases what is stuck, and
// has it send. A site without visitors does nothing until it is asked. Called by the schedule and the command line.
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { recordQueue } from '../../store/site-contact.js';
import { recordFinding, resolveFindings } from '../../store/site-findings.js';
import type { Store } from '../../store/store.js';
import type { Answer } from './answers.js';
import { findStuckParts, releaseLocks, sendNow, type StuckPart } from './locks.js';
import { readSiteStatus, type SiteSyncStatus } from './site-status.js';

export interface Look {
  readonly status: SiteSyncStatus;
  readonly released: readonly StuckPart[];
}

/** Looks after one site. */
export async function lookAfterSite(store: Store, client: SiteClient, siteId: SiteId, now: Date): Promise<Answer<Look>> {
  const read = await readSiteStatus(client, siteId, { details: true });
  if (read.kind === 'trouble') return read;
  const status = read.value;
  await recordQueue(store.database, siteId, status.queueSize, status.queueLagSeconds);
  if (status.details && !status.details.isAllowed) {
    await recordFinding(store.database, siteId, 'sync-not-allowed', `the site does not sync: ${status.details.hindrances.join('; ') || 'Jetpack gives no reason'}`, now);
    return { kind: 'value', value: { status, released: [] } };
  }
  await resolveFindings(store.database, siteId, ['sync-not-allowed'], now);
  const stuck = findStuckParts(status, now.getTime() / 1000);
  if (stuck.length === 0) {
    await resolveFindings(store.database, siteId, ['queue-stuck'], now);
    // Also a site without a queue gets this post: its cron and its slower checks run with it.
    await sendNow(client, siteId);
    return { kind: 'value', value: { status, released: [] } };
  }
  await recordFinding(store.database, siteId, 'queue-stuck', `the site's queue of ${status.queueSize} was held back (${stuck.join(', ')}); it was released`, now);
  const released = await releaseLocks(client, siteId);
  return released.kind === 'trouble' ? released : { kind: 'value', value: { status, released: stuck } };
}
