// Which addresses may be called, and the look-up that connects to none but those. Called by http.ts; it is the guard against a
// registered URL that leads into the network of the server. A name is resolved once: what was checked is what is connected to.
import { promises as dns, type LookupAddress } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** Resolves a name to all its addresses. */
export type Lookup = (hostname: string) => Promise<readonly LookupAddress[]>;

/** The answer of the system's resolver, hosts file included. */
export const systemLookup: Lookup = (hostname) => dns.lookup(hostname, { all: true, verbatim: true });

/** Refusal of an address; http.ts turns it into the failure `private-address`. */
export class PrivateAddressError extends Error {
  readonly code = 'PRIVATE_ADDRESS';
}

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const SIX_TO_FOUR = ipaddr.IPv6.parseCIDR('2002::/16');
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address belongs to the open internet. Private, loopback, link-local, shared (CGNAT), unique local, multicast, reserved
 * and documentation ranges do not; an IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) decides for both.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  const bytes = address.toByteArray();
  if (address.match(NAT64)) return isPublicAddress(bytes.slice(12).join('.'));
  if (address.match(SIX_TO_FOUR)) return isPublicAddress(bytes.slice(2, 6).join('.'));
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST);
}

/** Throws when the host is an IP address (brackets allowed) that may not be called; names are checked when they are resolved. */
export function checkLiteral(hostname: string): void {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(bare) && !isPublicAddress(bare)) throw refusal(hostname);
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** A `lookup` for sockets that fails when any address of a name may not be called. */
export function guardLookup(lookup: Lookup, allowPrivate: boolean) {
  return (hostname: string, options: { readonly all?: boolean | undefined; readonly family?: number | 'IPv4' | 'IPv6' | undefined }, callback: LookupCallback): void => {
    resolve(lookup, hostname, allowPrivate).then(
      (addresses) => {
        const first = addresses[0];
        if (options.all === true) callback(null, addresses);
        else if (first) callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

async function resolve(lookup: Lookup, hostname: string, allowPrivate: boolean): Promise<LookupAddress[]> {
  const addresses = [...(await lookup(hostname))];
  if (addresses.length === 0) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
  if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) throw refusal(hostname);
  return addresses;
}

// The address itself is not told: whoever registered the name should not learn how it resolves inside.
function refusal(hostname: string): PrivateAddressError {
  return new PrivateAddressError(`${hostname} leads to an address that is not on the open internet; set SITEGRAPH_ALLOW_PRIVATE_ORIGINS=on if it is yours to call`);
}
