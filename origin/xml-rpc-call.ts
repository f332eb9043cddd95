// One XML-RPC call, through xmlrpc.php or the front page where a host blocks that file. Called by site-client.ts.
// A site takes a badly signed call for an unsigned one and answers that it does not know the method, which has certainly not acted.
import { FAULT_UNKNOWN_METHOD, type XmlRpcValue } from '../sync/protocol/xml-rpc.js';
import { writeMethodCall } from '../sync/protocol/xml-writer.js';
import { redirectFailure, xmlRpcOutcome } from './answers.js';
import type { Http } from './http.js';
import { DEFAULT_MAX_ANSWER_BYTES, otherPorts } from './rest-call.js';
import { signCall, type CallToken } from './sign-call.js';
import type { CallOutcome, XmlRpcCall } from './site-calls.js';
import { xmlRpcUrl, type XmlRpcStyle } from './site-url.js';

export interface XmlRpcTarget {
  readonly base: string;
  readonly style: XmlRpcStyle;
  readonly signingPort: number | null;
  readonly token: CallToken | null;
}

export interface XmlRpcResult {
  readonly outcome: CallOutcome<XmlRpcValue>;
  readonly style: XmlRpcStyle;
  readonly signingPort: number | null;
  /** Whether the site believed the signature; it does not say so, but it knew the method. */
  readonly isBelieved: boolean;
}

/** What a web server answers for a file it does not hand to PHP. */
const BLOCKED_STATUSES: ReadonlySet<number> = new Set([403, 404, 405, 406, 410]);

/** Makes the call. It is never repeated once it may have acted. */
export async function performXmlRpc(http: Http, target: XmlRpcTarget, call: XmlRpcCall, deadline: number, nowMs: () => number): Promise<XmlRpcResult> {
  const body = Buffer.from(writeMethodCall({ method: call.method, params: call.params }));
  const attempt = async (style: XmlRpcStyle, port: number | null): Promise<{ outcome: CallOutcome<XmlRpcValue>; isBlocked: boolean }> => {
    const unsigned = xmlRpcUrl(target.base, style);
    const url = target.token === null ? unsigned : signCall({ token: target.token, method: 'POST', url: unsigned, channel: 'xml-rpc', body, nowMs: nowMs(), signingPort: port });
    const answer = await http.send({ method: 'POST', url, headers: { 'content-type': 'text/xml' }, body, deadline, maxAnswerBytes: DEFAULT_MAX_ANSWER_BYTES, mayReuse: false });
    if (answer.kind === 'failure') return { outcome: answer, isBlocked: false };
    const redirect = redirectFailure(answer, url);
    if (redirect) return { outcome: redirect, isBlocked: false };
    const outcome = xmlRpcOutcome(answer, new URL(target.base).host);
    return { outcome, isBlocked: outcome.kind === 'failure' && BLOCKED_STATUSES.has(answer.status) };
  };

  let { style, signingPort } = target;
  let reply = await attempt(style, signingPort);
  if (reply.isBlocked) {
    const other: XmlRpcStyle = style === 'comms' ? 'xmlrpc.php' : 'comms';
    const second = await attempt(other, signingPort);
    if (second.outcome.kind === 'answer') [style, reply] = [other, second];
  }
  if (target.token !== null && isUnknownMethod(reply.outcome)) {
    for (const port of otherPorts(target)) {
      const next = await attempt(style, port.line);
      if (isUnknownMethod(next.outcome)) continue;
      reply = next;
      if (next.outcome.kind === 'answer') signingPort = port.stored;
      break;
    }
  }
  const { outcome } = reply;
  return { outcome, style, signingPort, isBelieved: target.token !== null && outcome.kind === 'answer' && !isUnknownMethod(outcome) };
}

function isUnknownMethod(outcome: CallOutcome<unknown>): boolean {
  return outcome.kind === 'answer' && outcome.error?.code === String(FAULT_UNKNOWN_METHOD);
}
