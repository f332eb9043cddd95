// Equal work that is asked for at the same time is done once. Nobody is given the outcome of work that began before he asked, so what
// was committed before a question is always in its answer. Called by server.ts with whole requests.

export interface SharedRuns<Outcome> {
  /**
   * Does `work`, or joins equal work of the same owner that has not begun. Work begins at the end of the turn of the event loop in which it
   * is asked for first; while equal work is under way it waits for that, but not for long.
   */
  run(owner: object, key: string, work: () => Promise<Outcome>): Promise<{ readonly outcome: Outcome; readonly isOwn: boolean }>;
}

/** How long work waits for equal work that is under way: longer than most reads take, and less than a person notices. */
const GATHER_MS = 20;

interface Gathering<Outcome> {
  readonly outcome: Promise<Outcome>;
  begin(): void;
}

interface Place<Outcome> {
  underWay: number;
  next: Gathering<Outcome> | null;
}

/** Creates a register of work; it holds nothing of what is done. */
export function createSharedRuns<Outcome>(): SharedRuns<Outcome> {
  const owners = new WeakMap<object, Map<string, Place<Outcome>>>();

  function gather(places: Map<string, Place<Outcome>>, key: string, place: Place<Outcome>, work: () => Promise<Outcome>): Gathering<Outcome> {
    let settle: (outcome: Promise<Outcome>) => void = () => undefined;
    const outcome = new Promise<Outcome>((resolve) => (settle = resolve));
    let timer: NodeJS.Timeout | undefined;
    const gathering: Gathering<Outcome> = {
      outcome,
      begin() {
        if (place.next !== gathering) return;
        clearTimeout(timer);
        place.next = null;
        place.underWay += 1;
        settle(
          work().finally(() => {
            place.underWay -= 1;
            if (place.next !== null) place.next.begin();
            else if (place.underWay === 0) places.delete(key);
          }),
        );
      },
    };
    if (place.underWay === 0) setImmediate(gathering.begin);
    else timer = setTimeout(gathering.begin, GATHER_MS);
    return gathering;
  }

  return {
    async run(owner, key, work) {
      let places = owners.get(owner);
      if (places === undefined) owners.set(owner, (places = new Map()));
      let place = places.get(key);
      if (place === undefined) places.set(key, (place = { underWay: 0, next: null }));
      const isOwn = place.next === null;
      place.next ??= gather(places, key, place, work);
      return { outcome: await place.next.outcome, isOwn };
    },
  };
}
