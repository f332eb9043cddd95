// Resolvers of comments and terms. Each field is a sentence over the loaders.
import { encodeGlobalId } from '../../../core/ids.js';
import { avatarUrl } from '../avatars.js';
import { parseFirst } from '../../shared/pages.js';
import type { CommentAuthorResolvers, CommentResolvers, Resolvers, TermResolvers } from '../generated.js';
import { decodeName } from '../plain-text.js';
import { commentModeration } from '../statuses.js';
import { loadReference, userStub } from './references.js';

const Comment: CommentResolvers = {
  __resolveReference: (reference, context) => loadReference(reference.id, 'Comment', (key) => context.comments.byKey(key)),
  id: (comment) => encodeGlobalId(comment.siteId, 'Comment', comment.localId),
  moderation: (comment) => commentModeration(comment.status),
  createdAt: (comment) => comment.dateGmt ?? new Date(0),
  parent: (comment, _args, context) => (comment.parentId > 0 ? context.comments.byKey({ siteId: comment.siteId, localId: comment.parentId }) : null),
  on: (comment, _args, context) => context.contents.byKey({ siteId: comment.siteId, localId: comment.postId }),
  commenter: (comment) => comment,
  replies: (comment, args, context) => context.comments.repliesTo(comment, { ...args, first: parseFirst(args.first, 20) }),
  meta: async (comment, args, context) =>
    comment.access.can('moderate_comments') ? [...(await context.facts.meta('comment', comment, args.keys))] : [],
};

const CommentAuthor: CommentAuthorResolvers = {
  user: (comment) => userStub(comment.siteId, comment.userId),
  name: (comment) => decodeName(comment.authorName),
  avatarUrl: async (comment, _args, context) => avatarUrl(comment.authorEmail, await context.facts.options(comment.siteId)),
  email: (comment, _args, context) => context.comments.email(comment),
};

const Term: TermResolvers = {
  __resolveReference: (reference, context) => loadReference(reference.id, 'Term', (key) => context.terms.byKey(key)),
  // The number of the term in its taxonomy: term_id alone is shared by terms of several taxonomies on old sites.
  id: (term) => encodeGlobalId(term.siteId, 'Term', term.ttId),
  name: (term) => decodeName(term.storedName),
  parent: (term, _args, context) =>
    term.parentId > 0 ? context.terms.byTermId({ siteId: term.siteId, taxonomy: term.taxonomy, termId: term.parentId }) : null,
  count: (term, _args, context) => context.terms.useCount(term),
};

/** The resolvers of comments and terms. */
export const discussionResolvers = { Comment, CommentAuthor, Term } satisfies Resolvers;
