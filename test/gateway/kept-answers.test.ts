// Answers that are kept: for whom, for how long, and that nobody ever gets one that would come out otherwise now. The last is held by a site that
// changes at random, whose every answer is compared with that of a graph that keeps nothing; an answer kept too long is seen to be caught.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS, type Viewer } from '../../auth/viewer.js';
import { currentTime, gatherSources, tookSource, tookUnwatched, untold, type Source } from '../../core/answer-sources.js';
import type { DecodedItem, DomainChange } from '../../core/changes.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../core/ids.js';
import { createKeptAnswers, type KeptAnswers } from '../../gateway/kept-answers.js';
import type { HttpAnswer } from '../../gateway/shared-answers.js';
import { applyBatch } from '../../store/apply/apply.js';
import { ReadCache } from '../../store/cache/read-cache.js';
import { followSite, markPosts, unfollowSite } from '../../store/reader.js';
import type { Store } from '../../store/store.js';
import { CACHE_BYTES, itemOf, openCachedStore, until } from '../store/cache/kit.js';
import { person } from '../testkit/ask.js';
import { readOperations, startGraph, type TestGraph } from '../testkit/graph.js';
import { decodeRequest, loadRecordedSite, readRecording } from '../testkit/recorded.js';
import { openTestStore } from '../testkit/store.js';

const plain = (body: string): HttpAnswer => ({ status: 200, headers: [], body, isPlainQuery: true });
const always = (): boolean => true;

describe('what an answer was made of', () => {
  it('holds until one of its sources is taken away', async () => {
    const sources = [{ isHeld: true }, { isHeld: true }];
    const { value, isCurrent } = await gatherSources(async () => {
      for (const source of sources) tookSource(source);
      return 7;
    });
    expect([value, isCurrent?.()]).toEqual([7, true]);
    (sources[1] as { isHeld: boolean }).isHeld = false;
    expect(isCurrent?.()).toBe(false);
  });

  it.each<readonly [string, () => Promise<unknown>]>([
    ['took what nobody watches', async () => (tookSource({ isHeld: true }), tookUnwatched())],
    ['took nothing that is told of', async () => 1],
    ['took what was gone before it ended', async () => {
      const source = { isHeld: true };
      tookSource(source);
      source.isHeld = false;
    }],
  ])('is not known for work that %s', async (_what, work) => {
    expect((await gatherSources(work)).isCurrent).toBeNull();
  });

  it('is kept apart for works that go on at the same time, and left out where it is told as one', async () => {
    const [a, b, inner]: Source[] = [{ isHeld: true }, { isHeld: true }, { isHeld: false }];
    const work = async (source: Source | undefined): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (source) tookSource(source);
      untold(() => inner && tookSource(inner));
    };
    const [first, second] = await Promise.all([gatherSources(() => work(a)), gatherSources(() => work(b))]);
    (a as { isHeld: boolean }).isHeld = false;
    expect([first.isCurrent?.(), second.isCurrent?.()]).toEqual([false, true]);
  });

  it('that looks at the clock holds for a moment', async () => {
    const { isCurrent } = await gatherSources(async () => (tookSource({ isHeld: true }), currentTime()));
    expect(isCurrent).not.toBeNull();
    await until(() => isCurrent?.() === false);
  });
});

describe('kept answers', () => {
  const reader: Viewer = { kind: 'operator', accountId: 'a', scopes: ['*'] };

  it('are for equal viewers only, however they are made', () => {
    const kept = createKeptAnswers(1_000_000);
    kept.keep(reader, 'text', plain('{}'), always);
    expect(String(kept.find({ ...reader }, 'text')?.body)).toBe('{}');
    const others: Viewer[] = [ANONYMOUS, { ...reader, accountId: 'b' }, { ...reader, scopes: ['content:read'] }, { kind: 'person', accountId: 'a', scopes: ['*'], users: [] }];
    for (const viewer of others) expect(kept.find(viewer, 'text')).toBeUndefined();
    expect(kept.find(reader, 'other')).toBeUndefined();
    expect(kept.stats).toMatchObject({ hits: 1, entries: 1 });
  });

  it('are forgotten when they no longer hold', () => {
    const kept = createKeptAnswers(1_000_000);
    let holds = true;
    kept.keep(reader, 'text', plain('{}'), () => holds);
    holds = false;
    expect(kept.find(reader, 'text')).toBeUndefined();
    expect(kept.stats).toEqual({ hits: 0, entries: 0, bytes: 0 });
  });

  it('take no more than their room, the one that was used longest ago going first', () => {
    const kept = createKeptAnswers(100_000);
    for (const name of ['a', 'b', 'c']) kept.keep(reader, name, plain('x'.repeat(10_000)), always);
    for (let round = 0; round < 20; round += 1) {
      expect(kept.find(reader, 'a')).toBeDefined();
      kept.keep(reader, `more ${round}`, plain('x'.repeat(10_000)), always);
      expect(kept.stats.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(kept.find(reader, 'b')).toBeUndefined();
    kept.keep(reader, 'large', plain('x'.repeat(20_000)), always);
    expect(kept.find(reader, 'large')).toBeUndefined();
  });
});

/** Never looks whether an answer still holds. */
function createCareless(): KeptAnswers {
  const kept = createKeptAnswers(8 * 1024 * 1024);
  return { ...kept, keep: (viewer, text, answer) => kept.keep(viewer, text, answer, always) };
}

/** Numbers from 0 to 1 that are the same each time. */
function createDice(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed;
  return (choices) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)] as (typeof choices)[number];
  };
}

const WORDS: Readonly<Record<string, readonly string[]>> = { status: ['publish', 'draft', 'private', 'trash', 'pending'], commentStatus: ['open', 'closed'] };
const TEXTS = ['title', 'content', 'excerpt', 'name', 'description', 'displayName', 'version', 'authorName'];

describe('a graph that keeps answers', () => {
  const accountId = randomUUID();
  const operations = readOperations();
  const recorded: DecodedItem[] = [];
  let stores: { readonly cached: Store; readonly bare: Store };
  let siteId: SiteId;
  let viewers: Readonly<Record<string, Viewer>>;
  let bare: TestGraph;
  let variables: Readonly<Record<string, Record<string, unknown>>>;

  beforeAll(async () => {
    stores = { cached: (await openCachedStore(new ReadCache({ maxBytes: CACHE_BYTES, freezes: true }))).store, bare: await openTestStore() };
    siteId = await loadRecordedSite(stores.cached, ['1-incremental', '2-full-sync', '3-full-sync-woocommerce']);
    for (const name of ['1-incremental', '2-full-sync', '3-full-sync-woocommerce'] as const) {
      for (const request of readRecording(name)) recorded.push(...decodeRequest(request).filter((item) => item.changes.some((change) => change.kind === 'upsert')));
    }
    const site = encodeSiteId(siteId);
    const [post] = await stores.bare.database.query<{ id: number }>(`SELECT id FROM post WHERE site_id = $1 AND type = 'post' AND status = 'publish' AND alive ORDER BY id DESC LIMIT 1`, [siteId]);
    const [order] = await stores.bare.database.query<{ id: number }>(`SELECT id FROM shop_order WHERE site_id = $1 AND alive AND order_type = 'shop_order' ORDER BY id DESC LIMIT 1`, [siteId]);
    variables = {
      MobilePosts: { siteId: site }, MobileDelta: { siteIds: [site] }, EditorOpen: { id: encodeGlobalId(siteId, 'Post', post?.id ?? 0) }, MenuEditor: { siteId: site },
      FleetPlugins: {}, ReaderFeed: {}, OrderScreen: { id: encodeGlobalId(siteId, 'Order', order?.id ?? 0) }, AuditScreen: { siteId: site },
    };
    viewers = { administrator: person([{ siteId, userId: 1 }], accountId), other: person([{ siteId, userId: 2 }], randomUUID()) };
    bare = await startGraph(stores.bare, 'in-process', viewers);
  }, 600_000);
  afterAll(() => bare.close());

  /** A recorded item as if it happened again now, with another text or status here and there, or with something deleted. */
  function itemAgain(dice: ReturnType<typeof createDice>, step: number): DecodedItem {
    const item = dice(recorded);
    return {
      ...item,
      ...itemOf((rev) =>
        item.changes.map((change): DomainChange => {
          if (change.kind !== 'upsert') return { ...change, rev };
          if (dice([true, ...Array<false>(12).fill(false)])) return { kind: 'delete', entity: change.entity, key: change.key, rev } as DomainChange;
          const groups = Object.fromEntries(Object.entries(change.groups as Record<string, Record<string, unknown>>).map(([group, fields]) => [
            group,
            Object.fromEntries(Object.entries(fields).map(([field, value]) => {
              const words = WORDS[field];
              if (typeof value !== 'string' || dice([true, false])) return [field, value];
              return [field, words ? dice(words) : TEXTS.includes(field) ? `${value.slice(0, 200)} ${step}` : value];
            })),
          ]));
          return { ...change, rev, groups } as DomainChange;
        }),
      ),
    };
  }

  async function change(dice: ReturnType<typeof createDice>, step: number): Promise<void> {
    const what = dice(['item', 'item', 'item', 'item', 'follow', 'unfollow', 'seen', 'nothing', 'nothing']);
    const { database } = stores.cached;
    if (what === 'item') await applyBatch(stores.cached, siteId, [itemAgain(dice, step)], new Date());
    if (what === 'follow') await followSite(database, accountId, siteId);
    if (what === 'unfollow') await unfollowSite(database, accountId, siteId);
    if (what === 'seen') {
      const [row] = await stores.bare.database.query<{ id: number }>(`SELECT id FROM post WHERE site_id = $1 AND type = 'post' AND alive ORDER BY md5(id::text || $2) LIMIT 1`, [siteId, String(step)]);
      if (row) await markPosts(database, accountId, [{ siteId, localId: row.id }], dice([true, false]));
    }
  }

  /** Changes and asks; tells which answers were not those of the graph that keeps nothing. */
  async function differing(kept: KeptAnswers, steps: number, seed: number): Promise<string[]> {
    const graph = await startGraph(stores.cached, 'in-process', viewers, null, { kept });
    const dice = createDice(seed);
    const wrong: string[] = [];
    try {
      for (let step = 0; step < steps; step += 1) {
        await change(dice, step);
        for (const name of [dice(Object.keys(variables)), dice(Object.keys(variables))]) {
          const who = dice(['administrator', 'administrator', 'other', undefined]);
          const asked = [operations.get(name) ?? '', variables[name] ?? {}, who] as const;
          const truth = await bare.ask(...asked);
          for (let time = 0; time < 3; time += 1) {
            const told = await graph.ask(...asked);
            if (JSON.stringify([told.data, told.codes]) !== JSON.stringify([truth.data, truth.codes])) wrong.push(`step ${step}: ${name} for ${who}`);
          }
        }
      }
    } finally {
      await graph.close();
    }
    return wrong;
  }

  it('answers as one that keeps nothing, whatever changed in between', async () => {
    const kept = createKeptAnswers(8 * 1024 * 1024);
    expect(await differing(kept, 120, 20_261_124)).toEqual([]);
    expect(kept.stats.hits).toBeGreaterThan(100);
  }, 600_000);

  it('is caught when it gives an answer that no longer holds', async () => {
    expect((await differing(createCareless(), 40, 7)).length).toBeGreaterThan(0);
  }, 600_000);
});
