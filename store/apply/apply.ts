// The only writer of site data: applies decoded items in one transaction with their change log, audit lines and projections.
// Called by sync/ingest and by origin/. Holds the site's row for the length of the transaction, so that one batch at a
// time is applied a site and the change log has no gap.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DecodedItem, DomainChange } from '../../core/changes.js';
import { STAND_IN_FROM, type SiteId } from '../../core/ids.js';
import type { Queryable } from '../database.js';
import type { Store } from '../store.js';
import type { EndedWrite, WriteRecord } from '../writes.js';
import { auditRows } from './audit.js';
import { Batch } from './batch.js';
import { changeEntries } from './change-log.js';
import { confirmEchoes } from './echoes.js';
import { applyFullSyncChange } from './full-sync.js';
import { writeLogs } from './logs.js';
import { mergeChange } from './merge-changes.js';
import { writeMetaForms } from './meta-forms.js';
import { prepareRows } from './prepare.js';
import { project } from './projections.js';

export interface ApplyResult {
  /** Keys of the items whose changes are committed. */
  readonly keys: readonly string[];
  /** Change log entries written. */
  readonly changes: number;
  /** The receipt of the write that the batch ended; null when it ended none. */
  readonly record: WriteRecord | null;
}

/** Applies items in one transaction and returns once it is committed; throws with nothing applied. */
export function applyBatch(store: Store, siteId: SiteId, items: readonly DecodedItem[], receivedAt: Date): Promise<ApplyResult> {
  return store.database.transaction((tx) => applyItems(tx, siteId, items, receivedAt));
}

/** The same inside a transaction that the caller holds. */
export async function applyItems(
  tx: Queryable, siteId: SiteId, items: readonly DecodedItem[], receivedAt: Date, ended: EndedWrite | null = null,
): Promise<ApplyResult> {
  const [site] = await tx.query<{ logged: number; sequence: number; hash: string; lastReceivedAt: Date | null }>(
    'SELECT sequence AS logged, audit_sequence AS sequence, audit_hash AS hash, last_received_at AS "lastReceivedAt" FROM site WHERE id = $1 FOR UPDATE',
    [siteId],
  );
  const ordered = [...items].sort((a, b) => a.rev - b.rev || (a.key < b.key ? -1 : 1));
  const batch = new Batch(tx, siteId);
  batch.lastReceivedAt = site?.lastReceivedAt ?? null;
  const heard = items.filter((item) => item.calledAt === undefined);
  // A site's own reply is newer than every floor and echoes nothing.
  if (heard.length > 0) await readCircumstances(batch);
  await prepareRows(batch, ordered);
  await mergeAll(batch, ordered);
  await batch.rows.flush();
  for (const item of ordered) {
    for (const change of item.changes) if (isFullSyncChange(change)) await applyFullSyncChange(batch, change, item);
  }
  await writeMetaForms(tx, siteId, ordered);
  await project(batch);
  const changes = await changeEntries(batch);
  const echoes = await confirmEchoes(batch, ordered, receivedAt);
  const told = echoes.size === 0 ? ordered : ordered.filter((item) => !echoes.has(item));
  const audit = await auditRows(batch, told, { sequence: site?.sequence ?? 0, hash: site?.hash ?? '' }, receivedAt);
  const lastEventAt = heard.length === 0 ? null : (ordered.at(-1)?.at ?? null);
  const record = await writeLogs(tx, siteId, { changes, audit, itemCount: heard.length, receivedAt, lastEventAt, ended, logged: site?.logged ?? 0 });
  return { keys: items.map((item) => item.key), changes: changes.length, record };
}

/** After how many changes others get their turn: some milliseconds. */
const CHANGES_PER_TURN = 500;

async function mergeAll(batch: Batch, items: readonly DecodedItem[]): Promise<void> {
  let merged = 0;
  for (const item of items) {
    for (const change of item.changes) {
      mergeChange(batch, change, item);
      if ((merged += 1) % CHANGES_PER_TURN === 0) await nextTurn();
    }
  }
}

/** What of a site bears on every batch. Read once the site's row is held, so that nothing of it is older than the batch before. */
async function readCircumstances(batch: Batch): Promise<void> {
  const [found] = await batch.tx.query<{ floors: Record<string, number> | null; awaitsEchoes: boolean; hasStandIns: boolean }>(
    `SELECT (SELECT jsonb_object_agg(scope, rev) FROM sync_floor WHERE site_id = $1) AS floors,
       EXISTS (SELECT 1 FROM write_receipt WHERE site_id = $1 AND (state IN ('DISPATCHED', 'APPLIED') OR (state = 'CONFIRMED' AND accepted_at > now() - interval '1 hour'))) AS "awaitsEchoes",
       EXISTS (SELECT 1 FROM post_meta WHERE site_id = $1 AND meta_id >= ${STAND_IN_FROM}) AS "hasStandIns"`,
    [batch.siteId],
  );
  for (const [scope, rev] of Object.entries(found?.floors ?? {})) batch.floors.set(scope, rev);
  batch.awaitsEchoes = found?.awaitsEchoes ?? false;
  batch.hasStandIns = found?.hasStandIns ?? false;
}

function isFullSyncChange(change: DomainChange): change is Parameters<typeof applyFullSyncChange>[1] {
  return change.kind.startsWith('fullSync') || change.kind === 'settingSnapshot';
}
