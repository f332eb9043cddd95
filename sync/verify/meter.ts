// What a verification may spend on a site: time, calls, objects. Whoever spends more is stopped, and the verification says so.
// A meter throws only its own error or the signal's reason.

export interface Budget {
  readonly maxMs: number;
  readonly maxCalls: number;
  readonly maxObjects: number;
}

/** Enough for a site of a million rows; a scheduled run gives less. */
export const DEFAULT_BUDGET: Budget = { maxMs: 30 * 60_000, maxCalls: 5000, maxObjects: 100_000 };

/** Thrown when a budget is used up; the verification ends with what it knows. */
export class BudgetSpent extends Error {
  constructor(what: string) {
    super(`the budget of ${what} is used up`);
    this.name = 'BudgetSpent';
  }
}

export interface Meter {
  readonly calls: number;
  readonly objects: number;
  spendCall(): void;
  spendObjects(count: number): void;
  /** Milliseconds that are left. */
  leftMs(): number;
}

export function createMeter(budget: Budget, signal: AbortSignal | undefined): Meter {
  const endsAt = performance.now() + budget.maxMs;
  let calls = 0;
  let objects = 0;
  return {
    get calls() { return calls; },
    get objects() { return objects; },
    spendCall() {
      signal?.throwIfAborted();
      calls += 1;
      if (calls > budget.maxCalls) throw new BudgetSpent(`${budget.maxCalls} calls`);
      if (performance.now() > endsAt) throw new BudgetSpent(`${Math.round(budget.maxMs / 1000)} s`);
    },
    spendObjects(count) {
      if (objects + count > budget.maxObjects) throw new BudgetSpent(`${budget.maxObjects} objects`);
      objects += count;
    },
    leftMs: () => Math.max(0, endsAt - performance.now()),
  };
}
