// `wp/v2/users`: oneself, lists by capability, writes.
import { capabilitiesOf } from './roles.js';
import type { UserRow } from './rows.js';
import { can, created, isTrue, ok, route, toIds, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import { invalidParam, isEdit, linksOf, matches, missingParam, pageOf, pick, sorted, toTexts, type Item } from './wp-collection.js';

const refuse = (call: RestCall, code: string, message: string): RestAnswer => wpError(call.user ? 403 : 401, code, message);

function item(call: RestCall, user: UserRow, edit: boolean): Item {
  const caps = Object.fromEntries([...capabilitiesOf(user)].map((name) => [name, true]));
  return {
    id: user.ID, ...(edit ? { username: user.user_login } : {}), name: user.display_name, ...(edit ? { first_name: '', last_name: '', email: user.user_email } : {}), url: user.user_url,
    description: '', link: `${call.site.url}/author/${user.user_nicename}/`, ...(edit ? { locale: user.locale ?? 'en_US', nickname: user.user_login } : {}), slug: user.user_nicename,
    ...(edit ? { roles: user.roles, registered_date: `${user.user_registered.replace(' ', 'T')}+00:00`, capabilities: caps, extra_capabilities: Object.fromEntries(user.roles.map((role) => [role, true])) } : {}),
    avatar_urls: { 96: 'https://avatars.example/96' }, meta: [], _links: linksOf(`${call.site.url}/wp-json/wp/v2/users/${user.ID}`),
  };
}

function hasPublished(call: RestCall, user: UserRow): boolean {
  return call.site.tables.posts.all().some((post) => post.post_author === user.ID && post.post_status === 'publish');
}

function list(call: RestCall): RestAnswer {
  const lists = can(call, 'list_users');
  if (isEdit(call) && !lists) return refuse(call, 'rest_forbidden_context', 'Sorry, you are not allowed to list users.');
  if (call.params['roles'] !== undefined && !lists) return refuse(call, 'rest_user_cannot_view', 'Sorry, you are not allowed to filter users by role.');
  const include = toIds(call.params['include']);
  const roles = toTexts(call.params['roles']);
  const rows = call.site.tables.users.all().filter((user) => (lists || hasPublished(call, user)) && (include.length === 0 || include.includes(user.ID))
    && (roles.length === 0 || user.roles.some((role) => roles.includes(role))) && matches(call, user.user_login, user.display_name, user.user_email));
  const keys = { name: (user: UserRow) => user.display_name, id: (user: UserRow) => user.ID, registered_date: (user: UserRow) => user.user_registered, slug: (user: UserRow) => user.user_nicename, include: (user: UserRow) => include.indexOf(user.ID) };
  const order = sorted(call, rows, keys, 'name', 'asc');
  return order ? pageOf(call, order, (user) => item(call, user, isEdit(call)), 'user') : invalidParam('orderby', 'orderby is not one of id, include, name, registered_date, and slug.');
}

function create(call: RestCall): RestAnswer {
  const { params, site } = call;
  if (!can(call, 'create_users')) return refuse(call, 'rest_cannot_create_user', 'Sorry, you are not allowed to create new users.');
  for (const name of ['username', 'email', 'password']) if (typeof params[name] !== 'string' || params[name] === '') return missingParam(name);
  const [login, email] = [String(params['username']), String(params['email'])];
  const roles = toTexts(params['roles']);
  const known = site.tables.callables.get('roles') as Record<string, unknown>;
  if (roles.some((role) => !(role in known))) return wpError(400, 'rest_user_invalid_role', 'The role does not exist.');
  const users = site.tables.users.all();
  if (users.some((user) => user.user_login === login)) return wpError(400, 'existing_user_login', 'Sorry, that username already exists!');
  if (!email.includes('@')) return invalidParam('email', 'Invalid email address.');
  if (users.some((user) => user.user_email === email)) return wpError(400, 'existing_user_email', 'Sorry, that email address is already used!');
  const fields = { user_login: login, roles: roles.length > 0 ? roles : ['subscriber'], user_email: email, display_name: String(params['name'] ?? login) };
  return created(item(call, call.events.saveUser(fields, call.user?.ID ?? 0), true));
}

function update(call: RestCall, user: UserRow): RestAnswer {
  const { params } = call;
  if (!can(call, 'edit_users') && call.user?.ID !== user.ID) return refuse(call, 'rest_cannot_edit', 'Sorry, you are not allowed to edit this user.');
  const roles = toTexts(params['roles']);
  if (roles.length > 0 && !can(call, 'promote_users')) return refuse(call, 'rest_cannot_edit_roles', 'Sorry, you are not allowed to edit roles of this user.');
  const known = call.site.tables.callables.get('roles') as Record<string, unknown>;
  if (roles.some((role) => !(role in known))) return wpError(400, 'rest_user_invalid_role', 'The role does not exist.');
  const { locale } = params;
  const { locale: _before, ...rest } = user;
  const saved = call.events.saveUser({
    ...(locale === '' ? rest : user), ...(typeof locale === 'string' && locale !== '' ? { locale } : {}), ...(roles.length > 0 ? { roles } : {}), ...(typeof params['name'] === 'string' ? { display_name: params['name'] } : {}),
    ...(typeof params['email'] === 'string' ? { user_email: params['email'] } : {}), ...(typeof params['url'] === 'string' ? { user_url: params['url'] } : {}),
  }, call.user?.ID ?? 0);
  return ok(item(call, saved, true));
}

function remove(call: RestCall, user: UserRow): RestAnswer {
  if (!can(call, 'delete_users')) return refuse(call, 'rest_user_cannot_delete', 'Sorry, you are not allowed to delete this user.');
  if (!isTrue(call.params['force'])) return wpError(501, 'rest_trash_not_supported', "Users do not support trashing. Set 'force=true' to delete.");
  const given = call.params['reassign'];
  if (given === undefined) return missingParam('reassign');
  const reassign = given === false || given === '' || given === 'false' ? null : Number(given);
  if (reassign !== null && (reassign === user.ID || !call.site.tables.users.get(reassign))) return wpError(400, 'rest_user_invalid_reassign', 'Invalid user ID for reassignment.');
  const previous = item(call, user, true);
  call.events.deleteUser(user.ID, reassign, call.user?.ID ?? 0);
  return ok({ deleted: true, previous });
}

function withUser(handler: (call: RestCall, user: UserRow) => RestAnswer) {
  return (call: RestCall, match: RegExpExecArray): RestAnswer => {
    if (match[1] === 'me' && !call.user) return wpError(401, 'rest_not_logged_in', 'You are not currently logged in.');
    const user = match[1] === 'me' ? call.user : call.site.tables.users.get(Number(match[1]));
    return user ? handler(call, user) : wpError(404, 'rest_user_invalid_id', 'Invalid user ID.');
  };
}

function read(call: RestCall, user: UserRow): RestAnswer {
  const isSelf = call.user?.ID === user.ID;
  if (!isSelf && isEdit(call) && !can(call, 'list_users')) return refuse(call, 'rest_user_cannot_view', 'Sorry, you are not allowed to list users.');
  if (!isSelf && !can(call, 'list_users') && !hasPublished(call, user)) return refuse(call, 'rest_user_cannot_view', 'Sorry, you are not allowed to list users.');
  return ok(pick(call, item(call, user, isEdit(call))));
}

export const USER_ROUTES: readonly RestRoute[] = [
  route('GET', /^wp\/v2\/users$/, list),
  route('POST', /^wp\/v2\/users$/, create),
  route('GET', /^wp\/v2\/users\/(me|\d+)$/, withUser(read)),
  route('POST PUT PATCH', /^wp\/v2\/users\/(me|\d+)$/, withUser(update)),
  route('DELETE', /^wp\/v2\/users\/(me|\d+)$/, withUser(remove)),
];
