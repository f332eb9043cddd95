// Decides whether a request of a site is believed, in this order: size, form, token, clock, signature, room, body, body hash,
// nonce, site in the path, address. Called by sync/server and sync/site-requests; only believed requests reach their work.
// The body of someone without a token is never read, and a refused request leaves nothing behind but a used nonce.
import type { FastifyRequest } from 'fastify';
import type { SiteId } from '../core/ids.js';
import { claimNonce, purgeNonces } from '../store/nonces.js';
import { adoptHomeUrl, moveSite } from '../store/site-contact.js';
import { blogTokenSecret, findSite, userTokenSecret, type SiteRecord } from '../store/sites.js';
import type { Store } from '../store/store.js';
import type { Entry, Gate } from './gate.js';
import { compareIdentity, storableUrl } from './identity.js';
import type { SyncLimits } from './limits.js';
import { NONCE_RETENTION_SECONDS, replayed, verifyBody, verifyHead, type TokenSecret, type VerifiedHead } from './protocol/authorization.js';
import { parsePhpQuery } from './protocol/php-query.js';
import { receivedTarget, type RequestTarget } from './protocol/request-target.js';
import type { BodyHashKind } from './protocol/signature.js';
import { discardBody, readBody } from './request-body.js';
import { bodyTooLarge, concurrentBatch, fromRefused, identityCrisis, overloaded, refusal, type Refusal } from './refusal.js';

export interface SignedContext {
  readonly store: Store;
  readonly publicUrl: string | null;
  readonly limits: SyncLimits;
  readonly gate: Gate;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly nonceKeeping: NonceKeeping;
}

/** When the record of nonces was purged last. */
export interface NonceKeeping {
  lastPurgeMs: number;
}

export interface SignedRequest {
  readonly site: SiteRecord;
  /** The WordPress user who acts; 0 for the site itself. */
  readonly userId: number;
  readonly body: Buffer;
  /** The moment the head arrived, in milliseconds since 1970. */
  readonly arrivedMs: number;
  readonly query: SiteQuery;
  /** The site moved here with its administrator's consent, which it wants to be told. */
  readonly hasMoved: boolean;
}

/** The scalar arguments of a query, UTF-8 decoded. */
export type SiteQuery = (name: string) => string | null;

export interface Expectation {
  readonly bodyHashKind: BodyHashKind;
  /** The site that the path names; null when it names none. */
  readonly pathSiteId: number | null;
  /** Whose token must have signed. */
  readonly signer: 'site' | 'person' | 'any';
}

const PURGE_INTERVAL_MS = 60_000;
const FREE: Entry = { kind: 'entered', leave: () => undefined };

/** Reads the query of a request. */
export function readQuery(rawUrl: string): SiteQuery {
  const mark = rawUrl.indexOf('?');
  const fields = parsePhpQuery(mark < 0 ? '' : rawUrl.slice(mark + 1));
  return (name) => {
    const value = fields.get(name);
    return typeof value === 'string' ? Buffer.from(value, 'latin1').toString('utf8') : null;
  };
}

/**
 * Believes a request and does its work, or says why not. The room that the body takes is given back when the work is done.
 */
export async function withSignedRequest<T>(
  context: SignedContext, request: FastifyRequest, expected: Expectation, work: (signed: SignedRequest) => Promise<T>,
): Promise<T | Refusal> {
  const arrivedMs = context.clock();
  const announced = announcedBytes(request);
  if (announced !== null && announced > context.limits.maxBodyBytes) return unread(request, bodyTooLarge(context.limits.maxBodyBytes));
  const head = await believeHead(context, request);
  if (head.kind === 'refusal') return unread(request, head);
  // A call without a body costs next to nothing, and a page of wp-admin makes several at once.
  const entry = announced === 0 ? FREE : context.gate.enter(head.siteId, announced ?? context.limits.maxBodyBytes);
  if (entry.kind !== 'entered') return unread(request, entry.kind === 'full' ? overloaded() : concurrentBatch());
  try {
    const body = await readBody(request, context.limits);
    if (!Buffer.isBuffer(body)) return body;
    const verified = verifyBody(head.head, body, expected.bodyHashKind);
    if (verified.kind === 'refused') return fromRefused(verified);
    if (!(await claim(context, head))) return fromRefused(replayed());
    const misuse = checkUse(head, expected);
    if (misuse) return misuse;
    const site = await findSite(context.store.database, head.siteId);
    if (!site) return refusal('unknown_token', 401, 'The site of this token was removed; connect it again.');
    const query = readQuery(head.target.query === '' ? '' : `?${head.target.query}`);
    const identity = await settleIdentity(context, site, query);
    if (identity.kind === 'refusal') return identity;
    return await work({ site, userId: verified.userId, body, arrivedMs, query, hasMoved: identity.hasMoved });
  } finally {
    entry.leave();
  }
}

function unread(request: FastifyRequest, refused: Refusal): Refusal {
  discardBody(request);
  return refused;
}

/** The size that a request announces; 0 when it has no body, null when it does not say. */
function announcedBytes(request: FastifyRequest): number | null {
  const length = request.headers['content-length'];
  if (length !== undefined) return Number(length);
  return request.headers['transfer-encoding'] === undefined ? 0 : null;
}

interface BelievedHead {
  readonly kind: 'believed';
  readonly head: VerifiedHead;
  readonly siteId: SiteId;
  readonly target: RequestTarget;
}

async function believeHead(context: SignedContext, request: FastifyRequest): Promise<BelievedHead | Refusal> {
  const target = targetOf(context.publicUrl, request);
  if (target === null) return refusal('malformed_request', 400, 'Expected a Host header and a path.');
  let siteId: SiteId | null = null;
  const head = await verifyHead({
    method: request.method,
    target,
    headers: { authorization: request.headers.authorization },
    nowMs: context.clock(),
    findSecret: async (tokenKey) => {
      const found = await findToken(context.store, tokenKey);
      siteId = found?.siteId ?? null;
      return found;
    },
  });
  if (head.kind === 'refused') return fromRefused(head);
  if (siteId === null) return refusal('unknown_token', 401, 'The token is not known here; connect the site again.');
  return { kind: 'believed', head, siteId, target };
}

/** The address as the site sees it. A proxy may have cut the prefix of the public URL, which XML-RPC never has. */
function targetOf(publicUrl: string | null, request: FastifyRequest): RequestTarget | null {
  const rawUrl = request.originalUrl;
  const prefix = publicPrefix(publicUrl);
  const isCut = prefix !== '' && !rawUrl.startsWith(`${prefix}/`) && !rawUrl.startsWith('/xmlrpc.php');
  return receivedTarget(publicUrl ?? `${request.protocol}://${request.host}`, isCut ? `${prefix}${rawUrl}` : rawUrl);
}

/** The path of the public URL without a slash at its end; empty when it has none. */
export function publicPrefix(publicUrl: string | null): string {
  return publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
}

/** A token by its public key: the site's own, or a person's. */
export async function findToken(store: Store, tokenKey: string): Promise<(TokenSecret & { readonly siteId: SiteId }) | null> {
  const blog = await blogTokenSecret(store, tokenKey);
  if (blog) return { siteId: blog.siteId, secret: blog.secret, userId: 0 };
  return userTokenSecret(store, tokenKey);
}

async function claim(context: SignedContext, { head, siteId }: BelievedHead): Promise<boolean> {
  const nowMs = context.clock();
  const { tokenKey, timestamp, nonce } = head.verified;
  const { database } = context.store;
  const isFresh = await claimNonce(database, { siteId, tokenKey, timestamp, nonce }, new Date(nowMs));
  if (nowMs - context.nonceKeeping.lastPurgeMs >= PURGE_INTERVAL_MS) {
    context.nonceKeeping.lastPurgeMs = nowMs;
    await purgeNonces(database, new Date(nowMs - NONCE_RETENTION_SECONDS * 1000));
  }
  return isFresh;
}

function checkUse(head: BelievedHead, expected: Expectation): Refusal | null {
  if (expected.pathSiteId !== null && expected.pathSiteId !== head.siteId) {
    return refusal('invalid_token', 403, 'The token belongs to another site than the one in the address.');
  }
  const isPerson = head.head.verified.userId !== 0;
  if (expected.signer === 'site' && isPerson) return refusal('invalid_token', 403, "Expected the site's own token, got a person's.");
  if (expected.signer === 'person' && !isPerson) return refusal('invalid_token', 403, "Expected a person's token, got the site's own.");
  return null;
}

type Identity = { readonly kind: 'same'; readonly hasMoved: boolean } | Refusal;

async function settleIdentity(context: SignedContext, site: SiteRecord, query: SiteQuery): Promise<Identity> {
  const known = { url: site.url, homeUrl: site.homeUrl, isNew: site.lastReceivedAt === null };
  const claimed = { siteUrl: query('siteurl'), homeUrl: query('home') };
  const mismatch = compareIdentity(known, claimed);
  const { database } = context.store;
  const homeUrl = storableUrl(claimed.homeUrl);
  if (mismatch === null) {
    if (known.isNew && homeUrl !== null && homeUrl !== site.homeUrl) await adoptHomeUrl(database, site.id, homeUrl);
    return { kind: 'same', hasMoved: query('migrate_for_idc') === '1' };
  }
  const url = storableUrl(claimed.siteUrl) ?? site.url;
  const isMoving = query('migrate_for_idc') === '1' && (await moveSite(database, site.id, url, homeUrl ?? site.homeUrl));
  return isMoving ? { kind: 'same', hasMoved: true } : identityCrisis(mismatch);
}
