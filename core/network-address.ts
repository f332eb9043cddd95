// Whom a request counts against. When the connection comes from this machine or network, that is a proxy, and the address is the
// one that it appended to X-Forwarded-For; an IPv6 customer has a whole /64. Called where anybody may ask; nothing is authorized by it.
import ipaddr from 'ipaddr.js';

const NEAR: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'linkLocal']);

/** What of a request tells where it comes from. */
export interface Asker {
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The address of the asker's network, as far as it can be known. */
export function networkOf(request: Asker): string {
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
