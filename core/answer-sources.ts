// What an answer was made of, so that it can be given again for exactly as long as it would come out the same. Reads tell here what they
// took from the cache (store/cache/), or that they took what nobody watches: rows past the cache, a site's own answer, another process. The
// clock is read through `currentTime`. Told to whoever gathers (gateway/shared-answers.ts); where nobody does, telling costs nothing.
import { AsyncLocalStorage } from 'node:async_hooks';

/** A value that is taken away when what it was made of changes. */
export interface Source {
  readonly isHeld: boolean;
}

/** What a piece of work took so far. */
interface Gathering {
  readonly sources: Set<Source>;
  isWatched: boolean;
  /** Epoch milliseconds from which the clock may tell otherwise. */
  until: number;
}

/** Tells whether the same work would come out the same now. */
export type IsCurrent = () => boolean;

/** How coarse the clock of what is read is: an answer that looked at it is given again for this long. */
const CLOCK_GRAIN_MS = 1_000;

const gatherings = new AsyncLocalStorage<Gathering | null>();

/** Does work and tells how long its value holds; `isCurrent` is null when that cannot be known. Work that took nothing is not trusted to depend on nothing. */
export async function gatherSources<Value>(work: () => Promise<Value>): Promise<{ readonly value: Value; readonly isCurrent: IsCurrent | null }> {
  const gathering: Gathering = { sources: new Set(), isWatched: true, until: Number.POSITIVE_INFINITY };
  const value = await gatherings.run(gathering, work);
  const { isWatched, until } = gathering;
  const sources = [...gathering.sources];
  const isCurrent = (): boolean => {
    for (const source of sources) if (!source.isHeld) return false;
    return until === Number.POSITIVE_INFINITY || Date.now() < until;
  };
  return { value, isCurrent: isWatched && sources.length > 0 && isCurrent() ? isCurrent : null };
}

/** Tells that the work under way took a value that is watched. */
export function tookSource(source: Source): void {
  gatherings.getStore()?.sources.add(source);
}

/** Tells that the work under way took something that nobody watches, so that its outcome is never given again. */
export function tookUnwatched(): void {
  const gathering = gatherings.getStore();
  if (gathering) gathering.isWatched = false;
}

/** Does what is told of as one source by whoever calls this. */
export function untold<Value>(work: () => Value): Value {
  return gatherings.run(null, work);
}

/** The clock for whatever is read: fields that depend on the time of day ask here. */
export function currentTime(): Date {
  const nowMs = Date.now();
  const gathering = gatherings.getStore();
  if (gathering) gathering.until = Math.min(gathering.until, nowMs + CLOCK_GRAIN_MS);
  return new Date(nowMs);
}
