// Puts nulls and errors where document-filter.ts took fields out. Pure.
import { GraphQLError } from 'graphql';
import type { Denial } from './document-filter.js';

type Path = readonly (string | number)[];

interface Walk {
  readonly denials: ReadonlyMap<string, Denial>;
  /** The path of the first place where each denied field was reached. */
  readonly firstPaths: Map<string, Path>;
}

function restoreObject(source: Readonly<Record<string, unknown>>, path: Path, walk: Walk): Record<string, unknown> {
  const target: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(source)) {
    const denial = walk.denials.get(key);
    if (denial === undefined) {
      target[key] = restore(source[key], [...path, key], walk);
      continue;
    }
    // The same key may have been granted through a narrower type condition; what was answered stays.
    if (Object.hasOwn(source, denial.responseKey) || denial.responseKey in target) continue;
    target[denial.responseKey] = null;
    const id = `${denial.responseKey} ${denial.coordinate}`;
    if (!walk.firstPaths.has(id)) walk.firstPaths.set(id, [...path, denial.responseKey]);
  }
  return target;
}

function restore(value: unknown, path: Path, walk: Walk): unknown {
  if (Array.isArray(value)) return value.map((item, index) => restore(item, [...path, index], walk));
  if (typeof value !== 'object' || value === null) return value;
  return restoreObject(value as Record<string, unknown>, path, walk);
}

/**
 * Answers denied fields with null wherever their parent object was reached. Each denied field yields one error, whose path
 * is the first place where it was reached (a list of a hundred items would otherwise repeat it a hundred times); a field
 * whose parent was never reached yields none.
 */
export function restoreDenied(
  answer: Readonly<Record<string, unknown>>,
  denials: ReadonlyMap<string, Denial>,
  describe: (denial: Denial, path: Path) => GraphQLError,
): { readonly value: Record<string, unknown>; readonly errors: readonly GraphQLError[] } {
  const walk: Walk = { denials, firstPaths: new Map() };
  const value = restoreObject(answer, [], walk);
  const errors: GraphQLError[] = [];
  for (const denial of denials.values()) {
    const path = walk.firstPaths.get(`${denial.responseKey} ${denial.coordinate}`);
    if (path !== undefined) errors.push(describe(denial, path));
  }
  return { value, errors };
}
