// How the differing rows of each table are fetched and turned into changes, by the decoders of full syncs. What the site no longer has
// is deleted. A revision is the time of the reading, so that events since then win. repair.ts drives this; nothing is written here.
import type { z } from 'zod';
import type { DomainChange, Json } from '../../core/changes.js';
import type { Rev, SiteId } from '../../core/ids.js';
import type { ChecksumTable } from '../../store/read/checksum-tables.js';
import type { Store } from '../../store/store.js';
import { changesOfComment, commentShape } from '../decode/comments.js';
import { orderItemShape, upsertOrderItem } from '../decode/commerce.js';
import { changesOfOrderObject, orderObjectShape } from '../decode/orders.js';
import { changesOfPost, postShape } from '../decode/posts.js';
import { relate, removeTerm, termShape, upsertTerm } from '../decode/terms.js';
import { changesOfUser, userShape } from '../decode/users.js';

/** Tables whose rows sync/object tells; metas have a file of their own. */
export type ObjectTable = Exclude<ChecksumTable, 'postmeta' | 'commentmeta' | 'woocommerce_order_itemmeta'>;

export interface ObjectSource {
  readonly module: string;
  readonly type: string;
  /** Objects a call; posts may be large. */
  readonly batch: number;
  /** The ids to ask for, out of those that differ; null where the key is not an id. */
  idsToAsk?(store: Store, siteId: SiteId, ids: readonly number[]): Promise<number[]>;
  /** What the answer says about each id that was asked for; an id without an object is gone. */
  read(context: ReadContext): Promise<DomainChange[]>;
}

export interface ReadContext {
  readonly store: Store;
  readonly siteId: SiteId;
  readonly asked: readonly number[];
  readonly objects: Readonly<Record<string, unknown>>;
  readonly rev: Rev;
}

/** `toChanges` of each object that parses; `gone` for what was not told. An object that does not parse says nothing. */
function byId<S extends z.ZodType>(shape: S, toChanges: (object: z.output<S>, rev: Rev) => readonly DomainChange[], gone: (id: number, rev: Rev) => DomainChange[]) {
  return ({ asked, objects, rev }: ReadContext): Promise<DomainChange[]> =>
    Promise.resolve(asked.flatMap((id) => {
      const object = objects[String(id)];
      if (object === undefined || object === null) return gone(id, rev);
      const parsed = shape.safeParse(object);
      return parsed.success ? [...toChanges(parsed.data, rev)] : [];
    }));
}

const deletion = (entity: 'post' | 'comment' | 'user' | 'order' | 'orderItem') => (id: number, rev: Rev): DomainChange[] => [{ kind: 'delete', entity, key: { id }, rev }];

/** sync/object has names for people in `name` and stored ones in `raw_name`; of post formats sync events carry the former too. */
function asTerm(object: unknown): unknown {
  const term = object as Readonly<Record<string, unknown>>;
  return term['taxonomy'] === 'post_format' ? term : { ...term, name: term['raw_name'] ?? term['name'] };
}

interface HeldTerm extends Record<string, unknown> {
  ttId: number;
  termId: number;
  taxonomy: string;
  parentId: number;
}

function heldTerms(store: Store, siteId: SiteId, column: 'term_id' | 'tt_id', ids: readonly number[]): Promise<HeldTerm[]> {
  return store.database.query<HeldTerm>(
    `SELECT tt_id AS "ttId", term_id AS "termId", taxonomy, parent_id AS "parentId" FROM term WHERE site_id = $1 AND alive AND ${column} = ANY($2::bigint[])`,
    [siteId, ids],
  );
}

async function readTerms({ store, siteId, asked, objects, rev }: ReadContext): Promise<DomainChange[]> {
  const held = await heldTerms(store, siteId, 'term_id', asked);
  return asked.flatMap((termId) => {
    const object = objects[String(termId)];
    if (object === undefined || object === null) return held.filter((term) => term.termId === termId).flatMap((term) => removeTerm(term, rev));
    const parsed = termShape.safeParse(asTerm(object));
    return parsed.success ? [upsertTerm(parsed.data, rev)] : [];
  });
}

async function readRelations({ store, siteId, asked, objects, rev }: ReadContext): Promise<DomainChange[]> {
  const held = await store.database.query<{ objectId: number; ttId: number }>(
    'SELECT object_id AS "objectId", tt_id AS "ttId" FROM term_relation WHERE site_id = $1 AND alive AND object_id = ANY($2::bigint[])', [siteId, asked]);
  return asked.flatMap((objectId) => {
    const object = objects[String(objectId)] as { relationships?: unknown } | undefined;
    const rows = Object.values((object?.relationships ?? []) as Record<string, { term_taxonomy_id?: Json }>);
    const current = new Set(rows.map((row) => Number(row.term_taxonomy_id)).filter((ttId) => Number.isSafeInteger(ttId) && ttId > 0));
    const ended = held.filter((row) => row.objectId === objectId && !current.has(row.ttId));
    return [...[...current].map((ttId) => relate(objectId, ttId, true, rev)), ...ended.map((row) => relate(objectId, row.ttId, false, rev))];
  });
}

/** The order items of an answer are a list of rows, not a map. */
function readOrderItems(context: ReadContext): Promise<DomainChange[]> {
  const rows = Object.values(context.objects) as { order_item_id?: Json }[];
  const objects = Object.fromEntries(rows.map((row) => [String(row.order_item_id), row]));
  return byId(orderItemShape, (row, rev) => [upsertOrderItem(row, rev)], deletion('orderItem'))({ ...context, objects });
}

const PEOPLE: ObjectSource = { module: 'users', type: 'user', batch: 50, read: byId(userShape, changesOfUser, deletion('user')) };
const ORDERS: ObjectSource = { module: 'woocommerce_hpos_orders', type: 'order', batch: 50, read: byId(orderObjectShape, changesOfOrderObject, deletion('order')) };

export const OBJECT_SOURCES: Readonly<Record<ObjectTable, ObjectSource>> = {
  posts: { module: 'posts', type: 'post', batch: 50, read: byId(postShape, changesOfPost, deletion('post')) },
  comments: { module: 'comments', type: 'comment', batch: 100, read: byId(commentShape, (row, rev) => changesOfComment(row, rev), deletion('comment')) },
  terms: { module: 'terms', type: 'term', batch: 100, read: readTerms },
  term_taxonomy: {
    module: 'terms', type: 'term', batch: 100,
    // A term and its row of the taxonomy have the same id on all but sites older than WordPress 4.3; ours is known where we have the row.
    async idsToAsk(store, siteId, ids) {
      const held = new Map((await heldTerms(store, siteId, 'tt_id', ids)).map((term) => [term.ttId, term.termId]));
      return [...new Set(ids.map((id) => held.get(id) ?? id))];
    },
    read: readTerms,
  },
  term_relationships: { module: 'terms', type: 'term_relationships', batch: 100, read: readRelations },
  users: PEOPLE,
  usermeta: PEOPLE,
  woocommerce_order_items: { module: 'woocommerce', type: 'order_item', batch: 100, read: readOrderItems },
  wc_orders: ORDERS,
  wc_order_operational_data: ORDERS,
};
