import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';
import type { Loose } from './kit.js';

const MODERATE = `mutation($input: CommentModerateInput!) { commentModerate(input: $input) {
  results { id comment { moderation content } write { state } userErrors { code message field retryable } } userErrors { code field } } }`;
const REPLY = `mutation($input: CommentReplyInput!) { commentReply(input: $input) {
  comment { id localId content moderation parent { id } commenter { name user { id } } } write { state } userErrors { code message field retryable } } }`;

let store: Store;
let site: ConnectedSite;
let editors: Editors;

beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

const moderate = async (userId: number, input: Record<string, unknown>) => (await editors.write(userId, 'commentModerate', MODERATE, input)) as unknown as { results: Loose[]; userErrors: Loose[] };
const reply = (userId: number, input: Record<string, unknown>) => editors.write(userId, 'commentReply', REPLY, input);
const rowOf = (id: number) => site.double.tables.comments.get(id);

/** A comment that the site has and that is synced. */
async function freshComment(author = 1, status = '0'): Promise<{ id: string; localId: number; post: string; postId: number }> {
  const post = await editors.freshPost({ author });
  const row = site.double.edit.addComment(post.localId, { comment_approved: status });
  await site.sync();
  await editors.auditSince();
  return { id: encodeGlobalId(site.siteId, 'Comment', row.comment_ID), localId: row.comment_ID, post: post.id, postId: post.localId };
}

describe('commentModerate', () => {
  it('takes a comment through every status, and graph, site and audit log agree at once and after the sync', async () => {
    const { id, localId } = await freshComment();
    for (const [status, stored, event] of [['APPROVED', '1', 'comment.approved'], ['SPAM', 'spam', 'comment.spammed'], ['PENDING', '0', 'comment.held'], ['TRASH', 'trash', 'comment.trashed']] as const) {
      const { results } = await moderate(2, { ids: [id], status });
      expect(results).toMatchObject([{ id, comment: { moderation: status }, write: { state: 'APPLIED' }, userErrors: [] }]);
      expect(rowOf(localId)?.comment_approved).toBe(stored);
      expect(await editors.auditSince()).toMatchObject([{ event, via: 'graph', userId: 2 }]);
      await site.sync();
      expect(await editors.auditSince()).toHaveLength(0);
      const [row] = await store.database.query<{ status: string }>('SELECT status FROM comment WHERE site_id = $1 AND id = $2', [site.siteId, localId]);
      expect(row?.status).toBe(stored);
    }
  });

  it('tells for each comment what became of it; authors moderate on their own content alone', async () => {
    const [mine, theirs] = [await freshComment(3), await freshComment(1, '1')];
    const calls = site.double.calls.length;
    const { results } = await moderate(3, { ids: [mine.id, theirs.id, 'nonsense'], status: 'SPAM' });
    expect(results.map(({ userErrors }) => (userErrors as unknown as Loose[]).map(({ code }) => code))).toEqual([[], ['FORBIDDEN'], ['NOT_FOUND']]);
    expect([rowOf(mine.localId)?.comment_approved, rowOf(theirs.localId)?.comment_approved]).toEqual(['spam', '1']);
    expect(site.double.calls.length - calls).toBe(1);
  });

  it('takes for done what somebody else did on the site meanwhile, and tells no audit line of its own', async () => {
    const { id, localId } = await freshComment();
    site.double.edit.setCommentStatus(localId, '1', 2);
    const { results } = await moderate(1, { ids: [id], status: 'APPROVED' });
    expect(results).toMatchObject([{ comment: { moderation: 'APPROVED' }, userErrors: [] }]);
    expect(await editors.auditSince()).toHaveLength(0);
    await site.sync();
  });

  it('settles a lost answer by reading back, and never says that a lost request was done', async () => {
    const { id, localId } = await freshComment();
    const before = site.double.calls.length;
    const isPost = (call: { method: string; route: string }) => call.method === 'POST' && call.route === `wp/v2/comments/${localId}`;
    site.double.failNext(isPost, { kind: 'lose-answer' });
    expect((await moderate(1, { ids: [id], status: 'APPROVED' })).results).toMatchObject([{ comment: { moderation: 'APPROVED' }, write: { state: 'APPLIED' }, userErrors: [] }]);
    expect(site.double.calls.slice(before).filter(isPost)).toHaveLength(1);
    site.double.failNext(isPost, { kind: 'reset' });
    expect((await moderate(1, { ids: [id], status: 'SPAM' })).results).toMatchObject([{ comment: null, write: { state: 'DISPATCHED' }, userErrors: [{ code: 'OUTCOME_UNKNOWN' }] }]);
    expect(rowOf(localId)?.comment_approved).toBe('1');
  });

  it('refuses while the site is down, and the same key does it when the site is back, once', async () => {
    const { id, localId } = await freshComment();
    const input = { ids: [id], status: 'APPROVED', idempotencyKey: editors.key() };
    await site.double.refuse();
    expect((await moderate(1, input)).results).toMatchObject([{ userErrors: [{ code: 'SITE_UNREACHABLE', retryable: true }] }]);
    await site.double.accept();
    expect((await moderate(1, input)).results).toMatchObject([{ comment: { moderation: 'APPROVED' }, userErrors: [] }]);
    const calls = site.double.calls.length;
    await moderate(1, input);
    expect(site.double.calls.length).toBe(calls);
    expect((await moderate(1, { ...input, status: 'SPAM' })).results).toMatchObject([{ userErrors: [{ code: 'IDEMPOTENCY_MISMATCH' }] }]);
    expect(rowOf(localId)?.comment_approved).toBe('1');
  });
});

describe('commentReply', () => {
  it('answers a comment as the person, shows it at once, and the echo changes nothing', async () => {
    const { id, localId, post } = await freshComment(1, '1');
    const payload = await reply(2, { on: post, parentId: id, content: 'You are <b>welcome</b>.' });
    expect(payload).toMatchObject({ comment: { content: 'You are <b>welcome</b>.', moderation: 'APPROVED', parent: { id }, commenter: { user: { id: encodeGlobalId(site.siteId, 'User', 2) } } }, write: { state: 'APPLIED' }, userErrors: [] });
    const made = rowOf(Number(payload['comment']?.['localId']));
    expect(made).toMatchObject({ comment_parent: localId, user_id: 2, comment_content: 'You are <b>welcome</b>.' });
    expect(await editors.auditSince()).toMatchObject([{ event: 'comment.replied', via: 'graph', userId: 2 }]);
    await site.sync();
    expect(await editors.auditSince()).toHaveLength(0);
    expect(await editors.lastReceiptState()).toBe('CONFIRMED');
  });

  it('does not say it twice when the answer is lost', async () => {
    const { post, postId } = await freshComment();
    for (const userId of [1, 3]) {
      site.double.failNext((call) => call.method === 'POST' && call.route === 'wp/v2/comments', { kind: 'lose-answer' });
      const payload = await reply(userId, { on: post, content: `Said once by ${userId}, it’s true` });
      expect(payload).toMatchObject({ write: { state: 'APPLIED' }, userErrors: [] });
      expect(site.double.tables.comments.ownedBy(postId).filter((row) => row.user_id === userId)).toHaveLength(1);
    }
  });

  it('is refused on what the person may not read, on a comment of other content, and when it is empty, before any call', async () => {
    const [one, other] = [await freshComment(1, '1'), await freshComment(1, '1')];
    const draft = await editors.freshPost({ status: 'draft', author: 1 });
    const calls = site.double.calls.length;
    expect(await reply(3, { on: draft.id, content: 'Hello' })).toMatchObject({ comment: null, userErrors: [{ code: 'NOT_FOUND', field: ['on'] }] });
    expect(await reply(1, { on: one.post, parentId: other.id, content: 'Hello' })).toMatchObject({ userErrors: [{ code: 'INVALID', field: ['parentId'] }] });
    expect(await reply(1, { on: one.post, content: '  ' })).toMatchObject({ userErrors: [{ code: 'INVALID', field: ['content'] }] });
    expect(site.double.calls.length).toBe(calls);
  });

  it('tells why the site refused', async () => {
    const { post, postId } = await freshComment();
    site.double.edit.savePost({ ID: postId, comment_status: 'closed' });
    await site.sync();
    expect(await reply(2, { on: post, content: 'Too late' })).toMatchObject({ comment: null, write: { state: 'REJECTED' }, userErrors: [{ code: 'FORBIDDEN', message: 'the site refused: Sorry, comments are closed for this item. (rest_comment_closed)' }] });
  });
});
