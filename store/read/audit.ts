// Reads the audit log for the users subgraph: pages, totals, facets and the links of the hash chain, for any number of
// lists in one statement a batch. It only reads; the writer is store/apply. Whether the viewer may is decided before.
import type { ChainedEvent } from '../../core/audit-chain.js';
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { containsPattern } from './patterns.js';

/** An audit event as it is stored. */
export interface AuditRow extends ChainedEvent {
  readonly siteId: SiteId;
  readonly receivedAt: Date;
  readonly hash: string;
  readonly previousHash: string;
}

/** Which index leads to the events of a list: the whole log, those about one thing, or those by one user. */
export type AuditScan =
  | { readonly kind: 'log' }
  | { readonly kind: 'object'; readonly types: readonly string[]; readonly id: string }
  | { readonly kind: 'actor'; readonly userId: number };

/** Conditions that all have to be met; null asks for nothing. */
export interface AuditConditions {
  readonly categories: readonly string[] | null;
  readonly events: readonly string[] | null;
  readonly actorIds: readonly number[] | null;
  readonly actorKinds: readonly string[] | null;
  /** `Type:id` each. */
  readonly objects: readonly string[] | null;
  readonly from: Date | null;
  readonly until: Date | null;
  readonly search: string | null;
}

export const NO_CONDITIONS: AuditConditions = Object.freeze({
  categories: null, events: null, actorIds: null, actorKinds: null, objects: null, from: null, until: null, search: null,
});

/** One list of events of one site, newest first. */
export interface AuditList {
  readonly siteId: SiteId;
  readonly scan: AuditScan;
  readonly conditions: AuditConditions;
}

/** One page of a list: events before a sequence, at most `limit`. */
export interface AuditPageRequest {
  readonly list: AuditList;
  readonly before: number | null;
  readonly limit: number;
}

export const AUDIT_FACETS = ['actor', 'category', 'event', 'object'] as const;
export type AuditFacetBy = (typeof AUDIT_FACETS)[number];

/** A part of a list: actor kind and user id, or object type and id, or one value and null. */
export interface AuditFacetRow {
  readonly part: string;
  readonly id: string | null;
  /** The newest label of the actor or object; null for categories and events. */
  readonly label: string | null;
  readonly count: number;
}

const MAX_FACETS = 100;

const COLUMNS = `e.site_id AS "siteId", e.sequence, e.item_key AS "itemKey", e.rev, e.at, e.received_at AS "receivedAt", e.event, e.category,
  e.actor_kind AS "actorKind", e.actor_user_id AS "actorUserId", e.actor_label AS "actorLabel", e.actor_via AS "actorVia",
  e.object_type AS "objectType", e.object_id AS "objectId", e.object_label AS "objectLabel", e.summary,
  e.field_changes AS "fieldChanges", e.hash, e.previous_hash AS "previousHash"`;

// Lists have lists in them, which unnest cannot take apart; a record set can.
const LISTS = `jsonb_to_recordset($1::jsonb) AS list (place int, "siteId" bigint, before bigint, "rowLimit" int, types text[], id text,
  "userId" bigint, categories text[], events text[], "actorIds" bigint[], "actorKinds" text[], objects text[],
  "from" timestamptz, until timestamptz, pattern text)`;

const SCANS = {
  log: 'e.site_id = list."siteId"',
  object: 'e.site_id = list."siteId" AND e.object_type = ANY (list.types) AND e.object_id = list.id',
  actor: 'e.site_id = list."siteId" AND e.actor_user_id = list."userId"',
} as const satisfies Readonly<Record<AuditScan['kind'], string>>;

const CONDITIONS = `(list.categories IS NULL OR e.category = ANY (list.categories))
  AND (list.events IS NULL OR e.event = ANY (list.events))
  AND (list."actorIds" IS NULL OR e.actor_user_id = ANY (list."actorIds"))
  AND (list."actorKinds" IS NULL OR e.actor_kind = ANY (list."actorKinds"))
  AND (list.objects IS NULL OR (e.object_type || ':' || e.object_id) = ANY (list.objects))
  AND (list."from" IS NULL OR e.at >= list."from")
  AND (list.until IS NULL OR e.at < list.until)
  AND (list.pattern IS NULL OR e.summary ILIKE list.pattern OR e.object_label ILIKE list.pattern)`;

const FACET_PARTS = {
  actor: { part: `CASE WHEN e.actor_user_id IS NULL THEN e.actor_kind ELSE 'USER' END`, id: 'e.actor_user_id::text', label: 'e.actor_label' },
  category: { part: 'e.category', id: 'NULL::text', label: 'NULL::text' },
  event: { part: 'e.event', id: 'NULL::text', label: 'NULL::text' },
  object: { part: 'e.object_type', id: 'e.object_id', label: 'e.object_label' },
} as const satisfies Readonly<Record<AuditFacetBy, { part: string; id: string; label: string }>>;

const pagesSql = (scan: AuditScan['kind']): string => `
  SELECT list.place, page.* FROM ${LISTS}
  CROSS JOIN LATERAL (
    SELECT ${COLUMNS} FROM audit_event e
    WHERE ${SCANS[scan]} AND (list.before IS NULL OR e.sequence < list.before) AND ${CONDITIONS}
    ORDER BY e.sequence DESC LIMIT list."rowLimit"
  ) page
  ORDER BY list.place, page.sequence DESC`;

const countsSql = (scan: AuditScan['kind']): string => `
  SELECT list.place, (SELECT count(*) FROM audit_event e WHERE ${SCANS[scan]} AND ${CONDITIONS}) AS count FROM ${LISTS}`;

const facetsSql = (scan: AuditScan['kind'], by: AuditFacetBy): string => `
  SELECT list.place, facet.* FROM ${LISTS}
  CROSS JOIN LATERAL (
    SELECT ${FACET_PARTS[by].part} AS part, ${FACET_PARTS[by].id} AS id, (array_agg(${FACET_PARTS[by].label} ORDER BY e.sequence DESC))[1] AS label, count(*) AS count
    FROM audit_event e WHERE ${SCANS[scan]} AND ${CONDITIONS}
    GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT ${MAX_FACETS}
  ) facet
  ORDER BY list.place, facet.count DESC, facet.part, facet.id`;

/** Reads pages, newest event first; the answer has the pages at the requests' places. One statement a kind of scan. */
export async function readAuditPages(db: Queryable, requests: readonly AuditPageRequest[]): Promise<AuditRow[][]> {
  const values = requests.map((request, place) => listValue(request.list, place, { before: request.before, rowLimit: request.limit }));
  return inPlaces<AuditRow & Row>(db, requests.map((request) => request.list), values, pagesSql);
}

/** Counts lists; the answer has the counts at the lists' places. One statement a kind of scan. */
export async function countAuditEvents(db: Queryable, lists: readonly AuditList[]): Promise<number[]> {
  const rows = await inPlaces<{ count: number }>(db, lists, lists.map((list, place) => listValue(list, place)), countsSql);
  return rows.map((places) => places[0]?.count ?? 0);
}

/** Divides lists, biggest part first; the answer has the parts at the lists' places. One statement a kind of scan. */
export async function readAuditFacets(db: Queryable, by: AuditFacetBy, lists: readonly AuditList[]): Promise<AuditFacetRow[][]> {
  const values = lists.map((list, place) => listValue(list, place));
  return inPlaces<AuditFacetRow & Row>(db, lists, values, (scan) => facetsSql(scan, by));
}

/** An event by its place in its site's log. */
export interface AuditKey {
  readonly siteId: SiteId;
  readonly sequence: number;
}

const EVENTS = `
  SELECT ${COLUMNS} FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, sequence)
  JOIN audit_event e ON e.site_id = asked.site_id AND e.sequence = asked.sequence`;

/** Reads events by their places; those that do not exist are absent. One statement. */
export async function readAuditEvents(db: Queryable, keys: readonly AuditKey[]): Promise<AuditRow[]> {
  return cachedRows<AuditRow & Row>(db, EVENTS, keyValues(keys), { sites: keys.map((key) => key.siteId) });
}

/** What stands on both sides of an event in the log. */
export interface AuditLinks extends Row {
  readonly siteId: SiteId;
  readonly sequence: number;
  /** The hash of the event before; null when there is none. */
  readonly hashBefore: string | null;
  /** What the event after says of this one's hash; when there is none, the site's own note of its last event's hash. */
  readonly hashAfter: string | null;
}

// The site's note counts only for its last event: an event whose successor is gone has no witness, which is a break.
const LINKS = `
  SELECT asked.site_id AS "siteId", asked.sequence, before.hash AS "hashBefore",
    coalesce(after.previous_hash, CASE WHEN site.audit_sequence = asked.sequence THEN site.audit_hash END) AS "hashAfter"
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, sequence)
  JOIN site ON site.id = asked.site_id
  LEFT JOIN audit_event before ON before.site_id = asked.site_id AND before.sequence = asked.sequence - 1
  LEFT JOIN audit_event after ON after.site_id = asked.site_id AND after.sequence = asked.sequence + 1`;

/** Reads the links of events. One statement. */
export async function readAuditLinks(db: Queryable, keys: readonly AuditKey[]): Promise<AuditLinks[]> {
  return cachedRows<AuditLinks>(db, LINKS, keyValues(keys), { sites: keys.map((key) => key.siteId) });
}

function keyValues(keys: readonly AuditKey[]): [number[], number[]] {
  return [keys.map((key) => key.siteId), keys.map((key) => key.sequence)];
}

function listValue(list: AuditList, place: number, page: { before?: number | null; rowLimit?: number } = {}) {
  const { scan, conditions } = list;
  const { search, ...rest } = conditions;
  return {
    ...rest,
    ...page,
    place,
    siteId: list.siteId,
    pattern: search === null ? null : containsPattern(search),
    ...(scan.kind === 'object' ? { types: scan.types, id: scan.id } : {}),
    ...(scan.kind === 'actor' ? { userId: scan.userId } : {}),
  };
}

async function inPlaces<Value extends Row>(
  db: Queryable,
  lists: readonly AuditList[],
  values: readonly object[],
  sqlOf: (scan: AuditScan['kind']) => string,
): Promise<Value[][]> {
  const places: Value[][] = lists.map(() => []);
  for (const scan of ['log', 'object', 'actor'] as const) {
    const asked = values.filter((_, place) => lists[place]?.scan.kind === scan);
    if (asked.length === 0) continue;
    const sites = lists.filter((list) => list.scan.kind === scan).map((list) => list.siteId);
    for (const { place, ...value } of await cachedRows<Row & { place: number }>(db, sqlOf(scan), [JSON.stringify(asked)], { sites })) {
      places[place]?.push(value as unknown as Value);
    }
  }
  return places;
}
