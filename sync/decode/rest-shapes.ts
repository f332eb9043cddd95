// Values as WordPress's REST API answers them, beyond the shapes of shapes.ts. Used by the import and by the replies to our writes.
import { z } from 'zod';

/** `{raw: …}` of an answer in the edit context; a plain text counts as raw, anything else is ''. */
export const rawText = z
  .unknown()
  .optional()
  .transform((value) => {
    if (typeof value === 'string') return value;
    const raw = typeof value === 'object' && value !== null ? (value as { raw?: unknown }).raw : undefined;
    return typeof raw === 'string' ? raw : '';
  });

/** A date of REST ('2026-11-24T07:18:22', with or without an offset of zero) as the decoders of dates read it; '' for none. */
export const dateText = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' ? value.replace(/(Z|[+-]00:?00)$/, '') : ''));

/** Ids of a list of numbers; anything else is left out. */
export const idList = z
  .unknown()
  .optional()
  .transform((value) => (Array.isArray(value) ? value.filter((one): one is number => Number.isSafeInteger(one) && one > 0) : []));

/** The map of a post's or comment's metas; an empty one arrives as []. */
export const metaMap = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}));
