// Token buckets by address for the calls that anybody can make: registration, token, nonce check, token health.
// Called by routes.ts. In memory and bounded: the oldest bucket gives way, and a full bucket is no bucket.

/** What a fresh address may spend at once, and what it gets back. Registration costs most, for it makes us call somebody. */
export const DEFAULT_BURST = 60;
const REFILL_PER_SECOND = 1;
const MAX_ADDRESSES = 10_000;

export interface RateLimiter {
  /** Spends; returns the seconds to wait when there is not enough, otherwise 0. */
  spend(address: string, cost: number): number;
}

interface Bucket {
  level: number;
  atMs: number;
}

/** Creates the limiter of one server. */
export function createRateLimiter(clock: () => number, burst = DEFAULT_BURST): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    spend(address, cost) {
      const nowMs = clock();
      const known = buckets.get(address);
      const level = known ? Math.min(burst, known.level + (Math.max(0, nowMs - known.atMs) / 1000) * REFILL_PER_SECOND) : burst;
      const isEnough = level >= cost;
      buckets.delete(address);
      buckets.set(address, { level: isEnough ? level - cost : level, atMs: nowMs });
      if (buckets.size > MAX_ADDRESSES) buckets.delete(buckets.keys().next().value ?? '');
      return isEnough ? 0 : Math.ceil((cost - level) / REFILL_PER_SECOND);
    },
  };
}
