// The double's web server: what PHP and WordPress do with a request before a route runs, in their order: the signature, the method, the
// application password, the route. Answers nothing itself.
import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Fault } from './faults.js';
import { playFault } from './faults.js';
import { parseInput, toPlain, type PhpInput } from './php-request.js';
import { answerRest, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import { capabilitiesOf } from './roles.js';
import { verifySignature, type Signer, type Verdict } from './signature.js';
import type { Events } from './events.js';
import type { SendState } from './sender.js';
import { isPageBroken, type SiteContext } from './state.js';
import { answerXmlRpc } from './xml-rpc-calls.js';

/** One request that came, for tests to look at. */
export interface ReceivedCall {
  /** The effective one: DELETE for a POST with `_method=DELETE`. */
  readonly method: string;
  /** A REST route without leading slash, `xmlrpc:<method>`, or a path. */
  readonly route: string;
  /** `nobody`, `site`, or the user's id. */
  readonly as: 'nobody' | 'site' | number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly status: number;
  /** Why a signature was refused: the code of the site's own check. */
  readonly refusal: string | null;
  readonly fault: Fault['kind'] | null;
}

export interface WebServer {
  readonly server: Server;
  readonly calls: ReceivedCall[];
}

export interface WebOptions {
  readonly site: SiteContext;
  readonly events: Events;
  readonly sendState: SendState;
  readonly routes: readonly RestRoute[];
  readonly basePath: string;
  /** What PHP sees as SERVER_PORT; the port that is listened on when undefined. */
  readonly serverPort: number | undefined;
  readonly isHttps: boolean;
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  /** Whether `/wp-json/` exists; without pretty permalinks only `?rest_route=` does. */
  readonly hasPrettyPermalinks: boolean;
  /** What the web server in front takes. */
  readonly maxBodyBytes: number;
  readonly afterRequest: (drives: boolean) => void;
}

const CRITICAL_PAGE = '<!DOCTYPE html><title>WordPress &rsaquo; Error</title><div class="wp-die-message"><p>There has been a critical error on this website.</p></div>';
/** Of texts and zips all is kept; of other files so much, their length and their hash, whatever they hold. */
const KEPT_OF_FILES = 64 * 1024;

export function createWebServer(options: WebOptions): WebServer {
  const calls: ReceivedCall[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve(options, calls, request, response).catch((error: unknown) => {
      calls.push({ method: request.method ?? '', route: 'double:crash', as: 'nobody', params: { error: String(error instanceof Error ? error.stack : error) }, status: 500, refusal: null, fault: null });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
  const server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener);
  return { server, calls };
}

interface Target {
  readonly kind: 'rest' | 'xml-rpc' | 'page';
  readonly route: string;
}

async function serve(options: WebOptions, calls: ReceivedCall[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const rawUrl = request.url ?? '/';
  const [rawPath = '/', ...rest] = rawUrl.split('?');
  const query = parseInput(rest.join('?'));
  const body = await readBody(request, options.maxBodyBytes);
  if (body === null) return void response.writeHead(413, { 'content-type': 'text/html', connection: 'close' }).end('<html><head><title>413 Request Entity Too Large</title></head></html>');
  const { raw } = body;
  const target = findTarget(options, rawPath, query);
  const method = effectiveMethod(request, query);
  const label = target.kind === 'xml-rpc' ? `xmlrpc:${/<methodName>\s*([^<\s]+)/.exec(raw.toString('latin1', 0, 2000))?.[1] ?? ''}` : target.route;
  const fault = options.site.faults.take({ method, route: label });
  const log = (as: ReceivedCall['as'], params: ReceivedCall['params'], status: number, refusal: string | null): void =>
    void calls.push({ method, route: label, as, params, status, refusal, fault: fault?.kind ?? null });
  if (fault && (await playFault(fault, response))) return log('nobody', {}, fault.kind === 'status' ? fault.status : 0, null);

  const verdict = target.kind === 'page' ? { kind: 'unsigned' as const } : verify(options, request, rawUrl, body, query, target.kind);
  const signer: Signer = verdict.kind === 'signed' ? verdict.by : { kind: 'nobody' };
  const as = signer.kind === 'user' ? signer.userId : signer.kind;
  const refusal = verdict.kind === 'refused' ? verdict.code : null;
  const finish = (status: number, body: string | Buffer, headers: Readonly<Record<string, string>>, params: ReceivedCall['params'], drives: boolean): void => {
    log(as, params, status, refusal);
    if (fault?.kind === 'lose-answer') response.socket?.resetAndDestroy();
    else response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    options.afterRequest(drives && !query.has('jetpack_sync_read_only'));
  };

  if (target.kind === 'xml-rpc') {
    const answer = await answerXmlRpc({ site: options.site, events: options.events, sendState: options.sendState, signer }, raw);
    return finish(answer.status, answer.xml, { 'content-type': 'text/xml; charset=UTF-8' }, jsonApiParams(raw), true);
  }
  if (target.kind === 'page' && isPageBroken(options.site)) return finish(500, CRITICAL_PAGE, { 'content-type': 'text/html; charset=UTF-8' }, {}, false);
  if (target.kind === 'page') return finish(target.route === '' ? 200 : 404, `<!doctype html><title>${options.site.name}</title>`, { 'content-type': 'text/html; charset=UTF-8', link: `<${options.site.url}/wp-json/>; rel="https://api.w.org/"` }, {}, false);

  const { answer, params, user } = await answerRoute(options, request, { method, route: target.route, query, body, verdict, signer });
  const drives = request.method === 'POST' || (user !== null && capabilitiesOf(user).has('manage_options'));
  const headers = { 'content-type': 'application/json; charset=UTF-8', 'x-robots-tag': 'noindex', ...answer.headers };
  finish(answer.status, JSON.stringify(answer.body), headers, params, drives);
}

interface RestInput {
  readonly method: string;
  readonly route: string;
  readonly query: PhpInput;
  readonly body: ReceivedBody;
  readonly verdict: Verdict;
  readonly signer: Signer;
}

async function answerRoute(options: WebOptions, request: IncomingMessage, input: RestInput): Promise<{ answer: RestAnswer; params: Record<string, unknown>; user: RestCall['user'] }> {
  const { site } = options;
  const none = (answer: RestAnswer) => ({ answer, params: {}, user: null });
  if (input.verdict.kind !== 'unsigned') {
    // WordPress would run another method, Jetpack's signature allows two.
    if (request.method !== 'GET' && request.method !== 'POST') return none(wpError(400, 'rest_invalid_request', 'This request method is not supported.'));
    if (request.method === 'GET' && input.body.bytes > 0) return none(wpError(400, 'rest_invalid_request', 'This request method does not support body parameters.'));
  }
  if (input.verdict.kind === 'refused') return none(wpError(400, 'rest_invalid_signature', 'The request is not signed correctly.'));
  let user = input.signer.kind === 'user' ? (site.tables.users.get(input.signer.userId) ?? null) : null;
  const basic = request.headers.authorization;
  if (input.verdict.kind === 'unsigned' && basic?.startsWith('Basic ')) {
    user = findByPassword(site, basic);
    if (!user) return none(wpError(401, 'incorrect_password', 'The provided password is an invalid application password.'));
  }
  const fields = readFields(request, input.body.raw);
  if (fields === null) return none(wpError(400, 'rest_invalid_json', 'Invalid JSON body passed.'));
  const { _for, token, timestamp, nonce, signature, 'body-hash': _hash, rest_route, _method, ...query } = toPlainMap(input.query);
  const params = { ...query, ...fields };
  const call: RestCall = {
    site, events: options.events, sendState: options.sendState, method: input.method, route: input.route, params, raw: input.body.raw, bodyBytes: input.body.bytes, headers: request.headers, signer: input.signer, user,
  };
  return { answer: await answerRest(options.routes, call), params, user };
}

function verify(options: WebOptions, request: IncomingMessage, rawUrl: string, { bytes, sha1 }: ReceivedBody, query: PhpInput, kind: 'rest' | 'xml-rpc'): Verdict {
  const { site } = options;
  if (!site.hasJetpack || query.get(kind === 'rest' ? '_for' : 'for') !== 'jetpack') return { kind: 'unsigned' };
  const forwarded = request.headers['x-forwarded-port'];
  const serverPort = typeof forwarded === 'string' && /^\d{1,5}$/.test(forwarded) ? Number(forwarded) : (options.serverPort ?? request.socket.localPort ?? 80);
  return verifySignature(
    { method: request.method ?? '', rawUrl, hostHeader: request.headers.host ?? '', bodyHash: bytes === 0 ? '' : sha1, isMultipart: (request.headers['content-type'] ?? '').startsWith('multipart/form-data'), query },
    { connection: site.connection, isHttps: options.isHttps, serverPort, nowSeconds: Math.floor(site.now() / 1000), userExists: (userId) => site.tables.users.get(userId) !== undefined },
  );
}

function findTarget({ basePath, site, hasPrettyPermalinks }: WebOptions, rawPath: string, query: PhpInput): Target {
  const path = decodeURIComponent(rawPath.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  if (!path.startsWith(`${basePath}/`) && path !== basePath) return { kind: 'page', route: path };
  const own = path.slice(basePath.length).replace(/^\//, '');
  if (site.hasJetpack && query.get('for') === 'jetpack' && (own === 'xmlrpc.php' || (own === '' && query.get('jetpack') === 'comms'))) return { kind: 'xml-rpc', route: own };
  const asQuery = query.get('rest_route');
  if ((own === '' || own === 'index.php') && typeof asQuery === 'string') return { kind: 'rest', route: asQuery.replace(/^\/+|\/+$/g, '') };
  if (hasPrettyPermalinks && (own === 'wp-json' || own.startsWith('wp-json/'))) return { kind: 'rest', route: own.slice('wp-json'.length).replace(/^\/+|\/+$/g, '') };
  return { kind: 'page', route: own };
}

/** What a call of the JSON API inside XML-RPC asks, for the list of calls. */
function jsonApiParams(raw: Buffer): ReceivedCall['params'] {
  const [, verb, path] = /<methodName>jetpack\.jsonAPI<[^]*?<string>(GET|POST)<\/string>[^]*?\/sites\/\d+([^<]*)</.exec(raw.toString('latin1', 0, 4000)) ?? [];
  return path === undefined ? {} : { jsonApi: `${verb} ${decodeURIComponent(path)}` };
}

function effectiveMethod(request: IncomingMessage, query: PhpInput): string {
  const method = request.method ?? 'GET';
  const override = query.get('_method') ?? request.headers['x-http-method-override'];
  return method === 'POST' && typeof override === 'string' ? override.toUpperCase() : method;
}

/** The body's fields; null for what claims to be JSON and is not. */
function readFields(request: IncomingMessage, raw: Buffer): Record<string, unknown> | null {
  const type = request.headers['content-type'] ?? '';
  if (raw.length === 0) return {};
  if (type.startsWith('application/x-www-form-urlencoded')) return toPlainMap(parseInput(raw.toString('latin1')));
  if (!type.startsWith('application/json')) return {};
  try {
    const parsed = JSON.parse(raw.toString('utf8')) as unknown;
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return null;
  }
}

function toPlainMap(input: PhpInput): Record<string, unknown> {
  return Object.fromEntries([...input].map(([name, value]) => [name, toPlain(value)]));
}

/** `login:application password`, whose spaces do not count. */
function findByPassword(site: SiteContext, header: string): RestCall['user'] {
  const text = Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8');
  const [login, password] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1).replaceAll(' ', '')];
  const user = site.tables.users.all().find((row) => row.user_login === login || row.user_email === login);
  return user && site.applicationPasswords.get(user.ID)?.has(password) ? user : null;
}

interface ReceivedBody {
  readonly raw: Buffer;
  readonly bytes: number;
  /** In base64. */
  readonly sha1: string;
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<ReceivedBody | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return null;
  const isKept = /json|xml|form-urlencoded|zip|^$/.test(request.headers['content-type'] ?? '');
  const hash = createHash('sha1');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (isKept || bytes < KEPT_OF_FILES) chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    hash.update(chunk);
  }
  return { raw: Buffer.concat(chunks), bytes, sha1: hash.digest('base64') };
}
