// Writes the audit lines of a batch, each once however often the site repeats its item, chained by hash.
import { createHash } from 'node:crypto';
import { auditHash, type ChainedEvent } from '../../core/audit-chain.js';
import type { AuditDraft, DecodedItem, Json } from '../../core/changes.js';
import type { Batch, FieldChange } from './batch.js';

/** Longer texts are kept as their length and digest: the log says that they changed, not what they were. */
const MAX_TEXT = 300;
const PERSONAL = new Set(['email', 'authorEmail', 'refundReason', 'billingCity', 'billingState', 'billingPostcode', 'billingCountry', 'shippingCity', 'shippingState', 'shippingPostcode', 'shippingCountry']);
/** Bookkeeping that says nothing to a person. */
const UNTOLD = new Set(['modifiedGmt', 'guid', 'shortlink', 'renderedContent', 'renderedExcerpt', 'allCaps', 'localDate', 'modifiedAt', 'actor']);

/** Appends the lines that the log does not have yet, in the order of the items. */
export async function writeAudit(batch: Batch, items: readonly DecodedItem[], receivedAt: Date): Promise<void> {
  const told = items.filter((item): item is DecodedItem & { audit: AuditDraft } => item.audit !== null);
  if (told.length === 0) return;
  const known = new Set(
    (
      await batch.tx.query<{ key: string }>(
        `SELECT e.item_key || ' ' || e.rev AS key FROM audit_event e
         JOIN unnest($2::text[], $3::bigint[]) AS asked(item_key, rev) ON e.item_key = asked.item_key AND e.rev = asked.rev WHERE e.site_id = $1`,
        [batch.siteId, told.map((item) => item.key), told.map((item) => item.rev)],
      )
    ).map((row) => row.key),
  );
  const fresh = told.filter((item) => {
    const key = `${item.key} ${item.rev}`;
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
  if (fresh.length === 0) return;
  const [site] = await batch.tx.query<{ sequence: number; hash: string }>('SELECT audit_sequence AS sequence, audit_hash AS hash FROM site WHERE id = $1', [batch.siteId]);
  let previousHash = site?.hash ?? '';
  const first = (site?.sequence ?? 0) + 1;
  const rows = fresh.map((item, index) => {
    const event = chainedEvent(batch, item, first + index);
    const hash = auditHash(previousHash, event);
    const row = { ...event, receivedAt: receivedAt.toISOString(), hash, previousHash };
    previousHash = hash;
    return row;
  });
  await batch.tx.query(
    `INSERT INTO audit_event (site_id, sequence, item_key, rev, at, received_at, event, category, actor_kind, actor_user_id, actor_label, actor_via,
       object_type, object_id, object_label, summary, field_changes, hash, previous_hash)
     SELECT $1, x.sequence, x."itemKey", x.rev, x.at, x."receivedAt", x.event, x.category, x."actorKind", x."actorUserId", x."actorLabel", x."actorVia",
       x."objectType", x."objectId", x."objectLabel", x.summary, x."fieldChanges", x.hash, x."previousHash"
     FROM jsonb_to_recordset($2::jsonb) AS x(sequence bigint, "itemKey" text, rev bigint, at timestamptz, "receivedAt" timestamptz, event text, category text,
       "actorKind" text, "actorUserId" bigint, "actorLabel" text, "actorVia" text, "objectType" text, "objectId" text, "objectLabel" text, summary text,
       "fieldChanges" jsonb, hash text, "previousHash" text)`,
    [batch.siteId, JSON.stringify(rows)],
  );
  await batch.tx.query('UPDATE site SET audit_sequence = $2, audit_hash = $3 WHERE id = $1', [batch.siteId, first + fresh.length - 1, previousHash]);
}

function chainedEvent(batch: Batch, item: DecodedItem & { audit: AuditDraft }, sequence: number): ChainedEvent {
  const { audit, actor } = item;
  return {
    siteId: batch.siteId,
    sequence,
    itemKey: item.key,
    rev: item.rev,
    at: new Date(item.at),
    event: audit.event,
    category: audit.category,
    actorKind: actor?.kind ?? 'SYSTEM',
    actorUserId: actor?.userId ?? null,
    actorLabel: actor?.label ?? 'the site',
    actorVia: actor?.via ?? null,
    objectType: audit.object.typename,
    objectId: audit.object.localId,
    objectLabel: audit.object.label,
    summary: audit.summary,
    fieldChanges: audit.fieldChanges.length > 0 ? audit.fieldChanges : fieldChangesOf(batch.fieldChanges.get(item) ?? []),
  };
}

// A creation has no before; listing every field of it would say nothing.
function fieldChangesOf(changes: readonly FieldChange[]): AuditDraft['fieldChanges'] {
  if (changes.every((change) => change.before === null)) return [];
  return changes
    .filter((change) => !UNTOLD.has(change.field))
    .map((change) =>
      PERSONAL.has(change.field)
        ? { field: change.field, before: null, after: null, redacted: true }
        : { field: change.field, before: told(change.before), after: told(change.after), redacted: false },
    );
}

function told(value: unknown): Json {
  if (typeof value !== 'string' || value.length <= MAX_TEXT) return value as Json;
  return { characters: value.length, sha256: createHash('sha256').update(value).digest('hex').slice(0, 16) };
}
