// `wc/v3`: orders and products as WooCommerce's REST API lists them, and the status of an order changed. For shop managers and administrators.
import { can, ok, route, toIds, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import type { OrderRow, PostRow } from './rows.js';
import { invalidParam, pageOf, pick, restDate, sqlDate, toTexts, type Item } from './wp-collection.js';
import { metaOf, permalink, termIds } from './wp-post-item.js';

const refuse = (call: RestCall, verb: string): RestAnswer => wpError(call.user ? 403 : 401, `woocommerce_rest_cannot_${verb}`, `Sorry, you cannot ${verb} this resource.`);
const STATUSES = ['pending', 'processing', 'on-hold', 'completed', 'cancelled', 'refunded', 'failed', 'checkout-draft', 'trash'];

function orderItem({ site }: RestCall, order: OrderRow): Item {
  const { tables } = site;
  const lines = tables.orderItems.ownedBy(order.id).map((item) => ({ item, metas: new Map(tables.orderItemMeta.ownedBy(item.order_item_id).map((row) => [row.key, row.value])) }));
  const amount = (raw: string): string => Number(raw).toFixed(2);
  const address = ({ city, state, postcode, country }: OrderRow['billing']): Item => ({ first_name: '', last_name: '', company: '', address_1: '', address_2: '', city, state, postcode, country });
  return {
    id: order.id, parent_id: order.parent_order_id, status: order.status.replace(/^wc-/, ''), currency: order.currency, version: '11.0.1', prices_include_tax: false, date_created: restDate(order.date_created_gmt),
    date_created_gmt: restDate(order.date_created_gmt), date_modified: restDate(order.date_updated_gmt), date_modified_gmt: restDate(order.date_updated_gmt), discount_total: '0.00', discount_tax: '0.00', shipping_total: '0.00',
    shipping_tax: '0.00', cart_tax: amount(order.tax_amount), total: amount(order.total_amount), total_tax: amount(order.tax_amount), customer_id: 0, order_key: order.order_key, billing: { ...address(order.billing), email: '', phone: '' },
    shipping: { ...address(order.shipping), phone: '' }, payment_method: order.payment_method, payment_method_title: order.payment_method_title, transaction_id: '', created_via: 'checkout', customer_note: '', number: String(order.id),
    date_paid: order.date_paid_gmt === null ? null : restDate(order.date_paid_gmt), date_paid_gmt: order.date_paid_gmt === null ? null : restDate(order.date_paid_gmt),
    date_completed: order.date_completed_gmt === null ? null : restDate(order.date_completed_gmt), date_completed_gmt: order.date_completed_gmt === null ? null : restDate(order.date_completed_gmt), meta_data: [],
    line_items: lines.filter(({ item }) => item.order_item_type === 'line_item').map(({ item, metas }) => ({
      id: item.order_item_id, name: item.order_item_name, product_id: Number(metas.get('_product_id') ?? 0), variation_id: Number(metas.get('_variation_id') ?? 0), quantity: Number(metas.get('_qty') ?? 1),
      subtotal: metas.get('_line_subtotal') ?? metas.get('_line_total') ?? '0.00', total: metas.get('_line_total') ?? '0.00', meta_data: [],
    })),
    shipping_lines: lines.filter(({ item }) => item.order_item_type === 'shipping').map(({ item, metas }) => ({ id: item.order_item_id, method_title: item.order_item_name, method_id: metas.get('method_id') ?? '', total: metas.get('cost') ?? '0.00' })),
    tax_lines: [], fee_lines: [], coupon_lines: [], refunds: [],
  };
}

function listOrders(call: RestCall): RestAnswer {
  if (!can(call, 'manage_woocommerce')) return refuse(call, 'view');
  const statuses = toTexts(call.params['status'] ?? 'any');
  const unknown = statuses.find((status) => status !== 'any' && !STATUSES.includes(status));
  if (unknown !== undefined) return invalidParam('status', `status[0] is not one of any, ${STATUSES.join(', ')}.`);
  const include = toIds(call.params['include']);
  const after = sqlDate(call.params['modified_after']);
  const rows = call.site.tables.orders.all().filter((order) => order.type === 'shop_order' && (statuses.includes('any') ? order.status !== 'trash' : statuses.includes(order.status.replace(/^wc-/, '')))
    && (include.length === 0 || include.includes(order.id)) && (after === null || order.date_updated_gmt > after));
  const order = call.params['order'] === 'asc' ? rows : rows.reverse();
  return pageOf(call, order, (row) => orderItem(call, row), 'order');
}

function withOrder(handler: (call: RestCall, order: OrderRow) => RestAnswer) {
  return (call: RestCall, match: RegExpExecArray): RestAnswer => {
    if (!can(call, 'manage_woocommerce')) return refuse(call, call.method === 'GET' ? 'view' : 'edit');
    const order = call.site.tables.orders.get(Number(match[1]));
    return order ? handler(call, order) : wpError(404, 'woocommerce_rest_shop_order_invalid_id', 'Invalid ID.');
  };
}

function updateOrder(call: RestCall, order: OrderRow): RestAnswer {
  const { status } = call.params;
  if (status !== undefined && (typeof status !== 'string' || !STATUSES.includes(status))) return invalidParam('status', `status is not one of ${STATUSES.join(', ')}.`);
  if (status === undefined) return ok(orderItem(call, order));
  return ok(orderItem(call, call.events.saveOrder({ id: order.id, status: status === 'trash' ? 'trash' : `wc-${status}` }, call.user?.ID ?? 0)));
}

function productItem({ site }: RestCall, product: PostRow): Item {
  const meta = (key: string): string => metaOf(site, product.ID, key) ?? '';
  const named = (taxonomy: string): Item[] => termIds(site, product.ID, taxonomy).map((id) => {
    const term = site.tables.terms.all().find((row) => row.term_id === id);
    return { id, name: term?.name, slug: term?.slug };
  });
  return {
    id: product.ID, name: product.post_title, slug: product.post_name, permalink: permalink(site, product), date_created: restDate(product.post_date), date_created_gmt: restDate(product.post_date_gmt), date_modified: restDate(product.post_modified),
    date_modified_gmt: restDate(product.post_modified_gmt), type: 'simple', status: product.post_status, featured: false, catalog_visibility: 'visible', description: product.post_content, short_description: product.post_excerpt,
    sku: meta('_sku'), price: meta('_price'), regular_price: meta('_regular_price'), sale_price: meta('_sale_price'), on_sale: meta('_sale_price') !== '', purchasable: true, virtual: meta('_virtual') === 'yes', downloadable: meta('_downloadable') === 'yes',
    manage_stock: meta('_manage_stock') === 'yes', stock_quantity: meta('_stock') === '' ? null : Number(meta('_stock')), stock_status: meta('_stock_status') || 'instock', categories: named('product_cat'), tags: named('product_tag'), images: [], attributes: [],
    variations: [], menu_order: product.menu_order, parent_id: product.post_parent, meta_data: [],
  };
}

function products(call: RestCall): PostRow[] {
  return call.site.tables.posts.all().filter((post) => post.post_type === 'product');
}

function listProducts(call: RestCall): RestAnswer {
  if (!can(call, 'manage_woocommerce')) return refuse(call, 'view');
  const status = String(call.params['status'] ?? 'any');
  const include = toIds(call.params['include']);
  const rows = products(call).filter((post) => (status === 'any' ? !['trash', 'auto-draft'].includes(post.post_status) : post.post_status === status) && (include.length === 0 || include.includes(post.ID)));
  return pageOf(call, call.params['order'] === 'asc' ? rows : rows.reverse(), (row) => productItem(call, row), 'product');
}

export const COMMERCE_ROUTES: readonly RestRoute[] = [
  route('GET', /^wc\/v3\/orders$/, listOrders),
  route('GET', /^wc\/v3\/orders\/(\d+)$/, withOrder((call, order) => ok(pick(call, orderItem(call, order))))),
  route('POST PUT PATCH', /^wc\/v3\/orders\/(\d+)$/, withOrder(updateOrder)),
  route('GET', /^wc\/v3\/products$/, listProducts),
  route('GET', /^wc\/v3\/products\/(\d+)$/, (call, match) => {
    if (!can(call, 'manage_woocommerce')) return refuse(call, 'view');
    const product = products(call).find((post) => post.ID === Number(match[1]));
    return product ? ok(pick(call, productItem(call, product))) : wpError(404, 'woocommerce_rest_product_invalid_id', 'Invalid ID.');
  }),
];
