// Points of the conformance list that no other test holds by themselves, over real HTTP: lines of every padding, stubs, keys that recur, and calls
// with lists and letters of every kind.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.js';
import { wireComment, wirePost } from '../testkit/site-double/objects.js';
import { addComment, addPost, createTables } from '../testkit/site-double/tables.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';
import { addTestSite, entryOf, postItems, startSyncServer, storedTerms, termEntry, type TestServer, type TestSite } from './http-site.js';
import { startConnected } from './verify/kit.js';

let store: Store;
let server: TestServer;
let site: TestSite;

beforeAll(async () => {
  store = await openTestStore();
  server = await startSyncServer(store);
});
beforeEach(async () => {
  site = await addTestSite(store, nextSiteId());
});
afterAll(() => server.close());

describe('a signed body of JSON lines', () => {
  /** Items by how many `=` end them; a name grows until it comes out so. */
  const padded = (wanted: number, id: number) => {
    for (let length = 1; ; length += 1) {
      const entry = termEntry(id, 'x'.repeat(length));
      if ((/=*$/.exec(entry.encoded)?.[0].length ?? 0) === wanted) return entry;
    }
  };

  it.each([[0], [1], [2], [0, 0], [0, 1], [1, 0], [2, 2], [2, 0, 1, 0]].map((paddings) => ({ paddings })))('is believed, and whole, with items padded by $paddings', async ({ paddings }) => {
    const entries = paddings.map((padding, index) => padded(padding, index + 1));
    // Keys have dots: PHP makes underscores of those before the first "=".
    expect(entries.every((entry) => entry.key.includes('.'))).toBe(true);
    const answer = await postItems(server, site, entries);
    expect([answer.status, answer.processed]).toEqual([200, entries.map((entry) => entry.key)]);
    expect((await storedTerms(store, site.id)).size).toBe(paddings.length);
  });
});

describe('a stub', () => {
  it('of a post or a comment overwrites nothing', async () => {
    const tables = createTables();
    const post = addPost(tables, site.url, Date.now(), { post_title: 'Whole' });
    const comment = addComment(tables, post.ID, Date.now(), { comment_content: 'Whole' });
    await postItems(server, site, [
      entryOf('jetpack_sync_save_post', [post.ID, wirePost(post, site.url), false, {}]), entryOf('wp_insert_comment', [comment.comment_ID, wireComment(comment)]),
    ]);
    const stubs = [
      entryOf('jetpack_sync_save_post', [post.ID, { ID: post.ID, post_modified: post.post_modified, post_modified_gmt: post.post_modified_gmt, post_status: 'jetpack_sync_blocked', post_type: 'post' }, true, []]),
      entryOf('wp_insert_comment', [comment.comment_ID, { comment_ID: String(comment.comment_ID), comment_date: comment.comment_date, comment_date_gmt: comment.comment_date_gmt, comment_approved: 'jetpack_sync_blocked' }]),
    ];
    expect((await postItems(server, site, stubs)).processed).toEqual(stubs.map((stub) => stub.key));
    expect(await store.database.query('SELECT title, status, alive FROM post WHERE site_id = $1', [site.id])).toEqual([{ title: 'Whole', status: post.post_status, alive: true }]);
    expect(await store.database.query('SELECT content, status, alive FROM comment WHERE site_id = $1', [site.id])).toEqual([{ content: 'Whole', status: '1', alive: true }]);
    expect(await store.database.query('SELECT 1 FROM dead_letter WHERE site_id = $1', [site.id])).toEqual([]);
  });
});

describe('the first chunk of a full sync', () => {
  it('is taken of every full sync, though all have the same key', async () => {
    const key = 'jetpack_full_sync_terms_2134280932';
    const chunk = (name: string, more: { readonly timestamp: number }) => ({ ...entryOf('jetpack_full_sync_terms', {
      terms: [{ term_id: 7, name, slug: 'knots', term_group: 0, term_taxonomy_id: 7, taxonomy: 'category', description: '', parent: 0, count: 0 }], previous_end: '~0',
    } as never, more), key });
    const now = Date.now() / 1000;
    for (const [index, name] of ['Knots', 'Knots and splices'].entries()) {
      const timestamp = now + index;
      expect((await postItems(server, site, [chunk(name, { timestamp })], { queue: 'immediate-send' })).processed).toEqual([key]);
      expect([...(await storedTerms(store, site.id)).values()]).toEqual([name]);
    }
  });
});

describe('a signed call to a site', () => {
  it('is believed with lists and letters of every kind in its query, and understood', async () => {
    const connected = await startConnected(store);
    try {
      const { double, client, siteId } = connected;
      const ids = ['Äpfel & Öl', '日本の港', 'a+b=c%20?#[x]'].map((title) => addPost(double.tables, double.url, Date.now(), { post_title: title }).ID);
      const ask = async (query: Readonly<Record<string, string | readonly string[]>>) => {
        const outcome = await client.rest(siteId, { as: { kind: 'user', userId: 1 }, method: 'GET', route: 'wp/v2/posts', query: { orderby: 'id', order: 'asc', ...query } as never });
        return outcome.kind === 'answer' ? (outcome.body as { id: number }[]).map((post) => post.id) : outcome.code;
      };
      expect(await ask({ include: ids.map(String) })).toEqual(ids);
      expect(await ask({ search: '日本の港' })).toEqual([ids[1]]);
      expect(await ask({ search: 'Äpfel & Öl' })).toEqual([ids[0]]);
      expect(await ask({ search: 'a+b=c%20?#[x]' })).toEqual([ids[2]]);
      expect(double.calls.map((call) => call.refusal)).toEqual(double.calls.map(() => null));
    } finally {
      await connected.close();
    }
  });
});
