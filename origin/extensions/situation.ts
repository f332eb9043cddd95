// How a site stands with regard to an item, read from the site itself, and whether that is what was to be. Called by carry-out.ts and
// recover.ts; reads only.
import { reason, type OperationAction, type Reason } from '../../core/extension-reasons.js';
import type { Log } from '../../core/log.js';
import type { OperationItemRow } from '../../store/extension-operations.js';
import { findCallTarget } from '../../store/site-calls.js';
import type { Store } from '../../store/store.js';
import { compareVersions } from '../../core/version-order.js';
import { LONG_TIMEOUT_MS } from '../operations/operation.js';
import type { CallOutcome, SiteClient } from '../site-calls.js';
import { orRest } from './either-way.js';
import { jetpackWay } from './jetpack-way.js';
import { failureReason, refusalReason } from './reasons.js';
import { restWay } from './rest-way.js';
import type { Directory } from './versions.js';
import type { SiteExtension, Way } from './words.js';

export interface FleetTimes {
  /** Deadline of one call; downloads and unpacking happen inside it. */
  readonly callMs: number;
  /** How long after that deadline a site is still read back. */
  readonly graceMs: number;
  /** Between two looks at the same thing. */
  readonly pauseMs: number;
  /** Deadline of one page. */
  readonly pageMs: number;
}

export const FLEET_TIMES: FleetTimes = { callMs: LONG_TIMEOUT_MS, graceMs: 30_000, pauseMs: 3_000, pageMs: 30_000 };

export interface FleetContext {
  readonly store: Store;
  readonly client: SiteClient;
  readonly log: Log;
  readonly directory: Directory;
  readonly times: FleetTimes;
  readonly now: () => Date;
}

/** `siteMs` is the site's clock when it told, null when it did not say. */
export type Situation =
  | { readonly kind: 'extensions'; readonly list: readonly SiteExtension[]; readonly siteMs: number | null }
  | { readonly kind: 'waiting'; readonly core: number; readonly translations: number; readonly siteMs: number | null }
  | { readonly kind: 'failure'; readonly reason: Reason };

/** The way to an item's site, as the person whom the item names. */
export async function openWay(context: FleetContext, item: OperationItemRow): Promise<Way> {
  const found = await findCallTarget(context.store, item.siteId, null);
  const as = item.userId === null ? ({ kind: 'site' } as const) : ({ kind: 'user', userId: item.userId } as const);
  if (found?.target.connectionKind === 'rest') return restWay(context.client, item.siteId, as, context.times.callMs);
  const whole = jetpackWay({ store: context.store, client: context.client, log: context.log, maxTimeoutMs: context.times.callMs }, { siteId: item.siteId, as });
  // WordPress's own routes know no site, only people.
  return as.kind === 'site' ? whole : orRest(whole, restWay(context.client, item.siteId, as, context.times.callMs));
}

/** Asks the site how it stands. */
export async function readSituation(way: Way, item: OperationItemRow): Promise<Situation> {
  if (item.kind === 'PLUGIN' || item.kind === 'THEME') return situationOf(await way.list(item.kind), (list, siteMs) => ({ kind: 'extensions', list, siteMs }));
  return situationOf(await way.waiting(), ({ core, translations }, siteMs) => ({ kind: 'waiting', core, translations, siteMs }));
}

function situationOf<Body>(outcome: CallOutcome<Body | null>, make: (body: Body, siteMs: number | null) => Situation): Situation {
  if (outcome.kind === 'failure') return { kind: 'failure', reason: failureReason(outcome) };
  if (outcome.error !== null || outcome.body === null) return { kind: 'failure', reason: outcome.error ? refusalReason(outcome.error) : reason('SITE_REFUSED', 'the site did not answer what was asked') };
  const at = Date.parse(outcome.headers['date'] ?? '');
  return make(outcome.body, Number.isNaN(at) ? null : at);
}

/** The item's extension among those of the site; undefined when it is not installed, or several are in that folder. */
export function findExtension(list: readonly SiteExtension[], { kind, slug, file }: Pick<OperationItemRow, 'kind' | 'slug' | 'file'>): SiteExtension | undefined {
  if (kind === 'PLUGIN' && file !== null) return list.find((one) => one.key === file);
  const found = list.filter((one) => one.slug === slug);
  return found.length === 1 ? found[0] : undefined;
}

/** Whether the site stands as the item wanted it. With `isExact` an update is done by that very version, also by an older one. */
export function isDone(action: OperationAction, item: OperationItemRow, situation: Exclude<Situation, { kind: 'failure' }>, isExact = false): boolean {
  if (situation.kind === 'waiting') return item.kind === 'CORE' ? situation.core === 0 : situation.translations === 0;
  const found = findExtension(situation.list, item);
  switch (action) {
    case 'INSTALL': return found !== undefined;
    case 'DELETE': return found === undefined;
    case 'ACTIVATE': case 'SWITCH_THEME': return found?.isActive === true;
    case 'DEACTIVATE': return found?.isActive === false;
    case 'ENABLE_AUTO_UPDATE': return found?.autoUpdate === true;
    case 'DISABLE_AUTO_UPDATE': return found?.autoUpdate === false;
    case 'UPDATE': {
      if (!found) return false;
      if (isExact || item.packageId !== null) return found.version === item.toVersion;
      return item.fromVersion === null ? found.version === item.toVersion : compareVersions(found.version, item.fromVersion) > 0;
    }
    default: return false;
  }
}
