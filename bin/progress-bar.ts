// Shows how far a run is: one line that moves on a terminal, a line a module elsewhere.
import type { RunProgress } from '../store/sync-runs.js';

const BAR_WIDTH = 30;

/** The line for a progress: the module at work, how much of it is done, and how many are. */
export function progressLine(progress: RunProgress): string {
  const modules = Object.entries(progress);
  const finished = modules.filter(([, module]) => module.finished).length;
  const [name, at] = modules.find(([, module]) => !module.finished) ?? modules.at(-1) ?? ['', { total: null, done: 0, finished: false }];
  const share = at.total === null || at.total === 0 ? (at.finished ? 1 : 0) : Math.min(1, at.done / at.total);
  const bar = '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
  return `${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${name} ${at.done}${at.total === null ? '' : ` of ${at.total}`} (${finished} parts done)`;
}

export interface ProgressBar {
  show(progress: RunProgress): void;
  end(): void;
}

/** Draws on standard error, so that standard output holds the result alone. */
export function createProgressBar(): ProgressBar {
  const isTerminal = process.stderr.isTTY === true;
  const told = new Set<string>();
  return {
    show(progress) {
      if (isTerminal) process.stderr.write(`\r\x1b[2K${progressLine(progress).slice(0, (process.stderr.columns ?? 80) - 1)}`);
      else {
        const news = Object.entries(progress).filter(([name, { finished }]) => finished && !told.has(name));
        for (const [name, { done }] of news) {
          told.add(name);
          process.stderr.write(`${name}: ${done}\n`);
        }
      }
    },
    end() {
      if (isTerminal) process.stderr.write('\r\x1b[2K');
    },
  };
}
