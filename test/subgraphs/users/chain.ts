// A site with a short audit log, chained as store/apply chains it.
import { auditHash, type ChainedEvent } from '../../../core/audit-chain.js';
import type { SiteId } from '../../../core/ids.js';
import { addSite } from '../../../store/sites.js';
import type { Store } from '../../../store/store.js';
import { nextSiteId } from '../../testkit/store.js';

/** Adds a site whose log has `count` events: odd ones by user 1 about post 7, even ones by the site about options. */
export async function addSiteWithLog(store: Store, count: number): Promise<SiteId> {
  const siteId = nextSiteId();
  await addSite(store, { id: siteId, url: `http://chain-${siteId}.example`, blogToken: 'a.b' });
  let previousHash = '';
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const event = eventAt(siteId, sequence);
    const hash = auditHash(previousHash, event);
    await store.database.query(
      `INSERT INTO audit_event (site_id, sequence, item_key, rev, at, received_at, event, category, actor_kind, actor_user_id, actor_label, actor_via,
         object_type, object_id, object_label, summary, field_changes, hash, previous_hash)
       VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb, $17, $18)`,
      [
        siteId, sequence, event.itemKey, event.rev, event.at, event.event, event.category, event.actorKind, event.actorUserId, event.actorLabel, event.actorVia,
        event.objectType, event.objectId, event.objectLabel, event.summary, JSON.stringify(event.fieldChanges), hash, previousHash,
      ],
    );
    previousHash = hash;
  }
  await store.database.query('UPDATE site SET audit_sequence = $2, audit_hash = $3 WHERE id = $1', [siteId, count, previousHash]);
  return siteId;
}

function eventAt(siteId: SiteId, sequence: number): ChainedEvent {
  const byUser = sequence % 2 === 1;
  return {
    siteId,
    sequence,
    itemKey: `jpsq_sync-${sequence}`,
    rev: 1_795_000_000_000_000 + sequence,
    at: new Date(1_795_000_000_123 + sequence * 1000),
    event: byUser ? 'jetpack_sync_save_post' : 'updated_option',
    category: byUser ? 'CONTENT' : 'SETTINGS',
    actorKind: byUser ? 'USER' : 'CRON',
    actorUserId: byUser ? 1 : null,
    actorLabel: byUser ? 'ann' : 'a scheduled task',
    actorVia: null,
    objectType: byUser ? 'Post' : 'Option',
    objectId: byUser ? '7' : 'blogname',
    objectLabel: 'é "quoted"\u2028',
    summary: `Event ${sequence}`,
    fieldChanges: [{ field: 'title', before: { b: [1.5, null], a: 'x' }, after: 1e21, redacted: false }],
  };
}
