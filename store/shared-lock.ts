// Locks that all processes on one database server share, for what no transaction can hold: the time in which a site is called. They are
// session locks of PostgreSQL, on one connection of this process that is open only while one of them is held; a lost connection loses
// them. The embedded database has one process, and so none. Called by origin/turns.ts, which lets one of this process through at a time.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from './database.js';

interface Session {
  readonly client: Promise<pg.Client>;
  holders: number;
  isLost: boolean;
}

const FIRST_WAIT_MS = 20;
const MOST_WAIT_MS = 250;

const sessions = new WeakMap<pg.Pool, Session>();

/**
 * Takes the lock of a name; null when another process held it until the deadline (by `performance.now()`). What it gives releases it and
 * must be called once. The same name must not be asked for twice at once in this process: a session has a lock as often as it asks.
 */
export async function takeSharedLock(database: Database, name: string, deadline: number): Promise<(() => Promise<void>) | null> {
  const { driver } = database;
  if (!(driver instanceof pg.Pool)) return async () => undefined;
  const session = join(driver);
  try {
    const client = await session.client;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MOST_WAIT_MS)) {
      const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken', [`sitegraph:${name}`]);
      if (rows[0]?.taken) return () => release(driver, session, name);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) break;
      await sleep(Math.min(leftMs, waitMs * (0.5 + Math.random())));
    }
  } catch (error) {
    await leave(driver, session);
    throw error;
  }
  await leave(driver, session);
  return null;
}

function join(pool: pg.Pool): Session {
  const known = sessions.get(pool);
  if (known && !known.isLost) {
    known.holders += 1;
    return known;
  }
  const session: Session = { client: connect(pool, () => { session.isLost = true; }), holders: 1, isLost: false };
  sessions.set(pool, session);
  return session;
}

async function connect(pool: pg.Pool, lose: () => void): Promise<pg.Client> {
  const client = new pg.Client(pool.options);
  client.on('error', lose);
  try {
    await client.connect();
  } catch (error) {
    lose();
    throw error;
  }
  return client;
}

async function release(pool: pg.Pool, session: Session, name: string): Promise<void> {
  try {
    // The locks of a lost session are free already.
    if (!session.isLost) await (await session.client).query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [`sitegraph:${name}`]);
  } finally {
    await leave(pool, session);
  }
}

/** The last one closes the connection. */
async function leave(pool: pg.Pool, session: Session): Promise<void> {
  session.holders -= 1;
  if (session.holders > 0) return;
  if (sessions.get(pool) === session) sessions.delete(pool);
  const isOpen = await session.client.then(() => !session.isLost, () => false);
  if (isOpen) await (await session.client).end();
}
