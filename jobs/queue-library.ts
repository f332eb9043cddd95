// The queue library (pg-boss) over our own database, embedded or not, in a schema of its own. Only jobs/ uses it.
// Its idle polling is slow on purpose; whoever enqueues in this process wakes the worker.
import PgBoss from 'pg-boss';
import type { Log } from '../core/log.js';
import type { Database, SqlValue } from '../store/database.js';

export const JOBS_SCHEMA = 'sitegraph_jobs';

export interface QueueLibrary {
  readonly boss: PgBoss;
  close(): Promise<void>;
}

/** A lost acknowledgement is no disaster: the job is done again, and every job may be. The library does not await these, so that their failure would end the process. */
const ACKNOWLEDGEMENT = /SET completed_on = now\(\)|WITH deleted_jobs AS/;

/** Starts the library; its tables are made or migrated at first, under a lock of its own. */
export async function openQueueLibrary(database: Database, log: Log): Promise<QueueLibrary> {
  let isOpen = true;
  const running = new Set<Promise<unknown>>();
  const execute = async (text: string, values: readonly unknown[]): Promise<{ rows: unknown[] }> => {
    if (/^\s*BEGIN;/.test(text)) {
      await database.atomicScript(text.replace(/^\s*BEGIN;/, '').replace(/COMMIT;\s*$/, ''));
      return { rows: [] };
    }
    return { rows: await database.query(text, values as SqlValue[]) };
  };
  const boss = new PgBoss({
    schema: JOBS_SCHEMA,
    db: {
      async executeSql(text: string, values: unknown[] = []) {
        // Like the library's own connection: after the end there are no answers.
        if (!isOpen) return undefined as unknown as { rows: unknown[] };
        const work = execute(text, values);
        running.add(work);
        try {
          return await work;
        } catch (error) {
          if (!ACKNOWLEDGEMENT.test(text)) throw error;
          log.warn({ error: nameOf(error) }, 'the end of a job could not be noted; it is done again');
          return undefined as unknown as { rows: unknown[] };
        } finally {
          running.delete(work);
        }
      },
    },
    cronMonitorIntervalSeconds: 45,
    cronWorkerIntervalSeconds: 45,
    clockMonitorIntervalSeconds: 600,
    maintenanceIntervalSeconds: 600,
    archiveCompletedAfterSeconds: 3600,
    archiveFailedAfterSeconds: 24 * 3600,
    deleteAfterDays: 7,
  });
  boss.on('error', (error) => log.error({ error: nameOf(error) }, 'the queue library reports a fault'));
  await boss.start();
  return {
    boss,
    async close() {
      await boss.stop({ graceful: false });
      isOpen = false;
      await Promise.allSettled(running);
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'unknown';
}
