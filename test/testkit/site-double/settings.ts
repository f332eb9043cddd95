// The settings of the site's sync (protocol reference, 8.1): defaults, what a POST may change, and what passes because of them.
// Lists given are added to the built-in ones; JSON false is ignored, as on the real site.
import {
  COMMENT_META_KEYS, COMMENT_TYPES, COMMERCE_POST_META_KEYS, EXCLUDED_POST_TYPES, EXCLUDED_TAXONOMIES, POST_META_KEYS,
} from './lists.js';
import type { SyncVersion } from './state.js';
import type { Tables } from './tables.js';

export type Settings = Record<string, unknown>;

const DEFAULTS: Settings = {
  dequeue_max_bytes: 500_000, upload_max_bytes: 600_000, upload_max_rows: 500, sync_wait_time: 10, sync_wait_threshold: 10, enqueue_wait_time: 1,
  max_queue_size: 5000, max_queue_lag: 7200, queue_max_writes_sec: 100, post_types_blacklist: [], taxonomies_blacklist: [], post_meta_whitelist: [],
  comment_meta_whitelist: [], disable: 0, network_disable: 0, render_filtered_content: 0, max_enqueue_full_sync: 100, max_queue_size_full_sync: 1000,
  sync_via_cron: 1, cron_sync_time_limit: 240, known_importers: { WP_Importer: 'wordpress' }, term_relationships_full_sync_item_size: 100,
  sync_sender_enabled: 1, full_sync_sender_enabled: 1, full_sync_send_duration: 9,
  full_sync_limits: {
    comments: { chunk_size: 100, max_chunks: 10 }, posts: { chunk_size: 500, max_chunks: 1 }, term_relationships: { chunk_size: 1000, max_chunks: 10 },
    terms: { chunk_size: 1000, max_chunks: 10 }, users: { chunk_size: 100, max_chunks: 10 }, woocommerce: { chunk_size: 100, max_chunks: 10 },
    woocommerce_hpos_orders: { chunk_size: 100, max_chunks: 10 },
  },
  checksum_disable: 0, dedicated_sync_enabled: 0, custom_queue_table_enabled: 0, wpcom_rest_api_enabled: 1, sync_actions_blacklist: [],
};

// Sync over REST and a list of actions that are not sent came later; posts went in chunks of 100.
const { wpcom_rest_api_enabled: _rest, sync_actions_blacklist: _actions, ...OF_2023 } = DEFAULTS;
const DEFAULTS_OF_2023: Settings = { ...OF_2023, full_sync_limits: { ...(DEFAULTS['full_sync_limits'] as Settings), posts: { chunk_size: 100, max_chunks: 1 } } };

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  post_types_blacklist: EXCLUDED_POST_TYPES,
  taxonomies_blacklist: EXCLUDED_TAXONOMIES,
  // `_thumbnail_id` is in both.
  post_meta_whitelist: [...POST_META_KEYS, ...COMMERCE_POST_META_KEYS],
  comment_meta_whitelist: COMMENT_META_KEYS,
};

export interface SiteSettings {
  number(name: string): number;
  list(name: string): readonly string[];
  all(): Settings;
  /** Takes what a POST may say; unknown names are ignored. */
  change(given: Readonly<Record<string, unknown>>): void;
  limits(module: string): { readonly chunkSize: number; readonly maxChunks: number };
  allowsPostType(type: string): boolean;
  allowsTaxonomy(taxonomy: string): boolean;
  allowsPostMeta(key: string): boolean;
  allowsCommentMeta(key: string): boolean;
  allowsCommentType(type: string): boolean;
}

export function createSettings(tables: Tables, version: SyncVersion): SiteSettings {
  const defaults = version === '4.45' ? DEFAULTS : DEFAULTS_OF_2023;
  const stored: Settings = structuredClone(defaults);
  const sets = new Map<string, ReadonlySet<string>>();

  function list(name: string): readonly string[] {
    const own = stored[name];
    return [...new Set([...(Array.isArray(own) ? own.map(String) : []), ...(BUILT_IN[name] ?? [])])];
  }
  /** As PHP answers it: a key that stands in the list twice leaves a hole, and a list with holes is an object. */
  function merged(name: string): readonly string[] | Readonly<Record<string, string>> {
    const own = stored[name];
    const all = [...(Array.isArray(own) ? own.map(String) : []), ...(BUILT_IN[name] ?? [])];
    const kept = all.map((value, index) => [String(index), value] as const).filter(([index, value]) => all.indexOf(value) === Number(index));
    return kept.length === all.length ? all : Object.fromEntries(kept);
  }
  function has(name: string, value: string): boolean {
    let set = sets.get(name);
    if (!set) sets.set(name, (set = new Set(list(name))));
    return set.has(value);
  }
  /** Taxonomies registered on the site: those of the callable `taxonomies`, when it is set. */
  function isRegistered(taxonomy: string): boolean {
    const known = tables.callables.get('taxonomies');
    return typeof known !== 'object' || known === null || taxonomy in known;
  }

  return {
    number: (name) => Number(stored[name] ?? 0),
    list,
    all: () => Object.fromEntries(Object.keys(stored).map((name) => [name, name in BUILT_IN ? merged(name) : stored[name]])),
    change(given) {
      for (const [name, value] of Object.entries(given)) {
        if (!(name in defaults) || value === false || value === null || value === undefined) continue;
        if (value === 'empty') stored[name] = [];
        else if (Array.isArray(defaults[name])) stored[name] = typeof value === 'object' ? Object.values(value) : String(value).split(',');
        else stored[name] = typeof defaults[name] === 'number' ? Number(value) : value;
        sets.clear();
      }
    },
    limits(module) {
      const all = stored['full_sync_limits'] as Record<string, { chunk_size: number; max_chunks: number }>;
      const own = all[module] ?? { chunk_size: 100, max_chunks: 10 };
      return { chunkSize: Number(own.chunk_size), maxChunks: Number(own.max_chunks) };
    },
    allowsPostType: (type) => !has('post_types_blacklist', type),
    allowsTaxonomy: (taxonomy) => isRegistered(taxonomy) && !has('taxonomies_blacklist', taxonomy),
    allowsPostMeta: (key) => key.startsWith('_wpas_skip_') || has('post_meta_whitelist', key),
    allowsCommentMeta: (key) => has('comment_meta_whitelist', key),
    allowsCommentType: (type) => COMMENT_TYPES.includes(type),
  };
}
