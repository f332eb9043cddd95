// Reads what a change of users needs to know beforehand, each in one statement: who the user is and what is known of the profile, and
// which login names are taken.
import type { SiteId } from '../../core/ids.js';
import type { Queryable, Row } from '../database.js';

export interface EditableUser extends Row {
  readonly id: number;
  readonly login: string;
  readonly displayName: string;
  readonly email: string;
  readonly url: string;
  /** Null for the site's own. */
  readonly locale: string | null;
  readonly roles: readonly string[];
  readonly version: string;
  /** Whether the connection of the site stands on this user. */
  readonly isOwner: boolean;
  /** The site's own language. */
  readonly siteLocale: string;
}

const EDITABLE = `
  SELECT u.id, coalesce(u.login, '') AS login, coalesce(u.display_name, '') AS "displayName", coalesce(u.email, '') AS email, coalesce(u.url, '') AS url, u.locale,
    coalesce(u.roles, '{}') AS roles, coalesce(u.version, u.rev::text, '') AS version, coalesce(s.owner_user_id = u.id, false) AS "isOwner",
    coalesce((SELECT v.value #>> '{}' FROM setting v WHERE v.site_id = s.id AND v.setting_kind = 'CALLABLE' AND v.name = 'locale' AND v.alive), 'en_US') AS "siteLocale"
  FROM site_user u JOIN site s ON s.id = u.site_id WHERE u.site_id = $1 AND u.id = $2 AND u.alive`;

/** A user as a change needs it; null when the store has none by that id. */
export async function readEditableUser(db: Queryable, siteId: SiteId, userId: number): Promise<EditableUser | null> {
  const [row] = await db.query<EditableUser>(EDITABLE, [siteId, userId]);
  return row ?? null;
}

/** The login names of a site that begin with a text, in lower case; at most 1000. */
export async function takenLogins(db: Queryable, siteId: SiteId, beginning: string): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ login: string }>(
    'SELECT lower(login) AS login FROM site_user WHERE site_id = $1 AND alive AND starts_with(lower(login), $2) LIMIT 1000', [siteId, beginning.toLowerCase()]);
  return new Set(rows.map((row) => row.login));
}
