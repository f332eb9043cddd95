// Reads one list: page by page, or what changed of it, and what is gone. Knows no kind of row; the listing does.
import type { DomainChange } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import type { Queryable } from '../../store/database.js';
import type { Listing } from './listing.js';
import { idsOf } from './listing.js';
import { PAGE_SIZE, type Answer, type SiteReader } from './reader.js';
import type { ImportState } from './state.js';

/** How far each module is; `total` is null while the site did not say. */
export type Progress = Readonly<Record<string, { readonly total: number | null; readonly done: number; readonly finished: boolean }>>;

/** What the parts of one run share. */
export interface Work {
  readonly reader: SiteReader;
  readonly state: ImportState;
  readonly db: Queryable;
  readonly progress: Record<string, Progress[string]>;
  /** Applies what a page says, unless it said the same before. */
  apply(key: string, changes: readonly DomainChange[], rev: Rev): Promise<void>;
  save(): Promise<void>;
  warn(text: string): void;
  mayGoOn(): boolean;
}

/** A list without dates of change is read whole at every poll while it is at most this long, else its newest page. */
const SHORT_LIST = 1000;

type Refresh = (postIds: readonly number[]) => Promise<void>;

/** Takes a list in as the run's mode wants it; false when the run must pause before its end. */
export async function takeIn(work: Work, listing: Listing, refreshPosts: Refresh): Promise<boolean> {
  const since = work.state.mode === 'POLL' ? work.state.since : null;
  if (since === null) return (await readPages(work, listing, {})) !== 'paused' && reconcile(work, listing, refreshPosts);
  if (listing.knowsModified) {
    const read = await readPages(work, listing, { modified_after: since });
    return read === 'refused' || (read !== 'paused' && reconcile(work, listing, refreshPosts));
  }
  const total = await countOf(work, listing);
  if (total === null) return true;
  if (total <= SHORT_LIST) {
    const read = await readPages(work, listing, {});
    return read !== 'paused' && reconcile(work, listing, refreshPosts);
  }
  const newest = await ask(work, listing, { ...listing.query, order: 'desc', per_page: PAGE_SIZE });
  if (newest !== null) await applyRows(work, listing, `${listing.name}:newest`, newest);
  return reconcile(work, listing, refreshPosts);
}

/** Reads the pages of a list from where the cursor stands. */
async function readPages(work: Work, listing: Listing, extra: Readonly<Record<string, string>>): Promise<'done' | 'paused' | 'refused'> {
  const { state } = work;
  const isWhole = Object.keys(extra).length === 0;
  for (let page = state.at?.name === listing.name ? state.at.page : 1; ; page += 1) {
    if (page > 1 && !work.mayGoOn()) return 'paused';
    const answer = await ask(work, listing, { ...listing.query, ...extra, per_page: PAGE_SIZE, page });
    if (answer === null) return 'refused';
    await applyRows(work, listing, isWhole ? `${listing.name}:${page}` : `${listing.name}:changed`, answer);
    const rows = rowsOf(answer);
    const done = (page - 1) * PAGE_SIZE + rows.length;
    work.progress[listing.module] = { total: answer.total, done, finished: false };
    if (answer.pages === null ? rows.length < PAGE_SIZE : page >= answer.pages) return 'done';
    state.at = { name: listing.name, page: page + 1 };
    await work.save();
  }
}

/** Reads rows again by their ids. */
export async function refresh(work: Work, listing: Listing, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (let start = 0; start < ids.length; start += PAGE_SIZE) {
    const answer = await ask(work, listing, { ...listing.query, include: ids.slice(start, start + PAGE_SIZE).join(','), per_page: PAGE_SIZE });
    if (answer === null) return new Set(ids);
    for (const id of await applyRows(work, listing, `${listing.name}:again`, answer)) found.add(id);
  }
  return found;
}

/**
 * Makes the store hold exactly the rows that the list has. A poll is content when the counts agree; else, and after a whole
 * reading of several pages (which shift while they are read), all ids are read, and what is on one side alone is asked for by
 * id before anything is concluded.
 */
async function reconcile(work: Work, listing: Listing, refreshPosts: Refresh): Promise<boolean> {
  const stored = await listing.storedIds(work.db);
  const total = await countOf(work, listing);
  if (total === null || (total === stored.length && (work.state.mode === 'POLL' || total <= PAGE_SIZE))) return true;
  const listed = await readAllIds(work, listing);
  if (listed === null) return false;
  const held = new Set(stored);
  const missing = [...listed].filter((id) => !held.has(id));
  await refresh(work, listing, missing);
  const doubtful = stored.filter((id) => !listed.has(id));
  const present = await refresh(work, listing, doubtful);
  const gone = doubtful.filter((id) => !present.has(id));
  if (gone.length === 0) return true;
  const affected = (await listing.affectedPosts?.(work.db, gone)) ?? [];
  const answer = await ask(work, listing, { ...listing.query, per_page: 1, page: 1 });
  if (answer === null) return true;
  await work.apply(`${listing.name}:gone`, gone.flatMap((id) => listing.remove(id, answer.rev)), answer.rev);
  await refreshPosts(affected);
  return true;
}

/** Every id of the list; null when the run must pause, and then the reading begins again. */
async function readAllIds(work: Work, listing: Listing): Promise<Set<number> | null> {
  const found = new Set<number>();
  for (let page = 1; ; page += 1) {
    if (page > 1 && !work.mayGoOn()) return null;
    const asked = await work.reader.ask(listing.route, { ...listing.query, per_page: PAGE_SIZE, page, _fields: 'id' });
    if (asked.kind === 'refused') return null;
    for (const id of idsOf(rowsOf(asked.answer))) found.add(id);
    const { pages } = asked.answer;
    if (pages === null ? rowsOf(asked.answer).length < PAGE_SIZE : page >= pages) return found;
  }
}

async function countOf(work: Work, listing: Listing): Promise<number | null> {
  const asked = await work.reader.ask(listing.route, { ...listing.query, per_page: 1, _fields: 'id' });
  if (asked.kind === 'answer') return asked.answer.total;
  work.warn(asked.message);
  return null;
}

async function ask(work: Work, listing: Listing, query: Readonly<Record<string, string | number | boolean>>): Promise<Answer | null> {
  const asked = await work.reader.ask(listing.route, { ...query, _fields: listing.fields.join(',') });
  if (asked.kind === 'answer') return asked.answer;
  work.warn(asked.message);
  return null;
}

async function applyRows(work: Work, listing: Listing, key: string, answer: Answer): Promise<readonly number[]> {
  const { ids, changes } = await listing.decode(work.db, rowsOf(answer), answer.rev);
  await work.apply(key, changes, answer.rev);
  return ids;
}

function rowsOf(answer: Answer): readonly unknown[] {
  return Array.isArray(answer.body) ? answer.body : [];
}
