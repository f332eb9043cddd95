// A worker's end of the channel to the primary of `start --workers`: tells that it is ready, asks for the sum of all metrics, and holds
// locks that count on the whole machine. Made by worker.ts.
import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { UploadLocker } from '../gateway/uploads.js';
import { AppError } from '../core/errors.js';
import { isMessage, type FromWorker, type ToWorker } from './worker-messages.js';

/** As long as @tus/server's own locks in memory wait for one another. */
const LOCK_WAIT_MS = 30_000;
const METRICS_WAIT_MS = 6_000;

export interface WorkerChannel {
  readonly locker: UploadLocker;
  ready(url: string): void;
  /** The metrics of all processes, summed up; `own` are this one's. */
  gatherMetrics(own: Registry): Promise<string>;
  shareMetrics(own: Registry): void;
  onStop(stop: () => void): void;
}

/** Opens the channel of this process, which must be a worker. */
export function openWorkerChannel(): WorkerChannel {
  let last = 0;
  const waiting = new Map<number, (text: string) => void>();
  const held = new Map<number, { readonly locked: () => void; readonly giveWay: () => void }>();
  const stops: (() => void)[] = [];
  const send = (message: FromWorker): void => void process.send?.(message);
  process.on('message', (message) => {
    if (!isMessage<ToWorker>(message)) return;
    if (message.kind === 'metrics') waiting.get(message.ask)?.(message.text);
    else if (message.kind === 'locked') held.get(message.ticket)?.locked();
    else if (message.kind === 'give-way') held.get(message.ticket)?.giveWay();
    else for (const stop of stops) stop();
  });
  if (!cluster.isWorker) throw new AppError('INTERNAL', 'a channel to the primary was asked for outside of a worker');
  return {
    locker: {
      newLock(name) {
        let ticket = 0;
        const giveBack = (): void => {
          held.delete(ticket);
          send({ kind: 'unlock', ticket });
        };
        return {
          lock: (signal, requestRelease) =>
            new Promise((resolve, reject) => {
              ticket = last += 1;
              const end = (settle: () => void): void => {
                clearTimeout(timer);
                signal.removeEventListener('abort', give);
                settle();
              };
              const give = (): void => {
                giveBack();
                end(() => reject(new AppError('OVERLOADED', 'another request holds this upload; try again', { retryAfterMs: 1_000 })));
              };
              const timer = setTimeout(give, LOCK_WAIT_MS);
              signal.addEventListener('abort', give, { once: true });
              held.set(ticket, { locked: () => end(resolve), giveWay: () => void requestRelease() });
              send({ kind: 'lock', ticket, name });
            }),
          unlock: async () => giveBack(),
        };
      },
    },
    ready: (url) => send({ kind: 'ready', url }),
    async gatherMetrics(own) {
      const ask = (last += 1);
      try {
        return await new Promise<string>((resolve, reject) => {
          const timer = setTimeout(() => reject(new AppError('TIMEOUT', 'the other processes did not tell their metrics in time')), METRICS_WAIT_MS);
          waiting.set(ask, (text) => {
            clearTimeout(timer);
            resolve(text);
          });
          send({ kind: 'metrics', ask });
        });
      } catch {
        // A process that just died is left out of nothing but this answer; the own figures are better than none.
        return own.metrics();
      } finally {
        waiting.delete(ask);
      }
    },
    shareMetrics(own) {
      AggregatorRegistry.setRegistries(own);
      // Its constructor begins to answer the primary.
      new AggregatorRegistry();
    },
    onStop: (stop) => void stops.push(stop),
  };
}
