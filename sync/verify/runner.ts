// Does runs of the kinds VERIFY and REPAIR: runVerification in the words of jobs/. Made in the composition root.
import type { SiteClient } from '../../origin/site-calls.js';
import type { Store } from '../../store/store.js';
import { requestRun, type SyncRunRow } from '../../store/sync-runs.js';
import type { Runner } from '../runs.js';
import type { Budget } from './meter.js';
import { runVerification, type VerificationReport, type VerifyMode } from './run.js';

export interface VerifyRunnerOptions {
  readonly store: Store;
  readonly client: SiteClient;
  readonly budget?: Partial<Budget>;
}

/** What a schedule may spend: a site of a hundred thousand posts that differs in a few hundred rows. */
export const SCHEDULED_BUDGET: Partial<Budget> = { maxMs: 15 * 60_000, maxCalls: 1500, maxObjects: 20_000 };

/** The doer of VERIFY, or of REPAIR. The tables are those of the run's `modules`; its results carry its id. */
export function createVerifyRunner(options: VerifyRunnerOptions, mode: VerifyMode): Runner {
  return async ({ run, signal, note }) => {
    const isScheduled = run.requestedBy === 'schedule';
    const report = await runVerification({
      store: options.store, client: options.client, siteId: run.siteId, mode, runId: run.id, tables: run.modules, signal,
      budget: { ...(isScheduled ? SCHEDULED_BUDGET : {}), ...options.budget },
      onProgress: (progress) => note(progress),
    });
    if (mode === 'REPAIR') await askForFullSync(options.store, report, run);
    if (report.verdict === 'not-verified') return { state: 'FAILED', errorCode: codeOf(report), errorMessage: report.message ?? 'not verified: no table could be compared' };
    return { state: 'DONE' };
  };
}

const BY_REPAIR = 'repair';

/** What cannot be repaired row by row comes with a full sync: of everything, or of the shop's items. */
async function askForFullSync(store: Store, report: VerificationReport, run: SyncRunRow): Promise<void> {
  const codes = report.tables.flatMap((table) => table.refusal?.code ?? []);
  const modules = codes.includes('too-different') ? null : codes.includes('needs-full-sync') ? ['woocommerce'] : undefined;
  if (modules === undefined) return;
  // A full sync is verified, and what still differs is repaired: once a day, or one false difference would keep a site busy for ever.
  const [recent] = await store.database.query(
    `SELECT 1 FROM sync_run WHERE site_id = $1 AND kind = 'FULL' AND requested_by = $2 AND requested_at > now() - interval '20 hours' LIMIT 1`, [run.siteId, BY_REPAIR]);
  if (!recent) await requestRun(store, { siteId: run.siteId, kind: 'FULL', modules, requestedBy: BY_REPAIR });
}

function codeOf(report: VerificationReport): string {
  return report.tables.find((table) => table.refusal !== null)?.refusal?.code ?? 'not-verified';
}
