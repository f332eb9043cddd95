// What the sync server counted since it started, as plain numbers for /metrics. Nothing here names a site or an item.

export interface SyncMetrics {
  /** Batches that were answered with processed_items. */
  batches: number;
  /** Those of them that were acknowledged in part, because time ran out or the store failed on the way. */
  partialBatches: number;
  /** Items that were acknowledged. */
  items: number;
  /** Dead letters that were kept for the first time. */
  deadLetters: number;
  /** Refused requests by the code that was answered. */
  readonly refused: Record<string, number>;
  /** Seconds spent on batches, from the request's head to its answer. */
  seconds: number;
  /** Bodies being worked on now, and their bytes. */
  inProgress: number;
  bytesHeld: number;
}

/** Counters at zero. */
export function createSyncMetrics(): SyncMetrics {
  return { batches: 0, partialBatches: 0, items: 0, deadLetters: 0, refused: {}, seconds: 0, inProgress: 0, bytesHeld: 0 };
}
