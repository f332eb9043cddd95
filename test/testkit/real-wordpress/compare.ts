// The graph of a site beside the site's own REST answers, field by field. Counts what it compared and lists what differs, so
// that a test can demand that nothing does and say how much that was.
import { decode } from 'html-entities';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import { createExtensionsSubgraph } from '../../../subgraphs/extensions/index.js';
import { createSettingsSubgraph } from '../../../subgraphs/settings/index.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { createUsersSubgraph } from '../../../subgraphs/users/index.js';
import { ask, OPERATOR } from '../ask.js';
import { book, comment, differencesOf, menuItem, page, post, raw, saidSettings, SETTINGS, shownSettings, term, user, type Kind, type Loose } from './said.js';
import type { SaidRow, SiteAsker } from './site-answers.js';

type Node = { readonly localId: number; readonly [field: string]: unknown };

export interface Comparison {
  compared: number;
  readonly byKind: Record<string, number>;
  readonly differences: string[];
}

const STATUSES = 'publish,future,draft,pending,private,trash';
const EVERY_STATUS = 'filter: { status: [PUBLISHED, FUTURE, DRAFT, PENDING, PRIVATE, TRASH] }';

const sorted = <T>(value: unknown): T[] => [...(value as T[])].sort();

/** Compares everything that both sides tell. */
export async function compareSite(store: Store, siteId: SiteId, site: SiteAsker): Promise<Comparison> {
  const result: Comparison = { compared: 0, byKind: {}, differences: [] };
  const check = (kind: string, id: number | string, got: Loose | undefined, said: Loose): void => {
    const { compared, differences } = differencesOf(`${kind} ${id}`, got, said);
    result.compared += compared;
    result.byKind[kind] = (result.byKind[kind] ?? 0) + compared;
    result.differences.push(...differences);
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
  const all = async (name: string, kind: Kind, nodes: Map<number, Node>, rows: readonly SaidRow[]): Promise<void> => {
    count(name, nodes.size, rows.length);
    for (const row of rows) {
      const node = nodes.get(row.id);
      check(name, row.id, node && kind.shown(node), kind.said(row, siteId));
    }
  };

  await all('post', post, await list(graph.content, 'posts', EVERY_STATUS, post.selection), await site.all('wp/v2/posts', { status: STATUSES }));
  await all('page', page, await list(graph.content, 'pages', EVERY_STATUS, page.selection), await site.all('wp/v2/pages', { status: STATUSES }));
  await all('book', book, await list(graph.content, 'contentNodes', `types: ["book"], ${EVERY_STATUS}`, `localId ... on CustomContent { ${book.selection} }`), await site.all('wp/v2/books', { status: STATUSES }));

  const media = await list(graph.content, 'media', '', `localId title slug status modifiedAt author { id } url sourceUrl mimeType altText caption width height sizes { name url width height }`);
  const saidMedia = await site.all('wp/v2/media');
  count('media', media.size, saidMedia.length);
  for (const said of saidMedia) {
    const node = media.get(said.id);
    const details = said['media_details'] as { width?: number; height?: number; sizes?: Record<string, { source_url: string; width: number; height: number }> };
    const told = Object.entries(details.sizes ?? {}).map(([name, size]) => ({ name, url: size.source_url, width: size.width, height: size.height }));
    // REST names the whole picture only beside smaller ones; the graph names it always.
    const whole = { name: 'full', url: said['source_url'] as string, width: details.width, height: details.height };
    const sizes = told.length === 0 && details.width !== undefined ? [whole] : told;
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    check('media', said.id, { ...node, sizes: [...((node?.['sizes'] ?? []) as { name: string }[])].sort(byName) }, {
      ...mediaCommon(said, siteId), sourceUrl: said['source_url'], mimeType: said['mime_type'], altText: said['alt_text'], caption: raw(said['caption']), width: details.width ?? null,
      height: details.height ?? null, sizes: sizes.sort(byName),
    });
  }

  const comments = await list(graph.content, 'comments', 'status: [APPROVED, PENDING, SPAM, TRASH]', comment.selection);
  await all('comment', comment, comments, (await Promise.all(['approve', 'hold', 'spam', 'trash'].map((status) => site.all('wp/v2/comments', { status, type: 'all' })))).flat());
  for (const [taxonomy, route] of [['category', 'wp/v2/categories'], ['post_tag', 'wp/v2/tags'], ['genre', 'wp/v2/genre']] as const) {
    await all('term', term, await list(graph.content, 'taxonomyTerms', `taxonomy: "${taxonomy}"`, term.selection), await site.all(route));
  }
  await all('user', user, await list(graph.users, 'users', '', user.selection), await site.all('wp/v2/users'));

  await compareMenus(site, (await one(graph.content, 'menus { localId name locations items { ' + menuItem.selection + ' object { __typename } } }'))['menus'] as Node[], siteId, check, count);
  await compareRest(site, { settings: await one(graph.settings, 'name tagline homeUrl permalinkStructure timezone { name } settings { ' + SETTINGS + ' }'), extensions: await one(graph.extensions, 'plugins { nodes { file name installedVersion activation authorName requiresWp requiresPhp } } themes { slug name installedVersion isActive authorName supports } activeTheme { slug }'), content: await one(graph.content, 'contentTypes { slug label hierarchical restBase } taxonomies { slug label hierarchical }') }, check, count);
  return result;
}

const mediaCommon = (said: SaidRow, siteId: SiteId): Loose => {
  const { title, slug, status, modifiedAt, url, author } = page.said(said, siteId);
  return { title, slug, status, modifiedAt, url, ...(author === undefined ? {} : { author }) };
};

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
      check('menu item', item.id, items.find(({ id }) => id === encodeGlobalId(siteId, 'MenuItem', item.id)), menuItem.said(item, siteId));
    }
  }
}

async function compareRest(site: SiteAsker, graph: Readonly<Record<'settings' | 'extensions' | 'content', Loose>>, check: Check, count: Count): Promise<void> {
  const said = await site.read<Loose>('wp/v2/settings');
  check('setting', 'site', shownSettings(graph.settings['settings'] as Loose), saidSettings(said));
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
