// Which node a post type becomes in the graph. Used by the change log and by the content and commerce subgraphs.
import type { NodeType } from './ids.js';

/** Types that are parts or traces of other things and never nodes of their own. */
const INTERNAL = new Set([
  'revision', 'nav_menu_item', 'customize_changeset', 'oembed_cache', 'user_request', 'custom_css', 'wp_global_styles', 'wp_template',
  'wp_template_part', 'wp_navigation', 'wp_font_family', 'wp_font_face', 'wp_block', 'shop_order', 'shop_order_refund', 'shop_order_placehold',
  'shop_subscription', 'shop_coupon', 'scheduled-action', 'feedback', 'jp_act_log_event', 'jp_pay_order', 'jp_pay_product', 'jetpack_migration',
]);

/** The typename of a post of this type, or null when posts of this type are not nodes. */
export function typenameOfPostType(type: string): Extract<NodeType, 'Post' | 'Page' | 'MediaItem' | 'Product' | 'CustomContent'> | null {
  if (type === 'post') return 'Post';
  if (type === 'page') return 'Page';
  if (type === 'attachment') return 'MediaItem';
  if (type === 'product' || type === 'product_variation') return 'Product';
  return INTERNAL.has(type) ? null : 'CustomContent';
}
