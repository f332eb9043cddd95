// The row in which a site keeps how far its full sync is (`jetpack_sync_full_status`), and what else its passes remember.
import type { Wire } from './objects.js';

/** Rows of one key, as a chunk is cut from them; `end` is what `previous_end` says of the last. */
export interface ChunkKey {
  readonly id: number;
  readonly end: Wire;
}

export type ModuleConfig = true | 1 | readonly number[];
export type FullSyncConfig = Readonly<Record<string, ModuleConfig>>;

export interface ModuleProgress {
  total: number;
  sent: number;
  finished: boolean;
  last_sent?: Wire;
  last_item?: Wire;
}

export interface FullSyncState {
  /** Seconds; null when there was none. */
  started: number | null;
  finished: number | null;
  isStartSent: boolean;
  mustCancel: boolean;
  isCancelSent: boolean;
  config: FullSyncConfig;
  context: string | null;
  progress: Record<string, ModuleProgress>;
  /** Taken at the start and said again at the end. */
  range: Wire;
  /** By module: the rows as they were when it was first asked for. What came since is an event's business, what went is left out of its chunk. */
  readonly keys: Map<string, readonly ChunkKey[]>;
  /** The lock of passes, in seconds; kept after a failure. */
  lockedUntil: number;
}

export function createFullSyncState(): FullSyncState {
  return {
    started: null, finished: null, isStartSent: false, mustCancel: false, isCancelSent: false, config: {}, context: null, progress: {}, range: {}, keys: new Map(), lockedUntil: 0,
  };
}

export function isRunning(state: FullSyncState): boolean {
  return state.started !== null && state.finished === null;
}
