// XML-RPC as Jetpack sites speak it: reads a methodCall or methodResponse, writes calls, answers and faults, unpacks multicalls.
// Called by the sync server for /xmlrpc.php and by tests. What it reads is bounded in bytes, depth and number of values.

import { isUtf8 } from 'node:buffer';
import { createXmlReader, XmlError, type XmlReader } from './xml-reader.js';

/** A value with its XML-RPC type kept: base64 is bytes, dateTime.iso8601 is a Date (taken as UTC), nil is null. */
export type XmlRpcValue =
  | string | number | boolean | null | Date | Uint8Array | readonly XmlRpcValue[] | { readonly [member: string]: XmlRpcValue };

export interface MethodCall {
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
}

/** A fault in either direction. The site reads a text `Jetpack: [code] message` as the error `code`. */
export interface XmlRpcFault {
  readonly faultCode: number;
  readonly faultString: string;
}

export interface XmlRpcLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxValues: number;
}

/** As large as a sync post may be; the values of one are a few hundred. */
export const DEFAULT_XML_LIMITS: XmlRpcLimits = { maxBytes: 48 * 1024 * 1024, maxDepth: 32, maxValues: 50_000 };
/** A site batches at most a handful of calls. */
export const MAX_MULTICALL = 100;

export const FAULT_NOT_WELL_FORMED = -32_700;
export const FAULT_INVALID_REQUEST = -32_600;
export const FAULT_UNKNOWN_METHOD = -32_601;

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: XmlRpcFault };

function invalid(what: string): XmlError {
  return new XmlError(what);
}

function expectTag(reader: XmlReader, kind: 'open' | 'close', name: string): void {
  skipSpace(reader);
  const token = reader.next();
  if (token.kind !== kind || token.name !== name) throw invalid(`expected ${kind === 'open' ? '<' : '</'}${name}>`);
}

function skipSpace(reader: XmlReader): void {
  const token = reader.peek();
  if (token.kind !== 'text') return;
  if (token.text.trim() !== '') throw invalid('text stands where only tags may');
  reader.next();
}

/** Whether a tag follows; consumes it when it does. */
function takes(reader: XmlReader, kind: 'open' | 'close', name: string): boolean {
  skipSpace(reader);
  const token = reader.peek();
  if (token.kind !== kind || token.name !== name) return false;
  reader.next();
  return true;
}

function textUntilClose(reader: XmlReader, name: string): string {
  const token = reader.peek();
  const text = token.kind === 'text' ? token.text : '';
  if (token.kind === 'text') reader.next();
  const close = reader.next();
  if (close.kind !== 'close' || close.name !== name) throw invalid(`expected </${name}>`);
  return text;
}

function decodeScalar(type: string, text: string): XmlRpcValue {
  const word = text.trim();
  switch (type) {
    case 'string':
      return text;
    case 'int': case 'i4': case 'i8': {
      const value = Number(word);
      if (!/^[+-]?\d{1,16}$/.test(word) || !Number.isSafeInteger(value)) throw invalid('an integer is malformed');
      return value;
    }
    case 'double':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(word) || !Number.isFinite(Number(word))) throw invalid('a double is malformed');
      return Number(word);
    case 'boolean':
      if (word !== '0' && word !== '1') throw invalid('a boolean is neither 0 nor 1');
      return word === '1';
    case 'base64': {
      const packed = text.replace(/\s+/g, '');
      if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw invalid('base64 is malformed');
      return Buffer.from(packed, 'base64');
    }
    case 'dateTime.iso8601': {
      const parts = /^(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})Z?$/.exec(word);
      const date = new Date(parts ? `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z` : Number.NaN);
      if (Number.isNaN(date.getTime())) throw invalid('a date is malformed');
      return date;
    }
    case 'nil': case 'ex:nil':
      if (word !== '') throw invalid('nil is not empty');
      return null;
    default:
      throw invalid('a value has an unknown type');
  }
}

function createValueReader(reader: XmlReader, limits: XmlRpcLimits): () => XmlRpcValue {
  let values = 0;

  const readArray = (depth: number): XmlRpcValue => {
    const out: XmlRpcValue[] = [];
    expectTag(reader, 'open', 'data');
    while (!takes(reader, 'close', 'data')) out.push(readValue(depth + 1));
    expectTag(reader, 'close', 'array');
    return out;
  };

  const readStruct = (depth: number): XmlRpcValue => {
    const out: Record<string, XmlRpcValue> = {};
    while (!takes(reader, 'close', 'struct')) {
      expectTag(reader, 'open', 'member');
      expectTag(reader, 'open', 'name');
      const name = textUntilClose(reader, 'name');
      if (name === '__proto__') throw invalid('a member has a forbidden name');
      out[name] = readValue(depth + 1);
      expectTag(reader, 'close', 'member');
    }
    return out;
  };

  const readValue = (depth: number): XmlRpcValue => {
    if (depth > limits.maxDepth) throw invalid(`values nest deeper than ${limits.maxDepth}`);
    if (++values > limits.maxValues) throw invalid(`there are more than ${limits.maxValues} values`);
    expectTag(reader, 'open', 'value');
    const first = reader.peek();
    const text = first.kind === 'text' ? first.text : '';
    if (first.kind === 'text') reader.next();
    const type = reader.next();
    if (type.kind === 'close' && type.name === 'value') return text;
    if (type.kind !== 'open' || text.trim() !== '') throw invalid('a value mixes text and tags');
    const value = type.name === 'array' ? readArray(depth)
      : type.name === 'struct' ? readStruct(depth)
        : decodeScalar(type.name, textUntilClose(reader, type.name));
    expectTag(reader, 'close', 'value');
    return value;
  };
  return () => readValue(1);
}

function decodeDocument<T>(body: Buffer, limits: XmlRpcLimits, read: (reader: XmlReader, value: () => XmlRpcValue) => T): Decoded<T> {
  const refuse = (faultString: string): Decoded<T> => ({ ok: false, fault: { faultCode: FAULT_NOT_WELL_FORMED, faultString } });
  if (body.length > limits.maxBytes) return refuse(`Expected at most ${limits.maxBytes} bytes of XML.`);
  if (!isUtf8(body)) return refuse('Expected XML in UTF-8.');
  try {
    const reader = createXmlReader(body.toString('utf8'));
    const value = read(reader, createValueReader(reader, limits));
    skipSpace(reader);
    if (reader.next().kind !== 'end') throw invalid('something stands after the document');
    return { ok: true, value };
  } catch (error) {
    if (error instanceof XmlError) return refuse(`Expected XML-RPC; ${error.message}.`);
    throw error;
  }
}

function readParams(reader: XmlReader, readValue: () => XmlRpcValue): XmlRpcValue[] {
  const params: XmlRpcValue[] = [];
  while (!takes(reader, 'close', 'params')) {
    expectTag(reader, 'open', 'param');
    params.push(readValue());
    expectTag(reader, 'close', 'param');
  }
  return params;
}

/** Decodes a methodCall; the fault of a refusal can be answered as it is. */
export function decodeMethodCall(body: Buffer, limits: XmlRpcLimits = DEFAULT_XML_LIMITS): Decoded<MethodCall> {
  return decodeDocument(body, limits, (reader, readValue) => {
    expectTag(reader, 'open', 'methodCall');
    expectTag(reader, 'open', 'methodName');
    const method = textUntilClose(reader, 'methodName').trim();
    if (!/^[A-Za-z0-9_.:/]{1,128}$/.test(method)) throw invalid('the method name is malformed');
    const params = takes(reader, 'open', 'params') ? readParams(reader, readValue) : [];
    expectTag(reader, 'close', 'methodCall');
    return { method, params };
  });
}

/** Decodes a methodResponse; a fault that was sent and a document that was refused look alike, apart by their code. */
export function decodeMethodResponse(body: Buffer, limits: XmlRpcLimits = DEFAULT_XML_LIMITS): Decoded<XmlRpcValue> {
  const decoded = decodeDocument(body, limits, (reader, readValue) => {
    expectTag(reader, 'open', 'methodResponse');
    const isFault = takes(reader, 'open', 'fault');
    if (!isFault) expectTag(reader, 'open', 'params');
    const values = isFault ? [readValue()] : readParams(reader, readValue);
    if (isFault) expectTag(reader, 'close', 'fault');
    expectTag(reader, 'close', 'methodResponse');
    if (values.length !== 1) throw invalid('a response has one value');
    return { isFault, value: values[0] ?? null };
  });
  if (!decoded.ok) return decoded;
  const { isFault, value } = decoded.value;
  if (!isFault) return { ok: true, value };
  const fault = isStruct(value) ? value : {};
  return { ok: false, fault: { faultCode: Number(fault['faultCode'] ?? 0), faultString: String(fault['faultString'] ?? '') } };
}

/** Whether a value is a struct, so that its members can be read. */
export function isStruct(value: XmlRpcValue): value is { readonly [member: string]: XmlRpcValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array);
}

/** The calls inside a `system.multicall`, each decoded or refused by itself; a multicall inside a multicall is refused. */
export function unpackMulticall(call: MethodCall): Decoded<readonly Decoded<MethodCall>[]> {
  const refuse = (faultString: string) => ({ ok: false, fault: { faultCode: FAULT_INVALID_REQUEST, faultString } }) as const;
  const [calls] = call.params;
  if (call.method !== 'system.multicall' || !Array.isArray(calls)) return refuse('Expected system.multicall with one array of calls.');
  if (calls.length > MAX_MULTICALL) return refuse(`Expected at most ${MAX_MULTICALL} calls.`);
  const value = (calls as readonly XmlRpcValue[]).map((inner): Decoded<MethodCall> => {
    const { methodName, params } = isStruct(inner) ? inner : {};
    if (typeof methodName !== 'string') return refuse('Expected a struct of methodName and params.');
    if (methodName === 'system.multicall') return refuse('Recursive calls to system.multicall are forbidden.');
    if (params !== undefined && !Array.isArray(params)) return refuse('Expected params to be an array.');
    return { ok: true, value: { method: methodName, params: (params as readonly XmlRpcValue[] | undefined) ?? [] } };
  });
  return { ok: true, value };
}
