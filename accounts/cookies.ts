// The cookies: the session, the one that sign-in forms are bound to, and the one of a sign-in under way elsewhere. All are out of
// scripts' reach and never sent by other sites' forms; on https they are bound to exactly this host.
import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Place } from './options.js';

export type CookieKind = 'session' | 'form' | 'openid';

function nameOf(place: Pick<Place, 'isSecure'>, kind: CookieKind): string {
  return `${place.isSecure ? '__Host-' : ''}sitegraph_${kind}`;
}

/** A cookie's value as the browser sent it, or null. */
export function readCookie(place: Pick<Place, 'isSecure'>, request: Pick<FastifyRequest, 'headers'>, kind: CookieKind): string | null {
  const header = request.headers.cookie;
  if (header === undefined || header.length > 16_384) return null;
  return fastifyCookie.parse(header)[nameOf(place, kind)] ?? null;
}

/** Sets a cookie; without an age it ends with the browser. Lax, so that people who come from a site's own screen are still signed in. */
export function writeCookie(place: Pick<Place, 'isSecure'>, reply: FastifyReply, kind: CookieKind, value: string, maxAgeMs: number | null): void {
  const cookie = fastifyCookie.serialize(nameOf(place, kind), value, {
    path: '/', httpOnly: true, sameSite: 'lax', secure: place.isSecure, ...(maxAgeMs === null ? {} : { maxAge: Math.floor(maxAgeMs / 1000) }),
  });
  // Fastify keeps several headers of this name apart.
  void reply.header('set-cookie', cookie);
}

export function dropCookie(place: Pick<Place, 'isSecure'>, reply: FastifyReply, kind: CookieKind): void {
  writeCookie(place, reply, kind, '', 0);
}
