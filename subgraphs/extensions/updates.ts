// What the synced facts say about updating a site: offers, whether they fit, and whether files can be changed at all.
// Pure; called by resolvers.ts. Values come from sites, so no shape is taken for granted.
import { compareVersions } from '../../core/version-order.js';
import type { UpdateFacts } from '../../store/read/extensions.js';
import type { InstalledVersion } from '../../store/read/vulnerabilities.js';
import type { UpdateModel } from './models.js';
import type { FileModAbility } from './generated.js';

type Words = Readonly<Record<string, unknown>>;

/** A map as it came, or an empty one. */
export function words(value: unknown): Words {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Words) : {};
}

/** A text that says something, or null. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** An http address, or null for anything else: what a header names is not to be trusted. */
export function urlOrNull(value: unknown): string | null {
  const text = textOrNull(value);
  if (text === null || !URL.canParse(text)) return null;
  return /^https?:$/.test(new URL(text).protocol) ? text : null;
}

/** The newest WordPress that the transient update_core offers and that is newer than the site's; null when there is none. */
export function coreUpdate(facts: UpdateFacts): UpdateModel | null {
  const installed = textOrNull(facts.settings['CALLABLE:wp_version']);
  const updates = words(facts.settings['UPDATES:core'])['updates'];
  if (installed === null || typeof updates !== 'object' || updates === null) return null;
  let newest: UpdateModel | null = null;
  for (const entry of Object.values(updates).map(words)) {
    const version = textOrNull(entry['version']) ?? textOrNull(entry['current']);
    if (entry['response'] !== 'upgrade' || version === null || compareVersions(version, installed) <= 0) continue;
    if (newest && compareVersions(version, newest.version) <= 0) continue;
    const hasPackage = textOrNull(entry['package']) !== null || Object.values(words(entry['packages'])).some((address) => textOrNull(address) !== null);
    const firstSeen = facts.coreOffers[version];
    newest = {
      siteId: facts.siteId, version, installed: { kind: 'core', slug: 'wordpress', version: installed, offered: version }, firstSeenAt: firstSeen === undefined ? null : new Date(firstSeen),
      offer: { requires_php: entry['php_version'], packageAvailable: hasPackage || entry['packageAvailable'] === true },
    };
  }
  return newest;
}

/** The site's WordPress as it is installed; null until the site has named its version. */
export function installedCore(facts: UpdateFacts): InstalledVersion | null {
  const version = textOrNull(facts.settings['CALLABLE:wp_version']);
  return version === null ? null : { kind: 'core', slug: 'wordpress', version, offered: coreUpdate(facts)?.version ?? null };
}

/** Whether the site's WordPress and PHP are new enough for an offer; null while what it asks for cannot be compared. */
export function isCompatible(offer: Words, facts: UpdateFacts | null): boolean | null {
  const wordpress = meets(offer['requires'], facts?.settings['CALLABLE:wp_version']);
  const php = meets(offer['requires_php'], facts?.settings['CONSTANT:PHP_VERSION']);
  if (wordpress === false || php === false) return false;
  return wordpress === null || php === null ? null : true;
}

function meets(required: unknown, installed: unknown): boolean | null {
  const least = textOrNull(required);
  if (least === null) return true;
  const actual = textOrNull(installed);
  return actual === null ? null : compareVersions(release(actual), release(least)) >= 0;
}

/** The release a version belongs to: `7.1-RC2` counts as 7.1, and 7.1.0 equals 7.1. */
function release(version: string): string {
  return (version.split(/[-+ ]/)[0] ?? version).replace(/(\.0+)+$/, '');
}

/** The callable's count; 0 when the site has not sent it. */
export function callableCount(facts: UpdateFacts, name: string): number {
  const count = words(facts.settings['CALLABLE:updates'])[name];
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** Whether the site sent the offers of a transient, and not only the count. */
export function offersKnown(facts: UpdateFacts, name: 'plugins' | 'themes'): boolean {
  const transient = facts.settings[`UPDATES:${name}`];
  return typeof transient === 'object' && transient !== null && !Array.isArray(transient);
}

/** When the site last asked wordpress.org about plugins; null when it did not say. */
export function lastChecked(facts: UpdateFacts): Date | null {
  const seconds = Number(words(facts.settings['UPDATES:plugins'])['last_checked']);
  return Number.isFinite(seconds) && seconds > 0 ? new Date(seconds * 1000) : null;
}

/** Whether files can be changed; null until the site has sent the constants or the callables that say so. */
export function fileModAbility(facts: UpdateFacts): FileModAbility | null {
  const { settings } = facts;
  const known = ['CONSTANT:DISALLOW_FILE_MODS', 'CALLABLE:has_file_system_write_access'].some((key) => Object.hasOwn(settings, key));
  if (!known) return null;
  const writable = settings['CALLABLE:has_file_system_write_access'];
  const locked = isTruthy(settings['CONSTANT:DISALLOW_FILE_MODS']);
  const unwritable = writable !== undefined && !isTruthy(writable);
  const updaterDisabled = isTruthy(settings['CONSTANT:AUTOMATIC_UPDATER_DISABLED']);
  const versionControlled = isTruthy(settings['CALLABLE:is_version_controlled']);
  const coreFixed = settings['CONSTANT:WP_AUTO_UPDATE_CORE'] === false || settings['CONSTANT:WP_AUTO_UPDATE_CORE'] === 'false';
  const reasons = [
    locked && 'DISALLOW_FILE_MODS',
    unwritable && 'NO_FILE_SYSTEM_WRITE_ACCESS',
    updaterDisabled && 'AUTOMATIC_UPDATER_DISABLED',
    versionControlled && 'VERSION_CONTROLLED',
    coreFixed && 'WP_AUTO_UPDATE_CORE',
  ].filter((reason) => typeof reason === 'string');
  const changeable = !locked && !unwritable;
  return { install: changeable, update: changeable, autoUpdate: changeable && !updaterDisabled && !versionControlled, reasons };
}

/** PHP's truth of a synced value. */
export function isTruthy(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && value !== '0';
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}
