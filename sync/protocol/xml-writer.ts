// Writes XML-RPC: answers and faults for sites, calls for tests and the demonstration site. Every text is escaped here.

import { isStruct, type MethodCall, type XmlRpcFault, type XmlRpcValue, type Decoded } from './xml-rpc.js';

const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n';
const MAX_INT = 2 ** 31;

/** Escapes markup and drops characters that XML cannot hold. */
function escapeText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('expected a finite number to write as XML-RPC');
  const isInt = Number.isInteger(value) && value >= -MAX_INT && value < MAX_INT;
  return isInt ? `<int>${value}</int>` : `<double>${value}</double>`;
}

/** Writes a value with its type; whole numbers of 32 bits are ints, all others doubles. */
export function writeValue(value: XmlRpcValue): string {
  return `<value>${writeTyped(value)}</value>`;
}

function writeTyped(value: XmlRpcValue): string {
  if (value === null) return '<nil/>';
  if (typeof value === 'string') return `<string>${escapeText(value)}</string>`;
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (value instanceof Date) {
    const text = value.toISOString().slice(0, 19).replaceAll('-', '');
    return `<dateTime.iso8601>${text}</dateTime.iso8601>`;
  }
  if (value instanceof Uint8Array) return `<base64>${Buffer.from(value).toString('base64')}</base64>`;
  if (isStruct(value)) {
    const members = Object.entries(value).map(([name, member]) => `<member><name>${escapeText(name)}</name>${writeValue(member)}</member>`);
    return `<struct>${members.join('')}</struct>`;
  }
  return `<array><data>${value.map(writeValue).join('')}</data></array>`;
}

function writeParams(values: readonly XmlRpcValue[]): string {
  return `<params>${values.map((value) => `<param>${writeValue(value)}</param>`).join('')}</params>`;
}

/** A methodCall document. */
export function writeMethodCall(call: MethodCall): string {
  return `${PROLOG}<methodCall><methodName>${escapeText(call.method)}</methodName>${writeParams(call.params)}</methodCall>`;
}

/** A methodResponse document with one value. */
export function writeMethodResponse(value: XmlRpcValue): string {
  return `${PROLOG}<methodResponse>${writeParams([value])}</methodResponse>`;
}

/** A fault document; HTTP status stays 200. */
export function writeFault(fault: XmlRpcFault): string {
  return `${PROLOG}<methodResponse><fault>${writeValue({ faultCode: fault.faultCode, faultString: fault.faultString })}</fault></methodResponse>`;
}

/** The fault that a site reads as the error `code`. */
export function jetpackFault(faultCode: number, code: string, message: string): XmlRpcFault {
  return { faultCode, faultString: `Jetpack: [${code}] ${message}` };
}

/** The answer of a `system.multicall`: a one-element array for each result, a fault struct for each failure, in order. */
export function writeMulticallResponse(results: readonly Decoded<XmlRpcValue>[]): string {
  return writeMethodResponse(results.map((result) =>
    result.ok ? [result.value] : { faultCode: result.fault.faultCode, faultString: result.fault.faultString }));
}
