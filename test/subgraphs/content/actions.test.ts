import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import type { Loose } from './kit.js';
import { createEditors, type Editors } from './editors.js';

const FIELDS = `results { id content { id title status } conflict { changedFields current { title } } write { state } userErrors { code message field retryable } } userErrors { code field }`;
const mutation = (name: string): string => `mutation($input: ContentActionInput!) { ${name}(input: $input) { ${FIELDS} } }`;

let store: Store;
let site: ConnectedSite;
let editors: Editors;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

const act = async (name: string, userId: number, input: Record<string, unknown>): Promise<{ results: Loose[]; userErrors: Loose[] }> =>
  (await editors.write(userId, name, mutation(name), input)) as unknown as { results: Loose[]; userErrors: Loose[] };
const statusOf = (localId: number) => site.double.tables.posts.get(localId)?.post_status;

describe('contentTrash', () => {
  it('moves content to the trash of the site, and graph, site and audit log agree at once and after the sync', async () => {
    const { id, localId } = await editors.freshPost({ title: 'Old news' });
    const { results } = await act('contentTrash', 2, { ids: [id] });
    expect(results).toMatchObject([{ id, content: { title: 'Old news', status: 'TRASH' }, conflict: null, write: { state: 'APPLIED' }, userErrors: [] }]);
    expect(statusOf(localId)).toBe('trash');
    const lines = await editors.auditSince();
    expect(lines).toMatchObject([{ event: 'content.trashed', via: 'graph', userId: 2, summary: 'Moved post "Old news" to the trash' }]);
    await site.sync();
    expect(await editors.auditSince()).toHaveLength(0);
    expect(await editors.lastReceiptState()).toBe('CONFIRMED');
    const [row] = await store.database.query<{ trashedFrom: string }>('SELECT trashed_from AS "trashedFrom" FROM post WHERE site_id = $1 AND id = $2', [site.siteId, localId]);
    expect(row?.trashedFrom).toBe('publish');
  });

  it('tells for each id what became of it', async () => {
    const [mine, theirs] = [await editors.freshPost({ author: 3 }), await editors.freshPost({ author: 1 })];
    const calls = site.double.calls.length;
    const { results } = await act('contentTrash', 3, { ids: [mine.id, theirs.id, 'nonsense'] });
    expect(results.map(({ userErrors }) => (userErrors as unknown as Loose[]).map(({ code }) => code))).toEqual([[], ['FORBIDDEN'], ['NOT_FOUND']]);
    expect(results[1]?.['userErrors']).toMatchObject([{ message: 'you need the capability delete_post on this site', field: ['ids', '1'] }]);
    expect([statusOf(mine.localId), statusOf(theirs.localId)]).toEqual(['trash', 'publish']);
    expect(site.double.calls.length - calls).toBe(1);
  });

  it('refuses lists that are empty, too long, or hold an id twice, before any call', async () => {
    const { id } = await editors.freshPost();
    const calls = site.double.calls.length;
    for (const ids of [[], Array.from({ length: 101 }, (_value, index) => `id-${index}`), [id, id]]) {
      expect(await act('contentTrash', 1, { ids })).toMatchObject({ results: [], userErrors: [{ code: 'INVALID', field: ['ids'] }] });
    }
    expect(await act('contentTrash', 1, { ids: [id], expectedVersions: [] })).toMatchObject({ results: [], userErrors: [{ code: 'INVALID', field: ['expectedVersions'] }] });
    expect(site.double.calls.length).toBe(calls);
  });

  it('leaves alone what changed on the site since the person looked, though it was not synced', async () => {
    const { id, localId, version } = await editors.freshPost({ title: 'Seen' });
    site.double.edit.savePost({ ID: localId, post_title: 'Not seen' });
    const { results } = await act('contentTrash', 1, { ids: [id], expectedVersions: [version] });
    expect(results).toMatchObject([{ content: null, conflict: { changedFields: ['title'], current: { title: 'Not seen' } }, userErrors: [{ code: 'VERSION_CONFLICT', field: ['expectedVersions', '0'] }] }]);
    expect(statusOf(localId)).toBe('publish');
    await site.sync();
    const again = await act('contentTrash', 1, { ids: [id], expectedVersions: [version] });
    expect(again.results).toMatchObject([{ conflict: { changedFields: [] }, write: null, userErrors: [{ code: 'VERSION_CONFLICT' }] }]);
  });

  it('takes what is in the trash already for done, and tells no second audit line', async () => {
    const { id, localId } = await editors.freshPost();
    site.double.edit.savePost({ ID: localId, post_status: 'trash' });
    await editors.auditSince();
    const { results } = await act('contentTrash', 1, { ids: [id] });
    expect(results).toMatchObject([{ content: { status: 'TRASH' }, userErrors: [] }]);
    expect(await editors.auditSince()).toHaveLength(0);
    await site.sync();
  });

  it('settles a lost answer by reading back, and does it once', async () => {
    const { id, localId } = await editors.freshPost();
    const before = site.double.calls.length;
    site.double.failNext((call) => call.method === 'DELETE' && call.route === `wp/v2/posts/${localId}`, { kind: 'lose-answer' });
    const { results } = await act('contentTrash', 1, { ids: [id] });
    expect(results).toMatchObject([{ content: { status: 'TRASH' }, write: { state: 'APPLIED' }, userErrors: [] }]);
    expect(site.double.calls.slice(before).filter((call) => call.method === 'DELETE')).toHaveLength(1);
  });

  it('never says that it was done when the request was lost', async () => {
    const { id, localId } = await editors.freshPost();
    site.double.failNext((call) => call.method === 'DELETE' && call.route === `wp/v2/posts/${localId}`, { kind: 'reset' });
    const { results } = await act('contentTrash', 1, { ids: [id] });
    expect(results).toMatchObject([{ content: null, write: { state: 'DISPATCHED' }, userErrors: [{ code: 'OUTCOME_UNKNOWN', retryable: true }] }]);
    expect(statusOf(localId)).toBe('publish');
  });

  it('refuses while the site is down, and the same key does it when the site is back', async () => {
    const [one, two] = [await editors.freshPost(), await editors.freshPost()];
    const input = { ids: [one.id, two.id], idempotencyKey: editors.key() };
    await site.double.refuse();
    const down = await act('contentTrash', 1, input);
    expect(down.results).toMatchObject([{ userErrors: [{ code: 'SITE_UNREACHABLE', retryable: true }] }, { userErrors: [{ code: 'SITE_UNREACHABLE' }] }]);
    await site.double.accept();
    const up = await act('contentTrash', 1, input);
    expect(up.results).toMatchObject([{ content: { status: 'TRASH' } }, { content: { status: 'TRASH' } }]);
    const calls = site.double.calls.length;
    expect((await act('contentTrash', 1, input)).results).toMatchObject([{ content: { status: 'TRASH' } }, { content: { status: 'TRASH' } }]);
    expect(site.double.calls.length).toBe(calls);
    expect((await act('contentTrash', 1, { ...input, ids: [two.id, one.id] })).results).toMatchObject([{ userErrors: [{ code: 'IDEMPOTENCY_MISMATCH' }] }, { userErrors: [{ code: 'IDEMPOTENCY_MISMATCH' }] }]);
  });
});

describe('contentRestore', () => {
  it('takes content out of the trash as a draft', async () => {
    const { id, localId } = await editors.freshPost({ title: 'Back again' });
    await act('contentTrash', 1, { ids: [id] });
    await editors.auditSince();
    const { results } = await act('contentRestore', 1, { ids: [id] });
    expect(results).toMatchObject([{ content: { title: 'Back again', status: 'DRAFT' }, write: { state: 'APPLIED' }, userErrors: [] }]);
    expect(statusOf(localId)).toBe('draft');
    expect(await editors.auditSince()).toMatchObject([{ event: 'content.restored', via: 'graph' }]);
  });

  it('never makes a draft of what somebody has restored and published on the site meanwhile', async () => {
    const { id, localId } = await editors.freshPost();
    await act('contentTrash', 1, { ids: [id] });
    await site.sync();
    site.double.edit.savePost({ ID: localId, post_status: 'publish' });
    const { results } = await act('contentRestore', 1, { ids: [id] });
    expect(results).toMatchObject([{ userErrors: [{ code: 'INVALID' }] }]);
    expect(statusOf(localId)).toBe('publish');
    await site.sync();
  });

  it('settles a lost answer by reading back', async () => {
    const { id, localId } = await editors.freshPost();
    await act('contentTrash', 1, { ids: [id] });
    const before = site.double.calls.length;
    site.double.failNext((call) => call.method === 'POST' && call.route === `wp/v2/posts/${localId}`, { kind: 'lose-answer' });
    expect((await act('contentRestore', 1, { ids: [id] })).results).toMatchObject([{ content: { status: 'DRAFT' }, userErrors: [] }]);
    expect(site.double.calls.slice(before).filter((call) => call.method === 'POST')).toHaveLength(1);
  });
});

describe('contentDelete', () => {
  it('deletes for good; a repetition with the same key gets the same answer and makes no call', async () => {
    const { id, localId, version } = await editors.freshPost({ title: 'Gone' });
    await editors.auditSince();
    const input = { ids: [id], expectedVersions: [version], idempotencyKey: editors.key() };
    const { results } = await act('contentDelete', 2, input);
    expect(results).toMatchObject([{ id, content: null, write: { state: 'APPLIED' }, userErrors: [] }]);
    expect(site.double.tables.posts.get(localId)).toBeUndefined();
    expect(await editors.auditSince()).toMatchObject([{ event: 'content.deleted', via: 'graph', userId: 2 }]);
    const [change] = await store.database.query<{ kind: string; typename: string; localId: string }>(
      'SELECT kind, typename, local_id AS "localId" FROM change WHERE site_id = $1 ORDER BY sequence DESC LIMIT 1', [site.siteId]);
    expect(change).toEqual({ kind: 'DELETED', typename: 'Post', localId: String(localId) });
    const calls = site.double.calls.length;
    expect((await act('contentDelete', 2, input)).results).toMatchObject([{ id, write: { state: 'APPLIED' }, userErrors: [] }]);
    expect(site.double.calls.length).toBe(calls);
    await site.sync();
    expect(await editors.auditSince()).toHaveLength(0);
  });

  it('settles a lost answer by reading back that it is gone', async () => {
    const { id, localId } = await editors.freshPost();
    site.double.failNext((call) => call.method === 'DELETE' && call.route === `wp/v2/posts/${localId}`, { kind: 'lose-answer' });
    expect((await act('contentDelete', 1, { ids: [id] })).results).toMatchObject([{ write: { state: 'APPLIED' }, userErrors: [] }]);
  });

  it('is refused to an author for the content of others, and to whoever has no account that the site told', async () => {
    const { id } = await editors.freshPost({ author: 1 });
    const calls = site.double.calls.length;
    for (const [userId, code] of [[3, 'FORBIDDEN'], [4, 'NOT_FOUND']] as const) {
      expect((await act('contentDelete', userId, { ids: [id] })).results).toMatchObject([{ write: null, userErrors: [{ code }] }]);
    }
    expect(site.double.calls.length).toBe(calls);
  });
});
