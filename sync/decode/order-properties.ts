// The registers of an order and where each comes from: a meta row of an order stored as a post, or a member of an order
// object of the newer storage. What is on neither list (order keys, cart hashes) is not kept.
import type { OrderGroups } from '../../core/changes.js';
import { phpDate, secondsDate } from './dates.js';
import { flag, label, whole } from './shapes.js';

type Groups = Partial<OrderGroups>;

interface OrderProperty {
  /** Key of the meta row, for orders stored as posts. */
  readonly metaKey: string;
  /** Member of the order object. */
  readonly member: string;
  readonly read: (value: unknown) => Groups;
}

const word = (value: unknown): string => label.parse(value);
/** Decimals stay text; what is no decimal (an empty meta row) counts as 0. */
const decimal = (value: unknown): string => (/^-?\d+(\.\d+)?$/.test(word(value).trim()) ? word(value).trim() : '0');
/** A date of either storage: Unix seconds in metas, a dumped DateTime in order objects. */
const date = (value: unknown): string | null => secondsDate(value) ?? phpDate(value);

/** Every register that a single meta row or member can write. */
export const ORDER_PROPERTIES: readonly OrderProperty[] = [
  { metaKey: '_order_total', member: 'order_total', read: (value) => ({ total: { total: decimal(value) } }) },
  { metaKey: '_order_currency', member: 'order_currency', read: (value) => ({ currency: { currency: word(value) } }) },
  { metaKey: '_date_paid', member: 'date_paid', read: (value) => ({ paid: { paidAt: date(value) } }) },
  { metaKey: '_date_completed', member: 'date_completed', read: (value) => ({ completed: { completedAt: date(value) } }) },
  { metaKey: '_cart_discount', member: 'cart_discount', read: (value) => ({ discountTotal: { discountTotal: decimal(value) } }) },
  { metaKey: '_cart_discount_tax', member: 'cart_discount_tax', read: (value) => ({ discountTax: { discountTax: decimal(value) } }) },
  { metaKey: '_order_shipping', member: 'order_shipping', read: (value) => ({ shippingTotal: { shippingTotal: decimal(value) } }) },
  { metaKey: '_order_shipping_tax', member: 'order_shipping_tax', read: (value) => ({ shippingTax: { shippingTax: decimal(value) } }) },
  { metaKey: '_order_tax', member: 'order_tax', read: (value) => ({ cartTax: { cartTax: decimal(value) } }) },
  { metaKey: '_payment_method', member: 'payment_method', read: (value) => ({ paymentMethod: { paymentMethod: word(value) } }) },
  { metaKey: '_payment_method_title', member: 'payment_method_title', read: (value) => ({ paymentMethodTitle: { paymentMethodTitle: word(value) } }) },
  { metaKey: '_created_via', member: 'created_via', read: (value) => ({ createdVia: { createdVia: word(value) } }) },
  { metaKey: '_prices_include_tax', member: 'prices_include_tax', read: (value) => ({ pricesIncludeTax: { pricesIncludeTax: flag.parse(value) } }) },
  { metaKey: '_billing_city', member: 'billing_city', read: (value) => ({ billingCity: { billingCity: word(value) } }) },
  { metaKey: '_billing_state', member: 'billing_state', read: (value) => ({ billingState: { billingState: word(value) } }) },
  { metaKey: '_billing_postcode', member: 'billing_postcode', read: (value) => ({ billingPostcode: { billingPostcode: word(value) } }) },
  { metaKey: '_billing_country', member: 'billing_country', read: (value) => ({ billingCountry: { billingCountry: word(value) } }) },
  { metaKey: '_shipping_city', member: 'shipping_city', read: (value) => ({ shippingCity: { shippingCity: word(value) } }) },
  { metaKey: '_shipping_state', member: 'shipping_state', read: (value) => ({ shippingState: { shippingState: word(value) } }) },
  { metaKey: '_shipping_postcode', member: 'shipping_postcode', read: (value) => ({ shippingPostcode: { shippingPostcode: word(value) } }) },
  { metaKey: '_shipping_country', member: 'shipping_country', read: (value) => ({ shippingCountry: { shippingCountry: word(value) } }) },
  { metaKey: '_refund_amount', member: 'refund_amount', read: (value) => ({ refundAmount: { refundAmount: decimal(value) } }) },
  { metaKey: '_refund_reason', member: 'refund_reason', read: (value) => ({ refundReason: { refundReason: word(value) } }) },
  { metaKey: '_refunded_by', member: 'refunded_by', read: (value) => ({ refundedBy: { refundedBy: whole.parse(value) } }) },
];
