// Amounts of money of orders, items and products, in the form in which the schema has them. Pure; called by resolvers.ts.
import type { Money } from './generated.js';
import { absoluteDecimal, addDecimals, compareDecimals, padDecimal, parseDecimal } from './decimals.js';
import type { OrderItemModel, OrderModel, OrderRefundModel, ProductModel, StoreModel } from './models.js';

/** Shops show two decimals unless they say otherwise (option woocommerce_price_num_decimals). */
const DEFAULT_DECIMALS = 2;
const MAX_DECIMALS = 8;

/** The text of an option, or null when it is empty or not synced. */
export function optionText(store: StoreModel | null, name: string): string | null {
  const value = store?.options[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The currency of an order: its own, else the shop's. */
export const currencyOf = (order: OrderModel): string | null => order.currency ?? optionText(order.store, 'woocommerce_currency');

function money(amount: string | null, currency: string | null, store: StoreModel | null): Money | null {
  if (amount === null || currency === null) return null;
  const option = Number(optionText(store, 'woocommerce_price_num_decimals') ?? DEFAULT_DECIMALS);
  const decimals = Number.isInteger(option) && option >= 0 && option <= MAX_DECIMALS ? option : DEFAULT_DECIMALS;
  return { amount: padDecimal(amount, decimals), currency };
}

/** An amount of an order, as stored. */
export const orderMoney = (order: OrderModel, amount: unknown): Money | null => money(parseDecimal(amount), currencyOf(order), order.store);

/** Adds amounts of an order; null when one is missing. */
export function orderSum(order: OrderModel, ...amounts: readonly unknown[]): Money | null {
  const known = amounts.map(parseDecimal).filter((amount) => amount !== null);
  return known.length < amounts.length ? null : money(addDecimals(...known), currencyOf(order), order.store);
}

/** What was paid back with a refund: above zero, whatever the sign that WooCommerce stored. */
export function refundAmount(refund: OrderRefundModel): string | null {
  const amount = parseDecimal(refund.refundAmount) ?? parseDecimal(refund.total);
  return amount === null ? null : absoluteDecimal(amount);
}

/** A meta of an item or product; the first where there are several. */
export function metaOf(metas: ProductModel['metas'], key: string): unknown {
  return metas.find(([name]) => name === key)?.[1];
}

/** Where an item of each type keeps its amounts; `_total` of a tax is what its two parts come to. */
const AMOUNT_KEYS: Readonly<Record<string, { readonly subtotal: readonly string[]; readonly total: readonly string[]; readonly tax: readonly string[] }>> = {
  line_item: { subtotal: ['_line_subtotal'], total: ['_line_total'], tax: ['_line_tax'] },
  fee: { subtotal: ['_line_total'], total: ['_line_total'], tax: ['_line_tax'] },
  shipping: { subtotal: ['cost'], total: ['cost'], tax: ['total_tax'] },
  tax: { subtotal: ['tax_amount', 'shipping_tax_amount'], total: ['tax_amount', 'shipping_tax_amount'], tax: [] },
  coupon: { subtotal: ['discount_amount'], total: ['discount_amount'], tax: ['discount_amount_tax'] },
};

/** One of the three amounts of an order's item; null while the site has not sent it. */
export function itemMoney(item: OrderItemModel, which: 'subtotal' | 'total' | 'tax'): Money | null {
  const keys = AMOUNT_KEYS[item.itemType]?.[which] ?? [];
  return orderSum(item.order, ...keys.map((key) => metaOf(item.metas, key)));
}

/** A product's price: the lowest of those stored, as of a product with variations. Null when there is none. */
export function productPrice(product: ProductModel, store: StoreModel | null): Money | null {
  const prices = product.metas.filter(([key]) => key === '_price').map(([, value]) => parseDecimal(value)).filter((price) => price !== null);
  const lowest = prices.sort(compareDecimals)[0] ?? null;
  return money(lowest, optionText(store, 'woocommerce_currency'), store);
}
