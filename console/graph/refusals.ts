// What a write refused: what belongs to a field stands beside it, the rest above the form.
import type { Problem } from './errors.js';

interface UserError {
  readonly message: string;
  readonly field?: readonly string[] | null;
}

export interface Refusals {
  readonly byField: Readonly<Partial<Record<string, string>>>;
  readonly whole: string | null;
}

export const NO_REFUSALS: Refusals = { byField: {}, whole: null };

/** Sorts errors by the fields that a form has. */
export function refusalsOf(errors: readonly UserError[], fields: readonly string[]): Refusals {
  const placeOf = ({ field }: UserError): string | undefined => fields.find((name) => field?.[0] === name);
  return {
    byField: Object.fromEntries(errors.flatMap((error) => { const place = placeOf(error); return place === undefined ? [] : [[place, error.message]]; })),
    whole: errors.find((error) => placeOf(error) === undefined)?.message ?? null,
  };
}

export const refusedBy = ({ message, requestId }: Problem): Refusals => ({ byField: {}, whole: requestId === null ? message : `${message} (request ${requestId})` });
