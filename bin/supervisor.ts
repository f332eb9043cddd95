// Keeps the processes of `start --workers` alive: one that dies is started again, later and later while that goes on. Knows nothing of
// what they do; cluster.ts gives it the way to start one.

/** A process, as far as keeping it goes. */
export interface Kept {
  readonly name: string;
  /** Asks it to end once what it has begun is done. */
  stop(): void;
  kill(): void;
  /** Resolves when it is ready to work. */
  readonly ready: Promise<void>;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
}

export interface SupervisorOptions {
  /** Told of a process that ended unasked, and when another takes its place. */
  readonly lost?: (name: string, how: string, delayMs: number) => void;
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  /** A process that worked for so long was sound: its successor starts as soon as the first would. */
  readonly soundMs?: number;
}

export interface Supervisor {
  /** Starts a process and keeps it; rejects when the first one ends before it is ready. */
  keep(start: () => Kept): Promise<void>;
  /** Asks all to end and waits for it; whoever is left after `patienceMs` is killed. */
  close(patienceMs: number): Promise<void>;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const SOUND_MS = 60_000;

/** Creates a supervisor of nothing yet. */
export function createSupervisor({ lost, firstDelayMs = FIRST_DELAY_MS, maxDelayMs = MAX_DELAY_MS, soundMs = SOUND_MS }: SupervisorOptions = {}): Supervisor {
  const alive = new Set<Kept>();
  const ready = new Set<Kept>();
  const timers = new Set<NodeJS.Timeout>();
  let isClosing = false;

  function run(start: () => Kept, failures: number): Kept {
    const child = start();
    const startedMs = Date.now();
    alive.add(child);
    void child.ready.then(() => ready.add(child));
    void child.ended.then((how) => {
      alive.delete(child);
      ready.delete(child);
      if (isClosing) return;
      const next = Date.now() - startedMs >= soundMs ? 0 : failures;
      const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** next);
      lost?.(child.name, how, delayMs);
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!isClosing) run(start, next + 1);
      }, delayMs);
      timers.add(timer);
    });
    return child;
  }

  return {
    async keep(start) {
      const first = run(start, 0);
      await Promise.race([first.ready, first.ended.then((how) => Promise.reject(new Error(`${first.name} ended while it started (${how})`)))]);
    },
    async close(patienceMs) {
      isClosing = true;
      for (const timer of timers) clearTimeout(timer);
      const ends = Promise.all([...alive].map((child) => child.ended));
      for (const child of alive) {
        if (ready.has(child)) child.stop();
        // It has nothing to finish, and nothing in it would hear.
        else child.kill();
      }
      const timer = setTimeout(() => {
        for (const child of alive) child.kill();
      }, patienceMs);
      await ends;
      clearTimeout(timer);
    },
  };
}
