// Setting the status of one comment as the person who does it, over wp/v2; lists of them are many writes.
import type { Json } from '../../../core/changes.js';
import { changeOfStatus, COMMENT_MEMBERS, readCommentAnswer, type CommentAnswer } from '../../rest/comment-answer.js';
import { readAnswer } from '../answers.js';
import { absent, asFailed, READ_TIMEOUT_MS, revOf, timeoutOf, WRITE_TIMEOUT_MS } from '../content/live.js';
import type { Applied, Failed, Operation, Refused, WriteContext } from '../operation.js';

/** Statuses by REST's words. */
export type CommentWord = 'approved' | 'hold' | 'spam' | 'trash';

export type CommentModerateInput = {
  readonly commentId: number;
  readonly status: CommentWord;
};

export const commentModerate: Operation<CommentModerateInput> = {
  name: 'commentModerate',
  async deliver(context, input) {
    const outcome = await context.client.rest(context.siteId, {
      as: context.as, method: 'POST', route: `wp/v2/comments/${input.commentId}`, query: { _fields: COMMENT_MEMBERS }, json: { status: input.status }, timeoutMs: timeoutOf(context, WRITE_TIMEOUT_MS),
    });
    const answered = readAnswer(outcome, false);
    if (answered.kind === 'refused' && outcome.kind === 'answer' && outcome.error?.code === 'rest_comment_failed_edit') return unlessHeld(context, input, answered);
    if (answered.kind !== 'answered') return answered;
    const comment = readCommentAnswer(answered.body);
    if (comment === null) return { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a comment', wasSent: true };
    return applied(context, input, comment, answered.siteMs);
  },
  async readBack(context, input) {
    const found = await readComment(context, input.commentId);
    if (found.kind !== 'comment') return asFailed(found);
    return found.comment.status === input.status ? applied(context, input, found.comment, found.siteMs) : absent(context, 'the comment has another status');
  },
};

interface Found {
  readonly kind: 'comment';
  readonly comment: CommentAnswer;
  readonly siteMs: number | null;
}

async function readComment(context: WriteContext, commentId: number): Promise<Found | Refused | Failed> {
  const outcome = await context.client.rest(context.siteId, {
    as: context.as, method: 'GET', route: `wp/v2/comments/${commentId}`, query: { _fields: COMMENT_MEMBERS }, timeoutMs: timeoutOf(context, READ_TIMEOUT_MS),
  });
  const answered = readAnswer(outcome, true);
  if (answered.kind !== 'answered') return answered;
  const comment = readCommentAnswer(answered.body);
  return comment === null ? { kind: 'failed', code: 'not-wordpress', message: 'the site did not answer with a comment', wasSent: false } : { kind: 'comment', comment, siteMs: answered.siteMs };
}

/** WordPress refuses to set the status that a comment has: somebody was faster, and what was asked is so. */
async function unlessHeld(context: WriteContext, input: CommentModerateInput, refused: Refused): Promise<Applied | Refused> {
  const found = await readComment(context, input.commentId);
  if (found.kind !== 'comment') return refused;
  if (found.comment.status !== input.status) return { ...refused, changes: [changeOfStatus(found.comment, revOf(found.siteMs, context.now()))], siteMs: found.siteMs };
  return { ...applied(context, input, found.comment, found.siteMs), audit: null };
}

const EVENTS: Readonly<Record<CommentWord, readonly [event: string, verb: string]>> = {
  approved: ['comment.approved', 'Approved'], hold: ['comment.held', 'Held back'], spam: ['comment.spammed', 'Marked as spam'], trash: ['comment.trashed', 'Moved to the trash'],
};

function applied(context: WriteContext, input: CommentModerateInput, comment: CommentAnswer, siteMs: number | null): Applied {
  const [event, verb] = EVENTS[input.status];
  const result: Json = { commentId: comment.id };
  return {
    kind: 'applied', changes: [changeOfStatus(comment, revOf(siteMs, context.now()))], siteMs, targets: [`comment:${comment.id}`], result,
    audit: { event, category: 'COMMENT', object: { typename: 'Comment', localId: String(comment.id), label: `Comment ${comment.id}` }, summary: `${verb} comment ${comment.id}`, fieldChanges: [] },
  };
}
