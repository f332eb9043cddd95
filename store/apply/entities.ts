// The entities of core/changes.ts as tables: key columns, register groups and their SQL types.
// Read by the loader, the merger and the writer of store/apply; a column that is not here is never written by a change.
import type { EntityName } from '../../core/changes.js';

export type ColumnType = 'bigint' | 'integer' | 'text' | 'boolean' | 'jsonb' | 'text[]' | 'timestamptz' | 'timestamp';

export type Column = readonly [name: string, type: ColumnType];

export interface EntitySpec {
  readonly table: string;
  readonly key: Readonly<Record<string, ColumnType>>;
  /** Register groups in order; 'core' makes a row visible. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;
  /** All columns of the groups. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** The same as lists, which are gone through once a row. */
  readonly keyNames: readonly string[];
  readonly columnList: readonly Column[];
  readonly groupLists: Readonly<Record<string, readonly Column[]>>;
  /** Columns whose values make the version; null for entities without one. */
  readonly versioned: readonly string[] | null;
}

function entity(
  table: string,
  key: Record<string, ColumnType>,
  groups: Record<string, Record<string, ColumnType>>,
  unversioned: readonly string[] | null = null,
): EntitySpec {
  const columns = Object.assign({}, ...Object.values(groups)) as Record<string, ColumnType>;
  const versioned = unversioned === null ? null : Object.keys(columns).filter((column) => !unversioned.includes(column));
  const groupLists = Object.fromEntries(Object.entries(groups).map(([group, types]) => [group, Object.entries(types)]));
  return { table, key, groups, columns, keyNames: Object.keys(key), columnList: Object.entries(columns), groupLists, versioned };
}

const text = 'text' as const;
const single = (name: string, type: ColumnType = text): Record<string, ColumnType> => ({ [name]: type });

export const ENTITIES: Readonly<Record<EntityName, EntitySpec>> = {
  post: entity('post', { id: 'bigint' }, {
    core: {
      type: text, status: text, parentId: 'bigint', menuOrder: 'integer', title: text, content: text, excerpt: text, slug: text,
      localDate: 'timestamp', dateGmt: 'timestamptz', modifiedGmt: 'timestamptz', commentStatus: text, pingStatus: text, mimeType: text,
      guid: text, passwordProtected: 'boolean',
    },
    author: { authorId: 'bigint' },
    links: { permalink: text, shortlink: text },
    rendered: { renderedContent: text, renderedExcerpt: text },
    featured: { featuredImageUrl: text },
    trashed: { trashedFrom: text },
  }, ['modifiedGmt', 'renderedContent', 'renderedExcerpt', 'shortlink', 'featuredImageUrl', 'trashedFrom']),
  postMeta: entity('post_meta', { metaId: 'bigint' }, { core: { postId: 'bigint', metaKey: text, value: 'jsonb' } }),
  term: entity('term', { ttId: 'bigint' }, {
    core: { termId: 'bigint', taxonomy: text, name: text, slug: text, description: text, parentId: 'bigint' },
    count: { storedCount: 'integer' },
  }, ['storedCount']),
  termRelation: entity('term_relation', { objectId: 'bigint', ttId: 'bigint' }, { core: { present: 'boolean' } }),
  comment: entity('comment', { id: 'bigint' }, {
    core: { postId: 'bigint', parentId: 'bigint', type: text, dateGmt: 'timestamptz', localDate: 'timestamp', userId: 'bigint', karma: 'integer' },
    author: single('authorName'),
    email: single('authorEmail'),
    url: single('authorUrl'),
    content: single('content'),
    status: { status: text, statusBeforeTrash: text },
  }, ['statusBeforeTrash']),
  commentMeta: entity('comment_meta', { metaId: 'bigint' }, { core: { commentId: 'bigint', metaKey: text, value: 'jsonb' } }),
  menuItemLink: entity('menu_item_link', { id: 'bigint' }, { core: { url: text, target: text } }),
  user: entity('site_user', { id: 'bigint' }, {
    core: { login: text, nicename: text, email: text, url: text, displayName: text, registeredAt: 'timestamptz', locale: text },
    roles: { roles: 'text[]', caps: 'jsonb', allCaps: 'text[]' },
    connected: { isConnected: 'boolean' },
    login: { lastLoginAt: 'timestamptz' },
  }, ['lastLoginAt', 'isConnected']),
  setting: entity('setting', { settingKind: text, name: text }, {
    core: { value: 'jsonb', redacted: 'boolean' },
    // Written only by items that have an actor, so that a full sync does not forget who changed it.
    actor: { actor: 'jsonb' },
  }),
  order: entity('shop_order', { id: 'bigint' }, {
    core: { orderType: text, parentId: 'bigint', createdAt: 'timestamptz' },
    status: single('status'),
    modified: single('modifiedAt', 'timestamptz'),
    total: single('total'),
    currency: single('currency'),
    paid: single('paidAt', 'timestamptz'),
    completed: single('completedAt', 'timestamptz'),
    discountTotal: single('discountTotal'),
    discountTax: single('discountTax'),
    shippingTotal: single('shippingTotal'),
    shippingTax: single('shippingTax'),
    cartTax: single('cartTax'),
    paymentMethod: single('paymentMethod'),
    paymentMethodTitle: single('paymentMethodTitle'),
    createdVia: single('createdVia'),
    pricesIncludeTax: single('pricesIncludeTax', 'boolean'),
    billingCity: single('billingCity'),
    billingState: single('billingState'),
    billingPostcode: single('billingPostcode'),
    billingCountry: single('billingCountry'),
    shippingCity: single('shippingCity'),
    shippingState: single('shippingState'),
    shippingPostcode: single('shippingPostcode'),
    shippingCountry: single('shippingCountry'),
    refundAmount: single('refundAmount'),
    refundReason: single('refundReason'),
    refundedBy: single('refundedBy', 'bigint'),
  }, ['modifiedAt']),
  orderItem: entity('order_item', { id: 'bigint' }, { core: { orderId: 'bigint', name: text, itemType: text } }),
  orderItemMeta: entity('order_item_meta', { metaId: 'bigint' }, { core: { itemId: 'bigint', metaKey: text, value: 'jsonb' } }),
};

/** Which entity owns a row: its deletion ends the row, and its `_meta` mark says which rows a snapshot left out. */
export const OWNERS: Readonly<Partial<Record<EntityName, { owner: EntityName; column: string }>>> = {
  postMeta: { owner: 'post', column: 'postId' },
  commentMeta: { owner: 'comment', column: 'commentId' },
  orderItemMeta: { owner: 'orderItem', column: 'itemId' },
  orderItem: { owner: 'order', column: 'orderId' },
  comment: { owner: 'post', column: 'postId' },
};

/** camelCase to the column's name. */
export function columnName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What of an owner is looked at beside its marks when only rows that it owns are written: what names its node, and its own owner. */
export const OWNER_COLUMNS: Readonly<Partial<Record<EntityName, readonly string[]>>> = {
  post: ['type'], comment: ['postId'], orderItem: ['orderId'], order: [], term: [],
};
