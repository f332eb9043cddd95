// Whether a site is told to send from requests of its own (dedicated sync, response header `Jetpack-Dedicated-Sync: on`): when its queue
// stays longer than a batch. Asked by sync/server for each post. The site proves first that it can; if it cannot, nothing changes there,
// so it is not told again for hours. Never told "off": a site pauses it by itself when it does not help.
import type { SiteId } from '../core/ids.js';

export const DEDICATED_HEADER = 'jetpack-dedicated-sync';

/** A site sends at most 500 rows a batch; what waits beyond that after a minute will not be gone with the next visitors. */
const LONG_QUEUE = 500;
const LONG_FOR_MS = 60_000;
const SILENT_FOR_MS = 6 * 3_600_000;
const MAX_SITES = 10_000;

interface Seen {
  /** Since when every post told a long queue; null while it is short. */
  longSinceMs: number | null;
  toldMs: number;
}

export interface DedicatedWishes {
  /** Takes note of what a post says of its queue; true when its answer should carry the header. */
  isWished(siteId: SiteId, queueSize: number | null, flowType: string | null, nowMs: number): boolean;
}

/** Creates the memory of one process. */
export function createDedicatedWishes(): DedicatedWishes {
  const sites = new Map<SiteId, Seen>();
  return {
    isWished(siteId, queueSize, flowType, nowMs) {
      if (queueSize === null || flowType === 'dedicated') return false;
      const seen = sites.get(siteId) ?? { longSinceMs: null, toldMs: Number.NEGATIVE_INFINITY };
      if (!sites.has(siteId)) {
        for (const oldest of sites.keys()) if (sites.size >= MAX_SITES) sites.delete(oldest);
        sites.set(siteId, seen);
      }
      if (queueSize <= LONG_QUEUE) {
        seen.longSinceMs = null;
        return false;
      }
      seen.longSinceMs ??= nowMs;
      if (nowMs - seen.longSinceMs < LONG_FOR_MS || nowMs - seen.toldMs < SILENT_FOR_MS) return false;
      seen.toldMs = nowMs;
      return true;
    },
  };
}
