// The graph of a site beside the site's own REST answers, field by field. Counts what it compared and lists what differs, so
// that a test can demand that nothing does and say how much that was.
import { isDeepStrictEqual } from 'node:util';
import { decode } from 'html-entities';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { createExtensionsSubgraph } from '../../../subgraphs/extensions/index.js';
import { createSettingsSubgraph } from '../../../subgraphs/settings/index.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { createUsersSubgraph } from '../../../subgraphs/users/index.js';
import { ask, OPERATOR } from '../ask.js';
import type { SaidRow, SiteAsker } from './site-answers.js';

type Node = { readonly localId: number; readonly [field: string]: unknown };
type Loose = Readonly<Record<string, unknown>>;

export interface Comparison {
  compared: number;
  readonly byKind: Record<string, number>;
  readonly differences: string[];
}

const STATUSES = 'publish,future,draft,pending,private,trash';
const STATUS: Readonly<Record<string, string>> = { publish: 'PUBLISHED', future: 'FUTURE', draft: 'DRAFT', pending: 'PENDING', private: 'PRIVATE', trash: 'TRASH', inherit: 'INHERIT' };
const MODERATION: Readonly<Record<string, string>> = { approved: 'APPROVED', hold: 'PENDING', spam: 'SPAM', trash: 'TRASH' };
const EVERY_STATUS = 'filter: { status: [PUBLISHED, FUTURE, DRAFT, PENDING, PRIVATE, TRASH] }';

const raw = (value: unknown): string => String((value as { raw?: unknown } | undefined)?.raw ?? '');
const utc = (value: unknown): string => new Date(`${String(value)}Z`).toISOString();
const idsIn = (value: unknown): number[] => (value as readonly { localId: number }[]).map((one) => one.localId).sort((a, b) => a - b);
const sorted = <T>(value: unknown): T[] => [...(value as T[])].sort();
const numbers = (value: unknown): number[] => [...(value as number[])].sort((a, b) => a - b);
const localIdOf = (value: unknown): number => (value as { localId?: number } | null)?.localId ?? 0;
const addressOf = (value: unknown): string | null => (value === '' ? null : String(value).replace(/\/+$/, ''));

/** Compares everything that both sides tell. */
export async function compareSite(store: Store, siteId: SiteId, site: SiteAsker): Promise<Comparison> {
  const result: Comparison = { compared: 0, byKind: {}, differences: [] };
  const check = (kind: string, id: number | string, got: Loose | undefined, said: Loose): void => {
    for (const [field, expected] of Object.entries(said)) {
      result.compared += 1;
      result.byKind[kind] = (result.byKind[kind] ?? 0) + 1;
      if (!isDeepStrictEqual(got?.[field], expected)) result.differences.push(`${kind} ${id} ${field}: graph ${JSON.stringify(got?.[field])}, site ${JSON.stringify(expected)}`);
    }
  };
  const count = (kind: string, got: number, said: number) => check(kind, 'list', { count: got }, { count: said });
  const graph = { content: createContentSubgraph(store), settings: createSettingsSubgraph(store), users: createUsersSubgraph(store), extensions: createExtensionsSubgraph(store) };
  const one = async (subgraph: Subgraph, selection: string): Promise<Loose> => {
    const { data, errors } = await ask<{ site: Loose }>(subgraph, OPERATOR, `query($id: ID!) { site(id: $id) { ${selection} } }`, { id: encodeSiteId(siteId) });
    if (errors.length > 0) throw new Error(errors.map((error) => error.message).join('; '));
    return data.site;
  };
  const list = async (subgraph: Subgraph, field: string, args: string, selection: string): Promise<Map<number, Node>> => {
    const found = new Map<number, Node>();
    for (let after: string | null = null; ; ) {
      const cursor: string = after === null ? '' : `, after: "${after}"`;
      const page = (await one(subgraph, `${field}(first: 100${args === '' ? '' : `, ${args}`}${cursor}) { nodes { ${selection} } pageInfo { hasNextPage endCursor } }`))[field] as {
        nodes: Node[]; pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      for (const node of page.nodes) found.set(node.localId, node);
      if (!page.pageInfo.hasNextPage) return found;
      after = page.pageInfo.endCursor;
    }
  };
  const userGid = (id: unknown) => (id === 0 ? null : { id: encodeGlobalId(siteId, 'User', Number(id)) });

  const common = (said: SaidRow): Loose => ({
    title: raw(said['title']), slug: said['slug'], status: STATUS[String(said['status'])], modifiedAt: utc(said['modified_gmt']), url: said['link'],
    // A type without the feature does not tell its author.
    ...(said['author'] === undefined ? {} : { author: userGid(said['author']) }),
  });
  const body = (said: SaidRow): Loose => ({ rawContent: raw(said['content']), featured: said['featured_media'] });
  const COMMON = 'localId title slug status modifiedAt publishedAt author { id } url';
  const withFeatured = (node: Node | undefined): Loose => ({ ...node, featured: localIdOf(node?.['featuredImage']), parent: localIdOf(node?.['parent']) });

  const posts = await list(graph.content, 'posts', EVERY_STATUS, `${COMMON} rawContent sticky format commentStatus passwordProtected commentCount featuredImage { localId } categories { localId } tags { localId }`);
  const saidPosts = await site.all('wp/v2/posts', { status: STATUSES });
  count('post', posts.size, saidPosts.length);
  for (const said of saidPosts) {
    const node = posts.get(said.id);
    check('post', said.id, { ...withFeatured(node), categories: idsIn(node?.['categories'] ?? []), tags: idsIn(node?.['tags'] ?? []) }, {
      ...common(said), ...body(said), publishedAt: utc(said['date_gmt']), sticky: said['sticky'], format: said['format'], commentStatus: said['comment_status'],
      passwordProtected: said['password'] !== '', categories: numbers(said['categories']), tags: numbers(said['tags']),
    });
  }

  const pages = await list(graph.content, 'pages', EVERY_STATUS, `${COMMON} rawContent menuOrder template parent { localId } featuredImage { localId }`);
  const saidPages = await site.all('wp/v2/pages', { status: STATUSES });
  count('page', pages.size, saidPages.length);
  for (const said of saidPages) check('page', said.id, withFeatured(pages.get(said.id)), { ...common(said), ...body(said), menuOrder: said['menu_order'], template: said['template'], parent: said['parent'] });

  const books = await list(graph.content, 'contentNodes', `types: ["book"], ${EVERY_STATUS}`, `localId ... on CustomContent { ${COMMON} rawContent featuredImage { localId } terms(taxonomy: "genre") { localId } meta { key value } }`);
  const saidBooks = await site.all('wp/v2/books', { status: STATUSES });
  count('book', books.size, saidBooks.length);
  for (const said of saidBooks) {
    const node = books.get(said.id);
    const metas = (node?.['meta'] ?? []) as { key: string; value: unknown }[];
    const meta = said['meta'] as { subtitle: string; guests: string[] };
    check('book', said.id, { ...withFeatured(node), terms: idsIn(node?.['terms'] ?? []), metas: metas.map(({ key, value }) => `${key}=${String(value)}`).sort() }, {
      ...common(said), ...body(said), terms: numbers(said['genre']),
      // A list is a row each; what the allow-list does not keep is not there.
      metas: [...meta.guests.map((guest) => `guests=${guest}`), ...(meta.subtitle === '' ? [] : [`subtitle=${meta.subtitle}`])].sort(),
    });
  }

  const media = await list(graph.content, 'media', '', `${COMMON} sourceUrl mimeType altText caption width height sizes { name url width height }`);
  const saidMedia = await site.all('wp/v2/media');
  count('media', media.size, saidMedia.length);
  for (const said of saidMedia) {
    const node = media.get(said.id);
    const details = said['media_details'] as { width?: number; height?: number; sizes?: Record<string, { source_url: string; width: number; height: number }> };
    const sizes = Object.entries(details.sizes ?? {}).map(([name, size]) => ({ name, url: size.source_url, width: size.width, height: size.height }));
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    check('media', said.id, { ...node, sizes: [...((node?.['sizes'] ?? []) as { name: string }[])].sort(byName) }, {
      ...common(said), sourceUrl: said['source_url'], mimeType: said['mime_type'], altText: said['alt_text'], caption: raw(said['caption']), width: details.width ?? null,
      height: details.height ?? null, sizes: sizes.sort(byName),
    });
  }

  const comments = await list(graph.content, 'comments', 'status: [APPROVED, PENDING, SPAM, TRASH]', 'localId content moderation createdAt parent { localId } on { localId } commenter { name email user { id } }');
  const saidComments = (await Promise.all(['approve', 'hold', 'spam', 'trash'].map((status) => site.all('wp/v2/comments', { status, type: 'all' })))).flat();
  count('comment', comments.size, saidComments.length);
  for (const said of saidComments) {
    const node = comments.get(said.id);
    check('comment', said.id, { ...node, ...(node?.['commenter'] as Loose | undefined), parent: localIdOf(node?.['parent']), on: localIdOf(node?.['on']) }, {
      content: raw(said['content']), moderation: MODERATION[String(said['status'])], createdAt: utc(said['date_gmt']), parent: said['parent'], on: said['post'], name: decode(String(said['author_name'])),
      email: said['author_email'] === '' ? null : said['author_email'], user: userGid(said['author']),
    });
  }

  for (const [taxonomy, route] of [['category', 'wp/v2/categories'], ['post_tag', 'wp/v2/tags'], ['genre', 'wp/v2/genre']] as const) {
    const terms = await list(graph.content, 'taxonomyTerms', `taxonomy: "${taxonomy}"`, 'localId name slug description parent { localId } count');
    const saidTerms = await site.all(route);
    count('term', terms.size, saidTerms.length);
    for (const said of saidTerms) {
      const node = terms.get(said.id);
      check('term', said.id, { ...node, parent: localIdOf(node?.['parent']) }, { name: decode(String(said['name'])), slug: said['slug'], description: said['description'], parent: said['parent'] ?? 0, count: said['count'] });
    }
  }

  const users = await list(graph.users, 'users', '', 'localId username displayName email url registeredAt capabilities roles { slug }');
  const saidUsers = await site.all('wp/v2/users');
  count('user', users.size, saidUsers.length);
  for (const said of saidUsers) {
    const node = users.get(said.id);
    check('user', said.id, { ...node, url: addressOf(node?.['url'] ?? ''), roles: ((node?.['roles'] ?? []) as { slug: string }[]).map(({ slug }) => slug) }, {
      username: said['username'], displayName: said['name'], email: said['email'], url: addressOf(said['url']), registeredAt: new Date(String(said['registered_date'])).toISOString(), roles: said['roles'],
      capabilities: sorted(Object.entries(said['capabilities'] as Record<string, boolean>).filter(([, has]) => has).map(([name]) => name)),
    });
  }

  await compareMenus(site, (await one(graph.content, 'menus { localId name locations items { id label url parentId order target classes object { __typename } } }'))['menus'] as Node[], siteId, check, count);
  await compareRest(site, { settings: await one(graph.settings, 'name tagline homeUrl permalinkStructure timezone { name } settings { title tagline email language dateFormat timeFormat startOfWeek timezone { name } showOnFront postsPerPage defaultCommentStatus }'), extensions: await one(graph.extensions, 'plugins { nodes { file name installedVersion activation authorName requiresWp requiresPhp } } themes { slug name installedVersion isActive authorName supports } activeTheme { slug }'), content: await one(graph.content, 'contentTypes { slug label hierarchical restBase } taxonomies { slug label hierarchical }') }, check, count);
  return result;
}

type Check = (kind: string, id: number | string, got: Loose | undefined, said: Loose) => void;
type Count = (kind: string, got: number, said: number) => void;

async function compareMenus(site: SiteAsker, menus: readonly Node[], siteId: SiteId, check: Check, count: Count): Promise<void> {
  const saidMenus = await site.all('wp/v2/menus');
  const saidItems = await site.all('wp/v2/menu-items');
  count('menu', menus.length, saidMenus.length);
  for (const said of saidMenus) {
    const menu = menus.find(({ localId }) => localId === said.id);
    check('menu', said.id, { ...menu, locations: sorted(menu?.['locations'] ?? []) }, { name: decode(String(said['name'])), locations: sorted(said['locations']) });
    const own = saidItems.filter((item) => item['menus'] === said.id);
    const items = (menu?.['items'] ?? []) as Loose[];
    count('menu item', items.length, own.length);
    for (const item of own) {
      const node = items.find(({ id }) => id === encodeGlobalId(siteId, 'MenuItem', item.id));
      check('menu item', item.id, node, {
        label: decode(raw(item['title'])), url: item['url'], parentId: item['parent'] === 0 ? null : encodeGlobalId(siteId, 'MenuItem', Number(item['parent'])), order: item['menu_order'],
        target: item['target'] === '' ? null : item['target'], classes: (item['classes'] as string[]).filter((one) => one !== ''),
      });
    }
  }
}

async function compareRest(site: SiteAsker, graph: Readonly<Record<'settings' | 'extensions' | 'content', Loose>>, check: Check, count: Count): Promise<void> {
  const said = await site.read<Loose>('wp/v2/settings');
  const settings = graph.settings['settings'] as Loose;
  check('setting', 'site', { ...settings, zone: (settings['timezone'] as Loose)['name'] }, {
    title: decode(String(said['title'])), tagline: decode(String(said['description'])), email: said['email'], language: said['language'], dateFormat: said['date_format'], timeFormat: said['time_format'],
    startOfWeek: said['start_of_week'], zone: said['timezone'], showOnFront: said['show_on_front'], postsPerPage: said['posts_per_page'], defaultCommentStatus: said['default_comment_status'],
  });
  check('setting', 'home', graph.settings, { homeUrl: said['url'] });

  const plugins = (graph.extensions['plugins'] as { nodes: Loose[] }).nodes;
  const saidPlugins = await site.read<Loose[]>('wp/v2/plugins', { context: 'edit' });
  count('plugin', plugins.length, saidPlugins.length);
  for (const plugin of saidPlugins) {
    const file = `${String(plugin['plugin'])}.php`;
    check('plugin', file, plugins.find((one) => one['file'] === file), {
      name: plugin['name'], installedVersion: plugin['version'], activation: String(plugin['status']).toUpperCase(), authorName: plugin['author'], requiresWp: plugin['requires_wp'], requiresPhp: plugin['requires_php'],
    });
  }
  const themes = graph.extensions['themes'] as Loose[];
  const saidThemes = await site.read<Loose[]>('wp/v2/themes', { context: 'edit' });
  count('theme', themes.length, saidThemes.length);
  for (const theme of saidThemes) {
    check('theme', String(theme['stylesheet']), themes.find((one) => one['slug'] === theme['stylesheet']), { name: raw(theme['name']), installedVersion: theme['version'], isActive: theme['status'] === 'active', authorName: raw(theme['author']) });
  }
  for (const [kind, route] of [['contentTypes', 'wp/v2/types'], ['taxonomies', 'wp/v2/taxonomies']] as const) {
    const answers = await site.read<Record<string, Loose>>(route, { context: 'edit' });
    for (const shown of graph.content[kind] as Loose[]) {
      const answer = answers[String(shown['slug'])] ?? {};
      check(kind, String(shown['slug']), shown, { label: answer['name'], hierarchical: answer['hierarchical'], ...(kind === 'contentTypes' ? { restBase: answer['rest_base'] } : {}) });
    }
  }
}
