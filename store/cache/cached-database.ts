// A database whose writes take what they touch out of the cache. Every statement of the process passes here, so no writer can
// be forgotten: one that writes a cached table and does not name which part touches all of it. Made by store/store.ts.
// On a PostgreSQL server each commit also tells the other processes, in the transaction itself.
import { tookUnwatched } from '../../core/answer-sources.js';
import type { Database, Queryable, Row, SqlValue } from '../database.js';
import type { Announcer } from './announcer.js';
import { GatheredParts, touchedParts, type Part } from './parts.js';
import type { ReadCache } from './read-cache.js';
import { tablesWritten } from './tables.js';

/** What runs beside each commit; either may be absent. */
export interface CacheWiring {
  readonly cache: ReadCache | null;
  /** Tells other processes; null where there are none. */
  readonly announcer: Announcer | null;
}

/** Wraps a database. Reads go through the cache only where a statement is asked by store/cache/cached-rows.ts, and never in a transaction. */
export function createCachedDatabase(database: Database, { cache, announcer }: CacheWiring): Database {
  if (cache === null && announcer === null) return database;

  async function transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    tookUnwatched();
    const gathered = new GatheredParts();
    let settle: ((isCommitted: boolean) => void) | undefined;
    const run = async (tx: Queryable): Promise<T> => {
      const result = await work({
        query<Found extends Row>(text: string, values: readonly SqlValue[] = [], touches: readonly Part[] = []) {
          gather(gathered, text, touches);
          return tx.query<Found>(text, values);
        },
      });
      const parts = gathered.list();
      if (parts.length > 0) {
        const announcement = await announcer?.announce(tx, parts);
        const release = cache?.hold(parts);
        settle = (isCommitted) => {
          release?.(isCommitted);
          announcement?.settle(isCommitted);
        };
      }
      return result;
    };
    try {
      const result = await database.transaction(run);
      settle?.(true);
      return result;
    } catch (error) {
      settle?.(false);
      throw error;
    }
  }

  return {
    ...database,
    ...(cache === null ? {} : { cache }),
    async query<T extends Row>(text: string, values: readonly SqlValue[] = [], touches: readonly Part[] = []): Promise<T[]> {
      // What the cache asks for it tells of itself.
      tookUnwatched();
      const parts = touchedParts(tablesWritten(text), touches);
      if (parts.length === 0) return database.query<T>(text, values);
      if (announcer !== null) return transaction((tx) => tx.query<T>(text, values, parts));
      const release = cache?.hold(parts);
      try {
        return await database.query<T>(text, values);
      } finally {
        release?.(true);
      }
    },
    transaction,
    async script(sql) {
      await database.script(sql);
      cache?.clear();
    },
  };
}

function gather(gathered: GatheredParts, text: string, touches: readonly Part[]): void {
  for (const part of touchedParts(tablesWritten(text), touches)) gathered.add(part);
}
