// Data access of one request: batched reads with visibility decided once a row. Orders are for people with
// edit_shop_orders or manage_woocommerce on the site; products follow the rules of their post type. The operator sees all.
import DataLoader from 'dataloader';
import type { SiteId } from '../../core/ids.js';
import { isRowVisible, maySeeOrders } from '../../auth/visibility.js';
import {
  countOrders, itemPages, itemSums, orderPages, ordersByIds, refundsOfOrders, storeOptions,
  type CommerceKey, type ItemSums, type OrderConditions, type OrderItemRecord, type OrderPosition, type OrderRecord, type RefundRecord,
} from '../../store/read/commerce.js';
import { countProducts, productPages, productsByIds, type ProductRecord, type ProductScope } from '../../store/read/products.js';
import type { Store } from '../../store/store.js';
import { accessLoader, type SiteAccess } from '../shared/access.js';
import type { RequestContext } from '../shared/context.js';
import { forbidden } from '../shared/forbidden.js';
import { freshnessLoader, type FreshnessModel } from '../shared/freshness.js';
import { createGroupLoader, createValueLoader } from '../shared/list-loaders.js';
import { createPage, decodeCursor, emptyPage, encodeCursor, hashList, parseFirst } from '../shared/pages.js';
import type { OrderFilter } from './generated.js';
import type { OrderConnectionModel, OrderItemConnectionModel, OrderModel, OrderRefundModel, ProductConnectionModel, ProductModel, StoreModel } from './models.js';

/** The context value of this subgraph's resolvers. */
export interface CommerceContext {
  readonly commerce: CommerceLoaders;
}

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export interface CommerceLoaders {
  siteExists(siteId: SiteId): Promise<boolean>;
  freshness(siteId: SiteId): Promise<FreshnessModel>;
  /** The shop of a site; null when WooCommerce is not there. */
  store(siteId: SiteId): Promise<StoreModel | null>;
  /** Whether the viewer may see what is about running the shop. */
  mayRunShop(siteId: SiteId): Promise<boolean>;
  /** A shop's orders. Throws FORBIDDEN when the viewer may not see them. */
  ordersOf(store: StoreModel, page: PageArguments, filter: OrderFilter | null | undefined): Promise<OrderConnectionModel>;
  /** One order; null when there is none or the viewer may not see it. */
  order(siteId: SiteId, orderId: number): Promise<OrderModel | null>;
  itemsOf(order: OrderModel, page: PageArguments): Promise<OrderItemConnectionModel>;
  /** The sum of the products of an order before discounts, as exact text; null while it is not known. */
  subtotalOf(order: OrderModel): Promise<string | null>;
  refundsOf(order: OrderModel): Promise<OrderRefundModel[]>;
  productsOf(siteId: SiteId, page: PageArguments, search: string | null | undefined): Promise<ProductConnectionModel>;
  /** One product or variation; null when there is none or the viewer may not see it. */
  product(siteId: SiteId, productId: number): Promise<ProductModel | null>;
}

const ORDERS_DEFAULT = 20;
const ITEMS_DEFAULT = 50;
const PRODUCTS_DEFAULT = 20;

const keyText = (key: CommerceKey): string => `${key.siteId}/${key.localId}`;
const orderKey = (order: OrderModel): CommerceKey => ({ siteId: order.siteId, localId: order.localId });

/** Creates the loaders of one request. */
export function createCommerceLoaders(store: Store, request: RequestContext): CommerceLoaders {
  const db = store.database;
  const access = accessLoader(store, request);
  const freshness = freshnessLoader(store, request);
  const options = new DataLoader(async (siteIds: readonly SiteId[]) => {
    const found = await storeOptions(db, siteIds);
    return siteIds.map((siteId) => found.get(siteId) ?? {});
  });
  const orderRecords = byKey<OrderRecord>((keys) => ordersByIds(db, keys));
  const products = byKey<ProductRecord>((keys) => productsByIds(db, keys));
  const sitePages = createGroupLoader<SiteId, OrderPageArguments, OrderRecord>(
    (siteIds, page) => orderPages(db, siteIds, page.conditions, page.after, page.limit),
    String,
    (order) => order.siteId,
  );
  const orderCounts = createValueLoader<SiteId, OrderConditions, number>(async (siteIds, conditions) => byText(await countOrders(db, siteIds, conditions)), String, 0);
  const orderItems = createGroupLoader<CommerceKey, { afterId: number; limit: number }, OrderItemRecord>(
    (orders, page) => itemPages(db, orders, page.afterId, page.limit),
    keyText,
    (item) => ({ siteId: item.siteId, localId: item.orderId }),
  );
  const sums = createValueLoader<CommerceKey, null, ItemSums | null>(
    async (orders) => new Map((await itemSums(db, orders)).map((row) => [keyText({ siteId: row.siteId, localId: row.orderId }), row])),
    keyText,
    null,
  );
  const refunds = createGroupLoader<CommerceKey, null, RefundRecord>((orders) => refundsOfOrders(db, orders), keyText, (refund) => ({
    siteId: refund.siteId,
    localId: refund.orderId,
  }));
  const productLists = createGroupLoader<ProductScope, ProductPageArguments, ProductRecord>(
    (scopes, page) => productPages(db, scopes, page.search, page.beforeId, page.limit),
    (scope) => String(scope.siteId),
    (product) => ({ siteId: product.siteId }) as ProductScope,
  );
  const productCounts = createValueLoader<ProductScope, { search: string | null }, number>(
    async (scopes, { search }) => byText(await countProducts(db, scopes, search)),
    (scope) => String(scope.siteId),
    0,
  );

  const storeOf = async (siteId: SiteId): Promise<StoreModel | null> => {
    const found = await options.load(siteId);
    const isPresent = ['woocommerce_currency', 'woocommerce_version', 'WC_VERSION'].some((name) => typeof found[name] === 'string' && found[name] !== '');
    return isPresent ? { siteId, options: found } : null;
  };

  return {
    siteExists: async (siteId) => (await freshness.site(siteId)) !== null,
    freshness: (siteId) => freshness.freshness(siteId),
    store: storeOf,
    mayRunShop: async (siteId) => seesOrders(await access.site(siteId)),
    async ordersOf(shop, args, filter) {
      const { siteId } = shop;
      if (!seesOrders(await access.site(siteId))) throw forbidden('listing orders needs edit_shop_orders or manage_woocommerce on the site');
      const first = parseFirst(args.first, ORDERS_DEFAULT);
      const conditions = orderConditions(filter);
      const list = hashList('Store.orders', siteId, conditions);
      const cursor = decodeCursor(args.after, list, ['instant', 'number']);
      const after = cursor === null ? null : { listedAt: cursor[0], localId: cursor[1] ?? 0 };
      const deltaCursor = await freshness.deltaCursor(siteId);
      const rows = await sitePages(siteId, { conditions, after, limit: first + 1 });
      const page = createPage(
        rows.map((row) => ({ ...row, store: shop })),
        first,
        after === null,
        (row) => encodeCursor(list, [row.listedAt, row.localId]),
      );
      return { ...page, siteId, deltaCursor, countAll: () => orderCounts(siteId, conditions) };
    },
    async order(siteId, orderId) {
      if (!seesOrders(await access.site(siteId))) return null;
      const [record, shop] = await Promise.all([orderRecords.load({ siteId, localId: orderId }), storeOf(siteId)]);
      return record && { ...record, store: shop };
    },
    async itemsOf(order, args) {
      const first = parseFirst(args.first, ITEMS_DEFAULT);
      const list = hashList('Order.lineItems', order.siteId, order.localId);
      const after = decodeCursor(args.after, list, ['number']);
      const rows = await orderItems(orderKey(order), { afterId: after?.[0] ?? 0, limit: first + 1 });
      const page = createPage(
        rows.map((row) => ({ ...row, order })),
        first,
        after === null,
        (row) => encodeCursor(list, [row.localId]),
      );
      return { ...page, countAll: async () => (await sums(orderKey(order), null))?.count ?? 0 };
    },
    subtotalOf: async (order) => (await sums(orderKey(order), null))?.subtotal ?? null,
    refundsOf: async (order) => (await refunds(orderKey(order), null)).map((refund) => ({ ...refund, order })),
    async productsOf(siteId, args, search) {
      const viewer = await access.site(siteId);
      if (!viewer) return { ...emptyPage<ProductModel>(), countAll: () => Promise.resolve(0) };
      const first = parseFirst(args.first, PRODUCTS_DEFAULT);
      const wanted = search ? search : null;
      const list = hashList('Store.products', siteId, wanted);
      const after = decodeCursor(args.after, list, ['number']);
      const scope: ProductScope = { ...viewer.contentRule('product'), siteId };
      const rows = await productLists(scope, { search: wanted, beforeId: after?.[0] ?? null, limit: first + 1 });
      const page = createPage(rows, first, after === null, (row) => encodeCursor(list, [row.localId]));
      return { ...page, countAll: () => productCounts(scope, { search: wanted }) };
    },
    async product(siteId, productId) {
      const [viewer, product] = await Promise.all([access.site(siteId), products.load({ siteId, localId: productId })]);
      return viewer && product && isVisible(viewer, product) ? product : null;
    },
  };
}

interface OrderPageArguments {
  readonly conditions: OrderConditions;
  readonly after: OrderPosition | null;
  readonly limit: number;
}

interface ProductPageArguments {
  readonly search: string | null;
  readonly beforeId: number | null;
  readonly limit: number;
}

const seesOrders = (viewer: SiteAccess | null): boolean => viewer !== null && maySeeOrders(viewer.caps);

/** A variation is as visible as its product; one that is switched off only as a product that is private would be. */
function isVisible(viewer: SiteAccess, product: ProductRecord): boolean {
  const rule = viewer.contentRule('product');
  if (product.type === 'product') return isRowVisible(rule, { id: product.localId, status: product.status, authorId: product.authorId });
  if (!product.parent) return false;
  const { localId, status, authorId } = product.parent;
  return isRowVisible(rule, { id: localId, status, authorId }) && isRowVisible(rule, { id: product.localId, status: product.status, authorId });
}

function orderConditions(filter: OrderFilter | null | undefined): OrderConditions {
  return {
    statuses: filter?.status?.map((status) => status.replace(/^wc-/, '')) ?? null,
    createdFrom: filter?.createdAfter ?? null,
    createdBefore: filter?.createdBefore ?? null,
    search: filter?.search ? filter.search.replace(/^#/, '') : null,
  };
}

function byText(counts: ReadonlyMap<SiteId, number>): Map<string, number> {
  return new Map([...counts].map(([siteId, count]) => [String(siteId), count]));
}

/** A loader by site and id; what the batch does not find is null. */
function byKey<Row extends CommerceKey>(read: (keys: readonly CommerceKey[]) => Promise<readonly Row[]>): DataLoader<CommerceKey, Row | null, string> {
  return new DataLoader<CommerceKey, Row | null, string>(
    async (keys) => {
      const found = new Map((await read(keys)).map((row) => [keyText(row), row]));
      return keys.map((key) => found.get(keyText(key)) ?? null);
    },
    { cacheKeyFn: keyText },
  );
}
