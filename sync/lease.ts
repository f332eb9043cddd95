// The lease of a site: one batch at a time in this process, in order of arrival. Across processes the row lock of
// store/apply does the same; waiting here costs no connection. Called by sync/ingest.
import type { SiteId } from '../core/ids.js';

export interface Leases {
  /** Waits for the site's turn; resolves with the function that ends the lease, or with null when it did not come in time. */
  acquire(siteId: SiteId, waitMs: number): Promise<(() => void) | null>;
}

/** Creates the leases of one process. */
export function createLeases(): Leases {
  const waiting = new Map<SiteId, (() => void)[]>();

  const release = (siteId: SiteId): void => {
    const next = waiting.get(siteId)?.shift();
    if (next) next();
    else waiting.delete(siteId);
  };
  const lease = (siteId: SiteId): (() => void) => {
    let isHeld = true;
    return () => {
      if (isHeld) release(siteId);
      isHeld = false;
    };
  };

  return {
    acquire(siteId, waitMs) {
      const queue = waiting.get(siteId);
      if (!queue) {
        waiting.set(siteId, []);
        return Promise.resolve(lease(siteId));
      }
      return new Promise((resolve) => {
        const turn = (): void => {
          clearTimeout(timer);
          resolve(lease(siteId));
        };
        const timer = setTimeout(() => {
          const at = queue.indexOf(turn);
          if (at >= 0) queue.splice(at, 1);
          resolve(null);
        }, waitMs);
        queue.push(turn);
      });
    },
  };
}
