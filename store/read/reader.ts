// Reads what an account follows: its subscriptions, the feed over the followed sites, and counts of what is not seen.
// Called by the reader loaders of the content subgraph; each function is one statement.
// Only what every visitor may read is looked at: published posts of type post without a password.
import { currentTime } from '../../core/answer-sources.js';
import type { SiteId } from '../../core/ids.js';
import { cachedRows, sawSequences } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { HEAD_COLUMNS } from './visible-content.js';
import type { ContentRow } from './content.js';

/** A followed site. Settings as they came, null for what did not. */
export interface SubscriptionRow extends Row {
  readonly siteId: SiteId;
  readonly followedAt: Date;
  /** The last sequence of the site's change log. */
  readonly sequence: number;
  readonly homeUrl: string;
  readonly storedName: unknown;
  readonly permalinkStructure: unknown;
}

const option = (name: string): string => `(SELECT o.value FROM setting o WHERE o.site_id = s.id AND o.setting_kind = 'OPTION' AND o.name = '${name}' AND o.alive)`;

// Whose rows SUBSCRIPTIONS looks at.
const FOLLOWED = `
  SELECT f.site_id AS "siteId" FROM reader_follow f
  WHERE f.account_id = $1::uuid AND ($2::bigint[] IS NULL OR f.site_id = ANY($2)) AND f.site_id > $3::bigint
  ORDER BY f.site_id LIMIT $4`;

const SUBSCRIPTIONS = `
  SELECT s.id AS "siteId", f.followed_at AS "followedAt", s.sequence, s.home_url AS "homeUrl",
    ${option('blogname')} AS "storedName", ${option('permalink_structure')} AS "permalinkStructure"
  FROM reader_follow f JOIN site s ON s.id = f.site_id
  WHERE f.account_id = $1::uuid AND ($2::bigint[] IS NULL OR f.site_id = ANY($2)) AND f.site_id > $3::bigint
  ORDER BY f.site_id LIMIT $4`;

/** The subscriptions of an account in order of their sites' ids: of the given sites only, after an id, at most `limit`. */
export async function readSubscriptions(
  db: Queryable,
  accountId: string,
  query: { readonly siteIds: readonly SiteId[] | null; readonly afterSiteId: number; readonly limit: number },
): Promise<SubscriptionRow[]> {
  const { afterSiteId, limit } = query;
  let siteIds = query.siteIds;
  // What those sites say can only be kept when it is known which they are; asking is one statement more until that is kept too.
  if (db.cache) siteIds = (await cachedRows<{ siteId: SiteId }>(db, FOLLOWED, [accountId, siteIds, afterSiteId, limit], { sites: [], account: accountId })).map(({ siteId }) => siteId);
  const rows = await cachedRows<SubscriptionRow>(db, SUBSCRIPTIONS, [accountId, siteIds, afterSiteId, limit], { sites: siteIds, account: accountId });
  sawSequences(db, rows);
  return rows;
}

const SHOWN = `p.type = 'post' AND p.status = 'publish' AND p.alive AND p.date_gmt IS NOT NULL AND p.password_protected IS NOT TRUE`;

/** Which posts a feed holds. */
export interface FeedQuery {
  readonly accountId: string;
  readonly siteIds: readonly SiteId[];
  readonly unseenOnly: boolean;
  /** An escaped ILIKE pattern for title and content. */
  readonly pattern: string | null;
  /** Names (as stored) and slugs of tags, in lower case. */
  readonly tags: readonly string[] | null;
  readonly after: { readonly date: string; readonly siteId: number; readonly postId: number } | null;
  readonly limit: number;
}

export interface FeedRow extends ContentRow {
  readonly rankedAt: Date;
  readonly seen: boolean;
}

const MATCHES = `(NOT $3::boolean OR NOT EXISTS (SELECT 1 FROM reader_seen v WHERE v.account_id = $1::uuid AND v.site_id = p.site_id AND v.post_id = p.id))
        AND ($4::text IS NULL OR p.title ILIKE $4 OR p.content ILIKE $4)
        AND ($5::text[] IS NULL OR EXISTS (
          SELECT 1 FROM term_relation r JOIN term t ON t.site_id = r.site_id AND t.tt_id = r.tt_id AND t.alive AND t.taxonomy = 'post_tag'
          WHERE r.site_id = p.site_id AND r.object_id = p.id AND r.alive AND r.present AND (lower(t.slug) = ANY($5) OR lower(t.name) = ANY($5))))`;

/** The newest posts of one site, as many as `most`, by its index. */
const newest = (site: string, place: string, most: string): string => `
      SELECT p.site_id, p.id, p.date_gmt FROM post p
      WHERE p.site_id = ${site}.site_id AND ${SHOWN}
        ${place}
        AND ${MATCHES}
      ORDER BY p.date_gmt DESC, p.id DESC LIMIT ${most}`;

// Each site gives the head of its index. A page of n posts comes from the n sites with the newest heads alone, so only those give more;
// that is merged, and only what is left is read in full. The first page and the following ones are statements of their own, so that
// the place after a cursor is found in the index.
const feedSql = (place: string) => `
  WITH foremost AS (
    SELECT p.site_id FROM unnest($2::bigint[]) AS followed (site_id) CROSS JOIN LATERAL (${newest('followed', place, '1')}
    ) p
    ORDER BY p.date_gmt DESC, p.site_id DESC LIMIT $6
  ), head AS (
    SELECT p.site_id, p.id, p.date_gmt FROM foremost CROSS JOIN LATERAL (${newest('foremost', place, '$6')}
    ) p
    ORDER BY p.date_gmt DESC, p.site_id DESC, p.id DESC LIMIT $6
  )
  SELECT ${HEAD_COLUMNS}, head.date_gmt AS "rankedAt", v.post_id IS NOT NULL AS seen
  FROM head
  JOIN post p ON p.site_id = head.site_id AND p.id = head.id
  LEFT JOIN reader_seen v ON v.account_id = $1::uuid AND v.site_id = head.site_id AND v.post_id = head.id
  ORDER BY head.date_gmt DESC, head.site_id DESC, head.id DESC`;

const FEED_START = feedSql('');
const FEED_AFTER = feedSql('AND p.date_gmt <= $7::timestamptz AND (p.date_gmt, p.site_id, p.id) < ($7::timestamptz, $8::bigint, $9::bigint)');

/** A piece of the feed, the newest first. */
export async function readFeed(db: Queryable, query: FeedQuery): Promise<FeedRow[]> {
  const { accountId, siteIds, unseenOnly, pattern, tags, after, limit } = query;
  const values = [accountId, siteIds, unseenOnly, pattern, tags, limit];
  const scope = { sites: siteIds, account: accountId };
  if (after === null) return cachedRows<FeedRow>(db, FEED_START, values, scope);
  return cachedRows<FeedRow>(db, FEED_AFTER, [...values, after.date, after.siteId, after.postId], scope);
}

const HOUR_MS = 3_600_000;
/** Older posts do not count as unseen: counting stays cheap, and nobody reads up on years. */
export const UNSEEN_DAYS = 90;
/** The newest posts of a site that are looked at when counting. */
export const UNSEEN_POSTS = 1000;

/** What a subscription counts of its site. */
export interface SiteTally extends Row {
  readonly siteId: SiteId;
  readonly unseenCount: number;
  readonly lastPostAt: Date | null;
}

/** More than this many are not counted over several sites; with less to find, each site is looked at. */
export const UNSEEN_TOTAL = 10_000;

// What was seen is gathered once a site, as keys that are looked up: joining it a post costs five times as much (100,000 posts over 50
// sites, none seen: 107 ms of processor time to 24), and ten times while the planner takes the table for a small one.
const SEEN = `SELECT coalesce(jsonb_object_agg(v.post_id, 1), '{}') AS ids FROM reader_seen v WHERE v.account_id = $1::uuid AND v.site_id = followed.site_id`;
const COUNTED = `
      SELECT p.id FROM post p
      WHERE p.site_id = followed.site_id AND ${SHOWN} AND p.date_gmt > $3::timestamptz
      ORDER BY p.date_gmt DESC, p.id DESC LIMIT ${UNSEEN_POSTS}`;

const TALLIES = `
  SELECT followed.site_id AS "siteId", unseen.count AS "unseenCount", newest.date_gmt AS "lastPostAt"
  FROM unnest($2::bigint[]) AS followed (site_id)
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE NOT seen.ids ? p.id::text) AS count FROM (${SEEN}) seen, LATERAL (${COUNTED}) p) unseen
  LEFT JOIN LATERAL (
    SELECT p.date_gmt FROM post p WHERE p.site_id = followed.site_id AND ${SHOWN} ORDER BY p.date_gmt DESC, p.id DESC LIMIT 1
  ) newest ON true`;

// One site after the other, until there are enough.
const UNSEEN = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM unnest($2::bigint[]) AS followed (site_id) CROSS JOIN LATERAL (${SEEN}) seen CROSS JOIN LATERAL (${COUNTED}) p WHERE NOT seen.ids ? p.id::text LIMIT ${UNSEEN_TOTAL}
  ) unseen`;

/** The moment after which posts count: to the hour, so that what was counted stays worth keeping. */
const countedSince = (): Date => new Date(Math.floor((currentTime().getTime() - UNSEEN_DAYS * 86_400_000) / HOUR_MS) * HOUR_MS);

/** How many posts of sites an account has not seen, up to UNSEEN_TOTAL. */
export async function readUnseenTotal(db: Queryable, accountId: string, siteIds: readonly SiteId[]): Promise<number> {
  const [row] = await cachedRows<{ count: number }>(db, UNSEEN, [accountId, siteIds, countedSince()], { sites: siteIds, account: accountId });
  return row?.count ?? 0;
}

/** The counts of sites for an account, by site. */
export async function readSiteTallies(db: Queryable, accountId: string, siteIds: readonly SiteId[]): Promise<Map<SiteId, SiteTally>> {
  const rows = await cachedRows<SiteTally>(db, TALLIES, [accountId, siteIds, countedSince()], { sites: siteIds, account: accountId });
  return new Map(rows.map((row) => [row.siteId, row]));
}
