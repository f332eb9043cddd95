// Reads how a call of a write ended: an answer to go on with, the site's refusal in our words, or a failure whose outcome
// may be unknown. Used by every operation.
import type { Json } from '../../core/changes.js';
import type { CallOutcome, SiteError } from '../site-calls.js';
import type { Failed, Refused, WriteErrorCode } from './operation.js';

export interface Answered {
  readonly kind: 'answered';
  readonly body: Json;
  readonly siteMs: number | null;
}

/** WordPress's codes that say what kind of refusal it is, where the status alone does not. */
const CODES: Readonly<Record<string, WriteErrorCode>> = {
  rest_post_invalid_id: 'NOT_FOUND',
  rest_term_invalid: 'NOT_FOUND',
  rest_comment_invalid_id: 'NOT_FOUND',
  rest_user_invalid_id: 'NOT_FOUND',
  rest_no_route: 'SITE_REJECTED',
  rest_invalid_param: 'INVALID',
  rest_missing_callback_param: 'INVALID',
};

/** Statuses of a proxy in between, which says nothing of what the site did; and of a site that broke while it acted. */
const UNCERTAIN_FROM = 500;

/** An answer of 2xx, or why there is none. `isRead` calls change nothing, so no outcome of theirs is unknown. */
export function readAnswer(outcome: CallOutcome<Json>, isRead: boolean): Answered | Refused | Failed {
  if (outcome.kind === 'failure') {
    if (outcome.code === 'no-token') return refuse('FORBIDDEN', `${outcome.message}`);
    return { kind: 'failed', code: outcome.code, message: outcome.message, wasSent: outcome.wasSent && !isRead };
  }
  const siteMs = siteClock(outcome.headers);
  if (outcome.status >= 200 && outcome.status < 300) return { kind: 'answered', body: outcome.body, siteMs };
  if (outcome.status >= UNCERTAIN_FROM && !isWordPressRefusal(outcome.error)) {
    return { kind: 'failed', code: 'server-error', message: `the site answered ${outcome.status}`, wasSent: !isRead };
  }
  return { ...refuse(codeOf(outcome.status, outcome.error), messageOf(outcome.status, outcome.error)), siteMs };
}

/** The rows of an answer that must be a list. An answer without a list says nothing of what the site has, least of all that it has nothing. */
export function rowsOf({ body }: Answered): readonly Json[] | Failed {
  return Array.isArray(body) ? (body as readonly Json[]) : { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a list', wasSent: false };
}

export function refuse(code: WriteErrorCode, message: string, result: Json = null): Refused {
  return { kind: 'refused', code, message, result, changes: [], siteMs: null };
}

// WP_Error codes are words; a fatal error's page is caught by its own code.
function isWordPressRefusal(error: SiteError | null): boolean {
  return error !== null && error.code !== 'internal_server_error' && error.code !== '';
}

function codeOf(status: number, error: SiteError | null): WriteErrorCode {
  const known = error ? CODES[error.code] : undefined;
  if (known) return known;
  if (status === 401 || status === 403) return 'FORBIDDEN';
  // Without a word of WordPress's own it is a proxy's, or a site's that is no longer there: it says nothing of the object.
  if ((status === 404 || status === 410) && error !== null && !error.code.startsWith('http_')) return 'NOT_FOUND';
  if (status === 429) return 'RATE_LIMITED';
  return 'SITE_REJECTED';
}

function messageOf(status: number, error: SiteError | null): string {
  return error && error.message !== '' ? `the site refused: ${error.message.slice(0, 300)} (${error.code.slice(0, 60)})` : `the site refused with status ${status}`;
}

/** The Date header in ms; null when there is none that makes sense. */
function siteClock(headers: Readonly<Record<string, string>>): number | null {
  const ms = Date.parse(headers['date'] ?? '');
  return Number.isFinite(ms) ? ms : null;
}
