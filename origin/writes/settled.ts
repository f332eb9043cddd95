// What operations share about time and about outcomes that are read back: how long a call may take, and when the absence of what was
// written proves that it was not written.
import type { Json } from '../../core/changes.js';
import { decideSave, type Fields } from '../../core/merge/three-way-fields.js';
import { refuse } from './answers.js';
import type { Delivery, Failed, Refused, WriteContext } from './operation.js';

export const READ_TIMEOUT_MS = 10_000;
export const WRITE_TIMEOUT_MS = 20_000;
/** A request of ours can still be at work on the site this long after it was sent; only then does its absence prove anything. */
const AT_WORK_MS = 90_000;

/** The time that a call has: its own most, or what is left of the write's. */
export function timeoutOf({ deadlineMs, now }: WriteContext, mostMs: number): number {
  return Math.max(1, Math.min(mostMs, deadlineMs - now().getTime()));
}

/** The site does not have what was written: it was not done, once the site can no longer be at work on it. */
export function absent(context: WriteContext, message: string): Refused | Failed {
  const isFinal = context.now().getTime() - context.dispatchedAt.getTime() > AT_WORK_MS;
  return isFinal ? refuse('SITE_REJECTED', `${message}; it was not done`) : { kind: 'failed', code: 'undecided', message, wasSent: true };
}

/** A refusal to be read says nothing about the write. */
export function asFailed(delivery: Exclude<Delivery, { kind: 'applied' }>): Failed {
  return delivery.kind === 'failed' ? delivery : { kind: 'failed', code: 'undecided', message: delivery.message, wasSent: true };
}

/** What a save is checked against. */
export interface Begun {
  readonly fields: Fields;
  /** What the person began with; null saves without looking. */
  readonly base: Fields | null;
  /** The version that was expected is not the one that is known here: whatever stands against the save is a conflict. */
  readonly isStale: boolean;
}

const NO_TEXTS: ReadonlySet<string> = new Set();

/** Fields that changed on the site since the person began; empty when nothing stands against the save. `now` tells what the site has. */
export function changedSince({ fields, base, isStale }: Begun, now: (field: string) => Json): readonly string[] {
  if (base === null && !isStale) return [];
  // What is not known to have been otherwise counts as unchanged, unless nothing is known of the version at all.
  const begun = isStale ? {} : (base ?? {});
  const theirs = Object.fromEntries(Object.keys(isStale ? fields : begun).map((field) => [field, now(field)]));
  return decideSave({ policy: 'FAIL', base: begun, yours: fields, theirs, texts: NO_TEXTS }).theirChanges;
}
