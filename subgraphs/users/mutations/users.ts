// userInvite, userUpdate and userRemove: decode the ids, decide who may, say what the person began with, and hand over to the operation.
import type { Json } from '../../../core/changes.js';
import { decodeGlobalId, decodeNumericId, type SiteId } from '../../../core/ids.js';
import { comparableUserField } from '../../../origin/rest/user-answer.js';
import { userInvite } from '../../../origin/writes/users/invite.js';
import { userRemove } from '../../../origin/writes/users/remove.js';
import { userUpdate } from '../../../origin/writes/users/update.js';
import { readEditableUser, takenLogins, type EditableUser } from '../../../store/read/editable-user.js';
import type { SiteAccess } from '../../shared/access.js';
import { forbidden, userError, type UserErrorModel, type WriteAnswer } from '../../shared/writes.js';
import type { MutationResolvers, UserInviteInput, UserRemoveInput, UserUpdateInput } from '../generated.js';
import type { UsersContext } from '../loaders.js';
import type { UserPayloadModel } from '../models.js';
import { decodeInvitation, decodeProfile } from './user-fields.js';

export const userMutations: Required<Pick<MutationResolvers<UsersContext>, 'userInvite' | 'userUpdate' | 'userRemove'>> = {
  userInvite: (_root, { input }, context) => inviteUser(input, context),
  userUpdate: (_root, { input }, context) => updateUser(input, context),
  userRemove: (_root, { input }, context) => removeUser(input, context),
};

const refused = (...userErrors: UserErrorModel[]): UserPayloadModel => ({ user: null, write: null, userErrors });

async function inviteUser(input: UserInviteInput, context: UsersContext): Promise<UserPayloadModel> {
  const id = decodeGlobalId(input.siteId);
  const access = id?.type === 'Site' ? await context.access.site(id.siteId) : null;
  if (!access) return refused(userError('NOT_FOUND', 'there is no such site', 'siteId'));
  const denied = forbidden(access, 'create_users', null, 'siteId');
  if (denied) return refused(onNetwork(access, denied, 'on a network of sites only its administrators add users, unless they allow it for sites'));
  const { invitation, errors } = decodeInvitation(access, input);
  if (errors.length > 0) return refused(...errors);
  const username = input.username ?? freeLogin(invitation.localPart, await takenLogins(context.db, access.siteId, invitation.localPart));
  const { email, role, displayName } = invitation;
  return answer(access.siteId, await context.writer.write({ access, operation: userInvite, asked: input, input: { username, email, role, displayName }, targets: [] }), context);
}

/** A login name that nobody has here; the site has the last word. */
function freeLogin(wanted: string, taken: ReadonlySet<string>): string {
  let login = wanted;
  for (let number = 2; taken.has(login); number += 1) login = `${wanted}${number}`;
  return login;
}

async function updateUser(input: UserUpdateInput, context: UsersContext): Promise<UserPayloadModel> {
  const found = await findUser(input.id, context);
  if (!found) return refused(userError('NOT_FOUND', 'there is no such user, or you may not know of one', 'id'));
  const { access, user } = found;
  const target = { kind: 'user', user: { id: user.id, roles: user.roles } } as const;
  const denied = forbidden(access, 'edit_user', target, 'id') ?? (input.roles ? forbidden(access, 'promote_user', target, 'roles') : null);
  if (denied) return refused(onNetwork(access, denied, 'on a network of sites only its administrators change the profiles of others'));
  const { fields, errors } = decodeProfile(access, input, user.siteLocale);
  if (errors.length > 0) return refused(...errors);
  if (Object.keys(fields).length === 0) return refused(userError('INVALID', 'no field is given; there is nothing to save'));
  const isExpected = Boolean(input.expectedVersion);
  const isStale = isExpected && input.expectedVersion !== user.version;
  const operationInput = { userId: user.id, siteLocale: user.siteLocale, fields, base: isExpected && !isStale ? beginningOf(user) : null, isStale };
  return answer(access.siteId, await context.writer.write({ access, operation: userUpdate, asked: input, input: operationInput, targets: [`user:${user.id}`] }), context);
}

function beginningOf(user: EditableUser): Record<string, Json> {
  const known: Readonly<Record<string, Json>> = { displayName: user.displayName, email: user.email, url: user.url, locale: user.locale ?? '', roles: user.roles };
  return Object.fromEntries(Object.entries(known).map(([field, value]) => [field, comparableUserField(field, value, user.siteLocale)]));
}

async function removeUser(input: UserRemoveInput, context: UsersContext): Promise<UserPayloadModel> {
  const found = await findUser(input.id, context);
  if (!found) return (await removedBefore(input, context)) ?? refused(userError('NOT_FOUND', 'there is no such user, or you may not know of one', 'id'));
  const { access, user } = found;
  const denied = forbidden(access, 'delete_user', { kind: 'user', user: { id: user.id, roles: user.roles } }, 'id');
  if (denied) return refused(onNetwork(access, denied, 'on a network of sites users are deleted by its administrators alone'));
  if (access.policy.input.multisite) return refused(userError('INVALID', 'on a network of sites users cannot be deleted through REST; remove the user in wp-admin', 'id'));
  if (user.id === access.userId) return refused(userError('INVALID', 'you cannot remove yourself; have another administrator do it', 'id'));
  if (user.isOwner) return refused(userError('INVALID', 'the connection of this site stands on this user; make another user its owner first', 'id'));
  const reassignTo = input.reassignTo ? decodeNumericId(input.reassignTo, 'User') : null;
  if (input.reassignTo && (reassignTo?.siteId !== access.siteId || reassignTo.localId === user.id)) return refused(userError('INVALID', 'reassignTo is not the id of another user of this site', 'reassignTo'));
  if ((reassignTo === null) !== (input.deleteContent === true)) {
    return refused(userError('INVALID', 'say either reassignTo, who is to have what the user wrote, or deleteContent: true', 'reassignTo'));
  }
  const operationInput = { userId: user.id, label: user.displayName || user.login, reassignTo: reassignTo?.localId ?? null };
  return answer(access.siteId, await context.writer.write({ access, operation: userRemove, asked: input, input: operationInput, targets: [`user:${user.id}`] }), context);
}

/** What a retry gets that removed the user itself. */
async function removedBefore(input: UserRemoveInput, context: UsersContext): Promise<UserPayloadModel | null> {
  const key = decodeNumericId(input.id, 'User');
  const stored = key && (await context.writer.stored({ siteId: key.siteId, operation: userRemove.name, asked: input }));
  return stored && { user: null, write: stored.receipt, userErrors: stored.userErrors };
}

/** A user whom the viewer may change or at least see; null for others. */
async function findUser(id: string, context: UsersContext): Promise<{ readonly access: SiteAccess; readonly user: EditableUser } | null> {
  const key = decodeNumericId(id, 'User');
  const [access, user] = key ? await Promise.all([context.access.site(key.siteId), readEditableUser(context.db, key.siteId, key.localId)]) : [null, null];
  if (!key || !access || !user) return null;
  const isKnown = access.can('list_users') || access.userId === user.id || (await context.user(key.siteId, user.id)) !== null;
  return isKnown ? { access, user } : null;
}

/** Says why, where WordPress's rules for networks are what stands in the way. */
function onNetwork(access: SiteAccess, denied: UserErrorModel, why: string): UserErrorModel {
  return access.policy.input.multisite ? { ...denied, message: `${denied.message}; ${why}` } : denied;
}

async function answer(siteId: SiteId, { receipt, userErrors, result }: WriteAnswer, context: UsersContext): Promise<UserPayloadModel> {
  const { userId } = (result ?? {}) as { readonly userId?: number };
  if (userId === undefined) return { user: null, write: receipt, userErrors };
  context.forgetUser(siteId, userId);
  return { user: await context.user(siteId, userId), write: receipt, userErrors };
}
