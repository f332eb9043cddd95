import { describe, it, expect } from 'vitest';
import { GraphQLError } from 'graphql';
import type { SiteId } from '../../../core/ids.js';
import { decodeDeltaCursor, encodeDeltaCursor } from '../../../subgraphs/shared/delta-cursor.js';
import { freshnessOf } from '../../../subgraphs/shared/freshness.js';

describe('a delta cursor', () => {
  it('gives back the positions it was made of, in any order of sites', () => {
    const positions = new Map<SiteId, number>([[220001 as SiteId, 17], [3 as SiteId, 0], [9_007_199_254_740_991 as SiteId, 9_007_199_254_740_991]]);
    const cursor = encodeDeltaCursor(positions);
    expect(new Map(decodeDeltaCursor(cursor))).toEqual(positions);
    expect(encodeDeltaCursor(new Map([...positions].reverse()))).toBe(cursor);
    expect(decodeDeltaCursor(encodeDeltaCursor(new Map())).size).toBe(0);
  });

  it('refuses every other text with BAD_USER_INPUT', () => {
    const encode = (plain: string) => Buffer.from(plain).toString('base64url');
    for (const text of ['', 'x', '%%', encode('delta1'), encode('delta1,a'), encode('delta1,1=2,1=3'), encode('delta1,-1=2'), encode('delta1,zzzzzzzzzzz=1'), encode('{"1":2}'), 'a'.repeat(5000)]) {
      expect(() => decodeDeltaCursor(text), text.slice(0, 30)).toThrow(GraphQLError);
    }
  });
});

describe('the freshness of a site', () => {
  it('tells the lag in whole milliseconds within the range of Int, and the creation when nothing was received', () => {
    const createdAt = new Date('2026-11-24T00:00:00Z');
    expect(freshnessOf({ createdAt, lastReceivedAt: null, queueLagSeconds: 1.2345, sequence: 7, verifiedAt: null })).toEqual({
      source: 'REPLICA', syncedAt: createdAt, lagMs: 1235, sequence: '7', verifiedAt: null,
    });
    expect(freshnessOf({ createdAt, lastReceivedAt: null, queueLagSeconds: 1e9, sequence: 7, verifiedAt: null }).lagMs).toBe(2_147_483_647);
    expect(freshnessOf({ createdAt, lastReceivedAt: null, queueLagSeconds: -5, sequence: 7, verifiedAt: null }).lagMs).toBe(0);
  });
});
