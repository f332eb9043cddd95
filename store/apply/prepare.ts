// Loads, before anything is merged, every row that a batch will look at: rows by key, their owners, and what deletions cascade to.
import type { DecodedItem, DomainChange, EntityName } from '../../core/changes.js';
import { STAND_IN_FROM, standInMetaId } from '../../core/ids.js';
import { OWNERS } from './entities.js';
import type { Batch } from './batch.js';
import { STICKY_POSTS } from './merge-changes.js';
import { FEW_ROWS, type Key, type LoadPart } from './rows.js';

/** Loads the rows; a handful of statements whatever the batch's size. */
export async function prepareRows(batch: Batch, items: readonly DecodedItem[]): Promise<void> {
  const keys = new Map<EntityName, Key[]>();
  const owners = new Map<EntityName, Set<number>>();
  const deletedOwners = new Map<EntityName, number[]>();
  const want = (entity: EntityName, key: Key) => void pushTo(keys, entity, key);
  const wantOwner = (entity: EntityName, id: unknown) => addTo(owners, entity, id);
  const byColumn: { entity: EntityName; column: string; values: number[] }[] = [];
  for (const item of items) for (const change of item.changes) collect(change, want, wantOwner, deletedOwners, byColumn);
  if (batch.hasStandIns) for (const item of items) for (const change of item.changes) wantStandIn(change, want);

  const count = [...keys.values(), ...deletedOwners.values()].reduce((sum, list) => sum + list.length, 0);
  const isSmall = count <= FEW_ROWS && !deletedOwners.has('order') && !deletedOwners.has('orderItem');
  if (isSmall) await loadFew(batch, keys, owners, deletedOwners);
  for (const { entity, column, values } of byColumn) await batch.rows.loadBy(entity, column, values);
  if (!isSmall) await loadCascades(batch, deletedOwners);
  for (const [entity, list] of keys) await batch.rows.load(entity, list);
  await loadOwners(batch, items, owners);
}

/** The same as loading keys, owners and cascades one by one, with one statement. */
async function loadFew(
  batch: Batch, keys: ReadonlyMap<EntityName, readonly Key[]>, owners: ReadonlyMap<EntityName, ReadonlySet<number>>, deleted: ReadonlyMap<EntityName, readonly number[]>,
): Promise<void> {
  const parts: LoadPart[] = [...keys].map(([entity, list]) => ({ entity, keys: list }));
  for (const [entity, ids] of owners) {
    const whole = new Set((keys.get(entity) ?? []).map((key) => Object.values(key)[0]));
    const others = [...ids].filter((id) => !whole.has(id));
    if (others.length > 0) parts.push({ entity, owners: others });
  }
  const posts = deleted.get('post') ?? [];
  const add = (entity: EntityName, values: readonly number[], where: (list: string) => string): void => void (values.length > 0 && parts.push({ entity, values, where }));
  add('postMeta', posts, (list) => `post_id = ANY(${list})`);
  add('comment', posts, (list) => `post_id = ANY(${list})`);
  add('commentMeta', posts, (list) => `comment_id IN (SELECT id FROM comment WHERE site_id = $1 AND post_id = ANY(${list}))`);
  add('commentMeta', deleted.get('comment') ?? [], (list) => `comment_id = ANY(${list})`);
  add('termRelation', posts, (list) => `object_id = ANY(${list})`);
  add('termRelation', deleted.get('term') ?? [], (list) => `tt_id = ANY(${list})`);
  if (posts.length > 0) parts.push({ entity: 'menuItemLink', keys: posts.map((id) => ({ id })) });
  if (parts.length > 0) await batch.rows.loadTogether(parts);
}

/** Loads what the deletion of these rows takes along. Also used by reconciliation. */
export async function loadCascades(batch: Batch, deleted: ReadonlyMap<EntityName, readonly number[]>): Promise<void> {
  const orders = deleted.get('order') ?? [];
  if (orders.length > 0) await batch.rows.loadBy('orderItem', 'orderId', orders);
  const posts = deleted.get('post') ?? [];
  if (posts.length > 0) {
    await batch.rows.loadBy('postMeta', 'postId', posts);
    await batch.rows.loadBy('comment', 'postId', posts);
    await batch.rows.loadBy('termRelation', 'objectId', posts);
    await batch.rows.load('menuItemLink', posts.map((id) => ({ id })));
  }
  const ids = (entity: EntityName) => batch.rows.of(entity).map((row) => Object.values(row.key)[0] as number);
  const comments = posts.length > 0 ? ids('comment') : (deleted.get('comment') ?? []);
  if (comments.length > 0) await batch.rows.loadBy('commentMeta', 'commentId', comments);
  const orderItems = orders.length > 0 ? ids('orderItem') : (deleted.get('orderItem') ?? []);
  if (orderItems.length > 0) await batch.rows.loadBy('orderItemMeta', 'itemId', orderItems);
  const terms = deleted.get('term') ?? [];
  if (terms.length > 0) await batch.rows.loadBy('termRelation', 'ttId', terms);
}

function wantStandIn(change: DomainChange, want: (entity: EntityName, key: Key) => void): void {
  if (change.kind !== 'upsert' || change.entity !== 'postMeta' || change.key.metaId >= STAND_IN_FROM || !change.groups.core) return;
  want('postMeta', { metaId: standInMetaId('post', change.groups.core.postId, change.groups.core.metaKey, 0) });
}

function collect(
  change: DomainChange,
  want: (entity: EntityName, key: Key) => void,
  wantOwner: (entity: EntityName, id: unknown) => void,
  deletedOwners: Map<EntityName, number[]>,
  byColumn: { entity: EntityName; column: string; values: number[] }[],
): void {
  switch (change.kind) {
    case 'upsert': {
      want(change.entity, change.key);
      // The owners that it names, as loadOwners would ask for them one statement later.
      if (change.entity === 'termRelation') {
        wantOwner('post', change.key.objectId);
        wantOwner('term', change.key.ttId);
      }
      const link = OWNERS[change.entity];
      if (link) wantOwner(link.owner, (change.groups as { core?: Record<string, unknown> }).core?.[link.column]);
      break;
    }
    case 'delete':
      want(change.entity, change.key);
      pushTo(deletedOwners, change.entity, Object.values(change.key)[0] as number);
      break;
    case 'mention':
      for (const id of change.ids) want(change.entity, { id });
      break;
    case 'metaSnapshot': {
      const link = OWNERS[change.entity];
      if (!link) break;
      byColumn.push({ entity: change.entity, column: link.column, values: [...change.ownerIds] });
      for (const id of change.ownerIds) want(link.owner, { id });
      break;
    }
    case 'commentsRestored':
      byColumn.push({ entity: 'comment', column: 'postId', values: [change.postId] });
      want('post', { id: change.postId });
      break;
    case 'authorReassigned':
      byColumn.push({ entity: 'post', column: 'authorId', values: [change.fromUserId] });
      break;
    case 'postStuck':
      want('setting', STICKY_POSTS);
      break;
    case 'termRemoved':
      want('term', { ttId: change.ttId });
      pushTo(deletedOwners, 'term', change.ttId);
      byColumn.push({ entity: 'term', column: 'parentId', values: [change.termId] });
      break;
    default:
      break;
  }
}

// The owners of upserted rows: named by the change where it says so, else by the row in the store; and their owners in turn.
async function loadOwners(batch: Batch, items: readonly DecodedItem[], named: Map<EntityName, Set<number>>): Promise<void> {
  for (const item of items) {
    for (const change of item.changes) {
      if (change.kind !== 'upsert' && change.kind !== 'delete') continue;
      if (change.entity === 'termRelation') {
        if (change.kind === 'delete') {
          addTo(named, 'post', change.key.objectId);
          addTo(named, 'term', change.key.ttId);
        }
        continue;
      }
      const link = OWNERS[change.entity];
      if (link) addTo(named, link.owner, batch.rows.get(change.entity, change.key)?.columns[link.column]);
    }
  }
  for (const entity of ['orderItem', 'comment', 'post', 'term', 'order'] as const) {
    const ids = named.get(entity);
    if (!ids) continue;
    await batch.rows.loadOwners(entity, ids);
    const link = OWNERS[entity];
    if (link) for (const id of ids) addTo(named, link.owner, batch.rows.owner(entity, id)?.columns[link.column]);
  }
}

function addTo(sets: Map<EntityName, Set<number>>, entity: EntityName, id: unknown): void {
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id <= 0) return;
  const set = sets.get(entity);
  if (set) set.add(id);
  else sets.set(entity, new Set([id]));
}

function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
