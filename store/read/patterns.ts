// Patterns for SQL's ILIKE. Called by the read functions that search in texts.

/** The pattern of texts that contain this one, whatever it holds. */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
