// A REST call as a route of the double sees it, and how routes are found and answered. http.ts makes the calls, *-routes.ts answer them.
import type { UserRow } from './rows.js';
import { capabilitiesOf } from './roles.js';
import type { SendState } from './sender.js';
import type { Signer } from './signature.js';
import type { SiteContext } from './state.js';
import type { Events } from './events.js';

export interface RestCall {
  readonly site: SiteContext;
  readonly events: Events;
  readonly sendState: SendState;
  /** After `_method` and X-HTTP-Method-Override. */
  readonly method: string;
  readonly route: string;
  /** The query and, over it, the body's fields. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The body, of large files only its beginning. */
  readonly raw: Buffer;
  readonly bodyBytes: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Who signed; `nobody` also for an application password. */
  readonly signer: Signer;
  readonly user: UserRow | null;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type RestHandler = (call: RestCall, match: RegExpExecArray) => RestAnswer | Promise<RestAnswer>;

export interface RestRoute {
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  readonly handler: RestHandler;
}

export function route(methods: string, pattern: RegExp, handler: RestHandler): RestRoute {
  return { methods: methods.split(' '), pattern, handler };
}

export const ok = (body: unknown, headers?: Readonly<Record<string, string>>): RestAnswer => ({ status: 200, body, ...(headers ? { headers } : {}) });
export const created = (body: unknown): RestAnswer => ({ status: 201, body });

/** A WP_Error as JSON; `inner` when the error's own status is not the one that is sent. */
export function wpError(status: number, code: string, message: string, inner: number = status): RestAnswer {
  return { status, body: { code, message, data: { status: inner } } };
}

export const forbidden = ({ user }: RestCall, message = 'Sorry, you are not allowed to do that.', code = 'rest_forbidden'): RestAnswer => wpError(user ? 403 : 401, code, message);

export function can(call: RestCall, capability: string): boolean {
  return call.user !== null && capabilitiesOf(call.user).has(capability);
}

/** The site's own token, or a user who manages options. */
export function maySync(call: RestCall): boolean {
  return call.signer.kind === 'site' || can(call, 'manage_options');
}

export async function answerRest(routes: readonly RestRoute[], call: RestCall): Promise<RestAnswer> {
  for (const candidate of routes) {
    const match = candidate.pattern.exec(call.route);
    if (match && candidate.methods.includes(call.method)) return candidate.handler(call, match);
  }
  return wpError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
}

/** A parameter that PHP takes as true. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'true';
}

export function toIds(value: unknown): number[] {
  const list = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : typeof value === 'number' ? [value] : [];
  return list.map(Number).filter((id) => Number.isInteger(id) && id >= 0);
}
