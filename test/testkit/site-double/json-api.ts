// `jetpack.jsonAPI` (protocol reference 6.5): the WordPress.com-style REST API executed on the site, as the site or as a connected user, its answer
// signed with the whole token. Plugins, themes and core; nothing else of it.
import { createHmac } from 'node:crypto';
import { createNonce } from '../../../sync/protocol/sign-request.js';
import type { XmlRpcValue } from '../../../sync/protocol/xml-rpc.js';
import type { Result } from './connection.js';
import { answerThemes, installThemeFromZip } from './json-api-themes.js';
import { pluginInZip } from './plugin-zip.js';
import { capabilitiesOf } from './roles.js';
import type { MethodContext } from './xml-rpc-calls.js';

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ApiCall {
  readonly context: MethodContext;
  readonly method: string;
  readonly version: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Null: as the site, which skips capabilities. */
  readonly can: ((capability: string) => boolean) | null;
}

export const error = (status: number, code: string, message: string): ApiAnswer => ({ status, body: { error: code, message } });

export function runJsonApi(context: MethodContext, params: readonly XmlRpcValue[]): Result<XmlRpcValue> & { status?: number } {
  const [request, verify] = params;
  const [method, url, body] = Array.isArray(request) ? (request as readonly XmlRpcValue[]) : [];
  const actor = Array.isArray(verify) && verify[0] === 'internal' ? Number(verify[1]) : null;
  const { connection, tables } = context.site;
  const token = actor === null ? connection.blogToken : connection.userTokens.get(actor)?.split('.').slice(0, 2).join('.');
  if (!token || (actor === null && verify !== false)) return { ok: true, value: false };
  const match = /^https?:\/\/[^/]+\/rest\/v(1(?:\.[0-3])?)\/sites\/[^/]+(\/[^?]*)?(?:\?.*)?$/.exec(String(url));
  const user = actor === null ? undefined : tables.users.get(actor);
  const answer = !match ? { status: 404, body: '' } : answerApi({
    context, method: String(method), version: match[1] ?? '1', path: (match[2] ?? '').replace(/\/$/, ''), body: readBody(body), can: user ? (capability) => capabilitiesOf(user).has(capability) : null,
  });
  const text = answer.body === '' ? '' : JSON.stringify(answer.body);
  const nonce = createNonce();
  return { ok: true, value: [text, nonce, createHmac('md5', token).update(nonce + text).digest('hex')], status: answer.status };
}

function readBody(body: unknown): Record<string, unknown> {
  if (typeof body !== 'string' || body === '') return {};
  if (!body.startsWith('{')) return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function answerApi(call: ApiCall): ApiAnswer {
  const { path, method } = call;
  if (path === '/plugins' && method === 'GET') return requires(call, 'activate_plugins') ?? { status: 200, body: { plugins: pluginFiles(call).map((file) => describePlugin(call, file)) } };
  const zip = /^\/(plugins|themes)\/(new|replace)$/.exec(path);
  if (zip && method === 'POST') return requires(call, zip[1] === 'plugins' ? 'install_plugins' : 'install_themes') ?? (zip[2] === 'replace' ? requires(call, zip[1] === 'plugins' ? 'update_plugins' : 'update_themes') : null) ?? refusesFiles(call)
    ?? (zip[1] === 'plugins' ? installFromZip(call, zip[2] === 'replace') : installThemeFromZip(call, zip[2] === 'replace'));
  const plugin = /^\/plugins\/([^/]+?)(?:\/(update|delete|install))?$/.exec(path);
  if (plugin?.[1] !== undefined) return onePlugin(call, decodeURIComponent(plugin[1]), plugin[2] ?? null);
  if (path === '/themes' || path.startsWith('/themes/')) return answerThemes(call);
  if (path === '/updates' && method === 'GET') return needsUser(call, 'manage_options') ?? { status: 200, body: call.context.site.tables.callables.get('updates') };
  if (path === '/core' || path === '/translations') return needsUser(call, 'manage_options') ?? switchUpdates(call, path === '/core' ? 'auto_update_core_major' : 'auto_update_translations');
  if (path === '/core/update' && method === 'POST') return needsUser(call, 'update_core') ?? refusesFiles(call) ?? updateCore(call);
  if (path === '/translations/update' && method === 'POST') return needsUser(call, 'update_core') ?? refusesFiles(call) ?? updateTranslations(call);
  return { status: 404, body: '' };
}

export function requires({ can }: ApiCall, capability: string): ApiAnswer | null {
  return can === null || can(capability) ? null : error(403, 'unauthorized', 'This user is not authorized to do that on this blog.');
}

export function needsUser(call: ApiCall, capability: string): ApiAnswer | null {
  return call.can === null ? error(403, 'unauthorized', 'This endpoint needs a user.') : requires(call, capability);
}

interface PluginHeaders { readonly Name: string; readonly Version: string; readonly Description: string; readonly Author: string; readonly AuthorURI: string; readonly PluginURI: string; readonly Network: boolean }

function plugins({ context }: ApiCall): Record<string, PluginHeaders> {
  return (context.site.tables.callables.get('get_plugins') ?? {}) as Record<string, PluginHeaders>;
}

function pluginFiles(call: ApiCall): string[] {
  return Object.keys(plugins(call));
}

function newVersion({ context }: ApiCall, file: string): string | null {
  const transient = context.site.tables.options.get('_site_transient_update_plugins') as { response?: Record<string, { new_version: string }> } | undefined;
  return transient?.response?.[file]?.new_version ?? null;
}

function describePlugin(call: ApiCall, file: string, log: readonly string[] = []): Record<string, unknown> {
  const headers = plugins(call)[file];
  const id = file.replace(/\.php$/, '');
  const { options } = call.context.site.tables;
  const active = ((options.get('active_plugins') as string[] | undefined) ?? []).includes(file);
  const update = newVersion(call, file);
  const names = call.version === '1.2' ? { name: id, display_name: headers?.Name } : { id, name: headers?.Name };
  return {
    ...names, slug: id.split('/')[0], active, plugin_url: headers?.PluginURI, version: headers?.Version, description: headers?.Description, author: headers?.Author, author_url: headers?.AuthorURI,
    network: headers?.Network ?? false, autoupdate: ((options.get('auto_update_plugins') as string[] | undefined) ?? []).includes(file), autoupdate_translation: false,
    ...(update === null ? {} : { update: { slug: id.split('/')[0], new_version: update } }), uninstallable: false, action_links: [], ...(log.length > 0 ? { log } : {}),
  };
}

function onePlugin(call: ApiCall, id: string, verb: string | null): ApiAnswer {
  const refused = requires(call, verb === 'install' ? 'install_plugins' : verb === 'delete' ? 'delete_plugins' : 'activate_plugins');
  if (refused) return refused;
  const { site, events } = call.context;
  const file = `${id}.php`;
  if (verb === 'install') return refusesFiles(call) ?? installPlugin(call, id);
  if (!plugins(call)[file]) return error(404, 'unknown_plugin', 'Plugin could not be found.');
  if (call.method === 'GET') return { status: 200, body: describePlugin(call, file) };
  const action = verb ?? (typeof call.body['action'] === 'string' ? call.body['action'] : null);
  if (action === 'update') return requires(call, 'update_plugins') ?? refusesFiles(call) ?? updatePlugin(call, file);
  if (action === 'delete') {
    const refusedFiles = refusesFiles(call);
    if (refusedFiles) return refusedFiles;
    if (((site.tables.options.get('active_plugins') as string[] | undefined) ?? []).includes(file)) return error(400, 'delete_plugin_error', 'You cannot delete a plugin while it is active on the main site.');
    const { [file]: gone, ...rest } = plugins(call);
    const described = describePlugin(call, file);
    events.setCallable('get_plugins', rest);
    events.emit('deleted_plugin', [file, true, { name: gone?.Name ?? '', version: gone?.Version ?? '' }]);
    return { status: 200, body: described };
  }
  if (call.body['active'] !== undefined) events.setPluginActive(file, call.body['active'] === true || call.body['active'] === 'true');
  if (call.body['autoupdate'] !== undefined) {
    const before = (site.tables.options.get('auto_update_plugins') as string[] | undefined) ?? [];
    site.tables.options.set('auto_update_plugins', call.body['autoupdate'] ? [...new Set([...before, file])] : before.filter((name) => name !== file));
  }
  return { status: 200, body: describePlugin(call, file) };
}

function updatePlugin(call: ApiCall, file: string): ApiAnswer {
  const { events, site } = call.context;
  const version = newVersion(call, file);
  if (version === null) return { status: 200, body: describePlugin(call, file, ['No update needed']) };
  const headers = { ...plugins(call)[file], Version: version };
  const transient = site.tables.options.get('_site_transient_update_plugins') as { response: Record<string, unknown> };
  const { [file]: _done, ...response } = transient.response;
  site.tables.options.set('_site_transient_update_plugins', { ...transient, response });
  events.setCallable('get_plugins', { ...plugins(call), [file]: headers });
  events.emit('jetpack_plugins_updated', [[{ slug: file, ...headers }], { is_autoupdate: false }]);
  return { status: 200, body: describePlugin(call, file, ['Plugin updated successfully.']) };
}

/** Without direct access to the files WordPress would ask a person for a password. */
export function refusesFiles({ context }: ApiCall): ApiAnswer | null {
  const { callables, constants } = context.site.tables;
  if (constants.get('DISALLOW_FILE_MODS') === true) return error(403, 'unauthorized', 'This user is not authorized to do that on this blog.');
  return callables.get('has_file_system_write_access') === false ? error(400, 'fs_unavailable', 'Could not access filesystem.') : null;
}

function installFromZip(call: ApiCall, mayReplace: boolean): ApiAnswer {
  const [first] = Array.isArray(call.body['zip']) ? (call.body['zip'] as { id?: unknown }[]) : [];
  const content = call.context.site.code.zips.get(Number(first?.id));
  if (!content) return error(400, 'no_files', 'No zip among the media.');
  const found = pluginInZip(content);
  if (!found) return error(400, 'incompatible_archive_no_plugins', 'No valid plugins were found.');
  if (plugins(call)[found.file] && !mayReplace) return error(400, 'folder_exists', 'Destination folder already exists.');
  const headers = { Description: '', Author: '', AuthorURI: '', PluginURI: '', Network: false, ...plugins(call)[found.file], Name: found.name, Version: found.version };
  call.context.events.setCallable('get_plugins', { ...plugins(call), [found.file]: headers });
  call.context.events.emit('jetpack_plugin_installed', [[{ slug: found.file, ...headers }]]);
  return { status: 200, body: describePlugin(call, found.file) };
}

function installPlugin(call: ApiCall, slug: string): ApiAnswer {
  if (!/^[a-z0-9-]+$/.test(slug)) return error(400, 'invalid_plugin', 'Expected the slug of a plugin.');
  const file = `${slug}/${slug}.php`;
  if (plugins(call)[file]) return error(400, 'plugin_already_installed', 'The plugin is already installed.');
  const headers = { Name: slug, Version: '1.0', Description: '', Author: '', AuthorURI: '', PluginURI: '', Network: false };
  call.context.events.setCallable('get_plugins', { ...plugins(call), [file]: headers });
  call.context.events.emit('jetpack_plugin_installed', [[{ slug: file, ...headers }]]);
  return { status: 200, body: describePlugin(call, file) };
}

function updateCore(call: ApiCall): ApiAnswer {
  const { events, site } = call.context;
  const before = String(site.tables.callables.get('wp_version'));
  const version = typeof call.body['version'] === 'string' ? call.body['version'] : '7.1.1';
  if (version === before) return error(400, 'up_to_date', 'WordPress is at the latest version.');
  events.setCallable('wp_version', version);
  events.setCallable('updates', { ...(site.tables.callables.get('updates') as object), wordpress: 0 });
  events.emit('jetpack_sync_core_updated_successfully', [version, before]);
  return { status: 200, body: { version, log: [] } };
}

/** Whether WordPress, or its translations, update themselves. */
function switchUpdates({ context, body, version }: ApiCall, option: string): ApiAnswer {
  const { options } = context.site.tables;
  if (body['autoupdate'] !== undefined) options.set(option, body['autoupdate'] === true);
  return { status: 200, body: { version, autoupdate: options.get(option) === true } };
}

function updateTranslations({ context }: ApiCall): ApiAnswer {
  const { events, site } = context;
  events.setCallable('updates', { ...(site.tables.callables.get('updates') as object), translations: 0 });
  return { status: 200, body: { log: [] } };
}
