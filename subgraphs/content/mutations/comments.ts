// commentModerate and commentReply: decide who may, as the site's REST API does, and hand over to the operations.
import type { PostPolicyInput } from '../../../auth/capabilities/input.js';
import type { Json } from '../../../core/changes.js';
import { decodeNumericId, type SiteId } from '../../../core/ids.js';
import { commentModerate, type CommentWord } from '../../../origin/writes/comments/moderate.js';
import { commentReply } from '../../../origin/writes/comments/reply.js';
import { userError, type ReceiptModel, type UserErrorModel } from '../../shared/writes.js';
import type { CommentModerateInput, CommentReplyInput, CommentStatus, MutationResolvers } from '../generated.js';
import type { ContentContext } from '../loaders.js';
import { policyPost } from '../loaders/contents.js';
import type { CommentModel, CommentResultModel, CommentWriteModel } from '../models.js';
import { forEachId, outOfTime, refuseIds } from './shared.js';

type CommentMutations = Pick<MutationResolvers<ContentContext>, 'commentModerate' | 'commentReply'>;

export const commentMutations: Required<CommentMutations> = {
  commentModerate: (_root, { input }, context) => moderateAll(input, context),
  commentReply: (_root, { input }, context) => reply(input, context),
};

const WORDS: Readonly<Record<CommentStatus, CommentWord>> = { APPROVED: 'approved', PENDING: 'hold', SPAM: 'spam', TRASH: 'trash' };

async function moderateAll(input: CommentModerateInput, context: ContentContext): Promise<{ results: CommentResultModel[]; userErrors: UserErrorModel[] }> {
  const refused = refuseIds(input.ids);
  if (refused) return { results: [], userErrors: [refused] };
  const results = await forEachId(input.ids, async (id, index) => ({ id, ...(await moderate(input, index, id, context)) }));
  return { results, userErrors: [] };
}

const refuse = (error: UserErrorModel): CommentWriteModel => ({ comment: null, write: null, userErrors: [error] });

async function moderate(input: CommentModerateInput, index: number, id: string, context: ContentContext): Promise<CommentWriteModel> {
  const key = decodeNumericId(id, 'Comment');
  if (key && !context.writer.hasTime()) return refuse(outOfTime());
  const comment = key && (await context.comments.byKey(key));
  if (!comment) return refuse(userError('NOT_FOUND', 'there is no such comment, or you may not know of it', 'ids', String(index)));
  // The site's REST API asks for either.
  if (!comment.access.can('moderate_comments') && !mayEdit(comment)) {
    return refuse(userError('FORBIDDEN', 'you need the capability moderate_comments on this site, or edit_comment for the comment', 'ids', String(index)));
  }
  const { receipt, userErrors, result } = await context.writer.write({
    access: comment.access, operation: commentModerate, asked: input, input: { commentId: comment.localId, status: WORDS[input.status] }, targets: [`comment:${comment.localId}`], part: index,
  });
  return answer(comment.siteId, receipt, userErrors, result, context);
}

function mayEdit(comment: CommentModel): boolean {
  const post: PostPolicyInput = { id: comment.postId, type: comment.postType, status: comment.postStatus, authorId: comment.postAuthorId };
  return comment.access.can('edit_comment', { kind: 'comment', comment: { id: comment.localId, userId: comment.userId, post } });
}

/** What WordPress's column of a comment's text holds. */
const MAX_BYTES = 65_525;

async function reply(input: CommentReplyInput, context: ContentContext): Promise<CommentWriteModel> {
  const key = decodeNumericId(input.on, 'Post', 'Page', 'CustomContent', 'MediaItem');
  const content = key && (await context.contents.byKey(key));
  if (!content) return refuse(userError('NOT_FOUND', 'there is no such content, or you may not know of it', 'on'));
  const parentKey = input.parentId ? decodeNumericId(input.parentId, 'Comment') : null;
  const parent = parentKey && (await context.comments.byKey(parentKey));
  if (input.parentId && (!parent || parent.siteId !== content.siteId || parent.postId !== content.localId)) {
    return refuse(userError('INVALID', 'parentId is not a comment on this content', 'parentId'));
  }
  if (input.content.trim() === '' || Buffer.byteLength(input.content) > MAX_BYTES || input.content.includes('\u0000')) {
    return refuse(userError('INVALID', `content must have 1 to ${MAX_BYTES} bytes and no NUL character`, 'content'));
  }
  const { access } = content;
  if (!access.isOperator && access.userId === null) return refuse(userError('FORBIDDEN', 'you are not a user of this site'));
  // Whoever may read content may comment on it, where it takes comments: that the site decides itself.
  if (!access.can('read_post', { kind: 'post', post: policyPost(content) })) return refuse(userError('FORBIDDEN', 'you need the capability read_post on this site', 'on'));
  // What the site's REST API refuses to everybody.
  if (content.status === 'draft' || content.status === 'trash') return refuse(userError('FORBIDDEN', 'nobody may comment on a draft, or on what is in the trash', 'on'));
  const { receipt, userErrors, result } = await context.writer.write({
    access, operation: commentReply, asked: input, targets: [],
    input: { postId: content.localId, parentId: parent?.localId ?? 0, content: input.content, moderates: access.can('moderate_comments') },
  });
  return answer(content.siteId, receipt, userErrors, result, context);
}

async function answer(siteId: SiteId, write: ReceiptModel | null, userErrors: UserErrorModel[], result: Json, context: ContentContext): Promise<CommentWriteModel> {
  const { commentId } = (result ?? {}) as { commentId?: number };
  return { comment: commentId === undefined ? null : await context.comments.again({ siteId, localId: commentId }), write, userErrors };
}
