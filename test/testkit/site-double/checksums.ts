// The checksums of the site (protocol reference 7): what MySQL's CRC32 and CONCAT_WS make of the rows of a table, summed over ranges.
import { crc32 } from 'node:zlib';
import { serialize } from 'php-serialize';
import { ORDER_ITEM_META_KEYS, ORDER_TYPES } from './lists.js';
import { allowedPostIds } from './full-sync-modules.js';
import { levelOf, syncedCapabilities } from './roles.js';
import type { MetaRow, OrderRow, UserRow } from './rows.js';
import type { SiteContext } from './state.js';

type Column = string | number | null;

/** One row as the checksum sees it: its place in the range, its key, its columns, and which of those are summed. */
export interface ChecksumRow {
  readonly id: number;
  readonly key: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** Computed by PHP where no columns say it. */
  readonly sum?: (salt: string) => bigint;
}

export interface ChecksumTable {
  readonly fields: readonly string[];
  readonly texts: readonly string[];
  /** Whole-table counts of meta tables are those of their parent. */
  readonly parent?: string;
  readonly bucketSize: number;
  /** Ascending by `id`. */
  rows(site: SiteContext): ChecksumRow[];
}

/** CONCAT_WS: NULL is left out together with its separator. */
export function checksumText(salt: string, values: readonly Column[]): string {
  return [salt, ...values.filter((value) => value !== null), salt].join('#');
}

/** The sum over rows: an integer that may pass 2^53. */
export function sumRows(table: ChecksumTable, rows: readonly ChecksumRow[], salt: string, moreColumns: readonly string[] = []): bigint {
  const names = [...table.fields, ...moreColumns.filter((name) => !table.fields.includes(name)), ...table.texts];
  return rows.reduce((sum, row) => sum + (row.sum ? row.sum(salt) : BigInt(crc32(checksumText(salt, names.map((name) => row.columns[name] ?? null))))), 0n);
}

function metaRows(rows: readonly MetaRow[], ownerColumn: string): ChecksumRow[] {
  return rows.map((row) => ({ id: row.ownerId, key: `${row.ownerId}-${row.key}`, columns: { [ownerColumn]: row.ownerId, meta_id: row.metaId, meta_key: row.key, meta_value: row.value } }));
}

function allowedTerms(site: SiteContext) {
  return site.tables.terms.all().filter((term) => site.settings.allowsTaxonomy(term.taxonomy));
}

function allowedComments(site: SiteContext) {
  return site.tables.comments.all().filter((row) => site.settings.allowsCommentType(row.comment_type) && row.comment_approved !== 'spam');
}

function ordersOf(site: SiteContext): OrderRow[] {
  return site.tables.orders.all().filter((order) => ORDER_TYPES.includes(order.type));
}

function leveledUsers(site: SiteContext): UserRow[] {
  return site.tables.users.all().filter((user) => levelOf(user) > 0);
}

/** Computed in PHP: roles of everyone, capabilities, locale and file types of connected people; salt only in front. */
function usermetaSum(site: SiteContext, user: UserRow, salt: string): bigint {
  const isConnected = site.connection.userTokens.has(user.ID);
  const parts = [`${salt}#roles#${serialize(user.roles)}`];
  if (isConnected) {
    parts.push(`${salt}#capabilities#${serialize(syncedCapabilities(user))}`);
    if (user.locale !== undefined) parts.push(`${salt}#locale#${user.locale}`);
    parts.push(`${salt}#allowed_mime_types#${serialize({ 'jpg|jpeg|jpe': 'image/jpeg', png: 'image/png' })}`);
  }
  return parts.reduce((sum, part) => sum + BigInt(crc32(part)), 0n);
}

/** By `object_type`. */
export const CHECKSUM_TABLES: Readonly<Record<string, ChecksumTable>> = {
  posts: {
    fields: ['post_modified_gmt'], texts: [], bucketSize: 10_000,
    // Not copied: a hundred thousand posts are asked for a hundred times.
    rows: (site) => allowedPostIds(site).flatMap((id) => site.tables.posts.get(id) ?? []).map((post) => ({ id: post.ID, key: String(post.ID), columns: post as unknown as Readonly<Record<string, Column>> })),
  },
  postmeta: {
    fields: [], texts: ['meta_key', 'meta_value'], parent: 'posts', bucketSize: 1000,
    rows: (site) => metaRows(allowedPostIds(site).flatMap((id) => site.tables.postmeta.ownedBy(id)).filter((row) => site.settings.allowsPostMeta(row.key)), 'post_id'),
  },
  comments: {
    fields: ['comment_date_gmt'], texts: [], bucketSize: 10_000,
    rows: (site) => allowedComments(site).map((row) => ({ id: row.comment_ID, key: String(row.comment_ID), columns: { ...row } })),
  },
  commentmeta: {
    fields: [], texts: ['meta_key', 'meta_value'], parent: 'comments', bucketSize: 1000,
    rows: (site) => metaRows(allowedComments(site).flatMap((row) => site.tables.commentmeta.ownedBy(row.comment_ID)).filter((row) => site.settings.allowsCommentMeta(row.key)), 'comment_id'),
  },
  terms: {
    fields: ['term_id'], texts: ['name', 'slug'], bucketSize: 10_000,
    rows: (site) => [...new Map(allowedTerms(site).map((term) => [term.term_id, term])).values()].sort((a, b) => a.term_id - b.term_id)
      .map((term) => ({ id: term.term_id, key: String(term.term_id), columns: { term_id: term.term_id, name: term.name, slug: term.slug, term_group: term.term_group } })),
  },
  term_taxonomy: {
    fields: ['term_taxonomy_id', 'term_id', 'parent'], texts: ['taxonomy', 'description'], bucketSize: 10_000,
    rows: (site) => allowedTerms(site).map((term) => ({ id: term.term_taxonomy_id, key: String(term.term_taxonomy_id), columns: { ...term } })),
  },
  term_relationships: {
    fields: ['object_id', 'term_taxonomy_id'], texts: [], bucketSize: 10_000,
    rows: (site) => site.tables.relations.all().filter((row) => site.settings.allowsTaxonomy(site.tables.terms.get(row.term_taxonomy_id)?.taxonomy ?? ''))
      .sort((a, b) => a.object_id - b.object_id).map((row) => ({ id: row.object_id, key: String(row.object_id), columns: { ...row } })),
  },
  woocommerce_order_items: {
    fields: ['order_id'], texts: ['order_item_name', 'order_item_type'], bucketSize: 10_000,
    rows: (site) => site.tables.orderItems.all().map((row) => ({ id: row.order_item_id, key: String(row.order_item_id), columns: { ...row } })),
  },
  woocommerce_order_itemmeta: {
    fields: [], texts: ['meta_key', 'meta_value'], parent: 'woocommerce_order_items', bucketSize: 10_000,
    rows: (site) => metaRows(site.tables.orderItems.ids().flatMap((id) => site.tables.orderItemMeta.ownedBy(id)).filter((row) => ORDER_ITEM_META_KEYS.includes(row.key)), 'order_item_id'),
  },
  wc_orders: {
    fields: ['date_updated_gmt', 'total_amount'], texts: ['type', 'status'], bucketSize: 10_000,
    rows: (site) => ordersOf(site).map((order) => ({ id: order.id, key: String(order.id), columns: orderColumns(order) })),
  },
  wc_order_addresses: {
    fields: [], texts: ['address_type'], bucketSize: 10_000,
    rows: (site) => ordersOf(site).flatMap((order) => ['billing', 'shipping'].map((type) => ({ id: order.id, key: `${order.id}-${type}`, columns: { order_id: order.id, address_type: type } }))),
  },
  wc_order_operational_data: {
    fields: ['date_paid_gmt', 'date_completed_gmt'], texts: ['order_key'], bucketSize: 10_000,
    rows: (site) => ordersOf(site).map((order) => ({ id: order.id, key: String(order.id), columns: orderColumns(order) })),
  },
  users: {
    fields: [], texts: ['user_login', 'user_nicename', 'user_email', 'user_url', 'user_registered', 'user_status', 'display_name'], bucketSize: 10_000,
    rows: (site) => leveledUsers(site).map(({ roles: _roles, locale: _locale, ...user }) => ({ id: user.ID, key: String(user.ID), columns: user })),
  },
  usermeta: {
    fields: [], texts: [], parent: 'users', bucketSize: 1000,
    rows: (site) => leveledUsers(site).map((user) => ({ id: user.ID, key: String(user.ID), columns: {}, sum: (salt: string) => usermetaSum(site, user, salt) })),
  },
};

function orderColumns(order: OrderRow): Readonly<Record<string, Column>> {
  const { billing: _billing, shipping: _shipping, refund_reason: _reason, ...columns } = order;
  return columns;
}

/** The whole-table sums of `data-check`, with its spelling of keys; an empty salt. */
export function dataCheck(site: SiteContext): Record<string, unknown> {
  const sum = (name: string): number => {
    const table = CHECKSUM_TABLES[name];
    return table ? Number(sumRows(table, table.rows(site), '')) : 0;
  };
  const orderTables = ['woocommerce_order_items', 'woocommerce_order_itemmeta', 'wc_orders', 'wc_order_addresses', 'wc_order_operational_data'];
  return {
    posts: sum('posts'), post_meta: sum('postmeta'), comments: sum('comments'), comment_meta: sum('commentmeta'), terms: sum('terms'),
    term_relationships: sum('term_relationships'), term_taxonomy: sum('term_taxonomy'),
    ...(site.hasCommerce
      ? { wc_product_lookup: { errors: { checksum_disabled: ['Checksums are not available for this table.'] }, error_data: [] }, ...Object.fromEntries(orderTables.map((name) => [name, sum(name)])) }
      : {}),
  };
}
