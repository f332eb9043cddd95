// Does the runs of kind IMPORT: gives an import its cursor, notes its progress, and says how it ended. Called by jobs/.
import type { Json } from '../../core/changes.js';
import { readImportCursor } from '../../store/read/import-state.js';
import type { RunEnd, RunProgress, SyncRunRow } from '../../store/sync-runs.js';
import { runImport, type ImportContext } from './import.js';
import { ImportStopped } from './reader.js';
import { readState } from './state.js';

/** What the doer of a run is given. */
export interface ImportRunContext {
  readonly run: Pick<SyncRunRow, 'siteId' | 'id' | 'cursor'>;
  readonly signal: AbortSignal;
  note(progress: RunProgress, cursor?: Json): Promise<void>;
}

/** Requests of one poll; a first import has no such bound, for it is waited for. What is left over is done by the next run. */
const MAX_REQUESTS = 1000;

/** The doer of imports. */
export function createImportRunner(context: ImportContext): (run: ImportRunContext) => Promise<RunEnd> {
  return async ({ run, signal, note }) => {
    const previous = run.cursor ?? (await readImportCursor(context.store.database, run.siteId));
    const isFirst = readState(previous)?.lastFullAt === null || readState(previous) === null;
    try {
      const end = await runImport(context, {
        siteId: run.siteId,
        previous,
        signal,
        save: (cursor, progress) => note(progress, cursor),
        ...(isFirst ? {} : { maxRequests: MAX_REQUESTS }),
      });
      if (end.kind === 'paused' && signal.aborted) throw signal.reason;
      return { state: 'DONE' };
    } catch (error) {
      if (!(error instanceof ImportStopped)) throw error;
      return { state: 'FAILED', errorCode: error.code, errorMessage: error.message };
    }
  };
}
