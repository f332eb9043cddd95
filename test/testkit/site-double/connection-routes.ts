// The routes `jetpack/v4/*` of the connection (protocol reference 1.3, 1.5, 1.6, 6.3), with who may call each and when it exists.
import { disconnectSite, register, remoteRegister, verifyRegistration, type Result } from './connection.js';
import { callHubMethod } from './hub.js';
import { can, forbidden, isTrue, maySync, ok, route, wpError, type RestAnswer, type RestCall, type RestHandler, type RestRoute } from './rest.js';
import { hasConnectedOwner, isConnected } from './state.js';
import { authorizeUrl, pushUserToken, remoteAuthorize, remoteConnect, remoteProvision } from './user-connection.js';

function toAnswer<T>(result: Result<T>, body: (value: T) => unknown, status = 400): RestAnswer {
  return result.ok ? ok(body(result.value)) : wpError(status, result.code, result.message);
}

function forSite(handler: RestHandler): RestHandler {
  return (call, match) => (call.signer.kind === 'site' ? handler(call, match) : forbidden(call, undefined, 'invalid_permission_connection'));
}

async function setActive(call: RestCall): Promise<RestAnswer> {
  if (!maySync(call)) return forbidden(call);
  if (call.site.syncVersion === '1.55' && call.signer.kind === 'site') return forbidden(call, undefined, 'invalid_user_permission_jetpack_disconnect');
  if (call.params['isActive'] !== false && call.params['isActive'] !== 'false') return wpError(400, 'invalid_param', 'isActive must be false.');
  if (!isConnected(call.site.connection)) return wpError(400, 'disconnect_failed', 'Failed to disconnect the site as it appears already disconnected.');
  await disconnectSite(call.site, call.user?.ID ?? 0);
  return ok({ code: 'success' });
}

export const CONNECTION_ROUTES: readonly RestRoute[] = [
  // The route is there only until somebody owns the connection.
  route('POST', /^jetpack\/v4\/verify_registration$/, (call) => (hasConnectedOwner(call.site)
    ? wpError(404, 'rest_no_route', 'No route was found matching the URL and request method.')
    : toAnswer(verifyRegistration(call.site, call.params['secret_1'], call.params['state']), (secret) => secret))),
  route('POST', /^jetpack\/v4\/remote_register$/, async (call) => {
    if (call.site.syncVersion === '1.55') return wpError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
    if (hasConnectedOwner(call.site) && call.signer.kind !== 'site') return forbidden(call, undefined, 'invalid_permission_connection');
    return toAnswer(await remoteRegister(call.site, call.params, call.signer.kind === 'site'), (value) => value);
  }),
  route('POST', /^jetpack\/v4\/user-token$/, forSite(({ site, params }) => toAnswer(pushUserToken(site, params), () => ({ success: true })))),
  route('POST', /^jetpack\/v4\/remote_provision$/, forSite(({ site, params }) => toAnswer(remoteProvision(site, params), (value) => value))),
  route('POST', /^jetpack\/v4\/remote_connect$/, forSite(async ({ site, params }) => toAnswer(await remoteConnect(site, params), (value) => value))),
  route('POST', /^jetpack\/v4\/remote_authorize$/, async ({ site, params }) => toAnswer(await remoteAuthorize(site, params), (value) => value)),
  route('GET', /^jetpack\/v4\/connection$/, ({ site }) => ok({
    isActive: hasConnectedOwner(site), isStaging: false, isRegistered: isConnected(site.connection), isUserConnected: false, hasConnectedOwner: hasConnectedOwner(site),
    offlineMode: { isActive: false, constant: false, url: false, filter: false }, isPublic: site.connection.isPublic === 1,
  })),
  route('POST', /^jetpack\/v4\/connection$/, setActive),
  route('GET', /^jetpack\/v4\/connection\/check$/, () => ok({ status: '16.1.2' })),
  route('GET', /^jetpack\/v4\/connection\/owner$/, (call) => (can(call, 'manage_options') || call.signer.kind === 'site'
    ? ok({ owner: call.site.tables.users.get(call.site.connection.masterUser ?? 0)?.user_login ?? false }) : forbidden(call))),
  route('POST', /^jetpack\/v4\/connection\/register$/, async (call) => {
    if (!can(call, 'manage_options') || !call.user) return forbidden(call, undefined, 'invalid_user_permission_jetpack_connect');
    const done = await register(call.site, call.user.ID);
    const userId = call.user.ID;
    return toAnswer(done, () => ({ authorizeUrl: authorizeUrl(call.site, userId), allowInplaceAuthorization: false }), 500);
  }),
  // An administrator hands the connection over; the site changes its row only on a true answer.
  route('POST', /^jetpack\/v4\/connection\/owner$/, async (call) => {
    const owner = Number(call.params['owner']);
    if (!can(call, 'manage_options') || !call.user) return forbidden(call);
    if (!call.site.connection.userTokens.has(owner)) return wpError(400, 'new_owner_not_connected', 'New owner is not connected.');
    const asked = await callHubMethod(call.site, { userId: call.user.ID }, 'jetpack.switchBlogOwner', [{ new_blog_owner: owner }]);
    if (!asked.ok || !asked.value) return wpError(500, 'error_setting_new_owner', 'Could not confirm new owner.');
    call.site.connection.masterUser = owner;
    return ok({ code: 'success' });
  }),
  route('POST', /^jetpack\/v4\/module\/([a-z0-9-]+)\/active$/, (call, match) => {
    if (!maySync(call)) return forbidden(call);
    const slug = match[1] ?? '';
    const active = isTrue(call.params['active']);
    const had = call.site.activeModules.has(slug);
    if (active) call.site.activeModules.add(slug);
    else call.site.activeModules.delete(slug);
    if (had !== active) call.events.emit(active ? 'jetpack_activate_module' : 'jetpack_deactivate_module', [slug], call.user?.ID ?? 0);
    return ok({ code: 'success', message: 'The module was switched.' });
  }),
  route('GET', /^jetpack\/v4\/heartbeat\/data$/, (call) => (maySync(call) ? ok({ 'wp-version': '7.1', version: '16.1.2', 'is-multisite': false }) : forbidden(call))),
  // Unsigned, and only while the site is not connected: the same database, moved, or a clone?
  route('POST', /^jetpack\/v4\/identity-crisis\/compare-url-secret$/, ({ site, params }) => {
    if (isConnected(site.connection)) return wpError(401, 'invalid_connection_status', 'The endpoint is not available on connected sites.');
    const secret = site.connection.urlSecret;
    return secret ? ok({ match: secret.expires > site.now() / 1000 && secret.secret1 === params['secret'] }) : wpError(400, 'invalid_param', 'There is no secret.');
  }),
];
