// Equal questions to a subgraph that are under way at the same time are sent once. Whoever joins one is never given what was read before
// his own request came: only a question that was sent after that is joined. Called by http.ts.

/** What a subgraph answered, as text: each who asked reads it for himself and may change what he read. */
export interface AnswerText {
  readonly text: string;
  readonly status: number | undefined;
}

export interface InFlight {
  /** Sends, or joins an equal question of the same owner that was sent after `arrivedAt` (of performance.now()). */
  ask(owner: object, key: string, arrivedAt: number, send: () => Promise<AnswerText>): Promise<{ readonly answer: AnswerText; readonly isOwn: boolean }>;
}

interface Flight {
  readonly sentAt: number;
  readonly answer: Promise<AnswerText>;
}

/** Creates a register of questions; an answer is forgotten as soon as it is there. */
export function createInFlight(): InFlight {
  const owners = new WeakMap<object, Map<string, Flight>>();
  return {
    async ask(owner, key, arrivedAt, send) {
      let flights = owners.get(owner);
      if (flights === undefined) owners.set(owner, (flights = new Map()));
      const known = flights.get(key);
      if (known !== undefined && known.sentAt > arrivedAt) return { answer: await known.answer, isOwn: false };
      const flight: Flight = { sentAt: performance.now(), answer: send() };
      const mine = flights;
      mine.set(key, flight);
      try {
        return { answer: await flight.answer, isOwn: true };
      } finally {
        if (mine.get(key) === flight) mine.delete(key);
      }
    },
  };
}
