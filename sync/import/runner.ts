// Does the runs of kind IMPORT: gives an import its cursor, notes its progress, and says how it ended. Called by jobs/.
import type { Json } from '../../core/changes.js';
import { readImportCursor } from '../../store/read/import-state.js';
import type { RunEnd, RunProgress, SyncRunRow } from '../../store/sync-runs.js';
import { runImport, type ImportContext } from './import.js';
import { ImportStopped } from './reader.js';
import { readState } from './state.js';

/** What the doer of a run is given. */
export interface ImportRunContext {
  readonly run: Pick<SyncRunRow, 'siteId' | 'id' | 'cursor' | 'requestedBy'>;
  readonly signal: AbortSignal;
  note(progress: RunProgress, cursor?: Json): Promise<void>;
}

/** Requests of one poll by the schedule; what is asked for by hand, and a first import, is waited for. The next run does what is left over. */
const MAX_REQUESTS = 1000;

/** The doer of imports. */
export function createImportRunner(context: ImportContext): (run: ImportRunContext) => Promise<RunEnd> {
  return async ({ run, signal, note }) => {
    const previous = run.cursor ?? (await readImportCursor(context.store.database, run.siteId));
    const isBounded = run.requestedBy === 'schedule' && (readState(previous)?.lastFullAt ?? null) !== null;
    try {
      const end = await runImport(context, {
        siteId: run.siteId,
        previous,
        signal,
        // Whoever asks by hand wants certainty.
        isWhole: run.requestedBy !== 'schedule',
        save: (cursor, progress) => note(progress, cursor),
        ...(isBounded ? { maxRequests: MAX_REQUESTS } : {}),
      });
      if (end.kind === 'paused' && signal.aborted) throw signal.reason;
      return { state: 'DONE' };
    } catch (error) {
      if (!(error instanceof ImportStopped)) throw error;
      return { state: 'FAILED', errorCode: error.code, errorMessage: error.message };
    }
  };
}
