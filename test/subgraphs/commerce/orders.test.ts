// Orders of the recorded shop, field by field with what the site answers, and lists of shops made for the purpose.
import { beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { createCommerceSubgraph } from '../../../subgraphs/commerce/index.js';
import { OPERATOR } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { personOn, subgraphRunner } from '../../testkit/run-subgraph.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

let store: Store;
let run: ReturnType<typeof subgraphRunner>;
let siteId: SiteId;

beforeAll(async () => {
  store = await openTestStore();
  run = subgraphRunner(store, createCommerceSubgraph);
  siteId = await loadRecordedSite(store);
}, 120_000);

interface Line { id: number; name: string; product_id: number; variation_id: number; quantity: number; tax_class: string; subtotal: string; total: string; total_tax: string; sku: string }
interface Answer {
  id: number; status: string; number: string; currency: string; total: string; total_tax: string; discount_total: string; shipping_total: string; payment_method_title: string;
  date_created_gmt: string; date_paid_gmt: string | null; date_completed_gmt: string | null;
  billing: Record<string, string>; shipping: Record<string, string>; line_items: Line[];
  tax_lines: { id: number; rate_code: string; tax_total: string; shipping_tax_total: string }[];
  shipping_lines: { id: number; method_title: string; method_id: string; total: string; total_tax: string }[];
  fee_lines: unknown[]; coupon_lines: { id: number; code: string; discount: string; discount_tax: string }[];
  refunds: { id: number; reason: string; total: string }[];
}

const FIELDS = `id localId number orderStatus createdAt paidAt completedAt currency paymentMethodTitle version freshness { lagMs source }
  totals { subtotal { amount currency } discount { amount } shipping { amount } tax { amount } total { amount currency } refunded { amount } }
  lineItems { totalCount nodes { id kind name quantity variationId sku subtotal { amount } total { amount } tax { amount } taxClass methodId meta { key value } product { id sku price { amount } weight dimensions { length width height } } } }
  shippingRegion { city state postcode country } billingRegion { city state postcode country }
  refunds { id amount { amount currency } reason createdAt }`;
const ORDERS = `query($id: ID!, $first: Int, $after: String, $filter: OrderFilter) { site(id: $id) { store { orders(first: $first, after: $after, filter: $filter) { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } totalCount deltaCursor freshness { sequence } } } } }`;
const IDS = `query($id: ID!, $first: Int, $after: String, $filter: OrderFilter) { site(id: $id) { store { orders(first: $first, after: $after, filter: $filter) { nodes { localId createdAt } pageInfo { hasNextPage endCursor } totalCount } } } }`;

interface Orders { nodes: Record<string, unknown>[]; pageInfo: { hasNextPage: boolean; endCursor: string }; totalCount: number; deltaCursor: string }
const ordersOf = (data: Record<string, unknown> | null) => (data as unknown as { site: { store: { orders: Orders } } }).site.store.orders;
const instant = (gmt: string | null) => (gmt === null ? null : `${gmt}.000Z`);
const amount = (text: string) => ({ amount: text });
const region = (address: Record<string, string>) => ({ city: address['city'] || null, state: address['state'] || null, postcode: address['postcode'] || null, country: address['country'] || null });
const cents = (text: string) => Math.round(Number(text) * 100);

/** What the site's answer means in the schema's words. */
function wanted(order: Answer): object {
  const item = (id: number, kind: string, name: string, more: object) => ({ id: encodeGlobalId(siteId, 'OrderItem', id), kind, name, ...more });
  const nodes = [
    ...order.line_items.map((line) => ({ at: line.id, node: item(line.id, 'PRODUCT', line.name, {
      quantity: line.quantity, sku: line.sku || null, subtotal: amount(line.subtotal), total: amount(line.total), tax: amount(line.total_tax), taxClass: line.tax_class || null, methodId: null,
      variationId: line.variation_id ? encodeGlobalId(siteId, 'Product', line.variation_id) : null, product: { id: encodeGlobalId(siteId, 'Product', line.product_id) },
    }) })),
    ...order.shipping_lines.map((line) => ({ at: line.id, node: item(line.id, 'SHIPPING', line.method_title, { quantity: null, total: amount(line.total), tax: amount(line.total_tax), methodId: line.method_id, product: null, sku: null }) })),
    ...order.coupon_lines.map((line) => ({ at: line.id, node: item(line.id, 'COUPON', line.code, { total: amount(line.discount), tax: amount(Number(line.discount_tax).toFixed(2)) }) })),
    ...order.tax_lines.map((line) => ({ at: line.id, node: item(line.id, 'TAX', line.rate_code, { total: amount(((cents(line.tax_total) + cents(line.shipping_tax_total)) / 100).toFixed(2)), tax: amount('0.00') }) })),
  ].sort((a, b) => a.at - b.at).map(({ node }) => node);
  const subtotal = order.line_items.reduce((sum, line) => sum + cents(line.subtotal), 0);
  const refunded = order.refunds.reduce((sum, refund) => sum - cents(refund.total), 0);
  return {
    id: encodeGlobalId(siteId, 'Order', order.id), localId: order.id, number: order.number, orderStatus: order.status, currency: order.currency,
    createdAt: instant(order.date_created_gmt), paidAt: instant(order.date_paid_gmt), completedAt: instant(order.date_completed_gmt), paymentMethodTitle: order.payment_method_title || null,
    totals: { subtotal: { amount: (subtotal / 100).toFixed(2), currency: order.currency }, discount: amount(order.discount_total), shipping: amount(order.shipping_total), tax: amount(order.total_tax), total: { amount: order.total, currency: order.currency }, refunded: amount((refunded / 100).toFixed(2)) },
    lineItems: { totalCount: nodes.length, nodes },
    shippingRegion: region(order.shipping), billingRegion: region(order.billing),
    refunds: order.refunds.map((refund) => ({ id: encodeGlobalId(siteId, 'OrderRefund', refund.id), amount: { amount: refund.total.replace('-', ''), currency: order.currency }, reason: refund.reason || null })),
  };
}

describe('Store.orders', () => {
  it('agrees with what the site answers about every order, in the same order', async () => {
    const { data, codes } = await run(OPERATOR, ORDERS, { id: encodeSiteId(siteId), first: 100 });
    expect(codes).toEqual([]);
    const answers = siteAnswer<Answer[]>('orders');
    const orders = ordersOf(data);
    expect(orders.nodes.map((order) => order['localId'])).toEqual(answers.map((order) => order.id));
    expect(orders.totalCount).toBe(answers.length);
    for (const [index, answer] of answers.entries()) expect(orders.nodes[index]).toMatchObject(wanted(answer));
    expect(orders.nodes.find((order) => order['localId'] === 132)).toMatchObject({ refunds: [{ reason: 'torn', createdAt: '2026-11-23T19:33:30.000Z' }] });
  });

  it('takes the same statements for one order and for many', async () => {
    const id = encodeSiteId(siteId);
    await run(OPERATOR, ORDERS, { id, first: 1 });
    const one = await run(OPERATOR, ORDERS, { id, first: 1 });
    const many = await run(OPERATOR, ORDERS, { id, first: 100 });
    expect(many.statements).toBe(one.statements);
    expect(many.statements).toBeLessThanOrEqual(12);
  });

  it('leaves out the trash and drafts unless their status is asked for', async () => {
    const ids = async (filter: object) => ordersOf((await run(OPERATOR, IDS, { id: encodeSiteId(siteId), first: 100, filter })).data).nodes.map((order) => order['localId']);
    expect(await ids({})).not.toContain(136);
    expect(await ids({ status: ['trash'] })).toEqual([136]);
    const answers = siteAnswer<Answer[]>('orders');
    expect(await ids({ status: ['wc-on-hold', 'pending'] })).toEqual(answers.filter((order) => ['on-hold', 'pending'].includes(order.status)).map((order) => order.id));
    expect(await ids({ createdAfter: '2026-11-23T19:33:14Z', createdBefore: '2026-11-23T19:33:16Z' })).toEqual([143, 142]);
    expect(await ids({ search: '#150' })).toEqual([150]);
    expect(await ids({ search: 'kamchatka' })).toEqual(answers.filter((order) => order.line_items.some((line) => line.name.includes('Kamchatka'))).map((order) => order.id));
    expect(await ids({ search: '%' })).toEqual([]);
  });

  it('walks its pages without gaps or repeats while orders are added', async () => {
    const shop = nextSiteId();
    await addSite(store, { id: shop, url: `http://shop-${shop}.example`, blogToken: `k${shop}.s${shop}`, userTokens: [] });
    await store.database.query(`INSERT INTO setting (site_id, setting_kind, name, value, alive, rev) VALUES ($1, 'OPTION', 'woocommerce_currency', '"EUR"', true, 1)`, [shop]);
    const add = (id: number, at: string | null) =>
      store.database.query(`INSERT INTO shop_order (site_id, id, order_type, status, created_at, total, alive, rev) VALUES ($1, $2, 'shop_order', 'processing', $3, '1', true, 1)`, [shop, id, at]);
    for (const [id, at] of [[1, '2026-01-01T00:00:00Z'], [2, '2026-01-02T00:00:00Z'], [3, '2026-01-02T00:00:00Z'], [4, null], [5, null], [6, '2026-01-03T00:00:00Z']] as const) await add(id, at);
    const walked: unknown[] = [];
    for (let after: string | null = null, rounds = 0; rounds < 10; rounds += 1) {
      const orders = ordersOf((await run(OPERATOR, IDS, { id: encodeSiteId(shop), first: 2, after })).data);
      walked.push(...orders.nodes.map((order) => order['localId']));
      if (rounds === 1) await add(7, '2026-02-01T00:00:00Z');
      if (!orders.pageInfo.hasNextPage) break;
      after = orders.pageInfo.endCursor;
    }
    expect(walked).toEqual([5, 4, 6, 3, 2, 1]);
    const first = ordersOf((await run(OPERATOR, IDS, { id: encodeSiteId(shop), first: 2 })).data);
    expect((await run(OPERATOR, IDS, { id: encodeSiteId(siteId), first: 2, after: first.pageInfo.endCursor })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await run(OPERATOR, IDS, { id: encodeSiteId(shop), first: 2, after: first.pageInfo.endCursor, filter: { status: ['failed'] } })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await run(OPERATOR, IDS, { id: encodeSiteId(shop), first: 101 })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('is for people who run the shop', async () => {
    const users = siteAnswer<{ id: number; roles: string[] }[]>('users');
    const withRole = (role: string) => users.find((user) => user.roles.includes(role))?.id ?? 0;
    expect((await run(personOn(siteId, withRole('shop_manager')), IDS, { id: encodeSiteId(siteId) })).codes).toEqual([]);
    for (const viewer of [ANONYMOUS, personOn(siteId, withRole('customer')), personOn(siteId, withRole('editor')), personOn((siteId + 1) as SiteId, 1)]) {
      const { data, codes } = await run(viewer, IDS, { id: encodeSiteId(siteId) });
      expect(codes).toEqual(['FORBIDDEN']);
      expect(data).toEqual({ site: { store: { orders: null } } });
    }
  });

  it('knows the orders from the events alone, before a full sync', async () => {
    const early = await loadRecordedSite(store, ['1-incremental']);
    const { data, codes } = await run(OPERATOR, ORDERS, { id: encodeSiteId(early), first: 100 });
    expect(codes).toEqual([]);
    const orders = ordersOf(data).nodes;
    const answers = siteAnswer<Answer[]>('orders');
    const idsOfEarly = (order: Answer) => JSON.parse(JSON.stringify(wanted(order), (key, value: unknown) => (key === 'id' || key === 'variationId' ? undefined : value))) as object;
    expect(orders).toHaveLength(answers.length);
    for (const [index, answer] of answers.entries()) expect(orders[index]).toMatchObject(idsOfEarly(answer));
  }, 120_000);
});

describe('Order', () => {
  const SCREEN = `query($r: [_Any!]!) { _entities(representations: $r) { ... on Order { ${FIELDS} site { id store { currency weightUnit dimensionUnit } } } } }`;

  it('answers the order screen by id in few statements, and nothing to those who may not see it', async () => {
    const r = [150, 132, 155, 999].map((id) => ({ __typename: 'Order', id: encodeGlobalId(siteId, 'Order', id) }));
    const { data, codes, statements } = await run(OPERATOR, SCREEN, { r });
    expect(codes).toEqual([]);
    const answers = siteAnswer<Answer[]>('orders');
    const [order, refunded] = [150, 132].map((id) => wanted(answers.find((answer) => answer.id === id) as Answer));
    expect(data).toMatchObject({ _entities: [{ ...order, site: { store: { currency: 'USD', weightUnit: 'kg', dimensionUnit: 'cm' } } }, refunded, null, null] });
    expect(statements).toBeLessThanOrEqual(12);
    expect((await run(ANONYMOUS, SCREEN, { r })).data).toEqual({ _entities: [null, null, null, null] });
  });

  it('pages its items', async () => {
    const query = `query($r: [_Any!]!, $after: String) { _entities(representations: $r) { ... on Order { lineItems(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } totalCount } } } }`;
    const r = [{ __typename: 'Order', id: encodeGlobalId(siteId, 'Order', 154) }];
    const page = (data: unknown) => (data as { _entities: { lineItems: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string }; totalCount: number } }[] })._entities[0]?.lineItems;
    const first = page((await run(OPERATOR, query, { r })).data);
    const second = page((await run(OPERATOR, query, { r, after: first?.pageInfo.endCursor })).data);
    const third = page((await run(OPERATOR, query, { r, after: second?.pageInfo.endCursor })).data);
    expect([...(first?.nodes ?? []), ...(second?.nodes ?? []), ...(third?.nodes ?? [])].map((node) => node.id)).toEqual([101, 102, 103, 104, 105].map((id) => encodeGlobalId(siteId, 'OrderItem', id)));
    expect([first?.totalCount, second?.pageInfo.hasNextPage, third?.pageInfo.hasNextPage]).toEqual([5, true, false]);
  });
});
