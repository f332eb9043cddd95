// Every mutation of the graph on a real WordPress, through the HTTP gateway, as people with passwords of their own: after each the site's
// own answer (context=edit), the graph's answer and the audit log agree; after all of them a whole comparison and a poll find nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeNumericId, encodeGlobalId, encodeSiteId } from '../../../core/ids.js';
import { compareSite } from '../../testkit/real-wordpress/compare.js';
import * as said from '../../testkit/real-wordpress/said.js';
import { SiteAsker, type SaidRow } from '../../testkit/real-wordpress/site-answers.js';
import { changeOf, expectDone, openAgreement, PLACES, type Agreement, type Place } from './agreement.js';
import type { Json, Role, Scene } from './scene.js';

const SAVE = 'content { __typename ... on Node { id } title version } conflict { changedFields } write { state } userErrors { code message field }';
const ACT = 'results { id content { status version } conflict { changedFields } write { state } userErrors { code message } } userErrors { code message }';
const TERM = 'term { id localId version } write { state } userErrors { code message }';
const MENU = 'menu { id localId version items { id label parentId order } } write { state } userErrors { code message field }';
const USER = 'user { id localId version } write { state } userErrors { code message }';
const COMMENT = 'comment { id localId moderation } write { state } userErrors { code message }';

export function describeWrites(open: () => Scene): void {
  describe('every mutation', () => {
    let scene: Scene;
    let agree: Agreement;
    let saves = 0;
    const gid = (place: Place, localId: number): string => encodeGlobalId(scene.siteId, place.type, localId);
    const termPlace = (restBase: string): Place => ({ kind: 'term', type: 'Term', route: `wp/v2/${restBase}` });
    const idOf = (payload: Json): { id: string; localId: number; version: string } => {
      const content = payload['content'] as unknown as { id: string; version: string };
      return { ...content, localId: decodeNumericId(content.id, 'Post', 'Page', 'CustomContent')?.localId ?? 0 };
    };
    async function mutate(who: Role, name: string, selection: string, input: Record<string, unknown>): Promise<Json> {
      saves += 1;
      return scene.mutate(who, name, selection, input);
    }
    async function save(who: Role, name: string, input: Record<string, unknown>): Promise<{ id: string; localId: number; version: string }> {
      const payload = await mutate(who, name, SAVE, input);
      expectDone(payload);
      return idOf(payload);
    }
    async function act(who: Role, name: string, ids: readonly string[], more: Record<string, unknown> = {}): Promise<void> {
      const payload = await mutate(who, name, ACT, { ids, ...more });
      expect(payload['userErrors']).toEqual([]);
      for (const result of payload['results'] as unknown as Json[]) expectDone(result);
    }

    beforeAll(async () => {
      scene = open();
      agree = await openAgreement(scene);
    });
    beforeEach(() => agree.begin());

    it('finds its people', async () => {
      for (const { userId, site } of Object.values(scene.people)) expect((await site.read<SaidRow>('wp/v2/users/me')).id).toBe(userId);
    });

    for (const [name, who] of [['post', 'author'], ['page', 'editor'], ['book', 'editor']] as const) {
      const place = PLACES[name];
      it(`of content makes, changes, schedules, trashes, restores and deletes a ${name} as ${who}`, async () => {
        const { ids } = scene.wordpress;
        const siteId = encodeSiteId(scene.siteId);
        const title = `A ${name} of “${who}” – co`;
        const extra = {
          post: { termIds: [encodeGlobalId(scene.siteId, 'Term', ids['birds'] ?? 0)], newTags: ['tide', 'quite new'], commentStatus: 'closed', featuredImageId: encodeGlobalId(scene.siteId, 'MediaItem', ids['image'] ?? 0) },
          page: { parentId: encodeGlobalId(scene.siteId, 'Page', ids['page'] ?? 0), menuOrder: 4 },
          book: { termIds: [encodeGlobalId(scene.siteId, 'Term', ids['genre'] ?? 0)], meta: [{ key: 'subtitle', value: 'A tale' }] },
        }[name];
        const made = await save(who, 'contentCreate', { siteId, type: name, fields: { title, rawContent: '<!-- wp:paragraph -->\n<p>One \\ two “three” é</p>\n<!-- /wp:paragraph -->', excerpt: 'Short', ...extra } });
        const row = await agree.row(place, made.localId);
        expect([said.raw(row['title']), row['status'], said.raw(row['excerpt'])]).toEqual([title, 'draft', 'Short']);
        const created = await agree.audit(who, 'content.created', ...(name === 'post' ? ['term.created'] : []));
        expect(created.find(({ event }) => event === 'content.created')?.object).toEqual({ nodeId: made.id, label: title });

        const changed = await save(who, 'contentUpdate', {
          id: made.id, expectedVersion: made.version, fields: { title: `${title} II`, slug: `slug-of-${name}`, status: 'PUBLISHED', excerpt: '', ...(name === 'book' ? { meta: [{ key: 'subtitle', value: '' }] } : {}) },
        });
        const published = await agree.row(place, made.localId);
        expect([said.raw(published['title']), published['slug'], published['status']]).toEqual([`${title} II`, `slug-of-${name}`, 'publish']);
        const [line] = await agree.audit(who, 'content.updated');
        expect([changeOf(line, 'title'), changeOf(line, 'status')]).toEqual([[title, `${title} II`], ['draft', 'publish']]);
        if (name === 'post') expect(published['tags']).toHaveLength(2);

        const date = new Date(Date.now() + 30 * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z');
        await save(who, 'contentUpdate', { id: made.id, expectedVersion: changed.version, fields: { publishedAt: date, ...(name === 'page' ? { parentId: null, template: '' } : {}), ...(name === 'post' ? { featuredImageId: null, termIds: [] } : {}) } });
        expect([(await agree.row(place, made.localId))['status'], (await agree.audit(who, 'content.updated')).length]).toEqual(['future', 1]);
        await save(who, 'contentUpdate', { id: made.id, fields: { status: 'PRIVATE' } });
        expect((await agree.row(place, made.localId))['status']).toBe('private');
        await agree.audit(who, 'content.updated');

        await act(who, 'contentTrash', [made.id]);
        expect((await agree.row(place, made.localId))['status']).toBe('trash');
        await agree.audit(who, 'content.trashed');
        await act(who, 'contentRestore', [made.id]);
        expect((await agree.row(place, made.localId))['status']).toBe('draft');
        await agree.audit(who, 'content.restored');
        await act(who, 'contentDelete', [made.id]);
        await agree.gone(place, made.localId);
        await agree.audit(who, 'content.deleted');
      });
    }

    it('of content keeps what is typed as an autosave, and saves a draft of one’s own itself', async () => {
      const { ids } = scene.wordpress;
      const post = ids['aside'] ?? 0;
      const before = await scene.people.editor.site.read<SaidRow>(`wp/v2/posts/${post}`, { context: 'edit' });
      const payload = await mutate('editor', 'contentAutosave', SAVE, { id: gid(PLACES.post, post), fields: { title: 'Typed', rawContent: 'typed so far', excerpt: '' } });
      expectDone(payload);
      const autosaves = await scene.people.editor.site.read<SaidRow[]>(`wp/v2/posts/${post}/autosaves`, { context: 'edit' });
      expect(autosaves.map((one) => [one['author'], said.raw(one['title']), said.raw(one['content'])])).toEqual([[scene.people.editor.userId, 'Typed', 'typed so far']]);
      const kept = await scene.ask('editor', `query($id: ID!) { node(id: $id) { ... on Post { title autosave { id title rawContent author { localId } } } } }`, { id: gid(PLACES.post, post) });
      expect(kept['node']).toEqual({ title: said.raw(before['title']), autosave: { id: encodeGlobalId(scene.siteId, 'Revision', autosaves[0]?.id ?? 0), title: 'Typed', rawContent: 'typed so far', author: { localId: scene.people.editor.userId } } });
      await agree.row(PLACES.post, post);
      await agree.audit('editor');

      const draft = await save('contributor', 'contentCreate', { siteId: encodeSiteId(scene.siteId), fields: { title: 'Mine' } });
      expectDone(await mutate('contributor', 'contentAutosave', SAVE, { id: draft.id, fields: { rawContent: 'mine itself' } }));
      expect(said.raw((await agree.row(PLACES.post, draft.localId))['content'])).toBe('mine itself');
      await agree.audit('contributor', 'content.created', 'content.updated');
      await act('contributor', 'contentDelete', [draft.id]);
      await agree.audit('contributor', 'content.deleted');
    });

    it('of content sticks, unsticks, hands to another author, and acts on many at once', async () => {
      const many = await Promise.all([1, 2, 3, 4, 5].map((index) => save('editor', 'contentCreate', { siteId: encodeSiteId(scene.siteId), fields: { title: `Many ${index}`, status: 'PUBLISHED', ...(index > 2 ? { sticky: true } : {}) } })));
      await agree.audit('editor', ...many.map(() => 'content.created'));
      // WordPress writes the list of sticky posts whole and without a lock: those that were made at once are all in it.
      const sticky = [];
      for (const { localId } of many) sticky.push((await agree.row(PLACES.post, localId))['sticky']);
      expect(sticky).toEqual([false, false, true, true, true]);
      const [first] = many;
      if (!first) throw new Error('nothing was made');
      await save('editor', 'contentUpdate', { id: first.id, fields: { authorId: gid(PLACES.user, scene.people.author.userId), sticky: true } });
      const row = await agree.row(PLACES.post, first.localId);
      expect([row['author'], row['sticky']]).toEqual([scene.people.author.userId, true]);
      expect(changeOf((await agree.audit('editor', 'content.updated'))[0], 'sticky')).toEqual([false, true]);
      const ids = many.map(({ id }) => id);
      await act('editor', 'contentTrash', ids);
      await agree.audit('editor', ...ids.map(() => 'content.trashed'));
      for (const { localId } of many) expect((await agree.row(PLACES.post, localId))['status']).toBe('trash');
      await act('editor', 'contentDelete', ids);
      await agree.audit('editor', ...ids.map(() => 'content.deleted'));
      for (const { localId } of many) await agree.gone(PLACES.post, localId);
    });

    it('of terms makes, changes and deletes them in every taxonomy, and moves children up', async () => {
      const siteId = encodeSiteId(scene.siteId);
      for (const [taxonomy, restBase] of [['category', 'categories'], ['post_tag', 'tags'], ['genre', 'genre']] as const) {
        const place = termPlace(restBase);
        const make = async (name: string, more: Record<string, unknown> = {}): Promise<{ id: string; localId: number; version: string }> => {
          const payload = await mutate('editor', 'termSave', TERM, { siteId, taxonomy, name, ...more });
          expectDone(payload);
          return payload['term'] as unknown as { id: string; localId: number; version: string };
        };
        const top = await make(`Top & ${taxonomy}`, { description: 'What <em>is</em> it' });
        await agree.row(place, top.localId);
        const below = await make(`Below ${taxonomy}`, taxonomy === 'post_tag' ? {} : { parentId: top.id });
        await agree.row(place, below.localId);
        await agree.audit('editor', 'term.created', 'term.created');
        const payload = await mutate('editor', 'termSave', TERM, { siteId, taxonomy, id: top.id, expectedVersion: top.version, name: `Renamed ${taxonomy}`, slug: `renamed-${taxonomy}` });
        expectDone(payload);
        expect((await agree.row(place, top.localId))['name']).toBe(`Renamed ${taxonomy}`);
        await agree.audit('editor', 'term.updated');
        const deleted = await mutate('editor', 'termDelete', 'deletedId write { state } userErrors { code message }', { id: top.id });
        expectDone(deleted);
        await agree.gone(place, top.localId);
        await agree.audit('editor', 'term.deleted');
        expect((await agree.row(place, below.localId))['parent'] ?? 0).toBe(0);
      }
    });

    it('of comments moderates many at once with a result for each, and replies', async () => {
      const { ids } = scene.wordpress;
      const on = ids['sticky'] ?? 0;
      const made = JSON.parse(await scene.wordpress.php(`$ids = array(); for ($i = 0; $i < 4; $i++) $ids[] = wp_insert_comment(array('comment_post_ID' => ${on}, 'comment_content' => "Held $i", 'comment_author' => 'Visitor',
        'comment_author_email' => 'visitor@reader.example', 'comment_approved' => 0)); echo wp_json_encode($ids);`)) as number[];
      await scene.poll();
      const known = made.map((id) => gid(PLACES.comment, id));
      for (const [status, word, event] of [['APPROVED', 'approved', 'comment.approved'], ['SPAM', 'spam', 'comment.spammed'], ['PENDING', 'hold', 'comment.held'], ['TRASH', 'trash', 'comment.trashed']] as const) {
        const payload = await mutate('editor', 'commentModerate', 'results { id comment { moderation } write { state } userErrors { code message } } userErrors { code }', { ids: known, status });
        for (const result of payload['results'] as unknown as Json[]) expectDone(result);
        for (const id of made) expect((await agree.row(PLACES.comment, id))['status']).toBe(word);
        await agree.audit('editor', ...made.map(() => event));
      }
      const absent = await mutate('editor', 'commentModerate', 'results { write { state } userErrors { code } }', { ids: [gid(PLACES.comment, 999_999), known[0]], status: 'APPROVED' });
      expect((absent['results'] as unknown as Json[]).map((result) => [result['write']?.['state'] ?? null, result['userErrors']?.map((error) => error['code'])])).toEqual([[null, ['NOT_FOUND']], ['APPLIED', []]]);
      await agree.audit('editor', 'comment.approved');
      const reply = await mutate('editor', 'commentReply', COMMENT, { on: gid(PLACES.post, on), parentId: known[0], content: 'A <b>reply</b> & more' });
      expectDone(reply);
      const row = await agree.row(PLACES.comment, Number(reply['comment']?.['localId']));
      expect([row['parent'], row['author'], row['status']]).toEqual([made[0], scene.people.editor.userId, 'approved']);
      await agree.audit('editor', 'comment.replied');
      await agree.row(PLACES.post, on);
    });

    it('of menus saves forty nested items, turns them round, assigns and deletes', async () => {
      const siteId = encodeSiteId(scene.siteId);
      const { ids } = scene.wordpress;
      const agreesOnMenu = async (menu: Json, count: number): Promise<void> => {
        const menuId = Number(menu['localId']);
        const items = (await scene.people.administrator.site.all('wp/v2/menu-items', { menus: String(menuId) })).filter((item) => item['menus'] === menuId);
        const data = await scene.ask('administrator', `query($id: ID!) { site(id: $id) { menus { localId name locations items { ${said.menuItem.selection} } } } }`, { id: siteId });
        const shown = ((data['site']?.['menus'] ?? []) as unknown as Json[]).find((one) => Number(one['localId']) === menuId);
        const nodes = shown?.['items'] as unknown as said.Loose[];
        expect([items.length, nodes.length]).toEqual([count, count]);
        for (const item of items) {
          const found = nodes.find(({ id }) => id === encodeGlobalId(scene.siteId, 'MenuItem', item.id));
          const { compared, differences } = said.differencesOf(`menu item ${item.id}`, found && said.menuItem.shown(found), said.menuItem.said(item, scene.siteId));
          expect(differences).toEqual([]);
          agree.counts.fields += compared;
        }
        const [row] = (await scene.people.administrator.site.all('wp/v2/menus')).filter(({ id }) => id === menuId);
        expect([shown?.['name'], [...(shown?.['locations'] ?? [])].sort()]).toEqual([row?.['name'], [...((row?.['locations'] ?? []) as string[])].sort()]);
        agree.counts.rows += count + 1;
      };
      const input = (index: number, more: Record<string, unknown> = {}) => ({
        key: `k${index}`, ...(index % 10 === 3 ? { objectId: gid(PLACES.page, ids['page'] ?? 0) } : { label: `Item ${index} & co`, url: `https://links.example/${index}?a=1&b=2` }),
        ...(index % 4 === 0 ? {} : { parentKey: `k${index - 1}` }), ...(index % 5 === 0 ? { target: '_blank', classes: ['wide', 'bold'] } : {}), ...more,
      });
      const made = await mutate('administrator', 'menuSave', MENU, { siteId, name: 'Forty', items: Array.from({ length: 40 }, (_one, index) => input(index)) });
      expectDone(made);
      const menu = made['menu'] as Json;
      await agreesOnMenu(menu, 40);
      await agree.audit('administrator', 'menu.created');

      // Turned round: two a branch, one gone, two new, one renamed.
      const items = [...(menu['items'] as unknown as { id: string; label: string }[])].reverse().slice(1);
      const turned = [
        ...items.map(({ id, label }, index) => ({ key: id, id, ...(label === 'About' ? {} : { label: index === 7 ? 'Renamed' : label }), ...(index % 2 === 0 ? {} : { parentKey: items[index - 1]?.id }) })),
        { key: 'new1', label: 'New one', url: '/new-one', parentKey: items[0]?.id }, { key: 'new2', objectId: encodeGlobalId(scene.siteId, 'Term', ids['birds'] ?? 0) },
      ];
      const saved = await mutate('administrator', 'menuSave', MENU, { siteId, id: menu['id'], name: 'Forty, turned', expectedVersion: menu['version'], items: turned });
      expectDone(saved);
      await agreesOnMenu(saved['menu'] as Json, 41);
      await agree.audit('administrator', 'menu.updated');
      const byOrder = await scene.people.administrator.site.all('wp/v2/menu-items', { menus: String(Number(menu['localId'])), orderby: 'menu_order', order: 'asc' });
      expect(byOrder.slice(0, 4).map((item) => said.raw(item['title']))).toEqual(expect.arrayContaining(['New one']));

      const assigned = await mutate('administrator', 'menuAssign', MENU, { siteId, location: 'footer', menuId: menu['id'] });
      expectDone(assigned);
      await agreesOnMenu(saved['menu'] as Json, 41);
      await agree.audit('administrator', 'menu.assigned');
      const deleted = await mutate('administrator', 'menuDelete', 'deletedIds write { state } userErrors { code message }', { id: menu['id'] });
      expectDone(deleted);
      await agree.audit('administrator', 'menu.deleted');
      expect((await scene.people.administrator.site.all('wp/v2/menus')).map(({ id }) => id)).not.toContain(Number(menu['localId']));
      expect(await scene.people.administrator.site.all('wp/v2/menu-items', { status: 'publish,draft', menus: String(Number(menu['localId'])) })).toEqual([]);
    });

    it('of settings changes them, and tells before and after', async () => {
      const siteId = encodeSiteId(scene.siteId);
      const { ids } = scene.wordpress;
      const agreesOnSettings = async (): Promise<void> => {
        const data = await scene.ask('administrator', `query($id: ID!) { site(id: $id) { settings { ${said.SETTINGS} } } }`, { id: siteId });
        const row = await scene.people.administrator.site.read<said.Loose>('wp/v2/settings');
        const { compared, differences } = said.differencesOf('settings', said.shownSettings(data['site']?.['settings'] as unknown as said.Loose), said.saidSettings(row));
        expect(differences).toEqual([]);
        agree.counts.fields += compared;
        agree.counts.rows += 1;
      };
      const before = await scene.people.administrator.site.read<Record<string, unknown>>('wp/v2/settings');
      const PAYLOAD = 'settings { version title } write { state } userErrors { code message field }';
      const payload = await mutate('administrator', 'siteSettingsUpdate', PAYLOAD, {
        siteId, title: 'Salt & “Marsh” II', tagline: 'Mud', timezone: 'Asia/Tokyo', dateFormat: 'Y-m-d', timeFormat: 'H:i', startOfWeek: 0, postsPerPage: 9, defaultCommentStatus: 'closed',
        defaultCategoryId: encodeGlobalId(scene.siteId, 'Term', ids['birds'] ?? 0),
      });
      expectDone(payload);
      await agreesOnSettings();
      const [line] = await agree.audit('administrator', 'settings.updated');
      expect([changeOf(line, 'posts_per_page'), changeOf(line, 'timezone_string')]).toEqual([[before['posts_per_page'], 9].map(Number), [before['timezone'], 'Asia/Tokyo']]);
      const front = await mutate('administrator', 'siteSettingsUpdate', PAYLOAD, { siteId, expectedVersion: payload['settings']?.['version'], showOnFront: 'page', pageOnFrontId: gid(PLACES.page, ids['page'] ?? 0) });
      expectDone(front);
      await agreesOnSettings();
      expect((await agree.audit('administrator', 'settings.updated'))[0]?.fieldChanges.map(({ field }) => field).sort()).toEqual(['page_on_front', 'show_on_front']);
      const back = await mutate('administrator', 'siteSettingsUpdate', PAYLOAD, { siteId, showOnFront: 'posts', defaultCategoryId: encodeGlobalId(scene.siteId, 'Term', Number(before['default_category'])), timezone: 'Nowhere/At All' });
      // WordPress keeps a zone that it does not know as it was, without saying so.
      expect([back['write']?.['state'], (back['userErrors'] as unknown as Json[]).map((error) => [error['code'], error['field']])]).toEqual(['APPLIED', [['SITE_REJECTED', ['timezone']]]]);
      await agreesOnSettings();
      await agree.audit('administrator', 'settings.updated');
      // Drafts that never had a date have one in REST that moves with the zone.
      expectDone(await mutate('administrator', 'siteSettingsUpdate', PAYLOAD, { siteId, timezone: before['timezone'] }));
      await agreesOnSettings();
    });

    it('of users invites, changes, lets people change themselves, and removes with their writings handed on', async () => {
      const siteId = encodeSiteId(scene.siteId);
      const invited = await mutate('administrator', 'userInvite', USER, { siteId, email: 'nova@writers.example', role: 'author', username: 'nova', displayName: 'Nova & Co' });
      expectDone(invited);
      const { id, localId, version } = invited['user'] as unknown as { id: string; localId: number; version: string };
      await agree.row(PLACES.user, localId);
      await agree.audit('administrator', 'user.invited');
      const changed = await mutate('administrator', 'userUpdate', USER, { id, expectedVersion: version, roles: ['editor'], displayName: 'Nova', url: 'https://nova.example/x', email: 'nova2@writers.example' });
      expectDone(changed);
      expect((await agree.row(PLACES.user, localId))['roles']).toEqual(['editor']);
      await agree.audit('administrator', 'user.updated');
      const self = await mutate('subscriber', 'userUpdate', USER, { id: gid(PLACES.user, scene.people.subscriber.userId), displayName: 'A reader' });
      expectDone(self);
      await agree.row(PLACES.user, scene.people.subscriber.userId);
      await agree.audit('subscriber', 'user.updated');

      const [password] = JSON.parse(await scene.wordpress.php(`echo wp_json_encode(WP_Application_Passwords::create_new_application_password(${localId}, array('name' => 'own')));`)) as [string];
      const own = await new SiteAsker(scene.wordpress.url, 'nova', password).change('POST', 'wp/v2/posts', { title: 'By Nova', status: 'publish' });
      await scene.poll();
      const removed = await mutate('administrator', 'userRemove', USER, { id, reassignTo: gid(PLACES.user, scene.people.author.userId) });
      expectDone(removed);
      await agree.gone(PLACES.user, localId);
      expect((await agree.row(PLACES.post, own.id))['author']).toBe(scene.people.author.userId);
      await agree.audit('administrator', 'user.removed');
    });

    it('leaves graph and site equal as a whole, with nothing for a poll to find', async () => {
      const { compared, differences } = await compareSite(scene.store, scene.siteId, new SiteAsker(scene.wordpress.url, scene.people.administrator.login, scene.people.administrator.password));
      expect(differences).toEqual([]);
      const end = await scene.poll();
      console.log(`after ${saves} writes: ${compared} fields compared, ${differences.length} different; a poll found ${end.kind === 'done' ? end.changes : '?'} changes`);
      expect(end).toMatchObject({ kind: 'done', changes: 0, warnings: [] });
    });

    afterAll(() => {
      console.log(`writes to a real WordPress: ${saves} mutations, ${agree.counts.rows} rows and ${agree.counts.fields} fields of site and graph compared, ${agree.counts.lines} audit lines`);
    });
  });
}
