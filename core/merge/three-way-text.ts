// Three-way merge of one text by its lines: edits of both sides are taken where they do not touch, and where they do there
// is no merge. WordPress's editor writes every block delimiter on a line of its own, so lines are blocks' parts, and a merge that
// tears a block apart counts as none. Pure; called by the conflict check of saves.
import { diff3Merge } from 'node-diff3';

/** A merged text, or that there is none. */
export type TextMerge = { readonly kind: 'merged'; readonly text: string } | { readonly kind: 'conflict' };

/** Longer texts are not merged: comparing them could take seconds of everybody's time. */
const MAX_LINES = 20_000;

/** Merges two texts that were both made from `base`. Equal edits on both sides are one edit. */
export function mergeText(base: string, yours: string, theirs: string): TextMerge {
  if (yours === theirs || theirs === base) return { kind: 'merged', text: yours };
  if (yours === base) return { kind: 'merged', text: theirs };
  const sides = [yours, base, theirs].map(splitLines) as [string[], string[], string[]];
  if (sides.some((lines) => lines.length > MAX_LINES)) return { kind: 'conflict' };
  const merged: string[] = [];
  for (const region of diff3Merge(...sides, { excludeFalseConflicts: true })) {
    if (region.ok === undefined) return { kind: 'conflict' };
    merged.push(...region.ok);
  }
  const text = merged.join('');
  const isTorn = !areBlocksClosed(text) && [base, yours, theirs].every(areBlocksClosed);
  return isTorn ? { kind: 'conflict' } : { kind: 'merged', text };
}

// With their ends, so that joining gives the text back byte for byte.
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

const DELIMITER = /<!--\s+(\/)?wp:([a-z][a-z0-9_-]*(?:\/[a-z][a-z0-9_-]*)?)\s[^]*?(\/)?-->/g;

/** Whether every block that is opened is closed, in order. */
export function areBlocksClosed(text: string): boolean {
  const open: string[] = [];
  for (const [, closes, name = '', isVoid] of text.matchAll(DELIMITER)) {
    if (closes !== undefined) {
      if (open.pop() !== name) return false;
    } else if (isVoid === undefined) {
      open.push(name);
    }
  }
  return open.length === 0;
}
