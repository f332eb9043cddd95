// The plan of a full sync: which modules are asked for, in which legs, and where an interrupted one goes on. Pure.
// A module that does not support full sync is never named: it would hang the site's full sync for ever (jetpack-sync 4.45.3).
import { z } from 'zod';
import { BASE_MODULES, FULL_SYNC_MODULES, SHOP_MODULES } from '../../core/sync-modules.js';
import type { ModuleProgress, RunProgress } from '../../store/sync-runs.js';
import type { SiteSyncStatus } from './site-status.js';

const planSchema = z.object({
  stage: z.enum(['prepare', 'base', 'shop', 'end']),
  /** What this leg names; null for Jetpack's own choice. */
  modules: z.array(z.string()).nullable(),
  /** Modules that hung, and are not named again. */
  hung: z.array(z.string()),
  /** Counts the starts, so that each has a name of its own. */
  attempt: z.number().int(),
  /** When the site's newest full sync before our start of this leg began, by the site's clock in seconds; null before the start. */
  formerStart: z.number().nullable().default(null),
  /** When the run began, in milliseconds since 1970. */
  beganMs: z.number(),
});

export type FullSyncPlan = z.infer<typeof planSchema>;

/** The plan that a run's cursor holds, or a new one. */
export function readPlan(cursor: unknown, nowMs: number): FullSyncPlan {
  const read = planSchema.safeParse(cursor);
  return read.success ? read.data : { stage: 'prepare', modules: null, hung: [], attempt: 0, formerStart: null, beganMs: nowMs };
}

/** The leg that comes after the plan's stage; `shop` are the modules of WooCommerce that the site has. */
export function nextLeg(plan: FullSyncPlan, asked: readonly string[] | null, shop: readonly string[]): FullSyncPlan {
  const attempt = plan.attempt + 1;
  if (plan.stage === 'prepare') {
    const modules = asked?.filter((name) => BASE_MODULES.includes(name)) ?? null;
    if (modules === null || modules.length > 0) return { ...plan, stage: 'base', modules, attempt };
  }
  if (plan.stage === 'prepare' || plan.stage === 'base') {
    const modules = shop.filter((name) => SHOP_MODULES.includes(name) && (asked === null || asked.includes(name)) && !plan.hung.includes(name));
    if (modules.length > 0) return { ...plan, stage: 'shop', modules, attempt };
  }
  return { ...plan, stage: 'end', modules: null };
}

/** What our full sync of this leg is called, where the site keeps that. */
export function legName(runId: string, plan: FullSyncPlan): string {
  return `sitegraph:${runId}:${plan.attempt}`;
}

/**
 * Whether the site's newest full sync is the one that this leg started. A site that keeps no names (jetpack-sync 1.55) is believed when
 * a full sync began after the one that was there, and is of what this leg names.
 */
export function isLegOnSite(runId: string, plan: FullSyncPlan, { context, started, config }: SiteSyncStatus): boolean {
  if (context !== undefined) return context === legName(runId, plan);
  if (plan.formerStart === null || started === null || started <= plan.formerStart) return false;
  return (plan.modules ?? ['posts', 'comments', 'terms']).every((name) => Boolean(config[name]) && !Array.isArray(config[name]));
}

/** The same leg without a module that hangs: what was not finished but for that module. Null when nothing is left of it. */
export function withoutModule(plan: FullSyncPlan, status: SiteSyncStatus, hanging: string): FullSyncPlan | null {
  const modules = [...status.modules].filter(([name, module]) => !module.isFinished && name !== hanging && FULL_SYNC_MODULES.includes(name)).map(([name]) => name);
  const next = { ...plan, modules, hung: [...plan.hung, hanging], attempt: plan.attempt + 1 };
  return modules.length > 0 ? next : null;
}

/** The module that a full sync without movement hangs at: the first that is not finished, in the order of sending. */
export function hangingModule(status: SiteSyncStatus): string | null {
  return [...status.modules].find(([, module]) => !module.isFinished)?.[0] ?? null;
}

/** What moves while a full sync gets on. */
export function movementOf(status: SiteSyncStatus): string {
  return JSON.stringify([status.finished, [...status.modules].map(([name, { sent, isFinished, lastSent }]) => [name, sent, isFinished, lastSent])]);
}

/** Progress by module in the words of runs. */
export function progressOf(status: SiteSyncStatus): RunProgress {
  const progress: Record<string, ModuleProgress> = {};
  for (const [name, { total, sent, isFinished }] of status.modules) {
    const done = total !== null && isFinished ? Math.max(total, sent) : sent;
    progress[name.slice(0, 60)] = { total, done, finished: isFinished || status.finished !== null };
  }
  return progress;
}
