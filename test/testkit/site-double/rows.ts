// The rows of a WordPress database as the double holds them, by column. Texts are as stored: HTML-escaped term names, meta values
// in PHP's serialization, dates as MySQL writes them.
import { serialize } from 'php-serialize';

/** The spelling of a date that is not set. */
export const NO_DATE = '0000-00-00 00:00:00';

export interface PostRow {
  readonly ID: number;
  post_author: number;
  post_date: string;
  post_date_gmt: string;
  post_content: string;
  post_title: string;
  post_excerpt: string;
  post_status: string;
  comment_status: string;
  ping_status: string;
  post_password: string;
  post_name: string;
  to_ping: string;
  pinged: string;
  post_modified: string;
  post_modified_gmt: string;
  post_content_filtered: string;
  post_parent: number;
  guid: string;
  menu_order: number;
  post_type: string;
  post_mime_type: string;
  comment_count: number;
}

/** A meta row of any owner; `value` is the raw column. */
export interface MetaRow {
  readonly metaId: number;
  readonly ownerId: number;
  readonly key: string;
  value: string;
}

export interface CommentRow {
  readonly comment_ID: number;
  comment_post_ID: number;
  comment_author: string;
  comment_author_email: string;
  comment_author_url: string;
  comment_author_IP: string;
  comment_date: string;
  comment_date_gmt: string;
  comment_content: string;
  comment_karma: number;
  comment_approved: string;
  comment_agent: string;
  comment_type: string;
  comment_parent: number;
  user_id: number;
}

/** A term and its row of `term_taxonomy`, which are one to one since WordPress 4.3. */
export interface TermRow {
  readonly term_id: number;
  readonly term_taxonomy_id: number;
  name: string;
  slug: string;
  term_group: number;
  taxonomy: string;
  description: string;
  parent: number;
  count: number;
}

export interface RelationRow {
  /** No column: a number of its own, since the key is the pair. */
  readonly id: number;
  readonly object_id: number;
  readonly term_taxonomy_id: number;
  readonly term_order: number;
}

export interface UserRow {
  readonly ID: number;
  user_login: string;
  user_nicename: string;
  user_email: string;
  user_url: string;
  user_registered: string;
  user_status: number;
  display_name: string;
  roles: string[];
  /** Of the user's own, when it is not the site's. */
  locale?: string;
}

export interface OrderItemRow {
  readonly order_item_id: number;
  order_item_name: string;
  order_item_type: string;
  order_id: number;
}

export interface OrderAddress {
  readonly city: string;
  readonly state: string;
  readonly postcode: string;
  readonly country: string;
}

/** A row of `wc_orders` with its addresses and operational columns. Amounts are the raw decimals, eight digits. */
export interface OrderRow {
  readonly id: number;
  type: string;
  status: string;
  parent_order_id: number;
  currency: string;
  total_amount: string;
  tax_amount: string;
  date_created_gmt: string;
  date_updated_gmt: string;
  payment_method: string;
  payment_method_title: string;
  billing: OrderAddress;
  shipping: OrderAddress;
  order_key: string;
  date_paid_gmt: string | null;
  date_completed_gmt: string | null;
  refund_reason?: string;
}

/** The raw column for a value: texts and numbers as they are, everything else in PHP's serialization. */
export function toMetaValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return serialize(value);
}

/** "2027-01-15 08:00:00" for milliseconds since 1970. */
export function toSqlDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
