// A user as wp/v2/users answers it in the edit context: the fields that can be changed, and the changes that a sync of the same state would
// have given.
import { decode } from 'html-entities';
import { z } from 'zod';
import type { DomainChange, Json } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { upsertUser, userShape } from '../../sync/decode/users.js';

/** What is asked for: no names of one's own, no description, no avatars, no metas. */
export const USER_MEMBERS = 'id,username,name,email,url,slug,locale,roles,registered_date,capabilities,extra_capabilities';

/** The capabilities that a site's sync tells (docs of the protocol, A.8), in its order; REST tells all. */
const SYNCED_CAPABILITIES = `activate_plugins add_users create_users customize delete_others_pages delete_others_posts delete_pages delete_plugins delete_posts
  delete_private_pages delete_private_posts delete_published_pages delete_published_posts delete_site delete_themes delete_users edit_dashboard edit_files
  edit_others_pages edit_others_posts edit_pages edit_plugins edit_posts edit_private_pages edit_private_posts edit_published_pages edit_published_posts
  edit_theme_options edit_themes edit_users export import install_plugins install_themes list_users manage_categories manage_links manage_options
  moderate_comments promote_users publish_pages publish_posts read read_private_pages read_private_posts remove_users switch_themes unfiltered_html
  unfiltered_upload update_core update_plugins update_themes upload_files upload_plugins upload_themes`.split(/\s+/);

const text = z.string().catch('');
const flags = z.record(z.string(), z.unknown()).catch({});

const answerShape = z.object({
  id: z.number().int().positive(),
  username: z.string().min(1),
  name: text,
  email: text,
  url: text,
  slug: text,
  locale: text,
  registered_date: z.string().catch('').transform((value) => value.replace(/(Z|[+-]00:?00)$/, '')),
  roles: z.array(z.string()),
  capabilities: flags,
  extra_capabilities: flags,
});

export type UserAnswer = z.output<typeof answerShape>;

/** Reads an answer; null when it is none, so that garbage is never taken for the site's word. */
export function readUserAnswer(body: Json): UserAnswer | null {
  const parsed = answerShape.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** The names under which REST takes the fields. */
const REST_NAMES: Readonly<Record<string, string>> = { displayName: 'name', email: 'email', url: 'url', locale: 'locale', roles: 'roles' };

export function bodyOfUserFields(fields: Readonly<Record<string, Json>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [REST_NAMES[field] ?? field, value]));
}

/** A field in the form in which values are compared; an empty locale is that of the site. */
export function comparableUserField(field: string, value: Json, siteLocale: string): Json {
  if (field === 'roles') return Array.isArray(value) ? [...(value as string[])].sort() : [];
  if (field === 'locale') return value === siteLocale ? '' : (value ?? '');
  return decode(String(value ?? '')).trim();
}

export function fieldOfUser(answer: UserAnswer, field: string, siteLocale: string): Json {
  const value = field === 'displayName' ? answer.name : answer[field as 'email' | 'url' | 'locale' | 'roles'];
  return comparableUserField(field, value, siteLocale);
}

/**
 * What an answer says; with `hasRoles` false its roles and capabilities are left as they are known, where only the profile was written.
 * REST tells nothing of connections: `isNew` says that the user was made this moment and has none.
 */
export function changesOfUserAnswer(answer: UserAnswer, siteLocale: string, hasRoles: boolean, rev: Rev, isNew = false): DomainChange[] {
  const capabilities = Object.fromEntries(SYNCED_CAPABILITIES.filter((name) => answer.capabilities[name] === true).map((name) => [name, true]));
  const wire = userShape.safeParse({
    data: {
      ID: answer.id, user_login: answer.username, user_nicename: answer.slug, user_email: answer.email, user_url: answer.url, user_registered: answer.registered_date,
      display_name: answer.name, locale: answer.locale === siteLocale ? '' : answer.locale, ...(isNew ? { is_connected: false } : {}),
    },
    ...(hasRoles ? { roles: answer.roles, caps: answer.extra_capabilities, allcaps: capabilities } : {}),
  });
  return wire.success ? [upsertUser(wire.data, rev)] : [];
}
