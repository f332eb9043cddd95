// Every scope that a token can carry, with a sentence each. A scope says what an app may ask; what the person may do is
// decided by the capabilities on each site. Used by token creation, the consent screen and the schema's protected fields.
import { AppError } from '../core/errors.js';

/** The scopes of the schema's `@requiresScopes`, each with what it allows. Personal fields carry scopes of their own. */
export const SCOPES = {
  'content:read': 'Read what only editors see of content: raw text, revisions, autosaves, locks and previews.',
  'content:write': 'Create, change, trash, restore and delete content, media and terms.',
  'comments:read': 'Read what only moderators see of comments, such as the verdict of the spam filter.',
  'comments:write': 'Moderate comments and reply to them.',
  'comments:pii': 'Read the e-mail addresses and IP addresses of commenters.',
  'menus:write': 'Save, assign and delete navigation menus.',
  'extensions:read': 'Read installed plugins and themes, available updates and the operations on them.',
  'extensions:write': 'Install, update, activate, deactivate, roll back and delete plugins and themes, and set update policies.',
  'themes:read': 'Read the customizations of themes.',
  'themes:write': 'Change the customizations of themes.',
  'settings:read': 'Read settings, constants and the technical facts of a site.',
  'settings:write': 'Change the settings of a site.',
  'stats:read': 'Read the visit statistics of a site.',
  'sync:read': 'Read the state of the synchronization of a site.',
  'sync:admin': 'Start and verify the synchronization of a site.',
  'webhooks:write': 'Create and delete webhooks.',
  'users:read': 'List users and read their names, roles and capabilities.',
  'users:write': 'Invite, change and remove users.',
  'users:pii': 'Read the e-mail addresses of users.',
  'audit:read': 'Read the audit log.',
  'audit:pii': 'Read the IP addresses and browsers in the audit log.',
  'subscribers:read': 'List subscribers and newsletter sends.',
  'subscribers:write': 'Import and remove subscribers.',
  'subscribers:pii': 'Read the e-mail addresses of subscribers.',
  'privacy:admin': 'Export and erase the personal data of a person.',
  'orders:read': 'Read orders and shipping rates.',
  'orders:write': 'Change orders.',
  'orders:pii': 'Read the names, addresses and contact details of customers.',
  'shipping:read': 'Read shipping zones, services, packages and carriers.',
  'shipping:write': 'Change packages, carriers and label settings.',
  'labels:read': 'Read, reprint and track shipping labels.',
  'labels:write': 'Buy shipping labels and request refunds for them.',
} as const satisfies Readonly<Record<string, string>>;

export type Scope = keyof typeof SCOPES;

const areas: ReadonlySet<string> = new Set(Object.keys(SCOPES).map((scope) => scope.slice(0, scope.indexOf(':'))));

/** Tells whether a text can stand in a token: a known scope, `*`, or `<area>:*` of a known area. */
export function isScope(text: string): boolean {
  if (text === '*' || Object.hasOwn(SCOPES, text)) return true;
  return text.endsWith(':*') && areas.has(text.slice(0, -2));
}

/**
 * Parses a scope list as people type it (`content:read, comments:*`) or as a list; trims, drops repeats, keeps the order.
 * @throws AppError BAD_USER_INPUT when the list is empty or holds an unknown scope; the message lists the known ones.
 */
export function parseScopes(input: string | readonly string[]): string[] {
  const parts = (typeof input === 'string' ? input.split(/[\s,]+/) : input.map((part) => part.trim())).filter((part) => part !== '');
  const unknown = parts.filter((part) => !isScope(part));
  if (parts.length > 0 && unknown.length === 0) return [...new Set(parts)];
  const problem =
    parts.length === 0
      ? 'The list of scopes is empty.'
      : `Unknown scope${unknown.length > 1 ? 's' : ''} ${unknown.map((scope) => JSON.stringify(scope)).join(', ')}.`;
  throw new AppError(
    'BAD_USER_INPUT',
    `${problem} Known scopes: ${Object.keys(SCOPES).join(', ')}; also "*" for all of them and "<area>:*" for those of one area.`,
  );
}
