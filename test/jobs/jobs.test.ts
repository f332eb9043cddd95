// Runs are done once, by one process at a time, whatever happens to processes; and the clock's work keeps its budget.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../core/log.js';
import type { SiteId } from '../../core/ids.js';
import { askForVerifications, lookAfterSites, VERIFICATIONS_PER_TICK } from '../../jobs/schedules.js';
import { startJobs, type JobsOptions } from '../../jobs/start-jobs.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { forgetOld } from '../../store/retention.js';
import { findingsOfSite } from '../../store/site-findings.js';
import { addSite } from '../../store/sites.js';
import type { Store } from '../../store/store.js';
import { claimRun, latestRuns, noteProgress } from '../../store/sync-runs.js';
import type { RunContext } from '../../sync/runs.js';
import { ask, cancelRuns, follow, startDriven } from '../sync/drive/drive-kit.js';
import { countStatements } from '../testkit/statements.js';
import { nextSiteId, openPrivateStore, openTestStore } from '../testkit/store.js';

/** These runs call nobody. */
const client = { rest: () => Promise.resolve({ kind: 'failure', code: 'unreachable', message: 'nobody', wasSent: false }) } as unknown as SiteClient;

let store: Store;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  store = await openTestStore();
  await cancelRuns(store);
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  await cancelRuns(store);
});

async function jobs(options: Partial<JobsOptions>) {
  const started = await startJobs({ store, client, log: createLog('silent'), runners: {}, schedules: false, dispatchMs: 50, ...options });
  open.push(started);
  return started;
}

async function freshSite(of: Store = store): Promise<SiteId> {
  const siteId = nextSiteId();
  await addSite(of, { id: siteId, url: `http://jobs-${siteId}.example`, blogToken: `key${siteId}.secret` });
  return siteId;
}

const interrupted = (signal: AbortSignal): Promise<never> => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('jobs', () => {
  it('do each run once and those of one site one after the other, with two runners on one store', async () => {
    const sites = [await freshSite(), await freshSite(), await freshSite()];
    const done: string[] = [];
    const atWork = new Map<number, number>();
    let most = 0;
    const runner = async ({ run }: RunContext) => {
      const now = (atWork.get(run.siteId) ?? 0) + 1;
      atWork.set(run.siteId, now);
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      atWork.set(run.siteId, now - 1);
      done.push(run.id);
      return { state: 'DONE' } as const;
    };
    await jobs({ runners: { VERIFY: runner } });
    await jobs({ runners: { VERIFY: runner } });
    const asked = await Promise.all(sites.flatMap((siteId) => ['a', 'b', 'c', 'd'].map((key) => ask(store, { siteId, kind: 'VERIFY', idempotencyKey: key }))));
    for (const run of asked) expect((await follow(store, run)).state).toBe('DONE');
    expect(done.sort()).toEqual(asked.map(({ id }) => id).sort());
    expect(most).toBe(1);
  });

  it('take over the run of a process that died, with its cursor', async () => {
    const siteId = await freshSite();
    const run = await ask(store, { siteId, kind: 'VERIFY' });
    await claimRun(store.database, siteId, 'a process that was killed', 1);
    await noteProgress(store.database, run, {}, { page: 7 });
    const cursors: unknown[] = [];
    await jobs({ runners: { VERIFY: ({ run: { cursor } }) => Promise.resolve(cursors.push(cursor)).then(() => ({ state: 'DONE' }) as const) } });
    expect((await follow(store, run)).state).toBe('DONE');
    expect(cursors).toEqual([{ page: 7 }]);
  });

  it('stop a run whose lease another took, and leave its end to the other', async () => {
    const siteId = await freshSite();
    const reasons: unknown[] = [];
    await jobs({ leaseSeconds: 1, runners: { VERIFY: ({ signal }) => interrupted(signal).catch((reason: unknown) => { reasons.push((reason as Error).message); throw reason; }) } });
    const run = await ask(store, { siteId, kind: 'VERIFY' });
    await follow(store, run, ({ state }) => state === 'RUNNING');
    await store.database.query(`UPDATE sync_run SET lease_holder = 'another', lease_until = now() + interval '1 minute' WHERE id = $1::uuid`, [run.id]);
    await expect.poll(() => reasons, { timeout: 20_000 }).toEqual(['another process took the run over']);
    expect((await follow(store, run, () => true)).state).toBe('RUNNING');
  });

  it('end a run that fails unexpectedly or that nobody can do, with a reason', async () => {
    const siteId = await freshSite();
    await jobs({ runners: { VERIFY: () => Promise.reject(new Error('a secret: hunter2')) } });
    const broken = await follow(store, await ask(store, { siteId, kind: 'VERIFY' }));
    expect([broken.state, broken.errorCode]).toEqual(['FAILED', 'internal']);
    expect(broken.errorMessage).not.toContain('hunter2');
    const unknown = await follow(store, await ask(store, { siteId, kind: 'REPAIR' }));
    expect([unknown.state, unknown.errorCode]).toEqual(['FAILED', 'unsupported']);
  });

  it('run few statements while there is nothing to do', async () => {
    const counted = countStatements(store);
    const started = await startJobs({ store: counted.store, client, log: createLog('silent'), runners: {}, schedules: true });
    open.push(started);
    counted.reset();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    // A look for waiting runs every 2 s, three workers every 10 s, the clock's every 45 to 60 s.
    expect(counted.statements.length).toBeLessThan(15);
  });
});

describe('what the clock does', () => {
  let alone: Store;
  beforeAll(async () => {
    alone = await openPrivateStore();
  });
  afterAll(() => alone.close());

  it('asks for verifications within the budget of a tick, spread over the day, and not twice a day', async () => {
    const now = new Date('2026-11-24T23:59:59Z');
    const due: SiteId[] = [];
    for (let index = 0; index < VERIFICATIONS_PER_TICK + 5; index += 1) due.push(await freshSite(alone));
    await alone.database.query(`UPDATE site SET last_full_sync_at = '2026-11-01' WHERE id = ANY($1::bigint[])`, [due]);
    const waiting = async (): Promise<number> => (await latestRuns(alone.database, due, 5)).filter(({ kind, state }) => kind === 'VERIFY' && state === 'QUEUED').length;
    await askForVerifications(alone, new Date('2026-11-24T00:00:00Z'));
    const atMidnight = await waiting();
    expect(atMidnight).toBeLessThan(5);
    await askForVerifications(alone, now);
    expect(await waiting()).toBe(Math.min(atMidnight + VERIFICATIONS_PER_TICK, due.length));
    await askForVerifications(alone, now);
    await askForVerifications(alone, now);
    expect(await waiting()).toBe(due.length);
  });

  it('looks after a silent site: notes its queue, releases it, has it send, and says what was wrong', async () => {
    const site = await startDriven(alone, { drive: 'manual' });
    open.push(site);
    const { double, siteId } = site;
    await alone.database.query(`UPDATE site SET disconnected_at = now() WHERE id <> $1`, [siteId]);
    await alone.database.query(`UPDATE site SET created_at = now() - interval '1 day' WHERE id = $1`, [siteId]);
    double.edit.setOption('blogname', 'Renamed while nobody listened');
    expect(double.state.queue.size()).toBeGreaterThan(0);
    double.sendState.nextSyncTime = Date.now() / 1000 + 86_400;
    await lookAfterSites({ store: alone, client: site.client, log: createLog('silent') }, new Date());
    expect(double.state.queue.size()).toBe(0);
    expect((await findingsOfSite(alone.database, siteId, 10)).map(({ code }) => code)).toEqual(['queue-stuck']);
    await alone.database.query(`UPDATE site SET last_received_at = now() - interval '1 day' WHERE id = $1`, [siteId]);
    await lookAfterSites({ store: alone, client: site.client, log: createLog('silent') }, new Date());
    expect((await findingsOfSite(alone.database, siteId, 10)).filter(({ resolvedAt }) => resolvedAt === null)).toHaveLength(0);
  });

  it('forgets what had its time and nothing else', async () => {
    const siteId = await freshSite(alone);
    await alone.database.query(
      `INSERT INTO request_nonce (site_id, token_key, timestamp, nonce, seen_at) VALUES ($1, 'k', 1, 'old', now() - interval '2 hours'), ($1, 'k', 1, 'new', now())`, [siteId]);
    await alone.database.query(
      `INSERT INTO dead_letter (site_id, item_key, digest, action, reason, message, payload, first_at, last_at)
       SELECT $1, k, '', '', 'bad-json', '', '\\x00', at, at FROM (VALUES ('old', now() - interval '91 days'), ('new', now())) AS v (k, at)`, [siteId]);
    await alone.database.query('UPDATE site SET dead_letter_count = 2 WHERE id = $1', [siteId]);
    const forgotten = await forgetOld(alone.database, new Date());
    expect([forgotten.nonces, forgotten.deadLetters]).toEqual([1, 1]);
    const [left] = await alone.database.query<{ nonces: number; letters: number; told: number }>(
      `SELECT (SELECT count(*) FROM request_nonce WHERE site_id = $1) AS nonces, (SELECT count(*) FROM dead_letter WHERE site_id = $1) AS letters, dead_letter_count AS told FROM site WHERE id = $1`, [siteId]);
    expect(left).toEqual({ nonces: 1, letters: 1, told: 1 });
  });
});
