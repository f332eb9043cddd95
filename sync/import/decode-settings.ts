// What a site says of itself: settings, registrations, plugins and themes, from answers of REST to the options and callables
// that a sync would have sent. All pass the allow-lists of sync/decode/privacy like any other.
import { z } from 'zod';
import type { DomainChange, Json } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { changesOfSetting } from '../decode/settings.js';
import { json, label, nameText, text } from '../decode/shapes.js';
import { rawText } from '../decode/rest-shapes.js';
import { rowsOfShape, type RestTaxonomy, type RestType } from './answer-shapes.js';

export type SettingFacts = readonly (readonly ['OPTION' | 'CALLABLE' | 'NETWORK_OPTION' | 'CONSTANT', name: string, value: Json])[];

export function changesOfFacts(facts: SettingFacts, rev: Rev): DomainChange[] {
  return facts.flatMap(([kind, name, value]) => changesOfSetting(kind, name, value, rev));
}

type Map = Readonly<Record<string, Json>>;

export function mapOfJson(value: Json | undefined): Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Map) : {};
}

/** Members of the settings that have another name as an option. */
const OPTION_NAMES: Readonly<Record<string, string>> = { title: 'blogname', description: 'blogdescription', email: 'admin_email', timezone: 'timezone_string' };

/** `wp/v2/settings`; what plugins add to it is kept where an option of that name may be. */
export function factsOfSettings(settings: Json): SettingFacts {
  const { url: _url, language, ...options } = mapOfJson(settings);
  const facts = Object.entries(options).map(([name, value]) => ['OPTION', OPTION_NAMES[name] ?? name, value] as const);
  return [...facts, ['CALLABLE', 'locale', typeof language === 'string' && language !== '' ? language : 'en_US']];
}

/** The index of the REST API. */
export function factsOfIndex(index: Json): SettingFacts {
  const { home, url, timezone_string: zone, gmt_offset: offset, site_icon_url: icon } = mapOfJson(index);
  const facts: SettingFacts = [['CALLABLE', 'home_url', home ?? null], ['CALLABLE', 'site_url', url ?? null], ['CALLABLE', 'site_icon_url', icon || false], ['OPTION', 'gmt_offset', offset ?? 0]];
  return typeof zone === 'string' && zone !== '' ? [...facts, ['CALLABLE', 'timezone', zone], ['OPTION', 'timezone_string', zone]] : facts;
}

/** What links tell about how addresses are made; see links.ts. */
export interface LinkFacts {
  /** Null when it cannot be told. */
  readonly structure: string | null;
  readonly categoryBase: string | null;
  readonly tagBase: string | null;
  /** By taxonomy and by post type. */
  readonly rewrites: Readonly<Record<string, Json>>;
}

export function factsOfLinks(links: LinkFacts): SettingFacts {
  const known = [['permalink_structure', links.structure], ['category_base', links.categoryBase], ['tag_base', links.tagBase]] as const;
  return known.flatMap(([name, value]) => (value === null ? [] : [['OPTION', name, value] as const]));
}

/** Registered post types. WordPress maps meta capabilities exactly for the types that name the finer ones. */
export function factsOfTypes(types: readonly RestType[], links: LinkFacts): SettingFacts {
  const described = types.map((type): [string, Json] => {
    const visibility = mapOfJson(type.visibility);
    const isPublic = type.viewable === true;
    const described: Json = {
      name: type.slug, label: type.name, labels: type.labels, description: type.description, hierarchical: type.hierarchical, public: isPublic, publicly_queryable: isPublic,
      show_ui: visibility['show_ui'] ?? isPublic, show_in_nav_menus: visibility['show_in_nav_menus'] ?? isPublic, show_in_rest: true, rest_base: type.rest_base || type.slug,
      has_archive: type.has_archive ?? false, taxonomies: type.taxonomies, cap: type.capabilities, map_meta_cap: 'edit_published_posts' in mapOfJson(type.capabilities),
      rewrite: links.rewrites[type.slug] ?? false,
    };
    return [type.slug, described];
  });
  const features = types.map((type): [string, Json] => [type.slug, mapOfJson(type.supports)]);
  return [['CALLABLE', 'post_types', Object.fromEntries(described)], ['CALLABLE', 'post_type_features', Object.fromEntries(features)]];
}

export function factsOfTaxonomies(taxonomies: readonly RestTaxonomy[], links: LinkFacts): SettingFacts {
  const described = taxonomies.map((taxonomy): [string, Json] => {
    const visibility = mapOfJson(taxonomy.visibility);
    const described: Json = {
      name: taxonomy.slug, label: taxonomy.name, labels: taxonomy.labels, description: taxonomy.description, hierarchical: taxonomy.hierarchical,
      public: visibility['public'] ?? false, publicly_queryable: visibility['publicly_queryable'] ?? false, show_ui: visibility['show_ui'] ?? false,
      show_in_nav_menus: visibility['show_in_nav_menus'] ?? false, show_tagcloud: taxonomy.show_cloud, show_in_quick_edit: visibility['show_in_quick_edit'] ?? false,
      show_admin_column: visibility['show_admin_column'] ?? false, show_in_rest: true, rest_base: taxonomy.rest_base || taxonomy.slug, object_type: taxonomy.types,
      cap: taxonomy.capabilities, rewrite: links.rewrites[taxonomy.slug] ?? false, query_var: queryVar(taxonomy.slug, visibility),
    };
    return [taxonomy.slug, described];
  });
  return [['CALLABLE', 'taxonomies', Object.fromEntries(described)]];
}

function queryVar(slug: string, visibility: Map): Json {
  if (slug === 'category') return 'category_name';
  if (slug === 'post_tag') return 'tag';
  return visibility['publicly_queryable'] === true ? slug : false;
}

const pluginShape = z.object({
  plugin: nameText, status: text, name: text, plugin_uri: label, author: label, author_uri: label, description: rawText, version: text, network_only: json,
  requires_wp: label, requires_php: label, textdomain: label,
});

/** `wp/v2/plugins?context=edit`. It names a plugin by its file without '.php'. */
export function factsOfPlugins(answer: Json): SettingFacts {
  const plugins = rowsOfShape(pluginShape, answer).map((row) => ({ ...row, file: `${row.plugin}.php` }));
  const headers = plugins.map((row): [string, Json] => [
    row.file,
    {
      Name: row.name, Title: row.name, PluginURI: row.plugin_uri, Version: row.version, Description: row.description, Author: row.author, AuthorName: row.author,
      AuthorURI: row.author_uri, TextDomain: row.textdomain, Network: row.network_only === true, RequiresWP: row.requires_wp, RequiresPHP: row.requires_php,
    },
  ]);
  const wide = plugins.filter((row) => row.status === 'network-active');
  const active = plugins.filter((row) => row.status === 'active').map((row) => row.file).sort();
  const facts: SettingFacts = [['CALLABLE', 'get_plugins', Object.fromEntries(headers)], ['OPTION', 'active_plugins', active]];
  if (wide.length === 0) return facts;
  return [...facts, ['CALLABLE', 'is_multi_site', true], ['NETWORK_OPTION', 'active_sitewide_plugins', Object.fromEntries(wide.map((row) => [row.file, 1]))]];
}

const themeShape = z.object({
  stylesheet: nameText, template: text, status: text, version: text, name: rawText, theme_uri: rawText, author: rawText, author_uri: rawText, description: rawText,
  textdomain: label, requires_wp: label, requires_php: label, is_block_theme: json, theme_supports: json,
});

/** `wp/v2/themes?context=edit` and the menus of the active theme's locations. */
export function factsOfThemes(answer: Json, locations: Json): SettingFacts {
  const themes = rowsOfShape(themeShape, answer);
  const headers = themes.map((row): [string, Json] => [
    row.stylesheet,
    {
      Name: row.name, ThemeURI: row.theme_uri, Author: row.author, AuthorURI: row.author_uri, Description: row.description, Version: row.version,
      Template: row.template === row.stylesheet ? '' : row.template, Status: 'publish', TextDomain: row.textdomain, RequiresWP: row.requires_wp, RequiresPHP: row.requires_php,
      active: row.status === 'active', ...(typeof row.is_block_theme === 'boolean' ? { is_block_theme: row.is_block_theme } : {}),
    },
  ]);
  const active = themes.find((row) => row.status === 'active');
  const facts: SettingFacts = [['CALLABLE', 'get_themes', Object.fromEntries(headers)]];
  if (active === undefined) return facts;
  const menus = Object.entries(mapOfJson(locations)).map(([name, location]): [string, Json] => [name, mapOfJson(location)['menu'] ?? 0]);
  const supports = { ...mapOfJson(active.theme_supports), ...(menus.length > 0 ? { menus: true } : {}) };
  return [
    ...facts,
    ['OPTION', 'stylesheet', active.stylesheet],
    ['CALLABLE', 'theme_support', supports],
    ...(typeof active.is_block_theme === 'boolean' ? [['CALLABLE', 'is_fse_theme', active.is_block_theme] as const] : []),
    ['OPTION', `theme_mods_${active.stylesheet}`, { nav_menu_locations: Object.fromEntries(menus.filter(([, menu]) => menu !== 0)) }],
  ];
}
