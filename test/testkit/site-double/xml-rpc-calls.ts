// The site's XML-RPC endpoint (protocol reference 6.4): a bad signature is no signature, which leaves only the methods of the bootstrap.
import { isStruct, decodeMethodCall, FAULT_UNKNOWN_METHOD, type MethodCall, type XmlRpcValue } from '../../../sync/protocol/xml-rpc.js';
import { jetpackFault, writeFault, writeMethodResponse } from '../../../sync/protocol/xml-writer.js';
import { disconnectSite, failed, findUser, makeSecret, remoteRegister, takeSecret, verifyRegistration, type Result } from './connection.js';
import { runJsonApi } from './json-api.js';
import { capabilitiesOf } from './roles.js';
import type { RestCall } from './rest.js';
import { hasConnectedOwner } from './state.js';
import { encodeObjects, syncObjects } from './sync-objects.js';
import { remoteAuthorize, remoteConnect, remoteProvision } from './user-connection.js';

/** What a method is given; `route` and `params` of a REST call are not used. */
export type MethodContext = Pick<RestCall, 'site' | 'events' | 'sendState' | 'signer'>;

type Method = (context: MethodContext, params: readonly XmlRpcValue[]) => Promise<Result<XmlRpcValue>> | Result<XmlRpcValue>;

const done = (value: XmlRpcValue): Result<XmlRpcValue> => ({ ok: true, value });

/** Arguments come as params of their own or as one list. */
function flat(params: readonly XmlRpcValue[]): readonly XmlRpcValue[] {
  return params.length === 1 && Array.isArray(params[0]) ? params[0] : params;
}

function struct(params: readonly XmlRpcValue[]): Readonly<Record<string, unknown>> {
  const [first] = flat(params);
  return first !== undefined && isStruct(first) ? first : {};
}

const BOOTSTRAP: Readonly<Record<string, Method>> = {
  'jetpack.verifyRegistration': ({ site }, params) => {
    const [secret, state] = flat(params);
    return verifyRegistration(site, secret, state);
  },
  'jetpack.remoteRegister': ({ site, signer }, params) => remoteRegister(site, struct(params), signer.kind === 'site'),
  'jetpack.remoteAuthorize': ({ site }, params) => remoteAuthorize(site, struct(params)),
};

const SIGNED: Readonly<Record<string, Method>> = {
  'jetpack.testConnection': () => done('16.1.2'),
  'jetpack.featuresAvailable': () => done(['protect', 'stats', 'subscriptions', 'sso']),
  'jetpack.featuresEnabled': ({ site }) => done([...site.activeModules]),
  'jetpack.getBlog': ({ site }) => done({
    host: new URL(site.url).host, path: '/', blogname: site.name, blogdescription: String(site.tables.options.get('blogdescription') ?? ''), siteurl: site.url, gmt_offset: '0',
    timezone_string: String(site.tables.options.get('timezone_string') ?? ''), stats_version: '', page_on_front: '0', permalink_structure: String(site.tables.options.get('permalink_structure') ?? ''),
  }),
  'jetpack.getHeartbeatData': () => done({ version: '16.1.2', 'wp-version': '7.1', 'is-multisite': false }),
  'jetpack.getUser': ({ site }, params) => {
    const user = findUser(site, flat(params)[0]);
    if (!user) return failed('user_unknown', 'User not found.');
    const caps = Object.fromEntries([...capabilitiesOf(user)].map((name) => [name, true]));
    return done({ id: user.ID, login: user.user_login, email_hash: '', roles: user.roles, caps: Object.fromEntries(user.roles.map((role) => [role, true])), allcaps: caps, token_key: site.connection.userTokens.get(user.ID)?.split('.')[0] ?? false });
  },
  'jetpack.syncObject': ({ site }, params) => {
    const [module, type, id] = flat(params);
    return done(encodeObjects(syncObjects(site, String(module), String(type), [id])));
  },
  'jetpack.verifyAction': ({ site }, params) => {
    const [action, secret, state] = flat(params);
    return takeSecret(site, String(action), secret, typeof state === 'number' ? String(state) : state);
  },
  'jetpack.remoteProvision': ({ site }, params) => remoteProvision(site, struct(params)) as Result<XmlRpcValue>,
  'jetpack.remoteConnect': ({ site }, params) => remoteConnect(site, struct(params)),
  'jetpack.disconnectBlog': async ({ site }) => {
    await disconnectSite(site, 0);
    return done(true);
  },
  'jetpack.unlinkUser': ({ site }, params) => {
    const userId = Number(flat(params)[0]);
    const had = site.connection.userTokens.delete(userId);
    if (site.connection.masterUser === userId) site.connection.masterUser = null;
    return done(had);
  },
  'jetpack.idcUrlValidation': ({ site }) => {
    site.connection.urlSecret = makeSecret(site, 'url_secret', 0, 300);
    return done({ home: site.homeUrl, siteurl: site.url, url_secret: site.connection.urlSecret.secret1 });
  },
  'jetpack.jsonAPI': (context, params) => runJsonApi(context, params),
};

const USERS_ONLY: Readonly<Record<string, Method>> = {
  'jetpack.testAPIUserCode': () => done(true),
};

function methodsFor({ site, signer }: MethodContext): Readonly<Record<string, Method>> {
  if (signer.kind === 'nobody') {
    if (!hasConnectedOwner(site)) return BOOTSTRAP;
    return { 'jetpack.remoteAuthorize': BOOTSTRAP['jetpack.remoteAuthorize'] as Method, 'jetpack.remoteRegister': () => failed('already_registered', 'This site is already registered.') };
  }
  const signed: Record<string, Method> = { ...SIGNED, 'jetpack.remoteRegister': BOOTSTRAP['jetpack.remoteRegister'] as Method };
  // Methods of the plugin Jetpack itself, which a standalone one has not.
  if (site.syncVersion === '1.55') for (const name of ['jetpack.disconnectBlog', 'jetpack.jsonAPI']) delete signed[name];
  return signer.kind === 'site' ? signed : { ...signed, ...USERS_ONLY };
}

export interface XmlAnswer {
  readonly status: number;
  readonly xml: string;
  readonly method: string;
}

export async function answerXmlRpc(context: MethodContext, body: Buffer): Promise<XmlAnswer> {
  const decoded = decodeMethodCall(body);
  if (!decoded.ok) return { status: 200, xml: writeFault(decoded.fault), method: '' };
  const { method } = decoded.value;
  const result = await call(context, decoded.value);
  if (result === null) return { status: 200, xml: writeFault({ faultCode: FAULT_UNKNOWN_METHOD, faultString: `server error. requested method ${method} does not exist.` }), method };
  if (!result.ok) return { status: 200, xml: writeFault(jetpackFault(400, result.code, result.message)), method };
  // An error of the JSON API is also the status of the whole answer.
  const status = method === 'jetpack.jsonAPI' && isStatused(result) ? result.status : 200;
  return { status, xml: writeMethodResponse(result.value), method };
}

function isStatused(result: object): result is { status: number } {
  return 'status' in result && typeof result.status === 'number';
}

async function call(context: MethodContext, { method, params }: MethodCall): Promise<Result<XmlRpcValue> | null> {
  const methods = methodsFor(context);
  if (method === 'system.listMethods') return done([...Object.keys(methods), 'system.multicall', 'system.listMethods', 'system.getCapabilities']);
  if (method === 'system.getCapabilities') return done({});
  if (method === 'system.multicall') {
    const calls = Array.isArray(params[0]) ? (params[0] as readonly XmlRpcValue[]) : [];
    const results: XmlRpcValue[] = [];
    for (const one of calls) {
      const inner = isStruct(one) ? { method: String(one['methodName']), params: Array.isArray(one['params']) ? (one['params'] as XmlRpcValue[]) : [] } : null;
      const result = inner === null || inner.method === 'system.multicall' ? null : await call(context, inner);
      results.push(result === null ? { faultCode: FAULT_UNKNOWN_METHOD, faultString: 'server error. requested method does not exist.' }
        : result.ok ? [result.value] : { faultCode: 400, faultString: `Jetpack: [${result.code}] ${result.message}` });
    }
    return done(results);
  }
  const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
  return found ? found(context, params) : null;
}
