// What verifications found, a row a table and run. Written by sync/verify; read by the graph and the command line.
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';

export interface ChecksumResultRow {
  readonly runId: string;
  /** The site's name of the table. */
  readonly table: string;
  readonly rows: number;
  readonly driftedRows: number;
  readonly repairedRows: number;
  readonly fetchedRows: number;
  readonly details: {
    /** The first differing keys, sorted, each with what differed. */
    readonly keys: readonly (readonly [key: string, kind: 'missing' | 'extra' | 'different'])[];
    /** Why the table was not compared, or not to its end; null when it was. */
    readonly notCompared: { readonly code: string; readonly message: string } | null;
  };
}

/** Writes what was found of one table; a table that is verified again in the same run is written again. */
export async function writeChecksumResult(db: Queryable, siteId: SiteId, result: ChecksumResultRow, now: Date): Promise<void> {
  await db.query(
    `INSERT INTO checksum_result (site_id, run_id, object_type, checked_at, rows, drifted_rows, repaired_rows, fetched_rows, details)
     VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9::jsonb)
     ON CONFLICT (site_id, run_id, object_type) DO UPDATE SET checked_at = excluded.checked_at, rows = excluded.rows, drifted_rows = excluded.drifted_rows,
       repaired_rows = excluded.repaired_rows, fetched_rows = excluded.fetched_rows, details = excluded.details`,
    [siteId, result.runId, result.table, now, result.rows, result.driftedRows, result.repairedRows, result.fetchedRows, JSON.stringify(result.details)],
  );
}
