// Who may do what on a site, for one request. The subgraphs of a process share one loader a request; decisions are
// auth's. Sites asked together are read with one statement, and what is asked twice is read once.
// Compiled policies are kept in memory a store, so that a request reads a site's large settings only when they changed.
import DataLoader from 'dataloader';
import { can } from '../../auth/capabilities/can.js';
import { decodeCapabilityMap, decodePostTypes, decodeRoles, decodeTaxonomies, isTruthy } from '../../auth/capabilities/decode.js';
import type { PolicyObject } from '../../auth/capabilities/input.js';
import { createSitePolicy, type SitePolicy } from '../../auth/capabilities/site-policy.js';
import { OPERATOR, siteUserCaps, type SiteViewer } from '../../auth/capabilities/user-caps.js';
import { userIdOn, type Viewer } from '../../auth/viewer.js';
import { contentRule, type ContentRule } from '../../auth/visibility.js';
import type { SiteId } from '../../core/ids.js';
import { readPolicies, type PolicyRow, type PolicySettings, type PolicyUser } from '../../store/read/policy.js';
import type { Store } from '../../store/store.js';
import type { RequestContext } from './context.js';
import { perRequest } from './per-request.js';

/** What the viewer may do on one site. */
export interface SiteAccess {
  readonly siteId: SiteId;
  /** The viewer's user id on the site; null for the operator, visitors and people whose account there is gone. */
  readonly userId: number | null;
  /** The viewer's name on the site; null where userId is. */
  readonly userName: string | null;
  readonly isOperator: boolean;
  /** The site's home address, and whether it is connected through Jetpack. */
  readonly homeUrl: string;
  readonly hasJetpack: boolean;
  readonly policy: SitePolicy;
  /** The viewer as auth's decisions take it. */
  readonly caps: SiteViewer;
  /** Tells whether the viewer has a WordPress capability, on an object where the capability is about one. */
  can(capability: string, object?: PolicyObject | null): boolean;
  /** Which rows of a post type the viewer may see, as parameters of a statement. */
  contentRule(postType: string): ContentRule;
}

export interface AccessLoader {
  /** The viewer's access to a site; null when there is no such site. */
  site(siteId: SiteId): Promise<SiteAccess | null>;
}

/** The access loader of one request. */
export const accessLoader = perRequest((store: Store, { viewer }: Pick<RequestContext, 'viewer'>): AccessLoader => {
  const loader = new DataLoader<SiteId, SiteAccess | null>((siteIds) => loadAccess(store, viewer, siteIds));
  return { site: (siteId) => loader.load(siteId) };
});

async function loadAccess(store: Store, viewer: Viewer, siteIds: readonly SiteId[]): Promise<(SiteAccess | null)[]> {
  const policies = policiesOf(store);
  const held = new Map(siteIds.map((siteId) => [siteId, policies.get(siteId)]));
  const rows = await readPolicies(
    store.database,
    siteIds.map((siteId) => ({
      siteId,
      userId: userIdOn(viewer, siteId),
      knownFingerprint: held.get(siteId)?.fingerprint ?? null,
    })),
  );
  return siteIds.map((siteId) => {
    const row = rows.get(siteId);
    if (!row) return null;
    const kept = held.get(siteId);
    const policy = row.settings === null && kept ? kept.policy : compilePolicy(row.settings);
    policies.set(siteId, { fingerprint: row.fingerprint, policy });
    return createAccess(row, viewer, policy);
  });
}

function createAccess({ siteId, homeUrl, hasJetpack, user }: PolicyRow, viewer: Viewer, policy: SitePolicy): SiteAccess {
  const caps: SiteViewer = viewer.kind === 'operator' ? OPERATOR : siteUserCaps(policy, user && decodeUser(user));
  const rules = new Map<string, ContentRule>();
  return {
    siteId,
    userId: caps.kind === 'user' && user ? user.id : null,
    userName: caps.kind === 'user' && user ? user.displayName || `user ${user.id}` : null,
    isOperator: caps.kind === 'operator',
    homeUrl,
    hasJetpack,
    policy,
    caps,
    can: (capability, object = null) => can(caps, capability, object),
    contentRule(postType) {
      let rule = rules.get(postType);
      if (!rule) rules.set(postType, (rule = contentRule(caps, postType)));
      return rule;
    },
  };
}

function decodeUser(user: PolicyUser) {
  return {
    id: user.id,
    roles: user.roles,
    caps: decodeCapabilityMap(user.caps),
    allcaps: Object.fromEntries(user.allCaps.map((capability) => [capability, true])),
  };
}

function compilePolicy(settings: PolicySettings | null): SitePolicy {
  const { callables, options, constants } = settings ?? { callables: {}, options: {}, constants: {} };
  const writable = callables['has_file_system_write_access'];
  return createSitePolicy({
    roles: decodeRoles(callables['roles']),
    postTypes: decodePostTypes(callables['post_types']),
    taxonomies: decodeTaxonomies(callables['taxonomies']),
    options,
    constants,
    multisite: isTruthy(callables['is_multi_site']),
    fileSystemWritable: writable === undefined ? null : isTruthy(writable),
  });
}

interface HeldPolicy {
  readonly fingerprint: string;
  readonly policy: SitePolicy;
}

/** Sites whose compiled policy is kept in memory, a store; some 100 kB each. */
const MAX_HELD_POLICIES = 500;

const heldPolicies = new WeakMap<Store, PolicyCache>();

/** The least recently used policy goes first; a Map keeps the order of insertion. */
class PolicyCache {
  readonly #held = new Map<SiteId, HeldPolicy>();

  get(siteId: SiteId): HeldPolicy | undefined {
    return this.#held.get(siteId);
  }

  set(siteId: SiteId, policy: HeldPolicy): void {
    this.#held.delete(siteId);
    this.#held.set(siteId, policy);
    if (this.#held.size <= MAX_HELD_POLICIES) return;
    for (const oldest of this.#held.keys()) {
      this.#held.delete(oldest);
      return;
    }
  }
}

function policiesOf(store: Store): PolicyCache {
  let cache = heldPolicies.get(store);
  if (!cache) heldPolicies.set(store, (cache = new PolicyCache()));
  return cache;
}
