// `wp/v2/plugins` of the double: WordPress's own list of plugins, installing from the directory, switching and deleting, with its refusals.
import { can, created, ok, route, wpError, type RestAnswer, type RestCall, type RestRoute } from './rest.js';

type Plugins = Record<string, { readonly Name: string; readonly Version: string }>;

const refuse = (call: RestCall, code: string): RestAnswer => wpError(call.user ? 403 : 401, code, 'Sorry, you are not allowed to do that with plugins on this site.');
const plugins = ({ site }: RestCall): Plugins => (site.tables.callables.get('get_plugins') ?? {}) as Plugins;
const active = ({ site }: RestCall): readonly string[] => (site.tables.options.get('active_plugins') as string[] | undefined) ?? [];

function words(call: RestCall, file: string): Record<string, unknown> {
  const { Name: name = '', Version: version = '' } = plugins(call)[file] ?? {};
  return { plugin: file.replace(/\.php$/, ''), status: active(call).includes(file) ? 'active' : 'inactive', name, version };
}

const lacksFiles = ({ site }: RestCall): RestAnswer | null =>
  (site.tables.callables.get('has_file_system_write_access') === false ? wpError(500, 'fs_unavailable', 'The filesystem is currently unavailable for managing plugins.') : null);

function install(call: RestCall): RestAnswer {
  if (!can(call, 'install_plugins')) return refuse(call, 'rest_cannot_install_plugin');
  const file = `${String(call.params['slug'])}/${String(call.params['slug'])}.php`;
  const refused = lacksFiles(call) ?? (plugins(call)[file] ? wpError(500, 'folder_exists', 'Destination folder already exists.') : null);
  if (refused) return refused;
  call.events.setCallable('get_plugins', { ...plugins(call), [file]: { Name: String(call.params['slug']), Version: '1.0' } });
  return created(words(call, file));
}

function onePlugin(call: RestCall, file: string): RestAnswer {
  if (!can(call, 'activate_plugins')) return refuse(call, 'rest_cannot_view_plugin');
  if (!plugins(call)[file]) return wpError(404, 'rest_plugin_not_found', 'Plugin not found.');
  if (call.method === 'GET') return ok(words(call, file));
  if (call.method !== 'DELETE') {
    if (call.params['status'] !== undefined) call.events.setPluginActive(file, call.params['status'] === 'active');
    return ok(words(call, file));
  }
  if (!can(call, 'delete_plugins')) return refuse(call, 'rest_cannot_delete_plugin');
  if (active(call).includes(file)) return wpError(400, 'rest_cannot_delete_active_plugin', 'Cannot delete an active plugin. Please deactivate it first.');
  const refused = lacksFiles(call);
  if (refused) return refused;
  const previous = words(call, file);
  const { [file]: _gone, ...rest } = plugins(call);
  call.events.setCallable('get_plugins', rest);
  return ok({ deleted: true, previous });
}

export const PLUGIN_ROUTES: readonly RestRoute[] = [
  route('GET', /^wp\/v2\/plugins$/, (call) => (can(call, 'activate_plugins') ? ok(Object.keys(plugins(call)).map((file) => words(call, file))) : refuse(call, 'rest_cannot_view_plugins'))),
  route('POST', /^wp\/v2\/plugins$/, install),
  route('GET POST PUT PATCH DELETE', /^wp\/v2\/plugins\/([^/]+(?:\/[^/]+)?)$/, (call, match) => onePlugin(call, `${decodeURIComponent(match[1] ?? '')}.php`)),
];
