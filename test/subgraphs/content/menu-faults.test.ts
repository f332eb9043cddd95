import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSiteClient } from '../../../origin/site-client.js';
import { settleOpenWrites } from '../../../origin/writes/settle.js';
import type { Store } from '../../../store/store.js';
import type { Fault } from '../../testkit/site-double/faults.js';
import { openTestStore } from '../../testkit/store.js';
import { link, startMenuSite, type ItemInput, type MenuSite } from './menu-kit.js';

const ITEMS = 200;

let store: Store;
let on: MenuSite;
let menu: { id: string; localId: number; name: string; version: string; items: { id: string; label: string }[] };
let aheadMs = 0;

beforeAll(async () => {
  store = await openTestStore();
  on = await startMenuSite(store);
  const payload = await on.save(1, { name: 'Long', items: Array.from({ length: ITEMS }, (_one, index) => link(`Item${index}`)) });
  expect(payload['userErrors']).toEqual([]);
  menu = payload['menu'] as unknown as typeof menu;
}, 120_000);
beforeEach(async () => {
  on.site.double.state.faults.clear();
  await on.renew();
});
afterAll(() => on.close());

/** The menu turned round, every fifth item at the top and the others below it; ten items gone, ten new ones. */
function turned(items: readonly { id: string; label: string }[], word: string): ItemInput[] {
  const kept = items.slice(10).reverse();
  const fresh = Array.from({ length: 10 }, (_one, index) => link(`${word}${index}`));
  let top = '';
  return [
    ...kept.map(({ id, label }, index) => {
      if (index % 5 === 0) top = id;
      return { key: id, id, label, ...(index % 5 === 0 ? {} : { parentKey: top }) };
    }),
    ...fresh.map((item, index) => ({ ...item, parentKey: kept[index]?.id ?? '' })),
  ];
}

/** What a save left, apart from ids of new items: the labels in order, each with the label above it. */
function shapeOf(rows: readonly string[]): string[] {
  const label = new Map(rows.map((row) => [row.split(' ')[0], row.split(' ')[1]]));
  return rows.map((row) => `${row.split(' ')[1]} <${label.get(row.split(' ')[2]?.slice(1)) ?? '0'} ${row.split(' ').slice(3).join(' ')}`);
}

function wantedShape(items: readonly ItemInput[]): string[] {
  const label = new Map(items.map((item) => [item.key, item.label]));
  const below = (key: string | undefined): ItemInput[] => items.filter((item) => item.parentKey === key).flatMap((item) => [item, ...below(item.key)]);
  return below(undefined).map((item) => `${item.label} <${item.parentKey ? label.get(item.parentKey) : '0'} `);
}

const withoutUrls = (shape: readonly string[]): string[] => shape.map((row) => row.split(' ').slice(0, 2).join(' ') + ' ');

/** Lets time pass for the site's open writes, as jobs do, until they are settled. */
async function settle(): Promise<void> {
  // The breaker of a client that met faults rests; another process has its own.
  const client = createSiteClient({ store, log: on.site.desk.log, allowPrivateOrigins: true });
  try {
    for (let pass = 0; pass < 6; pass += 1) {
      const [open] = await store.database.query<{ open: number }>(`SELECT count(*)::int AS open FROM write_receipt WHERE site_id = $1 AND state = 'DISPATCHED'`, [on.site.siteId]);
      if (open?.open === 0) return;
      aheadMs += 3 * 60_000;
      await settleOpenWrites({ ...on.site.desk, client, clock: () => Date.now() + aheadMs }, on.site.siteId);
    }
  } finally {
    await client.close();
  }
}

async function stateOf(id: string): Promise<{ state: string; code: string | null }> {
  const [row] = await store.database.query<{ state: string; code: string | null }>(
    'SELECT state, error_code AS code FROM write_receipt WHERE site_id = $1 AND idempotency_key = $2', [on.site.siteId, id]);
  return row as { state: string; code: string | null };
}

const FAULTS: Readonly<Record<string, Fault>> = {
  reset: { kind: 'reset' },
  'a lost answer': { kind: 'lose-answer' },
  'a fatal error': { kind: 'status', status: 500 },
  'a refused token': { kind: 'status', status: 401, body: JSON.stringify({ code: 'rest_forbidden', message: 'Sorry, you are not allowed to do that.', data: { status: 401 } }) },
  garbage: { kind: 'garbage' },
};

/** The changing calls of one such save: drafts, nine batches of the switch, deletions. */
const STEPS = 11;

describe('menuSave of 200 items with a fault', () => {
  it('changes 200 items in few calls', async () => {
    const calls = on.site.double.calls.length;
    const input = turned(menu.items, 'First');
    const payload = await on.save(1, { id: menu.id, name: menu.name, expectedVersion: menu.version, items: input });
    expect(payload['userErrors']).toEqual([]);
    const routes = on.site.double.calls.slice(calls).map(({ method, route }) => `${method} ${route.replace(/\/\d+$/, '')}`);
    expect(routes.filter((route) => route.startsWith('POST'))).toHaveLength(STEPS);
    expect(routes.filter((route) => route.startsWith('GET'))).toHaveLength(3);
    expect(withoutUrls(shapeOf(on.onSite(menu.localId)))).toEqual(wantedShape(input));
    menu = (await on.read(menu.localId)) as unknown as typeof menu;
    expect(menu.items.map(({ label }) => label)).toEqual(wantedShape(input).map((row) => row.split(' ')[0]));
  });

  const cases = Object.keys(FAULTS).flatMap((name) => Array.from({ length: STEPS }, (_one, step) => [name, step + 1] as const));
  it.each(cases)('leaves the old menu or the new one after %s at step %i, and the graph says which', async (name, step) => {
    let seen = 0;
    on.site.double.failNext((call) => call.method !== 'GET' && /^(batch\/v1|wp\/v2\/menu)/.test(call.route) && (seen += 1) === step, FAULTS[name] as Fault);
    await oldOrNew(`${name}-${step}`.replaceAll(' ', '-'));
  }, 60_000);

  it.each([30, 110, 190])('leaves the old menu or the new one when the site dies in the middle of a batch, at item %i', async (place) => {
    let seen = 0;
    on.site.double.failNext((call) => call.route.startsWith('batch/wp/') && (seen += 1) === place, { kind: 'status', status: 500 });
    await oldOrNew(`dies-${place}`);
  }, 60_000);

  it.each([30, 110, 190])('takes everything back when the site refuses one item in the middle, item %i', async (place) => {
    let seen = 0;
    const body = JSON.stringify({ code: 'rest_term_invalid_id', message: 'Invalid term ID.', data: { status: 400 } });
    on.site.double.failNext((call) => call.route.startsWith('batch/wp/') && (seen += 1) === place, { kind: 'status', status: 400, body });
    expect(await oldOrNew(`refuses-${place}`)).toBe('old');
  }, 60_000);

  it.each([2, 6, 10])('finishes the new menu when the site goes down at step %i and comes back', async (step) => {
    failFrom(step, { kind: 'reset' });
    expect(await oldOrNew(`down-${step}`, () => on.site.double.state.faults.clear())).toBe('new');
  }, 60_000);

  it.each([2, 6, 10])('puts the old menu back when the token is refused from step %i on, as soon as it is taken again', async (step) => {
    failFrom(step, FAULTS['a refused token'] as Fault);
    expect(await oldOrNew(`revoked-${step}`, () => on.site.double.state.faults.clear())).toBe('old');
  }, 60_000);

  it('has the owner of the connection put the old menu back when the person lost the right in the middle', async () => {
    // The site tells of all that it went through so far, thousands of events.
    await on.site.double.setRoles(2, ['administrator']);
    await on.site.sync();
    let seen = 0;
    on.site.double.failNext((call) => {
      if (call.route !== 'batch/v1' || (seen += 1) !== 5) return false;
      const user = on.site.double.tables.users.get(2);
      if (user) on.site.double.tables.users.put({ ...user, roles: ['editor'] });
      return true;
    }, FAULTS['a refused token'] as Fault);
    expect(await oldOrNew('lost-right', undefined, 2)).toBe('old');
  }, 300_000);

  it('puts the old menu back when the site never gets through with the new one', async () => {
    let seen = 0;
    let isMaking = true;
    on.site.double.failNext((call) => {
      if (call.route.startsWith('batch/wp/v2/menu-items/') && isMaking) seen += 1;
      return seen >= 60 && call.route.startsWith('batch/wp/');
    }, { kind: 'status', status: 500 }, 12);
    expect(await oldOrNew('never', () => (isMaking = false))).toBe('old');
  }, 120_000);

  it('ends as the new menu when a call is slower than the request, and is carried out after the save was settled', async () => {
    await on.renew(4_000);
    let seen = 0;
    on.site.double.failNext((call) => call.route === 'batch/v1' && (seen += 1) === 4, { kind: 'delay', ms: 6_000 });
    const late = on.site.double.calls.length;
    expect(await oldOrNew('slow')).toBe('new');
    const settled = on.onSite(menu.localId);
    await vi.waitFor(() => expect(on.site.double.calls.slice(late).some((call) => call.fault === 'delay')).toBe(true), { timeout: 10_000, interval: 100 });
    expect(on.onSite(menu.localId)).toEqual(settled);
  }, 60_000);
});

/** Every call fails so from a changing call on. */
function failFrom(step: number, fault: Fault): void {
  let seen = 0;
  on.site.double.failNext((call) => {
    if (call.method !== 'GET' && /^(batch\/v1|wp\/v2\/menu)/.test(call.route)) seen += 1;
    return seen >= step;
  }, fault, 500);
}

/** Saves the menu turned round; afterwards the site has one of the two menus whole, and receipt and graph agree which. */
async function oldOrNew(word: string, comesBack: () => void = () => undefined, userId = 1): Promise<'old' | 'new'> {
  const before = on.onSite(menu.localId);
  const items = turned(menu.items, word);
  const idempotencyKey = on.key();
  const input = { id: menu.id, name: menu.name, expectedVersion: menu.version, items, idempotencyKey };
  const payload = await on.save(userId, input);
  comesBack();
  await settle();
  const { state, code } = await stateOf(idempotencyKey);
  const after = on.onSite(menu.localId);
  const isNew = state === 'APPLIED' || state === 'CONFIRMED';
  if (isNew) expect(withoutUrls(shapeOf(after))).toEqual(wantedShape(items));
  else expect(after).toEqual(before);
  expect(isNew ? null : state).toBe(isNew ? null : 'REJECTED');
  // Nothing of the save is left beside the menu.
  expect(on.rowsOnSite(menu.localId)).toBe(ITEMS);
  // A call that was answered says what came of it.
  const told = (payload['userErrors'] as unknown as { code: string }[]).map((error) => error.code);
  if (told[0] !== 'OUTCOME_UNKNOWN') expect(told).toEqual(isNew ? [] : [code]);
  const calls = on.site.double.calls.length;
  const again = await on.save(userId, input);
  expect((again['userErrors'] as unknown as { code: string }[]).map((error) => error.code)).toEqual(isNew ? [] : [code]);
  expect(on.site.double.calls.length).toBe(calls);
  menu = (await on.read(menu.localId)) as unknown as typeof menu;
  expect(menu.items.map(({ label }) => label)).toEqual(after.map((row) => row.split(' ')[1]));
  return isNew ? 'new' : 'old';
}
