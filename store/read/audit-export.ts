// Reads a site's audit log in its order, a page at a time, as lines of JSON that hold all that the chain of hashes covers: whoever has the
// file can recompute it. Called by the export over HTTP and by the command line. Who may is decided before.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';
import type { AuditRow } from './audit.js';

/** Events of a page: the most that an export holds in memory. */
export const AUDIT_EXPORT_PAGE = 200;

const PAGE = `
  SELECT site_id AS "siteId", sequence, item_key AS "itemKey", rev, at, received_at AS "receivedAt", event, category, actor_kind AS "actorKind",
    actor_user_id AS "actorUserId", actor_label AS "actorLabel", actor_via AS "actorVia", object_type AS "objectType", object_id AS "objectId",
    object_label AS "objectLabel", summary, field_changes AS "fieldChanges", previous_hash AS "previousHash", hash
  FROM audit_event WHERE site_id = $1 AND sequence > $2 ORDER BY sequence LIMIT ${AUDIT_EXPORT_PAGE}`;

export interface AuditPage {
  /** One JSON text an event, without line feeds. */
  readonly lines: readonly string[];
  /** The last event of the page; null when the log ends with it. */
  readonly next: number | null;
}

/** The events after a sequence, oldest first. */
export async function readAuditPage(db: Queryable, siteId: SiteId, after: number): Promise<AuditPage> {
  const rows = await db.query<AuditRow & Row>(PAGE, [siteId, after]);
  return { lines: rows.map((row) => JSON.stringify(row)), next: rows.length < AUDIT_EXPORT_PAGE ? null : (rows.at(-1)?.sequence ?? null) };
}
