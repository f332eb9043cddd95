// Users: profiles, roles, log-ins and departures. Activation keys and passwords are never read, nor is what a log-in says
// about a weak password. A log-in's capability list is not the shortened one of other events, so it is not taken.
import { z } from 'zod';
import type { DomainChange, Json, Upsert } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { auditLine, short } from './audit.js';
import { utcDate } from './dates.js';
import { formOfValue } from './meta-forms.js';
import { decoder, ignoringArguments, NOTHING, type Decoder, type DecoderTable, type ItemContext } from './item.js';
import { flag, id, json, label, listOf, mapOf, nameText, positional, text, whole } from './shapes.js';

/** A WP_User as sync sends it. */
export const userShape = z.object({
  data: z.object({
    ID: id,
    user_login: nameText,
    user_nicename: text,
    user_email: text,
    user_url: text,
    user_registered: text,
    display_name: text,
    is_connected: flag.optional(),
    locale: label.optional(),
    allowed_mime_types: mapOf(text).optional().catch(undefined),
  }),
  roles: listOf(text).optional(),
  caps: mapOf(flag).optional(),
  allcaps: mapOf(flag).optional(),
});
type UserObject = z.output<typeof userShape>;

type UserGroups = Upsert<'user'>['groups'];

function coreOf({ data }: UserObject): NonNullable<UserGroups['core']> {
  return {
    login: data.user_login,
    nicename: data.user_nicename,
    email: data.user_email,
    url: data.user_url,
    displayName: data.display_name,
    registeredAt: utcDate(data.user_registered),
    locale: data.locale || null,
  };
}

function upsert(user: UserObject, groups: UserGroups, rev: Rev): Upsert<'user'> {
  return { kind: 'upsert', entity: 'user', key: { id: user.data.ID }, rev, groups };
}

/** All that a user object says. */
export function upsertUser(user: UserObject, rev: Rev): Upsert<'user'> {
  const groups: UserGroups = { core: coreOf(user) };
  if (user.roles !== undefined && user.caps !== undefined && user.allcaps !== undefined) {
    const allCaps = Object.entries(user.allcaps).filter(([, has]) => has).map(([cap]) => cap);
    groups.roles = { roles: user.roles, caps: user.caps, allCaps };
  }
  if (user.data.is_connected !== undefined) groups.connected = { isConnected: user.data.is_connected };
  return upsert(user, groups, rev);
}

/** Numbers the forms of a person: no row of the site has them, so they have no id there. */
const FORM_NUMBERS = { capabilities: 0, allowed_mime_types: 1 } as const;

/** Capabilities and file types as the site hashes them of connected people: PHP's serialize() in the order of the wire, which is not kept. */
function formsOf({ data, allcaps }: UserObject, rev: Rev): DomainChange[] {
  const form = (metaKey: keyof typeof FORM_NUMBERS, value: Json | undefined, keptValue?: Json): DomainChange[] => {
    const stored = value === undefined ? null : formOfValue(value);
    if (stored === null) return [];
    return [{ kind: 'metaForm', entity: 'user', rev, form: { metaId: data.ID * 2 + FORM_NUMBERS[metaKey], ownerId: data.ID, metaKey, ...stored, ...(keptValue === undefined ? {} : { keptValue }) } }];
  };
  if (data.is_connected !== true) return [];
  const granted = Object.keys(allcaps ?? {}).filter((cap) => allcaps?.[cap] === true).sort();
  return [...form('capabilities', allcaps, granted), ...form('allowed_mime_types', data.allowed_mime_types)];
}

/** All that a user object says, and what a checksum of it needs besides. */
export function changesOfUser(user: UserObject, rev: Rev): DomainChange[] {
  return [upsertUser(user, rev), ...formsOf(user, rev)];
}

function line(item: ItemContext, category: 'USER' | 'AUTH', userId: number | null, name: string, summary: string) {
  return auditLine(item, { category, typename: 'User', localId: userId, label: name || `User ${userId}`, summary });
}

function nameOf({ data }: UserObject): string {
  return short(data.display_name) || short(data.user_login) || `User ${data.ID}`;
}

/** What the flags of a save say, for the audit line. */
const FLAGS: Readonly<Record<string, string>> = {
  password_changed: 'password', email_changed: 'e-mail', nicename_changed: 'nicename', url_changed: 'address of the web site',
  display_name_changed: 'display name', locale_changed: 'language', capabilities_changed: 'capabilities', role_added: 'role',
  role_removed: 'role', role_changed: 'role',
};

function namesOfFlags(flags: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(flags).filter((name) => flag.parse(flags[name])).flatMap((name) => FLAGS[name] ?? []);
  return [...new Set(names)].join(', ');
}

const withFlags = positional({ user: userShape, flags: mapOf(z.unknown()) });

function added(verb: string): Decoder {
  return decoder(withFlags, ({ user }, item) => {
    const audit = line(item, 'USER', user.data.ID, nameOf(user), `${verb} user "${nameOf(user)}"`);
    return { changes: changesOfUser(user, item.rev), audit };
  });
}

const saved = decoder(withFlags, ({ user, flags }, item) => {
  const names = namesOfFlags(flags);
  const summary = `Changed user "${nameOf(user)}": ${names}`;
  return { changes: changesOfUser(user, item.rev), audit: names === '' ? null : line(item, 'USER', user.data.ID, nameOf(user), summary) };
});

function gone(verb: string): Decoder {
  return decoder(positional({ id, reassign: whole }), ({ id: userId, reassign }, item) => {
    const deletion: DomainChange = { kind: 'delete', entity: 'user', key: { id: userId }, rev: item.rev };
    const moved: DomainChange = { kind: 'authorReassigned', fromUserId: userId, toUserId: reassign, rev: item.rev };
    const summary = `${verb} user ${userId}${reassign === 0 ? '' : `; the content went to user ${reassign}`}`;
    return { changes: reassign === 0 ? [deletion] : [deletion, moved], audit: line(item, 'USER', userId, `User ${userId}`, summary) };
  });
}

const loggedIn = decoder(positional({ id, user: userShape }), ({ user }, item) => ({
  changes: [upsert(user, { core: coreOf(user), login: { lastLoginAt: item.at } }, item.rev)],
  audit: line(item, 'AUTH', user.data.ID, nameOf(user), `${nameOf(user)} logged in`),
}));

const loggedOut = decoder(positional({ login: json, user: userShape.optional().catch(undefined) }), ({ user }, item) => ({
  changes: user === undefined ? [] : [upsert(user, { core: coreOf(user) }, item.rev)],
  audit:
    user === undefined
      ? line(item, 'AUTH', null, 'User', 'A user logged out')
      : line(item, 'AUTH', user.data.ID, nameOf(user), `${nameOf(user)} logged out`),
}));

const masterbarLogout = decoder(positional({ id }), ({ id: userId }, item) => ({
  changes: [],
  audit: line(item, 'AUTH', userId, `User ${userId}`, `User ${userId} logged out`),
}));

/** Declared by the site's code, never fired in Jetpack 16.1.2: nothing is known of the arguments. */
const undocumented = ignoringArguments(() => NOTHING);

export const USER_DECODERS: DecoderTable = {
  jetpack_sync_register_user: added('Created'),
  jetpack_sync_add_user: added('Added'),
  jetpack_sync_save_user: saved,
  jetpack_deleted_user: gone('Deleted'),
  jetpack_removed_user_from_blog: gone('Removed'),
  jetpack_wp_login: loggedIn,
  wp_logout: loggedOut,
  wp_masterbar_logout: masterbarLogout,
  jetpack_sync_user_locale: undocumented,
  jetpack_sync_user_locale_delete: undocumented,
};
