// From the schema's fields of users to those that an operation takes. What cannot be used is told with the path in the input; no site
// is asked here.
import type { Json } from '../../../core/changes.js';
import { comparableUserField } from '../../../origin/rest/user-answer.js';
import type { SiteAccess } from '../../shared/access.js';
import { userError, type UserErrorModel } from '../../shared/writes.js';
import type { UserInviteInput, UserUpdateInput } from '../generated.js';

/** Lengths of WordPress's columns. */
const MAX_LOGIN = 60;
const MAX_EMAIL = 100;
const MAX_URL = 100;
const MAX_NAME = 250;
const MAX_ROLES = 20;
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+\.[^\s@\p{Cc}]+$/u;

type Bad = (field: string, message: string) => void;

export interface Invitation {
  readonly email: string;
  readonly role: string;
  readonly displayName: string | null;
  /** What a login name can be made of. */
  readonly localPart: string;
}

export function decodeInvitation(access: SiteAccess, input: UserInviteInput): { readonly invitation: Invitation; readonly errors: UserErrorModel[] } {
  const errors: UserErrorModel[] = [];
  const bad: Bad = (field, message) => void errors.push(userError('INVALID', message, field));
  checkEmail(input.email, bad);
  checkRoles(access, [input.role], 'role', bad);
  checkName(input.displayName, bad);
  if (typeof input.username === 'string' && (!/^[a-z0-9 _.@-]+$/i.test(input.username) || input.username.length > MAX_LOGIN)) {
    bad('username', `username must have 1 to ${MAX_LOGIN} letters, digits, spaces and _ . @ -`);
  }
  const localPart = (input.email.split('@')[0] ?? '').toLowerCase().replace(/[^a-z0-9_.-]/g, '').slice(0, MAX_LOGIN - 4) || 'user';
  return { invitation: { email: input.email, role: input.role, displayName: input.displayName || null, localPart }, errors };
}

/** The fields of a change, in the form in which they are compared. */
export function decodeProfile(access: SiteAccess, input: UserUpdateInput, siteLocale: string): { readonly fields: Record<string, Json>; readonly errors: UserErrorModel[] } {
  const errors: UserErrorModel[] = [];
  const bad: Bad = (field, message) => void errors.push(userError('INVALID', message, field));
  if (typeof input.email === 'string') checkEmail(input.email, bad);
  if (typeof input.url === 'string' && input.url !== '' && (!/^https?:\/\//i.test(input.url) || !URL.canParse(input.url) || input.url.length > MAX_URL)) {
    bad('url', `url must be an http or https address of at most ${MAX_URL} characters, or empty`);
  }
  if (typeof input.locale === 'string' && !/^([a-z]{2,3}(_[A-Za-z0-9]+)*)?$/.test(input.locale)) bad('locale', "locale must be a locale such as de_DE, or empty for the site's own");
  checkName(input.displayName, bad);
  if (input.displayName === '') bad('displayName', 'displayName cannot be empty');
  if (input.roles) checkRoles(access, input.roles, 'roles', bad);
  const given: Readonly<Record<string, unknown>> = { displayName: input.displayName, email: input.email, url: input.url, locale: input.locale, roles: input.roles };
  const fields = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return { fields: Object.fromEntries(fields.map(([field, value]) => [field, comparableUserField(field, value as Json, siteLocale)])), errors };
}

function checkEmail(email: string, bad: Bad): void {
  if (!EMAIL.test(email) || email.length > MAX_EMAIL) bad('email', `email must be an e-mail address of at most ${MAX_EMAIL} characters`);
}

function checkName(name: string | null | undefined, bad: Bad): void {
  if (typeof name === 'string' && (name.length > MAX_NAME || /\p{Cc}/u.test(name))) bad('displayName', `displayName must have at most ${MAX_NAME} characters, on one line`);
}

function checkRoles(access: SiteAccess, roles: readonly string[], field: string, bad: Bad): void {
  const known = access.policy.input.roles;
  const unknown = roles.find((role) => !Object.hasOwn(known, role));
  // WordPress takes an empty list for no change.
  if (roles.length === 0 || roles.length > MAX_ROLES) bad(field, `${field} must name 1 to ${MAX_ROLES} roles; remove the user instead of taking every role`);
  else if (unknown !== undefined) bad(field, `the site has no role ${JSON.stringify(unknown.slice(0, 60))}; it has ${Object.keys(known).slice(0, 20).join(', ')}`);
}
