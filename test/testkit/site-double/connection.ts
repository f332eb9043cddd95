// Registration of the site and what undoes it (protocol reference 1.3, 1.6, 1.7), from the site's side: step 1, the answer to the hub's
// call back, the rules for the register response, zero-touch registration, disconnection.
import { randomBytes } from 'node:crypto';
import { apiUrl, callHub, callHubMethod, learnClock, type HubAnswer } from './hub.js';
import { capabilitiesOf } from './roles.js';
import { hasConnectedOwner, isConnected, type Secret, type SiteContext } from './state.js';
import { startInitialSync } from './full-sync.js';

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string; readonly message: string };

export function failed(code: string, message: string): { ok: false; code: string; message: string } {
  return { ok: false, code, message };
}

/** Makes the secrets of an action, which replace earlier ones. */
export function makeSecret(site: SiteContext, action: string, userId: number, seconds: number): Secret {
  const word = (): string => randomBytes(16).toString('hex');
  const secret = { secret1: word(), secret2: word(), expires: Math.floor(site.now() / 1000) + seconds };
  site.connection.secrets.set(`jetpack_${action}_${userId}`, secret);
  return secret;
}

/** Checks secret 1 of an action and gives secret 2. The first attempt deletes both, right or wrong. */
export function takeSecret(site: SiteContext, action: string, secret1: unknown, state: unknown): Result<string> {
  if (secret1 === undefined || secret1 === '') return failed('verify_secret_1_missing', 'The required secret_1 parameter is missing.');
  if (typeof secret1 !== 'string') return failed('verify_secret_1_malformed', 'The required secret_1 parameter is malformed.');
  if (state === undefined || state === '') return failed('state_missing', 'The required state parameter is missing.');
  if (typeof state !== 'string' || !/^\d+$/.test(state)) return failed('state_malformed', 'The required state parameter is malformed.');
  const name = `jetpack_${action}_${Number(state)}`;
  const stored = site.connection.secrets.get(name);
  site.connection.secrets.delete(name);
  if (!stored) return failed('verify_secrets_missing', 'Verification secrets not found.');
  if (stored.expires <= Math.floor(site.now() / 1000)) return failed('verify_secrets_expired', 'Verification took too long.');
  if (stored.secret1 !== secret1) return failed('verify_secrets_mismatch', 'Secret mismatch.');
  if (Number(state) === 0) return failed('registration_state_invalid', 'Invalid State.');
  return { ok: true, value: stored.secret2 };
}

/** The hub's call back; XML-RPC numbers of `state` are texts by then. */
export function verifyRegistration(site: SiteContext, secret1: unknown, state: unknown): Result<string> {
  return takeSecret(site, 'register', secret1, typeof state === 'number' ? String(state) : state);
}

/** Runs step 1 of registration as an administrator and stores what the hub answers. Gives the blog id. */
export async function register(site: SiteContext, userId: number): Promise<Result<number>> {
  forgetTokens(site);
  const secret = makeSecret(site, 'register', userId, 600);
  const form = new URLSearchParams({
    siteurl: site.url, home: site.homeUrl, gmt_offset: '0', timezone_string: '', site_name: site.name, site_lang: 'en_US', site_created: '2026-11-01 09:00:00',
    secret_1: secret.secret1, secret_2: secret.secret2, state: String(userId), timeout: '30', jetpack_version: '16.1.2', ABSPATH: '/var/www/html/',
    current_user_email: site.tables.users.get(userId)?.user_email ?? '', connect_plugin: 'jetpack', 'package_versions[connection]': '8.9.0.1',
    'package_versions[sync]': '4.45.3', 'active_connected_plugins[jetpack][name]': 'Jetpack', _ui: String(userId), _ut: 'anon', _as: '', _ak: '', from: '',
  });
  if (site.connection.persistentBlogId !== null) {
    site.connection.urlSecret = makeSecret(site, 'url_secret', 0, 300);
    form.set('persistent_blog_id', String(site.connection.persistentBlogId));
    form.set('url_secret', site.connection.urlSecret.secret1);
  }
  const answer = await callHub(site, {
    as: 'nobody', method: 'POST', url: apiUrl(site, 'register'), body: Buffer.from(form.toString()), contentType: 'application/x-www-form-urlencoded',
    accept: 'application/json', timeoutMs: 30_000,
  });
  learnClock(site, answer, true);
  const read = readRegistration(answer);
  if (!read.ok) return read;
  const { connection } = site;
  connection.blogId = read.value.id;
  connection.persistentBlogId = read.value.id;
  connection.blogToken = read.value.token;
  connection.isPublic = read.value.isPublic;
  for (const module of ['account-protection', 'blocks', 'contact-form', 'notes', 'protect', 'stats', 'subscriptions']) site.activeModules.add(module);
  startInitialSync(site, userId);
  await callHubMethod(site, 'site', 'jetpack.protect.requestKey', [{ jetpack_blog_id: read.value.id, bruteprotect_api_key: '', multisite: '0' }]);
  return { ok: true, value: read.value.id };
}

function readRegistration({ status, json, text }: HubAnswer): Result<{ id: number; token: string; isPublic: number }> {
  if (status === 0) return failed('register_http_request_failed', 'The hub could not be reached.');
  if (status === 408 || status >= 500) return failed(status === 408 ? 'wpcom_408' : 'wpcom_5??', `The hub answered ${status}.`);
  const body = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  if (body['error']) return failed(String(body['error']), String(body['error_description'] ?? ''));
  if (status !== 200) return failed('wpcom_bad_response', `The hub answered ${status}.`);
  const id = body['jetpack_id'];
  if ((typeof id !== 'string' && typeof id !== 'number') || !/^\d+$/.test(String(id)) || Number(id) === 0) return failed('jetpack_id', `Error Details: Jetpack ID is empty. Do not publicly post this error message! ${text}`);
  const token = body['jetpack_secret'];
  if (typeof token !== 'string' || token === '') return failed('jetpack_secret', 'Expected a token of the site.');
  return { ok: true, value: { id: Number(id), token, isPublic: Number(body['jetpack_public'] ?? 0) } };
}

/** Zero touch: the hub asks, the site asks its hub about the nonce, then registers as that administrator. */
export async function remoteRegister(site: SiteContext, input: Readonly<Record<string, unknown>>, isSignedBySite: boolean): Promise<Result<{ client_id: number }>> {
  const user = findUser(site, input['local_user']);
  if (!user) return failed('input_error', 'Valid user is required.');
  if (!capabilitiesOf(user).has('manage_options')) return failed('local_user_not_allowed', 'The user may not connect this site.');
  if (hasConnectedOwner(site) && !(isSignedBySite && input['force'])) return failed('already_registered', 'This site is already registered.');
  const nonce = input['nonce'];
  if (typeof nonce !== 'string' || nonce === '') return failed('input_error', 'A non-empty nonce must be supplied.');
  const check = await callHub(site, { as: 'nobody', method: 'GET', url: `${apiUrl(site, 'partner_provision_nonce_check')}?nonce=${encodeURIComponent(nonce)}` });
  if (check.status !== 200 || check.text.trim() !== 'OK') return failed('invalid_nonce', 'There was an issue validating this request.');
  const registered = await register(site, user.ID);
  return registered.ok ? { ok: true, value: { client_id: registered.value } } : registered;
}

/** By login, e-mail address or id. */
export function findUser(site: SiteContext, who: unknown): ReturnType<SiteContext['tables']['users']['get']> {
  if (typeof who !== 'string' && typeof who !== 'number') return undefined;
  const text = String(who);
  return site.tables.users.all().find((user) => user.user_login === text || user.user_email === text || String(user.ID) === text);
}

/** Disconnects the site, telling the hub first unless its identity is in question; what it answers is ignored. */
export async function disconnectSite(site: SiteContext, userId: number): Promise<void> {
  if (isConnected(site.connection) && site.connection.identityCrisis === null) await callHubMethod(site, 'site', 'jetpack.deregister', [userId]);
  forgetTokens(site);
  site.connection.blogId = null;
  site.connection.identityCrisis = null;
  site.queue.clear();
}

function forgetTokens({ connection }: SiteContext): void {
  connection.blogToken = null;
  connection.userTokens.clear();
  connection.masterUser = null;
  connection.secrets.clear();
}
