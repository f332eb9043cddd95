// Speaks with the load driver (bench/load.ts) and turns its rounds into figures.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { packagePath } from '../core/package-root.js';
import type { LoadJob, LoadResult } from './load.js';

export type Round = Extract<LoadResult, { kind: 'measured' }>;

export interface Driver {
  run(job: LoadJob): Promise<Round>;
  stop(): void;
}

/** Starts the driver's process. */
export function startDriver(): Driver {
  const child: ChildProcess = fork(packagePath('dist', 'bench', 'load.js'), { execArgv: [] });
  return {
    async run(job) {
      const over = new AbortController();
      const answer = once(child, 'message', { signal: over.signal }) as Promise<[LoadResult]>;
      const ended = once(child, 'exit', { signal: over.signal }).then(([code]) => Promise.reject(new Error(`the load driver ended with code ${code}`)));
      child.send(job);
      const [result] = await Promise.race([answer, ended]).finally(() => over.abort());
      await Promise.allSettled([answer, ended]);
      if (result.kind === 'failed') throw new Error(`a request under load failed: ${result.message}`);
      return result;
    },
    stop: () => void child.kill(),
  };
}

/** One side of a comparison, over its rounds. */
export interface Figures {
  readonly requestsPerSecond: { readonly median: number; readonly min: number; readonly max: number };
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function figuresOf(rounds: readonly Round[]): Figures {
  const rates = rounds.map((round) => round.requests / round.seconds);
  return {
    requestsPerSecond: { median: rounded(median(rates)), min: rounded(Math.min(...rates)), max: rounded(Math.max(...rates)) },
    p50Ms: rounded(median(rounds.map((round) => round.p50Ms))),
    p99Ms: rounded(median(rounds.map((round) => round.p99Ms))),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export const rounded = (value: number): number => Math.round(value * 100) / 100;
