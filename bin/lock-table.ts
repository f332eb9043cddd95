// Locks of names across the processes of one machine, in order of arrival: who holds a name is asked to give way when another wants it.
// Held by the primary of `start --workers`; a process that dies holds nothing any more.

interface Holder {
  readonly process: number;
  readonly ticket: number;
}

export interface LockTable {
  lock(process: number, ticket: number, name: string): void;
  unlock(process: number, ticket: number): void;
  /** Gives back all that a process held or waited for. */
  gone(process: number): void;
}

export interface LockTableOptions {
  locked(process: number, ticket: number): void;
  giveWay(process: number, ticket: number): void;
}

/** Creates an empty table. */
export function createLockTable({ locked, giveWay }: LockTableOptions): LockTable {
  /** The first of a queue holds the name. */
  const queues = new Map<string, Holder[]>();

  const leave = (isMeant: (holder: Holder) => boolean): void => {
    for (const [name, queue] of queues) {
      const before = queue[0];
      const left = queue.filter((holder) => !isMeant(holder));
      const [first, second] = left;
      if (first) queues.set(name, left);
      else queues.delete(name);
      if (!first || first === before) continue;
      locked(first.process, first.ticket);
      if (second) giveWay(first.process, first.ticket);
    }
  };

  return {
    lock(process, ticket, name) {
      const queue = queues.get(name);
      const holder = queue?.[0];
      if (!queue || !holder) {
        queues.set(name, [{ process, ticket }]);
        locked(process, ticket);
        return;
      }
      queue.push({ process, ticket });
      giveWay(holder.process, holder.ticket);
    },
    unlock: (process, ticket) => leave((holder) => holder.process === process && holder.ticket === ticket),
    gone: (process) => leave((holder) => holder.process === process),
  };
}
