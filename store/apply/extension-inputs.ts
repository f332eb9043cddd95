// Which settings plugin and theme rows are made of, and how their values are read whatever shape PHP gave them.
// Used by project-extensions.ts and by whoever decides that it must run again. Pure; it never throws on a site's value.
import type { Json, SettingKind } from '../../core/changes.js';
import { decode as decodeEntities } from 'html-entities';

/** A setting as the projection reads it: its value and the revision that says so. */
export interface SettingValue {
  readonly value: Json;
  readonly rev: number;
}

/** The settings of one site by `${settingKind}:${name}`. */
export type SettingMap = ReadonlyMap<string, SettingValue>;

export type JsonMap = { readonly [key: string]: Json };

const INPUT_NAMES: Readonly<Partial<Record<SettingKind, ReadonlySet<string>>>> = {
  CALLABLE: new Set(['get_plugins', 'get_themes', 'get_plugins_action_links', 'paused_plugins', 'paused_themes', 'is_fse_theme', 'theme_support']),
  OPTION: new Set([
    'active_plugins', 'jetpack_autoupdate_plugins', 'jetpack_autoupdate_themes', 'jetpack_autoupdate_plugins_translations', 'stylesheet',
  ]),
  NETWORK_OPTION: new Set(['active_sitewide_plugins', 'auto_update_plugins']),
  UPDATES: new Set(['plugins', 'themes', 'core']),
  STATS: new Set(['active_theme']),
};

/** Tells whether a setting feeds the plugin and theme rows, so that a change of it calls for the projection. */
export function EXTENSION_INPUTS(settingKind: string, name: string): boolean {
  if (settingKind === 'PLUGIN_EVENT' || settingKind === 'THEME_EVENT') return true;
  if (settingKind === 'OPTION' && name.startsWith('theme_mods_')) return true;
  return INPUT_NAMES[settingKind as SettingKind]?.has(name) ?? false;
}

/** A PHP map: an object, or the empty list that an empty map arrives as. Anything else reads as empty. */
export function readMap(value: Json | undefined): JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonMap) : {};
}

/** The texts of a PHP list, which arrives as an object when it has holes. Null when the value is no list at all. */
export function readTexts(value: Json | undefined): readonly string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  return Object.values(value).filter((item): item is string => typeof item === 'string');
}

/** A text, or a number as text; '' for anything else. */
export function readText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}

/** Plain text of a header: tags removed, entities decoded, blanks joined. */
export function plainText(html: string): string {
  const withoutTags = html.replace(/<[a-z!/][^>]*>/gi, '');
  return decodeEntities(withoutTags).replace(/\s+/g, ' ').trim();
}

/** The values of the settings of one kind, by name. */
export function settingsOfKind(settings: SettingMap, kind: SettingKind): Map<string, SettingValue> {
  const prefix = `${kind}:`;
  const found = new Map<string, SettingValue>();
  for (const [key, setting] of settings) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), setting);
  return found;
}
