// Reads whom the operator writes to a site as: the owner of its connection.
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';

/** A user of a site with the name that the audit log shows. */
export interface ActingUser {
  readonly userId: number;
  readonly displayName: string;
}

/** The owner of a site's connection; null when nobody is. */
export async function connectionOwner(db: Queryable, siteId: SiteId): Promise<ActingUser | null> {
  const [row] = await db.query<{ userId: number; displayName: string }>(
    `SELECT s.owner_user_id AS "userId", coalesce(u.display_name, u.login, 'user ' || s.owner_user_id) AS "displayName"
     FROM site s LEFT JOIN site_user u ON u.site_id = s.id AND u.id = s.owner_user_id AND u.alive WHERE s.id = $1 AND s.owner_user_id IS NOT NULL`,
    [siteId],
  );
  return row ?? null;
}
