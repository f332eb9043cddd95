// Forms that only our own pages can send: the browser must say that the request comes from here, and the form must hold a token bound
// to a cookie of the same browser (its session, or before sign-in a cookie of its own). Called by every route that changes something.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.js';
import { readCookie, writeCookie } from './cookies.js';
import { html, type Html } from './html.js';
import type { AccountsContext } from './options.js';

const TOKEN_FIELD = 'form_token';
const VALUE = /^[A-Za-z0-9_-]{43}$/;

/** The hidden field of a form on the sign-in page; sets the cookie that it is bound to when the browser has none. */
export function signInToken(context: AccountsContext, request: FastifyRequest, reply: FastifyReply): Html {
  const known = readCookie(context.place, request, 'form');
  const value = known !== null && VALUE.test(known) ? known : randomBytes(32).toString('base64url');
  if (value !== known) writeCookie(context.place, reply, 'form', value, null);
  return hiddenToken(tokenOf(context, 'form', value));
}

/** The hidden field of a form of somebody who is signed in. */
export function sessionToken(context: AccountsContext, request: FastifyRequest): Html {
  return hiddenToken(tokenOf(context, 'session', readCookie(context.place, request, 'session') ?? ''));
}

function hiddenToken(token: string): Html {
  return html`<input type="hidden" name="${TOKEN_FIELD}" value="${token}">`;
}

/** The fields of a form that one of our pages sent. Throws FORBIDDEN for any other. */
export function readForm(context: AccountsContext, request: FastifyRequest, bound: 'form' | 'session'): Form {
  if (!context.place.isOwnPage(request)) throw new AppError('FORBIDDEN', 'The form was not sent by a page of this server, or the browser does not say so. Open the page again and send it from there.');
  const form = formOf(request.body);
  const value = readCookie(context.place, request, bound);
  const given = Buffer.from(form.text(TOKEN_FIELD, 64) ?? '');
  const expected = Buffer.from(tokenOf(context, bound, value ?? ''));
  if (value === null || !VALUE.test(value) || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AppError('FORBIDDEN', 'The form is from an earlier visit, or cookies are switched off. Open the page again and send it from there.');
  }
  return form;
}

export interface Form {
  /** A field's text, at most so many characters; null when it is missing, given twice or longer. */
  text(name: string, maxCharacters: number): string | null;
  /** The values of a field that may be given several times. */
  list(name: string, maxCount: number): readonly string[];
}

function formOf(body: unknown): Form {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  return {
    text(name, maxCharacters) {
      const value = fields[name];
      return typeof value === 'string' && value.length <= maxCharacters ? value : null;
    },
    list(name, maxCount) {
      const value = fields[name];
      const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
      return values.slice(0, maxCount).filter((one): one is string => typeof one === 'string');
    },
  };
}

function tokenOf({ formKey }: AccountsContext, bound: 'form' | 'session', value: string): string {
  return createHmac('sha256', formKey).update(`${bound}:${value}`).digest('base64url');
}
