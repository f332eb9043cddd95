// Texts of answers of wp/v2 in the edit context.
import { z } from 'zod';

/** `{raw: …}` of an answer; a plain text counts as raw, anything else is ''. */
export const rawText = z
  .unknown()
  .optional()
  .transform((value) => {
    if (typeof value === 'string') return value;
    const raw = typeof value === 'object' && value !== null ? (value as { raw?: unknown }).raw : undefined;
    return typeof raw === 'string' ? raw : '';
  });
