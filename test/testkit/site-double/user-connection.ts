// Connecting people to the site (protocol reference 1.4, 1.5, 1.7): the authorize address, the exchange of a code for a token, tokens
// that the hub pushes, provisioning, unlinking, and the health of tokens.
import { createHmac } from 'node:crypto';
import { createNonce } from '../../../sync/protocol/sign-request.js';
import { apiUrl, callHub, callHubMethod } from './hub.js';
import { failed, findUser, makeSecret, takeSecret, type Result } from './connection.js';
import { startInitialSync } from './full-sync.js';
import { connectionRole } from './roles.js';
import { hasConnectedOwner, isConnected, type SiteContext } from './state.js';

/** `role:hmac` of a user, keyed with the whole blog token; null for a user without a role. */
export function scopeOf(site: SiteContext, userId: number): string | null {
  const user = site.tables.users.get(userId);
  const role = user ? connectionRole(user) : null;
  if (role === null || site.connection.blogToken === null) return null;
  return `${role}:${createHmac('md5', site.connection.blogToken).update(`${role}|${userId}`).digest('hex')}`;
}

function redirectUri(site: SiteContext): string {
  return `${site.url}/wp-admin/admin.php?handler=jetpack-connection-webhooks&action=authorize&_wpnonce=${createNonce()}&redirect=${encodeURIComponent(`${site.url}/wp-admin/`)}`;
}

/** The address of the hub's consent page to which the site sends a user's browser. */
export function authorizeUrl(site: SiteContext, userId: number): string {
  const user = site.tables.users.get(userId);
  const scope = scopeOf(site, userId);
  if (!user || scope === null || !isConnected(site.connection)) throw new Error(`expected a registered site and a user with a role, got user ${userId}; register first`);
  const secret = makeSecret(site, 'authorize', userId, 7200);
  const query = new URLSearchParams({
    response_type: 'code', client_id: String(site.connection.blogId), redirect_uri: redirectUri(site), state: String(userId), scope, user_email: user.user_email,
    user_login: user.user_login, is_active: hasConnectedOwner(site) ? '1' : '', jp_version: '16.1.2', auth_type: 'calypso', secret: secret.secret1, blogname: site.name,
    site_url: site.url, home_url: site.homeUrl, site_icon: '', site_lang: 'en_US', site_created: '2026-11-01 09:00:00', allow_site_connection: '1', calypso_env: '',
    source: '', plugins: 'jetpack,woocommerce', ...(hasConnectedOwner(site) ? { has_connected_owner: '1' } : {}),
  });
  return `${apiUrl(site, 'authorize')}?${query.toString()}`;
}

/** The browser comes back to the site with a code, in the session of `userId`: steps 3 to 5. */
export async function handleWebhook(site: SiteContext, url: string, userId: number): Promise<Result<'authorized' | 'linked'>> {
  const query = new URL(url).searchParams;
  if (query.get('handler') !== 'jetpack-connection-webhooks' || query.get('action') !== 'authorize' || !query.get('_wpnonce')) return failed('invalid_request', 'Not the webhook of the connection.');
  const error = query.get('error');
  if (error) return failed(error, 'The hub refused.');
  const [code, state] = [query.get('code') ?? '', query.get('state') ?? ''];
  return authorize(site, userId, code, state, redirectUri(site));
}

/** Exchanges a code for the user's token and stores it; the scope must be exactly the site's own. */
export async function authorize(site: SiteContext, userId: number, code: string, state: string, redirect: string): Promise<Result<'authorized' | 'linked'>> {
  if (code === '') return failed('no_code', 'Code is required.');
  if (state === '') return failed('no_state', 'State is required.');
  if (!/^\d+$/.test(state)) return failed('invalid_state', 'State is not a valid integer.');
  if (Number(state) !== userId) return failed('wrong_state', 'State does not match the current user.');
  if (site.connection.blogToken === null) return failed('no_token', 'The site is not registered.');
  const form = new URLSearchParams({
    client_id: String(site.connection.blogId), client_secret: site.connection.blogToken, grant_type: 'authorization_code', code, redirect_uri: redirect, _ui: String(userId), _ut: 'wpcom:user_id',
  });
  const answer = await callHub(site, {
    as: 'nobody', method: 'POST', url: apiUrl(site, 'token'), body: Buffer.from(form.toString()), contentType: 'application/x-www-form-urlencoded', accept: 'application/json', timeoutMs: 30_000,
  });
  const body = typeof answer.json === 'object' && answer.json !== null ? (answer.json as Record<string, unknown>) : null;
  if (answer.status === 0) return failed('token_http_request_failed', 'The hub could not be reached.');
  if (body?.['error']) return failed(String(body['error']), String(body['error_description'] ?? ''));
  if (answer.status !== 200 || body === null) return failed('unknown', `The hub answered ${answer.status}.`);
  const token = body['access_token'];
  if (typeof token !== 'string' || token === '') return failed('access_token', 'The hub sent no token.');
  if (String(body['token_type'] ?? '').toLowerCase() !== 'x_jetpack') return failed('token_type', 'Expected the token type X_JETPACK.');
  if (typeof body['scope'] !== 'string' || body['scope'] === '') return failed('scope', 'The hub sent no scope.');
  if (body['scope'] !== scopeOf(site, userId)) return failed('scope', 'The scope is not the one of this user.');
  return { ok: true, value: keepToken(site, userId, token) };
}

function keepToken(site: SiteContext, userId: number, token: string): 'authorized' | 'linked' {
  const isOwner = !hasConnectedOwner(site);
  site.connection.userTokens.set(userId, `${token}.${userId}`);
  if (isOwner) site.connection.masterUser = userId;
  startInitialSync(site, userId);
  return isOwner ? 'authorized' : 'linked';
}

/** The hub pushes a token: no modules, no initial sync. */
export function pushUserToken(site: SiteContext, input: Readonly<Record<string, unknown>>): Result<true> {
  const token = input['user_token'];
  const parts = typeof token === 'string' ? token.split('.') : [];
  const userId = Number(parts[2]);
  if (parts.length !== 3 || parts.some((part) => part === '') || !Number.isInteger(userId)) return failed('invalid_user_token', 'Expected a token of the form key.secret.user.');
  if (!isConnected(site.connection)) return failed('site_not_registered', 'The site is not registered.');
  if (!site.tables.users.get(userId)) return failed('user_not_found', 'The user does not exist.');
  site.connection.userTokens.set(userId, String(token));
  if (input['is_connection_owner']) site.connection.masterUser = userId;
  return { ok: true, value: true };
}

export function remoteProvision(site: SiteContext, input: Readonly<Record<string, unknown>>): Result<Record<string, string | number | boolean>> {
  const user = findUser(site, input['local_user']);
  if (!user) return failed('input_error', 'Valid user is required.');
  const scope = scopeOf(site, user.ID);
  if (scope === null) return failed('input_error', 'The user has no role.');
  const secret = makeSecret(site, 'authorize', user.ID, 7200);
  return {
    ok: true,
    value: {
      jp_version: '16.1.2', redirect_uri: redirectUri(site), user_id: user.ID, user_email: user.user_email, user_login: user.user_login, scope, secret: secret.secret1,
      is_active: hasConnectedOwner(site),
    },
  };
}

/** Unsigned: the secret of a provisioning is the proof. `state` must be text. */
export async function remoteAuthorize(site: SiteContext, input: Readonly<Record<string, unknown>>): Promise<Result<{ result: string }>> {
  for (const name of ['secret', 'state', 'redirect_uri', 'code']) {
    if (!input[name]) return failed(name === 'secret' ? 'verify_secret_1_missing' : `no_${name}`, `The parameter ${name} is missing.`);
  }
  const verified = takeSecret(site, 'authorize', input['secret'], input['state']);
  if (!verified.ok) return verified;
  const state = String(input['state']);
  if (!site.tables.users.get(Number(state))) return failed('user_unknown', 'The user does not exist.');
  const done = await authorize(site, Number(state), String(input['code']), state, String(input['redirect_uri']));
  return done.ok ? { ok: true, value: { result: done.value } } : done;
}

/** A person leaves: the hub is asked, the site forgets only on a true answer, unless the user was deleted. */
export async function unlinkUser(site: SiteContext, userId: number, force = false): Promise<boolean> {
  if (!site.connection.userTokens.has(userId)) return false;
  const asked = await callHubMethod(site, { userId }, 'jetpack.unlink_user', [userId]);
  if (!force && !(asked.ok && asked.value)) return false;
  site.connection.userTokens.delete(userId);
  if (site.connection.masterUser === userId) site.connection.masterUser = null;
  return true;
}

/** After a change of a connected user's role: a multicall signed as whoever is logged in, whose answer does not matter. */
export async function tellRole(site: SiteContext, userId: number, by: number): Promise<void> {
  const scope = scopeOf(site, userId);
  if (scope === null || !site.connection.userTokens.has(userId) || !site.connection.userTokens.has(by)) return;
  await callHubMethod(site, { userId: by }, 'system.multicall', [[{ methodName: 'jetpack.updateRole', params: [userId, scope] }]]);
}

/** The hub makes a user the owner: the site fetches the token itself. Only while nobody owns the connection. */
export async function remoteConnect(site: SiteContext, input: Readonly<Record<string, unknown>>): Promise<Result<true>> {
  if (hasConnectedOwner(site)) return failed('already_connected', 'Jetpack is already connected.');
  const user = findUser(site, input['local_user']);
  if (!user) return failed('input_error', 'Valid user is required.');
  const nonce = input['nonce'];
  if (typeof nonce !== 'string' || nonce === '') return failed('input_error', 'A non-empty nonce must be supplied.');
  const asked = await callHubMethod(site, 'site', 'jetpack.getUserAccessToken', [{ nonce, external_user_id: user.ID }]);
  if (!asked.ok) return failed('token_fetch_failed', 'Failed to fetch user token from the hub.');
  if (typeof asked.value !== 'string' || !/^[^.]+\.[^.]+$/.test(asked.value)) return failed('token_fetch_failed', 'The hub sent no token.');
  site.connection.userTokens.set(user.ID, `${asked.value}.${user.ID}`);
  site.connection.masterUser = user.ID;
  site.activeModules.add('sso');
  return { ok: true, value: true };
}

/** Asks for a new blog token as a connected user, and keeps it. */
export async function refreshBlogToken(site: SiteContext, userId: number): Promise<boolean> {
  const answer = await callHub(site, { as: { userId }, method: 'POST', url: `${site.hubUrl}/wpcom/v2/sites/${site.connection.blogId}/jetpack-refresh-blog-token` });
  const token = typeof answer.json === 'object' && answer.json !== null && 'jetpack_secret' in answer.json ? answer.json.jetpack_secret : null;
  if (answer.status !== 200 || typeof token !== 'string' || token === '') return false;
  site.connection.blogToken = token;
  return true;
}

/** Asks the hub whether it knows the tokens: the form fields of the unsigned health check. */
export async function askTokenHealth(site: SiteContext, userId: number): Promise<unknown> {
  const describe = (token: string | null | undefined, user: number): string => {
    const [key = '', secret = ''] = (token ?? '').split('.');
    const [wire, timestamp, nonce] = [`${key}:1:${user}`, String(Math.floor(site.now() / 1000) + site.connection.timeDiff), createNonce()];
    const signature = createHmac('sha1', secret).update(`${wire}\n${timestamp}\n${nonce}\n`).digest('base64');
    return `token="${wire}" timestamp="${timestamp}" nonce="${nonce}" signature="${signature}"`;
  };
  const form = new URLSearchParams({ blog_token: describe(site.connection.blogToken, 0), user_token: describe(site.connection.userTokens.get(userId), userId) });
  const answer = await callHub(site, {
    as: 'nobody', method: 'POST', url: `${site.hubUrl}/wpcom/v2/sites/${site.connection.blogId}/jetpack-token-health`, body: Buffer.from(form.toString()),
    contentType: 'application/x-www-form-urlencoded',
  });
  return answer.json;
}
