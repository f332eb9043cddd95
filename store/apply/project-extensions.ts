// The rows of plugins and themes, derived from what a site syncs about them: callables and options say how things stand,
// events patch what is older than themselves (callables are evaluated at most once a minute), transients say what could
// be updated. Called by store/apply whenever one of EXTENSION_INPUTS changed; pure, and never trusts a value's shape.
import type { Json } from '../../core/changes.js';
import { compareVersions } from '../../core/version-order.js';
import { plainText, readMap, readText, readTexts, settingsOfKind, type JsonMap, type SettingMap, type SettingValue } from './extension-inputs.js';

export { EXTENSION_INPUTS } from './extension-inputs.js';

/** A row of the table `plugin`, without the site. */
export interface PluginRow {
  readonly file: string;
  readonly slug: string;
  readonly name: string;
  readonly version: string;
  /** Runs on this site, whether activated here or for the network. */
  readonly active: boolean;
  readonly networkActive: boolean;
  readonly autoUpdate: boolean;
  readonly updateVersion: string | null;
  readonly details: PluginDetails;
}

export interface PluginDetails {
  readonly [key: string]: Json;
  /** The plugin's headers as the site names them (Name, PluginURI, AuthorName, RequiresWP, …). */
  readonly headers: JsonMap;
  /** Where the transient offers a newer version; without the package's address, which may hold a licence key. */
  readonly update: JsonMap | null;
  readonly actionLinks: JsonMap | null;
  /** Stopped by WordPress's recovery mode after a fatal error. */
  readonly paused: boolean;
  /** False while the site has not said which plugins are active. */
  readonly activationKnown: boolean;
  /** False while the site has not sent the list of what updates itself. */
  readonly autoUpdateKnown: boolean;
  readonly autoUpdateTranslations: boolean | null;
}

/** A row of the table `theme`, without the site. */
export interface ThemeRow {
  readonly slug: string;
  readonly name: string;
  readonly version: string;
  readonly active: boolean;
  readonly parentSlug: string | null;
  readonly autoUpdate: boolean;
  readonly updateVersion: string | null;
  readonly details: ThemeDetails;
}

export interface ThemeDetails {
  readonly [key: string]: Json;
  readonly headers: JsonMap;
  readonly update: JsonMap | null;
  readonly paused: boolean;
  readonly autoUpdateKnown: boolean;
  /** Null when the site has not said so. */
  readonly isBlockTheme: boolean | null;
  /** What the active theme declares support for; null for the others, whose code does not run. */
  readonly supports: readonly string[] | null;
  /** Locations that have, or had, a menu: the keys of `nav_menu_locations` of the theme's modifications. */
  readonly menuLocations: readonly string[];
}

/** Derives a site's plugin rows (by file) and theme rows (by slug) from its settings. The same settings give the same rows. */
export function projectExtensions(settings: SettingMap): { plugins: PluginRow[]; themes: ThemeRow[] } {
  return { plugins: projectPlugins(settings), themes: projectThemes(settings) };
}

interface Installed {
  readonly headers: JsonMap;
  readonly rev: number;
}

function projectPlugins(settings: SettingMap): PluginRow[] {
  const events = settingsOfKind(settings, 'PLUGIN_EVENT');
  const installed = installedFrom(settings.get('CALLABLE:get_plugins'), events);
  const updates = readMap(readMap(settings.get('UPDATES:plugins')?.value)['response']);
  const actionLinks = readMap(settings.get('CALLABLE:get_plugins_action_links')?.value);
  const paused = readMap(settings.get('CALLABLE:paused_plugins')?.value);
  const autoUpdated = texts(settings, 'NETWORK_OPTION:auto_update_plugins') ?? texts(settings, 'OPTION:jetpack_autoupdate_plugins');
  const translated = texts(settings, 'OPTION:jetpack_autoupdate_plugins_translations');
  const rows: PluginRow[] = [];
  for (const file of [...installed.keys()].sort()) {
    const headers = installed.get(file)?.headers ?? {};
    const slug = pluginSlug(file);
    const activation = activationOf(settings, file, events.get(file));
    const version = readText(headers['Version']);
    const update = updateOf(updates[file], version);
    rows.push({
      file,
      slug,
      name: plainText(readText(headers['Name'])) || slug,
      version,
      active: activation.active,
      networkActive: activation.networkActive,
      autoUpdate: autoUpdated?.has(file) ?? false,
      updateVersion: update?.version ?? null,
      details: {
        headers,
        update: update?.offer ?? null,
        actionLinks: actionLinks[file] === undefined ? null : readMap(actionLinks[file]),
        paused: Object.hasOwn(paused, file.split('/')[0] ?? file),
        activationKnown: activation.known,
        autoUpdateKnown: autoUpdated !== null,
        autoUpdateTranslations: translated?.has(file) ?? null,
      },
    });
  }
  return rows;
}

function projectThemes(settings: SettingMap): ThemeRow[] {
  const callable = settings.get('CALLABLE:get_themes');
  const installed = installedFrom(callable, settingsOfKind(settings, 'THEME_EVENT'));
  const current = activeTheme(settings);
  if (current && !installed.has(current.slug)) installed.set(current.slug, { headers: current.headers, rev: current.rev });
  const updates = readMap(readMap(settings.get('UPDATES:themes')?.value)['response']);
  const paused = readMap(settings.get('CALLABLE:paused_themes')?.value);
  const autoUpdated = texts(settings, 'OPTION:jetpack_autoupdate_themes');
  const isFseTheme = settings.get('CALLABLE:is_fse_theme')?.value;
  const support = settings.get('CALLABLE:theme_support');
  return [...installed.keys()].sort().map((slug) => {
    const headers = installed.get(slug)?.headers ?? {};
    const active = current?.slug === slug;
    const version = readText(headers['Version']);
    const update = updateOf(updates[slug], version);
    const template = readText(headers['Template']);
    const declared = headers['is_block_theme'] ?? (active ? isFseTheme : undefined);
    return {
      slug,
      name: plainText(readText(headers['Name'])) || slug,
      version,
      active,
      parentSlug: template === '' || template === slug ? null : template,
      autoUpdate: autoUpdated?.has(slug) ?? false,
      updateVersion: update?.version ?? null,
      details: {
        headers,
        update: update?.offer ?? null,
        paused: Object.hasOwn(paused, slug),
        autoUpdateKnown: autoUpdated !== null,
        isBlockTheme: typeof declared === 'boolean' ? declared : null,
        supports: active && support ? supportedFeatures(support.value) : null,
        menuLocations: Object.keys(readMap(readMap(settings.get(`OPTION:theme_mods_${slug}`)?.value)['nav_menu_locations'])).sort(),
      },
    };
  });
}

const MAX_CORE_OFFERS = 20;

/** The versions of WordPress to which the site is offered to upgrade. */
export function coreOffers(settings: SettingMap): string[] {
  const updates = readMap(settings.get('UPDATES:core')?.value)['updates'];
  const entries = typeof updates === 'object' && updates !== null ? Object.values(updates).map((entry) => readMap(entry as Json)) : [];
  const versions = entries.filter((entry) => entry['response'] === 'upgrade').map((entry) => readText(entry['version']) || readText(entry['current']));
  return [...new Set(versions)].filter((version) => version !== '').slice(0, MAX_CORE_OFFERS);
}

/** What is installed: the callable's list, patched by the events that are newer than it. */
function installedFrom(callable: SettingValue | undefined, events: ReadonlyMap<string, SettingValue>): Map<string, Installed> {
  const installed = new Map<string, Installed>();
  const rev = callable?.rev ?? -1;
  for (const [key, headers] of Object.entries(readMap(callable?.value))) installed.set(key, { headers: headersOf(readMap(headers)), rev });
  for (const [key, setting] of events) {
    const event = readMap(setting.value);
    const said = event['event'];
    if (setting.rev <= rev || typeof said !== 'string' || said.endsWith('-failed') || event['success'] === false) continue;
    if (said === 'deleted') installed.delete(key);
    else installed.set(key, { headers: { ...installed.get(key)?.headers, ...eventHeaders(event) }, rev: setting.rev });
  }
  return installed;
}

/** Headers are texts and flags; whatever else a filter put among them is left out. */
function headersOf(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => typeof value === 'string' || typeof value === 'boolean'));
}

const HEADER_NAMES: Readonly<Record<string, string>> = { name: 'Name', version: 'Version', uri: 'ThemeURI' };

/** The headers an event brings, under the callable's names. Headers begin with a capital; the event's own words do not. */
function eventHeaders(event: JsonMap): JsonMap {
  const known = Object.entries(headersOf(event)).filter(([name, value]) => value !== '' && (/^[A-Z]/.test(name) || Object.hasOwn(HEADER_NAMES, name)));
  return Object.fromEntries(known.map(([name, value]) => [HEADER_NAMES[name] ?? name, value]));
}

interface Activation {
  readonly active: boolean;
  readonly networkActive: boolean;
  readonly known: boolean;
}

function activationOf(settings: SettingMap, file: string, event: SettingValue | undefined): Activation {
  const option = settings.get('OPTION:active_plugins');
  const sitewide = settings.get('NETWORK_OPTION:active_sitewide_plugins');
  const listed = readTexts(option?.value);
  let active = listed?.includes(file) ?? false;
  let networkActive = Object.hasOwn(readMap(sitewide?.value), file);
  let known = listed !== null;
  const said = readMap(event?.value);
  const isActivation = said['event'] === 'activated';
  if (event && (isActivation || said['event'] === 'deactivated')) {
    if (said['networkWide'] === true || said['network_wide'] === true) {
      if (event.rev > (sitewide?.rev ?? -1)) networkActive = isActivation;
    } else if (event.rev > (option?.rev ?? -1)) {
      active = isActivation;
      known = true;
    }
  }
  return { active: active || networkActive, networkActive, known: known || networkActive };
}

/** The newest of what names the active theme: the option, the event of a switch, the callable's own flag. */
function activeTheme(settings: SettingMap): { slug: string; headers: JsonMap; rev: number } | null {
  const candidates: { slug: string; headers: JsonMap; rev: number }[] = [];
  const option = settings.get('OPTION:stylesheet');
  if (option) candidates.push({ slug: readText(option.value), headers: {}, rev: option.rev });
  const stats = settings.get('STATS:active_theme');
  if (stats) {
    const said = readMap(Array.isArray(stats.value) ? (stats.value as readonly Json[])[0] : stats.value);
    candidates.push({ slug: readText(said['slug']), headers: eventHeaders(said), rev: stats.rev });
  }
  const callable = settings.get('CALLABLE:get_themes');
  for (const [slug, headers] of Object.entries(readMap(callable?.value))) {
    if (readMap(headers)['active'] === true) candidates.push({ slug, headers: {}, rev: callable?.rev ?? -1 });
  }
  const named = candidates.filter((candidate) => candidate.slug !== '').sort((a, b) => b.rev - a.rev);
  const [newest] = named;
  if (!newest) return null;
  const headers = named.find((candidate) => candidate.slug === newest.slug && Object.keys(candidate.headers).length > 0)?.headers;
  return { ...newest, headers: headers ?? {} };
}

/** The offer of an update that is newer than what is installed; a transient may be older than the last update. */
function updateOf(entry: Json | undefined, installedVersion: string): { version: string; offer: JsonMap } | null {
  const { package: address, ...offered } = readMap(entry);
  const version = readText(offered['new_version']);
  if (version === '' || compareVersions(version, installedVersion) <= 0) return null;
  const texts = Object.entries(offered).filter(([name, value]) => OFFER_NAMES.has(name) && (typeof value === 'string' || typeof value === 'number'));
  return { version, offer: { ...Object.fromEntries(texts), packageAvailable: readText(address) !== '' || offered['packageAvailable'] === true } };
}

const OFFER_NAMES: ReadonlySet<string> = new Set(['slug', 'new_version', 'url', 'tested', 'requires', 'requires_php']);

/** `theme_support` maps a feature to true or to its arguments; a feature that was switched off is false. */
function supportedFeatures(value: Json): string[] {
  return Object.entries(readMap(value)).filter(([, support]) => support !== false && support !== null).map(([feature]) => feature).sort();
}

function texts(settings: SettingMap, key: string): ReadonlySet<string> | null {
  const listed = readTexts(settings.get(key)?.value);
  return listed && new Set(listed);
}

/** The folder of a plugin, or the file's name without .php for one without a folder. */
function pluginSlug(file: string): string {
  const slash = file.indexOf('/');
  return slash > 0 ? file.slice(0, slash) : file.replace(/\.php$/, '');
}
