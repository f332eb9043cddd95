// The commerce subgraph's fields: a sentence each, no data access. What a viewer may see is decided in loaders.ts.
import { decodeGlobalId, decodeNumericId, encodeGlobalId, encodeSiteId, type SiteId } from '../../core/ids.js';
import { plainText } from '../../store/apply/extension-inputs.js';
import { currencyOf, itemMoney, metaOf, optionText, orderMoney, orderSum, productPrice, refundAmount } from './amounts.js';
import { parseDecimal } from './decimals.js';
import type { OrderItemKind, Resolvers } from './generated.js';
import type { OrderItemModel, ProductModel, SiteModel } from './models.js';

const siteModel = (siteId: SiteId): SiteModel => ({ id: encodeSiteId(siteId), siteId });

function siteIdOf(id: string): SiteId | null {
  const decoded = decodeGlobalId(id);
  return decoded?.type === 'Site' && decoded.localId === String(decoded.siteId) ? decoded.siteId : null;
}

const KINDS: Readonly<Record<string, OrderItemKind>> = { line_item: 'PRODUCT', shipping: 'SHIPPING', fee: 'FEE', tax: 'TAX', coupon: 'COUPON' };

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** A positive id that an item's meta names; null when it names none. */
function idMeta(item: OrderItemModel, key: string): number | null {
  const id = Number(metaOf(item.metas, key));
  return item.itemType === 'line_item' && Number.isSafeInteger(id) && id > 0 ? id : null;
}

function quantity(item: OrderItemModel): number | null {
  const count = parseDecimal(metaOf(item.metas, '_qty'));
  return item.itemType === 'line_item' && count !== null && Number.isInteger(Number(count)) ? Number(count) : null;
}

/** A product's meta; what a variation leaves empty, its product says. */
function productMeta(product: ProductModel, key: string): unknown {
  const own = metaOf(product.metas, key);
  return (own === undefined || own === '') && product.parent ? metaOf(product.parent.metas, key) : own;
}

function dimensions(product: ProductModel) {
  const [length, width, height] = ['_length', '_width', '_height'].map((key) => parseDecimal(productMeta(product, key)));
  return length || width || height ? { length: length ?? null, width: width ?? null, height: height ?? null } : null;
}

export const resolvers: Resolvers = {
  Query: {
    async site(_root, { id }, { commerce }) {
      const siteId = siteIdOf(id);
      return siteId !== null && (await commerce.siteExists(siteId)) ? siteModel(siteId) : null;
    },
  },
  Site: {
    __resolveReference({ id }) {
      const siteId = siteIdOf(id);
      return siteId === null ? null : siteModel(siteId);
    },
    store: ({ siteId }, _args, { commerce }) => commerce.store(siteId),
  },
  Store: {
    currency: (store) => optionText(store, 'woocommerce_currency'),
    dimensionUnit: (store) => optionText(store, 'woocommerce_dimension_unit'),
    weightUnit: (store) => optionText(store, 'woocommerce_weight_unit'),
    async baseAddress(store, _args, { commerce }) {
      const base = optionText(store, 'woocommerce_default_country');
      if (base === null || !(await commerce.mayRunShop(store.siteId))) return null;
      const [country = null, state = null] = base.split(':');
      return {
        street1: optionText(store, 'woocommerce_store_address'),
        street2: optionText(store, 'woocommerce_store_address_2'),
        city: optionText(store, 'woocommerce_store_city'),
        postcode: optionText(store, 'woocommerce_store_postcode'),
        state: textOrNull(state),
        country: textOrNull(country),
      };
    },
    taxesEnabled(store) {
      const option = optionText(store, 'woocommerce_calc_taxes');
      return option === null ? null : option === 'yes';
    },
    orders: (store, { first, after, filter }, { commerce }) => commerce.ordersOf(store, { first, after }, filter),
    products: ({ siteId }, { first, after, search }, { commerce }) => commerce.productsOf(siteId, { first, after }, search),
  },
  OrderConnection: {
    totalCount: (connection) => connection.countAll(),
    freshness: ({ siteId }, _args, { commerce }) => commerce.freshness(siteId),
  },
  Order: {
    __resolveReference({ id }, { commerce }) {
      const decoded = decodeNumericId(id, 'Order');
      return decoded && commerce.order(decoded.siteId, decoded.localId);
    },
    id: (order) => encodeGlobalId(order.siteId, 'Order', order.localId),
    site: (order) => siteModel(order.siteId),
    number: (order) => String(order.localId),
    orderStatus: (order) => order.status.replace(/^wc-/, ''),
    currency: currencyOf,
    totals: (order) => order,
    lineItems: (order, { first, after }, { commerce }) => commerce.itemsOf(order, { first, after }),
    shippingRegion: (order) => ({
      city: textOrNull(order.shippingCity),
      state: textOrNull(order.shippingState),
      postcode: textOrNull(order.shippingPostcode),
      country: textOrNull(order.shippingCountry),
    }),
    billingRegion: (order) => ({
      city: textOrNull(order.billingCity),
      state: textOrNull(order.billingState),
      postcode: textOrNull(order.billingPostcode),
      country: textOrNull(order.billingCountry),
    }),
    refunds: (order, _args, { commerce }) => commerce.refundsOf(order),
    freshness: (order, _args, { commerce }) => commerce.freshness(order.siteId),
  },
  OrderTotals: {
    subtotal: async (order, _args, { commerce }) => orderMoney(order, await commerce.subtotalOf(order)),
    discount: (order) => orderMoney(order, order.discountTotal),
    shipping: (order) => orderMoney(order, order.shippingTotal),
    tax: (order) => orderSum(order, order.cartTax, order.shippingTax),
    total: (order) => orderMoney(order, order.total),
    refunded: async (order, _args, { commerce }) => orderSum(order, ...(await commerce.refundsOf(order)).map(refundAmount)),
  },
  OrderItemConnection: {
    totalCount: (connection) => connection.countAll(),
  },
  OrderItem: {
    id: (item) => encodeGlobalId(item.siteId, 'OrderItem', item.localId),
    kind: (item) => KINDS[item.itemType] ?? 'FEE',
    name: (item) => plainText(item.name),
    quantity,
    product(item, _args, { commerce }) {
      const id = idMeta(item, '_product_id');
      return id === null ? null : commerce.product(item.siteId, id);
    },
    variationId(item) {
      const id = idMeta(item, '_variation_id');
      return id === null ? null : encodeGlobalId(item.siteId, 'Product', id);
    },
    async sku(item, _args, { commerce }) {
      const id = idMeta(item, '_variation_id') ?? idMeta(item, '_product_id');
      const product = id === null ? null : await commerce.product(item.siteId, id);
      return product && textOrNull(productMeta(product, '_sku'));
    },
    subtotal: (item) => itemMoney(item, 'subtotal'),
    total: (item) => itemMoney(item, 'total'),
    tax: (item) => itemMoney(item, 'tax'),
    taxClass: (item) => textOrNull(metaOf(item.metas, '_tax_class')),
    methodId: (item) => (item.itemType === 'shipping' ? textOrNull(metaOf(item.metas, 'method_id')) : null),
    meta: (item) => item.metas.map(([key, value]) => ({ key, value })),
  },
  OrderRefund: {
    id: (refund) => encodeGlobalId(refund.siteId, 'OrderRefund', refund.localId),
    amount: (refund) => orderMoney(refund.order, refundAmount(refund)),
  },
  Product: {
    __resolveReference({ id }, { commerce }) {
      const decoded = decodeNumericId(id, 'Product');
      return decoded && commerce.product(decoded.siteId, decoded.localId);
    },
    id: (product) => encodeGlobalId(product.siteId, 'Product', product.localId),
    name: (product) => plainText(product.title),
    sku: (product) => textOrNull(productMeta(product, '_sku')),
    price: async (product, _args, { commerce }) => productPrice(product, await commerce.store(product.siteId)),
    stockStatus: (product) => textOrNull(metaOf(product.metas, '_stock_status')) ?? 'instock',
    weight: (product) => parseDecimal(productMeta(product, '_weight')),
    dimensions,
    virtual: (product) => metaOf(product.metas, '_virtual') === 'yes',
    freshness: (product, _args, { commerce }) => commerce.freshness(product.siteId),
  },
  ProductConnection: {
    totalCount: (connection) => connection.countAll(),
  },
};
