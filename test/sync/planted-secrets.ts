// Items as a site sends them, with a marker in every place where a secret or a visitor's personal fact can stand
// (protocol reference 9.2). Each marker is a word of its own, so that a leak names its place. For the privacy test.

export interface PlantedItem {
  readonly action: string;
  readonly args: unknown;
  readonly actor: unknown;
}

export interface Planting {
  readonly items: readonly PlantedItem[];
  /** Marker → where it was planted. */
  readonly markers: ReadonlyMap<string, string>;
  /** Words that stand beside the secrets and must be stored: they prove that the items were understood. */
  readonly visible: readonly string[];
}

/** Options that hold credentials or personal data as a whole. */
const SECRET_OPTIONS = [
  'mailserver_login', 'mailserver_pass', 'woocommerce_stripe_settings', 'wc_stripe_agentic_commerce_webhook_secret', 'woocommerce-ppcp-data-common',
  'woocommerce-ppcp-data-settings', 'woocommerce_ppcp-gateway_settings', 'woocommerce_ppcp-recaptcha_settings', 'woocommerce_amazon_payments_advanced_settings',
  'wc_square_settings', 'woocommerce_square_credit_card_settings', 'woocommerce_woocommerce_payments_settings', 'woocommerce_bacs_accounts', 'woocommerce_bacs_settings',
  'woocommerce_maxmind_geolocation_settings', 'woocommerce_private_link', 'jetpack_protect_key', 'verification_services_codes', 'jetpack_mailchimp', 'some_plugin_option',
];
/** The same, of which the site may send a whole map. */
const JETPACK_OPTIONS_SECRETS = { register: 'register', blog_token: 'blog token', user_tokens: { 1: 'user token' } };

/** Plants the markers. */
export function plantSecrets(): Planting {
  const markers = new Map<string, string>();
  const visible: string[] = [];
  const mark = (place: string): string => {
    const marker = `planted${String(markers.size).padStart(4, '0')}secret`;
    markers.set(marker, place);
    return marker;
  };
  const show = (word: string): string => {
    visible.push(word);
    return word;
  };
  const actor = (name: string): unknown => ({
    wpcom_user_id: null, external_user_id: 1, display_name: 'admin', user_email: `${mark(`actor e-mail of ${name}`)}@site.example`, user_roles: ['administrator'],
    translated_role: 'administrator', is_cron: false, is_rest: false, is_xmlrpc: false, is_wp_rest: true, is_ajax: false, is_wp_admin: false, is_cli: false,
    from_url: `http://site.example/wp-login.php?action=rp&key=${mark(`from_url of ${name}`)}&login=x#${mark(`from_url fragment of ${name}`)}`,
    ip: mark(`actor IP of ${name}`), user_agent: mark(`actor agent of ${name}`), referer: mark(`actor referer of ${name}`),
  });
  const items: PlantedItem[] = [];
  const event = (action: string, args: unknown): void => void items.push({ action, args, actor: actor(action) });
  const chunk = (action: string, args: unknown): void => void items.push({ action, args, actor: null });
  const nested = (place: string) => ({ enabled: 'yes', api: { secret_key: mark(`${place}: nested`), webhook: { secret: mark(`${place}: deeper`) } }, list: [{ password: mark(`${place}: in a list`) }] });

  for (const name of SECRET_OPTIONS) {
    event('added_option', [name, mark(`added ${name}`)]);
    event('updated_option', [name, nested(`old ${name}`), nested(`new ${name}`)]);
    event('updated_option', [name, mark(`old ${name}`), mark(`new ${name}`)]);
    event('update_site_option', [name, nested(`new network ${name}`), nested(`old network ${name}`)]);
  }
  event('updated_option', ['jetpack_options', JETPACK_OPTIONS_SECRETS, { id: 1, blog_token: mark('jetpack_options blog_token'), user_tokens: { 1: mark('jetpack_options user token') } }]);
  event('updated_option', ['blogname', 'old name', show('Visible Blog Name')]);
  event('updated_option', ['theme_mods_twenty', { api_key: mark('theme mod old') }, { api_key: mark('theme mod new'), colour: 'red' }]);
  chunk('jetpack_full_sync_options', { ...Object.fromEntries(SECRET_OPTIONS.map((name) => [name, name.length % 2 ? mark(`full sync ${name}`) : nested(`full sync ${name}`)])), blogdescription: show('Visible Tagline') });
  chunk('jetpack_full_sync_network_options', Object.fromEntries(SECRET_OPTIONS.map((name) => [name, mark(`full sync of network option ${name}`)])));
  const constants = { DB_PASSWORD: mark('DB_PASSWORD'), AUTH_KEY: mark('AUTH_KEY'), JETPACK_BLOG_TOKEN: mark('JETPACK_BLOG_TOKEN'), ABSPATH: mark('ABSPATH'), WP_CONTENT_DIR: mark('WP_CONTENT_DIR'), WC_LOG_DIR: mark('WC_LOG_DIR'), WP_PROXY_PASSWORD: mark('proxy password') };
  for (const [name, value] of Object.entries(constants)) event('jetpack_sync_constant', [name, value]);
  chunk('jetpack_full_sync_constants', { ...constants, PHP_VERSION: show('8.2.36-visible') });
  event('jetpack_sync_callable', ['some_plugin_callable', mark('unknown callable')]);
  event('jetpack_sync_callable', ['get_plugins_action_links', { 'a/a.php': { settings: `http://site.example/wp-admin/admin.php?page=a&_wpnonce=${mark('nonce of an action link')}` } }]);

  const user = (id: number, place: string) => ({
    __o: 1, ID: id, roles: ['editor'], caps: { editor: true }, allcaps: { read: true }, locale: 'en_US',
    data: {
      __o: 1, ID: String(id), user_login: show(`visible-login-${id}`), user_pass: mark(`user_pass in ${place}`), user_nicename: `n${id}`, user_email: `u${id}@site.example`, user_url: '',
      user_registered: '2026-11-23 19:32:15', user_activation_key: mark(`user_activation_key in ${place}`), user_status: '0', display_name: `Person ${id}`, session_tokens: mark(`sessions in ${place}`),
    },
    user_pass: mark(`outer user_pass in ${place}`), user_activation_key: mark(`outer activation key in ${place}`),
  });
  event('jetpack_sync_save_user', [user(11, 'an event')]);
  event('jetpack_wp_login', [12, user(12, 'a log-in'), { warning: mark('weak password warning'), failures: [mark('weak password failures')] }]);
  event('jetpack_valid_failed_login_attempt', [mark('typed user name'), mark('failed log-in'), { ip: mark('failed log-in IP') }]);
  chunk('jetpack_full_sync_users', { users: [user(13, 'a full sync')] });
  event('jetpack_updated_woo_customer_meta', [{ ID: 9, data: { ID: 9, user_email: mark('customer e-mail'), user_pass: mark('customer user_pass'), user_login: mark('customer login') } }, ['billing_email']]);

  const post = (id: number, type: string, more: Record<string, unknown> = {}) => ({
    __o: 1, ID: id, post_author: '1', post_date: '2026-11-23 19:32:26', post_date_gmt: '2026-11-23 19:32:26', post_content: 'post_content' in more ? '' : show(`visible content ${id}`), post_title: `Post ${id}`,
    post_excerpt: '', post_status: 'publish', comment_status: 'open', ping_status: 'open', post_password: mark(`post_password of ${type}`), post_name: `post-${id}`, to_ping: mark(`to_ping of ${type}`), pinged: mark(`pinged of ${type}`),
    post_modified: '2026-11-23 19:32:26', post_modified_gmt: '2026-11-23 19:32:26', post_content_filtered: '', post_parent: 0, guid: `http://site.example/?p=${id}`, menu_order: 0, post_type: type,
    post_mime_type: '', comment_count: '0', filter: 'raw', permalink: `http://site.example/post-${id}/`, ...more,
  });
  const feedback = (id: number) => post(id, 'feedback', {
    post_title: mark('feedback title'), post_content: mark('feedback content'), post_excerpt: mark('feedback excerpt'), post_content_filtered: mark('feedback filtered'), post_name: mark('feedback slug'),
    permalink: `http://site.example/feedback/${mark('feedback permalink')}/`,
  });
  event('jetpack_sync_save_post', [21, post(21, 'post'), false, { is_auto_save: false }]);
  event('jetpack_sync_save_post', [22, feedback(22), false, { is_auto_save: false }]);
  event('jetpack_sync_save_post', [25, post(25, 'shop_order', { post_status: 'wc-processing', post_excerpt: mark('customer note of an order post') }), false, {}]);
  event('jetpack_published_post', [22, { post_type: 'feedback' }, feedback(22)]);
  const metaKeys = ['_order_key', '_payment_tokens', '_feedback_email', '_feedback_extra_fields', '_feedback_akismet_values', 'spay_email', 'spay_customer_email', 'memberships_coupon_email_allow_list', 'admin_mail', 'tel', 'address', 'cap-user_email', '_billing_email', '_billing_first_name', '_billing_address_1', '_billing_phone', '_customer_ip_address', '_customer_user_agent', '_transaction_id', 'some_plugin_key'];
  metaKeys.forEach((key, index) => {
    event('added_post_meta', [500 + index, 21, key, mark(`added ${key}`)]);
    event('updated_post_meta', [500 + index, 21, key, { value: mark(`updated ${key}`) }]);
  });
  chunk('jetpack_full_sync_posts', [
    [post(23, 'page'), feedback(24)],
    metaKeys.map((key, index) => ({ meta_id: String(600 + index), post_id: '23', meta_key: key, meta_value: mark(`full sync ${key}`) })),
    [],
  ]);

  const comment = (id: number, place: string, type = 'comment') => ({
    __o: 1, comment_ID: String(id), comment_post_ID: '21', comment_author: 'Ann', comment_author_email: `ann${id}@site.example`, comment_author_url: '', comment_author_IP: mark(`comment IP in ${place}`),
    comment_date: '2026-11-23 19:32:45', comment_date_gmt: '2026-11-23 19:32:45', comment_content: type === 'comment' ? show(`visible comment ${id}`) : mark(`${type} in ${place}`), comment_karma: '0', comment_approved: '1',
    comment_agent: mark(`comment agent in ${place}`), comment_type: type, comment_parent: '0', user_id: '0',
  });
  event('wp_insert_comment', [31, comment(31, 'an event')]);
  event('wp_insert_comment', [33, comment(33, 'an event', 'order_note')]);
  event('added_comment_meta', [700, 31, 'some_plugin_key', mark('comment meta')]);
  chunk('jetpack_full_sync_comments', [[comment(32, 'a full sync')], [{ meta_id: '701', comment_id: '32', meta_key: 'some_key', meta_value: mark('full sync comment meta') }], []]);

  const updates = (place: string) => ({
    last_checked: 1795462346, no_update: {}, checked: { 'a/a.php': '1.0' },
    response: { 'a/a.php': { id: 'a', slug: 'a', plugin: 'a/a.php', new_version: show('9.9.9-visible'), url: `https://vendor.example/?licence=${mark(`url in ${place}`)}`, package: `https://vendor.example/a.zip?key=${mark(`package in ${place}`)}`, download_link: mark(`download in ${place}`) } },
    updates: [{ response: 'upgrade', download: mark(`core download in ${place}`), packages: { full: mark(`core package in ${place}`) }, version: '7.2' }],
  });
  event('jetpack_update_plugins_change', [updates('an event')]);
  event('jetpack_update_core_change', [updates('a core event')]);
  chunk('jetpack_full_sync_updates', { core: updates('full sync core'), plugins: updates('full sync plugins'), themes: updates('full sync themes') });

  const order = (id: number, place: string) => ({
    id, parent_id: 0, status: 'processing', type: 'shop_order', currency: 'EUR', total: '10.00', order_key: mark(`order_key in ${place}`), customer_ip_address: mark(`order IP in ${place}`), transaction_id: mark(`transaction in ${place}`),
    customer_user_agent: mark(`order agent in ${place}`), customer_note: mark(`customer note in ${place}`), billing_city: show(`Visible City ${id}`), cart_hash: mark(`cart hash in ${place}`), billing_email: mark(`flat e-mail in ${place}`), billing: { first_name: mark(`name in ${place}`), email: mark(`billing e-mail in ${place}`), city: 'X', phone: mark(`phone in ${place}`), address_1: mark(`street in ${place}`) },
    shipping: { last_name: mark(`shipping name in ${place}`), city: 'Y' }, meta_data: [{ key: '_stripe_source', value: mark(`order meta in ${place}`) }], date_created: { date: '2026-11-23 19:32:45.000000', timezone_type: 1, timezone: '+00:00' },
  });
  event('woocommerce_after_order_object_save', order(41, 'an event'));
  chunk('jetpack_full_sync_woocommerce_hpos_orders', { orders: [order(42, 'a full sync')], previous_end: 43 });
  event('added_order_item_meta', [800, 80, '_stripe_customer', mark('order item meta')]);
  event('woocommerce_new_payment_token', [5, { token: mark('payment token') }]);
  event('added_payment_token_meta', [900, 5, 'last4', mark('payment token meta')]);
  event('updated_payment_token_meta', [900, 5, 'card_hash', mark('updated payment token meta')]);
  event('woocommerce_tax_rate_added', [3, { tax_rate_name: show('Visible Tax'), tax_rate_secret: mark('tax rate member') }]);

  event('some_plugin_secret_event', [mark('unknown action'), { nested: [mark('unknown action, nested')] }]);
  event('jetpack_sync_save_term', [mark('arguments of another shape')]);
  return { items, markers, visible };
}
