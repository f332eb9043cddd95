// Full syncs: start, end, cancellation, and the chunks between. A chunk gives the same changes as events would, and says
// besides that its owners have no other metas (or the site no other options). Module names are those of the config.
import { z } from 'zod';
import type { DomainChange } from '../../core/changes.js';
import { auditLine } from './audit.js';
import { changesOfComment, commentShape } from './comments.js';
import { orderItemShape, upsertOrderItem } from './commerce.js';
import { activeThemeShape, upsertActiveTheme, upsertUpdates } from './extensions.js';
import { decoder, ignoringArguments, NOTHING, type Decoder, type DecoderTable, type ItemContext } from './item.js';
import { changesOfMetaRows } from './metas.js';
import { changesOfOrderObject, isOrderType, orderObjectShape, unsetOrderDates } from './orders.js';
import { changesOfPost, postShape } from './posts.js';
import { guard } from './privacy.js';
import { changesOfSetting } from './settings.js';
import { id, json, label, listOf, mapOf, metaRow, positional } from './shapes.js';
import { relate, termShape, upsertTerm } from './terms.js';
import { changesOfUser, userShape } from './users.js';

function syncLine(item: ItemContext, summary: string) {
  return auditLine(item, { category: 'SYNC', typename: 'FullSync', localId: null, label: 'Full sync', summary });
}

function chunk(module: string, count: number, item: ItemContext): DomainChange {
  return { kind: 'fullSyncChunk', module, rev: item.rev, count };
}

const started = decoder(positional({ config: json, range: json, context: label }), ({ config, range, context }, item) => ({
  changes: [{ kind: 'fullSyncStarted', rev: item.rev, config: guard(config).value, range: guard(range).value, context: context || null }],
  audit: syncLine(item, 'Full sync started'),
}));

const ended = decoder(positional({ checksum: json, range: json, context: label }), ({ range, context }, item) => ({
  changes: [{ kind: 'fullSyncEnded', rev: item.rev, range: guard(range).value, context: context || null }],
  audit: syncLine(item, 'Full sync ended'),
}));

const cancelled = ignoringArguments((item) => ({
  changes: [{ kind: 'fullSyncCancelled', rev: item.rev }],
  audit: syncLine(item, 'Full sync cancelled'),
}));

function settings(module: string, kind: 'OPTION' | 'NETWORK_OPTION' | 'CONSTANT' | 'CALLABLE', withSnapshot: boolean): Decoder {
  return decoder(mapOf(json), (values, item) => {
    const upserts = Object.entries(values).flatMap(([name, value]) => changesOfSetting(kind, name, value, item.rev));
    const names = upserts.flatMap((change) => (change.kind === 'upsert' && change.entity === 'setting' ? [change.key.name] : []));
    const snapshot: DomainChange[] = withSnapshot ? [{ kind: 'settingSnapshot', settingKind: kind, names, rev: item.rev }] : [];
    return { changes: [...upserts, ...snapshot, chunk(module, upserts.length, item)], audit: null };
  });
}

const posts = decoder(positional({ posts: listOf(postShape), metas: listOf(metaRow('post_id')) }), ({ posts: rows, metas }, item) => {
  const owners = rows.filter((row) => row.kind === 'full').map((row) => row.ID);
  const orderIds = rows.flatMap((row) => (row.kind === 'full' && isOrderType(row.post_type) ? [row.ID] : []));
  const metaChanges = [...unsetOrderDates(orderIds, metas, item.rev), ...changesOfMetaRows('post', owners, metas, item.rev, item.options)];
  return { changes: [...rows.flatMap((row) => changesOfPost(row, item.rev)), ...metaChanges, chunk('posts', rows.length, item)], audit: null };
});

const comments = decoder(
  positional({ comments: listOf(commentShape), metas: listOf(metaRow('comment_id')) }),
  ({ comments: rows, metas }, item) => {
    const owners = rows.filter((row) => row.kind === 'full').map((row) => row.comment_ID);
    const metaChanges = changesOfMetaRows('comment', owners, metas, item.rev, item.options);
    return { changes: [...rows.flatMap((row) => changesOfComment(row, item.rev)), ...metaChanges, chunk('comments', rows.length, item)], audit: null };
  },
);

const terms = decoder(z.object({ terms: listOf(termShape) }), ({ terms: rows }, item) => ({
  changes: [...rows.map((row) => upsertTerm(row, item.rev)), chunk('terms', rows.length, item)],
  audit: null,
}));

const users = decoder(z.object({ users: listOf(userShape) }), ({ users: rows }, item) => ({
  changes: [...rows.flatMap((row) => changesOfUser(row, item.rev)), chunk('users', rows.length, item)],
  audit: null,
}));

const relationShape = z.object({ object_id: id, term_taxonomy_id: id });

const relations = decoder(z.object({ term_relationships: listOf(relationShape) }), ({ term_relationships: rows }, item) => ({
  changes: [...rows.map((row) => relate(row.object_id, row.term_taxonomy_id, true, item.rev)), chunk('term_relationships', rows.length, item)],
  audit: null,
}));

const orderItems = decoder(
  z.object({ order_items: listOf(orderItemShape), order_item_meta: listOf(metaRow('order_item_id')) }),
  ({ order_items: rows, order_item_meta: metas }, item) => {
    const owners = rows.map((row) => row.order_item_id);
    const metaChanges = changesOfMetaRows('orderItem', owners, metas, item.rev, item.options);
    return { changes: [...rows.map((row) => upsertOrderItem(row, item.rev)), ...metaChanges, chunk('woocommerce', rows.length, item)], audit: null };
  },
);

const orders = decoder(z.object({ orders: listOf(orderObjectShape) }), ({ orders: rows }, item) => ({
  changes: [...rows.flatMap((row) => changesOfOrderObject(row, item.rev)), chunk('woocommerce_hpos_orders', rows.length, item)],
  audit: null,
}));

/** A site whose theme is broken may have none. */
const themeData = decoder(positional({ theme: activeThemeShape.optional().catch(undefined) }), ({ theme }, item) => ({
  changes: [...(theme === undefined ? [] : [upsertActiveTheme(theme, item)]), chunk('themes', theme === undefined ? 0 : 1, item)],
  audit: null,
}));

const updates = decoder(z.object({ core: json, plugins: json, themes: json }), (transients, item) => ({
  changes: [
    upsertUpdates('core', transients.core, item),
    upsertUpdates('plugins', transients.plugins, item),
    upsertUpdates('themes', transients.themes, item),
    chunk('updates', 3, item),
  ],
  audit: null,
}));

const stuckShape = z.object({ module: label });
const stuckReport = z.union([stuckShape, positional({ report: stuckShape }).transform(({ report }) => report)]);

const stuck = decoder(stuckReport, ({ module }, item) => ({
  changes: [],
  audit: syncLine(item, `Full sync is stuck${/^\w{1,60}$/.test(module) ? ` in ${module}` : ''}; the site sends smaller chunks`),
}));

export const FULL_SYNC_DECODERS: DecoderTable = {
  jetpack_full_sync_start: started,
  jetpack_full_sync_end: ended,
  jetpack_full_sync_cancelled: cancelled,
  jetpack_full_sync_options: settings('options', 'OPTION', true),
  jetpack_full_sync_network_options: settings('network_options', 'NETWORK_OPTION', true),
  jetpack_full_sync_constants: settings('constants', 'CONSTANT', false),
  jetpack_full_sync_callables: settings('functions', 'CALLABLE', false),
  jetpack_full_sync_posts: posts,
  jetpack_full_sync_comments: comments,
  jetpack_full_sync_terms: terms,
  jetpack_full_sync_users: users,
  jetpack_full_sync_term_relationships: relations,
  jetpack_full_sync_woocommerce_order_items: orderItems,
  jetpack_full_sync_woocommerce_hpos_orders: orders,
  // The name that the site's own listener waits for, by mistake.
  jetpack_full_sync_orders: orders,
  jetpack_full_sync_theme_data: themeData,
  jetpack_full_sync_updates: updates,
  // Reports of a premium extension: derived figures that are not stored.
  jetpack_full_sync_woocommerce_analytics: ignoringArguments(() => NOTHING),
  jetpack_full_sync_stuck_adjustment: stuck,
};
