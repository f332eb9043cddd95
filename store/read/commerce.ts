// Reads orders, their items and refunds, products, and the options of a shop. Called by the commerce subgraph's loaders;
// every function is one statement for all keys it is given. Who may see orders is decided by the caller.
import type { SiteId } from '../../core/ids.js';
import { cachedRows } from '../cache/cached-rows.js';
import type { Queryable, Row } from '../database.js';
import { containsPattern } from './patterns.js';

/** An order or another thing of a shop, by site and id. */
export interface CommerceKey {
  readonly siteId: SiteId;
  readonly localId: number;
}

export interface OrderRecord extends Row {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly status: string;
  readonly createdAt: Date;
  /** What lists are ordered by: null for drafts that WordPress has given no date. */
  readonly listedAt: Date | null;
  readonly paidAt: Date | null;
  readonly completedAt: Date | null;
  readonly currency: string | null;
  readonly total: string | null;
  readonly discountTotal: string | null;
  readonly shippingTotal: string | null;
  readonly shippingTax: string | null;
  readonly cartTax: string | null;
  readonly paymentMethodTitle: string | null;
  readonly billingCity: string | null;
  readonly billingState: string | null;
  readonly billingPostcode: string | null;
  readonly billingCountry: string | null;
  readonly shippingCity: string | null;
  readonly shippingState: string | null;
  readonly shippingPostcode: string | null;
  readonly shippingCountry: string | null;
  readonly version: string;
}

const ORDER_COLUMNS = `o.site_id AS "siteId", o.id AS "localId", coalesce(o.status, '') AS status,
  coalesce(o.created_at, o.modified_at, to_timestamp(o.rev / 1000000.0)) AS "createdAt", o.created_at AS "listedAt", o.paid_at AS "paidAt",
  o.completed_at AS "completedAt", nullif(o.currency, '') AS currency, o.total, o.discount_total AS "discountTotal", o.shipping_total AS "shippingTotal",
  o.shipping_tax AS "shippingTax", o.cart_tax AS "cartTax", nullif(o.payment_method_title, '') AS "paymentMethodTitle",
  o.billing_city AS "billingCity", o.billing_state AS "billingState", o.billing_postcode AS "billingPostcode", o.billing_country AS "billingCountry",
  o.shipping_city AS "shippingCity", o.shipping_state AS "shippingState", o.shipping_postcode AS "shippingPostcode", o.shipping_country AS "shippingCountry",
  coalesce(o.version, o.rev::text, '') AS version`;

/** What to list; null means that the condition does not matter. */
export interface OrderConditions {
  /** Without the prefix `wc-`. Null lists all but the trash and drafts. */
  readonly statuses: readonly string[] | null;
  readonly createdFrom: Date | null;
  readonly createdBefore: Date | null;
  readonly search: string | null;
}

/** Not listed unless asked for by name. */
const HIDDEN_STATUSES = `'trash', 'auto-draft', 'checkout-draft', 'draft'`;

/** $1 sites, $2 statuses, $3 from, $4 before, $5 search as it came, $6 search as a pattern. */
const ORDER_CONDITIONS = `o.order_type = 'shop_order' AND o.alive
  AND CASE WHEN $2::text[] IS NULL THEN coalesce(o.status, '') NOT IN (${HIDDEN_STATUSES}) ELSE o.status = ANY($2) END
  AND ($3::timestamptz IS NULL OR o.created_at >= $3) AND ($4::timestamptz IS NULL OR o.created_at < $4)
  AND ($5::text IS NULL OR o.id::text = $5 OR o.billing_city ILIKE $6 OR o.shipping_city ILIKE $6 OR o.billing_postcode ILIKE $6
    OR o.shipping_postcode ILIKE $6
    OR EXISTS (SELECT 1 FROM order_item i WHERE i.site_id = o.site_id AND i.order_id = o.id AND i.alive AND i.name ILIKE $6))`;

const orderValues = (siteIds: readonly SiteId[], conditions: OrderConditions) =>
  [
    siteIds,
    conditions.statuses,
    conditions.createdFrom,
    conditions.createdBefore,
    conditions.search,
    conditions.search === null ? null : containsPattern(conditions.search),
  ] as const;

/** Where a page of orders begins: after the order with this date (null: without a date, which come first) and id. */
export interface OrderPosition {
  readonly listedAt: string | null;
  readonly localId: number;
}

/** The statement of a page; `position` is written so that the index of dates and ids finds where the page begins. */
const orderPage = (position: string): string => `SELECT page.* FROM unnest($1::bigint[]) AS asked (site_id) CROSS JOIN LATERAL (
    SELECT ${ORDER_COLUMNS} FROM shop_order o WHERE o.site_id = asked.site_id AND ${ORDER_CONDITIONS} AND ${position}
    ORDER BY o.created_at DESC, o.id DESC LIMIT $7
  ) page ORDER BY page."siteId", page."listedAt" DESC, page."localId" DESC`;
const FIRST_PAGE = orderPage('true');
const PAGE_AFTER_UNDATED = orderPage('(o.created_at IS NOT NULL OR o.id < $8::bigint)');
const PAGE_AFTER_DATED = orderPage('(o.created_at, o.id) < ($9::timestamptz, $8::bigint)');

/** The page of each site's orders after the position, the newest first, at most `limit` a site. */
export async function orderPages(db: Queryable, siteIds: readonly SiteId[], conditions: OrderConditions, after: OrderPosition | null, limit: number): Promise<OrderRecord[]> {
  const values = [...orderValues(siteIds, conditions), limit];
  if (after === null) return cachedRows<OrderRecord>(db, FIRST_PAGE, values, { sites: siteIds });
  if (after.listedAt === null) return cachedRows<OrderRecord>(db, PAGE_AFTER_UNDATED, [...values, after.localId], { sites: siteIds });
  return cachedRows<OrderRecord>(db, PAGE_AFTER_DATED, [...values, after.localId, after.listedAt], { sites: siteIds });
}

/** How many orders each site has that meet the conditions; sites with none are absent. */
export async function countOrders(db: Queryable, siteIds: readonly SiteId[], conditions: OrderConditions): Promise<Map<SiteId, number>> {
  const rows = await cachedRows<{ siteId: SiteId; count: number }>(
    db,
    `SELECT o.site_id AS "siteId", count(*) AS count FROM shop_order o WHERE o.site_id = ANY($1::bigint[]) AND ${ORDER_CONDITIONS} GROUP BY o.site_id`,
    orderValues(siteIds, conditions),
    { sites: siteIds },
  );
  return new Map(rows.map((row) => [row.siteId, row.count]));
}

/** Orders by id, in whatever status; what is no order or is gone is absent. */
export async function ordersByIds(db: Queryable, keys: readonly CommerceKey[]): Promise<OrderRecord[]> {
  return cachedRows<OrderRecord>(
    db,
    `SELECT ${ORDER_COLUMNS} FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
     JOIN shop_order o ON o.site_id = asked.site_id AND o.id = asked.id WHERE o.order_type = 'shop_order' AND o.alive`,
    keyColumns(keys),
    { sites: sitesOf(keys), rows: { shop_order: keys.map(({ siteId, localId }) => ({ siteId, row: localId })) } },
  );
}

export interface RefundRecord extends Row {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly orderId: number;
  readonly refundAmount: string | null;
  readonly total: string | null;
  readonly reason: string | null;
  readonly createdAt: Date | null;
}

/** The refunds of orders, the oldest first. */
export async function refundsOfOrders(db: Queryable, orders: readonly CommerceKey[]): Promise<RefundRecord[]> {
  return cachedRows<RefundRecord>(
    db,
    `SELECT o.site_id AS "siteId", o.id AS "localId", o.parent_id AS "orderId", nullif(o.refund_amount, '') AS "refundAmount", nullif(o.total, '') AS total,
       nullif(o.refund_reason, '') AS reason, o.created_at AS "createdAt"
     FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
     JOIN shop_order o ON o.site_id = asked.site_id AND o.parent_id = asked.id
     WHERE o.order_type = 'shop_order_refund' AND o.alive AND o.status IS DISTINCT FROM 'trash'
     ORDER BY o.site_id, o.parent_id, o.id`,
    keyColumns(orders),
    { sites: sitesOf(orders) },
  );
}

export interface OrderItemRecord extends Row {
  readonly siteId: SiteId;
  readonly localId: number;
  readonly orderId: number;
  readonly name: string;
  readonly itemType: string;
  /** Key and value of the item's metas, by meta id. */
  readonly metas: readonly (readonly [key: string, value: unknown])[];
}

const ITEM_TYPES = `('line_item', 'shipping', 'fee', 'tax', 'coupon')`;

/** The page of each order's items after the item with the given id, at most `limit` an order, by id. */
export async function itemPages(db: Queryable, orders: readonly CommerceKey[], afterId: number, limit: number): Promise<OrderItemRecord[]> {
  return cachedRows<OrderItemRecord>(
    db,
    `SELECT page.*, coalesce((
       SELECT jsonb_agg(jsonb_build_array(m.meta_key, m.value) ORDER BY m.meta_id) FROM order_item_meta m
       WHERE m.site_id = page."siteId" AND m.item_id = page."localId" AND m.alive), '[]'::jsonb) AS metas
     FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id) CROSS JOIN LATERAL (
       SELECT i.site_id AS "siteId", i.id AS "localId", i.order_id AS "orderId", coalesce(i.name, '') AS name, i.item_type AS "itemType"
       FROM order_item i WHERE i.site_id = asked.site_id AND i.order_id = asked.id AND i.alive AND i.item_type IN ${ITEM_TYPES} AND i.id > $3
       ORDER BY i.id LIMIT $4
     ) page ORDER BY page."siteId", page."orderId", page."localId"`,
    [...keyColumns(orders), afterId, limit],
    { sites: sitesOf(orders) },
  );
}

/** What each order's items say in sum; orders without items are absent. */
export interface ItemSums extends Row {
  readonly siteId: SiteId;
  readonly orderId: number;
  readonly count: number;
  /** The sum of the products' `_line_subtotal` as exact text; null when an amount is missing or no number. */
  readonly subtotal: string | null;
}

/** Counts items and sums the products' amounts before discounts. */
export async function itemSums(db: Queryable, orders: readonly CommerceKey[]): Promise<ItemSums[]> {
  return cachedRows<ItemSums>(
    db,
    `SELECT i.site_id AS "siteId", i.order_id AS "orderId", count(*) AS count,
       CASE WHEN count(*) FILTER (WHERE i.item_type = 'line_item') = count(line.amount) THEN coalesce(sum(line.amount), 0)::text END AS subtotal
     FROM unnest($1::bigint[], $2::bigint[]) AS asked (site_id, id)
     JOIN order_item i ON i.site_id = asked.site_id AND i.order_id = asked.id AND i.alive AND i.item_type IN ${ITEM_TYPES}
     LEFT JOIN LATERAL (
       SELECT max(CASE WHEN m.value #>> '{}' ~ '^-?[0-9]{1,30}(\\.[0-9]{1,30})?$' THEN (m.value #>> '{}')::numeric END) AS amount
       FROM order_item_meta m WHERE m.site_id = i.site_id AND m.item_id = i.id AND m.meta_key = '_line_subtotal' AND m.alive
     ) line ON i.item_type = 'line_item'
     GROUP BY i.site_id, i.order_id`,
    keyColumns(orders),
    { sites: sitesOf(orders) },
  );
}

/** The options of shops by name, with the version constant; sites without any are absent. */
export async function storeOptions(db: Queryable, siteIds: readonly SiteId[]): Promise<Map<SiteId, Readonly<Record<string, unknown>>>> {
  const rows = await cachedRows<{ siteId: SiteId; options: Record<string, unknown> }>(
    db,
    `SELECT s.site_id AS "siteId", jsonb_object_agg(s.name, s.value) AS options FROM setting s
     WHERE s.site_id = ANY($1::bigint[]) AND s.alive AND s.redacted IS NOT TRUE AND (
       (s.setting_kind = 'OPTION' AND s.name IN ('woocommerce_currency', 'woocommerce_version', 'woocommerce_dimension_unit', 'woocommerce_weight_unit',
         'woocommerce_store_address', 'woocommerce_store_address_2', 'woocommerce_store_city', 'woocommerce_store_postcode',
         'woocommerce_default_country', 'woocommerce_calc_taxes', 'woocommerce_price_num_decimals'))
       OR (s.setting_kind = 'CONSTANT' AND s.name = 'WC_VERSION'))
     GROUP BY s.site_id`,
    [siteIds],
    { sites: siteIds },
  );
  return new Map(rows.map((row) => [row.siteId, row.options]));
}

const sitesOf = (keys: readonly CommerceKey[]): SiteId[] => keys.map((key) => key.siteId);

/** The site and id columns of keys, as the first two parameters of a statement. */
function keyColumns(keys: readonly CommerceKey[]): [number[], number[]] {
  return [keys.map((key) => key.siteId), keys.map((key) => key.localId)];
}
