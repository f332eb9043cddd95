// The tables that are compared by checksum: which of our rows the site counts, and the fields that it hashes, in its order and spelling.
// Source: Jetpack 16.1.2, replicastore/class-table-checksum. `body` is every field followed by '#'; a NULL is left out with its '#'.
import type { SiteId } from '../../core/ids.js';
import { formHash } from '../apply/meta-forms.js';
import type { Queryable } from '../database.js';
import { operationalSource, peopleSource } from './checksum-forms.js';

/** The site's names of the tables; the others cannot be computed of what is synced (docs/sync-protocol.md). */
export const CHECKSUM_TABLES = [
  'posts', 'postmeta', 'comments', 'commentmeta', 'terms', 'term_taxonomy', 'term_relationships', 'users', 'usermeta',
  'woocommerce_order_items', 'woocommerce_order_itemmeta', 'wc_orders', 'wc_order_operational_data',
] as const;
export type ChecksumTable = (typeof CHECKSUM_TABLES)[number];

/** Which rows the site counts; null leaves out no row of ours. */
export interface ChecksumFilters {
  readonly postTypesLeftOut: readonly string[];
  readonly taxonomies: readonly string[] | null;
  readonly taxonomiesLeftOut: readonly string[];
  readonly commentTypes: readonly string[];
  readonly postMeta: readonly string[] | null;
  readonly commentMeta: readonly string[] | null;
}

/** One row as it is hashed. */
export interface ChecksumRow {
  /** The id by which ranges are made. */
  readonly id: number;
  /** The key of a detailed drill-down. */
  readonly key: string;
  readonly body: string;
  /** The last field, when only its form is known. */
  readonly form?: { readonly crc: number; readonly bytes: number };
  /** True where the salt is not repeated at the end (what the site computes in PHP). */
  readonly isSaltedInFront?: true;
  /** True when what the site hashes does not follow from what is kept. */
  readonly isUnknown?: true;
}

export interface PageRequest {
  readonly siteId: SiteId;
  readonly filters: ChecksumFilters;
  readonly columns: readonly string[];
  readonly from: number;
  readonly to: number;
}

export interface ChecksumSource {
  /** The last id of the page that begins at $2 and ends at $3 at the latest, with at most $4 ids, and how many there are. */
  readonly pageSql: string;
  readonly pageIds: number;
  read(db: Queryable, page: PageRequest): Promise<ChecksumRow[]>;
}

const DATE = (column: string) => `coalesce(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '0000-00-00 00:00:00')`;

/** Columns of the site's tables that can be hashed besides, by the SQL of ours. Texts of hidden types and of orders are not kept. */
export const EXTRA_COLUMNS: Readonly<Partial<Record<ChecksumTable, Readonly<Record<string, string>>>>> = {
  posts: {
    post_status: 'status', post_type: 'type', post_parent: 'parent_id', menu_order: 'menu_order', post_author: 'author_id', post_mime_type: 'mime_type',
    comment_status: 'comment_status', ping_status: 'ping_status', post_title: 'title', post_name: 'slug', post_content: 'content', post_excerpt: 'excerpt',
  },
  comments: {
    comment_post_ID: 'post_id', comment_parent: 'parent_id', comment_approved: 'status', comment_type: 'type', user_id: 'user_id', comment_author: 'author_name',
    comment_author_email: 'author_email', comment_author_url: 'author_url', comment_content: 'content',
  },
};

/** `expression` followed by '#' for each; a NULL of ours is what WordPress has as an empty text. */
function bodyOf(fields: readonly string[]): string {
  return fields.map((field) => `coalesce((${field})::text, '') || '#'`).join(' || ');
}

function extras(table: ChecksumTable, columns: readonly string[]): string[] {
  return columns.flatMap((column) => EXTRA_COLUMNS[table]?.[column] ?? []);
}

function pageOf(table: string, id: string): string {
  return `SELECT max(id) AS last, count(*) AS ids FROM (SELECT DISTINCT ${id} AS id FROM ${table} WHERE site_id = $1 AND alive AND ${id} >= $2 AND ${id} <= $3 ORDER BY 1 LIMIT $4) page`;
}

/** A table of which every row has an id of its own. */
function plain(table: string, id: string, select: (page: PageRequest) => { where: string; body: string; values?: readonly (readonly string[])[] }): ChecksumSource {
  return {
    pageSql: pageOf(table, id),
    pageIds: 5000,
    async read(db, page) {
      const { where, body, values = [] } = select(page);
      const rows = await db.query<{ id: number; body: string }>(
        `SELECT ${id} AS id, ${body} AS body FROM ${table} WHERE site_id = $1 AND alive AND ${id} >= $2 AND ${id} <= $3${where} ORDER BY ${id}`,
        [page.siteId, page.from, page.to, ...values],
      );
      return rows.map((row) => ({ id: row.id, key: String(row.id), body: row.body }));
    },
  };
}

const TAXONOMY = (alias = '') => ` AND ($4::text[] IS NULL OR ${alias}taxonomy = ANY($4::text[])) AND ${alias}taxonomy <> ALL($5::text[])`;
const COMMENT = (alias = '') => ` AND ${alias}type = ANY($4::text[]) AND ${alias}status <> 'spam'`;

/** WordPress shows a post format's name translated and stores its slug (recorded: term 38, 'Aside' for 'post-format-aside'). */
const TERM_NAME = `CASE WHEN taxonomy = 'post_format' THEN slug ELSE name END`;

/** The site counts people above level 0; the capability that begins there is edit_posts. */
const ABOVE_LEVEL_0 = `'edit_posts' = ANY(all_caps)`;
const ORDER_TYPES = `order_type IN ('shop_order', 'shop_order_refund', 'shop_subscription')`;

/** Statuses of orders that are stored without the prefix 'wc-'. */
const BARE_STATUSES = `('trash', 'auto-draft', 'draft', 'new')`;

interface MetaRow extends Record<string, unknown> {
  id: number;
  metaKey: string;
  value: unknown;
  hasValue: boolean;
  crc: number | null;
  valueBytes: number | null;
  valueHash: string | null;
}

/** Meta rows of owners: those that are kept with their value, and those of which only the form is. */
function metas(objectType: string, table: string, owner: string, ownerJoin: string, values: (page: PageRequest) => readonly (readonly string[] | null)[]): ChecksumSource {
  return {
    pageSql: `SELECT max(id) AS last, count(*) AS ids FROM (
      SELECT id FROM (SELECT DISTINCT ${owner} AS id FROM ${table} WHERE site_id = $1 AND alive AND ${owner} >= $2 AND ${owner} <= $3
        UNION SELECT DISTINCT owner_id FROM opaque_meta_checksum WHERE site_id = $1 AND object_type = '${objectType}' AND owner_id >= $2 AND owner_id <= $3) ids
      ORDER BY 1 LIMIT $4) page`,
    pageIds: 500,
    async read(db, page) {
      const rows = await db.query<MetaRow>(
        `SELECT m.${owner} AS id, m.meta_key AS "metaKey", m.value, true AS "hasValue", o.crc, o.value_bytes AS "valueBytes", o.value_hash AS "valueHash"
         FROM ${table} m ${ownerJoin.replaceAll('OWNER', `m.${owner}`)}
         LEFT JOIN opaque_meta_checksum o ON o.site_id = $1 AND o.object_type = '${objectType}' AND o.meta_id = m.meta_id AND jsonb_typeof(m.value) IN ('object', 'array')
         WHERE m.site_id = $1 AND m.alive AND m.${owner} >= $2 AND m.${owner} <= $3 AND ($4::text[] IS NULL OR m.meta_key = ANY($4::text[]))
         UNION ALL
         SELECT f.owner_id, f.meta_key, NULL, false, f.crc, f.value_bytes, NULL FROM opaque_meta_checksum f ${ownerJoin.replaceAll('OWNER', 'f.owner_id')}
         WHERE f.site_id = $1 AND f.object_type = '${objectType}' AND f.value_hash IS NULL AND f.owner_id >= $2 AND f.owner_id <= $3 AND ($4::text[] IS NULL OR f.meta_key = ANY($4::text[]))
         ORDER BY 1`,
        [page.siteId, page.from, page.to, ...values(page)],
      );
      return rows.map(metaRow);
    },
  };
}

function metaRow({ id, metaKey, value, hasValue, crc, valueBytes, valueHash }: MetaRow): ChecksumRow {
  const head = { id, key: `${id}-${metaKey}`, body: `${metaKey}#` };
  if (hasValue && value === null) return head;
  if (hasValue && typeof value !== 'object') return { ...head, body: `${metaKey}#${value === true ? '1' : value === false ? '' : String(value)}#` };
  const isValid = crc !== null && valueBytes !== null && (!hasValue || valueHash === formHash(value as never));
  return isValid ? { ...head, form: { crc, bytes: valueBytes } } : { ...head, isUnknown: true };
}

export const CHECKSUM_SOURCES: Readonly<Record<ChecksumTable, ChecksumSource>> = {
  posts: plain('post', 'id', ({ filters, columns }) => ({
    where: ' AND type <> ALL($4::text[])',
    body: bodyOf([DATE('modified_gmt'), ...extras('posts', columns)]),
    values: [filters.postTypesLeftOut],
  })),
  postmeta: metas('postmeta', 'post_meta', 'post_id', 'JOIN post p ON p.site_id = $1 AND p.id = OWNER AND p.alive AND p.type <> ALL($5::text[])',
    ({ filters }) => [filters.postMeta, filters.postTypesLeftOut]),
  comments: plain('comment', 'id', ({ filters, columns }) => ({
    where: COMMENT(),
    body: bodyOf([DATE('date_gmt'), ...extras('comments', columns)]),
    values: [filters.commentTypes],
  })),
  commentmeta: metas('commentmeta', 'comment_meta', 'comment_id', `JOIN comment c ON c.site_id = $1 AND c.id = OWNER AND c.alive AND c.type = ANY($5::text[]) AND c.status <> 'spam'`,
    ({ filters }) => [filters.commentMeta, filters.commentTypes]),
  terms: {
    pageSql: pageOf('term', 'term_id'),
    pageIds: 5000,
    async read(db, { siteId, filters, from, to }) {
      const rows = await db.query<{ id: number; body: string }>(
        `SELECT DISTINCT term_id AS id, ${bodyOf(['term_id', TERM_NAME, 'slug'])} AS body FROM term
         WHERE site_id = $1 AND alive AND term_id >= $2 AND term_id <= $3${TAXONOMY()} ORDER BY 1`,
        [siteId, from, to, filters.taxonomies, filters.taxonomiesLeftOut],
      );
      return rows.map((row) => ({ id: row.id, key: String(row.id), body: row.body }));
    },
  },
  term_taxonomy: {
    pageSql: pageOf('term', 'tt_id'),
    pageIds: 5000,
    async read(db, { siteId, filters, from, to }) {
      const rows = await db.query<{ id: number; body: string }>(
        `SELECT tt_id AS id, ${bodyOf(['tt_id', 'term_id', 'parent_id', 'taxonomy', 'description'])} AS body FROM term
         WHERE site_id = $1 AND alive AND tt_id >= $2 AND tt_id <= $3${TAXONOMY()} ORDER BY 1`,
        [siteId, from, to, filters.taxonomies, filters.taxonomiesLeftOut],
      );
      return rows.map((row) => ({ id: row.id, key: String(row.id), body: row.body }));
    },
  },
  term_relationships: {
    pageSql: pageOf('term_relation', 'object_id'),
    pageIds: 2000,
    async read(db, { siteId, filters, from, to }) {
      const rows = await db.query<{ id: number; body: string }>(
        `SELECT r.object_id AS id, ${bodyOf(['r.object_id', 'r.tt_id'])} AS body FROM term_relation r JOIN term t ON t.site_id = $1 AND t.tt_id = r.tt_id AND t.alive
         WHERE r.site_id = $1 AND r.alive AND r.object_id >= $2 AND r.object_id <= $3${TAXONOMY('t.')} ORDER BY 1`,
        [siteId, from, to, filters.taxonomies, filters.taxonomiesLeftOut],
      );
      return rows.map((row) => ({ id: row.id, key: String(row.id), body: row.body }));
    },
  },
  users: plain('site_user', 'id', () => ({
    where: ` AND ${ABOVE_LEVEL_0}`,
    body: bodyOf(['login', 'nicename', 'email', 'url', DATE('registered_at'), `'0'`, 'display_name']),
  })),
  usermeta: peopleSource(ABOVE_LEVEL_0),
  woocommerce_order_items: plain('order_item', 'id', () => ({ where: '', body: bodyOf(['order_id', 'name', 'item_type']) })),
  woocommerce_order_itemmeta: metas('woocommerce_order_itemmeta', 'order_item_meta', 'item_id',
    'JOIN order_item i ON i.site_id = $1 AND i.id = OWNER AND i.alive', () => [null]),
  // Columns of an amount are decimals with eight digits there; sync rounds them to the shop's.
  wc_orders: plain('shop_order', 'id', () => ({
    where: ` AND ${ORDER_TYPES}`,
    body: `coalesce(to_char(modified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '#', '')
      || CASE WHEN total ~ '^-?[0-9]+(\\.[0-9]+)?$' THEN round(total::numeric, 8)::text || '#' ELSE '' END || ${bodyOf([
        'order_type', `CASE WHEN status IN ${BARE_STATUSES} THEN status ELSE 'wc-' || status END`,
      ])}`,
  })),
  wc_order_operational_data: operationalSource(ORDER_TYPES),
};
