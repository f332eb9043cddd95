// Stuck queues: a site whose events wait although nothing is at work on them, because a lock or a date in the far future was left
// behind. Found from the site's own status, and released. Called by the looks at sites, full syncs and the command line.
import { z } from 'zod';
import type { SiteId } from '../../core/ids.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { callJetpack, type Answer } from './answers.js';
import type { SiteSyncStatus } from './site-status.js';

/** Jetpack's own locks end after 120 s (queue) and 180 s (full sync); Retry-After never needs to be longer than this. */
const PATIENCE_SECONDS = 15 * 60;

export type StuckPart = 'queue-lock' | 'waiting-time';

/** What holds a site back that should not; empty when nothing does. */
export function findStuckParts(status: SiteSyncStatus, nowSeconds: number): StuckPart[] {
  if (!status.details?.isAllowed) return [];
  const { locks, lastSuccess } = status.details;
  const isFar = (time: number | null): boolean => time !== null && time > nowSeconds + PATIENCE_SECONDS;
  const parts: StuckPart[] = [];
  const isStill = status.queueSize > 0 && status.queueLagSeconds > PATIENCE_SECONDS && (lastSuccess === null || lastSuccess < nowSeconds - PATIENCE_SECONDS);
  if (locks.isQueueLocked && isStill) parts.push('queue-lock');
  if ([locks.retrySync, locks.retryFullSync, locks.nextSync, locks.nextFullSync].some(isFar)) parts.push('waiting-time');
  return parts;
}

/** Releases everything that could hold a site back, then has it send. Returns the parts that were released. */
export async function releaseLocks(client: SiteClient, siteId: SiteId): Promise<Answer<readonly StuckPart[]>> {
  const released: StuckPart[] = [];
  const unlocked = await callJetpack(client, siteId, { method: 'POST', route: 'sync/unlock', json: { queue: 'sync' } }, z.object({ success: z.unknown() }));
  if (unlocked.kind === 'trouble') return unlocked;
  if (Number(unlocked.value.success) > 0) released.push('queue-lock');
  const cleared = await callJetpack(client, siteId, { method: 'DELETE', route: 'sync/locks' }, z.object({ success: z.unknown() }));
  if (cleared.kind === 'trouble') return cleared;
  released.push('waiting-time');
  await sendNow(client, siteId);
  return { kind: 'value', value: released };
}

/** Has a site send one batch of its queue. That the queue is empty or busy is no trouble, so nothing is told. */
export async function sendNow(client: SiteClient, siteId: SiteId): Promise<void> {
  await callJetpack(client, siteId, { method: 'POST', route: 'sync/now', json: { queue: 'sync' } }, z.unknown());
}
