// Recognises in what a site tells the writes that were made through the graph: a receipt is confirmed when its echo arrives,
// and the echo's own audit line is left out, because the write's line already says who did what. Called by store/apply.
import type { DecodedItem } from '../../core/changes.js';
import type { Batch } from './batch.js';

/** Items of a write of ours itself are applied under this action. */
export const WRITE_ACTION = 'sitegraph_write';

/** What a site does after it has answered (hooks at the end of its request) still belongs to the write. */
const AFTERMATH_MICROS = 5_000_000;

interface Waiting {
  readonly id: string;
  readonly targets: readonly string[];
  readonly userId: number | null;
  readonly siteRev: number;
  readonly endRev: number;
  readonly [column: string]: unknown;
}

/** The rows that an item speaks of, as receipts name them: entity:key; and what its line is about, for items that change no row. */
export function targetsOf(item: Pick<DecodedItem, 'changes' | 'audit'>): string[] {
  const told = item.changes.length === 0 && item.audit?.object.localId ? [`${item.audit.object.typename}:${item.audit.object.localId}`] : [];
  return item.changes.length === 0 ? told : item.changes.flatMap((change) => (change.kind === 'upsert' || change.kind === 'delete' ? [`${change.entity}:${Object.values(change.key).join('/')}`] : []));
}

/** Confirms receipts, whose echoes may come in several batches; returns the items that are nothing but echoes of them. */
export async function confirmEchoes(batch: Batch, items: readonly DecodedItem[], now: Date): Promise<ReadonlySet<DecodedItem>> {
  const echoes = new Set<DecodedItem>();
  const told = batch.awaitsEchoes ? items.filter((item) => item.action !== WRITE_ACTION) : [];
  if (told.length === 0) return echoes;
  const targets = new Map(told.map((item) => [item, targetsOf(item)]));
  const waiting = await batch.tx.query<Waiting>(
    `SELECT id::text AS id, targets, user_id AS "userId", site_rev AS "siteRev",
       site_rev + (extract(epoch FROM coalesce(answered_at, $3) - dispatched_at) * 1000000)::bigint + ${AFTERMATH_MICROS} AS "endRev"
     FROM write_receipt WHERE site_id = $1 AND (state = 'APPLIED' OR (state = 'CONFIRMED' AND accepted_at > $3::timestamptz - interval '1 hour')) AND site_rev IS NOT NULL AND targets && $2::text[]`,
    [batch.siteId, [...new Set([...targets.values()].flat())], now],
  );
  const confirmed = new Set<string>();
  for (const [item, touched] of targets) {
    for (const write of waiting) {
      if (item.rev < write.siteRev || !write.targets.some((target) => touched.includes(target))) continue;
      confirmed.add(write.id);
      const isSame = item.rev <= write.endRev && (write.userId === null || item.actor?.userId === write.userId);
      if (isSame) echoes.add(item);
    }
  }
  if (confirmed.size > 0) {
    await batch.tx.query(`UPDATE write_receipt SET state = 'CONFIRMED', confirmed_at = $3 WHERE site_id = $1 AND id = ANY($2::uuid[]) AND state = 'APPLIED'`, [batch.siteId, [...confirmed], now]);
  }
  return echoes;
}
