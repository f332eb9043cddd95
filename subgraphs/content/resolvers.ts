// The resolvers of the content subgraph, put together from its parts. They hold no data access: every field is a
// sentence over the loaders of the context.
import type { Resolvers } from './generated.js';
import { EditLock, lockMutations } from './locks/resolvers.js';
import { uploadMutations, uploadQueries, uploadResolvers } from './media/resolvers.js';
import { menuMutations } from './menus/mutations.js';
import { menuResolvers } from './menus/resolvers.js';
import { actionMutations } from './mutations/actions.js';
import { commentMutations } from './mutations/comments.js';
import { conflictResolvers } from './mutations/conflict.js';
import { revisionMutations } from './mutations/revisions.js';
import { saveMutations } from './mutations/save.js';
import { termMutations } from './mutations/terms.js';
import { readerResolvers } from './reader/resolvers.js';
import { contentResolvers } from './resolvers/contents.js';
import { discussionResolvers } from './resolvers/discussion.js';
import { listResolvers } from './resolvers/lists.js';
import { loadSite } from './resolvers/references.js';

export const resolvers = {
  ...menuResolvers,
  ...readerResolvers,
  ...listResolvers,
  ...contentResolvers,
  ...discussionResolvers,
  ...uploadResolvers,
  EditLock,
  Query: {
    ...readerResolvers.Query,
    ...uploadQueries,
    site: (_root, args, context) => loadSite(args.id, context),
    contentByUrl: (_root, args, context) => context.contents.byAddress(args.url),
  },
  Mutation: {
    ...readerResolvers.Mutation, ...saveMutations, ...actionMutations, ...revisionMutations, ...lockMutations, ...uploadMutations, ...commentMutations, ...termMutations, ...menuMutations,
  },
  ContentConflict: conflictResolvers,
  Site: { ...listResolvers.Site, ...menuResolvers.Site },
  Viewer: { ...listResolvers.Viewer, ...readerResolvers.Viewer },
} satisfies Resolvers;
