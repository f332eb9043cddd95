// Listens to what other processes commit, on a connection of its own. While it does not hear, the cache is off; when it hears again the cache
// begins empty, as nobody knows what was missed. A connection that died silently is found by asking it something every second.
import pg from 'pg';
import { CHANNEL, EVERYTHING, type Announcer } from './announcer.js';
import { decodeParts } from './parts.js';
import type { ReadCache } from './read-cache.js';

const BEAT_MS = 1_000;
const ANSWER_MS = 2_000;
const RETRY_MS = 500;

export interface Listener {
  /** Resolves when all that was committed before the call has been heard, or the cache is off. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** Begins to listen; resolves when it hears or has failed for the first time. The cache is off until then. */
export async function startListener(url: string, cache: ReadCache, announcer: Announcer): Promise<Listener> {
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  const hear = (payload: string): void => {
    const space = payload.indexOf(' ');
    if (space > 0 && announcer.isDone(payload.slice(0, space))) return;
    const told = space > 0 ? payload.slice(space + 1) : payload;
    const parts = told === EVERYTHING ? null : decodeParts(told);
    if (parts === null) cache.clear();
    else cache.drop(parts);
  };

  const lose = (lost: pg.Client): void => {
    if (client !== lost) return;
    client = null;
    cache.turnOff();
    void lost.end().catch(() => undefined);
    if (!isClosed) retry = setTimeout(() => void connect(), RETRY_MS);
  };

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS, application_name: 'sitegraph cache' });
    client = next;
    next.on('error', () => lose(next));
    next.on('end', () => lose(next));
    next.on('notification', ({ payload }) => {
      if (client === next) hear(payload ?? '');
    });
    try {
      await next.connect();
      await next.query(`LISTEN ${CHANNEL}`);
      if (client === next && !isClosed) cache.turnOn();
    } catch {
      lose(next);
    }
  }

  // One after the other: an answer then says that all before it was heard.
  let last: Promise<void> = Promise.resolve();
  const ask = (): Promise<void> => (last = last.then(askOnce));
  async function askOnce(): Promise<void> {
    const asked = client;
    if (asked === null) return;
    try {
      await asked.query('SELECT 1');
    } catch {
      lose(asked);
    }
  }

  cache.turnOff();
  await connect();
  const beat = setInterval(() => void ask(), BEAT_MS);
  beat.unref();
  return {
    caughtUp: ask,
    async close() {
      isClosed = true;
      clearInterval(beat);
      clearTimeout(retry);
      const ended = client;
      client = null;
      cache.turnOff();
      // A connection that nobody answers on would wait for ever.
      await Promise.race([ended?.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, ANSWER_MS).unref())]);
    },
  };
}
