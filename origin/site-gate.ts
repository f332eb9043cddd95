// The way to one site: its limit of calls at once, its breaker, and the repetition of reads. Called by site-client.ts.
// A write goes through it exactly once; a read is repeated only while its deadline allows.
import { createBreaker } from './breaker.js';
import { createLimiter, type Limiter } from './limiter.js';
import type { CallFailureCode, CallOutcome } from './site-calls.js';

export interface GateLimits {
  /** Calls to one site at once. */
  readonly maxActive: number;
  /** Calls that wait for one of those places. */
  readonly maxWaiting: number;
  /** Calls in a row that must fail before the site is left alone. */
  readonly maxFailures: number;
  /** How long it is left alone first; doubled with each failed probe. */
  readonly restMs: number;
  readonly maxRestMs: number;
  /** How often a read is repeated. */
  readonly maxRetries: number;
  /** The longest wait before the first repetition; doubled with each, of which a random part is waited. */
  readonly retryMs: number;
}

export const GATE_LIMITS: GateLimits = { maxActive: 4, maxWaiting: 64, maxFailures: 5, restMs: 15_000, maxRestMs: 600_000, maxRetries: 2, retryMs: 400 };

export interface GateRun {
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly mayRetry: boolean;
  readonly nowMs: () => number;
}

export interface GateResult<T> {
  readonly outcome: CallOutcome<T>;
  /** False when the call never left this process, so that it says nothing about the site. */
  readonly wasTried: boolean;
  /** When the site is called again, in ms since 1970; set when it is left alone from now on because of this call. */
  readonly restsUntilMs: number | null;
}

export interface Gate {
  run<T>(run: GateRun, attempt: () => Promise<CallOutcome<T>>): Promise<GateResult<T>>;
  isIdle(): boolean;
}

/** Failures that say that there is no way to the site; after all others it has answered. */
const NO_WAY: ReadonlySet<CallFailureCode> = new Set(['unreachable', 'timeout', 'certificate', 'private-address']);

/** Creates the gate of one site. `shared` is a limit that this gate shares with others. */
export function createGate(limits: GateLimits, shared?: Limiter): Gate {
  const limiter = createLimiter(limits.maxActive, limits.maxWaiting);
  const breaker = createBreaker(limits);

  async function pass<T>(run: GateRun, attempt: () => Promise<CallOutcome<T>>): Promise<GateResult<T>> {
    if (!breaker.admits(run.nowMs())) return untried('resting', `the site failed so often that it is left alone until ${timeText(breaker.restsUntilMs() ?? run.nowMs())}`);
    let outcome: CallOutcome<T>;
    try {
      outcome = await withRetries(run, attempt);
    } catch (error) {
      breaker.abandon();
      throw error;
    }
    const failed = outcome.kind === 'failure' && NO_WAY.has(outcome.code);
    if (!failed) breaker.succeed();
    const opened = failed && breaker.fail(run.nowMs());
    return { outcome, wasTried: true, restsUntilMs: opened ? breaker.restsUntilMs() : null };
  }

  async function withRetries<T>(run: GateRun, attempt: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>> {
    for (let repetition = 0; ; repetition += 1) {
      const outcome = await attempt();
      if (!run.mayRetry || repetition >= limits.maxRetries || outcome.kind !== 'failure' || outcome.code !== 'unreachable') return outcome;
      const waitMs = Math.random() * limits.retryMs * 2 ** repetition;
      if (performance.now() + waitMs >= run.deadline) return outcome;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  return {
    async run(run, attempt) {
      const entered: Limiter[] = [];
      try {
        for (const limit of shared ? [limiter, shared] : [limiter]) {
          const entry = await limit.enter(run.deadline);
          if (entry === 'full') return untried('timeout', `${limits.maxWaiting} calls are waiting already`);
          if (entry === 'late') return untried('timeout', 'the calls before this one took all its time');
          entered.push(limit);
        }
        return await pass(run, attempt);
      } finally {
        for (const limit of entered) limit.leave();
      }
    },
    isIdle: () => limiter.isIdle(),
  };
}

function untried(code: CallFailureCode, message: string): GateResult<never> {
  return { outcome: { kind: 'failure', code, message, wasSent: false }, wasTried: false, restsUntilMs: null };
}

/** A moment for a person, to the second, in UTC. */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
