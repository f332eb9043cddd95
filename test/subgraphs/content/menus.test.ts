import { beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS, type Viewer } from '../../../auth/viewer.js';
import { encodeGlobalId, encodeSiteId, type SiteId } from '../../../core/ids.js';
import type { Store } from '../../../store/store.js';
import { archiveUrl, termUrl, type LinkRules } from '../../../subgraphs/content/menus/links.js';
import { createContentSubgraph } from '../../../subgraphs/content/index.js';
import type { Subgraph } from '../../../subgraphs/shared/context.js';
import { ask, OPERATOR } from '../../testkit/ask.js';
import { loadRecordedSite, siteAnswer } from '../../testkit/recorded.js';
import { countStatements } from '../../testkit/statements.js';
import { openTestStore } from '../../testkit/store.js';

interface Item {
  id: string;
  label: string;
  url: string | null;
  parentId: string | null;
  order: number;
  target: string | null;
  classes: string[];
  object: { __typename: string; id: string } | null;
}
interface Menu {
  id: string;
  localId: number;
  name: string;
  locations: string[];
  version: string;
  items: Item[];
}
interface MenuAnswer {
  id: number;
  name: string;
  locations: string[];
}
interface ItemAnswer {
  id: number;
  title: { rendered: string };
  url: string;
  target: string;
  type: string;
  parent: number;
  menu_order: number;
  classes: string[];
  menus: number;
}

const MENUS = `query ($id: ID!) { site(id: $id) {
  menuLocations { slug label menu { id } }
  menus { id localId name locations version
    items { id label url parentId order target classes object { __typename ... on Post { id title url } ... on Page { id title url } ... on CustomContent { id } ... on Term { id name } } } } } }`;

let store: Store;
let subgraph: Subgraph;
let siteId: SiteId;

async function menusOf(viewer: Viewer, site = siteId): Promise<Menu[]> {
  const { data, errors } = await ask<{ site: { menus: Menu[] } }>(subgraph, viewer, MENUS, { id: encodeSiteId(site) });
  expect(errors).toEqual([]);
  return data.site.menus;
}

async function mainMenu(viewer: Viewer): Promise<Menu> {
  const menu = (await menusOf(viewer)).find((one) => one.name === 'Main menu');
  if (!menu) throw new Error('the recorded site has a main menu');
  return menu;
}

/** Runs `work` with a row changed, and changes it back. */
async function whilst(change: string, back: string, work: () => Promise<void>): Promise<void> {
  await store.database.query(change, [siteId]);
  try {
    await work();
  } finally {
    await store.database.query(back, [siteId]);
  }
}

beforeAll(async () => {
  store = await openTestStore();
  subgraph = createContentSubgraph(store);
  siteId = await loadRecordedSite(store);
});

describe('menus', () => {
  it('are what the site itself shows, for visitors and for the operator', async () => {
    const wanted = siteAnswer<MenuAnswer[]>('menus');
    const items = siteAnswer<ItemAnswer[]>('menu-items');
    for (const viewer of [ANONYMOUS, OPERATOR]) {
      const menus = await menusOf(viewer);
      expect(menus.map((menu) => menu.localId).sort()).toEqual(wanted.map((menu) => menu.id).sort());
      for (const answer of wanted) {
        const menu = menus.find((one) => one.localId === answer.id);
        expect(menu).toMatchObject({ id: encodeGlobalId(siteId, 'Menu', answer.id), name: answer.name, locations: answer.locations });
        const expected = items.filter((item) => item.menus === answer.id).sort((a, b) => a.menu_order - b.menu_order);
        expect(menu?.items.map(({ object: _object, ...item }) => item)).toEqual(
          expected.map((item) => ({
            id: encodeGlobalId(siteId, 'MenuItem', item.id), label: item.title.rendered, url: item.url, order: item.menu_order,
            parentId: item.parent === 0 ? null : encodeGlobalId(siteId, 'MenuItem', item.parent), target: item.target === '' ? null : item.target,
            classes: item.classes.filter((name) => name !== ''),
          })),
        );
        expect(menu?.items.map((item) => item.object?.__typename ?? null)).toEqual(
          expected.map((item) => (item.type === 'custom' ? null : item.type === 'taxonomy' ? 'Term' : 'Page')),
        );
      }
    }
  });

  it('stand in the locations that the theme has given them', async () => {
    const { data } = await ask<{ site: { menuLocations: { slug: string; label: string; menu: { id: string } | null }[] } }>(subgraph, ANONYMOUS, MENUS, { id: encodeSiteId(siteId) });
    const answer = siteAnswer<Record<string, { menu: number }>>('menu-locations');
    expect(data.site.menuLocations).toEqual(
      Object.keys(answer).sort().map((slug) => ({ slug, label: slug, menu: { id: encodeGlobalId(siteId, 'Menu', answer[slug]?.menu ?? 0) } })),
    );
  });

  it('come as a tree of the same items', async () => {
    const { data } = await ask<{ site: { menus: { name: string; tree: { label: string; children: { label: string; children: unknown[] }[] }[] }[] } }>(
      subgraph, ANONYMOUS, `query ($id: ID!) { site(id: $id) { menus { name tree { label children { label children { label } } } } } }`, { id: encodeSiteId(siteId) },
    );
    const tree = data.site.menus.find((menu) => menu.name === 'Main menu')?.tree;
    expect(tree?.map((item) => [item.label, item.children.map((child) => child.label)])).toEqual([
      ['About', ['Tall ships']], ['Our history', []], ['Visit us', ['Elsewhere ↗']], ['Opening hours', []], ['Privacy', []],
    ]);
  });

  it('are nodes by their id, and null for anything else', async () => {
    const entities = `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Menu { name site { id } freshness { sequence } } } }`;
    const { data } = await ask<{ _entities: unknown[] }>(subgraph, ANONYMOUS, entities, {
      refs: [encodeGlobalId(siteId, 'Menu', 41), encodeGlobalId(siteId, 'Menu', 999), 'nonsense'].map((id) => ({ __typename: 'Menu', id })),
    });
    expect(data._entities).toEqual([{ name: 'Main menu', site: { id: encodeSiteId(siteId) }, freshness: { sequence: expect.stringMatching(/^\d+$/) } }, null, null]);
  });

  it('lead to terms and lack the addresses of own links after a full synchronization alone', async () => {
    const full = await loadRecordedSite(store, ['2-full-sync']);
    const menu = (await menusOf(ANONYMOUS, full)).find((one) => one.localId === 41);
    expect(menu?.items.map((item) => item.url?.replace('http://harborlane.example', '') ?? null)).toEqual([
      '/about/', '/about/our-history/', '/visit-us/', '/visit-us/opening-hours/', '/privacy/', '/category/ships/tall-ships/', null,
    ]);
  });

  it('take the newer of the address in the event and the one in the meta', async () => {
    const link = (await store.database.query<{ rev: number }>('SELECT rev FROM menu_item_link WHERE site_id = $1 AND id = 111', [siteId]))[0]?.rev ?? 0;
    const meta = (rev: number) =>
      `INSERT INTO post_meta (site_id, meta_id, post_id, meta_key, value, alive, rev) VALUES ($1, 90001, 111, '_menu_item_url', '"https://newer.example/"', true, ${rev})`;
    const back = 'DELETE FROM post_meta WHERE site_id = $1 AND meta_id = 90001';
    const url = async () => (await mainMenu(ANONYMOUS)).items.find((item) => item.label.startsWith('Elsewhere'))?.url;
    await whilst(meta(link - 1), back, async () => expect(await url()).toBe('https://example.example/?a=1&b=2'));
    await whilst(meta(link + 1), back, async () => expect(await url()).toBe('https://newer.example/'));
  });
});

describe('what menus show whom', () => {
  it('hides items whose page is a draft, in the trash or gone from visitors, and keeps them for editors', async () => {
    const labels = async (viewer: Viewer) => (await mainMenu(viewer)).items.map((item) => item.label);
    const set = (sql: string) => `UPDATE post SET ${sql} WHERE site_id = $1 AND id = 81`;
    const back = set(`status = 'publish', alive = true`);
    for (const [sql, label] of [[`status = 'draft'`, 'Visit us'], [`status = 'trash'`, '#81 (no title)'], ['alive = false', '#81 (no title)']] as const) {
      await whilst(set(sql), back, async () => {
        expect(await labels(ANONYMOUS)).toEqual(['About', 'Our history', 'Opening hours', 'Privacy', 'Tall ships', 'Elsewhere ↗']);
        expect((await labels(OPERATOR))[2]).toBe(label);
        const orphan = (await mainMenu(ANONYMOUS)).items.find((item) => item.label.startsWith('Elsewhere'));
        expect(orphan?.parentId).toBeNull();
      });
    }
  });

  it('shows menus without a location to those who edit menus only', async () => {
    const set = (value: string) => `UPDATE setting SET value = jsonb_set(value, '{nav_menu_locations}', '${value}') WHERE site_id = $1 AND name = 'theme_mods_twentytwentyfive'`;
    await whilst(set('{"primary": 41, "footer": 0}'), set('{"primary": 41, "footer": 42}'), async () => {
      expect((await menusOf(ANONYMOUS)).map((menu) => menu.name)).toEqual(['Main menu']);
      expect((await menusOf(OPERATOR)).map((menu) => menu.name)).toEqual(['Footer menu', 'Main menu']);
    });
    await whilst(set('[]'), set('{"primary": 41, "footer": 42}'), async () => expect(await menusOf(ANONYMOUS)).toEqual([]));
  });

  it('opens a circle of parents instead of losing its items', async () => {
    const set = (parent: number) => `UPDATE post_meta SET value = '"${parent}"' WHERE site_id = $1 AND post_id = 105 AND meta_key = '_menu_item_menu_item_parent'`;
    await whilst(set(110), set(0), async () => {
      const { data } = await ask<{ site: { menus: { name: string; tree: { label: string; children: { label: string }[] }[] }[] } }>(
        subgraph, ANONYMOUS, `query ($id: ID!) { site(id: $id) { menus { name tree { label children { label } } } } }`, { id: encodeSiteId(siteId) },
      );
      expect(data.site.menus.find((menu) => menu.name === 'Main menu')?.tree[0]).toEqual({ label: 'About', children: [{ label: 'Tall ships' }] });
    });
  });
});

describe("a menu's version", () => {
  it('changes with what the items hold and with nothing else, and is equal for every viewer', async () => {
    const before = (await mainMenu(ANONYMOUS)).version;
    expect((await mainMenu(OPERATOR)).version).toBe(before);
    const changes: readonly [string, string, boolean][] = [
      [`UPDATE post SET title = 'Elsewhere' WHERE site_id = $1 AND id = 111`, `UPDATE post SET title = 'Elsewhere ↗' WHERE site_id = $1 AND id = 111`, true],
      [`UPDATE menu_item_link SET url = '#' WHERE site_id = $1 AND id = 111`, `UPDATE menu_item_link SET url = 'https://example.example/?a=1&b=2' WHERE site_id = $1 AND id = 111`, true],
      [`UPDATE term SET name = 'Main' WHERE site_id = $1 AND tt_id = 41`, `UPDATE term SET name = 'Main menu' WHERE site_id = $1 AND tt_id = 41`, true],
      [`UPDATE post SET title = 'Another title' WHERE site_id = $1 AND id = 79`, `UPDATE post SET title = 'About' WHERE site_id = $1 AND id = 79`, false],
      [`UPDATE post SET modified_gmt = now() WHERE site_id = $1 AND type = 'nav_menu_item'`, `SELECT $1::bigint`, false],
    ];
    for (const [change, back, changesIt] of changes) {
      await whilst(change, back, async () => {
        const menu = (await menusOf(ANONYMOUS)).find((one) => one.localId === 41);
        expect(menu?.version === before).toBe(!changesIt);
      });
    }
    expect((await mainMenu(ANONYMOUS)).version).toBe(before);
  });
});

describe('addresses of terms', () => {
  const rules = (structure: string, more: Partial<LinkRules> = {}): LinkRules => ({
    homeUrl: 'https://site.example/wp', structure, categoryBase: '', tagBase: '',
    taxonomies: {
      genre: { rewrite: { slug: 'genre', with_front: true, hierarchical: false }, queryVar: 'genre' },
      brand: { rewrite: { slug: 'shop/brand', with_front: false, hierarchical: true }, queryVar: 'brand' },
      hidden: { rewrite: false, queryVar: false },
    },
    postTypes: { book: { hasArchive: true, rewrite: { slug: 'books', with_front: true }, label: 'Books' }, product: { hasArchive: 'shop', rewrite: { slug: 'product', with_front: false }, label: 'Products' }, note: { hasArchive: false, rewrite: false, label: 'Notes' } },
    ...more,
  });
  const home = 'https://site.example/wp';

  it.each([
    ['category', '/%year%/%postname%/', '/category/a/b/'],
    ['category', '/%postname%', '/category/a/b'],
    ['category', '/blog/%postname%/', '/blog/category/a/b/'],
    ['category', '', '/?cat=7'],
    ['post_tag', '/%postname%/', '/tag/b/'],
    ['post_tag', '', '/?tag=b'],
    ['genre', '/blog/%postname%/', '/blog/genre/b/'],
    ['brand', '/blog/%postname%/', '/shop/brand/a/b/'],
    ['genre', '', '/?genre=b'],
    ['hidden', '/%postname%/', '/?taxonomy=hidden&term=b'],
    ['category', '/index.php/%year%/%postname%/', '/index.php/category/a/b/'],
    ['brand', '/index.php/%year%/%postname%/', '/index.php/shop/brand/a/b/'],
  ])('of %s under the structure "%s" are %s', (taxonomy, structure, expected) => {
    expect(termUrl(rules(structure), taxonomy, 7, ['a', 'b'])).toBe(`${home}${expected}`);
  });

  it('follow the bases that a site has set, which drop the front', () => {
    const own = rules('/blog/%postname%/', { categoryBase: '/topics', tagBase: 'labels' });
    expect(termUrl(own, 'category', 7, ['a', 'b'])).toBe(`${home}/topics/a/b/`);
    expect(termUrl(own, 'post_tag', 7, ['b'])).toBe(`${home}/labels/b/`);
  });

  it('of archives are built from the registration', () => {
    expect(archiveUrl(rules('/blog/%postname%/'), 'book')).toBe(`${home}/blog/books/`);
    expect(archiveUrl(rules('/blog/%postname%/'), 'product')).toBe(`${home}/shop/`);
    expect(archiveUrl(rules(''), 'book')).toBe(`${home}/?post_type=book`);
    expect(archiveUrl(rules('/%postname%/'), 'note')).toBeNull();
  });
});

describe('reading menus', () => {
  it('takes at most 12 statements for the menu editor, on one site or many', async () => {
    const other = await loadRecordedSite(store);
    const counted = countStatements(store);
    const whole = createContentSubgraph(counted.store);
    const fields = MENUS.slice(MENUS.indexOf('site(id: $id)') + 'site(id: $id)'.length, -1);
    const { errors } = await ask(whole, OPERATOR, `query ($id: ID!) { site(id: $id) ${fields} }`, { id: encodeSiteId(siteId) });
    expect(errors).toEqual([]);
    const once = counted.statements.length;
    expect(once).toBeLessThanOrEqual(12);
    counted.reset();
    await ask(whole, OPERATOR, `query ($id: ID!, $other: ID!) { a: site(id: $id) ${fields} b: site(id: $other) ${fields} }`, { id: encodeSiteId(siteId), other: encodeSiteId(other) });
    expect(counted.statements).toHaveLength(once);
  });
});
