// extensionsPlan, and the same questions asked by extensionsApply: reads what is known of all targets with one statement a kind of
// fact and judges each. No site is called.
import { reason, type Reason } from '../../../core/extension-reasons.js';
import { pluginsBySlug, targetSites } from '../../../store/read/extension-targets.js';
import { themesOfSites, updateFacts } from '../../../store/read/extensions.js';
import type { Store } from '../../../store/store.js';
import type { AccessLoader } from '../../shared/access.js';
import type { ExtensionAction } from '../generated.js';
import type { ReadInput, ReadTarget } from './input.js';
import { callerOn, judge, type Judgement, type TargetFacts } from './judge.js';
import type { PlanStepModel } from './models.js';

export interface PlannedTarget {
  readonly target: ReadTarget;
  readonly judgement: Judgement;
  readonly canary: boolean;
  /** As whom; null for the site itself. */
  readonly userId: number | null;
  readonly actorLabel: string;
}

/** About how long one target takes, in seconds: downloads dominate. */
const SECONDS: Readonly<Partial<Record<ExtensionAction, number>>> = { UPDATE: 20, INSTALL: 15, UPDATE_CORE: 60, UPDATE_TRANSLATIONS: 30 };
const SECONDS_OTHERWISE = 4;
const HEALTH_SECONDS = 4;

/** Judges every target, those on canary sites first. Sites on which the viewer is nobody are told as not existing. */
export async function planTargets(store: Store, access: AccessLoader, input: ReadInput): Promise<PlannedTarget[]> {
  const db = store.database;
  const siteIds = [...new Set(input.targets.map((target) => target.siteId))];
  const pluginKeys = input.targets.filter((target) => target.kind === 'PLUGIN').map(({ siteId, slug }) => ({ siteId, slug }));
  const [sites, facts, plugins, themes, accesses] = await Promise.all([
    targetSites(db, siteIds), updateFacts(db, siteIds), pluginsBySlug(db, pluginKeys),
    input.targets.some((target) => target.kind === 'THEME') ? themesOfSites(db, siteIds) : [],
    Promise.all(siteIds.map((siteId) => access.site(siteId))),
  ]);
  const accessOf = new Map(siteIds.map((siteId, index) => [siteId, accesses[index] ?? null]));
  const pluginsOf = groupBy(plugins, (row) => `${row.siteId}/${row.slug}`);
  const themesOf = groupBy(themes, (row) => String(row.siteId));
  const planned = input.targets.map((target): PlannedTarget => {
    const found = accessOf.get(target.siteId) ?? null;
    const isKnown = found !== null && (found.isOperator || found.userId !== null);
    const site = isKnown ? (sites.get(target.siteId) ?? null) : null;
    const known: TargetFacts = {
      site, access: isKnown ? found : null, facts: facts.get(target.siteId) ?? null,
      plugins: pluginsOf.get(`${target.siteId}/${target.slug}`) ?? [], themes: themesOf.get(String(target.siteId)) ?? [],
    };
    const userId = site && found ? (callerOn(site, found) ?? null) : null;
    const actorLabel = found?.isOperator ? (site?.ownerName ?? 'the operator') : (found?.userName ?? 'somebody');
    return { target, judgement: judge(input.action, target, known), canary: input.canarySiteIds.has(target.siteId), userId, actorLabel };
  });
  return [...planned.filter((one) => one.canary), ...planned.filter((one) => !one.canary)];
}

/** A planned target as the schema tells it. */
export function stepOf(action: ExtensionAction, { target, judgement, canary }: PlannedTarget): PlanStepModel {
  const { blocked, risks, file, from, to, risk } = judgement;
  return { siteId: target.siteId, kind: target.kind, slug: target.slug, file, from, to, action, canary, risk, reasons: blocked.length > 0 ? blocked : risks };
}

/** What keeps a target from being begun at all. A site that did not answer lately is called again when its turn comes. */
export function hardReason({ judgement }: PlannedTarget): Reason | null {
  const hard = judgement.blocked.filter(({ code }) => code !== 'SITE_UNREACHABLE');
  const [first] = hard;
  return first ? reason(first.code, hard.map(({ message }) => message).join('; ').slice(0, 500)) : null;
}

/** About how long the targets take. */
export function estimateSeconds(input: ReadInput, count: number): number {
  const each = (SECONDS[input.action] ?? SECONDS_OTHERWISE) + (input.healthCheck ? HEALTH_SECONDS : 0);
  return Math.ceil(count / input.concurrency) * each;
}

function groupBy<Value>(values: readonly Value[], keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

