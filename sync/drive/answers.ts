// What an answer of a site means for who drives it: a value, trouble that passes, or trouble that lasts. Used by all of sync/drive.
// Messages are for people; of what a site wrote, only its error code and a short piece of its message are in them.
import type { z } from 'zod';
import type { Json } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { CallFailureCode, CallOutcome, RestCall, SiteClient } from '../../origin/site-calls.js';

export interface Trouble {
  readonly kind: 'trouble';
  /** Whether the same call cannot be expected to do better later. */
  readonly lasts: boolean;
  readonly code: string;
  readonly message: string;
}

export type Answer<T> = { readonly kind: 'value'; readonly value: T } | Trouble;

const PASSING_FAILURES: ReadonlySet<CallFailureCode> = new Set(['unreachable', 'timeout', 'resting', 'not-wordpress']);
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
const MAX_QUOTED_CHARS = 200;

/** Calls a `jetpack/v4` route with the site's own token and reads its answer. */
export async function callJetpack<T>(client: SiteClient, siteId: SiteId, call: Omit<RestCall, 'as'>, schema: z.ZodType<T>): Promise<Answer<T>> {
  return readAnswer(await client.rest(siteId, { as: { kind: 'site' }, ...call, route: `jetpack/v4/${call.route}` }), schema);
}

/** Reads an outcome by a schema. */
export function readAnswer<T>(outcome: CallOutcome<Json>, schema: z.ZodType<T>): Answer<T> {
  if (outcome.kind === 'failure') return { kind: 'trouble', lasts: !PASSING_FAILURES.has(outcome.code), code: outcome.code, message: outcome.message };
  const { status, error, body } = outcome;
  if (status >= 400) {
    const said = error ? ` ${error.code}: ${error.message.slice(0, MAX_QUOTED_CHARS)}` : '';
    return { kind: 'trouble', lasts: status < 500 && !PASSING_STATUSES.has(status), code: 'refused', message: `the site answered ${status}${said}` };
  }
  const read = schema.safeParse(body);
  if (read.success) return { kind: 'value', value: read.data };
  const [issue] = read.error.issues;
  return { kind: 'trouble', lasts: true, code: 'unexpected-answer', message: `the site's answer is not as expected at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}` };
}
