// At most so many calls to one site at once, the others waiting in order, each until its own deadline. Called by site-gate.ts.

export interface Limiter {
  /** Waits for a place: 'full' when too many wait already, 'late' when the deadline (`performance.now()`) passed first. */
  enter(deadline: number): Promise<'entered' | 'full' | 'late'>;
  /** Gives the place up; exactly once for each 'entered'. */
  leave(): void;
  isIdle(): boolean;
}

/** Creates the limit of one site. */
export function createLimiter(maxActive: number, maxWaiting: number): Limiter {
  let active = 0;
  const waiting: Array<() => void> = [];
  return {
    enter(deadline) {
      if (active < maxActive) {
        active += 1;
        return Promise.resolve('entered');
      }
      if (waiting.length >= maxWaiting) return Promise.resolve('full');
      return new Promise((resolve) => {
        const take = () => {
          clearTimeout(timer);
          resolve('entered');
        };
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(take), 1);
          resolve('late');
        }, Math.max(0, deadline - performance.now()));
        waiting.push(take);
      });
    },
    leave() {
      // A place passes straight on to the next who waits; `active` stays.
      const next = waiting.shift();
      if (next) next();
      else active -= 1;
    },
    isIdle: () => active === 0 && waiting.length === 0,
  };
}
