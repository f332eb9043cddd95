// Whole answers of one viewer, bounded in bytes and given again while nothing they were made of has changed (core/answer-sources.ts). Whether
// that is so is looked at when an answer is asked for; what is outdated is forgotten then, or when room is needed. Called by shared-answers.ts.
import { createHash } from 'node:crypto';
import { encodeViewer, type Viewer } from '../auth/viewer.js';
import type { IsCurrent } from '../core/answer-sources.js';
import type { HttpAnswer } from './shared-answers.js';

export interface KeptAnswersStats {
  readonly hits: number;
  readonly entries: number;
  readonly bytes: number;
}

export interface KeptAnswers {
  readonly stats: KeptAnswersStats;
  /** The answer of an equal request of an equal viewer; undefined when there is none that would still come out the same. */
  find(viewer: Viewer, text: string): HttpAnswer | undefined;
  /** Keeps an answer, and returns it in the form in which it will be given. */
  keep(viewer: Viewer, text: string, answer: HttpAnswer, isCurrent: IsCurrent): HttpAnswer;
}

interface Kept {
  readonly answer: HttpAnswer;
  readonly isCurrent: IsCurrent;
  readonly bytes: number;
}

/** Answers above this share of the room are not kept: one of them would push out too much. */
const LARGEST_SHARE = 1 / 8;
/** An answer's objects, its headers and the list of what it was made of. */
const KEPT_BYTES = 2_000;

/** Creates a cache of at most `maxBytes`. */
export function createKeptAnswers(maxBytes: number): KeptAnswers {
  // In the order of their last use.
  const kept = new Map<string, Kept>();
  // Equal viewers are one, whichever request they came with; all of a viewer is in its key, so nobody is given what another may see.
  const names = new WeakMap<Viewer, string>();
  let bytes = 0;
  let hits = 0;

  function keyOf(viewer: Viewer, text: string): string {
    let name = names.get(viewer);
    if (name === undefined) names.set(viewer, (name = createHash('sha256').update(encodeViewer(viewer)).digest('base64')));
    return name + text;
  }

  function forget(key: string, { bytes: size }: Kept): void {
    kept.delete(key);
    bytes -= size;
  }

  return {
    get stats() {
      return { hits, entries: kept.size, bytes };
    },
    find(viewer, text) {
      const key = keyOf(viewer, text);
      const known = kept.get(key);
      if (known === undefined) return undefined;
      if (!known.isCurrent()) {
        forget(key, known);
        return undefined;
      }
      kept.delete(key);
      kept.set(key, known);
      hits += 1;
      return known.answer;
    },
    keep(viewer, text, answer, isCurrent) {
      const body = Buffer.from(answer.body);
      const key = keyOf(viewer, text);
      const size = body.byteLength + 2 * key.length + KEPT_BYTES;
      const before = kept.get(key);
      if (before) forget(key, before);
      if (size > maxBytes * LARGEST_SHARE) return answer;
      const entry = { answer: { ...answer, headers: [...answer.headers], body }, isCurrent, bytes: size };
      kept.set(key, entry);
      bytes += size;
      for (const [oldest, one] of kept) {
        if (bytes <= maxBytes) break;
        forget(oldest, one);
      }
      return entry.answer;
    },
  };
}
