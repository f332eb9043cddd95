// The order of version numbers as WordPress sites use it, which is that of PHP's version_compare: for updates, for what a plugin
// requires of PHP and WordPress, and for the versions that a vulnerability is in. Pure. The function version_key of the database
// gives texts in the same order; a test holds both to what PHP 8.2 answers.

/** How a word inside a version ranks, by what it begins with and in this order: below the plain release, unless it is a patch level. */
const WORD_RANKS: readonly (readonly [beginning: string, rank: number])[] = [
  ['dev', 1],
  ['a', 2],
  ['b', 3],
  ['RC', 4],
  ['rc', 4],
  ['p', 7],
];
const UNKNOWN_WORD_RANK = 0;
const END_RANK = 5;
const NUMBER_RANK = 6;

type Part = { readonly rank: number; readonly number: number };

/**
 * Compares two versions: negative when `a` is older, positive when it is newer, 0 when equal. Runs of digits compare as
 * numbers; words rank dev, alpha, beta, RC, the release itself, a further number, patch level; other words come first.
 * 7.1.0 is newer than 7.1, as PHP has it. A version without a digit or letter is older than all others.
 */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  if (left.length === 0 || right.length === 0) return Math.sign(left.length - right.length);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const one = left[index] ?? END;
    const other = right[index] ?? END;
    if (one.rank !== other.rank) return one.rank - other.rank;
    if (one.number !== other.number) return one.number - other.number;
  }
  return 0;
}

const END: Part = { rank: END_RANK, number: 0 };

function partsOf(version: string): Part[] {
  const pieces = version.match(/\d+|[A-Za-z]+/g) ?? [];
  return pieces.map((piece) => {
    if (/^\d/.test(piece)) return { rank: NUMBER_RANK, number: Number(piece) };
    return { rank: WORD_RANKS.find(([beginning]) => piece.startsWith(beginning))?.[1] ?? UNKNOWN_WORD_RANK, number: 0 };
  });
}
