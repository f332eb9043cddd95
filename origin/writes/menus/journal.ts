// What a save of a menu writes down before its first change: what the menu was, which new items exist, and which way it goes, so that
// whoever finds it open can finish it or take it back.
import type { Json } from '../../../core/changes.js';
import { keepJournal, readJournal } from '../../../store/write-journal.js';
import type { WriteContext } from '../operation.js';
import type { HeldItem, HeldMenu, Locations } from './menu.js';

export type Journal = {
  /** Null while a new menu is not known to exist. */
  readonly menuId: number | null;
  /** Null for a new menu. */
  readonly before: { readonly menu: HeldMenu; readonly items: readonly HeldItem[] } | null;
  /** The locations as they were; null when the save does not touch them. */
  readonly locations: Locations | null;
  /** Ids of new items by their place in the list. */
  readonly created: { readonly [place: string]: number };
  readonly goal: 'new' | 'old';
  /** Calls whose outcome was not known, and when the last of them was made, in ms since 1970. */
  readonly lost: number;
  readonly lostAt: number | null;
  /** Why it goes back. */
  readonly why: { readonly code: string; readonly message: string } | null;
};

export async function keep(context: WriteContext, journal: Journal): Promise<boolean> {
  return keepJournal(context.store, context.siteId, context.writeId, journal as Json);
}

export async function findJournal(context: WriteContext): Promise<Journal | null> {
  return (await readJournal(context.store, context.siteId, context.writeId)) as Journal | null;
}

/** What new items (with their place after it) and a new menu carry in their description until they are in use. */
export const markOf = ({ writeId }: Pick<WriteContext, 'writeId'>): string => `sitegraph:${writeId}:`;

export const createdOf = (journal: Journal): Map<number, number> => new Map(Object.entries(journal.created).map(([place, id]) => [Number(place), id]));
