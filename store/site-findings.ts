// What is wrong with a site or the way to it, one row a code: opened when it is seen, resolved when it is seen to be right again.
// Called by origin/ and whoever looks after a site. Messages are for people and hold no secrets.
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';

export interface SiteFinding {
  readonly code: string;
  readonly message: string;
  /** How often it was seen since it was last resolved. */
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly resolvedAt: Date | null;
}

const MAX_MESSAGE_CHARS = 500;

/** Opens a finding, or counts it once more; one that was resolved begins anew. A site that was removed meanwhile gets none. */
export async function recordFinding(db: Queryable, siteId: SiteId, code: string, message: string, now: Date): Promise<void> {
  await db.query(
    `INSERT INTO site_finding (site_id, code, message, first_at, last_at) SELECT id, $2::text, $3::text, $4::timestamptz, $4::timestamptz FROM site WHERE id = $1
     ON CONFLICT (site_id, code) DO UPDATE SET message = excluded.message, last_at = excluded.last_at, resolved_at = NULL,
       times = CASE WHEN site_finding.resolved_at IS NULL THEN site_finding.times + 1 ELSE 1 END,
       first_at = CASE WHEN site_finding.resolved_at IS NULL THEN site_finding.first_at ELSE excluded.first_at END`,
    [siteId, code, message.slice(0, MAX_MESSAGE_CHARS), now],
  );
}

/** Resolves the open findings of the given codes; returns those that were open. */
export async function resolveFindings(db: Queryable, siteId: SiteId, codes: readonly string[], now: Date): Promise<string[]> {
  const rows = await db.query<{ code: string }>(
    'UPDATE site_finding SET resolved_at = $3 WHERE site_id = $1 AND code = ANY($2::text[]) AND resolved_at IS NULL RETURNING code',
    [siteId, codes, now],
  );
  return rows.map((row) => row.code);
}

/** The codes of what is open. */
export async function openFindingCodes(db: Queryable, siteId: SiteId): Promise<string[]> {
  return (await db.query<{ code: string }>('SELECT code FROM site_finding WHERE site_id = $1 AND resolved_at IS NULL', [siteId])).map((row) => row.code);
}

/** The findings of a site, open ones first, then the latest; at most `limit`. */
export async function findingsOfSite(db: Queryable, siteId: SiteId, limit: number): Promise<SiteFinding[]> {
  return (await db.query(
    `SELECT code, message, times, first_at AS "firstAt", last_at AS "lastAt", resolved_at AS "resolvedAt" FROM site_finding
     WHERE site_id = $1 ORDER BY resolved_at IS NULL DESC, last_at DESC, code LIMIT $2`,
    [siteId, limit],
  )) as unknown as SiteFinding[];
}
