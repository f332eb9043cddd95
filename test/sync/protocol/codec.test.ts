import { deflateRawSync } from 'node:zlib';
import { describe, it, expect } from 'vitest';
import fc from 'fast-check';
import { cleanJson, decodeItem, encodeItem, CODECS, DEFAULT_ITEM_LIMITS, type ItemLimits } from '../../../sync/protocol/codec.js';
import { splitJsonLines } from '../../../sync/protocol/json-lines.js';
import { compareItemOrder, decodeItemKey, orderOf, type ItemOrder } from '../../../sync/protocol/item-key.js';
import { readRecording, RECORDINGS } from './recordings.js';

const pack = (json: string | Buffer): string => deflateRawSync(Buffer.from(json)).toString('base64');
const tuple = (args: string): string => `["a",${args},1,1800000000.25,false]`;

function faultOf(encoded: string, codec = 'deflate-json-array', limits: ItemLimits = DEFAULT_ITEM_LIMITS): string {
  const decoded = decodeItem(encoded, codec, limits);
  return decoded.ok ? 'ok' : decoded.reason;
}

function argsOf(json: string): unknown {
  const decoded = decodeItem(pack(tuple(json)), 'deflate-json-array');
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.item.args;
}

describe('decodeItem', () => {
  it('reads an item of either codec', () => {
    const item = { action: 'a', args: [1], userId: 1, timestamp: 1800000000.25, timestampMicros: 1800000000250000, isImporting: false, actor: null };
    expect(decodeItem(pack(tuple('[1]')), 'deflate-json-array')).toEqual({ ok: true, item });
    expect(decodeItem(Buffer.from(tuple('[1]')).toString('base64'), 'simple')).toEqual({ ok: true, item });
  });

  it('accepts numbers as text, null arguments and an actor', () => {
    expect(decodeItem(pack('["a",null,"12","1795461665.294571",1,{"is_cron":true}]'), 'deflate-json-array')).toEqual({
      ok: true,
      item: { action: 'a', args: null, userId: 12, timestamp: 1795461665.294571, timestampMicros: 1795461665294571, isImporting: true, actor: { is_cron: true } },
    });
  });

  it('strips object markers at every depth and keeps empty objects apart from lists', () => {
    expect(argsOf('[{"__o":1,"a":{"__o":1},"b":[],"c":{"1":"x"}}]')).toEqual([{ a: {}, b: [], c: { 1: 'x' } }]);
  });

  it('names hidden PHP properties plainly, and a public property wins over a hidden one', () => {
    expect(argsOf('{"\\u0000*\\u0000utc_offset":0,"\\u0000WC_DateTime\\u0000zone":"UTC","x\\u0000y":1}')).toEqual({ utc_offset: 0, zone: 'UTC', xy: 1 });
    expect(argsOf('{"\\u0000*\\u0000a":"hidden","a":"public"}')).toEqual({ a: 'public' });
    expect(argsOf('{"a":"public","\\u0000*\\u0000a":"hidden"}')).toEqual({ a: 'public' });
  });

  it('removes NUL characters and lone surrogates from texts, and nothing else', () => {
    expect(argsOf('["a\\u0000b","\\ud83d x","\\ud83d\\ude00","\\\\\'\\" C:\\\\dir"]')).toEqual(['ab', '\ufffd x', '\u{1f600}', '\\\'" C:\\dir']);
  });

  it('drops __proto__ members and keeps the prototype of objects', () => {
    const args = argsOf('[{"__proto__":{"isAdmin":true},"\\u0000*\\u0000__proto__":{"isAdmin":true},"constructor":1}]') as { isAdmin?: boolean }[];
    expect(args[0]?.isAdmin).toBeUndefined();
    expect(Object.getPrototypeOf(args[0])).toBe(Object.prototype);
    expect(Object.keys(args[0] ?? {})).toEqual(['constructor']);
  });

  it('sees through names and characters that are written as escapes', () => {
    const args = argsOf('[{"\\u005f\\u005fproto__":{"isAdmin":true},"\\u005f_o":1,"a":"\\uD800"}]') as { isAdmin?: boolean }[];
    expect(args).toEqual([{ a: '\ufffd' }]);
    expect(args[0]?.isAdmin).toBeUndefined();
  });

  it('refuses an unknown codec', () => {
    expect(faultOf(pack(tuple('[]')), 'gzip')).toBe('unknown-codec');
    expect(faultOf(pack(tuple('[]')), 'toString')).toBe('unknown-codec');
  });

  it.each(['', '=', 'QUJ', 'QUJD=', 'Q_JD', 'QU D', 'QUJD\n', 'Q===', 'QUJDé==='])('refuses %j as base64', (encoded) => {
    expect(faultOf(encoded, 'simple')).toBe('bad-base64');
  });

  it('refuses a damaged, truncated or zlib-framed stream', () => {
    const whole = deflateRawSync(Buffer.from(tuple('["some text that is long enough to be cut"]')));
    expect(faultOf(whole.subarray(0, -4).toString('base64'))).toBe('bad-deflate');
    expect(faultOf(Buffer.from(tuple('[]')).toString('base64'))).toBe('bad-deflate');
    expect(faultOf('eJyLVkpU0gEAA6wBEA==')).toBe('bad-deflate');
  });

  it('refuses a bomb at the cap, in either codec, without inflating it', () => {
    const bomb = deflateRawSync(Buffer.alloc(200 * 1024 * 1024, '[')).toString('base64');
    const before = process.memoryUsage().arrayBuffers;
    expect(faultOf(bomb)).toBe('too-large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1024 * 1024);
    expect(faultOf(Buffer.alloc(2000, ' ').toString('base64'), 'simple', { ...DEFAULT_ITEM_LIMITS, maxJsonBytes: 1000 })).toBe('too-large');
  });

  it('refuses JSON that is nested too deep or has too many values before parsing it', () => {
    const nested = (levels: number): string => pack(tuple(`${'['.repeat(levels)}${']'.repeat(levels)}`));
    expect(faultOf(nested(DEFAULT_ITEM_LIMITS.maxDepth - 1))).toBe('ok');
    expect(faultOf(nested(DEFAULT_ITEM_LIMITS.maxDepth))).toBe('too-deep');
    expect(faultOf(pack('['.repeat(5_000_000)))).toBe('too-deep');
    expect(faultOf(pack(tuple(`[${'[],'.repeat(1_500_000)}0]`)))).toBe('too-large');
  });

  it('does not count brackets, commas and escaped quotes inside texts', () => {
    const limits = { ...DEFAULT_ITEM_LIMITS, maxDepth: 2, maxValues: 12 };
    expect(faultOf(pack(tuple('["[[[{{{,,,,,,,,,,,,,,\\\\\\"[[[[,,,,\\\\"]')), 'deflate-json-array', limits)).toBe('ok');
  });

  it('refuses invalid UTF-8 and text that is not JSON', () => {
    expect(faultOf(pack(Buffer.from([0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d])))).toBe('invalid-utf8');
    for (const text of ['', 'x', '["a"', '["a",]', '[1]]']) expect(faultOf(pack(text))).toBe('bad-json');
  });

  it.each(['{}', '[]', 'null', '["a",[],1,1800000000.25]', '["",[],1,1800000000,false]', '[1,[],1,1800000000,false]', '["a",[],-1,1800000000,false]',
    '["a",[],1.5,1800000000,false]', '["a",[],"x",1800000000,false]', '["a",[],1,null,false]', '["a",[],1,-5,false]', '["a",[],1,1e300,false]',
    `["${'a'.repeat(256)}",[],1,1800000000,false]`])('refuses the tuple %s', (json) => {
    expect(faultOf(pack(json))).toBe('bad-tuple');
  });

  it('gives back what was encoded, for any JSON', () => {
    const item = fc.record({
      action: fc.stringMatching(/^[a-z_]{1,40}$/),
      args: fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }).map((value) => cleanJson(JSON.parse(JSON.stringify(value)))),
      userId: fc.nat(), timestampMicros: fc.integer({ min: 0, max: 4_000_000_000_000_000 }), isImporting: fc.boolean(),
      actor: fc.option(fc.record({ is_cron: fc.boolean(), user_email: fc.emailAddress() }), { nil: null }),
    });
    fc.assert(fc.property(item, fc.constantFrom(...CODECS), (given, codec) => {
      const sent = { ...given, timestamp: given.timestampMicros / 1e6 };
      expect(decodeItem(encodeItem(sent, codec), codec)).toEqual({ ok: true, item: sent });
    }));
  });

  it('never throws, whatever bytes it is given', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...CODECS), fc.boolean(), (bytes, codec, deflate) => {
      const encoded = deflate ? pack(Buffer.from(bytes)) : Buffer.from(bytes).toString('base64');
      expect(decodeItem(encoded, codec).ok).toBe(false);
    }));
  });
});

describe('the recordings', () => {
  const itemCounts = { '1-incremental': 3338, '2-full-sync': 13, '3-full-sync-woocommerce': 16 } as const;

  it.each(RECORDINGS)('of %s split and decode without a fault, within an eighth of the depth allowed, and their keys are understood', (name) => {
    const limits = { ...DEFAULT_ITEM_LIMITS, maxDepth: DEFAULT_ITEM_LIMITS.maxDepth / 8 };
    let items = 0;
    const perProcess = new Map<string, ItemOrder[]>();
    for (const { body, url } of readRecording(name)) {
      const { entries, badLines } = splitJsonLines(Buffer.from(body));
      expect(badLines).toEqual([]);
      expect(entries).toHaveLength(body.split('\n').length);
      const query = new URL(url, 'http://x').searchParams;
      for (const { key, encoded } of entries) {
        const decoded = decodeItem(encoded, query.get('codec') ?? '', limits);
        if (!decoded.ok) throw new Error(`${key}: ${decoded.reason} ${decoded.message}`);
        expect(JSON.stringify(decoded.item)).not.toMatch(/"__o"|\\u0000/);
        const decodedKey = decodeItemKey(key);
        expect(decodedKey?.kind === 'queued').toBe(query.get('queue') === 'sync');
        expect(decodedKey).not.toBeNull();
        if (decodedKey?.kind === 'queued') {
          const order = perProcess.get(decodedKey.process) ?? [];
          perProcess.set(decodedKey.process, [...order, orderOf(decoded.item, key)]);
        }
        items += 1;
      }
    }
    for (const orders of perProcess.values()) {
      const byCounter = [...orders].sort((a, b) => a.counter - b.counter);
      expect([...orders].reverse().sort(compareItemOrder)).toEqual(byCounter);
    }
    expect(items).toBe(itemCounts[name]);
  });
});
