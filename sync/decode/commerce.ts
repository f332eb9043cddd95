// WooCommerce's own events: orders and their items, attributes, tax rates, and things of which only the fact may be told
// (payment tokens, webhooks, download permissions, customers' details).
import { z } from 'zod';
import type { AuditCategory, AuditDraft, DomainChange, OrderGroups, Upsert } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { auditLine, short } from './audit.js';
import { decoder, ignoringArguments, NOTHING, type Decoder, type DecoderTable, type ItemContext } from './item.js';
import { changesOfOrderObject, deleteOrder, orderObjectShape, orderStatus, upsertOrder } from './orders.js';
import { id, json, label, listOf, mapOf, membersOf, nameText, positional, someText, text } from './shapes.js';

function orderLine(item: ItemContext, orderId: number, summary: string, fieldChanges: AuditDraft['fieldChanges'] = []): AuditDraft {
  return auditLine(item, { category: 'COMMERCE', typename: 'Order', localId: orderId, label: `Order ${orderId}`, summary, fieldChanges });
}

const paidShape = membersOf({ total: label.optional(), currency: label.optional() }).optional().catch(undefined);

function paidGroups(paid: z.output<typeof paidShape>): Partial<OrderGroups> {
  const groups: Partial<OrderGroups> = {};
  if (paid?.total !== undefined && /^-?\d+(\.\d+)?$/.test(paid.total)) groups.total = { total: paid.total };
  if (paid?.currency) groups.currency = { currency: paid.currency };
  return groups;
}

const newOrder = decoder(positional({ id, paid: paidShape }), ({ id: orderId, paid }, item) => {
  const groups = paidGroups(paid);
  const changes = Object.keys(groups).length === 0 ? [] : [upsertOrder(orderId, groups, item.rev)];
  return { changes, audit: orderLine(item, orderId, `Created order ${orderId}`) };
});

const statusChanged = decoder(positional({ id, from: text, to: nameText, paid: paidShape }), ({ id: orderId, from, to, paid }, item) => {
  const [before, after] = [orderStatus(from), orderStatus(to)];
  const change = { field: 'status', before, after, redacted: false };
  return {
    changes: [upsertOrder(orderId, { status: { status: after }, ...paidGroups(paid) }, item.rev)],
    audit: orderLine(item, orderId, `Order ${orderId} went from ${short(before)} to ${short(after)}`, [change]),
  };
});

const paymentComplete = decoder(positional({ id }), ({ id: orderId }, item) => ({
  changes: [],
  audit: orderLine(item, orderId, `Payment of order ${orderId} completed`),
}));

const savedObject = decoder(orderObjectShape, (order, item) => ({ changes: changesOfOrderObject(order, item.rev), audit: null }));

/** An object {id}; some versions of the site's code send it as the only argument of a list. */
const orderRef = z.union([z.object({ id }), positional({ order: z.object({ id }) }).transform(({ order }) => order), positional({ id })]);

const trashed = decoder(orderRef, ({ id: orderId }, item) => ({
  changes: [upsertOrder(orderId, { status: { status: 'trash' } }, item.rev)],
  audit: orderLine(item, orderId, `Moved order ${orderId} to trash`),
}));

const deleted = decoder(orderRef, ({ id: orderId }, item) => ({
  changes: [deleteOrder(orderId, item.rev)],
  audit: orderLine(item, orderId, `Deleted order ${orderId}`),
}));

/** A row of order items. */
export const orderItemShape = z.object({ order_item_id: id, order_item_name: someText, order_item_type: nameText, order_id: id });

export function upsertOrderItem(row: z.output<typeof orderItemShape>, rev: Rev): Upsert<'orderItem'> {
  const core = { orderId: row.order_id, name: row.order_item_name, itemType: row.order_item_type };
  return { kind: 'upsert', entity: 'orderItem', key: { id: row.order_item_id }, rev, groups: { core } };
}

const newItem = decoder(positional({ id, row: orderItemShape }), ({ row }, item) => ({ changes: [upsertOrderItem(row, item.rev)], audit: null }));

function deleteItem(itemId: number, rev: Rev): DomainChange {
  return { kind: 'delete', entity: 'orderItem', key: { id: itemId }, rev };
}

const deletedItem = decoder(positional({ id }), ({ id: itemId }, item) => ({ changes: [deleteItem(itemId, item.rev)], audit: null }));

const deletedItems = decoder(positional({ ids: listOf(id) }), ({ ids }, item) => ({
  changes: ids.map((itemId) => deleteItem(itemId, item.rev)),
  audit: null,
}));

/** An event of which only the fact is told: whose number, never what it holds. */
function told(sentence: string, typename: string, category: AuditCategory = 'COMMERCE'): Decoder {
  return decoder(positional({ id }), ({ id: localId }, item) => ({
    changes: [],
    audit: auditLine(item, { category, typename, localId, label: `${localId}`, summary: `${sentence} ${localId}` }),
  }));
}

/** The name of a thing, from the member that holds it. */
function named(sentence: string, typename: string, member: string): Decoder {
  return decoder(positional({ id, row: mapOf(json).optional().catch(undefined) }), ({ id: localId, row }, item) => {
    const name = short(label.parse(row?.[member])) || `${localId}`;
    const audit = auditLine(item, { category: 'COMMERCE', typename, localId, label: name, summary: `${sentence} "${name}"` });
    return { changes: [], audit };
  });
}

const attributeDeleted = decoder(positional({ id, name: label }), ({ id: localId, name }, item) => ({
  changes: [],
  audit: auditLine(item, {
    category: 'COMMERCE', typename: 'ProductAttribute', localId, label: name || `${localId}`, summary: `Deleted product attribute "${short(name) || localId}"`,
  }),
}));

const downloadGranted = ignoringArguments((item) => ({
  changes: [],
  audit: auditLine(item, {
    category: 'COMMERCE', typename: 'DownloadPermission', localId: null, label: 'Download permission', summary: 'Granted access to a download',
  }),
}));

const customerShape = z.union([z.object({ ID: id }), z.object({ data: z.object({ ID: id }) }).transform(({ data }) => data)]);

const customerChanged = decoder(positional({ user: customerShape, properties: listOf(label) }), ({ user, properties }, item) => {
  const names = properties.filter((name) => /^[a-z0-9_]{1,60}$/i.test(name)).map((name) => name.replace(/_/g, ' '));
  const summary = `Changed customer details of user ${user.ID}${names.length === 0 ? '' : `: ${short(names.join(', '))}`}`;
  return { changes: [], audit: auditLine(item, { category: 'USER', typename: 'User', localId: user.ID, label: `User ${user.ID}`, summary }) };
});

const nothing = ignoringArguments(() => NOTHING);

export const COMMERCE_DECODERS: DecoderTable = {
  woocommerce_new_order: newOrder,
  woocommerce_order_status_changed: statusChanged,
  woocommerce_payment_complete: paymentComplete,
  woocommerce_after_order_object_save: savedObject,
  woocommerce_after_order_refund_object_save: savedObject,
  woocommerce_after_subscription_object_save: savedObject,
  woocommerce_trash_order: trashed,
  woocommerce_trash_subscription: trashed,
  woocommerce_delete_order: deleted,
  woocommerce_delete_subscription: deleted,
  woocommerce_new_order_item: newItem,
  woocommerce_delete_order_item: deletedItem,
  woocommerce_remove_order_item_ids: deletedItems,
  woocommerce_attribute_added: named('Added product attribute', 'ProductAttribute', 'attribute_label'),
  woocommerce_attribute_updated: named('Updated product attribute', 'ProductAttribute', 'attribute_label'),
  woocommerce_attribute_deleted: attributeDeleted,
  woocommerce_tax_rate_added: named('Added tax rate', 'TaxRate', 'tax_rate_name'),
  woocommerce_tax_rate_updated: named('Updated tax rate', 'TaxRate', 'tax_rate_name'),
  woocommerce_tax_rate_deleted: told('Deleted tax rate', 'TaxRate'),
  woocommerce_new_payment_token: told('Added payment token', 'PaymentToken'),
  woocommerce_payment_token_updated: told('Updated payment token', 'PaymentToken'),
  woocommerce_payment_token_deleted: told('Deleted payment token', 'PaymentToken'),
  added_payment_token_meta: nothing,
  updated_payment_token_meta: nothing,
  deleted_payment_token_meta: nothing,
  woocommerce_downloadable_product_download_log_insert: nothing,
  woocommerce_grant_product_download_access: downloadGranted,
  woocommerce_new_webhook: told('Added webhook', 'Webhook', 'SECURITY'),
  woocommerce_webhook_updated: told('Updated webhook', 'Webhook', 'SECURITY'),
  woocommerce_webhook_deleted: told('Deleted webhook', 'Webhook', 'SECURITY'),
  jetpack_updated_woo_customer_meta: customerChanged,
  // Reports of a premium extension: derived figures that are not stored.
  woocommerce_analytics_sync_reports_data: nothing,
  woocommerce_analytics_delete_reports_data: nothing,
};
