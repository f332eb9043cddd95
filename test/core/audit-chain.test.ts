import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { auditHash, canonicalJson, type ChainedEvent } from '../../core/audit-chain.js';

const EVENT: ChainedEvent = {
  siteId: 220001, sequence: 7, itemKey: 'jpsq_sync-1.5-2-3', rev: 1_795_462_425_000_000, at: new Date('2026-11-24T00:00:00.120Z'), event: 'updated_option',
  category: 'SETTINGS', actorKind: 'USER', actorUserId: 1, actorLabel: 'ann', actorVia: null, objectType: 'Option', objectId: 'blogname', objectLabel: 'blogname',
  summary: 'Changed "blogname"', fieldChanges: [{ field: 'value', before: { b: 1, a: [true, null] }, after: 'é', redacted: false }],
};

describe('the hash of an audit event', () => {
  it('is SHA-256 over the hash before, a line feed and the canonical JSON of its parts', () => {
    const text =
      'before\n[220001,7,"jpsq_sync-1.5-2-3",1795462425000000,"2026-11-24T00:00:00.120Z","updated_option","SETTINGS","USER",1,"ann",null,' +
      '"Option","blogname","blogname","Changed \\"blogname\\"",[{"after":"é","before":{"a":[true,null],"b":1},"field":"value","redacted":false}]]';
    expect(auditHash('before', EVENT)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('does not depend on the order of keys, and depends on every part and on the hash before', () => {
    const hash = auditHash('', EVENT);
    expect(auditHash('', { ...EVENT, fieldChanges: [{ redacted: false, after: 'é', before: { a: [true, null], b: 1 }, field: 'value' }] })).toBe(hash);
    const changed: ChainedEvent[] = [
      { ...EVENT, siteId: 1 }, { ...EVENT, sequence: 8 }, { ...EVENT, itemKey: 'x' }, { ...EVENT, rev: 1 }, { ...EVENT, at: new Date(0) }, { ...EVENT, event: 'x' },
      { ...EVENT, category: 'USER' }, { ...EVENT, actorKind: 'CLI' }, { ...EVENT, actorUserId: null }, { ...EVENT, actorLabel: 'x' }, { ...EVENT, actorVia: 'cli' },
      { ...EVENT, objectType: 'x' }, { ...EVENT, objectId: null }, { ...EVENT, objectLabel: 'x' }, { ...EVENT, summary: 'x' }, { ...EVENT, fieldChanges: [] },
    ];
    expect(Object.keys(EVENT)).toHaveLength(changed.length);
    expect(new Set([hash, auditHash('x', EVENT), ...changed.map((event) => auditHash('', event))]).size).toBe(changed.length + 2);
  });
});

describe('canonical JSON', () => {
  it('sorts the keys of every object and adds no spaces', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });
});
