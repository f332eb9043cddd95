// `wp/v2/menus` and `menu-items`: menus are terms of `nav_menu`, their items are posts whose metas say where they lead. Only for those who may
// edit the theme's options, reading too. Events are those of Jetpack's menus module (protocol reference 5.13).
import { wireMetaValue, wireTerm } from './objects.js';
import type { PostRow, TermRow } from './rows.js';
import { can, created, isTrue, ok, route, toIds, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import { escapeName, invalidParam, linksOf, missingParam, pageOf, pick, slugOf, toTexts, type Item } from './wp-collection.js';
import { metaOf } from './wp-post-item.js';

const refuse = (call: RestCall, code: string): RestAnswer => wpError(call.user ? 403 : 401, code, 'Sorry, you are not allowed to do that.');

function locations(call: RestCall): Record<string, number> {
  const mods = call.site.tables.options.get(modsName(call)) as { nav_menu_locations?: Record<string, number> } | undefined;
  const found = mods?.nav_menu_locations;
  return found && !Array.isArray(found) ? found : {};
}

const modsName = (call: RestCall): string => `theme_mods_${String(call.site.tables.options.get('stylesheet'))}`;

function setLocations(call: RestCall, menuId: number, names: readonly string[]): void {
  const kept = Object.fromEntries(Object.entries(locations(call)).filter(([, id]) => id !== menuId));
  const mods = call.site.tables.options.get(modsName(call)) as Record<string, unknown> | undefined;
  call.events.setOption(modsName(call), { ...mods, nav_menu_locations: { ...kept, ...Object.fromEntries(names.map((name) => [name, menuId])) } }, call.user?.ID ?? 0);
}

function menuItem(call: RestCall, menu: TermRow): Item {
  return {
    id: menu.term_id, description: menu.description, name: menu.name, slug: menu.slug, meta: [], locations: Object.entries(locations(call)).filter(([, id]) => id === menu.term_id).map(([name]) => name),
    auto_add: false, _links: linksOf(`${call.site.url}/wp-json/wp/v2/menus/${menu.term_id}`),
  };
}

function menus(call: RestCall): TermRow[] {
  return call.site.tables.terms.all().filter((term) => term.taxonomy === 'nav_menu');
}

function createMenu(call: RestCall): RestAnswer {
  const { params } = call;
  if (typeof params['name'] !== 'string' || params['name'] === '') return missingParam('name');
  const name = escapeName(params['name']);
  if (menus(call).some((menu) => menu.name === name)) return wpError(400, 'menu_exists', `The menu name ${name} conflicts with another menu name. Please try another.`);
  const by = call.user?.ID ?? 0;
  const menu = call.events.saveTerm({ taxonomy: 'nav_menu', name, slug: slugOf(name), description: String(params['description'] ?? '') }, by);
  call.events.emit('wp_create_nav_menu', [menu.term_id, { 'menu-name': name }], by);
  if (Array.isArray(params['locations'])) setLocations(call, menu.term_id, params['locations'].map(String));
  return created(menuItem(call, menu));
}

function updateMenu(call: RestCall, menu: TermRow): RestAnswer {
  const { params } = call;
  const by = call.user?.ID ?? 0;
  const name = typeof params['name'] === 'string' ? escapeName(params['name']) : menu.name;
  if (menus(call).some((other) => other.name === name && other.term_id !== menu.term_id)) return wpError(400, 'menu_exists', `The menu name ${name} conflicts with another menu name. Please try another.`);
  const places = Array.isArray(params['locations']) ? params['locations'].map(String) : [];
  if (places.some((place) => !LOCATIONS.includes(place))) return wpError(400, 'rest_invalid_menu_location', 'Invalid menu location.');
  const description = typeof params['description'] === 'string' ? params['description'] : menu.description;
  const saved = call.events.saveTerm({ ...menu, name, description }, by);
  call.events.emit('jetpack_sync_updated_nav_menu', [menu.term_id, { 'menu-name': name, description }], by);
  if (Array.isArray(params['locations'])) setLocations(call, menu.term_id, params['locations'].map(String));
  return ok(menuItem(call, saved));
}

function deleteMenu(call: RestCall, menu: TermRow): RestAnswer {
  if (!isTrue(call.params['force'])) return wpError(501, 'rest_trash_not_supported', "Menus do not support trashing. Set 'force=true' to delete.");
  const by = call.user?.ID ?? 0;
  const previous = menuItem(call, menu);
  for (const item of itemsOf(call, menu)) call.events.deletePost(item.ID, by);
  call.events.deleteTerm(menu.term_taxonomy_id, by);
  call.events.emit('delete_nav_menu', [menu.term_id, String(menu.term_taxonomy_id), wireTerm(menu)], by);
  return ok({ deleted: true, previous });
}

function itemsOf(call: RestCall, menu: TermRow): PostRow[] {
  return call.site.tables.relations.all().filter((row) => row.term_taxonomy_id === menu.term_taxonomy_id).flatMap((row) => call.site.tables.posts.get(row.object_id) ?? []);
}

function menuOf(call: RestCall, item: PostRow): TermRow | undefined {
  return menus(call).find((menu) => call.site.tables.relations.ownedBy(item.ID).some((row) => row.term_taxonomy_id === menu.term_taxonomy_id));
}

function classesOf(call: RestCall, itemId: number): string[] {
  const value = wireMetaValue(metaOf(call.site, itemId, '_menu_item_classes') ?? '');
  return Array.isArray(value) ? value.map(String) : [''];
}

/** What an item without a title of its own is called by. */
function objectTitle(call: RestCall, type: string, objectId: number): string {
  if (type === 'post_type') return call.site.tables.posts.get(objectId)?.post_title ?? '';
  return type === 'taxonomy' ? (call.site.tables.terms.all().find((term) => term.term_id === objectId)?.name ?? '') : '';
}

function shownTitle(call: RestCall, item: PostRow): string {
  const meta = (key: string): string => metaOf(call.site, item.ID, `_menu_item_${key}`) ?? '';
  return item.post_title || objectTitle(call, meta('type'), Number(meta('object_id') || 0));
}

function linkItem(call: RestCall, item: PostRow): Item {
  const meta = (key: string): string => metaOf(call.site, item.ID, `_menu_item_${key}`) ?? '';
  return {
    id: item.ID, title: { raw: shownTitle(call, item), rendered: shownTitle(call, item) }, status: item.post_status, url: meta('url'), attr_title: item.post_excerpt, description: item.post_content, type: meta('type'), type_label: '',
    object: meta('object'), object_id: Number(meta('object_id') || 0), parent: Number(meta('menu_item_parent') || 0), menu_order: item.menu_order, target: meta('target'), classes: classesOf(call, item.ID), xfn: [''], invalid: false,
    menus: menuOf(call, item)?.term_id ?? 0, meta: [], _links: linksOf(`${call.site.url}/wp-json/wp/v2/menu-items/${item.ID}`),
  };
}

const LOCATIONS = ['primary', 'footer'];
const TYPES = ['taxonomy', 'post_type', 'post_type_archive', 'custom'];

/** Writes an item's post, metas and menu; a new one when `before` is null. */
function saveItem(call: RestCall, before: PostRow | null): RestAnswer {
  const { params, site, events } = call;
  const by = call.user?.ID ?? 0;
  const meta = (key: string): string => (before ? (metaOf(site, before.ID, `_menu_item_${key}`) ?? '') : '');
  const type = String(params['type'] ?? (meta('type') || 'custom'));
  if (!TYPES.includes(type)) return invalidParam('type', `type is not one of ${TYPES.join(', ')}.`);
  const title = typeof params['title'] === 'string' ? params['title'] : (before?.post_title ?? '');
  const url = String(params['url'] ?? meta('url'));
  const classes = Array.isArray(params['classes']) ? params['classes'].map(String) : before ? classesOf(call, before.ID) : [''];
  if (type === 'custom' && title === '') return wpError(400, 'rest_title_required', 'The title is required when using a custom menu item type.');
  if (type === 'custom' && url === '') return wpError(400, 'rest_url_required', 'The url is required when using a custom menu item type.');
  const objectId = Number(params['object_id'] ?? (meta('object_id') || 0));
  if (type === 'post_type' && !site.tables.posts.get(objectId)) return wpError(400, 'rest_post_invalid_id', 'Invalid post ID.');
  if (type === 'taxonomy' && !site.tables.terms.all().some((term) => term.term_id === objectId)) return wpError(400, 'rest_term_invalid_id', 'Invalid term ID.');
  const menu = menus(call).find((term) => term.term_id === Number(params['menus'] ?? (before ? menuOf(call, before)?.term_id : 0)));
  if (params['menus'] !== undefined && !menu) return wpError(400, 'invalid_menu_id', 'Invalid menu ID.');
  const post = events.savePost({
    ...(before ? { ID: before.ID } : {}), post_type: 'nav_menu_item', post_title: title === objectTitle(call, type, objectId) ? '' : title, post_status: String(params['status'] ?? before?.post_status ?? 'publish'),
    post_name: before?.post_name || slugOf(title), menu_order: Number(params['menu_order'] ?? before?.menu_order ?? 1), post_content: String(params['description'] ?? before?.post_content ?? ''), post_excerpt: String(params['attr_title'] ?? before?.post_excerpt ?? ''),
  }, by);
  const values: Record<string, unknown> = {
    type, menu_item_parent: Number(params['parent'] ?? (meta('menu_item_parent') || 0)), object_id: type === 'custom' ? post.ID : objectId, object: type === 'custom' ? 'custom' : String(params['object'] ?? meta('object')),
    target: String(params['target'] ?? meta('target')), classes: classes.length === 0 ? [''] : classes, xfn: '', url: type === 'custom' ? url : '',
  };
  for (const [key, value] of Object.entries(values)) events.setPostMeta(post.ID, `_menu_item_${key}`, value, by);
  if (menu) events.setPostTerms(post.ID, 'nav_menu', [menu.term_taxonomy_id], by);
  const told = {
    'menu-item-db-id': before?.ID ?? 0, 'menu-item-object-id': values['object_id'], 'menu-item-object': values['object'], 'menu-item-parent-id': values['menu_item_parent'], 'menu-item-position': post.menu_order,
    'menu-item-type': type, 'menu-item-title': title, 'menu-item-url': values['url'], 'menu-item-description': post.post_content, 'menu-item-attr-title': post.post_excerpt, 'menu-item-target': values['target'],
    'menu-item-classes': '', 'menu-item-xfn': '', 'menu-item-status': post.post_status,
  };
  if (menu) events.emit(`jetpack_sync_updated_nav_menu_${before ? 'update' : 'add'}_item`, [menu.term_id, wireTerm(menu), post.ID, told], by);
  const saved = site.tables.posts.get(post.ID) ?? post;
  return before ? ok(linkItem(call, saved)) : created(linkItem(call, saved));
}

function deleteItem(call: RestCall, item: PostRow): RestAnswer {
  if (!isTrue(call.params['force'])) return wpError(501, 'rest_trash_not_supported', "Menu items do not support trashing. Set 'force=true' to delete.");
  const previous = linkItem(call, item);
  call.events.deletePost(item.ID, call.user?.ID ?? 0);
  return ok({ deleted: true, previous });
}

function listItems(call: RestCall): RestAnswer {
  const wanted = toIds(call.params['menus']);
  const statuses = toTexts(call.params['status'] ?? 'publish');
  const items = call.site.tables.posts.all().filter((post) => post.post_type === 'nav_menu_item' && statuses.includes(post.post_status) && (wanted.length === 0 || wanted.includes(menuOf(call, post)?.term_id ?? 0)));
  return pageOf(call, items.sort((a, b) => a.menu_order - b.menu_order || a.ID - b.ID), (item) => linkItem(call, item));
}

type Handler = (call: RestCall, match: RegExpExecArray) => RestAnswer;

/** Nobody reads menus but who may change them. */
function guarded(handler: Handler): Handler {
  return (call, match) => (can(call, 'edit_theme_options') ? handler(call, match) : refuse(call, call.method === 'GET' ? 'rest_cannot_view' : 'rest_cannot_create'));
}

function withMenu(handler: (call: RestCall, menu: TermRow) => RestAnswer): Handler {
  return guarded((call, match) => {
    const menu = menus(call).find((term) => term.term_id === Number(match[1]));
    return menu ? handler(call, menu) : wpError(404, 'rest_term_invalid', 'Term does not exist.');
  });
}

function withItem(handler: (call: RestCall, item: PostRow) => RestAnswer): Handler {
  return guarded((call, match) => {
    const item = call.site.tables.posts.get(Number(match[1]));
    return item?.post_type === 'nav_menu_item' ? handler(call, item) : wpError(404, 'rest_post_invalid_id', 'Invalid post ID.');
  });
}

export const MENU_ROUTES: readonly RestRoute[] = [
  route('GET', /^wp\/v2\/menus$/, guarded((call) => pageOf(call, menus(call), (menu) => menuItem(call, menu), 'term'))),
  route('POST', /^wp\/v2\/menus$/, guarded(createMenu)),
  route('GET', /^wp\/v2\/menus\/(\d+)$/, withMenu((call, menu) => ok(pick(call, menuItem(call, menu))))),
  route('POST PUT PATCH', /^wp\/v2\/menus\/(\d+)$/, withMenu(updateMenu)),
  route('DELETE', /^wp\/v2\/menus\/(\d+)$/, withMenu(deleteMenu)),
  route('GET', /^wp\/v2\/menu-items$/, guarded(listItems)),
  route('POST', /^wp\/v2\/menu-items$/, guarded((call) => saveItem(call, null))),
  route('GET', /^wp\/v2\/menu-items\/(\d+)$/, withItem((call, item) => ok(pick(call, linkItem(call, item))))),
  route('POST PUT PATCH', /^wp\/v2\/menu-items\/(\d+)$/, withItem(saveItem)),
  route('DELETE', /^wp\/v2\/menu-items\/(\d+)$/, withItem(deleteItem)),
  route('GET', /^wp\/v2\/menu-locations$/, guarded((call) => ok({ primary: { name: 'primary', description: 'Primary', menu: locations(call)['primary'] ?? 0 }, footer: { name: 'footer', description: 'Footer', menu: locations(call)['footer'] ?? 0 } }))),
];
