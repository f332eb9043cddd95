import { describe, expect, it } from 'vitest';
import { applyBatch } from '../../../store/apply/apply.js';
import { addSite } from '../../../store/sites.js';
import { decodeRequest, loadRecordedSite, readRecording, visibleRows, type RecordedRequest } from '../../testkit/recorded.js';
import { nextSiteId, openTestStore } from '../../testkit/store.js';

/** Merges two queues at random; each keeps its own order, as a site's two senders do. */
function interleave(a: readonly RecordedRequest[], b: readonly RecordedRequest[], random: () => number): RecordedRequest[] {
  const merged: RecordedRequest[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const next = j >= b.length || (i < a.length && random() < (a.length - i) / (a.length - i + b.length - j)) ? a[i++] : b[j++];
    if (next) merged.push(next);
    // A lost answer makes the site send the same request again.
    if (next && random() < 0.1) merged.push(next);
  }
  return merged;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

describe('applying the recorded site', () => {
  it('fills the tables, and a second time writes nothing at all', async () => {
    const store = await openTestStore();
    const siteId = await loadRecordedSite(store);
    const before = await visibleRows(store, siteId);
    expect(before['post']).toHaveLength(154);
    expect(before['comment']).toHaveLength(45);
    expect(before['site_user']).toHaveLength(12);
    expect(before['shop_order']?.length).toBeGreaterThan(24);
    const logs = () =>
      store.database.query('SELECT (SELECT count(*) FROM change WHERE site_id = $1) AS changes, (SELECT count(*) FROM audit_event WHERE site_id = $1) AS events', [siteId]);
    const logged = await logs();
    for (const name of ['1-incremental', '2-full-sync'] as const) {
      for (const request of readRecording(name)) await applyBatch(store, siteId, decodeRequest(request), new Date());
    }
    expect(await visibleRows(store, siteId)).toEqual(before);
    expect(await logs()).toEqual(logged);
  });

  it.each([1, 2, 3, 4])('ends in the same rows whatever the interleaving of the two queues, with repeats (seed %i)', async (seed) => {
    const store = await openTestStore();
    const reference = await visibleRows(store, await loadRecordedSite(store));
    const siteId = nextSiteId();
    await addSite(store, { id: siteId, url: `http://shuffled-${siteId}.example`, blogToken: `k${siteId}.s${siteId}` });
    for (const request of interleave(readRecording('1-incremental'), readRecording('2-full-sync'), seeded(seed))) {
      await applyBatch(store, siteId, decodeRequest(request), new Date());
    }
    const rows = await visibleRows(store, siteId);
    for (const table of Object.keys(reference)) expect(rows[table], table).toEqual(reference[table]);
  });

  it('keeps the change log without a gap', async () => {
    const store = await openTestStore();
    const siteId = await loadRecordedSite(store);
    const [facts] = await store.database.query<{ first: number; last: number; n: number; sequence: number }>(
      `SELECT min(sequence) AS first, max(sequence) AS last, count(*) AS n, (SELECT sequence FROM site WHERE id = $1) AS sequence FROM change WHERE site_id = $1`,
      [siteId],
    );
    expect(facts?.first).toBe(1);
    expect(facts?.last).toBe(facts?.n);
    expect(facts?.sequence).toBe(facts?.n);
  });
});
