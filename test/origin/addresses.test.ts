import { describe, expect, it } from 'vitest';
import { checkLiteral, guardLookup, isPublicAddress, type Lookup } from '../../origin/addresses.js';
import type { LookupAddress } from 'node:dns';

function resolveGuarded(lookup: Lookup, allowPrivate = false): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    guardLookup(lookup, allowPrivate)('shop.example', { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses as LookupAddress[])));
  });
}

describe('an address', () => {
  it.each([
    '10.0.0.5', '172.16.0.1', '172.31.255.255', '192.168.1.1', '127.0.0.1', '127.8.8.8', '0.0.0.0', '0.1.2.3', '169.254.169.254', '100.64.0.1', '100.127.255.255', '224.0.0.1', '240.0.0.1',
    '255.255.255.255', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '192.0.0.8', '192.88.99.1',
    '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', 'fec0::1', '2001:db8::1', '100::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::127.0.0.1', '::7f00:1',
    '64:ff9b::10.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:7f00:1::', '2002:a00:5::1', '2001:0:1::1', '::ffff:0:127.0.0.1', '4000::1', 'not an address', '',
  ])('is not on the open internet as %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '100.63.255.255', '100.128.0.1', '172.32.0.1', '192.169.0.1', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1'])('is on the open internet as %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(['127.0.0.1', '[::1]', '[::ffff:7f00:1]', '10.1.2.3'])('is checked when it stands in the URL itself, as %s', (host) => {
    expect(() => checkLiteral(host)).toThrow(expect.objectContaining({ code: 'PRIVATE_ADDRESS' }) as Error);
    expect(() => checkLiteral('8.8.8.8')).not.toThrow();
    expect(() => checkLiteral('shop.example')).not.toThrow();
  });
});

describe('a guarded look-up', () => {
  it('gives exactly the addresses that were checked, of one look-up', async () => {
    let lookups = 0;
    const addresses = [{ address: '8.8.8.8', family: 4 }, { address: '2606:4700::1', family: 6 }];
    const found = await resolveGuarded(() => Promise.resolve(lookups++ === 0 ? addresses : [{ address: '127.0.0.1', family: 4 }]));
    expect(found).toEqual(addresses);
    expect(lookups).toBe(1);
  });

  it('fails when one address of several is private', async () => {
    const lookup: Lookup = () => Promise.resolve([{ address: '8.8.8.8', family: 4 }, { address: '10.0.0.5', family: 4 }]);
    await expect(resolveGuarded(lookup)).rejects.toMatchObject({ code: 'PRIVATE_ADDRESS', message: expect.not.stringContaining('10.0.0.5') as string });
    expect(await resolveGuarded(lookup, true)).toHaveLength(2);
  });

  it('fails when there is none', async () => {
    await expect(resolveGuarded(() => Promise.resolve([]))).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
