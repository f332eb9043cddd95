// The incremental queue of the site (protocol reference 3.5 to 3.7): items with keys, one checkout at a time, batches by rows and bytes.
// It knows nothing of the network; sender.ts sends, sync-routes.ts gives batches to a pulling hub.
import { encodeItem } from '../../../sync/protocol/codec.js';
import { createNonce } from '../../../sync/protocol/sign-request.js';

export interface QueueItem {
  readonly key: string;
  readonly action: string;
  readonly args: unknown;
  readonly userId: number;
  /** Seconds with fractions. */
  readonly timestamp: number;
  readonly actor: unknown;
}

export interface Batch {
  readonly bufferId: string;
  readonly items: readonly QueueItem[];
}

export interface BatchLimits {
  readonly rows: number;
  readonly rowBytes: number;
  readonly encodedBytes: number;
}

export interface SyncQueue {
  add(action: string, args: unknown, userId: number, nowMs: number, actor: unknown): QueueItem;
  size(): number;
  /** Seconds since the oldest item. */
  lag(nowMs: number): number;
  items(): readonly QueueItem[];
  /** The oldest items; a text says why not: `unclosed_buffer` or `queue_size` (empty). */
  checkout(limits: BatchLimits, nowMs: number, force?: boolean): Batch | 'unclosed_buffer' | 'queue_size';
  /** Removes the given items of the open batch and gives the lock back. */
  close(bufferId: string, keys: readonly string[], keepLock?: boolean): 'closed' | 'buffer_not_checked_out' | 'buffer_mismatch';
  /** Whether there was a lock. */
  unlock(): boolean;
  isLocked(nowMs: number): boolean;
  clear(): void;
}

const LOCK_MS = 120_000;

export function createSyncQueue(): SyncQueue {
  const process = 100_000 + Math.floor(Math.random() * 900_000);
  let counter = 0;
  let items: QueueItem[] = [];
  let open: { readonly bufferId: string; readonly expiresMs: number } | null = null;
  let lastMicros = 0;

  return {
    add(action, args, userId, nowMs, actor) {
      counter += 1;
      // Two items of one millisecond still differ, as microtime does.
      lastMicros = Math.max(lastMicros + 1, Math.round(nowMs * 1000));
      const timestamp = lastMicros / 1e6;
      const item = { key: `jpsq_sync-${timestamp.toFixed(6)}-${process}-${counter}`, action, args: structuredClone(args), userId, timestamp, actor };
      items.push(item);
      return item;
    },
    size: () => items.length,
    lag: (nowMs) => (items[0] === undefined ? 0 : Math.max(0, nowMs / 1000 - items[0].timestamp)),
    items: () => items,
    checkout(limits, nowMs, force = false) {
      if (!force && this.isLocked(nowMs)) return 'unclosed_buffer';
      if (items.length === 0) return 'queue_size';
      const batch: QueueItem[] = [];
      let rowBytes = 0;
      let encodedBytes = 0;
      for (const item of items.slice(0, limits.rows)) {
        rowBytes += JSON.stringify(item.args ?? null).length + 100;
        encodedBytes += encodeQueueItem(item).length;
        if (batch.length > 0 && (rowBytes > limits.rowBytes || encodedBytes > limits.encodedBytes)) break;
        batch.push(item);
      }
      open = { bufferId: `${createNonce().toLowerCase()}abc.${Math.floor(Math.random() * 1e8)}`, expiresMs: nowMs + LOCK_MS };
      return { bufferId: open.bufferId, items: batch };
    },
    close(bufferId, keys, keepLock = false) {
      if (!open) return 'buffer_not_checked_out';
      if (open.bufferId !== bufferId) return 'buffer_mismatch';
      const done = new Set(keys);
      items = items.filter((item) => !done.has(item.key));
      if (!keepLock) open = null;
      return 'closed';
    },
    unlock() {
      const was = open !== null;
      open = null;
      return was;
    },
    isLocked: (nowMs) => open !== null && open.expiresMs > nowMs,
    clear() {
      items = [];
      open = null;
    },
  };
}

export function encodeQueueItem(item: QueueItem): string {
  return encodeItem({ action: item.action, args: item.args, userId: item.userId, timestamp: item.timestamp, isImporting: false, actor: item.actor }, 'deflate-json-array');
}
