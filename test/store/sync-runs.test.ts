import { beforeAll, describe, expect, it } from 'vitest';
import type { SiteId } from '../../core/ids.js';
import type { Store } from '../../store/store.js';
import { addSite } from '../../store/sites.js';
import {
  claimRun, findRun, finishRun, KEPT_RUNS, latestRuns, MAX_WAITING_RUNS, noteProgress, onRunRequested, releaseRun, renewRun, requestRun,
  sitesWithClaimableRuns, type RunRequest, type SyncRunRow,
} from '../../store/sync-runs.js';
import { nextSiteId, openTestStore } from '../testkit/store.js';

const LEASE_SECONDS = 60;

describe('sync runs', () => {
  let store: Store;
  let siteId: SiteId;
  beforeAll(async () => {
    store = await openTestStore();
  });
  const freshSite = async (): Promise<SiteId> => {
    siteId = nextSiteId();
    await addSite(store, { id: siteId, url: `http://runs-${siteId}.example`, blogToken: 'key.secret' });
    return siteId;
  };
  const ask = async (request: Partial<RunRequest> = {}) => requestRun(store, { siteId, kind: 'FULL', requestedBy: 'test', ...request });
  const asked = async (request: Partial<RunRequest> = {}): Promise<SyncRunRow> => {
    const outcome = await ask(request);
    if (!('run' in outcome)) throw new Error(`the run was not taken: ${outcome.kind}`);
    return outcome.run;
  };

  it('gives the run of a repeated key, and refuses the key for anything else', async () => {
    await freshSite();
    const first = await asked({ idempotencyKey: 'a', modules: ['posts', 'comments', 'posts'] });
    expect(first).toMatchObject({ state: 'QUEUED', modules: ['comments', 'posts'], startedAt: null });
    expect(await ask({ idempotencyKey: 'a', modules: ['comments', 'posts'] })).toMatchObject({ kind: 'repeated', run: { id: first.id } });
    expect(await ask({ idempotencyKey: 'a' })).toEqual({ kind: 'mismatch' });
    expect(await ask({ idempotencyKey: 'a', kind: 'VERIFY', modules: ['comments', 'posts'] })).toEqual({ kind: 'mismatch' });
  });

  it('joins equal requests without a key while they wait', async () => {
    await freshSite();
    const first = await asked();
    expect(await ask()).toMatchObject({ kind: 'repeated', run: { id: first.id } });
    await claimRun(store.database, siteId, 'one', LEASE_SECONDS);
    expect(await ask()).toMatchObject({ kind: 'requested' });
  });

  it('holds no more waiting runs than its limit', async () => {
    await freshSite();
    for (let index = 0; index < MAX_WAITING_RUNS; index += 1) await asked({ idempotencyKey: `key ${index}` });
    expect(await ask({ idempotencyKey: 'one too many' })).toEqual({ kind: 'crowded' });
  });

  it('claims one run a site, oldest first, and the next when it ended', async () => {
    await freshSite();
    const full = await asked();
    const verify = await asked({ kind: 'VERIFY' });
    const claims = await Promise.all(['one', 'two', 'three'].map((holder) => claimRun(store.database, siteId, holder, LEASE_SECONDS)));
    expect(claims.flatMap((run) => run?.id ?? [])).toEqual([full.id]);
    expect(await sitesWithClaimableRuns(store.database, 1000)).not.toContain(siteId);
    await finishRun(store.database, full, { state: 'DONE' });
    expect(await sitesWithClaimableRuns(store.database, 1000)).toContain(siteId);
    expect(await claimRun(store.database, siteId, 'two', LEASE_SECONDS)).toMatchObject({ id: verify.id, state: 'RUNNING' });
  });

  it('does runs in the order they were asked for, within one millisecond too', async () => {
    await freshSite();
    const asking: string[] = [];
    for (let index = 0; index < 10; index += 1) asking.push((await asked({ idempotencyKey: `key ${index}` })).id);
    await store.database.query(`UPDATE sync_run SET requested_at = now() WHERE site_id = $1`, [siteId]);
    const done: string[] = [];
    for (let run = await claimRun(store.database, siteId, 'one', LEASE_SECONDS); run; run = await claimRun(store.database, siteId, 'one', LEASE_SECONDS)) {
      done.push(run.id);
      await finishRun(store.database, run, { state: 'DONE' });
    }
    expect(done).toEqual(asking);
  });

  it('hands a run whose lease ran out to another with its cursor, and its first holder notices', async () => {
    await freshSite();
    const run = await asked();
    await claimRun(store.database, siteId, 'dead', 0);
    await noteProgress(store.database, run, { posts: { total: 10, done: 4, finished: false } }, { at: 4 });
    await noteProgress(store.database, run, { users: { total: 1, done: 1, finished: true } });
    expect(await claimRun(store.database, siteId, 'heir', LEASE_SECONDS)).toMatchObject({
      id: run.id, cursor: { at: 4 }, progress: { posts: { total: 10, done: 4, finished: false }, users: { total: 1, done: 1, finished: true } },
    });
    expect(await renewRun(store.database, run, 'dead', LEASE_SECONDS)).toBe(false);
    expect(await renewRun(store.database, run, 'heir', LEASE_SECONDS)).toBe(true);
    await releaseRun(store.database, run, 'dead');
    expect(await claimRun(store.database, siteId, 'third', LEASE_SECONDS)).toBeNull();
    await releaseRun(store.database, run, 'heir');
    expect(await claimRun(store.database, siteId, 'third', LEASE_SECONDS)).toMatchObject({ id: run.id });
  });

  it('ends a run once, with a bounded message', async () => {
    await freshSite();
    const run = await asked();
    await finishRun(store.database, run, { state: 'FAILED', errorCode: 'timeout', errorMessage: 'x'.repeat(10_000) });
    await finishRun(store.database, run, { state: 'DONE' });
    const found = await findRun(store.database, siteId, run.id);
    expect(found).toMatchObject({ state: 'FAILED', errorCode: 'timeout' });
    expect(found?.errorMessage).toHaveLength(500);
  });

  it('keeps the newest finished runs of a site and lists them newest first', async () => {
    await freshSite();
    const ids: string[] = [];
    for (let index = 0; index < KEPT_RUNS + 3; index += 1) {
      const run = await asked({ idempotencyKey: `key ${index}` });
      await finishRun(store.database, run, { state: 'DONE' });
      ids.push(run.id);
    }
    const kept = await latestRuns(store.database, [siteId], 1000);
    expect(kept.length).toBeLessThanOrEqual(KEPT_RUNS + 1);
    expect((await latestRuns(store.database, [siteId], 1))[0]?.id).toBe(ids.at(-1));
  });

  it('tells listeners of this process at once, until they stop listening', async () => {
    await freshSite();
    let told = 0;
    const stop = onRunRequested(store, () => (told += 1));
    await asked();
    await asked();
    expect(told).toBe(1);
    stop();
    await asked({ kind: 'REPAIR' });
    expect(told).toBe(1);
  });
});
