// Calls sites: finds out how a site is called and as whom, and sees to limits, signatures and findings. One a process, made in bin/.
// A call is signed with the token of the site it goes to and of the person it is made as, never with another.
import { createCallFindings } from './call-findings.js';
import type { SiteId } from '../core/ids.js';
import type { Log } from '../core/log.js';
import type { Json } from '../core/changes.js';
import { findCallTarget, rememberApiStyle, rememberSigningPort, type CallTarget, type FoundTarget } from '../store/site-calls.js';
import type { Store } from '../store/store.js';
import type { XmlRpcValue } from '../sync/protocol/xml-rpc.js';
import { createHttp, type HttpOptions } from './http.js';
import { createLimiter } from './limiter.js';
import { downloadFile, fetchPage } from './site-pages.js';
import { isReadCall, performRest } from './rest-call.js';
import type { CallToken } from './sign-call.js';
import { targetMemo, type CallAs, type CallFailureCode, type CallMemo, type CallOutcome, type RestCall, type SiteClient, type XmlRpcCall } from './site-calls.js';
import { createGate, GATE_LIMITS, type Gate, type GateLimits, type GateResult } from './site-gate.js';
import { callBase, restBase, type XmlRpcStyle } from './site-url.js';
import { inTurn } from './turns.js';
import { performXmlRpc } from './xml-rpc-call.js';

export interface SiteClientOptions extends HttpOptions {
  readonly store: Store;
  readonly log: Log;
  /** Milliseconds since 1970, for signatures and findings. */
  readonly clock?: () => number;
  readonly limits?: Partial<GateLimits>;
}

/** Deadline of a call that names none. */
export const DEFAULT_TIMEOUT_MS = 20_000;
/** The longest deadline a call is given: that of the slowest operation, and a bound for timers. */
const MAX_TIMEOUT_MS = 900_000;
/** Calls to addresses that are not connected, all together: anyone may name one by asking to register. */
const MAX_STRANGERS_ACTIVE = 16;
const MAX_STRANGERS_WAITING = 64;
const STRANGER_LIMITS = { maxActive: 2, maxWaiting: 8 };

interface SiteState {
  readonly gate: Gate;
  xmlRpcStyle: XmlRpcStyle;
}

/** Who a call is made as, ready to send. */
interface Credentials {
  readonly token: CallToken | null;
  readonly authorization: string | null;
}

/** Creates the client of a process. */
export function createSiteClient(options: SiteClientOptions): SiteClient {
  const { store, log } = options;
  const nowMs = options.clock ?? Date.now;
  const limits = { ...GATE_LIMITS, ...options.limits };
  const http = createHttp(options);
  const findings = createCallFindings(store, log);
  const states = new Map<SiteId, SiteState>();
  const strangers = new Map<string, Gate>();
  const strangersTogether = createLimiter(MAX_STRANGERS_ACTIVE, MAX_STRANGERS_WAITING);
  let isClosed = false;

  function stateOf(siteId: SiteId): SiteState {
    const known = states.get(siteId);
    if (known) return known;
    const made: SiteState = { gate: createGate(limits), xmlRpcStyle: 'xmlrpc.php' };
    states.set(siteId, made);
    return made;
  }

  function findCredentials({ target, token, password }: FoundTarget, as: CallAs, base: string): Credentials | CallOutcome<never> {
    if (as.kind === 'nobody') return { token: null, authorization: null };
    if (target.isDisconnected) return failure('no-token', 'the site is disconnected; connect it again');
    if (as.kind === 'user' && !(Number.isSafeInteger(as.userId) && as.userId > 0)) return failure('no-token', `there is no user ${as.userId}`);
    if (target.connectionKind === 'rest') return password ? basic(password, base) : noPassword(as);
    if (token) return { token, authorization: null };
    return failure('no-token', as.kind === 'site' ? 'the site has no token here; connect it again' : `user ${as.userId} has no token here; they must connect on the site first`);
  }

  /** An application password belongs to one person; it is never used for another. */
  function noPassword(as: CallAs): CallOutcome<never> {
    return failure('no-token', as.kind === 'user'
      ? `user ${as.userId} has given no application password here, and writes are made as the person who asks; sitegraph site link keeps one`
      : 'the site has no application password here; connect it again');
  }

  function basic({ login, password }: { readonly login: string; readonly password: string }, base: string): { token: null; authorization: string } | CallOutcome<never> {
    if (base.startsWith('http:') && !options.allowPrivateOrigins) return failure('certificate', 'an application password is sent over https only; connect the site under its https address');
    return { token: null, authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` };
  }

  async function lookUp(siteId: SiteId, signer: number | null, memo: CallMemo | undefined): Promise<FoundTarget | null> {
    const key = targetMemo(siteId, signer);
    const known = memo?.get(key) as FoundTarget | undefined;
    const found = known ?? (await findCallTarget(store, siteId, signer));
    if (found) memo?.set(key, found);
    return found;
  }

  /** Finds what a call needs, lets it through the gate of its site and notes how it ended. */
  async function callSite<T>(
    siteId: SiteId,
    call: { readonly as: CallAs; readonly timeoutMs?: number; readonly memo?: CallMemo },
    mayRetry: boolean,
    channel: 'rest' | 'xml-rpc',
    perform: (target: CallTarget, base: string, credentials: Credentials, deadline: number, state: SiteState) => Promise<{ outcome: CallOutcome<T>; isBelieved: boolean }>,
  ): Promise<CallOutcome<T>> {
    const startedAt = performance.now();
    const deadline = startedAt + Math.min(call.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
    if (isClosed) return failure('unreachable', 'the server is stopping');
    const found = await lookUp(siteId, signerOf(call.as), call.memo);
    if (!found) return failure('no-token', `there is no site ${siteId}`);
    const { target } = found;
    const base = channel === 'rest' ? restBase(target.url, target.homeUrl) : callBase(target.url);
    if (base === null) return failure('unreachable', 'the address of the site is not an http or https URL');
    const credentials = findCredentials(found, call.as, base);
    const state = stateOf(siteId);
    let isBelieved = false;
    const result: GateResult<T> = 'kind' in credentials
      ? { outcome: credentials, wasTried: call.as.kind === 'site' || credentials.kind === 'failure' && credentials.code !== 'no-token', restsUntilMs: null }
      : await state.gate.run({ deadline, mayRetry, nowMs }, async () => {
          const performed = await perform(target, base, credentials, deadline, state);
          isBelieved = performed.isBelieved;
          return performed.outcome;
        });
    const { outcome } = result;
    log.debug({ siteId, channel, as: call.as.kind, ended: outcome.kind === 'answer' ? outcome.status : outcome.code, ms: Math.round(performance.now() - startedAt) }, 'site called');
    if (result.wasTried) await findings.record({ siteId, host: new URL(base).host, outcome, isBelieved, isAsSite: call.as.kind === 'site', restsUntilMs: result.restsUntilMs }, nowMs());
    return outcome;
  }

  /** Makes a call when those before it that change the same have ended; what they leave it of its time is its own. */
  async function whenItsTurn(siteId: SiteId, call: RestCall, make: (call: RestCall) => Promise<CallOutcome<Json>>): Promise<CallOutcome<Json>> {
    if (call.turn === undefined) return make(call);
    const deadline = performance.now() + Math.min(call.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
    const outcome = await inTurn(store, siteId, { name: call.turn, isShared: true }, deadline, () => make({ ...call, timeoutMs: Math.max(1, deadline - performance.now()) }));
    return outcome ?? failure('timeout', `other changes of ${call.turn} took all the time of this one`);
  }

  /** Calls an address that anybody may have named, within the limits of its host and of all such calls together. */
  async function callStranger<T>(
    siteUrl: string, call: { readonly as: CallAs; readonly timeoutMs?: number }, mayRetry: boolean, channel: 'rest' | 'xml-rpc', perform: (base: string, deadline: number) => Promise<CallOutcome<T>>,
  ): Promise<CallOutcome<T>> {
    if (isClosed) return failure('unreachable', 'the server is stopping');
    const base = callBase(siteUrl);
    if (base === null) return failure('unreachable', 'expected an http or https URL without a user name in it');
    if (call.as.kind !== 'nobody') return failure('no-token', 'an address that is not connected is called as nobody');
    const { host } = new URL(base);
    const gate = strangers.get(host) ?? createGate({ ...limits, ...STRANGER_LIMITS, maxFailures: Infinity }, strangersTogether);
    strangers.set(host, gate);
    const deadline = performance.now() + Math.min(call.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
    try {
      const { outcome } = await gate.run({ deadline, mayRetry, nowMs }, () => perform(base, deadline));
      log.debug({ channel, as: 'nobody', ended: outcome.kind === 'answer' ? outcome.status : outcome.code }, 'unconnected address called');
      return outcome;
    } finally {
      if (gate.isIdle()) strangers.delete(host);
    }
  }

  return {
    rest: (siteId, asked) =>
      whenItsTurn(siteId, asked, (call) => callSite<Json>(siteId, call, isReadCall(call), 'rest', async (target, base, credentials, deadline) => {
        const result = await performRest(http, { base, style: target.apiStyle, signingPort: target.signingPort, ...credentials }, call, deadline, nowMs);
        if (result.style !== target.apiStyle || result.signingPort !== target.signingPort) call.memo?.clear();
        if (result.style !== null && result.style !== target.apiStyle) await rememberApiStyle(store.database, siteId, result.style);
        if (result.signingPort !== target.signingPort) await rememberSigningPort(store.database, siteId, result.signingPort);
        return { outcome: result.outcome, isBelieved: call.as.kind !== 'nobody' && result.outcome.kind === 'answer' };
      })),

    xmlRpc: (siteId: SiteId, call: XmlRpcCall) =>
      callSite<XmlRpcValue>(siteId, call, false, 'xml-rpc', async (target, base, { token }, deadline, state) => {
        if (token === null && call.as.kind !== 'nobody') return { outcome: failure('no-token', 'a site without Jetpack takes no XML-RPC calls of ours'), isBelieved: false };
        const result = await performXmlRpc(http, { base, style: state.xmlRpcStyle, signingPort: target.signingPort, token }, call, deadline, nowMs);
        state.xmlRpcStyle = result.style;
        if (result.signingPort !== target.signingPort) await rememberSigningPort(store.database, siteId, result.signingPort);
        return result;
      }),

    restAt: (siteUrl: string, call: RestCall) =>
      callStranger<Json>(siteUrl, call, isReadCall(call), 'rest', async (base, deadline) => {
        const credentials = call.password === undefined ? { token: null, authorization: null } : basic(call.password, base);
        if ('kind' in credentials) return credentials;
        return (await performRest(http, { base, style: null, signingPort: null, ...credentials }, call, deadline, nowMs)).outcome;
      }),

    xmlRpcAt: (siteUrl: string, call: XmlRpcCall) =>
      callStranger<XmlRpcValue>(siteUrl, call, false, 'xml-rpc', async (base, deadline) =>
        (await performXmlRpc(http, { base, style: 'xmlrpc.php', signingPort: null, token: null }, call, deadline, nowMs)).outcome),

    async page(siteId, call) {
      const found = isClosed ? null : await findCallTarget(store, siteId, null);
      return found ? fetchPage(http, found.target.homeUrl || found.target.url, call) : { kind: 'failure', code: 'unreachable', message: 'there is no such site, or the server is stopping' };
    },

    download: (url, maxBytes, timeoutMs) => downloadFile(http, url, maxBytes, timeoutMs),

    close() {
      isClosed = true;
      http.close();
      return Promise.resolve();
    },
  };
}

function failure(code: CallFailureCode, message: string): CallOutcome<never> {
  return { kind: 'failure', code, message, wasSent: false };
}

/** Whose token signs: a person's, the site's own (0), or nobody's. */
function signerOf(as: CallAs): number | null {
  if (as.kind === 'nobody') return null;
  return as.kind === 'site' ? 0 : Number.isSafeInteger(as.userId) && as.userId > 0 ? as.userId : null;
}
