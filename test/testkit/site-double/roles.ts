// WordPress's stock roles: which capabilities each has, as the site's own REST routes ask for them and as sync tells them.
import { CAPABILITY_NAMES } from './lists.js';
import type { UserRow } from './rows.js';

const SUBSCRIBER = ['read'];
const CONTRIBUTOR = [...SUBSCRIBER, 'edit_posts', 'delete_posts'];
const AUTHOR = [...CONTRIBUTOR, 'upload_files', 'publish_posts', 'edit_published_posts', 'delete_published_posts'];
const EDITOR = [
  ...AUTHOR, 'moderate_comments', 'manage_categories', 'manage_links', 'edit_others_posts', 'edit_pages', 'edit_others_pages', 'edit_published_pages', 'publish_pages',
  'delete_pages', 'delete_others_pages', 'delete_published_pages', 'delete_others_posts', 'delete_private_posts', 'edit_private_posts', 'read_private_posts',
  'delete_private_pages', 'edit_private_pages', 'read_private_pages', 'unfiltered_html',
];
const ADMINISTRATOR_ONLY = [
  'manage_options', 'list_users', 'create_users', 'edit_users', 'delete_users', 'promote_users', 'remove_users', 'add_users', 'switch_themes', 'edit_theme_options',
  'edit_themes', 'install_themes', 'update_themes', 'delete_themes', 'activate_plugins', 'edit_plugins', 'install_plugins', 'update_plugins', 'delete_plugins',
  'update_core', 'edit_dashboard', 'import', 'export', 'edit_files', 'customize', 'delete_site',
];

const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  administrator: [...EDITOR, ...ADMINISTRATOR_ONLY, 'manage_woocommerce'],
  editor: EDITOR,
  author: AUTHOR,
  contributor: CONTRIBUTOR,
  subscriber: SUBSCRIBER,
  customer: SUBSCRIBER,
  shop_manager: [...EDITOR, 'manage_woocommerce', 'list_users', 'edit_users', 'export', 'import'],
};

/** The old numeric level, by which full syncs and checksums choose users; 0 for subscribers and customers. */
const LEVELS: Readonly<Record<string, number>> = { administrator: 10, shop_manager: 9, editor: 7, author: 2, contributor: 1 };

export function capabilitiesOf(user: UserRow): ReadonlySet<string> {
  return new Set(user.roles.flatMap((role) => CAPABILITIES[role] ?? []));
}

export function levelOf(user: UserRow): number {
  return Math.max(0, ...user.roles.map((role) => LEVELS[role] ?? 0));
}

/** The capabilities that sync tells, in its order, each true. */
export function syncedCapabilities(user: UserRow): Record<string, boolean> {
  const all = capabilitiesOf(user);
  return Object.fromEntries(CAPABILITY_NAMES.filter((name) => all.has(name)).map((name) => [name, true]));
}

/** The role that a connection's `scope` names: the first whose capability the user has. */
export function connectionRole(user: UserRow): string | null {
  const all = capabilitiesOf(user);
  const found = ([['administrator', 'manage_options'], ['editor', 'edit_others_posts'], ['author', 'publish_posts'], ['contributor', 'edit_posts'], ['subscriber', 'read']] as const)
    .find(([, capability]) => all.has(capability));
  return found?.[0] ?? null;
}

export function rolesCallable(): Record<string, { name: string; capabilities: Record<string, boolean> }> {
  return Object.fromEntries(Object.entries(CAPABILITIES).map(([role, names]) =>
    [role, { name: role.charAt(0).toUpperCase() + role.slice(1), capabilities: Object.fromEntries(names.map((name) => [name, true])) }]));
}
