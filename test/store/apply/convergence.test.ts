import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedItem, DomainChange } from '../../../core/changes.js';
import { applyBatch } from '../../../store/apply/apply.js';
import { addSite } from '../../../store/sites.js';
import { visibleRows } from '../../testkit/recorded.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

const id = fc.integer({ min: 1, max: 3 });
const word = fc.constantFrom('a', 'b', 'c', 'zürich 🚢');
type Make = (rev: number) => DomainChange | DomainChange[];

const postCore = (title: string, status: string) => ({
  type: 'post', status, parentId: 0, menuOrder: 0, title, content: title, excerpt: '', slug: title, localDate: '2026-01-01T00:00:00', dateGmt: '2026-01-01T00:00:00Z',
  modifiedGmt: '2026-01-01T00:00:00Z', commentStatus: 'open', pingStatus: 'open', mimeType: '', guid: '', passwordProtected: false,
});

const change: fc.Arbitrary<Make> = fc.oneof(
  fc.tuple(id, word, fc.constantFrom('publish', 'draft'), id, fc.boolean()).map(([post, title, status, author, links]): Make => (rev) => ({
    kind: 'upsert', entity: 'post', key: { id: post }, rev,
    groups: { core: postCore(title, status), author: { authorId: author }, ...(links ? { links: { permalink: `/${title}`, shortlink: '' } } : {}) },
  })),
  id.map((post): Make => (rev) => ({ kind: 'delete', entity: 'post', key: { id: post }, rev })),
  fc.tuple(fc.integer({ min: 1, max: 6 }), word).map(([meta, value]): Make => (rev) => ({
    kind: 'upsert', entity: 'postMeta', key: { metaId: meta }, rev, groups: { core: { postId: ((meta - 1) % 3) + 1, metaKey: 'k', value } },
  })),
  fc.integer({ min: 1, max: 6 }).map((meta): Make => (rev) => ({ kind: 'delete', entity: 'postMeta', key: { metaId: meta }, rev })),
  // A statement of the whole comes with the rows that it names.
  fc.tuple(fc.uniqueArray(id, { minLength: 1 }), fc.uniqueArray(fc.integer({ min: 1, max: 6 })), word).map(([posts, metas, value]): Make => (rev) => {
    const metaIds = metas.filter((meta) => posts.includes(((meta - 1) % 3) + 1));
    const rows = metaIds.map((meta): DomainChange => ({
      kind: 'upsert', entity: 'postMeta', key: { metaId: meta }, rev, groups: { core: { postId: ((meta - 1) % 3) + 1, metaKey: 'k', value } },
    }));
    return [...rows, { kind: 'metaSnapshot', entity: 'postMeta', ownerIds: posts, metaIds, rev }];
  }),
  fc.tuple(id, word).map(([term, name]): Make => (rev) => ({
    kind: 'upsert', entity: 'term', key: { ttId: term }, rev,
    groups: { core: { termId: term, taxonomy: 'category', name, slug: name, description: '', parentId: 0 }, count: { storedCount: 1 } },
  })),
  id.map((term): Make => (rev) => ({ kind: 'delete', entity: 'term', key: { ttId: term }, rev })),
  fc.tuple(id, id, fc.boolean()).map(([object, term, present]): Make => (rev) => ({
    kind: 'upsert', entity: 'termRelation', key: { objectId: object, ttId: term }, rev, groups: { core: { present } },
  })),
  fc.tuple(id, word, fc.constantFrom('0', '1', 'spam')).map(([comment, text, status]): Make => (rev) => ({
    kind: 'upsert', entity: 'comment', key: { id: comment }, rev,
    groups: {
      core: { postId: comment, parentId: 0, type: 'comment', dateGmt: null, localDate: null, userId: 0, karma: 0 },
      author: { authorName: text }, content: { content: text }, status: { status, statusBeforeTrash: null },
    },
  })),
  fc.tuple(id, word).map(([comment, text]): Make => (rev) => ({ kind: 'upsert', entity: 'comment', key: { id: comment }, rev, groups: { content: { content: text } } })),
  id.map((comment): Make => (rev) => ({
    kind: 'upsert', entity: 'comment', key: { id: comment }, rev, groups: { status: { status: 'post-trashed', statusBeforeTrash: '1' } },
  })),
  id.map((comment): Make => (rev) => ({ kind: 'delete', entity: 'comment', key: { id: comment }, rev })),
  fc.tuple(word, word).map(([name, value]): Make => (rev) => ({
    kind: 'upsert', entity: 'setting', key: { settingKind: 'OPTION', name }, rev, groups: { core: { value: { nested: [value] }, redacted: false } },
  })),
  fc.tuple(fc.uniqueArray(word), word).map(([names, value]): Make => (rev) => [
    ...names.map((name): DomainChange => ({ kind: 'upsert', entity: 'setting', key: { settingKind: 'OPTION', name }, rev, groups: { core: { value, redacted: false } } })),
    { kind: 'settingSnapshot', settingKind: 'OPTION', names, rev },
  ]),
  fc.tuple(id, word).map(([order, total]): Make => (rev) => ({ kind: 'upsert', entity: 'order', key: { id: order }, rev, groups: { total: { total } } })),
  fc.tuple(id, word).map(([order, status]): Make => (rev) => ({
    kind: 'upsert', entity: 'order', key: { id: order }, rev, groups: { core: { orderType: 'shop_order', parentId: 0, createdAt: null }, status: { status } },
  })),
  id.map((order): Make => (rev) => ({ kind: 'delete', entity: 'order', key: { id: order }, rev })),
  fc.tuple(id, id).map(([item, order]): Make => (rev) => ({
    kind: 'upsert', entity: 'orderItem', key: { id: item }, rev, groups: { core: { orderId: order, name: 'n', itemType: 'line_item' } },
  })),
);

function item(changes: readonly DomainChange[], rev: number): DecodedItem {
  return {
    key: `jpsq_sync-${rev}`, action: 'test', rev, at: new Date(1_800_000_000_000 + rev).toISOString(), isImporting: false,
    actor: null, changes, audit: null, deadLetter: null,
  };
}

/** The items in an order and in batches that the numbers choose, some of them twice. */
function disturb(items: readonly DecodedItem[], choices: readonly number[]): DecodedItem[][] {
  const at = (index: number) => choices[index % choices.length] ?? 0;
  const repeated = items.flatMap((one, index) => (at(index) % 4 === 0 ? [one, one] : [one]));
  const shuffled = repeated.map((one, index) => ({ one, place: at(index * 7 + 3) })).sort((a, b) => a.place - b.place).map(({ one }) => one);
  const batches: DecodedItem[][] = [];
  for (let start = 0, step = 0; start < shuffled.length; step += 1) {
    const size = 1 + (at(step) % 7);
    batches.push(shuffled.slice(start, start + size));
    start += size;
  }
  return batches;
}

describe('registers', () => {
  it('do not bring back what a later statement of the whole left out, after a deletion that was older still', async () => {
    const store = await openTestStore();
    const siteId = nextSiteId();
    await addSite(store, { id: siteId, url: `http://converge-${siteId}.example`, blogToken: `k${siteId}.s${siteId}` });
    const meta = (rev: number): DomainChange => ({ kind: 'upsert', entity: 'postMeta', key: { metaId: 1 }, rev, groups: { core: { postId: 1, metaKey: 'k', value: 'a' } } });
    const post: DomainChange = { kind: 'upsert', entity: 'post', key: { id: 1 }, rev: 30, groups: { core: postCore('a', 'publish'), author: { authorId: 1 } } };
    const told: DomainChange[][] = [
      [{ kind: 'delete', entity: 'postMeta', key: { metaId: 1 }, rev: 10 }], [post],
      [{ kind: 'metaSnapshot', entity: 'postMeta', ownerIds: [1], metaIds: [], rev: 40 }], [meta(20)],
    ];
    for (const changes of told) await applyBatch(store, siteId, [item(changes, changes[0] && 'rev' in changes[0] ? changes[0].rev : 0)], new Date(0));
    expect((await visibleRows(store, siteId))['post_meta']).toEqual([]);
  });

  it('hold the same rows after any interleaving with repeats', async () => {
    const store = await openTestStore();
    const fresh = async () => {
      const siteId = nextSiteId();
      await addSite(store, { id: siteId, url: `http://converge-${siteId}.example`, blogToken: `k${siteId}.s${siteId}` });
      return siteId;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 2, maxLength: 30 }), fc.array(fc.nat(1000), { minLength: 5, maxLength: 60 }), async (makes, choices) => {
        const items = makes.map((make, index) => item([make((index + 1) * 10)].flat(), (index + 1) * 10));
        const inOrder = await fresh();
        for (const one of items) await applyBatch(store, inOrder, [one], new Date(0));
        const disturbed = await fresh();
        for (const batch of disturb(items, choices)) await applyBatch(store, disturbed, batch, new Date(0));
        expect(await visibleRows(store, disturbed)).toEqual(await visibleRows(store, inOrder));
      }),
      { numRuns: 60 },
    );
  });
});
