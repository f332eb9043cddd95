// What an import remembers from page to page and from run to run: the cursor of a sync_run. Read back tolerantly, so that a
// cursor of another version only means to begin again.
import { z } from 'zod';
import type { Json } from '../../core/changes.js';

/** `FULL` reads everything; `POLL` what changed since. */
export type ImportMode = 'FULL' | 'POLL';

const capabilities = z.record(z.string(), z.boolean());

const linkFacts = z.object({
  structure: z.string().nullable(), categoryBase: z.string().nullable(), tagBase: z.string().nullable(), rewrites: z.record(z.string(), z.json()),
});

const shape = z.object({
  version: z.literal(1),
  mode: z.enum(['FULL', 'POLL']),
  /** True when the run that wrote it came to its end. */
  finished: z.boolean(),
  /** The site's clock when the run began: what the next poll asks for begins there. ISO-8601. */
  startedAt: z.string(),
  /** What a poll asks for begins here; null while a first reading is under way. */
  since: z.string().nullable(),
  /** When everything was read last, by our clock. */
  lastFullAt: z.string().nullable(),
  /** Lists that this run is done with, and how far it is in the next one. */
  done: z.array(z.string()),
  at: z.object({ name: z.string(), page: z.number() }).nullable(),
  /** What people showed of roles. */
  roles: z.record(z.string(), capabilities),
  /** By list and page, a digest of what it said: the same again is not written again. */
  digests: z.record(z.string(), z.string()),
  /** The site's place in its change log at the end of the run. */
  sequence: z.number(),
  warnings: z.array(z.string()),
  /** What the links of a whole reading told of how addresses are made. */
  links: linkFacts.nullable(),
});

export type ImportState = z.output<typeof shape>;

/** Reads a cursor; null when it is none of ours. */
export function readState(cursor: Json | null): ImportState | null {
  const parsed = shape.safeParse(cursor);
  return parsed.success ? parsed.data : null;
}

/** After this long everything is read again: what leaves no trace in dates is found then. */
export const FULL_EVERY_MS = 24 * 3600 * 1000;
/** Dates are whole seconds and requests overlap, so that polls do. */
export const OVERLAP_MS = 120_000;

/** The state that a run begins with: an interrupted one goes on, a finished one is polled, and read whole once a day. */
export function beginState(previous: ImportState | null, siteTimeMs: number, nowMs: number, sequence: number, isWholeWanted: boolean): ImportState {
  if (previous !== null && !previous.finished) return previous;
  const startedAt = new Date(siteTimeMs).toISOString();
  const isDue = isWholeWanted || previous === null || previous.lastFullAt === null || nowMs - Date.parse(previous.lastFullAt) >= FULL_EVERY_MS;
  const isUntouched = previous !== null && previous.sequence === sequence;
  return {
    version: 1,
    mode: isDue ? 'FULL' : 'POLL',
    finished: false,
    startedAt,
    since: previous === null ? null : new Date(Date.parse(previous.startedAt) - OVERLAP_MS).toISOString(),
    lastFullAt: previous?.lastFullAt ?? null,
    done: [],
    at: null,
    roles: isDue ? {} : (previous?.roles ?? {}),
    // Something else wrote meanwhile: what was said before must be said again.
    digests: isUntouched && !isDue ? previous.digests : {},
    sequence,
    warnings: [],
    links: isDue ? null : (previous?.links ?? null),
  };
}
