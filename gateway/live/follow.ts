// The results of one subscription: a first answer, then one whenever there is news and the answer differs, to the end of what is
// followed, of the connection or of its time. Who asks is asked again before each answer, so that a revoked token ends it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';

export interface Followed {
  /** Yields at once and then whenever there may be news; ends with what is followed. */
  news(signal: AbortSignal): AsyncIterable<void>;
  answer(): Promise<ExecutionResult>;
  readonly maxMs: number;
  /** Least time between two answers. */
  readonly paceMs: number;
  /** Called once, however it ends. */
  ended(): void;
}

/** The stream of answers. Its `return` ends it at once, also while it waits. */
export function follow(followed: Followed): AsyncGenerator<ExecutionResult, void, undefined> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), followed.maxMs);
  const inner = answers(followed, stop.signal);
  let isEnded = false;
  const finish = (): void => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(timer);
    stop.abort();
    followed.ended();
  };
  const through = async (step: Promise<IteratorResult<ExecutionResult, void>>): Promise<IteratorResult<ExecutionResult, void>> => {
    try {
      const result = await step;
      if (result.done === true) finish();
      return result;
    } catch (error) {
      finish();
      throw error;
    }
  };
  return {
    next: () => through(inner.next()),
    async return() {
      finish();
      return through(inner.return(undefined));
    },
    throw: (error: unknown) => through(inner.throw(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* answers({ news, answer, paceMs }: Followed, signal: AbortSignal): AsyncGenerator<ExecutionResult, void, undefined> {
  let previous = '';
  for await (const _news of news(signal)) {
    if (signal.aborted) return;
    const result = await answer();
    const text = JSON.stringify(result);
    if (text !== previous) yield result;
    previous = text;
    if (result.data === null || result.data === undefined) return;
    await sleep(paceMs, undefined, { signal }).catch(() => undefined);
  }
}
