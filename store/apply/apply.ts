// The only writer of site data: applies decoded items in one transaction with their change log, audit lines and projections.
// Called by sync/ingest and by origin/. Holds the site's row for the length of the transaction, so that one batch at a
// time is applied a site and the change log has no gap.
import type { DecodedItem, DomainChange } from '../../core/changes.js';
import type { SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';
import type { Store } from '../store.js';
import { writeAudit } from './audit.js';
import { Batch } from './batch.js';
import { writeChangeLog } from './change-log.js';
import { applyFullSyncChange } from './full-sync.js';
import { mergeChange } from './merge-changes.js';
import { writeMetaForms } from './meta-forms.js';
import { prepareRows } from './prepare.js';
import { project } from './projections.js';

/** How long a batch waits for the site's row while another batch holds it, before it fails with lock_not_available (55P03). */
const LOCK_TIMEOUT = '5s';

export interface ApplyResult {
  /** Keys of the items whose changes are committed. */
  readonly keys: readonly string[];
  /** Change log entries written. */
  readonly changes: number;
}

/** Applies items in one transaction and returns once it is committed; throws with nothing applied. */
export function applyBatch(store: Store, siteId: SiteId, items: readonly DecodedItem[], receivedAt: Date): Promise<ApplyResult> {
  return store.database.transaction((tx) => applyItems(tx, siteId, items, receivedAt));
}

/** The same inside a transaction that the caller holds. */
export async function applyItems(tx: Queryable, siteId: SiteId, items: readonly DecodedItem[], receivedAt: Date): Promise<ApplyResult> {
  await tx.query(`SELECT set_config('lock_timeout', $1, true)`, [LOCK_TIMEOUT]);
  await tx.query('SELECT id FROM site WHERE id = $1 FOR UPDATE', [siteId]);
  const ordered = [...items].sort((a, b) => a.rev - b.rev || (a.key < b.key ? -1 : 1));
  const batch = new Batch(tx, siteId);
  await prepareRows(batch, ordered);
  for (const item of ordered) for (const change of item.changes) mergeChange(batch, change, item);
  await batch.rows.flush();
  for (const item of ordered) {
    for (const change of item.changes) if (isFullSyncChange(change)) await applyFullSyncChange(batch, change, item);
  }
  await writeMetaForms(tx, siteId, ordered);
  await project(batch);
  const changes = await writeChangeLog(batch);
  await writeAudit(batch, ordered, receivedAt);
  const last = ordered.at(-1);
  await tx.query(
    `UPDATE site SET item_count = item_count + $2, last_received_at = $3,
       last_event_at = CASE WHEN $4::timestamptz IS NULL THEN last_event_at ELSE greatest(last_event_at, $4::timestamptz) END WHERE id = $1`,
    [siteId, items.length, receivedAt, last?.at ?? null],
  );
  return { keys: items.map((item) => item.key), changes };
}

function isFullSyncChange(change: DomainChange): change is Parameters<typeof applyFullSyncChange>[1] {
  return change.kind.startsWith('fullSync') || change.kind === 'settingSnapshot';
}
