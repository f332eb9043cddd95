// The recorded shop and its products, with what the site answers about them.
import { beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createCommerceSubgraph } from '../../../subgraphs/commerce/index.js';
import { OPERATOR } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { personOn, subgraphRunner } from '../../testkit/run-subgraph.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';
import { addSite } from '../../../store/sites.js';

let store: Store;
let run: ReturnType<typeof subgraphRunner>;
let siteId: SiteId;

beforeAll(async () => {
  store = await openTestStore();
  run = subgraphRunner(store, createCommerceSubgraph);
  siteId = await loadRecordedSite(store);
}, 120_000);

interface Answer { id: number; name: string; sku: string; price: string; status: string; stock_status: string; weight: string; virtual: boolean; dimensions: { length: string; width: string; height: string } }
const PRODUCTS = `query($id: ID!, $first: Int, $after: String, $search: String) { site(id: $id) { store { products(first: $first, after: $after, search: $search) {
  nodes { id localId name sku price { amount currency } stockStatus weight dimensions { length width height } virtual freshness { lagMs } } pageInfo { hasNextPage endCursor } totalCount } } } }`;
interface Products { nodes: Record<string, unknown>[]; pageInfo: { hasNextPage: boolean; endCursor: string }; totalCount: number }
const productsOf = (data: Record<string, unknown> | null) => (data as unknown as { site: { store: { products: Products } } }).site.store.products;

function wanted(product: Answer): object {
  const { length, width, height } = product.dimensions;
  return {
    id: encodeGlobalId(siteId, 'Product', product.id), localId: product.id, name: product.name, sku: product.sku || null, price: product.price ? { amount: product.price, currency: 'USD' } : null,
    stockStatus: product.stock_status, weight: product.weight || null, virtual: product.virtual,
    dimensions: length || width || height ? { length: length || null, width: width || null, height: height || null } : null,
  };
}

describe('Store', () => {
  const STORE = 'query($id: ID!) { site(id: $id) { store { currency dimensionUnit weightUnit taxesEnabled baseAddress { street1 street2 city state postcode country } } } }';

  it('tells its currency and units to everyone and its address to those who run it', async () => {
    const open = { currency: 'USD', dimensionUnit: 'cm', weightUnit: 'kg', taxesEnabled: true };
    const baseAddress = { street1: '12 Harbor Lane', street2: null, city: 'New Bedford', state: 'MA', postcode: '02740', country: 'US' };
    expect((await run(personOn(siteId, 1), STORE, { id: encodeSiteId(siteId) })).data).toEqual({ site: { store: { ...open, baseAddress } } });
    expect((await run(ANONYMOUS, STORE, { id: encodeSiteId(siteId) })).data).toEqual({ site: { store: { ...open, baseAddress: null } } });
  });

  it('is null where WooCommerce is not', async () => {
    const bare = nextSiteId();
    await addSite(store, { id: bare, url: `http://bare-${bare}.example`, blogToken: `k${bare}.s${bare}`, userTokens: [] });
    expect((await run(OPERATOR, STORE, { id: encodeSiteId(bare) })).data).toEqual({ site: { store: null } });
    expect((await run(OPERATOR, STORE, { id: encodeSiteId(nextSiteId()) })).data).toEqual({ site: null });
  });
});

describe('Store.products', () => {
  it('agrees with what the site answers', async () => {
    const { data, codes, statements } = await run(OPERATOR, PRODUCTS, { id: encodeSiteId(siteId), first: 100 });
    expect(codes).toEqual([]);
    expect(productsOf(data).nodes).toMatchObject(siteAnswer<Answer[]>('products').map(wanted));
    expect(statements).toBeLessThanOrEqual(5);
  });

  it('shows visitors the published ones, also by search and page by page', async () => {
    const published = siteAnswer<Answer[]>('products').filter((product) => product.status === 'publish').map((product) => product.id);
    const ids = (products: Products) => products.nodes.map((product) => product['localId']);
    const id = encodeSiteId(siteId);
    const all = productsOf((await run(ANONYMOUS, PRODUCTS, { id, first: 100 })).data);
    expect([ids(all), all.totalCount]).toEqual([published, published.length]);
    const one = productsOf((await run(ANONYMOUS, PRODUCTS, { id, first: 10 })).data);
    const two = productsOf((await run(ANONYMOUS, PRODUCTS, { id, first: 10, after: one.pageInfo.endCursor })).data);
    expect([...ids(one), ...ids(two)]).toEqual(published);
    expect(ids(productsOf((await run(ANONYMOUS, PRODUCTS, { id, search: 'ch-01' })).data))).toEqual([125, 124, 123, 122]);
    expect(ids(productsOf((await run(ANONYMOUS, PRODUCTS, { id, search: 'SETÚBAL' })).data))).toEqual([119, 117]);
    expect((await run(ANONYMOUS, PRODUCTS, { id, first: 10, search: 'x', after: one.pageInfo.endCursor })).codes).toEqual(['BAD_USER_INPUT']);
  });
});

describe('Product', () => {
  it('resolves products and variations by id; a variation says what its product says where it is silent', async () => {
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Product { localId name sku price { amount } weight } } }';
    const r = [128, 126, 122, 1, 150].map((id) => ({ __typename: 'Product', id: encodeGlobalId(siteId, 'Product', id) }));
    const all = (await run(OPERATOR, query, { r })).data as { _entities: unknown[] };
    expect(all._entities).toMatchObject([{ localId: 128, price: { amount: '9.00' } }, { localId: 126 }, { localId: 122, sku: 'CH-010' }, null, null]);
    const visitor = (await run(ANONYMOUS, query, { r })).data as { _entities: ({ localId: number } | null)[] };
    expect(visitor._entities.map((product) => product?.localId ?? null)).toEqual([128, null, 122, null, null]);
  });
});
