// Reads what a site says of itself: registrations first, because every list follows from them, then settings, plugins, themes
// and how addresses are made. A part that this person may not read is left out and named in the warnings.
import type { DomainChange, Json } from '../../core/changes.js';
import { idList } from '../decode/rest-shapes.js';
import { entriesOfShape, rowsOfShape, taxonomyShape, typeShape, type RestTaxonomy, type RestType } from './answer-shapes.js';
import { restPostShape } from '../decode/rest-posts.js';
import { restTermShape } from './decode-terms.js';
import {
  changesOfFacts, factsOfIndex, factsOfLinks, factsOfPlugins, factsOfSettings, factsOfTaxonomies, factsOfThemes, factsOfTypes, mapOfJson, type LinkFacts, type SettingFacts,
} from './decode-settings.js';
import { baseOption, permalinkStructure, rewriteOf, termBase, type LinkedTerm } from './links.js';
import type { Registrations } from './listings.js';
import { idsOf } from './listing.js';
import { ImportStopped, PAGE_SIZE, type Answer, type SiteReader } from './reader.js';

/** Links that addresses are inferred from. */
const SAMPLE = 20;
const CORE_STATUSES = ['publish', 'future', 'draft', 'pending', 'private', 'trash'] as const;

/** Reads the registrations; throws when the site does not tell them, without which nothing can be read. */
export async function readRegistrations(reader: SiteReader): Promise<Registrations & { readonly index: Answer }> {
  const index = await must(reader, '', { _fields: 'name,home,url,gmt_offset,timezone_string,site_icon_url,namespaces' });
  const types = [...entriesOfShape(typeShape, (await must(reader, 'wp/v2/types', { context: 'edit' })).body).values()];
  const taxonomies = [...entriesOfShape(taxonomyShape, (await must(reader, 'wp/v2/taxonomies', { context: 'edit' })).body).values()];
  const statuses = await reader.ask('wp/v2/statuses', { context: 'edit' });
  const own = statuses.kind === 'answer' ? Object.keys(mapOfJson(statuses.answer.body)).filter((slug) => /^[a-z0-9_-]{1,20}$/.test(slug)) : [];
  const settings = await reader.ask('wp/v2/settings', { _fields: 'language' });
  const language = settings.kind === 'answer' ? mapOfJson(settings.answer.body)['language'] : undefined;
  const namespaces = mapOfJson(index.body)['namespaces'];
  return {
    index,
    types,
    taxonomies,
    statuses: [...new Set([...CORE_STATUSES, ...own])],
    namespaces: Array.isArray(namespaces) ? namespaces.filter((one): one is string => typeof one === 'string') : [],
    locale: typeof language === 'string' && language !== '' ? language : 'en_US',
  };
}

async function must(reader: SiteReader, route: string, query: Record<string, string>): Promise<Answer> {
  const asked = await reader.ask(route, query);
  if (asked.kind === 'refused') throw new ImportStopped('refused', `the site refuses what every import needs: ${asked.message}; connect with an administrator's application password`);
  return asked.answer;
}

/** The address that the site gives for its home, without a trailing slash. */
export function homeOf(index: Json, fallback: string): string {
  const { home } = mapOfJson(index);
  return (typeof home === 'string' && /^https?:/.test(home) ? home : fallback).replace(/\/+$/, '');
}

/** What the site says of itself, as changes; each part has the revision of its own request. */
export async function readSiteFacts(reader: SiteReader, known: Registrations & { readonly index: Answer }, links: LinkFacts, warn: (text: string) => void): Promise<DomainChange[]> {
  const changes = changesOfFacts([...factsOfIndex(known.index.body), ...factsOfLinks(links), ...factsOfTypes(known.types, links), ...factsOfTaxonomies(known.taxonomies, links)], known.index.rev);
  const part = async (route: string, facts: (answer: Json) => SettingFacts | Promise<SettingFacts>) => {
    const asked = await reader.ask(route, { context: 'edit', per_page: PAGE_SIZE });
    if (asked.kind === 'refused') warn(asked.message);
    else changes.push(...changesOfFacts(await facts(asked.answer.body), asked.answer.rev));
  };
  await part('wp/v2/settings', factsOfSettings);
  await part('wp/v2/plugins', factsOfPlugins);
  await part('wp/v2/themes', async (themes) => {
    const locations = await reader.ask('wp/v2/menu-locations', { context: 'edit' });
    return factsOfThemes(themes, locations.kind === 'answer' ? locations.answer.body : {});
  });
  const sticky = await reader.ask('wp/v2/posts', { context: 'edit', sticky: true, status: known.statuses.join(','), per_page: PAGE_SIZE, orderby: 'id', order: 'asc', _fields: 'id' });
  if (sticky.kind === 'answer' && Array.isArray(sticky.answer.body)) changes.push(...changesOfFacts([['OPTION', 'sticky_posts', idList.parse(idsOf(sticky.answer.body))]], sticky.answer.rev));
  return changes;
}

/** How addresses are made, from samples; a dozen requests, so that polls keep what a whole reading found. */
export async function readLinks(reader: SiteReader, { types, taxonomies }: Registrations, homeUrl: string): Promise<LinkFacts> {
  const structure = await readStructure(reader, homeUrl);
  const bases = new Map<string, ReturnType<typeof termBase>>();
  for (const taxonomy of taxonomies) if (mapOfJson(taxonomy.visibility)['publicly_queryable'] === true) bases.set(taxonomy.slug, await readTermBase(reader, taxonomy, homeUrl));
  const rewrites: Record<string, Json> = {};
  for (const [slug, found] of bases) rewrites[slug] = rewriteOf(found, structure);
  for (const type of types) if (type.has_archive === true || typeof type.has_archive === 'string') rewrites[type.slug] = rewriteOf(await readTypeBase(reader, type, homeUrl), structure);
  return { structure, categoryBase: baseOption(bases.get('category') ?? null, 'category', structure), tagBase: baseOption(bases.get('post_tag') ?? null, 'tag', structure), rewrites };
}

async function readStructure(reader: SiteReader, homeUrl: string): Promise<string | null> {
  const asked = await reader.ask('wp/v2/posts', { status: 'publish', per_page: SAMPLE, _fields: 'id,link,slug,date' });
  if (asked.kind === 'refused') return null;
  return permalinkStructure(rowsOfShape(restPostShape, asked.answer.body), homeUrl);
}

async function readTermBase(reader: SiteReader, taxonomy: RestTaxonomy, homeUrl: string): Promise<ReturnType<typeof termBase>> {
  const asked = await reader.ask(`${taxonomy.rest_namespace || 'wp/v2'}/${taxonomy.rest_base || taxonomy.slug}`, { per_page: PAGE_SIZE, orderby: 'id', order: 'asc', _fields: 'id,name,slug,parent,link' });
  if (asked.kind === 'refused' || !Array.isArray(asked.answer.body)) return null;
  const terms = rowsOfShape(restTermShape.loose(), asked.answer.body);
  const slugs = new Map(terms.map((term) => [term.id, term.slug]));
  const linked = terms.map((term): LinkedTerm => ({ slug: term.slug, link: String(term['link'] ?? ''), parentSlug: term.parent === 0 ? null : (slugs.get(term.parent) ?? null) }));
  return termBase(linked, homeUrl);
}

/** A post's own address template names its type's base: 'https://…/book/%pagename%/'. */
async function readTypeBase(reader: SiteReader, type: RestType, homeUrl: string): Promise<{ base: string; hierarchical: boolean } | null> {
  const asked = await reader.ask(`${type.rest_namespace || 'wp/v2'}/${type.rest_base || type.slug}`, { context: 'edit', status: 'publish', per_page: 1, _fields: 'permalink_template' });
  const [row] = asked.kind === 'answer' && Array.isArray(asked.answer.body) ? (asked.answer.body as readonly Json[]) : [];
  const template = mapOfJson(row)['permalink_template'];
  const match = typeof template === 'string' && template.startsWith(`${homeUrl}/`) ? /^\/([^%?]+)\/%/.exec(template.slice(homeUrl.length)) : null;
  return match?.[1] === undefined ? null : { base: match[1], hierarchical: type.hierarchical === true };
}
