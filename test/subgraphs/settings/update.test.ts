import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import { createSiteClient } from '../../../origin/site-client.js';
import type { Store } from '../../../store/store.js';
import { createSettingsSubgraph } from '../../../subgraphs/settings/index.js';
import { ask, OPERATOR, person } from '../../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { countStatements } from '../../testkit/statements.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from '../content/kit.js';

const SETTINGS = `title tagline language dateFormat startOfWeek postsPerPage defaultCommentStatus timezone { name } version`;
const UPDATE = `mutation($input: SiteSettingsUpdateInput!) { siteSettingsUpdate(input: $input) {
  site { name } settings { ${SETTINGS} } conflict { changedFields current { title version } }
  write { id state sequence errorCode errorMessage } userErrors { code message field retryable } } }`;

let store: Store;
let site: ConnectedSite;
let subgraph: ReturnType<typeof createSettingsSubgraph>;
let keys = 0;
const key = () => `key-${(keys += 1)}`;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  subgraph = createSettingsSubgraph(store, site.desk);
});
afterAll(() => site.close());

const account = (userId: number) => '00000000-0000-4000-8000-00000000000' + String(userId);
const as = (userId: number) => person([{ siteId: site.siteId, userId }], account(userId));
const siteId = () => encodeGlobalId(site.siteId, 'Site', site.siteId);

async function update(userId: number, input: Record<string, unknown>): Promise<Loose> {
  const { data, errors } = await ask<Loose>(subgraph, as(userId), UPDATE, { input: { siteId: siteId(), idempotencyKey: key(), ...input } });
  expect(errors).toEqual([]);
  return data['siteSettingsUpdate'] as Loose;
}

async function settings(): Promise<Loose> {
  const { data } = await ask<Loose>(subgraph, as(1), `{ site(id: "${siteId()}") { settings { ${SETTINGS} } } }`);
  return data['site']?.['settings'] as Loose;
}

const option = (name: string) => site.double.tables.options.get(name);
const posts = (from: number) => site.double.calls.slice(from).filter((call) => call.method === 'POST' && call.route === 'wp/v2/settings');

describe('siteSettingsUpdate', () => {
  it('changes settings on the site as the person, shows them at once, and tells the audit log what they were', async () => {
    const before = await settings();
    const payload = await update(1, { expectedVersion: before['version'], title: 'Salt & Marsh', postsPerPage: 12, timezone: 'Europe/Berlin' });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['settings']).toMatchObject({ title: 'Salt & Marsh', postsPerPage: 12, timezone: { name: 'Europe/Berlin' } });
    expect(payload['site']).toEqual({ name: 'Salt & Marsh' });
    expect(payload['write']).toMatchObject({ state: 'APPLIED', errorCode: null, errorMessage: null });
    expect([option('blogname'), option('posts_per_page'), option('timezone_string')]).toEqual(['Salt &amp; Marsh', '12', 'Europe/Berlin']);
    const [line] = await store.database.query<{ event: string; actor: number; via: string; changes: unknown }>(
      'SELECT event, actor_user_id AS actor, actor_via AS via, field_changes AS changes FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
    expect(line).toMatchObject({ event: 'settings.updated', actor: 1, via: 'graph' });
    expect(line?.changes).toContainEqual({ field: 'posts_per_page', before: 10, after: 12, redacted: false });
    expect(line?.changes).toHaveLength(3);
  });

  it('is confirmed by the echo of the sync, which changes nothing and tells no second audit line', async () => {
    await site.sync();
    const payload = await update(1, { tagline: 'Charts <and> atlases', startOfWeek: 0, language: 'de_DE' });
    const facts = () => store.database.query<{ sequence: number; audit: number }>('SELECT sequence, audit_sequence AS audit FROM site WHERE id = $1', [site.siteId]);
    const [before] = await facts();
    await site.sync();
    expect(await facts()).toEqual([before]);
    const { data } = await ask<Loose>(subgraph, as(1), `{ write(id: "${payload['write']?.['id']}") { state confirmedAt errorCode } }`);
    expect(data['write']).toMatchObject({ state: 'CONFIRMED', errorCode: null });
    expect(await settings()).toMatchObject({ tagline: 'Charts <and> atlases', startOfWeek: 0, language: 'de_DE' });
  });

  it('refuses whoever may not manage options before any call, naming the capability', async () => {
    const calls = site.double.calls.length;
    for (const userId of [2, 3, 4]) {
      const payload = await update(userId, { title: 'Not mine' });
      expect(payload['userErrors']).toEqual([{ code: 'FORBIDDEN', message: 'you need the capability manage_options on this site', field: ['siteId'], retryable: false }]);
    }
    expect(site.double.calls.length).toBe(calls);
  });

  it('finds what changed on the site a second ago and was not synced, and writes nothing', async () => {
    const { version } = await settings();
    site.double.edit.setOption('blogname', 'Theirs');
    const payload = await update(1, { expectedVersion: version, postsPerPage: 33 });
    expect(payload['userErrors']).toMatchObject([{ code: 'VERSION_CONFLICT', field: ['expectedVersion'] }]);
    expect(payload['conflict']).toMatchObject({ changedFields: ['title'], current: { title: 'Theirs' } });
    expect(payload['site']).toBeNull();
    expect(option('posts_per_page')).not.toBe('33');
    const again = await update(1, { expectedVersion: payload['conflict']?.['current']?.['version'], postsPerPage: 33 });
    expect(again['userErrors']).toEqual([]);
    expect(option('posts_per_page')).toBe('33');
    await site.sync();
  });

  it('finds that the expected version is no longer known, and tells which of the settings are otherwise', async () => {
    const payload = await update(1, { expectedVersion: 'long gone', title: 'Mine', postsPerPage: 33 });
    expect(payload['conflict']).toMatchObject({ changedFields: ['title'], current: { title: 'Theirs' } });
    expect(option('blogname')).toBe('Theirs');
  });

  it('tells which settings the site keeps as they were, beside those that it took', async () => {
    const payload = await update(1, { timezone: 'Atlantis/Sunken', dateFormat: 'Y-m-d' });
    expect(payload['userErrors']).toMatchObject([{ code: 'SITE_REJECTED', field: ['timezone'] }]);
    expect(payload['write']).toMatchObject({ state: 'APPLIED' });
    expect(payload['settings']).toMatchObject({ dateFormat: 'Y-m-d', timezone: { name: 'Europe/Berlin' } });
    const all = await update(1, { timezone: 'Atlantis/Sunken' });
    expect(all['userErrors']).toMatchObject([{ code: 'SITE_REJECTED' }]);
    expect(all['write']).toMatchObject({ state: 'REJECTED', errorCode: 'SITE_REJECTED' });
  });

  it('refuses what REST cannot do or cannot be used, before any call', async () => {
    const calls = site.double.calls.length;
    const payload = await update(1, {
      permalinkStructure: '/%postname%/', startOfWeek: 7, showOnFront: 'shop', pageOnFrontId: encodeGlobalId(site.siteId, 'Post', 1),
      defaultCategoryId: encodeGlobalId(site.siteId, 'Term', 9999), options: [{ name: 'url', value: 'https://elsewhere.example' }],
    });
    expect(payload['userErrors']).toHaveLength(6);
    expect(payload['userErrors']?.map((error) => [error['code'], error['field']?.[0]])).toEqual([
      ['INVALID', 'permalinkStructure'], ['INVALID', 'startOfWeek'], ['INVALID', 'showOnFront'], ['INVALID', 'pageOnFrontId'], ['INVALID', 'defaultCategoryId'], ['INVALID', 'options'],
    ]);
    expect((await update(1, {}))['userErrors']).toMatchObject([{ code: 'INVALID' }]);
    expect(site.double.calls.length).toBe(calls);
  });

  it('writes settings of plugins only where the site exposes them', async () => {
    const payload = await update(1, { options: [{ name: 'not_exposed', value: 1 }] });
    expect(payload['userErrors']).toMatchObject([{ code: 'INVALID', message: "the site's REST API does not expose the setting not_exposed" }]);
    const done = await update(1, { options: [{ name: 'default_ping_status', value: 'closed' }] });
    expect(done['userErrors']).toEqual([]);
    expect(option('default_ping_status')).toBe('closed');
  });

  it('gives the stored result to the same key and input, and runs once when it comes twice at once', async () => {
    const input = { idempotencyKey: key(), title: 'Just once' };
    const before = site.double.calls.length;
    const [one, two] = await Promise.all([update(1, input), update(1, input)]);
    expect([one['settings']?.['title'], two['settings']?.['title']]).toEqual(['Just once', 'Just once']);
    expect(posts(before)).toHaveLength(1);
    expect((await update(1, input))['userErrors']).toEqual([]);
    expect(posts(before)).toHaveLength(1);
    expect((await update(1, { ...input, title: 'Another' }))['userErrors']).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
  });

  it('settles a lost answer by reading back, without writing again', async () => {
    const before = site.double.calls.length;
    site.double.failNext((call) => call.method === 'POST' && call.route === 'wp/v2/settings', { kind: 'lose-answer' });
    const payload = await update(1, { title: 'Was it done?' });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['settings']).toMatchObject({ title: 'Was it done?' });
    expect(posts(before)).toHaveLength(1);
  });

  it('is refused while the site is down and taken under the same key when it is back, or kept when asked to', async () => {
    await site.double.refuse();
    const input = { idempotencyKey: key(), title: 'When you are back' };
    expect((await update(1, input))['userErrors']).toMatchObject([{ code: 'SITE_UNREACHABLE', retryable: true }]);
    const queued = await update(1, { title: 'Later', whenUnreachable: 'QUEUE' });
    expect(queued['write']).toMatchObject({ state: 'QUEUED', errorCode: 'SITE_UNREACHABLE' });
    await site.double.accept();
    expect((await update(1, input))['userErrors']).toEqual([]);
    expect(option('blogname')).toBe('When you are back');
  });

  it('costs at most ten statements and two calls', async () => {
    await site.sync();
    const { version } = await settings();
    const counted = countStatements(store);
    const client = createSiteClient({ store: counted.store, log: site.desk.log, allowPrivateOrigins: true });
    const measured = createSettingsSubgraph(counted.store, { ...site.desk, client, store: counted.store });
    await ask(measured, as(1), `{ site(id: "${siteId()}") { settings { version } } }`);
    await client.rest(site.siteId, { as: { kind: 'user', userId: 1 }, method: 'GET', route: 'wp/v2/users/me' });
    counted.reset();
    const before = site.double.calls.length;
    const { data } = await ask<Loose>(measured, as(1), UPDATE, { input: { siteId: siteId(), idempotencyKey: key(), expectedVersion: version, title: 'Measured' } });
    await client.close();
    expect(data['siteSettingsUpdate']?.['userErrors']).toEqual([]);
    expect(counted.statements.map(({ text }) => text.trim().split('\n')[0]).length).toBeLessThanOrEqual(10);
    expect(site.double.calls.length - before).toBe(2);
  });
});

describe('write', () => {
  const follow = async (viewer: Parameters<typeof ask>[1], id: string) => (await ask<Loose>(subgraph, viewer, `{ write(id: "${id}") { id state errorCode errorMessage } }`)).data['write'];

  it('tells the account that wrote and the operator how far a write has come, and nobody else that there is one', async () => {
    site.double.failNext((call) => call.method === 'POST' && call.route === 'wp/v2/settings', { kind: 'reset' });
    const id = String((await update(1, { title: 'Lost on the way' }))['write']?.['id']);
    const told = { id, state: 'DISPATCHED', errorCode: 'OUTCOME_UNKNOWN', errorMessage: expect.stringContaining('do not send it under another key') as unknown };
    expect(await follow(as(1), id)).toEqual(told);
    expect(await follow(OPERATOR, id)).toEqual(told);
    expect(await follow(person([{ siteId: site.siteId, userId: 1 }], account(9)), id)).toBeNull();
    expect(await follow(as(1), 'bm90IGFuIGlk')).toBeNull();
  });
});
