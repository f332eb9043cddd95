// How the site checks a signed call (protocol reference 2.3): in its order, with its codes. Used by the double's server for every
// request; shares no code with the server's signing, on purpose.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ConnectionState } from './state.js';
import { canonicalPairs, cleanTarget, type PhpInput } from './php-request.js';

export type Signer = { readonly kind: 'nobody' } | { readonly kind: 'site' } | { readonly kind: 'user'; readonly userId: number };

export type Verdict = { readonly kind: 'signed'; readonly by: Signer } | { readonly kind: 'unsigned' } | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface IncomingRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly rawUrl: string;
  readonly hostHeader: string;
  /** SHA-1 of the body in base64; empty for none. */
  readonly bodyHash: string;
  readonly isMultipart: boolean;
  readonly query: PhpInput;
}

export interface VerifyContext {
  readonly connection: ConnectionState;
  readonly isHttps: boolean;
  /** What PHP sees as SERVER_PORT: with a port mapping it is not the one in the Host header. */
  readonly serverPort: number;
  readonly nowSeconds: number;
  readonly userExists: (userId: number) => boolean;
}

const refuse = (code: string, message: string): Verdict => ({ kind: 'refused', code, message });

/** Nobody claims to have signed: 'unsigned'. A nonce is used up even by a wrong signature. */
export function verifySignature(request: IncomingRequest, context: VerifyContext): Verdict {
  const field = (name: string): string => {
    const value = request.query.get(name);
    return typeof value === 'string' ? value : '';
  };
  const token = field('token');
  const signature = field('signature');
  if (!request.query.has('token') || signature === '') return { kind: 'unsigned' };

  const [key = '', version = '', userText = '', ...more] = token.split(':');
  if (key === '' || version !== '1' || more.length > 0) return refuse('malformed_token', 'Malformed token in request.');
  if (!/^\d+$/.test(userText)) return refuse('malformed_user_id', 'Malformed user_id in request.');
  const userId = Number(userText);
  if (userId !== 0 && !context.userExists(userId)) return refuse('unknown_user', `User ${userId} does not exist.`);

  const found = findSecret(context.connection, key, userId);
  if (found.kind === 'refused') return refuse(found.code, 'The token is not known here.');

  const timestamp = field('timestamp');
  const nonce = field('nonce');
  const given = field('body-hash');
  if (!/^\d{1,10}$/.test(timestamp) || nonce === '') return refuse('invalid_signature', 'Expected a timestamp and a nonce.');
  const expected = request.isMultipart ? '' : request.bodyHash;
  if (given !== expected) return refuse('invalid_body_hash', 'The body hash does not match.');

  const shifted = Number(timestamp) - context.connection.timeDiff;
  if (shifted < context.nowSeconds - 600 || shifted > context.nowSeconds + 300) return refuse('invalid_signature', 'The timestamp is too old.');
  if (!/^[A-Za-z0-9]{1,12}$/.test(nonce)) return refuse('invalid_nonce', 'The nonce is malformed.');
  const used = `${timestamp}_${nonce}`;
  if (context.connection.usedNonces.has(used)) return refuse('invalid_nonce', 'The nonce was already used.');
  context.connection.usedNonces.add(used);

  const canonical = canonicalString(request, context, { token, timestamp, nonce, bodyHash: given });
  const right = createHmac('sha1', found.secret).update(canonical, 'latin1').digest();
  const claimed = Buffer.from(signature, 'base64');
  if (claimed.length !== right.length || !timingSafeEqual(claimed, right) || right.toString('base64') !== signature) return refuse('signature_mismatch', 'The signature does not match.');
  return { kind: 'signed', by: userId === 0 ? { kind: 'site' } : { kind: 'user', userId } };
}

function canonicalString(request: IncomingRequest, context: VerifyContext, head: { token: string; timestamp: string; nonce: string; bodyHash: string }): string {
  const target = cleanTarget(request.rawUrl.split('#', 1)[0] ?? '');
  const mark = target.indexOf('?');
  const [path, query] = mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
  const standard = context.isHttps ? [443, 80] : [80];
  const port = standard.includes(context.serverPort) ? (context.isHttps ? 443 : 80) : context.serverPort;
  const lines = [head.token, head.timestamp, head.nonce, head.bodyHash, request.method, request.hostHeader.toLowerCase(), String(port), path, ...canonicalPairs(query)];
  return `${lines.join('\n')}\n`;
}

function findSecret({ blogToken, userTokens }: ConnectionState, key: string, userId: number): { kind: 'found'; secret: string } | { kind: 'refused'; code: string } {
  if (userId === 0) {
    if (blogToken === null) return { kind: 'refused', code: 'no_possible_tokens' };
    const [own, secret, ...more] = blogToken.split('.');
    if (own !== key || !secret || more.length > 0) return { kind: 'refused', code: 'no_valid_blog_token' };
    return { kind: 'found', secret };
  }
  if (userTokens.size === 0) return { kind: 'refused', code: 'no_user_tokens' };
  const stored = userTokens.get(userId);
  if (stored === undefined) return { kind: 'refused', code: 'no_token_for_user' };
  const [own, secret, owner, ...more] = stored.split('.');
  if (!own || !secret || more.length > 0) return { kind: 'refused', code: 'token_malformed' };
  if (owner !== String(userId)) return { kind: 'refused', code: 'user_id_mismatch' };
  return own === key ? { kind: 'found', secret } : { kind: 'refused', code: 'no_valid_user_token' };
}
