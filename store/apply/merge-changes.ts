// Carries decoded changes into the rows of a batch, one by one in the order of their revisions.
import type { DecodedItem, DomainChange, EntityName } from '../../core/changes.js';
import { unreachable } from '../../core/errors.js';
import { STAND_IN_FROM, standInMetaId } from '../../core/ids.js';
import { isSilentSince, type Batch } from './batch.js';
import { ENTITIES, OWNERS } from './entities.js';
import { mergeDeletion, raiseMark, type RowState } from './merge.js';

/** Merges one change; the rows it needs are loaded. Full-sync marks are handled in full-sync.ts. */
export function mergeChange(batch: Batch, change: DomainChange, item: DecodedItem): void {
  switch (change.kind) {
    case 'upsert': {
      const row = batch.rows.get(change.entity, change.key);
      if (row) mergeUpsert(batch, change.entity, row, change.groups, revisionFor(batch, row, change.rev, item), item);
      return;
    }
    case 'delete': {
      const row = batch.rows.get(change.entity, change.key);
      if (row) batch.remove(change.entity, row, revisionFor(batch, row, change.rev, item), item);
      return;
    }
    case 'mention':
      for (const id of change.ids) {
        const row = batch.rows.get(change.entity, { id });
        if (row) raiseMark(row, '_seen', change.rev);
      }
      return;
    case 'metaSnapshot':
      return mergeMetaSnapshot(batch, change, item);
    case 'commentsRestored':
      return restoreComments(batch, change.postId, change.rev, item);
    case 'authorReassigned':
      for (const row of batch.rows.of('post')) {
        if (row.columns['authorId'] === change.fromUserId) batch.upsert('post', row, { author: { authorId: change.toUserId } }, revisionFor(batch, row, change.rev, item), item);
      }
      return;
    case 'postStuck':
      return mergeStuck(batch, change, item);
    case 'termRemoved':
      return removeTerm(batch, change, item);
    case 'metaForm':
    case 'metaFormGone':
    case 'metaFormsOfKeyGone':
    case 'settingSnapshot':
    case 'fullSyncStarted':
    case 'fullSyncChunk':
    case 'fullSyncEnded':
    case 'fullSyncCancelled':
      return;
    default:
      unreachable(change);
  }
}

/**
 * A site's reply has its clock in whole seconds only. As long as nothing was heard since the call was made, what the store
 * holds is older than the reply, whatever the fractions of that second say.
 */
function revisionFor(batch: Batch, row: RowState, rev: number, item: DecodedItem): number {
  if (item.calledAt === undefined || (batch.lastReceivedAt !== null && batch.lastReceivedAt >= item.calledAt)) return rev;
  return Math.max(rev, 1 + Math.max(row.rev ?? 0, row.deletedRev ?? 0, ...Object.values(row.revs)));
}

function mergeUpsert(batch: Batch, entity: EntityName, row: RowState, told: Readonly<Record<string, unknown>>, rev: number, item: DecodedItem): void {
  if (isGone(batch, entity, row, told, rev)) return;
  let groups = told;
  if (entity === 'setting' && item.actor !== null) groups = { ...told, actor: { actor: item.actor } };
  if (entity === 'comment') groups = withRestoredStatus(batch, row, told, rev);
  batch.upsert(entity, row, groups, rev, item);
  if (entity === 'postMeta' && batch.hasStandIns) replaceStandIn(batch, row, rev, item);
}

// The site has told its own row of a meta that was kept under a stand-in id since it was written.
function replaceStandIn(batch: Batch, row: RowState, rev: number, item: DecodedItem): void {
  if ((row.key['metaId'] as number) >= STAND_IN_FROM || !row.alive) return;
  const standIn = batch.rows.get('postMeta', { metaId: standInMetaId('post', row.columns['postId'] as number, String(row.columns['metaKey']), 0) });
  if (standIn?.alive && (standIn.rev ?? 0) <= rev) batch.remove('postMeta', standIn, rev, item);
}

/** True when something newer than `rev` already said that this row, or the row that owns it, does not exist. */
function isGone(batch: Batch, entity: EntityName, row: RowState, groups: Readonly<Record<string, unknown>>, rev: number): boolean {
  const isBelow = (floor: number | undefined): boolean => floor !== undefined && rev < floor && isSilentSince(row, floor);
  if (entity === 'post' && isBelow(batch.floors.get('posts'))) return true;
  if (entity === 'term' && isBelow(batch.floors.get('terms'))) return true;
  if (entity === 'setting' && isBelow(batch.floors.get(`settings:${row.key['settingKind']}`)) && !isThemeMods(row)) return true;
  if (entity === 'termRelation') {
    if (isBelow(batch.floors.get('termRelations'))) return true;
    const post = batch.rows.owner('post', row.key['objectId'] as number);
    const term = batch.rows.owner('term', row.key['ttId'] as number);
    return (post?.deletedRev ?? 0) >= rev || (term?.deletedRev ?? 0) >= rev;
  }
  const link = OWNERS[entity];
  if (!link) return false;
  const core = groups['core'] as Record<string, unknown> | undefined;
  const ownerId = (core?.[link.column] ?? row.columns[link.column]) as number | undefined;
  const owner = typeof ownerId === 'number' ? batch.rows.owner(link.owner, ownerId) : undefined;
  if (!owner) return false;
  if ((owner.deletedRev ?? 0) >= rev) return true;
  return entity.endsWith('Meta') && isBelow(owner.revs['_meta']);
}

/** Options of themes are stated for the active theme only, so their absence from a snapshot says nothing. */
export function isThemeMods(row: RowState): boolean {
  return String(row.key['name']).startsWith('theme_mods_');
}

function mergeMetaSnapshot(batch: Batch, change: Extract<DomainChange, { kind: 'metaSnapshot' }>, item: DecodedItem): void {
  const link = OWNERS[change.entity];
  if (!link) return;
  const owners = new Set(change.ownerIds);
  const named = new Set(change.metaIds);
  for (const row of batch.rows.of(change.entity)) {
    const rev = row.rev;
    if (rev === null || rev >= change.rev || named.has(row.key['metaId'] as number) || !owners.has(row.columns[link.column] as number)) continue;
    if (mergeDeletion(ENTITIES[change.entity], row, change.rev)) batch.lastItem.set(row, item);
  }
  for (const id of owners) {
    const owner = batch.rows.get(link.owner, { id });
    if (owner) raiseMark(owner, '_meta', change.rev);
  }
}

// untrash_post_comments names no comments: those trashed with their post before it get back the status they had, and a
// trashing that arrives later than its own undoing is read as undone.
function restoreComments(batch: Batch, postId: number, rev: number, item: DecodedItem): void {
  const post = batch.rows.get('post', { id: postId });
  if (post) raiseMark(post, '_restored', rev);
  for (const row of batch.rows.of('comment')) {
    const statusRev = row.revs['status'] ?? 0;
    if (row.columns['postId'] !== postId || row.columns['status'] !== 'post-trashed' || statusRev >= rev) continue;
    const status = row.columns['statusBeforeTrash'];
    if (typeof status !== 'string') continue;
    Object.assign(row.columns, { status, statusBeforeTrash: null });
    row.dirty = true;
    batch.lastItem.set(row, item);
  }
}

function withRestoredStatus(batch: Batch, row: RowState, groups: Readonly<Record<string, unknown>>, rev: number): Readonly<Record<string, unknown>> {
  const status = groups['status'] as { status: string; statusBeforeTrash: string | null } | undefined;
  if (status?.status !== 'post-trashed' || status.statusBeforeTrash === null) return groups;
  const core = groups['core'] as { postId?: number } | undefined;
  const postId = (core?.postId ?? row.columns['postId']) as number | undefined;
  const post = postId === undefined ? undefined : batch.rows.owner('post', postId);
  return (post?.revs['_restored'] ?? 0) > rev ? { ...groups, status: { status: status.statusBeforeTrash, statusBeforeTrash: null } } : groups;
}

/** The site's list of sticky posts. */
export const STICKY_POSTS = { settingKind: 'OPTION', name: 'sticky_posts' } as const;

function mergeStuck(batch: Batch, { postId, isSticky, rev }: Extract<DomainChange, { kind: 'postStuck' }>, item: DecodedItem): void {
  const row = batch.rows.get('setting', STICKY_POSTS);
  if (!row) return;
  // PHP writes a list with gaps as a map.
  const known = row.alive && typeof row.columns['value'] === 'object' && row.columns['value'] !== null ? Object.values(row.columns['value']).map(Number) : [];
  if (known.includes(postId) === isSticky) return;
  const value = isSticky ? [...known, postId] : known.filter((id) => id !== postId);
  const told = batch.fieldChanges.get(item)?.length ?? 0;
  mergeUpsert(batch, 'setting', row, { core: { value, redacted: false } }, revisionFor(batch, row, rev, item), item);
  // To the audit log it is a field of the post.
  const changes = batch.fieldChanges.get(item) ?? [];
  if (changes.length > told) changes.splice(told, Infinity, { field: 'sticky', before: !isSticky, after: isSticky });
}

function removeTerm(batch: Batch, change: Extract<DomainChange, { kind: 'termRemoved' }>, item: DecodedItem): void {
  for (const row of batch.rows.of('term')) {
    const { taxonomy, parentId } = row.columns;
    if (taxonomy !== change.taxonomy || parentId !== change.termId || row.rev === null || row.rev >= change.rev) continue;
    const core = Object.fromEntries(Object.keys(ENTITIES.term.groups['core'] ?? {}).map((column) => [column, row.columns[column]]));
    batch.upsert('term', row, { core: { ...core, parentId: change.parentId } }, change.rev, item);
  }
}
