// Metas of posts, comments and order items. Keys outside the allow-list leave no trace; an order's own keys become
// registers of the order and are not kept as post meta.
import { z } from 'zod';
import type { DomainChange, Json } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { decoder, NOTHING, type DecodeOptions, type DecoderTable } from './item.js';
import { formOfValue } from './meta-forms.js';
import { clearOrderMeta, isOrderMeta, upsertOrderOfMeta } from './orders.js';
import { admitMetaValue, keepsCommentMeta, keepsOrderItemMeta, keepsPostMeta, ORDER_KEY_META } from './privacy.js';
import { id, json, listOf, nameText, positional, type MetaRow } from './shapes.js';

type Owner = 'post' | 'comment' | 'orderItem';

function keeps(owner: Owner, key: string, options: DecodeOptions): boolean {
  if (owner === 'post') return !isOrderMeta(key) && keepsPostMeta(key, options.extraPostMeta);
  return owner === 'comment' ? keepsCommentMeta(key) : keepsOrderItemMeta(key);
}

/** What a meta row says, or nothing when its key is not kept. */
export function changesOfMeta(owner: Owner, row: MetaRow, rev: Rev, options: DecodeOptions): DomainChange[] {
  return [...valueOfMeta(owner, row, rev, options), ...formOfMeta(owner, row, rev, options)];
}

function isFormOnly(owner: Owner, key: string): boolean {
  return owner === 'post' && (isOrderMeta(key) || key === ORDER_KEY_META);
}

/** Whether anything is kept of a meta: its value, a register of its order, or its form alone. */
export function keepsMeta(owner: Owner, key: string, options: DecodeOptions): boolean {
  return isFormOnly(owner, key) || keeps(owner, key, options);
}

/** Keys of owners that are kept as a form alone, or not at all, have no row of their own. */
function formOfMeta(owner: Owner, row: MetaRow, rev: Rev, options: DecodeOptions): DomainChange[] {
  const { metaId, ownerId, metaKey, value } = row;
  const formOnly = isFormOnly(owner, metaKey);
  if (ownerId === 0 || (!formOnly && (typeof value !== 'object' || value === null || !keeps(owner, metaKey, options)))) return [];
  const kept = formOnly ? undefined : admitMetaValue(metaKey, value);
  // A value of which something was blanked: its checksum would let a guess of what was blanked be tried.
  if (kept !== undefined && JSON.stringify(kept) !== JSON.stringify(value)) return [];
  const form = formOfValue(value);
  if (form === null) return [];
  return [{ kind: 'metaForm', entity: ENTITIES[owner], form: { metaId, ownerId, metaKey, ...form, ...(kept === undefined ? {} : { keptValue: kept }) }, rev }];
}

/** The value that a meta row gives to the row that is kept of it, or to a register of the order. */
function valueOfMeta(owner: Owner, row: MetaRow, rev: Rev, options: DecodeOptions): DomainChange[] {
  if (owner === 'post' && isOrderMeta(row.metaKey)) return upsertOrderOfMeta(row.ownerId, row.metaKey, row.value, rev);
  if (!keeps(owner, row.metaKey, options)) return [];
  const key = { metaId: row.metaId };
  const value: Json = admitMetaValue(row.metaKey, row.value);
  const { metaKey, ownerId } = row;
  if (owner === 'post') return [{ kind: 'upsert', entity: 'postMeta', key, rev, groups: { core: { postId: ownerId, metaKey, value } } }];
  if (owner === 'comment') return [{ kind: 'upsert', entity: 'commentMeta', key, rev, groups: { core: { commentId: ownerId, metaKey, value } } }];
  return [{ kind: 'upsert', entity: 'orderItemMeta', key, rev, groups: { core: { itemId: ownerId, metaKey, value } } }];
}

const ENTITIES = { post: 'postMeta', comment: 'commentMeta', orderItem: 'orderItemMeta' } as const;

/** The rows of a full-sync chunk, and the snapshot that says that these owners have no others. */
export function changesOfMetaRows(owner: Owner, ownerIds: readonly number[], rows: readonly MetaRow[], rev: Rev, options: DecodeOptions): DomainChange[] {
  const metaIds = rows.filter((row) => keeps(owner, row.metaKey, options)).map((row) => row.metaId);
  const upserts = rows.flatMap((row) => changesOfMeta(owner, row, rev, options));
  return ownerIds.length === 0 ? upserts : [...upserts, { kind: 'metaSnapshot', entity: ENTITIES[owner], ownerIds, metaIds, rev }];
}

function written(owner: Owner) {
  return decoder(positional({ metaId: id, ownerId: id, metaKey: nameText, value: json }), (row, item) => ({
    changes: changesOfMeta(owner, row, item.rev, item.options),
    audit: null,
  }));
}

/** `ownerId` 0 means the key on every owner; the ids of the rows are what counts. One id may stand without a list. */
const removal = positional({ metaIds: z.union([id.transform((metaId) => [metaId]), listOf(id)]), ownerId: id, metaKey: nameText });

function removed(owner: Owner) {
  return decoder(removal, ({ metaIds, ownerId, metaKey }, item) => {
    const gone: DomainChange[] = isFormOnly(owner, metaKey) ? [{ kind: 'metaFormGone', entity: ENTITIES[owner], metaIds, rev: item.rev }] : [];
    if (owner === 'post' && isOrderMeta(metaKey)) return { changes: [...clearOrderMeta(ownerId, metaKey, item.rev), ...gone], audit: null };
    if (gone.length > 0) return { changes: gone, audit: null };
    if (!keeps(owner, metaKey, item.options)) return NOTHING;
    const changes = metaIds.map((metaId): DomainChange => ({ kind: 'delete', entity: ENTITIES[owner], key: { metaId }, rev: item.rev }));
    return { changes, audit: null };
  });
}

/** Forms clean up Akismet's verdicts, which are never stored. The event names no rows, so no other key could follow it. */
const batchDelete = decoder(positional({ postIds: listOf(id), metaKey: nameText }), () => NOTHING);

export const META_DECODERS: DecoderTable = {
  added_post_meta: written('post'),
  updated_post_meta: written('post'),
  deleted_post_meta: removed('post'),
  jetpack_post_meta_batch_delete: batchDelete,
  added_comment_meta: written('comment'),
  updated_comment_meta: written('comment'),
  deleted_comment_meta: removed('comment'),
  added_order_item_meta: written('orderItem'),
  updated_order_item_meta: written('orderItem'),
  deleted_order_item_meta: removed('orderItem'),
};
