// Which rows are chosen: 'all' of those that are there, or some by their ids. Pure; the pages keep the answer.
import type { Selection } from 'react-aria-components';

export const isChosen = (selected: Selection, id: string): boolean => selected === 'all' || selected.has(id);

export const chosenCount = (selected: Selection, of: number): number => (selected === 'all' ? of : selected.size);

/** `ids` are asked for only when all were chosen and one is taken out. */
export function toggled(selected: Selection, ids: () => readonly string[], id: string): Selection {
  if (selected === 'all') return new Set(ids().filter((one) => one !== id));
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** With everything between two rows, whichever comes first. */
export function withRange(selected: Selection, ids: readonly string[], from: number, to: number): Selection {
  if (selected === 'all') return 'all';
  return new Set([...selected, ...ids.slice(Math.min(from, to), Math.max(from, to) + 1)]);
}
