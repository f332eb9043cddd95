// The same counting of tries in the database, for servers of which several answer at one address: the sum of all of them counts, and a
// restart forgets nothing. Made by bin/ where processes share a database.
import { countTries, forgetTries, takeTriesBack } from '../store/sign-in-tries.js';
import type { Database } from '../store/database.js';
import { FORGOTTEN_MS, MAX_ENTRIES, RULES, waitAfter, type Attempts } from './attempts.js';

/** Every so many tries those that are over, or too many, are forgotten. */
const TRIES_A_SWEEP = 100;

/** Creates the counting over a database. */
export function createSharedAttempts(database: Database, clock: () => number = Date.now): Attempts {
  let count = 0;
  return {
    async begin(login, address) {
      const now = new Date(clock());
      if ((count += 1) % TRIES_A_SWEEP === 0) await forgetTries(database, new Date(now.getTime() - FORGOTTEN_MS), MAX_ENTRIES);
      const rules = [[`login ${login}`, RULES.login], [`address ${address}`, RULES.address]] as const;
      return countTries(database, rules.map(([what, rule]) => ({ what, waitAfter: (tries) => waitAfter(tries, rule) })), now, FORGOTTEN_MS);
    },
    // The address's tries are not forgotten: who can sign in to one account would try others without end.
    succeed: (login, address) => takeTriesBack(database, `login ${login}`, `address ${address}`),
  };
}
