// Plugins, themes, widgets and updates. What is installed comes as callables and options; the events add when and how.
// Download addresses of updates can carry licence keys and are never taken.
import { z } from 'zod';
import type { AuditDraft, DomainChange, Json } from '../../core/changes.js';
import { auditLine, short } from './audit.js';
import { decoder, ignoringArguments, type Decoder, type DecoderTable, type ItemContext } from './item.js';
import { admitUpdates, withoutQuery } from './privacy.js';
import { upsertSetting } from './settings.js';
import { flag, json, label, listOf, mapOf, membersOf, nameText, positional } from './shapes.js';

/** Headers of a plugin or theme file that are kept with an event, under the names that `get_plugins` and `get_themes` use. */
const HEADERS: readonly string[] = [
  'Name', 'Version', 'Title', 'Description', 'Author', 'AuthorName', 'AuthorURI', 'PluginURI', 'ThemeURI', 'TextDomain', 'DomainPath', 'Network',
  'RequiresWP', 'RequiresPHP', 'RequiresPlugins', 'Template', 'Status', 'WC requires at least', 'WC tested up to',
];

/** Most events spell three headers in small letters and bring no others. */
const headersShape = mapOf(json).transform((row) => {
  const headers: { [name: string]: Json } = {};
  for (const name of HEADERS) {
    const value = row[name];
    if (typeof value === 'boolean' || (typeof value === 'string' && value !== '')) headers[name] = value;
  }
  const said = { Name: label.parse(row['name']), Version: label.parse(row['version']), ThemeURI: withoutQuery(label.parse(row['uri'])) };
  for (const [name, value] of Object.entries(said)) if (value !== '') headers[name] ??= value;
  return { headers, name: label.parse(headers['Name'] ?? headers['Title']), version: label.parse(headers['Version']) };
});
type Headers = z.output<typeof headersShape>;
const optionalHeaders = headersShape.optional().catch(undefined);

type ExtensionKind = 'PLUGIN_EVENT' | 'THEME_EVENT';

type EventName =
  | 'installed' | 'updated' | 'update-failed' | 'deleted' | 'activated' | 'deactivated' | 'edited' | 'network-enabled' | 'network-disabled';

/** What an event says besides the headers: `networkWide` of a switch, `success` false of a deletion that failed. */
type EventFacts = { readonly networkWide?: boolean; readonly success?: boolean; readonly errorCode?: string };

/** The last thing that happened to a plugin (by file) or theme (by stylesheet): the event's name, its facts and the headers it brought. */
function lastEvent(
  kind: ExtensionKind, key: string, event: EventName, extension: Headers | undefined, item: ItemContext, facts: EventFacts = {},
): DomainChange {
  const value: { [name: string]: Json } = { ...extension?.headers, event, ...facts };
  return upsertSetting(kind, key, { value, redacted: false }, item.rev);
}

function nameOf(key: string, headers: Headers | undefined): string {
  const name = short(headers?.name || key);
  return headers?.version ? `${name} ${short(headers.version)}` : name;
}

function line(item: ItemContext, kind: ExtensionKind, key: string | null, label: string, summary: string): AuditDraft {
  const typename = kind === 'PLUGIN_EVENT' ? 'InstalledPlugin' : 'InstalledTheme';
  return auditLine(item, { category: 'EXTENSION', typename, localId: key, label, summary });
}

function pluginSwitched(event: 'activated' | 'deactivated', verb: string): Decoder {
  return decoder(positional({ file: nameText, networkWide: flag, headers: optionalHeaders }), ({ file, networkWide, headers }, item) => ({
    changes: [lastEvent('PLUGIN_EVENT', file, event, headers, item, { networkWide })],
    audit: line(item, 'PLUGIN_EVENT', file, headers?.name || file, `${verb} plugin ${nameOf(file, headers)}${networkWide ? ' for the network' : ''}`),
  }));
}

const pluginDeleted = decoder(positional({ file: nameText, success: flag, headers: optionalHeaders }), ({ file, success, headers }, item) => ({
  changes: [lastEvent('PLUGIN_EVENT', file, 'deleted', headers, item, { success })],
  audit: line(item, 'PLUGIN_EVENT', file, headers?.name || file, `${success ? 'Deleted' : 'Could not delete'} plugin ${nameOf(file, headers)}`),
}));

const pluginRow = z.object({ slug: nameText }).loose().transform((row) => ({ slug: row.slug, ...headersShape.parse(row) }));
const updateFlags = membersOf({ is_autoupdate: flag.optional() }).optional().catch(undefined);

function pluginsChanged(event: 'installed' | 'updated', verb: string): Decoder {
  return decoder(positional({ plugins: listOf(pluginRow), flags: updateFlags }), ({ plugins, flags }, item) => {
    const [only] = plugins;
    if (only === undefined) return { changes: [], audit: null };
    const automatic = flags?.is_autoupdate === true;
    const names = plugins.map((plugin) => nameOf(plugin.slug, plugin)).join(', ');
    const one = plugins.length === 1;
    const summary = `${automatic ? 'Automatically ' + verb.toLowerCase() : verb} ${one ? 'plugin' : `${plugins.length} plugins:`} ${short(names)}`;
    return {
      changes: plugins.map((plugin) => lastEvent('PLUGIN_EVENT', plugin.slug, event, plugin, item)),
      audit: line(item, 'PLUGIN_EVENT', one ? only.slug : null, one ? only.name || only.slug : 'Plugins', summary),
    };
  });
}

/** The message of a failed update can show paths and download addresses; the code says enough. */
const pluginUpdateFailed = decoder(positional({ plugin: pluginRow, code: label, message: json, flags: updateFlags }), ({ plugin, code, flags }, item) => {
  const errorCode = /^[a-z0-9_-]{1,80}$/i.test(code) ? code : '';
  const automatic = flags?.is_autoupdate === true ? ' automatically' : '';
  const summary = `Could not${automatic} update plugin ${nameOf(plugin.slug, plugin)}${errorCode === '' ? '' : ` (${errorCode})`}`;
  return {
    changes: [lastEvent('PLUGIN_EVENT', plugin.slug, 'update-failed', plugin, item, { errorCode })],
    audit: line(item, 'PLUGIN_EVENT', plugin.slug, plugin.name || plugin.slug, summary),
  };
});

function editedOrInstalled(kind: ExtensionKind, event: EventName, sentence: string): Decoder {
  return decoder(positional({ key: nameText, headers: optionalHeaders }), ({ key, headers }, item) => ({
    changes: [lastEvent(kind, key, event, headers, item)],
    audit: line(item, kind, key, headers?.name || key, `${sentence} ${nameOf(key, headers)}`),
  }));
}

const themesShape = mapOf(headersShape);

function themesChanged(event: EventName, verb: string): Decoder {
  return decoder(positional({ bySlug: themesShape }), ({ bySlug }, item) => {
    const rows = Object.entries(bySlug);
    const [only] = rows;
    if (only === undefined) return { changes: [], audit: null };
    const one = rows.length === 1;
    const names = rows.map(([slug, headers]) => nameOf(slug, headers)).join(', ');
    const themes = one ? 'theme' : `${rows.length} themes:`;
    return {
      changes: rows.map(([slug, headers]) => lastEvent('THEME_EVENT', slug, event, headers, item)),
      audit: line(item, 'THEME_EVENT', one ? only[0] : null, one ? only[1].name || only[0] : 'Themes', `${verb} ${themes} ${short(names)}`),
    };
  });
}

/** The active theme, as a switch of themes and a full sync send it. */
export const activeThemeShape = z.object({ name: label, version: label, slug: nameText, uri: label });

export function upsertActiveTheme(theme: z.output<typeof activeThemeShape>, item: ItemContext): DomainChange {
  return upsertSetting('STATS', 'active_theme', { value: theme, redacted: false }, item.rev);
}

const previousTheme = z.object({ name: label, slug: label }).optional().catch(undefined);

const themeSwitched = decoder(positional({ theme: activeThemeShape, previous: previousTheme }), ({ theme, previous }, item) => {
  const change = { field: 'activeTheme', before: previous?.slug ?? null, after: theme.slug, redacted: false };
  return {
    changes: [upsertActiveTheme(theme, item), lastEvent('THEME_EVENT', theme.slug, 'activated', headersShape.parse(theme), item)],
    audit: {
      ...line(item, 'THEME_EVENT', theme.slug, theme.name || theme.slug, `Switched to theme ${nameOf(theme.slug, headersShape.parse(theme))}`),
      fieldChanges: [change],
    },
  };
});

function widgetLine(item: ItemContext, localId: string | null, label: string, summary: string): AuditDraft {
  return auditLine(item, { category: 'SETTINGS', typename: 'Widget', localId, label, summary });
}

function widgetMoved(sentence: string, preposition: string): Decoder {
  const shape = positional({ sidebar: label, widgetId: label, sidebarName: label, widgetName: label });
  return decoder(shape, ({ sidebar, widgetId, sidebarName, widgetName }, item) => {
    const widget = short(widgetName || widgetId);
    return { changes: [], audit: widgetLine(item, widgetId, widget, `${sentence} widget ${widget} ${preposition} ${short(sidebarName || sidebar)}`) };
  });
}

const widgetsInactive = decoder(positional({ ids: listOf(label), names: listOf(label).optional().catch(undefined) }), ({ ids, names }, item) => ({
  changes: [],
  audit: widgetLine(item, null, 'Widgets', `Made widgets inactive: ${short((names ?? ids).join(', '))}`),
}));

const widgetsReordered = decoder(positional({ sidebar: label, sidebarName: label }), ({ sidebar, sidebarName }, item) => ({
  changes: [],
  audit: widgetLine(item, null, short(sidebarName || sidebar), `Reordered the widgets of ${short(sidebarName || sidebar)}`),
}));

const widgetEdited = decoder(positional({ widget: z.object({ name: label, id: label }) }), ({ widget }, item) => ({
  changes: [],
  audit: widgetLine(item, widget.id, short(widget.name || widget.id), `Edited widget ${short(widget.name || widget.id)}`),
}));

const widgetsCleared = ignoringArguments((item) => ({ changes: [], audit: widgetLine(item, null, 'Widgets', 'Removed the inactive widgets') }));

/** The offered updates of one kind; no list (false) is stored as null. */
export function upsertUpdates(name: 'plugins' | 'themes' | 'core', transient: Json, item: ItemContext): DomainChange {
  return upsertSetting('UPDATES', name, { value: admitUpdates(transient), redacted: false }, item.rev);
}

function updatesOffered(name: 'plugins' | 'themes' | 'core'): Decoder {
  return decoder(positional({ transient: json }), ({ transient }, item) => ({ changes: [upsertUpdates(name, transient, item)], audit: null }));
}

function coreLine(item: ItemContext, summary: string): AuditDraft {
  return auditLine(item, { category: 'EXTENSION', typename: 'WordPress', localId: null, label: 'WordPress', summary });
}

function coreUpdated(verb: string): Decoder {
  return decoder(positional({ version: label, old: label }), ({ version, old }, item) => ({
    changes: [],
    audit: coreLine(item, `${verb} WordPress${old === '' ? '' : ` from ${short(old)}`} to ${short(version)}`),
  }));
}

const coreReinstalled = decoder(positional({ version: label }), ({ version }, item) => ({
  changes: [],
  audit: coreLine(item, `Reinstalled WordPress ${short(version)}`),
}));

const networkUpdated = decoder(positional({ dbVersion: label, oldDbVersion: label, version: label }), ({ version }, item) => ({
  changes: [],
  audit: coreLine(item, `Updated the network's database for WordPress ${short(version)}`),
}));

function moduleSwitched(verb: string): Decoder {
  return decoder(positional({ slug: label }), ({ slug }, item) => ({
    changes: [],
    audit: auditLine(item, { category: 'EXTENSION', typename: 'JetpackModule', localId: slug, label: slug, summary: `${verb} Jetpack module ${short(slug)}` }),
  }));
}

export const EXTENSION_DECODERS: DecoderTable = {
  activated_plugin: pluginSwitched('activated', 'Activated'),
  deactivated_plugin: pluginSwitched('deactivated', 'Deactivated'),
  deleted_plugin: pluginDeleted,
  jetpack_plugin_installed: pluginsChanged('installed', 'Installed'),
  jetpack_plugins_updated: pluginsChanged('updated', 'Updated'),
  jetpack_plugin_update_failed: pluginUpdateFailed,
  jetpack_edited_plugin: editedOrInstalled('PLUGIN_EVENT', 'edited', 'Edited the files of plugin'),
  jetpack_sync_current_theme_support: themeSwitched,
  jetpack_installed_theme: editedOrInstalled('THEME_EVENT', 'installed', 'Installed theme'),
  jetpack_edited_theme: editedOrInstalled('THEME_EVENT', 'edited', 'Edited the files of theme'),
  jetpack_deleted_theme: editedOrInstalled('THEME_EVENT', 'deleted', 'Deleted theme'),
  jetpack_updated_themes: themesChanged('updated', 'Updated'),
  jetpack_network_enabled_themes: themesChanged('network-enabled', 'Enabled for the network:'),
  jetpack_network_disabled_themes: themesChanged('network-disabled', 'Disabled for the network:'),
  jetpack_widget_added: widgetMoved('Added', 'to'),
  jetpack_widget_removed: widgetMoved('Removed', 'from'),
  jetpack_widget_moved_to_inactive: widgetsInactive,
  jetpack_widget_reordered: widgetsReordered,
  jetpack_widget_edited: widgetEdited,
  jetpack_cleared_inactive_widgets: widgetsCleared,
  jetpack_update_plugins_change: updatesOffered('plugins'),
  jetpack_update_themes_change: updatesOffered('themes'),
  jetpack_update_core_change: updatesOffered('core'),
  jetpack_sync_core_updated_successfully: coreUpdated('Updated'),
  jetpack_sync_core_autoupdated_successfully: coreUpdated('Automatically updated'),
  jetpack_sync_core_reinstalled_successfully: coreReinstalled,
  jetpack_sync_core_update_network: networkUpdated,
  jetpack_activate_module: moduleSwitched('Activated'),
  jetpack_deactivate_module: moduleSwitched('Deactivated'),
};
