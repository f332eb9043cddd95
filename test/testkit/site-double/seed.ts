// Fills the tables of a new site, the same for the same seed: people, terms, settings, plugins, and as many posts as asked for, with
// metas and terms. Emits nothing.
import { addComment, addMeta, addOrder, addOrderItem, addPost, addTerm, addUser, type Tables } from './tables.js';
import { rolesCallable } from './roles.js';
import { toSqlDate, type PostRow } from './rows.js';

const WORDS = 'harbour quay tide spindrift ballast mizzen chart compass lantern keel rigging anchor gull sextant current shoal pilot ferry dock sail'.split(' ');

/** mulberry32: small, and the same on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** When the seeded site begins, in milliseconds. */
export const SEED_START_MS = Date.UTC(2026, 0, 5, 8, 0, 0);

export interface SiteNames {
  readonly url: string;
  readonly name: string;
  readonly hasJetpack: boolean;
  readonly hasCommerce: boolean;
}

/** What a fresh installation has: an administrator (1), an editor (2), an author (3), a subscriber (4), terms, options, callables, constants. */
export function seedSite(tables: Tables, site: SiteNames): void {
  for (const [login, role] of [['maria', 'administrator'], ['edgar', 'editor'], ['ana', 'author'], ['sofia', 'subscriber']] as const) addUser(tables, login, [role], SEED_START_MS);
  addTerm(tables, 'category', 'Uncategorized');
  for (const name of ['Gravel &amp; Road', 'Charts', 'Atlases']) addTerm(tables, 'category', name);
  for (const name of ['sea', 'rope', 'wood', 'brass', 'paper']) addTerm(tables, 'post_tag', name);
  const options: Record<string, unknown> = {
    siteurl: site.url, home: site.url, blogname: site.name, blogdescription: 'Second-hand sea stories, charts &amp; atlases', admin_email: 'admin@people.example',
    users_can_register: '0', default_role: 'subscriber', posts_per_page: '10', date_format: 'F j, Y', time_format: 'g:i a', start_of_week: '1',
    timezone_string: 'Europe/Lisbon', gmt_offset: '0', permalink_structure: '/%postname%/', blog_public: '1', blog_charset: 'UTF-8', default_category: '1',
    default_comment_status: 'open', default_ping_status: 'open', default_post_format: '0', show_on_front: 'posts', page_on_front: '0', page_for_posts: '0',
    stylesheet: 'twentytwentyfive', comment_moderation: '0', mailserver_login: 'login@mail.example', mailserver_pass: 'a password of mail', sticky_posts: [],
    active_plugins: ['akismet/akismet.php', ...(site.hasJetpack ? ['jetpack/jetpack.php'] : []), ...(site.hasCommerce ? ['woocommerce/woocommerce.php'] : [])],
    theme_mods_twentytwentyfive: { nav_menu_locations: [] }, ...(site.hasCommerce ? { woocommerce_currency: 'EUR', woocommerce_version: '11.0.1' } : {}),
  };
  for (const [name, value] of Object.entries(options)) tables.options.set(name, value);
  seedCallables(tables, site);
  for (const [name, value] of Object.entries({ PHP_VERSION: '8.2.36', ABSPATH: '/var/www/html/', WP_DEBUG: false, DISALLOW_FILE_MODS: null, WP_POST_REVISIONS: true, JETPACK__VERSION: '16.1.2' })) {
    tables.constants.set(name, value);
  }
}

function seedCallables(tables: Tables, site: SiteNames): void {
  const plugin = (Name: string, Version: string, TextDomain: string) =>
    ({ Name, PluginURI: '', Version, Description: `${Name}.`, Author: 'The authors', AuthorURI: '', TextDomain, DomainPath: '', Network: false, RequiresWP: '6.6', RequiresPHP: '7.4', UpdateURI: '', RequiresPlugins: '', Title: Name, AuthorName: 'The authors' });
  const plugins: Record<string, unknown> = { 'akismet/akismet.php': plugin('Akismet Anti-spam', '5.6', 'akismet'), 'hello.php': plugin('Hello Dolly', '1.7.2', 'hello-dolly') };
  if (site.hasJetpack) plugins['jetpack/jetpack.php'] = plugin('Jetpack', '16.1.2', 'jetpack');
  if (site.hasCommerce) plugins['woocommerce/woocommerce.php'] = plugin('WooCommerce', '11.0.1', 'woocommerce');
  const theme = (Name: string, active: boolean) =>
    ({ Name, ThemeURI: 'https://themes.example/', Author: 'The authors', Version: '1.4', Template: '', Status: 'publish', TextDomain: '', RequiresWP: '6.7', RequiresPHP: '7.2', active, is_block_theme: true });
  const taxonomy = (name: string, types: readonly string[], hierarchical: boolean, isPublic = true) => ({ name, label: name, object_type: types, hierarchical, public: isPublic, show_in_rest: true, rest_base: name === 'category' ? 'categories' : name === 'post_tag' ? 'tags' : name });
  const callables: Record<string, unknown> = {
    wp_version: '7.1', locale: 'en_US', timezone: 'Europe/Lisbon', wp_get_environment_type: 'production', is_multi_site: false, single_user_site: false,
    wp_max_upload_size: 67_108_864, has_file_system_write_access: true, get_plugins: plugins, get_themes: { twentytwentyfive: theme('Twenty Twenty-Five', true), twentytwentyfour: theme('Twenty Twenty-Four', false) },
    taxonomies: {
      category: taxonomy('category', ['post'], true), post_tag: taxonomy('post_tag', ['post'], false), nav_menu: taxonomy('nav_menu', ['nav_menu_item'], false, false),
      ...(site.hasCommerce ? { product_cat: taxonomy('product_cat', ['product'], true), product_tag: taxonomy('product_tag', ['product'], false), product_type: taxonomy('product_type', ['product'], false, false) } : {}),
    },
    roles: rolesCallable(), updates: { plugins: 1, themes: 0, wordpress: 0, translations: 0, total: 1, wp_version: '7.1', jp_version: '16.1.2' }, paused_plugins: [], paused_themes: [],
  };
  for (const [name, value] of Object.entries(callables)) tables.callables.set(name, value);
}

export interface PostPlan {
  readonly seed?: number;
  readonly type?: string;
  /** A thumbnail id and an array each, besides one key that is not synced. */
  readonly withMeta?: boolean;
  readonly withTerms?: boolean;
  /** Comments a post. */
  readonly comments?: number;
}

/** Adds posts, one a minute, the same for the same seed and the same tables. */
export function addPosts(tables: Tables, siteUrl: string, count: number, plan: PostPlan = {}): PostRow[] {
  const random = createRandom(plan.seed ?? 1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const categories = tables.terms.all().filter((term) => term.taxonomy === 'category');
  const tags = tables.terms.all().filter((term) => term.taxonomy === 'post_tag');
  const ids = new Map<number, number>();
  const posts = Array.from({ length: count }, () => {
    const id = tables.posts.nextId();
    const title = `${pick(WORDS)} ${pick(WORDS)} ${id}`;
    const post = addPost(tables, siteUrl, SEED_START_MS + id * 60_000, {
      post_title: title, post_name: title.replaceAll(' ', '-'), post_content: `<!-- wp:paragraph --><p>${pick(WORDS)} ${pick(WORDS)} ${pick(WORDS)}.</p><!-- /wp:paragraph -->`,
      post_author: 1 + Math.floor(random() * 3), post_status: random() < 0.9 ? 'publish' : 'draft', post_type: plan.type ?? 'post',
    });
    if (plan.withMeta !== false) {
      addMeta(tables, 'postmeta', id, '_thumbnail_id', 1 + Math.floor(random() * 1000));
      if (random() < 0.2) addMeta(tables, 'postmeta', id, '_wpas_options', { version: 2, skip: { a: true } });
      addMeta(tables, 'postmeta', id, '_edit_lock', `${Math.floor(SEED_START_MS / 1000) + id}:1`);
    }
    if (plan.withTerms !== false) {
      for (const term of new Set([pick(categories), pick(tags)])) {
        if (!term) continue;
        tables.relations.put({ id: tables.relations.nextId(), object_id: id, term_taxonomy_id: term.term_taxonomy_id, term_order: 0 });
        ids.set(term.term_taxonomy_id, (ids.get(term.term_taxonomy_id) ?? 0) + 1);
      }
    }
    for (let index = 0; index < (plan.comments ?? 0); index += 1) {
      const comment = addComment(tables, id, SEED_START_MS + id * 60_000 + index * 1000, { comment_content: `${pick(WORDS)}?`, comment_approved: random() < 0.8 ? '1' : '0' });
      addMeta(tables, 'commentmeta', comment.comment_ID, 'hc_post_as', 'guest');
      post.comment_count += 1;
    }
    return post;
  });
  for (const [ttId, more] of ids) {
    const term = tables.terms.get(ttId);
    if (term) term.count += more;
  }
  return posts;
}

/** Adds orders with two items each. */
export function addOrders(tables: Tables, count: number, seed = 1): void {
  const random = createRandom(seed);
  for (let index = 0; index < count; index += 1) {
    const total = (5 + Math.floor(random() * 20_000) / 100).toFixed(2);
    const at = SEED_START_MS + index * 3_600_000;
    const order = addOrder(tables, at, { total_amount: `${total}000000`, date_paid_gmt: random() < 0.5 ? toSqlDate(at + 60_000) : null });
    addOrderItem(tables, order.id, 'A chart of the bay', { _product_id: 10, _qty: 1, _line_total: total, _line_tax_data: { total: [], subtotal: [] }, _reduced_stock: 1 });
    addOrderItem(tables, order.id, 'Flat rate', { method_id: 'flat_rate', cost: '0.00' }, { order_item_type: 'shipping' });
  }
}
