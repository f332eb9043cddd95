// One example of the arguments of every action that docs/sync-protocol.md lists. SECRET stands wherever a site can send
// something that must not be kept. The examples are written for these tests, not copied from a site.

/** Must never occur in what decoding returns. */
export const SECRET = 'planted-secret-7f3a';

const GMT = '2027-01-15 08:00:00';

export function post(type: string, more: object = {}): object {
  return {
    ID: 31, post_author: '2', post_date: '2027-01-15 09:00:00', post_date_gmt: GMT, post_content: '<p>Text</p>', post_title: 'A &amp; B',
    post_excerpt: '', post_status: 'publish', comment_status: 'open', ping_status: 'closed', post_password: SECRET, post_name: 'a-b', to_ping: '',
    pinged: '', post_modified: '2027-01-15 09:00:00', post_modified_gmt: GMT, post_content_filtered: '', post_parent: 0,
    guid: 'http://a.example/?p=31', menu_order: 0, post_type: type, post_mime_type: '', comment_count: '0', filter: 'raw',
    permalink: 'http://a.example/a-b/', shortlink: 'http://a.example/?p=31', ...more,
  };
}

export function comment(more: object = {}): object {
  return {
    comment_ID: '7', comment_post_ID: '31', comment_author: 'Ann', comment_author_email: 'ann@a.example', comment_author_url: '',
    comment_author_IP: SECRET, comment_date: '2027-01-15 09:00:00', comment_date_gmt: GMT, comment_content: 'Yes', comment_karma: '0',
    comment_approved: '1', comment_agent: SECRET, comment_type: 'comment', comment_parent: '0', user_id: '0', ...more,
  };
}

export const term = {
  term_id: 12, name: 'Gravel &amp; Road', slug: 'gravel-road', term_group: 0, term_taxonomy_id: '13', taxonomy: 'category', description: '',
  parent: 4, count: 2, filter: 'raw',
};

export function user(more: object = {}): object {
  return {
    data: {
      ID: '5', user_login: 'edith', user_nicename: 'edith', user_email: 'edith@a.example', user_url: '', user_registered: GMT,
      user_activation_key: SECRET, user_pass: SECRET, user_status: '0', display_name: 'Edith', allowed_mime_types: { jpg: 'image/jpeg' }, is_connected: true,
    },
    ID: 5, caps: { editor: true }, cap_key: 'wp_capabilities', roles: ['editor'], allcaps: { edit_posts: true, read: '1', manage_options: false }, filter: null,
    ...more,
  };
}

export const plugin = { slug: 'a/a.php', Name: 'Plugin A', Version: '1.2', Title: 'Plugin A', Author: 'Someone' };
const theme = { name: 'Theme T', version: '2.0', uri: 'https://themes.example', slug: 'theme-t', stylesheet: 'theme-t' };

const packageUrl = `https://updates.example/a.zip?license=${SECRET}`;
export const pluginUpdates = {
  last_checked: 1800000000, checked: { 'a/a.php': '1.2' }, secret_member: SECRET,
  response: {
    'a/a.php': {
      id: 'a', slug: 'a', plugin: 'a/a.php', new_version: '1.3', url: `https://a.example/?key=${SECRET}`, package: packageUrl, upgrade_notice: 'Mind it.',
      license: SECRET, icons: { '1x': `https://a.example/i.png?k=${SECRET}` }, sections: { changelog: SECRET },
    },
  },
  translations: [{ type: 'plugin', slug: 'a', language: 'pt_PT', version: '1.3', updated: GMT, package: packageUrl, autoupdate: true }],
};

export const order = {
  id: 26, type: 'shop_order', parent_id: 0, status: 'wc-processing', order_key: SECRET, cart_hash: SECRET, order_currency: 'EUR', order_total: '20.00',
  order_tax: '1.20', order_shipping: '4.00', order_shipping_tax: '0.24', cart_discount: '0', cart_discount_tax: '0', payment_method: 'bacs',
  payment_method_title: 'Bank transfer', created_via: 'checkout', order_version: '11.0.1', prices_include_tax: false, billing_city: 'Porto',
  billing_state: '', billing_postcode: '4000', billing_country: 'PT', billing_email: SECRET, customer_note: SECRET,
  date_created: { utc_offset: 0, date: '2027-01-15 09:00:00.000000', timezone_type: 3, timezone: 'Europe/Berlin' },
  date_modified: { utc_offset: 0, date: '2027-01-15 08:00:10.000000', timezone_type: 1, timezone: '+00:00' },
};

export const SECRET_OPTIONS = [
  'mailserver_login', 'mailserver_pass', 'mailserver_url', 'jetpack_protect_key', 'verification_services_codes', 'jetpack_mailchimp', 'post_by_email_address',
  'woocommerce_stripe_settings', 'wc_stripe_agentic_commerce_webhook_secret', 'woocommerce-ppcp-data-common', 'woocommerce-ppcp-data-settings',
  'woocommerce_ppcp-googlepay_settings', 'woocommerce_ppcp-recaptcha_settings', 'woocommerce_amazon_payments_advanced_settings', 'wc_square_settings',
  'woocommerce_square_credit_card_settings', 'woocommerce_woocommerce_payments_settings', 'woocommerce_woocommerce_payments_apple_pay_settings',
  'woocommerce_bacs_accounts', 'woocommerce_bacs_settings', 'woocommerce_maxmind_geolocation_settings', 'woocommerce_private_link',
  'woocommerce_gift_cards_pay_settings', 'moderation_keys', 'disallowed_keys',
];
export const UNLISTED_OPTIONS = ['jetpack_private_options', 'jetpack_secrets', 'some_plugin_api', 'woocommerce_api_consumer_secret', 'auth_key'];

const nested = { enabled: 'yes', live: { api_key: SECRET, list: [{ client_secret: SECRET, license_key: SECRET }], webhook: { url: SECRET } }, password: SECRET };
const jetpackOptions = { id: 4242, master_user: 1, public: 1, time_diff: 0, version: '16.1.2:1', blog_token: SECRET, fallback: { user_tokens: [SECRET] } };
const allOptions = {
  ...Object.fromEntries([...SECRET_OPTIONS, ...UNLISTED_OPTIONS].map((name) => [name, SECRET])),
  blogname: 'A', 'theme_mods_theme-t': { nav_menu_locations: { primary: 41 }, api_key: SECRET }, jetpack_options: jetpackOptions,
};

const failedUpdate = `Download failed: ${packageUrl}`;
const menuItem = { 'menu-item-db-id': 0, 'menu-item-title': 'Elsewhere', 'menu-item-url': 'https://b.example/', 'menu-item-target': '_blank', 'menu-item-type': 'custom' };
const metaRows = [
  { post_id: '31', meta_key: '_thumbnail_id', meta_value: '9', meta_id: '100' },
  { post_id: '31', meta_key: '_feedback_email', meta_value: SECRET, meta_id: '101' },
  { post_id: '31', meta_key: '_order_key', meta_value: SECRET, meta_id: '102' },
  { post_id: '31', meta_key: 'unlisted', meta_value: SECRET, meta_id: '103' },
];
const orderItem = { order_item_id: '3', order_item_name: 'Chart', order_item_type: 'line_item', order_id: '26' };

/** Action → examples of its arguments. */
export const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  jetpack_activate_module: [['stats']],
  jetpack_deactivate_module: [['stats']],
  jetpack_sync_checksum: [[{ posts: SECRET }]],
  jetpack_sync_data_loss: [{ timestamp: 1, queue_size: 5000, queue_lag: 7201, extra: { current_filter: SECRET } }],
  jetpack_sync_flow_error_enable: [{ timestamp: 1, response_code: 403, response_body: SECRET, sync_flow_type: 'dedicated' }],
  jetpack_sync_flow_error_temp_disable: [{ timestamp: 1, response_body: SECRET }],
  jetpack_sync_storage_error_custom_init: [{ error: SECRET }],
  jetpack_sync_storage_error_custom_migrate: [{ error: SECRET }],
  jetpack_sync_storage_error_table_not_exist: [{ error: SECRET }],
  jetpack_full_sync_stuck_adjustment: [{ module: 'posts', last_sent: 5, stuck_count: 1, adjusted_chunk_size: 100 }],
  jetpack_sync_save_post: [
    [31, post('post'), true, { is_auto_save: false, previous_status: 'draft', just_published: false }],
    [31, post('feedback', { post_content: SECRET, post_title: SECRET, post_excerpt: SECRET }), false, []],
    [31, post('shop_order', { post_status: 'wc-on-hold', post_excerpt: SECRET }), true, []],
    [31, post('post', { post_content_filtered: '<p>Shown</p>', post_excerpt_filtered: 'Shown', featured_image: 'http://a.example/f.png' }), true, []],
    [31, { ID: 31, post_modified: GMT, post_modified_gmt: GMT, post_status: 'jetpack_sync_blocked', post_type: 'x' }, true, []],
  ],
  jetpack_published_post: [[31, { post_type: 'post', author: { id: '2', display_name: 'E', email: SECRET } }, post('post')]],
  deleted_post: [[31]],
  added_post_meta: [[100, 31, '_thumbnail_id', 9], [100, 31, '_order_key', SECRET], [100, 31, '_payment_tokens', [SECRET]], [100, 31, '_order_total', '20.00']],
  updated_post_meta: [['100', 31, '_wp_page_template', 'wide'], ['100', 31, 'imagedata', { width: 1, api_key: SECRET }], ['100', '31', 'tel', SECRET]],
  deleted_post_meta: [[['100', '101'], 31, '_thumbnail_id', SECRET], [['100'], 0, '_price', SECRET], [['100'], 31, '_date_paid', '']],
  jetpack_post_meta_batch_delete: [[[31, 32], '_feedback_akismet_values']],
  jetpack_sync_save_add_attachment: [[11, post('attachment', { ID: 11, permalink: undefined, shortlink: undefined })]],
  jetpack_sync_save_update_attachment: [[11, post('attachment', { ID: 11, permalink: undefined, shortlink: undefined })]],
  jetpack_sync_save_attach_attachment: [[11, post('attachment', { ID: 11, permalink: undefined, shortlink: undefined })]],
  wp_insert_comment: [[7, comment()], [7, { comment_ID: '7', comment_date: GMT, comment_date_gmt: GMT, comment_approved: 'jetpack_sync_blocked' }]],
  comment_approved_: [['7', comment({ comment_type: '' })]],
  comment_approved_comment: [['7', comment()]],
  comment_approved_trackback: [['7', comment({ comment_type: 'trackback' })]],
  comment_approved_pingback: [['7', comment({ comment_type: 'pingback' })]],
  comment_approved_review: [['7', comment({ comment_type: 'review' })]],
  comment_approved_note: [['7', comment({ comment_type: 'note' })]],
  comment_unapproved_: [['7', comment({ comment_type: '', comment_approved: '0' })]],
  comment_unapproved_comment: [['7', comment({ comment_approved: '0' })]],
  comment_unapproved_trackback: [['7', comment({ comment_approved: '0' })]],
  comment_unapproved_pingback: [['7', comment({ comment_approved: '0' })]],
  comment_unapproved_review: [['7', comment({ comment_approved: '0' })]],
  comment_unapproved_note: [['7', comment({ comment_approved: '0' })]],
  comment_approved_to_unapproved: [[comment({ comment_approved: '0' })]],
  comment_unapproved_to_approved: [[comment()]],
  trashed_comment: [['7']],
  spammed_comment: [['7']],
  deleted_comment: [['7']],
  untrashed_comment: [['7', comment({ comment_approved: 'trash' })]],
  unspammed_comment: [['7', comment({ comment_approved: 'spam' })]],
  trashed_post_comments: [[31, { 7: '1', 8: '0' }]],
  untrash_post_comments: [[31]],
  jetpack_modified_comment_contents: [[7, { comment_content: ['new', SECRET], comment_author_IP: [SECRET, SECRET] }]],
  added_comment_meta: [[1, 7, 'rating', '5'], [1, 7, 'hc_wpcom_id_sig', SECRET]],
  updated_comment_meta: [['1', 7, 'hc_avatar', 'https://b.example/a.png']],
  deleted_comment_meta: [[['1'], 7, 'rating', '']],
  jetpack_sync_add_term: [[term]],
  jetpack_sync_save_term: [[term]],
  delete_term: [[12, '13', 'category', term]],
  set_object_terms: [[31, ['Gravel'], ['13', '14'], 'category', false, ['14', '15']], [31, [14], [14], 'category', true, { 1: '13' }]],
  deleted_term_relationships: [[31, ['13', '14']]],
  jetpack_sync_register_user: [[user(), { role_changed: true }]],
  jetpack_sync_add_user: [[user(), []]],
  jetpack_sync_save_user: [[user(), { password_changed: true, role_added: true }], [user({ caps: [], roles: [], allcaps: [] }), []]],
  jetpack_deleted_user: [[5, null, false], [5, 2, false]],
  jetpack_removed_user_from_blog: [[5, 2]],
  jetpack_wp_login: [[5, user({ allcaps: { everything: true } }), { warning: SECRET, failures: [SECRET] }]],
  wp_logout: [['edith', user()], [SECRET, []]],
  wp_masterbar_logout: [[5]],
  jetpack_sync_user_locale: [[5, 'pt_PT']],
  jetpack_sync_user_locale_delete: [[5]],
  added_option: [['blogname', 'A'], ...UNLISTED_OPTIONS.map((name) => [name, SECRET]), ['woocommerce_stripe_settings', nested]],
  updated_option: [
    ['blogname', 'A', 'B'], ['jetpack_options', jetpackOptions, jetpackOptions], ['theme_mods_theme-t', nested, nested], ['woocommerce_cod_settings', nested, nested],
    ...SECRET_OPTIONS.flatMap((name) => [[name, SECRET, ''], [name, '', SECRET], [name, nested, { deep: [SECRET] }]]),
    ...UNLISTED_OPTIONS.map((name) => [name, SECRET, SECRET]),
  ],
  deleted_option: [['blogname'], ['woocommerce_private_link'], ['unlisted']],
  add_site_option: [['site_name', 'A'], ['jetpack_protect_key', SECRET]],
  update_site_option: [['site_name', 'new', 'old'], ['jetpack_protect_key', SECRET, SECRET], ['unlisted', SECRET, SECRET]],
  delete_site_option: [['site_name']],
  jetpack_sync_constant: [['PHP_VERSION', '8.2.36'], ['ABSPATH', SECRET], ['WC_LOG_DIR', SECRET], ['DB_PASSWORD', SECRET]],
  jetpack_sync_callable: [
    ['locale', 'en_US'], ['get_plugins', { 'password-protected/token.php': { Name: 'T', api_key: SECRET } }], ['unlisted', SECRET],
    ['get_plugins_action_links', { 'a/a.php': { Go: `http://a.example/wp-admin/admin.php?page=a&_wpnonce=${SECRET}#${SECRET}` } }],
    ['wp_super_cache_globals', { cache_path: `/srv/${SECRET}`, cache_page_secret: SECRET, cache_enabled: true }],
  ],
  activated_plugin: [['a/a.php', false, { name: 'Plugin A', version: '1.2' }]],
  deactivated_plugin: [['a/a.php', true, { name: 'Plugin A', version: '1.2' }]],
  deleted_plugin: [['a/a.php', true, { name: 'Plugin A', version: '1.2' }], ['a/a.php', false, []]],
  jetpack_plugin_installed: [[[plugin]]],
  jetpack_plugins_updated: [[[plugin, { ...plugin, slug: 'b/b.php', Name: 'Plugin B' }], { is_autoupdate: true }]],
  jetpack_plugin_update_failed: [[plugin, 'download_failed', failedUpdate, { is_autoupdate: false }]],
  jetpack_edited_plugin: [['a/a.php', plugin]],
  jetpack_sync_current_theme_support: [[theme, { ...theme, slug: 'theme-s', name: 'Theme S' }]],
  jetpack_installed_theme: [['theme-t', theme]],
  jetpack_updated_themes: [[{ 'theme-t': theme }]],
  jetpack_edited_theme: [['theme-t', theme]],
  jetpack_deleted_theme: [['theme-t', theme]],
  jetpack_network_enabled_themes: [[{ 'theme-t': theme }, ['theme-t']]],
  jetpack_network_disabled_themes: [[{ 'theme-t': theme }, []]],
  jetpack_widget_added: [['sidebar-1', 'text-2', 'Sidebar', 'Text']],
  jetpack_widget_removed: [['sidebar-1', 'text-2', null, null]],
  jetpack_widget_moved_to_inactive: [[['text-2'], ['Text']]],
  jetpack_widget_reordered: [['sidebar-1', 'Sidebar']],
  jetpack_widget_edited: [[{ name: 'Text', id: 'text-2', title: 'Hours' }]],
  jetpack_cleared_inactive_widgets: [[]],
  jetpack_update_plugins_change: [[pluginUpdates]],
  jetpack_update_themes_change: [[{ checked: [], response: { 'theme-t': { theme: 'theme-t', new_version: '2.1', url: 'https://t.example', package: packageUrl } } }], [false]],
  jetpack_update_core_change: [
    [{ updates: [{ response: 'upgrade', download: packageUrl, packages: { full: packageUrl }, current: '7.2', version: '7.2', locale: 'en_US' }], version_checked: '7.1', last_checked: 1 }],
  ],
  jetpack_sync_core_updated_successfully: [['7.2', '7.1']],
  jetpack_sync_core_autoupdated_successfully: [['7.2', '7.1']],
  jetpack_sync_core_reinstalled_successfully: [['7.2']],
  jetpack_sync_core_update_network: [[60000, 59000, '7.2']],
  wp_create_nav_menu: [[41, { 'menu-name': 'Main' }]],
  jetpack_sync_updated_nav_menu: [[41, { 'menu-name': 'Main', description: '' }]],
  jetpack_sync_updated_nav_menu_add_item: [[41, { ...term, name: 'Main', taxonomy: 'nav_menu' }, 105, menuItem]],
  jetpack_sync_updated_nav_menu_update_item: [[41, { ...term, name: 'Main', taxonomy: 'nav_menu' }, 105, menuItem]],
  delete_nav_menu: [[41, '41', { ...term, name: 'Main', taxonomy: 'nav_menu', parent: 0 }]],
  jetpack_valid_failed_login_attempt: [[SECRET], [{ ip: SECRET }]],
  jetpack_sync_import_start: [['wordpress', 'WordPress']],
  jetpack_sync_import_end: [['wordpress', 'WordPress']],
  export_wp: [[{ content: 'all', author: SECRET }]],
  jetpack_sync_heartbeat_stats: [[{ version: '16.1.2', 'module-stats': 'on', 'api-key': SECRET }]],
  woocommerce_attribute_added: [[1, { attribute_label: 'Colour', attribute_name: 'colour' }]],
  woocommerce_attribute_updated: [[1, { attribute_label: 'Colour', attribute_name: 'colour' }, 'color']],
  woocommerce_attribute_deleted: [[1, 'colour', 'pa_colour']],
  woocommerce_new_order: [[26], [26, { total: '20.00', currency: 'USD' }]],
  woocommerce_order_status_changed: [[26, 'pending', 'wc-processing', { total: '20.00', currency: 'USD' }]],
  woocommerce_payment_complete: [[26]],
  woocommerce_new_order_item: [[3, orderItem, 26]],
  woocommerce_delete_order_item: [[3]],
  woocommerce_remove_order_item_ids: [[[3, '4']]],
  added_order_item_meta: [[1, 3, '_qty', '2'], [1, 3, '_licence', SECRET]],
  updated_order_item_meta: [['1', 3, '_line_total', '20']],
  deleted_order_item_meta: [[['1'], 3, '_qty', '']],
  woocommerce_new_payment_token: [[9]],
  woocommerce_payment_token_updated: [[9]],
  woocommerce_payment_token_deleted: [[9, { token: SECRET, last4: SECRET }]],
  added_payment_token_meta: [[1, 9, 'last4', SECRET]],
  updated_payment_token_meta: [[1, 9, 'customer_id', SECRET]],
  deleted_payment_token_meta: [[['1'], 9, 'last4', SECRET]],
  woocommerce_downloadable_product_download_log_insert: [[{ user_ip_address: SECRET }]],
  woocommerce_grant_product_download_access: [[{ user_email: SECRET, order_key: SECRET }]],
  woocommerce_tax_rate_added: [[1, { tax_rate_country: 'PT', tax_rate: '23', tax_rate_name: 'IVA' }]],
  woocommerce_tax_rate_updated: [[1, { tax_rate: '23', tax_rate_name: 'IVA' }]],
  woocommerce_tax_rate_deleted: [[1]],
  woocommerce_new_webhook: [[2]],
  woocommerce_webhook_updated: [[2]],
  woocommerce_webhook_deleted: [[2, { secret: SECRET, delivery_url: SECRET }]],
  jetpack_updated_woo_customer_meta: [[{ ID: 9, data: { ID: 9, display_name: SECRET, user_login: SECRET, user_email: SECRET } }, ['billing_phone']]],
  woocommerce_analytics_sync_reports_data: [[{ rows: [SECRET] }]],
  woocommerce_analytics_delete_reports_data: [[{ rows: [SECRET] }]],
  woocommerce_after_order_object_save: [order],
  woocommerce_after_order_refund_object_save: [
    { id: 27, type: 'shop_order_refund', parent_id: 26, status: 'wc-completed', order_total: '-3.00', refund_amount: '3.00', refunded_by: 1, refund_reason: 'torn', order_key: SECRET },
  ],
  woocommerce_after_subscription_object_save: [{ ...order, id: 28, type: 'shop_subscription', status: 'wc-active' }],
  woocommerce_trash_order: [{ id: 26 }],
  woocommerce_delete_order: [{ id: 26 }],
  woocommerce_trash_subscription: [{ id: 28 }],
  woocommerce_delete_subscription: [{ id: 28 }],
  jetpack_full_sync_start: [[{ posts: 1, users: [1] }, { posts: { min: '1', max: '31', count: '9' } }, 'initial_sync'], [[], [], null]],
  jetpack_full_sync_end: [['', { posts: { min: '1', max: '31', count: '9' } }, null]],
  jetpack_full_sync_cancelled: [null],
  jetpack_full_sync_options: [allOptions],
  jetpack_full_sync_network_options: [{ site_name: 'A', jetpack_protect_key: SECRET, auto_update_plugins: false, unlisted: SECRET }],
  jetpack_full_sync_constants: [{ PHP_VERSION: '8.2.36', ABSPATH: SECRET, WC_PLUGIN_FILE: SECRET, WP_CONTENT_DIR: SECRET, AUTH_SALT: SECRET, WP_DEBUG: null }],
  jetpack_full_sync_callables: [{ locale: 'en_US', unlisted: SECRET }],
  jetpack_full_sync_posts: [
    [[post('post'), post('shop_order', { ID: 30, post_excerpt: SECRET }), { ID: 29, post_status: 'jetpack_sync_non_registered_post_type', post_type: 'book' }], metaRows, [], '~0'],
  ],
  jetpack_full_sync_comments: [[[comment(), comment({ comment_ID: '8', comment_type: 'order_note', comment_content: SECRET })], [], '~0']],
  jetpack_full_sync_terms: [{ terms: [term], previous_end: '~0' }],
  jetpack_full_sync_users: [{ users: [user()], previous_end: '~0' }],
  jetpack_full_sync_term_relationships: [{ term_relationships: [{ object_id: '31', term_taxonomy_id: '13' }], previous_end: { object_id: '2147483647' } }],
  jetpack_full_sync_woocommerce_order_items: [
    {
      order_items: [orderItem], previous_end: '~0',
      order_item_meta: [{ order_item_id: '3', meta_key: '_qty', meta_value: '1', meta_id: '5' }, { order_item_id: '3', meta_key: 'Engraving', meta_value: SECRET, meta_id: '6' }],
    },
  ],
  jetpack_full_sync_woocommerce_hpos_orders: [{ orders: [order], previous_end: '~0' }],
  jetpack_full_sync_orders: [{ orders: [order], previous_end: '~0' }],
  jetpack_full_sync_theme_data: [[theme], [null]],
  jetpack_full_sync_updates: [{ core: false, plugins: pluginUpdates, themes: false }],
  jetpack_full_sync_woocommerce_analytics: [{ rows: [SECRET] }],
};

/** An actor block with everything that must not be kept. */
export const ACTOR = {
  wpcom_user_id: null, external_user_id: 1, display_name: 'Edith', user_email: SECRET, user_roles: ['administrator'], translated_role: 'administrator',
  is_cron: false, is_rest: false, is_xmlrpc: false, is_wp_rest: false, is_ajax: false, is_wp_admin: true, is_cli: false,
  from_url: `http://a.example/wp-login.php?key=${SECRET}&login=edith`, ip: SECRET, user_agent: SECRET,
};
