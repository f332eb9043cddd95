import { encodeGlobalId } from '../../../core/ids.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../store/store.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from './kit.js';
import { link, startMenuSite, type ItemInput, type MenuSite } from './menu-kit.js';

let store: Store;
let on: MenuSite;
let names = 0;

beforeAll(async () => {
  store = await openTestStore();
  on = await startMenuSite(store);
});
afterAll(() => on.site.close());

interface Saved {
  readonly id: string;
  readonly localId: number;
  readonly name: string;
  readonly version: string;
  readonly items: readonly { readonly id: string; readonly label: string; readonly parentId: string | null }[];
}

async function freshMenu(items: readonly ItemInput[]): Promise<Saved> {
  const payload = await on.save(1, { name: `Menu ${(names += 1)}`, items });
  expect(payload['userErrors']).toEqual([]);
  await on.site.sync();
  return (await on.read(Number(payload['menu']?.['localId']))) as unknown as Saved;
}

const kept = (menu: Saved): ItemInput[] => menu.items.map(({ id, label, parentId }) => ({ key: id, id, label, ...(parentId === null ? {} : { parentKey: parentId }) }));

describe('menuSave', () => {
  it('makes a menu with new items below each other, in a location, and shows it at once', async () => {
    const post = on.site.double.edit.savePost({ post_title: 'About us', post_status: 'publish', post_type: 'post' });
    await on.site.sync();
    const payload = await on.save(1, {
      name: 'Main & more', locations: ['primary'],
      items: [link('Home'), { key: 'about', objectId: on.post(post.ID), label: 'About us' }, link('Team', { parentKey: 'about', target: '_blank', classes: ['people', 'big'] })],
    });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['write']).toMatchObject({ state: 'APPLIED' });
    const menu = payload['menu'] as Loose;
    expect(menu).toMatchObject({ name: 'Main & more', locations: ['primary'] });
    const items = menu['items'] as unknown as { id: string; label: string; parentId: string | null; order: number; target: string | null; classes: string[]; url: string | null }[];
    expect(items.map(({ label, order, target, classes }) => ({ label, order, target, classes }))).toEqual([
      { label: 'Home', order: 1, target: null, classes: [] }, { label: 'About us', order: 2, target: null, classes: [] }, { label: 'Team', order: 3, target: '_blank', classes: ['people', 'big'] },
    ]);
    expect(items[2]?.parentId).toBe(items[1]?.id);
    expect(items[0]?.url).toBe('https://links.example/home');
    expect(on.onSite(Number(menu['localId'])).map((row) => row.split(' ')[1])).toEqual(['Home', '', 'Team']);
    const before = menu['version'];
    await on.site.sync();
    const after = await on.read(Number(menu['localId']));
    expect(after).toEqual(menu);
    expect(after['version']).toBe(before);
  });

  it('moves, nests, renames, adds and deletes in few calls, and the echo changes nothing and tells nothing', async () => {
    const menu = await freshMenu(Array.from({ length: 8 }, (_one, index) => link(`Item${index}`)));
    const [a, b, c, ...rest] = kept(menu) as [ItemInput, ItemInput, ItemInput, ...ItemInput[]];
    const calls = on.site.double.calls.length;
    const payload = await on.save(1, {
      id: menu.id, name: `${menu.name} again`, expectedVersion: menu.version,
      items: [{ ...b, label: 'Renamed' }, { ...a, parentKey: b.key }, link('New', { parentKey: a.key }), ...rest.slice(1), { ...c, url: 'https://links.example/moved' }],
    });
    expect(payload['userErrors']).toEqual([]);
    // Two reads, the new draft, the switch, the deletion.
    expect(on.site.double.calls.slice(calls).map(({ method, route }) => `${method} ${route.replace(/\/\d+$/, '/N')}`).sort()).toEqual([
      'DELETE wp/v2/menu-items/N', 'GET wp/v2/menu-items', 'GET wp/v2/menus/N', 'POST batch/v1', 'POST wp/v2/menu-items',
    ]);
    expect(on.onSite(menu.localId).map((row) => row.split(' ')[1])).toEqual(['Renamed', 'Item0', 'New', 'Item4', 'Item5', 'Item6', 'Item7', 'Item2']);
    expect((await on.read(menu.localId))['items']).toEqual(payload['menu']?.['items']);
    const lines = await audit();
    await on.site.sync();
    expect(await on.read(menu.localId)).toEqual(payload['menu']);
    expect(await audit()).toEqual(lines);
    expect(lines[0]).toMatchObject({ event: 'menu.updated', via: 'graph', summary: `Updated menu "${menu.name} again": items 1 added, 1 removed, 2 moved, 2 changed` });
    expect(lines[0]?.fields.map(({ field }) => field)).toContain('name');
    const [receipt] = await store.database.query<{ state: string }>('SELECT state FROM write_receipt WHERE site_id = $1 ORDER BY accepted_at DESC LIMIT 1', [on.site.siteId]);
    expect(receipt?.state).toBe('CONFIRMED');
  });

  it('sends nothing when nothing is different', async () => {
    const menu = await freshMenu([link('One'), link('Two')]);
    const calls = on.site.double.calls.length;
    const payload = await on.save(1, { id: menu.id, name: menu.name, expectedVersion: menu.version, items: kept(menu) });
    expect(payload).toMatchObject({ userErrors: [], write: { state: 'APPLIED' }, menu: { version: menu.version } });
    expect(on.site.double.calls.slice(calls).map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('finds what changed on the site a second ago, and shows it', async () => {
    const menu = await freshMenu([link('One'), link('Two')]);
    const itemId = Number(on.onSite(menu.localId)[0]?.split(' ')[0]);
    on.site.double.edit.savePost({ ID: itemId, post_title: 'Theirs' });
    const payload = await on.save(1, { id: menu.id, name: menu.name, expectedVersion: menu.version, items: kept(menu).slice(1) });
    expect(payload['userErrors']).toMatchObject([{ code: 'VERSION_CONFLICT', field: ['expectedVersion'] }]);
    expect(payload['menu']).toBeNull();
    expect(payload['conflict']).toMatchObject({ current: { items: [{ label: 'Theirs' }, { label: 'Two' }] }, changedBy: null, changedAt: null });
    expect(on.onSite(menu.localId)).toHaveLength(2);
    const again = await on.save(1, { id: menu.id, name: menu.name, expectedVersion: menu.version, items: kept(menu) });
    expect(again['userErrors']).toMatchObject([{ code: 'VERSION_CONFLICT' }]);
    await on.site.sync();
  });

  it("tells who changed it, once the site's own event has", async () => {
    const menu = await freshMenu([link('One'), link('Two')]);
    const itemId = Number(on.onSite(menu.localId)[0]?.split(' ')[0]);
    await on.site.client.rest(on.site.siteId, { as: { kind: 'user', userId: 1 }, method: 'POST', route: `wp/v2/menu-items/${itemId}`, json: { title: 'Theirs' } });
    const input = { id: menu.id, name: menu.name, expectedVersion: menu.version, items: kept(menu), idempotencyKey: 'who-changed-it' };
    expect((await on.save(1, input))['conflict']).toMatchObject({ changedBy: null, changedAt: null });
    await on.site.sync();
    const told = (await on.save(1, input))['conflict'];
    expect(told).toMatchObject({ changedBy: { id: encodeGlobalId(on.site.siteId, 'User', 1) } });
    expect(Math.abs(Date.parse(String(told?.['changedAt'])) - Date.now())).toBeLessThan(60_000);
  });

  it('does not take an item of another menu', async () => {
    const [menu, other] = [await freshMenu([link('Mine')]), await freshMenu([link('Other')])];
    const payload = await on.save(1, { id: menu.id, name: menu.name, items: [...kept(menu), ...kept(other)] });
    expect(payload['userErrors']).toMatchObject([{ code: 'VERSION_CONFLICT' }]);
    expect(on.onSite(other.localId)).toHaveLength(1);
  });

  it('refuses who may not before any call, naming the capability', async () => {
    const menu = await freshMenu([link('One')]);
    const calls = on.site.double.calls.length;
    for (const userId of [2, 3, 4]) {
      const payload = await on.save(userId, { id: menu.id, name: 'No', items: [] });
      expect(payload['userErrors']).toEqual([{ code: 'FORBIDDEN', message: 'you need the capability edit_theme_options on this site', field: ['id'], retryable: false }]);
    }
    expect(on.site.double.calls.length).toBe(calls);
  });

  it('gives a retry the stored result, and refuses the key for something else', async () => {
    const input = { name: 'Once', items: [link('One')], idempotencyKey: on.key() };
    const first = await on.save(1, input);
    const calls = on.site.double.calls.length;
    expect(await on.save(1, input)).toEqual(first);
    expect(on.site.double.calls.length).toBe(calls);
    expect((await on.save(1, { ...input, name: 'Twice' }))['userErrors']).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['a circle', { items: [link('A', { parentKey: 'B' }), link('B', { parentKey: 'A' })] }, ['items', '0', 'parentKey']],
    ['a key twice', { items: [link('A'), link('A')] }, ['items', '1', 'key']],
    ['a parent that is not there', { items: [link('A', { parentKey: 'X' })] }, ['items', '0', 'parentKey']],
    ['a script for an address', { items: [link('A', { url: 'javascript:alert(1)' })] }, ['items', '0', 'url']],
    ['a hidden script for an address', { items: [link('A', { url: ' java\nscript:alert(1)' })] }, ['items', '0', 'url']],
    ['an object that is not there', { items: [{ key: 'a', objectId: 'nothing' }] }, ['items', '0', 'objectId']],
    ['an item without an address', { items: [{ key: 'a', label: 'A' }] }, ['items', '0', 'url']],
    ['a name without letters', { name: ' ', items: [] }, ['name']],
    ['an item of nowhere', { items: [link('A', { id: 'nothing' })] }, ['items', '0', 'id']],
  ])('refuses %s before any call', async (_what, input, field) => {
    const calls = on.site.double.calls.length;
    const payload = await on.save(1, { name: 'Bad', ...input });
    expect((payload['userErrors'] as unknown as Loose[]).map((error) => [error['code'], error['field']])).toContainEqual(['INVALID', field]);
    expect(on.site.double.calls.length).toBe(calls);
  });

  it('refuses a name that another menu has, and leaves nothing behind', async () => {
    const menu = await freshMenu([link('One')]);
    const before = on.site.double.tables.posts.all().length;
    const payload = await on.save(1, { name: menu.name, items: [link('Two')] });
    expect(payload['userErrors']).toMatchObject([{ code: 'SITE_REJECTED', message: expect.stringContaining('the menu is as it was') as string }]);
    expect(on.site.double.tables.posts.all().length).toBe(before);
  });

  it('refuses a location that the theme does not have', async () => {
    const payload = await on.save(1, { name: 'Somewhere', locations: ['attic'], items: [] });
    expect(payload['userErrors']).toMatchObject([{ code: 'INVALID' }]);
  });
});

describe('menuAssign and menuDelete', () => {
  const ASSIGN = `mutation($siteId: ID!, $location: String!, $menuId: ID, $key: ID!) { menuAssign(siteId: $siteId, location: $location, menuId: $menuId, idempotencyKey: $key) {
    menu { id locations } write { state } userErrors { code message field } } }`;
  const DELETE = `mutation($id: ID!, $version: Version, $key: ID!) { menuDelete(id: $id, expectedVersion: $version, idempotencyKey: $key) { deletedIds write { state } userErrors { code field } } }`;
  const assign = (location: string, menuId: string | null, userId = 1) => on.mutate(userId, ASSIGN, 'menuAssign', { siteId: on.siteId, location, menuId, key: on.key() });

  it('puts a menu into a location and takes it out again', async () => {
    const menu = await freshMenu([link('One')]);
    expect(await assign('footer', menu.id)).toMatchObject({ userErrors: [], menu: { id: menu.id, locations: ['footer'] } });
    await on.site.sync();
    expect((await on.read(menu.localId))['locations']).toEqual(['footer']);
    expect(await assign('footer', null)).toMatchObject({ userErrors: [], menu: { locations: [] } });
    await on.site.sync();
    expect((await on.read(menu.localId))['locations']).toEqual([]);
    expect(await assign('attic', menu.id)).toMatchObject({ userErrors: [{ code: 'INVALID' }] });
    expect(await assign('footer', menu.id, 2)).toMatchObject({ userErrors: [{ code: 'FORBIDDEN' }] });
  });

  it('deletes a menu that is still what it was, once, and finds out when the answer is lost', async () => {
    const menu = await freshMenu([link('One'), link('Two')]);
    const itemId = Number(on.onSite(menu.localId)[0]?.split(' ')[0]);
    on.site.double.edit.savePost({ ID: itemId, post_title: 'Theirs' });
    expect(await on.mutate(1, DELETE, 'menuDelete', { id: menu.id, version: menu.version, key: on.key() })).toMatchObject({ deletedIds: [], userErrors: [{ code: 'VERSION_CONFLICT' }] });
    const { version } = (await on.read(menu.localId)) as unknown as Saved;
    on.site.double.failNext((call) => call.method === 'DELETE', { kind: 'lose-answer' });
    const args = { id: menu.id, version, key: on.key() };
    const gone = await on.mutate(1, DELETE, 'menuDelete', args);
    expect(gone).toMatchObject({ deletedIds: [menu.id], write: { state: 'APPLIED' }, userErrors: [] });
    expect(await on.read(menu.localId)).toBeUndefined();
    expect(await on.mutate(1, DELETE, 'menuDelete', args)).toEqual(gone);
    await on.site.sync();
    expect(await on.read(menu.localId)).toBeUndefined();
    expect(on.site.double.tables.posts.get(itemId)).toBeUndefined();
  });
});

async function audit(): Promise<{ event: string; via: string; summary: string; fields: { field: string }[] }[]> {
  return store.database.query(
    `SELECT event, actor_via AS via, summary, field_changes AS fields FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 5`, [on.site.siteId]);
}
