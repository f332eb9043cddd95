// A full sync's own marks: where it began, how far it came, and what its end proves to be gone.
// Only modules that the protocol calls exhaustive are reconciled, and never a row that was written after the sync began.
import type { DecodedItem, DomainChange, EntityName, Json } from '../../core/changes.js';
import { siteRow } from '../cache/parts.js';
import type { Batch } from './batch.js';
import { isThemeMods } from './merge-changes.js';
import { MISSING_STATUS } from './merge.js';
import { loadCascades } from './prepare.js';

/** Rows reconciled at a time, so that a large clean-up does not hold them all in memory. */
const RECONCILE_CHUNK = 500;

type FullSyncChange = Extract<DomainChange, { kind: 'fullSyncStarted' | 'fullSyncChunk' | 'fullSyncEnded' | 'fullSyncCancelled' | 'settingSnapshot' }>;

/** Records one mark. Runs after the batch's rows were flushed. */
export async function applyFullSyncChange(batch: Batch, change: FullSyncChange, item: DecodedItem): Promise<void> {
  const { tx, siteId } = batch;
  switch (change.kind) {
    case 'settingSnapshot':
      return reconcileSettings(batch, change, item);
    case 'fullSyncStarted':
      await tx.query(
        `INSERT INTO full_sync (site_id, started_rev, config, range, context, started_at) VALUES ($1, $2, $3::jsonb, $4::jsonb, $5, $6)
         ON CONFLICT DO NOTHING`,
        [siteId, change.rev, JSON.stringify(change.config), JSON.stringify(change.range), change.context, item.at],
      );
      return;
    case 'fullSyncChunk':
      await tx.query('INSERT INTO full_sync_chunk (site_id, module, rev, count) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
        siteId, change.module, change.rev, change.count,
      ]);
      return;
    case 'fullSyncCancelled':
      await tx.query(
        `UPDATE full_sync SET cancelled_rev = $2 WHERE site_id = $1 AND ended_rev IS NULL AND started_rev < $2`,
        [siteId, change.rev],
      );
      return;
    case 'fullSyncEnded':
      return endFullSync(batch, change, item);
  }
}

interface Started {
  startedRev: number;
  config: Record<string, Json>;
  [column: string]: unknown;
}

// An end belongs to the newest start before it. Where that one ended already the start of this one was never sent (jetpack-sync 1.55 sends
// none when a second person connects), and what it would prove is not known.
async function endFullSync(batch: Batch, change: Extract<DomainChange, { kind: 'fullSyncEnded' }>, item: DecodedItem): Promise<void> {
  const [started] = await batch.tx.query<Started>(
    `UPDATE full_sync SET ended_rev = $2, ended_at = $3 WHERE site_id = $1 AND started_rev = (
       SELECT max(started_rev) FROM full_sync WHERE site_id = $1 AND started_rev < $2 AND cancelled_rev IS NULL)
       AND (ended_rev IS NULL OR ended_rev >= $2)
     RETURNING started_rev AS "startedRev", config`,
    [batch.siteId, change.rev, item.at],
  );
  if (!started) return;
  const range = (change.range ?? {}) as Record<string, { count?: string | number }>;
  const whole = (module: string) => Boolean(started.config[module]) && !Array.isArray(started.config[module]);
  const expected = (module: string) => Number(range[module]?.count ?? Number.NaN);
  // The initial sync of a connection, options and the like, is a full sync of the site's words only.
  if (whole('posts') && 'posts' in range) await batch.tx.query('UPDATE site SET last_full_sync_at = greatest(last_full_sync_at, $2::timestamptz) WHERE id = $1', [batch.siteId, item.at], siteRow(batch.siteId));
  for (const rule of RULES) {
    if (!whole(rule.module)) continue;
    if (!(await heardWhole(batch, rule, started.startedRev, expected(rule.module), item.at))) continue;
    await reconcile(batch, rule, started.startedRev, item);
    if (rule.floor) await raiseFloor(batch, rule.floor, started.startedRev);
  }
}

// A chunk that never arrived, or could not be read, would make its rows look gone; then nothing is concluded.
async function heardWhole(batch: Batch, rule: Rule, startedRev: number, expected: number, at: string): Promise<boolean> {
  const [lost] = await batch.tx.query(
    `SELECT 1 FROM dead_letter WHERE site_id = $1 AND action IN ('', $2) AND last_at > $3::timestamptz - interval '1 hour' LIMIT 1`,
    [batch.siteId, `jetpack_full_sync_${rule.module}`, at],
  );
  if (lost) return false;
  if (rule.heardSql === null) return expected >= 0;
  const [counted] = await batch.tx.query<{ heard: number }>(rule.heardSql, [batch.siteId, startedRev]);
  return (counted?.heard ?? 0) >= expected;
}

interface Rule {
  readonly module: string;
  readonly entity: EntityName;
  readonly floor: string | null;
  /** How many rows the full sync (or something later) spoke of; null where the announced count includes rows it never sends. */
  readonly heardSql: string | null;
  /** Keys of at most $3 rows that nothing spoke of since the full sync began ($2). */
  readonly staleSql: string;
  end(batch: Batch, key: Record<string, number>, startedRev: number, item: DecodedItem): void;
}

const REGISTERED = `(SELECT jsonb_object_keys(value) FROM setting WHERE site_id = $1 AND setting_kind = 'CALLABLE' AND name = 'taxonomies' AND alive AND jsonb_typeof(value) = 'object')`;
const BLACKLISTED = `(SELECT v #>> '{}' FROM setting, jsonb_path_query(value, '$.*') v WHERE site_id = $1 AND setting_kind = 'OPTION'
  AND name = 'jetpack_sync_settings_post_types_blacklist' AND alive
  UNION SELECT v #>> '{}' FROM setting, jsonb_path_query(value, '$[*]') v WHERE site_id = $1 AND setting_kind = 'OPTION'
  AND name = 'jetpack_sync_settings_post_types_blacklist' AND alive AND jsonb_typeof(value) = 'array')`;

const SEEN = `greatest(rev, coalesce((revs->>'_seen')::bigint, 0))`;

const RULES: readonly Rule[] = [
  {
    module: 'terms',
    entity: 'term',
    floor: 'terms',
    heardSql: 'SELECT count(*) AS heard FROM term WHERE site_id = $1 AND alive AND rev >= $2',
    staleSql: `SELECT tt_id AS "ttId" FROM term WHERE site_id = $1 AND alive AND rev < $2 AND taxonomy IN ${REGISTERED} ORDER BY tt_id LIMIT $3`,
    end: (batch, key, rev, item) => removeRow(batch, 'term', key, rev, item),
  },
  {
    module: 'posts',
    entity: 'post',
    floor: 'posts',
    // Most rows say so by their revision alone; looking into the marks of each takes longer than all else.
    heardSql: `SELECT count(*) AS heard FROM post WHERE site_id = $1 AND (rev >= $2 OR coalesce((revs->>'_seen')::bigint, 0) >= $2)`,
    staleSql: `SELECT id FROM post WHERE site_id = $1 AND alive AND ${SEEN} < $2 AND type NOT IN ${BLACKLISTED} ORDER BY id LIMIT $3`,
    end: (batch, key, rev, item) => removeRow(batch, 'post', key, rev, item),
  },
  {
    // A person below contributor is never mentioned, so only those who could write are missed. One µs above what is known
    // of them: an event that is still under way says more than their absence does.
    module: 'users',
    entity: 'user',
    floor: null,
    heardSql: 'SELECT count(*) AS heard FROM site_user WHERE site_id = $1 AND alive AND rev >= $2',
    staleSql: `SELECT id FROM site_user WHERE site_id = $1 AND alive AND rev < $2 AND 'edit_posts' = ANY(all_caps) ORDER BY id LIMIT $3`,
    end: (batch, key, _rev, item) => {
      const row = batch.rows.get('user', key);
      if (row) batch.remove('user', row, Math.max(row.rev ?? 0, row.revs['roles'] ?? 0) + 1, item);
    },
  },
  {
    // Spam and trash are not mentioned either, so an unmentioned comment is hidden until its own events say what it became.
    module: 'comments',
    entity: 'comment',
    floor: null,
    heardSql: null,
    staleSql: `SELECT id FROM comment WHERE site_id = $1 AND alive AND status IN ('0', '1') AND type <> 'note'
      AND greatest(${SEEN}, coalesce((revs->>'status')::bigint, 0)) < $2 ORDER BY id LIMIT $3`,
    end: (batch, key, _rev, item) => {
      const row = batch.rows.get('comment', key);
      if (row) batch.upsert('comment', row, { status: { status: MISSING_STATUS, statusBeforeTrash: null } }, (row.revs['status'] ?? 0) + 1, item);
    },
  },
  {
    module: 'term_relationships',
    entity: 'termRelation',
    floor: 'termRelations',
    heardSql: 'SELECT count(*) AS heard FROM term_relation WHERE site_id = $1 AND alive AND rev >= $2',
    staleSql: `SELECT r.object_id AS "objectId", r.tt_id AS "ttId" FROM term_relation r JOIN term t ON t.site_id = $1 AND t.tt_id = r.tt_id
      WHERE r.site_id = $1 AND r.alive AND r.present AND r.rev < $2 AND t.taxonomy IN ${REGISTERED} ORDER BY 1, 2 LIMIT $3`,
    end: (batch, key, rev, item) => removeRow(batch, 'termRelation', key, rev, item),
  },
];

function removeRow(batch: Batch, entity: EntityName, key: Record<string, number>, rev: number, item: DecodedItem): void {
  const row = batch.rows.get(entity, key);
  if (row) batch.remove(entity, row, rev, item);
}

async function reconcile(batch: Batch, rule: Rule, startedRev: number, item: DecodedItem): Promise<void> {
  for (;;) {
    const keys = await batch.tx.query<Record<string, number>>(rule.staleSql, [batch.siteId, startedRev, RECONCILE_CHUNK]);
    if (keys.length === 0) return;
    await batch.rows.load(rule.entity, keys);
    if (rule.entity === 'post' || rule.entity === 'term') {
      await loadCascades(batch, new Map([[rule.entity, keys.map((key) => Object.values(key)[0] ?? 0)]]));
    }
    for (const key of keys) rule.end(batch, key, startedRev, item);
    await batch.rows.flush();
    if (keys.length < RECONCILE_CHUNK) return;
  }
}

async function raiseFloor(batch: Batch, scope: string, rev: number): Promise<void> {
  await batch.tx.query(
    `INSERT INTO sync_floor (site_id, scope, rev) VALUES ($1, $2, $3)
     ON CONFLICT (site_id, scope) DO UPDATE SET rev = greatest(sync_floor.rev, excluded.rev)`,
    [batch.siteId, scope, rev],
  );
}

async function reconcileSettings(batch: Batch, change: Extract<DomainChange, { kind: 'settingSnapshot' }>, item: DecodedItem): Promise<void> {
  const stale = await batch.tx.query<{ name: string }>(
    `SELECT name FROM setting WHERE site_id = $1 AND setting_kind = $2 AND alive AND rev < $3 AND name <> ALL($4::text[]) AND name NOT LIKE 'theme\\_mods\\_%'`,
    [batch.siteId, change.settingKind, change.rev, change.names],
  );
  await batch.rows.load('setting', stale.map(({ name }) => ({ settingKind: change.settingKind, name })));
  for (const { name } of stale) {
    const row = batch.rows.get('setting', { settingKind: change.settingKind, name });
    if (row && !isThemeMods(row)) batch.remove('setting', row, change.rev, item);
  }
  await batch.rows.flush();
  await raiseFloor(batch, `settings:${change.settingKind}`, change.rev);
}
