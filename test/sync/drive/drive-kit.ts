// A double of a site that is connected to a real sync server over the shared store, with jobs that drive it. Real HTTP both ways.
import { createLog } from '../../../core/log.js';
import type { SiteId } from '../../../core/ids.js';
import { startJobs, type Jobs, type JobsOptions } from '../../../jobs/start-jobs.js';
import { createSiteClient } from '../../../origin/site-client.js';
import type { SiteClient } from '../../../origin/site-calls.js';
import type { Store } from '../../../store/store.js';
import { findRun, requestRun, type RunRequest, type SyncRunRow } from '../../../store/sync-runs.js';
import { createFullSyncRunner, type FullSyncTimes } from '../../../sync/drive/full-sync.js';
import type { Runners } from '../../../sync/runs.js';
import { startSiteDouble, type SiteDouble, type SiteDoubleOptions } from '../../testkit/site-double/index.js';
import { addLocalSite, nextSiteId } from '../../testkit/store.js';
import { startSyncServer } from '../http-site.js';

const BLOG_TOKEN = 'bk0EXAMPLEblogTokenKey0123456789.bs0EXAMPLEblogTokenSecret9876543';
const USER_TOKEN = 'uk1EXAMPLEuserTokenKey0123456789.us1EXAMPLEuserTokenSecret9876543';

export interface Driven {
  readonly siteId: SiteId;
  readonly double: SiteDouble;
  readonly client: SiteClient;
  close(): Promise<void>;
}

/** A site whose connection is taken for granted, and a server that it sends to. */
export async function startDriven(store: Store, options: Partial<SiteDoubleOptions> = {}): Promise<Driven> {
  const server = await startSyncServer(store);
  const siteId = nextSiteId();
  const double = await startSiteDouble({ hubUrl: server.url, ...options });
  // Its own tokens, so that sites of one store do not share keys.
  const blogToken = BLOG_TOKEN.replace('bk0EXAMPLE', `bk${siteId}x`);
  const userToken = USER_TOKEN.replace('uk1EXAMPLE', `uk${siteId}x`);
  await addLocalSite(store, { id: siteId, url: double.url, blogToken, userTokens: [`${userToken}.1`] });
  double.adopt({ blogId: siteId, blogToken, userTokens: { 1: userToken }, masterUser: 1 });
  const client = createSiteClient({ store, log: createLog('silent'), allowPrivateOrigins: true });
  return {
    siteId, double, client,
    async close() {
      await double.close();
      await client.close();
      await server.close();
    },
  };
}

/** Times short enough for tests. */
export const QUICK: FullSyncTimes = { pokeMs: 15, unlockMs: 300, hangMs: 1000, outageMs: 1500, deadlineMs: 60_000 };

/** The runner of full syncs with quick times. */
export function quickRunners(store: Store, client: SiteClient, times: Partial<FullSyncTimes> = {}, modulesOff: readonly string[] = []): Partial<Runners> {
  return { FULL: createFullSyncRunner({ store, client, log: createLog('silent'), modulesOff, times: { ...QUICK, ...times } }) };
}

/** Jobs without a clock, that look for work often. */
export function startQuickJobs(store: Store, client: SiteClient, options: Partial<JobsOptions> = {}): Promise<Jobs> {
  return startJobs({ store, client, log: createLog('silent'), runners: quickRunners(store, client), schedules: false, dispatchMs: 100, ...options });
}

/** Calls off what other tests of this worker left waiting in the shared store. */
export async function cancelRuns(store: Store): Promise<void> {
  await store.database.query(`UPDATE sync_run SET state = 'CANCELLED', finished_at = now() WHERE state IN ('QUEUED', 'RUNNING')`);
}

export async function ask(store: Store, request: Omit<RunRequest, 'requestedBy'> & { readonly requestedBy?: string }): Promise<SyncRunRow> {
  const outcome = await requestRun(store, { requestedBy: 'test', ...request });
  if (!('run' in outcome)) throw new Error(`the run was not taken: ${outcome.kind}`);
  return outcome.run;
}

/** Waits until a run ended, or until `condition` holds of it. */
export async function follow(store: Store, run: SyncRunRow, condition: (run: SyncRunRow) => boolean = ({ finishedAt }) => finishedAt !== null): Promise<SyncRunRow> {
  const until = Date.now() + 120_000;
  for (;;) {
    const found = await findRun(store.database, run.siteId, run.id);
    if (found && condition(found)) return found;
    if (Date.now() > until) throw new Error(`the run is still ${found?.state}: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
