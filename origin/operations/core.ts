// WordPress itself and its translations: update counts, automatic updates and updates, done by the site.
// Called by mutations and jobs, after they decided who may. The actor must be a person: a site does none of this as itself.
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import type { CallOutcome } from '../site-calls.js';
import { LONG_TIMEOUT_MS, operate, SHORT_TIMEOUT_MS, type OperationContext, type OperationPlace } from './operation.js';

/** Counts of what can be updated, as the site knows them. */
const updateCounts = z.object({ plugins: z.number(), themes: z.number(), wordpress: z.number().catch(0), translations: z.number().catch(0), total: z.number() });
/** The member `version` of these answers is the API's, not WordPress's; it is left out. */
const core = z.object({ autoupdate: z.boolean().catch(false) });
const done = z.unknown().transform(() => ({ isDone: true as const }));

export type UpdateCounts = z.infer<typeof updateCounts>;
export type CoreState = z.infer<typeof core>;

/** What can be updated. */
export function readUpdateCounts(context: OperationContext, place: OperationPlace): Promise<CallOutcome<UpdateCounts | null>> {
  return operate(context, place, { name: 'update.counts', object: null, answer: updateCounts, method: 'GET', path: ['updates'], json: null, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Whether WordPress updates itself. */
export function readCore(context: OperationContext, place: OperationPlace): Promise<CallOutcome<CoreState | null>> {
  return operate(context, place, { name: 'core.read', object: null, answer: core, method: 'GET', path: ['core'], json: null, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Switches the automatic updates of WordPress. */
export function setCore(context: OperationContext, place: OperationPlace, wanted: { readonly autoupdate: boolean }): Promise<CallOutcome<CoreState | null>> {
  return operate(context, place, { name: 'core.set', object: null, answer: core, method: 'POST', path: ['core'], json: wanted, timeoutMs: SHORT_TIMEOUT_MS });
}

/** Updates WordPress, to the newest version when none is named. The site's next sync tells the version it has. */
export function updateCore(context: OperationContext, place: OperationPlace, version: string | null): Promise<CallOutcome<{ isDone: true } | null>> {
  if (version !== null && !/^\d{1,2}(\.\d{1,3}){1,3}(-[A-Za-z0-9.]{1,20})?$/.test(version)) throw new AppError('BAD_USER_INPUT', 'expected a version of WordPress, e.g. 7.1.1');
  return operate(context, place, { name: 'core.update', object: version, answer: done, method: 'POST', path: ['core', 'update'], json: version === null ? {} : { version }, timeoutMs: LONG_TIMEOUT_MS });
}

/** Updates the translations of WordPress, plugins and themes. */
export function updateTranslations(context: OperationContext, place: OperationPlace): Promise<CallOutcome<{ isDone: true } | null>> {
  return operate(context, place, { name: 'translations.update', object: null, answer: done, method: 'POST', path: ['translations', 'update'], json: {}, timeoutMs: LONG_TIMEOUT_MS });
}

/** Switches the automatic updates of translations. */
export function setTranslations(context: OperationContext, place: OperationPlace, wanted: { readonly autoupdate: boolean }): Promise<CallOutcome<{ isDone: true } | null>> {
  return operate(context, place, { name: 'translations.set', object: null, answer: done, method: 'POST', path: ['translations'], json: wanted, timeoutMs: SHORT_TIMEOUT_MS });
}
