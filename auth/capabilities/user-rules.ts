// What doing something to a user asks for, on a single site, on a network, and with WooCommerce's shop managers.
import type { TargetUserInput } from './input.js';
import { DENIED, DO_NOT_ALLOW } from './site-rules.js';
import { holds, type UserCaps } from './user-caps.js';

export type UserAction = 'edit_user' | 'delete_user' | 'promote_user' | 'remove_user';

const NOTHING: readonly string[] = Object.freeze([]);
const NEEDS = Object.freeze({
  edit_user: Object.freeze(['edit_users']),
  delete_user: Object.freeze(['delete_users']),
  promote_user: Object.freeze(['promote_users']),
  remove_user: Object.freeze(['remove_users']),
});

/** The roles whose holders a shop manager may edit, unless a plugin changes WooCommerce's own list. */
const SHOP_MANAGER_EDITABLE_ROLES: readonly string[] = ['customer'];

/** The primitive capabilities that an action on a user asks for; without a target, those for any user. */
export function userRequirements(action: UserAction, user: UserCaps, target: TargetUserInput | null): readonly string[] {
  const needs = wordPressRequirements(action, user, target);
  return target && isShieldedByShop(user, target) ? [...needs, DO_NOT_ALLOW] : needs;
}

function wordPressRequirements(action: UserAction, user: UserCaps, target: TargetUserInput | null): readonly string[] {
  const isSelf = target !== null && user.userId > 0 && target.id === user.userId;
  const { multisite } = user.site.input;
  switch (action) {
    case 'edit_user':
      if (isSelf) return NOTHING;
      if (multisite && !user.superAdmin && (target?.superAdmin === true || !holds(user, 'manage_network_users'))) return DENIED;
      return NEEDS.edit_user;
    case 'delete_user':
      return multisite && !user.superAdmin ? DENIED : NEEDS.delete_user;
    case 'remove_user':
      return isSelf && !isSuperAdmin(user) ? DENIED : NEEDS.remove_user;
    case 'promote_user':
      return NEEDS.promote_user;
  }
}

/** Outside a network WordPress calls whoever may delete users a super admin. */
function isSuperAdmin(user: UserCaps): boolean {
  return user.site.input.multisite ? user.superAdmin : holds(user, 'delete_users');
}

/**
 * WooCommerce: only administrators touch administrators, and shop managers touch customers alone. It judges by the
 * roles of whoever is logged in, not of the user asked about.
 */
function isShieldedByShop(user: UserCaps, target: TargetUserInput): boolean {
  if (!user.site.woocommerce || user.superAdmin || target.id === user.userId) return false;
  if (user.loggedInRoles.includes('administrator')) return false;
  if (target.roles.includes('administrator')) return true;
  if (!user.loggedInRoles.includes('shop_manager') || target.roles.length === 0) return false;
  return !target.roles.some((role) => SHOP_MANAGER_EDITABLE_ROLES.includes(role));
}
