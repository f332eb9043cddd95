// How often a password may be tried: by login and by address, each with free tries and then a wait that doubles. In memory and
// bounded here; shared-attempts.ts counts in the database. A try counts before its outcome is known, so that many at once gain nothing.

export interface Rule {
  readonly freeTries: number;
  readonly maxWaitMs: number;
}

/** A login waits at most a minute, because anybody can make it wait; an address longer, but it has more tries: people share them. */
export const RULES = { login: { freeTries: 5, maxWaitMs: 60_000 }, address: { freeTries: 30, maxWaitMs: 15 * 60_000 } } as const satisfies Record<string, Rule>;
const FIRST_WAIT_MS = 1_000;
/** Without a further try for so long, the tries are forgotten. */
export const FORGOTTEN_MS = 3_600_000;
export const MAX_ENTRIES = 20_000;

interface Entry {
  readonly tries: number;
  readonly atMs: number;
  readonly untilMs: number;
}

export interface Attempts {
  /** Counts a try. Returns how long to wait instead, when it may not be made now; such a try does not count. */
  begin(login: string, address: string): number | Promise<number>;
  /** Takes back the counting of a try that was right. */
  succeed(login: string, address: string): void | Promise<void>;
}

export interface RememberedAttempts extends Attempts {
  begin(login: string, address: string): number;
  succeed(login: string, address: string): void;
  /** How many logins and addresses are remembered. */
  readonly size: number;
}

/** How long to wait after so many tries. */
export function waitAfter(tries: number, rule: Rule): number {
  const over = tries - rule.freeTries;
  return over < 0 ? 0 : Math.min(rule.maxWaitMs, FIRST_WAIT_MS * 2 ** Math.min(over, 30));
}

/** Creates the memory of one server. */
export function createAttempts(clock: () => number): RememberedAttempts {
  const entries = new Map<string, Entry>();
  const current = (key: string, nowMs: number): Entry | undefined => {
    const entry = entries.get(key);
    return entry && nowMs - entry.atMs < FORGOTTEN_MS ? entry : undefined;
  };
  const count = (key: string, rule: Rule, nowMs: number): void => {
    const tries = (current(key, nowMs)?.tries ?? 0) + 1;
    const waitMs = waitAfter(tries, rule);
    // Set anew, so that the map's order is that of the last try and the longest unused gives way.
    entries.delete(key);
    entries.set(key, { tries, atMs: nowMs, untilMs: nowMs + waitMs });
    if (entries.size > MAX_ENTRIES) entries.delete(entries.keys().next().value ?? '');
  };
  return {
    begin(login, address) {
      const nowMs = clock();
      const keys = [[`login ${login}`, RULES.login], [`address ${address}`, RULES.address]] as const;
      const waitMs = Math.max(...keys.map(([key]) => (current(key, nowMs)?.untilMs ?? 0) - nowMs));
      if (waitMs > 0) return waitMs;
      for (const [key, rule] of keys) count(key, rule, nowMs);
      return 0;
    },
    succeed(login, address) {
      entries.delete(`login ${login}`);
      // Not forgotten: who can sign in to one account would try others without end.
      const entry = entries.get(`address ${address}`);
      if (entry) entries.set(`address ${address}`, { ...entry, tries: entry.tries - 1, untilMs: 0 });
    },
    get size() {
      return entries.size;
    },
  };
}
