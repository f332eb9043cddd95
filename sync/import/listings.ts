// Which lists a site has: its people, the terms of every taxonomy, the content of every type, menu items, comments, orders.
// Made anew for each run from the site's registrations.
import type { DomainChange, EntityName } from '../../core/changes.js';
import type { Rev } from '../../core/ids.js';
import { readPostIdsOfAuthors, readPostIdsOfTerms, readRelations, readStoredIds } from '../../store/read/import-state.js';
import type { DecodeOptions } from '../decode/item.js';
import { removeTerm } from '../decode/terms.js';
import { rowsOfShape, type RestTaxonomy, type RestType } from './answer-shapes.js';
import { orderListing } from './decode-orders.js';
import { changesOfRestComment, changesOfRestUser, COMMENT_FIELDS, restCommentShape, restUserShape, USER_FIELDS, type RestUser } from './decode-people.js';
import { MEDIA_FIELDS, POST_FIELDS, restPostShape } from '../decode/rest-posts.js';
import { changesOfRestPost, relationsOfPost, type PostContext } from './decode-posts.js';
import { changesOfRestMenuItem, changesOfRestTerm, MENU_ITEM_FIELDS, restMenuItemShape, restTermShape, TERM_FIELDS } from './decode-terms.js';
import { idsOf, type ImportedSite, type Listing } from './listing.js';
import { isNotMeta, PRODUCT_TYPES, productListing } from './decode-products.js';

/** What the lists of a site follow from. */
export interface Registrations {
  readonly types: readonly RestType[];
  readonly taxonomies: readonly RestTaxonomy[];
  /** Statuses that posts may have. */
  readonly statuses: readonly string[];
  readonly namespaces: readonly string[];
  readonly locale: string;
}

/** Types that are read in a way of their own, or whose rows are files of a theme and have no numbers. */
const OTHER_TYPES: ReadonlySet<string> = new Set(['nav_menu_item', 'wp_template', 'wp_template_part', 'wp_global_styles', 'wp_font_family', 'wp_font_face']);

const BY_ID = { context: 'edit', orderby: 'id', order: 'asc' } as const;

/** Every list of the site in the order in which it is read: what others point to comes first. */
export function listingsOf(site: ImportedSite, known: Registrations, options: DecodeOptions, onUsers: (users: readonly RestUser[]) => void): Listing[] {
  const types = known.types.filter((type) => !OTHER_TYPES.has(type.slug));
  const hasMenus = known.types.some((type) => type.slug === 'nav_menu_item');
  const hasShop = known.namespaces.includes('wc/v3');
  return [
    userListing(site, known.locale, onUsers),
    ...known.taxonomies.map((taxonomy) => termListing(site, taxonomy)),
    ...types.map((type) => postListing(site, type, known, options)),
    ...(hasMenus ? [menuItemListing(site, options)] : []),
    commentListing(site, options),
    ...(hasShop ? [productListing(site, options), orderListing(site)] : []),
  ];
}

const drop = (entity: EntityName) => (id: number, rev: Rev): DomainChange[] => [{ kind: 'delete', entity, key: { id }, rev } as DomainChange];

function userListing(site: ImportedSite, locale: string, onUsers: (users: readonly RestUser[]) => void): Listing {
  return {
    name: 'users', module: 'users', route: 'wp/v2/users', query: BY_ID, fields: USER_FIELDS, knowsModified: false,
    async decode(_db, rows, rev) {
      const users = rowsOfShape(restUserShape, rows);
      onUsers(users);
      return { ids: idsOf(rows), changes: users.flatMap((user) => changesOfRestUser(user, locale, rev)) };
    },
    storedIds: (db) => readStoredIds(db, site.id, 'user'),
    remove: drop('user'),
    affectedPosts: (db, removed) => readPostIdsOfAuthors(db, site.id, removed),
  };
}

function termListing(site: ImportedSite, { slug, rest_base: base, rest_namespace: namespace }: RestTaxonomy): Listing {
  return {
    name: `terms:${slug}`, module: slug, route: `${namespace || 'wp/v2'}/${base || slug}`, query: { ...BY_ID, hide_empty: false }, fields: TERM_FIELDS, knowsModified: false,
    async decode(_db, rows, rev) {
      return { ids: idsOf(rows), changes: rowsOfShape(restTermShape, rows).flatMap((term) => changesOfRestTerm(slug, term, rev)) };
    },
    storedIds: (db) => readStoredIds(db, site.id, 'term', slug),
    remove: (id, rev) => removeTerm({ ttId: id, termId: id, taxonomy: slug, parentId: 0 }, rev),
    affectedPosts: (db, removed) => readPostIdsOfTerms(db, site.id, removed),
  };
}

function postListing(site: ImportedSite, type: RestType, known: Registrations, options: DecodeOptions): Listing {
  const termFields = known.taxonomies
    .filter((taxonomy) => Array.isArray(taxonomy.types) && taxonomy.types.includes(type.slug))
    .map((taxonomy) => ({ field: taxonomy.rest_base || taxonomy.slug, taxonomy: taxonomy.slug }));
  const context: PostContext = { homeUrl: site.homeUrl, termFields, options };
  const told = new Set([...termFields.map(({ taxonomy }) => taxonomy), 'post_format']);
  const isMedia = type.slug === 'attachment';
  const status = isMedia ? ['inherit', 'private', 'trash'] : known.statuses;
  return {
    name: `posts:${type.slug}`,
    module: type.slug,
    route: `${type.rest_namespace || 'wp/v2'}/${type.rest_base || type.slug}`,
    query: { ...BY_ID, status: status.join(',') },
    fields: [...(isMedia ? MEDIA_FIELDS : POST_FIELDS), ...termFields.map(({ field }) => field)],
    knowsModified: true,
    async decode(db, rows, rev) {
      const posts = rowsOfShape(restPostShape, rows);
      const relations = await readRelations(db, site.id, posts.map((post) => post.id));
      const changes = posts.flatMap((post) => {
        const stored = new Set((relations.get(post.id) ?? []).filter(({ taxonomy }) => told.has(taxonomy)).map(({ ttId }) => ttId));
        const all = changesOfRestPost(post, context, rev);
        // The metas of products are told by the shop, which would be contradicted here.
        const own = PRODUCT_TYPES.has(type.slug) ? all.filter(isNotMeta) : all;
        return [...own, ...relationsOfPost(post, context, stored, rev)];
      });
      return { ids: idsOf(rows), changes };
    },
    storedIds: (db) => readStoredIds(db, site.id, 'post', type.slug),
    remove: drop('post'),
  };
}

function menuItemListing(site: ImportedSite, options: DecodeOptions): Listing {
  return {
    name: 'menu-items', module: 'nav_menu_item', route: 'wp/v2/menu-items', query: { ...BY_ID, status: 'publish,draft' }, fields: MENU_ITEM_FIELDS, knowsModified: false,
    async decode(db, rows, rev) {
      const items = rowsOfShape(restMenuItemShape, rows);
      const relations = await readRelations(db, site.id, items.map((item) => item.id));
      const changes = items.flatMap((item) => {
        const stored = (relations.get(item.id) ?? []).map(({ ttId }) => ttId);
        const link = (ttId: number, present: boolean): DomainChange => ({ kind: 'upsert', entity: 'termRelation', key: { objectId: item.id, ttId }, rev, groups: { core: { present } } });
        const added = item.menus > 0 && !stored.includes(item.menus) ? [link(item.menus, true)] : [];
        return [...changesOfRestMenuItem(item, options, rev), ...added, ...stored.filter((ttId) => ttId !== item.menus).map((ttId) => link(ttId, false))];
      });
      return { ids: idsOf(rows), changes };
    },
    storedIds: (db) => readStoredIds(db, site.id, 'post', 'nav_menu_item'),
    remove: drop('post'),
  };
}

function commentListing(site: ImportedSite, options: DecodeOptions): Listing {
  return {
    name: 'comments', module: 'comments', route: 'wp/v2/comments', query: { ...BY_ID, status: 'any', type: 'all' }, fields: COMMENT_FIELDS, knowsModified: false,
    async decode(_db, rows, rev) {
      return { ids: idsOf(rows), changes: rowsOfShape(restCommentShape, rows).flatMap((comment) => changesOfRestComment(comment, options, rev)) };
    },
    storedIds: (db) => readStoredIds(db, site.id, 'comment'),
    remove: drop('comment'),
  };
}
