import { describe, it, expect } from 'vitest';
import fc from 'fast-check';
import {
  decodeMethodCall, decodeMethodResponse, unpackMulticall, DEFAULT_XML_LIMITS, FAULT_INVALID_REQUEST, FAULT_NOT_WELL_FORMED, MAX_MULTICALL,
  type XmlRpcValue,
} from '../../../sync/protocol/xml-rpc.js';
import { jetpackFault, writeFault, writeMethodCall, writeMethodResponse, writeMulticallResponse } from '../../../sync/protocol/xml-writer.js';

const callWith = (value: string): Buffer => Buffer.from(`<?xml version="1.0"?>\n<methodCall><methodName>m</methodName><params><param><value>${value}</value></param></params></methodCall>`);

function paramOf(value: string): XmlRpcValue | undefined {
  const decoded = decodeMethodCall(callWith(value));
  if (!decoded.ok) throw new Error(decoded.fault.faultString);
  return decoded.value.params[0];
}

function isRefused(body: Buffer): boolean {
  const decoded = decodeMethodCall(body);
  return !decoded.ok && decoded.fault.faultCode === FAULT_NOT_WELL_FORMED;
}

describe('decodeMethodCall', () => {
  it('reads a call as a site sends it (example B of the protocol reference)', () => {
    const body = '<?xml version="1.0"?>\n<methodCall>\n<methodName>jetpack.updateRole</methodName>\n<params>\n<param><value><int>2</int></value></param>\n</params></methodCall>';
    expect(decodeMethodCall(Buffer.from(body))).toEqual({ ok: true, value: { method: 'jetpack.updateRole', params: [2] } });
    expect(decodeMethodCall(Buffer.from('<methodCall><methodName>a.b</methodName></methodCall>\n'))).toEqual({ ok: true, value: { method: 'a.b', params: [] } });
  });

  it.each<[string, XmlRpcValue]>([
    ['plain text', 'plain text'], ['', ''], ['<string> kept </string>', ' kept '], ['<string/>', ''], ['<string>007</string>', '007'],
    ['<int>-7</int>', -7], ['<i4>+7</i4>', 7], ['<double>1.5e3</double>', 1500], ['<boolean>1</boolean>', true], ['<boolean>0</boolean>', false],
    ['<nil/>', null], ['<dateTime.iso8601>20261124T01:02:03</dateTime.iso8601>', new Date('2026-11-24T01:02:03Z')],
    ['<base64>\nQUJD\n</base64>', Buffer.from('ABC')], ['<string>&lt;&#233;&#x1F600;&amp;lt;</string>', '<\u00e9\u{1f600}&lt;'],
    ['<string>a<![CDATA[<b>&amp;]]>c<!-- no -->d</string>', 'a<b>&amp;cd'],
    ['\n <array> <data>\n<value>1</value> <value><int>2</int></value></data> </array>\n', ['1', 2]],
    ['<array><data/></array>', []], ['<struct></struct>', {}],
    ['<struct><member><name>a b</name><value><boolean>1</boolean></value></member></struct>', { 'a b': true }],
  ])('reads the value %j with its type', (xml, expected) => {
    expect(paramOf(xml)).toEqual(expected);
  });

  it('refuses document types and entities, so that nothing is expanded or fetched', () => {
    const call = '<methodCall><methodName>m</methodName><params><param><value>&x;</value></param></params></methodCall>';
    expect(isRefused(Buffer.from(`<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${call}`))).toBe(true);
    expect(isRefused(Buffer.from(`<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;">]>${call}`))).toBe(true);
    expect(isRefused(Buffer.from(call))).toBe(true);
    expect(isRefused(Buffer.from(`<?xml version="1.0"?><?php evil ?>${call}`))).toBe(true);
  });

  it.each([
    '<int>1.5</int>', '<int></int>', '<int>99999999999999999</int>', '<double>nan</double>', '<boolean>true</boolean>', '<base64>Q</base64>', '<nil>x</nil>',
    '<dateTime.iso8601>20261399T00:00:00</dateTime.iso8601>', '<unknown>1</unknown>', '<string>a', 'text<int>1</int>', '<int>1</int>text', '<int>1</int><int>2</int>',
    '<string a="b">x</string>', '<string>&#0;</string>', '<string>&#xD800;</string>', '<string>a & b</string>', '<string><!-- </string>', '<array></array>',
    '<struct><member><name>__proto__</name><value>1</value></member></struct>', '<struct><member><value>1</value></member></struct>', '</string>',
  ])('refuses the malformed value %s', (xml) => {
    expect(isRefused(callWith(xml))).toBe(true);
  });

  it('refuses other encodings, invalid UTF-8, empty documents and text around the call', () => {
    expect(isRefused(Buffer.from('<?xml version="1.0" encoding="UTF-16"?><methodCall><methodName>m</methodName></methodCall>'))).toBe(true);
    expect(isRefused(Buffer.concat([Buffer.from('<methodCall><methodName>m</methodName></methodCall>'), Buffer.from([0xff])]))).toBe(true);
    for (const text of ['', 'x', '<methodCall>', '<methodCall><methodName>m</methodName></methodCall>x', '<methodCall><methodName>a b</methodName></methodCall>']) {
      expect(isRefused(Buffer.from(text))).toBe(true);
    }
  });

  it('refuses values that nest too deep, are too many or too large', () => {
    const nested = (levels: number): Buffer => callWith(`${'<array><data><value>'.repeat(levels)}${'</value></data></array>'.repeat(levels)}`);
    expect(decodeMethodCall(nested(DEFAULT_XML_LIMITS.maxDepth - 1)).ok).toBe(true);
    expect(isRefused(nested(DEFAULT_XML_LIMITS.maxDepth))).toBe(true);
    expect(isRefused(nested(100_000))).toBe(true);
    expect(isRefused(callWith(`<array><data>${'<value/>'.repeat(DEFAULT_XML_LIMITS.maxValues)}</data></array>`))).toBe(true);
    expect(decodeMethodCall(callWith('x'.repeat(2000)), { ...DEFAULT_XML_LIMITS, maxBytes: 1000 }).ok).toBe(false);
  });

  it('reads a sync call with a struct of item keys', () => {
    const items = { 'jpsq_sync-1.000000-1-1': 'QUJD+/==', 'jpsq_sync-1.000000-1-2': '' };
    expect(decodeMethodCall(Buffer.from(writeMethodCall({ method: 'jetpack.syncActions', params: [items] })))).toEqual({
      ok: true, value: { method: 'jetpack.syncActions', params: [items] },
    });
  });
});

describe('writing and reading back', () => {
  it('gives the same value, for any value that XML can hold', () => {
    const text = fc.string({ unit: 'grapheme' }).map((value) => value.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ''));
    const { value } = fc.letrec<{ value: XmlRpcValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true }, text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0), fc.boolean(), fc.constant(null),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)), fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000)),
        fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(text.filter((name) => name !== '__proto__'), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(fc.property(value, (given) => {
      expect(decodeMethodResponse(Buffer.from(writeMethodResponse(given)))).toEqual({ ok: true, value: given });
    }));
  });

  it('writes the documented acknowledgement of a sync call', () => {
    expect(writeMethodResponse({ processed_items: ['jpsq_sync-1800000000.250000-123456-1'] })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse><params><param><value><struct><member><name>processed_items</name><value><array><data><value><string>jpsq_sync-1800000000.250000-123456-1</string></value></data></array></value></member></struct></value></param></params></methodResponse>',
    );
  });

  it('gives back a fault with its code and text', () => {
    const fault = jetpackFault(403, 'unknown_token', 'a < b & c');
    expect(fault.faultString).toBe('Jetpack: [unknown_token] a < b & c');
    expect(decodeMethodResponse(Buffer.from(writeFault(fault)))).toEqual({ ok: false, fault });
  });

  it('drops characters that XML cannot hold', () => {
    expect(writeMethodResponse('a\u0000\u0008\ud800\uffff\u0085\tb')).toContain('<string>a\u0085\tb</string>');
  });

  it('refuses to write a number that XML-RPC has no form for', () => {
    expect(() => writeMethodResponse(Number.NaN)).toThrow(TypeError);
  });
});

describe('unpackMulticall', () => {
  const multicall = (calls: XmlRpcValue) => unpackMulticall({ method: 'system.multicall', params: [calls] });

  it('gives the calls in order and refuses the malformed and the recursive ones by themselves', () => {
    const fault = { faultCode: FAULT_INVALID_REQUEST };
    expect(multicall([
      { methodName: 'jetpack.updateRole', params: [2, 'editor:abc'] }, { methodName: 'a' }, { methodName: 'system.multicall', params: [] }, 'x', { methodName: 'a', params: 'x' },
    ])).toEqual({
      ok: true,
      value: [
        { ok: true, value: { method: 'jetpack.updateRole', params: [2, 'editor:abc'] } }, { ok: true, value: { method: 'a', params: [] } },
        { ok: false, fault: expect.objectContaining(fault) }, { ok: false, fault: expect.objectContaining(fault) }, { ok: false, fault: expect.objectContaining(fault) },
      ],
    });
  });

  it('refuses what is no multicall and more calls than a site makes', () => {
    expect(unpackMulticall({ method: 'other', params: [[]] }).ok).toBe(false);
    expect(multicall('x').ok).toBe(false);
    expect(multicall(Array.from({ length: MAX_MULTICALL + 1 }, () => ({ methodName: 'a' }))).ok).toBe(false);
  });

  it('is answered with one-element arrays and fault structs', () => {
    const fault = { faultCode: -32_601, faultString: 'no such method' };
    expect(decodeMethodResponse(Buffer.from(writeMulticallResponse([{ ok: true, value: true }, { ok: false, fault }])))).toEqual({ ok: true, value: [[true], fault] });
  });
});
