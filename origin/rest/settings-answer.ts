// The settings as wp/v2/settings answers them: their fields for telling conflicts, and the changes that a sync of the same state would
// have given. Everything that is kept passes the allow-lists of sync/decode/privacy, like any other setting.
import { decode } from 'html-entities';
import type { DomainChange, Json } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { changesOfSetting } from '../../sync/decode/settings.js';

/** The members of an answer. */
export type SettingsAnswer = Readonly<Record<string, Json>>;

interface SettingField {
  /** The name in REST. */
  readonly rest: string;
  readonly kind: 'OPTION' | 'CALLABLE';
  /** The name under which the site syncs it. */
  readonly name: string;
  readonly form: 'text' | 'whole' | 'language';
  /**
   * Whether what is synced and what REST tells are the same row of the site, so that they can be compared. The language is not: the locale
   * that is synced may come from a constant or a plugin.
   */
  readonly isComparable: boolean;
}

const option = (rest: string, name: string = rest, form: 'text' | 'whole' = 'text'): SettingField => ({ rest, kind: 'OPTION', name, form, isComparable: true });

/** The fields of the graph that REST can change, by the schema's names. */
export const SETTING_FIELDS: Readonly<Record<string, SettingField>> = {
  title: option('title', 'blogname'),
  tagline: option('description', 'blogdescription'),
  timezone: option('timezone', 'timezone_string'),
  language: { rest: 'language', kind: 'CALLABLE', name: 'locale', form: 'language', isComparable: false },
  dateFormat: option('date_format'),
  timeFormat: option('time_format'),
  startOfWeek: option('start_of_week', 'start_of_week', 'whole'),
  postsPerPage: option('posts_per_page', 'posts_per_page', 'whole'),
  defaultCategoryId: option('default_category', 'default_category', 'whole'),
  defaultCommentStatus: option('default_comment_status'),
  showOnFront: option('show_on_front'),
  pageOnFrontId: option('page_on_front', 'page_on_front', 'whole'),
  pageForPostsId: option('page_for_posts', 'page_for_posts', 'whole'),
  iconMediaId: option('site_icon', 'site_icon', 'whole'),
};

/** Settings that a plugin's own code put into REST are `option.<name>`. */
export const OPTION_PREFIX = 'option.';

/** Names in REST that cannot be written as options: those that are fields, and those on which the connection stands. */
export const RESERVED_REST_NAMES: ReadonlySet<string> = new Set([...Object.values(SETTING_FIELDS).map(({ rest }) => rest), 'url', 'email']);

/** Reads an answer; null when it is none, so that garbage is never taken for the site's word. */
export function readSettingsAnswer(body: Json): SettingsAnswer | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const answer = body as SettingsAnswer;
  return typeof answer['title'] === 'string' && typeof answer['date_format'] === 'string' ? answer : null;
}

/** The name of a field in REST. */
export function restName(field: string): string {
  return field.startsWith(OPTION_PREFIX) ? field.slice(OPTION_PREFIX.length) : (SETTING_FIELDS[field]?.rest ?? field);
}

/** Where the site syncs a field, as entity:key of receipts. */
export function settingTarget(field: string): string {
  const known = SETTING_FIELDS[field];
  return `setting:${known?.kind ?? 'OPTION'}/${known?.name ?? restName(field)}`;
}

/** A value in the form in which values are compared: plain text, numbers, en_US for WordPress's own language. */
export function comparable(field: string, value: Json | undefined): Json {
  switch (SETTING_FIELDS[field]?.form) {
    case undefined:
      return value ?? null;
    case 'whole':
      return Number(value ?? 0) || 0;
    case 'language':
      return value === '' || value === null || value === undefined ? 'en_US' : (value as Json);
    case 'text':
      return decode(String(value ?? '')).trim();
  }
}

/** A field of an answer, in the form in which values are compared. */
export function fieldOfSettings(answer: SettingsAnswer, field: string): Json {
  return comparable(field, answer[restName(field)]);
}

/** The fields that the store knows, from its settings by `KIND:name`: what somebody who read the current version began with. */
export function storedSettings(settings: Readonly<Record<string, unknown>>): Record<string, Json> {
  const fields: Record<string, Json> = {};
  for (const [field, { kind, name, isComparable }] of Object.entries(SETTING_FIELDS)) {
    const value = settings[`${kind}:${name}`] as Json | undefined;
    if (isComparable && value !== undefined && value !== null) fields[field] = comparable(field, value);
  }
  return fields;
}

/** What an answer says of some fields, as the site syncs it: options are texts there. */
export function changesOfSettings(answer: SettingsAnswer, fields: readonly string[], rev: Rev): DomainChange[] {
  return fields.flatMap((field) => {
    const value = answer[restName(field)];
    if (value === undefined) return [];
    const known = SETTING_FIELDS[field];
    if (known?.form === 'language') return changesOfSetting('CALLABLE', known.name, value === '' ? 'en_US' : value, rev);
    return changesOfSetting('OPTION', known?.name ?? restName(field), typeof value === 'number' ? String(value) : value, rev);
  });
}
