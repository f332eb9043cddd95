// The change log: one entry a node and batch. Collected here from what the batch did; store/apply/logs.ts writes it.
import type { ActorRef, DecodedItem, EntityName } from '../../core/changes.js';
import type { NodeType } from '../../core/ids.js';
import { typenameOfPostType } from '../../core/post-types.js';
import type { Batch } from './batch.js';
import { ENTITIES } from './entities.js';
import { same, type RowState } from './merge.js';

export interface ChangeEntry {
  kind: 'CREATED' | 'UPDATED' | 'DELETED';
  typename: NodeType;
  localId: string;
  changedFields: string[];
  at: string;
  actor: ActorRef | null;
}

/** The entries of a batch in their order. */
export async function changeEntries(batch: Batch): Promise<readonly ChangeEntry[]> {
  return [...(await collectEntries(batch)).values()];
}

async function collectEntries(batch: Batch): Promise<Map<string, ChangeEntry>> {
  const entries = new Map<string, ChangeEntry>();
  for (const entity of ['post', 'term', 'comment', 'user', 'order'] as const) {
    for (const row of batch.rows.of(entity)) addOwnEntry(entries, batch, entity, row);
  }
  for (const { typename, localId, kind, changedFields, item } of batch.noted) {
    entries.set(`${typename}:${localId}`, { kind, typename, localId, changedFields: [...changedFields], at: item.at, actor: item.actor });
  }
  touchOwners(batch);
  await touchMenus(batch);
  for (const [key, touched] of batch.touched) {
    const known = entries.get(key);
    if (known) {
      if (known.kind === 'UPDATED') known.changedFields = [...new Set([...known.changedFields, ...touched.fields])];
      continue;
    }
    const colon = key.indexOf(':');
    const typename = key.slice(0, colon) as NodeType;
    entries.set(key, { kind: 'UPDATED', typename, localId: key.slice(colon + 1), changedFields: [...touched.fields], at: touched.at, actor: touched.actor });
  }
  return entries;
}

function addOwnEntry(entries: Map<string, ChangeEntry>, batch: Batch, entity: EntityName, row: RowState): void {
  const item = batch.lastItem.get(row);
  const was = row.before?.alive ?? false;
  if (!item || (!was && !row.alive)) return;
  const node = nodeOf(entity, row, row.alive ? row.columns : (row.before?.columns ?? {}));
  if (!node) return;
  const kind = was ? (row.alive ? 'UPDATED' : 'DELETED') : 'CREATED';
  const changedFields = kind === 'UPDATED' ? changedColumns(entity, row) : [];
  if (kind === 'UPDATED' && changedFields.length === 0) return;
  entries.set(`${node.typename}:${node.localId}`, { kind, ...node, changedFields, at: item.at, actor: item.actor });
}

function changedColumns(entity: EntityName, row: RowState): string[] {
  // Who told a setting last is no change of it: the echo of a write of ours tells the same value by another way.
  return Object.keys(ENTITIES[entity].columns).filter((column) => !(entity === 'setting' && column === 'actor') && !same(row.columns[column] ?? null, row.before?.columns[column] ?? null));
}

function nodeOf(entity: EntityName, row: RowState, columns: Readonly<Record<string, unknown>>): { typename: NodeType; localId: string } | null {
  const id = String(Object.values(row.key)[0]);
  switch (entity) {
    case 'post': {
      const typename = typenameOfPostType(String(columns['type'] ?? ''));
      return typename === null ? null : { typename, localId: id };
    }
    case 'term':
      return columns['taxonomy'] === 'nav_menu' ? { typename: 'Menu', localId: String(columns['termId']) } : { typename: 'Term', localId: id };
    case 'comment':
      return { typename: 'Comment', localId: id };
    case 'user':
      return { typename: 'User', localId: id };
    case 'order':
      return columns['orderType'] === 'shop_order' ? { typename: 'Order', localId: id } : null;
    default:
      return null;
  }
}

// Rows that are part of another node: their change is an update of that node.
function touchOwners(batch: Batch): void {
  const post = (id: unknown, field: string, item: DecodedItem) => {
    const owner = batch.rows.owner('post', id as number);
    // What was created is told as a whole.
    if (!owner?.alive || (owner.before?.alive !== true && batch.lastItem.has(owner))) return;
    const node = nodeOf('post', owner, owner.columns);
    if (node) batch.touch(node.typename, node.localId, field, item);
  };
  each(batch, 'postMeta', (columns, item) => post(columns['postId'], `meta.${String(columns['metaKey'])}`, item));
  each(batch, 'termRelation', (_columns, item, row) => post(row.key['objectId'], 'terms', item));
  each(batch, 'commentMeta', (columns, item) => batch.touch('Comment', columns['commentId'] as number, `meta.${String(columns['metaKey'])}`, item));
  each(batch, 'orderItem', (columns, item) => batch.touch('Order', columns['orderId'] as number, 'lineItems', item));
  each(batch, 'orderItemMeta', (columns, item) => {
    const owner = batch.rows.owner('orderItem', columns['itemId'] as number);
    if (owner?.alive) batch.touch('Order', owner.columns['orderId'] as number, 'lineItems', item);
  });
  each(batch, 'setting', (_columns, item, row) => {
    const kind = String(row.key['settingKind']);
    if (kind === 'PLUGIN_EVENT' || kind === 'THEME_EVENT' || kind === 'STATS') return;
    batch.touch('Site', batch.siteId, `${kind.toLowerCase()}.${String(row.key['name'])}`, item);
  });
  for (const row of batch.rows.of('order')) {
    const item = batch.lastItem.get(row);
    const columns = row.alive ? row.columns : (row.before?.columns ?? {});
    if (item && columns['orderType'] === 'shop_order_refund') batch.touch('Order', columns['parentId'] as number, 'refunds', item);
  }
}

function each(batch: Batch, entity: EntityName, tell: (columns: Readonly<Record<string, unknown>>, item: DecodedItem, row: RowState) => void): void {
  for (const row of batch.rows.of(entity)) {
    const item = batch.lastItem.get(row);
    const was = row.before?.alive ?? false;
    if (!item || (!was && !row.alive)) continue;
    if (was && row.alive && changedColumns(entity, row).length === 0) continue;
    tell(row.alive ? row.columns : (row.before?.columns ?? {}), item, row);
  }
}

// A menu item is a post, its metas, a link and a relation; whichever changed, the menu that holds it did.
async function touchMenus(batch: Batch): Promise<void> {
  const items = new Map<number, DecodedItem>();
  const isItem = (id: number) => {
    const row = batch.rows.owner('post', id);
    return row?.columns['type'] === 'nav_menu_item' || row?.before?.columns['type'] === 'nav_menu_item';
  };
  for (const row of batch.rows.of('post')) {
    const item = batch.lastItem.get(row);
    if (item && isItem(row.key['id'] as number)) items.set(row.key['id'] as number, item);
  }
  each(batch, 'postMeta', (columns, item) => void (isItem(columns['postId'] as number) && items.set(columns['postId'] as number, item)));
  each(batch, 'termRelation', (_columns, item, row) => void (isItem(row.key['objectId'] as number) && items.set(row.key['objectId'] as number, item)));
  each(batch, 'menuItemLink', (_columns, item, row) => void items.set(row.key['id'] as number, item));
  if (items.size === 0) return;
  const menus = await batch.tx.query<{ item: number; menu: number }>(
    `SELECT r.object_id AS item, t.term_id AS menu FROM term_relation r JOIN term t ON t.site_id = $1 AND t.tt_id = r.tt_id
     WHERE r.site_id = $1 AND r.object_id = ANY($2::bigint[]) AND t.taxonomy = 'nav_menu' AND t.alive`,
    [batch.siteId, [...items.keys()]],
  );
  for (const { item, menu } of menus) {
    const source = items.get(item);
    if (source) batch.touch('Menu', menu, 'items', source);
  }
}
