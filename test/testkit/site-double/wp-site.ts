// What `wp/v2` says of the site itself: its index, settings, plugins, themes, post types, taxonomies and statuses.
import { can, created, ok, route, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import { invalidParam, missingParam, pick, type Item } from './wp-collection.js';
import { restBase, taxonomiesOf, taxonomyBase } from './wp-post-item.js';

const refuse = (call: RestCall, code: string, message: string): RestAnswer => wpError(call.user ? 403 : 401, code, message);

function index(call: RestCall): RestAnswer {
  const { site } = call;
  const option = (name: string): unknown => site.tables.options.get(name);
  return ok(pick(call, {
    name: option('blogname'), description: option('blogdescription'), url: site.url, home: site.homeUrl, gmt_offset: option('gmt_offset'), timezone_string: option('timezone_string'),
    page_for_posts: 0, page_on_front: 0, show_on_front: option('show_on_front'), namespaces: ['oembed/1.0', ...(site.hasJetpack ? ['jetpack/v4'] : []), ...(site.hasCommerce ? ['wc/v3'] : []), 'wp/v2', 'wp-site-health/v1'],
    authentication: { 'application-passwords': { endpoints: { authorization: `${site.url}/wp-admin/authorize-application.php` } } }, routes: {}, site_logo: 0, site_icon: 0, site_icon_url: '',
  }));
}

const SETTINGS: Readonly<Record<string, readonly [option: string, type: 'text' | 'number' | 'flag']>> = {
  title: ['blogname', 'text'], description: ['blogdescription', 'text'], url: ['siteurl', 'text'], email: ['admin_email', 'text'], timezone: ['timezone_string', 'text'], date_format: ['date_format', 'text'],
  time_format: ['time_format', 'text'], start_of_week: ['start_of_week', 'number'], language: ['WPLANG', 'text'], default_category: ['default_category', 'number'], default_post_format: ['default_post_format', 'text'],
  posts_per_page: ['posts_per_page', 'number'], show_on_front: ['show_on_front', 'text'], page_on_front: ['page_on_front', 'number'], page_for_posts: ['page_for_posts', 'number'],
  default_ping_status: ['default_ping_status', 'text'], default_comment_status: ['default_comment_status', 'text'], site_icon: ['site_icon', 'number'],
};

function settings(call: RestCall): Item {
  return Object.fromEntries(Object.entries(SETTINGS).map(([name, [option, type]]) => {
    const value = call.site.tables.options.get(option) ?? '';
    return [name, type === 'number' ? Number(value) : String(value)];
  }));
}

/** As WordPress stores a setting; null for a value that it does not take, after which it keeps the old one and says nothing. */
function sanitized(option: string, value: string): string | null {
  if (option === 'blogname' || option === 'blogdescription') return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (option === 'timezone_string') return value === '' || Intl.supportedValuesOf('timeZone').includes(value) || value === 'UTC' ? value : null;
  return option === 'WPLANG' && !['', 'en_US', 'de_DE', 'pt_PT'].includes(value) ? null : value;
}

function changeSettings(call: RestCall): RestAnswer {
  if (!can(call, 'manage_options')) return refuse(call, 'rest_forbidden', 'Sorry, you are not allowed to do that.');
  const given = Object.entries(SETTINGS).filter(([name]) => call.params[name] !== undefined);
  for (const [name, [, type]] of given) {
    const value = call.params[name];
    if (type === 'number' && !Number.isInteger(Number(value))) return invalidParam(name, `${name} is not of type integer.`);
    if (type === 'text' && typeof value !== 'string') return invalidParam(name, `${name} is not of type string.`);
  }
  for (const [name, [option]] of given) {
    const value = sanitized(option, String(call.params[name]));
    if (value !== null) call.events.setOption(option, value, call.user?.ID ?? 0);
    if (option === 'WPLANG' && value !== null) call.events.setCallable('locale', value === '' ? 'en_US' : value);
  }
  return ok(settings(call));
}

interface Headers { readonly Name: string; readonly Version: string; readonly PluginURI: string; readonly Author: string; readonly AuthorURI: string; readonly Description: string; readonly TextDomain: string; readonly RequiresWP: string; readonly RequiresPHP: string }

function plugins(call: RestCall): Record<string, Headers> {
  return (call.site.tables.callables.get('get_plugins') ?? {}) as Record<string, Headers>;
}

function pluginItem(call: RestCall, file: string): Item {
  const headers = plugins(call)[file];
  const active = ((call.site.tables.options.get('active_plugins') as string[] | undefined) ?? []).includes(file);
  return {
    plugin: file.replace(/\.php$/, ''), status: active ? 'active' : 'inactive', name: headers?.Name, plugin_uri: headers?.PluginURI, author: headers?.Author, author_uri: headers?.AuthorURI,
    description: { raw: headers?.Description, rendered: headers?.Description }, version: headers?.Version, network_only: false, requires_wp: headers?.RequiresWP, requires_php: headers?.RequiresPHP, textdomain: headers?.TextDomain,
  };
}

function listPlugins(call: RestCall): RestAnswer {
  if (!can(call, 'activate_plugins')) return refuse(call, 'rest_cannot_view_plugins', 'Sorry, you are not allowed to manage plugins for this site.');
  const status = call.params['status'];
  return ok(Object.keys(plugins(call)).map((file) => pluginItem(call, file)).filter((item) => status === undefined || item['status'] === status).map((item) => pick(call, item)));
}

function onePlugin(call: RestCall, match: RegExpExecArray): RestAnswer {
  if (!can(call, 'activate_plugins')) return refuse(call, 'rest_cannot_view_plugin', 'Sorry, you are not allowed to manage plugins for this site.');
  const file = `${match[1] ?? ''}.php`;
  const headers = plugins(call)[file];
  if (!headers) return wpError(404, 'rest_plugin_not_found', 'Plugin not found.');
  const by = call.user?.ID ?? 0;
  if (call.method === 'GET') return ok(pick(call, pluginItem(call, file)));
  if (call.method === 'DELETE') {
    if (!can(call, 'delete_plugins')) return refuse(call, 'rest_cannot_manage_plugins', 'Sorry, you are not allowed to delete plugins for this site.');
    const previous = pluginItem(call, file);
    if (previous['status'] === 'active') return wpError(400, 'rest_cannot_delete_active_plugin', 'Cannot delete an active plugin. Please deactivate it first.');
    const { [file]: _gone, ...rest } = plugins(call);
    call.events.setCallable('get_plugins', rest);
    call.events.emit('deleted_plugin', [file, true, { name: headers.Name, version: headers.Version }], by);
    return ok({ deleted: true, previous });
  }
  const status = call.params['status'];
  if (status !== undefined && status !== 'active' && status !== 'inactive') return invalidParam('status', 'status is not one of inactive and active.');
  if (status !== undefined) call.events.setPluginActive(file, status === 'active', by);
  return ok(pluginItem(call, file));
}

function installPlugin(call: RestCall): RestAnswer {
  if (!can(call, 'install_plugins')) return refuse(call, 'rest_cannot_install_plugin', 'Sorry, you are not allowed to install plugins on this site.');
  const { slug } = call.params;
  if (slug === undefined) return missingParam('slug');
  if (typeof slug !== 'string' || !/^[a-z0-9-]+$/.test(slug)) return invalidParam('slug', 'slug does not match pattern [\\w\\-]+.');
  const file = `${slug}/${slug}.php`;
  if (plugins(call)[file]) return wpError(500, 'folder_exists', 'Destination folder already exists.');
  const headers: Headers = { Name: slug, Version: '1.0', PluginURI: '', Author: '', AuthorURI: '', Description: '', TextDomain: slug, RequiresWP: '', RequiresPHP: '' };
  const by = call.user?.ID ?? 0;
  call.events.setCallable('get_plugins', { ...plugins(call), [file]: headers });
  call.events.emit('jetpack_plugin_installed', [[{ slug: file, ...headers }]], by);
  if (call.params['status'] === 'active') call.events.setPluginActive(file, true, by);
  return created(pluginItem(call, file));
}

function themeItem(call: RestCall, slug: string): Item {
  const theme = (call.site.tables.callables.get('get_themes') as Record<string, { Name: string; Version: string; ThemeURI: string; Author: string; is_block_theme: boolean }>)[slug];
  return {
    stylesheet: slug, template: slug, author: { raw: theme?.Author, rendered: theme?.Author }, name: { raw: theme?.Name, rendered: theme?.Name }, theme_uri: { raw: theme?.ThemeURI, rendered: theme?.ThemeURI },
    version: theme?.Version, is_block_theme: theme?.is_block_theme, status: call.site.tables.options.get('stylesheet') === slug ? 'active' : 'inactive', theme_supports: {},
  };
}

function themes(call: RestCall, match: RegExpExecArray): RestAnswer {
  if (!can(call, 'switch_themes')) return refuse(call, 'rest_cannot_view_themes', 'Sorry, you are not allowed to view themes.');
  const slugs = Object.keys((call.site.tables.callables.get('get_themes') ?? {}) as object);
  if (match[1] !== undefined) return slugs.includes(match[1]) ? ok(pick(call, themeItem(call, match[1]))) : wpError(404, 'rest_theme_not_found', 'Theme not found.');
  const items = slugs.map((slug) => themeItem(call, slug)).filter((item) => call.params['status'] === undefined || item['status'] === call.params['status']);
  return ok(items, { 'x-wp-total': String(items.length), 'x-wp-totalpages': '1' });
}

/** What WordPress makes of the capability type of a post type that maps meta capabilities: pages have their own, all others those of posts. */
function capabilitiesOfType(type: string): Record<string, string> {
  const [one, many] = type === 'page' ? ['page', 'pages'] : ['post', 'posts'];
  const finer = ['edit_others', 'delete', 'publish', 'read_private', 'delete_private', 'delete_published', 'delete_others', 'edit_private', 'edit_published'].map((verb) => [`${verb}_posts`, `${verb}_${many}`]);
  return { edit_post: `edit_${one}`, read_post: `read_${one}`, delete_post: `delete_${one}`, edit_posts: `edit_${many}`, create_posts: type === 'attachment' ? 'upload_files' : `edit_${many}`, read: 'read', ...Object.fromEntries(finer) };
}

function types(call: RestCall): RestAnswer {
  if (call.params['context'] === 'edit' && !can(call, 'edit_posts')) return refuse(call, 'rest_cannot_view', 'Sorry, you are not allowed to edit posts in this post type.');
  const shown = [...call.site.registeredTypes].filter((type) => !['revision', 'shop_order', 'shop_order_refund', 'shop_coupon'].includes(type));
  return ok(Object.fromEntries(shown.map((type) => [type, {
    name: type, slug: type, description: '', hierarchical: type === 'page', viewable: true, taxonomies: taxonomiesOf(call.site, type), rest_base: type === 'nav_menu_item' ? 'menu-items' : restBase(type), rest_namespace: 'wp/v2',
    ...(call.params['context'] === 'edit' ? { capabilities: capabilitiesOfType(type) } : {}),
  }])));
}

function taxonomies(call: RestCall): RestAnswer {
  const all = (call.site.tables.callables.get('taxonomies') ?? {}) as Record<string, { name: string; hierarchical: boolean; public: boolean; object_type: string[] }>;
  return ok(Object.fromEntries(Object.values(all).filter((taxonomy) => taxonomy.public || taxonomy.name === 'nav_menu').map((taxonomy) => [taxonomy.name, {
    name: taxonomy.name, slug: taxonomy.name, description: '', types: taxonomy.object_type, hierarchical: taxonomy.hierarchical, rest_base: taxonomy.name === 'nav_menu' ? 'menus' : taxonomyBase(taxonomy.name), rest_namespace: 'wp/v2',
  }])));
}

export const SITE_ROUTES: readonly RestRoute[] = [
  route('GET', /^$/, index),
  route('GET', /^wp\/v2\/settings$/, (call) => (can(call, 'manage_options') ? ok(pick(call, settings(call))) : refuse(call, 'rest_forbidden', 'Sorry, you are not allowed to do that.'))),
  route('POST PUT PATCH', /^wp\/v2\/settings$/, changeSettings),
  route('GET', /^wp\/v2\/plugins$/, listPlugins),
  route('POST', /^wp\/v2\/plugins$/, installPlugin),
  route('GET POST PUT PATCH DELETE', /^wp\/v2\/plugins\/(.+)$/, onePlugin),
  route('GET', /^wp\/v2\/themes(?:\/(.+))?$/, themes),
  route('GET', /^wp\/v2\/types$/, types),
  route('GET', /^wp\/v2\/taxonomies$/, taxonomies),
];
