// Writes what a batch leaves behind beside its rows, in one statement: the change log in one gap-free sequence a site, the
// audit log in one chain, the site's own counters, and the end of the write whose reply it is. Called by store/apply while it
// holds the site's row.
import type { Queryable, SqlValue } from '../database.js';
import type { SiteId } from '../../core/ids.js';
import { endSql, endValues, type EndedWrite, type WriteRecord } from '../writes.js';
import type { AuditRow } from './audit.js';
import type { ChangeEntry } from './change-log.js';
import { listOf } from './row-lists.js';

export interface Logs {
  readonly changes: readonly ChangeEntry[];
  /** The last sequence of the site's change log before. */
  readonly logged: number;
  readonly audit: readonly AuditRow[];
  /** Items that a site sent; 0 for a write of ours, which says nothing about when the site was heard. */
  readonly itemCount: number;
  readonly receivedAt: Date;
  /** When the last of the items happened, by the site's clock; null without items. */
  readonly lastEventAt: string | null;
  /** The write whose reply this is; null for what a site sends by itself. */
  readonly ended: EndedWrite | null;
}

const WRITE = `
  WITH head AS (
    UPDATE site SET sequence = sequence + $3, item_count = item_count + $4,
      audit_sequence = audit_sequence + $8, audit_hash = coalesce($9, audit_hash),
      last_received_at = CASE WHEN $4::bigint = 0 THEN last_received_at ELSE $5::timestamptz END,
      last_event_at = CASE WHEN $6::timestamptz IS NULL THEN last_event_at ELSE greatest(last_event_at, $6::timestamptz) END
    WHERE id = $1 RETURNING sequence - $3 AS first),
  told AS (
    INSERT INTO audit_event (site_id, sequence, item_key, rev, at, received_at, event, category, actor_kind, actor_user_id, actor_label, actor_via,
      object_type, object_id, object_label, summary, field_changes, hash, previous_hash)
    SELECT $1, x.sequence, x."itemKey", x.rev, x.at, x."receivedAt", x.event, x.category, x."actorKind", x."actorUserId", x."actorLabel", x."actorVia",
      x."objectType", x."objectId", x."objectLabel", x.summary, x."fieldChanges", x.hash, x."previousHash"
    FROM jsonb_to_recordset($7::jsonb) AS x(sequence bigint, "itemKey" text, rev bigint, at timestamptz, "receivedAt" timestamptz, event text, category text,
      "actorKind" text, "actorUserId" bigint, "actorLabel" text, "actorVia" text, "objectType" text, "objectId" text, "objectLabel" text, summary text,
      "fieldChanges" jsonb, hash text, "previousHash" text)),
  changed AS (
    INSERT INTO change (site_id, sequence, kind, typename, local_id, changed_fields, at, actor)
    SELECT $1, head.first + x.ordinal, x.kind, x.typename, x.local_id, x.changed_fields::text[], x.at, x.actor
    FROM head, unnest($2::text[], $18::text[], $19::text[], $20::text[], $21::timestamptz[], $22::jsonb[]) WITH ORDINALITY AS x(kind, typename, local_id, changed_fields, at, actor, ordinal))
  ${endSql(10, '(SELECT head.first + $3 FROM head)')}`;

const NO_WRITE: readonly SqlValue[] = [null, null, null, null, null, null, null, null];

/** Writes the logs of a batch; returns the receipt of the write that they end. */
export async function writeLogs(tx: Queryable, siteId: SiteId, logs: Logs): Promise<WriteRecord | null> {
  const { changes, audit, itemCount, receivedAt, lastEventAt, ended, logged } = logs;
  const [record] = await tx.query<WriteRecord>(WRITE, [
    siteId, listOf(changes, ({ kind }) => kind), changes.length, itemCount, receivedAt, lastEventAt,
    JSON.stringify(audit), audit.length, audit.at(-1)?.hash ?? null, ...(ended === null ? NO_WRITE : endValues(ended)),
    listOf(changes, ({ typename }) => typename), listOf(changes, ({ localId }) => localId), listOf(changes, ({ changedFields }) => changedFields, 'text[]'),
    listOf(changes, ({ at }) => at), listOf(changes, ({ actor }) => actor, 'jsonb'),
  ], [
    { table: 'site', of: siteId, sequence: [logged, logged + changes.length] },
    // Written by every batch; those who kept what they read of a log have nothing to read anew when nothing was added.
    { table: 'change', of: siteId, ...(changes.length === 0 ? { rows: [] } : {}) }, { table: 'audit_event', of: siteId, ...(audit.length === 0 ? { rows: [] } : {}) },
  ]);
  return record ?? null;
}
