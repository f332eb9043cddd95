// Loaders of comments. A comment is visible when the content it stands on is, and its state is the viewer's to see.
import { commentRule, isRowVisible, maySeeCommentContact, type CommentState } from '../../../auth/visibility.js';
import { hasScope, type Viewer } from '../../../auth/viewer.js';
import type { SiteId } from '../../../core/ids.js';
import { typenameOfPostType } from '../../../core/post-types.js';
import type { Queryable } from '../../../store/database.js';
import {
  countSiteComments, countThreads, readApprovedCounts, readComments, readSiteComments, readThreads,
  type CommentRow, type CommentVisibility, type SiteCommentQuery, type ThreadKind, type ThreadQuery,
} from '../../../store/read/content-comments.js';
import { keyText, type LocalKey } from '../../../store/read/content.js';
import type { AccessLoader, SiteAccess } from '../../shared/access.js';
import { badUserInput, canonicalText, createPage, decodeCursor, emptyPage, encodeCursor, hashList, parseFirst, type CursorKind } from '../../shared/pages.js';
import type { CommentStatus } from '../generated.js';
import type { CommentConnectionModel, CommentModel, ContentModel } from '../models.js';
import { commentState, storedModerations, storedStates } from '../statuses.js';
import { createBatchLoader } from './batch.js';

export interface CommentPageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export interface CommentsLoader {
  byKey(key: LocalKey): Promise<CommentModel | null>;
  /** The same after a write. */
  again(key: LocalKey): Promise<CommentModel | null>;
  ofSite(siteId: SiteId, args: CommentPageArguments & { readonly status?: readonly CommentStatus[] | null | undefined }): Promise<CommentConnectionModel>;
  ofContent(content: ContentModel, args: CommentPageArguments): Promise<CommentConnectionModel>;
  repliesTo(comment: CommentModel, args: CommentPageArguments): Promise<CommentConnectionModel>;
  approvedCount(content: ContentModel): Promise<number>;
  /** The e-mail address; null when the viewer may not see it. */
  email(comment: CommentModel): string | null;
}

const DEFAULT_FIRST = 20;

/** Creates the loaders of one request. */
export function createCommentsLoader(db: Queryable, viewer: Viewer, access: AccessLoader): CommentsLoader {
  const rows = createBatchLoader(localText, async (keys: readonly LocalKey[]) => {
    const found = await readComments(db, keys);
    return keys.map((key) => found.get(localText(key)) ?? null);
  });
  const approved = createBatchLoader(localText, async (keys: readonly LocalKey[]) => {
    const found = await readApprovedCounts(db, keys);
    return keys.map((key) => found.get(localText(key)) ?? 0);
  });
  const threads = { post: createThreadLoader(db, 'post'), replies: createThreadLoader(db, 'replies') };

  const thread = async (kind: ThreadKind, siteId: SiteId, ownerId: number, viewed: SiteAccess, args: CommentPageArguments): Promise<CommentConnectionModel> => {
    const first = parseFirst(args.first, DEFAULT_FIRST);
    const hash = hashList(kind === 'post' ? 'Post.comments' : 'Comment.replies', siteId, ownerId);
    const after = decodePlace(args.after, hash, ['number']);
    const query: ThreadQuery = {
      siteId, ownerId, wanted: storedModerations(null), ...visibilityOf(viewed), afterId: Number(after?.[0] ?? 0), take: first + 1,
    };
    const found = await threads[kind].pages.load(query);
    return {
      ...createPage(found.map((row) => ({ ...row, access: viewed })), first, after === null, (row) => encodeCursor(hash, [row.localId])),
      countAll: () => threads[kind].counts.load({ ...query, afterId: 0, take: 0 }),
    };
  };

  const byKey = async (key: LocalKey): Promise<CommentModel | null> => {
    const [row, viewed] = await Promise.all([rows.load(key), access.site(key.siteId)]);
    return row && viewed && isVisible(row, viewed) ? { ...row, access: viewed } : null;
  };

  return {
    byKey,
    again: (key) => byKey((rows.clear(key), key)),
    async ofSite(siteId, args) {
      const first = parseFirst(args.first, DEFAULT_FIRST);
      const hash = hashList('comments', siteId, args.status ?? null);
      const after = decodePlace(args.after, hash, ['instant', 'number']);
      const viewed = await access.site(siteId);
      if (!viewed) return { ...emptyPage<CommentModel>(), countAll: async () => 0 };
      const query: SiteCommentQuery = {
        siteId,
        wanted: storedModerations(args.status),
        ...visibilityOf(viewed),
        rules: commentedTypes(viewed).map((type) => ({ type, ...viewed.contentRule(type) })),
        after: after && { at: after[0] as string | null, id: Number(after[1]) },
        take: first + 1,
      };
      const found = await readSiteComments(db, query);
      return {
        ...createPage(found.map((row) => ({ ...row, access: viewed })), first, after === null, (row) => encodeCursor(hash, [row.dateGmt, row.localId])),
        countAll: () => countSiteComments(db, query),
      };
    },
    ofContent: async (content, args) =>
      isThreadShown(content.access, content)
        ? thread('post', content.siteId, content.localId, content.access, args)
        : { ...emptyPage<CommentModel>(), countAll: async () => 0 },
    repliesTo: (comment, args) => thread('replies', comment.siteId, comment.localId, comment.access, args),
    approvedCount: (content) => approved.load(content),
    email: (comment) => (hasScope(viewer, 'comments:pii') && comment.authorEmail !== '' && maySeeContact(comment) ? comment.authorEmail : null),
  };
}

const localText = (key: LocalKey): string => keyText(key.siteId, key.localId);

function createThreadLoader(db: Queryable, kind: ThreadKind) {
  const textOf = (query: ThreadQuery): string => canonicalText(query);
  return {
    pages: createBatchLoader(textOf, (queries: readonly ThreadQuery[]) => readThreads(db, kind, queries)),
    counts: createBatchLoader(textOf, (queries: readonly ThreadQuery[]) => countThreads(db, kind, queries)),
  };
}

function maySeeContact(comment: CommentModel): boolean {
  const post = { id: comment.postId, type: comment.postType, status: comment.postStatus, authorId: comment.postAuthorId };
  return maySeeCommentContact(comment.access.caps, { id: comment.localId, userId: comment.userId, post });
}

function visibilityOf(access: SiteAccess): CommentVisibility {
  const rule = commentRule(access.caps);
  return {
    states: storedStates(rule.states),
    ownStates: storedStates(rule.ownStates),
    statesOnOwnPosts: storedStates(rule.statesOnOwnPosts),
    userId: rule.userId,
  };
}

/** Comments stand on content and on products, where they are reviews. */
function commentedTypes(access: SiteAccess): string[] {
  const types = new Set(['post', 'page', 'attachment', ...access.policy.types.keys()]);
  return [...types].filter((type) => typenameOfPostType(type) !== null);
}

/** The same decision as the list's statement makes. */
function isVisible(row: CommentRow, access: SiteAccess): boolean {
  if (typenameOfPostType(row.postType) === null) return false;
  const postRule = access.contentRule(row.postType);
  if (!isRowVisible(postRule, { id: row.postId, status: row.postReadStatus, authorId: row.postAuthorId })) return false;
  if (!isThreadShown(access, { type: row.postType, authorId: row.postAuthorId, passwordProtected: row.postProtected })) return false;
  const rule = commentRule(access.caps);
  const state: CommentState = commentState(row.status);
  if (rule.states.includes(state)) return true;
  if (rule.userId === 0) return false;
  return (row.userId === rule.userId && rule.ownStates.includes(state)) || (row.postAuthorId === rule.userId && rule.statesOnOwnPosts.includes(state));
}

/** The comments of protected content are for its author and for those who may edit all content of the type. */
function isThreadShown(access: SiteAccess, post: { readonly type: string; readonly authorId: number; readonly passwordProtected: boolean }): boolean {
  if (!post.passwordProtected) return true;
  const rule = access.contentRule(post.type);
  return rule.everyStatus || (rule.userId > 0 && post.authorId === rule.userId);
}

function decodePlace(after: string | null | undefined, hash: string, shape: readonly CursorKind[]) {
  const place = decodeCursor(after, hash, shape);
  if (place && !Number.isSafeInteger(place[shape.length - 1])) {
    throw badUserInput('after is not a cursor of this list; pass pageInfo.endCursor of the page before');
  }
  return place;
}
