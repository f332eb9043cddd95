// What the doer of a run is given and how it can end: the words between jobs/, which holds the lease, and sync/drive, sync/verify and
// sync/import, which do the work. No work here.
import type { Json } from '../core/changes.js';
import type { RunEnd, RunKind, RunProgress, SyncRunRow } from '../store/sync-runs.js';

export interface RunContext {
  readonly run: SyncRunRow;
  /** Aborted when the process stops or the lease is lost: the doer throws soon, and the run goes on elsewhere from its cursor. */
  readonly signal: AbortSignal;
  /** Notes how far the run is and, when given, where it goes on after an interruption. */
  note(progress: RunProgress, cursor?: Json): Promise<void>;
}

/** Does a run to its end. What it throws ends the run as FAILED, unless the signal was aborted. */
export type Runner = (context: RunContext) => Promise<RunEnd>;

export type Runners = Readonly<Record<RunKind, Runner>>;
