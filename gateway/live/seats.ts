// How many subscriptions are open, for each account and in all. Called by live/server.ts.
import { AppError } from '../../core/errors.js';

export interface LiveLimits {
  /** Open subscriptions of one account. */
  readonly perAccount: number;
  /** Open subscriptions of this process. */
  readonly total: number;
  /** How long one lasts; the client opens another. */
  readonly maxMs: number;
  /** Least time between two answers of one. */
  readonly paceMs: number;
  /** How long a WebSocket may wait with connection_init. */
  readonly initMs: number;
  /** Between two pings of a WebSocket; one that does not answer is closed. */
  readonly pingMs: number;
}

export const LIVE_LIMITS: LiveLimits = { perAccount: 20, total: 1_000, maxMs: 30 * 60_000, paceMs: 200, initMs: 5_000, pingMs: 15_000 };

export interface Seats {
  /** Takes a seat; throws RATE_LIMITED when there is none. Returns the function that gives it back. */
  take(accountId: string): () => void;
  close(): void;
}

/** Counts seats. */
export function createSeats({ perAccount, total }: Pick<LiveLimits, 'perAccount' | 'total'>): Seats {
  const taken = new Map<string, number>();
  let all = 0;
  let isOpen = true;
  return {
    take(accountId) {
      const own = taken.get(accountId) ?? 0;
      if (!isOpen) throw new AppError('OVERLOADED', 'the server is stopping', { retryAfterMs: 5_000 });
      if (own >= perAccount || all >= total) throw new AppError('RATE_LIMITED', `at most ${perAccount} subscriptions may be open for one account, and ${total} in all`, { retryAfterMs: 10_000 });
      taken.set(accountId, own + 1);
      all += 1;
      return () => {
        const left = (taken.get(accountId) ?? 1) - 1;
        if (left > 0) taken.set(accountId, left);
        else taken.delete(accountId);
        all -= 1;
      };
    },
    close() {
      isOpen = false;
    },
  };
}
