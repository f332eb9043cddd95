// Reads terms: by key, of content, of a taxonomy, and how many contents have them. Called by the loaders of the content
// subgraph; one statement for everything asked. It decides nothing about who may see what.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { type LocalKey, keyText, localIdsOf, rowsOf, siteIdsOf } from './content.js';

/** A term's row; the name as stored, HTML-escaped. */
export interface TermRow extends Row {
  readonly siteId: SiteId;
  readonly ttId: number;
  readonly localId: number;
  readonly taxonomy: string;
  readonly storedName: string;
  readonly slug: string;
  readonly description: string;
  /** The parent's term_id; 0 at the top. */
  readonly parentId: number;
  readonly storedCount: number;
  readonly version: string;
}

/** The columns of a `TermRow` of `t`. */
export const TERM_COLUMNS = `t.site_id AS "siteId", t.tt_id AS "ttId", coalesce(t.term_id, t.tt_id) AS "localId", coalesce(t.taxonomy, '') AS taxonomy,
      coalesce(t.name, '') AS "storedName", coalesce(t.slug, '') AS slug, coalesce(t.description, '') AS description,
      coalesce(t.parent_id, 0) AS "parentId", coalesce(t.stored_count, 0) AS "storedCount", coalesce(t.version, t.rev::text, '') AS version`;

const BY_KEY = `
  SELECT ${TERM_COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, tt_id)
  JOIN term t ON t.site_id = asked.site_id AND t.tt_id = asked.tt_id AND t.alive`;

/** Terms by `keyText` of their term_taxonomy_id, which `LocalKey.localId` holds here. */
export async function readTerms(db: Queryable, keys: readonly LocalKey[]): Promise<Map<string, TermRow>> {
  const rows = await cachedRows<TermRow>(db, BY_KEY, [siteIdsOf(keys), localIdsOf(keys)], { sites: siteIdsOf(keys), rows: { term: rowsOf(keys) } });
  return new Map(rows.map((row) => [keyText(row.siteId, row.ttId), row]));
}

/** A term by the number that parents and menus name. */
export interface TermIdKey {
  readonly siteId: SiteId;
  readonly taxonomy: string;
  readonly termId: number;
}

const BY_TERM_ID = `
  SELECT ${TERM_COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS asked (site_id, term_id, taxonomy)
  JOIN term t ON t.site_id = asked.site_id AND t.term_id = asked.term_id AND t.taxonomy = asked.taxonomy AND t.alive`;

/** Terms by `<site>/<taxonomy>:<term_id>`, as `termIdText` makes it. */
export async function readTermsByTermId(db: Queryable, keys: readonly TermIdKey[]): Promise<Map<string, TermRow>> {
  const rows = await cachedRows<TermRow>(
    db, BY_TERM_ID, [keys.map((key) => key.siteId), keys.map((key) => key.termId), keys.map((key) => key.taxonomy)], { sites: keys.map((key) => key.siteId) },
  );
  return new Map(rows.map((row) => [termIdText({ siteId: row.siteId, taxonomy: row.taxonomy, termId: row.localId }), row]));
}

export const termIdText = (key: TermIdKey): string => keyText(key.siteId, `${key.taxonomy}:${key.termId}`);

/** A term of some content. */
export interface ObjectTermRow extends TermRow {
  readonly objectId: number;
}

const OF_OBJECTS = `
  SELECT r.object_id AS "objectId", ${TERM_COLUMNS}
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, object_id)
  JOIN term_relation r ON r.site_id = asked.site_id AND r.object_id = asked.object_id AND r.alive AND r.present
  JOIN term t ON t.site_id = r.site_id AND t.tt_id = r.tt_id AND t.alive
  ORDER BY t.site_id, r.object_id, t.name, t.tt_id`;

/** The terms of contents in every taxonomy, by name; by `keyText` of the content. */
export async function readTermsOfContent(db: Queryable, keys: readonly LocalKey[]): Promise<Map<string, ObjectTermRow[]>> {
  const rows = await cachedRows<ObjectTermRow>(db, OF_OBJECTS, [siteIdsOf(keys), localIdsOf(keys)], { sites: siteIdsOf(keys), rows: { term_relation: rowsOf(keys) } });
  const terms = new Map<string, ObjectTermRow[]>();
  for (const row of rows) {
    const key = keyText(row.siteId, row.objectId);
    const list = terms.get(key);
    if (list) list.push(row);
    else terms.set(key, [row]);
  }
  return terms;
}

/** The terms of a taxonomy, by stored name. */
export interface TermListQuery {
  readonly siteId: SiteId;
  readonly taxonomy: string;
  /** Escaped ILIKE patterns, of which the stored name meets one; null means no search. */
  readonly patterns: readonly string[] | null;
  readonly after: { readonly name: string; readonly ttId: number } | null;
  readonly take: number;
}

const LIST_CONDITIONS = `t.site_id = $1 AND t.taxonomy = $2 AND t.alive AND ($3::text[] IS NULL OR t.name ILIKE ANY($3))`;
const LIST_START = `SELECT ${TERM_COLUMNS} FROM term t WHERE ${LIST_CONDITIONS} ORDER BY t.name, t.tt_id LIMIT $4`;
const LIST_AFTER = `SELECT ${TERM_COLUMNS} FROM term t WHERE ${LIST_CONDITIONS} AND (t.name, t.tt_id) > ($5::text, $6::bigint) ORDER BY t.name, t.tt_id LIMIT $4`;
const LIST_COUNT = `SELECT count(*) AS count FROM term t WHERE ${LIST_CONDITIONS}`;

/** A page of a taxonomy's terms. */
export async function listTerms(db: Queryable, query: TermListQuery): Promise<TermRow[]> {
  const { siteId, taxonomy, patterns, after, take } = query;
  if (after === null) return cachedRows<TermRow>(db, LIST_START, [siteId, taxonomy, patterns, take], { sites: [siteId] });
  return cachedRows<TermRow>(db, LIST_AFTER, [siteId, taxonomy, patterns, take, after.name, after.ttId], { sites: [siteId] });
}

/** How many terms a list holds. */
export async function countTerms(db: Queryable, query: TermListQuery): Promise<number> {
  return (await cachedRows<{ count: number }>(db, LIST_COUNT, [query.siteId, query.taxonomy, query.patterns], { sites: [query.siteId] }))[0]?.count ?? 0;
}

/** A term whose uses are counted over post types. */
export interface TermUseQuery {
  readonly siteId: SiteId;
  readonly ttId: number;
  readonly postTypes: readonly string[];
}

// WordPress counts what is published; attachments that inherit count when they are attached to something published.
const USES = `
  SELECT asked.ord, uses.count
  FROM jsonb_to_recordset($1::jsonb) AS asked (ord int, "siteId" bigint, "ttId" bigint, "postTypes" text[])
  CROSS JOIN LATERAL (
    SELECT count(*) AS count
    FROM term_relation r
    JOIN post p ON p.site_id = r.site_id AND p.id = r.object_id AND p.alive
    WHERE r.site_id = asked."siteId" AND r.tt_id = asked."ttId" AND r.alive AND r.present AND p.type = ANY(asked."postTypes")
      AND (p.status = 'publish' OR (p.type = 'attachment' AND p.status = 'inherit' AND EXISTS (
        SELECT 1 FROM post parent WHERE parent.site_id = p.site_id AND parent.id = p.parent_id AND parent.alive AND parent.status = 'publish')))
  ) uses`;

/** How many published contents of the given types have each term; at the place of its query. */
export async function countTermUses(db: Queryable, queries: readonly TermUseQuery[]): Promise<number[]> {
  const counts = queries.map(() => 0);
  const rows = await cachedRows<{ ord: number; count: number }>(
    db, USES, [JSON.stringify(queries.map((query, ord) => ({ ord, ...query })))], { sites: queries.map((query) => query.siteId) },
  );
  for (const row of rows) counts[row.ord] = row.count;
  return counts;
}

/** The term ids of a taxonomy's terms of these names, by the name in lower case; plain names are found under their stored form. */
export async function readTermIdsByName(db: Queryable, siteId: SiteId, taxonomy: string, names: readonly string[]): Promise<Map<string, number>> {
  const stored = names.map((name) => name.toLowerCase().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
  const rows = await db.query<{ name: string; termId: number }>(
    'SELECT lower(name) AS name, term_id AS "termId" FROM term WHERE site_id = $1 AND taxonomy = $2 AND lower(name) = ANY($3::text[]) AND alive', [siteId, taxonomy, stored]);
  const found = new Map(rows.map((row) => [row.name, row.termId]));
  return new Map(names.flatMap((name, index): [string, number][] => {
    const termId = found.get(stored[index] ?? '');
    return termId === undefined ? [] : [[name.toLowerCase(), termId]];
  }));
}
