// What the site-side operations share: running one through the site's JSON API, reading its answer by a schema, and its line in the log.
// Called by the files beside it, which are the fixed list of operations; whoever calls those decides who may.
import type { z } from 'zod';
import { AppError } from '../../core/errors.js';
import type { SiteId } from '../../core/ids.js';
import type { Log } from '../../core/log.js';
import { callJsonApi, type JsonApiActor, type JsonApiCall, type JsonApiContext } from '../json-api.js';
import type { CallOutcome } from '../site-calls.js';

export interface OperationContext extends JsonApiContext {
  readonly log: Log;
  /** Bounds the deadline of every operation. */
  readonly maxTimeoutMs?: number;
}

/** Where an operation happens and who acts. */
export interface OperationPlace {
  readonly siteId: SiteId;
  readonly as: JsonApiActor;
}

/** Downloads and unpacking happen inside the call; hosts give them minutes. */
export const LONG_TIMEOUT_MS = 300_000;
export const SHORT_TIMEOUT_MS = 60_000;

/** Runs one operation. The body of the outcome is null exactly when its `error` is set. */
export async function operate<Schema extends z.ZodType>(
  context: OperationContext,
  place: OperationPlace,
  operation: { readonly name: string; readonly object: string | null; readonly answer: Schema } & Omit<JsonApiCall, 'as' | 'version'> & { readonly version?: JsonApiCall['version'] },
): Promise<CallOutcome<z.infer<Schema> | null>> {
  const { name, object, answer, ...call } = operation;
  const startedAt = performance.now();
  const outcome = await callJsonApi(context, place.siteId, { version: '1.1', ...call, timeoutMs: Math.min(call.timeoutMs, context.maxTimeoutMs ?? call.timeoutMs), as: place.as });
  const ended = outcome.kind === 'failure' ? outcome.code : (outcome.error?.code ?? 'done');
  context.log.info({ siteId: place.siteId, operation: name, object, userId: place.as.kind === 'user' ? place.as.userId : 0, ended, ms: Math.round(performance.now() - startedAt) }, 'site operation');
  if (outcome.kind === 'failure' || outcome.error !== null) return outcome.kind === 'failure' ? outcome : { ...outcome, body: null };
  const read = answer.safeParse(outcome.body);
  if (read.success) return { ...outcome, body: read.data };
  return { kind: 'failure', code: 'not-wordpress', message: `the site answered ${name} in a form that is not known; read back what it did`, wasSent: call.method === 'POST' };
}

/** Checks the slug of wordpress.org, or of a theme's folder. */
export function checkSlug(slug: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/.test(slug)) throw new AppError('BAD_USER_INPUT', 'expected a slug of letters, digits, dots, dashes and underscores, e.g. classic-editor');
  return slug;
}
