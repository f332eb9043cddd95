// What a site's rows say in the words of the schema, with WordPress's own defaults for what did not come yet. Pure;
// called by the resolvers. Who may see a fact is decided there, not here.
import { createHash } from 'node:crypto';
import { decode } from 'html-entities';
import { encodeGlobalId } from '../../core/ids.js';
import type { SiteFactsRow } from '../../store/read/settings.js';
import { canonicalText } from '../shared/pages.js';
import { siteTimezone, type TimezoneFacts } from './timezone.js';

const VERSION_CHARACTERS = 16;
/** A site reports at least once a day (Jetpack's heartbeat); twice that is silence. */
export const SILENCE_MS = 48 * 3600 * 1000;
/** Jetpack's queue is emptied within a few requests; this much lag means that sending fails or is stuck. */
export const DEGRADED_LAG_SECONDS = 15 * 60;

type Settings = SiteFactsRow['settings'];

const valueOf = (settings: Settings, key: string): unknown => settings[key] ?? null;

/** Text of a setting: numbers become text, everything else that is not text is null. */
function text(settings: Settings, key: string): string | null {
  const value = valueOf(settings, key);
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

const filled = (value: string | null): string | null => (value === null || value === '' ? null : value);

/** A number that came as number or as text; null for anything else. */
function numeric(settings: Settings, key: string): number | null {
  const value = text(settings, key)?.trim() ?? '';
  return value !== '' && Number.isFinite(Number(value)) ? Number(value) : null;
}

/** A whole number within bounds, or the default. */
function whole(settings: Settings, key: string, fallback: number): number {
  const value = numeric(settings, key);
  return value !== null && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : fallback;
}

function address(settings: Settings, key: string): string | null {
  const value = filled(text(settings, key));
  return value !== null && URL.canParse(value) && /^https?:/i.test(value) ? value.replace(/\/+$/, '') : null;
}

/** The home address: what the site says, else the address it was connected with. */
export function homeUrl(row: SiteFactsRow): string {
  return address(row.settings, 'CALLABLE:home_url') ?? row.homeUrl;
}

/** The address of wp-admin. */
export function adminUrl(row: SiteFactsRow): string {
  return `${address(row.settings, 'CALLABLE:site_url') ?? row.url}/wp-admin/`;
}

/** The site's title as plain text. */
export function siteName(row: SiteFactsRow): string {
  const name = text(row.settings, 'OPTION:blogname');
  return name === null ? new URL(homeUrl(row)).host : decode(name);
}

export function tagline(row: SiteFactsRow): string {
  return decode(text(row.settings, 'OPTION:blogdescription') ?? '');
}

export function timezone(row: SiteFactsRow, now: Date): TimezoneFacts {
  return siteTimezone(
    {
      zoneName: text(row.settings, 'OPTION:timezone_string'),
      offsetHours: numeric(row.settings, 'OPTION:gmt_offset'),
      callable: filled(text(row.settings, 'CALLABLE:timezone')),
    },
    now,
  );
}

export const locale = (row: SiteFactsRow): string => filled(text(row.settings, 'CALLABLE:locale')) ?? 'en_US';
export const charset = (row: SiteFactsRow): string => filled(text(row.settings, 'OPTION:blog_charset')) ?? 'UTF-8';
export const icon = (row: SiteFactsRow): string | null => filled(text(row.settings, 'CALLABLE:site_icon_url'));
export const permalinkStructure = (row: SiteFactsRow): string => text(row.settings, 'OPTION:permalink_structure') ?? '';
export const isMultisite = (row: SiteFactsRow): boolean => [true, 1, '1'].includes(valueOf(row.settings, 'CALLABLE:is_multi_site') as boolean);
export const isPrivate = (row: SiteFactsRow): boolean => whole(row.settings, 'OPTION:blog_public', 1) < 0;
export const wordpressVersion = (row: SiteFactsRow): string | null => filled(text(row.settings, 'CALLABLE:wp_version'));
export const phpVersion = (row: SiteFactsRow): string | null => filled(text(row.settings, 'CONSTANT:PHP_VERSION'));
export const environment = (row: SiteFactsRow): string => filled(text(row.settings, 'CALLABLE:wp_get_environment_type')) ?? 'production';

/** Slugs of active modules, sorted. PHP lists with holes arrive as objects. */
export function features(row: SiteFactsRow): string[] {
  const value = valueOf(row.settings, 'CALLABLE:active_modules');
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((slug): slug is string => typeof slug === 'string').sort();
}

/** Whether the site is heard from; the rule is in the schema's ConnectionState. */
export function connectionState(row: SiteFactsRow, now: Date): 'CONNECTED' | 'DEGRADED' | 'DISCONNECTED' {
  if (row.disconnectedAt !== null) return 'DISCONNECTED';
  const heard = row.lastReceivedAt ?? row.createdAt;
  const isSilent = now.getTime() - heard.getTime() > SILENCE_MS;
  return isSilent || row.queueLagSeconds > DEGRADED_LAG_SECONDS ? 'DEGRADED' : 'CONNECTED';
}

function digest(facts: unknown): string {
  return createHash('sha256').update(canonicalText(facts)).digest('base64url').slice(0, VERSION_CHARACTERS);
}

/** A digest of the settings that describe the site; whatever of them changes, changes it. */
export function siteVersion(row: SiteFactsRow): string {
  return digest([row.url, row.homeUrl, row.disconnectedAt !== null, row.settings]);
}

/** `SiteSettings` of the schema. */
export function siteSettings(row: SiteFactsRow, now: Date) {
  const { settings } = row;
  const showOnFront = filled(text(settings, 'OPTION:show_on_front')) ?? 'posts';
  const pageIn = (key: string) => {
    const id = showOnFront === 'page' ? whole(settings, key, 0) : 0;
    return id > 0 ? { __typename: 'Page' as const, id: encodeGlobalId(row.id, 'Page', id) } : null;
  };
  const plain = {
    title: siteName(row),
    tagline: tagline(row),
    email: filled(text(settings, 'OPTION:admin_email')),
    language: locale(row),
    dateFormat: filled(text(settings, 'OPTION:date_format')) ?? 'F j, Y',
    timeFormat: filled(text(settings, 'OPTION:time_format')) ?? 'g:i a',
    startOfWeek: whole(settings, 'OPTION:start_of_week', 1),
    showOnFront,
    pageOnFront: pageIn('OPTION:page_on_front'),
    pageForPosts: pageIn('OPTION:page_for_posts'),
    postsPerPage: whole(settings, 'OPTION:posts_per_page', 10),
    defaultCategoryId: row.defaultCategory === null ? null : encodeGlobalId(row.id, 'Term', row.defaultCategory),
    defaultCommentStatus: filled(text(settings, 'OPTION:default_comment_status')) ?? 'open',
    searchEngineVisible: whole(settings, 'OPTION:blog_public', 1) === 1,
    permalinkStructure: permalinkStructure(row),
    categoryBase: filled(text(settings, 'OPTION:category_base')),
    tagBase: filled(text(settings, 'OPTION:tag_base')),
  };
  const zone = timezone(row, now);
  return { ...plain, timezone: zone, version: digest([plain, zone.name, zone.name === null ? zone.offsetMinutes : 0]) };
}
