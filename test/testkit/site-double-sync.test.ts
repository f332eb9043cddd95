// The double against our own sync: a full sync of its tables arrives whole in our store.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.js';
import { startSyncServer } from '../sync/http-site.js';
import { callSigned } from './signed-call.js';
import { startSiteDouble } from './site-double/index.js';
import { addLocalSite, nextSiteId, openTestStore } from './store.js';

const BLOG_TOKEN = 'bk0EXAMPLEblogTokenKey0123456789.bs0EXAMPLEblogTokenSecret9876543';
const USER_TOKEN = 'uk1EXAMPLEuserTokenKey0123456789.us1EXAMPLEuserTokenSecret9876543';

describe('a full sync of the double into our store', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });

  it('gives the rows of its tables', async () => {
    const server = await startSyncServer(store);
    const id = nextSiteId();
    const double = await startSiteDouble({ hubUrl: server.url, commerce: true });
    await addLocalSite(store, { id, url: double.url, blogToken: BLOG_TOKEN, userTokens: [`${USER_TOKEN}.1`] });
    double.adopt({ blogId: id, blogToken: BLOG_TOKEN, userTokens: { 1: USER_TOKEN }, masterUser: 1 });
    double.addPosts(700, { comments: 1 });
    double.addOrders(5);
    double.edit.setCommentStatus(3, 'spam');
    expect(await double.drainNow()).toMatchObject({ ok: true });
    const modules = ['constants', 'functions', 'options', 'terms', 'themes', 'users', 'posts', 'comments', 'updates', 'term_relationships', 'woocommerce', 'woocommerce_hpos_orders'];
    await callSigned({ url: `${double.url}/wp-json/jetpack/v4/sync/full-sync`, token: BLOG_TOKEN, method: 'POST', body: JSON.stringify({ modules }) });
    expect(['finished', 'idle']).toContain(await double.pump());
    expect(double.state.fullSync.finished).not.toBeNull();

    const rows = async <T>(sql: string): Promise<T[]> => (await store.database.query(sql, [id])) as unknown as T[];
    const { tables } = double;
    const posts = await rows<{ id: number; title: string; status: string }>('SELECT id, title, status FROM post WHERE site_id = $1 AND alive ORDER BY id');
    expect(posts.map((row) => [Number(row.id), row.title, row.status])).toEqual(tables.posts.all().map((row) => [row.ID, row.post_title, row.post_status]));
    const metas = await rows<{ id: number }>('SELECT meta_id AS id FROM post_meta WHERE site_id = $1 AND alive ORDER BY meta_id');
    expect(metas.map((row) => Number(row.id))).toEqual(tables.postmeta.all().filter((row) => row.key !== '_edit_lock').map((row) => row.metaId));
    const relations = await rows<{ count: number }>('SELECT count(*) AS count FROM term_relation WHERE site_id = $1 AND alive AND present');
    expect(Number(relations[0]?.count)).toBe(tables.relations.rows.size);
    const terms = await rows<{ name: string }>('SELECT name FROM term WHERE site_id = $1 AND alive ORDER BY tt_id');
    expect(terms.map((row) => row.name)).toEqual(tables.terms.all().map((row) => row.name));
    const comments = await rows<{ id: number }>('SELECT id FROM comment WHERE site_id = $1 AND alive ORDER BY id');
    expect(comments.map((row) => Number(row.id))).toContain(4);
    expect(comments).toHaveLength(699);
    const users = await rows<{ id: number }>('SELECT id FROM site_user WHERE site_id = $1 AND alive ORDER BY id');
    expect(users.map((row) => Number(row.id))).toEqual([1, 2, 3]);
    const orders = await rows<{ id: number; total: string }>('SELECT id, total FROM shop_order WHERE site_id = $1 AND alive ORDER BY id');
    expect(orders.map((row) => [Number(row.id), Number(row.total)])).toEqual(tables.orders.all().map((row) => [row.id, Number(row.total_amount)]));
    const dead = await rows('SELECT * FROM dead_letter WHERE site_id = $1');
    expect(dead).toHaveLength(0);
    await double.close();
    await server.close();
  });
});
