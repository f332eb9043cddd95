// Sites that are read through their REST API: adding one, and which are due. The password is kept as site-calls.ts keeps it.
import { randomInt } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';
import { saveSiteCredential } from './site-calls.js';
import type { Store } from './store.js';

export interface NewRestSite {
  readonly url: string;
  readonly homeUrl: string;
  readonly login: string;
  readonly password: string;
  /** The person whose password it is. */
  readonly ownerUserId: number;
}

/** Ids that no site was given elsewhere: they fit every column and every global id. */
const ID_RANGE = [1_000_000_000, 2_000_000_000] as const;

/** Adds a site, or gives a known one a new password. A site that is connected through Jetpack is refused. */
export async function storeRestSite(store: Store, { url, homeUrl, login, password, ownerUserId }: NewRestSite): Promise<SiteId> {
  return store.database.transaction(async (tx) => {
    const keep = async (siteId: SiteId): Promise<SiteId> => {
      await saveSiteCredential(tx, store.secrets, { siteId, userId: ownerUserId, login, password });
      return siteId;
    };
    const [known] = await tx.query<{ id: SiteId; kind: string; isConnected: boolean }>(
      'SELECT id, connection_kind AS kind, disconnected_at IS NULL AND blog_token IS NOT NULL AS "isConnected" FROM site WHERE url = $1 FOR UPDATE',
      [url],
    );
    if (known?.kind === 'jetpack' && known.isConnected) {
      throw new AppError('BAD_USER_INPUT', `${url} is connected through Jetpack already, which tells more and sooner; disconnect it first to read its REST API instead`);
    }
    if (known) {
      await tx.query(`UPDATE site SET connection_kind = 'rest', home_url = $2, owner_user_id = $3, disconnected_at = NULL WHERE id = $1`, [known.id, homeUrl, ownerUserId]);
      return keep(known.id);
    }
    const [row] = await tx.query<{ id: SiteId }>(
      `INSERT INTO site (id, url, home_url, connection_kind, owner_user_id) VALUES ($1, $2, $3, 'rest', $4) RETURNING id`,
      [randomInt(...ID_RANGE), url, homeUrl, ownerUserId],
    );
    if (!row) throw new AppError('INTERNAL', 'the site just added cannot be read back');
    return keep(row.id);
  });
}

/** The address at which a site without Jetpack is called and the person who reads it; null when it is not such a site, or disconnected. */
export async function findRestSite(db: Queryable, siteId: SiteId): Promise<{ readonly url: string; readonly homeUrl: string; readonly ownerUserId: number | null } | null> {
  const [row] = await db.query<{ url: string; homeUrl: string; ownerUserId: number | null }>(
    `SELECT url, home_url AS "homeUrl", owner_user_id AS "ownerUserId" FROM site WHERE id = $1 AND connection_kind = 'rest' AND disconnected_at IS NULL`, [siteId]);
  return row ?? null;
}

/** Sites whose newest import was asked for before `before` and that have none under way, the longest waiting first. */
export async function sitesDueForImport(db: Queryable, before: Date, limit: number): Promise<SiteId[]> {
  const rows = await db.query<{ id: SiteId }>(
    `SELECT s.id FROM site s
     LEFT JOIN LATERAL (SELECT max(requested_at) AS newest, bool_or(state IN ('QUEUED', 'RUNNING')) AS busy FROM sync_run WHERE site_id = s.id AND kind = 'IMPORT') run ON true
     WHERE s.connection_kind = 'rest' AND s.disconnected_at IS NULL AND NOT coalesce(run.busy, false) AND coalesce(run.newest, s.created_at) < $1
     ORDER BY run.newest NULLS FIRST, s.id LIMIT $2`,
    [before, limit],
  );
  return rows.map((row) => row.id);
}

/** Forgets the password of a site that is read through its REST API; its rows stay. False when it is not such a site. */
export async function endRestSite(store: Store, siteId: SiteId, now: Date): Promise<boolean> {
  return store.database.transaction(async (tx) => {
    const rows = await tx.query(`UPDATE site SET disconnected_at = coalesce(disconnected_at, $2) WHERE id = $1 AND connection_kind = 'rest' RETURNING id`, [siteId, now]);
    if (rows.length > 0) await tx.query('DELETE FROM site_credential WHERE site_id = $1', [siteId]);
    return rows.length > 0;
  });
}
