// Requests that are equal to the last byte, from one viewer, are answered once when they come together: a page that many open at the same
// moment, a client that asks twice. Only queries that were answered without errors before are shared; whoever joined one that then fails
// asks for himself, so that each error names the request that met it. Called by server.ts.
import type { Viewer } from '../auth/viewer.js';
import { createBoundedCache } from './execution/bounded-cache.js';
import { createSharedRuns } from './shared-runs.js';

/** An answer over HTTP as it is sent. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
  readonly text: string;
  /** Whether the operation was a query and nothing went wrong. */
  readonly isPlainQuery: boolean;
}

/** Requests that are known; with the longest text below that is some 8 MB at most. */
const KNOWN_MAX = 500;
const TEXT_MAX = 8192;

export type ShareAnswer = (viewer: Viewer, text: string, answer: () => Promise<HttpAnswer>) => Promise<HttpAnswer>;

/** Creates the sharing of one server. `text` must hold all of a request that its answer depends on, but for the viewer. */
export function createSharedAnswers(): ShareAnswer {
  const known = createBoundedCache<true>(KNOWN_MAX);
  const runs = createSharedRuns<HttpAnswer>();
  const alone = async (text: string, answer: () => Promise<HttpAnswer>): Promise<HttpAnswer> => {
    const own = await answer();
    if (own.isPlainQuery) known.set(text, true);
    return own;
  };
  return async (viewer, text, answer) => {
    if (text.length > TEXT_MAX) return answer();
    if (known.get(text) === undefined) return alone(text, answer);
    const { outcome, isOwn } = await runs.run(viewer, text, answer);
    if (outcome.isPlainQuery) return outcome;
    known.delete(text);
    return isOwn ? outcome : alone(text, answer);
  };
}
