// What to do when the thing that is saved is no longer what the editor began with: field by field, base, yours and theirs.
// Pure; the mutations decide with it before a site is asked to change anything.
import type { Json } from '../changes.js';
import { mergeText } from './three-way-text.js';

export type ConflictPolicy = 'FAIL' | 'MERGE_DISJOINT' | 'OVERWRITE';

/** Values by field. A field that is absent from `base` is one whose beginning is not known. */
export type Fields = Readonly<Record<string, Json>>;

export interface FieldConflict {
  readonly field: string;
  /** Null also when it is not known. */
  readonly base: Json;
  readonly yours: Json;
  readonly theirs: Json;
}

export interface SaveDecision {
  /** What to send: equal to `yours` unless texts were merged; null when nothing may be sent. */
  readonly send: Fields | null;
  /** Fields that changed there since the base, whether or not they are saved. */
  readonly theirChanges: readonly string[];
  /** Fields where the two sides cannot both be had. */
  readonly conflicts: readonly FieldConflict[];
  /** What a merge would send; null when it cannot be merged. */
  readonly merged: Fields | null;
}

export interface SaveInput {
  readonly policy: ConflictPolicy;
  readonly base: Fields;
  readonly yours: Fields;
  readonly theirs: Fields;
  /** Fields whose texts merge by lines. */
  readonly texts: ReadonlySet<string>;
}

/** Decides a save. With nothing changed on the other side, what is saved is sent as it is. */
export function decideSave({ policy, base, yours, theirs, texts }: SaveInput): SaveDecision {
  const theirChanges = Object.keys(theirs).filter((field) => (field in base ? !equal(base[field], theirs[field]) : field in yours && !equal(yours[field], theirs[field])));
  if (theirChanges.length === 0) return { send: yours, theirChanges, conflicts: [], merged: yours };
  const merged: Record<string, Json> = {};
  const conflicts: FieldConflict[] = [];
  for (const [field, value] of Object.entries(yours)) {
    const result = mergeField(field, base, value, theirs, theirChanges, texts);
    if (result.isConflict) conflicts.push({ field, base: base[field] ?? null, yours: value, theirs: theirs[field] ?? null });
    else if (!equal(result.value, theirs[field])) merged[field] = result.value;
  }
  const whole = conflicts.length === 0 ? merged : null;
  const send = policy === 'OVERWRITE' ? yours : policy === 'MERGE_DISJOINT' ? whole : null;
  return { send, theirChanges, conflicts, merged: whole };
}

function mergeField(
  field: string, base: Fields, yours: Json, theirs: Fields, theirChanges: readonly string[], texts: ReadonlySet<string>,
): { readonly isConflict: boolean; readonly value: Json } {
  const other = theirs[field] ?? null;
  if (!theirChanges.includes(field) || equal(yours, other)) return { isConflict: false, value: yours };
  const begun = base[field];
  if (begun === undefined) return { isConflict: true, value: yours };
  // A field that is sent along unchanged is no edit: theirs stands.
  if (equal(yours, begun)) return { isConflict: false, value: other };
  if (texts.has(field) && typeof begun === 'string' && typeof yours === 'string' && typeof other === 'string') {
    const result = mergeText(begun, yours, other);
    if (result.kind === 'merged') return { isConflict: false, value: result.text };
  }
  return { isConflict: true, value: yours };
}

/** Equal values; objects whatever the order of their members. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a);
  return left.length === Object.keys(b).length && left.every(([key, value]) => equal(value as Json, (b as Record<string, Json>)[key]));
}
