// Leaves a site alone that failed so often that calling it only costs: open after consecutive failures, then one probe at a time.
// Called by site-gate.ts. It keeps no clock of its own.

export interface Breaker {
  /** Whether a call may be made now; true for one probe once the rest is over. Each true is followed by exactly one of the three below. */
  admits(nowMs: number): boolean;
  /** The site answered. */
  succeed(): void;
  /** The site could not be reached; returns true when the breaker opened by this. */
  fail(nowMs: number): boolean;
  /** The call was not made after all. */
  abandon(): void;
  /** When the rest ends; null while calls are admitted. */
  restsUntilMs(): number | null;
}

/** Creates the breaker of one site: `maxFailures` in a row open it for `restMs`, doubled with each failed probe up to `maxRestMs`. */
export function createBreaker(limits: { readonly maxFailures: number; readonly restMs: number; readonly maxRestMs: number }): Breaker {
  let failures = 0;
  let openings = 0;
  let openUntilMs: number | null = null;
  let isProbing = false;
  return {
    admits(nowMs) {
      if (openUntilMs === null) return true;
      if (isProbing || nowMs < openUntilMs) return false;
      isProbing = true;
      return true;
    },
    succeed() {
      failures = 0;
      openings = 0;
      openUntilMs = null;
      isProbing = false;
    },
    fail(nowMs) {
      failures += 1;
      const opens = isProbing || (openUntilMs === null && failures >= limits.maxFailures);
      if (opens) {
        openUntilMs = nowMs + Math.min(limits.maxRestMs, limits.restMs * 2 ** Math.min(openings, 20));
        openings += 1;
      }
      isProbing = false;
      return opens;
    },
    abandon() {
      isProbing = false;
    },
    restsUntilMs: () => openUntilMs,
  };
}
