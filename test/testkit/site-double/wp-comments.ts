// `wp/v2/comments`: lists, moderation, replies, trash and deletion.
import type { CommentRow } from './rows.js';
import { mayChange } from './wp-post-item.js';
import { can, created, isTrue, ok, route, toIds, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import { isEdit, linksOf, matches, missingParam, pageOf, pick, restDate, sorted, sqlDate, invalidParam, type Item } from './wp-collection.js';

const refuse = (call: RestCall, code: string, message: string): RestAnswer => wpError(call.user ? 403 : 401, code, message);
const WORDS: Readonly<Record<string, string>> = { 0: 'hold', 1: 'approved' };
const COLUMNS: Readonly<Record<string, string>> = { hold: '0', '0': '0', approve: '1', approved: '1', '1': '1', spam: 'spam', trash: 'trash' };

function item(call: RestCall, comment: CommentRow, edit: boolean): Item {
  return {
    id: comment.comment_ID, post: comment.comment_post_ID, parent: comment.comment_parent, author: comment.user_id, author_name: comment.comment_author,
    ...(edit ? { author_email: comment.comment_author_email, author_ip: comment.comment_author_IP, author_user_agent: comment.comment_agent } : {}), author_url: comment.comment_author_url,
    date: restDate(comment.comment_date), date_gmt: restDate(comment.comment_date_gmt), content: { rendered: `<p>${comment.comment_content}</p>`, ...(edit ? { raw: comment.comment_content } : {}) },
    link: `${call.site.url}/?p=${comment.comment_post_ID}#comment-${comment.comment_ID}`, status: WORDS[comment.comment_approved] ?? comment.comment_approved, type: comment.comment_type || 'comment',
    meta: [], _links: linksOf(`${call.site.url}/wp-json/wp/v2/comments/${comment.comment_ID}`),
  };
}

function list(call: RestCall): RestAnswer {
  const moderates = can(call, 'moderate_comments');
  if (isEdit(call) && !moderates) return refuse(call, 'rest_forbidden_context', 'Sorry, you are not allowed to edit comments.');
  const { params } = call;
  const status = String(params['status'] ?? 'approve');
  if ((status !== 'approve' || params['author_email'] !== undefined || params['type'] !== undefined) && !moderates) return refuse(call, 'rest_forbidden_param', 'Query parameter not permitted: status');
  const posts = toIds(params['post']);
  const include = toIds(params['include']);
  const [after, before] = [sqlDate(params['after']), sqlDate(params['before'])];
  const type = params['type'] === undefined ? 'comment' : String(params['type']);
  const rows = call.site.tables.comments.all().filter((row) =>
    (status === 'any' || status === 'all' ? ['0', '1'].includes(row.comment_approved) : row.comment_approved === COLUMNS[status])
    && (type === 'all' || (row.comment_type || 'comment') === type) && (posts.length === 0 || posts.includes(row.comment_post_ID))
    && (include.length === 0 || include.includes(row.comment_ID)) && (after === null || row.comment_date > after) && (before === null || row.comment_date < before)
    && (params['parent'] === undefined || toIds(params['parent']).includes(row.comment_parent)) && matches(call, row.comment_content, row.comment_author));
  const keys = { date_gmt: (row: CommentRow) => row.comment_date_gmt, date: (row: CommentRow) => row.comment_date, id: (row: CommentRow) => row.comment_ID, post: (row: CommentRow) => row.comment_post_ID };
  const order = sorted(call, rows, keys, 'date_gmt', 'desc');
  return order ? pageOf(call, order, (row) => item(call, row, isEdit(call)), 'comment') : invalidParam('orderby', 'orderby is not one of date, date_gmt, id, and post.');
}

function create(call: RestCall): RestAnswer {
  const { params, user, site, events } = call;
  if (!user) return wpError(401, 'rest_comment_login_required', 'Sorry, you must be logged in to comment.');
  if (params['id'] !== undefined) return wpError(400, 'rest_comment_exists', 'Cannot create existing comment.');
  if (params['post'] === undefined) return refuse(call, 'rest_comment_invalid_post_id', 'Sorry, you are not allowed to create this comment without a post.');
  const post = site.tables.posts.get(Number(params['post']));
  if (!post) return wpError(403, 'rest_comment_invalid_post_id', 'Sorry, you are not allowed to create this comment without a post.');
  if (post.post_status === 'draft') return wpError(403, 'rest_comment_draft_post', 'Sorry, you are not allowed to create a comment on this post.');
  if (post.comment_status === 'closed') return wpError(403, 'rest_comment_closed', 'Sorry, comments are closed for this item.');
  const content = contentOf(params['content']);
  if (!content) return wpError(400, 'rest_comment_content_invalid', 'Invalid comment content.');
  const comment = events.addComment(post.ID, {
    comment_content: content, comment_parent: Number(params['parent'] ?? 0), user_id: user.ID, comment_author: user.display_name, comment_author_email: user.user_email, comment_author_url: user.user_url,
    comment_approved: can(call, 'moderate_comments') ? (COLUMNS[String(params['status'] ?? 'approve')] ?? '1') : '1',
  }, user.ID);
  post.comment_count += 1;
  return created(item(call, comment, can(call, 'moderate_comments')));
}

function contentOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : undefined;
}

/** Moderators, and whoever may edit what is commented on. */
function mayEdit(call: RestCall, comment: CommentRow): boolean {
  const post = call.site.tables.posts.get(comment.comment_post_ID);
  return can(call, 'moderate_comments') || (post !== undefined && mayChange(call, post, 'edit'));
}

function update(call: RestCall, comment: CommentRow): RestAnswer {
  if (!mayEdit(call, comment)) return refuse(call, 'rest_cannot_edit', 'Sorry, you are not allowed to edit this comment.');
  const by = call.user?.ID ?? 0;
  const content = contentOf(call.params['content']);
  if (content === '') return wpError(400, 'rest_comment_content_invalid', 'Invalid comment content.');
  const status = call.params['status'] === undefined ? undefined : COLUMNS[String(call.params['status'])];
  if (call.params['status'] !== undefined && status === undefined) return wpError(500, 'rest_comment_failed_edit', 'Updating comment status failed.');
  // Nothing but the status it has: WordPress calls that a failure.
  if (content === undefined && status === comment.comment_approved) return wpError(500, 'rest_comment_failed_edit', 'Updating comment status failed.');
  if (content !== undefined && content !== comment.comment_content) call.events.editComment(comment.comment_ID, content, by);
  if (status !== undefined) call.events.setCommentStatus(comment.comment_ID, status, by);
  return ok(item(call, comment, true));
}

function remove(call: RestCall, comment: CommentRow): RestAnswer {
  if (!can(call, 'moderate_comments')) return refuse(call, 'rest_cannot_delete', 'Sorry, you are not allowed to delete this comment.');
  const by = call.user?.ID ?? 0;
  if (isTrue(call.params['force'])) {
    const previous = item(call, comment, true);
    call.events.deleteComment(comment.comment_ID, by);
    return ok({ deleted: true, previous });
  }
  if (comment.comment_approved === 'trash') return wpError(410, 'rest_already_trashed', 'The comment has already been trashed.');
  call.events.setCommentStatus(comment.comment_ID, 'trash', by);
  return ok(item(call, comment, true));
}

function withComment(handler: (call: RestCall, comment: CommentRow) => RestAnswer) {
  return (call: RestCall, match: RegExpExecArray): RestAnswer => {
    const comment = call.site.tables.comments.get(Number(match[1]));
    return comment ? handler(call, comment) : wpError(404, 'rest_comment_invalid_id', 'Invalid comment ID.');
  };
}

function read(call: RestCall, comment: CommentRow): RestAnswer {
  const moderates = can(call, 'moderate_comments');
  if (isEdit(call) && !moderates) return refuse(call, 'rest_forbidden_context', 'Sorry, you are not allowed to edit comments.');
  if (comment.comment_approved !== '1' && !mayEdit(call, comment) && (comment.user_id === 0 || comment.user_id !== call.user?.ID)) return refuse(call, 'rest_cannot_read', 'Sorry, you are not allowed to read this comment.');
  return ok(pick(call, item(call, comment, isEdit(call))));
}

export const COMMENT_ROUTES: readonly RestRoute[] = [
  route('GET', /^wp\/v2\/comments$/, list),
  route('POST', /^wp\/v2\/comments$/, (call) => (call.params['content'] === undefined && call.params['post'] === undefined ? missingParam('post') : create(call))),
  route('GET', /^wp\/v2\/comments\/(\d+)$/, withComment(read)),
  route('POST PUT PATCH', /^wp\/v2\/comments\/(\d+)$/, withComment(update)),
  route('DELETE', /^wp\/v2\/comments\/(\d+)$/, withComment(remove)),
];
