// Update policies: what is begun, when, as whom, and never twice.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId } from '../../core/ids.js';
import { beginDueUpdates } from '../../jobs/update-policies.js';
import { allItems } from '../../store/extension-items.js';
import { findOperationRow } from '../../store/extension-operations.js';
import type { Store } from '../../store/store.js';
import { createExtensionsSubgraph } from '../../subgraphs/extensions/index.js';
import { ACCOUNT_ID, ask, OPERATOR, person } from '../testkit/ask.js';
import { openPrivateStore } from '../testkit/store.js';
import { startFleetSite, TIDELINE, type FleetSite } from './fleet-kit.js';

let store: Store;
const sites: FleetSite[] = [];

// A store of its own: a fleet is everything that is in it.
beforeAll(async () => void (store = await openPrivateStore()), 120_000);
afterEach(async () => {
  for (const site of sites.splice(0)) await site.double.close();
  await store.database.query('DELETE FROM update_policy');
});

async function newSite(): Promise<FleetSite> {
  const site = await startFleetSite(store);
  sites.push(site);
  // When the update was first seen here.
  await store.database.query(`UPDATE update_offer SET first_seen_at = '2026-03-01T00:00:00Z' WHERE site_id = $1`, [site.siteId]);
  return site;
}

const SET = `mutation($input: UpdatePolicyInput!) { updatePolicySet(input: $input) { affected policies { site { id } slug window } userErrors { code field } } }`;
interface Payload { updatePolicySet: { affected: number; policies: unknown[]; userErrors: { code: string; field: string[] }[] } }

async function set(on: readonly FleetSite[], more: object = {}, viewer = OPERATOR) {
  const input = { siteIds: on.map((site) => encodeSiteId(site.siteId)), kind: 'PLUGIN', slugs: ['tideline'], autoUpdate: true, ...more };
  const { data, errors } = await ask<Payload>(createExtensionsSubgraph(store), viewer, SET, { input });
  expect(errors).toEqual([]);
  return data.updatePolicySet;
}

const REMOVE = `mutation($input: UpdatePolicyRemoveInput!) { updatePolicyRemove(input: $input) { affected policies { site { id } slug window } userErrors { code field } } }`;

async function remove(on: readonly FleetSite[], more: object = {}, viewer = OPERATOR) {
  const input = { siteIds: on.map((site) => encodeSiteId(site.siteId)), kind: 'PLUGIN', slugs: ['tideline'], ...more };
  const { data, errors } = await ask<{ updatePolicyRemove: Payload['updatePolicySet'] }>(createExtensionsSubgraph(store), viewer, REMOVE, { input });
  expect(errors).toEqual([]);
  return data.updatePolicyRemove;
}

const NOON = new Date('2026-03-04T12:00:00Z');
async function begun(now = NOON): Promise<[number, string | null][]> {
  const ids = await beginDueUpdates(store, now);
  const items = (await Promise.all(ids.map((id) => allItems(store.database, id)))).flat();
  return items.map((item): [number, string | null] => [item.siteId, item.toVersion]).sort((a, b) => a[0] - b[0]);
}

describe('an update policy', () => {
  it('begins an update once a version, as the person who set it, and again for the next version', async () => {
    const [one, two] = [await newSite(), await newSite()];
    const viewer = person([{ siteId: one.siteId, userId: 1 }]);
    expect(await set([one], {}, viewer)).toMatchObject({ affected: 1, userErrors: [] });
    const [id = ''] = await beginDueUpdates(store, NOON);
    expect(await findOperationRow(store.database, id)).toMatchObject({ origin: 'POLICY', action: 'UPDATE', state: 'SCHEDULED', healthCheck: true, autoRollback: true });
    expect(await allItems(store.database, id)).toMatchObject([{ siteId: one.siteId, file: TIDELINE, fromVersion: '1.0', toVersion: '2.0', userId: 1, actorLabel: 'Maria', state: 'PENDING' }]);
    expect(await begun()).toEqual([]);
    await store.database.query(`UPDATE plugin SET update_version = '2.1' WHERE site_id = ANY($1::bigint[]) AND file = $2`, [[one.siteId, two.siteId], TIDELINE]);
    await store.database.query(`INSERT INTO update_offer (site_id, kind, name, version, first_seen_at) VALUES ($1, 'plugin', $2, '2.1', '2026-03-02T00:00:00Z')`, [one.siteId, TIDELINE]);
    expect(await begun()).toEqual([[one.siteId, '2.1']]);
  });

  it('is begun once by two processes at a time', async () => {
    const site = await newSite();
    await set([site]);
    const both = await Promise.all([beginDueUpdates(store, NOON), beginDueUpdates(store, NOON)]);
    expect(both.flat()).toHaveLength(1);
  });

  it('waits for its delay and its window, by the site’s own clock', async () => {
    const site = await newSite();
    // Lisbon is at UTC in March.
    await set([site], { delayDays: 3, window: 'Wed 02:00-05:00' });
    expect(await begun(new Date('2026-03-03T03:00:00Z'))).toEqual([]);
    expect(await begun(new Date('2026-03-04T12:00:00Z'))).toEqual([]);
    expect(await begun(new Date('2026-03-04T03:00:00Z'))).toEqual([[site.siteId, '2.0']]);
  });

  it('makes only security fixes when it says so, and the more particular policy wins', async () => {
    const [one, two, three] = [await newSite(), await newSite(), await newSite()];
    await set([], { slugs: [] });
    await set([one], { securityOnly: true });
    await set([two], { slugs: [], autoUpdate: false });
    expect(await begun()).toEqual([[three.siteId, '2.0']]);
  });

  it('is taken back, and then the less particular one counts', async () => {
    const [one, two] = [await newSite(), await newSite()];
    const viewer = person([{ siteId: one.siteId, userId: 1 }]);
    // A policy of the fleet is about the sites of other tests too.
    const begunHere = async () => (await begun()).filter(([siteId]) => siteId === one.siteId || siteId === two.siteId);
    await set([], { slugs: [] });
    await set([one, two], { slugs: [], autoUpdate: false });
    expect(await begunHere()).toEqual([]);
    expect(await remove([one, two], { slugs: [] }, viewer)).toMatchObject({ affected: 0, userErrors: [{ code: 'NOT_FOUND', field: ['siteIds', '1'] }] });
    expect(await remove([], { slugs: [] }, viewer)).toMatchObject({ affected: 0, userErrors: [{ code: 'FORBIDDEN', field: ['siteIds'] }] });
    expect(await begunHere()).toEqual([]);
    expect(await remove([one], { slugs: [] }, viewer)).toMatchObject({ affected: 1, policies: [{ site: { id: encodeSiteId(one.siteId) }, slug: null }], userErrors: [] });
    expect(await remove([one], { slugs: [] }, viewer)).toMatchObject({ affected: 0, userErrors: [] });
    expect(await begunHere()).toEqual([[one.siteId, '2.0']]);
    expect(await remove([], { slugs: [] })).toMatchObject({ affected: 1, policies: [{ site: null }], userErrors: [] });
    expect(await remove([two], { slugs: [] })).toMatchObject({ affected: 1, userErrors: [] });
    expect(await begunHere()).toEqual([]);
  });

  it('rests while the account that set it is disabled', async () => {
    const site = await newSite();
    await set([site]);
    await store.database.query(`INSERT INTO account (id, kind, label, disabled_at) VALUES ($1::uuid, 'operator', 'gone', now())`, [ACCOUNT_ID]);
    expect(await begun()).toEqual([]);
    await store.database.query('DELETE FROM account WHERE id = $1::uuid', [ACCOUNT_ID]);
    expect(await begun()).toEqual([[site.siteId, '2.0']]);
  });

  it('is refused to those who may not update there, and for inputs that cannot be used', async () => {
    const site = await newSite();
    const stranger = person([{ siteId: site.siteId, userId: 4 }]);
    expect((await set([site], {}, stranger)).userErrors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
    expect((await set([], {}, stranger)).userErrors.map(({ code }) => code)).toEqual(['FORBIDDEN']);
    const wrong = await set([site], { window: 'at night', delayDays: 91, slugs: ['../up'] });
    expect(wrong.userErrors.map(({ field }) => field.join('.'))).toEqual(['slugs', 'window', 'delayDays']);
  });
});
