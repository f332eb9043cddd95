import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import { createSiteClient } from '../../../origin/site-client.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { ask, person } from '../../testkit/ask.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { countStatements } from '../../testkit/statements.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from './kit.js';

const UPDATE = `mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) {
  content { id title status version ... on Post { rawContent sticky tags { name } featuredImage { localId } } }
  conflict { mergeable changedFields conflictingFields { field base yours theirs } current { title version } }
  write { id state sequence } userErrors { code message field retryable } } }`;
const CREATE = `mutation($input: ContentCreateInput!) { contentCreate(input: $input) {
  content { id localId title status ... on Post { rawContent } } write { state } userErrors { code message field retryable } } }`;

let store: Store;
let site: ConnectedSite;
let subgraph: ReturnType<typeof createContentSubgraph>;
let keys = 0;
/** How far the site's clock is ahead of ours. */
let aheadMs = 0;
const key = () => `key-${(keys += 1)}`;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store, { clock: () => Date.now() + aheadMs });
  subgraph = createContentSubgraph(store, site.desk);
});
afterAll(() => site.close());

const as = (userId: number) => person([{ siteId: site.siteId, userId }], '00000000-0000-4000-8000-00000000000' + String(userId));

async function save(userId: number, input: Record<string, unknown>): Promise<Loose> {
  const { data, errors } = await ask<Loose>(subgraph, as(userId), UPDATE, { input: { idempotencyKey: key(), ...input } });
  expect(errors).toEqual([]);
  return data['contentUpdate'] as Loose;
}

const post = (localId: number) => encodeGlobalId(site.siteId, 'Post', localId);

/** A post that the site has and that is synced. */
async function freshPost(more: Partial<{ title: string; content: string; author: number; status: string }> = {}): Promise<{ localId: number; id: string; version: string }> {
  const row = site.double.edit.savePost({ post_title: more.title ?? 'A chart', post_content: more.content ?? 'one\ntwo\nthree', post_author: more.author ?? 1, post_status: more.status ?? 'publish' });
  await site.sync();
  const { data } = await ask<Loose>(subgraph, as(1), `{ _entities(representations: [{ __typename: "Post", id: "${post(row.ID)}" }]) { ... on Post { version title } } }`);
  return { localId: row.ID, id: post(row.ID), version: String(data['_entities']?.[0]?.['version']) };
}

describe('contentUpdate', () => {
  it('saves on the site as the person, and shows at once what the site answered', async () => {
    const { id, localId, version } = await freshPost();
    const payload = await save(2, { id, expectedVersion: version, fields: { title: 'A better chart', rawContent: 'one\n2\nthree' } });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['content']).toMatchObject({ title: 'A better chart', rawContent: 'one\n2\nthree', status: 'PUBLISHED' });
    expect(payload['write']).toMatchObject({ state: 'APPLIED' });
    expect(site.double.tables.posts.get(localId)).toMatchObject({ post_title: 'A better chart', post_content: 'one\n2\nthree' });
  });

  it('is confirmed by the echo of the sync, which changes nothing and tells no second audit line', async () => {
    const { id, version } = await freshPost();
    const payload = await save(2, { id, expectedVersion: version, fields: { title: 'Once told' } });
    const before = await store.database.query<{ sequence: number; audit: number }>('SELECT sequence, audit_sequence AS audit FROM site WHERE id = $1', [site.siteId]);
    await site.sync();
    const after = await store.database.query<{ sequence: number; audit: number }>('SELECT sequence, audit_sequence AS audit FROM site WHERE id = $1', [site.siteId]);
    expect(after[0]?.audit).toBe(before[0]?.audit);
    const [row] = await store.database.query<{ state: string }>('SELECT state FROM write_receipt WHERE site_id = $1 ORDER BY accepted_at DESC LIMIT 1', [site.siteId]);
    expect(row?.state).toBe('CONFIRMED');
    expect(payload['content']?.['title']).toBe('Once told');
    const lines = await store.database.query<{ event: string; via: string; label: string }>(
      `SELECT event, actor_via AS via, actor_label AS label FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1`, [site.siteId]);
    expect(lines).toMatchObject([{ event: 'content.updated', via: 'graph' }]);
  });

  it('refuses what the person may not do before any call, naming the capability', async () => {
    const { id } = await freshPost({ author: 1 });
    const calls = site.double.calls.length;
    const payload = await save(3, { id, fields: { title: 'Not mine' } });
    expect(payload['userErrors']).toEqual([{ code: 'FORBIDDEN', message: 'you need the capability edit_post on this site', field: ['id'], retryable: false }]);
    expect(site.double.calls.length).toBe(calls);
  });

  it('finds what changed on the site a second ago and was not synced, with base, yours and theirs', async () => {
    const { id, localId, version } = await freshPost({ title: 'Base' });
    site.double.edit.savePost({ ID: localId, post_title: 'Theirs' });
    const payload = await save(1, { id, expectedVersion: version, fields: { title: 'Yours' } });
    expect(payload['userErrors']).toMatchObject([{ code: 'VERSION_CONFLICT', field: ['expectedVersion'] }]);
    expect(payload['conflict']).toMatchObject({ mergeable: false, changedFields: ['title'], conflictingFields: [{ field: 'title', base: 'Base', yours: 'Yours', theirs: 'Theirs' }] });
    expect(payload['conflict']?.['current']).toMatchObject({ title: 'Theirs' });
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('Theirs');
    await site.sync();
  });

  it('names who changed it once the site has told, and nobody before', async () => {
    const { id, localId, version } = await freshPost({ title: 'Base' });
    aheadMs += 5_000;
    site.double.edit.savePost({ ID: localId, post_title: 'Theirs' }, 2);
    const conflict = async (): Promise<unknown> => {
      const text = 'mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { conflict { changedBy { id } } } }';
      const { data } = await ask<Loose>(subgraph, as(1), text, { input: { idempotencyKey: key(), id, expectedVersion: version, fields: { title: 'Yours' } } });
      return data['contentUpdate']?.['conflict'];
    };
    expect(await conflict()).toEqual({ changedBy: null });
    const [change] = await store.database.query<{ actor: unknown }>('SELECT actor FROM change WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
    expect(change?.actor).toBeNull();
    await site.sync();
    expect(await conflict()).toEqual({ changedBy: { id: encodeGlobalId(site.siteId, 'User', 2) } });
  });

  it('merges lines of one text and different fields when asked to', async () => {
    const { id, localId, version } = await freshPost({ content: 'one\ntwo\nthree' });
    site.double.edit.savePost({ ID: localId, post_title: 'Their title', post_content: 'one\ntwo\nTHREE' });
    const payload = await save(1, { id, expectedVersion: version, onConflict: 'MERGE_DISJOINT', fields: { rawContent: 'ONE\ntwo\nthree' } });
    expect(payload['userErrors']).toEqual([]);
    expect(site.double.tables.posts.get(localId)).toMatchObject({ post_title: 'Their title', post_content: 'ONE\ntwo\nTHREE' });
    expect(payload['content']).toMatchObject({ title: 'Their title', rawContent: 'ONE\ntwo\nTHREE' });
  });

  it('overwrites when told to, and the audit log says so', async () => {
    const { id, localId, version } = await freshPost({ title: 'Base' });
    site.double.edit.savePost({ ID: localId, post_title: 'Theirs' });
    const payload = await save(1, { id, expectedVersion: version, onConflict: 'OVERWRITE', fields: { title: 'Yours' } });
    expect(payload['userErrors']).toEqual([]);
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('Yours');
    const [line] = await store.database.query<{ event: string }>('SELECT event FROM audit_event WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
    expect(line?.event).toBe('content.overwritten');
  });

  it('gives the stored result to the same key and input, and refuses the key for another', async () => {
    const { id, localId, version } = await freshPost();
    const idempotencyKey = key();
    const input = { id, idempotencyKey, expectedVersion: version, fields: { title: 'Just once' } };
    await save(1, input);
    const calls = site.double.calls.length;
    const again = await save(1, input);
    expect(again['content']).toMatchObject({ title: 'Just once' });
    expect(site.double.calls.length).toBe(calls);
    const other = await save(1, { ...input, fields: { title: 'Another' } });
    expect(other['userErrors']).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('Just once');
  });

  it('runs once when the same write comes twice at once', async () => {
    const { id, version } = await freshPost();
    const input = { id, idempotencyKey: key(), expectedVersion: version, fields: { title: 'Twins' } };
    const before = site.double.calls.length;
    const [one, two] = await Promise.all([save(1, input), save(1, input)]);
    expect(one['content']).toMatchObject({ title: 'Twins' });
    expect(two['content']).toMatchObject({ title: 'Twins' });
    expect(site.double.calls.slice(before).filter((call) => call.method === 'POST')).toHaveLength(1);
  });

  it('settles an unknown outcome by reading back, without writing again', async () => {
    const { id, localId, version } = await freshPost();
    const before = site.double.calls.length;
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${localId}`, { kind: 'lose-answer' });
    const payload = await save(1, { id, expectedVersion: version, fields: { title: 'Was it done?' } });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['write']).toMatchObject({ state: 'APPLIED' });
    expect(payload['content']).toMatchObject({ title: 'Was it done?' });
    expect(site.double.calls.slice(before).filter((call) => call.method === 'POST')).toHaveLength(1);
  });

  it('leaves the outcome open when nothing proves it, and never says that it was done', async () => {
    const { id, localId, version } = await freshPost({ title: 'Before' });
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${localId}`, { kind: 'reset' });
    const payload = await save(1, { id, expectedVersion: version, fields: { title: 'Lost on the way' } });
    expect(payload['userErrors']).toMatchObject([{ code: 'OUTCOME_UNKNOWN', retryable: true }]);
    expect(payload['write']).toMatchObject({ state: 'DISPATCHED' });
    expect(payload['content']).toBeNull();
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('Before');
  });

  it('refuses while the site is down and takes the same key again when it is back; reads go on', async () => {
    const { id, localId, version } = await freshPost();
    const input = { id, idempotencyKey: key(), expectedVersion: version, fields: { title: 'When you are back' } };
    await site.double.refuse();
    const payload = await save(1, input);
    expect(payload['userErrors']).toMatchObject([{ code: 'SITE_UNREACHABLE', retryable: true }]);
    const { data } = await ask<Loose>(subgraph, as(1), `{ _entities(representations: [{ __typename: "Post", id: "${id}" }]) { ... on Post { title } } }`);
    expect(data['_entities']?.[0]).toMatchObject({ title: 'A chart' });
    await site.double.accept();
    const again = await save(1, input);
    expect(again['userErrors']).toEqual([]);
    expect(site.double.tables.posts.get(localId)?.post_title).toBe('When you are back');
  });

  it('keeps the write for later when asked to', async () => {
    const { id, version } = await freshPost();
    await site.double.refuse();
    const payload = await save(1, { id, expectedVersion: version, whenUnreachable: 'QUEUE', fields: { title: 'Later' } });
    expect(payload['userErrors']).toEqual([]);
    expect(payload['write']).toMatchObject({ state: 'QUEUED' });
    await site.double.accept();
  });

  it('costs at most ten statements and two calls', async () => {
    const { id, version } = await freshPost();
    const counted = countStatements(store);
    const client = createSiteClient({ store: counted.store, log: site.desk.log, allowPrivateOrigins: true });
    const measured = createContentSubgraph(counted.store, { ...site.desk, client, store: counted.store });
    await ask(measured, as(1), `{ _entities(representations: [{ __typename: "Post", id: "${id}" }]) { ... on Post { version } } }`);
    // What is open against the site is read once a process.
    await client.rest(site.siteId, { as: { kind: 'user', userId: 1 }, method: 'GET', route: 'wp/v2/users/me' });
    counted.reset();
    const before = site.double.calls.length;
    await ask(measured, as(1), UPDATE.replace('... on Post { rawContent sticky tags { name } featuredImage { localId } }', ''), { input: { id, idempotencyKey: key(), expectedVersion: version, fields: { title: 'Measured' } } });
    await client.close();
    expect(counted.statements.map(({ text }) => text.trim().split('\n')[0]).length).toBeLessThanOrEqual(10);
    expect(site.double.calls.length - before).toBe(2);
  });
});

describe('contentCreate', () => {
  it('creates a draft as the person', async () => {
    const { data } = await ask<Loose>(subgraph, as(3), CREATE, { input: { siteId: encodeGlobalId(site.siteId, 'Site', site.siteId), idempotencyKey: key(), fields: { title: 'New', rawContent: 'text' } } });
    expect(data['contentCreate']).toMatchObject({ content: { title: 'New', status: 'DRAFT', rawContent: 'text' }, write: { state: 'APPLIED' }, userErrors: [] });
    const row = site.double.tables.posts.get(Number(data['contentCreate']?.['content']?.['localId']));
    expect(row).toMatchObject({ post_title: 'New', post_author: 3, post_status: 'draft' });
  });

  it('does not create a second one when the answer is lost', async () => {
    site.double.failNext((call) => call.method === 'POST' && call.route === 'wp/v2/posts', { kind: 'lose-answer' });
    const { data } = await ask<Loose>(subgraph, as(3), CREATE, { input: { siteId: encodeGlobalId(site.siteId, 'Site', site.siteId), idempotencyKey: key(), fields: { title: 'Only one of these' } } });
    expect(data['contentCreate']?.['userErrors']).toEqual([]);
    expect(site.double.tables.posts.all().filter((row) => row.post_title === 'Only one of these' && row.post_type === 'post')).toHaveLength(1);
  });

  it('is refused to a subscriber', async () => {
    const { data } = await ask<Loose>(subgraph, as(4), CREATE, { input: { siteId: encodeGlobalId(site.siteId, 'Site', site.siteId), idempotencyKey: key(), fields: { title: 'No' } } });
    expect(data['contentCreate']?.['userErrors']).toMatchObject([{ code: 'FORBIDDEN', message: 'you need the capability edit_posts on this site' }]);
  });
});
