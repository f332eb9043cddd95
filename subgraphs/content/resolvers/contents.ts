// Resolvers of content: posts, pages, custom content, media and revisions. Each field is a sentence over the loaders.
import { encodeGlobalId } from '../../../core/ids.js';
import { badUserInput, parseFirst } from '../../shared/pages.js';
import { parseBlocks, stripDelimiters } from '../blocks.js';
import { parseName } from '../content-filter.js';
import type { CustomContentResolvers, MediaItemResolvers, PageResolvers, PostResolvers, Resolvers, RevisionResolvers } from '../generated.js';
import { diffLines } from '../line-diff.js';
import type { ContentContext } from '../loaders.js';
import { mayEdit, type BodyModel } from '../loaders/contents.js';
import type { ContentModel, ContentTypeModel, RevisionModel } from '../models.js';
import { makeExcerpt } from '../plain-text.js';
import { isRewrittenForEditors, rewriteBlocks } from '../served-content.js';
import { contentStatus } from '../statuses.js';
import { editing } from './editing.js';
import { absoluteUrl, loadReference, parseKey, siteStub, userStub } from './references.js';

/** The fields that all content has. */
const common = {
  id: (content: ContentModel) => encodeGlobalId(content.siteId, content.__typename, content.localId),
  site: (content: ContentModel) => siteStub(content.siteId),
  type: async (content: ContentModel, _args: object, context: ContentContext): Promise<ContentTypeModel> =>
    (await context.facts.registrations(content.siteId)).types.get(content.type) ?? unregistered(content.type),
  status: (content: ContentModel) => contentStatus(content.status),
  url: (content: ContentModel) => absoluteUrl(content.permalink),
  publishedAt: (content: ContentModel) => content.dateGmt,
  modifiedAt: (content: ContentModel) => content.modifiedGmt ?? content.dateGmt ?? new Date(`${content.localDate?.replace(' ', 'T') ?? '1970-01-01T00:00:00'}Z`),
  author: (content: ContentModel) => userStub(content.siteId, content.authorId),
  freshness: (content: ContentModel, _args: object, context: ContentContext) => context.freshness.freshness(content.siteId),
};

/** The fields of what has texts. */
const texts = {
  content: async (content: ContentModel, _args: object, context: ContentContext) => shownContent(await context.contents.body(content)),
  rawContent: async (content: ContentModel, _args: object, context: ContentContext) => {
    const [body, options] = await Promise.all([context.contents.storedBody(content), context.facts.options(content.siteId)]);
    if (!body) return null;
    return isRewrittenForEditors(content.type, options['woocommerce']) ? rewriteBlocks(body.content) : body.content;
  },
  featuredImage: (content: ContentModel, _args: object, context: ContentContext) => context.contents.featuredImage(content),
  meta: async (content: ContentModel, args: { readonly keys?: readonly string[] | null | undefined }, context: ContentContext) => {
    const rows = await context.facts.meta('post', content, args.keys);
    if (mayEdit(content)) return [...rows];
    const open = await context.facts.publicMetaKeys(content.siteId);
    return rows.filter((row) => open.has(row.key));
  },
};

const terms = {
  terms: (content: ContentModel, args: { readonly taxonomy: string }, context: ContentContext) =>
    context.terms.ofContent(content, parseName('taxonomy', args.taxonomy)),
};

const Post: PostResolvers = {
  ...common,
  ...texts,
  ...editing,
  ...terms,
  __resolveReference: (reference, context) => loadReference(reference.id, 'Post', (key) => context.contents.ofType('Post', key)),
  excerpt: async (post, args, context) => {
    const body = await context.contents.body(post);
    return makeExcerpt(body.excerpt, body.content, args.length);
  },
  blocks: async (post, _args, context) => parseBlocks((await context.contents.body(post)).content, `${post.siteId}/${post.localId}`),
  format: async (post, _args, context) => {
    const [format] = await context.terms.ofContent(post, 'post_format');
    return format?.slug.replace(/^post-format-/, '').toLowerCase() ?? 'standard';
  },
  sticky: async (post, _args, context) => (await context.facts.stickyIds(post.siteId)).includes(post.localId),
  commentCount: (post, _args, context) => context.comments.approvedCount(post),
  categories: (post, _args, context) => context.terms.ofContent(post, 'category'),
  tags: (post, _args, context) => context.terms.ofContent(post, 'post_tag'),
  comments: (post, args, context) => context.comments.ofContent(post, args),
};

const Page: PageResolvers = {
  ...common,
  ...texts,
  ...editing,
  __resolveReference: (reference, context) => loadReference(reference.id, 'Page', (key) => context.contents.ofType('Page', key)),
  parent: (page, _args, context) => (page.parentId > 0 ? context.contents.ofType('Page', { siteId: page.siteId, localId: page.parentId }) : null),
  children: (page, args, context) => context.contents.children(page, parseFirst(args.first, 50)),
  template: async (page, _args, context) => {
    const template = await context.facts.metaValue(page, '_wp_page_template');
    return typeof template === 'string' && template !== 'default' ? template : '';
  },
};

const CustomContent: CustomContentResolvers = {
  ...common,
  ...texts,
  ...editing,
  ...terms,
  __resolveReference: (reference, context) => loadReference(reference.id, 'CustomContent', (key) => context.contents.ofType('CustomContent', key)),
};

const MediaItem: MediaItemResolvers = {
  ...common,
  __resolveReference: (reference, context) => loadReference(reference.id, 'MediaItem', (key) => context.contents.ofType('MediaItem', key)),
  sourceUrl: async (media, _args, context) => (await context.facts.mediaFile(media)).sourceUrl,
  width: async (media, _args, context) => (await context.facts.mediaFile(media)).width,
  height: async (media, _args, context) => (await context.facts.mediaFile(media)).height,
  altText: async (media, _args, context) => (await context.facts.mediaFile(media)).altText,
  sizes: async (media, _args, context) => [...(await context.facts.mediaFile(media)).sizes],
  caption: async (media, _args, context) => (await context.contents.body(media)).excerpt,
};

const Revision: RevisionResolvers = {
  __resolveReference: (reference, context) => loadReference(reference.id, 'Revision', (key) => context.contents.revision(key)),
  id: (revision) => encodeGlobalId(revision.siteId, 'Revision', revision.localId),
  createdAt: (revision) => revision.modifiedGmt ?? revision.dateGmt ?? new Date(0),
  author: (revision) => userStub(revision.siteId, revision.authorId),
  rawContent: async (revision, _args, context) => (await context.contents.storedBody(revision))?.content ?? '',
  diff: async (revision, args, context) => {
    const other = await otherState(revision, args.against ?? null, context);
    const [before, after] = await Promise.all([context.contents.storedBody(revision), context.contents.storedBody(other)]);
    return [
      ...diffLines('title', revision.title, other.title),
      ...diffLines('content', before?.content ?? '', after?.content ?? ''),
      ...diffLines('excerpt', before?.excerpt ?? '', after?.excerpt ?? ''),
    ];
  },
};

/** The resolvers of every type of content. */
export const contentResolvers = {
  ContentNode: { __resolveType: (content) => content.__typename },
  Post,
  Page,
  CustomContent,
  MediaItem,
  Revision,
} satisfies Resolvers;

/** What a revision is compared with: a revision of the same content, or the content. */
async function otherState(revision: RevisionModel, against: string | null, context: ContentContext): Promise<ContentModel | RevisionModel> {
  const key = against === null ? { siteId: revision.siteId, localId: revision.parentId } : parseKey(against, 'Revision');
  const other = key && (against === null ? await context.contents.byKey(key) : await context.contents.revision(key));
  const isKin = other && other.siteId === revision.siteId && (against === null || other.parentId === revision.parentId);
  if (!other || !isKin) throw badUserInput('against must be the id of a revision of the same content');
  return other;
}

function shownContent(body: BodyModel): string {
  return body.renderedContent ?? stripDelimiters(body.content);
}

/** A type whose registration is not known: its plugin is off, or nothing was synced yet. */
function unregistered(slug: string): ContentTypeModel {
  return { slug, label: slug, hierarchical: false, supports: [], taxonomies: [], public: false, restBase: null };
}
