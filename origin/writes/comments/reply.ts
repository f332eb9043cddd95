// Commenting on content, or answering a comment, as the person who does it, over wp/v2. A lost answer is settled by looking for the
// comment: on the site, and, where the site shows those that wait for a moderator to moderators alone, in what it has synced.
import { readCommentsBy } from '../../../store/read/content-comments.js';
import { changeOfNewComment, COMMENT_MEMBERS, readCommentAnswer, type CommentAnswer } from '../../rest/comment-answer.js';
import { readAnswer, rowsOf } from '../answers.js';
import { absent, asFailed, READ_TIMEOUT_MS, timeoutOf, WRITE_TIMEOUT_MS } from '../content/live.js';
import type { Applied, Operation, WriteContext } from '../operation.js';

export type CommentReplyInput = {
  readonly postId: number;
  /** 0 for a comment on the content itself. */
  readonly parentId: number;
  readonly content: string;
  /** Moderators are told raw texts and what waits. */
  readonly moderates: boolean;
};

/** Clocks may differ, and the site may have begun before our own clock said so. */
const CLOCK_SLACK_MS = 120_000;
/** How long a site may take to sync a comment that it shows to nobody. */
const UNSEEN_MS = 300_000;

export const commentReply: Operation<CommentReplyInput> = {
  name: 'commentReply',
  async deliver(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'POST', route: 'wp/v2/comments', query: { _fields: COMMENT_MEMBERS }, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
      json: { post: input.postId, content: input.content, ...(input.parentId === 0 ? {} : { parent: input.parentId }) },
    });
    const answered = readAnswer(outcome, false);
    if (answered.kind !== 'answered') return answered;
    const comment = readCommentAnswer(answered.body);
    if (comment === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a comment', wasSent: true };
    return applied(context, input, comment, answered.siteMs);
  },
  async readBack(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'GET', route: 'wp/v2/comments', timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
      query: { post: input.postId, parent: input.parentId, per_page: 50, _fields: COMMENT_MEMBERS, ...(input.moderates ? { context: 'edit', status: 'all' } : {}) },
    });
    const answered = readAnswer(outcome, true);
    if (answered.kind !== 'answered') return asFailed(answered);
    const since = context.dispatchedAt.getTime() - CLOCK_SLACK_MS;
    const rows = rowsOf(answered);
    if ('kind' in rows) return rows;
    const comments = rows.flatMap((row) => readCommentAnswer(row) ?? []);
    const userId = context.as.kind === 'user' ? context.as.userId : 0;
    const found = comments.find((comment) => comment.author === userId && Date.parse(`${comment.date_gmt}Z`) >= since && isSameText(comment.content.raw ?? comment.content.rendered, input.content));
    if (found) return applied(context, input, found, answered.siteMs);
    const synced = await readCommentsBy(context.store.database, context.siteId, { postId: input.postId, userId, since: new Date(since) });
    const told = synced.find((comment) => isSameText(comment.content, input.content));
    if (told) return { ...finished(input, told.localId), changes: [], siteMs: answered.siteMs };
    return absent(context, 'the site shows no such comment', input.moderates ? undefined : UNSEEN_MS);
  },
};

// The site may have changed quotes, dashes and markup; the letters stay.
function isSameText(a: string, b: string): boolean {
  return lettersOf(a) === lettersOf(b);
}

function lettersOf(content: string): string {
  return content.replace(/<[^>]*>/g, '').replace(/&[a-z0-9#]+;/gi, '').replace(/[^\p{L}\p{N}]+/gu, '');
}

function applied(context: WriteContext, input: CommentReplyInput, comment: CommentAnswer, siteMs: number | null): Applied {
  // The site's own event tells what it stored: it must win over what was sent, so this is as old as the request.
  const askedMs = Math.min(siteMs ?? context.now().getTime(), (siteMs ?? context.now().getTime()) - (context.now().getTime() - context.dispatchedAt.getTime()) - 1_000);
  return { ...finished(input, comment.id), changes: [changeOfNewComment(comment, input.content, askedMs * 1_000)], siteMs };
}

function finished(input: CommentReplyInput, commentId: number): Omit<Applied, 'changes' | 'siteMs'> {
  const to = input.parentId === 0 ? `content ${input.postId}` : `comment ${input.parentId}`;
  return {
    kind: 'applied', targets: [`comment:${commentId}`], result: { commentId },
    audit: {
      event: 'comment.replied', category: 'COMMENT', object: { typename: 'Comment', localId: String(commentId), label: `Comment ${commentId}` },
      summary: `Replied to ${to} with comment ${commentId}`, fieldChanges: [],
    },
  };
}
