// Known vulnerabilities of what is installed, as the configured feed lists them. Versions are compared in the database, by
// version_key(); called by the extensions subgraph's loaders and by the lists of extensions.
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';

export interface VulnerabilityRecord extends Row {
  /** The index of the version it was asked for. */
  readonly place: number;
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly cvss: number | null;
  readonly fixedIn: string | null;
  readonly source: string | null;
  /** Whether the version that was asked along with it is free of it; false when none was. */
  readonly isFixedByOffer: boolean;
}

/** An installed version, and the newer one that is offered. */
export interface InstalledVersion {
  readonly kind: 'plugin' | 'theme' | 'core';
  /** 'wordpress' for core. */
  readonly slug: string;
  readonly version: string;
  readonly offered: string | null;
}

/** The condition that a range covers the version of a key. A version that is not told is in no range. */
function covers(range: string, key: string): string {
  return `${key} <> '' AND (${range}.from_key IS NULL OR ${key} > ${range}.from_key OR (${range}.from_inclusive AND ${key} = ${range}.from_key))
    AND (${range}.to_key IS NULL OR ${key} < ${range}.to_key OR (${range}.to_inclusive AND ${key} = ${range}.to_key))`;
}

/** The condition that a version, by its version_key(), of an extension has a known vulnerability. */
export function isVulnerable(kind: 'plugin' | 'theme', slug: string, key: string): string {
  return `EXISTS (SELECT 1 FROM vulnerable_range r WHERE r.kind = '${kind}' AND r.slug = lower(${slug}) AND ${covers('r', key)})`;
}

/** The condition that an offered version is free of a known vulnerability that the installed one has; both by their version_key(). */
export function isSecurityFix(kind: 'plugin' | 'theme', slug: string, key: string, offeredKey: string): string {
  return `EXISTS (SELECT 1 FROM vulnerable_range r WHERE r.kind = '${kind}' AND r.slug = lower(${slug}) AND ${covers('r', key)}
    AND NOT EXISTS (SELECT 1 FROM vulnerable_range o WHERE o.vulnerability_id = r.vulnerability_id AND o.kind = r.kind AND o.slug = r.slug AND ${covers('o', offeredKey)}))`;
}

/** The vulnerabilities of installed versions, the gravest first; at most `MAX_OF_ONE` of each. */
export async function vulnerabilitiesOf(db: Queryable, installed: readonly InstalledVersion[]): Promise<VulnerabilityRecord[]> {
  return cachedRows<VulnerabilityRecord>(
    db,
    `WITH asked AS MATERIALIZED (
       SELECT place, kind, lower(slug) COLLATE "C" AS slug, version_key(version) COLLATE "C" AS key, version_key(offered) COLLATE "C" AS offered
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS given (kind, slug, version, offered, place))
     SELECT asked.place::int - 1 AS place, found.* FROM asked CROSS JOIN LATERAL (
       SELECT v.id, v.title, v.severity, v.cvss, v.fixed_in AS "fixedIn", v.source,
         asked.offered IS NOT NULL AND NOT EXISTS (SELECT 1 FROM vulnerable_range o WHERE o.vulnerability_id = v.id AND o.kind = asked.kind AND o.slug = asked.slug AND ${covers('o', 'asked.offered')}) AS "isFixedByOffer"
       FROM vulnerability v WHERE v.id IN (
         SELECT r.vulnerability_id FROM vulnerable_range r WHERE r.kind = asked.kind AND r.slug = asked.slug AND ${covers('r', 'asked.key')}
       ) ORDER BY v.cvss DESC NULLS LAST, v.id LIMIT ${MAX_OF_ONE}
     ) found ORDER BY asked.place, found.cvss DESC NULLS LAST, found.id`,
    [installed.map(({ kind }) => kind), installed.map(({ slug }) => slug), installed.map(({ version }) => version), installed.map(({ offered }) => offered)],
    { sites: [] },
  );
}

const MAX_OF_ONE = 100;

/** The state of the feed; null when none was ever configured. */
export interface FeedRecord extends Row {
  readonly configured: boolean;
  readonly entries: number;
  readonly digest: string | null;
  readonly refreshedAt: Date | null;
  readonly checkedAt: Date | null;
  readonly error: string | null;
}

export async function readFeed(db: Queryable): Promise<FeedRecord | null> {
  const [row] = await db.query<FeedRecord>(
    'SELECT configured, entries, digest, refreshed_at AS "refreshedAt", checked_at AS "checkedAt", error FROM vulnerability_feed WHERE id = 1',
  );
  return row ?? null;
}
