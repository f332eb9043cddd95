// All tables of the double, and the plain edits of them. Nothing here tells the hub: an edit that the site's sync would see goes
// through events.ts, one that it would miss (SQL by hand, a restore) is made here.
import { createTable, type Table } from './table.js';
import { NO_DATE, toMetaValue, toSqlDate, type CommentRow, type MetaRow, type OrderItemRow, type OrderRow, type PostRow, type RelationRow, type TermRow, type UserRow } from './rows.js';

export interface Tables {
  readonly posts: Table<PostRow>;
  readonly postmeta: Table<MetaRow>;
  readonly comments: Table<CommentRow>;
  readonly commentmeta: Table<MetaRow>;
  /** By term taxonomy id. */
  readonly terms: Table<TermRow>;
  readonly relations: Table<RelationRow>;
  readonly users: Table<UserRow>;
  readonly orderItems: Table<OrderItemRow>;
  readonly orderItemMeta: Table<MetaRow>;
  readonly orders: Table<OrderRow>;
  readonly options: Map<string, unknown>;
  readonly callables: Map<string, unknown>;
  readonly constants: Map<string, unknown>;
}

export type MetaTable = 'postmeta' | 'commentmeta' | 'orderItemMeta';

function metaTable(): Table<MetaRow> {
  return createTable((row) => row.metaId, (row) => row.ownerId);
}

export function createTables(): Tables {
  return {
    posts: createTable((row) => row.ID, (row) => row.post_parent),
    postmeta: metaTable(),
    comments: createTable((row) => row.comment_ID, (row) => row.comment_post_ID),
    commentmeta: metaTable(),
    terms: createTable((row) => row.term_taxonomy_id),
    relations: createTable((row) => row.id, (row) => row.object_id),
    users: createTable((row) => row.ID),
    orderItems: createTable((row) => row.order_item_id, (row) => row.order_id),
    orderItemMeta: metaTable(),
    orders: createTable((row) => row.id),
    options: new Map(),
    callables: new Map(),
    constants: new Map(),
  };
}

/** Adds a post; what is not given is what WordPress would fill in. */
export function addPost(tables: Tables, siteUrl: string, nowMs: number, fields: Partial<PostRow> = {}): PostRow {
  const id = fields.ID ?? tables.posts.nextId();
  const type = fields.post_type ?? 'post';
  const now = toSqlDate(nowMs);
  const status = fields.post_status ?? 'publish';
  const isFloating = ['draft', 'pending', 'auto-draft'].includes(status);
  return tables.posts.put({
    post_author: 1, post_date: now, post_date_gmt: isFloating ? NO_DATE : now, post_content: '', post_title: '', post_excerpt: '', post_status: status,
    comment_status: 'open', ping_status: 'open', post_password: '', post_name: '', to_ping: '', pinged: '', post_modified: now, post_modified_gmt: now,
    post_content_filtered: '', post_parent: 0, guid: `${siteUrl}/?p=${id}`, menu_order: 0, post_type: type, post_mime_type: '', comment_count: 0, ...fields, ID: id,
  });
}

export function addMeta(tables: Tables, table: MetaTable, ownerId: number, key: string, value: unknown): MetaRow {
  return tables[table].put({ metaId: tables[table].nextId(), ownerId, key, value: toMetaValue(value) });
}

/** Replaces the value of the owner's first row of the key, or adds one. */
export function setMeta(tables: Tables, table: MetaTable, ownerId: number, key: string, value: unknown): { readonly row: MetaRow; readonly isNew: boolean } {
  const found = tables[table].ownedBy(ownerId).find((row) => row.key === key);
  if (!found) return { row: addMeta(tables, table, ownerId, key, value), isNew: true };
  return { row: tables[table].put({ ...found, value: toMetaValue(value) }), isNew: false };
}

export function addTerm(tables: Tables, taxonomy: string, name: string, fields: Partial<TermRow> = {}): TermRow {
  const ttId = fields.term_taxonomy_id ?? tables.terms.nextId();
  // Two tables, two counters: they part as soon as a term was made with a number of its own.
  const termId = Math.max(ttId, ...tables.terms.all().map((term) => term.term_id + 1));
  const slug = name.toLowerCase().replace(/&amp;/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return tables.terms.put({ term_id: termId, name, slug, term_group: 0, taxonomy, description: '', parent: 0, count: 0, ...fields, term_taxonomy_id: ttId });
}

/** Relates an object to exactly these rows of `term_taxonomy` within a taxonomy; gives the rows it had before. */
export function setTerms(tables: Tables, objectId: number, taxonomy: string, ttIds: readonly number[]): number[] {
  const before = tables.relations.ownedBy(objectId).filter((row) => tables.terms.get(row.term_taxonomy_id)?.taxonomy === taxonomy);
  for (const row of before) {
    if (ttIds.includes(row.term_taxonomy_id)) continue;
    tables.relations.remove(row.id);
    count(tables, row.term_taxonomy_id, -1);
  }
  for (const ttId of ttIds) {
    if (before.some((row) => row.term_taxonomy_id === ttId)) continue;
    tables.relations.put({ id: tables.relations.nextId(), object_id: objectId, term_taxonomy_id: ttId, term_order: 0 });
    count(tables, ttId, 1);
  }
  return before.map((row) => row.term_taxonomy_id);
}

function count(tables: Tables, ttId: number, change: number): void {
  const term = tables.terms.get(ttId);
  if (term) term.count += change;
}

export function addComment(tables: Tables, postId: number, nowMs: number, fields: Partial<CommentRow> = {}): CommentRow {
  const now = toSqlDate(nowMs);
  return tables.comments.put({
    comment_post_ID: postId, comment_author: 'Ines Duarte', comment_author_email: 'ines@reader.example', comment_author_url: '', comment_author_IP: '203.0.113.9',
    comment_date: now, comment_date_gmt: now, comment_content: 'Thank you for this.', comment_karma: 0, comment_approved: '1', comment_agent: 'Mozilla/5.0',
    comment_type: 'comment', comment_parent: 0, user_id: 0, ...fields, comment_ID: fields.comment_ID ?? tables.comments.nextId(),
  });
}

export function addUser(tables: Tables, login: string, roles: readonly string[], nowMs: number, fields: Partial<UserRow> = {}): UserRow {
  return tables.users.put({
    user_login: login, user_nicename: login, user_email: `${login}@people.example`, user_url: '', user_registered: toSqlDate(nowMs), user_status: 0,
    display_name: login.charAt(0).toUpperCase() + login.slice(1), roles: [...roles], ...fields, ID: fields.ID ?? tables.users.nextId(),
  });
}

export function addOrder(tables: Tables, nowMs: number, fields: Partial<OrderRow> = {}): OrderRow {
  const id = fields.id ?? Math.max(tables.orders.nextId(), tables.posts.nextId());
  const now = toSqlDate(nowMs);
  const address = { city: 'Lisbon', state: '', postcode: '1100-148', country: 'PT' };
  return tables.orders.put({
    type: 'shop_order', status: 'wc-processing', parent_order_id: 0, currency: 'EUR', total_amount: '20.00000000', tax_amount: '0.00000000', date_created_gmt: now,
    date_updated_gmt: now, payment_method: 'bacs', payment_method_title: 'Direct bank transfer', billing: address, shipping: address, order_key: `wc_order_${id}`,
    date_paid_gmt: null, date_completed_gmt: null, ...fields, id,
  });
}

export function addOrderItem(tables: Tables, orderId: number, name: string, metas: Readonly<Record<string, unknown>>, fields: Partial<OrderItemRow> = {}): OrderItemRow {
  const item = tables.orderItems.put({ order_item_name: name, order_item_type: 'line_item', order_id: orderId, ...fields, order_item_id: fields.order_item_id ?? tables.orderItems.nextId() });
  for (const [key, value] of Object.entries(metas)) addMeta(tables, 'orderItemMeta', item.order_item_id, key, value);
  return item;
}
