// Posts of every type, attachments included: saves, publications and deletions. Orders that are stored as posts become
// orders besides. A stub (a row whose type the site did not know at that moment) only proves that the row exists.
import { z } from 'zod';
import type { DomainChange, Upsert } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { typenameOfPostType } from '../../core/post-types.js';
import { auditLine, short } from './audit.js';
import { localDate, utcDate } from './dates.js';
import { decoder, type Decoding, type DecoderTable, type ItemContext } from './item.js';
import { deleteOrder, isOrderType, upsertOrderOfPost } from './orders.js';
import { hidesPostContent } from './privacy.js';
import { flag, id, membersOf, nameText, positional, someText, text, whole } from './shapes.js';

const STUB_STATUSES: readonly string[] = ['jetpack_sync_non_registered_post_type', 'jetpack_sync_blocked'];

const stubShape = z.object({ ID: id, post_status: z.enum(STUB_STATUSES) }).transform((row) => ({ kind: 'stub' as const, ID: row.ID }));

const fullShape = z
  .object({
    ID: id,
    post_type: nameText,
    post_status: nameText,
    post_title: someText,
    post_content: someText,
    post_excerpt: someText,
    post_content_filtered: text,
    post_excerpt_filtered: text.optional(),
    post_name: text,
    post_author: whole,
    post_parent: whole,
    menu_order: whole,
    post_date: text,
    post_date_gmt: text,
    post_modified_gmt: text,
    comment_status: text,
    ping_status: text,
    post_mime_type: text,
    post_password: text,
    guid: text,
    permalink: text.optional(),
    shortlink: text.optional(),
    featured_image: text.optional(),
  })
  .transform((row) => ({ kind: 'full' as const, ...row }));

/** A post object of an event or of a full sync. */
export const postShape = z.union([stubShape, fullShape]);
type PostObject = z.output<typeof postShape>;
export type FullPost = Extract<PostObject, { kind: 'full' }>;

/** What a post object says: its registers, or only that it exists. */
export function changesOfPost(post: PostObject, rev: Rev): DomainChange[] {
  if (post.kind === 'stub') return [{ kind: 'mention', entity: 'post', ids: [post.ID], rev }];
  const order = isOrderType(post.post_type) ? [upsertOrderOfPost(post, rev)] : [];
  return [upsertPost(post, rev), ...order];
}

function upsertPost(post: FullPost, rev: Rev): Upsert<'post'> {
  const hidden = hidesPostContent(post.post_type);
  const groups: Upsert<'post'>['groups'] = {
    core: {
      type: post.post_type,
      status: post.post_status,
      parentId: post.post_parent,
      menuOrder: post.menu_order,
      title: hidden ? '' : post.post_title,
      content: hidden ? '' : post.post_content,
      // The excerpt of an order is the customer's note, that of a refund its reason.
      excerpt: hidden || isOrderType(post.post_type) ? '' : post.post_excerpt,
      // WordPress makes the slug, and the permalink of it, from the title.
      slug: hidden ? '' : post.post_name,
      localDate: localDate(post.post_date),
      dateGmt: utcDate(post.post_date_gmt),
      modifiedGmt: utcDate(post.post_modified_gmt),
      commentStatus: post.comment_status,
      pingStatus: post.ping_status,
      mimeType: post.post_mime_type,
      guid: post.guid,
      passwordProtected: post.post_password !== '',
    },
    author: { authorId: post.post_author },
  };
  if (post.permalink !== undefined) {
    groups.links = { permalink: hidden ? '' : post.permalink, shortlink: post.shortlink ?? '' };
    groups.featured = { featuredImageUrl: post.featured_image || null };
  }
  if (!hidden && post.post_content_filtered !== '' && post.post_excerpt_filtered !== undefined) {
    groups.rendered = { renderedContent: post.post_content_filtered, renderedExcerpt: post.post_excerpt_filtered };
  }
  return { kind: 'upsert', entity: 'post', key: { id: post.ID }, rev, groups };
}

/** Types that people do not see as something of their own: no line in the audit log. */
const SILENT_TYPES = new Set(['revision', 'nav_menu_item', 'customize_changeset', 'jp_act_log_event', 'oembed_cache', 'user_request']);

const ORDER_TYPENAMES: Readonly<Record<string, string>> = { shop_order: 'Order', shop_order_refund: 'OrderRefund' };

const NOUNS: Readonly<Record<string, string>> = {
  attachment: 'media', shop_order: 'order', shop_order_refund: 'refund', shop_coupon: 'coupon', shop_subscription: 'subscription',
  wp_template: 'template', wp_template_part: 'template part', wp_global_styles: 'styles', wp_block: 'pattern', wp_navigation: 'navigation',
};

/** `sentence` has a % where the object goes. */
function linePost(item: ItemContext, post: FullPost, sentence: string): Decoding['audit'] {
  const noun = NOUNS[post.post_type] ?? post.post_type.replace(/[_-]+/g, ' ');
  const title = hidesPostContent(post.post_type) || isOrderType(post.post_type) ? '' : short(post.post_title);
  const commerce = isOrderType(post.post_type) || ['product', 'product_variation', 'shop_coupon'].includes(post.post_type);
  return auditLine(item, {
    category: commerce ? 'COMMERCE' : 'CONTENT',
    typename: ORDER_TYPENAMES[post.post_type] ?? typenameOfPostType(post.post_type) ?? 'CustomContent',
    localId: post.ID,
    label: title || `${noun} ${post.ID}`,
    summary: sentence.replace('%', () => (title === '' ? `${noun} ${post.ID}` : `${noun} "${title}"`)),
  });
}

const saveFlags = membersOf({ is_auto_save: flag, previous_status: text, just_published: flag });

/** The sentence for a save; null when another event tells it (a publication), or nobody did it (autosaves, auto-drafts). */
function sentenceOfSave(post: FullPost, isUpdate: boolean, flags: z.output<typeof saveFlags>): string | null {
  if (flags.is_auto_save || flags.just_published || post.post_status === 'auto-draft') return null;
  if (post.post_status === 'trash') return flags.previous_status === 'trash' ? null : 'Moved % to trash';
  if (flags.previous_status === 'trash') return 'Restored %';
  // Orders have events of their own for everything but the trash.
  if (isOrderType(post.post_type)) return null;
  return !isUpdate || flags.previous_status === 'new' || flags.previous_status === 'auto-draft' ? 'Created %' : 'Updated %';
}

const save = positional({ id, post: postShape, isUpdate: flag, flags: saveFlags });

const decodeSave = decoder(save, ({ post, isUpdate, flags }, item) => {
  const sentence = post.kind === 'stub' || SILENT_TYPES.has(post.post_type) ? null : sentenceOfSave(post, isUpdate, flags);
  const trashed = post.kind === 'full' && post.post_status === 'trash' ? trashedFrom(post.ID, flags.previous_status, item.rev) : [];
  return { changes: [...changesOfPost(post, item.rev), ...trashed], audit: sentence === null || post.kind === 'stub' ? null : linePost(item, post, sentence) };
});

/** What may be done with a trashed post depends on what it was before, which no synced meta says. */
function trashedFrom(postId: number, previousStatus: string, rev: Rev): DomainChange[] {
  if (previousStatus === '' || previousStatus === 'trash' || previousStatus === 'new') return [];
  return [{ kind: 'upsert', entity: 'post', key: { id: postId }, rev, groups: { trashed: { trashedFrom: previousStatus } } }];
}

const decodePublished = decoder(positional({ id, flags: z.unknown(), post: postShape.optional() }), ({ post }, item) => {
  if (post === undefined) return { changes: [], audit: null };
  const silent = post.kind === 'stub' || SILENT_TYPES.has(post.post_type);
  return { changes: changesOfPost(post, item.rev), audit: silent ? null : linePost(item, post, 'Published %') };
});

const decodeDeleted = decoder(positional({ id }), ({ id: postId }, item) => ({
  // Orders share the ids of posts, and the event does not say what the row was.
  changes: [{ kind: 'delete', entity: 'post', key: { id: postId }, rev: item.rev }, deleteOrder(postId, item.rev)],
  audit: auditLine(item, { category: 'CONTENT', typename: 'Post', localId: postId, label: `#${postId}`, summary: `Deleted content ${postId}` }),
}));

function attachment(sentence: string) {
  return decoder(positional({ id, post: postShape }), ({ post }, item) => ({
    changes: changesOfPost(post, item.rev),
    audit: post.kind === 'stub' ? null : linePost(item, post, sentence),
  }));
}

export const POST_DECODERS: DecoderTable = {
  jetpack_sync_save_post: decodeSave,
  jetpack_published_post: decodePublished,
  deleted_post: decodeDeleted,
  jetpack_sync_save_add_attachment: attachment('Uploaded %'),
  jetpack_sync_save_update_attachment: attachment('Updated %'),
  jetpack_sync_save_attach_attachment: attachment('Attached % to a post'),
};
