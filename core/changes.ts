// `DomainChange`: everything that can happen to a site's data, in the project's own words.
// sync/decode and origin produce these; store/apply is their only consumer. They hold no wire shapes and no secrets:
// what must not be known (docs/sync-protocol.md) was dropped before a change was made.
//
// An entity is a set of registers ("groups"). A group is written whole, with the revision of the event that says so; a
// newer revision wins, whatever the order of arrival. A deletion clears every group that is older than itself.
import type { Rev } from './ids.js';

/** JSON as it is stored: plain data without class instances. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Dates are ISO-8601 UTC with a trailing Z, or null for WordPress's 0000-00-00. Local dates have no zone. */
export interface PostCore {
  type: string;
  status: string;
  parentId: number;
  menuOrder: number;
  title: string;
  content: string;
  excerpt: string;
  slug: string;
  /** Site-local time 'YYYY-MM-DDTHH:MM:SS'; drafts have only this one. */
  localDate: string | null;
  dateGmt: string | null;
  modifiedGmt: string | null;
  commentStatus: string;
  pingStatus: string;
  mimeType: string;
  guid: string;
  /** The synced stand-in for the password is kept as this flag only. */
  passwordProtected: boolean;
}

export interface Entities {
  /** wp_posts of every type. Key: post id. */
  post: {
    key: { id: number };
    groups: {
      core: PostCore;
      author: { authorId: number };
      /** Incremental attachment events lack these, so they are a register of their own. */
      links: { permalink: string; shortlink: string };
      /** Rendered content; only when the site sends it (render_filtered_content). */
      rendered: { renderedContent: string; renderedExcerpt: string };
      featured: { featuredImageUrl: string | null };
      /** The status before trashing; only events that trash a post say it. */
      trashed: { trashedFrom: string };
    };
  };
  postMeta: { key: { metaId: number }; groups: { core: { postId: number; metaKey: string; value: Json } } };
  /** Key: term_taxonomy_id. Names are as stored (HTML-escaped). */
  term: {
    key: { ttId: number };
    groups: {
      core: { termId: number; taxonomy: string; name: string; slug: string; description: string; parentId: number };
      count: { storedCount: number };
    };
  };
  /** One object ↔ term link. `present` false is a removal that must outlive older additions. */
  termRelation: { key: { objectId: number; ttId: number }; groups: { core: { present: boolean } } };
  comment: {
    key: { id: number };
    groups: {
      core: { postId: number; parentId: number; type: string; dateGmt: string | null; localDate: string | null; userId: number; karma: number };
      author: { authorName: string };
      email: { authorEmail: string };
      url: { authorUrl: string };
      content: { content: string };
      /** '1', '0', 'spam', 'trash', 'post-trashed' as WordPress stores it; `statusBeforeTrash` remembers for untrash_post_comments. */
      status: { status: string; statusBeforeTrash: string | null };
    };
  };
  commentMeta: { key: { metaId: number }; groups: { core: { commentId: number; metaKey: string; value: Json } } };
  /** What only the menu item events carry. Key: the item's post id. */
  menuItemLink: { key: { id: number }; groups: { core: { url: string; target: string } } };
  user: {
    key: { id: number };
    groups: {
      core: { login: string; nicename: string; email: string; url: string; displayName: string; registeredAt: string | null; locale: string | null };
      /** `caps` is the user's own map, role names included; `allCaps` the synced (shortened) effective list. */
      roles: { roles: readonly string[]; caps: { readonly [cap: string]: boolean }; allCaps: readonly string[] };
      connected: { isConnected: boolean };
      login: { lastLoginAt: string };
    };
  };
  /** Options, constants, callables, network options, update transients, the heartbeat, and last plugin events by file. */
  setting: {
    key: { settingKind: SettingKind; name: string };
    groups: { core: { value: Json; redacted: boolean } };
  };
  /** Orders of either storage; each property is a register because legacy orders arrive as single meta rows. Key: order id. */
  order: { key: { id: number }; groups: OrderGroups };
  orderItem: { key: { id: number }; groups: { core: { orderId: number; name: string; itemType: string } } };
  orderItemMeta: { key: { metaId: number }; groups: { core: { itemId: number; metaKey: string; value: Json } } };
}

export type SettingKind = 'OPTION' | 'CONSTANT' | 'CALLABLE' | 'NETWORK_OPTION' | 'UPDATES' | 'STATS' | 'PLUGIN_EVENT' | 'THEME_EVENT';

/** `props` holds one register a property name, see ORDER_PROPERTIES in sync/decode/orders. Decimals are text. */
export interface OrderGroups {
  core: { orderType: string; parentId: number; createdAt: string | null };
  status: { status: string };
  modified: { modifiedAt: string | null };
  total: { total: string };
  currency: { currency: string };
  paid: { paidAt: string | null };
  completed: { completedAt: string | null };
  discountTotal: { discountTotal: string };
  discountTax: { discountTax: string };
  shippingTotal: { shippingTotal: string };
  shippingTax: { shippingTax: string };
  cartTax: { cartTax: string };
  paymentMethod: { paymentMethod: string };
  paymentMethodTitle: { paymentMethodTitle: string };
  createdVia: { createdVia: string };
  pricesIncludeTax: { pricesIncludeTax: boolean };
  billingCity: { billingCity: string };
  billingState: { billingState: string };
  billingPostcode: { billingPostcode: string };
  billingCountry: { billingCountry: string };
  shippingCity: { shippingCity: string };
  shippingState: { shippingState: string };
  shippingPostcode: { shippingPostcode: string };
  shippingCountry: { shippingCountry: string };
  refundAmount: { refundAmount: string };
  refundReason: { refundReason: string };
  refundedBy: { refundedBy: number };
}

export type EntityName = keyof Entities;

export type Upsert<E extends EntityName = EntityName> = {
  [N in E]: { kind: 'upsert'; entity: N; key: Entities[N]['key']; rev: Rev; groups: Partial<Entities[N]['groups']> };
}[E];

export type Deletion<E extends EntityName = EntityName> = {
  [N in E]: { kind: 'delete'; entity: N; key: Entities[N]['key']; rev: Rev };
}[E];

/** Modules of a full sync whose end proves that what was not mentioned is gone (jetpack-protocol 4.4 and 4.5). */
export type ReconciledModule = 'posts' | 'comments' | 'terms' | 'termRelations' | 'users';

export type DomainChange =
  | Upsert
  | Deletion
  /** The row exists (a stub mentioned it) but its content is not to be taken. */
  | { kind: 'mention'; entity: 'post' | 'comment'; ids: readonly number[]; rev: Rev }
  /** At `rev` these posts (or comments, order items) had exactly the meta rows named, of the keys that are synced. */
  | { kind: 'metaSnapshot'; entity: 'postMeta' | 'commentMeta' | 'orderItemMeta'; ownerIds: readonly number[]; metaIds: readonly number[]; rev: Rev }
  /** How the site stores a meta row whose stored form does not follow from what is kept, as far as a checksum needs it. */
  | { kind: 'metaForm'; entity: 'postMeta' | 'commentMeta' | 'orderItemMeta' | 'user' | 'order'; form: MetaForm; rev: Rev }
  /** These meta rows, of keys whose values are not kept, are gone. */
  | { kind: 'metaFormGone'; entity: 'postMeta' | 'commentMeta' | 'orderItemMeta'; metaIds: readonly number[]; rev: Rev }
  /** The site has no row of this key of this owner. */
  | { kind: 'metaFormsOfKeyGone'; entity: 'postMeta' | 'commentMeta' | 'orderItemMeta'; ownerId: number; metaKey: string; rev: Rev }
  /** At `rev` the site had exactly the named options; others of that kind are gone. */
  | { kind: 'settingSnapshot'; settingKind: SettingKind; names: readonly string[]; rev: Rev }
  /** Comments that untrash_post_comments restores to the status they had. */
  | { kind: 'commentsRestored'; postId: number; rev: Rev }
  /** The posts of a deleted user that WordPress gave to another without an event for each. */
  | { kind: 'authorReassigned'; fromUserId: number; toUserId: number; rev: Rev }
  /** A post was made sticky, or no longer is: a change of the site's list of them, of which a reply tells only its own post. */
  | { kind: 'postStuck'; postId: number; isSticky: boolean; rev: Rev }
  /** Children of a deleted term move to its parent; its relations end. */
  | { kind: 'termRemoved'; ttId: number; termId: number; taxonomy: string; parentId: number; rev: Rev }
  | { kind: 'fullSyncStarted'; rev: Rev; config: Json; range: Json; context: string | null }
  | { kind: 'fullSyncChunk'; module: string; rev: Rev; count: number }
  | { kind: 'fullSyncEnded'; rev: Rev; range: Json; context: string | null }
  | { kind: 'fullSyncCancelled'; rev: Rev };

/** CRC-32 and length of a meta's stored text: enough for its checksum under any salt, and nothing of its content. */
export interface MetaForm {
  readonly metaId: number;
  readonly ownerId: number;
  readonly metaKey: string;
  readonly crc: number;
  readonly bytes: number;
  /** The value as it is kept; undefined when it is not kept as a meta (an order's own metas). */
  readonly keptValue?: Json;
}

export type ActorKind = 'USER' | 'APPLICATION' | 'SYSTEM' | 'CRON' | 'CLI' | 'AGENT' | 'ANONYMOUS' | 'UNKNOWN';

/** Who did it, as far as it may be kept: no e-mail, no address, no agent string, no URL query. */
export interface ActorRef {
  kind: ActorKind;
  userId: number | null;
  label: string;
  /** How it reached the site: 'wp-admin', 'rest', 'xmlrpc', 'cli', 'cron', 'ajax', 'front', an agent's name. */
  via: string | null;
}

export type AuditCategory = 'CONTENT' | 'COMMENT' | 'SETTINGS' | 'EXTENSION' | 'USER' | 'AUTH' | 'COMMERCE' | 'SYNC' | 'SECURITY' | 'PRIVACY';

/** One line of the audit log as decoding sees it; store/apply adds before and after of the fields that really changed. */
export interface AuditDraft {
  /** The site's own action name, e.g. 'updated_option'. */
  event: string;
  category: AuditCategory;
  /** `typename` is a GraphQL typename or a plain word ('Option', 'TaxRate'); `localId` null when nothing can be pointed at. */
  object: { typename: string; localId: string | null; label: string };
  summary: string;
  fieldChanges: readonly { field: string; before: Json; after: Json; redacted: boolean }[];
}

/** One item of a batch after decoding. */
export interface DecodedItem {
  /** The item's key as the site names it; acknowledged by this. */
  key: string;
  action: string;
  rev: Rev;
  /** Seconds of the site's clock, as sent, in ISO-8601 UTC. */
  at: string;
  isImporting: boolean;
  /** For a site's own reply to a call of ours: when the call was made. Absent for everything that a site sends by itself. */
  calledAt?: Date;
  /** Null for items of the immediate queue, which carry no actor. */
  actor: ActorRef | null;
  changes: readonly DomainChange[];
  audit: AuditDraft | null;
  /** Why the item was not understood; it is then kept as a dead letter. */
  deadLetter: { reason: DeadLetterReason; message: string } | null;
}

export type DeadLetterReason = 'undecodable' | 'unknown-action' | 'bad-arguments' | 'refused-by-store';
