import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWrite, type WriteDesk, type WriteOutcome } from '../../../origin/writes/run.js';
import { contentSave, type ContentSaveInput } from '../../../origin/writes/content/save.js';
import { settleOpenWrites } from '../../../origin/writes/settle.js';
import { beginWrite, hashInput } from '../../../store/writes.js';
import type { Store } from '../../../store/store.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';

const ACCOUNT = '00000000-0000-4000-8000-000000000009';
const ACTOR = { kind: 'USER', userId: 1, label: 'Maria', via: 'graph' } as const;
const AS = { kind: 'user', userId: 1 } as const;

let store: Store;
let site: ConnectedSite;
let keys = 0;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
});
afterAll(() => site.close());

/** The same desk at a later time. */
const later = (seconds: number): WriteDesk => ({ ...site.desk, clock: () => Date.now() + seconds * 1000 });

async function newPost(title: string): Promise<number> {
  const { ID } = site.double.edit.savePost({ post_title: title, post_content: 'text', post_status: 'publish' });
  await site.sync();
  return ID;
}

function inputOf(postId: number | null, fields: ContentSaveInput['fields'], base: ContentSaveInput['base'] = null): ContentSaveInput {
  return { postId, route: 'wp/v2/posts', typename: 'Post', noun: 'post', homeUrl: site.double.url, taxonomies: {}, fields, base, policy: 'FAIL' };
}

function write(input: ContentSaveInput, mayQueue = false): Promise<WriteOutcome> {
  const idempotencyKey = `settle-${(keys += 1)}`;
  return runWrite(site.desk, {
    operation: contentSave, siteId: site.siteId, accountId: ACCOUNT, as: AS, actor: ACTOR, idempotencyKey, asked: { idempotencyKey, fields: input.fields }, input,
    targets: input.postId === null ? [] : [`post:${input.postId}`], mayQueue, deadlineMs: Date.now() + 20_000,
  });
}

async function receiptOf(id: string | undefined): Promise<{ state: string; code: string | null; hasInput: boolean }> {
  const [row] = await store.database.query<{ state: string; code: string | null; hasInput: boolean }>(
    'SELECT state, error_code AS code, input IS NOT NULL AS "hasInput" FROM write_receipt WHERE site_id = $1 AND id = $2::uuid', [site.siteId, id ?? '']);
  if (!row) throw new Error('there is no such receipt');
  return row;
}

const postsTo = (localId: number) => site.double.calls.filter((call) => call.method === 'POST' && call.route === `wp/v2/posts/${localId}`);
const titleOf = (localId: number) => site.double.tables.posts.get(localId)?.post_title;

describe('writes that wait for their site', () => {
  it('are delivered in order when it is back', async () => {
    const id = await newPost('Zero');
    await site.double.refuse();
    const first = await write(inputOf(id, { title: 'One' }), true);
    const second = await write(inputOf(id, { title: 'Two' }), true);
    expect([first.record?.state, second.record?.state]).toEqual(['QUEUED', 'QUEUED']);
    expect(await settleOpenWrites(later(60), site.siteId)).toEqual({ settled: 0, delivered: 0, isAway: true });
    expect((await receiptOf(first.record?.id)).state).toBe('QUEUED');
    await site.double.accept();
    expect(await settleOpenWrites(later(90), site.siteId)).toEqual({ settled: 0, delivered: 2, isAway: false });
    expect(titleOf(id)).toBe('Two');
    expect(postsTo(id)).toHaveLength(2);
    expect(await receiptOf(first.record?.id)).toEqual({ state: 'APPLIED', code: null, hasInput: false });
  });

  it('are checked for conflicts anew', async () => {
    const id = await newPost('Base');
    await site.double.refuse();
    const { record } = await write(inputOf(id, { title: 'Yours' }, { title: 'Base' }), true);
    await site.double.accept();
    site.double.edit.savePost({ ID: id, post_title: 'Theirs' });
    await settleOpenWrites(later(60), site.siteId);
    expect(await receiptOf(record?.id)).toMatchObject({ state: 'REJECTED', code: 'VERSION_CONFLICT' });
    expect(titleOf(id)).toBe('Theirs');
  });

  it('are delivered once when two processes try at once', async () => {
    const id = await newPost('Zero');
    await site.double.refuse();
    await write(inputOf(id, { title: 'Once' }), true);
    await site.double.accept();
    await Promise.all([settleOpenWrites(later(60), site.siteId), settleOpenWrites(later(60), site.siteId)]);
    expect(postsTo(id)).toHaveLength(1);
    expect(titleOf(id)).toBe('Once');
  });
});

describe('writes whose outcome is not known', () => {
  it('are settled as done when the site has them, and not sent again', async () => {
    const id = await newPost('Before');
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${id}`, { kind: 'lose-answer' });
    let reads = 0;
    site.double.failNext((call) => call.method === 'GET' && call.route === `wp/v2/posts/${id}` && (reads += 1) > 1, { kind: 'status', status: 503 }, 6);
    const { record, error } = await write(inputOf(id, { title: 'After' }));
    expect(error?.code).toBe('OUTCOME_UNKNOWN');
    site.double.state.faults.clear();
    expect(await settleOpenWrites(later(50), site.siteId)).toMatchObject({ settled: 1 });
    expect(await receiptOf(record?.id)).toEqual({ state: 'APPLIED', code: null, hasInput: false });
    expect(postsTo(id)).toHaveLength(1);
  });

  it('are settled as not done only when the site can no longer be at work on them', async () => {
    const id = await newPost('Before');
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${id}`, { kind: 'reset' });
    const { record } = await write(inputOf(id, { title: 'Never arrived' }));
    await settleOpenWrites(later(50), site.siteId);
    expect(await receiptOf(record?.id)).toMatchObject({ state: 'DISPATCHED', code: 'OUTCOME_UNKNOWN', hasInput: true });
    await settleOpenWrites(later(400), site.siteId);
    expect(await receiptOf(record?.id)).toMatchObject({ state: 'REJECTED', code: 'SITE_REJECTED', hasInput: false });
    expect(titleOf(id)).toBe('Before');
  });

  it('are read back after the process that recorded them was killed before it called', async () => {
    const id = await newPost('Before');
    const input = inputOf(id, { title: 'Killed in between' });
    const { record } = await beginWrite(store.database, {
      siteId: site.siteId, accountId: ACCOUNT, idempotencyKey: 'killed', operation: 'contentSave', inputHash: hashInput('contentSave', input), userId: 1, targets: [`post:${id}`],
      state: 'DISPATCHED', input: store.secrets.encrypt(JSON.stringify({ input, as: AS, actor: ACTOR }), `write:${site.siteId}`),
    }, new Date());
    await settleOpenWrites(later(400), site.siteId);
    expect(await receiptOf(record.id)).toMatchObject({ state: 'REJECTED', code: 'SITE_REJECTED' });
    expect(postsTo(id)).toHaveLength(0);
  });

  it('of a creation are settled without a second one', async () => {
    site.double.failNext((call) => call.method === 'POST' && call.route === 'wp/v2/posts', { kind: 'lose-answer' });
    site.double.failNext((call) => call.method === 'GET' && call.route === 'wp/v2/posts', { kind: 'garbage' }, 8);
    const { record, error } = await write(inputOf(null, { title: 'Only one of me', status: 'draft' }));
    expect(error?.code).toBe('OUTCOME_UNKNOWN');
    site.double.state.faults.clear();
    await settleOpenWrites(later(50), site.siteId);
    expect(await receiptOf(record?.id)).toMatchObject({ state: 'APPLIED' });
    expect(site.double.tables.posts.all().filter((row) => row.post_title === 'Only one of me')).toHaveLength(1);
  });

  it('of a person whom the site no longer tells them hold back no others', async () => {
    const [lost, other] = [await newPost('Before'), await newPost('Before')];
    for (const id of [lost, other]) site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${id}`, { kind: 'reset' });
    const [first, second] = [await write(inputOf(lost, { title: 'Of somebody' })), await write(inputOf(other, { title: 'Of another' }))];
    site.double.failNext((call) => call.method === 'GET' && call.route === `wp/v2/posts/${lost}`, { kind: 'status', status: 401, body: '{"code":"rest_not_logged_in","message":"No."}' }, 50);
    expect(await settleOpenWrites(later(400), site.siteId)).toEqual({ settled: 1, delivered: 0, isAway: false });
    expect([await receiptOf(first.record?.id), await receiptOf(second.record?.id)]).toMatchObject([{ state: 'DISPATCHED' }, { state: 'REJECTED' }]);
    site.double.state.faults.clear();
    expect(await settleOpenWrites(later(800), site.siteId)).toMatchObject({ settled: 1 });
    expect(await receiptOf(first.record?.id)).toMatchObject({ state: 'REJECTED', code: 'SITE_REJECTED' });
  });

  it('hold back what waits for the site for a day at most, and stay unknown', async () => {
    const [id, other] = [await newPost('Never known'), await newPost('Waiting')];
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${id}`, { kind: 'reset' });
    const { record } = await write(inputOf(id, { title: 'Lost' }));
    await site.double.refuse();
    const waiting = await write(inputOf(other, { title: 'Delivered' }), true);
    await site.double.accept();
    site.double.failNext((call) => call.method === 'GET' && call.route === `wp/v2/posts/${id}`, { kind: 'status', status: 403 }, 50);
    expect(await settleOpenWrites(later(600), site.siteId)).toMatchObject({ settled: 0, delivered: 0 });
    expect((await receiptOf(waiting.record?.id)).state).toBe('QUEUED');
    expect(await settleOpenWrites(later(25 * 3600), site.siteId)).toMatchObject({ settled: 0, delivered: 1 });
    site.double.state.faults.clear();
    expect(titleOf(other)).toBe('Delivered');
    expect(await receiptOf(record?.id)).toMatchObject({ state: 'DISPATCHED', code: 'OUTCOME_UNKNOWN' });
  });
});
