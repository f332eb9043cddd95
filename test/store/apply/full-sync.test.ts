import { describe, expect, it } from 'vitest';
import type { DecodedItem, DomainChange } from '../../../core/changes.js';
import type { SiteId } from '../../../core/ids.js';
import { applyBatch } from '../../../store/apply/apply.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

const post = (id: number, rev: number, status = 'publish'): DomainChange => ({
  kind: 'upsert', entity: 'post', key: { id }, rev,
  groups: {
    core: {
      type: 'post', status, parentId: 0, menuOrder: 0, title: `Post ${id}`, content: '', excerpt: '', slug: '', localDate: null, dateGmt: null,
      modifiedGmt: null, commentStatus: 'open', pingStatus: 'open', mimeType: '', guid: '', passwordProtected: false,
    },
    author: { authorId: 1 },
  },
});

const meta = (metaId: number, postId: number, rev: number): DomainChange => ({
  kind: 'upsert', entity: 'postMeta', key: { metaId }, rev, groups: { core: { postId, metaKey: 'k', value: 'v' } },
});

const comment = (id: number, rev: number, status: string): DomainChange => ({
  kind: 'upsert', entity: 'comment', key: { id }, rev,
  groups: {
    core: { postId: 1, parentId: 0, type: 'comment', dateGmt: null, localDate: null, userId: 0, karma: 0 },
    author: { authorName: 'n' }, email: { authorEmail: 'e' }, url: { authorUrl: '' }, content: { content: 'c' }, status: { status, statusBeforeTrash: null },
  },
});

const user = (id: number, rev: number, allCaps: string[]): DomainChange => ({
  kind: 'upsert', entity: 'user', key: { id }, rev,
  groups: {
    core: { login: `u${id}`, nicename: '', email: '', url: '', displayName: '', registeredAt: null, locale: null },
    roles: { roles: [], caps: {}, allCaps },
  },
});

const item = (rev: number, ...changes: DomainChange[]): DecodedItem => ({
  key: `k${rev}`, action: 'test', rev, at: new Date(1_800_000_000_000 + rev).toISOString(), isImporting: false, actor: null, changes, audit: null, deadLetter: null,
});

const started = (rev: number, config: Record<string, 1 | number[]>): DomainChange => ({ kind: 'fullSyncStarted', rev, config, range: {}, context: null });
const ended = (rev: number, counts: Record<string, number>): DomainChange => ({
  kind: 'fullSyncEnded', rev, context: null, range: Object.fromEntries(Object.entries(counts).map(([module, count]) => [module, { min: '1', max: '9', count: String(count) }])),
});

async function site(): Promise<{ store: Store; siteId: SiteId; apply: (...items: DecodedItem[]) => Promise<unknown>; alive: (table: string) => Promise<number[]> }> {
  const store = await openTestStore();
  const siteId = nextSiteId();
  await addSite(store, { id: siteId, url: `http://full-${siteId}.example`, blogToken: `k${siteId}.s${siteId}` });
  return {
    store,
    siteId,
    apply: (...items) => applyBatch(store, siteId, items, new Date()),
    alive: async (table) => {
      const key = table === 'post_meta' ? 'meta_id' : 'id';
      const rows = await store.database.query<{ id: number }>(`SELECT ${key} AS id FROM ${table} WHERE site_id = $1 AND alive ORDER BY 1`, [siteId]);
      return rows.map((row) => row.id);
    },
  };
}

describe('the end of a full sync', () => {
  it('ends no earlier one when its own start was never sent, and is the last full sync only of a site whose posts it sent', async () => {
    const { store, siteId, apply } = await site();
    const last = async () => (await store.database.query<{ at: Date | null }>('SELECT last_full_sync_at AS at FROM site WHERE id = $1', [siteId]))[0]?.at?.getTime() ?? null;
    await apply(item(50, started(50, { options: 1, users: [1] })), item(60, ended(60, { users: 1 })));
    expect(await last()).toBeNull();
    await apply(item(100, started(100, { posts: 1 })), item(110, post(1, 110)), item(120, ended(120, { posts: 1 })));
    expect(await last()).toBe(1_800_000_000_120);
    await apply(item(200, ended(200, { posts: 1, users: 1 })));
    expect(await last()).toBe(1_800_000_000_120);
    expect(await store.database.query('SELECT ended_rev AS ended FROM full_sync WHERE site_id = $1 ORDER BY started_rev', [siteId])).toEqual([{ ended: 60 }, { ended: 120 }]);
  });

  it('removes posts that it did not mention, with what they own, and tells the change log', async () => {
    const { store, siteId, apply, alive } = await site();
    await apply(item(10, post(1, 10), post(2, 10), post(3, 10), meta(1, 1, 10), meta(3, 3, 10)));
    await apply(item(100, started(100, { posts: 1 })));
    await apply(item(110, post(1, 110), post(2, 110), meta(1, 1, 110), { kind: 'metaSnapshot', entity: 'postMeta', ownerIds: [1, 2], metaIds: [1], rev: 110 }));
    await apply(item(120, ended(120, { posts: 2 })));
    expect(await alive('post')).toEqual([1, 2]);
    expect(await alive('post_meta')).toEqual([1]);
    const changes = await store.database.query(`SELECT kind, typename, local_id AS id FROM change WHERE site_id = $1 AND kind = 'DELETED'`, [siteId]);
    expect(changes).toEqual([{ kind: 'DELETED', typename: 'Post', id: '3' }]);
  });

  it('leaves alone what was written after it began, and what a stub mentioned', async () => {
    const { apply, alive } = await site();
    await apply(item(10, post(1, 10), post(2, 10), post(3, 10)));
    await apply(item(100, started(100, { posts: 1 })), item(105, post(4, 105)));
    await apply(item(110, post(1, 110), { kind: 'mention', entity: 'post', ids: [2], rev: 110 }));
    await apply(item(120, ended(120, { posts: 2 })));
    expect(await alive('post')).toEqual([1, 2, 4]);
  });

  it('keeps a removed post removed when an older event arrives late, and takes one that is newer', async () => {
    const { apply, alive } = await site();
    await apply(item(100, started(100, { posts: 1 })), item(110, post(1, 110)), item(120, ended(120, { posts: 1 })));
    await apply(item(50, post(7, 50)));
    expect(await alive('post')).toEqual([1]);
    await apply(item(130, post(7, 130)));
    expect(await alive('post')).toEqual([1, 7]);
  });

  it('concludes nothing when it asked for single ids, when rows are missing, or when it was cancelled', async () => {
    for (const [config, counts, cancel] of [[{ posts: [1] }, { posts: 1 }, false], [{ posts: 1 }, { posts: 5 }, false], [{ posts: 1 }, { posts: 1 }, true]] as const) {
      const { apply, alive } = await site();
      await apply(item(10, post(1, 10), post(2, 10)));
      await apply(item(100, started(100, config as Record<string, 1 | number[]>)), item(110, post(1, 110)));
      if (cancel) await apply(item(115, { kind: 'fullSyncCancelled', rev: 115 }));
      await apply(item(120, ended(120, counts)));
      expect(await alive('post')).toEqual([1, 2]);
    }
  });

  it('keeps spam, trash and subscribers, which it never carries', async () => {
    const { apply, alive } = await site();
    await apply(item(10, comment(1, 10, '1'), comment(2, 10, 'spam'), comment(3, 10, 'trash'), user(1, 10, ['edit_posts']), user(2, 10, ['read'])));
    await apply(item(100, started(100, { comments: 1, users: 1 })), item(110, comment(1, 110, '1'), user(1, 110, ['edit_posts'])), item(120, ended(120, { comments: 3, users: 1 })));
    expect(await alive('comment')).toEqual([1, 2, 3]);
    expect(await alive('site_user')).toEqual([1, 2]);
  });

  it('hides an approved comment that it did not mention until an event of its own says what became of it', async () => {
    const { store, siteId, apply, alive } = await site();
    await apply(item(10, comment(1, 10, '1'), comment(2, 10, '1')));
    await apply(item(100, started(100, { comments: 1 })), item(110, comment(1, 110, '1')), item(120, ended(120, { comments: 2 })));
    expect(await alive('comment')).toEqual([1]);
    await apply(item(60, { kind: 'upsert', entity: 'comment', key: { id: 2 }, rev: 60, groups: { status: { status: 'spam', statusBeforeTrash: null } } }));
    expect(await alive('comment')).toEqual([1, 2]);
    const [row] = await store.database.query(`SELECT status FROM comment WHERE site_id = $1 AND id = 2`, [siteId]);
    expect(row?.['status']).toBe('spam');
  });

  it('removes an author who was not mentioned', async () => {
    const { apply, alive } = await site();
    await apply(item(10, user(1, 10, ['edit_posts']), user(2, 10, ['edit_posts'])));
    await apply(item(100, started(100, { users: 1 })), item(110, user(1, 110, ['edit_posts'])), item(120, ended(120, { users: 1 })));
    expect(await alive('site_user')).toEqual([1]);
  });
});
