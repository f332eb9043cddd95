// Places at work: how many batches are decoded and applied at once in this process, in order of arrival. More would not be quicker, as
// the processor is what they share, but a reader's request would wait behind all of them and their transactions would hold the connections
// that readers need. Called by sync/ingest, for one transaction at a time.

export interface Places {
  /** Waits for a place; resolves with the function that leaves it. */
  take(): Promise<() => void>;
}

/** Creates the places of one process. */
export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = [];
  let free = count;

  const place = (): (() => void) => {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    };
  };

  return {
    take() {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(place());
      }
      return new Promise((resolve) => waiting.push(() => resolve(place())));
    },
  };
}
