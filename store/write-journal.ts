// The journal of a write that takes several calls: what the site had, and what it is to have, so that a process that did not begin
// it can finish it or take it back. Kept in the receipt until the write ends, encrypted, because it holds texts.
import type { Json } from '../core/changes.js';
import type { SiteId } from '../core/ids.js';
import type { Store } from './store.js';

const context = (siteId: SiteId): string => `journal:${siteId}`;

/** Keeps the journal of an open write, over what was kept before. False when the write has ended meanwhile: then nothing may be sent. */
export async function keepJournal(store: Store, siteId: SiteId, writeId: string, journal: Json): Promise<boolean> {
  const box = store.secrets.encrypt(JSON.stringify(journal), context(siteId));
  const rows = await store.database.query<{ id: string }>(
    `UPDATE write_receipt SET result = $3::jsonb WHERE site_id = $1 AND id = $2::uuid AND state = 'DISPATCHED' RETURNING id::text AS id`,
    [siteId, writeId, JSON.stringify({ journal: Buffer.from(box).toString('base64') })],
  );
  return rows.length === 1;
}

/** The journal of an open write; null when nothing was begun. */
export async function readJournal(store: Store, siteId: SiteId, writeId: string): Promise<Json> {
  const [row] = await store.database.query<{ journal: string | null }>(
    `SELECT result ->> 'journal' AS journal FROM write_receipt WHERE site_id = $1 AND id = $2::uuid AND state = 'DISPATCHED'`, [siteId, writeId],
  );
  return row?.journal ? (JSON.parse(store.secrets.decrypt(Buffer.from(row.journal, 'base64'), context(siteId))) as Json) : null;
}
