// Resolvers of the lists of a site, of its registrations, and of what other subgraphs' entities have of content.
import { decodeNumericId } from '../../../core/ids.js';
import type { Resolvers, SiteResolvers, UserResolvers } from '../generated.js';
import { contentTypename } from '../loaders/contents.js';
import { maySeeTaxonomy } from '../loaders/terms.js';
import type { CommentConnectionModel, ContentConnectionModel, SiteModel, TermConnectionModel } from '../models.js';
import { loadSite } from './references.js';

const Site: SiteResolvers = {
  __resolveReference: (reference, context) => loadSite(reference.id, context),
  posts: (site, args, context) => context.lists.posts(site.siteId, args),
  pages: (site, args, context) => context.lists.pages(site.siteId, args),
  contentNodes: (site, args, context) => context.lists.contents(site.siteId, args),
  media: (site, args, context) => context.lists.media(site.siteId, args),
  comments: (site, args, context) => context.comments.ofSite(site.siteId, args),
  taxonomyTerms: (site, args, context) => context.terms.ofTaxonomy(site.siteId, args),
  contentTypes: async ({ siteId }: SiteModel, _args, context) => {
    const [access, { types }] = await Promise.all([context.access.site(siteId), context.facts.registrations(siteId)]);
    if (!access) return [];
    return [...types.values()].filter(({ slug, public: isPublic }) => {
      if (contentTypename(slug) === null) return false;
      const rule = access.contentRule(slug);
      return isPublic || rule.everyStatus || rule.statuses.length > 0 || rule.userId > 0;
    });
  },
  taxonomies: async ({ siteId }: SiteModel, _args, context) => {
    const [access, { taxonomies }] = await Promise.all([context.access.site(siteId), context.facts.registrations(siteId)]);
    return access ? [...taxonomies.values()].filter(({ slug }) => maySeeTaxonomy(access, slug)) : [];
  },
};

const User: UserResolvers = {
  __resolveReference: async (reference, context) => {
    const key = decodeNumericId(reference.id, 'User');
    return key && (await context.freshness.site(key.siteId)) ? { id: reference.id } : null;
  },
  authoredContent: async (user, args, context) => {
    const key = decodeNumericId(user.id, 'User');
    if (!key) throw new TypeError('a user was handed on without an id');
    return context.lists.authored(key.siteId, key.localId, args);
  },
};

const totalCount = (connection: ContentConnectionModel | CommentConnectionModel | TermConnectionModel) => connection.countAll();

/** The resolvers of lists. */
export const listResolvers = {
  Site,
  User,
  Viewer: {
    __resolveReference: (reference) => ({ id: reference.id }),
    drafts: (_viewer, args, context) => context.lists.drafts(args.first),
  },
  PostConnection: {
    totalCount,
    nodes: (connection) => [...connection.nodes],
    edges: (connection) => connection.nodes.map((node, index) => ({ node, cursor: connection.cursors[index] ?? '' })),
    freshness: (connection, _args, context) => context.freshness.freshness(connection.siteId),
  },
  PageConnection: { totalCount },
  ContentConnection: { totalCount },
  MediaConnection: { totalCount },
  CommentConnection: { totalCount },
  TermConnection: { totalCount },
} satisfies Resolvers;
