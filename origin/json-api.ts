// The JSON API that a site executes itself (`jetpack.jsonAPI`): the envelope of a call and its answer, which the site signs.
// Called by operations/, which is the fixed list of what is asked this way; it is never open to what a client of ours sends.
import type { Json } from '../core/changes.js';
import type { SiteId } from '../core/ids.js';
import { findCallTarget } from '../store/site-calls.js';
import { recordFinding } from '../store/site-findings.js';
import type { Store } from '../store/store.js';
import { rawUrlEncode } from '../sync/protocol/php-query.js';
import { equalsInConstantTime, signJsonApiAnswer } from '../sync/protocol/signature.js';
import type { XmlRpcValue } from '../sync/protocol/xml-rpc.js';
import { parseJson } from './answers.js';
import type { CallOutcome, SiteClient, SiteError } from './site-calls.js';

export interface JsonApiContext {
  readonly client: SiteClient;
  readonly store: Store;
}

/** Who acts: the site itself, or a person whose capabilities decide. */
export type JsonApiActor = { readonly kind: 'site' } | { readonly kind: 'user'; readonly userId: number };

export interface JsonApiCall {
  readonly as: JsonApiActor;
  readonly method: 'GET' | 'POST';
  readonly version: '1' | '1.1' | '1.2';
  /** After `/sites/<id>`, each step plain text, e.g. `['plugins', 'akismet/akismet', 'update']`. */
  readonly path: readonly string[];
  /** Null for a GET. */
  readonly json: { readonly [name: string]: Json } | null;
  readonly timeoutMs: number;
}

const MAX_ERROR_CHARS = 500;

/**
 * Executes a call on the site. The envelope is signed with the site's token whoever acts, and so is the site trusted to check the
 * person's capabilities; a person without a token here is refused before anything is sent. The body is null when `error` is set.
 */
export async function callJsonApi({ client, store }: JsonApiContext, siteId: SiteId, call: JsonApiCall): Promise<CallOutcome<Json>> {
  const userId = call.as.kind === 'user' ? call.as.userId : 0;
  const token = (await findCallTarget(store, siteId, userId))?.token ?? null;
  if (token === null) return { kind: 'failure', code: 'no-token', message: userId === 0 ? 'the site has no token here; connect it again' : `user ${userId} has no token here; they must connect on the site first`, wasSent: false };
  const outcome = await client.xmlRpc(siteId, { as: { kind: 'site' }, method: 'jetpack.jsonAPI', params: envelope(siteId, call), timeoutMs: call.timeoutMs });
  if (outcome.kind === 'failure' || outcome.error !== null) return outcome.kind === 'failure' ? outcome : { ...outcome, body: null };
  const answer = (body: Json, error: SiteError | null): CallOutcome<Json> => ({ ...outcome, body, error });
  if (outcome.body === false) return answer(null, { code: 'not_authenticated', message: 'the site does not accept that this user acts; they may have disconnected' });
  const text = verifiedText(outcome.body, `${token.key}.${token.secret}`);
  if (text === null) {
    const message = 'the site answered a call of its JSON API with a signature that is not its own';
    await recordFinding(store.database, siteId, 'signature', message, new Date());
    return { kind: 'failure', code: 'signature', message, wasSent: true };
  }
  const json = parseJson(Buffer.from(text));
  // The status of the whole answer is that of the call inside.
  if (outcome.status >= 400) return answer(null, errorOf(outcome.status, json));
  if (json === undefined) return { kind: 'failure', code: 'not-wordpress', message: 'the site answered a call of its JSON API with something that is not JSON', wasSent: true };
  return answer(json, null);
}

/** The two parameters of `jetpack.jsonAPI` (protocol reference 6.5). */
export function envelope(siteId: SiteId, call: JsonApiCall): XmlRpcValue[] {
  const path = call.path.map((step) => rawUrlEncode(Buffer.from(step, 'utf8').toString('latin1'))).join('/');
  const url = `https://public-api.wordpress.com/rest/v${call.version}/sites/${siteId}/${path}`;
  const verify: XmlRpcValue = call.as.kind === 'user' ? ['internal', call.as.userId] : false;
  return [[call.method, url, call.json === null ? '' : JSON.stringify(call.json), '', {}, ''], verify];
}

/** The text of `[text, nonce, hmac]` when the HMAC is that of the whole token `key.secret`; null otherwise. */
export function verifiedText(value: XmlRpcValue, wholeToken: string): string | null {
  const [text, nonce, hmac] = Array.isArray(value) ? (value as readonly XmlRpcValue[]) : [];
  if (typeof text !== 'string' || typeof nonce !== 'string' || typeof hmac !== 'string') return null;
  return equalsInConstantTime(signJsonApiAnswer(nonce, text, wholeToken, 'md5'), hmac) ? text : null;
}

function errorOf(status: number, json: Json | undefined): SiteError {
  const { error, message } = typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as { error?: Json; message?: Json }) : {};
  return {
    code: typeof error === 'string' && error !== '' ? error.slice(0, 100) : `http_${status}`,
    message: typeof message === 'string' ? message.slice(0, MAX_ERROR_CHARS) : '',
  };
}
