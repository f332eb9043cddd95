// The recorded site's content in the graph beside the site's own answers (its REST API), field by field.
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeSiteId, type SiteId } from '../../../core/ids.js';
import { OPERATOR } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { openTestStore } from '../../testkit/store.js';
import { createRunner, type Answer, type Loose } from './kit.js';

interface Said {
  readonly id: number;
  readonly [field: string]: unknown;
}
type Raw = { readonly raw: string };

let siteId: SiteId;
let run: (source: string, variables?: Record<string, unknown>) => Promise<Answer>;

beforeAll(async () => {
  const store = await openTestStore();
  siteId = await loadRecordedSite(store);
  const runner = createRunner(store);
  run = (source, variables) => runner.run(OPERATOR, source, variables);
});

/** Every node of a list by its local id, read in pages of 7 so that paging is compared too. */
async function all(field: string, selection: string, args = ''): Promise<Map<number, Loose>> {
  const nodes = new Map<number, Loose>();
  let after: string | null = null;
  do {
    const source = `query($id: ID!, $after: String) { site(id: $id) { ${field}(first: 7, after: $after ${args}) { nodes { ${selection} } totalCount pageInfo { hasNextPage endCursor } } } }`;
    const { data, codes } = await run(source, { id: encodeSiteId(siteId), after });
    expect(codes).toEqual([]);
    const list = (data['site'] as Loose)[field] as unknown as { nodes: (Loose & { localId: number })[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string } };
    for (const node of list.nodes) nodes.set(node.localId, node);
    after = list.pageInfo.hasNextPage ? list.pageInfo.endCursor : null;
    if (after === null) expect(nodes.size).toBe(list.totalCount);
  } while (after !== null);
  return nodes;
}

const EVERY_STATUS = ', filter: { status: [PUBLISHED, FUTURE, DRAFT, PENDING, PRIVATE, TRASH] }';
const STATUS: Readonly<Record<string, string>> = { publish: 'PUBLISHED', future: 'FUTURE', draft: 'DRAFT', pending: 'PENDING', private: 'PRIVATE', trash: 'TRASH' };
const ORDERS = ['MODIFIED_DESC', 'PUBLISHED_DESC', 'TITLE_ASC', 'MENU_ORDER'];
const utc = (text: unknown): string => new Date(`${String(text)}Z`).toISOString();
const numbers = (list: unknown): number[] => (list as { localId: number }[]).map((item) => item.localId).sort((a, b) => a - b);
const sorted = (list: unknown): number[] => [...(list as number[])].sort((a, b) => a - b);
const raw = (value: unknown): string => (value as Raw).raw;
const userGid = (userId: unknown): string => Buffer.from(`gid://sitegraph/${siteId}/User/${String(userId)}`).toString('base64url');

describe('the content of the recorded site', () => {
  it('has every post with the fields that the site itself answers', async () => {
    const said = siteAnswer<Said[]>('posts');
    const posts = await all(
      'posts',
      `localId title slug status publishedAt modifiedAt author { id } rawContent sticky format commentStatus passwordProtected
       featuredImage { localId } categories { localId } tags { localId } url commentCount`,
      EVERY_STATUS,
    );
    expect(posts.size).toBe(said.length);
    for (const post of said) {
      const got = posts.get(post.id) as Loose;
      expect(got, `post ${post.id}`).toMatchObject({
        title: raw(post['title']),
        rawContent: raw(post['content']),
        slug: post['slug'],
        status: STATUS[String(post['status'])],
        modifiedAt: utc(post['modified_gmt']),
        author: { id: userGid(post['author']) },
        sticky: post['sticky'],
        format: post['format'],
        commentStatus: post['comment_status'],
        passwordProtected: post['password'] !== '',
      });
      if (['publish', 'future', 'private'].includes(String(post['status']))) expect(got['publishedAt']).toBe(utc(post['date_gmt']));
      expect((got['featuredImage'] as Loose | null)?.['localId'] ?? 0).toBe(post['featured_media']);
      expect(numbers(got['categories'])).toEqual(sorted(post['categories']));
      expect(numbers(got['tags'])).toEqual(sorted(post['tags']));
      if (post['status'] === 'publish') expect(got['url']).toBe(post['link']);
    }
  });

  it('has the same posts in every order', async () => {
    const ids = [...(await all('posts', 'localId', EVERY_STATUS)).keys()].sort();
    for (const order of ORDERS) {
      expect([...(await all('posts', 'localId', `${EVERY_STATUS}, orderBy: ${order}`)).keys()].sort(), order).toEqual(ids);
    }
  });

  it('has every page with its place, parent and template', async () => {
    const said = siteAnswer<Said[]>('pages');
    const pages = await all('pages', 'localId title slug status modifiedAt rawContent menuOrder parent { localId } template children { localId }', EVERY_STATUS);
    expect(pages.size).toBe(said.length);
    for (const page of said) {
      const got = pages.get(page.id) as Loose;
      expect(got).toMatchObject({
        title: raw(page['title']),
        rawContent: raw(page['content']),
        slug: page['slug'],
        status: STATUS[String(page['status'])],
        modifiedAt: utc(page['modified_gmt']),
        menuOrder: page['menu_order'],
        template: page['template'],
      });
      expect((got['parent'] as Loose | null)?.['localId'] ?? 0).toBe(page['parent']);
      expect(numbers(got['children'])).toEqual(sorted(said.filter((child) => child['parent'] === page.id).map((child) => child.id)));
    }
  });

  it('has the content of registered types with their terms', async () => {
    const said = siteAnswer<Said[]>('books');
    const books = await all('contentNodes', '... on CustomContent { localId title slug status rawContent terms(taxonomy: "genre") { localId } type { slug label public restBase taxonomies } }', `${EVERY_STATUS}, types: ["book"]`);
    expect(books.size).toBe(said.length);
    for (const book of said) {
      const got = books.get(book.id) as Loose;
      expect(got).toMatchObject({ title: raw(book['title']), slug: book['slug'], status: STATUS[String(book['status'])], rawContent: raw(book['content']) });
      expect(numbers(got['terms'])).toEqual(sorted(book['genre']));
      expect(got['type']).toEqual({ slug: 'book', label: 'Books', public: true, restBase: 'books', taxonomies: ['genre', 'post_tag'] });
    }
  });

  it('has every file with its address, size and sizes', async () => {
    const said = siteAnswer<(Said & { media_details: { width: number; height: number; sizes: Record<string, { source_url: string; width: number; height: number }> } })[]>('media');
    const media = await all('media', 'localId title mimeType sourceUrl altText caption width height sizes { name url width height } status');
    expect(media.size).toBe(said.length);
    for (const item of said) {
      const got = media.get(item.id) as Loose;
      expect(got).toMatchObject({
        title: raw(item['title']),
        mimeType: item['mime_type'],
        sourceUrl: item['source_url'],
        altText: item['alt_text'],
        caption: raw(item['caption']),
        width: item.media_details.width ?? null,
        height: item.media_details.height ?? null,
        status: 'INHERIT',
      });
      const sizes = Object.entries(item.media_details.sizes).map(([name, size]) => ({ name, url: size.source_url, width: size.width, height: size.height }));
      // REST leaves the full size out when there is no other; the graph always has it.
      if (sizes.length === 0) sizes.push({ name: 'full', url: String(item['source_url']), width: item.media_details.width, height: item.media_details.height });
      expect([...(got['sizes'] as unknown as { name: string }[])].sort((a, b) => a.name.localeCompare(b.name))).toEqual(sizes.sort((a, b) => a.name.localeCompare(b.name)));
    }
  });

  it('has every comment with its state, place and writer', async () => {
    const moderation: Readonly<Record<string, string>> = { approved: 'APPROVED', hold: 'PENDING', spam: 'SPAM', trash: 'TRASH' };
    const said = new Map([...siteAnswer<Said[]>('comments'), ...siteAnswer<Said[]>('comments_spam')].map((comment) => [comment.id, comment]));
    const comments = await all('comments', 'localId content moderation createdAt parent { localId } on { localId } commenter { name email avatarUrl user { id } }', ', status: [APPROVED, PENDING, SPAM, TRASH]');
    expect([...comments.keys()].sort()).toEqual([...said.keys()].sort());
    for (const comment of said.values()) {
      const got = comments.get(comment.id) as Loose;
      expect(got).toMatchObject({
        moderation: moderation[String(comment['status'])],
        createdAt: utc(comment['date_gmt']),
        content: raw(comment['content']),
        on: { localId: comment['post'] },
        commenter: {
          name: comment['author_name'],
          email: comment['author_email'] === '' ? null : comment['author_email'],
          user: comment['author'] === 0 ? null : { id: userGid(comment['author']) },
          avatarUrl: (comment['author_avatar_urls'] as Record<string, string>)['96'],
        },
      });
      expect((got['parent'] as Loose | null)?.['localId'] ?? 0).toBe(comment['parent']);
    }
  });

  it('has every term with its name, parent and count', async () => {
    for (const [taxonomy, file] of [['category', 'categories'], ['post_tag', 'tags'], ['genre', 'genre']]) {
      const said = siteAnswer<Said[]>(String(file));
      const terms = await all('taxonomyTerms', 'localId name slug description parent { localId } count taxonomy', `, taxonomy: "${taxonomy}"`);
      expect(terms.size).toBe(said.length);
      for (const term of said) {
        const got = terms.get(term.id) as Loose;
        const name = String(term['name']).replace('&amp;', '&').replace('&gt;', '>').replace('&lt;', '<');
        expect(got, `${taxonomy} ${term.id}`).toMatchObject({ name, slug: term['slug'], description: term['description'], count: term['count'], taxonomy });
        expect((got['parent'] as Loose | null)?.['localId'] ?? 0).toBe(term['parent'] ?? 0);
      }
    }
  });

  it('has the registrations that the site answers', async () => {
    const types = Object.entries(siteAnswer<Record<string, { name: string; hierarchical: boolean; rest_base: string; supports: Record<string, boolean>; taxonomies: string[] }>>('types'));
    const { data } = await run('query($id: ID!) { site(id: $id) { contentTypes { slug label hierarchical public restBase supports taxonomies } taxonomies { slug label hierarchical public objectTypes } } }', { id: encodeSiteId(siteId) });
    const got = new Map(((data['site'] as Loose)['contentTypes'] as unknown as { slug: string }[]).map((type) => [type.slug, type]));
    for (const slug of ['post', 'page', 'attachment', 'book']) {
      const said = types.find(([name]) => name === slug)?.[1];
      expect(got.get(slug), slug).toMatchObject({ label: said?.name, hierarchical: said?.hierarchical, restBase: said?.rest_base, public: true });
      expect([...((got.get(slug) as unknown as { supports: string[] }).supports)].sort()).toEqual(Object.keys(said?.supports ?? {}).sort());
    }
    const taxonomies = Object.entries(siteAnswer<Record<string, { name: string; types: string[] }>>('taxonomies'));
    const gotTaxonomies = data['site']?.['taxonomies'] as unknown as { slug: string; label: string; objectTypes: string[] }[];
    for (const [slug, said] of taxonomies.filter(([name]) => name !== 'nav_menu')) {
      expect(gotTaxonomies.find((taxonomy) => taxonomy.slug === slug), slug).toMatchObject({ label: said.name });
    }
  });
});
