// `sitegraph start --workers N`, the primary: N processes that answer requests at one address and one that does the jobs, on one PostgreSQL
// database. It serves nothing itself. What it keeps for them is in lock-table.ts; what they are is in worker.ts.
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import { AppError } from '../core/errors.js';
import { createLog, type Log } from '../core/log.js';
import { canOperatorSignIn } from '../store/accounts.js';
import type { Config } from './config.js';
import { createLockTable, type LockTable } from './lock-table.js';
import { openConfiguredStore } from './open-store.js';
import { claimDataDir } from './running-server.js';
import { createSupervisor, type Kept } from './supervisor.js';
import { isMessage, type FromWorker, type Role, type ToWorker } from './worker-messages.js';
import { ROLE_VARIABLE } from './worker-role.js';

/** Longer than a server takes to let its requests end (serve.ts). */
const PATIENCE_MS = 30_000;

export interface RunningCluster {
  readonly url: string;
  readonly canOperatorSignIn: boolean;
  close(): Promise<void>;
}

/** Starts all processes and returns when they are ready. Throws CONFIGURATION where several processes cannot work. */
export async function startCluster(config: Config, workers: number): Promise<RunningCluster> {
  if (config.databaseUrl === undefined) {
    throw new AppError('CONFIGURATION', 'several workers need a database that they can share, and the embedded one belongs to one process: set DATABASE_URL to a PostgreSQL server, or start without --workers');
  }
  const log = createLog(config.logLevel);
  const claim = claimDataDir(config.dataDir);
  const supervisor = createSupervisor({ lost: (name, how, delayMs) => log.error({ name, how, delayMs }, 'a process ended; another takes its place') });
  try {
    // Migrates before anybody else looks, and makes the key file where there is no secret.
    const store = await openConfiguredStore(config);
    const canSignIn = await canOperatorSignIn(store.database);
    await store.close();
    const desk = serveWorkers(log);
    await supervisor.keep(() => desk.start('web', 'worker 1'));
    const others = Array.from({ length: workers - 1 }, (_, index) => supervisor.keep(() => desk.start('web', `worker ${index + 2}`)));
    await Promise.all([...others, supervisor.keep(() => desk.start('jobs', 'jobs'))]);
    claim.announce(desk.url());
    return {
      url: desk.url(),
      canOperatorSignIn: canSignIn,
      async close() {
        await supervisor.close(PATIENCE_MS);
        claim.release();
      },
    };
  } catch (error) {
    await supervisor.close(0);
    claim.release();
    if (error instanceof AppError) throw error;
    throw new AppError('CONFIGURATION', `${(error as Error).message}; its own message stands above`, { cause: error });
  }
}

/** Answers what the workers ask of the primary. */
function serveWorkers(log: Log): { start(role: Role, name: string): Kept; url(): string } {
  const sums = new AggregatorRegistry();
  let url = '';
  const tell = (worker: Worker | undefined, message: ToWorker): void => {
    if (worker?.isConnected() === true) worker.send(message);
  };
  const workerOf = (id: number): Worker | undefined => cluster.workers?.[id];
  const locks: LockTable = createLockTable({
    locked: (id, ticket) => tell(workerOf(id), { kind: 'locked', ticket }),
    giveWay: (id, ticket) => tell(workerOf(id), { kind: 'give-way', ticket }),
  });
  const hear = (worker: Worker, message: FromWorker): void => {
    switch (message.kind) {
      case 'ready':
        if (message.url !== '') url = message.url;
        return;
      case 'lock':
        return locks.lock(worker.id, message.ticket, message.name);
      case 'unlock':
        return locks.unlock(worker.id, message.ticket);
      case 'metrics':
        sums.clusterMetrics().then(
          (text) => tell(worker, { kind: 'metrics', ask: message.ask, text }),
          (error: unknown) => log.warn({ error: (error as Error).message }, 'the metrics of the workers could not be summed up'),
        );
        return;
    }
  };
  return {
    url: () => url,
    start(role, name) {
      const worker = cluster.fork({ [ROLE_VARIABLE]: role });
      const ready = new Promise<void>((resolve) => {
        worker.on('message', (message: unknown) => {
          if (!isMessage<FromWorker>(message)) return;
          hear(worker, message);
          if (message.kind === 'ready') resolve();
        });
      });
      const ended = new Promise<string>((resolve) => {
        worker.once('exit', (code: number | null, signal: string | null) => {
          locks.gone(worker.id);
          resolve(signal ?? `code ${code}`);
        });
      });
      return { name, ready, ended, stop: () => tell(worker, { kind: 'stop' }), kill: () => void worker.process.kill('SIGKILL') };
    },
  };
}
