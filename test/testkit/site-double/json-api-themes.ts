// The endpoints of the double's JSON API for themes: list, switch, update, install from the directory or a zip, delete, automatic updates, with the
// refusals of the real one. Called by json-api.ts.
import { error, refusesFiles, requires, type ApiAnswer, type ApiCall } from './json-api.js';
import { themeInZip } from './plugin-zip.js';

interface Theme {
  readonly Name: string;
  readonly Version: string;
  readonly Template?: string;
}

function themes({ context }: ApiCall): Record<string, Theme> {
  return (context.site.tables.callables.get('get_themes') ?? {}) as Record<string, Theme>;
}

function activeTheme({ context }: ApiCall): string {
  return String(context.site.tables.options.get('stylesheet') ?? '');
}

function autoUpdated({ context }: ApiCall): string[] {
  return (context.site.tables.options.get('auto_update_themes') as string[] | undefined) ?? [];
}

function describeTheme(call: ApiCall, slug: string): Record<string, unknown> {
  return { id: slug, name: themes(call)[slug]?.Name ?? slug, version: themes(call)[slug]?.Version ?? '', active: slug === activeTheme(call), autoupdate: autoUpdated(call).includes(slug) };
}

const facts = (call: ApiCall, slug: string): Record<string, string> => ({ name: themes(call)[slug]?.Name ?? slug, version: themes(call)[slug]?.Version ?? '', slug, uri: '' });

/** Everything below /themes but zips. */
export function answerThemes(call: ApiCall): ApiAnswer {
  const { path, method } = call;
  if (path === '/themes') return method === 'GET' ? requires(call, 'switch_themes') ?? { status: 200, body: { found: Object.keys(themes(call)).length, themes: Object.keys(themes(call)).map((slug) => describeTheme(call, slug)) } } : { status: 404, body: '' };
  if (path === '/themes/mine') return method === 'GET' ? { status: 200, body: describeTheme(call, activeTheme(call)) } : requires(call, 'switch_themes') ?? switchTheme(call);
  const [, encoded, verb] = /^\/themes\/([^/]+?)(?:\/(install|delete))?$/.exec(path) ?? [];
  if (encoded === undefined) return { status: 404, body: '' };
  return oneTheme(call, decodeURIComponent(encoded), verb ?? null);
}

function oneTheme(call: ApiCall, slug: string, verb: string | null): ApiAnswer {
  const capability = verb === 'install' ? 'install_themes' : verb === 'delete' ? 'delete_themes' : call.method === 'POST' ? 'update_themes' : 'switch_themes';
  const refused = requires(call, capability);
  if (refused) return refused;
  if (verb === 'install') return refusesFiles(call) ?? (themes(call)[slug] ? error(400, 'theme_already_installed', 'The theme is already installed.') : putTheme(call, slug, { Name: slug, Version: '1.0' }, 'jetpack_installed_theme'));
  if (!themes(call)[slug]) return error(404, 'unknown_theme', 'Theme not found.');
  if (verb === 'delete') return refusesFiles(call) ?? deleteTheme(call, slug);
  if (call.body['action'] === 'update') return refusesFiles(call) ?? updateTheme(call, slug);
  if (call.body['autoupdate'] !== undefined) {
    call.context.site.tables.options.set('auto_update_themes', call.body['autoupdate'] === true ? [...new Set([...autoUpdated(call), slug])] : autoUpdated(call).filter((name) => name !== slug));
  }
  return { status: 200, body: describeTheme(call, slug) };
}

function switchTheme(call: ApiCall): ApiAnswer {
  const slug = String(call.body['theme'] ?? '');
  const previous = activeTheme(call);
  if (!themes(call)[slug]) return error(404, 'unknown_theme', 'Theme not found.');
  call.context.events.setOption('stylesheet', slug);
  call.context.events.emit('jetpack_sync_current_theme_support', [facts(call, slug), facts(call, previous)]);
  return { status: 200, body: describeTheme(call, slug) };
}

function deleteTheme(call: ApiCall, slug: string): ApiAnswer {
  const active = activeTheme(call);
  if (slug === active || themes(call)[active]?.Template === slug) return error(400, 'delete_theme_error', 'The active theme cannot be deleted.');
  const [described, told] = [describeTheme(call, slug), facts(call, slug)];
  const { [slug]: _gone, ...rest } = themes(call);
  call.context.events.setCallable('get_themes', rest);
  call.context.events.emit('jetpack_deleted_theme', [slug, told]);
  return { status: 200, body: described };
}

/** WordPress itself says nothing when there is no newer version, and the endpoint answers that it failed. */
function updateTheme(call: ApiCall, slug: string): ApiAnswer {
  const { options } = call.context.site.tables;
  const transient = options.get('_site_transient_update_themes') as { response?: Record<string, { new_version: string; package?: string }> } | undefined;
  const { [slug]: offer, ...response } = transient?.response ?? {};
  if (!offer) return error(400, 'update_fail', 'There is no newer version.');
  if ((offer.package ?? '') === '') return error(400, 'no_package', 'Update package not available.');
  options.set('_site_transient_update_themes', { ...transient, response });
  return putTheme(call, slug, { ...(themes(call)[slug] as Theme), Version: offer.new_version }, 'jetpack_updated_themes');
}

function putTheme(call: ApiCall, slug: string, theme: Theme, action: 'jetpack_installed_theme' | 'jetpack_updated_themes'): ApiAnswer {
  const { events } = call.context;
  events.setCallable('get_themes', { ...themes(call), [slug]: theme });
  const told = { name: theme.Name, version: theme.Version, uri: '' };
  events.emit(action, action === 'jetpack_installed_theme' ? [slug, told] : [{ [slug]: { ...told, stylesheet: slug } }]);
  return { status: 200, body: describeTheme(call, slug) };
}

/** A theme from a zip among the media. */
export function installThemeFromZip(call: ApiCall, mayReplace: boolean): ApiAnswer {
  const [first] = Array.isArray(call.body['zip']) ? (call.body['zip'] as { id?: unknown }[]) : [];
  const content = call.context.site.code.zips.get(Number(first?.id));
  if (!content) return error(400, 'no_files', 'No zip among the media.');
  const found = themeInZip(content);
  if (!found) return error(400, 'incompatible_archive_theme_no_style', 'The theme is missing the style.css stylesheet.');
  if (themes(call)[found.slug] && !mayReplace) return error(400, 'folder_exists', 'Destination folder already exists.');
  return putTheme(call, found.slug, { ...themes(call)[found.slug], Name: found.name, Version: found.version }, 'jetpack_installed_theme');
}
