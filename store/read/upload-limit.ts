// Reads what an upload needs to know of its site beforehand: the largest file it says it takes, and its address.
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';

/** The limit is null when the site did not tell it (callable wp_max_upload_size). */
export async function readUploadLimit(db: Queryable, siteId: SiteId): Promise<{ readonly bytes: number | null; readonly homeUrl: string }> {
  const [row] = await db.query<{ value: unknown; homeUrl: string }>(
    `SELECT s.home_url AS "homeUrl", (SELECT c.value FROM setting c WHERE c.site_id = s.id AND c.setting_kind = 'CALLABLE' AND c.name = 'wp_max_upload_size' AND c.alive) AS value
     FROM site s WHERE s.id = $1`,
    [siteId],
  );
  const bytes = Number(row?.value ?? 0);
  return { bytes: Number.isFinite(bytes) && bytes > 0 ? bytes : null, homeUrl: row?.homeUrl ?? '' };
}
