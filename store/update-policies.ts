// Update policies: what updates itself on which sites by whose will, and which updates were begun by them, each version of an
// extension once on a site. Set by the extensions subgraph; read and begun by jobs/.
import type { SiteId } from '../core/ids.js';
import type { Database, Queryable, Row } from './database.js';
import { insertOperation, tellOperationChanged, type NewOperation } from './extension-operations.js';
import { isSecurityFix } from './read/vulnerabilities.js';

/** The site of policies for every site. */
export const EVERY_SITE = 0;

export interface PolicyRow extends Row {
  /** {@link EVERY_SITE} for the whole fleet. */
  readonly siteId: number;
  readonly kind: 'PLUGIN' | 'THEME';
  /** Empty for everything of the kind. */
  readonly slug: string;
  readonly autoUpdate: boolean;
  readonly window: string | null;
  readonly delayDays: number;
  readonly securityOnly: boolean;
  readonly accountId: string;
  /** As whom the site is called; null for its owner. */
  readonly userId: number | null;
  readonly actorLabel: string;
  readonly updatedAt: Date;
}

const COLUMNS = `site_id AS "siteId", kind, slug, auto_update AS "autoUpdate", "window", delay_days AS "delayDays", security_only AS "securityOnly",
  account_id::text AS "accountId", user_id AS "userId", actor_label AS "actorLabel", updated_at AS "updatedAt"`;

/** Sets policies, in place of earlier ones for the same. */
export async function setPolicies(db: Queryable, policies: readonly Omit<PolicyRow, 'updatedAt'>[], now: Date): Promise<PolicyRow[]> {
  const rows = policies.map((policy) => ({
    site_id: policy.siteId, kind: policy.kind, slug: policy.slug, auto_update: policy.autoUpdate, window: policy.window, delay_days: policy.delayDays, security_only: policy.securityOnly,
    account_id: policy.accountId, user_id: policy.userId, actor_label: policy.actorLabel,
  }));
  return db.query<PolicyRow>(
    `INSERT INTO update_policy (site_id, kind, slug, auto_update, "window", delay_days, security_only, account_id, user_id, actor_label, updated_at)
     SELECT p.*, $2::timestamptz FROM jsonb_to_recordset($1::jsonb) AS p (site_id bigint, kind text, slug text, auto_update boolean, "window" text, delay_days int, security_only boolean, account_id uuid, user_id bigint, actor_label text)
     ON CONFLICT (site_id, kind, slug) DO UPDATE SET auto_update = excluded.auto_update, "window" = excluded."window", delay_days = excluded.delay_days, security_only = excluded.security_only,
       account_id = excluded.account_id, user_id = excluded.user_id, actor_label = excluded.actor_label, updated_at = excluded.updated_at RETURNING ${COLUMNS}`,
    [JSON.stringify(rows), now],
  );
}

/** Takes policies back; returns those that there were. */
export async function removePolicies(db: Queryable, siteIds: readonly number[], kind: PolicyRow['kind'], slugs: readonly string[]): Promise<PolicyRow[]> {
  return db.query<PolicyRow>(`DELETE FROM update_policy WHERE site_id = ANY($1::bigint[]) AND kind = $2 AND slug = ANY($3::text[]) RETURNING ${COLUMNS}`, [[...siteIds], kind, [...slugs]]);
}

/** The policies of sites (null: of all), and those of the whole fleet when asked for; at most `limit`. */
export async function policiesOf(db: Queryable, siteIds: readonly SiteId[] | null, withFleet: boolean, limit: number): Promise<PolicyRow[]> {
  return db.query<PolicyRow>(
    `SELECT ${COLUMNS} FROM update_policy WHERE (site_id = ${EVERY_SITE} AND $2) OR (site_id <> ${EVERY_SITE} AND ($1::bigint[] IS NULL OR site_id = ANY($1))) ORDER BY site_id, kind, slug LIMIT $3`,
    [siteIds === null ? null : [...siteIds], withFleet, limit],
  );
}

/** An update that a policy wants made, its window aside. */
export interface DueUpdate extends Row {
  readonly siteId: SiteId;
  readonly kind: 'PLUGIN' | 'THEME';
  readonly slug: string;
  /** A plugin's file, a theme's slug. */
  readonly extension: string;
  readonly fromVersion: string;
  readonly version: string;
  readonly firstSeenAt: Date;
  readonly window: string | null;
  readonly accountId: string;
  readonly userId: number | null;
  readonly actorLabel: string;
  readonly zoneName: string | null;
  readonly offsetHours: number | null;
}

/** Updates whose delay is over and that no policy has begun, by the most particular policy of each; sites with another at work are left out. */
export async function dueUpdates(db: Queryable, now: Date, limit: number): Promise<DueUpdate[]> {
  return db.query<DueUpdate>(
    `SELECT due.*, due.actor AS "actorLabel",
       (SELECT s.value #>> '{}' FROM setting s WHERE s.site_id = due."siteId" AND s.setting_kind = 'OPTION' AND s.name = 'timezone_string' AND s.alive) AS "zoneName",
       (SELECT (s.value #>> '{}')::float8 FROM setting s WHERE s.site_id = due."siteId" AND s.setting_kind = 'OPTION' AND s.name = 'gmt_offset' AND s.alive AND (s.value #>> '{}') ~ '^-?[0-9]+(\\.[0-9]+)?$') AS "offsetHours"
     FROM (${dueOf('PLUGIN')} UNION ALL ${dueOf('THEME')}) due
     WHERE NOT EXISTS (SELECT 1 FROM update_policy_run r WHERE r.site_id = due."siteId" AND r.kind = due.kind AND r.extension = due.extension AND r.version = due.version)
     ORDER BY due."firstSeenAt", due."siteId", due.extension LIMIT $2`,
    [now, limit],
  );
}

function dueOf(kind: 'PLUGIN' | 'THEME'): string {
  const [table, key, offer] = kind === 'PLUGIN' ? ['plugin', 'e.file', 'plugin'] as const : ['theme', 'e.slug', 'theme'] as const;
  return `SELECT e.site_id AS "siteId", '${kind}' AS kind, e.slug, ${key} AS extension, e.version AS "fromVersion", e.update_version AS version, o.first_seen_at AS "firstSeenAt",
      p."window", p.account_id::text AS "accountId", p.actor_label AS actor,
      coalesce(p.user_id, (SELECT t.user_id FROM site_user_token t WHERE t.site_id = site.id AND t.user_id = site.owner_user_id)) AS "userId"
    FROM ${table} e
    JOIN site ON site.id = e.site_id AND site.disconnected_at IS NULL AND site.connection_kind = 'jetpack'
    JOIN update_offer o ON o.site_id = e.site_id AND o.kind = '${offer}' AND o.name = ${key} AND o.version = e.update_version
    JOIN LATERAL (SELECT * FROM update_policy u WHERE u.kind = '${kind}' AND u.site_id IN (e.site_id, ${EVERY_SITE}) AND u.slug IN (e.slug, '')
      ORDER BY (u.site_id = e.site_id) DESC, (u.slug = e.slug) DESC LIMIT 1) p ON p.auto_update AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = p.account_id AND a.disabled_at IS NOT NULL)
    WHERE e.update_version IS NOT NULL AND e.details->'update'->'packageAvailable' = 'true'::jsonb AND o.first_seen_at <= $1::timestamptz - make_interval(days => p.delay_days)
      AND (NOT p.security_only OR ${isSecurityFix(offer, 'e.slug', 'e.version', 'e.update_version')})`;
}

/**
 * Begins an operation for updates, each of which is noted as begun in the same transaction; those that another process noted first
 * are left out. Null when none is left.
 */
export async function beginPolicyOperation(database: Database, updates: readonly DueUpdate[], make: (left: readonly DueUpdate[]) => NewOperation, now: Date): Promise<string | null> {
  const id = await database.transaction(async (tx) => {
    const noted = await tx.query<{ key: string }>(
      `INSERT INTO update_policy_run (site_id, kind, extension, version, first_seen_at, started_at)
       SELECT u.*, $6::timestamptz FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS u (site_id, kind, extension, version, first_seen_at)
       ON CONFLICT DO NOTHING RETURNING site_id || ' ' || kind || ' ' || extension || ' ' || version AS key`,
      [updates.map((one) => one.siteId), updates.map((one) => one.kind), updates.map((one) => one.extension), updates.map((one) => one.version), updates.map((one) => one.firstSeenAt.toISOString()), now],
    );
    const keys = new Set(noted.map(({ key }) => key));
    const left = updates.filter((one) => keys.has(`${one.siteId} ${one.kind} ${one.extension} ${one.version}`));
    if (left.length === 0) return null;
    const { row } = await insertOperation(tx, make(left), now);
    await tx.query(
      `UPDATE update_policy_run SET operation_id = $1::uuid WHERE operation_id IS NULL AND (site_id, kind, extension, version) IN (SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]))`,
      [row.id, left.map((one) => one.siteId), left.map((one) => one.kind), left.map((one) => one.extension), left.map((one) => one.version)],
    );
    return row.id;
  });
  if (id !== null) tellOperationChanged(database, id);
  return id;
}
