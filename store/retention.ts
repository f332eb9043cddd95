// Forgets what has had its time: used nonces, spent grants, ended sessions, old dead letters, old results. Called by jobs/ every hour.
// Site data is never touched here.
import type { Database } from './database.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long each is kept after it ended. Nonces must outlive the window of signatures, 10 min and 5 min to each side. */
export const KEPT_MS = { nonces: HOUR_MS, grants: DAY_MS, sessions: 30 * DAY_MS, deadLetters: 90 * DAY_MS, results: 90 * DAY_MS, findings: 90 * DAY_MS, writes: 7 * DAY_MS, uploads: 7 * DAY_MS, locks: HOUR_MS, operations: 180 * DAY_MS } as const;

export type Forgotten = Readonly<Record<keyof typeof KEPT_MS, number>>;

/** Forgets what is old at `now`; returns how many rows of each kind. */
export async function forgetOld(db: Database, now: Date): Promise<Forgotten> {
  const before = (kind: keyof typeof KEPT_MS): Date => new Date(now.getTime() - KEPT_MS[kind]);
  const forget = async (text: string, kind: keyof typeof KEPT_MS): Promise<number> => (await db.query<{ count: number }>(text, [before(kind)]))[0]?.count ?? 0;
  return {
    nonces: await forget('WITH gone AS (DELETE FROM request_nonce WHERE seen_at < $1 RETURNING 1) SELECT count(*) AS count FROM gone', 'nonces'),
    grants: await forget('WITH gone AS (DELETE FROM connection_grant WHERE expires_at < $1 RETURNING 1) SELECT count(*) AS count FROM gone', 'grants'),
    sessions: await forget('WITH gone AS (DELETE FROM session WHERE expires_at < $1 RETURNING 1) SELECT count(*) AS count FROM gone', 'sessions'),
    deadLetters: await forget(
      `WITH gone AS (DELETE FROM dead_letter WHERE last_at < $1 RETURNING site_id),
         counted AS (SELECT site_id, count(*) AS count FROM gone GROUP BY site_id),
         told AS (UPDATE site SET dead_letter_count = greatest(0, dead_letter_count - counted.count) FROM counted WHERE site.id = counted.site_id)
       SELECT count(*) AS count FROM gone`,
      'deadLetters',
    ),
    results: await forget('WITH gone AS (DELETE FROM checksum_result WHERE checked_at < $1 RETURNING 1) SELECT count(*) AS count FROM gone', 'results'),
    writes: await forget(`WITH gone AS (DELETE FROM write_receipt WHERE accepted_at < $1 AND state <> 'QUEUED' RETURNING 1) SELECT count(*) AS count FROM gone`, 'writes'),
    uploads: await forget(`WITH gone AS (DELETE FROM media_upload WHERE expires_at < $1 RETURNING 1) SELECT count(*) AS count FROM gone`, 'uploads'),
    locks: await forget('WITH gone AS (DELETE FROM edit_lock WHERE expires_at < $1 RETURNING 1) SELECT count(*) AS count FROM gone', 'locks'),
    operations: await forget(
      `WITH gone AS (DELETE FROM extension_operation WHERE finished_at < $1 RETURNING id),
         items AS (DELETE FROM extension_operation_item WHERE operation_id IN (SELECT id FROM gone))
       SELECT count(*) AS count FROM gone`,
      'operations',
    ),
    findings: await forget('WITH gone AS (DELETE FROM site_finding WHERE resolved_at < $1 RETURNING 1) SELECT count(*) AS count FROM gone', 'findings'),
  };
}
