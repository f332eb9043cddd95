// Orders of both storages: as posts with metas, and as order objects. Both write the same registers; a status is kept
// without the prefix 'wc-', which one storage has and the other's events do not.
import { z } from 'zod';
import type { Deletion, DomainChange, Json, OrderGroups, Upsert } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { ORDER_BOOKKEEPING_META } from './allow-lists.js';
import { phpDate, utcDate } from './dates.js';
import { formOfText } from './meta-forms.js';
import { ORDER_PROPERTIES } from './order-properties.js';
import { id, label, whole, type MetaRow } from './shapes.js';

const ORDER_TYPES = new Set(['shop_order', 'shop_order_refund', 'shop_subscription']);

/** Whether posts of this type are orders. */
export function isOrderType(postType: string): boolean {
  return ORDER_TYPES.has(postType);
}

/** 'processing' from 'wc-processing' or 'processing'. */
export function orderStatus(status: string): string {
  return status.startsWith('wc-') ? status.slice(3) : status;
}

export function upsertOrder(orderId: number, groups: Partial<OrderGroups>, rev: Rev): Upsert<'order'> {
  return { kind: 'upsert', entity: 'order', key: { id: orderId }, rev, groups };
}

export function deleteOrder(orderId: number, rev: Rev): Deletion<'order'> {
  return { kind: 'delete', entity: 'order', key: { id: orderId }, rev };
}

interface OrderPost {
  readonly ID: number;
  readonly post_type: string;
  readonly post_status: string;
  readonly post_parent: number;
  readonly post_date_gmt: string;
  readonly post_modified_gmt: string;
}

/** What a post says about the order that it is. Totals and addresses follow as metas. */
export function upsertOrderOfPost(post: OrderPost, rev: Rev): Upsert<'order'> {
  const core = { orderType: post.post_type, parentId: post.post_parent, createdAt: utcDate(post.post_date_gmt) };
  const modified = { modifiedAt: utcDate(post.post_modified_gmt) };
  return upsertOrder(post.ID, { core, status: { status: orderStatus(post.post_status) }, modified }, rev);
}

const propertiesByMeta = new Map(ORDER_PROPERTIES.map((property) => [property.metaKey, property]));

/** Whether a post meta key belongs to orders only. */
export function isOrderMeta(key: string): boolean {
  return propertiesByMeta.has(key) || ORDER_BOOKKEEPING_META.has(key);
}

/** The register that an order's meta row writes; nothing for bookkeeping. */
export function upsertOrderOfMeta(orderId: number, metaKey: string, value: Json, rev: Rev): DomainChange[] {
  const property = propertiesByMeta.get(metaKey);
  return property === undefined || orderId === 0 ? [] : [upsertOrder(orderId, property.read(value), rev)];
}

/** A deleted meta row of an order empties its register. `orderId` 0 (the key on every post) cannot be told apart and is left. */
export function clearOrderMeta(orderId: number, metaKey: string, rev: Rev): DomainChange[] {
  return upsertOrderOfMeta(orderId, metaKey, null, rev);
}

/** Registers that an order object leaves out, and of which an order's post has no meta row, while they are unset. */
const UNSET: Partial<OrderGroups> = { paid: { paidAt: null }, completed: { completedAt: null } };

/** In a full sync an order without a row of a date has no such date. */
export function unsetOrderDates(orderIds: readonly number[], metas: readonly MetaRow[], rev: Rev): DomainChange[] {
  const having = (metaKey: string) => new Set(metas.filter((row) => row.metaKey === metaKey).map((row) => row.ownerId));
  const [paid, completed] = [having('_date_paid'), having('_date_completed')];
  return orderIds.flatMap((orderId) => {
    const groups: Partial<OrderGroups> = {
      ...(paid.has(orderId) ? {} : { paid: { paidAt: null } }),
      ...(completed.has(orderId) ? {} : { completed: { completedAt: null } }),
    };
    return Object.keys(groups).length === 0 ? [] : [upsertOrder(orderId, groups, rev)];
  });
}

/** An order object of the newer storage: the whole order, so that a missing date is an unset one. */
export const orderObjectShape = z
  .looseObject({ id, type: label, parent_id: whole, status: label, date_created: z.unknown().optional(), date_modified: z.unknown().optional() })
  .transform((order) => {
    const present = ORDER_PROPERTIES.filter((property) => order[property.member] !== undefined && order[property.member] !== null);
    const properties = Object.assign({}, ...present.map((property) => property.read(order[property.member]))) as Partial<OrderGroups>;
    const core = { orderType: order.type || 'shop_order', parentId: order.parent_id, createdAt: phpDate(order.date_created) };
    const groups: Partial<OrderGroups> = { core, ...UNSET, ...properties };
    if (order.status !== '') groups.status = { status: orderStatus(order.status) };
    if (order.date_modified !== undefined) groups.modified = { modifiedAt: phpDate(order.date_modified) };
    // The key opens the order's page to a guest: its form alone is kept, and an empty one may be NULL there.
    const orderKey = order['order_key'];
    return { id: order.id, groups, keyForm: typeof orderKey === 'string' && orderKey !== '' ? formOfText(orderKey) : null };
  });
type OrderObject = z.output<typeof orderObjectShape>;

export function upsertOrderOfObject(order: OrderObject, rev: Rev): Upsert<'order'> {
  return upsertOrder(order.id, order.groups, rev);
}

/** All that an order object says, and the form of its key, which a checksum needs. */
export function changesOfOrderObject(order: OrderObject, rev: Rev): DomainChange[] {
  const { id: orderId, keyForm } = order;
  const form: DomainChange[] = keyForm === null ? [] : [{ kind: 'metaForm', entity: 'order', form: { metaId: orderId, ownerId: orderId, metaKey: 'order_key', ...keyForm }, rev }];
  return [upsertOrderOfObject(order, rev), ...form];
}
