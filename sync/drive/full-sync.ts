// Drives a full sync: settings first, then legs of modules, each started by name and pushed on with cheap signed posts until the
// site says that it is finished. The site sends its chunks to sync/server by itself; what is seen here is its own account of it.
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Log } from '../../core/log.js';
import type { SiteClient } from '../../origin/site-calls.js';
import { findDrivenSite, readShopModules } from '../../store/read/drive.js';
import { recordFinding, resolveFindings } from '../../store/site-findings.js';
import type { Store } from '../../store/store.js';
import type { RunEnd } from '../../store/sync-runs.js';
import type { RunContext, Runner } from '../runs.js';
import { callJetpack, type Answer, type Trouble } from './answers.js';
import { hangingModule, isLegOnSite, legName, movementOf, nextLeg, progressOf, readPlan, withoutModule, type FullSyncPlan } from './full-sync-plan.js';
import { switchModulesOff } from './jetpack-modules.js';
import { releaseLocks } from './locks.js';
import { ensureSettings } from './settings.js';
import { readSiteStatus, type SiteSyncStatus } from './site-status.js';

export interface FullSyncTimes {
  /** Between two posts that push the site on. */
  readonly pokeMs: number;
  /** Without movement for this long, locks of the site are released. Its own full-sync lock ends after 180 s. */
  readonly unlockMs: number;
  /** Without movement for this long, the full sync hangs. Jetpack itself halves a stuck chunk only after 10 min. */
  readonly hangMs: number;
  /** For this long in a row a site may be out of reach. */
  readonly outageMs: number;
  /** The whole run. */
  readonly deadlineMs: number;
}

export const FULL_SYNC_TIMES: FullSyncTimes = { pokeMs: 3_000, unlockMs: 200_000, hangMs: 15 * 60_000, outageMs: 10 * 60_000, deadlineMs: 20 * 3_600_000 };

export interface FullSyncDependencies {
  readonly store: Store;
  readonly client: SiteClient;
  readonly log: Log;
  /** Modules of Jetpack that are switched off when a site was connected. */
  readonly modulesOff: readonly string[];
  readonly times?: Partial<FullSyncTimes>;
  /** Milliseconds since 1970; the machine's clock by default. */
  readonly clock?: () => number;
}

/** Starts of one run: each leg needs one, and one more whenever somebody else starts a full sync into it. */
const MAX_STARTS = 12;
/** What runs that the connection asks for say in `requestedBy`; only they switch modules off. */
export const REQUESTED_BY_CONNECTION = 'connection';

/** The runner of FULL runs. */
export function createFullSyncRunner(dependencies: FullSyncDependencies): Runner {
  return (context) => new FullSyncDrive(dependencies, context).run();
}

type LegEnd = { readonly kind: 'finished' } | { readonly kind: 'hangs'; readonly module: string; readonly status: SiteSyncStatus } | Failure;
type Failure = { readonly kind: 'failed'; readonly code: string; readonly message: string };

class FullSyncDrive {
  private readonly times: FullSyncTimes;
  private readonly clock: () => number;
  private plan: FullSyncPlan;
  private outageSinceMs: number | null = null;
  private starts = 0;
  /** Whether the site was seen to be at this leg. */
  private isOnSite = false;

  constructor(
    private readonly dependencies: FullSyncDependencies,
    private readonly context: RunContext,
  ) {
    this.times = { ...FULL_SYNC_TIMES, ...dependencies.times };
    this.clock = dependencies.clock ?? Date.now;
    this.plan = readPlan(context.run.cursor, this.clock());
  }

  async run(): Promise<RunEnd> {
    const isResumed = this.plan.stage !== 'prepare';
    const failure = isResumed ? null : await this.prepare();
    if (failure) return failed(failure);
    if (!isResumed) await this.advance();
    while (this.plan.stage !== 'end') {
      const end = await this.driveLeg();
      if (end.kind === 'failed') return failed(end);
      if (end.kind === 'finished') await this.advance();
      else await this.goOnWithout(end.module, end.status);
    }
    return this.end();
  }

  // What is wrong with a hanging module stays known until a full sync gets through it.
  private async end(): Promise<RunEnd> {
    const { store } = this.dependencies;
    const { hung } = this.plan;
    if (this.context.run.requestedBy === REQUESTED_BY_CONNECTION) await this.switchModulesOff();
    if (hung.length === 0) {
      await resolveFindings(store.database, this.context.run.siteId, ['full-sync-hangs'], new Date(this.clock()));
      return { state: 'DONE' };
    }
    return { state: 'FAILED', errorCode: 'module-hangs', errorMessage: `${hung.join(', ')} did not finish on the site; everything else did` };
  }

  private async prepare(): Promise<Failure | null> {
    const { store, client } = this.dependencies;
    const { run } = this.context;
    const site = await findDrivenSite(store.database, run.siteId);
    if (!site || site.isDisconnected) return { kind: 'failed', code: 'disconnected', message: 'the site is not connected; connect it again and ask for a full sync' };
    if (site.connectionKind !== 'jetpack') return { kind: 'failed', code: 'no-jetpack', message: 'the site has no Jetpack; import it instead' };
    const status = await this.persist(() => readSiteStatus(client, run.siteId, { details: true }));
    if (status.kind === 'trouble') return failureOf(status);
    const { details } = status.value;
    if (details && !details.isAllowed) {
      const message = `the site does not sync: ${details.hindrances.join('; ') || 'Jetpack gives no reason'}`;
      await recordFinding(store.database, run.siteId, 'sync-not-allowed', message, new Date(this.clock()));
      return { kind: 'failed', code: 'sync-not-allowed', message };
    }
    const settings = await this.persist(() => ensureSettings(client, run.siteId));
    if (settings.kind === 'trouble') return failureOf(settings);
    return null;
  }

  // At the end, because an owner of the connection, who may do it, often comes only after the site itself.
  private async switchModulesOff(): Promise<void> {
    const { store, client, modulesOff, log } = this.dependencies;
    const { siteId } = this.context.run;
    const site = await findDrivenSite(store.database, siteId);
    const { refused } = await switchModulesOff(client, siteId, modulesOff, site?.ownerUserId ?? null);
    if (Object.keys(refused).length > 0) log.warn({ siteId, modules: Object.keys(refused) }, 'a site kept modules that were to be switched off');
  }

  private async advance(): Promise<void> {
    const { run } = this.context;
    // Read after the base leg, which brings the list of plugins.
    const shop = await readShopModules(this.dependencies.store.database, run.siteId);
    await this.follow(nextLeg(this.plan, run.modules, shop));
  }

  private async goOnWithout(module: string, status: SiteSyncStatus): Promise<void> {
    const { store, log } = this.dependencies;
    const { run } = this.context;
    log.warn({ siteId: run.siteId, module }, 'a module of a full sync hangs; going on without it');
    await recordFinding(store.database, run.siteId, 'full-sync-hangs', `the module ${module} did not move for ${Math.round(this.times.hangMs / 60_000)} min in a full sync, which went on without it`, new Date(this.clock()));
    const rest = withoutModule(this.plan, status, module);
    if (rest) return this.follow(rest);
    this.plan = { ...this.plan, hung: [...this.plan.hung, module] };
    await this.advance();
  }

  private async follow(plan: FullSyncPlan): Promise<void> {
    this.plan = { ...plan, formerStart: null };
    this.isOnSite = false;
    await this.context.note({}, this.plan);
  }

  private async driveLeg(): Promise<LegEnd> {
    const { client } = this.dependencies;
    const { siteId } = this.context.run;
    let movement = '';
    let movedMs = this.clock();
    let isUnlocked = false;
    for (;;) {
      this.context.signal.throwIfAborted();
      if (this.clock() > this.plan.beganMs + this.times.deadlineMs) return { kind: 'failed', code: 'deadline', message: `the full sync took longer than ${Math.round(this.times.deadlineMs / 3_600_000)} h` };
      const read = await this.persist(() => readSiteStatus(client, siteId, { details: false }));
      if (read.kind === 'trouble') return failureOf(read);
      const status = read.value;
      if (!isLegOnSite(this.context.run.id, this.plan, status)) {
        const failure = await this.start(status);
        if (failure) return failure;
        movedMs = this.clock();
        continue;
      }
      this.isOnSite = true;
      await this.context.note(progressOf(status));
      if (status.finished !== null) return { kind: 'finished' };
      const now = movementOf(status);
      if (now !== movement) {
        movement = now;
        movedMs = this.clock();
        isUnlocked = false;
      }
      const stillMs = this.clock() - movedMs;
      const module = hangingModule(status);
      if (stillMs >= this.times.hangMs && module !== null) return { kind: 'hangs', module, status };
      if (stillMs >= this.times.unlockMs && !isUnlocked) {
        isUnlocked = true;
        await releaseLocks(client, siteId);
      }
      await this.wait();
      await callJetpack(client, siteId, { method: 'POST', route: 'sync/settings', json: {} }, z.unknown());
    }
  }

  // The name tells our full sync from one that the site or a person started; that one is not awaited but replaced, since a site
  // has only one at a time and it may lack what was asked for. A start whose answer was lost is found by its name. A site without
  // names is told apart by when it began, in whole seconds, so it is not started twice in one.
  private async start({ context, started: formerStart }: SiteSyncStatus): Promise<Failure | null> {
    const { client } = this.dependencies;
    const { run: { id: runId, siteId } } = this.context;
    if (this.starts >= MAX_STARTS) return { kind: 'failed', code: 'replaced', message: 'other full syncs were started into this one again and again' };
    if (this.isOnSite) await this.follow({ ...this.plan, attempt: this.plan.attempt + 1 });
    this.isOnSite = false;
    if (context === undefined) {
      if (this.starts > 0) await this.wait();
      this.plan = { ...this.plan, formerStart: formerStart ?? 0 };
      await this.context.note({}, this.plan);
    }
    const body = { context: legName(runId, this.plan), ...(this.plan.modules === null ? {} : { modules: this.plan.modules }) };
    const started = await callJetpack(client, siteId, { method: 'POST', route: 'sync/full-sync', json: body }, z.object({ scheduled: z.unknown() }));
    if (started.kind === 'value') this.starts += 1;
    else if (started.lasts) return failureOf(started);
    else await this.wait();
    return null;
  }

  private async wait(): Promise<void> {
    await pause(this.times.pokeMs, undefined, { signal: this.context.signal });
  }

  private isSettling(): boolean {
    return this.context.run.requestedBy === REQUESTED_BY_CONNECTION && this.clock() - this.plan.beganMs < SETTLING_MS;
  }

  /** Repeats a call while its trouble passes and the outage is not too long. */
  private async persist<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
    for (;;) {
      this.context.signal.throwIfAborted();
      const answer = await call();
      if (answer.kind === 'value') {
        this.outageSinceMs = null;
        return answer;
      }
      this.outageSinceMs ??= this.clock();
      const isTooLong = this.clock() - this.outageSinceMs >= this.times.outageMs;
      if (isTooLong || (answer.lasts && !this.isSettling())) return answer;
      await this.wait();
    }
  }
}

/** A site that just connected refuses our signatures until it has stored what it was given. */
const SETTLING_MS = 60_000;

function failureOf({ code, message }: Trouble): Failure {
  return { kind: 'failed', code, message };
}

function failed({ code, message }: Failure): RunEnd {
  return { state: 'FAILED', errorCode: code, errorMessage: message };
}
