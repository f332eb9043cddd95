// Writes that would undo each other take turns: what WordPress keeps as one option and writes whole, a menu of many items, a content that
// two people save in the same moment. One after another in a process, and where it is asked for in all processes on one database server.
import { takeSharedLock } from '../store/shared-lock.js';
import type { Store } from '../store/store.js';
import type { SiteId } from '../core/ids.js';
import { createLimiter, type Limiter } from './limiter.js';

/** What is changed, of one site. A shared turn costs a connection to the database server for as long as it is held. */
export interface Turn {
  readonly name: string;
  readonly isShared: boolean;
}

/** Writes that wait for the same turn. */
const MAX_WAITING = 64;

/** By the connection to the database: clients of one process that use one store take turns with each other. */
const limiters = new WeakMap<object, Map<string, Limiter>>();

/** Does the work when it is its turn; null, and nothing is done, when that is not before the deadline (by `performance.now()`). */
export async function inTurn<T>({ database }: Store, siteId: SiteId, turn: Turn, deadline: number, work: () => Promise<T>): Promise<T | null> {
  const name = `${siteId}:${turn.name}`;
  const ofProcess = limiters.get(database.driver) ?? new Map<string, Limiter>();
  limiters.set(database.driver, ofProcess);
  const limiter = ofProcess.get(name) ?? createLimiter(1, MAX_WAITING);
  ofProcess.set(name, limiter);
  try {
    if ((await limiter.enter(deadline)) !== 'entered') return null;
    try {
      const release = turn.isShared ? await takeSharedLock(database, name, deadline) : null;
      if (turn.isShared && release === null) return null;
      try {
        return await work();
      } finally {
        await release?.();
      }
    } finally {
      limiter.leave();
    }
  } finally {
    if (limiter.isIdle()) ofProcess.delete(name);
  }
}
