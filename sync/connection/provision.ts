// Connects a site from this side, without a browser: makes a nonce, asks the site to register as one of its administrators, and hands that
// person a token. Called by bin/. A site believes only the server that its own configuration names, so a stranger's site cannot be taken.
import { AppError } from '../../core/errors.js';
import type { SiteId } from '../../core/ids.js';
import type { CallAs, CallOutcome, RestCall, XmlRpcCall } from '../../origin/site-calls.js';
import { addressKey, findSiteByAddress, forgetUserToken, makeToken, storeUserToken } from '../../store/connections.js';
import { closeNonce, issueGrant } from '../../store/grants.js';
import type { ConnectionContext } from './context.js';
import { requestFirstSync } from './first-sync.js';
import type { FoundSite } from './probe.js';
import { refuseCall } from './verify-address.js';

export type ProvisionContext = Pick<ConnectionContext, 'store' | 'client' | 'clock'>;

export type Connected =
  | { readonly kind: 'connected'; readonly siteId: SiteId; readonly url: string; readonly userId: number }
  /** `code` is the site's own word where it gave one. */
  | { readonly kind: 'not-connected'; readonly code: string; readonly message: string };

type Outcome = CallOutcome<unknown>;

/** The site asks us about the nonce, registers and is called back before it answers. */
const REGISTER_TIMEOUT_MS = 55_000;
const NONCE_LIFE_MS = 120_000;

/**
 * Registers a site that has Jetpack, as `localUser` (log-in, e-mail or id of an administrator), who becomes the owner of the connection.
 * A site that is connected already is registered anew, with all its tokens replaced.
 */
export async function connectSite(context: ProvisionContext, site: FoundSite<'jetpack'>, localUser: string): Promise<Connected> {
  const { store, client, clock } = context;
  const known = await findSiteByAddress(store.database, site.siteUrl);
  const now = new Date(clock());
  const nonce = await issueGrant(store.database, { kind: 'nonce', siteUrl: addressKey(site.siteUrl), expiresAt: new Date(now.getTime() + NONCE_LIFE_MS) }, now);
  const asked = { local_user: localUser, nonce };
  let outcome: Outcome | null = null;
  if (known?.isConnected) outcome = await askToRegister({ kind: 'site' }, { ...asked, force: 1 }, (call) => client.rest(known.id, call), (call) => client.xmlRpc(known.id, call));
  // A site that lost our token, or was disconnected behind our back, is asked like a new one.
  const isForgotten = outcome?.kind === 'failure' && !outcome.wasSent && outcome.code === 'no-token' || outcome?.kind === 'failure' && outcome.code === 'signature';
  if (outcome === null || isForgotten) outcome = await askToRegister({ kind: 'nobody' }, asked, (call) => client.restAt(site.siteUrl, call), (call) => client.xmlRpcAt(site.siteUrl, call));
  const { siteId, userId } = await closeNonce(store.database, nonce);
  if (outcome.kind === 'failure') return notConnected(refuseCall(outcome.code, site.siteUrl).code, outcome.message);
  if (outcome.error !== null || siteId === null || userId === null) return explain(outcome, site.siteUrl);
  const refusal = await pushUserToken(context, siteId, userId, true);
  if (refusal === null) await requestFirstSync(store, siteId);
  return refusal ?? { kind: 'connected', siteId, url: site.siteUrl, userId };
}

/** Over REST, or over XML-RPC where Jetpack has no such route (jetpack-connection 1.57 of 2023 has not). */
async function askToRegister(
  as: CallAs, asked: { readonly local_user: string; readonly nonce: string; readonly force?: number },
  rest: (call: RestCall) => Promise<Outcome>, xmlRpc: (call: XmlRpcCall) => Promise<Outcome>,
): Promise<Outcome> {
  const outcome = await rest({ as, method: 'POST', route: 'jetpack/v4/remote_register', json: asked, timeoutMs: REGISTER_TIMEOUT_MS });
  if (outcome.kind === 'failure' || outcome.error?.code !== 'rest_no_route') return outcome;
  return xmlRpc({ as, method: 'jetpack.remoteRegister', params: [asked], timeoutMs: REGISTER_TIMEOUT_MS });
}

/** Gives a person of a connected site a token, without their browser; null when the site took it. */
export async function pushUserToken({ store, client }: ProvisionContext, siteId: SiteId, userId: number, isOwner: boolean): Promise<Extract<Connected, { kind: 'not-connected' }> | null> {
  const token = makeToken();
  await store.database.transaction((tx) => storeUserToken(tx, store.secrets, siteId, userId, token));
  const outcome = await client.rest(siteId, {
    as: { kind: 'site' }, method: 'POST', route: 'jetpack/v4/user-token', json: { user_token: `${token}.${userId}`, is_connection_owner: isOwner },
  });
  // What may have arrived stays: a token that only we know harms nobody, one that only the site knows is a person we refuse.
  const isRefused = outcome.kind === 'answer' ? outcome.error !== null : !outcome.wasSent;
  if (isRefused) await store.database.transaction((tx) => forgetUserToken(tx, siteId, userId));
  if (outcome.kind === 'answer' && outcome.error === null) return null;
  const reason = outcome.kind === 'answer' ? (outcome.error?.code ?? 'refused') : outcome.code;
  return notConnected('user_token_refused', `the site is registered (id ${siteId}), but did not take the token of user ${userId} (${reason}); connect it again`);
}

function notConnected(code: string, message: string): Extract<Connected, { kind: 'not-connected' }> {
  return { kind: 'not-connected', code, message };
}

const ADVICE: Readonly<Record<string, string>> = {
  invalid_nonce: 'the site does not ask this server about it: put JETPACK__API_BASE and JETPACK__WPCOM_JSON_API_BASE with the address of this server into its wp-config.php',
  input_error: 'the site has no such user; name an administrator by log-in, e-mail or id',
  local_user_not_allowed: 'this user may not connect the site; name an administrator',
  already_registered: 'it is connected already; disconnect it in wp-admin first, or take its tokens over with sitegraph site add',
  invalid_permission_connection: 'it is connected already; disconnect it in wp-admin first, or take its tokens over with sitegraph site add',
};

function explain(outcome: Extract<Outcome, { kind: 'answer' }>, url: string): Connected {
  const code = outcome.error !== null && /^[\w?-]{1,80}$/.test(outcome.error.code) ? outcome.error.code : 'not_registered';
  const advice = ADVICE[code] ?? 'see the log of this server, and the status of Jetpack on the site';
  return notConnected(code, `${url} did not register (${code}): ${advice}`);
}

/** Throws what a person at the command line reads. */
export function orThrow(connected: Connected): Extract<Connected, { kind: 'connected' }> {
  if (connected.kind === 'connected') return connected;
  throw new AppError('BAD_REQUEST', connected.message);
}
