// Begins the updates that policies want, when their delay is over and their window is open: one operation an account and a tick, which
// looks at pages and takes back what breaks them like any other. Called by schedules.ts; each version is begun once on a site.
import { randomUUID } from 'node:crypto';
import { isInWindow } from '../core/update-window.js';
import type { Store } from '../store/store.js';
import { beginPolicyOperation, dueUpdates, type DueUpdate } from '../store/update-policies.js';

/** Updates that one tick looks at. */
const UPDATES_PER_TICK = 2_000;
const ITEMS_AN_OPERATION = 500;
const CONCURRENCY = 5;
const STOP_ON_FAILURE_RATE = 0.5;

/** Begins what is due at `now`; returns the operations begun. */
export async function beginDueUpdates(store: Store, now: Date): Promise<string[]> {
  const due = (await dueUpdates(store.database, now, UPDATES_PER_TICK)).filter((update) => isInWindow(update.window, now, update));
  const byAccount = new Map<string, DueUpdate[]>();
  for (const update of due) byAccount.set(update.accountId, [...(byAccount.get(update.accountId) ?? []), update]);
  const begun: string[] = [];
  for (const [accountId, updates] of byAccount) {
    for (let from = 0; from < updates.length; from += ITEMS_AN_OPERATION) {
      const id = await beginPolicyOperation(
        store.database, updates.slice(from, from + ITEMS_AN_OPERATION),
        (left) => ({
          accountId, idempotencyKey: `policy ${randomUUID()}`, inputHash: '', origin: 'POLICY', action: 'UPDATE', concurrency: CONCURRENCY, stopOnFailureRate: STOP_ON_FAILURE_RATE,
          healthCheck: true, paths: [], autoRollback: true, scheduleAt: null,
          items: left.map((update) => ({
            siteId: update.siteId, kind: update.kind, slug: update.slug, file: update.kind === 'PLUGIN' ? update.extension : null, toVersion: update.version, fromVersion: update.fromVersion,
            expectedVersion: null, packageId: null, userId: update.userId, actorLabel: update.actorLabel, canary: false, blocked: null,
          })),
        }),
        now,
      );
      if (id !== null) begun.push(id);
    }
  }
  return begun;
}
