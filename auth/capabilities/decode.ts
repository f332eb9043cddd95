// From the synced callables as they came to the input of the site policy. Tolerant by design: PHP writes empty maps as
// [], flags as 1, "1" or true, and other plugins register types in any shape; what is unusable is left out.
import type { CapabilityMap, PostTypeInput, RoleInput, TaxonomyInput } from './input.js';

/** Decodes a map of capabilities: `{cap: true}`; anything else than a map is empty. */
export function decodeCapabilityMap(value: unknown): CapabilityMap {
  const map: Record<string, boolean> = {};
  for (const [name, granted] of entriesOf(value)) map[name] = isTruthy(granted);
  return map;
}

/** Decodes the callable `roles`. */
export function decodeRoles(value: unknown): Record<string, RoleInput> {
  const roles: Record<string, RoleInput> = {};
  for (const [slug, role] of entriesOf(value)) {
    const fields = Object.fromEntries(entriesOf(role));
    roles[slug] = {
      name: typeof fields['name'] === 'string' ? fields['name'] : slug,
      capabilities: decodeCapabilityMap(fields['capabilities']),
    };
  }
  return roles;
}

/** Decodes the callable `post_types`. */
export function decodePostTypes(value: unknown): Record<string, PostTypeInput> {
  const types: Record<string, PostTypeInput> = {};
  for (const [slug, type] of entriesOf(value)) {
    const fields = Object.fromEntries(entriesOf(type));
    types[slug] = {
      public: isTruthy(fields['public']),
      publiclyQueryable: isTruthy(fields['publicly_queryable']),
      showInRest: isTruthy(fields['show_in_rest']),
      restBase: nameOr(fields['rest_base'], slug),
      mapMetaCap: isTruthy(fields['map_meta_cap']),
      cap: decodeNames(fields['cap']),
    };
  }
  return types;
}

/** Decodes the callable `taxonomies`. */
export function decodeTaxonomies(value: unknown): Record<string, TaxonomyInput> {
  const taxonomies: Record<string, TaxonomyInput> = {};
  for (const [slug, taxonomy] of entriesOf(value)) {
    const fields = Object.fromEntries(entriesOf(taxonomy));
    taxonomies[slug] = {
      public: isTruthy(fields['public']),
      restBase: isTruthy(fields['show_in_rest']) ? nameOr(fields['rest_base'], slug) : null,
      objectTypes: Object.values(typeof fields['object_type'] === 'object' ? (fields['object_type'] ?? {}) : {}).filter((type) => typeof type === 'string'),
      cap: decodeNames(fields['cap']),
    };
  }
  return taxonomies;
}

/** PHP's idea of a true value for what sync sends: true, non-zero numbers, text other than "" and "0", filled lists. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== '0' && Boolean(value);
}

function nameOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && /^[a-z0-9_-]+$/i.test(value) ? value : fallback;
}

function decodeNames(value: unknown): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [key, name] of entriesOf(value)) if (typeof name === 'string') names[key] = name;
  return names;
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).filter(([key]) => key !== '__o' && key !== '__proto__');
}
