// Terms in `wp/v2`: categories, tags and the taxonomies of plugins. Deletion needs `force`: terms have no trash.
import type { TermRow } from './rows.js';
import { can, created, isTrue, ok, toIds, wpError, type RestAnswer, type RestCall } from './rest.js';
import type { SiteContext } from './state.js';
import { escapeName, invalidParam, isEdit, linksOf, matches, missingParam, pageOf, pick, slugOf, sorted, toTexts, type Item } from './wp-collection.js';
import { taxonomyBase } from './wp-post-item.js';

interface Taxonomy {
  readonly name: string;
  readonly hierarchical: boolean;
  readonly public: boolean;
}

const refuse = (call: RestCall, code: string, message: string): RestAnswer => wpError(call.user ? 403 : 401, code, message);

function taxonomyOf(site: SiteContext, base: string): Taxonomy | undefined {
  const all = (site.tables.callables.get('taxonomies') ?? {}) as Record<string, Taxonomy>;
  return Object.values(all).find((taxonomy) => taxonomy.public && taxonomyBase(taxonomy.name) === base);
}

export function termItem(site: SiteContext, term: TermRow, isHierarchical: boolean): Item {
  return {
    id: term.term_id, count: term.count, description: term.description, link: `${site.url}/${term.taxonomy}/${term.slug}/`, name: term.name, slug: term.slug, taxonomy: term.taxonomy,
    ...(isHierarchical ? { parent: term.parent } : {}), meta: [], _links: linksOf(`${site.url}/wp-json/wp/v2/${taxonomyBase(term.taxonomy)}/${term.term_id}`),
  };
}

/** Whoever writes posts may make tags; categories need their own capability. */
function mayMake(call: RestCall, taxonomy: Taxonomy): boolean {
  return can(call, taxonomy.hierarchical ? 'manage_categories' : 'edit_posts');
}

function list(call: RestCall, taxonomy: Taxonomy): RestAnswer {
  if (isEdit(call) && !can(call, 'manage_categories')) return refuse(call, 'rest_forbidden_context', 'Sorry, you are not allowed to edit terms in this taxonomy.');
  const { site, params } = call;
  const include = toIds(params['include']);
  const slugs = toTexts(params['slug']);
  const postTerms = params['post'] === undefined ? null : new Set(site.tables.relations.ownedBy(Number(params['post'])).map((row) => row.term_taxonomy_id));
  const rows = site.tables.terms.all().filter((term) =>
    term.taxonomy === taxonomy.name && (include.length === 0 || include.includes(term.term_id)) && (slugs.length === 0 || slugs.includes(term.slug))
    && (params['parent'] === undefined || term.parent === Number(params['parent'])) && (!isTrue(params['hide_empty']) || term.count > 0)
    && (postTerms === null || postTerms.has(term.term_taxonomy_id)) && matches(call, term.name, term.slug));
  const keys = { name: (term: TermRow) => term.name.toLowerCase(), id: (term: TermRow) => term.term_id, slug: (term: TermRow) => term.slug, count: (term: TermRow) => term.count, include: (term: TermRow) => include.indexOf(term.term_id) };
  const order = sorted(call, rows, keys, 'name', 'asc');
  return order ? pageOf(call, order, (term) => termItem(site, term, taxonomy.hierarchical), 'term') : invalidParam('orderby', 'orderby is not one of id, include, name, slug, and count.');
}

function create(call: RestCall, taxonomy: Taxonomy): RestAnswer {
  const { params, site } = call;
  if (!mayMake(call, taxonomy)) return refuse(call, 'rest_cannot_create', 'Sorry, you are not allowed to create terms in this taxonomy.');
  if (typeof params['name'] !== 'string' || params['name'].trim() === '') return missingParam('name');
  const parent = Number(params['parent'] ?? 0);
  const terms = site.tables.terms.all().filter((term) => term.taxonomy === taxonomy.name);
  if (parent !== 0 && !terms.some((term) => term.term_id === parent)) return wpError(400, 'rest_term_invalid', 'Parent term does not exist.');
  const name = escapeName(params['name']);
  const slug = typeof params['slug'] === 'string' ? slugOf(params['slug']) : slugOf(name);
  const twin = terms.find((term) => term.parent === parent && (term.name === name || term.slug === slug));
  if (twin) return { status: 400, body: { code: 'term_exists', message: 'A term with the name provided already exists with this parent.', data: { status: 400, term_id: twin.term_id } } };
  const term = call.events.saveTerm({ taxonomy: taxonomy.name, name, slug, parent, description: String(params['description'] ?? '') }, call.user?.ID ?? 0);
  return created(termItem(site, term, taxonomy.hierarchical));
}

function update(call: RestCall, taxonomy: Taxonomy, term: TermRow): RestAnswer {
  if (!can(call, 'manage_categories')) return refuse(call, 'rest_cannot_update', 'Sorry, you are not allowed to edit this term.');
  const { params } = call;
  const saved = call.events.saveTerm({
    ...term, ...(typeof params['name'] === 'string' ? { name: escapeName(params['name']) } : {}), ...(typeof params['slug'] === 'string' ? { slug: slugOf(params['slug']) } : {}),
    ...(typeof params['description'] === 'string' ? { description: params['description'] } : {}), ...(params['parent'] === undefined ? {} : { parent: Number(params['parent']) }),
  }, call.user?.ID ?? 0);
  return ok(termItem(call.site, saved, taxonomy.hierarchical));
}

function remove(call: RestCall, taxonomy: Taxonomy, term: TermRow): RestAnswer {
  if (!can(call, 'manage_categories')) return refuse(call, 'rest_cannot_delete', 'Sorry, you are not allowed to delete this term.');
  if (!isTrue(call.params['force'])) return wpError(501, 'rest_trash_not_supported', "Terms do not support trashing. Set 'force=true' to delete.");
  if (taxonomy.name === 'category' && term.term_id === Number(call.site.tables.options.get('default_category'))) return wpError(500, 'rest_cannot_delete', 'The term cannot be deleted.');
  const previous = termItem(call.site, term, taxonomy.hierarchical);
  call.events.deleteTerm(term.term_taxonomy_id, call.user?.ID ?? 0);
  return ok({ deleted: true, previous });
}

type TermHandler = (call: RestCall, taxonomy: Taxonomy, term: TermRow) => RestAnswer;

function withTerm(handler: TermHandler) {
  return (call: RestCall, taxonomy: Taxonomy, id: number): RestAnswer => {
    const term = call.site.tables.terms.all().find((row) => row.term_id === id && row.taxonomy === taxonomy.name);
    return term ? handler(call, taxonomy, term) : wpError(404, 'rest_term_invalid', 'Term does not exist.');
  };
}

const HANDLERS: Readonly<Record<string, (call: RestCall, taxonomy: Taxonomy, id: number) => RestAnswer>> = {
  'GET list': list,
  'POST list': create,
  'GET one': withTerm((call, taxonomy, term) => ok(pick(call, termItem(call.site, term, taxonomy.hierarchical)))),
  'POST one': withTerm(update),
  'PUT one': withTerm(update),
  'PATCH one': withTerm(update),
  'DELETE one': withTerm(remove),
};

/** The handler for a route of a taxonomy, or null when the route is none. */
export function answerTerms(call: RestCall): RestAnswer | null {
  const match = /^wp\/v2\/([a-z_-]+)(?:\/(\d+))?$/.exec(call.route);
  const taxonomy = match ? taxonomyOf(call.site, match[1] ?? '') : undefined;
  const handler = match ? HANDLERS[`${call.method} ${match[2] === undefined ? 'list' : 'one'}`] : undefined;
  return taxonomy && handler ? handler(call, taxonomy, Number(match?.[2])) : null;
}

