// The resolvers of the content subgraph, put together from its parts. They hold no data access: every field is a
// sentence over the loaders of the context.
import type { Resolvers } from './generated.js';
import { menuMutations } from './menus/mutations.js';
import { menuResolvers } from './menus/resolvers.js';
import { actionMutations } from './mutations/actions.js';
import { commentMutations } from './mutations/comments.js';
import { conflictResolvers } from './mutations/conflict.js';
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
  Query: {
    ...readerResolvers.Query,
    site: (_root, args, context) => loadSite(args.id, context),
    contentByUrl: (_root, args, context) => context.contents.byAddress(args.url),
  },
  Mutation: { ...readerResolvers.Mutation, ...saveMutations, ...actionMutations, ...commentMutations, ...termMutations, ...menuMutations },
  ContentConflict: conflictResolvers,
  // Neither who changed a menu nor when is told by the site's answers; its own events say it later.
  MenuConflict: { changedBy: () => null, changedAt: () => null },
  Site: { ...listResolvers.Site, ...menuResolvers.Site },
  Viewer: { ...listResolvers.Viewer, ...readerResolvers.Viewer },
} satisfies Resolvers;
