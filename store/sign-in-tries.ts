// Tries of passwords that several processes count together. Called by accounts/shared-attempts, which has the rules; a row is what is
// counted by its SHA-256, because what people type as a login may be anything.
import { createHash } from 'node:crypto';
import type { Database } from './database.js';

export interface Counted {
  /** What is counted, such as a login or a network. */
  readonly what: string;
  /** How long nothing may be tried after so many tries, in milliseconds. */
  readonly waitAfter: (tries: number) => number;
}

const hashOf = (what: string): Buffer => createHash('sha256').update(what).digest();

/** Counts a try of each at once; when one of them has to wait, counts none and returns the milliseconds. */
export function countTries(database: Database, counted: readonly Counted[], now: Date, forgottenMs: number): Promise<number> {
  // In one order for everybody, so that two never wait for one another.
  const rows = counted.map(({ what, waitAfter }) => ({ hash: hashOf(what), waitAfter })).sort((a, b) => Buffer.compare(a.hash, b.hash));
  return database.transaction(async (tx) => {
    let waitMs = 0;
    const next: { hash: Buffer; tries: number; until: Date }[] = [];
    for (const { hash, waitAfter } of rows) {
      const [known] = await tx.query<{ tries: number; at: Date; until: Date }>(
        'INSERT INTO sign_in_try (hash, tries, at, until) VALUES ($1, 0, $2, $2) ON CONFLICT (hash) DO UPDATE SET tries = sign_in_try.tries RETURNING tries, at, until', [hash, now]);
      const isOver = !known || now.getTime() - known.at.getTime() >= forgottenMs;
      if (!isOver) waitMs = Math.max(waitMs, known.until.getTime() - now.getTime());
      const tries = (isOver ? 0 : known.tries) + 1;
      next.push({ hash, tries, until: new Date(now.getTime() + waitAfter(tries)) });
    }
    if (waitMs > 0) return waitMs;
    for (const { hash, tries, until } of next) await tx.query('UPDATE sign_in_try SET tries = $2, at = $3, until = $4 WHERE hash = $1', [hash, tries, now, until]);
    return 0;
  });
}

/** Forgets what is counted of the first, and takes one try of the second back. */
export async function takeTriesBack(database: Database, first: string, second: string): Promise<void> {
  await database.query('DELETE FROM sign_in_try WHERE hash = $1', [hashOf(first)]);
  await database.query('UPDATE sign_in_try SET tries = greatest(0, tries - 1), until = at WHERE hash = $1', [hashOf(second)]);
}

/** Forgets what was not tried since a moment, and the oldest beyond a number. */
export async function forgetTries(database: Database, before: Date, most: number): Promise<void> {
  await database.query('DELETE FROM sign_in_try WHERE at < $1 OR hash IN (SELECT hash FROM sign_in_try ORDER BY at DESC OFFSET $2)', [before, most]);
}
