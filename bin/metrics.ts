// /metrics in Prometheus's format: the process, and what the sync server counted. No label names a site.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { SyncMetrics } from '../sync/metrics.js';

/** A registry that reads the sync counters when it is asked. */
export function createMetricsRegistry(sync: SyncMetrics): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const count = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  count('sitegraph_sync_batches_total', 'Sync batches answered with processed_items', () => sync.batches);
  count('sitegraph_sync_partial_batches_total', 'Sync batches acknowledged in part', () => sync.partialBatches);
  count('sitegraph_sync_items_total', 'Sync items acknowledged', () => sync.items);
  count('sitegraph_sync_dead_letters_total', 'Sync items kept as dead letters', () => sync.deadLetters);
  count('sitegraph_sync_seconds_total', 'Seconds spent on sync batches', () => sync.seconds);
  new Counter({
    name: 'sitegraph_sync_refused_total',
    help: 'Sync requests refused, by code',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [code, times] of Object.entries(sync.refused)) this.inc({ code }, times);
    },
  });
  new Gauge({ name: 'sitegraph_sync_batches_in_progress', help: 'Sync bodies being worked on', registers: [registry], collect() { this.set(sync.inProgress); } });
  new Gauge({ name: 'sitegraph_sync_bytes_held', help: 'Bytes of sync bodies being worked on', registers: [registry], collect() { this.set(sync.bytesHeld); } });
  return registry;
}
