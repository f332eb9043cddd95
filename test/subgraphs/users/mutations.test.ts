import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import { createSiteClient } from '../../../origin/site-client.js';
import type { Store } from '../../../store/store.js';
import { createUsersSubgraph } from '../../../subgraphs/users/index.js';
import { ask, OPERATOR, person } from '../../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { countStatements } from '../../testkit/statements.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from '../content/kit.js';

const PAYLOAD = `{ user { id localId username displayName email url version roles { slug } } write { id state errorCode } userErrors { code message field retryable } }`;
const DOCUMENTS = {
  userInvite: `mutation($input: UserInviteInput!) { userInvite(input: $input) ${PAYLOAD} }`,
  userUpdate: `mutation($input: UserUpdateInput!) { userUpdate(input: $input) ${PAYLOAD} }`,
  userRemove: `mutation($input: UserRemoveInput!) { userRemove(input: $input) ${PAYLOAD} }`,
} as const;

let store: Store;
let site: ConnectedSite;
let subgraph: ReturnType<typeof createUsersSubgraph>;
let keys = 0;
const key = () => `key-${(keys += 1)}`;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  subgraph = createUsersSubgraph(store, site.desk);
});
afterAll(() => site.close());

const as = (userId: number) => person([{ siteId: site.siteId, userId }], '00000000-0000-4000-8000-00000000000' + String(userId));
const gid = (userId: number) => encodeGlobalId(site.siteId, 'User', userId);
const siteId = () => encodeGlobalId(site.siteId, 'Site', site.siteId);
const row = (userId: number) => site.double.tables.users.get(userId);

async function change(name: keyof typeof DOCUMENTS, viewer: Parameters<typeof ask>[1], input: Record<string, unknown>): Promise<Loose> {
  const { data, errors } = await ask<Loose>(subgraph, viewer, DOCUMENTS[name], { input: { idempotencyKey: key(), ...input } });
  expect(errors).toEqual([]);
  return data[name] as Loose;
}

/** A user whom the site has and who is synced. */
async function freshUser(login: string, role = 'author'): Promise<{ readonly id: number; readonly version: string }> {
  const { ID } = site.double.edit.saveUser({ user_login: login, roles: [role], user_email: `${login}@people.example`, display_name: login });
  await site.sync();
  return { id: ID, version: await versionOf(ID) };
}

async function versionOf(userId: number): Promise<string> {
  const [found] = await store.database.query<{ version: string }>('SELECT version FROM site_user WHERE site_id = $1 AND id = $2', [site.siteId, userId]);
  return found?.version ?? '';
}

async function lastLine(): Promise<Loose | undefined> {
  const [line] = await store.database.query<Loose & { [column: string]: unknown }>(
    'SELECT event, actor_user_id AS actor, actor_via AS via, object_id AS object, summary, field_changes AS changes FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
  return line;
}

const logSizes = () => store.database.query('SELECT sequence, audit_sequence AS audit FROM site WHERE id = $1', [site.siteId]);
const sent = (from: number, method: string) => site.double.calls.slice(from).filter((call) => call.method === method);

describe('userInvite', () => {
  it('creates the user on the site as the person, with a role, and shows it at once', async () => {
    const payload = await change('userInvite', as(1), { siteId: siteId(), email: 'new.person@people.example', role: 'editor', displayName: 'New Person' });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['user']).toMatchObject({ username: 'new.person', displayName: 'New Person', email: 'new.person@people.example', roles: [{ slug: 'editor' }] });
    expect(row(Number(payload['user']?.['localId']))).toMatchObject({ user_login: 'new.person', roles: ['editor'] });
    expect(await lastLine()).toMatchObject({ event: 'user.invited', actor: 1, via: 'graph', object: String(payload['user']?.['localId']) });
    const before = await logSizes();
    await site.sync();
    expect(await logSizes()).toEqual(before);
    const [receipt] = await store.database.query<{ state: string }>('SELECT state FROM write_receipt WHERE site_id = $1 ORDER BY accepted_at DESC LIMIT 1', [site.siteId]);
    expect(receipt?.state).toBe('CONFIRMED');
  });

  it('makes a password that no row of the installation holds', async () => {
    await change('userInvite', as(1), { siteId: siteId(), email: 'secret@people.example', role: 'author' });
    const password = String(site.double.calls.findLast((call) => call.method === 'POST' && call.route === 'wp/v2/users')?.params['password']);
    expect(password.length).toBeGreaterThanOrEqual(32);
    const [found] = await store.database.query<{ count: number }>(
      `SELECT (SELECT count(*) FROM write_receipt w WHERE strpos(w::text, $1) > 0) + (SELECT count(*) FROM audit_event e WHERE strpos(e::text, $1) > 0) + (SELECT count(*) FROM site_user u WHERE strpos(u::text, $1) > 0) AS count`, [password]);
    expect(found?.count).toBe(0);
    const inputs = await store.database.query<{ input: Uint8Array | null }>('SELECT input FROM write_receipt WHERE site_id = $1 AND input IS NOT NULL', [site.siteId]);
    expect(inputs).toEqual([]);
  });

  it('takes a login name that is free', async () => {
    await freshUser('mary');
    const payload = await change('userInvite', as(1), { siteId: siteId(), email: 'Mary@other.example', role: 'subscriber' });
    expect(payload['user']).toMatchObject({ username: 'mary2' });
  });

  it('refuses whoever may not create users before any call, and what cannot be used', async () => {
    const calls = site.double.calls.length;
    for (const userId of [2, 3, 4]) {
      const payload = await change('userInvite', as(userId), { siteId: siteId(), email: 'x@people.example', role: 'author' });
      expect(payload['userErrors']).toEqual([{ code: 'FORBIDDEN', message: 'you need the capability create_users on this site', field: ['siteId'], retryable: false }]);
    }
    const payload = await change('userInvite', as(1), { siteId: siteId(), email: 'no address', role: 'captain', username: 'a/b' });
    expect(payload['userErrors']?.map((error) => [error['code'], error['field']?.[0]])).toEqual([['INVALID', 'email'], ['INVALID', 'role'], ['INVALID', 'username']]);
    expect(site.double.calls.length).toBe(calls);
  });

  it("tells the site's own reason when it refuses", async () => {
    await freshUser('taken');
    const payload = await change('userInvite', as(1), { siteId: siteId(), email: 'taken@people.example', role: 'author' });
    expect(payload['userErrors']).toMatchObject([{ code: 'SITE_REJECTED', message: expect.stringContaining('existing_user_email') as unknown }]);
    expect(payload['user']).toBeNull();
  });

  it('does not create a second one when the answer is lost, or the same write comes again', async () => {
    site.double.failNext((call) => call.method === 'POST' && call.route === 'wp/v2/users', { kind: 'lose-answer' });
    const before = site.double.calls.length;
    const input = { idempotencyKey: key(), siteId: siteId(), email: 'once@people.example', role: 'author' };
    const payload = await change('userInvite', as(1), input);
    expect(payload['userErrors']).toEqual([]);
    expect(payload['user']).toMatchObject({ username: 'once' });
    expect((await change('userInvite', as(1), input))['user']).toMatchObject({ username: 'once' });
    expect(sent(before, 'POST')).toHaveLength(1);
  });
});

describe('userUpdate', () => {
  it('changes profile and roles on the site as the person, keeps personal values out of the audit log, and is confirmed by its echo', async () => {
    const { id, version } = await freshUser('nadia');
    const payload = await change('userUpdate', as(1), { id: gid(id), expectedVersion: version, displayName: 'Nadia & Co', email: 'n@new.example', url: 'https://nadia.example/', roles: ['editor'] });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['user']).toMatchObject({ displayName: 'Nadia & Co', email: 'n@new.example', url: 'https://nadia.example/', roles: [{ slug: 'editor' }] });
    expect(payload['user']?.['version']).not.toBe(version);
    expect(row(id)).toMatchObject({ display_name: 'Nadia & Co', user_email: 'n@new.example', roles: ['editor'] });
    const line = await lastLine();
    expect(line).toMatchObject({ event: 'user.updated', actor: 1, via: 'graph', object: String(id) });
    expect(line?.['changes']).toContainEqual({ field: 'email', before: null, after: null, redacted: true });
    expect(line?.['changes']).toContainEqual({ field: 'displayName', before: 'nadia', after: 'Nadia & Co', redacted: false });
    const before = await logSizes();
    await site.sync();
    expect(await logSizes()).toEqual(before);
    expect(await versionOf(id)).toBe(payload['user']?.['version']);
  });

  it('lets people change their own profile, and nobody else without the capability', async () => {
    expect((await change('userUpdate', as(3), { id: gid(3), displayName: 'Ana Maria', locale: 'pt_PT' }))['userErrors']).toEqual([]);
    expect(row(3)).toMatchObject({ display_name: 'Ana Maria', locale: 'pt_PT' });
    const calls = site.double.calls.length;
    expect((await change('userUpdate', as(3), { id: gid(3), roles: ['administrator'] }))['userErrors']).toMatchObject([{ code: 'FORBIDDEN', message: 'you need the capability promote_user on this site', field: ['roles'] }]);
    expect((await change('userUpdate', as(4), { id: gid(1), displayName: 'Mine' }))['userErrors']).toHaveLength(1);
    expect((await change('userUpdate', as(2), { id: gid(1), displayName: 'Mine' }))['userErrors']).toHaveLength(1);
    expect(site.double.calls.length).toBe(calls);
  });

  it('finds what changed on the site a second ago, shows it, and writes nothing', async () => {
    const { id, version } = await freshUser('rosa');
    site.double.edit.saveUser({ ...row(id), ID: id, user_login: 'rosa', roles: ['author'], user_email: 'theirs@people.example' });
    const payload = await change('userUpdate', as(1), { id: gid(id), expectedVersion: version, displayName: 'Yours' });
    expect(payload['userErrors']).toMatchObject([{ code: 'VERSION_CONFLICT', message: expect.stringContaining('email') as unknown, field: ['expectedVersion'] }]);
    expect(payload['user']).toMatchObject({ email: 'theirs@people.example', displayName: 'rosa' });
    const again = await change('userUpdate', as(1), { id: gid(id), expectedVersion: payload['user']?.['version'], displayName: 'Yours' });
    expect(again['userErrors']).toEqual([]);
    expect((await change('userUpdate', as(1), { id: gid(id), expectedVersion: 'long gone', displayName: 'Other' }))['userErrors']).toMatchObject([{ code: 'VERSION_CONFLICT' }]);
  });

  it('settles a lost answer by reading back, waits for a site that is down under the same key, and gives the stored result again', async () => {
    const { id } = await freshUser('lena');
    const before = site.double.calls.length;
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/users/${id}`, { kind: 'lose-answer' });
    const input = { idempotencyKey: key(), id: gid(id), displayName: 'Lena L.' };
    expect((await change('userUpdate', as(1), input))['user']).toMatchObject({ displayName: 'Lena L.' });
    expect((await change('userUpdate', as(1), input))['user']).toMatchObject({ displayName: 'Lena L.' });
    expect(sent(before, 'POST')).toHaveLength(1);
    expect((await change('userUpdate', as(1), { ...input, displayName: 'Else' }))['userErrors']).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
    await site.double.refuse();
    const later = { idempotencyKey: key(), id: gid(id), displayName: 'Lena M.' };
    expect((await change('userUpdate', as(1), later))['userErrors']).toMatchObject([{ code: 'SITE_UNREACHABLE', retryable: true }]);
    await site.double.accept();
    expect((await change('userUpdate', as(1), later))['userErrors']).toEqual([]);
    expect(row(id)?.display_name).toBe('Lena M.');
  });

  it('costs at most ten statements and two calls', async () => {
    const { id, version } = await freshUser('cost');
    const counted = countStatements(store);
    const client = createSiteClient({ store: counted.store, log: site.desk.log, allowPrivateOrigins: true });
    const measured = createUsersSubgraph(counted.store, { ...site.desk, client, store: counted.store });
    await ask(measured, as(1), `{ _entities(representations: [{ __typename: "User", id: "${gid(id)}" }]) { ... on User { version } } }`);
    await client.rest(site.siteId, { as: { kind: 'user', userId: 1 }, method: 'GET', route: 'wp/v2/users/me' });
    counted.reset();
    const before = site.double.calls.length;
    const { data } = await ask<Loose>(measured, as(1), DOCUMENTS.userUpdate, { input: { id: gid(id), idempotencyKey: key(), expectedVersion: version, displayName: 'Measured' } });
    await client.close();
    expect(data['userUpdate']?.['userErrors']).toEqual([]);
    expect(counted.statements.length).toBeLessThanOrEqual(10);
    expect(site.double.calls.length - before).toBe(2);
  });
});

describe('userRemove', () => {
  it('removes the user from the site and gives what the user wrote to another', async () => {
    const { id } = await freshUser('leaver');
    const post = site.double.edit.savePost({ post_title: 'Left behind', post_author: id, post_status: 'publish' });
    await site.sync();
    const payload = await change('userRemove', as(1), { id: gid(id), reassignTo: gid(2) });
    expect(payload).toMatchObject({ user: null, write: { state: 'APPLIED' }, userErrors: [] });
    expect(row(id)).toBeUndefined();
    expect(site.double.tables.posts.get(post.ID)?.post_author).toBe(2);
    const [held] = await store.database.query<{ author: number; alive: boolean }>(
      'SELECT p.author_id AS author, u.alive FROM post p, site_user u WHERE p.site_id = $1 AND p.id = $2 AND u.site_id = $1 AND u.id = $3', [site.siteId, post.ID, id]);
    expect(held).toEqual({ author: 2, alive: false });
    expect(await lastLine()).toMatchObject({ event: 'user.removed', actor: 1, object: String(id) });
    const before = await logSizes();
    await site.sync();
    expect(await logSizes()).toEqual(before);
  });

  it('asks what becomes of the content, and never removes oneself, the owner of the connection, or for whoever may not', async () => {
    const { id } = await freshUser('stays', 'administrator');
    const calls = site.double.calls.length;
    const codes = async (viewer: Parameters<typeof ask>[1], input: Record<string, unknown>) => (await change('userRemove', viewer, input))['userErrors']?.map((error) => [error['code'], error['field']?.[0]]);
    expect(await codes(as(1), { id: gid(id) })).toEqual([['INVALID', 'reassignTo']]);
    expect(await codes(as(1), { id: gid(id), reassignTo: gid(2), deleteContent: true })).toEqual([['INVALID', 'reassignTo']]);
    expect(await codes(as(1), { id: gid(id), reassignTo: gid(id) })).toEqual([['INVALID', 'reassignTo']]);
    expect(await codes(as(1), { id: gid(1), deleteContent: true })).toEqual([['INVALID', 'id']]);
    expect(await codes(OPERATOR, { id: gid(1), deleteContent: true })).toEqual([['INVALID', 'id']]);
    expect(await codes(as(4), { id: gid(2), deleteContent: true })).toEqual([['FORBIDDEN', 'id']]);
    expect(await codes(as(2), { id: gid(id), deleteContent: true })).toEqual([['NOT_FOUND', 'id']]);
    expect(site.double.calls.length).toBe(calls);
  });

  it('settles a lost answer by reading back, without removing again', async () => {
    const { id } = await freshUser('lost');
    const before = site.double.calls.length;
    site.double.failNext((call) => call.method === 'DELETE', { kind: 'lose-answer' });
    const payload = await change('userRemove', as(1), { id: gid(id), deleteContent: true });
    expect(payload).toMatchObject({ write: { state: 'APPLIED' }, userErrors: [] });
    expect(sent(before, 'DELETE')).toHaveLength(1);
  });
});
