// /metrics in Prometheus's format: the process, what the sync server counted, and the cache of reads. No label names a site.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { KeptAnswers } from '../gateway/kept-answers.js';
import type { ReadCache } from '../store/cache/read-cache.js';
import type { SyncMetrics } from '../sync/metrics.js';

/** A registry that reads the counters when it is asked. */
export function createMetricsRegistry(sync: SyncMetrics, cache?: ReadCache, kept?: KeptAnswers): Registry {
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
  if (cache) registerCache(registry, cache, count);
  if (kept) {
    count('sitegraph_answers_kept_hits_total', 'Requests answered by an answer that was kept', () => kept.stats.hits);
    new Gauge({ name: 'sitegraph_answers_kept_bytes', help: 'Bytes held of whole answers', registers: [registry], collect() { this.set(kept.stats.bytes); } });
  }
  return registry;
}

function registerCache(registry: Registry, cache: ReadCache, count: (name: string, help: string, read: () => number) => unknown): void {
  count('sitegraph_cache_hits_total', 'Reads answered by the cache', () => cache.stats.hits);
  count('sitegraph_cache_joined_total', 'Reads answered by the same read already under way', () => cache.stats.joined);
  count('sitegraph_cache_misses_total', 'Reads that went to the database and were kept', () => cache.stats.misses);
  count('sitegraph_cache_bypasses_total', 'Reads past the cache: a commit was under way, or the cache was off', () => cache.stats.bypasses);
  count('sitegraph_cache_drops_total', 'Entries taken away because a commit touched them', () => cache.stats.drops);
  count('sitegraph_cache_evictions_total', 'Entries that made room for others', () => cache.stats.evictions);
  new Gauge({ name: 'sitegraph_cache_bytes', help: 'Bytes held by the cache of reads', registers: [registry], collect() { this.set(cache.stats.bytes); } });
  new Gauge({ name: 'sitegraph_cache_entries', help: 'Entries of the cache of reads', registers: [registry], collect() { this.set(cache.stats.entries); } });
  new Gauge({ name: 'sitegraph_cache_on', help: '1 while the cache serves; 0 while it does not hear of other processes', registers: [registry], collect() { this.set(cache.isOn ? 1 : 0); } });
}
