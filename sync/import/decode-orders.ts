// Orders with their items and refunds, from answers of wc/v3 to the changes that a sync would have given. Names, streets,
// e-mail and phone of customers, their notes and the order's key are not asked for where members can be named, and never kept.
import { z } from 'zod';
import type { DomainChange } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import { readOrderItemIds, readStoredIds } from '../../store/read/import-state.js';
import { upsertOrderItem } from '../decode/commerce.js';
import { changesOfMetaRows } from '../decode/metas.js';
import { deleteOrder, orderObjectShape, upsertOrder, upsertOrderOfObject } from '../decode/orders.js';
import { id, json, label, listOf, toJson, whole, type MetaRow } from '../decode/shapes.js';
import { dateText } from '../decode/rest-shapes.js';
import { rowsOfShape } from './answer-shapes.js';
import { idsOf, type ImportedSite, type Listing } from './listing.js';

const ORDER_FIELDS = [
  'id', 'parent_id', 'status', 'currency', 'prices_include_tax', 'date_created_gmt', 'date_modified_gmt', 'date_paid_gmt', 'date_completed_gmt', 'discount_total', 'discount_tax',
  'shipping_total', 'shipping_tax', 'cart_tax', 'total', 'payment_method', 'payment_method_title', 'created_via', 'billing.city', 'billing.state', 'billing.postcode',
  'billing.country', 'shipping.city', 'shipping.state', 'shipping.postcode', 'shipping.country', 'line_items', 'tax_lines', 'shipping_lines', 'fee_lines', 'coupon_lines', 'refunds',
] as const;

const address = z.object({ city: label, state: label, postcode: label, country: label }).optional().catch(undefined);
const lines = z.preprocess((value) => value ?? [], z.array(z.looseObject({ id, name: label }))).catch([]);
const refunds = listOf(z.object({ id, reason: label, total: label })).catch([]);

export const restOrderShape = z.looseObject({
  id, parent_id: whole, status: label, currency: label, prices_include_tax: json, date_created_gmt: dateText, date_modified_gmt: dateText, date_paid_gmt: dateText,
  date_completed_gmt: dateText, discount_total: label, discount_tax: label, shipping_total: label, shipping_tax: label, cart_tax: label, total: label, payment_method: label,
  payment_method_title: label, created_via: label, billing: address, shipping: address, line_items: lines, tax_lines: lines, shipping_lines: lines, fee_lines: lines,
  coupon_lines: lines, refunds,
});
export type RestOrder = z.output<typeof restOrderShape>;
type Line = z.output<typeof lines>[number];

/** The kinds of lines: the item's type, and its metas by the members that tell them. */
const LINE_KINDS: readonly { readonly member: 'line_items' | 'tax_lines' | 'shipping_lines' | 'fee_lines' | 'coupon_lines'; readonly type: string; readonly name: string; readonly metas: Readonly<Record<string, string>> }[] = [
  { member: 'line_items', type: 'line_item', name: 'name', metas: { _product_id: 'product_id', _variation_id: 'variation_id', _qty: 'quantity', _tax_class: 'tax_class', _line_subtotal: 'subtotal', _line_subtotal_tax: 'subtotal_tax', _line_total: 'total', _line_tax: 'total_tax' } },
  { member: 'shipping_lines', type: 'shipping', name: 'method_title', metas: { method_id: 'method_id', cost: 'total', total_tax: 'total_tax' } },
  { member: 'tax_lines', type: 'tax', name: 'rate_code', metas: { rate_id: 'rate_id', label: 'label', tax_amount: 'tax_total', shipping_tax_amount: 'shipping_tax_total' } },
  { member: 'fee_lines', type: 'fee', name: 'name', metas: { _tax_class: 'tax_class', _tax_status: 'tax_status', _line_total: 'total', _line_tax: 'total_tax' } },
  { member: 'coupon_lines', type: 'coupon', name: 'code', metas: { discount_amount: 'discount', discount_amount_tax: 'discount_tax' } },
];

/** What an order says of itself, its items and its refunds; `storedItems` are those that the store holds of it. */
export function changesOfRestOrder(order: RestOrder, storedItems: readonly number[], rev: Rev): DomainChange[] {
  const wire = orderObjectShape.safeParse({
    id: order.id, type: 'shop_order', parent_id: order.parent_id, status: order.status, date_created: order.date_created_gmt, date_modified: order.date_modified_gmt,
    date_paid: order.date_paid_gmt, date_completed: order.date_completed_gmt, order_total: order.total, order_currency: order.currency, cart_discount: order.discount_total,
    cart_discount_tax: order.discount_tax, order_shipping: order.shipping_total, order_shipping_tax: order.shipping_tax, order_tax: order.cart_tax,
    payment_method: order.payment_method, payment_method_title: order.payment_method_title, created_via: order.created_via, prices_include_tax: order.prices_include_tax,
    billing_city: order.billing?.city, billing_state: order.billing?.state, billing_postcode: order.billing?.postcode, billing_country: order.billing?.country,
    shipping_city: order.shipping?.city, shipping_state: order.shipping?.state, shipping_postcode: order.shipping?.postcode, shipping_country: order.shipping?.country,
  });
  if (!wire.success) return [];
  const items = LINE_KINDS.flatMap((kind) => order[kind.member].map((line) => ({ kind, line })));
  const metas = items.flatMap(({ kind, line }) => metasOf(line, kind.metas));
  const present = new Set(items.map(({ line }) => line.id));
  return [
    upsertOrderOfObject(wire.data, rev),
    ...items.map(({ kind, line }) => upsertOrderItem({ order_item_id: line.id, order_item_name: label.parse(line[kind.name]) || line.name, order_item_type: kind.type, order_id: order.id }, rev)),
    ...changesOfMetaRows('orderItem', [...present], metas, rev, { extraPostMeta: new Set() }),
    ...storedItems.filter((itemId) => !present.has(itemId)).map((itemId): DomainChange => ({ kind: 'delete', entity: 'orderItem', key: { id: itemId }, rev })),
    ...order.refunds.map((refund) => upsertRefund(order, refund, rev)),
  ];
}

function metasOf(line: Line, names: Readonly<Record<string, string>>): MetaRow[] {
  return Object.entries(names).flatMap(([metaKey, member]) => {
    const value = line[member];
    if (value === undefined || value === null) return [];
    return [{ metaId: standInMetaId('orderItem', line.id, metaKey, 0), ownerId: line.id, metaKey, value: toJson(String(value)) }];
  });
}

/** The list of an order's refunds tells no dates. */
function upsertRefund(order: RestOrder, refund: RestOrder['refunds'][number], rev: Rev): DomainChange {
  return upsertOrder(
    refund.id,
    {
      core: { orderType: 'shop_order_refund', parentId: order.id, createdAt: null },
      status: { status: 'completed' },
      total: { total: refund.total },
      currency: { currency: order.currency },
      refundAmount: { refundAmount: refund.total.replace(/^-/, '') },
      refundReason: { refundReason: refund.reason },
    },
    rev,
  );
}

export function orderListing(site: ImportedSite): Listing {
  return {
    name: 'orders', module: 'orders', route: 'wc/v3/orders', query: { orderby: 'id', order: 'asc', status: 'any', dates_are_gmt: true }, fields: ORDER_FIELDS, knowsModified: true,
    async decode(db, rows, rev) {
      const orders = rowsOfShape(restOrderShape, rows);
      const stored = await readOrderItemIds(db, site.id, orders.map((order) => order.id));
      return { ids: idsOf(rows), changes: orders.flatMap((order) => changesOfRestOrder(order, stored.get(order.id) ?? [], rev)) };
    },
    storedIds: (db) => readStoredIds(db, site.id, 'order'),
    remove: (id, rev) => [deleteOrder(id, rev)],
  };
}
