// Whom a try to sign in counts against. When the connection comes from this machine or network, that is a proxy, and the address is the
// one that it appended to X-Forwarded-For; an IPv6 customer has a whole /64. Called by sign-in.ts only; nothing is authorized by it.
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

const NEAR: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'linkLocal']);

/** The address of the browser's network, as far as it can be known. */
export function networkOf(request: Pick<FastifyRequest, 'ip' | 'headers'>): string {
  const peer = parse(request.ip);
  if (peer === null || !NEAR.has(peer.range())) return textOf(peer, request.ip);
  const forwarded = request.headers['x-forwarded-for'];
  const last = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(',').at(-1)?.trim() ?? '';
  return textOf(parse(last) ?? peer, request.ip);
}

function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null;
}

function textOf(address: ipaddr.IPv4 | ipaddr.IPv6 | null, otherwise: string): string {
  if (address === null) return otherwise;
  return address.kind() === 'ipv4' ? address.toString() : Buffer.from(address.toByteArray().slice(0, 8)).toString('hex');
}
