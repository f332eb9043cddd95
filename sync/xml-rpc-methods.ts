// The XML-RPC methods that a site calls, in one table. Called by sync/server for /xmlrpc.php.
// A method that is not here is a fault -32601: sites live with that, and nothing pretends to be done.
import type { IngestContext } from './ingest.js';
import { endConnection, setOwner, unlinkUser } from '../store/connections.js';
import { forgetTokens } from '../store/tokens.js';
import {
  decodeMethodCall, FAULT_INVALID_REQUEST, FAULT_UNKNOWN_METHOD, isStruct, unpackMulticall, type Decoded, type MethodCall, type XmlRpcFault, type XmlRpcValue,
} from './protocol/xml-rpc.js';
import { jetpackFault, writeFault, writeMethodResponse, writeMulticallResponse } from './protocol/xml-writer.js';
import { identityStruct, type Refusal } from './refusal.js';
import type { SignedRequest } from './signed-request.js';
import { userFacts } from './user-facts.js';
import { takeStruct } from './sync-posts.js';

/** Largest integer that names a person. */
const isUserId = (value: XmlRpcValue | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

type Method = (context: IngestContext, signed: SignedRequest, params: readonly XmlRpcValue[]) => Promise<XmlRpcValue>;

const endOf = (context: IngestContext, { site }: SignedRequest): Promise<void> =>
  context.store.database.transaction((tx) => endConnection(tx, site.id, new Date(context.clock())));

const METHODS: Readonly<Record<string, Method>> = {
  // The tokens are forgotten; the rows stay until the operator removes the site, or it connects again.
  'jetpack.deregister': async (context, signed) => {
    await endOf(context, signed);
    context.log.info({ siteId: signed.site.id }, 'a site disconnected itself');
    return true;
  },
  'jetpack.unlink_user': async ({ store }, { site }, [userId]) => {
    if (isUserId(userId)) await store.database.transaction((tx) => unlinkUser(tx, site.id, userId));
    forgetTokens(store);
    return true;
  },
  // Roles arrive as sync items; the site only waits for a true.
  'jetpack.updateRole': () => Promise.resolve(true),
  // Jetpack of 2023 shows the name on its connection page; it asks jetpack-wpcom-user-data today.
  'wpcom.getUser': async ({ store }, signed) => (signed.userId === 0 ? false : { ...(await userFacts(store, signed)) }),
  'wpcom.getUserEmail': async ({ store }, signed) => (signed.userId === 0 ? false : (await userFacts(store, signed)).email),
  // False for somebody who has no token here: then the site leaves its owner as it is.
  'jetpack.switchBlogOwner': async ({ store }, { site }, [change]) => {
    const userId = change !== undefined && isStruct(change) ? Number(change['new_blog_owner']) : Number.NaN;
    return isUserId(userId) && setOwner(store.database, site.id, userId);
  },
};

/** The faults' own number; the site reads the code in the text. */
const FAULT_REFUSED = 400;

/** Answers a believed XML-RPC request with a document, or says why it is refused. */
export async function answerMethodCall(context: IngestContext, signed: SignedRequest): Promise<string | Refusal> {
  const decoded = decodeMethodCall(signed.body, { maxBytes: context.limits.maxBodyBytes, maxDepth: 32, maxValues: 50_000 });
  if (!decoded.ok) return writeFault(decoded.fault);
  const call = decoded.value;
  if (call.method === 'jetpack.syncActions') return answerSync(context, signed, call);
  if (call.method !== 'system.multicall') {
    const result = await callMethod(context, signed, call);
    return result.ok ? writeMethodResponse(result.value) : writeFault(result.fault);
  }
  const calls = unpackMulticall(call);
  if (!calls.ok) return writeFault(calls.fault);
  const results: Decoded<XmlRpcValue>[] = [];
  for (const inner of calls.value) results.push(inner.ok ? await callMethod(context, signed, inner.value) : inner);
  return writeMulticallResponse(results);
}

async function callMethod(context: IngestContext, signed: SignedRequest, call: MethodCall): Promise<Decoded<XmlRpcValue>> {
  const method = Object.hasOwn(METHODS, call.method) ? METHODS[call.method] : undefined;
  if (!method) return { ok: false, fault: { faultCode: FAULT_UNKNOWN_METHOD, faultString: 'The server does not have this method.' } };
  return { ok: true, value: await method(context, signed, call.params) };
}

async function answerSync(context: IngestContext, signed: SignedRequest, call: MethodCall): Promise<string | Refusal> {
  if (signed.userId !== 0) return writeFault(jetpackFault(FAULT_INVALID_REQUEST, 'invalid_token', "Expected the site's own token, got a person's."));
  const taken = await takeStruct(context, signed, call.params[0]);
  // The bare list: jetpack-sync 1.55 believes no struct around it and would send the same batch for ever (seen on a site). Later ones
  // take both. That a site moved is told only in JSON, where the site looks for it.
  return taken.kind === 'refusal' ? taken : writeMethodResponse([...taken.processed]);
}

/** A refusal as the document that the site's XML-RPC client reads. */
export function refusalDocument(refused: Refusal): string {
  // A struct of addresses instead of an answer is what puts a site into safe mode over XML-RPC.
  if (refused.identity) return writeMethodResponse({ ...identityStruct(refused.identity) });
  const fault: XmlRpcFault = jetpackFault(FAULT_REFUSED, refused.code, refused.message);
  return writeFault(fault);
}
