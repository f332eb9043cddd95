// The shapes in which WordPress's REST API answers, as far as the import reads them, beyond those of sync/decode/shapes.
// Everything is optional that a role, a version or a plugin may leave out.
import { z } from 'zod';
import { json, label, text } from '../decode/shapes.js';

/** A registered post type, of `wp/v2/types?context=edit`. */
export const typeShape = z.object({
  slug: text,
  name: text,
  description: text,
  hierarchical: json,
  viewable: json,
  capabilities: json,
  labels: json,
  supports: json,
  taxonomies: json,
  has_archive: json,
  visibility: json,
  rest_base: text,
  rest_namespace: label,
});
export type RestType = z.output<typeof typeShape>;

/** A registered taxonomy, of `wp/v2/taxonomies?context=edit`. */
export const taxonomyShape = z.object({
  slug: text,
  name: text,
  description: text,
  hierarchical: json,
  capabilities: json,
  labels: json,
  types: json,
  show_cloud: json,
  visibility: json,
  rest_base: text,
  rest_namespace: label,
});
export type RestTaxonomy = z.output<typeof taxonomyShape>;

/** The entries of a map of answers that have the shape; the others are left out. */
export function entriesOfShape<T extends z.ZodType>(shape: T, value: unknown): Map<string, z.output<T>> {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const read = entries.map(([key, one]) => [key, shape.safeParse(one)] as const);
  return new Map(read.flatMap(([key, one]) => (one.success ? [[key, one.data] as const] : [])));
}

/** The rows of a list that have the shape; the others are left out. */
export function rowsOfShape<T extends z.ZodType>(shape: T, value: unknown): z.output<T>[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((row) => {
    const parsed = shape.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
}
