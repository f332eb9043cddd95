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
  /** When the run began, in milliseconds since 1970. */
  beganMs: z.number(),
});

export type FullSyncPlan = z.infer<typeof planSchema>;

/** The plan that a run's cursor holds, or a new one. */
export function readPlan(cursor: unknown, nowMs: number): FullSyncPlan {
  const read = planSchema.safeParse(cursor);
  return read.success ? read.data : { stage: 'prepare', modules: null, hung: [], attempt: 0, beganMs: nowMs };
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
