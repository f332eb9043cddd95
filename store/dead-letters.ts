// Dead letters: items that were acknowledged without being understood, kept encrypted for a replay.
// Called by sync/ingest inside the transaction that applies the rest of the batch. Nothing here is ever logged or served.
import { createHmac } from 'node:crypto';
import type { DeadLetterReason } from '../core/changes.js';
import type { SiteId } from '../core/ids.js';
import { siteRow } from './cache/parts.js';
import type { Queryable } from './database.js';
import type { Secrets } from './secrets.js';

export interface DeadLetter {
  /** The key of the item, short enough for an index (sync/ingest shortens what is longer). */
  readonly itemKey: string;
  /** The action, or an empty text when the item could not be read that far. */
  readonly action: string;
  readonly reason: DeadLetterReason;
  /** Names places and expectations, never values. */
  readonly message: string;
  readonly payload: DeadLetterPayload;
}

/** The item as it came. */
export interface DeadLetterPayload {
  /** Null when `encoded` is a whole line that held no item. */
  readonly codec: string | null;
  readonly encoded: string;
}

/** What the payload of a site's dead letters is bound to. */
export function deadLetterContext(siteId: SiteId): string {
  return `site:${siteId}:dead-letter`;
}

/** Keeps dead letters; one that came before only counts up. Adds the new ones to the site's count and returns how many they are. */
export async function keepDeadLetters(tx: Queryable, secrets: Secrets, siteId: SiteId, letters: readonly DeadLetter[], now: Date): Promise<number> {
  const rows = new Map<string, { times: number } & Record<string, unknown>>();
  const digestKey = letters.length > 0 ? secrets.deriveKey('dead-letter-digest') : null;
  for (const { itemKey, action, reason, message, payload } of letters) {
    const plain = JSON.stringify(payload);
    // Keyed, so that nobody who reads the table can try out what an item may have held.
    const digest = createHmac('sha256', digestKey ?? '').update(plain).digest('hex').slice(0, 32);
    const known = rows.get(`${itemKey} ${digest}`);
    if (known) known.times += 1;
    else {
      const box = Buffer.from(secrets.encrypt(plain, deadLetterContext(siteId))).toString('base64');
      rows.set(`${itemKey} ${digest}`, { itemKey, digest, action, reason, message, payload: box, times: 1 });
    }
  }
  if (rows.size === 0) return 0;
  const written = await tx.query<{ itemKey: string; digest: string; times: number }>(
    `INSERT INTO dead_letter (site_id, item_key, digest, action, reason, message, payload, times, first_at, last_at)
     SELECT $1, x."itemKey", x.digest, x.action, x.reason, x.message, decode(x.payload, 'base64'), x.times, $3::timestamptz, $3::timestamptz
     FROM jsonb_to_recordset($2::jsonb) AS x("itemKey" text, digest text, action text, reason text, message text, payload text, times integer)
     ON CONFLICT (site_id, item_key, digest) DO UPDATE SET
       times = dead_letter.times + excluded.times, last_at = excluded.last_at, reason = excluded.reason, message = excluded.message
     RETURNING item_key AS "itemKey", digest, times`,
    [siteId, JSON.stringify([...rows.values()]), now],
  );
  // One that was there before has come more often than this time. (Partitioned tables tell no system columns.)
  const added = written.filter(({ itemKey, digest, times }) => times === rows.get(`${itemKey} ${digest}`)?.times).length;
  if (added > 0) await tx.query('UPDATE site SET dead_letter_count = dead_letter_count + $2 WHERE id = $1', [siteId, added], siteRow(siteId));
  return added;
}

/** Opens the payload of a stored dead letter. */
export function openDeadLetter(secrets: Secrets, siteId: SiteId, payload: Uint8Array): DeadLetterPayload {
  return JSON.parse(secrets.decrypt(payload, deadLetterContext(siteId))) as DeadLetterPayload;
}
