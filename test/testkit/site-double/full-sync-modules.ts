// What each module of a full sync sends (protocol reference 4.3, 4.4): chunks of rows from the highest id down, or one item for all.
// Rows that the real site leaves out are left out here: spam and trash comments, users without a level, excluded types.
import { ORDER_TYPES, OPTION_NAMES, COMMERCE_OPTION_NAMES, ORDER_ITEM_META_KEYS } from './lists.js';
import type { ChunkKey } from './full-sync-state.js';
import { orEmptyList, wireComment, wireMetaRow, wireOrder, wireOrderItem, wirePost, wirePostStub, wireTerm, wireUser, type Wire } from './objects.js';
import { levelOf } from './roles.js';
import type { MetaRow } from './rows.js';
import type { SiteContext } from './state.js';

export interface ChunkedModule {
  readonly kind: 'chunked';
  readonly action: string;
  /** All keys of the table under the module's filter, ascending; only these when the config lists ids. */
  keys(site: SiteContext, ids: readonly number[] | null): readonly ChunkKey[];
  /** `previous_end` of the first chunk. */
  readonly first: Wire;
  /** The arguments, or null when nothing is left of the chunk. */
  args(site: SiteContext, keys: readonly ChunkKey[], previousEnd: Wire): unknown;
}

export interface WholeModule {
  readonly kind: 'whole';
  readonly action: string;
  total(site: SiteContext): number;
  args(site: SiteContext): unknown;
}

const ALL_ONES = '~0';

function byId(ids: readonly number[]): ChunkKey[] {
  return ids.map((id) => ({ id, end: String(id) }));
}

function among(ids: readonly number[], wanted: readonly number[] | null): number[] {
  if (wanted === null) return [...ids];
  const set = new Set(wanted);
  return ids.filter((id) => set.has(id));
}

function metasOf(table: { ownedBy(owner: number): MetaRow[] }, owners: readonly number[], column: string, passes: (key: string) => boolean): Wire[] {
  return owners.flatMap((owner) => table.ownedBy(owner)).filter((row) => passes(row.key)).map((row) => wireMetaRow(row, column));
}

export function allowedPostIds(site: SiteContext): number[] {
  return site.tables.posts.all().filter((post) => site.settings.allowsPostType(post.post_type)).map((post) => post.ID);
}

const posts: ChunkedModule = {
  kind: 'chunked', action: 'jetpack_full_sync_posts', first: ALL_ONES,
  keys: (site, ids) => byId(among(allowedPostIds(site), ids)),
  args(site, keys, previousEnd) {
    const rows = keys.flatMap(({ id }) => site.tables.posts.get(id) ?? []).reverse();
    const objects = rows.map((post) => (site.registeredTypes.has(post.post_type) ? wirePost(post, site.url) : wirePostStub(post)));
    const metas = metasOf(site.tables.postmeta, rows.map((post) => post.ID), 'post_id', (key) => site.settings.allowsPostMeta(key));
    return rows.length === 0 ? null : [objects, metas, [], previousEnd];
  },
};

const comments: ChunkedModule = {
  kind: 'chunked', action: 'jetpack_full_sync_comments', first: ALL_ONES,
  keys: (site, ids) => byId(among(site.tables.comments.all().filter((row) => site.settings.allowsCommentType(row.comment_type)).map((row) => row.comment_ID), ids)),
  args(site, keys, previousEnd) {
    // Chosen by type, but loaded by WordPress's default comment query: no spam, no trash, no notes.
    const rows = keys.flatMap(({ id }) => site.tables.comments.get(id) ?? []).filter((row) => ['0', '1'].includes(row.comment_approved) && row.comment_type !== 'note').reverse();
    const metas = metasOf(site.tables.commentmeta, rows.map((row) => row.comment_ID), 'comment_id', (key) => site.settings.allowsCommentMeta(key));
    return rows.length === 0 ? null : [rows.map(wireComment), metas, previousEnd];
  },
};

const terms: ChunkedModule = {
  kind: 'chunked', action: 'jetpack_full_sync_terms', first: ALL_ONES,
  keys: (site, ids) => byId(among(site.tables.terms.all().filter((row) => site.settings.allowsTaxonomy(row.taxonomy)).map((row) => row.term_taxonomy_id), ids)),
  args(site, keys, previousEnd) {
    const rows = keys.flatMap(({ id }) => site.tables.terms.get(id) ?? []).reverse();
    return rows.length === 0 ? null : { terms: rows.map(wireTerm), previous_end: previousEnd };
  },
};

const relations: ChunkedModule = {
  kind: 'chunked', action: 'jetpack_full_sync_term_relationships', first: { object_id: '2147483647', term_taxonomy_id: '2147483647' },
  keys: (site) => site.tables.relations.all().filter((row) => site.settings.allowsTaxonomy(site.tables.terms.get(row.term_taxonomy_id)?.taxonomy ?? ''))
    .sort((a, b) => a.object_id - b.object_id || a.term_taxonomy_id - b.term_taxonomy_id)
    .map((row) => ({ id: row.object_id, end: { object_id: String(row.object_id), term_taxonomy_id: String(row.term_taxonomy_id) } })),
  args(site, keys, previousEnd) {
    const isThere = ({ id, end }: ChunkKey): boolean =>
      site.tables.relations.ownedBy(id).some((row) => typeof end === 'object' && end !== null && 'term_taxonomy_id' in end && String(row.term_taxonomy_id) === end.term_taxonomy_id);
    const rows = keys.filter(isThere).map((key) => key.end).reverse();
    return rows.length === 0 ? null : { term_relationships: rows, previous_end: previousEnd };
  },
};

const users: ChunkedModule = {
  kind: 'chunked', action: 'jetpack_full_sync_users', first: ALL_ONES,
  keys: (site, ids) => byId(among(site.tables.users.all().filter((user) => levelOf(user) > 0).map((user) => user.ID), ids)),
  args(site, keys, previousEnd) {
    const rows = keys.flatMap(({ id }) => site.tables.users.get(id) ?? []).reverse();
    return rows.length === 0 ? null : { users: rows.map((user) => wireUser(user, site.connection.userTokens.has(user.ID))), previous_end: previousEnd };
  },
};

const orderItems: ChunkedModule = {
  kind: 'chunked', action: 'jetpack_full_sync_woocommerce_order_items', first: ALL_ONES,
  keys: (site, ids) => byId(among(site.tables.orderItems.ids(), ids)),
  args(site, keys, previousEnd) {
    const rows = keys.flatMap(({ id }) => site.tables.orderItems.get(id) ?? []).reverse();
    const metas = metasOf(site.tables.orderItemMeta, rows.map((row) => row.order_item_id), 'order_item_id', (key) => ORDER_ITEM_META_KEYS.includes(key));
    return rows.length === 0 ? null : { order_items: rows.map(wireOrderItem), order_item_meta: metas, previous_end: previousEnd };
  },
};

const orders: ChunkedModule = {
  kind: 'chunked', action: 'jetpack_full_sync_woocommerce_hpos_orders', first: ALL_ONES,
  keys: (site, ids) => byId(among(site.tables.orders.all().filter((order) => ORDER_TYPES.includes(order.type)).map((order) => order.id), ids)),
  args(site, keys, previousEnd) {
    const rows = keys.flatMap(({ id }) => site.tables.orders.get(id) ?? []).reverse();
    return rows.length === 0 ? null : { orders: rows.map(wireOrder), previous_end: previousEnd };
  },
};

export function syncedOptions(site: SiteContext): Record<string, Wire> {
  const names = [...OPTION_NAMES, ...(site.hasCommerce ? COMMERCE_OPTION_NAMES : [])];
  const found = names.filter((name) => site.tables.options.has(name) || name === 'jetpack_options').map((name) => [name, optionValue(site, name)] as const);
  const mods = [...site.tables.options].filter(([name]) => name.startsWith('theme_mods_')).map(([name, value]) => [name, value as Wire] as const);
  return Object.fromEntries([...found, ...mods]);
}

function optionValue(site: SiteContext, name: string): Wire {
  if (name !== 'jetpack_options') return site.tables.options.get(name) as Wire;
  const { blogId, masterUser, isPublic, timeDiff } = site.connection;
  return { id: blogId, master_user: masterUser, public: isPublic, time_diff: timeDiff, version: '16.1.2:1795461000' };
}

export function syncedCallables(site: SiteContext): Record<string, Wire> {
  const fixed: Record<string, Wire> = { home_url: site.homeUrl, site_url: site.url, active_modules: [...site.activeModules] };
  return { ...(Object.fromEntries(site.tables.callables) as Record<string, Wire>), ...fixed };
}

const options: WholeModule = { kind: 'whole', action: 'jetpack_full_sync_options', total: () => OPTION_NAMES.length, args: (site) => orEmptyList(syncedOptions(site)) };
const networkOptions: WholeModule = {
  kind: 'whole', action: 'jetpack_full_sync_network_options', total: () => 5,
  args: () => ({ active_sitewide_plugins: false, auto_update_plugins: false, jetpack_protect_global_whitelist: false, jetpack_protect_key: false, site_name: false }),
};
const constants: WholeModule = { kind: 'whole', action: 'jetpack_full_sync_constants', total: (site) => site.tables.constants.size, args: (site) => Object.fromEntries(site.tables.constants) };
const functions: WholeModule = { kind: 'whole', action: 'jetpack_full_sync_callables', total: (site) => Object.keys(syncedCallables(site)).length, args: syncedCallables };

export function themeFacts(site: SiteContext): Wire {
  const slug = String(site.tables.options.get('stylesheet') ?? 'twentytwentyfive');
  const themes = site.tables.callables.get('get_themes') as Readonly<Record<string, { Name: string; Version: string; ThemeURI: string }>> | undefined;
  const theme = themes?.[slug];
  return { name: theme?.Name ?? slug, version: theme?.Version ?? '1.0', slug, uri: theme?.ThemeURI ?? '' };
}

export function updateTransients(site: SiteContext): Record<string, Wire> {
  const transient = (name: string): Wire => (site.tables.options.get(`_site_transient_update_${name}`) ?? false) as Wire;
  return { core: transient('core'), plugins: transient('plugins'), themes: transient('themes') };
}

const themes: WholeModule = { kind: 'whole', action: 'jetpack_full_sync_theme_data', total: () => 1, args: (site) => [themeFacts(site)] };
const updates: WholeModule = { kind: 'whole', action: 'jetpack_full_sync_updates', total: () => 3, args: updateTransients };

/** By the names of the config. Any other name, asked for, makes a full sync hang as on the real site. */
export const FULL_SYNC_MODULES: ReadonlyMap<string, ChunkedModule | WholeModule> = new Map<string, ChunkedModule | WholeModule>([
  ['constants', constants], ['functions', functions], ['options', options], ['network_options', networkOptions], ['themes', themes], ['updates', updates],
  ['posts', posts], ['comments', comments], ['terms', terms], ['term_relationships', relations], ['users', users],
  ['woocommerce', orderItems], ['woocommerce_hpos_orders', orders],
]);
