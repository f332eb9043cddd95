// The double's WordPress: its REST API for signed users and application passwords, and the JSON API over XML-RPC.
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeMethodResponse, type XmlRpcValue } from '../../sync/protocol/xml-rpc.js';
import { writeMethodCall } from '../../sync/protocol/xml-writer.js';
import { startFakeHub, type FakeHub } from './fake-hub.js';
import { callSigned, signedUrl, type SignedCall } from './signed-call.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from './site-double/index.js';

const BLOG_TOKEN = 'bkey.bsecret';
const TOKENS = { 1: 'k1.s1', 2: 'k2.s2', 3: 'k3.s3', 4: 'k4.s4' } as const;
type UserId = keyof typeof TOKENS;

let hub: FakeHub;
const open: SiteDouble[] = [];
beforeAll(async () => {
  hub = await startFakeHub();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  hub.items.splice(0);
});
afterAll(() => hub.close());

async function start(options: Partial<SiteDoubleOptions> = {}): Promise<SiteDouble> {
  const double = await startSiteDouble({ hubUrl: hub.url, ...options });
  open.push(double);
  if (options.jetpack !== false) double.adopt({ blogId: 7, blogToken: BLOG_TOKEN, userTokens: TOKENS, masterUser: 1 });
  return double;
}

/** As a connected user: 1 administrator, 2 editor, 3 author, 4 subscriber. */
async function as(double: SiteDouble, userId: UserId, route: string, body?: unknown, more: Partial<SignedCall> = {}) {
  const writes = body === undefined ? {} : { method: 'POST' as const, body: JSON.stringify(body) };
  const answer = await callSigned({ url: `${double.url}/wp-json/wp/v2/${route}`, token: TOKENS[userId], userId, ...writes, ...more });
  return { status: answer.status, json: answer.json as Record<string, unknown> & readonly Record<string, unknown>[], headers: answer.headers };
}

const code = (answer: { status: number; json: unknown }): [number, unknown] => [answer.status, (answer.json as { code?: unknown }).code];

describe('posts of the double', () => {
  it('are written as a user and told to the hub', async () => {
    const double = await start();
    const made = await as(double, 3, 'posts', { title: 'Tide', content: 'Rope', status: 'publish', categories: [2], tags: [5] });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ title: { raw: 'Tide' }, status: 'publish', slug: 'tide', author: 3, categories: [2], tags: [5] });
    await double.idle();
    expect(hub.items.map((item) => item.action)).toEqual(['jetpack_sync_save_post', 'jetpack_published_post', 'set_object_terms', 'set_object_terms']);
    expect(hub.items[0]?.userId).toBe(3);
    const id = Number(made.json['id']);
    expect((await as(double, 3, `posts/${id}`, { title: { raw: 'Tides' } })).json).toMatchObject({ title: { raw: 'Tides' }, slug: 'tide' });
    expect((await as(double, 3, `posts/${id}?_method=DELETE`, undefined, { method: 'POST' })).json).toMatchObject({ status: 'trash', slug: 'tide__trashed' });
    expect(code(await as(double, 3, `posts/${id}?_method=DELETE`, undefined, { method: 'POST' }))).toEqual([410, 'rest_already_trashed']);
    expect((await as(double, 3, `posts/${id}?_method=DELETE&force=true`, undefined, { method: 'POST' })).json).toMatchObject({ deleted: true });
    expect(code(await as(double, 3, `posts/${id}`))).toEqual([404, 'rest_post_invalid_id']);
  });

  it('are refused to those who may not', async () => {
    const double = await start();
    const [mine] = double.addPosts(1);
    mine!.post_author = 1;
    mine!.post_status = 'publish';
    expect(code(await as(double, 4, 'posts', { title: 'No' }))).toEqual([403, 'rest_cannot_create']);
    expect(code(await as(double, 3, `posts/${mine!.ID}`, { title: 'No' }))).toEqual([403, 'rest_cannot_edit']);
    expect(code(await as(double, 4, 'posts?context=edit'))).toEqual([403, 'rest_forbidden_context']);
    expect(code(await as(double, 4, 'posts?status=draft'))).toEqual([400, 'rest_invalid_param']);
    expect(code(await as(double, 3, 'pages', { title: 'No', status: 'publish' }))).toEqual([403, 'rest_cannot_create']);
    expect(code(await as(double, 3, 'posts', { title: 'No', author: 1 }))).toEqual([403, 'rest_cannot_edit_others']);
    expect(code(await as(double, 1, 'posts', {}))).toEqual([400, 'empty_content']);
    expect(code(await callSigned({ url: `${double.url}/wp-json/wp/v2/posts`, token: BLOG_TOKEN, method: 'POST', body: '{"title":"x"}' }))).toEqual([401, 'rest_cannot_create']);
    const unsigned = await fetch(`${double.url}/wp-json/wp/v2/settings`);
    expect(unsigned.status).toBe(401);
    expect(double.state.queue.size()).toBe(0);
  });

  it('are listed in pages with totals, by ids, dates, order and fields', async () => {
    const double = await start();
    double.addPosts(25);
    for (const post of double.tables.posts.all()) post.post_status = 'publish';
    const first = await as(double, 1, 'posts?per_page=10&page=3&orderby=id&order=asc&context=edit&_fields=id,title.raw');
    expect(first.json.map((post) => post['id'])).toEqual([21, 22, 23, 24, 25]);
    expect(Object.keys(first.json[0] ?? {})).toEqual(['id', 'title']);
    expect([first.headers.get('x-wp-total'), first.headers.get('x-wp-totalpages')]).toEqual(['25', '3']);
    expect(code(await as(double, 1, 'posts?page=9'))).toEqual([400, 'rest_post_invalid_page_number']);
    expect(code(await as(double, 1, 'posts?per_page=101'))).toEqual([400, 'rest_invalid_param']);
    expect((await as(double, 1, 'posts?include[]=4&include[]=2&orderby=include&order=asc')).json.map((post) => post['id'])).toEqual([4, 2]);
    const bound = double.tables.posts.get(23)!.post_modified.replace(' ', 'T');
    expect((await as(double, 1, `posts?modified_after=${bound}&orderby=modified&order=asc`)).json.map((post) => post['id'])).toEqual([24, 25]);
  });

  it('take an image as raw bytes', async () => {
    const double = await start();
    const url = `${double.url}/wp-json/wp/v2/media`;
    const answer = await fetch(signedUrl({ url, token: TOKENS[1], userId: 1, method: 'POST', body: 'PNG' }), { method: 'POST', body: 'PNG', headers: { 'content-type': 'image/png', 'content-disposition': 'attachment; filename="a.png"' } });
    expect([answer.status, await answer.json()]).toMatchObject([201, { media_type: 'image', mime_type: 'image/png', title: { raw: 'a' } }]);
  });
});

describe('other content of the double', () => {
  it('moderates comments', async () => {
    const double = await start();
    const [post] = double.addPosts(1, { comments: 1 });
    post!.post_status = 'publish';
    expect(code(await as(double, 3, 'comments/1', { status: 'spam' }))).toEqual([403, 'rest_cannot_edit']);
    expect((await as(double, 2, 'comments/1', { status: 'spam' })).json).toMatchObject({ status: 'spam' });
    expect((await as(double, 2, 'comments?status=spam&context=edit')).json).toHaveLength(1);
    const reply = await as(double, 2, 'comments', { post: post!.ID, parent: 1, content: 'Yes' });
    expect([reply.status, reply.json]).toMatchObject([201, { status: 'approved', parent: 1, author: 2 }]);
    await double.idle();
    expect(hub.items.map((item) => item.action)).toEqual(['spammed_comment', 'wp_insert_comment']);
  });

  it('writes terms once, and deletes them only by force', async () => {
    const double = await start();
    const made = await as(double, 2, 'categories', { name: 'Rope & Wood' });
    expect([made.status, made.json]).toMatchObject([201, { name: 'Rope &amp; Wood', slug: 'rope-wood', parent: 0 }]);
    const id = Number(made.json['id']);
    expect([(await as(double, 2, 'categories', { name: 'Rope & Wood' })).json]).toMatchObject([{ code: 'term_exists', data: { term_id: id } }]);
    expect(code(await as(double, 2, `categories/${id}?_method=DELETE`, undefined, { method: 'POST' }))).toEqual([501, 'rest_trash_not_supported']);
    expect((await as(double, 2, `categories/${id}?_method=DELETE&force=1`, undefined, { method: 'POST' })).json).toMatchObject({ deleted: true });
  });

  it('has menus for administrators only', async () => {
    const double = await start();
    expect(code(await as(double, 2, 'menus'))).toEqual([403, 'rest_cannot_view']);
    const menu = Number((await as(double, 1, 'menus', { name: 'Main', locations: ['primary'] })).json['id']);
    expect(code(await as(double, 1, 'menu-items', { title: 'Ext', type: 'custom', menus: menu }))).toEqual([400, 'rest_url_required']);
    const made = await as(double, 1, 'menu-items', { title: 'Ext', url: 'https://ext.example/', type: 'custom', menus: menu, status: 'publish' });
    expect([made.status, made.json]).toMatchObject([201, { url: 'https://ext.example/', menus: menu }]);
    expect((await as(double, 1, `menu-items?menus=${menu}`)).json).toHaveLength(1);
    await double.idle();
    expect(hub.items.map((item) => item.action)).toContain('jetpack_sync_updated_nav_menu_add_item');
    // Where a custom link leads is in no meta that is synced.
    expect(hub.items.filter((item) => item.action === 'added_post_meta').map((item) => (item.args as unknown[])[2])).not.toContain('_menu_item_url');
  });

  it('changes settings, plugins and people by capability', async () => {
    const double = await start();
    expect((await as(double, 1, 'settings', { title: 'New' })).json).toMatchObject({ title: 'New' });
    expect(code(await as(double, 2, 'settings'))).toEqual([403, 'rest_forbidden']);
    expect((await as(double, 1, 'plugins/akismet/akismet?_method=PUT', { status: 'inactive' })).json).toMatchObject({ plugin: 'akismet/akismet', status: 'inactive' });
    expect(code(await as(double, 1, 'plugins/none'))).toEqual([404, 'rest_plugin_not_found']);
    expect((await as(double, 1, 'users/me?context=edit')).json).toMatchObject({ id: 1, roles: ['administrator'] });
    expect((await as(double, 1, 'users/4', { roles: ['author'] })).json).toMatchObject({ roles: ['author'] });
    expect(code(await as(double, 2, 'users/4', { roles: ['author'] }))).toEqual([403, 'rest_cannot_edit']);
    await double.idle();
    expect(hub.items.map((item) => item.action)).toEqual(['updated_option', 'updated_option', 'deactivated_plugin', 'jetpack_sync_save_user']);
  });

  it('lists orders and products of a shop', async () => {
    const double = await start({ commerce: true });
    double.addOrders(3);
    double.edit.savePost({ post_type: 'product', post_title: 'Chart', post_status: 'publish' });
    const ask = (userId: UserId, route: string) => callSigned({ url: `${double.url}/wp-json/wc/v3/${route}`, token: TOKENS[userId], userId });
    expect((await ask(1, 'orders')).json).toHaveLength(3);
    expect((await ask(1, 'products')).json).toMatchObject([{ name: 'Chart' }]);
    expect(code(await ask(2, 'orders'))).toEqual([403, 'woocommerce_rest_cannot_view']);
  });
});

describe('a double without Jetpack', () => {
  it('answers an application password and knows no signature', async () => {
    const double = await start({ jetpack: false });
    const password = double.addApplicationPassword(1);
    const get = (route: string, secret: string) => fetch(`${double.url}/wp-json/${route}`, { headers: { authorization: `Basic ${Buffer.from(`maria:${secret}`).toString('base64')}` } });
    expect(await (await get('wp/v2/users/me', password)).json()).toMatchObject({ id: 1 });
    const wrong = await get('wp/v2/users/me', 'wrong');
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: 'incorrect_password' }]);
    const index = (await (await fetch(`${double.url}/wp-json/`)).json()) as { namespaces: string[] };
    expect(index.namespaces).not.toContain('jetpack/v4');
    expect((await fetch(`${double.url}/wp-json/jetpack/v4/connection`)).status).toBe(404);
    expect((await callSigned({ url: `${double.url}/wp-json/wp/v2/users/me`, token: TOKENS[1], userId: 1 })).status).toBe(401);
  });
});

describe('the JSON API of the double', () => {
  async function jsonApi(double: SiteDouble, method: string, path: string, body: unknown, verify: XmlRpcValue): Promise<{ status: number; value: XmlRpcValue }> {
    const params: XmlRpcValue[] = [[method, `https://public-api.wordpress.com/rest/v1.1/sites/7${path}`, body === null ? '' : JSON.stringify(body), '', {}, ''], verify];
    const answer = await callSigned({ url: `${double.url}/xmlrpc.php`, token: BLOG_TOKEN, method: 'POST', body: writeMethodCall({ method: 'jetpack.jsonAPI', params }), contentType: 'text/xml', forXmlRpc: true });
    const decoded = decodeMethodResponse(Buffer.from(answer.text));
    if (!decoded.ok) throw new Error(decoded.fault.faultString);
    return { status: answer.status, value: decoded.value };
  }

  it('updates a plugin for the site and signs its answer with the whole token', async () => {
    const double = await start();
    double.tables.options.set('_site_transient_update_plugins', { response: { 'akismet/akismet.php': { new_version: '5.7' } } });
    const { value } = await jsonApi(double, 'POST', '/plugins/akismet%2Fakismet/update/', {}, false);
    const [text, nonce, hmac] = value as [string, string, string];
    expect(JSON.parse(text)).toMatchObject({ id: 'akismet/akismet', version: '5.7' });
    expect(hmac).toBe(createHmac('md5', BLOG_TOKEN).update(nonce + text).digest('hex'));
    await double.idle();
    expect(hub.items.map((item) => item.action)).toEqual(['jetpack_sync_callable', 'jetpack_plugins_updated']);
  });

  it('refuses a user without the capability with the status of the error, and one without a token with false', async () => {
    const double = await start();
    expect((await jsonApi(double, 'GET', '/plugins', null, ['internal', 3])).status).toBe(403);
    double.connection.userTokens.delete(3);
    expect((await jsonApi(double, 'GET', '/plugins', null, ['internal', 3])).value).toBe(false);
    expect((await jsonApi(double, 'GET', '/nothing', null, false)).status).toBe(404);
  });
});
