// Capabilities that depend on the site alone: file changes, networks, privacy, options. Compiled once per site into a
// table, so that asking for one of them is a look-up. Rules as WordPress 7.1 documents and answers them.
import { isTruthy } from './decode.js';
import type { SitePolicyInput } from './input.js';

/** What a capability asks for that nobody may: no role grants it and no super admin passes it. */
export const DO_NOT_ALLOW = 'do_not_allow';
export const DENIED: readonly string[] = Object.freeze([DO_NOT_ALLOW]);

/** Why files of plugins, themes and WordPress itself cannot be changed from outside; null when they can. */
export type FileChangeObstacle = 'DISALLOW_FILE_MODS' | 'NO_WRITE_ACCESS' | null;

/**
 * Tells what keeps the site's files from being changed. WordPress's capabilities know only the first obstacle; an
 * update attempted under the second fails on the site.
 */
export function fileChangeObstacle(site: SitePolicyInput): FileChangeObstacle {
  if (isTruthy(site.constants['DISALLOW_FILE_MODS'])) return 'DISALLOW_FILE_MODS';
  return site.fileSystemWritable === false ? 'NO_WRITE_ACCESS' : null;
}

const FILE_EDITS = ['edit_files', 'edit_plugins', 'edit_themes'];
const FILE_CHANGES = [
  ['update_core', 'update_core'],
  ['update_plugins', 'update_plugins'],
  ['install_plugins', 'install_plugins'],
  ['upload_plugins', 'install_plugins'],
  ['delete_plugins', 'delete_plugins'],
  ['update_themes', 'update_themes'],
  ['install_themes', 'install_themes'],
  ['upload_themes', 'install_themes'],
  ['delete_themes', 'delete_themes'],
  ['install_languages', 'install_languages'],
  ['update_languages', 'install_languages'],
] as const;
const ACTIVATIONS = ['activate_plugins', 'activate_plugin', 'deactivate_plugins', 'deactivate_plugin'];
/** The built-in taxonomies ask for capabilities that no role has; they stand for these. */
const TERM_ALIASES = [
  ['manage_post_tags', 'manage_categories'],
  ['edit_categories', 'manage_categories'],
  ['edit_post_tags', 'manage_categories'],
  ['delete_categories', 'manage_categories'],
  ['delete_post_tags', 'manage_categories'],
  ['assign_categories', 'edit_posts'],
  ['assign_post_tags', 'edit_posts'],
] as const;
/** Capabilities of synced patterns that stand for those of posts. */
const BLOCK_CAPABILITIES = [
  'edit', 'edit_others', 'edit_published', 'edit_private', 'delete', 'delete_others', 'delete_published', 'delete_private',
  'publish', 'read_private',
];

/**
 * Compiles the table of a site: capability → the primitive capabilities that it asks for. A capability that is not in
 * the table asks for itself or depends on an object. `superAdmin` matters on a network only.
 */
export function compileSiteRules(site: SitePolicyInput, superAdmin: boolean): ReadonlyMap<string, readonly string[]> {
  const rules = new Map<string, readonly string[]>();
  const allow = (capability: string, allowed: boolean, ...needs: readonly string[]): void => {
    rules.set(capability, allowed ? Object.freeze([...needs]) : DENIED);
  };
  const { multisite } = site;
  const governed = multisite && !superAdmin;
  const fileChanges = !governed && !isTruthy(site.constants['DISALLOW_FILE_MODS']);
  const fileEdits = fileChanges && !isTruthy(site.constants['DISALLOW_FILE_EDIT']);

  for (const capability of FILE_EDITS) allow(capability, fileEdits, capability);
  for (const [capability, need] of FILE_CHANGES) allow(capability, fileChanges, need);
  const networkActivation = multisite && !pluginMenuEnabled(site);
  for (const capability of ACTIVATIONS) {
    allow(capability, true, 'activate_plugins', ...(networkActivation ? ['manage_network_plugins'] : []));
  }
  allow('resume_plugin', true, 'resume_plugins');
  allow('resume_theme', true, 'resume_themes');
  allow('update_php', !governed, 'update_core');
  allow('update_https', !governed, 'manage_options', 'update_core');

  const rawHtml = !governed && !isTruthy(site.constants['DISALLOW_UNFILTERED_HTML']);
  allow('unfiltered_html', rawHtml, 'unfiltered_html');
  allow('edit_css', rawHtml, 'unfiltered_html');
  allow('unfiltered_upload', !governed && isTruthy(site.constants['ALLOW_UNFILTERED_UPLOADS']), 'unfiltered_upload');

  allow('create_users', !governed || isTruthy(site.networkOptions?.['add_new_users']), 'create_users');
  allow('delete_users', !governed, 'delete_users');
  allow('add_users', true, 'promote_users');

  for (const capability of ['manage_privacy_options', 'export_others_personal_data', 'erase_others_personal_data']) {
    allow(capability, true, multisite ? 'manage_network' : 'manage_options');
  }
  allow('setup_network', true, multisite ? 'manage_network_options' : 'manage_options');
  allow('delete_site', multisite, 'manage_options');
  allow('customize', true, 'edit_theme_options');
  allow('manage_links', isTruthy(site.options['link_manager_enabled']), 'manage_links');
  for (const [capability, need] of TERM_ALIASES) allow(capability, true, need);
  for (const start of BLOCK_CAPABILITIES) if (!rules.has(`${start}_blocks`)) allow(`${start}_blocks`, true, `${start}_posts`);
  return rules;
}

/** The network lets site administrators see the plugins screen (network option `menu_items`). */
function pluginMenuEnabled(site: SitePolicyInput): boolean {
  const menus = site.networkOptions?.['menu_items'];
  return typeof menus === 'object' && menus !== null && 'plugins' in menus && isTruthy(menus.plugins);
}
