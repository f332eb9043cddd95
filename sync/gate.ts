// Bounds what is worked on: entered with the announced size before a body is read, left when its answer is made.
// Called by sync/signed-request.
import type { SiteId } from '../core/ids.js';
import type { SyncLimits } from './limits.js';
import type { SyncMetrics } from './metrics.js';

export type Entry =
  | { readonly kind: 'entered'; readonly leave: () => void }
  /** The server as a whole has enough to do. */
  | { readonly kind: 'full' }
  /** This site already has as many requests here as it may. */
  | { readonly kind: 'site-full' };

export interface Gate {
  enter(siteId: SiteId, bytes: number): Entry;
}

/** Creates the gate of one server; its numbers are those of `metrics`. */
export function createGate(limits: SyncLimits, metrics: SyncMetrics): Gate {
  const bySite = new Map<SiteId, number>();
  return {
    enter(siteId, bytes) {
      const ofSite = bySite.get(siteId) ?? 0;
      if (ofSite >= limits.maxBatchesOfSite) return { kind: 'site-full' };
      if (metrics.inProgress >= limits.maxBatches || metrics.bytesHeld + bytes > limits.maxBytesHeld) return { kind: 'full' };
      bySite.set(siteId, ofSite + 1);
      metrics.inProgress += 1;
      metrics.bytesHeld += bytes;
      let isInside = true;
      return {
        kind: 'entered',
        leave() {
          if (!isInside) return;
          isInside = false;
          metrics.inProgress -= 1;
          metrics.bytesHeld -= bytes;
          const left = (bySite.get(siteId) ?? 1) - 1;
          if (left > 0) bySite.set(siteId, left);
          else bySite.delete(siteId);
        },
      };
    },
  };
}
