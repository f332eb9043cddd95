// The cookies: the session, the one that sign-in forms are bound to, and the one of a sign-in under way elsewhere. All are out of
// scripts' reach and never sent by other sites' forms; on https they are bound to exactly this host. Their values are ours alone and of
// base64url, so that nothing needs to be quoted.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Place } from './options.js';

export type CookieKind = 'session' | 'form' | 'openid';

function nameOf(place: Pick<Place, 'isSecure'>, kind: CookieKind): string {
  return `${place.isSecure ? '__Host-' : ''}sitegraph_${kind}`;
}

/** A cookie's value as the browser sent it, or null. */
export function readCookie(place: Pick<Place, 'isSecure'>, request: Pick<FastifyRequest, 'headers'>, kind: CookieKind): string | null {
  const start = `${nameOf(place, kind)}=`;
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const text = pair.trim();
    if (text.startsWith(start)) return text.slice(start.length);
  }
  return null;
}

/** Sets a cookie; without an age it ends with the browser. Lax, so that people who come from a site's own screen are still signed in. */
export function writeCookie(place: Pick<Place, 'isSecure'>, reply: FastifyReply, kind: CookieKind, value: string, maxAgeMs: number | null): void {
  const age = maxAgeMs === null ? '' : `; Max-Age=${Math.floor(maxAgeMs / 1000)}`;
  const cookie = `${nameOf(place, kind)}=${value}${age}; Path=/; HttpOnly; SameSite=Lax${place.isSecure ? '; Secure' : ''}`;
  // Fastify keeps several headers of this name apart.
  void reply.header('set-cookie', cookie);
}

export function dropCookie(place: Pick<Place, 'isSecure'>, reply: FastifyReply, kind: CookieKind): void {
  writeCookie(place, reply, kind, '', 0);
}
