// Edits as people make them: the row changes and the site's listener enqueues what Jetpack would (protocol reference 5). Edits without
// an event are made on the tables themselves. Called by tests and by the REST routes of the double.
import * as edits from './tables.js';
import { wireComment, wireMetaValue, wireOrder, wireOrderItem, wirePost, wireTerm, wireUser, type Wire } from './objects.js';
import { COMMERCE_OPTION_NAMES, OPTION_NAMES, ORDER_ITEM_META_KEYS } from './lists.js';
import { connectionRole } from './roles.js';
import { toSqlDate, type CommentRow, type OrderRow, type PostRow, type TermRow, type UserRow } from './rows.js';
import { whySyncIsOff } from './sender.js';
import { isConnected, type SiteContext } from './state.js';

/** `by` is the WordPress user who acts, 0 for nobody. */
export interface Events {
  /** Enqueues an item as it stands, under the listener's rules. */
  emit(action: string, args: unknown, by?: number): void;
  savePost(fields: Partial<PostRow> & { readonly ID?: number }, by?: number): PostRow;
  deletePost(id: number, by?: number): void;
  setPostMeta(postId: number, key: string, value: unknown, by?: number): void;
  deletePostMeta(postId: number, key: string, by?: number): void;
  setPostTerms(postId: number, taxonomy: string, ttIds: readonly number[], by?: number): void;
  addComment(postId: number, fields?: Partial<CommentRow>, by?: number): CommentRow;
  setCommentStatus(id: number, status: string, by?: number): void;
  editComment(id: number, content: string, by?: number): void;
  deleteComment(id: number, by?: number): void;
  saveTerm(fields: Partial<TermRow> & { readonly taxonomy: string; readonly name: string }, by?: number): TermRow;
  deleteTerm(ttId: number, by?: number): void;
  saveUser(fields: Partial<UserRow> & { readonly user_login: string; readonly roles: string[] }, by?: number): UserRow;
  deleteUser(id: number, reassign?: number | null, by?: number): void;
  setOption(name: string, value: unknown, by?: number): void;
  setCallable(name: string, value: unknown): void;
  setPluginActive(file: string, active: boolean, by?: number): void;
  saveOrder(fields: Partial<OrderRow>, by?: number): OrderRow;
  addOrderItem(orderId: number, name: string, metas: Readonly<Record<string, unknown>>, by?: number): void;
}

export function createEvents(site: SiteContext): Events {
  const { tables, settings } = site;

  function emit(action: string, args: unknown, by = 1): void {
    if (!site.hasJetpack || !isConnected(site.connection) || ['sync_disabled', 'not_connected'].includes(whySyncIsOff(site) ?? '')) return;
    if (settings.list('sync_actions_blacklist').includes(action)) return;
    const isFull = site.queue.size() >= settings.number('max_queue_size') && site.queue.lag(site.now()) > settings.number('max_queue_lag');
    if (isFull) {
      Object.assign(site.health, { status: 'out_of_sync', timestamp: site.now() / 1000 });
      return;
    }
    site.queue.add(action, args, by, site.now(), actorOf(site, by));
  }

  function meta(kind: 'post' | 'comment' | 'order_item', table: edits.MetaTable, ownerId: number, key: string, value: unknown, passes: boolean, by: number): void {
    const { row, isNew } = edits.setMeta(tables, table, ownerId, key, value);
    if (!passes) return;
    if (isNew) emit(`added_${kind}_meta`, [row.metaId, ownerId, key, wireMetaValue(row.value)], by);
    else emit(`updated_${kind}_meta`, [String(row.metaId), ownerId, key, wireMetaValue(row.value)], by);
  }

  function postAllows(postId: number, key: string): boolean {
    const post = tables.posts.get(postId);
    return post !== undefined && settings.allowsPostType(post.post_type) && settings.allowsPostMeta(key);
  }

  const events: Events = {
    emit,
    savePost(fields, by = 1) {
      const before = fields.ID === undefined ? undefined : tables.posts.get(fields.ID);
      const now = toSqlDate(site.now());
      const post = before
        ? tables.posts.put({ ...before, post_modified: now, post_modified_gmt: now, ...fields, ID: before.ID })
        : edits.addPost(tables, site.url, site.now(), { post_author: by || 1, ...fields });
      if (!settings.allowsPostType(post.post_type) || !site.registeredTypes.has(post.post_type)) return post;
      if (post.post_type === 'attachment') {
        emit(before ? 'jetpack_sync_save_update_attachment' : 'jetpack_sync_save_add_attachment', [post.ID, wirePost(post, site.url, false)], by);
        return post;
      }
      const isPublication = post.post_status === 'publish' && before?.post_status !== 'publish';
      const flags = { is_auto_save: false, previous_status: before?.post_status ?? 'new', just_published: isPublication, is_gutenberg_meta_box_update: false };
      emit('jetpack_sync_save_post', [post.ID, wirePost(post, site.url), before !== undefined, flags], by);
      if (isPublication) {
        const author = tables.users.get(post.post_author);
        const about = { id: String(post.post_author), wpcom_user_id: null, display_name: author?.display_name ?? '', email: author?.user_email ?? '', translated_role: author ? connectionRole(author) : null };
        emit('jetpack_published_post', [post.ID, { post_type: post.post_type, author: about, send_subscription: post.post_type === 'post' }, wirePost(post, site.url)], by);
      }
      return post;
    },
    deletePost(id, by = 1) {
      const post = tables.posts.remove(id);
      if (!post) return;
      for (const row of tables.postmeta.ownedBy(id)) tables.postmeta.remove(row.metaId);
      for (const comment of tables.comments.ownedBy(id)) events.deleteComment(comment.comment_ID, by);
      const related = tables.relations.ownedBy(id).map((row) => row.term_taxonomy_id);
      for (const taxonomy of new Set(related.map((ttId) => tables.terms.get(ttId)?.taxonomy ?? ''))) edits.setTerms(tables, id, taxonomy, []);
      if (related.length > 0) emit('deleted_term_relationships', [id, related.map(String)], by);
      if (settings.allowsPostType(post.post_type)) emit('deleted_post', [id], by);
    },
    setPostMeta: (postId, key, value, by = 1) => meta('post', 'postmeta', postId, key, value, postAllows(postId, key), by),
    deletePostMeta(postId, key, by = 1) {
      const rows = tables.postmeta.ownedBy(postId).filter((row) => row.key === key);
      for (const row of rows) tables.postmeta.remove(row.metaId);
      if (rows.length > 0 && postAllows(postId, key)) emit('deleted_post_meta', [rows.map((row) => String(row.metaId)), postId, key, ''], by);
    },
    setPostTerms(postId, taxonomy, ttIds, by = 1) {
      const before = edits.setTerms(tables, postId, taxonomy, ttIds);
      const isSame = before.length === ttIds.length && before.every((ttId) => ttIds.includes(ttId));
      if (isSame || !settings.allowsTaxonomy(taxonomy)) return;
      const given = ttIds.flatMap((ttId) => tables.terms.get(ttId)?.term_id ?? []);
      emit('set_object_terms', [postId, given, ttIds.map(String), taxonomy, false, before.map(String)], by);
    },
    addComment(postId, fields = {}, by = 0) {
      const comment = edits.addComment(tables, postId, site.now(), fields);
      if (settings.allowsCommentType(comment.comment_type)) emit('wp_insert_comment', [comment.comment_ID, wireComment(comment)], by);
      return comment;
    },
    setCommentStatus(id, status, by = 1) {
      const comment = tables.comments.get(id);
      if (!comment || comment.comment_approved === status) return;
      const before = comment.comment_approved;
      const old = wireComment(comment);
      comment.comment_approved = status;
      if (!settings.allowsCommentType(comment.comment_type)) return;
      if (status === 'spam' || status === 'trash') return emit(status === 'spam' ? 'spammed_comment' : 'trashed_comment', [String(id)], by);
      if (before === 'spam' || before === 'trash') emit(before === 'spam' ? 'unspammed_comment' : 'untrashed_comment', [String(id), old], by);
      emit(`comment_${status === '1' ? 'approved' : 'unapproved'}_${comment.comment_type}`, [String(id), wireComment(comment)], by);
      if (before === '0' || before === '1') emit(status === '1' ? 'comment_unapproved_to_approved' : 'comment_approved_to_unapproved', [wireComment(comment)], by);
    },
    editComment(id, content, by = 1) {
      const comment = tables.comments.get(id);
      if (!comment) return;
      const before = comment.comment_content;
      comment.comment_content = content;
      if (settings.allowsCommentType(comment.comment_type)) emit('jetpack_modified_comment_contents', [id, { comment_content: [content, before] }], by);
    },
    deleteComment(id, by = 1) {
      const comment = tables.comments.remove(id);
      for (const row of tables.commentmeta.ownedBy(id)) tables.commentmeta.remove(row.metaId);
      if (comment && settings.allowsCommentType(comment.comment_type)) emit('deleted_comment', [String(id)], by);
    },
    saveTerm(fields, by = 1) {
      const before = fields.term_taxonomy_id === undefined ? undefined : tables.terms.get(fields.term_taxonomy_id);
      const term = before ? tables.terms.put({ ...before, ...fields }) : edits.addTerm(tables, fields.taxonomy, fields.name, fields);
      if (settings.allowsTaxonomy(term.taxonomy)) emit(before ? 'jetpack_sync_save_term' : 'jetpack_sync_add_term', [wireTerm(term)], by);
      return term;
    },
    deleteTerm(ttId, by = 1) {
      const term = tables.terms.remove(ttId);
      if (!term) return;
      for (const row of tables.relations.all()) if (row.term_taxonomy_id === ttId) tables.relations.remove(row.id);
      if (settings.allowsTaxonomy(term.taxonomy)) emit('delete_term', [term.term_id, String(ttId), term.taxonomy, wireTerm(term)], by);
    },
    saveUser(fields, by = 1) {
      const before = fields.ID === undefined ? undefined : tables.users.get(fields.ID);
      const user = before ? tables.users.put({ ...before, ...fields }) : edits.addUser(tables, fields.user_login, fields.roles, site.now(), fields);
      const changedRoles = before !== undefined && before.roles.join() !== user.roles.join();
      const flags: Wire = changedRoles ? { role_changed: true, capabilities_changed: true, previous_role: before.roles } : [];
      const profile = (row: UserRow): string => JSON.stringify([row.user_nicename, row.user_url, row.user_registered, row.display_name, row.locale, row.roles]);
      // A change of the e-mail address alone makes no event.
      if (!before || profile(before) !== profile(user)) emit(before ? 'jetpack_sync_save_user' : 'jetpack_sync_register_user', [wireUser(user, site.connection.userTokens.has(user.ID)), flags], by);
      return user;
    },
    deleteUser(id, reassign = null, by = 1) {
      if (!tables.users.remove(id)) return;
      for (const post of tables.posts.all()) {
        if (post.post_author !== id) continue;
        if (reassign === null) events.deletePost(post.ID, by);
        else post.post_author = reassign;
      }
      emit('jetpack_deleted_user', [id, reassign, false], by);
    },
    setOption(name, value, by = 1) {
      const had = tables.options.has(name);
      const old = tables.options.get(name);
      if (had && JSON.stringify(old) === JSON.stringify(value)) return;
      tables.options.set(name, value);
      if (!OPTION_NAMES.includes(name) && !name.startsWith('theme_mods_') && !(site.hasCommerce && COMMERCE_OPTION_NAMES.includes(name))) return;
      const seen = (of: unknown): unknown => (name === 'mailserver_pass' || name === 'mailserver_login' ? '' : of);
      if (had) emit('updated_option', [name, seen(old), seen(value)], by);
      else emit('added_option', [name, seen(value)], by);
    },
    setCallable(name, value) {
      tables.callables.set(name, value);
      emit('jetpack_sync_callable', [name, value], 0);
    },
    setPluginActive(file, active, by = 1) {
      const before = (tables.options.get('active_plugins') as string[] | undefined) ?? [];
      if (before.includes(file) === active) return;
      const plugin = (tables.callables.get('get_plugins') as Record<string, { Name: string; Version: string }> | undefined)?.[file];
      events.setOption('active_plugins', active ? [...before, file].sort() : before.filter((name) => name !== file), by);
      emit(active ? 'activated_plugin' : 'deactivated_plugin', [file, false, { name: plugin?.Name ?? file, version: plugin?.Version ?? '' }], by);
    },
    saveOrder(fields, by = 1) {
      const before = fields.id === undefined ? undefined : tables.orders.get(fields.id);
      const order = before ? tables.orders.put({ ...before, date_updated_gmt: toSqlDate(site.now()), ...fields, id: before.id }) : edits.addOrder(tables, site.now(), fields);
      if (!before) emit('woocommerce_new_order', [order.id], by);
      else if (before.status !== order.status) emit('woocommerce_order_status_changed', [order.id, before.status.replace(/^wc-/, ''), order.status.replace(/^wc-/, '')], by);
      emit('woocommerce_after_order_object_save', wireOrder(order), by);
      return order;
    },
    addOrderItem(orderId, name, metas, by = 1) {
      const item = edits.addOrderItem(tables, orderId, name, {});
      emit('woocommerce_new_order_item', [item.order_item_id, wireOrderItem(item), orderId], by);
      for (const [key, value] of Object.entries(metas)) meta('order_item', 'orderItemMeta', item.order_item_id, key, value, ORDER_ITEM_META_KEYS.includes(key), by);
    },
  };
  return events;
}

function actorOf({ tables, url }: SiteContext, by: number): Wire {
  const user = tables.users.get(by);
  return {
    wpcom_user_id: null, external_user_id: by, display_name: user?.display_name ?? '', user_email: user?.user_email ?? '', user_roles: user?.roles ?? [],
    translated_role: user ? connectionRole(user) : null, is_cron: false, is_rest: false, is_xmlrpc: false, is_wp_rest: false, is_ajax: false, is_wp_admin: true,
    is_cli: false, from_url: `${url}/wp-admin/post.php`,
  };
}
