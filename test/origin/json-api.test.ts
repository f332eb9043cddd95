import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../core/log.js';
import type { SiteId } from '../../core/ids.js';
import { verifiedText } from '../../origin/json-api.js';
import { updateCore } from '../../origin/operations/core.js';
import type { OperationContext } from '../../origin/operations/operation.js';
import { deletePlugin, installPlugin, listPlugins, setPlugin, updatePlugin } from '../../origin/operations/plugins.js';
import { switchTheme } from '../../origin/operations/themes.js';
import type { SiteClient } from '../../origin/site-calls.js';
import type { Store } from '../../store/store.js';
import { signJsonApiAnswer } from '../../sync/protocol/signature.js';
import { decodeMethodCall, FAULT_UNKNOWN_METHOD, type XmlRpcValue } from '../../sync/protocol/xml-rpc.js';
import { jetpackFault, writeFault, writeMethodResponse } from '../../sync/protocol/xml-writer.js';
import { openTestStore } from '../testkit/store.js';
import { page, startHttpSite, type HttpSite, type Received } from './http-site.js';
import { connect, createClient, endOf, openFindings, SITE, USER } from './origin-kit.js';

const AKISMET = { id: 'akismet/akismet', slug: 'akismet', active: true, name: 'Akismet', version: '5.3', autoupdate: false, network: false, uninstallable: true, extra: 'ignored' };
const GET_BLOG = { as: SITE, method: 'jetpack.getBlog', params: [] } as const;

let store: Store;
let site: HttpSite;
let siteId: SiteId;
let client: SiteClient;
let context: OperationContext;

beforeAll(async () => {
  store = await openTestStore();
});

beforeEach(async () => {
  site = await startHttpSite();
  siteId = await connect(store, site);
  client = createClient(store);
  context = { client, store, log: createLog('silent') };
});

afterEach(async () => {
  await client.close();
  await site.close();
});

/** Answers XML-RPC; the document may depend on the parameters of the call. */
function answer(document: (params: readonly XmlRpcValue[], method: string) => string, status = 200): void {
  site.handle = (received, response) => {
    const { method, params } = callOf(received);
    response.writeHead(status, { 'content-type': 'text/xml' }).end(received.signedBy === null ? writeFault({ faultCode: FAULT_UNKNOWN_METHOD, faultString: 'server error. requested method does not exist.' }) : document(params, method));
  };
}

function callOf(received: Received): { method: string; params: readonly XmlRpcValue[] } {
  const decoded = decodeMethodCall(received.body);
  if (!decoded.ok) throw new Error(decoded.fault.faultString);
  return decoded.value;
}

/** `[text, nonce, hmac]`, signed with the token of whoever acts. */
function signed(body: unknown, token = `blog${siteId}.secret${siteId}`): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return writeMethodResponse([text, 'nOnCe12345', signJsonApiAnswer('nOnCe12345', text, token, 'md5')]);
}

describe('an XML-RPC call', () => {
  it('is signed, and its value is the answer', async () => {
    answer((params, method) => writeMethodResponse({ method, count: params.length }));
    expect(await client.xmlRpc(siteId, { as: SITE, method: 'jetpack.unlinkUser', params: [3] })).toMatchObject({ status: 200, body: { method: 'jetpack.unlinkUser', count: 1 }, error: null });
    expect(site.received[0]).toMatchObject({ path: '/xmlrpc.php', signedBy: { key: `blog${siteId}`, userId: 0 } });
    expect(site.received[0]?.query.get('for')).toBe('jetpack');
    expect(site.received[0]?.query.has('_for')).toBe(false);
  });

  it('gives a fault of Jetpack as an error with its code', async () => {
    answer(() => writeFault(jetpackFault(400, 'unknown_user', 'No such\nuser.')));
    expect(await client.xmlRpc(siteId, GET_BLOG)).toMatchObject({ kind: 'answer', body: null, error: { code: 'unknown_user', message: 'No such\nuser.' } });
  });

  it('goes through the front page where the file is blocked, and stays there', async () => {
    answer(() => writeMethodResponse(true));
    const open = site.handle;
    site.handle = (received, response) => (received.path === '/xmlrpc.php' ? page(response, 403) : open(received, response));
    expect(await client.xmlRpc(siteId, GET_BLOG)).toMatchObject({ body: true });
    expect(await client.xmlRpc(siteId, GET_BLOG)).toMatchObject({ body: true });
    expect(site.received.map(({ path }) => path)).toEqual(['/xmlrpc.php', '/', '/']);
    expect(site.received[1]?.query.get('jetpack')).toBe('comms');
  });

  it('finds the port line by the fault that a badly signed call gets', async () => {
    site.portLine = 80;
    answer(() => writeMethodResponse(true));
    expect(await client.xmlRpc(siteId, GET_BLOG)).toMatchObject({ body: true, error: null });
    expect(await client.xmlRpc(siteId, GET_BLOG)).toMatchObject({ body: true, error: null });
    expect(site.received.map(({ signedBy }) => signedBy !== null)).toEqual([false, true, true]);
  });

  it('is no WordPress when no XML-RPC comes back', async () => {
    site.handle = (_received, response) => page(response, 200);
    expect(await client.xmlRpc(siteId, GET_BLOG)).toMatchObject({ code: 'not-wordpress', wasSent: true });
    expect(site.received).toHaveLength(1);
  });
});

describe('the JSON API of a site', () => {
  it('signs its answers as worked example F says', () => {
    const token = 'bk0EXAMPLEblogTokenKey0123456789.bs0EXAMPLEblogTokenSecret9876543';
    const triple = ['{"plugins":[]}', 'nOnCe12345', '155be166fbaf8a12096af32c2c94d2cd'];
    expect(verifiedText(triple, token)).toBe('{"plugins":[]}');
    expect(verifiedText(['{"plugins":[1]}', ...triple.slice(1)], token)).toBeNull();
    expect(verifiedText(triple, `${token}x`)).toBeNull();
    for (const value of [[], 'text', null, {}, [1, 2, 3]]) expect(verifiedText(value, token)).toBeNull();
  });

  it('is asked in its envelope, as the site or as a person, signed by the site', async () => {
    answer((params) => signed({ plugins: [AKISMET] }, params[1] === false ? undefined : `user${siteId}.usersecret${siteId}`));
    const list = await listPlugins(context, { siteId, as: SITE });
    expect(list).toMatchObject({ error: null, body: [{ id: 'akismet/akismet', active: true, version: '5.3', update: null }] });
    answer(() => signed(AKISMET, `user${siteId}.usersecret${siteId}`));
    expect(await setPlugin(context, { siteId, as: USER }, 'akismet/akismet', { active: true, networkWide: false })).toMatchObject({ body: { id: 'akismet/akismet' } });
    const calls = site.received.map((received) => callOf(received));
    expect(calls.map(({ method }) => method)).toEqual(['jetpack.jsonAPI', 'jetpack.jsonAPI']);
    const base = `https://public-api.wordpress.com/rest/v1.1/sites/${siteId}`;
    expect(calls[0]?.params).toEqual([['GET', `${base}/plugins`, '', '', {}, ''], false]);
    expect(calls[1]?.params).toEqual([['POST', `${base}/plugins/akismet%2Fakismet`, '{"active":true,"network_wide":false}', '', {}, ''], ['internal', 1]]);
    expect(site.received.map(({ signedBy }) => signedBy?.userId)).toEqual([0, 0]);
  });

  it('is not believed with an answer that the acting token did not sign', async () => {
    answer(() => signed(AKISMET, `blog${siteId}.another`));
    expect(await updatePlugin(context, { siteId, as: SITE }, 'akismet/akismet')).toMatchObject({ kind: 'failure', code: 'signature', wasSent: true });
    expect(await openFindings(store, siteId)).toContain('signature');
  });

  it('gives its refusals, whose status is that of the whole answer', async () => {
    answer(() => signed({ error: 'unknown_plugin', message: 'Plugin not found.' }), 404);
    expect(await deletePlugin(context, { siteId, as: SITE }, 'hello')).toMatchObject({ kind: 'answer', status: 404, body: null, error: { code: 'unknown_plugin', message: 'Plugin not found.' } });
    answer(() => signed(''), 404);
    expect(await updateCore(context, { siteId, as: USER }, '7.1.1')).toMatchObject({ code: 'signature' });
    answer(() => signed('', `user${siteId}.usersecret${siteId}`), 404);
    expect(await updateCore(context, { siteId, as: USER }, '7.1.1')).toMatchObject({ kind: 'answer', status: 404, error: { code: 'http_404' } });
    answer(() => writeMethodResponse(false));
    expect(await switchTheme(context, { siteId, as: USER }, 'twentytwentyfive')).toMatchObject({ kind: 'answer', body: null, error: { code: 'not_authenticated' } });
  });

  it('says that the outcome is unknown when it cannot be read', async () => {
    answer(() => signed({ unexpected: true }));
    expect(await installPlugin(context, { siteId, as: SITE }, 'classic-editor')).toMatchObject({ kind: 'failure', code: 'not-wordpress', wasSent: true });
    answer(() => signed('<br>Warning'));
    expect(await installPlugin(context, { siteId, as: SITE }, 'classic-editor')).toMatchObject({ kind: 'failure', code: 'not-wordpress', wasSent: true });
  });

  it('is not asked for a person without a token, or with ids that are none', async () => {
    expect(endOf(await listPlugins(context, { siteId, as: { kind: 'user', userId: 9 } }))).toBe('no-token');
    for (const id of ['', '../x', 'a/b/c', '/etc', 'a/', 'a\nb', '.hidden/x']) expect(() => deletePlugin(context, { siteId, as: SITE }, id)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }) as Error);
    for (const slug of ['', 'a/b', '../x', 'a b', '-x']) expect(() => installPlugin(context, { siteId, as: SITE }, slug)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }) as Error);
    expect(() => updateCore(context, { siteId, as: USER }, 'latest')).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }) as Error);
    expect(site.received).toHaveLength(0);
  });
});
