// Reads how a site's synchronization stands: its newest full sync, what the newest verification found, what is wrong.
// Called by the loaders of the settings subgraph; each function is one statement for everything it is asked.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

/** The newest full sync of a site. `config` and `range` as the site announced them; `received` counts rows by module. */
export interface FullSyncFacts {
  readonly config: unknown;
  readonly range: unknown;
  readonly startedAt: Date;
  readonly isRunning: boolean;
  readonly received: Readonly<Record<string, number>>;
}

export interface ChecksumFacts {
  readonly checkedAt: Date;
  readonly rows: number;
  readonly driftedRows: number;
  readonly repairedRows: number;
}

export interface SyncFactsRow extends Row {
  readonly siteId: SiteId;
  readonly fullSync: FullSyncFacts | null;
  readonly checksum: ChecksumFacts | null;
  /** Whether the site was last seen with its own sync switched off. */
  readonly isSyncOff: boolean;
}

const SYNC_FACTS = `
  SELECT asked.site_id AS "siteId", f.config, f.range, f.started_at AS "startedAt",
    f.ended_rev IS NULL AND f.cancelled_rev IS NULL AS "isRunning", coalesce(chunks.received, '{}') AS received,
    sums.checked_at AS "checkedAt", sums.rows, sums.drifted AS "driftedRows", sums.repaired AS "repairedRows",
    EXISTS (SELECT 1 FROM site_finding n WHERE n.site_id = asked.site_id AND n.code = 'sync-not-allowed' AND n.resolved_at IS NULL) AS "isSyncOff"
  FROM unnest($1::bigint[]) AS asked (site_id)
  LEFT JOIN LATERAL (SELECT * FROM full_sync f WHERE f.site_id = asked.site_id ORDER BY f.started_rev DESC LIMIT 1) f ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(m.module, m.count) AS received FROM (
      SELECT c.module, sum(c.count)::int AS count FROM full_sync_chunk c
      WHERE c.site_id = f.site_id AND c.rev >= f.started_rev AND (f.ended_rev IS NULL OR c.rev <= f.ended_rev)
      GROUP BY c.module) m
  ) chunks ON true
  LEFT JOIN LATERAL (SELECT r.run_id FROM checksum_result r WHERE r.site_id = asked.site_id ORDER BY r.checked_at DESC LIMIT 1) newest ON true
  LEFT JOIN LATERAL (
    SELECT max(r.checked_at) AS checked_at, least(sum(r.rows), 2147483647)::int AS rows,
      least(sum(r.drifted_rows), 2147483647)::int AS drifted, least(sum(r.repaired_rows), 2147483647)::int AS repaired
    FROM checksum_result r WHERE r.site_id = asked.site_id AND r.run_id = newest.run_id
  ) sums ON true`;

interface FlatRow extends Row, ChecksumFacts {
  readonly siteId: SiteId;
  readonly config: unknown;
  readonly range: unknown;
  readonly startedAt: Date | null;
  readonly isRunning: boolean;
  readonly received: Readonly<Record<string, number>>;
  readonly isSyncOff: boolean;
}

/** How synchronization stands on each site. */
export async function readSyncFacts(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, SyncFactsRow>> {
  const rows = await db.query<FlatRow>(SYNC_FACTS, [siteIds]);
  return new Map(rows.map((row) => {
    const { siteId, config, range, startedAt, isRunning, received, checkedAt, rows: compared, driftedRows, repairedRows, isSyncOff } = row;
    return [siteId, {
      siteId,
      fullSync: startedAt === null ? null : { config, range, startedAt, isRunning, received },
      checksum: (checkedAt as Date | null) === null ? null : { checkedAt, rows: compared, driftedRows, repairedRows },
      isSyncOff,
    }];
  }));
}

export interface OpenFinding extends Row {
  readonly siteId: SiteId;
  readonly code: string;
  readonly message: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** What is wrong with each site and was not seen to be right since, latest first, at most `limit` a site. */
export async function readOpenFindings(db: Queryable, siteIds: readonly SiteId[], limit: number): Promise<OpenFinding[]> {
  return db.query<OpenFinding>(
    `SELECT found.site_id AS "siteId", found.code, found.message, found.first_at AS "firstAt", found.last_at AS "lastAt"
     FROM unnest($1::bigint[]) AS asked (site_id)
     CROSS JOIN LATERAL (SELECT * FROM site_finding n WHERE n.site_id = asked.site_id AND n.resolved_at IS NULL ORDER BY n.last_at DESC, n.code LIMIT $2) found`,
    [siteIds, limit],
  );
}
