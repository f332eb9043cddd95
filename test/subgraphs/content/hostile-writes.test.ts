// What a hostile or unlucky person combines: waiting writes over conflicts, protected posts, posts that are scheduled and sticky, long lists with everything wrong in them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId, encodeSiteId } from '../../../core/ids.js';
import { createSiteClient } from '../../../origin/site-client.js';
import { settleOpenWrites } from '../../../origin/writes/settle.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { startConnectedSite, type ConnectedSite } from '../../testkit/connected-site.js';
import { openTestStore } from '../../testkit/store.js';
import { createEditors, type Editors } from './editors.js';
import type { Loose } from './kit.js';

const UPDATE = 'mutation($input: ContentUpdateInput!) { contentUpdate(input: $input) { content { title status ... on Post { sticky passwordProtected } } conflict { changedFields } write { id state } userErrors { code } } }';
const CREATE = 'mutation($input: ContentCreateInput!) { contentCreate(input: $input) { content { id status publishedAt ... on Post { sticky } } write { state } userErrors { code } } }';
const MODERATE = 'mutation($input: CommentModerateInput!) { commentModerate(input: $input) { results { id comment { moderation } write { state } userErrors { code } } userErrors { code } } }';

let store: Store;
let site: ConnectedSite;
let editors: Editors;
beforeAll(async () => {
  store = await openTestStore();
  site = await startConnectedSite(store);
  editors = createEditors(store, site, createContentSubgraph(store, site.desk));
});
afterAll(() => site.close());

const codes = (payload: Loose | undefined): string[] => ((payload?.['userErrors'] ?? []) as unknown as { code: string }[]).map(({ code }) => code);

describe('writes that wait for their site', () => {
  it('are made in order, each checked against what the site has by then: one conflicts, one overwrites and is audited so, one merges', async () => {
    const posts = [await editors.freshPost(), await editors.freshPost(), await editors.freshPost({ content: 'one\n\ntwo\n\nthree' })];
    await site.double.refuse();
    const policies = ['FAIL', 'OVERWRITE', 'MERGE_DISJOINT'] as const;
    const waiting: Loose[] = [];
    for (const [index, post] of posts.entries()) {
      const fields = index === 2 ? { rawContent: 'ONE\n\ntwo\n\nthree' } : { title: `Queued ${index}` };
      waiting.push(await editors.write(1, 'contentUpdate', UPDATE, { id: post.id, expectedVersion: post.version, onConflict: policies[index], whenUnreachable: 'QUEUE', fields }));
    }
    expect(waiting.map((payload) => [payload['write']?.['state'], codes(payload)])).toEqual(policies.map(() => ['QUEUED', []]));
    await site.double.accept();
    for (const [index, post] of posts.entries()) site.double.edit.savePost({ ID: post.localId, ...(index === 2 ? { post_content: 'one\n\ntwo\n\nTHREE' } : { post_title: `Meanwhile ${index}` }) });
    await editors.auditSince();
    const client = createSiteClient({ store, log: site.desk.log, allowPrivateOrigins: true });
    const from = site.double.calls.length;
    expect(await settleOpenWrites({ ...site.desk, client }, site.siteId)).toMatchObject({ delivered: 3, isAway: false });
    await client.close();
    const touched = site.double.calls.slice(from).map(({ route }) => Number(route.split('/').at(-1)));
    expect([...new Set(touched)]).toEqual(posts.map(({ localId }) => localId));
    const { posts: rows } = site.double.tables;
    expect(posts.map(({ localId }) => rows.get(localId)?.post_title)).toEqual(['Meanwhile 0', 'Queued 1', 'A chart']);
    expect(rows.get(posts[2]?.localId ?? 0)?.post_content).toBe('ONE\n\ntwo\n\nTHREE');
    const receipts = await store.database.query<{ state: string; code: string | null; hasInput: boolean }>(
      `SELECT state, error_code AS code, input IS NOT NULL AS "hasInput" FROM write_receipt WHERE site_id = $1 ORDER BY accepted_at DESC, id DESC LIMIT 3`, [site.siteId]);
    expect(receipts.toReversed()).toEqual([{ state: 'REJECTED', code: 'VERSION_CONFLICT', hasInput: false }, { state: 'APPLIED', code: null, hasInput: false }, { state: 'APPLIED', code: null, hasInput: false }]);
    expect((await editors.auditSince()).filter(({ via }) => via === 'graph').map(({ event }) => event)).toEqual(['content.overwritten', 'content.updated']);
  });
});

describe('a post with a password', () => {
  it('keeps it through saves, overwriting and scheduling, and it is not known here', async () => {
    const { localId, id } = await editors.freshPost();
    site.double.edit.savePost({ ID: localId, post_password: 'open sesame' });
    await site.sync();
    expect((await editors.write(1, 'contentUpdate', UPDATE, { id, fields: { title: 'Protected' } }))['content']).toMatchObject({ title: 'Protected', passwordProtected: true });
    await editors.write(1, 'contentUpdate', UPDATE, { id, onConflict: 'OVERWRITE', expectedVersion: 'stale', fields: { rawContent: 'over it', status: 'DRAFT' } });
    await editors.write(1, 'contentUpdate', UPDATE, { id, fields: { status: 'FUTURE', publishedAt: '2031-01-01T00:00:00Z' } });
    expect(site.double.tables.posts.get(localId)).toMatchObject({ post_password: 'open sesame', post_content: 'over it', post_status: 'future' });
    const rows = await store.database.query<{ row: string }>('SELECT to_jsonb(p)::text AS row FROM post p WHERE site_id = $1 AND id = $2', [site.siteId, localId]);
    expect(rows[0]?.row).not.toContain('open sesame');
  });
});

describe('a scheduled post', () => {
  it('may be sticky, stays so when it is published by hand, and an author who may not edit others never gets there by a combination of fields', async () => {
    const made = await editors.write(2, 'contentCreate', CREATE, { siteId: encodeSiteId(site.siteId), fields: { title: 'Later', status: 'FUTURE', publishedAt: '2031-05-05T05:05:05Z', sticky: true } });
    expect(codes(made)).toEqual([]);
    expect(made['content']).toMatchObject({ status: 'FUTURE', sticky: true });
    const published = await editors.write(2, 'contentUpdate', UPDATE, { id: made['content']?.['id'], fields: { status: 'PUBLISHED', publishedAt: '2020-01-01T00:00:00Z' } });
    expect([codes(published), published['content']]).toEqual([[], expect.objectContaining({ status: 'PUBLISHED', sticky: true })]);
    const { id } = await editors.freshPost({ author: 1 });
    const from = site.double.calls.length;
    for (const fields of [{ sticky: true }, { status: 'DRAFT' }, { authorId: encodeGlobalId(site.siteId, 'User', 3) }, { title: 'x', sticky: false }]) {
      expect(codes(await editors.write(3, 'contentUpdate', UPDATE, { id, onConflict: 'OVERWRITE', fields }))).toEqual(['FORBIDDEN']);
    }
    expect(site.double.calls.length).toBe(from);
  });
});

describe('moderating in bulk', () => {
  it('tells for each of a mixed list what became of it, and a repetition makes no call', async () => {
    const post = await editors.freshPost();
    const rows = Array.from({ length: 6 }, () => site.double.edit.addComment(post.localId, { comment_approved: '0' }));
    await site.sync();
    const gid = (localId: number) => encodeGlobalId(site.siteId, 'Comment', localId);
    // Gone on the site and not synced; another type; another site; nothing.
    site.double.edit.deleteComment(rows[1]?.comment_ID ?? 0);
    const ids = [gid(rows[0]?.comment_ID ?? 0), gid(rows[1]?.comment_ID ?? 0), post.id, encodeGlobalId((site.siteId + 999) as typeof site.siteId, 'Comment', 1), 'nonsense', ...rows.slice(2).map((row) => gid(row.comment_ID))];
    const input = { ids, status: 'APPROVED', idempotencyKey: editors.key() };
    const first = await editors.write(1, 'commentModerate', MODERATE, input);
    const results = first['results'] as unknown as Loose[];
    expect(results.map((result) => result['id'])).toEqual(ids);
    expect(results.map((result) => codes(result)[0] ?? String(result['comment']?.['moderation']))).toEqual(['APPROVED', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'APPROVED', 'APPROVED', 'APPROVED', 'APPROVED']);
    const calls = site.double.calls.length;
    const again = await editors.write(1, 'commentModerate', MODERATE, input);
    expect((again['results'] as unknown as Loose[]).map((result) => [result['write']?.['state'], codes(result)])).toEqual(results.map((result) => [result['write']?.['state'], codes(result)]));
    expect(site.double.calls.length).toBe(calls);
  });
});
