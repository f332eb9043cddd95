// The modules of a full sync that can be asked for, by Jetpack's own names. A module that is not here must never be named to a
// site: it would hang the site's full sync for ever (jetpack-sync 4.45.3).

/** What Jetpack syncs when nothing is named, in its order. */
export const BASE_MODULES: readonly string[] = [
  'constants', 'functions', 'options', 'network_options', 'terms', 'themes', 'users', 'posts', 'comments', 'updates', 'term_relationships',
];

/** WooCommerce's, which a site syncs only when they are named. */
export const SHOP_MODULES: readonly string[] = ['woocommerce', 'woocommerce_hpos_orders'];

/** Every module that a full sync may name. */
export const FULL_SYNC_MODULES: readonly string[] = [...BASE_MODULES, ...SHOP_MODULES];
