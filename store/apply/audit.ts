// The audit lines of a batch, each once however often the site repeats its item, chained by hash. store/apply/logs.ts writes them.
import { createHash } from 'node:crypto';
import { auditHash, type ChainedEvent } from '../../core/audit-chain.js';
import type { AuditDraft, DecodedItem, Json } from '../../core/changes.js';
import type { Batch } from './batch.js';
import { WRITE_ACTION } from './echoes.js';
import type { FieldChange } from './merge.js';

/** Longer texts are kept as their length and digest: the log says that they changed, not what they were. */
const MAX_TEXT = 300;
const PERSONAL = new Set(['email', 'authorEmail', 'refundReason', 'billingCity', 'billingState', 'billingPostcode', 'billingCountry', 'shippingCity', 'shippingState', 'shippingPostcode', 'shippingCountry']);
/** Bookkeeping that says nothing to a person. */
const UNTOLD = new Set(['modifiedGmt', 'guid', 'shortlink', 'renderedContent', 'renderedExcerpt', 'allCaps', 'localDate', 'modifiedAt', 'actor']);

/** A line with its place in the chain. */
export type AuditRow = Omit<ChainedEvent, 'siteId'> & { readonly receivedAt: string; readonly hash: string; readonly previousHash: string };

/** Where a site's chain ends. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** The lines that the log does not have yet, in the order of the items, chained after its head. */
export async function auditRows(batch: Batch, items: readonly DecodedItem[], head: AuditHead, receivedAt: Date): Promise<readonly AuditRow[]> {
  const told = items.filter((item): item is DecodedItem & { audit: AuditDraft } => item.audit !== null);
  const known = await knownLines(batch, told.filter((item) => item.action !== WRITE_ACTION));
  const fresh = told.filter((item) => {
    const key = lineKey(item);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
  let previousHash = head.hash;
  return fresh.map((item, index) => {
    const { siteId: _siteId, ...event } = chainedEvent(batch, item, head.sequence + 1 + index);
    const hash = auditHash(previousHash, { siteId: batch.siteId, ...event });
    const row = { ...event, receivedAt: receivedAt.toISOString(), hash, previousHash };
    previousHash = hash;
    return row;
  });
}

const lineKey = ({ key, rev }: Pick<DecodedItem, 'key' | 'rev'>): string => `${key} ${rev}`;

/** Lines of items that came before; writes of ours come once. */
async function knownLines(batch: Batch, items: readonly DecodedItem[]): Promise<Set<string>> {
  if (items.length === 0) return new Set();
  const rows = await batch.tx.query<{ key: string }>(
    `SELECT e.item_key || ' ' || e.rev AS key FROM audit_event e
     JOIN unnest($2::text[], $3::bigint[]) AS asked(item_key, rev) ON e.item_key = asked.item_key AND e.rev = asked.rev WHERE e.site_id = $1`,
    [batch.siteId, items.map((item) => item.key), items.map((item) => item.rev)],
  );
  return new Set(rows.map((row) => row.key));
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
