// Who a request is made for, and the signed header that carries it from the gateway to a subgraph of another process.
// The gateway makes viewers from tokens; everything behind it only reads them. A viewer holds no secret.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../core/errors.js';
import type { SiteId } from '../core/ids.js';

/** One person's account on one site. */
export interface SiteAccount {
  readonly siteId: SiteId;
  /** The WordPress user id on that site, 1 or greater. */
  readonly userId: number;
}

/** Who asks: nobody known, the one who runs the installation (all sites, every row), or a person with accounts on sites. */
export type Viewer =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'operator'; readonly accountId: string; readonly scopes: readonly string[] }
  | {
      readonly kind: 'person';
      readonly accountId: string;
      readonly scopes: readonly string[];
      readonly users: readonly SiteAccount[];
    };

export const ANONYMOUS: Viewer = Object.freeze({ kind: 'anonymous' });

/**
 * Tells whether the viewer's token carries a scope. `*` grants every scope, `content:*` every scope that begins with
 * `content:`. An anonymous viewer has none.
 */
export function hasScope(viewer: Viewer, scope: string): boolean {
  if (viewer.kind === 'anonymous') return false;
  const area = scope.slice(0, scope.indexOf(':') + 1);
  for (const held of viewer.scopes) {
    if (held === scope || held === '*') return true;
    if (area !== '' && held.length === area.length + 1 && held.startsWith(area) && held.endsWith('*')) return true;
  }
  return false;
}

/** The viewer's WordPress user id on a site; null for operators, anonymous viewers and people without an account there. */
export function userIdOn(viewer: Viewer, siteId: SiteId): number | null {
  if (viewer.kind !== 'person') return null;
  for (const account of viewer.users) if (account.siteId === siteId) return account.userId;
  return null;
}

const accountSchema = z.object({ siteId: z.int().positive(), userId: z.int().positive() });
const viewerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('anonymous') }),
  z.object({ kind: z.literal('operator'), accountId: z.string().min(1), scopes: z.array(z.string()) }),
  z.object({
    kind: z.literal('person'),
    accountId: z.string().min(1),
    scopes: z.array(z.string()),
    users: z.array(accountSchema),
  }),
]);

/** Encodes a viewer as JSON text. */
export function encodeViewer(viewer: Viewer): string {
  return JSON.stringify(viewer);
}

/** Decodes a viewer from JSON text; null when the text is not a viewer. Unknown properties are dropped. */
export function decodeViewer(text: string): Viewer | null {
  const parsed = viewerSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/** What is signed together with the viewer. */
export interface ViewerGrant {
  readonly requestId: string;
  /** Epoch milliseconds from which the header is refused; the request's deadline. */
  readonly expiresAt: number;
}

/** A verified header, or why it is refused. The reasons are for the log; a caller learns only that it is refused. */
export type VerifiedViewer =
  | ({ readonly ok: true; readonly viewer: Viewer } & ViewerGrant)
  | { readonly ok: false; readonly reason: 'malformed' | 'bad-signature' | 'expired' };

const grantSchema = z.object({ viewer: viewerSchema, requestId: z.string(), expiresAt: z.number() });

/** Shorter keys than a SHA-256 block half are guessable enough to refuse at start. */
const MIN_KEY_BYTES = 32;
/** Keeps the signature from being valid for anything else that may one day be signed with the same key. */
const CONTEXT = 'sitegraph-viewer-v1.';

/**
 * Signs a viewer for a call to a subgraph over HTTP: `<base64url JSON>.<base64url HMAC-SHA256>`, safe as a header value.
 * @throws AppError CONFIGURATION when the key has fewer than 32 bytes.
 */
export function signViewer(viewer: Viewer, grant: ViewerGrant, key: string | Uint8Array): string {
  const payload = Buffer.from(
    JSON.stringify({ viewer, requestId: grant.requestId, expiresAt: grant.expiresAt }),
    'utf8',
  ).toString('base64url');
  return `${payload}.${mac(payload, key).toString('base64url')}`;
}

/**
 * Verifies a header made by `signViewer`: the signature first, in constant time, then the time, then the shape.
 * `now` is in epoch milliseconds.
 * @throws AppError CONFIGURATION when the key has fewer than 32 bytes.
 */
export function verifyViewer(header: string, key: string | Uint8Array, now: number): VerifiedViewer {
  const dot = header.indexOf('.');
  if (dot < 1) return { ok: false, reason: 'malformed' };
  const payload = header.slice(0, dot);
  const expected = mac(payload, key);
  const given = Buffer.from(header.slice(dot + 1), 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { ok: false, reason: 'bad-signature' };
  const grant = grantSchema.safeParse(parseJson(Buffer.from(payload, 'base64url').toString('utf8')));
  if (!grant.success) return { ok: false, reason: 'malformed' };
  if (!(now < grant.data.expiresAt)) return { ok: false, reason: 'expired' };
  return { ok: true, viewer: grant.data.viewer, requestId: grant.data.requestId, expiresAt: grant.data.expiresAt };
}

function mac(payload: string, key: string | Uint8Array): Buffer {
  if (Buffer.byteLength(key) < MIN_KEY_BYTES) {
    throw new AppError('CONFIGURATION', `The key that signs viewers needs at least ${MIN_KEY_BYTES} bytes; it has fewer.`);
  }
  return createHmac('sha256', key).update(CONTEXT).update(payload).digest();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
