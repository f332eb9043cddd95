// Reads the unsigned forms of the connection: bounded in bytes and time, scalars only, valid UTF-8 without control characters.
// Called by register.ts and token.ts.
import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { parsePhpQuery } from '../protocol/php-query.js';
import { readBody } from '../request-body.js';
import { refuse, type ConnectionRefusal } from './context.js';

/** A registration lists packages and plugins and stays below 8 KiB; what else comes is not one. */
const LIMITS = { maxBodyBytes: 64 * 1024, bodyTimeoutMs: 10_000 };

export interface Form {
  readonly kind: 'form';
  /** A scalar field of at most `maxCharacters`; null when it is absent, longer, an array or no text. */
  field(name: string, maxCharacters: number): string | null;
}

/** Reads a form, or says why it was not taken. */
export async function readForm(request: FastifyRequest): Promise<Form | ConnectionRefusal> {
  const body = await readBody(request, LIMITS);
  if (!Buffer.isBuffer(body)) return refuse(body.code, body.status, body.message);
  const fields = parsePhpQuery(body.toString('latin1'));
  return {
    kind: 'form',
    field(name, maxCharacters) {
      const value = fields.get(name);
      return typeof value === 'string' ? cleanText(value, maxCharacters) : null;
    },
  };
}

/** A binary string as text; null when it is too long, not UTF-8 or has control characters. */
export function cleanText(binary: string, maxCharacters: number): string | null {
  const bytes = Buffer.from(binary, 'latin1');
  if (bytes.length > maxCharacters * 4 || !isUtf8(bytes)) return null;
  const text = bytes.toString('utf8');
  // oxlint-disable-next-line no-control-regex
  return text.length > maxCharacters || /[\u0000-\u001f\u007f]/.test(text) ? null : text;
}
