// The order of version numbers as WordPress sites use it: for updates, and for what a plugin requires of PHP and WordPress.
// Pure; called by the projection of plugins and themes and by the extensions subgraph.

/** How a word inside a version ranks: below the plain release, unless it is a patch level. */
const WORD_RANKS: readonly (readonly [word: string, rank: number])[] = [
  ['dev', 1],
  ['alpha', 2],
  ['a', 2],
  ['beta', 3],
  ['b', 3],
  ['rc', 4],
  ['patch', 7],
  ['pl', 7],
  ['p', 7],
];
const UNKNOWN_WORD_RANK = 0;
const END_RANK = 5;
const NUMBER_RANK = 6;

type Part = { readonly rank: number; readonly number: number };

/**
 * Compares two versions: negative when `a` is older, positive when it is newer, 0 when equal. Runs of digits compare as
 * numbers; words rank dev, alpha, beta, RC, the release itself, a further number, patch level; other words come first.
 */
export function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
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
  const pieces = version.toLowerCase().match(/\d+|[a-z]+/g) ?? [];
  return pieces.map((piece) => {
    if (/^\d/.test(piece)) return { rank: NUMBER_RANK, number: Number(piece) };
    return { rank: WORD_RANKS.find(([word]) => word === piece)?.[1] ?? UNKNOWN_WORD_RANK, number: 0 };
  });
}
