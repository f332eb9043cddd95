// Comments and users, from answers of wp/v2 in the edit context to the changes that a sync would have given. Addresses and
// agents of commenters are not asked for.
import { z } from 'zod';
import type { DomainChange } from '../../core/changes.js';
import { standInMetaId, type Rev } from '../../core/ids.js';
import { changesOfComment, commentShape } from '../decode/comments.js';
import type { DecodeOptions } from '../decode/item.js';
import { changesOfMetaRows } from '../decode/metas.js';
import { flag, id, label, listOf, mapOf, nameText, text, toJson, whole, type MetaRow } from '../decode/shapes.js';
import { upsertUser, userShape } from '../decode/users.js';
import { dateText, metaMap, rawText } from '../decode/rest-shapes.js';

export const COMMENT_FIELDS = [
  'id', 'post', 'parent', 'author', 'author_name', 'author_email', 'author_url', 'date', 'date_gmt', 'content', 'status', 'type', 'meta',
] as const;

export const restCommentShape = z.object({
  id,
  post: whole,
  parent: whole,
  author: whole,
  author_name: text,
  author_email: text,
  author_url: text,
  date: dateText,
  date_gmt: dateText,
  content: rawText,
  status: text,
  type: label,
  meta: metaMap,
});
export type RestComment = z.output<typeof restCommentShape>;

/** Words of REST for what the table of comments holds; other statuses have the same name in both. */
const STORED_STATUS: Readonly<Record<string, string>> = { approved: '1', approve: '1', hold: '0' };

export function storedCommentStatus(status: string): string {
  return STORED_STATUS[status] ?? status;
}

export function changesOfRestComment(comment: RestComment, options: DecodeOptions, rev: Rev): DomainChange[] {
  const wire = commentShape.safeParse({
    comment_ID: comment.id,
    comment_post_ID: comment.post,
    comment_author: comment.author_name,
    comment_author_email: comment.author_email,
    comment_author_url: comment.author_url,
    comment_date: comment.date,
    comment_date_gmt: comment.date_gmt,
    comment_content: comment.content,
    comment_karma: 0,
    comment_approved: storedCommentStatus(comment.status),
    comment_type: comment.type,
    comment_parent: comment.parent,
    user_id: comment.author,
  });
  if (!wire.success) return [];
  const changes = changesOfComment(wire.data, rev);
  if (changes.length === 0) return [];
  const rows = Object.entries(comment.meta).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : value === null || value === '' ? [] : [value]).map(
      (one, index): MetaRow => ({ metaId: standInMetaId('comment', comment.id, key, index), ownerId: comment.id, metaKey: key, value: toJson(one) }),
    ),
  );
  return [...changes, ...changesOfMetaRows('comment', [comment.id], rows, rev, options)];
}

export const USER_FIELDS = [
  'id', 'username', 'name', 'email', 'url', 'slug', 'locale', 'roles', 'registered_date', 'capabilities', 'extra_capabilities',
] as const;

export const restUserShape = z.object({
  id,
  username: nameText,
  name: text,
  email: text,
  url: text,
  slug: text,
  locale: label,
  registered_date: dateText,
  roles: listOf(text).optional(),
  capabilities: mapOf(flag).optional(),
  extra_capabilities: mapOf(flag).optional(),
});
export type RestUser = z.output<typeof restUserShape>;

/** `siteLocale` is what REST tells for a person who chose no language. */
export function changesOfRestUser(user: RestUser, siteLocale: string, rev: Rev): DomainChange[] {
  const wire = userShape.safeParse({
    data: {
      ID: user.id, user_login: user.username, user_nicename: user.slug, user_email: user.email, user_url: user.url, user_registered: user.registered_date,
      display_name: user.name, locale: user.locale === siteLocale ? '' : user.locale,
    },
    roles: user.roles,
    caps: user.extra_capabilities,
    allcaps: user.capabilities,
  });
  return wire.success ? [upsertUser(wire.data, rev)] : [];
}
