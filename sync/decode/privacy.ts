// Privacy at the door: what of a setting or a meta may be known at all. Every decoder of settings, metas and update
// lists asks here before it builds a change or an audit line; nothing else in the project filters again.
// It works by allow-lists (allow-lists.ts), and inside what they allow a guard blanks members that look like secrets.
import type { Json } from '../../core/changes.js';
import {
  KEPT_CALLABLES, KEPT_COMMENT_META, KEPT_CONSTANTS, KEPT_NETWORK_OPTIONS, KEPT_OPTIONS, KEPT_ORDER_ITEM_META, KEPT_POST_META,
  ORDER_BOOKKEEPING_META, REFUSED_POST_META, SECRET_CONSTANTS, SECRET_OPTIONS,
} from './allow-lists.js';

/** A value after filtering; `redacted` says that something was taken out (all of it when the value is null). */
export interface Admitted {
  readonly value: Json;
  readonly redacted: boolean;
}

const SECRET_NAME = new RegExp(
  [
    '(^|[-_ ])pass$', 'pass(word|wd|phrase|code)', 'secret', 'token', 'api[-_ ]?key', 'private[-_ ]?key', 'licen[cs]e([-_ ]?key)?$', 'webhook', 'credential',
    '^auth(orization)?$', '^_?(wp)?nonce$',
  ].join('|'),
  'i',
);

/** Booleans and nulls are never secrets (`reset_passwords: true` is a capability), nor is what is named by a file. */
function isSecretMember(name: string, value: Json, isNameOfThing: boolean): boolean {
  if (typeof value === 'boolean' || value === null || name.includes('/') || name.endsWith('.php')) return false;
  return SECRET_NAME.test(name) && !(isNameOfThing && typeof value === 'object');
}

/**
 * Blanks members that look like secrets at any depth. The first `namedLevels` levels are keyed by names of things (a post
 * type, a role), so that what a post type called 'token' is survives; a mere text under such a name does not.
 */
export function guard(value: Json, namedLevels = 0): Admitted {
  let redacted = false;
  const visit = (node: Json, level: number): Json => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map((member: Json) => visit(member, level));
    const members = Object.entries(node).map(([name, member]): [string, Json] => {
      if (isSecretMember(name, member, level < namedLevels)) {
        redacted = true;
        return [name, null];
      }
      return [name, visit(member, level + 1)];
    });
    return Object.fromEntries(members);
  };
  const guarded = visit(value, 0);
  return { value: guarded, redacted };
}

const REDACTED: Admitted = { value: null, redacted: true };

/** Members of the option `jetpack_options` that say nothing but which site it is. */
const JETPACK_OPTIONS = new Set(['id', 'master_user', 'public', 'time_diff', 'version']);

/** An option's value as it may be kept; null when the option itself is not to be known. */
export function admitOption(name: string, value: Json): Admitted | null {
  if (SECRET_OPTIONS.has(name)) return REDACTED;
  if (name === 'jetpack_options') return pickMembers(value, JETPACK_OPTIONS);
  if (KEPT_OPTIONS.has(name) || name.startsWith('theme_mods_')) return guard(value);
  return null;
}

/** A network option's value as it may be kept; null when the option itself is not to be known. */
export function admitNetworkOption(name: string, value: Json): Admitted | null {
  if (SECRET_OPTIONS.has(name)) return REDACTED;
  return KEPT_NETWORK_OPTIONS.has(name) ? guard(value) : null;
}

/** A constant's value as it may be kept; null when the constant is not to be known. */
export function admitConstant(name: string, value: Json): Admitted | null {
  if (SECRET_CONSTANTS.has(name)) return value === null ? { value, redacted: false } : REDACTED;
  return KEPT_CONSTANTS.has(name) ? guard(value) : null;
}

/** Callables whose first level is keyed by names. */
const NAME_KEYED_CALLABLES = new Set([
  'get_plugins', 'get_themes', 'post_types', 'taxonomies', 'post_type_features', 'theme_support', 'roles', 'paused_plugins',
  'paused_themes', 'jetpack_connection_active_plugins', 'jetpack_package_versions', 'available_jetpack_blocks',
]);

/** A callable's value as it may be kept; null when the callable is not to be known. */
export function admitCallable(name: string, value: Json): Admitted | null {
  if (!KEPT_CALLABLES.has(name)) return null;
  if (name === 'get_plugins_action_links') {
    const guarded = guard(value);
    const cleaned = mapText(guarded.value, cleanAdminUrl);
    return { value: cleaned.value, redacted: guarded.redacted || cleaned.redacted };
  }
  if (name === 'wp_super_cache_globals') {
    const guarded = guard(value);
    const cleaned = mapText(guarded.value, (text) => (/^([A-Za-z]:)?[\\/]/.test(text) ? null : text));
    return { value: cleaned.value, redacted: guarded.redacted || cleaned.redacted };
  }
  return guard(value, NAME_KEYED_CALLABLES.has(name) ? 1 : 0);
}

/** Keeps the named members of a map and nothing of anything else. */
function pickMembers(value: Json, names: ReadonlySet<string>): Admitted {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value: null, redacted: value !== null };
  const members = Object.entries(value);
  const kept = members.filter(([name, member]) => names.has(name) && (typeof member !== 'object' || member === null));
  return { value: Object.fromEntries(kept), redacted: kept.length < members.length };
}

function mapText(value: Json, change: (text: string) => string | null): Admitted {
  let redacted = false;
  const visit = (node: Json): Json => {
    if (typeof node === 'string') {
      const changed = change(node);
      if (changed !== node) redacted = true;
      return changed;
    }
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map(visit);
    return Object.fromEntries(Object.entries(node).map(([name, member]): [string, Json] => [name, visit(member)]));
  };
  const mapped = visit(value);
  return { value: mapped, redacted };
}

/** Query arguments of wp-admin addresses that name a screen. All others may be nonces or keys. */
const SCREEN_ARGUMENTS = new Set(['page', 'tab', 'section', 'post_type', 'taxonomy', 'path']);

function cleanAdminUrl(text: string): string {
  const [address = '', query] = text.replace(/#.*$/s, '').split('?', 2);
  if (query === undefined) return address;
  const kept = query.split(/&(?:amp;)?/).filter((argument) => SCREEN_ARGUMENTS.has(argument.split('=', 1)[0] ?? ''));
  return kept.length === 0 ? address : `${address}?${kept.join('&')}`;
}

/** An address without its query and fragment. */
export function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, '');
}

const UPDATE_MEMBERS = new Set([
  'id', 'slug', 'plugin', 'theme', 'name', 'new_version', 'version', 'current', 'url', 'tested', 'requires', 'requires_php',
  'requires_plugins', 'php_version', 'mysql_version', 'upgrade_notice', 'autoupdate', 'locale', 'language', 'type', 'updated', 'response',
]);
const DOWNLOAD_MEMBERS = ['package', 'packages', 'download', 'download_link'];

/** One offered update: known members only. Download addresses can carry licence keys, so only their being there is told. */
function admitUpdate(update: Json): Json {
  if (typeof update !== 'object' || update === null || Array.isArray(update)) return null;
  const map = update as { readonly [key: string]: Json };
  const isPlain = (name: string, value: Json) => typeof value !== 'object' || value === null || name === 'requires_plugins';
  const kept = Object.entries(map).filter(([name, value]) => UPDATE_MEMBERS.has(name) && isPlain(name, value));
  const cleaned = kept.map(([name, value]): [string, Json] => [name, typeof value === 'string' && name === 'url' ? withoutQuery(value) : value]);
  return { ...Object.fromEntries(cleaned), packageAvailable: DOWNLOAD_MEMBERS.some((name) => Boolean(map[name])) };
}

/** A list of offered updates (a WordPress update transient) as it may be kept; null when there is none. */
export function admitUpdates(transient: Json): Json {
  if (typeof transient !== 'object' || transient === null || Array.isArray(transient)) return null;
  const map = transient as { readonly [key: string]: Json };
  const kept: [string, Json][] = [];
  for (const [name, value] of Object.entries(map)) {
    if (name === 'last_checked' || name === 'version_checked') kept.push([name, typeof value === 'object' ? null : value]);
    else if (name === 'checked') kept.push([name, guard(mapOfText(value)).value]);
    else if (name === 'response') kept.push([name, mapOfUpdates(value)]);
    else if (name === 'updates' || name === 'translations') kept.push([name, entriesOf(value).map(([, update]) => admitUpdate(update))]);
  }
  return Object.fromEntries(kept);
}

function entriesOf(value: Json | undefined): [string, Json][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function mapOfText(value: Json): Json {
  return Object.fromEntries(entriesOf(value).filter(([, member]) => typeof member === 'string'));
}

function mapOfUpdates(value: Json): Json {
  return Object.fromEntries(entriesOf(value).map(([name, update]) => [name, admitUpdate(update)]));
}

/** Whether a post meta key may be stored as post meta (an order's own keys are registers instead). */
export function keepsPostMeta(key: string, extra: ReadonlySet<string>): boolean {
  if (REFUSED_POST_META.has(key) || ORDER_BOOKKEEPING_META.has(key)) return false;
  return KEPT_POST_META.has(key) || key.startsWith('_wpas_skip_') || extra.has(key);
}

/** Opens an order's page for guests. It is never kept; the CRC-32 of it is (core/changes MetaForm), out of which it cannot be made again. */
export const ORDER_KEY_META = '_order_key';

/** Metas whose first level is keyed by names (of attributes, of image sizes). */
const NAME_KEYED_METAS = new Set(['_product_attributes', '_default_attributes']);

/** A meta's value with members that look like secrets blanked. */
export function admitMetaValue(key: string, value: Json): Json {
  return guard(value, NAME_KEYED_METAS.has(key) ? 1 : 0).value;
}

export function keepsCommentMeta(key: string): boolean {
  return KEPT_COMMENT_META.has(key);
}

export function keepsOrderItemMeta(key: string): boolean {
  return KEPT_ORDER_ITEM_META.has(key);
}

/** Post types whose title and content are about visitors or people's doings and are not stored. */
const PRIVATE_POST_TYPES = new Set(['feedback', 'jp_act_log_event']);

export function hidesPostContent(postType: string): boolean {
  return PRIVATE_POST_TYPES.has(postType);
}

/** Comment types that other plugins use for notes about customers; Jetpack does not sync them unless told to. */
const PRIVATE_COMMENT_TYPES = new Set(['order_note', 'action_log', 'webhook_delivery']);

export function hidesComment(commentType: string): boolean {
  return PRIVATE_COMMENT_TYPES.has(commentType);
}
