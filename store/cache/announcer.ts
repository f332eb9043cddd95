// Tells other processes what a transaction touches, in the transaction itself: PostgreSQL delivers it when the transaction is committed
// and to nobody when it is not. Used by store/cache/cached-database.ts; the other side is store/cache/listener.ts.
import { randomBytes } from 'node:crypto';
import type { Queryable } from '../database.js';
import { encodeParts, type Part } from './parts.js';

export const CHANNEL = 'sitegraph_cache';
/** The text that stands for everything. */
export const EVERYTHING = 'everything';

/** A notification of a commit that is under way. */
export interface Announcement {
  settle(isCommitted: boolean): void;
}

export interface Announcer {
  announce(tx: Queryable, parts: readonly Part[]): Promise<Announcement>;
  /** Tells whether a notification is this process's own and its commit was seen to succeed, so that all of it was done already. */
  isDone(sender: string): boolean;
}

/** The announcer of one store. */
export function createAnnouncer(): Announcer {
  const self = randomBytes(6).toString('hex');
  const open = new Set<string>();
  let last = 0;
  return {
    async announce(tx, parts) {
      const sender = `${self}:${(last += 1)}`;
      open.add(sender);
      try {
        await tx.query('SELECT pg_notify($1, $2)', [CHANNEL, `${sender} ${encodeParts(parts) ?? EVERYTHING}`]);
      } catch (error) {
        open.delete(sender);
        throw error;
      }
      return {
        settle(isCommitted) {
          // What failed may be committed all the same, when only the answer was lost: then its notification counts.
          if (isCommitted) open.delete(sender);
        },
      };
    },
    isDone: (sender) => sender.startsWith(`${self}:`) && !open.delete(sender),
  };
}
