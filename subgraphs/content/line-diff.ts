// What differs between two texts, by line. Called by Revision.diff. Bounded: texts too long to compare line by line are
// told as one change.

/** `RevisionHunk` of the schema. */
export interface HunkModel {
  readonly field: string;
  readonly op: 'ADDED' | 'REMOVED' | 'CHANGED';
  readonly oldText: string | null;
  readonly newText: string | null;
}

/** Lines compared with lines: beyond this many pairs the middle is told as one change. */
const MAX_PAIRS = 1_000_000;

/** The hunks that lead from `before` to `after`; none when they are equal. */
export function diffLines(field: string, before: string, after: string): HunkModel[] {
  if (before === after) return [];
  const old = before === '' ? [] : before.split('\n');
  const next = after === '' ? [] : after.split('\n');
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < next.length - head && old[old.length - 1 - tail] === next[next.length - 1 - tail]) tail += 1;
  const oldMiddle = old.slice(head, old.length - tail);
  const newMiddle = next.slice(head, next.length - tail);
  if (oldMiddle.length * newMiddle.length > MAX_PAIRS) return [hunk(field, oldMiddle, newMiddle)];
  return walk(field, oldMiddle, newMiddle);
}

function hunk(field: string, old: readonly string[], next: readonly string[]): HunkModel {
  const op = old.length === 0 ? 'ADDED' : next.length === 0 ? 'REMOVED' : 'CHANGED';
  return { field, op, oldText: old.length === 0 ? null : old.join('\n'), newText: next.length === 0 ? null : next.join('\n') };
}

/** The longest common subsequence, walked from the front. */
function walk(field: string, old: readonly string[], next: readonly string[]): HunkModel[] {
  const width = next.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = next.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = old[i] === next[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const hunks: HunkModel[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    if (removed.length > 0 || added.length > 0) hunks.push(hunk(field, removed, added));
    removed = [];
    added = [];
  };
  let i = 0;
  let j = 0;
  while (i < old.length || j < next.length) {
    if (i < old.length && j < next.length && old[i] === next[j]) {
      flush();
      i += 1;
      j += 1;
    } else if (j >= next.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      removed.push(old[i] ?? '');
      i += 1;
    } else {
      added.push(next[j] ?? '');
      j += 1;
    }
  }
  flush();
  return hunks;
}
