// Requests that are equal to the last byte, from one viewer, are answered once: when they come together (a page that many open at the same
// moment), and for as long as nothing changes that the answer was made of, where answers are kept. Only queries that were answered
// without errors before are shared; whoever joined one that then fails asks for himself, so that each error names the request that met
// it. Called by server.ts.
import type { Viewer } from '../auth/viewer.js';
import { gatherSources } from '../core/answer-sources.js';
import { createBoundedCache } from './execution/bounded-cache.js';
import { createKeptAnswers, type KeptAnswers } from './kept-answers.js';
import { createSharedRuns } from './shared-runs.js';

/** An answer over HTTP as it is sent. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: string | Buffer;
  /** Whether the operation was a query and nothing went wrong. */
  readonly isPlainQuery: boolean;
}

/** Requests that are known; with the longest text below that is some 8 MB at most. */
const KNOWN_MAX = 500;
const TEXT_MAX = 8192;

export type ShareAnswer = (viewer: Viewer, text: string, answer: () => Promise<HttpAnswer>) => Promise<HttpAnswer>;

/** Creates the sharing of one server. `text` must hold all of a request that its answer depends on, but for the viewer. */
export function createSharedAnswers(kept: KeptAnswers = createKeptAnswers(0)): ShareAnswer {
  const known = createBoundedCache<true>(KNOWN_MAX);
  const runs = createSharedRuns<HttpAnswer>();
  const alone = async (text: string, answer: () => Promise<HttpAnswer>): Promise<HttpAnswer> => {
    const own = await answer();
    if (own.isPlainQuery) known.set(text, true);
    return own;
  };
  return async (viewer, text, answer) => {
    if (text.length > TEXT_MAX) return answer();
    const before = kept.find(viewer, text);
    if (before) return before;
    if (known.get(text) === undefined) return alone(text, answer);
    const { outcome, isOwn } = await runs.run(viewer, text, async () => {
      const { value, isCurrent } = await gatherSources(answer);
      return value.isPlainQuery && isCurrent ? kept.keep(viewer, text, value, isCurrent) : value;
    });
    if (outcome.isPlainQuery) return outcome;
    known.delete(text);
    return isOwn ? outcome : alone(text, answer);
  };
}
