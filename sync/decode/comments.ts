// Comments: objects, transitions of status, edits. IP address and agent string are never read. The object of an
// untrashed or unspammed comment still has the old status, so that its status is left to the transition that follows.
import { z } from 'zod';
import type { DomainChange, Upsert } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { auditLine } from './audit.js';
import { localDate, utcDate } from './dates.js';
import { decoder, type Decoder, type DecoderTable, type ItemContext } from './item.js';
import { hidesComment } from './privacy.js';
import { id, mapOf, membersOf, nameText, positional, someText, text, whole } from './shapes.js';

const stubShape = z
  .object({ comment_ID: id, comment_approved: z.literal('jetpack_sync_blocked') })
  .transform((row) => ({ kind: 'stub' as const, comment_ID: row.comment_ID }));

const fullShape = z
  .object({
    comment_ID: id,
    comment_post_ID: id,
    comment_author: someText,
    comment_author_email: text,
    comment_author_url: text,
    comment_date: text,
    comment_date_gmt: text,
    comment_content: someText,
    comment_karma: whole,
    comment_approved: nameText,
    comment_type: text,
    comment_parent: whole,
    user_id: whole,
  })
  .transform((row) => ({ kind: 'full' as const, ...row }));

/** A comment object of an event or of a full sync. */
export const commentShape = z.union([stubShape, fullShape]);
type CommentObject = z.output<typeof commentShape>;

/** What a comment object says; `withStatus` false when its status is known to be the old one. */
export function changesOfComment(comment: CommentObject, rev: Rev, withStatus = true): DomainChange[] {
  if (comment.kind === 'stub') return [{ kind: 'mention', entity: 'comment', ids: [comment.comment_ID], rev }];
  if (hidesComment(comment.comment_type)) return [];
  const groups: Upsert<'comment'>['groups'] = {
    core: {
      postId: comment.comment_post_ID,
      parentId: comment.comment_parent,
      type: comment.comment_type,
      dateGmt: utcDate(comment.comment_date_gmt),
      localDate: localDate(comment.comment_date),
      userId: comment.user_id,
      karma: comment.comment_karma,
    },
    author: { authorName: comment.comment_author },
    email: { authorEmail: comment.comment_author_email },
    url: { authorUrl: comment.comment_author_url },
    content: { content: comment.comment_content },
  };
  if (withStatus) groups.status = { status: comment.comment_approved, statusBeforeTrash: null };
  return [{ kind: 'upsert', entity: 'comment', key: { id: comment.comment_ID }, rev, groups }];
}

function statusOf(commentId: number, status: string, statusBeforeTrash: string | null, rev: Rev): DomainChange {
  return { kind: 'upsert', entity: 'comment', key: { id: commentId }, rev, groups: { status: { status, statusBeforeTrash } } };
}

/** `sentence` has a % where the comment goes. */
function line(item: ItemContext, commentId: number, sentence: string) {
  const parts = { category: 'COMMENT', typename: 'Comment', localId: commentId, label: `Comment ${commentId}` } as const;
  return auditLine(item, { ...parts, summary: sentence.replace('%', `comment ${commentId}`) });
}

const inserted = decoder(positional({ id, comment: commentShape }), ({ comment }, item) => {
  const changes = changesOfComment(comment, item.rev);
  if (comment.kind === 'stub' || changes.length === 0) return { changes, audit: null };
  return { changes, audit: line(item, comment.comment_ID, `Received % on content ${comment.comment_post_ID}`) };
});

/** comment_approved_<type> also follows an edit that changed no status; the transition events tell the story. */
const stated = decoder(positional({ id, comment: commentShape }), ({ comment }, item) => ({
  changes: changesOfComment(comment, item.rev),
  audit: null,
}));

function transition(sentence: string): Decoder {
  return decoder(positional({ comment: commentShape }), ({ comment }, item) => ({
    changes: changesOfComment(comment, item.rev),
    audit: comment.kind === 'stub' ? null : line(item, comment.comment_ID, sentence),
  }));
}

function moved(status: string, sentence: string): Decoder {
  return decoder(positional({ id }), ({ id: commentId }, item) => ({
    changes: [statusOf(commentId, status, null, item.rev)],
    audit: line(item, commentId, sentence),
  }));
}

/** Older versions of the site's code send the id alone. */
function restored(sentence: string): Decoder {
  return decoder(positional({ id, comment: commentShape.optional() }), ({ id: commentId, comment }, item) => ({
    changes: comment === undefined ? [] : changesOfComment(comment, item.rev, false),
    audit: line(item, commentId, sentence),
  }));
}

const deleted = decoder(positional({ id }), ({ id: commentId }, item) => ({
  changes: [{ kind: 'delete', entity: 'comment', key: { id: commentId }, rev: item.rev }],
  audit: line(item, commentId, 'Deleted %'),
}));

const trashedWithPost = decoder(positional({ postId: id, statuses: mapOf(text) }), ({ statuses }, item) => {
  const known = Object.entries(statuses).filter(([commentId]) => /^\d{1,15}$/.test(commentId));
  return { changes: known.map(([commentId, old]) => statusOf(Number(commentId), 'post-trashed', old, item.rev)), audit: null };
});

const restoredWithPost = decoder(positional({ postId: id }), ({ postId }, item) => ({
  changes: [{ kind: 'commentsRestored', postId, rev: item.rev }],
  audit: null,
}));

/** [new, old]; only the new value is read. */
const editedField = positional({ after: text }).transform(({ after }) => after).optional();
const editedFields = membersOf({
  comment_author: editedField, comment_author_email: editedField, comment_author_url: editedField, comment_content: editedField,
});

const edited = decoder(positional({ id, fields: editedFields }), ({ id: commentId, fields }, item) => {
  const groups: Upsert<'comment'>['groups'] = {};
  if (fields.comment_author !== undefined) groups.author = { authorName: fields.comment_author };
  if (fields.comment_author_email !== undefined) groups.email = { authorEmail: fields.comment_author_email };
  if (fields.comment_author_url !== undefined) groups.url = { authorUrl: fields.comment_author_url };
  if (fields.comment_content !== undefined) groups.content = { content: fields.comment_content };
  const names = Object.keys(groups);
  if (names.length === 0) return { changes: [], audit: null };
  return {
    changes: [{ kind: 'upsert', entity: 'comment', key: { id: commentId }, rev: item.rev, groups }],
    audit: line(item, commentId, `Edited %: ${names.join(', ')}`),
  };
});

export const COMMENT_DECODERS: DecoderTable = {
  wp_insert_comment: inserted,
  comment_approved_to_unapproved: transition('Unapproved %'),
  comment_unapproved_to_approved: transition('Approved %'),
  trashed_comment: moved('trash', 'Moved % to trash'),
  spammed_comment: moved('spam', 'Marked % as spam'),
  deleted_comment: deleted,
  untrashed_comment: restored('Restored %'),
  unspammed_comment: restored('Marked % as not spam'),
  trashed_post_comments: trashedWithPost,
  untrash_post_comments: restoredWithPost,
  jetpack_modified_comment_contents: edited,
};

/** comment_approved_<type> and comment_unapproved_<type> end in the comment's type, which other plugins may add to. */
export const COMMENT_STATUS_PATTERN = /^comment_(approved|unapproved)_/;
export const decodeCommentStatus: Decoder = stated;
