// Calls a site double as a hub does: signed in the query string (protocol reference 2.3). For tests of the double; the server's own client is
// tested with the double.
import { bodyHash, canonicalString, sign } from '../../sync/protocol/signature.js';
import { createNonce } from '../../sync/protocol/sign-request.js';

export interface SignedCall {
  readonly url: string;
  readonly token: string;
  readonly userId?: number;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: string;
  readonly contentType?: string;
  /** Seconds since 1970; now by default. */
  readonly timestamp?: number;
  readonly nonce?: string;
  readonly forXmlRpc?: boolean;
  /** The port line of the signature, when it is not the port of the URL. */
  readonly portLine?: number;
  /** What is signed differs from what is sent. */
  readonly signedBody?: string;
}

/** The address with its signature. */
export function signedUrl(call: SignedCall): string {
  const [key = '', secret = ''] = call.token.split('.');
  const token = `${key}:1:${call.userId ?? 0}`;
  const timestamp = String(call.timestamp ?? Math.floor(Date.now() / 1000));
  const nonce = call.nonce ?? createNonce();
  const hash = bodyHash(Buffer.from(call.signedBody ?? call.body ?? ''));
  const [base = '', query = ''] = call.url.split('?');
  const args = [query, `${call.forXmlRpc === true ? 'for' : '_for'}=jetpack`, `token=${encodeURIComponent(token)}`, `timestamp=${timestamp}`, `nonce=${nonce}`, `body-hash=${encodeURIComponent(hash)}`];
  const signedQuery = args.filter((arg) => arg !== '').join('&');
  const url = new URL(base);
  const port = call.portLine ?? Number(url.port || 80);
  const target = { scheme: 'http' as const, host: url.host, port, path: url.pathname, query: signedQuery };
  const signature = sign(canonicalString({ token, timestamp, nonce, bodyHash: hash, method: call.method ?? 'GET', target }), secret);
  return `${base}?${signedQuery}&signature=${encodeURIComponent(signature)}`;
}

export async function callSigned(call: SignedCall): Promise<{ readonly status: number; readonly json: unknown; readonly text: string; readonly headers: Headers }> {
  const answer = await fetch(signedUrl(call), {
    method: call.method ?? 'GET', ...(call.body === undefined ? {} : { body: call.body, headers: { 'content-type': call.contentType ?? 'application/json' } }),
  });
  const text = await answer.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  return { status: answer.status, json, text, headers: answer.headers };
}
