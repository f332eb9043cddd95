import { describe, it, expect } from 'vitest';
import fc from 'fast-check';
import { normalizedQueryPairs, parsePhpQuery, rawUrlEncode } from '../../../sync/protocol/php-query.js';

describe('normalizedQueryPairs', () => {
  it('gives scalars in byte order and then array groups by their number of pairs', () => {
    expect(normalizedQueryPairs('b[]=1&b[]=2&a[x]=9&z=1&Z=2&c=3')).toEqual(['Z=2', 'c=3', 'z=1', 'a[x]=9', 'b[0]=1', 'b[1]=2']);
  });

  it('makes list indexes explicit and leaves sub-keys unescaped', () => {
    expect(normalizedQueryPairs('include[]=7&m[a%20b][]=%2F')).toEqual(['include[0]=7', 'm[a b][0]=%2F']);
  });

  it('leaves out the signature, keeps the last of a repeated scalar and gives a bare flag an empty value', () => {
    expect(normalizedQueryPairs('signature=x&a=1&a=2&flag')).toEqual(['a=2', 'flag=']);
  });

  it('decodes plus to space and renames dots and spaces in names', () => {
    expect(normalizedQueryPairs('+a.b+c=x+y%2b~')).toEqual(['a_b_c=x%20y%2B~']);
  });

  it('reads an unclosed bracket as part of the name and ignores nameless pairs', () => {
    expect(normalizedQueryPairs('a[b=1&=2&&[c]=3')).toEqual(['a_b=1']);
  });

  it('is independent of the order of scalars', () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), fc.string({ unit: 'grapheme' })), { selector: ([name]) => name, maxLength: 12 });
    fc.assert(fc.property(pairs.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))), ([list, shuffled]) => {
      const query = (of: readonly (readonly [string, string])[]): string => of.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
      expect(normalizedQueryPairs(query(shuffled))).toEqual(normalizedQueryPairs(query(list)));
    }));
  });
});

describe('parsePhpQuery', () => {
  it('continues a list after the largest integer key and replaces a scalar by an array', () => {
    expect(parsePhpQuery('a=1&a[5]=x&a[]=y&a[07]=z&a[]=w')).toEqual(new Map([['a', new Map([['5', 'x'], ['6', 'y'], ['07', 'z'], ['7', 'w']])]]));
  });

  it('drops a name nested deeper than PHP allows and pairs after the thousandth', () => {
    expect(parsePhpQuery(`a${'[x]'.repeat(65)}=1&b=2`)).toEqual(new Map([['b', '2']]));
    expect(parsePhpQuery(Array.from({ length: 1200 }, (_, index) => `n${index}=`).join('&')).size).toBe(1000);
  });

  it('keeps a percent sign that begins no escape', () => {
    expect(parsePhpQuery('a=100%&b=%zz')).toEqual(new Map([['a', '100%'], ['b', '%zz']]));
  });
});

describe('rawUrlEncode', () => {
  it('escapes every byte but the unreserved ones in upper-case hex', () => {
    expect(rawUrlEncode('aZ09-_.~ /\u00e9')).toBe('aZ09-_.~%20%2F%E9');
  });
});
