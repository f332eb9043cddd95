// Reads what verifications found, summed over the tables of a site. Called by jobs/.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

/** One verification or repair of a site. */
export interface ChecksumSummary extends Row {
  readonly siteId: SiteId;
  readonly runId: string;
  readonly checkedAt: Date;
  readonly rows: number;
  readonly driftedRows: number;
  readonly repairedRows: number;
}

const SUMS = `site_id AS "siteId", run_id AS "runId", max(checked_at) AS "checkedAt", least(sum(rows), 2147483647)::int AS rows,
  least(sum(drifted_rows), 2147483647)::int AS "driftedRows", least(sum(repaired_rows), 2147483647)::int AS "repairedRows"`;

/** The sums of one run; null when it recorded nothing. */
export async function checksumOfRun(db: Queryable, siteId: SiteId, runId: string): Promise<ChecksumSummary | null> {
  const [row] = await db.query<ChecksumSummary>(`SELECT ${SUMS} FROM checksum_result WHERE site_id = $1 AND run_id = $2 GROUP BY site_id, run_id`, [siteId, runId]);
  return row ?? null;
}
