// Stored texts of metas and the values that sync sends of them, both ways.
import { describe, expect, it } from 'vitest';
import { phpSerialize, storedText } from '../../../sync/decode/meta-forms.js';
import { valueOf } from '../../../sync/verify/settle-metas.js';

describe('a stored meta', () => {
  it.each([
    ['plain text', 'plain text'], ['', ''], ['a:0:{}', []], ['a:1:{i:0;s:4:"one ";}', ['one ']], ['a:1:{s:5:"total";a:1:{i:1;s:4:"4.47";}}', { total: { 1: '4.47' } }],
    ['b:1;', true], ['i:5;', 5], ['O:8:"stdClass":1:{s:1:"a";i:1;}', { a: 1 }], ['a:9:{broken', 'a:9:{broken'], ['a: list of things}', 'a: list of things}'],
  ])('%s is read as sync sends it', (raw, value) => {
    expect(valueOf(raw)).toEqual(value);
  });

  it('is made again of what was synced, bytes counted', () => {
    expect(phpSerialize({ a: 1, 7: ['é', true, null, 1.5], total: {} })).toBe('a:3:{i:7;a:4:{i:0;s:2:"é";i:1;b:1;i:2;N;i:3;d:1.5;}s:1:"a";i:1;s:5:"total";a:0:{}}');
    expect([storedText(true), storedText(false), storedText(null), storedText(3), storedText('x')]).toEqual(['1', '', null, '3', 'x']);
  });
});
