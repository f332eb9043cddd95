// Bounds of the sync server: bytes, moments and numbers. Read by everything in sync/; tests and bin/ override single ones.
import { DEFAULT_ITEM_LIMITS, type ItemLimits } from './protocol/codec.js';

export interface SyncLimits {
  /** Largest body; a single item may be several MB (`upload_max_bytes` does not bind the first item of a batch). */
  readonly maxBodyBytes: number;
  /** Requests with a body that are worked on at once, of all sites. */
  readonly maxBatches: number;
  /** The same of one site; it legitimately sends from its two queues at once. */
  readonly maxBatchesOfSite: number;
  /** Transactions of them that are made at once (sync/places). */
  readonly maxAtWork: number;
  /** Bytes of bodies held at once. */
  readonly maxBytesHeld: number;
  /** How long the body of a believed request may take to arrive. */
  readonly bodyTimeoutMs: number;
  /** How long a batch waits for another batch of its site. */
  readonly leaseWaitMs: number;
  /** How long a batch is worked on before it is acknowledged as far as it is committed. */
  readonly budgetMs: number;
  /** What is kept free of the time-out that the site names. */
  readonly timeoutMarginMs: number;
  /** Most items of one transaction. */
  readonly itemsPerTransaction: number;
  /** Bytes of decoded JSON after which a transaction is closed. */
  readonly bytesPerTransaction: number;
  readonly items: ItemLimits;
}

const MIB = 1024 * 1024;

/** The defaults: a site waits 20 s (30 s in cron), and slows down when an answer takes longer than 10 s. */
export const DEFAULT_SYNC_LIMITS: SyncLimits = {
  maxBodyBytes: 32 * MIB,
  maxBatches: 8,
  maxBatchesOfSite: 3,
  maxAtWork: 3,
  maxBytesHeld: 96 * MIB,
  bodyTimeoutMs: 20_000,
  leaseWaitMs: 4_000,
  budgetMs: 12_000,
  timeoutMarginMs: 5_000,
  itemsPerTransaction: 500,
  bytesPerTransaction: 8 * MIB,
  items: DEFAULT_ITEM_LIMITS,
};

/** The least time for a batch, whatever the site says. */
const MIN_BUDGET_MS = 1_000;

/** How long a batch may be worked on when its site waits `timeoutSeconds` (its query argument `timeout`, null when absent). */
export function budgetOf(limits: SyncLimits, timeoutSeconds: number | null): number {
  if (timeoutSeconds === null) return limits.budgetMs;
  return Math.min(limits.budgetMs, Math.max(MIN_BUDGET_MS, timeoutSeconds * 1000 - limits.timeoutMarginMs));
}
