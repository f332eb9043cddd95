// The record of used nonces: each signed request is believed once, whichever process it reaches.
// Called by sync/authenticate after a request was verified, so that only genuine requests fill the table.
import type { SiteId } from '../core/ids.js';
import type { Queryable } from './database.js';

export interface NonceUse {
  readonly siteId: SiteId;
  readonly tokenKey: string;
  /** Seconds since 1970, as signed. */
  readonly timestamp: number;
  readonly nonce: string;
}

/** Claims a nonce; false when it was claimed before. */
export async function claimNonce(db: Queryable, use: NonceUse, now: Date): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO request_nonce (site_id, token_key, timestamp, nonce, seen_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING RETURNING site_id`,
    [use.siteId, use.tokenKey, use.timestamp, use.nonce, now],
  );
  return rows.length === 1;
}

/** Forgets nonces that were seen before a moment: they must be too old to be believed by then. */
export async function purgeNonces(db: Queryable, seenBefore: Date): Promise<void> {
  await db.query('DELETE FROM request_nonce WHERE seen_at < $1', [seenBefore]);
}
