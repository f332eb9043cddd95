// A user's capabilities on one site: what the roles grant, what the user's own map adds or takes away, and what
// WordPress and WooCommerce grant on top. Made once per viewer and site; read by every decision.
import type { UserPolicyInput } from './input.js';
import type { SitePolicy } from './site-policy.js';
import { DO_NOT_ALLOW } from './site-rules.js';

/** A user, or the anonymous visitor (user id 0), on one site. */
export interface UserCaps {
  readonly kind: 'user';
  readonly site: SitePolicy;
  /** 0 for an anonymous visitor. */
  readonly userId: number;
  readonly roles: readonly string[];
  /** Super admin of the network the site is in; always false outside multisite. */
  readonly superAdmin: boolean;
  /** The primitive capabilities that the user holds. */
  readonly granted: ReadonlySet<string>;
  /** The roles of whoever is logged in while the question is asked: WooCommerce's rules about users look at them. */
  readonly loggedInRoles: readonly string[];
}

/** The one who runs the installation: may everything, on every site. */
export interface OperatorCaps {
  readonly kind: 'operator';
}

/** Whoever asks, as far as one site is concerned. */
export type SiteViewer = OperatorCaps | UserCaps;

export const OPERATOR: OperatorCaps = Object.freeze({ kind: 'operator' });

/**
 * Computes a user's primitive capabilities on a site; `null` is the anonymous visitor.
 * `loggedInRoles` is only for questions asked about a user whom nobody is logged in as; it defaults to the user's roles.
 */
export function siteUserCaps(site: SitePolicy, user: UserPolicyInput | null, loggedInRoles?: readonly string[]): UserCaps {
  if (!user) {
    return { kind: 'user', site, userId: 0, roles: [], superAdmin: false, granted: new Set(['exist']), loggedInRoles: loggedInRoles ?? [] };
  }
  const roles = rolesOf(site, user);
  const superAdmin = site.input.multisite && user.superAdmin === true;
  const granted = new Set<string>();
  if (roles.some((role) => !site.roles.has(role))) merge(granted, user.allcaps);
  for (const role of roles) merge(granted, site.roles.get(role)?.capabilities);
  for (const role of roles) granted.add(role);
  merge(granted, user.caps);
  grantDerived(site, granted, superAdmin, roles);
  granted.add('exist');
  granted.delete(DO_NOT_ALLOW);
  return { kind: 'user', site, userId: user.id, roles, superAdmin, granted, loggedInRoles: loggedInRoles ?? roles };
}

/** Tells whether the user passes one primitive capability; a super admin passes all but `do_not_allow`. */
export function holds(user: UserCaps, primitive: string): boolean {
  return user.granted.has(primitive) || (user.superAdmin && primitive !== DO_NOT_ALLOW);
}

/** Tells whether the user passes every one of the primitive capabilities; an empty list is passed by everyone. */
export function holdsAll(user: UserCaps, primitives: readonly string[]): boolean {
  for (const primitive of primitives) if (!holds(user, primitive)) return false;
  return true;
}

function rolesOf(site: SitePolicy, user: UserPolicyInput): readonly string[] {
  if (user.roles.length > 0) return user.roles;
  return Object.keys(user.caps ?? {}).filter((name) => site.roles.has(name));
}

function merge(granted: Set<string>, map: Readonly<Record<string, boolean>> | undefined): void {
  for (const capability in map) {
    if (map[capability]) granted.add(capability);
    else granted.delete(capability);
  }
}

/** What no role is given but follows from other grants: languages, recovery, site health; editing users for shop managers. */
function grantDerived(site: SitePolicy, granted: Set<string>, superAdmin: boolean, roles: readonly string[]): void {
  if (granted.has('update_core') || granted.has('install_plugins') || granted.has('install_themes')) granted.add('install_languages');
  if (granted.has('activate_plugins')) granted.add('resume_plugins');
  if (granted.has('switch_themes')) granted.add('resume_themes');
  if (granted.has('install_plugins') && (superAdmin || !site.input.multisite)) granted.add('view_site_health_checks');
  if (site.woocommerce && roles.includes('shop_manager')) granted.add('edit_users');
}
