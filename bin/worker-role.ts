// How a process of `start --workers` learns what it is for. Small, because every command of the command line loads it.
import cluster from 'node:cluster';
import type { Role } from './worker-messages.js';

export const MAX_WORKERS = 64;
/** Set by the primary alone, for its own children. */
export const ROLE_VARIABLE = 'SITEGRAPH_WORKER_ROLE';

/** What this process is for; null when it is no worker. */
export function workerRole(): Role | null {
  if (!cluster.isWorker) return null;
  return process.env[ROLE_VARIABLE] === 'jobs' ? 'jobs' : 'web';
}
