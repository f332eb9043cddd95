// Reads what happened on sites lately, by slices of time: how many changes, how late they were heard of. Called by the loaders of the
// settings subgraph; one statement for all sites.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

/** Slices that a span of time is told in. */
export const ACTIVITY_SLICES = 24;
/** Entries of a log that are looked at, newest first: a full sync can be more, and what is older is then not counted. */
const MAX_ENTRIES = 20_000;

export interface ActivitySlice {
  readonly from: Date;
  /** Null where the log has more entries than are counted. */
  readonly changes: number | null;
  /** Null when nothing was heard. */
  readonly maxDelaySeconds: number | null;
}

const ACTIVITY = `
  SELECT asked.site_id AS "siteId", x.slice, sum(x.changes)::int AS changes, max(x.delay)::float8 AS delay
  FROM unnest($1::bigint[]) AS asked (site_id)
  CROSS JOIN LATERAL (
    (SELECT floor(extract(epoch FROM c.at - $2::timestamptz) / $3)::int AS slice, 1 AS changes, NULL::numeric AS delay
      FROM change c WHERE c.site_id = asked.site_id ORDER BY c.sequence DESC LIMIT ${MAX_ENTRIES})
    UNION ALL
    (SELECT floor(extract(epoch FROM e.received_at - $2::timestamptz) / $3)::int, 0, greatest(0, extract(epoch FROM e.received_at - e.at))
      FROM audit_event e WHERE e.site_id = asked.site_id ORDER BY e.sequence DESC LIMIT ${MAX_ENTRIES})
  ) x GROUP BY 1, 2`;

interface SliceRow extends Row {
  readonly siteId: SiteId;
  readonly slice: number;
  readonly changes: number;
  readonly delay: number | null;
}

/** The last `hours` before `now` of each site, oldest slice first. */
export async function readSyncActivity(db: Queryable, siteIds: readonly SiteId[], hours: number, now: Date): Promise<ReadonlyMap<SiteId, readonly ActivitySlice[]>> {
  const sliceMs = (hours * 3_600_000) / ACTIVITY_SLICES;
  const since = new Date(now.getTime() - hours * 3_600_000);
  const rows = await db.query<SliceRow>(ACTIVITY, [siteIds, since, sliceMs / 1000]);
  return new Map(siteIds.map((siteId) => [siteId, slicesOf(rows.filter((row) => Number(row.siteId) === siteId), since, sliceMs)]));
}

function slicesOf(rows: readonly SliceRow[], since: Date, sliceMs: number): ActivitySlice[] {
  const isCut = rows.reduce((sum, { changes }) => sum + changes, 0) >= MAX_ENTRIES;
  const oldest = Math.min(...rows.filter(({ changes }) => changes > 0).map(({ slice }) => slice));
  const bySlice = new Map(rows.map((row) => [row.slice, row]));
  return Array.from({ length: ACTIVITY_SLICES }, (_, slice) => ({
    from: new Date(since.getTime() + slice * sliceMs),
    changes: isCut && slice <= oldest ? null : (bySlice.get(slice)?.changes ?? 0),
    maxDelaySeconds: bySlice.get(slice)?.delay ?? null,
  }));
}
