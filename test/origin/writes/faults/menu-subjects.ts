// Menus in the fault table. A menu is saved by a plan of many calls that may be made again, and ends as the new one or the old
// one; two hundred items of it: test/subgraphs/content/menu-faults.test.ts.
import { encodeGlobalId } from '../../../../core/ids.js';
import { toldBy, type Input, type Subject, type Told, type World } from './world.js';

const SAVE = 'mutation($input: MenuSaveInput!) { menuSave(input: $input) { menu { id } conflict { changedBy { id } } write { state } userErrors { code message } } }';
const ASSIGN = `mutation($siteId: ID!, $location: String!, $menuId: ID, $key: ID!) { menuAssign(siteId: $siteId, location: $location, menuId: $menuId, idempotencyKey: $key) {
  menu { id } write { state } userErrors { code message } } }`;
const DELETE = 'mutation($id: ID!, $version: Version, $key: ID!) { menuDelete(id: $id, expectedVersion: $version, idempotencyKey: $key) { deletedIds write { state } userErrors { code message } } }';
const REPEATED = /^(?:batch\/v1|wp\/v2\/menu-items|wp\/v2\/menus)/;

/** A menu with one item that leads somewhere, made on the site itself. */
function menuOnSite(world: World, labels: readonly string[]): { readonly menuId: number; readonly name: string; readonly itemIds: readonly number[] } {
  const { edit } = world.site.double;
  const name = `Menu ${world.next()}`;
  const { term_id: menuId, term_taxonomy_id: ttId } = edit.saveTerm({ taxonomy: 'nav_menu', name, slug: name.toLowerCase().replace(' ', '-') });
  const itemIds = labels.map((label, index) => {
    const { ID } = edit.savePost({ post_type: 'nav_menu_item', post_title: label, post_status: 'publish', menu_order: index + 1 });
    const metas = { type: 'custom', object: 'custom', object_id: String(ID), url: `https://links.example/${label}`, menu_item_parent: '0', target: '', classes: [''], xfn: '' };
    for (const [key, value] of Object.entries(metas)) edit.setPostMeta(ID, `_menu_item_${key}`, value);
    edit.setPostTerms(ID, 'nav_menu', [ttId]);
    return ID;
  });
  return { menuId, name, itemIds };
}

const gid = (world: World, type: 'Menu' | 'MenuItem', localId: number): string => encodeGlobalId(world.site.siteId, type, localId);

/** The labels of a menu as visitors see them, by its name; null when there is no such menu. */
function labelsOnSite(world: World, name: string): string[] | null {
  const { tables } = world.site.double;
  const terms = tables.terms.all().filter((term) => term.taxonomy === 'nav_menu' && term.name === name);
  if (terms.length > 1) throw new Error(`there are ${terms.length} menus ${name}`);
  const [term] = terms;
  if (!term) return null;
  const rows = tables.relations.all().filter((row) => row.term_taxonomy_id === term.term_taxonomy_id).flatMap((row) => tables.posts.get(row.object_id) ?? []);
  return rows.filter((row) => row.post_status === 'publish').sort((a, b) => a.menu_order - b.menu_order).map((row) => row.post_title);
}

async function labelsInGraph(world: World, name: string): Promise<string[] | null> {
  const { menus } = await world.mutate('content', 'site', 'query($id: ID!) { site(id: $id) { menus { name items { label } } } }', { id: world.siteId });
  const found = (menus as unknown as readonly { readonly name: string; readonly items: readonly { readonly label: string }[] }[]).find((menu) => menu.name === name);
  return found ? found.items.map(({ label }) => label) : null;
}

async function versionInGraph(world: World, name: string): Promise<string> {
  const { menus } = await world.mutate('content', 'site', 'query($id: ID!) { site(id: $id) { menus { name version } } }', { id: world.siteId });
  return (menus as unknown as readonly { readonly name: string; readonly version: string }[]).find((menu) => menu.name === name)?.version ?? '';
}

const save = async (world: World, input: Input): Promise<Told> => toldBy(await world.mutate('content', 'menuSave', SAVE, { input: { siteId: world.siteId, ...input } }));

/** New or old, never a menu in the middle. */
function whole(labels: readonly string[] | null, before: readonly string[] | null, wanted: readonly string[]): number {
  if (JSON.stringify(labels) === JSON.stringify(wanted)) return 1;
  if (JSON.stringify(labels) !== JSON.stringify(before)) throw new Error(`the menu is neither the old one nor the new one: ${JSON.stringify(labels)}`);
  return 0;
}

export const MENU_SUBJECTS: readonly Subject[] = [
  {
    name: 'menuSave of a new menu', calls: ['reads', 'writes', 'more', 'more'], repeats: REPEATED, isDriven: true,
    prepare(world) {
      const name = `New menu ${world.next()}`;
      const wanted = ['One', 'Two'];
      const onSite = () => labelsOnSite(world, name);
      return {
        run: (idempotencyKey) => save(world, { name, items: wanted.map((label) => ({ key: label, label, url: `https://links.example/${label}` })), idempotencyKey }),
        done: () => whole(onSite(), null, wanted), onSite, inGraph: () => labelsInGraph(world, name),
      };
    },
  },
  {
    name: 'menuSave of a menu', calls: ['reads', 'reads', 'writes', 'more', 'more'], repeats: REPEATED, isDriven: true,
    prepare(world) {
      const before = ['First', 'Second', 'Third'];
      const { menuId, name, itemIds } = menuOnSite(world, before);
      const [first = 0, second = 0] = itemIds;
      const wanted = ['Second', 'Renamed', 'Fresh'];
      const onSite = () => labelsOnSite(world, name);
      let version = '';
      return {
        async run(idempotencyKey) {
          version ||= await versionInGraph(world, name);
          const items = [
            { key: 'b', id: gid(world, 'MenuItem', second), label: 'Second', url: 'https://links.example/Second' }, { key: 'a', id: gid(world, 'MenuItem', first), label: 'Renamed', url: 'https://links.example/First' },
            { key: 'c', label: 'Fresh', url: 'https://links.example/Fresh' },
          ];
          return save(world, { id: gid(world, 'Menu', menuId), name, expectedVersion: version, items, idempotencyKey });
        },
        done: () => whole(onSite(), before, wanted), onSite, inGraph: () => labelsInGraph(world, name),
      };
    },
  },
  {
    name: 'menuAssign', calls: ['reads', 'writes'],
    prepare(world) {
      const { menuId, name } = menuOnSite(world, ['Only']);
      const onSite = (): boolean => locationsOf(world.site.double.tables.options.get(`theme_mods_${String(world.site.double.tables.options.get('stylesheet'))}`))['footer'] === menuId;
      return {
        run: async (key) => toldBy(await world.mutate('content', 'menuAssign', ASSIGN, { siteId: world.siteId, location: 'footer', menuId: gid(world, 'Menu', menuId), key })),
        done: () => (onSite() ? 1 : 0), onSite,
        async inGraph() {
          const { menus } = await world.mutate('content', 'site', 'query($id: ID!) { site(id: $id) { menus { name locations } } }', { id: world.siteId });
          return (menus as unknown as readonly { readonly name: string; readonly locations: readonly string[] }[]).find((menu) => menu.name === name)?.locations.includes('footer');
        },
      };
    },
  },
  {
    name: 'menuDelete', calls: ['reads', 'reads', 'writes'],
    prepare(world) {
      const { menuId, name } = menuOnSite(world, ['Only']);
      const onSite = () => labelsOnSite(world, name);
      let version = '';
      return {
        async run(key) {
          version ||= await versionInGraph(world, name);
          return toldBy(await world.mutate('content', 'menuDelete', DELETE, { id: gid(world, 'Menu', menuId), version, key }));
        },
        done: () => (onSite() === null ? 1 : 0), onSite, inGraph: () => labelsInGraph(world, name),
      };
    },
  },
];

function locationsOf(mods: unknown): Readonly<Record<string, number>> {
  const { nav_menu_locations: found } = (mods ?? {}) as { readonly nav_menu_locations?: Readonly<Record<string, number>> };
  return found && !Array.isArray(found) ? found : {};
}
