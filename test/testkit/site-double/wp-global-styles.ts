// `wp/v2/themes/<stylesheet>` and `wp/v2/global-styles/<id>`: the styles of the active block theme, kept in a post that WordPress makes
// when it is asked for first; each refused as WordPress does.
import { can, ok, route, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';
import type { PostRow } from './rows.js';

const refuse = (call: RestCall, code: string, message: string): RestAnswer => wpError(call.user ? 403 : 401, code, message);

const themes = (call: RestCall): Record<string, { readonly is_block_theme?: boolean; readonly Name?: string }> => (call.site.tables.callables.get('get_themes') ?? {}) as Record<string, { is_block_theme?: boolean; Name?: string }>;
const active = (call: RestCall): string => String(call.site.tables.options.get('stylesheet') ?? '');

function stylesOf(call: RestCall): PostRow {
  const name = `wp-global-styles-${active(call)}`;
  const found = call.site.tables.posts.all().find((post) => post.post_type === 'wp_global_styles' && post.post_name === name);
  return found ?? call.events.savePost({ post_type: 'wp_global_styles', post_status: 'publish', post_name: name, post_title: 'Custom Styles', post_content: '{"version": 3, "isGlobalStylesUserThemeJSON": true }' }, call.user?.ID ?? 0);
}

function readTheme(call: RestCall, stylesheet: string): RestAnswer {
  if (!can(call, 'switch_themes') && !can(call, 'edit_theme_options')) return refuse(call, 'rest_cannot_view_themes', 'Sorry, you are not allowed to view themes.');
  const theme = themes(call)[stylesheet];
  if (theme === undefined) return wpError(404, 'rest_theme_not_found', 'Theme not found.');
  const links = stylesheet === active(call) ? { 'wp:user-global-styles': [{ href: `${call.site.url}/wp-json/wp/v2/global-styles/${stylesOf(call).ID}` }] } : {};
  return ok({ stylesheet, status: stylesheet === active(call) ? 'active' : 'inactive', name: { raw: theme.Name, rendered: theme.Name }, _links: { self: [{ href: `${call.site.url}/wp-json/wp/v2/themes/${stylesheet}` }], ...links } });
}

interface Content { settings?: unknown; styles?: unknown }

/** PHP answers an empty map as an empty list inside, and as a map at the top. */
function answer(post: PostRow): RestAnswer {
  const content = JSON.parse(post.post_content) as Content;
  return ok({ id: post.ID, settings: content.settings ?? {}, styles: content.styles ?? {}, title: { raw: post.post_title, rendered: post.post_title } });
}

function withPost(call: RestCall, id: string, then: (post: PostRow) => RestAnswer): RestAnswer {
  const post = call.site.tables.posts.get(Number(id));
  if (post?.post_type !== 'wp_global_styles') return wpError(404, 'rest_global_styles_not_found', 'No global styles config exist with that id.');
  return can(call, 'edit_theme_options') ? then(post) : refuse(call, 'rest_cannot_edit', 'Sorry, you are not allowed to edit this global style.');
}

function save(call: RestCall, post: PostRow): RestAnswer {
  for (const name of ['settings', 'styles']) {
    const value = call.params[name];
    if (value !== undefined && (typeof value !== 'object' || value === null)) return wpError(400, 'rest_invalid_param', `Invalid parameter(s): ${name}`);
  }
  const before = JSON.parse(post.post_content) as Content;
  const content = {
    styles: call.params['styles'] ?? before.styles ?? {}, settings: call.params['settings'] ?? before.settings ?? {}, isGlobalStylesUserThemeJSON: true, version: 3,
  };
  return answer(call.events.savePost({ ID: post.ID, post_content: JSON.stringify(content) }, call.user?.ID ?? 0));
}

export const GLOBAL_STYLES_ROUTES: readonly RestRoute[] = [
  route('GET', /^wp\/v2\/themes\/([^/]+)$/, (call, match) => readTheme(call, decodeURIComponent(match[1] ?? ''))),
  route('GET', /^wp\/v2\/global-styles\/(\d+)$/, (call, match) => withPost(call, match[1] ?? '', answer)),
  route('POST PUT PATCH', /^wp\/v2\/global-styles\/(\d+)$/, (call, match) => withPost(call, match[1] ?? '', (post) => save(call, post))),
];
