// What cannot be done with a plugin on its site, and why, as far as the site's sync tells. Pure; called by resolvers.ts. What the
// viewer may not do is another question, which Site.viewerCan answers.
import type { PluginRecord, UpdateFacts } from '../../store/read/extensions.js';
import { reason, type ExtensionReasonCode } from '../../core/extension-reasons.js';
import type { ExtensionAction, PluginRestriction } from './generated.js';
import { isCompatible, isTruthy, textOrNull, words } from './updates.js';

const MAX_MUST_USE = 200;

/** The restrictions of a plugin; empty when nothing stands in the way, null until the site has told what decides it. */
export function restrictionsOf(plugin: PluginRecord, facts: UpdateFacts | null): PluginRestriction[] | null {
  if (facts === null) return null;
  const found: PluginRestriction[] = [];
  const restrict = (code: ExtensionReasonCode, message: string, ...actions: readonly ExtensionAction[]): void => {
    for (const action of actions) found.push({ action, reason: reason(code, message) });
  };
  const { settings } = facts;
  const headers = words(plugin.details['headers']);
  if (isTruthy(settings['CONSTANT:DISALLOW_FILE_MODS'])) restrict('FILE_MODS_DISALLOWED', 'the site forbids changes to its files (DISALLOW_FILE_MODS)', 'UPDATE', 'DELETE', 'ENABLE_AUTO_UPDATE');
  const writable = settings['CALLABLE:has_file_system_write_access'];
  if (writable !== undefined && !isTruthy(writable)) restrict('FILES_NOT_WRITABLE', 'WordPress cannot write to the folder of plugins without a password for the files', 'UPDATE', 'DELETE', 'ENABLE_AUTO_UPDATE');
  if (isTruthy(settings['CALLABLE:is_version_controlled'])) restrict('MANAGED', "the site's files are under version control, so nothing updates itself", 'ENABLE_AUTO_UPDATE');
  if (isTruthy(settings['CONSTANT:AUTOMATIC_UPDATER_DISABLED'])) restrict('AUTOMATIC_UPDATES_OFF', 'the site does not update by itself (AUTOMATIC_UPDATER_DISABLED)', 'ENABLE_AUTO_UPDATE');
  if (plugin.networkActive) restrict('NETWORK', 'it is active for the whole network; its network switches it off', 'DEACTIVATE', 'DELETE');
  else if (plugin.active) restrict('STILL_ACTIVE', 'it is active; deactivate it first', 'DELETE');
  if (!plugin.networkActive && isTruthy(headers['Network']) && isTruthy(settings['CALLABLE:is_multi_site'])) restrict('NETWORK', 'it can be activated for the whole network only', 'ACTIVATE');
  if (plugin.active && isOnlyConnection(plugin, facts)) restrict('PROTECTED', "the site's connection to Sitegraph runs in it", 'DEACTIVATE', 'DELETE');
  const dependents = facts.dependents.filter((other) => other.active && namesOf(other.requires).includes(plugin.slug)).map((other) => other.name);
  if (dependents.length > 0) restrict('REQUIRED', `needed by ${dependents.slice(0, 5).join(', ')}`, 'DEACTIVATE', 'DELETE');
  if (!plugin.active) {
    const missing = namesOf(textOrNull(headers['RequiresPlugins']) ?? '').filter((slug) => !facts.activeSlugs.includes(slug));
    if (missing.length > 0) restrict('REQUIRES', `needs ${missing.slice(0, 5).join(', ')} to be active`, 'ACTIVATE');
    for (const code of lacking({ requires: headers['RequiresWP'], requires_php: headers['RequiresPHP'] }, facts)) restrict(code, 'the site is too old for it', 'ACTIVATE');
  }
  if (plugin.updateVersion !== null) {
    const offer = words(plugin.details['update']);
    if (offer['packageAvailable'] !== true) restrict('NO_PACKAGE', 'the newer version cannot be downloaded, as without a licence', 'UPDATE');
    for (const code of lacking(offer, facts)) restrict(code, 'the site is too old for the newer version', 'UPDATE');
  }
  return found;
}

/** Whether somebody else than WordPress looks after the site's files; null until the site has told. */
export function isManaged(facts: UpdateFacts | null): boolean | null {
  const said = ['CONSTANT:DISALLOW_FILE_MODS', 'CALLABLE:is_version_controlled'].filter((key) => facts !== null && Object.hasOwn(facts.settings, key));
  return said.length === 0 ? null : said.some((key) => isTruthy(facts?.settings[key]));
}

/** Whether the plugin registered what WordPress runs when it is deleted; null when that is not known: a file uninstall.php is not synced. */
export function registersUninstall(plugin: PluginRecord, facts: UpdateFacts | null): boolean | null {
  return Object.hasOwn(words(facts?.settings['OPTION:uninstall_plugins']), plugin.file) ? true : null;
}

/** Whether the site is connected by plugins none of which is Jetpack: they sync it and manage nothing. False while the site has not told. */
export function isStandalone(facts: UpdateFacts | null): boolean {
  const connected = Object.keys(words(facts?.settings['CALLABLE:jetpack_connection_active_plugins']));
  return connected.length > 0 && !connected.includes('jetpack');
}

/** Files by which WordPress's drop-ins are known; there is no other list of them. */
const DROP_INS: ReadonlySet<string> = new Set([
  'advanced-cache', 'db', 'db-error', 'install', 'maintenance', 'object-cache', 'php-error', 'fatal-error-handler', 'sunrise', 'blog-deleted', 'blog-inactive', 'blog-suspended',
]);

/** Whether a plugin that is not among the installed is named as a drop-in is: a file of its own with one of their names. */
export function isDropIn(slug: string, file: string | null): boolean {
  return DROP_INS.has(slug) && (file === null || file === `${slug}.php`);
}

/** The must-use plugins by the site's daily report (`mu-plugins`, a list with commas); null until one came. */
export function mustUsePlugins(facts: UpdateFacts | null): string[] | null {
  const said = facts?.settings['STATS:heartbeat'];
  if (said === undefined || said === null) return null;
  const names = typeof said === 'string' ? said.split(',') : Array.isArray(said) ? said.filter((name): name is string => typeof name === 'string') : [];
  return [...new Set(names.map((name) => name.trim().slice(0, 200)).filter((name) => name !== ''))].sort().slice(0, MAX_MUST_USE);
}

/** Whether a must-use plugin of the site is meant. */
export function isMustUse(facts: UpdateFacts | null, slug: string, file: string | null): boolean {
  return (mustUsePlugins(facts) ?? []).some((name) => name === slug || name === file || name.replace(/\.php$/, '') === slug || name.startsWith(`${slug}/`));
}

/** Whether no other plugin keeps the site connected; Jetpack does while the site has not told which ones do. */
function isOnlyConnection(plugin: PluginRecord, facts: UpdateFacts): boolean {
  const connected = Object.keys(words(facts.settings['CALLABLE:jetpack_connection_active_plugins']));
  return connected.length === 0 ? plugin.slug === 'jetpack' : connected.length === 1 && connected[0] === plugin.slug;
}

function lacking({ requires, requires_php: php }: Readonly<Record<string, unknown>>, facts: UpdateFacts): ExtensionReasonCode[] {
  return [
    ...(isCompatible({ requires }, facts) === false ? ['INCOMPATIBLE_WP' as const] : []),
    ...(isCompatible({ requires_php: php }, facts) === false ? ['INCOMPATIBLE_PHP' as const] : []),
  ];
}

const namesOf = (list: string): string[] => list.split(',').map((name) => name.trim()).filter((name) => name !== '');
