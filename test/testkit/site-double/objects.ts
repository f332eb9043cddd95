// What the site's PHP makes of rows for the wire (protocol reference, section 5): objects with `__o`, numbers that are texts, meta values
// unserialized, empty maps as [].
import { isSerialized, unserialize } from 'php-serialize';
import { syncedCapabilities } from './roles.js';
import type { CommentRow, MetaRow, OrderItemRow, OrderRow, PostRow, TermRow, UserRow } from './rows.js';

/** JSON for the wire. */
export type Wire = string | number | boolean | null | Wire[] | { [member: string]: Wire };

const PUBLIC_STATUSES = ['publish', 'private', 'inherit'];

/** A post as events and chunks have it; attachments' own events leave the links out (`withLinks` false). */
export function wirePost(post: PostRow, siteUrl: string, withLinks = true): Wire {
  const { post_author, comment_count, post_password, post_content, ...rest } = post;
  const permalink = PUBLIC_STATUSES.includes(post.post_status) && post.post_name !== '' ? `${siteUrl}/${post.post_name}/` : `${siteUrl}/?p=${post.ID}`;
  const hasShortlink = ['post', 'page', 'attachment'].includes(post.post_type);
  return {
    ...rest,
    post_author: String(post_author),
    post_content: Buffer.byteLength(post_content) >= 5_000_000 ? '' : post_content,
    post_password: post_password === '' ? '' : `auto-${Math.random().toString(36).slice(2, 12).padEnd(10, 'x')}`,
    comment_count: String(comment_count),
    filter: 'raw',
    ...(withLinks ? { permalink, shortlink: hasShortlink ? `${siteUrl}/?p=${post.ID}` : '' } : {}),
    __o: 1,
  };
}

/** What a site sends for a post whose type no plugin registers at that moment. */
export function wirePostStub(post: PostRow): Wire {
  const { ID, post_modified, post_modified_gmt, post_type } = post;
  return { ID, post_modified, post_modified_gmt, post_status: 'jetpack_sync_non_registered_post_type', post_type, __o: 1 };
}

/** A raw meta column as sync tells it. */
export function wireMetaValue(raw: string): Wire {
  if (raw.length >= 2_000_000) return '';
  // isSerialized also takes a bare "N;" and "b:1;", which WordPress unserializes too.
  if (!isSerialized(raw)) return raw;
  try {
    return unserialize(raw) as Wire;
  } catch {
    return raw;
  }
}

export function wireMetaRow(row: MetaRow, ownerColumn: string): Wire {
  return { [ownerColumn]: String(row.ownerId), meta_key: row.key, meta_value: wireMetaValue(row.value), meta_id: String(row.metaId) };
}

/** All columns, all texts. */
export function wireComment(comment: CommentRow): Wire {
  return { ...(Object.fromEntries(Object.entries(comment).map(([name, value]) => [name, String(value)])) as Record<string, string>), __o: 1 };
}

export function wireTerm(term: TermRow): Wire {
  return { ...term, filter: 'raw', __o: 1 };
}

export function wireUser(user: UserRow, isConnected: boolean): Wire {
  const { ID, roles, user_status, locale, ...rest } = user;
  const caps = Object.fromEntries(roles.map((role) => [role, true]));
  return {
    data: {
      ID: String(ID), ...rest, user_activation_key: '', user_status: String(user_status), allowed_mime_types: { 'jpg|jpeg|jpe': 'image/jpeg', png: 'image/png' },
      is_connected: isConnected, ...(locale === undefined ? {} : { locale }), __o: 1,
    },
    ID, caps: orEmptyList(caps), cap_key: 'wp_capabilities', roles, allcaps: orEmptyList(syncedCapabilities(user)), filter: null, __o: 1,
  };
}

function wireDate(gmt: string | null): Wire {
  return { '\0*\0utc_offset': 0, date: `${gmt}.000000`, timezone_type: 1, timezone: '+00:00', __o: 1 };
}

/** 20.00000000 is "20.00" here. */
function decimals(raw: string): string {
  return Number(raw).toFixed(2);
}

export function wireOrder(order: OrderRow): Wire {
  const { billing, shipping } = order;
  return {
    id: order.id, type: order.type, parent_id: order.parent_order_id, status: order.status, order_key: order.order_key, order_currency: order.currency,
    billing_city: billing.city, billing_state: billing.state, billing_postcode: billing.postcode, billing_country: billing.country,
    shipping_city: shipping.city, shipping_state: shipping.state, shipping_postcode: shipping.postcode, shipping_country: shipping.country,
    cart_discount: '0.00', cart_discount_tax: '0.00', order_shipping: '0.00', order_shipping_tax: '0.00', order_tax: decimals(order.tax_amount),
    order_total: decimals(order.total_amount), payment_method: order.payment_method, payment_method_title: order.payment_method_title, created_via: 'checkout',
    order_version: '11.0.1', prices_include_tax: false, date_created: wireDate(order.date_created_gmt), date_modified: wireDate(order.date_updated_gmt),
    ...(order.date_paid_gmt === null ? {} : { date_paid: wireDate(order.date_paid_gmt) }),
    ...(order.date_completed_gmt === null ? {} : { date_completed: wireDate(order.date_completed_gmt) }),
    ...(order.refund_reason === undefined ? {} : { refund_reason: order.refund_reason }),
  };
}

export function wireOrderItem(item: OrderItemRow): Wire {
  return { ...item, order_item_id: String(item.order_item_id), order_id: String(item.order_id) };
}

/** PHP's JSON cannot tell an empty map from an empty list. */
export function orEmptyList(map: Readonly<Record<string, Wire>>): Wire {
  return Object.keys(map).length === 0 ? [] : { ...map };
}
