// Compares what the graph says of a replayed site with what the recorded site said itself through its REST API, field by
// field, all domains. Nothing is normalized but what REST and the graph spell differently by design (dates, enums, entities).
import { decode } from 'html-entities';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../core/ids.js';
import type { TestGraph } from './graph.js';
import { siteAnswer } from './recorded.js';

export interface Comparison {
  readonly compared: number;
  /** One line a field that differs: `domain id field: got … want …`. */
  readonly differences: readonly string[];
}

type Loose = Record<string, unknown>;
type Said = Loose & { readonly id: number };
type Fields = Readonly<Record<string, unknown>>;

const STATUS: Loose = { publish: 'PUBLISHED', future: 'FUTURE', draft: 'DRAFT', pending: 'PENDING', private: 'PRIVATE', trash: 'TRASH' };
const MODERATION: Loose = { approved: 'APPROVED', hold: 'PENDING', spam: 'SPAM', trash: 'TRASH' };
const EVERY = ', filter: { status: [PUBLISHED, FUTURE, DRAFT, PENDING, PRIVATE, TRASH] }';
const DATED = ['publish', 'future', 'private'];

const utc = (text: unknown): string => new Date(`${String(text)}Z`).toISOString();
const raw = (value: unknown): unknown => (value as Loose)['raw'];
const ids = (list: unknown): number[] => (list as (number | { localId: number })[]).map((item) => (typeof item === 'number' ? item : item.localId)).sort((a, b) => a - b);
const idOf = (node: unknown): number => (node as { localId?: number } | null)?.localId ?? 0;

/** Asks as `token`, who should be the operator, and compares. */
export async function compareSite(graph: TestGraph, siteId: SiteId, token: string): Promise<Comparison> {
  const differences: string[] = [];
  let compared = 0;
  const same = (what: string, got: unknown, want: unknown): void => {
    compared += 1;
    const [a, b] = [JSON.stringify(got ?? null), JSON.stringify(want ?? null)];
    if (a !== b) differences.push(`${what}: got ${a.slice(0, 80)} want ${b.slice(0, 80)}`);
  };
  const ask = async (selection: string, variables: Loose = {}): Promise<Loose> => {
    const declared = 'after' in variables ? ', $after: String' : '';
    const answer = await graph.ask(`query($id: ID!${declared}) { site(id: $id) { ${selection} } }`, { id: encodeSiteId(siteId), ...variables }, token);
    if (answer.codes.length > 0) differences.push(`${selection.slice(0, 30)}: error ${String(answer.codes[0])}`);
    return (answer.data?.['site'] ?? {}) as Loose;
  };
  const all = async (field: string, selection: string, args = ''): Promise<Map<number, Loose>> => {
    const nodes = new Map<number, Loose>();
    for (let after: string | null = null, more = true; more;) {
      const answer: Loose = await ask(`${field}(first: 100, after: $after${args}) { nodes { ${selection} } pageInfo { hasNextPage endCursor } }`, { after });
      const page = answer[field] as { nodes: (Loose & { localId: number })[]; pageInfo: { hasNextPage: boolean; endCursor: string } } | undefined;
      for (const node of page?.nodes ?? []) nodes.set(node.localId, node);
      more = page?.pageInfo.hasNextPage ?? false;
      after = page?.pageInfo.endCursor ?? null;
    }
    return nodes;
  };
  /** Every thing that the site answers is there with these fields, and nothing else is. */
  const each = (domain: string, got: Map<number, Loose>, said: readonly Said[], fields: (node: Loose, answer: Said) => Readonly<Record<string, readonly [unknown, unknown]>>): void => {
    const wanted = new Set(said.map((answer) => answer.id));
    for (const extra of [...got.keys()].filter((id) => !wanted.has(id))) same(`${domain} ${extra} present`, true, false);
    for (const answer of said) {
      const node = got.get(answer.id);
      same(`${domain} ${answer.id} present`, node !== undefined, true);
      if (!node) continue;
      for (const [field, [has, should]] of Object.entries(fields(node, answer))) same(`${domain} ${answer.id} ${field}`, has, should);
    }
  };
  const content = (node: Loose, answer: Said): Record<string, readonly [unknown, unknown]> => ({
    title: [node['title'], raw(answer['title'])],
    rawContent: [node['rawContent'], raw(answer['content'])],
    slug: [node['slug'], answer['slug']],
    status: [node['status'], STATUS[String(answer['status'])]],
    modifiedAt: [node['modifiedAt'], utc(answer['modified_gmt'])],
    author: [idOf(node['author']), answer['author']],
    featuredImage: [idOf(node['featuredImage']), answer['featured_media']],
    ...(DATED.includes(String(answer['status'])) ? { publishedAt: [node['publishedAt'], utc(answer['date_gmt'])] as const } : {}),
  });
  const CONTENT = 'localId title rawContent slug status modifiedAt publishedAt author { localId } featuredImage { localId }';

  const posts = await all('posts', `${CONTENT} sticky format commentStatus passwordProtected categories { localId } tags { localId }`, EVERY);
  each('post', posts, siteAnswer<Said[]>('posts'), (node, answer) => ({
    ...content(node, answer),
    sticky: [node['sticky'], answer['sticky']],
    format: [node['format'], answer['format']],
    commentStatus: [node['commentStatus'], answer['comment_status']],
    passwordProtected: [node['passwordProtected'], answer['password'] !== ''],
    categories: [ids(node['categories']), ids(answer['categories'])],
    tags: [ids(node['tags']), ids(answer['tags'])],
  }));
  each('page', await all('pages', `${CONTENT} menuOrder template parent { localId }`, EVERY), siteAnswer<Said[]>('pages'), (node, answer) => ({
    ...content(node, answer),
    menuOrder: [node['menuOrder'], answer['menu_order']],
    template: [node['template'], answer['template']],
    parent: [idOf(node['parent']), answer['parent']],
  }));
  each('book', await all('contentNodes', `... on CustomContent { ${CONTENT} terms(taxonomy: "genre") { localId } }`, `${EVERY}, types: ["book"]`), siteAnswer<Said[]>('books'), (node, answer) => ({
    ...content(node, answer),
    genre: [ids(node['terms']), ids(answer['genre'])],
  }));
  each('media', await all('media', 'localId title mimeType sourceUrl altText caption width height sizes { name url width height }'), siteAnswer<Said[]>('media'), (node, answer) => {
    const details = answer['media_details'] as { width: number; height: number; sizes: Record<string, { source_url: string; width: number; height: number }> };
    const sizes = Object.entries(details.sizes).map(([name, size]) => [name, size.source_url, size.width, size.height].join(' '));
    if (sizes.length === 0) sizes.push(['full', answer['source_url'], details.width, details.height].join(' '));
    return {
      title: [node['title'], raw(answer['title'])],
      mimeType: [node['mimeType'], answer['mime_type']],
      sourceUrl: [node['sourceUrl'], answer['source_url']],
      altText: [node['altText'], answer['alt_text']],
      caption: [node['caption'], raw(answer['caption'])],
      size: [[node['width'], node['height']], [details.width ?? null, details.height ?? null]],
      sizes: [(node['sizes'] as Loose[]).map((size) => Object.values(size).join(' ')).sort(), sizes.sort()],
    };
  });
  const comments = [...new Map([...siteAnswer<Said[]>('comments'), ...siteAnswer<Said[]>('comments_spam')].map((comment) => [comment.id, comment])).values()];
  each('comment', await all('comments', 'localId content moderation createdAt parent { localId } on { localId } commenter { name email user { localId } }', ', status: [APPROVED, PENDING, SPAM, TRASH]'), comments, (node, answer) => {
    const commenter = node['commenter'] as Loose;
    return {
      content: [node['content'], raw(answer['content'])],
      state: [node['moderation'], MODERATION[String(answer['status'])]],
      createdAt: [node['createdAt'], utc(answer['date_gmt'])],
      parent: [idOf(node['parent']), answer['parent']],
      on: [idOf(node['on']), answer['post']],
      name: [commenter['name'], answer['author_name']],
      email: [commenter['email'] ?? '', answer['author_email']],
      user: [idOf(commenter['user']), answer['author']],
    };
  });
  for (const [taxonomy, file] of [['category', 'categories'], ['post_tag', 'tags'], ['genre', 'genre']] as const) {
    each(taxonomy, await all('taxonomyTerms', 'localId name slug description parent { localId } count', `, taxonomy: "${taxonomy}"`), siteAnswer<Said[]>(file), (node, answer) => ({
      name: [node['name'], decode(String(answer['name']))],
      slug: [node['slug'], answer['slug']],
      description: [node['description'], answer['description']],
      parent: [idOf(node['parent']), answer['parent'] ?? 0],
      count: [node['count'], answer['count']],
    }));
  }
  each('user', await all('users', 'localId username displayName email roles { slug } capabilities'), siteAnswer<Said[]>('users'), (node, answer) => ({
    username: [node['username'], answer['username']],
    displayName: [node['displayName'], answer['name']],
    email: [node['email'], answer['email']],
    roles: [(node['roles'] as Loose[]).map((role) => role['slug']).sort(), [...(answer['roles'] as string[])].sort()],
    capabilities: [node['capabilities'], Object.keys(answer['capabilities'] as object).sort()],
  }));
  await compareMenus(ask, each, siteId);
  await compareRest(ask, each, same);
  return { compared, differences };
}

type Ask = (selection: string) => Promise<Loose>;
type Each = (domain: string, got: Map<number, Loose>, said: readonly Said[], fields: (node: Loose, answer: Said) => Record<string, readonly [unknown, unknown]>) => void;

async function compareMenus(ask: Ask, each: Each, siteId: SiteId): Promise<void> {
  const { menus } = (await ask('menus { localId name locations items { id label url parentId order target classes } }')) as { menus?: (Loose & { localId: number; items: Loose[] })[] };
  const items = siteAnswer<Said[]>('menu-items');
  each('menu', new Map((menus ?? []).map((menu) => [menu.localId, menu])), siteAnswer<Said[]>('menus'), (node, answer) => {
    const said = items.filter((item) => item['menus'] === answer.id).sort((a, b) => Number(a['menu_order']) - Number(b['menu_order']));
    const got = node['items'] as Loose[];
    const column = (field: string, wanted: (item: Said) => unknown) => [got.map((item) => item[field]), said.map(wanted)] as const;
    const item = (id: unknown) => (id === 0 ? null : encodeGlobalId(siteId, 'MenuItem', Number(id)));
    return {
      name: [node['name'], decode(String(answer['name']))],
      locations: [[...(node['locations'] as string[])].sort(), [...(answer['locations'] as string[])].sort()],
      items: column('id', (one) => item(one.id)),
      labels: column('label', (one) => (one['title'] as Loose)['rendered']),
      urls: column('url', (one) => one['url']),
      parents: column('parentId', (one) => item(one['parent'])),
      targets: column('target', (one) => one['target'] || null),
      classes: column('classes', (one) => (one['classes'] as string[]).filter((name) => name !== '')),
    };
  });
}

async function compareRest(ask: Ask, each: Each, same: (what: string, got: unknown, want: unknown) => void): Promise<void> {
  const settings = siteAnswer<Loose>('settings');
  const site = await ask('name tagline homeUrl locale settings { email dateFormat timeFormat startOfWeek showOnFront postsPerPage defaultCommentStatus timezone { name } }');
  const held = (site['settings'] ?? {}) as Loose;
  const told: Fields = {
    title: site['name'], description: site['tagline'], url: site['homeUrl'], language: site['locale'], email: held['email'], date_format: held['dateFormat'], time_format: held['timeFormat'],
    start_of_week: held['startOfWeek'], show_on_front: held['showOnFront'], posts_per_page: held['postsPerPage'], default_comment_status: held['defaultCommentStatus'],
    timezone: (held['timezone'] as Loose | undefined)?.['name'],
  };
  for (const [name, value] of Object.entries(told)) same(`setting ${name}`, value, typeof settings[name] === 'string' ? decode(settings[name]) : settings[name]);

  const { plugins, themes } = (await ask('plugins(first: 100) { nodes { file name installedVersion activation } } themes { slug name installedVersion isActive }')) as { plugins?: { nodes: Loose[] }; themes?: Loose[] };
  for (const plugin of siteAnswer<Loose[]>('plugins')) {
    const got = plugins?.nodes.find((node) => node['file'] === `${String(plugin['plugin'])}.php`);
    same(`plugin ${String(plugin['plugin'])} name`, got?.['name'], plugin['name']);
    same(`plugin ${String(plugin['plugin'])} version`, got?.['installedVersion'], plugin['version']);
    same(`plugin ${String(plugin['plugin'])} activation`, got?.['activation'], String(plugin['status']).toUpperCase());
  }
  for (const theme of siteAnswer<Loose[]>('themes')) {
    const got = themes?.find((node) => node['slug'] === theme['stylesheet']);
    same(`theme ${String(theme['stylesheet'])}`, got && [got['name'], got['installedVersion'], got['isActive']], [raw(theme['name']), theme['version'], theme['status'] === 'active']);
  }
  const { store } = (await ask(`store {
    orders(first: 100) { nodes { localId orderStatus currency createdAt totals { total { amount } tax { amount } shipping { amount } } lineItems(first: 50) { nodes { kind name quantity sku } } } }
    products(first: 100) { nodes { localId name sku price { amount } stockStatus weight } } }`)) as { store?: { orders: { nodes: (Loose & { localId: number })[] }; products: { nodes: (Loose & { localId: number })[] } } | null };
  const amount = (node: Loose, name: string) => ((node['totals'] as Loose)[name] as Loose | null)?.['amount'];
  each('order', new Map((store?.orders.nodes ?? []).map((node) => [node.localId, node])), siteAnswer<Said[]>('orders'), (node, answer) => ({
    status: [node['orderStatus'], answer['status']],
    currency: [node['currency'], answer['currency']],
    createdAt: [node['createdAt'], utc(answer['date_created_gmt'])],
    total: [amount(node, 'total'), answer['total']],
    tax: [amount(node, 'tax'), answer['total_tax']],
    shipping: [amount(node, 'shipping'), answer['shipping_total']],
    items: [
      (node['lineItems'] as { nodes: Loose[] }).nodes.filter((item) => item['kind'] === 'PRODUCT').map((item) => [item['name'], item['quantity']].join(' ')).sort(),
      (answer['line_items'] as Loose[]).map((item) => [item['name'], item['quantity']].join(' ')).sort(),
    ],
  }));
  each('product', new Map((store?.products.nodes ?? []).map((node) => [node.localId, node])), siteAnswer<Said[]>('products'), (node, answer) => ({
    name: [node['name'], answer['name']],
    sku: [node['sku'] ?? '', answer['sku']],
    price: [((node['price'] ?? {}) as Loose)['amount'] ?? '', answer['price']],
    stockStatus: [node['stockStatus'], answer['stock_status']],
    weight: [node['weight'] ?? '', answer['weight']],
  }));
}
