// What happens by the clock: verifications spread over the day, looks at sites that lag or are silent, open writes, forgetting. Each is a queue
// with a cron line, so that of several processes one does it.
import type PgBoss from 'pg-boss';
import type { SiteId } from '../core/ids.js';
import type { Log } from '../core/log.js';
import type { SiteClient } from '../origin/site-calls.js';
import { settleOpenWrites } from '../origin/writes/settle.js';
import { sitesDueForLook, sitesDueForVerification } from '../store/read/drive.js';
import { sitesDueForImport } from '../store/rest-sites.js';
import { forgetOld } from '../store/retention.js';
import type { Store } from '../store/store.js';
import { requestRun } from '../store/sync-runs.js';
import { sitesWithOpenWrites } from '../store/writes.js';
import { lookAfterSite } from '../sync/drive/look.js';
import { REQUESTED_BY } from './follow-ups.js';
import { beginDueUpdates } from './update-policies.js';

export interface ScheduleOptions {
  readonly store: Store;
  readonly client: SiteClient;
  readonly boss: PgBoss;
  readonly log: Log;
}

/** Verifications that one tick asks for, of which there are 144 a day: the budget of an installation is 7200 a day. */
export const VERIFICATIONS_PER_TICK = 50;
/** A site is verified again after this long at the earliest; its hour of the day decides when after that. */
const VERIFY_EVERY_MS = 20 * 3_600_000;
/** Sites without Jetpack are asked for news this often. */
const IMPORT_EVERY_MS = 15 * 60_000;
const IMPORTS_PER_TICK = 100;
const LOOKS_PER_TICK = 100;
const LOOKS_AT_ONCE = 4;
const SITES_TO_SETTLE = 200;
const SILENCE_MS = 60 * 60_000;
const LAG_SECONDS = 10 * 60;
const POLL_SECONDS = 60;

/** Starts the schedules. */
export async function startSchedules(options: ScheduleOptions): Promise<void> {
  const { boss, log } = options;
  const schedules: readonly (readonly [string, string, () => Promise<void>])[] = [
    ['verify-due', '*/10 * * * *', () => askForVerifications(options.store, new Date())],
    ['look-after-sites', '*/15 * * * *', () => lookAfterSites(options, new Date())],
    ['import-due', '*/5 * * * *', () => askForImports(options.store, new Date())],
    ['settle-writes', '* * * * *', () => settleWrites(options, new Date())],
    ['update-policies', '*/5 * * * *', async () => {
      const begun = await beginDueUpdates(options.store, new Date());
      if (begun.length > 0) log.info({ operations: begun }, 'updates are begun by policy');
    }],
    ['forget-old', '17 * * * *', async () => log.info(await forgetOld(options.store.database, new Date()), 'old rows are forgotten')],
  ];
  for (const [name, cron, work] of schedules) {
    await boss.createQueue(name, { name, policy: 'short', retryLimit: 0 });
    await boss.schedule(name, cron);
    await boss.work(name, { pollingIntervalSeconds: POLL_SECONDS }, () => work());
  }
}

/** Asks for the verifications that are due, as many as the budget of a tick allows. Returns how many. */
export async function askForVerifications(store: Store, now: Date): Promise<void> {
  const secondsOfDay = Math.floor((now.getTime() % 86_400_000) / 1000);
  const due = await sitesDueForVerification(store.database, secondsOfDay, new Date(now.getTime() - VERIFY_EVERY_MS), VERIFICATIONS_PER_TICK);
  for (const siteId of due) await requestRun(store, { siteId, kind: 'VERIFY', requestedBy: REQUESTED_BY.schedule });
}

/** Asks for the polls of sites without Jetpack that are due; once a day a poll reads everything by itself. */
export async function askForImports(store: Store, now: Date): Promise<void> {
  for (const siteId of await sitesDueForImport(store.database, new Date(now.getTime() - IMPORT_EVERY_MS), IMPORTS_PER_TICK)) {
    await requestRun(store, { siteId, kind: 'IMPORT', requestedBy: REQUESTED_BY.schedule });
  }
}

/** Goes on with writes that were left open: unknown outcomes, and what waits for its site. */
export async function settleWrites({ store, client, log }: Omit<ScheduleOptions, 'boss'>, now: Date): Promise<void> {
  const sites = await sitesWithOpenWrites(store.database, now, SITES_TO_SETTLE);
  const next = async (): Promise<void> => {
    for (let siteId = sites.pop(); siteId !== undefined; siteId = sites.pop()) {
      const { settled, delivered } = await settleOpenWrites({ store, client, log }, siteId);
      if (settled + delivered > 0) log.info({ siteId, settled, delivered }, 'open writes went on');
    }
  };
  await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, next));
}

/** Looks after the sites that lag or are silent, a few at once. */
export async function lookAfterSites({ store, client, log }: Omit<ScheduleOptions, 'boss'>, now: Date): Promise<void> {
  const due = await sitesDueForLook(store.database, new Date(now.getTime() - SILENCE_MS), LAG_SECONDS, LOOKS_PER_TICK);
  const next = async (): Promise<void> => {
    for (let siteId: SiteId | undefined = due.pop(); siteId !== undefined; siteId = due.pop()) {
      const look = await lookAfterSite(store, client, siteId, now);
      if (look.kind === 'trouble') log.info({ siteId, code: look.code }, 'a silent site could not be looked after');
    }
  };
  await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, next));
}
