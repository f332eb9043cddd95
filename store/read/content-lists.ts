// Reads pages of content lists: several lists in one statement, each over one or several post types of one site.
// Called by the loaders of the content subgraph. Visibility and filters are decided in SQL from what the caller gives;
// nothing here decides who may see what. The text of a statement depends on the order and on which indexed conditions
// there are, never on values, so that few texts exist and each is prepared once.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable } from '../database.js';
import type { AnswerRow } from './content.js';
import { HEAD_COLUMNS, RULE_COLUMNS, type VisibilityRule, visibleWhere } from './visible-content.js';

export type ContentListOrder = 'MODIFIED_DESC' | 'PUBLISHED_DESC' | 'TITLE_ASC' | 'MENU_ORDER';

/** One condition on meta rows; `value` is null for the operators that compare nothing. */
export interface MetaCondition {
  readonly key: string;
  readonly op: 'EXISTS' | 'NOT_EXISTS' | 'EQ' | 'NE';
  readonly value: string | null;
}

/** What narrows a list; null or absent conditions do not. */
export interface ContentListFilter {
  /** Stored statuses; null for all but `hiddenStatuses`. */
  readonly statuses: readonly string[] | null;
  /** With `statuses`: statuses other than these are wanted too; null when not. */
  readonly customBeside: readonly string[] | null;
  readonly authorIds: readonly number[] | null;
  readonly ttIds: readonly number[] | null;
  /** An escaped ILIKE pattern. */
  readonly pattern: string | null;
  readonly modifiedAfter: string | null;
  readonly publishedAfter: string | null;
  readonly publishedBefore: string | null;
  readonly meta: readonly MetaCondition[] | null;
  /** The sticky posts and whether they are wanted (true) or unwanted; null when it does not matter. */
  readonly sticky: { readonly ids: readonly number[]; readonly wanted: boolean } | null;
}

/** One post type of a list. */
export interface ContentListType {
  readonly type: string;
  readonly rule: VisibilityRule;
  /** Protected content is searched only for those who may edit every row of the type. */
  readonly searchesProtected: boolean;
}

/** The last row of the page before: the sort key (null where the row has none) and the id. */
export interface ContentListPlace {
  readonly key: string | number | null;
  readonly id: number;
}

export interface ContentListQuery {
  readonly siteId: SiteId;
  readonly types: readonly ContentListType[];
  readonly filter: ContentListFilter;
  readonly order: ContentListOrder;
  readonly after: ContentListPlace | null;
  /** How many rows are wanted, the one that tells of a next page among them. */
  readonly take: number;
}

/** What lists never show unless the status is asked for. */
const HIDDEN_STATUSES = `('trash', 'auto-draft')`;

interface OrderSql {
  readonly key: string;
  readonly keyType: string;
  readonly descending: boolean;
  /** The key may be null, and rows without one come first. */
  readonly nullable: boolean;
}

const ORDERS: Readonly<Record<ContentListOrder, OrderSql>> = {
  MODIFIED_DESC: { key: 'p.modified_gmt', keyType: 'timestamptz', descending: true, nullable: true },
  PUBLISHED_DESC: { key: 'p.date_gmt', keyType: 'timestamptz', descending: true, nullable: true },
  TITLE_ASC: { key: 'left(p.title, 200)', keyType: 'text', descending: false, nullable: false },
  MENU_ORDER: { key: 'p.menu_order', keyType: 'int', descending: false, nullable: false },
};

type Place = 'start' | 'after-key' | 'after-null';

/** What the text of a list's statement depends on. */
interface Shape {
  readonly order: ContentListOrder;
  readonly place: Place;
  readonly byAuthor: boolean;
  readonly byTerm: boolean;
  readonly byMeta: boolean;
}

function shapeOf(query: ContentListQuery): Shape {
  const place = query.after === null ? 'start' : query.after.key === null && ORDERS[query.order].nullable ? 'after-null' : 'after-key';
  return { order: query.order, place, byAuthor: query.filter.authorIds !== null, byTerm: query.filter.ttIds !== null, byMeta: query.filter.meta !== null };
}

const ASKED = `jsonb_to_recordset($1::jsonb) AS asked (ord int, "siteId" bigint, type text, ${RULE_COLUMNS}, "searchesProtected" boolean,
    wanted text[], "customBeside" text[], "authorIds" bigint[], "ttIds" bigint[], pattern text, "modifiedAfter" timestamptz,
    "publishedAfter" timestamptz, "publishedBefore" timestamptz, meta jsonb, "stickyIds" bigint[], sticky boolean,
    "afterInstant" timestamptz, "afterText" text, "afterNumber" int, "afterId" bigint)`;

const WANTED_STATUS = (status: string) =>
  `CASE WHEN asked.wanted IS NULL THEN ${status} NOT IN ${HIDDEN_STATUSES}
        ELSE ${status} = ANY(asked.wanted) OR (asked."customBeside" IS NOT NULL AND ${status} <> ALL(asked."customBeside")) END`;

const PLAIN_CONDITIONS = `
      AND (asked."modifiedAfter" IS NULL OR p.modified_gmt > asked."modifiedAfter")
      AND (asked."publishedAfter" IS NULL OR p.date_gmt > asked."publishedAfter")
      AND (asked."publishedBefore" IS NULL OR p.date_gmt < asked."publishedBefore")
      AND (asked.sticky IS NULL OR (p.id = ANY(asked."stickyIds")) = asked.sticky)
      AND (asked.pattern IS NULL OR p.title ILIKE asked.pattern
        OR (p.content ILIKE asked.pattern AND (asked."searchesProtected" OR NOT coalesce(p.password_protected, false))))`;

const META_CONDITION = `AND NOT EXISTS (
        SELECT 1 FROM jsonb_to_recordset(asked.meta) AS wish (key text, op text, value text)
        WHERE (wish.op IN ('NOT_EXISTS', 'NE')) = EXISTS (
          SELECT 1 FROM post_meta m WHERE m.site_id = p.site_id AND m.post_id = p.id AND m.meta_key = wish.key AND m.alive
            AND (wish.value IS NULL OR m.value #>> '{}' = wish.value)))`;

const AUTHOR_CONDITION = 'AND p.author_id = ANY(asked."authorIds")';
const TERM_CONDITION = `AND EXISTS (
        SELECT 1 FROM term_relation r WHERE r.site_id = p.site_id AND r.object_id = p.id AND r.tt_id = ANY(asked."ttIds") AND r.alive AND r.present)`;

function placeCondition(order: OrderSql, place: Place): string {
  if (place === 'start') return '';
  if (place === 'after-null') return `AND (${order.key} IS NOT NULL OR p.id < asked."afterId")`;
  const value = order.keyType === 'timestamptz' ? 'asked."afterInstant"' : order.keyType === 'int' ? 'asked."afterNumber"' : 'asked."afterText"';
  return `AND (${order.key}, p.id) ${order.descending ? '<' : '>'} (${value}, asked."afterId")`;
}

/** What an index can answer: the type, the authors, the terms. */
function indexedConditions(shape: Shape): string {
  return `p.site_id = asked."siteId" AND p.type = asked.type ${shape.byAuthor ? AUTHOR_CONDITION : ''} ${shape.byTerm ? TERM_CONDITION : ''}`;
}

function rowConditions(shape: Shape): string {
  return `p.alive AND ${visibleWhere('asked')}
      ${shape.byMeta ? META_CONDITION : ''} ${PLAIN_CONDITIONS}`;
}

/** The statuses that a type's rows have, found by leaps over the index; each is then read in order of its own. */
const STATUS_LEAPS = `CROSS JOIN LATERAL (
    WITH RECURSIVE leap AS (
      (SELECT s.status FROM post s WHERE s.site_id = asked."siteId" AND s.type = asked.type AND s.status IS NOT NULL ORDER BY s.status LIMIT 1)
      UNION ALL
      SELECT (SELECT s.status FROM post s WHERE s.site_id = asked."siteId" AND s.type = asked.type AND s.status > leap.status ORDER BY s.status LIMIT 1)
      FROM leap WHERE leap.status IS NOT NULL
    )
    SELECT leap.status FROM leap WHERE leap.status IS NOT NULL AND ${WANTED_STATUS('leap.status')}
  ) leap`;

/**
 * Rows come in the order of an index and are then narrowed until the page is full. The two steps are kept apart (OFFSET 0):
 * the planner cannot guess how many rows unknown conditions let through, and would rather sort a whole type.
 */
function listSql(shape: Shape): string {
  const order = ORDERS[shape.order];
  const direction = order.descending ? 'DESC' : 'ASC';
  const byStatus = shape.order === 'PUBLISHED_DESC';
  return `
  SELECT asked.ord, p.*
  FROM ${ASKED}
  ${byStatus ? STATUS_LEAPS : ''}
  CROSS JOIN LATERAL (
    SELECT ${HEAD_COLUMNS}, ${order.key} AS "sortKey"
    FROM (
      SELECT p.* FROM post p
      WHERE ${indexedConditions(shape)} ${byStatus ? 'AND p.status = leap.status' : ''} ${placeCondition(order, shape.place)}
      ORDER BY ${order.key} ${direction}, p.id ${direction} OFFSET 0
    ) p
    WHERE ${rowConditions(shape)} ${byStatus ? '' : `AND ${WANTED_STATUS('p.status')}`}
    LIMIT $2
  ) p
  ORDER BY asked.ord, p."sortKey" ${direction}, p."localId" ${direction}`;
}

function countSql(shape: Shape): string {
  return `
  SELECT asked.ord, sum(p.count)::bigint AS count
  FROM ${ASKED}
  CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM post p WHERE ${indexedConditions(shape)} AND ${rowConditions(shape)} AND ${WANTED_STATUS('p.status')}
  ) p
  GROUP BY asked.ord`;
}

/** A row of a page, with what its cursor is made of. */
export interface ContentListRow extends AnswerRow {
  readonly sortKey: Date | string | number | null;
}

const texts = new Map<string, string>();

function textOf(kind: 'list' | 'count', shape: Shape): string {
  const name = [kind, shape.order, shape.place, shape.byAuthor, shape.byTerm, shape.byMeta].join();
  let text = texts.get(name);
  if (text === undefined) texts.set(name, (text = kind === 'list' ? listSql(shape) : countSql(shape)));
  return text;
}

function askedRows(queries: readonly ContentListQuery[]): string {
  return JSON.stringify(
    queries.flatMap(({ siteId, types, filter, order, after }, ord) => {
      const { keyType } = ORDERS[order];
      const { statuses, sticky, ...conditions } = filter;
      return types.map(({ type, rule, searchesProtected }) => ({
        ord, siteId, type, ...rule, searchesProtected, wanted: statuses, ...conditions, stickyIds: sticky?.ids ?? null, sticky: sticky?.wanted ?? null,
        afterId: after?.id ?? null,
        [keyType === 'timestamptz' ? 'afterInstant' : keyType === 'int' ? 'afterNumber' : 'afterText']: after?.key ?? null,
      }));
    }),
  );
}

function groupsOf(queries: readonly ContentListQuery[], nameOf: (query: ContentListQuery) => string): number[][] {
  const groups = new Map<string, number[]>();
  queries.forEach((query, index) => {
    const name = nameOf(query);
    const group = groups.get(name);
    if (group) group.push(index);
    else groups.set(name, [index]);
  });
  return [...groups.values()];
}

/** Pages of lists, each at the place of its query. Lists of one shape and size are one statement. */
export async function readContentLists(db: Queryable, queries: readonly ContentListQuery[]): Promise<ContentListRow[][]> {
  const pages: ContentListRow[][] = queries.map(() => []);
  for (const indexes of groupsOf(queries, (query) => `${textOf('list', shapeOf(query))}${query.take}`)) {
    const group = indexes.map((index) => queries[index] as ContentListQuery);
    const [first] = group as [ContentListQuery];
    const rows = await cachedRows<ContentListRow>(db, textOf('list', shapeOf(first)), [askedRows(group), first.take], { sites: group.map((query) => query.siteId) });
    for (const row of rows) {
      const page = pages[indexes[row.ord] ?? -1];
      if (page && page.length < first.take) page.push(row);
    }
  }
  return pages;
}

/** How many rows each list holds, whatever the place. */
export async function countContentLists(db: Queryable, queries: readonly ContentListQuery[]): Promise<number[]> {
  const counts = queries.map(() => 0);
  const startOf = (query: ContentListQuery): Shape => ({ ...shapeOf(query), place: 'start', order: 'MODIFIED_DESC' });
  for (const indexes of groupsOf(queries, (query) => textOf('count', startOf(query)))) {
    const group = indexes.map((index) => queries[index] as ContentListQuery);
    const [first] = group as [ContentListQuery];
    const rows = await cachedRows<{ ord: number; count: number }>(db, textOf('count', startOf(first)), [askedRows(group)], { sites: group.map((query) => query.siteId) });
    for (const row of rows) counts[indexes[row.ord] ?? -1] = row.count;
  }
  return counts;
}

