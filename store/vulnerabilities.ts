// Writes what the feed of vulnerabilities says, for all sites at once, and how its reading went. Called by jobs/ only.
import type { VulnerabilityEntry } from '../core/vulnerability-feed.js';
import type { Database } from './database.js';

const ENTRIES_A_STATEMENT = 2_000;

/** Replaces all that was known by what the feed lists now. Readers see the old or the new, never between. */
export async function replaceVulnerabilities(db: Database, feed: { readonly entries: readonly VulnerabilityEntry[]; readonly digest: string; readonly error: string | null }, now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    // One replacing at a time; readers are not held up.
    await tx.query('INSERT INTO vulnerability_feed (id, configured) VALUES (1, true) ON CONFLICT (id) DO UPDATE SET configured = true');
    await tx.query('DELETE FROM vulnerable_range');
    await tx.query('DELETE FROM vulnerability');
    for (let start = 0; start < feed.entries.length; start += ENTRIES_A_STATEMENT) {
      const entries = JSON.stringify(feed.entries.slice(start, start + ENTRIES_A_STATEMENT));
      await tx.query(
        `INSERT INTO vulnerability (id, title, severity, cvss, fixed_in, source)
         SELECT id, title, severity, cvss, "fixedIn", source FROM jsonb_to_recordset($1::jsonb) AS x(id text, title text, severity text, cvss float8, "fixedIn" text, source text)`,
        [entries],
      );
      await tx.query(
        `INSERT INTO vulnerable_range (vulnerability_id, position, kind, slug, from_key, from_inclusive, to_key, to_inclusive)
         SELECT x.id, r.position, x.kind, x.slug, version_key(r.range->>'from'), (r.range->>'fromInclusive')::boolean, version_key(r.range->>'to'), (r.range->>'toInclusive')::boolean
         FROM jsonb_to_recordset($1::jsonb) AS x(id text, kind text, slug text, affected jsonb) CROSS JOIN LATERAL jsonb_array_elements(x.affected) WITH ORDINALITY AS r(range, position)`,
        [entries],
      );
    }
    await tx.query('UPDATE vulnerability_feed SET digest = $1, entries = $2, refreshed_at = $3, checked_at = $3, error = $4 WHERE id = 1', [feed.digest, feed.entries.length, now, feed.error]);
  });
}

/** Notes that the feed was read and says what it said before. */
export async function confirmFeed(db: Database, now: Date): Promise<void> {
  await db.query('UPDATE vulnerability_feed SET configured = true, refreshed_at = $1, checked_at = $1 WHERE id = 1', [now]);
}

/** Notes why the feed could not be read; what was known stays. */
export async function noteFeedFailure(db: Database, error: string, now: Date): Promise<void> {
  await db.query(
    `INSERT INTO vulnerability_feed (id, configured, checked_at, error) VALUES (1, true, $1, $2)
     ON CONFLICT (id) DO UPDATE SET configured = true, checked_at = excluded.checked_at, error = excluded.error`,
    [now, error],
  );
}

/** Forgets all vulnerabilities, when no feed is configured any more. */
export async function forgetFeed(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query('DELETE FROM vulnerable_range');
    await tx.query('DELETE FROM vulnerability');
    await tx.query('DELETE FROM vulnerability_feed');
  });
}
