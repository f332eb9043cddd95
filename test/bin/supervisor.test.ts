import { describe, expect, it } from 'vitest';
import { createLockTable } from '../../bin/lock-table.js';
import { createSupervisor, type Kept } from '../../bin/supervisor.js';

interface Child extends Kept {
  readonly asked: string[];
  becomeReady(): void;
  die(how: string): void;
}

function child(name: string): Child {
  const asked: string[] = [];
  let becomeReady = (): void => undefined;
  let die = (_how: string): void => undefined;
  const ready = new Promise<void>((resolve) => (becomeReady = resolve));
  const ended = new Promise<string>((resolve) => (die = resolve));
  return {
    name, asked, ready, ended, becomeReady: () => becomeReady(), die: (how) => die(how),
    stop() {
      asked.push('stop');
      die('code 0');
    },
    kill() {
      asked.push('kill');
      die('SIGKILL');
    },
  };
}

describe('a supervisor', () => {
  it('starts a process that died again, twice as late each time, and at once again after one that was sound', async () => {
    const started: Child[] = [];
    const delays: number[] = [];
    let isStarted = (): void => undefined;
    const supervisor = createSupervisor({ firstDelayMs: 2, maxDelayMs: 10, soundMs: 10_000, lost: (_name, _how, delayMs) => delays.push(delayMs) });
    const next = (): Promise<void> => new Promise((resolve) => (isStarted = resolve));
    const kept = supervisor.keep(() => {
      const made = child('worker 1');
      started.push(made);
      isStarted();
      return made;
    });
    started[0]?.becomeReady();
    await kept;
    for (let lives = 0; lives < 4; lives += 1) {
      const again = next();
      started.at(-1)?.die('SIGKILL');
      await again;
    }
    expect(delays).toEqual([2, 4, 8, 10]);
    started.at(-1)?.becomeReady();
    await started.at(-1)?.ready;
    await supervisor.close(60_000);
    expect(started.map(({ asked }) => asked)).toEqual([[], [], [], [], ['stop']]);
    expect(delays).toHaveLength(4);
  });

  it('tells of a process that ends before it is ready, and does not wait for one that is not', async () => {
    const supervisor = createSupervisor({ firstDelayMs: 1 });
    const broken = child('worker 1');
    const kept = supervisor.keep(() => broken);
    broken.die('code 1');
    await expect(kept).rejects.toThrow('worker 1 ended while it started (code 1)');
    const slow = child('worker 2');
    void supervisor.keep(() => slow).catch(() => undefined);
    await supervisor.close(60_000);
    expect(slow.asked).toEqual(['kill']);
  });

  it('kills what does not end in the time that it is given', async () => {
    const supervisor = createSupervisor();
    const deaf = { ...child('worker 1'), stop: () => undefined };
    const kept = supervisor.keep(() => deaf);
    deaf.becomeReady();
    await kept;
    await supervisor.close(5);
    expect(deaf.asked).toEqual(['kill']);
  });
});

describe('the locks of a machine', () => {
  it('go to one process after the other, in order, and each is asked to give way', () => {
    const told: string[] = [];
    const table = createLockTable({ locked: (process, ticket) => told.push(`locked ${process}/${ticket}`), giveWay: (process, ticket) => told.push(`give way ${process}/${ticket}`) });
    table.lock(1, 1, 'a');
    table.lock(2, 1, 'a');
    table.lock(3, 1, 'a');
    table.lock(3, 2, 'b');
    expect(told.splice(0)).toEqual(['locked 1/1', 'give way 1/1', 'give way 1/1', 'locked 3/2']);
    table.unlock(1, 1);
    expect(told.splice(0)).toEqual(['locked 2/1', 'give way 2/1']);
    table.unlock(3, 1);
    table.unlock(2, 1);
    expect(told.splice(0)).toEqual([]);
    table.lock(1, 2, 'a');
    expect(told.splice(0)).toEqual(['locked 1/2']);
  });

  it('are given back by a process that dies', () => {
    const told: string[] = [];
    const table = createLockTable({ locked: (process, ticket) => told.push(`locked ${process}/${ticket}`), giveWay: () => undefined });
    table.lock(1, 1, 'a');
    table.lock(1, 2, 'a');
    table.lock(2, 1, 'a');
    told.length = 0;
    table.gone(1);
    expect(told).toEqual(['locked 2/1']);
  });
});
